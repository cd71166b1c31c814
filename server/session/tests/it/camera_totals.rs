//! Totals: whatever the network does to motion messages, a gesture ends in the same place.

use std::time::Duration;

use telestage_protocol::{CameraCommand, CameraCommandRequest, CameraState, ClientMessage};
use telestage_session::camera::UpAxis;

use crate::stand::{Stand, command, cube, is_close, stage, total};

/// Numbers from 0 to 1, always the same for a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        ((self.next() * end as f64) as usize).min(end - 1)
    }
}

fn stand(axis: UpAxis) -> Stand {
    Stand::showing(stage(axis, cube([1.0, 2.0, 3.0], 2.0)))
}

fn after(axis: UpAxis, messages: &[CameraCommandRequest]) -> CameraState {
    let mut stand = stand(axis);
    for message in messages {
        stand.now += Duration::from_millis(3);
        stand.say(1, "", ClientMessage::CameraCommand(message.clone()));
        assert_eq!(stand.refusal(1), None);
    }
    stand.camera()
}

fn assert_same(a: &CameraState, b: &CameraState, what: &str) {
    // The scene is 3.5 units large; the way leads through places a hundred thousand times as far, where digits are lost.
    let near = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-7);
    let is_same = near(a.eye, b.eye)
        && near(a.target, b.target)
        && is_close(a.up, b.up)
        && (a.fov_y - b.fov_y).abs() < 1e-9
        && a.seq == b.seq;
    assert!(is_same, "{what}: {a:?} is not {b:?}");
}

/// A drag that wanders, far enough to run into the poles and the zoom limits, and ends somewhere.
fn drag(random: &mut Random, kind: CameraCommand, gesture: u32, seq: &mut u32) -> Vec<CameraCommandRequest> {
    let reach = if kind == CameraCommand::Zoom { 60.0 } else { 1.5 };
    let (cx, cy) = (random.next(), random.next());
    let (mut x, mut y) = (0.0, 0.0);
    (0..40)
        .map(|_| {
            *seq += 1;
            x += (random.next() - 0.5) * reach;
            y += (random.next() - 0.5) * reach;
            CameraCommandRequest { cx: Some(cx), cy: Some(cy), ..total(kind, gesture, *seq, x, y) }
        })
        .collect()
}

/// Loses, repeats and reorders; then the last one comes once more on `control`, with `final`.
fn mangle(random: &mut Random, sent: &[CameraCommandRequest]) -> Vec<CameraCommandRequest> {
    let mut arrived: Vec<_> = sent.iter().filter(|_| random.next() < 0.5).cloned().collect();
    for at in 0..arrived.len() {
        if random.next() < 0.3 {
            arrived.swap(at, at.saturating_sub(3));
        }
        if random.next() < 0.1 {
            let again = arrived[random.below(arrived.len())].clone();
            arrived.push(again);
        }
    }
    let last = CameraCommandRequest { is_final: Some(true), ..sent[sent.len() - 1].clone() };
    // The final one may overtake the stragglers.
    let at = arrived.len() - random.below(4).min(arrived.len());
    arrived.insert(at, last);
    arrived
}

#[test]
fn lost_repeated_and_reordered_messages_do_not_change_where_a_gesture_ends() {
    let kinds = [CameraCommand::Orbit, CameraCommand::Pan, CameraCommand::Zoom, CameraCommand::Look];
    for seed in 0..200u64 {
        let mut random = Random(seed * 77 + 1);
        let axis = if seed % 2 == 0 { UpAxis::Y } else { UpAxis::Z };
        let mut seq = 0;
        let (mut whole, mut torn) = (Vec::new(), Vec::new());
        for gesture in 1..=4 {
            let kind = kinds[random.below(kinds.len())];
            let sent = drag(&mut random, kind, gesture, &mut seq);
            torn.extend(mangle(&mut random, &sent));
            whole.extend(sent);
        }
        assert_same(&after(axis, &whole), &after(axis, &torn), &format!("seed {seed}"));
    }
}

#[test]
fn only_the_final_message_is_enough() {
    let whole: Vec<_> = (1..=30)
        .map(|i| total(CameraCommand::Orbit, 1, i, 0.01 * f64::from(i), 0.02 * f64::from(i)))
        .collect();
    assert_same(&after(UpAxis::Z, &whole), &after(UpAxis::Z, &whole[29..]), "one of thirty");
}

#[test]
fn overshooting_a_limit_and_coming_back_ends_where_it_began() {
    let there_and_back =
        |kind, far| [total(kind, 1, 1, 0.0, 0.0), total(kind, 1, 2, 0.0, far), total(kind, 1, 3, 0.0, 0.0)];
    for (kind, far) in [
        (CameraCommand::Orbit, 3.0),
        (CameraCommand::Look, -3.0),
        (CameraCommand::Zoom, 500.0),
        (CameraCommand::Zoom, -500.0),
    ] {
        let mut state = after(UpAxis::Y, &there_and_back(kind, far));
        let mut start = stand(UpAxis::Y).camera();
        (state.seq, start.seq) = (0, 0);
        let is_same = is_close(state.up, start.up)
            && state.eye.iter().zip(start.eye).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(is_same, "{kind:?} {far}: {state:?} is not {start:?}");
    }
}

#[test]
fn an_older_message_is_ignored() {
    let mut stand = stand(UpAxis::Y);
    stand.say(1, "", command(CameraCommand::Orbit, 1, 5, 0.4, 0.0));
    let before = stand.session.pose();
    stand.say(1, "", command(CameraCommand::Orbit, 1, 4, 0.1, 0.0));
    assert_eq!(stand.session.pose(), before);
    assert_eq!(stand.camera().seq, 5);
}

#[test]
fn a_straggler_of_a_gesture_long_over_starts_nothing() {
    let mut stand = stand(UpAxis::Y);
    for gesture in 1..=40 {
        stand.say(1, "", command(CameraCommand::Orbit, gesture, 10 * gesture, 0.01, 0.0));
    }
    let before = stand.session.pose();
    stand.say(1, "", command(CameraCommand::Orbit, 1, 9, 0.5, 0.0));
    assert_eq!(stand.session.pose(), before);
}

#[test]
fn two_clients_have_gestures_of_their_own() {
    let mut stand = stand(UpAxis::Y);
    stand.greet(2);
    stand.say(1, "", command(CameraCommand::Pan, 1, 1, 0.5, 0.0));
    stand.say(2, "", command(CameraCommand::Pan, 1, 1, 0.0, 0.25));
    stand.say(1, "", command(CameraCommand::Pan, 1, 2, 0.0, 0.0));
    stand.say(2, "", command(CameraCommand::Pan, 1, 2, 0.0, 0.0));
    let back = stand.camera();
    let start = self::stand(UpAxis::Y).camera();
    assert!(is_close(back.eye, start.eye), "{back:?} {start:?}");
}

#[test]
fn two_commands_of_one_gesture_do_not_disturb_each_other() {
    let mut stand = stand(UpAxis::Y);
    stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.5, 0.0));
    stand.say(1, "", command(CameraCommand::Pan, 1, 2, 0.5, 0.0));
    stand.say(1, "", command(CameraCommand::Pan, 1, 3, 0.0, 0.0));
    stand.say(1, "", command(CameraCommand::Orbit, 1, 4, 0.0, 0.0));
    let start = self::stand(UpAxis::Y).camera();
    assert!(is_close(stand.camera().eye, start.eye));
}

//! One viewer's queue, without a link behind it.

use super::*;

const ALL: Abilities = Abilities { reports: true, takes_repeats: true };
const PLAIN: Abilities = Abilities { reports: false, takes_repeats: false };

fn payloads(count: usize) -> Vec<Bytes> {
    vec![Bytes::from(vec![0; 1100]); count]
}

fn drain(outbox: &mut Outbox, now: Instant) -> Vec<Departure> {
    std::iter::from_fn(|| outbox.next(now)).collect()
}

#[test]
fn a_picture_leaves_at_once_in_order_with_its_last_packet_marked() {
    let now = Instant::now();
    let mut outbox = Outbox::new(now, ALL, 8e6, 65_535);
    outbox.push(now, 90, &payloads(3), true);
    let left = drain(&mut outbox, now);
    let seen: Vec<_> = left.iter().map(|out| (out.packet.sequence, out.packet.marker, out.number)).collect();
    assert_eq!(seen, [(65_535, false, Some(0)), (0, false, Some(1)), (1, true, Some(2))]);
}

#[test]
fn repetitions_go_before_new_pictures() {
    let now = Instant::now();
    let mut outbox = Outbox::new(now, ALL, 8e6, 0);
    outbox.push(now, 1, &payloads(2), true);
    drain(&mut outbox, now);
    outbox.push(now, 2, &payloads(1), false);
    outbox.repeat(now, [1]);
    let left = drain(&mut outbox, now);
    assert_eq!(
        left.iter().map(|out| (out.packet.sequence, out.is_repeat)).collect::<Vec<_>>(),
        [(1, true), (2, false)]
    );
}

#[test]
fn a_client_that_reports_nothing_is_neither_numbered_nor_silent() {
    let now = Instant::now();
    let mut outbox = Outbox::new(now, PLAIN, 8e6, 0);
    outbox.push(now, 1, &payloads(2), true);
    assert!(drain(&mut outbox, now).iter().all(|out| out.number.is_none()));
    assert!(!outbox.is_behind(now + Duration::from_secs(10)));
}

#[test]
fn a_silent_link_gets_a_beat_and_then_a_keyframe() {
    let start = Instant::now();
    let ms = |ms: u64| start + Duration::from_millis(ms);
    let mut outbox = Outbox::new(start, ALL, 8e6, 0);
    outbox.push(start, 1, &payloads(2), true);
    drain(&mut outbox, start);
    outbox.learn(ms(20), &[0, 1].map(|number| Arrival { number, at: Some(Duration::from_secs(5)) }));
    outbox.push(ms(30), 2, &payloads(2), false);
    drain(&mut outbox, ms(30));
    assert!(!outbox.is_behind(ms(400)));
    let silent = outbox.deadline(ms(400)).unwrap();
    assert!(outbox.is_behind(silent), "nothing was heard for half a second");
    let beats: Vec<_> = (0..20).flat_map(|n| drain(&mut outbox, silent + 20 * n * BEAT / 100)).collect();
    assert!((4..=5).contains(&beats.len()) && beats.iter().all(|out| out.is_repeat), "{}", beats.len());
    assert!(!outbox.caught_up(ms(2000)));
    let number = beats[3].number.unwrap();
    outbox.learn(ms(2000), &[Arrival { number, at: Some(Duration::from_secs(7)) }]);
    assert!(outbox.caught_up(ms(2000)), "at once");
    assert!(!outbox.caught_up(ms(2000)), "once");
    assert!(!outbox.is_behind(ms(2000)));
}

#[test]
fn what_waits_too_long_is_left_out_and_ever_more_rarely_tried_again() {
    let start = Instant::now();
    let mut outbox = Outbox::new(start, PLAIN, 1e6, 0);
    let (mut now, mut resumed) = (start, Vec::new());
    // Four times what the link carries, and no report that would tell.
    while now < start + Duration::from_secs(30) {
        outbox.learn_share(now, 0.3);
        if !outbox.is_behind(now) {
            outbox.push(now, 0, &payloads(15), resumed.len() % 2 == 1);
        }
        drain(&mut outbox, now);
        if outbox.caught_up(now) {
            resumed.push(now - start);
        }
        now += Duration::from_millis(33);
    }
    assert!((4..=12).contains(&resumed.len()), "{resumed:?}");
}

#[test]
fn where_too_much_is_missing_a_keyframe_comes_instead_of_repeats() {
    let start = Instant::now();
    let mut outbox = Outbox::new(start, ALL, 1e6, 0);
    outbox.push(start, 1, &payloads(200), true);
    let mut now = start;
    while outbox.media_bytes > 0 {
        drain(&mut outbox, now);
        now += Duration::from_millis(5);
    }
    outbox.repeat(now, 0..200);
    assert!(drain(&mut outbox, now).is_empty(), "nothing is repeated");
    now += RESUME[0];
    assert!(outbox.caught_up(now));
    outbox.repeat(now, [199]);
    assert_eq!(drain(&mut outbox, now).len(), 1, "and a packet for a beat is still there");
}

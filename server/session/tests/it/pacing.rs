//! Pictures and reports only when something changed, and no more than needed.

use std::time::Duration;

use telestage_protocol::{CameraCommand, ClientMessage, ServerMessage, SetCameraRequest};
use telestage_session::camera::UpAxis;
use telestage_session::{Input, Output, ViewPose};

use crate::stand::{Stand, command, cube, stage};

fn stand() -> Stand {
    Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)))
}

fn views(out: &[(Duration, Output)]) -> Vec<(Duration, ViewPose)> {
    out.iter()
        .filter_map(|(at, output)| match output {
            Output::View { pose, .. } => Some((*at, *pose)),
            _ => None,
        })
        .collect()
}

/// Times at which client 1 heard of the camera, with the eye.
fn reports(out: &[(Duration, Output)]) -> Vec<(Duration, [f64; 3], u32)> {
    out.iter()
        .filter_map(|(at, output)| match output {
            Output::Tell { client: 1, envelope, .. } => match &envelope.message {
                ServerMessage::CameraState(state) => Some((*at, state.eye, state.seq)),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

#[test]
fn a_still_view_asks_for_no_pictures() {
    let mut stand = stand();
    assert_eq!(views(&stand.run_ms(60_000)), []);
}

#[test]
fn each_change_asks_for_one_quick_picture_and_rest_for_one_good_one() {
    let mut stand = stand();
    let before = stand.session.pose().version;
    stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.1, 0.0));
    let quick = stand.view().unwrap();
    assert_eq!((quick.version, quick.samples), (before + 1, 1));
    let changed = stand.now;
    let good = views(&stand.run_ms(5000));
    assert_eq!(good, [(changed + Duration::from_millis(100), ViewPose { samples: 16, ..quick })]);
}

#[test]
fn while_a_hand_moves_no_good_picture_is_asked_for() {
    let mut stand = stand();
    for seq in 1..100 {
        stand.say(1, "", command(CameraCommand::Orbit, 1, seq, 0.01 * f64::from(seq), 0.0));
        assert_eq!(stand.view().map(|v| v.samples), Some(1));
        assert!(views(&stand.run_ms(90)).is_empty());
    }
}

#[test]
fn a_command_that_moves_nothing_asks_for_no_picture() {
    let mut stand = stand();
    stand.say(1, "", command(CameraCommand::Pan, 1, 1, 0.0, 0.0));
    assert_eq!(stand.view(), None);
    let same = stand.camera();
    let request = SetCameraRequest {
        eye: same.eye,
        target: same.target,
        up: same.up,
        fov_y: Some(same.fov_y),
        ortho_height: None,
        shift: None,
        transition_ms: None,
    };
    // Numbers went through look_at: the first may differ in the last bit, the second does not.
    stand.say(1, "", ClientMessage::SetCameraPose(request.clone()));
    stand.rest();
    stand.say(1, "", ClientMessage::SetCameraPose(request));
    assert_eq!(stand.view(), None);
}

#[test]
fn flying_draws_at_the_frame_rate_and_then_rests() {
    let mut stand = stand();
    stand.say(1, "", command(CameraCommand::Fly, 1, 1, 1.0, 0.0));
    let start = stand.now;
    let out = views(&stand.run_ms(5000));
    let quick: Vec<_> = out.iter().filter(|(_, v)| v.samples == 1).collect();
    assert!((15..=17).contains(&quick.len()), "{} pictures in 250 ms", quick.len());
    let (rest, good) = out.last().unwrap();
    assert_eq!(good.samples, 16);
    let lasted = *rest - start;
    assert!(lasted >= Duration::from_millis(350) && lasted <= Duration::from_millis(370), "{lasted:?}");
    assert!(out.windows(2).all(|pair| pair[0].1.version <= pair[1].1.version));
}

#[test]
fn the_camera_is_reported_ten_times_a_second_and_once_at_rest() {
    let mut stand = stand();
    let mut all = Vec::new();
    for seq in 1..=200 {
        stand.say(1, "", command(CameraCommand::Orbit, 1, seq, 0.005 * f64::from(seq), 0.0));
        let now = stand.now;
        all.extend(stand.out.clone().into_iter().map(|o| (now, o)));
        all.extend(stand.run_ms(5));
    }
    all.extend(stand.run_ms(5000));
    let reports = reports(&all);
    assert!((10..=12).contains(&reports.len()), "{} reports of a second of movement", reports.len());
    assert!(reports.windows(2).all(|pair| pair[1].0 - pair[0].0 >= Duration::from_millis(100)));
    let (_, eye, seq) = *reports.last().unwrap();
    assert_eq!((eye, seq), (stand.camera().eye, 200), "the last one is where it rests");
}

#[test]
fn a_single_change_is_reported_at_once_and_only_once() {
    let mut stand = stand();
    stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.1, 0.0));
    assert_eq!(stand.told_names(1), ["cameraStateChanged"]);
    assert_eq!(reports(&stand.run_ms(5000)), []);
}

#[test]
fn each_client_hears_its_own_seq() {
    let mut stand = stand();
    stand.greet(2);
    stand.hand_to(2);
    stand.rest();
    stand.say(2, "", command(CameraCommand::Orbit, 1, 77, 0.1, 0.0));
    let seq = |stand: &Stand, client| {
        stand.told(client).into_iter().find_map(|(_, message)| match message {
            ServerMessage::CameraState(state) => Some(state.seq),
            _ => None,
        })
    };
    assert_eq!((seq(&stand, 1), seq(&stand, 2)), (Some(0), Some(77)));
}

#[test]
fn a_view_is_asked_for_with_nobody_there() {
    let mut stand = Stand::new();
    stand.input(Input::Tick);
    assert!(stand.view().is_some(), "the first picture needs no client");
    stand.rest();
    assert_eq!(stand.session.next_wake(), None);
}

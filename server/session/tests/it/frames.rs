//! What clients are told about frames.

use std::time::Duration;

use telestage_protocol::{CameraCommand, ClientMessage, Empty, FrameInfo, LimitedBy, ServerMessage};
use telestage_session::camera::UpAxis;
use telestage_session::{FrameSent, Input};

use crate::stand::{Stand, command, cube, frame, stage};

fn stand() -> Stand {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    stand
}

fn info(stand: &Stand, client: u32) -> FrameInfo {
    let found = stand.told(client).into_iter().find_map(|(_, message)| match message {
        ServerMessage::FrameInfo(info) => Some(info),
        _ => None,
    });
    found.expect("frameInfo")
}

#[test]
fn a_frame_names_the_newest_input_of_each_client_that_it_shows() {
    let mut stand = stand();
    let start = stand.session.pose().version;
    stand.say(1, "", command(CameraCommand::Orbit, 1, 5, 0.1, 0.0));
    stand.say(1, "", command(CameraCommand::Orbit, 1, 6, 0.2, 0.0));
    stand.hand_to(2);
    stand.say(2, "", command(CameraCommand::Orbit, 1, 90, 0.1, 0.0));
    stand.hand_to(1);
    stand.say(1, "", command(CameraCommand::Orbit, 1, 7, 0.3, 0.0));
    // Versions: start, then one for each input.
    for (version, first, second) in [(start, 0, 0), (start + 1, 5, 0), (start + 3, 6, 90), (start + 4, 7, 90)]
    {
        stand.send_frame_of(version);
        assert_eq!(
            (info(&stand, 1).input_seq, info(&stand, 2).input_seq),
            (first, second),
            "version {version}"
        );
    }
}

#[test]
fn an_input_that_changed_nothing_is_shown_by_the_next_frame_of_the_same_view() {
    let mut stand = stand();
    stand.say(1, "", command(CameraCommand::Orbit, 1, 5, 0.1, 0.0));
    stand.say(1, "", command(CameraCommand::Orbit, 1, 6, 0.1, 0.0));
    stand.send_frame();
    assert_eq!(info(&stand, 1).input_seq, 6);
}

#[test]
fn a_flight_is_shown_by_the_first_frame_that_has_moved() {
    let mut stand = stand();
    let before = stand.session.pose().version;
    stand.say(1, "", command(CameraCommand::Fly, 1, 9, 1.0, 0.0));
    stand.send_frame_of(before);
    assert_eq!(info(&stand, 1).input_seq, 0);
    stand.run_ms(20);
    stand.send_frame();
    assert_eq!(info(&stand, 1).input_seq, 9);
}

#[test]
fn an_ignored_input_is_never_shown() {
    let mut stand = stand();
    stand.say(1, "", command(CameraCommand::Orbit, 1, 9, 0.1, 0.0));
    stand.say(1, "", command(CameraCommand::Orbit, 1, 8, 0.2, 0.0));
    stand.send_frame();
    assert_eq!(info(&stand, 1).input_seq, 9);
}

#[test]
fn inputs_without_frames_do_not_pile_up() {
    let mut stand = stand();
    for seq in 1..=5000 {
        stand.say(1, "", command(CameraCommand::Orbit, 1, seq, 0.001 * f64::from(seq), 0.0));
    }
    stand.send_frame();
    assert_eq!(info(&stand, 1).input_seq, 5000);
}

#[test]
fn times_are_milliseconds_and_sizes_are_the_frames() {
    let mut stand = stand();
    stand.send_frame();
    let info = info(&stand, 1);
    assert_eq!((info.frame, info.rtp_timestamp, info.width, info.height), (1, 1500, 1280, 720));
    assert_eq!((info.render_ms, info.convert_ms, info.encode_ms, info.queue_ms), (4.0, 0.25, 5.0, 0.5));
    assert_eq!(info.bitrate_bps, 6e6);
}

#[test]
fn what_takes_longer_than_a_frame_may_is_named() {
    let slow = Duration::from_millis(30);
    let table = [
        (frame(1), None),
        (FrameSent { render: slow, ..frame(1) }, Some(LimitedBy::Render)),
        (FrameSent { reduced: true, ..frame(1) }, Some(LimitedBy::Render)),
        (FrameSent { encode: slow, ..frame(1) }, Some(LimitedBy::Encode)),
        (FrameSent { network_limits: true, render: slow, ..frame(1) }, Some(LimitedBy::Network)),
        (FrameSent { render: slow, samples: 4, refining: true, ..frame(1) }, None),
    ];
    for (frame, expected) in table {
        let mut stand = stand();
        stand.input(Input::Frame(frame));
        assert_eq!(info(&stand, 1).limited_by, expected, "{frame:?}");
    }
}

#[test]
fn statistics_count_the_last_second() {
    let mut stand = stand();
    for _ in 0..120 {
        stand.now += Duration::from_millis(20);
        stand.send_frame();
    }
    stand.say(1, "q", ClientMessage::GetStats(Empty {}));
    let (id, message) = stand.told(1).remove(0);
    let ServerMessage::Stats(stats) = message else { panic!("{message:?}") };
    assert_eq!(id.as_deref(), Some("q"));
    assert_eq!((stats.fps, stats.frames, stats.viewers, stats.latency_ms), (50.0, 120, 2, 9.75));
    stand.rest();
    stand.rest();
    stand.say(1, "q", ClientMessage::GetStats(Empty {}));
    let stats = stand.told(1).into_iter().find_map(|(_, message)| match message {
        ServerMessage::Stats(stats) => Some(stats),
        _ => None,
    });
    assert_eq!(stats.unwrap().fps, 0.0, "a still picture has none");
}

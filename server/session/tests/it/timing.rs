//! Time: who may move it, what is asked for, what everybody is told.

use std::time::Duration;

use telestage_protocol::{
    ClientMessage, ErrorCode, ServerMessage, TimelineAction, TimelineControlRequest, TimelineStatus,
};
use telestage_session::camera::UpAxis;
use telestage_session::time::Span;
use telestage_session::{Input, Output, StageEvent, StageSummary};

use crate::stand::*;

fn animated(time: f64) -> StageSummary {
    let span = Span { start: 0.0, end: 48.0, fps: 24.0, is_animated: true };
    StageSummary { span, time: Some(time), ..stage(UpAxis::Y, cube([0.0; 3], 1.0)) }
}

fn request(action: TimelineAction) -> TimelineControlRequest {
    TimelineControlRequest { action, time: None, is_loop: None, rate: None }
}

fn control(action: TimelineAction) -> ClientMessage {
    ClientMessage::TimelineControl(request(action))
}

fn seek(time: f64) -> ClientMessage {
    ClientMessage::TimelineControl(TimelineControlRequest {
        time: Some(time),
        ..request(TimelineAction::Seek)
    })
}

/// A stand with an animated stage and two viewers, the first of whom drives.
fn stand() -> Stand {
    let mut stand = Stand::new();
    stand.greet(1);
    stand.greet(2);
    stand.show("a.usda", animated(0.0));
    stand
}

fn asked(out: &[Output]) -> Vec<f64> {
    let time = |output: &Output| match output {
        Output::Evaluate { time, .. } => Some(*time),
        _ => None,
    };
    out.iter().filter_map(time).collect()
}

/// The worker shows `time` and is free again.
fn evaluated(stand: &mut Stand, time: f64) {
    let event = StageEvent::Changed { summary: animated(time), is_restructured: false };
    stand.input(Input::Stage { generation: 1, event });
    stand.input(Input::Stage { generation: 1, event: StageEvent::Evaluated });
}

fn status(stand: &Stand, client: u32) -> Option<TimelineStatus> {
    stand.told(client).into_iter().rev().find_map(|(_, message)| match message {
        ServerMessage::TimelineStatus(status) => Some(status),
        _ => None,
    })
}

#[test]
fn who_drives_seeks_and_all_are_told_and_the_stage_is_evaluated() {
    let mut stand = stand();
    stand.say(1, "t", seek(12.0));
    assert_eq!(asked(&stand.out), [12.0]);
    for client in [1, 2] {
        let status = status(&stand, client).unwrap();
        assert_eq!((status.time, status.playing, status.start, status.end), (12.0, false, 0.0, 48.0));
    }
    assert_eq!(stand.told(1).first().and_then(|(id, _)| id.clone()).as_deref(), Some("t"));
    stand.say(1, "", seek(13.0));
    stand.say(1, "", seek(14.0));
    assert!(asked(&stand.out).is_empty(), "one at a time");
    evaluated(&mut stand, 12.0);
    assert_eq!(asked(&stand.out), [14.0], "the latest");
    evaluated(&mut stand, 14.0);
    assert!(asked(&stand.out).is_empty());
}

#[test]
fn whoever_does_not_drive_is_refused_and_a_stage_without_time_says_so() {
    let mut stand = stand();
    stand.say(1, "", seek(1.0));
    stand.say(2, "no", control(TimelineAction::Play));
    assert_eq!(stand.refusal(2).unwrap().1.code, ErrorCode::NotController);
    stand.show("b.usda", stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.say(1, "", control(TimelineAction::Play));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::NotFound);
    assert_eq!(stand.told_names(2), Vec::<&str>::new());
}

#[test]
fn playing_asks_at_the_pace_of_pictures_and_of_the_worker() {
    let mut stand = stand();
    stand.say(1, "", control(TimelineAction::Play));
    let start = stand.now;
    // The worker answers at once.
    let mut times = Vec::new();
    let end = start + Duration::from_secs(1);
    while let Some(wake) = stand.session.next_wake().filter(|wake| *wake <= end) {
        stand.now = stand.now.max(wake);
        stand.input(Input::Tick);
        for time in asked(&stand.out.clone()) {
            times.push(time);
            evaluated(&mut stand, time);
        }
    }
    assert!((55..=62).contains(&times.len()), "sixty pictures a second: {}", times.len());
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    assert!(times.last().is_some_and(|last| (23.0..=24.5).contains(last)), "{times:?}");
    // It does not answer any more: nothing is asked, and viewers still hear of the time.
    let out = stand.run_until(stand.now + Duration::from_secs(1));
    let outputs: Vec<_> = out.into_iter().map(|(_, output)| output).collect();
    assert!(asked(&outputs).len() <= 1);
    let told = outputs
        .iter()
        .filter(|output| matches!(output, Output::TellAll { message: ServerMessage::TimelineStatus(_), .. }));
    assert!((3..=5).contains(&told.count()));
}

#[test]
fn a_worker_that_is_lost_ends_the_timeline() {
    let mut stand = stand();
    stand.say(1, "", control(TimelineAction::Play));
    stand.input(Input::Stage { generation: 1, event: StageEvent::WorkerLost });
    let status = status(&stand, 2).unwrap();
    assert!(!status.playing && status.start == status.end);
    stand.say(1, "", control(TimelineAction::Play));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::NotFound);
}

#[test]
fn who_looks_through_a_camera_that_moves_goes_with_it() {
    let mut stand = stand();
    let with = |eye: f64, time: f64| StageSummary {
        cameras: vec![stage_camera("/Cam", [eye, 0.0, 9.0], [eye, 0.0, 0.0], [0.0, 1.0, 0.0], 35.0)],
        ..animated(time)
    };
    stand.show("c.usda", with(0.0, 0.0));
    assert_eq!(stand.session.pose().world_from_view.w_axis.x, 0.0);
    let event = StageEvent::Changed { summary: with(5.0, 9.0), is_restructured: false };
    stand.input(Input::Stage { generation: 2, event });
    assert_eq!(stand.view().unwrap().world_from_view.w_axis.x, 5.0);
    assert_eq!(stand.view().unwrap().samples, 1, "it moves");
}

//! Recordings: who asks gets an answer, everybody hears of it, nothing is told that is not so.

use std::time::Duration;

use telestage_protocol::{
    Capability, ClientMessage, ErrorCode, RecordAction, RecordRequest, RecordState, ServerMessage,
};
use telestage_session::{Config, Input, Output, RecordOrder, RecordingEvent, RecordingFailure};

use crate::stand::Stand;

fn stand() -> Stand {
    let mut config = Config::default();
    config.capabilities.push(Capability::Record);
    let mut stand = Stand::with(config);
    stand.greet(1);
    stand.greet(2);
    stand
}

fn start(name: Option<&str>) -> ClientMessage {
    ClientMessage::Record(RecordRequest { action: RecordAction::Start, name: name.map(str::to_owned) })
}

fn stop() -> ClientMessage {
    ClientMessage::Record(RecordRequest { action: RecordAction::Stop, name: None })
}

fn began(path: &str) -> Input {
    Input::Recording(RecordingEvent::Began { path: path.to_owned() })
}

/// What `client` was told of the recording by the last call, with the `id` that it answers.
fn states(stand: &Stand, client: u32) -> Vec<(Option<String>, RecordState)> {
    let told = stand.told(client).into_iter();
    told.filter_map(|(id, message)| match message {
        ServerMessage::RecordState(state) => Some((id, state)),
        _ => None,
    })
    .collect()
}

fn orders(stand: &Stand) -> Vec<RecordOrder> {
    let orders = stand.out.iter().filter_map(|output| match output {
        Output::Record(order) => Some(order.clone()),
        _ => None,
    });
    orders.collect()
}

#[test]
fn a_recording_is_announced_to_all_and_answered_to_whom_asked() {
    let mut stand = stand();
    stand.say(1, "a", start(Some(" walk.mp4 ")));
    assert_eq!(orders(&stand), [RecordOrder::Start { name: Some("walk".to_owned()), stage: None }]);
    assert_eq!(states(&stand, 1), [], "nothing is recorded yet");
    stand.input(began("/r/walk.mp4"));
    let on = RecordState {
        recording: true,
        path: Some("/r/walk.mp4".to_owned()),
        bytes: Some(0.0),
        elapsed_secs: Some(0.0),
        error: None,
        code: None,
    };
    assert_eq!(states(&stand, 1), [(Some("a".to_owned()), on.clone())]);
    assert_eq!(states(&stand, 2), [(None, on.clone())]);

    stand.run_ms(2500);
    stand.hand_to(2);
    stand.say(2, "b", stop());
    assert_eq!((orders(&stand), states(&stand, 2)), (vec![RecordOrder::Stop], vec![]));
    stand.input(Input::Recording(RecordingEvent::Ended { bytes: 77, failure: None }));
    let ended = RecordState { recording: false, bytes: Some(77.0), elapsed_secs: Some(2.5), ..on };
    assert_eq!(states(&stand, 2), [(Some("b".to_owned()), ended.clone())]);
    assert_eq!(states(&stand, 1), [(None, ended)]);
}

#[test]
fn who_joins_hears_whether_a_recording_runs() {
    let mut stand = stand();
    stand.greet(3);
    assert!(!states(&stand, 3)[0].1.recording);
    stand.say(1, "a", start(None));
    stand.input(began("/r/x.mp4"));
    stand.run_ms(4000);
    stand.greet(4);
    let (_, state) = &states(&stand, 4)[0];
    assert_eq!((state.recording, state.elapsed_secs), (true, Some(4.0)));
    let mut without = Stand::new();
    without.greet(1);
    assert_eq!(states(&without, 1), [], "a server that records nothing says nothing of it");
    without.say(1, "a", start(None));
    assert_eq!(without.refusal(1).unwrap().1.code, ErrorCode::Unsupported);
}

#[test]
fn its_size_is_told_once_a_second_at_most() {
    let mut stand = stand();
    stand.say(1, "a", start(None));
    stand.input(began("/r/x.mp4"));
    let mut told = Vec::new();
    for step in 1..=50 {
        stand.now += Duration::from_millis(100);
        stand.input(Input::Recording(RecordingEvent::Grew { bytes: step }));
        told.extend(states(&stand, 2).into_iter().map(|(_, state)| state.bytes.unwrap()));
    }
    assert_eq!(told, [10.0, 20.0, 30.0, 40.0, 50.0]);
}

#[test]
fn a_full_disk_ends_it_for_all_with_a_code() {
    let mut stand = stand();
    stand.say(1, "a", start(None));
    stand.input(began("/r/x.mp4"));
    let failure = RecordingFailure { code: ErrorCode::NoSpace, message: "the disk is full".to_owned() };
    stand.input(Input::Recording(RecordingEvent::Ended { bytes: 5, failure: Some(failure.clone()) }));
    for client in [1, 2] {
        let (_, state) = &states(&stand, client)[0];
        assert_eq!((state.recording, state.code), (false, Some(ErrorCode::NoSpace)));
        assert_eq!(
            (state.error.as_deref(), state.path.as_deref()),
            (Some("the disk is full"), Some("/r/x.mp4"))
        );
    }
    stand.hand_to(2);
    stand.say(2, "b", start(None));
    assert_eq!(orders(&stand).len(), 1, "another one may be tried");
    stand.input(Input::Recording(RecordingEvent::Ended { bytes: 0, failure: Some(failure) }));
    let (id, state) = &states(&stand, 2)[0];
    assert_eq!((id.as_deref(), state.recording, state.path.as_deref()), (Some("b"), false, None));
}

#[test]
fn a_stop_before_the_first_picture_answers_both() {
    let mut stand = stand();
    stand.say(1, "a", start(None));
    stand.hand_to(2);
    stand.say(2, "b", stop());
    stand.say(2, "c", stop());
    assert_eq!(stand.refusal(2).unwrap().1.code, ErrorCode::Busy);
    stand.input(Input::Recording(RecordingEvent::Ended { bytes: 0, failure: None }));
    assert_eq!(states(&stand, 1)[0].0.as_deref(), Some("a"));
    assert_eq!(states(&stand, 2)[0].0.as_deref(), Some("b"));
}

#[test]
fn one_recording_runs_at_a_time_and_a_stop_too_many_changes_nothing() {
    let mut stand = stand();
    stand.say(1, "s", stop());
    let (id, state) = &states(&stand, 1)[0];
    assert_eq!((id.as_deref(), state.recording, orders(&stand)), (Some("s"), false, vec![]));
    stand.say(1, "a", start(None));
    stand.hand_to(2);
    stand.say(2, "b", start(None));
    assert_eq!(stand.refusal(2).unwrap().1.code, ErrorCode::Busy);
    assert_eq!(orders(&stand), []);
}

#[test]
fn whoever_does_not_drive_neither_begins_nor_ends_one() {
    let mut stand = stand();
    stand.say(2, "b", start(None));
    assert_eq!(stand.refusal(2).unwrap().1.code, ErrorCode::NotController);
    stand.say(1, "a", start(None));
    stand.say(2, "b", stop());
    assert_eq!((stand.refusal(2).unwrap().1.code, orders(&stand)), (ErrorCode::NotController, vec![]));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let long = "x".repeat(201);
    for name in
        ["", "  ", ".", "..", "../x", "a/b", "a\\b", "C:x", ".hidden", "a\u{0}", "a\nb", "what?", "x.", &long]
    {
        let mut stand = stand();
        stand.say(1, "a", start(Some(name)));
        let code = stand.refusal(1).unwrap_or_else(|| panic!("{name:?} was taken")).1.code;
        assert!(matches!(code, ErrorCode::BadRequest | ErrorCode::TooLarge), "{name:?}: {code:?}");
        assert_eq!(orders(&stand), [], "{name:?}");
    }
    for name in ["Zelle 4, Ansicht (2)", "ロボット", "v1.2-final"] {
        let mut stand = stand();
        stand.say(1, "a", start(Some(name)));
        assert_eq!(orders(&stand), [RecordOrder::Start { name: Some(name.to_owned()), stage: None }]);
    }
}

#[test]
fn a_server_that_stops_ends_its_recording() {
    let mut stand = stand();
    stand.say(1, "a", start(None));
    stand.input(began("/r/x.mp4"));
    stand.input(Input::Draining);
    assert_eq!(orders(&stand), [RecordOrder::Stop]);
}

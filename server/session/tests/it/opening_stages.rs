//! Opening, reloading, superseding, failing.

use telestage_protocol::{
    Diagnostic, DiagnosticCode, ErrorCode, ListStagesRequest, ListStagesResult, LoadingState,
    OpenStageResult, Outcome, ServerMessage, SetCamera, Status, ViewerError,
};
use telestage_session::camera::UpAxis;
use telestage_session::stages::MAX_DIAGNOSTICS;
use telestage_session::{Input, Output, StageEvent};

use crate::stand::{Stand, Told, cube, open, reset, stage};

fn result(told: &[Told]) -> Option<(Option<String>, OpenStageResult)> {
    told.iter().find_map(|(id, message)| match message {
        ServerMessage::OpenStageResult(result) => Some((id.clone(), result.clone())),
        _ => None,
    })
}

fn plain() -> telestage_session::StageSummary {
    stage(UpAxis::Y, cube([0.0; 3], 1.0))
}

fn opened(url: &str) -> StageEvent {
    StageEvent::Opened { url: format!("/root/{url}"), summary: plain() }
}

fn failed(code: ErrorCode) -> StageEvent {
    StageEvent::Failed { code, message: "it is broken".to_owned(), diagnostics: Vec::new() }
}

#[test]
fn an_open_is_answered_with_its_id_and_told_to_all_others() {
    let mut stand = Stand::new();
    stand.greet(1);
    stand.greet(2);
    stand.say(1, "q", open("a.usda"));
    assert!(stand.out.contains(&Output::Open { generation: 1, url: "a.usda".to_owned() }));
    assert_eq!(stand.told_names(2), ["loadingStateResponse"]);
    assert_eq!(stand.session.status(), Status::Loading);
    stand.input(Input::Stage { generation: 1, event: opened("a.usda") });
    let (id, mine) = result(&stand.told(1)).unwrap();
    assert_eq!((id.as_deref(), mine.result, mine.stage_generation), (Some("q"), Outcome::Success, 1));
    assert_eq!(result(&stand.told(2)).unwrap(), (None, mine));
    assert_eq!(stand.view().unwrap().generation, 1, "the view is about the new stage");
    assert!(stand.told_names(2).contains(&"camera_list"));
}

#[test]
fn progress_is_told_to_all_and_never_goes_back() {
    let mut stand = Stand::new();
    stand.greet(1);
    stand.say(1, "", open("a.usda"));
    let amounts: Vec<_> = [0.2, 0.1, f64::NAN, 0.6, 7.0]
        .into_iter()
        .flat_map(|amount| {
            let activity = format!("step {amount}");
            stand.input(Input::Stage { generation: 1, event: StageEvent::Progress { amount, activity } });
            stand.told(1)
        })
        .filter_map(|(_, message)| match message {
            ServerMessage::ProgressAmount(progress) => Some(progress.amount),
            _ => None,
        })
        .collect();
    assert_eq!(amounts, [0.2, 0.2, 0.2, 0.6, 1.0]);
    assert_eq!(stand.session.health(stand.now).phase.percent, 100.0);
    assert_eq!(stand.session.health(stand.now).phase.name, "step 7");
}

#[test]
fn what_is_open_already_succeeds_without_a_reload() {
    for url in ["a.usda", "/root/a.usda"] {
        let mut stand = Stand::showing(plain());
        stand.say(1, "q", open(url));
        assert_eq!(stand.opened_generation(), None);
        let (id, answer) = result(&stand.told(1)).unwrap();
        assert_eq!((id.as_deref(), answer.result, answer.stage_generation), (Some("q"), Outcome::Success, 1));
    }
}

#[test]
fn reset_loads_again_what_is_open_and_needs_something_open() {
    let mut stand = Stand::showing(plain());
    stand.say(1, "q", reset());
    assert!(stand.out.contains(&Output::Open { generation: 2, url: "a.usda".to_owned() }));
    stand.input(Input::Stage { generation: 2, event: opened("a.usda") });
    assert_eq!(result(&stand.told(1)).unwrap().1.stage_generation, 2);

    let mut empty = Stand::new();
    empty.greet(1);
    empty.say(1, "q", reset());
    assert_eq!(empty.refusal(1).unwrap().1.code, ErrorCode::NotFound);
}

#[test]
fn a_newer_open_ends_an_older_one() {
    let mut stand = Stand::new();
    stand.greet(1);
    stand.greet(2);
    stand.say(1, "first", open("a.usda"));
    stand.hand_to(2);
    stand.say(2, "second", open("b.usda"));
    let cancel = stand.out.iter().position(|o| *o == Output::CancelOpen { generation: 1 });
    let begin = stand.out.iter().position(|o| *o == Output::Open { generation: 2, url: "b.usda".to_owned() });
    assert!(cancel.unwrap() < begin.unwrap());
    let (id, answer) = result(&stand.told(1)).unwrap();
    assert_eq!((id.as_deref(), answer.code), (Some("first"), Some(ErrorCode::Superseded)));
    // What the older one still reports is of the past.
    stand.input(Input::Stage { generation: 1, event: opened("a.usda") });
    assert_eq!(result(&stand.told(1)), None);
    stand.input(Input::Stage { generation: 1, event: failed(ErrorCode::InvalidStage) });
    assert_eq!(stand.session.status(), Status::Loading);
    stand.input(Input::Stage { generation: 2, event: opened("b.usda") });
    assert_eq!(result(&stand.told(2)).unwrap().0.as_deref(), Some("second"));
}

#[test]
fn two_who_ask_for_the_same_stage_wait_for_one_open() {
    let mut stand = Stand::new();
    stand.greet(1);
    stand.greet(2);
    stand.say(1, "first", open("a.usda"));
    stand.say(2, "second", open("a.usda"));
    assert_eq!(stand.opened_generation(), None);
    stand.input(Input::Stage { generation: 1, event: opened("a.usda") });
    assert_eq!(result(&stand.told(1)).unwrap().0.as_deref(), Some("first"));
    assert_eq!(result(&stand.told(2)).unwrap().0.as_deref(), Some("second"));
}

#[test]
fn going_back_to_the_open_stage_ends_what_loads() {
    let mut stand = Stand::showing(plain());
    stand.say(1, "away", open("b.usda"));
    stand.say(1, "back", open("a.usda"));
    assert!(stand.out.contains(&Output::CancelOpen { generation: 2 }));
    let answers: Vec<_> = stand
        .told(1)
        .into_iter()
        .filter_map(|(id, message)| match message {
            ServerMessage::OpenStageResult(result) => Some((id.unwrap(), result.result)),
            _ => None,
        })
        .collect();
    assert_eq!(answers, [("away".to_owned(), Outcome::Error), ("back".to_owned(), Outcome::Success)]);
    assert!(stand.told_names(1).contains(&"loadingStateResponse"));
}

#[test]
fn a_failed_open_keeps_the_old_stage() {
    let mut stand = Stand::showing(plain());
    stand.send_frame();
    let before = stand.session.pose();
    stand.say(1, "q", open("broken.usda"));
    stand.input(Input::Stage { generation: 2, event: failed(ErrorCode::InvalidStage) });
    let (_, answer) = result(&stand.told(1)).unwrap();
    assert_eq!((answer.result, answer.code), (Outcome::Error, Some(ErrorCode::InvalidStage)));
    assert_eq!(answer.stage_generation, 1, "the old one is the current one");
    assert_eq!(answer.error.as_deref(), Some("it is broken"));
    assert_eq!(stand.session.pose(), before);
    assert_eq!(stand.session.status(), Status::Streaming);
    stand.greet(2);
    assert_eq!(result(&stand.told(2)).unwrap().1.url, "a.usda");
}

#[test]
fn a_first_open_that_fails_is_remembered_for_those_who_come_later() {
    let mut stand = Stand::new();
    stand.input(Input::Open { url: "broken.usda".to_owned() });
    stand.input(Input::Stage { generation: 1, event: failed(ErrorCode::NotFound) });
    assert_eq!(stand.session.status(), Status::Error);
    stand.greet(1);
    let (_, answer) = result(&stand.told(1)).unwrap();
    assert_eq!((answer.code, answer.stage_generation), (Some(ErrorCode::NotFound), 0));
    // The next open works and the failure is forgotten.
    stand.say(1, "", open("a.usda"));
    stand.input(Input::Stage { generation: 2, event: opened("a.usda") });
    stand.send_frame();
    assert_eq!(stand.session.status(), Status::Streaming);
}

#[test]
fn a_lost_worker_fails_what_loads_and_is_told_about_what_is_shown() {
    let mut stand = Stand::showing(plain());
    stand.input(Input::Stage { generation: 1, event: StageEvent::WorkerLost });
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::WorkerLost);
    stand.say(1, "q", open("b.usda"));
    stand.input(Input::Stage { generation: 2, event: StageEvent::WorkerLost });
    assert_eq!(result(&stand.told(1)).unwrap().1.code, Some(ErrorCode::WorkerLost));
    stand.say(1, "q", open("c.usda"));
    stand.input(Input::Stage { generation: 3, event: opened("c.usda") });
    assert_eq!(result(&stand.told(1)).unwrap().1.result, Outcome::Success, "the next open works");
}

#[test]
fn status_follows_stages_and_frames() {
    let mut stand = Stand::new();
    assert_eq!(stand.session.status(), Status::Starting);
    // Nobody has to be there to see it (I6).
    stand.input(Input::Drawn);
    assert_eq!(stand.session.status(), Status::Idle);
    stand.input(Input::Open { url: "a.usda".to_owned() });
    assert_eq!(stand.session.status(), Status::Loading);
    stand.input(Input::Stage { generation: 1, event: opened("a.usda") });
    assert_eq!(stand.session.status(), Status::Streaming);
    let health = stand.session.health(stand.now);
    assert_eq!(
        (health.stage.as_deref(), health.stage_generation, &*health.phase.name),
        (Some("a.usda"), 1, "streaming")
    );
    stand.input(Input::Draining);
    assert_eq!(stand.session.status(), Status::Stopping);
}

#[test]
fn a_loading_state_is_busy_only_while_something_loads() {
    let mut stand = Stand::showing(plain());
    stand.say(1, "q", open("b.usda"));
    let states = |told: Vec<Told>| {
        told.into_iter()
            .filter_map(|(_, message)| match message {
                ServerMessage::LoadingState(state) => Some((state.url, state.loading_state)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(states(stand.told(1)), [("b.usda".to_owned(), LoadingState::Busy)]);
    stand.input(Input::Stage { generation: 2, event: opened("b.usda") });
    assert_eq!(states(stand.told(1)), [("b.usda".to_owned(), LoadingState::Idle)]);
    stand.say(1, "q", telestage_protocol::ClientMessage::LoadingStateQuery(telestage_protocol::Empty {}));
    assert_eq!(states(stand.told(1)), [("b.usda".to_owned(), LoadingState::Idle)]);
}

#[test]
fn a_request_about_a_stage_that_is_gone_is_refused() {
    let mut stand = Stand::showing(plain());
    let request = SetCamera { path: None, transition_ms: None, stage_generation: Some(9) };
    stand.say(1, "q", telestage_protocol::ClientMessage::SetCamera(request));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::StageChanged);
}

#[test]
fn more_diagnostics_than_fit_into_a_message_are_counted() {
    let diagnostic = Diagnostic {
        code: DiagnosticCode::MissingTexture,
        prim_path: None,
        path: None,
        message: "x".repeat(100),
    };
    let mut summary = plain();
    summary.diagnostics = vec![diagnostic; 1000];
    let mut stand = Stand::showing(summary);
    stand.greet(2);
    let (_, answer) = result(&stand.told(2)).unwrap();
    assert_eq!((answer.diagnostics.len(), answer.diagnostics_total), (MAX_DIAGNOSTICS, Some(1000)));
}

#[test]
fn whatever_a_stage_contains_a_message_fits_into_a_data_channel() {
    let long = "\u{1}\"ü".repeat(1000);
    let mut summary = plain();
    let diagnostic = Diagnostic {
        code: DiagnosticCode::MissingLayer,
        prim_path: Some(long.clone()),
        path: Some(long.clone()),
        message: long.clone(),
    };
    summary.diagnostics = vec![diagnostic; 200];
    summary.cameras = (0..5000)
        .map(|i| {
            let path = format!("/{}/Camera{i}", "x".repeat(i % 300));
            crate::stand::stage_camera(&path, [0.0, 0.0, 9.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0)
        })
        .collect();
    let mut stand = Stand::showing(summary);
    stand.greet(2);
    let entry = |i: usize| telestage_protocol::StageEntry {
        name: format!("{i}"),
        path: long.clone(),
        kind: telestage_protocol::StageEntryKind::Stage,
        size: None,
        modified: None,
    };
    let listing =
        ListStagesResult { path: String::new(), entries: (0..500).map(entry).collect(), truncated: None };
    let mut said = stand.told(2);
    stand.input(Input::Listed { client: 2, id: None, result: Ok(listing) });
    said.extend(stand.told(2));
    stand.say(2, "", open("b.usda"));
    let event = StageEvent::Failed {
        code: ErrorCode::InvalidStage,
        message: long.repeat(50),
        diagnostics: Vec::new(),
    };
    stand.input(Input::Stage { generation: 2, event });
    said.extend(stand.told(2));
    let names: Vec<_> = said.iter().map(|(_, message)| message.name()).collect();
    for name in ["openStageResult", "camera_list", "listStagesResult"] {
        assert!(names.contains(&name), "{names:?}");
    }
    for (id, message) in said {
        let text = telestage_protocol::Envelope { message, id }.to_json().unwrap();
        assert!(text.len() < 65_536, "{} bytes: {}", text.len(), &text[..80]);
    }
}

#[test]
fn listings_are_passed_on_and_answered_with_their_id() {
    let mut stand = Stand::new();
    stand.greet(1);
    let list = || {
        let request = ListStagesRequest { path: Some("robots".to_owned()) };
        telestage_protocol::ClientMessage::ListStages(request)
    };
    stand.say(1, "q", list());
    let expected =
        Output::ListStages { client: 1, id: Some("q".to_owned()), path: Some("robots".to_owned()) };
    assert_eq!(stand.out, [expected]);
    let answer = ListStagesResult { path: "robots".to_owned(), entries: Vec::new(), truncated: None };
    stand.input(Input::Listed { client: 1, id: Some("q".to_owned()), result: Ok(answer) });
    assert_eq!(stand.told(1)[0].0.as_deref(), Some("q"));
    let error = ViewerError::new(ErrorCode::OutsideRoots, "outside");
    stand.say(1, "r", list());
    stand.input(Input::Listed { client: 1, id: Some("r".to_owned()), result: Err(error.clone()) });
    assert_eq!(stand.refusal(1), Some((Some("r".to_owned()), error)));
    // A flood is refused instead of queued.
    let codes: Vec<_> = (0..6)
        .map(|_| {
            stand.say(1, "s", list());
            stand.refusal(1).map(|(_, error)| error.code)
        })
        .collect();
    assert_eq!(codes[3], None);
    assert_eq!(codes[4], Some(ErrorCode::Busy));
}

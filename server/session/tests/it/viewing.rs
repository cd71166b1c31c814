//! Who gets which pictures: those who look, and views of one's own.

use std::time::Duration;

use telestage_protocol::{
    CameraCommand, ClientMessage, ErrorCode, Outcome, ResizeViewport, ServerMessage, ViewAction, ViewKind,
    ViewRequest, ViewResult,
};
use telestage_session::camera::UpAxis;
use telestage_session::{Config, FrameSent, Input, Output, ViewId};

use crate::stand::{Stand, command, cube, frame, stage};

fn showing(viewers: u32) -> Stand {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    for client in 2..=viewers {
        stand.greet(client);
    }
    stand
}

/// What `client` is answered, and what happens to views and pictures.
fn ask(stand: &mut Stand, client: u32, action: ViewAction) -> (Vec<Output>, ViewResult) {
    stand.say(client, "v", ClientMessage::View(ViewRequest { action }));
    let is_about_views = |output: &&Output| {
        matches!(output, Output::Video { .. } | Output::BeginView { .. } | Output::EndView { .. })
    };
    let outputs = stand.out.iter().filter(is_about_views).cloned().collect();
    let result = stand.told(client).into_iter().find_map(|(id, message)| match message {
        ServerMessage::ViewResult(result) if id.as_deref() == Some("v") => Some(result),
        _ => None,
    });
    (outputs, result.expect("an answer"))
}

fn done(view: ViewKind) -> ViewResult {
    ViewResult { view, result: Outcome::Success, code: None, error: None }
}

/// Versions of the views that were handed out, with their names.
fn drawn(out: &[Output]) -> Vec<(ViewId, [u32; 2])> {
    out.iter()
        .filter_map(|output| match output {
            Output::View { view, pose } => Some((*view, pose.size)),
            _ => None,
        })
        .collect()
}

#[test]
fn pictures_stop_and_go_on_for_that_client_alone() {
    let mut stand = showing(2);
    for (action, view) in [(ViewAction::Pause, None), (ViewAction::Resume, Some(ViewId::SHARED))] {
        let expected = vec![Output::Video { client: 1, view }];
        assert_eq!(ask(&mut stand, 1, action), (expected, done(ViewKind::Shared)));
    }
    assert_eq!(ask(&mut stand, 1, ViewAction::Shared), (vec![], done(ViewKind::Shared)), "it never left it");
}

#[test]
fn a_view_of_ones_own_begins_where_the_shared_one_is_and_moves_alone() {
    let mut stand = showing(2);
    let shared = stand.session.pose();
    let (outputs, result) = ask(&mut stand, 2, ViewAction::Own);
    let own = ViewId(1);
    let begun = [Output::BeginView { view: own }, Output::Video { client: 2, view: Some(own) }];
    assert_eq!((&outputs[..], result), (&begun[..], done(ViewKind::Own)));
    let first = stand.out.iter().find_map(|output| match output {
        Output::View { view, pose } if *view == own => Some(*pose),
        _ => None,
    });
    assert_eq!(first.expect("it is drawn").world_from_view, shared.world_from_view);

    stand.say(2, "", command(CameraCommand::Orbit, 1, 1, 0.2, 0.0));
    assert_eq!(stand.refusal(2), None, "its own view needs nobody's leave");
    assert_eq!(drawn(&stand.out), [(own, [1280, 720])], "and nobody else's picture changes");
    stand.say(2, "r", ClientMessage::ResizeViewport(ResizeViewport { width: 640, height: 360 }));
    assert_eq!(drawn(&stand.out), [(own, [640, 360])]);
    assert_eq!(stand.told_names(1), [""; 0], "the other one hears nothing of it");
    assert_eq!(stand.session.pose().size, [1280, 720]);

    let (outputs, result) = ask(&mut stand, 2, ViewAction::Shared);
    let ended = [Output::Video { client: 2, view: Some(ViewId::SHARED) }, Output::EndView { view: own }];
    assert_eq!((&outputs[..], result), (&ended[..], done(ViewKind::Shared)));
    let names = stand.told_names(2);
    for name in ["resizeViewportResult", "cameraStateChanged", "camera_list"] {
        assert!(names.contains(&name), "it is told where it is now: {names:?}");
    }
}

#[test]
fn each_hears_of_the_frames_of_its_own_picture() {
    let mut stand = showing(2);
    ask(&mut stand, 2, ViewAction::Own);
    stand.say(2, "", command(CameraCommand::Orbit, 1, 7, 0.2, 0.0));
    let version = stand.session.poses().find(|(id, _)| *id == ViewId(1)).unwrap().1.version;
    stand.input(Input::Frame(FrameSent { view: ViewId(1), view_version: version, ..frame(41) }));
    assert_eq!(stand.told_names(1), [""; 0]);
    let told = stand.told(2);
    let [(_, ServerMessage::FrameInfo(info))] = &told[..] else { panic!("{told:?}") };
    assert_eq!((info.frame, info.input_seq), (41, 7));
    let out: Vec<_> = stand.run_ms(600).into_iter().map(|(_, output)| output).collect();
    for (client, last) in [(1, 0), (2, 41)] {
        let beats = crate::stand::told(&out, client).into_iter().filter_map(|(_, message)| match message {
            ServerMessage::Heartbeat(beat) => Some(beat.last_frame),
            _ => None,
        });
        assert_eq!(beats.collect::<Vec<_>>(), [last], "client {client}");
    }
}

#[test]
fn each_hears_of_the_frames_of_its_own_rendition() {
    let mut stand = showing(2);
    stand.input(Input::Rendition { client: 2, rendition: 1 });
    for (rendition, hears, other) in [(0, 1, 2), (1, 2, 1)] {
        stand.input(Input::Frame(FrameSent { rendition, ..frame(7) }));
        assert_eq!(stand.told_names(hears), ["frameInfo"], "rendition {rendition}");
        assert_eq!(stand.told_names(other), [""; 0]);
    }
    let out: Vec<_> = stand.run_ms(600).into_iter().map(|(_, output)| output).collect();
    let beat = crate::stand::told(&out, 2).into_iter().find_map(|(_, message)| match message {
        ServerMessage::Heartbeat(beat) => Some(beat.last_frame),
        _ => None,
    });
    assert_eq!(beat, Some(7), "they are one frame");
}

#[test]
fn another_stage_comes_into_every_view() {
    let mut stand = showing(2);
    ask(&mut stand, 2, ViewAction::Own);
    stand.input(Input::Open { url: "b.usda".to_owned() });
    let generation = stand.opened_generation().unwrap();
    let event = telestage_session::StageEvent::Opened {
        url: "/root/b.usda".to_owned(),
        summary: stage(UpAxis::Z, cube([50.0; 3], 3.0)),
    };
    stand.input(Input::Stage { generation, event });
    let poses: Vec<_> = stand.session.poses().map(|(_, pose)| pose).collect();
    assert!(poses.len() == 2 && poses.iter().all(|pose| pose.generation == generation));
    for client in [1, 2] {
        assert!(stand.told_names(client).contains(&"camera_list"), "client {client}");
    }
}

#[test]
fn the_machines_room_is_kept_and_the_refusal_says_why() {
    let config = Config { max_own_views: 1, ..Config::default() };
    let mut stand = Stand::with(config);
    for client in 1..=3 {
        stand.greet(client);
    }
    ask(&mut stand, 1, ViewAction::Own);
    let (outputs, result) = ask(&mut stand, 2, ViewAction::Own);
    assert_eq!((outputs, result.view, result.code), (vec![], ViewKind::Shared, Some(ErrorCode::Busy)));
    assert!(result.error.unwrap().contains("own views are open"));
    // A view that is only kept for somebody who may come back makes room.
    stand.input(Input::Left { client: 1 });
    let (outputs, result) = ask(&mut stand, 3, ViewAction::Own);
    assert_eq!(outputs[0], Output::EndView { view: ViewId(1) });
    assert_eq!(result, done(ViewKind::Own));
}

#[test]
fn without_the_capability_a_view_of_ones_own_is_unsupported() {
    let mut config = Config::default();
    config.capabilities.retain(|name| *name != telestage_protocol::Capability::OwnView);
    let mut stand = Stand::with(config);
    stand.greet(1);
    let (outputs, result) = ask(&mut stand, 1, ViewAction::Own);
    assert_eq!((outputs, result.code), (vec![], Some(ErrorCode::Unsupported)));
}

#[test]
fn a_view_that_cannot_be_shown_gives_way_to_the_shared_one() {
    let mut stand = showing(2);
    ask(&mut stand, 2, ViewAction::Own);
    stand.input(Input::ViewLost { view: ViewId(1), message: "no encoder".to_owned() });
    assert!(stand.out.contains(&Output::Video { client: 2, view: Some(ViewId::SHARED) }));
    let told = stand.told(2);
    let lost = told.iter().find_map(|(_, message)| match message {
        ServerMessage::ViewResult(result) => Some(result),
        _ => None,
    });
    assert_eq!(lost.unwrap().error.as_deref(), Some("no encoder"));
    stand.input(Input::ViewLost { view: ViewId::SHARED, message: "never".to_owned() });
    assert_eq!(stand.out, []);
}

#[test]
fn a_client_that_was_lost_finds_its_view_again() {
    let mut stand = showing(2);
    ask(&mut stand, 2, ViewAction::Own);
    stand.say(2, "", command(CameraCommand::Orbit, 1, 1, 0.2, 0.0));
    stand.rest();
    let before = stand.session.poses().find(|(id, _)| *id == ViewId(1)).unwrap().1;
    stand.input(Input::Left { client: 2 });
    stand.run_ms(29_000);
    stand.greet_again(9, "token-2");
    assert!(stand.out.contains(&Output::Video { client: 9, view: Some(ViewId(1)) }));
    let after = stand.session.poses().find(|(id, _)| *id == ViewId(1)).unwrap().1;
    assert_eq!(after.world_from_view, before.world_from_view);
    assert!(!stand.out.iter().any(|output| matches!(output, Output::EndView { .. })));
}

#[test]
fn what_is_kept_ends_after_thirty_seconds() {
    let mut stand = showing(2);
    ask(&mut stand, 2, ViewAction::Own);
    stand.input(Input::Left { client: 2 });
    let left = stand.now;
    let out = stand.run_ms(60_000);
    let ends: Vec<_> = out.iter().filter(|(_, o)| matches!(o, Output::EndView { .. })).collect();
    assert_eq!(ends, [&(left + Duration::from_secs(30), Output::EndView { view: ViewId(1) })]);
    stand.greet_again(9, "token-2");
    assert!(!stand.out.iter().any(|output| matches!(output, Output::Video { .. })), "it starts afresh");
}

#[test]
fn a_connection_that_is_not_known_to_be_lost_yet_makes_room_for_its_successor() {
    let mut stand = showing(2);
    ask(&mut stand, 2, ViewAction::Own);
    stand.greet_again(3, "token-2");
    assert!(stand.out.contains(&Output::Close { client: 2 }));
    assert!(stand.out.contains(&Output::Video { client: 3, view: Some(ViewId(1)) }));
    assert_eq!(stand.told_names(3)[0], "welcome");
    stand.greet_again(4, "nobody's");
    assert_eq!(stand.told_names(4)[0], "welcome", "a token of an earlier server does no harm");
}

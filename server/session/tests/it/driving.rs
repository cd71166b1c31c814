//! Who drives the shared view: one at a time, handed around (I5).

use std::time::Duration;

use telestage_protocol::{
    CameraCommand, ClientMessage, ControlAction, ControlRequest, ControlState, Empty, ErrorCode,
    ResizeViewport, Role, ServerMessage, ViewAction, ViewKind, ViewRequest,
};
use telestage_session::camera::UpAxis;
use telestage_session::{Input, Output};

use crate::stand::{Stand, command, cube, hello, open, reset, stage, told};

/// Client 1 drives; `viewers` are there.
fn showing(viewers: u32) -> Stand {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    for client in 2..=viewers {
        stand.greet(client);
    }
    stand
}

fn ask(stand: &mut Stand, client: u32, action: ControlAction, to: Option<u32>) {
    stand.say(client, "c", ClientMessage::Control(ControlRequest { action, client_id: to }));
}

fn drag(stand: &mut Stand, client: u32, gesture: u32, seq: u32) {
    stand.say(client, "", command(CameraCommand::Orbit, gesture, seq, 0.01 * f64::from(seq), 0.0));
}

/// The newest `controlState` among what `client` was told.
fn state(out: &[Output], client: u32) -> Option<ControlState> {
    told(out, client).into_iter().rev().find_map(|(_, message)| match message {
        ServerMessage::ControlState(state) => Some(state),
        _ => None,
    })
}

fn controller(stand: &Stand) -> Option<u32> {
    state(&stand.out, 1).expect("all are told").controller
}

#[test]
fn the_first_drives_and_everybody_sees_who() {
    let mut stand = Stand::new();
    stand.greet(1);
    let roles = |stand: &Stand, client| {
        stand.told(client).into_iter().find_map(|(_, message)| match message {
            ServerMessage::Welcome(welcome) => Some(welcome.role),
            _ => None,
        })
    };
    assert_eq!(roles(&stand, 1), Some(Role::Controller));
    stand.join(2);
    let ClientMessage::Hello(mut greeting) = hello(1) else { panic!() };
    greeting.name = Some(" Ada\n ".to_owned());
    stand.say(2, "", ClientMessage::Hello(greeting));
    assert_eq!(roles(&stand, 2), Some(Role::Viewer));
    let seen = state(&stand.out, 1).expect("the first hears of the second");
    assert_eq!(Some(&seen), state(&stand.out, 2).as_ref(), "as the second does");
    let rows: Vec<_> =
        seen.viewers.iter().map(|row| (row.client_id, &*row.name, row.role, row.view)).collect();
    let expected =
        [(1, "Viewer 1", Role::Controller, ViewKind::Shared), (2, "Ada", Role::Viewer, ViewKind::Shared)];
    assert_eq!(rows, expected);
}

/// I5.
#[test]
fn i5_whoever_does_not_drive_is_refused_and_changes_nothing() {
    let mut stand = showing(2);
    let before = stand.session.pose();
    let fit =
        telestage_protocol::FitCameraRequest { prim_path: None, transition_ms: None, stage_generation: None };
    let requests = [
        ClientMessage::FitCamera(fit),
        ClientMessage::ResetCamera(telestage_protocol::ResetCameraRequest::default()),
        ClientMessage::ResizeViewport(ResizeViewport { width: 640, height: 480 }),
        open("other.usda"),
        reset(),
    ];
    for request in requests {
        let name = request.name();
        stand.say(2, "q", request);
        let (id, error) = stand.refusal(2).expect(name);
        assert_eq!((id.as_deref(), error.code), (Some("q"), ErrorCode::NotController), "{name}");
        assert!(error.message.starts_with("Viewer 1 drives"), "{}", error.message);
        assert_eq!(stand.out.len(), 1, "{name}: nothing else happens");
    }
    assert_eq!(stand.session.pose(), before);
    stand.say(2, "q", open("a.usda"));
    assert_eq!(stand.told_names(2), ["openStageResult"], "what is shown already, everybody may ask for");
}

#[test]
fn a_refused_gesture_is_answered_once() {
    let mut stand = showing(2);
    let mut refusals = 0;
    for (gesture, seq) in [(1, 1), (1, 2), (1, 3), (2, 4), (2, 5)] {
        drag(&mut stand, 2, gesture, seq);
        refusals += usize::from(stand.refusal(2).is_some());
        assert!(stand.view().is_none());
    }
    assert_eq!(refusals, 2);
}

#[test]
fn a_request_waits_until_it_is_granted() {
    let mut stand = showing(3);
    ask(&mut stand, 2, ControlAction::Request, None);
    assert_eq!(stand.told(2)[0].0.as_deref(), Some("c"), "the answer has the request's id");
    let seen = state(&stand.out, 1).unwrap();
    assert_eq!((seen.controller, &seen.waiting[..], seen.granted_in_ms), (Some(1), &[2][..], Some(10_000.0)));
    ask(&mut stand, 3, ControlAction::Request, None);
    assert_eq!(state(&stand.out, 1).unwrap().waiting, [2, 3]);
    ask(&mut stand, 1, ControlAction::Grant, Some(3));
    let seen = state(&stand.out, 1).unwrap();
    assert_eq!((seen.controller, &seen.waiting[..]), (Some(3), &[2][..]), "to whom the controller likes");
    drag(&mut stand, 3, 1, 1);
    assert!(stand.view().is_some());
    drag(&mut stand, 1, 9, 1);
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::NotController);
}

#[test]
fn silence_grants_and_keeping_refuses() {
    let mut stand = showing(2);
    ask(&mut stand, 2, ControlAction::Request, None);
    stand.run_ms(5000);
    ask(&mut stand, 1, ControlAction::Grant, Some(1));
    let seen = state(&stand.out, 2).unwrap();
    assert_eq!((seen.controller, seen.waiting.len()), (Some(1), 0), "the controller keeps it");
    ask(&mut stand, 2, ControlAction::Request, None);
    let asked = stand.now;
    let out = stand.run_ms(20_000);
    let (at, seen) = out
        .iter()
        .find_map(|(at, output)| Some((*at, state(std::slice::from_ref(output), 1)?)))
        .expect("control passes");
    assert_eq!((at, seen.controller), (asked + Duration::from_secs(10), Some(2)));
}

#[test]
fn what_is_given_back_goes_to_whoever_waits_or_to_whoever_moves_next() {
    let mut stand = showing(3);
    ask(&mut stand, 2, ControlAction::Request, None);
    ask(&mut stand, 1, ControlAction::Release, None);
    assert_eq!(controller(&stand), Some(2));
    ask(&mut stand, 2, ControlAction::Release, None);
    assert_eq!(controller(&stand), None);
    drag(&mut stand, 3, 1, 1);
    assert_eq!(controller(&stand), Some(3));
    assert!(stand.view().is_some(), "and that move counts");
}

#[test]
fn control_is_taken_only_from_whoever_does_not_use_it() {
    let mut stand = showing(2);
    drag(&mut stand, 1, 1, 1);
    stand.run_ms(4000);
    ask(&mut stand, 2, ControlAction::Take, None);
    let (_, error) = stand.refusal(2).unwrap();
    assert_eq!(error.code, ErrorCode::Refused);
    assert_eq!(error.detail.unwrap()["retry_in_ms"], 1000.0);
    stand.run_ms(1000);
    ask(&mut stand, 2, ControlAction::Take, None);
    assert_eq!(controller(&stand), Some(2));
}

#[test]
fn control_that_was_forgotten_passes_to_whoever_moves() {
    let mut stand = showing(2);
    drag(&mut stand, 1, 1, 1);
    stand.run_ms(61_000);
    drag(&mut stand, 2, 1, 1);
    assert_eq!(controller(&stand), Some(2));
}

#[test]
fn a_controller_that_leaves_leaves_control_and_finds_it_again_if_it_is_free() {
    for is_taken in [false, true] {
        let mut stand = showing(2);
        stand.input(Input::Left { client: 1 });
        assert_eq!(state(&stand.out, 2).unwrap().controller, None);
        if is_taken {
            drag(&mut stand, 2, 1, 1);
        }
        stand.greet_again(3, "token-1");
        assert_eq!(state(&stand.out, 3).unwrap().controller, Some(if is_taken { 2 } else { 3 }));
        assert_eq!(state(&stand.out, 3).unwrap().viewers[1].name, "Viewer 1", "its name too");
    }
}

#[test]
fn a_flight_ends_with_control() {
    let mut stand = showing(2);
    stand.say(1, "", command(CameraCommand::Fly, 1, 1, 0.0, 0.0));
    let mut fly = crate::stand::total(CameraCommand::Fly, 1, 2, 0.0, 0.0);
    fly.z = Some(-1.0);
    stand.say(1, "", ClientMessage::CameraCommand(fly));
    stand.run_ms(50);
    ask(&mut stand, 1, ControlAction::Release, None);
    let before = stand.session.pose().world_from_view;
    stand.run_ms(500);
    assert_eq!(stand.session.pose().world_from_view, before);
}

#[test]
fn who_goes_to_a_view_of_his_own_leaves_the_shared_one_to_others() {
    let mut stand = showing(2);
    stand.say(1, "", ClientMessage::View(ViewRequest { action: ViewAction::Own }));
    let seen = state(&stand.out, 2).unwrap();
    assert_eq!((seen.controller, seen.viewers[0].view), (None, ViewKind::Own));
}

#[test]
fn grants_that_make_no_sense_are_refused() {
    let mut stand = showing(2);
    for (client, to, code) in [
        (2, Some(2), ErrorCode::NotController),
        (1, None, ErrorCode::BadRequest),
        (1, Some(77), ErrorCode::NotFound),
    ] {
        ask(&mut stand, client, ControlAction::Grant, to);
        assert_eq!(stand.refusal(client).unwrap().1.code, code);
        assert_eq!(stand.out.len(), 1);
    }
    ask(&mut stand, 2, ControlAction::Release, None);
    assert_eq!(stand.told_names(2), ["controlState"], "nothing to give back is no fault");
    stand.say(2, "", ClientMessage::GetStats(Empty {}));
    assert_eq!(stand.told_names(2), ["getStatsResult"]);
}

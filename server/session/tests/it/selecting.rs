//! One selection for all: by path, by picks; who may change it, and what becomes of it.

use telestage_protocol::{
    CameraCommand, ClientMessage, ErrorCode, PickMode, PickRequest, SelectPrimsRequest, ServerMessage,
};
use telestage_session::camera::UpAxis;
use telestage_session::{Config, Input, Output, PickHit, PickOrder};

use crate::stand::{Stand, command, cube, stage};

fn showing() -> Stand {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    stand
}

fn select(paths: &[&str]) -> ClientMessage {
    let paths = paths.iter().map(|&path| path.to_owned()).collect();
    ClientMessage::SelectPrims(SelectPrimsRequest { paths, stage_generation: None })
}

fn pick(mode: PickMode, frame: Option<u32>) -> ClientMessage {
    ClientMessage::Pick(PickRequest { x: 640.5, y: 360.0, frame, mode, stage_generation: None })
}

/// What `client` heard of the selection last.
fn selection(stand: &Stand, client: u32) -> Option<Vec<String>> {
    stand.told(client).into_iter().rev().find_map(|(_, message)| match message {
        ServerMessage::SelectionChanged(changed) => Some(changed.prims),
        _ => None,
    })
}

fn order(stand: &Stand) -> PickOrder {
    let orders: Vec<_> = stand
        .out
        .iter()
        .filter_map(|output| match output {
            Output::Pick(order) => Some(order.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(orders.len(), 1);
    orders[0].clone()
}

fn outlined(stand: &Stand) -> Option<Vec<u32>> {
    stand.out.iter().rev().find_map(|output| match output {
        Output::Select { prims } => Some(prims.clone()),
        _ => None,
    })
}

/// A pick of client 1 that hits `prim`, or nothing.
fn hit(stand: &mut Stand, mode: PickMode, prim: Option<u32>) {
    stand.say(1, "p", pick(mode, None));
    let hit = prim.map(|prim| PickHit {
        prim,
        instance_index: Some(7),
        position: [1.0, 2.0, 3.0],
        normal: [0.0, 1.0, 0.0],
    });
    let order = order(stand);
    stand.input(Input::Picked { order, result: Ok(hit) });
}

#[test]
fn a_selection_is_told_to_all_outlined_and_part_of_the_full_state() {
    let mut stand = showing();
    stand.say(1, "s", select(&["/World/Ball", "/World", "/World/Ball"]));
    let both = Some(vec!["/World/Ball".to_owned(), "/World".to_owned()]);
    assert_eq!((selection(&stand, 1), selection(&stand, 2)), (both.clone(), both.clone()));
    assert_eq!(stand.told(1)[0].0.as_deref(), Some("s"));
    assert_eq!(outlined(&stand), Some(vec![1, 0]));
    stand.greet(3);
    assert_eq!(selection(&stand, 3), both);
    stand.say(1, "", select(&[]));
    assert_eq!((selection(&stand, 2), outlined(&stand)), (Some(Vec::new()), Some(Vec::new())));
}

#[test]
fn picks_replace_toggle_add_or_only_tell() {
    let mut stand = showing();
    let paths = |paths: &[&str]| Some(paths.iter().map(|&path| path.to_owned()).collect::<Vec<_>>());
    hit(&mut stand, PickMode::Replace, Some(1));
    let (id, answer) = stand.told(1)[0].clone();
    let ServerMessage::PickResult(result) = answer else { panic!("{answer:?}") };
    assert_eq!((id.as_deref(), result.path.as_deref()), (Some("p"), Some("/World/Ball")));
    assert_eq!((result.instance_index, result.position), (Some(7), Some([1.0, 2.0, 3.0])));
    assert_eq!(selection(&stand, 2), paths(&["/World/Ball"]));
    hit(&mut stand, PickMode::Add, Some(2));
    assert_eq!(selection(&stand, 2), paths(&["/World/Ball", "/World/Empty"]));
    hit(&mut stand, PickMode::Toggle, Some(1));
    assert_eq!(selection(&stand, 2), paths(&["/World/Empty"]));
    hit(&mut stand, PickMode::Toggle, None);
    assert_eq!(selection(&stand, 2), paths(&["/World/Empty"]), "a miss takes nothing away");
    hit(&mut stand, PickMode::None, Some(0));
    assert_eq!(stand.told_names(1), ["pickResult"]);
    assert_eq!(outlined(&stand), None);
    hit(&mut stand, PickMode::Replace, None);
    assert_eq!(selection(&stand, 2), paths(&[]));
    let (_, ServerMessage::PickResult(missed)) = stand.told(1)[0].clone() else { panic!() };
    assert_eq!((missed.path, missed.position), (None, None));
}

#[test]
fn a_pick_is_of_the_frame_that_was_seen() {
    let mut stand = showing();
    stand.send_frame();
    let before = stand.session.pose();
    stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.3, 0.0));
    stand.send_frame();
    let after = stand.session.pose();
    assert_ne!(before.world_from_view, after.world_from_view);
    stand.say(1, "", pick(PickMode::None, Some(1)));
    assert_eq!(order(&stand).pose.version, before.version);
    stand.say(1, "", pick(PickMode::None, Some(2)));
    assert_eq!(order(&stand).pose.version, after.version);
    stand.say(1, "", pick(PickMode::None, Some(999)));
    assert_eq!(order(&stand).pose.version, after.version, "a frame that nobody knows");
    assert_eq!(order(&stand).at, [640, 360]);
}

#[test]
fn whoever_does_not_drive_may_ask_but_not_select() {
    let mut stand = showing();
    stand.say(1, "", select(&["/World"]));
    for message in [select(&[]), pick(PickMode::Replace, None), pick(PickMode::Toggle, None)] {
        stand.say(2, "x", message);
        assert_eq!(stand.refusal(2).map(|(_, error)| error.code), Some(ErrorCode::NotController));
        assert_eq!((selection(&stand, 1), outlined(&stand)), (None, None));
    }
    stand.say(2, "x", pick(PickMode::None, None));
    assert_eq!(order(&stand).client, 2);
}

#[test]
fn bad_requests_change_nothing() {
    let mut stand = showing();
    stand.say(1, "", select(&["/World"]));
    let code = |stand: &Stand| stand.refusal(1).map(|(_, error)| error.code);
    stand.say(1, "x", select(&["/World/Ball", "/Nobody"]));
    assert_eq!((code(&stand), outlined(&stand)), (Some(ErrorCode::NotFound), None));
    let crowd: Vec<String> = (0..1000).map(|n| format!("/Crowd/{n:0>100}")).collect();
    stand.say(1, "x", select(&crowd.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!((code(&stand), outlined(&stand)), (Some(ErrorCode::TooLarge), None));
    for (x, y) in [(-1.0, 0.0), (1280.0, 0.0), (0.0, 720.5)] {
        let request = PickRequest { x, y, frame: None, mode: PickMode::None, stage_generation: None };
        stand.say(1, "x", ClientMessage::Pick(request));
        assert_eq!(code(&stand), Some(ErrorCode::BadRequest), "{x} {y}");
    }
    for _ in 0..4 {
        stand.say(1, "", pick(PickMode::None, None));
        assert_eq!(code(&stand), None);
    }
    stand.say(1, "x", pick(PickMode::None, None));
    assert_eq!(code(&stand), Some(ErrorCode::Busy));
    let mut empty = Stand::new();
    empty.greet(1);
    empty.say(1, "x", pick(PickMode::Replace, None));
    assert_eq!(code(&empty), Some(ErrorCode::NotFound));
    let mut pattern = Stand::with(Config { capabilities: Vec::new(), ..Config::default() });
    pattern.greet(1);
    pattern.say(1, "x", select(&[]));
    assert_eq!(code(&pattern), Some(ErrorCode::Unsupported));
}

#[test]
fn an_answer_about_the_stage_before_is_none() {
    let mut stand = showing();
    stand.say(1, "p", pick(PickMode::Replace, None));
    let order = order(&stand);
    stand.show("b.usda", stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    let result = Ok(Some(PickHit { prim: 1, instance_index: None, position: [0.0; 3], normal: [0.0; 3] }));
    stand.input(Input::Picked { order, result });
    assert_eq!(stand.refusal(1).map(|(_, error)| error.code), Some(ErrorCode::StageChanged));
    assert_eq!(selection(&stand, 2), None);
}

#[test]
fn a_reload_keeps_the_selection_and_another_stage_does_not() {
    let mut stand = showing();
    let summary = || stage(UpAxis::Y, cube([0.0; 3], 1.0));
    stand.say(1, "", select(&["/World/Ball"]));
    stand.say(1, "", crate::stand::reset());
    let generation = stand.opened_generation().unwrap();
    let event = telestage_session::StageEvent::Opened { url: "/root/a.usda".to_owned(), summary: summary() };
    stand.input(Input::Stage { generation, event });
    assert_eq!(selection(&stand, 2), Some(vec!["/World/Ball".to_owned()]));
    assert_eq!(outlined(&stand), Some(vec![1]));
    stand.input(Input::Open { url: "b.usda".to_owned() });
    let generation = stand.opened_generation().unwrap();
    let event = telestage_session::StageEvent::Opened { url: "/root/b.usda".to_owned(), summary: summary() };
    stand.input(Input::Stage { generation, event });
    assert_eq!((selection(&stand, 2), outlined(&stand)), (Some(Vec::new()), Some(Vec::new())));
}

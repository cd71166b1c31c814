//! What a client may pick after it said so.

use telestage_protocol::{
    ClientMessage, ErrorCode, MakePrimsPickable, MarqueeRequest, PickMode, PickRequest, ServerMessage,
};
use telestage_session::camera::UpAxis;
use telestage_session::{Input, Output, PickHit};

use crate::stand::{Stand, cube, reset, stage};

fn showing() -> Stand {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    stand
}

fn list(stand: &mut Stand, client: u32, paths: &[&str]) -> Option<ErrorCode> {
    let paths = paths.iter().map(|&path| path.to_owned()).collect();
    let request = MakePrimsPickable { paths, stage_generation: None };
    stand.say(client, "l", ClientMessage::MakePrimsPickable(request));
    stand.refusal(client).map(|(_, error)| error.code)
}

/// The path that `client` hears when its pick hits `prim`.
fn pick(stand: &mut Stand, client: u32, prim: u32) -> Option<String> {
    let request = PickRequest { x: 1.0, y: 1.0, frame: None, mode: PickMode::None, stage_generation: None };
    stand.say(client, "p", ClientMessage::Pick(request));
    let order = stand.out.iter().find_map(|output| match output {
        Output::Pick(order) => Some(order.clone()),
        _ => None,
    });
    let hit = PickHit { prim, instance_index: None, position: [0.0; 3], normal: [0.0; 3] };
    stand.input(Input::Picked { order: order.unwrap(), result: Ok(Some(hit)) });
    match stand.told(client).remove(0).1 {
        ServerMessage::PickResult(result) => {
            assert_eq!(result.path.is_some(), result.position.is_some(), "a miss tells nothing");
            result.path
        }
        other => panic!("{other:?}"),
    }
}

const WORLD: u32 = 0;
const BALL: u32 = 1;
const EMPTY: u32 = 2;
const CROWD: u32 = 3;

#[test]
fn only_what_is_listed_is_hit_and_what_is_below_counts_as_the_nearest_above() {
    let mut stand = showing();
    assert_eq!(pick(&mut stand, 1, CROWD).as_deref(), Some("/Crowd"));
    assert_eq!(list(&mut stand, 1, &["/World"]), None);
    assert!(stand.told(1).is_empty(), "no answer but a refusal");
    assert_eq!(pick(&mut stand, 1, WORLD).as_deref(), Some("/World"));
    assert_eq!(pick(&mut stand, 1, BALL).as_deref(), Some("/World"));
    assert_eq!(pick(&mut stand, 1, CROWD), None);
    assert_eq!(pick(&mut stand, 2, CROWD).as_deref(), Some("/Crowd"), "others are not bound by it");
    // A branch was opened: its rows are listed besides.
    assert_eq!(list(&mut stand, 1, &["/World/Ball"]), None);
    assert_eq!(pick(&mut stand, 1, BALL).as_deref(), Some("/World/Ball"));
    assert_eq!(pick(&mut stand, 1, EMPTY).as_deref(), Some("/World"));
    assert_eq!(list(&mut stand, 1, &[]), None);
    assert_eq!(pick(&mut stand, 1, CROWD).as_deref(), Some("/Crowd"));
}

#[test]
fn a_marquee_is_bound_by_it_and_names_each_once() {
    let mut stand = showing();
    list(&mut stand, 1, &["/World"]);
    let request = MarqueeRequest {
        x0: 0.0,
        y0: 0.0,
        x1: 9.0,
        y1: 9.0,
        frame: None,
        mode: PickMode::Replace,
        stage_generation: None,
    };
    stand.say(1, "m", ClientMessage::Marquee(request));
    let order = stand.out.iter().find_map(|output| match output {
        Output::Marquee(order) => Some(order.clone()),
        _ => None,
    });
    stand.input(Input::Marqueed { order: order.unwrap(), result: Ok(vec![BALL, EMPTY, CROWD, 7]) });
    let Some((_, ServerMessage::SelectionChanged(changed))) = stand.told(1).into_iter().next() else {
        panic!()
    };
    assert_eq!(changed.prims, ["/World"]);
}

#[test]
fn an_unknown_path_changes_nothing() {
    let mut stand = showing();
    list(&mut stand, 1, &["/World"]);
    assert_eq!(list(&mut stand, 1, &["/Crowd", "/Nobody"]), Some(ErrorCode::NotFound));
    assert_eq!(pick(&mut stand, 1, CROWD), None);
    let request = MakePrimsPickable { paths: Vec::new(), stage_generation: Some(77) };
    stand.say(1, "l", ClientMessage::MakePrimsPickable(request));
    assert_eq!(stand.refusal(1).map(|(_, error)| error.code), Some(ErrorCode::StageChanged));
    assert_eq!(pick(&mut stand, 1, CROWD), None);
}

#[test]
fn a_reload_keeps_it_and_another_stage_ends_it() {
    let mut stand = showing();
    list(&mut stand, 1, &["/World"]);
    stand.say(1, "", reset());
    let generation = stand.opened_generation().unwrap();
    let summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let event = telestage_session::StageEvent::Opened { url: "/root/a.usda".to_owned(), summary };
    stand.input(Input::Stage { generation, event });
    assert_eq!(pick(&mut stand, 1, CROWD), None);
    stand.show("b.usda", stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    assert_eq!(pick(&mut stand, 1, CROWD).as_deref(), Some("/Crowd"));
}

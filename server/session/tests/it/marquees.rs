//! Selecting by a rectangle: what it covers, whose it is, and what becomes of the selection.

use telestage_protocol::{
    CameraCommand, ClientMessage, ErrorCode, MarqueeRequest, PickMode, SelectPrimsRequest, ServerMessage,
    ViewerError,
};
use telestage_session::camera::UpAxis;
use telestage_session::{Input, MarqueeOrder, Output};

use crate::stand::{Stand, command, cube, stage};

fn showing() -> Stand {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    stand
}

fn marquee(corners: [f64; 4], mode: PickMode) -> ClientMessage {
    let [x0, y0, x1, y1] = corners;
    ClientMessage::Marquee(MarqueeRequest { x0, y0, x1, y1, frame: None, mode, stage_generation: None })
}

fn order(stand: &Stand) -> Option<MarqueeOrder> {
    stand.out.iter().find_map(|output| match output {
        Output::Marquee(order) => Some(order.clone()),
        _ => None,
    })
}

/// What `client` heard of the selection, with the request's `id`.
fn selection(stand: &Stand, client: u32) -> Option<(Option<String>, Vec<String>)> {
    stand.told(client).into_iter().find_map(|(id, message)| match message {
        ServerMessage::SelectionChanged(changed) => Some((id, changed.prims)),
        _ => None,
    })
}

/// A marquee of client 1 in which `prims` are seen; what it heard then.
fn catch(stand: &mut Stand, mode: PickMode, prims: &[u32]) -> Option<Vec<String>> {
    stand.say(1, "m", marquee([10.0, 10.0, 20.0, 20.0], mode));
    let order = order(stand).unwrap();
    stand.input(Input::Marqueed { order, result: Ok(prims.to_vec()) });
    selection(stand, 1).map(|(_, paths)| paths)
}

fn code(stand: &Stand, client: u32) -> Option<ErrorCode> {
    stand.refusal(client).map(|(_, error)| error.code)
}

#[test]
fn what_is_seen_within_is_selected_outlined_and_told_to_all() {
    let mut stand = showing();
    assert_eq!(catch(&mut stand, PickMode::Replace, &[1, 2]).unwrap(), ["/World/Ball", "/World/Empty"]);
    assert_eq!(selection(&stand, 1).unwrap().0.as_deref(), Some("m"));
    let (id, paths) = selection(&stand, 2).unwrap();
    assert_eq!((id, paths.len()), (None, 2));
    assert!(stand.out.contains(&Output::Select { prims: vec![1, 2] }));
    assert_eq!(catch(&mut stand, PickMode::Add, &[2, 0]).unwrap(), ["/World/Ball", "/World/Empty", "/World"]);
    assert_eq!(catch(&mut stand, PickMode::Toggle, &[1, 3, 0]).unwrap(), ["/World/Empty", "/Crowd"]);
    assert_eq!(catch(&mut stand, PickMode::Add, &[]).unwrap(), ["/World/Empty", "/Crowd"]);
    assert!(catch(&mut stand, PickMode::Replace, &[]).unwrap().is_empty());
}

#[test]
fn a_rectangle_is_the_pixels_that_it_touches() {
    let mut stand = showing();
    for (rectangle, wanted) in [
        ([10.0, 20.0, 30.0, 40.0], Some([[10, 20], [29, 39]])),
        ([30.5, 40.5, 10.5, 20.5], Some([[10, 20], [30, 40]])),
        ([-50.0, -1.0, 3000.0, 2.0], Some([[0, 0], [1279, 1]])),
        ([5.0, 7.0, 5.0, 7.0], Some([[5, 7], [5, 7]])),
        ([1279.5, 719.5, 1e15, 1e15], Some([[1279, 719], [1279, 719]])),
        ([1280.0, 0.0, 1400.0, 100.0], None),
        ([0.0, -20.0, 100.0, 0.0], None),
    ] {
        stand.say(1, "", marquee(rectangle, PickMode::Replace));
        let order = order(&stand);
        assert_eq!(order.as_ref().map(|order| order.corners), wanted, "{rectangle:?}");
        match order {
            Some(order) => drop(stand.input(Input::Marqueed { order, result: Ok(vec![1]) })),
            None => {
                assert_eq!(selection(&stand, 1).unwrap().1.len(), 0, "nothing is seen beside the picture");
            }
        }
    }
}

#[test]
fn a_marquee_is_of_the_frame_that_was_seen() {
    let mut stand = showing();
    stand.send_frame();
    let before = stand.session.pose();
    stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.3, 0.0));
    stand.send_frame();
    let ClientMessage::Marquee(request) = marquee([0.0, 0.0, 9.0, 9.0], PickMode::Add) else { panic!() };
    stand.say(1, "", ClientMessage::Marquee(MarqueeRequest { frame: Some(1), ..request }));
    assert_eq!(order(&stand).unwrap().pose.version, before.version);
    stand.say(1, "", ClientMessage::Marquee(request));
    assert_eq!(order(&stand).unwrap().pose.version, stand.session.pose().version);
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let mut stand = showing();
    let request = SelectPrimsRequest { paths: vec!["/World".to_owned()], stage_generation: None };
    stand.say(1, "", ClientMessage::SelectPrims(request));
    stand.say(2, "x", marquee([0.0, 0.0, 9.0, 9.0], PickMode::Replace));
    assert_eq!((code(&stand, 2), order(&stand)), (Some(ErrorCode::NotController), None));
    stand.say(1, "x", marquee([0.0, 0.0, 9.0, 9.0], PickMode::None));
    assert_eq!((code(&stand, 1), order(&stand)), (Some(ErrorCode::BadRequest), None));
    stand.say(1, "x", marquee([f64::NAN, 0.0, 9.0, 9.0], PickMode::Add));
    assert_eq!((code(&stand, 1), order(&stand)), (Some(ErrorCode::BadRequest), None));

    // Too many to tell of.
    let crowd: Vec<u32> = (4..1004).collect();
    assert_eq!(catch(&mut stand, PickMode::Replace, &crowd), None);
    assert_eq!(code(&stand, 1), Some(ErrorCode::TooLarge));
    assert_eq!(catch(&mut stand, PickMode::Add, &[]).unwrap(), ["/World"], "as it was");

    stand.say(1, "x", marquee([0.0, 0.0, 9.0, 9.0], PickMode::Replace));
    let lost = order(&stand).unwrap();
    let result = Err(ViewerError::new(ErrorCode::Refused, "no picture"));
    stand.input(Input::Marqueed { order: lost, result });
    assert_eq!((code(&stand, 1), selection(&stand, 2)), (Some(ErrorCode::Refused), None));

    stand.say(1, "x", marquee([0.0, 0.0, 9.0, 9.0], PickMode::Replace));
    let late = order(&stand).unwrap();
    stand.show("b.usda", stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.input(Input::Marqueed { order: late, result: Ok(vec![1]) });
    assert_eq!((code(&stand, 1), selection(&stand, 2)), (Some(ErrorCode::StageChanged), None));

    for _ in 0..4 {
        stand.say(1, "x", marquee([0.0, 0.0, 9.0, 9.0], PickMode::Replace));
        assert_eq!(code(&stand, 1), None);
    }
    stand.say(1, "x", marquee([0.0, 0.0, 9.0, 9.0], PickMode::Replace));
    assert_eq!(code(&stand, 1), Some(ErrorCode::Busy));
}

#[test]
fn the_answer_to_one_who_has_left_is_told_to_the_others() {
    let mut stand = showing();
    stand.say(1, "m", marquee([0.0, 0.0, 9.0, 9.0], PickMode::Replace));
    let order = order(&stand).unwrap();
    stand.input(Input::Left { client: 1 });
    stand.input(Input::Marqueed { order, result: Ok(vec![1]) });
    assert_eq!(selection(&stand, 2).unwrap().1, ["/World/Ball"]);
}

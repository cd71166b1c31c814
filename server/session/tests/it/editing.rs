//! Edits and other questions to the stage's process: who may ask, who is told what.

use telestage_protocol::{
    ClientMessage, Empty, ErrorCode, GetPropertiesRequest, GetVariantsRequest, Outcome, ServerMessage,
    SetVariantRequest, SetVisibilityRequest, VariantChoice, ViewerError,
};
use telestage_session::camera::UpAxis;
use telestage_session::{AskOrder, Asked, Input, Output, StageEvent};

use crate::stand::*;

fn hide(path: &str) -> ClientMessage {
    let request =
        SetVisibilityRequest { paths: vec![path.to_owned()], visible: false, stage_generation: Some(1) };
    ClientMessage::SetVisibility(request)
}

fn stand() -> Stand {
    let mut stand = Stand::new();
    stand.greet(1);
    stand.greet(2);
    stand.show("a.usda", stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand
}

fn order(stand: &Stand) -> Option<AskOrder> {
    stand.out.iter().find_map(|output| match output {
        Output::Ask(order) => Some(order.clone()),
        _ => None,
    })
}

fn edited(resynced: &[&str], changed: &[&str]) -> Asked {
    let own = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect();
    Asked::Edited { resynced: own(resynced), changed: own(changed), can_undo: true, can_redo: false }
}

fn answer(stand: &mut Stand, order: AskOrder, result: Result<Asked, ViewerError>) {
    stand.input(Input::Asked { order, result });
}

#[test]
fn who_drives_edits_and_all_hear_what_changed() {
    let mut stand = stand();
    stand.say(1, "e", hide("/World"));
    let asked = order(&stand).unwrap();
    assert_eq!((asked.client, asked.generation), (1, 1));
    answer(&mut stand, asked, Ok(edited(&[], &["/World"])));
    for client in [1, 2] {
        let changed = stand.told(client).into_iter().find_map(|(_, message)| match message {
            ServerMessage::StageChanged(changed) => Some(changed),
            _ => None,
        });
        assert_eq!(changed.unwrap().changed, ["/World"]);
    }
    let result = stand.told(1).into_iter().find_map(|(id, message)| match message {
        ServerMessage::SetVisibilityResult(result) => Some((id, result)),
        _ => None,
    });
    let (id, result) = result.unwrap();
    assert_eq!((id.as_deref(), result.result, result.can_undo), (Some("e"), Outcome::Success, true));
    stand.say(2, "no", hide("/World"));
    assert_eq!(stand.refusal(2).unwrap().1.code, ErrorCode::NotController);
    assert_eq!(order(&stand), None);
}

#[test]
fn whoever_watches_may_read() {
    let mut stand = stand();
    let request = GetPropertiesRequest { prim_path: "/World".to_owned(), ..GetPropertiesRequest::default() };
    stand.say(2, "p", ClientMessage::GetProperties(request));
    assert_eq!(order(&stand).unwrap().client, 2);
    let request = GetVariantsRequest { prim_path: "/World".to_owned(), stage_generation: None };
    stand.say(2, "v", ClientMessage::GetVariants(request));
    assert_eq!(order(&stand).unwrap().client, 2);
}

#[test]
fn a_refusal_has_the_edits_own_name_and_tells_nobody_else() {
    let mut stand = stand();
    stand.say(1, "u", ClientMessage::Undo(Empty {}));
    let asked = order(&stand).unwrap();
    let error = ViewerError::new(ErrorCode::NotFound, "there is nothing to undo");
    answer(&mut stand, asked, Err(error));
    let told = stand.told(1);
    let [(id, ServerMessage::UndoResult(result))] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(
        (id.as_deref(), result.result, result.code),
        (Some("u"), Outcome::Error, Some(ErrorCode::NotFound))
    );
    assert_eq!(stand.told(2), []);
}

#[test]
fn a_variant_that_was_set_is_answered_with_the_sets_as_they_are_then() {
    let mut stand = stand();
    let request = SetVariantRequest {
        prim_path: "/World".to_owned(),
        variant_set: "kind".to_owned(),
        variant_selection: "square".to_owned(),
        stage_generation: None,
    };
    stand.say(1, "s", ClientMessage::SetVariant(request));
    let asked = order(&stand).unwrap();
    answer(&mut stand, asked, Ok(edited(&["/World"], &[])));
    let again = order(&stand).unwrap();
    assert!(matches!(again.request, ClientMessage::GetVariants(_)));
    let choice = VariantChoice { options: vec!["square".to_owned()], selection: "square".to_owned() };
    answer(&mut stand, again, Ok(Asked::Variants([("kind".to_owned(), choice.clone())].into())));
    let told = stand.told(1);
    let [(id, ServerMessage::GetVariantsResponse(response))] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((id.as_deref(), &response.variants["kind"]), (Some("s"), &choice));
}

#[test]
fn an_answer_about_a_stage_that_is_gone_is_no_answer_any_more() {
    let mut stand = stand();
    stand.say(1, "e", hide("/World"));
    let asked = order(&stand).unwrap();
    stand.show("b.usda", stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    answer(&mut stand, asked, Ok(edited(&[], &["/World"])));
    assert_eq!(stand.told_names(2), Vec::<&str>::new(), "nobody hears of the old stage");
    stand.say(1, "e", hide("/World"));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::StageChanged);
}

#[test]
fn a_flood_of_questions_is_refused_and_ends_when_they_are_answered() {
    let mut stand = stand();
    let mut open = Vec::new();
    while stand.refusal(1).is_none() {
        stand.say(1, "f", hide("/World"));
        open.extend(order(&stand));
        assert!(open.len() < 100);
    }
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::Busy);
    for asked in open {
        answer(&mut stand, asked, Ok(edited(&[], &[])));
    }
    stand.say(1, "f", hide("/World"));
    assert!(order(&stand).is_some());
}

#[test]
fn a_stage_that_is_restructured_keeps_what_is_still_there_selected() {
    let mut stand = stand();
    let select = telestage_protocol::SelectPrimsRequest {
        paths: vec!["/World/Ball".to_owned()],
        stage_generation: None,
    };
    stand.say(1, "", ClientMessage::SelectPrims(select));
    assert_eq!(stand.refusal(1), None);
    let summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let event = StageEvent::Changed { summary, is_restructured: true };
    stand.input(Input::Stage { generation: 1, event });
    assert!(stand.out.iter().any(|output| matches!(output, Output::Select { prims } if prims.len() == 1)));
}

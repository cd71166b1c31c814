//! Who gets pictures: those who look.

use telestage_protocol::{
    ClientMessage, ErrorCode, Outcome, ServerMessage, ViewAction, ViewKind, ViewRequest, ViewResult,
};
use telestage_session::Output;
use telestage_session::camera::UpAxis;

use crate::stand::{Stand, cube, stage};

fn ask(stand: &mut Stand, action: ViewAction) -> (Vec<Output>, ViewResult) {
    stand.say(1, "v", ClientMessage::View(ViewRequest { action }));
    let flows = stand.out.iter().filter(|output| matches!(output, Output::Video { .. })).cloned().collect();
    let results: Vec<_> = stand.told(1);
    let [(id, ServerMessage::ViewResult(result))] = &results[..] else { panic!("{results:?}") };
    assert_eq!(id.as_deref(), Some("v"));
    (flows, *result)
}

#[test]
fn pictures_stop_and_go_on_for_that_client_alone() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    let done = ViewResult { view: ViewKind::Shared, result: Outcome::Success, code: None };
    for (action, flows) in [(ViewAction::Pause, false), (ViewAction::Resume, true)] {
        assert_eq!(ask(&mut stand, action), (vec![Output::Video { client: 1, flows }], done));
    }
    assert_eq!(ask(&mut stand, ViewAction::Shared), (vec![], done), "it never left that one");
}

#[test]
fn a_view_of_ones_own_is_refused_with_a_reason() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    let (flows, result) = ask(&mut stand, ViewAction::Own);
    assert_eq!((flows, result.result, result.code), (vec![], Outcome::Error, Some(ErrorCode::Unsupported)));
}

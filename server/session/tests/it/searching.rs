//! Looking for prims: what fits, in parts that fit a message, and what is refused.

use telestage_protocol::{ClientMessage, Envelope, ErrorCode, SearchPrimsRequest, ServerMessage};
use telestage_session::camera::UpAxis;
use telestage_session::{Found, Input, Output, SearchOrder};

use crate::stand::{FewPrims, Stand, cube, stage};

fn showing() -> Stand {
    Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)))
}

fn ask(query: &str) -> SearchPrimsRequest {
    SearchPrimsRequest { query: query.to_owned(), ..SearchPrimsRequest::default() }
}

fn order(stand: &mut Stand, request: SearchPrimsRequest) -> SearchOrder {
    stand.say(1, "s", ClientMessage::SearchPrims(request));
    match stand.out.as_slice() {
        [Output::Search(order)] => order.clone(),
        other => panic!("{other:?}"),
    }
}

fn parts(order: &SearchOrder) -> Vec<Found> {
    let mut parts = Vec::new();
    order.run(&FewPrims::new(), || true, |found| parts.push(found));
    parts
}

fn paths(stand: &mut Stand, request: SearchPrimsRequest) -> Vec<String> {
    let order = order(stand, request);
    let parts = parts(&order);
    let paths = parts.iter().flat_map(|part| part.rows.iter().map(|row| row.path.clone())).collect();
    for found in parts {
        stand.input(Input::Found { order: order.clone(), found });
    }
    paths
}

#[test]
fn words_are_parts_of_names_paths_types_and_what_a_prim_has() {
    let mut stand = showing();
    for (query, wanted) in [
        ("ball", &["/World/Ball"][..]),
        ("  BALL  ", &["/World/Ball"]),
        ("world/", &["/World/Ball", "/World/Empty"]),
        ("type:mesh", &["/World/Ball"]),
        ("class:geom ll", &["/World/Ball"]),
        ("ball type:xform", &[]),
        ("has:payload", &[]),
        (".*(a+)+$", &[]),
        ("nobody", &[]),
    ] {
        assert_eq!(paths(&mut stand, ask(query)), wanted, "{query}");
    }
    let types = Some(vec!["geom".to_owned(), "nonsense".to_owned()]);
    assert_eq!(paths(&mut stand, SearchPrimsRequest { types, ..ask("e") }), [] as [&str; 0]);
}

#[test]
fn much_comes_in_parts_that_fit_a_message_and_no_more_than_was_wanted() {
    let mut stand = showing();
    let order = order(&mut stand, SearchPrimsRequest { limit: Some(700), ..ask("crowd/") });
    let parts = parts(&order);
    assert!(parts.len() > 3, "{}", parts.len());
    assert_eq!(parts.iter().map(|part| part.rows.len()).sum::<usize>(), 700);
    let (last, before) = parts.split_last().unwrap();
    assert!(last.is_done && last.is_truncated && before.iter().all(|part| !part.is_done));
    assert!(before[0].rows.len() <= 40, "the first part is there soon");
    for found in parts {
        stand.input(Input::Found { order: order.clone(), found });
        let (id, message) = stand.told(1)[0].clone();
        assert_eq!(id.as_deref(), Some("s"));
        assert!(Envelope::unasked(message).to_json().unwrap().len() < 60_000);
    }
    order.run(&FewPrims::new(), || false, |_| panic!("nobody wants it"));
}

#[test]
fn what_means_nothing_is_refused_with_a_reason() {
    let mut stand = showing();
    let mut code = |request| {
        stand.say(1, "s", ClientMessage::SearchPrims(request));
        stand.refusal(1).map(|(_, error)| error.code)
    };
    for query in ["", "   ", "has:wings", "type:", "class:"] {
        assert_eq!(code(ask(query)), Some(ErrorCode::BadRequest), "{query:?}");
    }
    assert_eq!(code(ask(&"x".repeat(600))), Some(ErrorCode::TooLarge));
    let old = SearchPrimsRequest { stage_generation: Some(9), ..ask("x") };
    assert_eq!(code(old), Some(ErrorCode::StageChanged));
    for _ in 0..4 {
        assert_eq!(code(ask("x")), None);
    }
    assert_eq!(code(ask("x")), Some(ErrorCode::Busy));
}

#[test]
fn an_answer_of_the_stage_before_says_so_once() {
    let mut stand = showing();
    let order = order(&mut stand, ask("crowd/"));
    stand.show("b.usda", stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    let mut refusals = 0;
    for found in parts(&order) {
        stand.input(Input::Found { order: order.clone(), found });
        refusals += usize::from(stand.refusal(1).is_some());
        assert!(stand.told(1).iter().all(|(_, m)| !matches!(m, ServerMessage::SearchPrimsResult(_))));
    }
    assert_eq!(refusals, 1);
}

//! The stage's tree, asked for a page at a time.

use telestage_protocol::{
    ClientMessage, Envelope, ErrorCode, GetChildrenRequest, GetChildrenResult, ServerMessage,
};
use telestage_session::camera::UpAxis;

use crate::stand::{Stand, cube, stage};

fn showing() -> Stand {
    Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)))
}

fn ask(path: &str) -> GetChildrenRequest {
    GetChildrenRequest { prim_path: path.to_owned(), ..GetChildrenRequest::default() }
}

fn answer(stand: &mut Stand, request: GetChildrenRequest) -> GetChildrenResult {
    stand.say(1, "q", ClientMessage::GetChildren(request));
    match stand.told(1).as_slice() {
        [(Some(id), ServerMessage::GetChildrenResult(result))] if id == "q" => result.clone(),
        other => panic!("{other:?}"),
    }
}

fn names(result: &GetChildrenResult) -> Vec<&str> {
    result.children.iter().map(|row| &*row.name).collect()
}

#[test]
fn roots_and_children_come_in_the_stages_order() {
    let mut stand = showing();
    let roots = answer(&mut stand, ask("/"));
    assert_eq!((names(&roots), roots.total, roots.stage_generation), (vec!["World", "Crowd"], 2, 1));
    assert!(roots.children[0].children);
    let world = answer(&mut stand, ask("/World"));
    assert_eq!(names(&world), ["Ball", "Empty"]);
    assert!(!world.children[0].children);
    assert_eq!(answer(&mut stand, ask("/World/Ball")).total, 0);
}

#[test]
fn pages_fit_a_message_and_together_are_everything() {
    let mut stand = showing();
    let mut seen = Vec::new();
    while seen.len() < 1000 {
        let offset = seen.len() as u32;
        let page = answer(&mut stand, GetChildrenRequest { offset: Some(offset), ..ask("/Crowd") });
        assert_eq!((page.total, page.offset), (1000, offset));
        assert!(!page.children.is_empty());
        let text = Envelope::unasked(ServerMessage::GetChildrenResult(page.clone())).to_json().unwrap();
        assert!(text.len() < 60_000, "{} bytes", text.len());
        seen.extend(page.children.into_iter().map(|row| row.path));
    }
    assert!(seen.iter().enumerate().all(|(n, path)| *path == format!("/Crowd/{n:0>100}")));
    let few = answer(&mut stand, GetChildrenRequest { offset: Some(990), limit: Some(3), ..ask("/Crowd") });
    assert_eq!(few.children.len(), 3);
    let beyond = answer(&mut stand, GetChildrenRequest { offset: Some(u32::MAX), ..ask("/Crowd") });
    assert_eq!((beyond.children.len(), beyond.total), (0, 1000));
}

#[test]
fn filters_keep_classes_and_types_and_unknown_ones_are_ignored() {
    let mut stand = showing();
    let filtered = |names: &[&str]| {
        let filters = Some(names.iter().map(|&name| name.to_owned()).collect());
        GetChildrenRequest { filters, ..ask("/World") }
    };
    for filters in [&["USDGeom"][..], &["mesh"], &["Mesh", "nonsense"], &["geom", "light"]] {
        let result = answer(&mut stand, filtered(filters));
        assert_eq!((names(&result), result.total), (vec!["Ball"], 1), "{filters:?}");
    }
    assert_eq!(answer(&mut stand, filtered(&["light"])).total, 0);
    assert_eq!(answer(&mut stand, filtered(&["nonsense"])).total, 2);
    assert_eq!(answer(&mut stand, filtered(&[])).total, 2);
}

#[test]
fn what_is_not_there_is_refused_with_a_reason() {
    let mut stand = showing();
    let code = |stand: &mut Stand, request| {
        stand.say(1, "q", ClientMessage::GetChildren(request));
        stand.refusal(1).map(|(_, error)| error.code)
    };
    assert_eq!(code(&mut stand, ask("/Nobody")), Some(ErrorCode::NotFound));
    assert_eq!(code(&mut stand, ask("")), Some(ErrorCode::NotFound));
    let old = GetChildrenRequest { stage_generation: Some(0), ..ask("/") };
    assert_eq!(code(&mut stand, old), Some(ErrorCode::StageChanged));
    let mut empty = Stand::new();
    empty.greet(1);
    assert_eq!(code(&mut empty, ask("/")), Some(ErrorCode::NotFound));
}

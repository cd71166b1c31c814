//! Views with names: everybody may keep one, all hear of it, and it counts once it is written.

use telestage_protocol::{
    Bookmark, Capability, ClientMessage, DeleteBookmarkRequest, Empty, ErrorCode, SaveBookmarkRequest,
    SelectPrimsRequest, ServerMessage, SetCamera,
};
use telestage_session::camera::UpAxis;
use telestage_session::{BookmarkNews, BookmarkOrder, Config, Input, Output};

use crate::stand::{Stand, cube, stage, stage_camera};

/// Two clients at a stage with a camera, where nothing is kept yet.
fn stand() -> Stand {
    let mut stand = unread();
    load(&mut stand, Vec::new(), None);
    stand
}

fn unread() -> Stand {
    let mut config = Config::default();
    config.capabilities.push(Capability::Bookmarks);
    let mut stand = Stand::with(config);
    stand.greet(1);
    stand.greet(2);
    let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    summary.cameras =
        vec![stage_camera("/World/Cam", [0.0, 1.0, 8.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], 35.0)];
    stand.show("a.usda", summary);
    stand
}

fn generation(stand: &Stand) -> u32 {
    stand.session.health(stand.now).stage_generation
}

fn load(stand: &mut Stand, bookmarks: Vec<Bookmark>, trouble: Option<String>) {
    let generation = generation(stand);
    stand.input(Input::Bookmarks(BookmarkNews::Loaded { generation, bookmarks, trouble }));
}

fn save(stand: &mut Stand, client: u32, name: &str, with_selection: bool) {
    let request = SaveBookmarkRequest {
        name: name.to_owned(),
        with_selection: with_selection.then_some(true),
        stage_generation: None,
    };
    stand.say(client, "s", ClientMessage::SaveBookmark(request));
}

fn delete(stand: &mut Stand, client: u32, name: &str) {
    let request = DeleteBookmarkRequest { name: name.to_owned(), stage_generation: None };
    stand.say(client, "d", ClientMessage::DeleteBookmark(request));
}

/// What the last call wants written.
fn ordered(stand: &Stand) -> Option<Vec<Bookmark>> {
    stand.out.iter().find_map(|output| match output {
        Output::Bookmarks(BookmarkOrder::Store { bookmarks, .. }) => Some(bookmarks.clone()),
        _ => None,
    })
}

fn stored(stand: &mut Stand, result: Result<(), String>) {
    let generation = generation(stand);
    stand.input(Input::Bookmarks(BookmarkNews::Stored { generation, result }));
}

/// The list that `client` was told by the last call, with the `id` that it answers.
fn list(stand: &Stand, client: u32) -> Option<(Option<String>, Vec<Bookmark>)> {
    stand.told(client).into_iter().find_map(|(id, message)| match message {
        ServerMessage::BookmarkList(list) => Some((id, list.bookmarks)),
        _ => None,
    })
}

fn names(list: &[Bookmark]) -> Vec<&str> {
    list.iter().map(|bookmark| &*bookmark.name).collect()
}

fn refusal(stand: &Stand, client: u32) -> Option<ErrorCode> {
    stand.refusal(client).map(|(_, error)| error.code)
}

#[test]
fn a_stage_that_opens_asks_for_its_bookmarks_and_all_hear_them() {
    let mut stand = unread();
    stand.show("b.usda", stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    let mut again = stand;
    again.input(Input::Open { url: "c.usda".to_owned() });
    let opened = again.opened_generation().unwrap();
    let event = telestage_session::StageEvent::Opened {
        url: "/root/c.usda".to_owned(),
        summary: stage(UpAxis::Y, cube([0.0; 3], 1.0)),
    };
    again.input(Input::Stage { generation: opened, event });
    let load = BookmarkOrder::Load { generation: opened, stage: "/root/c.usda".to_owned() };
    assert!(again.out.contains(&Output::Bookmarks(load)), "{:?}", again.out);
    let late = BookmarkNews::Loaded { generation: opened - 1, bookmarks: Vec::new(), trouble: None };
    again.input(Input::Bookmarks(late));
    assert_eq!(list(&again, 1), None, "news of another stage are of the past");
}

#[test]
fn whoever_watches_keeps_what_he_sees_and_it_counts_once_it_is_written() {
    let mut stand = stand();
    save(&mut stand, 2, " Front ", false);
    assert_eq!(refusal(&stand, 2), None, "that needs nobody's leave");
    let written = ordered(&stand).expect("an order");
    assert_eq!((names(&written), written[0].path.as_deref()), (vec!["Front"], Some("/World/Cam")));
    assert_eq!((written[0].time, &written[0].prims), (None, &None));
    assert_eq!(list(&stand, 2), None, "nothing is told before it is written");
    save(&mut stand, 1, "Other", false);
    assert_eq!(refusal(&stand, 1), Some(ErrorCode::Busy), "one at a time");
    stored(&mut stand, Ok(()));
    assert_eq!(list(&stand, 2), Some((Some("s".to_owned()), written.clone())));
    assert_eq!(list(&stand, 1), Some((None, written.clone())));
    stand.greet(3);
    assert_eq!(list(&stand, 3), Some((None, written)), "who joins hears it too");
}

#[test]
fn what_cannot_be_written_is_told_and_changes_nothing() {
    let mut stand = stand();
    save(&mut stand, 1, "A", false);
    stored(&mut stand, Err("the disk is full".to_owned()));
    let (id, error) = stand.refusal(1).expect("a refusal");
    assert_eq!((id.as_deref(), error.code), (Some("s"), ErrorCode::Internal));
    stand.say(1, "l", ClientMessage::ListBookmarks(Empty {}));
    assert_eq!(list(&stand, 1), Some((Some("l".to_owned()), Vec::new())));
}

#[test]
fn the_same_name_takes_its_place_and_a_deleted_one_is_gone() {
    let mut stand = stand();
    for name in ["A", "B"] {
        save(&mut stand, 1, name, false);
        stored(&mut stand, Ok(()));
    }
    stand.say(
        1,
        "",
        ClientMessage::SelectPrims(SelectPrimsRequest {
            paths: vec!["/World/Ball".to_owned()],
            stage_generation: None,
        }),
    );
    let leave = SetCamera { path: None, transition_ms: None, stage_generation: None };
    stand.say(1, "", ClientMessage::SetCamera(leave));
    save(&mut stand, 1, "A", true);
    let written = ordered(&stand).unwrap();
    assert_eq!(names(&written), ["A", "B"]);
    assert_eq!((&written[0].path, &written[0].prims), (&None, &Some(vec!["/World/Ball".to_owned()])));
    stored(&mut stand, Ok(()));
    delete(&mut stand, 2, "A");
    stored(&mut stand, Ok(()));
    assert_eq!(names(&list(&stand, 1).unwrap().1), ["B"]);
    delete(&mut stand, 2, "A");
    assert_eq!(refusal(&stand, 2), Some(ErrorCode::NotFound));
}

#[test]
fn names_and_numbers_have_bounds() {
    let mut stand = stand();
    for name in ["", "  ", "a\nb", &"x".repeat(65)] {
        save(&mut stand, 1, name, false);
        assert_eq!(refusal(&stand, 1), Some(ErrorCode::BadRequest), "{name:?}");
    }
    let mut kept = 0;
    loop {
        save(&mut stand, 1, &format!("{kept}"), false);
        if ordered(&stand).is_none() {
            break;
        }
        stored(&mut stand, Ok(()));
        kept += 1;
        assert!(kept <= 100);
    }
    assert_eq!(refusal(&stand, 1), Some(ErrorCode::TooLarge));
    assert!(kept >= 90, "{kept}");
    save(&mut stand, 1, "0", false);
    assert_eq!(refusal(&stand, 1), None, "one that is there can still be made anew");
}

#[test]
fn what_a_file_says_is_checked_and_its_trouble_told() {
    let mut stand = unread();
    save(&mut stand, 1, "A", false);
    assert_eq!(refusal(&stand, 1), Some(ErrorCode::Busy), "it is not read yet");
    let good = Bookmark {
        name: "good".to_owned(),
        path: None,
        eye: [1.0, 2.0, 3.0],
        target: [0.0; 3],
        up: [0.0, 1.0, 0.0],
        fov_y: Some(45.0),
        ortho_height: None,
        shift: None,
        time: None,
        prims: None,
    };
    let nameless = Bookmark { name: " ".to_owned(), ..good.clone() };
    let endless = Bookmark { time: Some(f64::INFINITY), name: "endless".to_owned(), ..good.clone() };
    load(&mut stand, vec![nameless, good.clone(), endless], Some("kept aside".to_owned()));
    assert_eq!(list(&stand, 2), Some((None, vec![good])));
    assert_eq!(refusal(&stand, 2), Some(ErrorCode::Internal));
}

#[test]
fn a_stage_that_changes_meanwhile_ends_the_wait() {
    let mut stand = stand();
    save(&mut stand, 2, "A", false);
    stand.input(Input::Open { url: "b.usda".to_owned() });
    let generation = stand.opened_generation().unwrap();
    let summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let event = telestage_session::StageEvent::Opened { url: "/root/b.usda".to_owned(), summary };
    stand.input(Input::Stage { generation, event });
    assert_eq!(
        stand.refusal(2).map(|(id, error)| (id.unwrap(), error.code)),
        Some(("s".to_owned(), ErrorCode::StageChanged))
    );
    load(&mut stand, Vec::new(), None);
    let late = BookmarkNews::Stored { generation: generation - 1, result: Ok(()) };
    stand.input(Input::Bookmarks(late));
    assert_eq!(list(&stand, 1), None);
}

#[test]
fn a_server_without_a_folder_says_so() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    save(&mut stand, 1, "A", false);
    assert_eq!(refusal(&stand, 1), Some(ErrorCode::Unsupported));
    assert!(!stand.out.iter().any(|output| matches!(output, Output::Bookmarks(_))));
}

//! Edits in the session layer: what they make of the scene, how they are taken back, what is refused.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use glam::DVec3;
use telestage_scene::edit::{Edit, EditRefused, Edited, Given, Place, Space};
use telestage_scene::worker::{Event, Host, Limits, Moment, OpenRequest, Question, Refused, Reply};
use telestage_scene::{Changes, LightKind, Scene};

use crate::scratch::Scratch;
use crate::worker::{outcome, request, start};

const ROOT: &str = r#"#usda 1.0
( upAxis = "Y" )
def Xform "World" {
    double3 xformOp:translate = (0, 5, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Cube "Box" { double size = 2 }
    def Sphere "Ball" {}
    def SphereLight "Lamp" { float inputs:intensity = 3 }
    def Scope "Notes" {}
}
def "Twin" ( instanceable = true
    references = </Part> ) {}
def Xform "Part" { def Cube "Inner" {} }
def "Heavy" ( payload = @heavy.usda@</Heavy> ) {}
def Xform "Shape" ( variants = { string kind = "round" }
    prepend variantSets = ["kind"] ) {
    variantSet "kind" = {
        "round" { def Sphere "Body" {} }
        "square" { def Cube "Body" {} }
    }
}
"#;
const HEAVY: &str = "#usda 1.0\ndef Xform \"Heavy\" { def Cone \"Load\" {} }\n";

/// A stage that is open in a worker.
struct Open {
    host: Host,
    events: Receiver<Event>,
    scene: Arc<Scene>,
    /// What the last answer changed.
    changes: Option<Changes>,
    folder: Scratch,
}

impl Open {
    fn new() -> Self {
        let folder = Scratch::new();
        folder.write("heavy.usda", HEAVY);
        let path = folder.write("root.usda", ROOT).canonicalize().unwrap();
        let (host, events) = start(Limits::default());
        host.open(request(path));
        let Event::Loaded(scene) = outcome(&events) else { panic!("not loaded") };
        Self { host, events, scene, changes: None, folder }
    }

    fn ask(&mut self, question: Question) -> Reply {
        self.host.ask(1, question);
        self.changes = None;
        loop {
            match outcome(&self.events) {
                Event::Changed { scene, changes } => (self.scene, self.changes) = (scene, Some(changes)),
                Event::Answered { ticket: 1, reply } => return reply,
                other => panic!("{other:?}"),
            }
        }
    }

    fn edit(&mut self, author: u32, edit: Edit) -> Result<Edited, EditRefused> {
        result(self.ask(Question::Edit { author, edit }))
    }

    fn undo(&mut self, author: u32) -> Result<Edited, EditRefused> {
        result(self.ask(Question::Undo { author }))
    }

    fn redo(&mut self, author: u32) -> Result<Edited, EditRefused> {
        result(self.ask(Question::Redo { author }))
    }

    fn row(&self, path: &str) -> Option<usize> {
        self.scene.tables.prims.iter().position(|prim| prim.path == path)
    }

    /// Where the draws of a prim are, those that are seen.
    fn seen(&self, path: &str) -> Vec<DVec3> {
        let tables = &self.scene.tables;
        let of =
            tables.draws.iter().filter(|draw| tables.prims[draw.prim as usize].path == path && draw.visible);
        of.map(|draw| draw.world_from_local.w_axis.truncate()).collect()
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        ["root.usda", "heavy.usda"]
            .map(|name| self.folder.path(name))
            .map(|p| (p.clone(), std::fs::read(p).unwrap()))
            .into()
    }
}

fn result(reply: Reply) -> Result<Edited, EditRefused> {
    match reply {
        Reply::Edited(edited) => Ok(edited),
        Reply::Refused(Refused::Edit(refused)) => Err(refused),
        other => panic!("{other:?}"),
    }
}

fn paths(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|&path| path.to_owned()).collect()
}

fn hide(path: &str) -> Edit {
    Edit::Visibility { paths: paths(&[path]), visible: false }
}

fn lift(path: &str, y: f64) -> Edit {
    let place = Place::By { translate: [0.0, y, 0.0], rotate: [0.0; 3], scale: [1.0; 3] };
    Edit::Place { paths: paths(&[path]), place, space: Space::World }
}

#[test]
fn what_is_hidden_is_told_row_by_row_and_comes_back() {
    let mut open = Open::new();
    let edited = open.edit(1, hide("/World")).unwrap();
    assert_eq!((edited.changed, edited.resynced), (paths(&["/World"]), vec![]));
    assert!(edited.can_undo && !edited.can_redo);
    assert!(open.seen("/World/Box").is_empty() && open.seen("/Twin/Inner").len() == 1);
    let Some(Changes::Rows(rows)) = &open.changes else { panic!("{:?}", open.changes) };
    assert_eq!(rows.draws.as_ref().map(Vec::len), Some(2), "a box and a ball");
    let state = |open: &Open, path: &str| open.scene.tables.states[open.row(path).unwrap()];
    assert!(!state(&open, "/World/Box").visible && state(&open, "/World/Box").shown, "by inheritance");
    assert!(!state(&open, "/World").shown);
    let back = open.undo(1).unwrap();
    assert!(!back.can_undo && back.can_redo);
    assert_eq!(open.seen("/World/Box"), [DVec3::new(0.0, 5.0, 0.0)]);
    open.redo(1).unwrap();
    assert!(open.seen("/World/Box").is_empty());
    assert_eq!(open.redo(1), Err(EditRefused::Nothing("redo".to_owned())));
}

#[test]
fn prims_are_moved_in_either_space_again_and_again() {
    let mut open = Open::new();
    open.edit(1, lift("/World/Box", 2.0)).unwrap();
    open.edit(1, lift("/World", 10.0)).unwrap();
    assert_eq!(open.seen("/World/Box"), [DVec3::new(0.0, 17.0, 0.0)]);
    assert_eq!(open.seen("/World/Ball"), [DVec3::new(0.0, 15.0, 0.0)]);
    let at = glam::DMat4::from_translation(DVec3::new(1.0, 2.0, 3.0)).to_cols_array();
    let edit = Edit::Place { paths: paths(&["/World/Box"]), place: Place::At(at), space: Space::World };
    open.edit(1, edit).unwrap();
    assert!(open.seen("/World/Box")[0].distance(DVec3::new(1.0, 2.0, 3.0)) < 1e-12);
    open.edit(1, lift("/Twin", 1.0)).unwrap();
    assert_eq!(open.seen("/Twin/Inner"), [DVec3::new(0.0, 1.0, 0.0)], "instances move as a whole");
    for _ in 0..4 {
        open.undo(1).unwrap();
    }
    assert_eq!(open.seen("/World/Box"), [DVec3::new(0.0, 5.0, 0.0)]);
    assert_eq!(open.seen("/Twin/Inner"), [DVec3::ZERO]);
    assert_eq!(open.undo(1), Err(EditRefused::Nothing("undo".to_owned())));
}

#[test]
fn prims_payloads_and_variants_come_and_go() {
    let mut open = Open::new();
    let edited = open.edit(1, Edit::Active { paths: paths(&["/World/Box"]), active: false }).unwrap();
    assert_eq!(edited.resynced, ["/World/Box"]);
    assert_eq!((open.row("/World/Box"), open.changes.clone()), (None, Some(Changes::All)));
    open.edit(1, Edit::Loaded { paths: paths(&["/Heavy"]), loaded: false }).unwrap();
    assert_eq!(open.row("/Heavy/Load"), None);
    let variant = |selection: &str| Edit::Variant {
        path: "/Shape".to_owned(),
        set: "kind".to_owned(),
        selection: selection.to_owned(),
    };
    open.edit(1, variant("square")).unwrap();
    let body = |open: &Open| open.scene.tables.prims[open.row("/Shape/Body").unwrap()].type_name.clone();
    assert_eq!(body(&open), "Cube");
    let Reply::Variants(sets) = open.ask(Question::Variants { path: "/Shape".to_owned() }) else { panic!() };
    assert_eq!((&*sets[0].name, &*sets[0].selection), ("kind", "square"));
    assert_eq!(sets[0].variants, ["round", "square"]);
    open.undo(1).unwrap();
    assert_eq!(body(&open), "Sphere");
    open.undo(1).unwrap();
    assert!(open.row("/Heavy/Load").is_some());
    open.undo(1).unwrap();
    assert_eq!(open.seen("/World/Box"), [DVec3::new(0.0, 5.0, 0.0)]);
}

#[test]
fn lights_are_dimmed_and_colours_changed() {
    let mut open = Open::new();
    let set = |path: &str, name: &str, value: Given| Edit::Attribute {
        path: path.to_owned(),
        name: name.to_owned(),
        value,
    };
    open.edit(1, set("/World/Lamp", "inputs:intensity", Given::Number(9.0))).unwrap();
    assert!(matches!(&open.changes, Some(Changes::Rows(rows)) if rows.lights));
    assert_eq!(open.scene.tables.lights[0].intensity, 9.0);
    assert!(matches!(open.scene.tables.lights[0].kind, LightKind::Sphere { .. }));
    open.edit(1, set("/World/Ball", "radius", Given::Number(4.0))).unwrap();
    assert_eq!(open.scene.tables.states[open.row("/World/Ball").unwrap()].bounds.unwrap().max.x, 4.0);
    open.undo(1).unwrap();
    assert_eq!(open.scene.tables.states[open.row("/World/Ball").unwrap()].bounds.unwrap().max.x, 1.0);
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_changes() {
    let mut open = Open::new();
    let variant = |set: &str, selection: &str| Edit::Variant {
        path: "/Shape".to_owned(),
        set: set.to_owned(),
        selection: selection.to_owned(),
    };
    let attribute = |name: &str, value: Given| Edit::Attribute {
        path: "/World/Box".to_owned(),
        name: name.to_owned(),
        value,
    };
    let nan =
        Edit::Place { paths: paths(&["/World"]), place: Place::At([f64::NAN; 16]), space: Space::Local };
    type IsIt = fn(&EditRefused) -> bool;
    let cases: Vec<(Edit, IsIt)> = vec![
        (hide("/Nowhere"), |e| matches!(e, EditRefused::NoPrim(_))),
        (hide("World"), |e| matches!(e, EditRefused::NoPrim(_))),
        (hide("/"), |e| matches!(e, EditRefused::NoPrim(_))),
        (hide("/World.visibility"), |e| matches!(e, EditRefused::NoPrim(_))),
        (hide("/Twin/Inner"), |e| matches!(e, EditRefused::InstanceProxy(_))),
        (lift("/World/Notes", 1.0), |e| matches!(e, EditRefused::NotXformable(_))),
        (nan, |e| matches!(e, EditRefused::BadPlace)),
        (Edit::Loaded { paths: paths(&["/World"]), loaded: false }, |e| {
            matches!(e, EditRefused::NoPayload(_))
        }),
        (variant("colour", "red"), |e| matches!(e, EditRefused::NoVariantSet { .. })),
        (variant("kind", "oval"), |e| matches!(e, EditRefused::NoVariant { .. })),
        (attribute("volume", Given::Number(1.0)), |e| matches!(e, EditRefused::NoAttribute { .. })),
        (attribute("size", Given::Text("big".to_owned())), |e| matches!(e, EditRefused::BadValue { .. })),
        (hide(&"/x".repeat(20_000)), |e| matches!(e, EditRefused::NoPrim(_))),
        (Edit::Visibility { paths: vec!["/World".to_owned(); 10_001], visible: false }, |e| {
            matches!(e, EditRefused::TooMany(_))
        }),
        // The first is fine, the second is not: neither is done.
        (Edit::Visibility { paths: paths(&["/World/Box", "/Twin/Inner"]), visible: false }, |e| {
            matches!(e, EditRefused::InstanceProxy(_))
        }),
    ];
    for (edit, is_it) in cases {
        let refused = open.edit(1, edit.clone()).expect_err("refused");
        assert!(is_it(&refused), "{edit:?}: {refused:?}");
        assert!(open.changes.is_none(), "{edit:?}");
    }
    assert_eq!(open.undo(1), Err(EditRefused::Nothing("undo".to_owned())));
    assert_eq!(open.seen("/World/Box").len(), 1);
}

#[test]
fn everybody_takes_back_his_own_and_not_what_others_did_since() {
    let mut open = Open::new();
    open.edit(1, hide("/World/Box")).unwrap();
    open.edit(2, hide("/World/Ball")).unwrap();
    open.undo(1).unwrap();
    assert!(open.seen("/World/Box").len() == 1 && open.seen("/World/Ball").is_empty());
    open.edit(1, Edit::Visibility { paths: paths(&["/World/Ball"]), visible: true }).unwrap();
    assert_eq!(open.undo(2), Err(EditRefused::Overtaken("/World/Ball".to_owned())));
}

#[test]
fn the_files_stay_as_they_are_and_the_layer_says_what_was_edited() {
    let mut open = Open::new();
    let before = open.files();
    open.edit(1, hide("/World/Box")).unwrap();
    open.edit(1, lift("/World/Ball", 3.0)).unwrap();
    open.edit(1, Edit::Active { paths: paths(&["/Part"]), active: false }).unwrap();
    let Reply::Layer(text) = open.ask(Question::Export) else { panic!("no layer") };
    assert!(text.starts_with("#usda 1.0") && text.contains("invisible"), "{text}");
    assert_eq!(open.files(), before);
    // Over the same stage, the layer alone makes the same of it.
    open.folder.write("edits.usda", &text);
    let over = "#usda 1.0\n( subLayers = [@edits.usda@, @root.usda@] )\n";
    let path = open.folder.write("over.usda", over).canonicalize().unwrap();
    let scene = open.scene.clone();
    open.host.open(OpenRequest { time: Moment::Default, ..request(path) });
    let Event::Loaded(anew) = outcome(&open.events) else { panic!("not loaded") };
    assert_eq!(scene.tables.states, anew.tables.states);
    let places =
        |scene: &Scene| scene.tables.draws.iter().map(|draw| draw.world_from_local).collect::<Vec<_>>();
    assert_eq!(places(&scene), places(&anew));
}

//! What the stage says of a prim, as the inspector shows it.

use std::sync::mpsc::Receiver;

use serde_json::{Value, json};
use telestage_scene::properties::{PrimSheet, Property, Wish};
use telestage_scene::worker::{Event, Host, Limits, Question, Refused, Reply};

use crate::scratch::Scratch;
use crate::worker::{outcome, request, start};

const LIBRARY: &str = r#"#usda 1.0
def Xform "Chair" ( kind = "component" ) {
    float size = 2
    def Mesh "Seat" { point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2] }
}
"#;
const ROOT: &str = r#"#usda 1.0
( startTimeCode = 0
  endTimeCode = 10 )
def Xform "World" {
    def "Chair" ( references = @library.usda@</Chair>
        doc = "For sitting." ) {
        over "Seat" ( prepend apiSchemas = ["MaterialBindingAPI"] ) {
            rel material:binding = </World/Red>
            color3f[] primvars:displayColor = [(1, 0, 0)] ( interpolation = "uniform" )
            double3 xformOp:translate.timeSamples = { 0: (0, 0, 0), 10: (0.5, 0, 0) }
            uniform token[] xformOpOrder = ["xformOp:translate"]
            custom int64 serial = 9007199254740993
            custom double odd = nan
        }
    }
    def Material "Red" {
        token outputs:surface.connect = </World/Red/Shader.outputs:surface>
        def Shader "Shader" { token outputs:surface }
    }
}
"#;

struct Open {
    host: Host,
    events: Receiver<Event>,
    _folder: Scratch,
}

impl Open {
    fn new() -> Self {
        let folder = Scratch::new();
        folder.write("library.usda", LIBRARY);
        let path = folder.write("root.usda", ROOT).canonicalize().unwrap();
        let (host, events) = start(Limits::default());
        host.open(request(path));
        assert!(matches!(outcome(&events), Event::Loaded(_)));
        Self { host, events, _folder: folder }
    }

    fn ask(&self, wish: Wish, time: Option<f64>) -> Reply {
        self.host.ask(1, Question::Properties { wish, time });
        match outcome(&self.events) {
            Event::Answered { ticket: 1, reply } => reply,
            other => panic!("{other:?}"),
        }
    }

    fn sheet(&self, path: &str, time: Option<f64>) -> PrimSheet {
        match self.ask(wish(path), time) {
            Reply::Properties(sheet) => *sheet,
            other => panic!("{other:?}"),
        }
    }
}

fn wish(path: &str) -> Wish {
    Wish { path: path.to_owned(), name: None, offset: 0, elements: 2, max_bytes: 1 << 20 }
}

fn property<'s>(sheet: &'s PrimSheet, name: &str) -> &'s Property {
    sheet.properties.iter().find(|property| property.name == name).unwrap()
}

fn value(sheet: &PrimSheet, name: &str) -> Value {
    serde_json::from_str(&property(sheet, name).value).unwrap()
}

#[test]
fn a_prim_says_what_it_is_and_where_it_comes_from() {
    let open = Open::new();
    let chair = open.sheet("/World/Chair", None);
    assert_eq!(
        (&*chair.type_name, chair.kind.as_deref(), &*chair.specifier),
        ("Xform", Some("component"), "def")
    );
    let arcs: Vec<_> = chair.stack.iter().map(|o| (&*o.path, &*o.arc)).collect();
    assert_eq!(arcs, [("/World/Chair", "root"), ("/Chair", "reference")]);
    assert!(chair.metadata.iter().any(|(name, value)| name == "documentation" && value.contains("sitting")));
    let seat = open.sheet("/World/Chair/Seat", None);
    assert_eq!((seat.points, seat.faces, seat.material.as_deref()), (Some(3), Some(1), Some("/World/Red")));
    assert!(seat.api_schemas.contains(&"MaterialBindingAPI".to_owned()), "{:?}", seat.api_schemas);
}

#[test]
fn properties_have_types_values_sources_and_links() {
    let open = Open::new();
    let seat = open.sheet("/World/Chair/Seat", Some(5.0));
    let points = property(&seat, "points");
    assert_eq!((&*points.type_name, points.authored, points.custom), ("point3f[]", true, false));
    assert_eq!(
        value(&seat, "points"),
        json!({ "length": 3, "preview": [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]], "truncated": true })
    );
    assert_eq!(points.stack[0].arc, "reference");
    assert_eq!(property(&seat, "xformOp:translate").time_samples, 2);
    assert_eq!(value(&seat, "xformOp:translate"), json!([0.25, 0.0, 0.0]), "at the time");
    assert_eq!(
        value(&open.sheet("/World/Chair/Seat", Some(10.0)), "xformOp:translate"),
        json!([0.5, 0.0, 0.0])
    );
    let color = property(&seat, "primvars:displayColor");
    assert_eq!(color.interpolation.as_deref(), Some("uniform"));
    let binding = property(&seat, "material:binding");
    assert_eq!(
        (&*binding.type_name, binding.targets.as_slice()),
        ("rel", ["/World/Red".to_owned()].as_slice())
    );
    assert!(property(&seat, "serial").custom);
    assert_eq!((value(&seat, "serial"), value(&seat, "odd")), (json!("9007199254740993"), json!("NaN")));
    let fallback = property(&seat, "visibility");
    assert!(!fallback.authored && fallback.stack.is_empty());
    assert_eq!(value(&seat, "visibility"), json!("inherited"), "the schema's");
    let red = open.sheet("/World/Red", None);
    assert_eq!(property(&red, "outputs:surface").targets, ["/World/Red/Shader.outputs:surface"]);
}

#[test]
fn answers_are_as_large_as_is_wished_for() {
    let open = Open::new();
    let one = Wish { name: Some("points".to_owned()), offset: 2, ..wish("/World/Chair/Seat") };
    let Reply::Properties(sheet) = open.ask(one, None) else { panic!() };
    assert_eq!(sheet.properties.len(), 1);
    assert_eq!(value(&sheet, "points")["preview"], json!([[0.0, 1.0, 0.0]]));
    let few = Wish { max_bytes: 600, ..wish("/World/Chair/Seat") };
    let Reply::Properties(sheet) = open.ask(few, None) else { panic!() };
    assert!(sheet.omitted > 0 && !sheet.properties.is_empty());
}

#[test]
fn what_is_not_there_is_an_answer() {
    let open = Open::new();
    for path in ["/Nowhere", "", "World", "/World.size", &"/x".repeat(20_000)] {
        let reply = open.ask(wish(path), None);
        assert!(matches!(reply, Reply::Refused(Refused::Edit(_))), "{path}: {reply:?}");
    }
}

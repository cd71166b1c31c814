//! The same stage at another time: what is told to be different makes of the scene what reading it anew would.

use std::path::{Path, PathBuf};

use openusd::usd::Stage;
use telestage_scene::extract::{Live, NoTextures, extract};
use telestage_scene::{Attribute, ChangedRows, Scene, Span};

use crate::scratch::Scratch;
use crate::truth::shared;

fn open(path: &Path) -> Option<Stage> {
    let registry = openusd_schemas::schema_registry();
    Stage::builder().schema_registry(registry).open(&path.display().to_string()).ok()
}

/// Every USD file below `folder`.
fn stage_files(folder: &Path) -> Vec<PathBuf> {
    let (mut open, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                open.push(path);
            } else if matches!(ending, "usd" | "usda" | "usdc" | "usdz") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn stage(usda: &str) -> Stage {
    let scratch = Scratch::new();
    // Text is read as a whole at once: the file may go.
    open(&scratch.write("moving.usda", usda)).unwrap()
}

fn read(stage: &Stage, time: Option<f64>) -> (Scene, Live) {
    extract(stage, time, &mut NoTextures, &mut |_, _| {})
}

/// Takes the scene to `time` and says which rows that changed.
fn go(stage: &Stage, scene: &mut Scene, live: &mut Live, time: f64) -> ChangedRows {
    let (delta, arena) = live.change(stage, Some(time), &[]).unwrap();
    scene.apply(delta, &arena)
}

fn values<T: bytemuck::AnyBitPattern>(scene: &Scene, span: Span<T>) -> Vec<T> {
    scene.arena.get(span).to_vec()
}

fn attribute<T: bytemuck::AnyBitPattern>(scene: &Scene, attribute: &Attribute<T>) -> Vec<T> {
    values(scene, attribute.values)
}

/// Everything that is drawn is the same; where arrays lie may differ.
fn assert_same(moved: &Scene, anew: &Scene, what: &str) {
    let (a, b) = (&moved.tables, &anew.tables);
    assert_eq!(a.stage.time, b.stage.time, "{what}");
    assert_eq!(a.states, b.states, "{what}");
    assert_eq!(a.lights, b.lights, "{what}");
    assert_eq!(a.cameras, b.cameras, "{what}");
    assert_eq!(a.bounds, b.bounds, "{what}");
    assert_eq!(a.draws.len(), b.draws.len(), "{what}");
    for (a, b) in a.draws.iter().zip(&b.draws) {
        assert_eq!(
            (a.prim, a.visible, a.purpose, a.instance_index),
            (b.prim, b.visible, b.purpose, b.instance_index)
        );
        assert_eq!((a.first_triangle, a.triangle_count), (b.first_triangle, b.triangle_count), "{what}");
        assert_eq!(a.world_from_local, b.world_from_local, "{what}");
        let (x, y) =
            (&moved.tables.geometries[a.geometry as usize], &anew.tables.geometries[b.geometry as usize]);
        assert_eq!(values(moved, x.points), values(anew, y.points), "{what}");
        assert_eq!(values(moved, x.triangles), values(anew, y.triangles), "{what}");
        assert_eq!(attribute(moved, &x.normals), attribute(anew, &y.normals), "{what}");
        assert_eq!(attribute(moved, &x.color), attribute(anew, &y.color), "{what}");
        assert_eq!(attribute(moved, &x.opacity), attribute(anew, &y.opacity), "{what}");
        assert_eq!(x.bounds, y.bounds, "{what}");
    }
}

const EVERYTHING: &str = r#"#usda 1.0
( startTimeCode = 0
  endTimeCode = 10 )
def Xform "Arm" {
    double3 xformOp:translate.timeSamples = { 0: (0, 0, 0), 10: (10, 0, 0) }
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Sphere "Hand" { double radius.timeSamples = { 0: 1, 10: 3 } }
    def SphereLight "Lamp" { float inputs:intensity.timeSamples = { 0: 1, 10: 5 } }
    def Camera "Eye" { float focalLength.timeSamples = { 0: 20, 10: 60 } }
}
def Cube "Blinks" { token visibility.timeSamples = { 0: "inherited", 5: "invisible" } }
def Cube "Stays" {}
def Cube "Blushes" { color3f[] primvars:displayColor.timeSamples = { 0: [(0, 0, 0)], 10: [(1, 0, 0)] } }
def Mesh "Cloth" {
    point3f[] points.timeSamples = { 0: [(0, 0, 0), (1, 0, 0), (0, 1, 0)], 10: [(0, 0, 9), (1, 0, 9), (0, 1, 9)] }
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 2]
}
def PointInstancer "Swarm" {
    point3f[] positions.timeSamples = { 0: [(0, 0, 0)], 5: [(0, 0, 0), (7, 0, 0)] }
    int[] protoIndices.timeSamples = { 0: [0], 5: [0, 0] }
    rel prototypes = </Swarm/Bee>
    def Cube "Bee" {}
}
class Xform "Wheel" {
    double xformOp:rotateZ.timeSamples = { 0: 0, 10: 90 }
    uniform token[] xformOpOrder = ["xformOp:rotateZ"]
    def Cube "Spoke" {
        double3 xformOp:scale.timeSamples = { 0: (1, 1, 1), 10: (2, 1, 1) }
        uniform token[] xformOpOrder = ["xformOp:scale"]
    }
}
def "Left" ( instanceable = true
    inherits = </Wheel> ) {}
def "Right" ( instanceable = true
    inherits = </Wheel> ) {}
"#;

#[test]
fn what_moves_is_as_if_it_were_read_anew() {
    let stage = stage(EVERYTHING);
    let (mut scene, mut live) = read(&stage, Some(0.0));
    for time in [2.5, 5.0, 7.5, 10.0, 0.0, 10.0, 3.0] {
        let rows = go(&stage, &mut scene, &mut live, time);
        assert_same(&scene, &read(&stage, Some(time)).0, &format!("at {time}"));
        if time == 7.5 {
            let draws = rows.draws.unwrap();
            let still =
                scene.tables.draws.iter().position(|d| scene.tables.prims[d.prim as usize].path == "/Stays");
            assert!(!draws.contains(&(still.unwrap() as u32)), "what stays is not told");
            assert_eq!(rows.geometries.len(), 3, "a sphere, a cube's colour, a mesh");
        }
    }
}

#[test]
fn a_topology_that_changes_asks_for_the_whole() {
    let stage = stage(
        "#usda 1.0\n( startTimeCode = 0\n endTimeCode = 10 )\ndef Mesh \"M\" {\n\
         point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)]\n\
         int[] faceVertexCounts.timeSamples = { 0: [3], 5: [3, 3] }\n\
         int[] faceVertexIndices.timeSamples = { 0: [0, 1, 2], 5: [0, 1, 2, 1, 3, 2] }\n}\n",
    );
    let (_, mut live) = read(&stage, Some(0.0));
    assert!(live.change(&stage, Some(1.0), &[]).is_ok());
    assert!(live.change(&stage, Some(6.0), &[]).is_err());
}

#[test]
fn a_stage_without_time_tells_nothing() {
    let stage = stage("#usda 1.0\n( startTimeCode = 0\n endTimeCode = 10 )\ndef Cube \"C\" {}\n");
    let (mut scene, mut live) = read(&stage, Some(0.0));
    assert_eq!(live.moving_count(), 0);
    let rows = go(&stage, &mut scene, &mut live, 4.0);
    assert_eq!(rows, ChangedRows { draws: Some(Vec::new()), ..ChangedRows::default() });
}

#[test]
fn every_animated_stage_moves_as_if_it_were_read_anew() {
    let mut animated = 0;
    for path in stage_files(&shared().join("stages")) {
        let Some(stage) = open(&path) else { continue };
        let (start, end) = (stage.start_time_code(), stage.end_time_code());
        if !stage.has_authored_time_code_range() || start >= end {
            continue;
        }
        let (mut scene, mut live) = read(&stage, Some(start));
        if !scene.tables.stage.animated {
            continue;
        }
        animated += 1;
        for step in [0.0, 0.2, 0.5, 0.77, 1.0] {
            let time = start + step * (end - start);
            match live.change(&stage, Some(time), &[]) {
                Ok((delta, arena)) => drop(scene.apply(delta, &arena)),
                Err(_) => (scene, live) = read(&stage, Some(time)),
            }
            assert_same(&scene, &read(&stage, Some(time)).0, &format!("{} at {time}", path.display()));
        }
    }
    assert!(animated >= 3, "{animated} animated stages");
}

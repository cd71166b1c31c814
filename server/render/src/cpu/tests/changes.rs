//! The same stage with other rows: the picture is that of a stage that was always so.

use std::sync::Arc;

use glam::{DMat4, DVec3};
use telestage_scene::arena::ArenaBuilder;
use telestage_scene::{Delta, Geometry, LightKind, NewDraws, Scene};

use super::super::{CpuSource, Isa};
use super::scenery::*;
use crate::source::{Command, FrameSource, Outcome};

fn scene() -> Scene {
    let mut scenery = Scenery::default();
    let cube = scenery.cube();
    let quad = scenery.quad();
    let red = scenery.material(material([0.8, 0.02, 0.02]));
    scenery.draw(cube, red, move_by(-1.0, 0.0, 0.0));
    scenery.draw(cube, red, move_by(1.0, 0.0, 0.0));
    scenery.draw(quad, red, move_by(0.0, 0.0, -2.0));
    scenery.light(LightKind::Distant { angle: 0.5 }, [1.0; 3], DMat4::IDENTITY);
    Scene { tables: scenery.tables, arena: scenery.arena.finish() }
}

fn pixels(source: &mut CpuSource) -> Vec<u8> {
    source.render(&look(DVec3::new(0.5, 1.0, 6.0), DVec3::Y)).unwrap().pixels.to_vec()
}

/// The picture after `delta`, once with only its rows, once anew.
fn both(delta: Delta, arena: &telestage_scene::Arena) -> [Vec<u8>; 3] {
    let mut scene = scene();
    let mut source = CpuSource::with_isa(Some(2), Isa::detect());
    source.load(Arc::new(scene.clone())).unwrap();
    let before = pixels(&mut source);
    let rows = scene.apply(delta, arena);
    let scene = Arc::new(scene);
    source.change(scene.clone(), &rows).unwrap();
    let changed = pixels(&mut source);
    // The light's exposure stays what it was, so a new source must have seen the stage before, too.
    let mut anew = CpuSource::with_isa(Some(2), Isa::detect());
    anew.load(scene).unwrap();
    [before, changed, pixels(&mut anew)]
}

#[test]
fn moved_hidden_and_shown_again() {
    let base = scene();
    let mut draws = base.tables.draws.clone();
    draws[0].world_from_local = move_by(-1.0, 1.0, 0.5);
    draws[1].visible = false;
    let rows = NewDraws::Rows(vec![(0, draws[0].clone()), (1, draws[1].clone())]);
    let arena = ArenaBuilder::default().finish();
    let [before, changed, anew] = both(Delta { draws: rows, ..Delta::default() }, &arena);
    assert!(before != changed && changed == anew);

    // Hidden at first, shown later.
    let mut scene = base;
    scene.tables.draws = draws;
    let mut source = CpuSource::with_isa(Some(2), Isa::detect());
    source.load(Arc::new(scene.clone())).unwrap();
    scene.tables.draws[1].visible = true;
    scene.tables.draws[0].world_from_local = move_by(-1.0, 0.0, 0.0);
    let all = Delta { draws: NewDraws::All(scene.tables.draws.clone()), ..Delta::default() };
    let rows = scene.apply(all, &arena);
    source.change(Arc::new(scene), &rows).unwrap();
    assert!(pixels(&mut source) == before);
}

#[test]
fn other_points_and_other_light() {
    let mut arena = ArenaBuilder::default();
    let points = [[-1.0f32, -1.0, 0.0], [1.0, -1.0, 0.0], [3.0, 3.0, 0.0], [-1.0, 1.0, 0.0]];
    let geometry = Geometry {
        points: arena.push(&points),
        triangles: arena.push(&[[0u32, 1, 2], [0, 2, 3]]),
        ..Geometry::default()
    };
    let [before, changed, anew] =
        both(Delta { geometries: vec![(1, geometry)], ..Delta::default() }, &arena.finish());
    assert!(before != changed && changed == anew);

    let mut light = scene().tables.lights[0].clone();
    light.radiance = [0.5; 3];
    let arena = ArenaBuilder::default().finish();
    let [before, changed, _] = both(Delta { lights: vec![(0, light)], ..Delta::default() }, &arena);
    let sum = |pixels: &[u8]| pixels.iter().map(|&p| u64::from(p)).sum::<u64>();
    assert!(sum(&changed) < sum(&before), "a lamp that is dimmed makes it darker: exposure stays");
}

#[test]
fn what_is_selected_stays_so_and_picks_find_what_is_there_now() {
    let mut scene = scene();
    let mut source = CpuSource::with_isa(Some(2), Isa::detect());
    source.load(Arc::new(scene.clone())).unwrap();
    let plain = pixels(&mut source);
    source.apply(&Command::Select(vec![0])).unwrap();
    let outlined = pixels(&mut source);
    assert!(plain != outlined);
    let mut draw = scene.tables.draws[0].clone();
    draw.world_from_local = move_by(-1.0, 0.0, 0.0);
    let rows = scene.apply(
        Delta { draws: NewDraws::Rows(vec![(0, draw)]), ..Delta::default() },
        &ArenaBuilder::default().finish(),
    );
    source.change(Arc::new(scene), &rows).unwrap();
    assert!(pixels(&mut source) == outlined);
    let Outcome::Picked(Some(hit)) = source.apply(&Command::Pick { x: 108, y: 128 }).unwrap() else {
        panic!("nothing is there");
    };
    assert_eq!(hit.prim, 0);
}

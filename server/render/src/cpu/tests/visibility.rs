//! What is seen where.

use std::sync::Arc;

use glam::{DMat4, DVec3, DVec4};

use super::super::Isa;
use super::super::camera::Camera;
use super::scenery::*;
use crate::source::{Command, FrameSource, Outcome};
use crate::view::{Aov, Projection, View};

const ISAS: [Isa; 2] = [Isa::Avx2, Isa::Portable];

#[test]
fn a_red_cube_is_red_and_a_blue_one_blue() {
    for isa in ISAS {
        let mut scenery = Scenery::default();
        let cube = scenery.cube();
        let red = scenery.material(material([0.8, 0.02, 0.02]));
        let blue = scenery.material(material([0.02, 0.02, 0.8]));
        scenery.draw(cube, red, move_by(-1.0, 0.0, 0.0));
        scenery.draw(cube, blue, move_by(1.0, 0.0, 0.0));
        let mut source = scenery.source(isa);
        let view = look(DVec3::new(0.0, 0.5, 5.0), DVec3::Y);
        let [r, g, b] = pixel(&mut source, &view, [102, 126]);
        assert!(r > 150 && g < 90 && b < 90, "{r} {g} {b}");
        let [r, g, b] = pixel(&mut source, &view, [217, 126]);
        assert!(b > 150 && r < 90 && g < 90, "{r} {g} {b}");
        let [r, g, b] = pixel(&mut source, &view, [160, 20]);
        assert!(r < 60 && g < 60 && b < 70, "the background is dark: {r} {g} {b}");
    }
}

#[test]
fn up_is_up_for_both_up_axes() {
    for up in [DVec3::Y, DVec3::Z] {
        let mut scenery = Scenery::default();
        let cube = scenery.cube();
        let grey = scenery.material(material([0.5; 3]));
        let [x, y, z] = (up * 1.0).to_array();
        let above = scenery.draw(cube, grey, move_by(x, y, z));
        let mut source = scenery.source(Isa::detect());
        source
            .render(&look(
                DVec3::new(
                    4.0,
                    if up == DVec3::Y { 0.0 } else { 4.0 },
                    if up == DVec3::Y { 4.0 } else { 0.0 },
                ),
                up,
            ))
            .unwrap();
        let plane = source.plane().unwrap();
        let rows: Vec<usize> =
            (0..plane.prims.len()).filter(|i| plane.prims[*i] == above + 1).map(|i| i / 320).collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| *row < 120));
    }
}

/// For each pixel the distance of the torus along the ray through its centre, found by marching.
fn torus_distance(camera: &Camera, x: u32, y: u32) -> Option<f64> {
    let at = |d: f64| camera.unproject([f64::from(x) + 0.5, f64::from(y) + 0.5], d);
    let field = |p: DVec3| ((p.x.hypot(p.z) - 1.0).hypot(p.y)) - 0.4;
    let mut d = camera.clip[0];
    let stretch = (at(2.0) - at(1.0)).length();
    for _ in 0..400 {
        let step = field(at(d));
        if step < 1e-5 {
            return Some(d);
        }
        d += step / stretch;
        if d > camera.clip[1] {
            return None;
        }
    }
    None
}

#[test]
fn ids_and_depths_equal_the_analytic_torus_up_to_its_rim() {
    let projections = [
        Projection::Perspective { fov_y_deg: 45.0, shift: [0.1, 0.05] },
        Projection::Orthographic { height: 4.0 },
    ];
    for isa in ISAS {
        // Tiny triangles and large ones take different paths.
        for (n, m) in [(600, 300), (96, 48)] {
            for projection in projections {
                let mut scenery = Scenery::default();
                let torus = scenery.torus(n, m);
                let grey = scenery.material(material([0.5; 3]));
                let far_off = DVec3::new(4e6, -3e6, 1e6);
                scenery.draw(torus, grey, DMat4::from_translation(far_off));
                let mut source = scenery.source(isa);
                let eye = DVec3::new(1.0, 1.8, 2.6);
                let view = View { projection, ..look_at(eye, DVec3::ZERO, DVec3::Y) };
                let camera = Camera::new(&view, [0.0; 2]).unwrap();
                let moved = DMat4::from_translation(far_off) * view.world_from_view;
                source.render(&View { world_from_view: moved, ..view }).unwrap();
                let plane = source.plane().unwrap();
                let (mut wrong, mut deep, mut covered) = (0, 0, 0);
                for (y, x) in (0..240).flat_map(|y| (0..320).map(move |x| (y, x))) {
                    let at = (y * 320 + x) as usize;
                    let expected = torus_distance(&camera, x, y);
                    covered += u32::from(expected.is_some());
                    wrong += u32::from(expected.is_some() != (plane.prims[at] == 1));
                    if let Some(distance) = expected
                        && plane.prims[at] == 1
                    {
                        deep += u32::from((f64::from(plane.depth[at]) - distance).abs() > 0.03);
                    }
                }
                assert!(covered > 10_000);
                // Chords lie within the circle: the rim loses a little.
                let rim = if n == 600 { covered / 200 } else { covered / 60 };
                assert!(
                    wrong <= rim && deep <= rim,
                    "{isa:?} {n} {projection:?}: {wrong} {deep} of {covered}"
                );
            }
        }
    }
}

#[test]
fn meshes_without_gaps_have_none_on_the_screen() {
    // A wall of many triangles right through the near plane and beyond all edges of the picture.
    for isa in ISAS {
        for cells in [3u32, 40, 300] {
            let mut scenery = Scenery::default();
            let side = cells + 1;
            let at = |i: u32| (i as f32 / cells as f32 - 0.5) * 60.0;
            let points: Vec<[f32; 3]> =
                (0..side * side).map(|i| [at(i % side), -0.4, at(i / side)]).collect();
            let triangles: Vec<[u32; 3]> = (0..cells * cells)
                .flat_map(|i| {
                    let a = i / cells * side + i % cells;
                    [[a, a + side, a + side + 1], [a, a + side + 1, a + 1]]
                })
                .collect();
            let floor = scenery.geometry(&points, &triangles);
            let grey = scenery.material(material([0.5; 3]));
            scenery.draw(floor, grey, DMat4::IDENTITY);
            let mut source = scenery.source(isa);
            source
                .render(&look_at(DVec3::new(0.3, 0.0, 0.1), DVec3::new(0.0, -6.0, -1.0), DVec3::Y))
                .unwrap();
            let plane = source.plane().unwrap();
            assert!(plane.prims.iter().all(|p| *p == 1), "{isa:?} {cells}");
        }
    }
}

#[test]
fn the_inside_of_a_box_is_seen_from_inside() {
    for isa in ISAS {
        let mut scenery = Scenery::default();
        let cube = scenery.cube();
        let grey = scenery.material(material([0.5; 3]));
        scenery.draw(cube, grey, DMat4::from_scale(DVec3::splat(4.0)));
        let mut source = scenery.source(isa);
        let view = look(DVec3::new(0.3, 0.2, 1.0), DVec3::Y);
        source.render(&view).unwrap();
        let plane = source.plane().unwrap();
        assert!(plane.prims.iter().all(|p| *p == 1));
        let camera = Camera::new(&view, [0.0; 2]).unwrap();
        for at in [0, 319, 240 * 160 + 7, 240 * 320 - 1] {
            let pixel = [(at % 320) as f64 + 0.5, (at / 320) as f64 + 0.5];
            let p = camera.unproject(pixel, f64::from(plane.depth[at]));
            assert!((p.abs().max_element() - 2.0).abs() < 1e-3, "{p} lies on the box");
        }
    }
}

#[test]
fn nothing_lies_before_the_near_or_behind_the_far_plane() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let grey = scenery.material(material([0.5; 3]));
    for z in [2.95, 0.0, -8.0] {
        scenery.draw(quad, grey, move_by(0.0, 0.0, z));
    }
    let mut source = scenery.source(Isa::detect());
    source.render(&View { clip: [0.1, 5.0], ..look(DVec3::new(0.0, 0.0, 3.0), DVec3::Y) }).unwrap();
    let plane = source.plane().unwrap();
    assert_eq!(plane.prims[120 * 320 + 160], 2);
    assert!(plane.prims.iter().all(|p| *p == 0 || *p == 2));
    assert!((plane.depth[120 * 320 + 160] - 3.0).abs() < 1e-4);
}

#[test]
fn a_pick_names_prim_position_and_normal() {
    for isa in ISAS {
        let mut scenery = Scenery::default();
        let cube = scenery.cube();
        let grey = scenery.material(material([0.5; 3]));
        scenery.draw(cube, grey, move_by(0.0, 0.0, -3.0));
        let place = DMat4::from_rotation_y(0.4) * DMat4::from_scale(DVec3::new(-1.0, 2.0, 0.5));
        let front = scenery.draw(cube, grey, place);
        let mut source = scenery.source(isa);
        let pick = |source: &mut super::super::CpuSource, x, y| match source.apply(&Command::Pick { x, y }) {
            Ok(Outcome::Picked(hit)) => hit,
            other => panic!("{other:?}"),
        };
        assert_eq!(pick(&mut source, 160, 120), None, "there is no picture yet");
        source.render(&look(DVec3::new(0.0, 0.0, 5.0), DVec3::Y)).unwrap();
        let hit = pick(&mut source, 160, 120).unwrap();
        let local = place.inverse() * DVec4::new(hit.position[0], hit.position[1], hit.position[2], 1.0);
        assert_eq!(hit.prim, front);
        assert!((local.z - 0.5).abs() < 1e-4, "{local}");
        let normal = DVec3::new(0.4f64.sin(), 0.0, 0.4f64.cos());
        assert!(DVec3::from(hit.normal.map(f64::from)).distance(normal) < 1e-4);
        assert_eq!(pick(&mut source, 2, 2), None);
        assert_eq!(pick(&mut source, 9999, 2), None);
    }
}

#[test]
fn planes_are_shown_as_pictures() {
    let mut scenery = Scenery::default();
    let cube = scenery.cube();
    let grey = scenery.material(material([0.5; 3]));
    scenery.draw(cube, grey, DMat4::IDENTITY);
    let mut source = scenery.source(Isa::detect());
    let view = |aov| View { aov, samples: 16, ..look(DVec3::new(0.0, 0.0, 4.0), DVec3::Y) };
    assert_eq!(pixel(&mut source, &view(Aov::Normal), [160, 120]), [128, 128, 255]);
    let near = pixel(&mut source, &view(Aov::Depth), [160, 120]);
    assert!(near[0] > 150 && near[0] == near[1]);
    assert_eq!(pixel(&mut source, &view(Aov::Id), [0, 0]), [0; 3]);
    assert_ne!(pixel(&mut source, &view(Aov::Id), [160, 120]), [0; 3]);
    assert!(!source.render(&view(Aov::Id)).unwrap().refining);
}

#[test]
fn a_line_runs_around_what_is_selected_and_nowhere_else() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let grey = scenery.material(material([0.5; 3]));
    let parent = scenery.draw(quad, grey, move_by(50.0, 0.0, 0.0));
    let child = scenery.draw(quad, grey, DMat4::from_scale(DVec3::splat(0.7)));
    scenery.draw(quad, grey, move_by(0.0, 1.8, 0.0));
    Arc::make_mut(&mut scenery.tables.prims)[child as usize].parent = Some(parent);
    let mut source = scenery.source(Isa::detect());
    let view = View { samples: 2, ..look(DVec3::new(0.0, 0.0, 4.0), DVec3::Y) };
    let plain = source.render(&view).unwrap().pixels.to_vec();
    let plane = source.plane().unwrap();
    assert_eq!(source.apply(&Command::Select(vec![parent])).unwrap(), Outcome::Done);
    assert!(matches!(source.apply(&Command::Pick { x: 160, y: 120 }), Ok(Outcome::Picked(Some(_)))));
    // The same picture with one sample more, and a fresh one.
    let continued = source.render(&view).unwrap();
    assert_eq!(continued.samples, 2);
    assert!(continued.pixels.chunks(4).any(|p| p[..3] == [0x7d, 0xb0, 0xff]));
    source.render(&View { clip: [0.2, 50.0], ..view.clone() }).unwrap();
    let outlined = source.render(&view).unwrap().pixels.to_vec();
    let own = |x: i32, y: i32| {
        (0..320).contains(&x) && (0..240).contains(&y) && plane.prims[(y * 320 + x) as usize] == child + 1
    };
    for (y, x) in (0..240i32).flat_map(|y| (0..320i32).map(move |x| (y, x))) {
        let at = (y * 320 + x) as usize * 4;
        let changed = plain[at..at + 3] != outlined[at..at + 3];
        let reach = |by: i32| (-by..=by).any(|dy| (-by..=by).any(|dx| own(x + dx, y + dy)));
        if own(x, y) || !reach(2) {
            assert!(!changed, "{x} {y}");
        } else if reach(1) {
            assert_eq!(outlined[at..at + 3], [0x7d, 0xb0, 0xff], "{x} {y}");
        }
    }
    let second = source.render(&view).unwrap();
    assert_eq!(second.samples, 2);
    source.apply(&Command::Select(vec![])).unwrap();
    source.render(&View { clip: [0.2, 50.0], ..view.clone() }).unwrap();
    assert_eq!(source.render(&view).unwrap().pixels.to_vec(), plain);
}

/// Nothing is drawn again for another selection: the line goes over the picture as it was.
#[test]
fn a_finished_picture_gets_another_line_and_loses_it_without_a_trace() {
    let mut scenery = Scenery::default();
    let (cube, grey) = (scenery.cube(), scenery.material(material([0.5; 3])));
    let [left, right] = [-1.0, 1.0].map(|x| scenery.draw(cube, grey, move_by(x, 0.0, 0.0)));
    let mut source = scenery.source(Isa::detect());
    let view = View { samples: 4, ..look(DVec3::new(0.0, 1.0, 6.0), DVec3::Y) };
    let plain = (0..4).map(|_| source.render(&view).unwrap().pixels.to_vec()).last().unwrap();
    let mut selected = |prims: Vec<u32>| {
        source.apply(&Command::Select(prims)).unwrap();
        let picture = source.render(&view).unwrap();
        assert_eq!((picture.samples, picture.refining), (4, false));
        picture.pixels.to_vec()
    };
    let (a, b) = (selected(vec![left]), selected(vec![right]));
    assert!(a != plain && b != plain && a != b);
    assert!(selected(vec![left]) == a);
    assert!(selected(vec![]) == plain);
}

#[test]
fn pictures_of_two_canvases_do_not_disturb_each_other() {
    let source = || {
        let mut scenery = Scenery::default();
        let quad = scenery.quad();
        let grey = scenery.material(material([0.5; 3]));
        let drawn = scenery.draw(quad, grey, DMat4::from_scale(DVec3::splat(0.7)));
        let mut source = scenery.source(Isa::detect());
        source.apply(&Command::Select(vec![drawn])).unwrap();
        source
    };
    let eyes = [DVec3::new(0.0, 0.0, 4.0), DVec3::new(1.5, 0.4, 3.0)];
    let views = eyes.map(|eye| View { samples: 4, ..look(eye, DVec3::Y) });
    let alone = views.clone().map(|view| {
        let mut source = source();
        (0..4).map(|_| source.render(&view).unwrap().pixels.to_vec()).collect::<Vec<_>>()
    });
    let mut source = source();
    for sample in 0..4 {
        for (canvas, (view, alone)) in [1, 7].into_iter().zip(views.iter().zip(&alone)) {
            source.turn_to(canvas);
            let picture = source.render(view).unwrap();
            assert_eq!(picture.samples, sample + 1, "canvas {canvas} goes on where it was");
            assert!(*picture.pixels == alone[sample as usize][..], "canvas {canvas}, sample {sample}");
        }
    }
    source.forget(7);
    source.turn_to(7);
    assert_eq!(source.render(&views[1]).unwrap().samples, 1, "what was forgotten starts over");
}

#[test]
fn picks_stay_right_while_samples_move_things_over_the_edge() {
    // Quads that end at the picture's very edge come and go with the jitter; what is picked in the middle may not.
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let grey = scenery.material(material([0.5; 3]));
    let height = 2.0;
    for i in 0..40 {
        // Left edges of the picture at -1.3333, each a hair further out.
        let x = -1.0 - 4.0 / 3.0 - 0.009 + f64::from(i) * 0.0005;
        scenery.draw(quad, grey, move_by(x, 0.0, 0.0));
    }
    let middle = scenery.draw(quad, grey, DMat4::from_scale(DVec3::splat(0.3)));
    let mut source = scenery.source(Isa::detect());
    let projection = Projection::Orthographic { height };
    let view = View { samples: 16, projection, ..look(DVec3::new(0.0, 0.0, 4.0), DVec3::Y) };
    for _ in 0..16 {
        source.render(&view).unwrap();
        let Ok(Outcome::Picked(Some(hit))) = source.apply(&Command::Pick { x: 160, y: 120 }) else {
            panic!("nothing there")
        };
        assert_eq!(hit.prim, middle);
    }
}

//! What is seen within a rectangle, compared with what each pixel shows.

use std::collections::BTreeSet;

use glam::{DMat4, DVec3};

use super::scenery::{Scenery, look, material, move_by};
use crate::cpu::Isa;
use crate::source::{Command, FrameSource, Outcome};
use crate::view::View;

#[test]
fn the_prims_within_are_those_of_the_pixels_within() {
    let mut scenery = Scenery::default();
    let (cube, torus, grey) = (scenery.cube(), scenery.torus(24, 12), scenery.material(material([0.5; 3])));
    for i in 0..60 {
        let i = f64::from(i);
        let place = move_by((i * 1.7).sin() * 2.4, (i * 2.3).cos() * 1.6, (i * 0.9).sin());
        let shape = if i % 3.0 == 0.0 { torus } else { cube };
        scenery.draw(shape, grey, place * DMat4::from_scale(DVec3::splat(0.25)));
    }
    let mut source = scenery.source(Isa::detect());
    let within =
        |source: &mut super::super::CpuSource, corners| match source.apply(&Command::Within { corners }) {
            Ok(Outcome::Within(prims)) => prims,
            other => panic!("{other:?}"),
        };
    assert_eq!(within(&mut source, [[0, 0], [319, 239]]), [0; 0], "there is no picture yet");
    // Tiles that are cut off at the right and at the bottom, and samples on top of the first.
    let view = View { size: [330, 250], samples: 4, ..look(DVec3::new(0.5, 0.4, 5.0), DVec3::Y) };
    for _ in 0..4 {
        source.render(&view).unwrap();
    }
    let plane = source.plane().unwrap();
    let mut state = 7u32;
    let mut random = |end: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % end
    };
    let mut found = 0;
    for n in 0..200 {
        // All sizes, from one pixel up.
        let sides = [330, 250].map(|side| 1 + random(if n % 2 == 0 { 12 } else { side }));
        let first = [random(330), random(250)];
        let last = [0, 1].map(|axis| first[axis] + sides[axis] - 1);
        let mut wanted = BTreeSet::new();
        for y in first[1]..=last[1].min(249) {
            for x in first[0]..=last[0].min(329) {
                let prim = plane.prims[(y * 330 + x) as usize];
                if prim > 0 {
                    wanted.insert(prim - 1);
                }
            }
        }
        found += wanted.len();
        let prims = within(&mut source, [first, last]);
        assert_eq!(prims, wanted.into_iter().collect::<Vec<_>>(), "{first:?} to {last:?}");
    }
    assert!(found > 500, "rectangles with something in them: {found}");
    assert_eq!(within(&mut source, [[9999, 0], [9999, 3]]), [0; 0]);
    assert_eq!(within(&mut source, [[20, 20], [10, 10]]), [0; 0], "corners the wrong way round");
}

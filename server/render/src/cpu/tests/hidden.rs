//! The line around what is selected where something hides it: dashes over what lies in front.

use glam::{DMat4, DVec3};

use super::scenery::{Scenery, look, material, move_by};
use crate::cpu::{CpuSource, Isa};
use crate::source::{Command, FrameSource};
use crate::view::View;

const ISAS: [Isa; 2] = [Isa::Avx2, Isa::Portable];
const ACCENT: [u8; 3] = [0x7d, 0xb0, 0xff];
const CUBE: u32 = 0;

fn view() -> View {
    look(DVec3::new(0.4, 0.3, 5.0), DVec3::Y)
}

/// A turned cube, a torus beside it, and a wall before both that reaches to `edge` from the left; without: none.
fn source(isa: Isa, edge: Option<f64>) -> CpuSource {
    let mut scenery = Scenery::default();
    let (cube, torus, quad) = (scenery.cube(), scenery.torus(24, 12), scenery.quad());
    let grey = scenery.material(material([0.5; 3]));
    scenery.draw(cube, grey, DMat4::from_rotation_y(0.5) * DMat4::from_scale(DVec3::splat(1.3)));
    scenery.draw(torus, grey, move_by(1.4, 0.3, -1.0) * DMat4::from_scale(DVec3::splat(0.5)));
    if let Some(edge) = edge {
        scenery.draw(quad, grey, move_by(edge - 3.0, 0.0, 1.5) * DMat4::from_scale(DVec3::splat(3.0)));
    }
    scenery.source(isa)
}

/// The finished picture with this selected from the start.
fn selected(source: &mut CpuSource, prims: &[u32], view: &View) -> Vec<u8> {
    source.apply(&Command::Select(prims.to_vec())).unwrap();
    (0..view.samples).map(|_| source.render(view).unwrap().pixels.to_vec()).last().unwrap()
}

/// Where `prim` is seen.
fn seen(source: &mut CpuSource, prim: u32) -> impl Fn(i32, i32) -> bool + use<> {
    source.render(&View { samples: 1, ..view() }).unwrap();
    let prims = source.plane().unwrap().prims;
    move |x, y| (0..320).contains(&x) && (0..240).contains(&y) && prims[(y * 320 + x) as usize] == prim + 1
}

fn reach(is_there: &impl Fn(i32, i32) -> bool, x: i32, y: i32, by: i32) -> bool {
    (-by..=by).any(|dy| (-by..=by).any(|dx| is_there(x + dx, y + dy)))
}

/// Checks a picture against where the cube is seen and where it would be; gives the numbers of pixels in dashes and
/// between them.
fn check(
    plain: &[u8],
    lined: &[u8],
    seen: &impl Fn(i32, i32) -> bool,
    whole: &impl Fn(i32, i32) -> bool,
) -> [u32; 2] {
    let mut counts = [0; 2];
    for (y, x) in (0..240i32).flat_map(|y| (0..320i32).map(move |x| (y, x))) {
        let at = (y * 320 + x) as usize * 4;
        let (before, after) = (&plain[at..at + 3], &lined[at..at + 3]);
        if seen(x, y) || whole(x, y) && !reach(seen, x, y, 2) {
            assert_eq!(before, after, "{x} {y}: no surface changes its colour");
        } else if reach(seen, x, y, 1) {
            assert_eq!(after, ACCENT, "{x} {y}: the line around what is seen");
        } else if !reach(seen, x, y, 2) && reach(whole, x, y, 1) {
            let faint = [0, 1, 2].map(|c| ((u16::from(before[c]) * 3 + u16::from(ACCENT[c])) / 4) as u8);
            counts[usize::from(after != ACCENT)] += 1;
            assert!(after == faint || after == ACCENT, "{x} {y}: {after:?}");
        } else if !reach(seen, x, y, 2) {
            assert_eq!(before, after, "{x} {y}: far from the cube");
        }
    }
    counts
}

#[test]
fn what_a_wall_hides_has_dashes_around_it() {
    for isa in ISAS {
        let whole = seen(&mut source(isa, None), CUBE);
        let mut walled = source(isa, Some(4.0));
        let plain = selected(&mut walled, &[], &view());
        let lined = selected(&mut walled, &[CUBE], &view());
        let [dashes, gaps] = check(&plain, &lined, &|_, _| false, &whole);
        assert!(dashes > 100 && gaps > 100 && dashes.abs_diff(gaps) < dashes / 2, "{dashes} {gaps}");
    }
}

#[test]
fn what_is_half_hidden_has_a_line_where_it_is_seen_and_dashes_where_not() {
    for isa in ISAS {
        let whole = seen(&mut source(isa, None), CUBE);
        let mut walled = source(isa, Some(0.1));
        let part = seen(&mut walled, CUBE);
        let plain = selected(&mut walled, &[], &view());
        let lined = selected(&mut walled, &[CUBE], &view());
        let [dashes, gaps] = check(&plain, &lined, &part, &whole);
        assert!(dashes > 40 && gaps > 40, "{dashes} {gaps}");
    }
}

#[test]
fn what_is_seen_whole_has_the_line_alone() {
    for isa in ISAS {
        let mut open = source(isa, None);
        let whole = seen(&mut open, CUBE);
        let plain = selected(&mut open, &[], &view());
        let lined = selected(&mut open, &[CUBE], &view());
        assert_eq!(check(&plain, &lined, &whole, &whole), [0, 0]);
    }
}

/// Samples shift the picture by parts of a pixel; the line may not care which one it was found at.
#[test]
fn the_dashes_are_the_same_whenever_the_selection_came() {
    let finished = View { samples: 8, ..view() };
    let early = selected(&mut source(Isa::detect(), Some(0.1)), &[CUBE], &finished);
    let mut late = source(Isa::detect(), Some(0.1));
    for _ in 0..8 {
        late.render(&finished).unwrap();
    }
    assert!(selected(&mut late, &[CUBE], &View { samples: 8, ..view() }) == early);
    let mut amid = source(Isa::detect(), Some(0.1));
    for _ in 0..3 {
        amid.render(&finished).unwrap();
    }
    amid.apply(&Command::Select(vec![CUBE])).unwrap();
    let last = (3..8).map(|_| amid.render(&finished).unwrap().pixels.to_vec()).last().unwrap();
    assert!(last == early);
    // And on a canvas to which one comes back.
    amid.turn_to(5);
    amid.render(&View { samples: 1, ..look(DVec3::new(2.0, 0.0, 4.0), DVec3::Y) }).unwrap();
    amid.turn_to(0);
    amid.apply(&Command::Select(vec![])).unwrap();
    assert!(selected(&mut amid, &[CUBE], &finished) == early);
}

#[test]
fn a_selection_of_too_much_has_the_line_alone() {
    for (count, samples, is_dashed) in [(1000, 1, true), (1100, 1, false), (1100, 2, true), (4100, 2, false)]
    {
        let mut scenery = Scenery::default();
        let (quad, grey) = (scenery.quad(), scenery.material(material([0.5; 3])));
        scenery.draw(quad, grey, move_by(0.0, 0.0, 1.0));
        let crowd: Vec<u32> = (0..count)
            .map(|n| {
                let place = move_by(f64::from(n % 50) * 0.01, f64::from(n / 50) * 0.01, -1.0);
                scenery.draw(quad, grey, place * DMat4::from_scale(DVec3::splat(0.2)))
            })
            .collect();
        let mut source = scenery.source(Isa::detect());
        let view = View { samples, ..view() };
        let plain = selected(&mut source, &[], &view);
        // A picture of its own, not another line over the last one.
        source.render(&View { clip: [0.2, 50.0], ..view.clone() }).unwrap();
        let lined = selected(&mut source, &crowd, &view);
        assert_eq!(plain != lined, is_dashed, "{count} {samples}");
        // What is seen is outlined in any case.
        assert!(selected(&mut source, &[&[0], &crowd[..]].concat(), &view) != plain, "{count} {samples}");
    }
}

//! How the same things look in other styles.

use glam::{DMat4, DVec3};
use telestage_scene::{LightKind, Purpose};

use super::super::math::srgb_to_linear;
use super::super::{CpuSource, Isa};
use super::scenery::*;
use crate::source::FrameSource;
use crate::style::{Background, Lighting, Purposes, Shading, Style, Tone};
use crate::view::{Aov, Projection, View};

/// A parallel view of the square from (-2, -1.5) to (2, 1.5), from +Z: 80 pixels to the unit.
fn flat(style: Style) -> View {
    View {
        style,
        projection: Projection::Orthographic { height: 3.0 },
        ..look(DVec3::new(0.0, 0.0, 5.0), DVec3::Y)
    }
}

fn on_black(shading: Shading) -> Style {
    Style { shading, backdrop: Background::Black, ..Style::default() }
}

/// A grey square from (-1, -1) to (1, 1): two triangles, the diagonal runs from the bottom left to the top right.
fn square(isa: Isa) -> CpuSource {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let grey = scenery.material(material([0.5; 3]));
    scenery.draw(quad, grey, DMat4::IDENTITY);
    scenery.source(isa)
}

/// Which pixels are not black.
fn lit(source: &mut CpuSource, view: &View) -> Vec<[i32; 2]> {
    let picture = source.render(view).unwrap();
    let width = picture.size[0] as usize;
    let pixels = picture.pixels.chunks_exact(4).enumerate();
    let found = pixels.filter(|(_, rgba)| rgba[..3].iter().any(|c| *c > 20));
    found.map(|(at, _)| [(at % width) as i32, (at / width) as i32]).collect()
}

#[test]
fn a_wireframe_shows_lines_where_edges_are_and_nothing_else() {
    for isa in [Isa::Avx2, Isa::Portable] {
        let mut source = square(isa);
        let found = lit(&mut source, &flat(on_black(Shading::Wireframe)));
        // The square's sides run along columns 80 and 240 and rows 40 and 200.
        let is_edge = |[x, y]: [i32; 2]| {
            let diagonal = (x - 80) - (200 - y);
            [x - 80, x - 240, y - 40, y - 200, diagonal].iter().any(|away| away.abs() <= 2)
        };
        assert!(found.iter().all(|at| is_edge(*at)), "{isa:?}");
        for at in [[81, 120], [238, 120], [160, 41], [160, 198], [120, 160]] {
            let near = |other: &[i32; 2]| (other[0] - at[0]).abs() <= 2 && (other[1] - at[1]).abs() <= 2;
            assert!(found.iter().any(near), "{isa:?}: an edge at {at:?}");
        }
    }
}

#[test]
fn points_show_corners_and_nothing_else() {
    let mut source = square(Isa::detect());
    let found = lit(&mut source, &flat(on_black(Shading::Points)));
    let corners = [[80, 40], [240, 40], [80, 200], [240, 200]];
    let near =
        |at: &[i32; 2], corner: &[i32; 2]| (at[0] - corner[0]).abs() <= 4 && (at[1] - corner[1]).abs() <= 4;
    assert!(found.iter().all(|at| corners.iter().any(|corner| near(at, corner))));
    assert!(corners.iter().all(|corner| found.iter().any(|at| near(at, corner))));
}

#[test]
fn what_hides_another_thing_hides_its_edges_too() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let grey = scenery.material(material([0.5; 3]));
    scenery.draw(quad, grey, DMat4::IDENTITY);
    scenery.draw(quad, grey, move_by(0.0, 0.0, -1.0) * DMat4::from_scale(DVec3::splat(0.5)));
    let mut source = scenery.source(Isa::detect());
    let found = lit(&mut source, &flat(on_black(Shading::Wireframe)));
    assert!(
        !found.iter().any(|[x, y]| (*x - 120).abs() < 3 && (*y - 100).abs() < 15),
        "its left side is hidden"
    );
}

#[test]
fn edges_lie_over_lit_surfaces_and_leave_the_rest_alone() {
    let mut source = square(Isa::detect());
    let shaded = flat(on_black(Shading::Shaded));
    let lined = flat(on_black(Shading::ShadedWireframe));
    for at in [[110, 100], [200, 180]] {
        assert_eq!(pixel(&mut source, &shaded, at), pixel(&mut source, &lined, at));
    }
    assert_ne!(pixel(&mut source, &shaded, [81, 100]), pixel(&mut source, &lined, [80, 100]));
}

#[test]
fn planes_of_numbers_know_no_marks() {
    let mut source = square(Isa::detect());
    for aov in [Aov::Depth, Aov::Normal, Aov::Id] {
        let plain = View { aov, ..flat(on_black(Shading::Shaded)) };
        let lined = View { aov, ..flat(Style { grid: true, ..on_black(Shading::Wireframe) }) };
        assert_eq!(source.render(&plain).unwrap().pixels, source.render(&lined).unwrap().pixels);
    }
}

#[test]
fn purposes_are_shown_as_asked_and_the_default_one_always() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let grey = scenery.material(material([0.5; 3]));
    for purpose in [Purpose::Default, Purpose::Render, Purpose::Proxy, Purpose::Guide] {
        scenery.draw(quad, grey, move_by(0.0, 0.0, scenery.tables.draws.len() as f64));
        scenery.tables.draws.last_mut().unwrap().purpose = purpose;
    }
    let mut source = scenery.source(Isa::detect());
    let mut nearest = |render, proxy, guide| {
        let purposes = Purposes { render, proxy, guide };
        source.render(&flat(Style { purposes, ..Style::default() })).unwrap();
        source.plane().unwrap().prims[120 * 320 + 160]
    };
    let found = [
        nearest(false, false, false),
        nearest(true, false, false),
        nearest(true, true, false),
        nearest(true, true, true),
        nearest(false, false, false),
    ];
    assert_eq!(found, [1, 2, 3, 4, 1]);
}

#[test]
fn a_stop_doubles_the_light() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let dark = scenery.material(material([0.1; 3]));
    scenery.draw(quad, dark, DMat4::IDENTITY);
    let mut source = scenery.source(Isa::detect());
    let mut light = |exposure| {
        let style = Style { exposure, tone: Tone::Linear, ..Style::default() };
        let [r, ..] = pixel(&mut source, &flat(style), [140, 120]);
        f64::from(srgb_to_linear(f32::from(r) / 255.0))
    };
    let (plain, brighter, darker) = (light(0.0), light(1.0), light(-1.0));
    assert!((brighter / plain - 2.0).abs() < 0.06, "{plain} to {brighter}");
    assert!((plain / darker - 2.0).abs() < 0.1, "{darker} to {plain}");
}

#[test]
fn without_lights_colours_are_plain_and_the_viewers_own_replaces_the_stages() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let red = scenery.material(material([0.5, 0.1, 0.1]));
    scenery.draw(quad, red, DMat4::from_rotation_x(0.4));
    scenery.light(LightKind::Distant { angle: 0.5 }, [0.0, 0.0, 90_000.0], DMat4::IDENTITY);
    let mut source = scenery.source(Isa::detect());
    let mut seen = |lighting| pixel(&mut source, &flat(Style { lighting, ..Style::default() }), [140, 120]);
    let [r, g, b] = seen(Lighting::Authored);
    assert!(b > r && b > g, "blue light");
    let [r, g, b] = seen(Lighting::Viewer);
    assert!(r > g && g.abs_diff(b) < 12, "light of no colour");
    let [r, g, b] = seen(Lighting::Off).map(|c| srgb_to_linear(f32::from(c) / 255.0));
    assert!((r - 0.5).abs() < 0.08 && (g - 0.1).abs() < 0.06 && (b - 0.1).abs() < 0.06, "{r} {g} {b}");
}

#[test]
fn the_grid_lies_on_the_ground_behind_what_is_in_front_of_it() {
    for isa in [Isa::Avx2, Isa::Portable] {
        let mut scenery = Scenery::default();
        let quad = scenery.quad();
        let grey = scenery.material(glowing([0.0; 3], 1.0));
        scenery.draw(quad, grey, move_by(0.0, 1.0, 0.0) * DMat4::from_scale(DVec3::splat(0.4)));
        let mut source = scenery.source(isa);
        let style = Style { grid: true, ..on_black(Shading::Shaded) };
        // The horizon is 10 pixels above the middle; the ground is below it.
        for projection in [
            Projection::Perspective { fov_y_deg: 45.0, shift: [0.0; 2] },
            Projection::Orthographic { height: 4.0 },
        ] {
            let view = View { style, projection, ..look(DVec3::new(0.5, 1.0, 4.0), DVec3::Y) };
            let bare = View { style: on_black(Shading::Shaded), ..view.clone() };
            let lines = lit(&mut source, &view);
            assert!(lines.len() > 300, "{isa:?} {projection:?}: {}", lines.len());
            assert!(lit(&mut source, &bare).is_empty());
            source.render(&view).unwrap();
            let prims = source.plane().unwrap().prims;
            let covered = lines.iter().filter(|[x, y]| prims[(*y * 320 + *x) as usize] != 0);
            assert_eq!(covered.count(), 0, "{isa:?} {projection:?}");
        }
    }
}

#[test]
fn the_grid_is_on_the_ground_of_the_up_axis() {
    let mut source = Scenery::default().source(Isa::detect());
    let style = Style { grid: true, ..on_black(Shading::Shaded) };
    let from_above = View { style, ..look(DVec3::new(0.3, 6.0, 0.3), DVec3::Z) };
    // Straight down on Y up, the X axis is red and runs through the picture.
    let picture = source.render(&from_above).unwrap();
    let red = picture.pixels.chunks_exact(4).filter(|c| c[0] > 90 && c[0] > c[1].saturating_mul(2));
    assert!(red.count() > 150);
}

#[test]
fn a_still_picture_keeps_its_grid_while_it_refines() {
    let mut source = square(Isa::detect());
    let style = Style { grid: true, ..on_black(Shading::Shaded) };
    let view = View { style, samples: 4, ..look(DVec3::new(0.5, 1.0, 4.0), DVec3::Y) };
    let first = lit(&mut source, &view).len();
    while source.render(&view).unwrap().refining {}
    let last = lit(&mut source, &view).len();
    assert!(last * 2 > first, "{first} pixels at first, {last} in the end");
}

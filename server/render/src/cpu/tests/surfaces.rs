//! What surfaces look like.

use glam::{DMat4, DVec3, Vec3};
use telestage_scene::{Attribute, Channel, Domain, Input, LightKind, Material};

use super::super::math::srgb_to_linear;
use super::super::{CpuSource, Isa};
use super::scenery::*;
use crate::source::FrameSource;
use crate::view::{Projection, View};

/// A parallel view of the square from (-1, -1) to (1, 1), from +Z.
fn flat() -> View {
    View {
        size: [64, 64],
        projection: Projection::Orthographic { height: 2.0 },
        ..look(DVec3::new(0.0, 0.0, 5.0), DVec3::Y)
    }
}

fn linear(rgb: [u8; 3]) -> Vec3 {
    Vec3::from(rgb.map(|c| srgb_to_linear(f32::from(c) / 255.0)))
}

/// sRGB bytes are steps of up to 0.009 in linear light.
fn near(seen: [u8; 3], expected: Vec3) {
    assert!((linear(seen) - expected).abs().max_element() < 0.012, "{:?} {expected:?}", linear(seen));
}

#[test]
fn textures_keep_their_perspective_on_a_long_floor() {
    for isa in [Isa::Avx2, Isa::Portable] {
        let mut scenery = Scenery::default();
        // u runs over two triangles of 40 units; a texture that shows u as red, linear.
        let points = [[-2.0, -1.0, 0.0], [2.0, -1.0, 0.0], [2.0, -1.0, -40.0], [-2.0, -1.0, -40.0]];
        let floor = scenery.geometry(&points, &[[0, 1, 2], [0, 2, 3]]);
        let values = scenery.arena.push(&[[0.0f32, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]);
        scenery.tables.geometries[floor as usize].uv = Attribute { domain: Domain::Point, values };
        let ramp: Vec<[u8; 4]> = (0..=255).map(|i| [i, 0, 0, 255]).collect();
        let texture = scenery.texture([256, 1], false, &ramp);
        let mut input = read(texture, Channel::Rgb);
        // Half a texel at both ends is flat.
        input.uv_transform[0] = [255.0 / 256.0, 0.0, 0.5 / 256.0];
        let mut glow = glowing([0.0; 3], 1.0);
        glow.emissive = Input::Texture(input);
        let glow = scenery.material(glow);
        scenery.draw(floor, glow, DMat4::IDENTITY);
        let mut source = scenery.source(isa);
        let view = look_at(DVec3::new(0.0, 0.0, 0.5), DVec3::new(0.0, 0.0, -1.0), DVec3::Y);
        let picture = source.render(&view).unwrap();
        let plane = source.plane().unwrap();
        let mut checked = 0;
        for y in 125..240usize {
            // Row y looks down by `slope`, and meets y = -1 at that distance.
            let slope = (y as f64 + 0.5 - 120.0) / (120.0 / (22.5f64).to_radians().tan());
            let u = (1.0 / slope - 0.5) / 40.0;
            let at = y * 320 + 160;
            if plane.prims[at] == 0 || !(0.02..0.7).contains(&u) {
                continue;
            }
            let red = srgb_to_linear(f32::from(picture.pixels[at * 4]) / 255.0);
            assert!((f64::from(red) - u).abs() < 0.012, "row {y}: {red} {u}");
            checked += 1;
        }
        assert!(checked > 60);
    }
}

#[test]
fn blended_layers_lie_in_order_whatever_order_they_are_drawn_in() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut scenery = Scenery::default();
        let quad = scenery.quad();
        let layers = [
            (scenery.material(glowing([0.5, 0.0, 0.0], 1.0)), 0.0),
            (scenery.material(glowing([0.0, 0.4, 0.0], 0.5)), 1.0),
            (scenery.material(glowing([0.0, 0.0, 0.3], 0.25)), 2.0),
        ];
        for i in order {
            let (material, z) = layers[i];
            scenery.draw(quad, material, move_by(0.0, 0.0, z));
        }
        let mut source = scenery.source(Isa::detect());
        let seen = pixel(&mut source, &flat(), [31, 31]);
        // Light of its own is not dimmed by opacity; what is behind is.
        near(seen, Vec3::new(0.5 * 0.5 * 0.75, 0.4 * 0.75, 0.3));
        let plane = source.plane().unwrap();
        let top = order.iter().position(|i| *i == 2).unwrap() as u32;
        assert_eq!(plane.prims[0], top + 1, "the nearest layer is picked, though it is clear");
    }
}

#[test]
fn cut_out_materials_are_there_or_not() {
    for isa in [Isa::Avx2, Isa::Portable] {
        let mut scenery = Scenery::default();
        let quad = scenery.quad();
        let texels: Vec<[u8; 4]> =
            (0..16 * 16).map(|i| [255, 255, 255, if i % 16 < 8 { 255 } else { 0 }]).collect();
        let texture = scenery.texture([16, 16], false, &texels);
        let mut leaf = glowing([0.0, 0.5, 0.0], 1.0);
        leaf.opacity = Input::Texture(read(texture, Channel::A));
        leaf.opacity_threshold = 0.5;
        let leaf = scenery.material(leaf);
        let wall = scenery.material(glowing([0.5, 0.0, 0.0], 1.0));
        scenery.draw(quad, leaf, move_by(0.0, 0.0, 1.0));
        scenery.draw(quad, wall, DMat4::IDENTITY);
        let mut source = scenery.source(isa);
        near(pixel(&mut source, &flat(), [16, 20]), Vec3::new(0.0, 0.5, 0.0));
        near(pixel(&mut source, &flat(), [48, 20]), Vec3::new(0.5, 0.0, 0.0));
        let plane = source.plane().unwrap();
        assert_eq!((plane.prims[20 * 64 + 16], plane.prims[20 * 64 + 48]), (1, 2));
    }
}

#[test]
fn attributes_of_every_domain_reach_their_pixels() {
    // The square's lower right triangle is number 0, the upper left one number 1.
    let colors = [[0.5f32, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.5, 0.5, 0.0]];
    let six: Vec<[f32; 3]> = [colors[0]; 3].into_iter().chain([colors[1]; 3]).collect();
    let middle = |a: usize, b: usize| (Vec3::from(colors[a]) + Vec3::from(colors[b])) / 2.0;
    let cases = [
        (Domain::Constant, &colors[..1], [Vec3::from(colors[0]); 2]),
        (Domain::Triangle, &colors[..2], [colors[0].into(), colors[1].into()]),
        (Domain::Corner, &six[..], [colors[0].into(), colors[1].into()]),
        (Domain::Point, &colors[..], [middle(0, 1), middle(0, 3)]),
    ];
    for (domain, values, expected) in cases {
        let mut scenery = Scenery::default();
        let quad = scenery.quad();
        let values = scenery.arena.push(values);
        scenery.tables.geometries[quad as usize].color = Attribute { domain, values };
        // Rough, lit from the front by light that shows the albedo itself.
        let plain = Material {
            diffuse: None,
            specular: None,
            roughness: Input::Constant(1.0),
            ior: 1.0,
            ..material([0.0; 3])
        };
        let plain = scenery.material(plain);
        scenery.draw(quad, plain, DMat4::IDENTITY);
        scenery.light(LightKind::Distant { angle: 0.0 }, [std::f32::consts::PI; 3], DMat4::IDENTITY);
        let mut source = scenery.source(Isa::detect());
        near(pixel(&mut source, &flat(), [32, 63]), expected[0]);
        near(pixel(&mut source, &flat(), [0, 31]), expected[1]);
    }
}

#[test]
fn a_normal_map_tilts_the_light_along_its_own_axes() {
    // A map that leans towards +u, on a quad that is lit from +X or from -X.
    let seen = |light_from: f64, bend: u8| {
        let mut scenery = Scenery::default();
        let quad = scenery.quad();
        let texture = scenery.texture([1, 1], false, &[[bend, 128, 220, 255]]);
        let mut input = read(texture, Channel::Rgb);
        (input.scale, input.bias) = ([2.0; 4], [-1.0; 4]);
        let bumpy = Material { normal: Some(input), roughness: Input::Constant(1.0), ..material([0.5; 3]) };
        let bumpy = scenery.material(bumpy);
        scenery.draw(quad, bumpy, DMat4::IDENTITY);
        let turn = DMat4::from_rotation_y(light_from);
        scenery.light(LightKind::Distant { angle: 0.0 }, [2.0; 3], turn);
        pixel(&mut scenery.source(Isa::detect()), &flat(), [31, 31])[0]
    };
    // Turned by +90 degrees about Y, a light shines from +X.
    assert!(seen(0.9, 220) > seen(0.9, 128) + 10, "leaning towards the light");
    assert!(seen(-0.9, 220) + 10 < seen(-0.9, 128), "leaning away from it");
}

#[test]
fn lights_of_the_stage_replace_the_viewers() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let white =
        scenery.material(Material { roughness: Input::Constant(1.0), ior: 1.0, ..material([0.5; 3]) });
    scenery.draw(quad, white, DMat4::IDENTITY);
    assert!(Scenery::default().source(Isa::Portable).uses_viewer_light());
    scenery.light(
        LightKind::Sphere { radius: 0.5, normalize: true },
        [40.0, 0.0, 0.0],
        move_by(0.0, 0.0, 3.0),
    );
    let mut source = scenery.source(Isa::detect());
    assert!(!source.uses_viewer_light());
    let [r, g, b] = pixel(&mut source, &flat(), [31, 31]);
    let corner = pixel(&mut source, &flat(), [1, 1]);
    assert!(r > 100 && g == 0 && b == 0, "{r} {g} {b}");
    assert!(corner[0] < r, "light falls off");
}

#[test]
fn samples_smooth_edges_and_leave_surfaces_alone() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let white = scenery.material(glowing([0.7; 3], 1.0));
    scenery.draw(quad, white, DMat4::from_rotation_z(0.3) * DMat4::from_scale(DVec3::splat(0.6)));
    let mut source = scenery.source(Isa::detect());
    let view = View { samples: 16, ..flat() };
    let pictures: Vec<_> = (0..16).map(|_| source.render(&view).unwrap()).collect();
    assert!(pictures.iter().enumerate().all(|(i, p)| p.samples as usize == i + 1 && p.refining == (i < 15)));
    let again = source.render(&view).unwrap();
    assert!(!again.refining && again.samples == 16 && again.pixels == pictures[15].pixels);

    // Coverage by area, from many samples of the square's own inequality.
    let inside = |x: f64, y: f64| {
        let (x, y) = (x / 32.0 - 1.0, 1.0 - y / 32.0);
        let (sine, cosine) = 0.3f64.sin_cos();
        (x * cosine + y * sine).abs() <= 0.6 && (y * cosine - x * sine).abs() <= 0.6
    };
    let error = |pixels: &[u8]| {
        let mut sum = 0.0;
        for (y, x) in (0..64usize).flat_map(|y| (0..64usize).map(move |x| (y, x))) {
            let hits = (0..256).filter(|i| {
                let at = |n: usize| (n as f64 + 0.5) / 16.0;
                inside(x as f64 + at(i % 16), y as f64 + at(i / 16))
            });
            let cover = hits.count() as f64 / 256.0;
            if cover > 0.0 && cover < 1.0 {
                let seen = f64::from(srgb_to_linear(f32::from(pixels[(y * 64 + x) * 4]) / 255.0));
                let behind = 0.02;
                sum += (seen - (0.7 * cover + behind * (1.0 - cover))).powi(2);
            }
        }
        sum
    };
    let (first, last) = (error(&pictures[0].pixels), error(&pictures[15].pixels));
    assert!(last < first / 15.0, "{first} {last}");
    let middle = (31 * 64 + 31) * 4;
    assert_eq!(pictures[0].pixels[middle..middle + 4], pictures[15].pixels[middle..middle + 4]);
}

/// Something of everything.
fn everything(isa: Isa) -> CpuSource {
    let mut scenery = Scenery::default();
    let (torus, cube, quad) = (scenery.torus(90, 45), scenery.cube(), scenery.quad());
    let checks: Vec<[u8; 4]> = (0..64 * 64)
        .map(|i| if (i / 8 + i / 512) % 2 == 0 { [200, 60, 20, 255] } else { [20, 60, 200, 90] })
        .collect();
    let texture = scenery.texture([64, 64], true, &checks);
    let gold = scenery.material(Material {
        metallic: Input::Constant(1.0),
        clearcoat: 0.5,
        ..material([0.9, 0.6, 0.2])
    });
    let glass = scenery.material(Material { opacity: Input::Constant(0.4), ..material([0.2, 0.5, 0.9]) });
    let mut paper = material([0.5; 3]);
    paper.diffuse = Some(Input::Texture(read(texture, Channel::Rgb)));
    paper.opacity = Input::Texture(read(texture, Channel::A));
    let paper = scenery.material(paper);
    scenery.draw(torus, gold, DMat4::IDENTITY);
    scenery.draw(cube, glass, move_by(0.6, 0.2, 0.8));
    scenery.draw(
        quad,
        paper,
        DMat4::from_rotation_x(-1.4) * DMat4::from_scale(DVec3::splat(3.0)) * move_by(0.0, 0.0, -0.2),
    );
    scenery.light(LightKind::Distant { angle: 0.5 }, [40_000.0; 3], DMat4::from_rotation_x(-0.7));
    scenery.light(LightKind::Dome { texture: Some(0) }, [0.5; 3], DMat4::IDENTITY);
    scenery.light(
        LightKind::Rect { size: [1.0, 1.0], normalize: false },
        [3.0, 3.0, 5.0],
        move_by(0.0, 0.5, 3.0),
    );
    scenery.source(isa)
}

#[test]
fn both_instruction_sets_draw_the_same_picture() {
    let view = View { size: [400, 304], ..look(DVec3::new(0.8, 1.4, 2.4), DVec3::Y) };
    let [wide, plain] = [Isa::Avx2, Isa::Portable].map(|isa| everything(isa).render(&view).unwrap());
    let differing = wide.pixels.iter().zip(plain.pixels.iter()).filter(|(a, b)| a.abs_diff(**b) > 3).count();
    assert!(differing < wide.pixels.len() / 500, "{differing} of {}", wide.pixels.len());
}

#[test]
fn the_same_view_is_the_same_picture_every_time() {
    let view = View { samples: 3, ..look(DVec3::new(0.8, 1.4, 2.4), DVec3::Y) };
    let mut source = everything(Isa::detect());
    let pictures: Vec<_> = (0..3).map(|_| source.render(&view).unwrap().pixels.to_vec()).collect();
    for version in 1..4 {
        source.render(&View { clip: [0.2, 50.0], ..view.clone() }).unwrap();
        for picture in &pictures {
            let again = source.render(&View { version, ..view.clone() }).unwrap();
            assert!(*again.pixels == **picture);
        }
    }
}

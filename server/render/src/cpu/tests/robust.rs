//! Nothing that arrives in tables or views may crash the renderer.

use glam::{DMat4, DVec3};
use telestage_scene::{Attribute, Domain, Draw, Input, LightKind, Purpose, Span};

use super::super::{CpuSource, Isa};
use super::scenery::*;
use crate::source::{Command, FrameSource, Outcome, RenderError};
use crate::view::View;

#[test]
fn without_a_scene_there_is_a_background() {
    let mut source = CpuSource::new(Some(1));
    let picture = source.render(&look(DVec3::Z, DVec3::Y)).unwrap();
    assert_eq!(picture.pixels.len(), 320 * 240 * 4);
    assert!(picture.pixels.chunks(4).all(|p| p[3] == 255 && p[2] > 10 && p[2] < 90));
    assert!(picture.pixels[2] > picture.pixels[picture.pixels.len() - 2], "lighter above");
    assert!(source.plane().unwrap().prims.iter().all(|p| *p == 0));
}

#[test]
fn senseless_views_are_refused_and_the_next_one_is_drawn() {
    let mut source = CpuSource::new(Some(2));
    let view = look(DVec3::Z, DVec3::Y);
    for size in [[0, 0], [320, 0], [15, 16], [8194, 16]] {
        let error = source.render(&View { size, ..view.clone() }).map(|_| ()).unwrap_err();
        assert!(matches!(error, RenderError::Size(..)));
    }
    let camera = View { world_from_view: DMat4::from_translation(DVec3::NAN), ..look(DVec3::Z, DVec3::Y) };
    assert!(matches!(source.render(&camera), Err(RenderError::Camera)));
    for size in [[16, 16], [322, 18], [1280, 720], [64, 64]] {
        assert_eq!(source.render(&View { size, ..view.clone() }).unwrap().size, size);
    }
}

#[test]
fn hostile_tables_draw_nothing_and_crash_nothing() {
    let mut scenery = Scenery::default();
    let cube = scenery.cube();
    let wild = scenery.geometry(
        &[
            [0.0; 3],
            [f32::NAN; 3],
            [f32::INFINITY, 0.0, 0.0],
            [3e38, -3e38, 1.0],
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
        ],
        &[[0, 1, 2], [0, 4, 99], [u32::MAX; 3], [0, 3, 4], [3, 3, 3], [0, 4, 5]],
    );
    let mut nowhere: Span<[f32; 3]> = Span::default();
    (nowhere.block, nowhere.offset, nowhere.len) = (9, 1 << 60, u64::MAX);
    scenery.tables.geometries[cube as usize].normals = Attribute { domain: Domain::Corner, values: nowhere };
    scenery.tables.geometries[cube as usize].color = Attribute { domain: Domain::Point, values: nowhere };
    scenery.tables.geometries.push(telestage_scene::Geometry { points: nowhere, ..Default::default() });
    let mut odd = material([f32::NAN, f32::INFINITY, -5.0]);
    odd.roughness = Input::Constant(f32::NAN);
    odd.ior = f32::NAN;
    odd.opacity_threshold = f32::NAN;
    odd.emissive = Input::Texture(read(77, telestage_scene::Channel::Rgb));
    odd.normal = Some(read(0, telestage_scene::Channel::Rgb));
    let odd = scenery.material(odd);
    scenery.tables.textures.push(telestage_scene::Texture { size: [u32::MAX; 2], ..Default::default() });
    scenery.draw(cube, 12345, DMat4::IDENTITY);
    scenery.draw(wild, odd, DMat4::IDENTITY);
    scenery.draw(cube, odd, DMat4::from_scale(DVec3::new(0.0, 1.0, 1.0)));
    scenery.draw(cube, odd, DMat4::from_scale(DVec3::splat(1e300)));
    scenery.draw(cube, odd, DMat4::from_translation(DVec3::NAN));
    scenery.draw(cube, odd, DMat4::ZERO);
    for (geometry, first_triangle, triangle_count, prim) in
        [(99, 0, 1, 0), (cube, 7, u32::MAX, 1), (cube, 3, 2, u32::MAX), (wild, 1, 0, 2), (cube, 500, 500, 3)]
    {
        scenery.tables.draws.push(Draw {
            geometry,
            first_triangle,
            triangle_count,
            material: odd,
            prim,
            instance_index: Some(4),
            world_from_local: DMat4::IDENTITY,
            purpose: Purpose::Render,
            visible: true,
        });
    }
    scenery.light(LightKind::Sphere { radius: f32::NAN, normalize: true }, [1.0; 3], DMat4::IDENTITY);
    scenery.light(LightKind::Dome { texture: Some(0) }, [f32::INFINITY; 3], DMat4::IDENTITY);
    scenery.light(LightKind::Dome { texture: Some(500) }, [1.0; 3], DMat4::ZERO);
    for isa in [Isa::Avx2, Isa::Portable] {
        let mut source = std::mem::take(&mut scenery).source(isa);
        for distance in [0.0, 0.4, 3.0, 1e9] {
            let eye = DVec3::new(0.1, distance, distance + 0.3);
            source.render(&View { samples: 2, ..look(eye, DVec3::X) }).unwrap();
            source.render(&View { samples: 2, ..look(eye, DVec3::X) }).unwrap();
            assert!(source.plane().is_some());
            assert!(matches!(source.apply(&Command::Pick { x: 160, y: 120 }), Ok(Outcome::Picked(_))));
        }
        source.apply(&Command::Select(vec![0, u32::MAX, 77])).unwrap();
        source.render(&look(DVec3::new(0.0, 0.0, 3.0), DVec3::Y)).unwrap();
    }
}

#[test]
fn only_what_is_visible_and_meant_for_pictures_is_drawn() {
    let mut scenery = Scenery::default();
    let quad = scenery.quad();
    let grey = scenery.material(material([0.5; 3]));
    for purpose in [Purpose::Proxy, Purpose::Guide, Purpose::Render, Purpose::Default] {
        scenery.draw(quad, grey, move_by(0.0, 0.0, -(scenery.tables.draws.len() as f64)));
        scenery.tables.draws.last_mut().unwrap().purpose = purpose;
    }
    scenery.tables.draws[2].visible = false;
    let mut source = scenery.source(Isa::detect());
    source.render(&look(DVec3::new(0.0, 0.0, 4.0), DVec3::Y)).unwrap();
    assert_eq!(source.plane().unwrap().prims[120 * 320 + 160], 4);
}

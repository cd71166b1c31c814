//! Scenes by hand: a few shapes and materials, no files.

use std::sync::Arc;

use glam::{DMat4, DVec3};
use telestage_scene::arena::ArenaBuilder;
use telestage_scene::{
    Attribute, Bounds, Channel, Domain, Draw, Geometry, Input, Light, LightKind, Material, Prim, Purpose,
    Scene, Tables, Texture, TextureInput, Wrap,
};

use super::super::{CpuSource, Isa};
use crate::source::FrameSource;
use crate::view::{Aov, Projection, View};

#[derive(Default)]
pub struct Scenery {
    pub tables: Tables,
    pub arena: ArenaBuilder,
}

pub fn material(color: [f32; 3]) -> Material {
    Material {
        path: String::new(),
        diffuse: Some(Input::Constant(color)),
        emissive: Input::Constant([0.0; 3]),
        metallic: Input::Constant(0.0),
        specular: None,
        roughness: Input::Constant(0.6),
        opacity: Input::Constant(1.0),
        opacity_threshold: 0.0,
        occlusion: Input::Constant(1.0),
        normal: None,
        ior: 1.5,
        clearcoat: 0.0,
        clearcoat_roughness: 0.01,
    }
}

/// A surface that shows this colour and nothing else, whatever the light.
pub fn glowing(color: [f32; 3], opacity: f32) -> Material {
    Material {
        diffuse: Some(Input::Constant([0.0; 3])),
        emissive: Input::Constant(color),
        specular: Some(Input::Constant([0.0; 3])),
        roughness: Input::Constant(1.0),
        opacity: Input::Constant(opacity),
        ..material(color)
    }
}

pub fn read(texture: u32, channel: Channel) -> TextureInput {
    TextureInput {
        texture,
        channel,
        scale: [1.0; 4],
        bias: [0.0; 4],
        wrap: [Wrap::Repeat; 2],
        uv_transform: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    }
}

impl Scenery {
    pub fn material(&mut self, material: Material) -> u32 {
        self.tables.materials.push(material);
        self.tables.materials.len() as u32 - 1
    }

    pub fn texture(&mut self, size: [u32; 2], srgb: bool, texels: &[[u8; 4]]) -> u32 {
        let texels = self.arena.push(texels);
        self.tables.textures.push(Texture { path: String::new(), size, texels, srgb, scale: 1.0 });
        self.tables.textures.len() as u32 - 1
    }

    pub fn geometry(&mut self, points: &[[f32; 3]], triangles: &[[u32; 3]]) -> u32 {
        let geometry = Geometry {
            points: self.arena.push(points),
            triangles: self.arena.push(triangles),
            ..Geometry::default()
        };
        self.tables.geometries.push(geometry);
        self.tables.geometries.len() as u32 - 1
    }

    /// From -0.5 to 0.5.
    pub fn cube(&mut self) -> u32 {
        let points: Vec<[f32; 3]> =
            (0..8u8).map(|i| [0, 1, 2].map(|axis| f32::from(i >> axis & 1) - 0.5)).collect();
        let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let triangles: Vec<[u32; 3]> =
            faces.iter().flat_map(|f: &[u32; 4]| [[f[0], f[1], f[2]], [f[0], f[2], f[3]]]).collect();
        self.geometry(&points, &triangles)
    }

    /// From (-1, -1, 0) to (1, 1, 0), facing +Z, texture coordinates from 0 to 1.
    pub fn quad(&mut self) -> u32 {
        let points = [[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]];
        let quad = self.geometry(&points, &[[0, 1, 2], [0, 2, 3]]);
        let uv = self.arena.push(&[[0.0f32, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]);
        self.tables.geometries[quad as usize].uv = Attribute { domain: Domain::Point, values: uv };
        quad
    }

    /// Around Y, ring radius 1, tube radius 0.4, with `n * m * 2` triangles and normals.
    pub fn torus(&mut self, n: u32, m: u32) -> u32 {
        let (mut points, mut normals, mut triangles) = (Vec::new(), Vec::new(), Vec::new());
        let turn = |i: u32, n: u32| i as f32 / n as f32 * std::f32::consts::TAU;
        for (i, j) in (0..n).flat_map(|i| (0..m).map(move |j| (i, j))) {
            let (a, c) = (turn(i, n), turn(j, m));
            let reach = 1.0 + 0.4 * c.cos();
            points.push([a.cos() * reach, 0.4 * c.sin(), -a.sin() * reach]);
            normals.push([a.cos() * c.cos(), c.sin(), -a.sin() * c.cos()]);
            let at = |i: u32, j: u32| (i % n) * m + j % m;
            triangles.push([at(i, j), at(i + 1, j), at(i + 1, j + 1)]);
            triangles.push([at(i, j), at(i + 1, j + 1), at(i, j + 1)]);
        }
        let torus = self.geometry(&points, &triangles);
        let values = self.arena.push(&normals);
        self.tables.geometries[torus as usize].normals = Attribute { domain: Domain::Point, values };
        torus
    }

    /// Draws all of a geometry as a prim of its own; gives the prim.
    pub fn draw(&mut self, geometry: u32, material: u32, world_from_local: DMat4) -> u32 {
        let prim = self.tables.prims.len() as u32;
        Arc::make_mut(&mut self.tables.prims).push(Prim { path: format!("/prim{prim}"), ..Prim::default() });
        self.tables.draws.push(Draw {
            geometry,
            first_triangle: 0,
            triangle_count: self.tables.geometries[geometry as usize].triangles.len as u32,
            material,
            prim,
            instance_index: None,
            world_from_local,
            purpose: Purpose::Default,
            visible: true,
        });
        prim
    }

    pub fn light(&mut self, kind: LightKind, radiance: [f32; 3], world_from_local: DMat4) {
        self.tables.lights.push(Light {
            prim: 0,
            kind,
            world_from_local,
            radiance,
            intensity: 1.0,
            exposure: 0.0,
            color: [1.0; 3],
            visible: true,
        });
    }

    pub fn source(self, isa: Isa) -> CpuSource {
        let mut source = CpuSource::with_isa(Some(2), isa);
        let mut tables = self.tables;
        tables.bounds = Some(Bounds { min: DVec3::splat(-1.0), max: DVec3::splat(1.0) });
        source.load(Arc::new(Scene { tables, arena: self.arena.finish() })).unwrap();
        source
    }
}

/// Looks from `eye` at the origin, `up` up.
pub fn look(eye: DVec3, up: DVec3) -> View {
    look_at(eye, DVec3::ZERO, up)
}

pub fn look_at(eye: DVec3, target: DVec3, up: DVec3) -> View {
    let back = (eye - target).normalize();
    let right = up.cross(back).normalize();
    View {
        version: 0,
        size: [320, 240],
        world_from_view: DMat4::from_cols(
            right.extend(0.0),
            back.cross(right).extend(0.0),
            back.extend(0.0),
            eye.extend(1.0),
        ),
        projection: Projection::Perspective { fov_y_deg: 45.0, shift: [0.0; 2] },
        clip: [0.1, 100.0],
        aov: Aov::Color,
        style: crate::Style::default(),
        samples: 1,
    }
}

/// One pixel of the picture of `view`.
pub fn pixel(source: &mut CpuSource, view: &View, at: [u32; 2]) -> [u8; 3] {
    let picture = source.render(view).unwrap();
    let start = (at[1] * picture.size[0] + at[0]) as usize * 4;
    [0, 1, 2].map(|c| picture.pixels[start + c])
}

pub fn move_by(x: f64, y: f64, z: f64) -> DMat4 {
    DMat4::from_translation(DVec3::new(x, y, z))
}

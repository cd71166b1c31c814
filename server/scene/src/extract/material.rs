//! UsdPreviewSurface (specification 2.6) → a row of constants and textures.
//!
//! Materials are read when something is bound to them, once for each prototype, however many instances show it.

use std::collections::HashMap;
use std::rc::Rc;

use openusd::sdf::{Path, Value};
use openusd::usd::Prim;
use openusd_schemas::shade;

use super::diagnostics::Diagnoses;
use super::pictures::Pictures;
use super::read::{self, Reader};
use super::shading::{self, Node, Source};
use super::texture_source::ColorSpace;
use crate::arena::ArenaBuilder;
use crate::details::{MaterialDetail, SurfaceDetail};
use crate::tables::{
    Channel, DiagnosticCode, Input, Material, MaterialId, PrimId, Texture, TextureInput, Wrap,
};

/// A bound material.
#[derive(Clone, Default)]
pub(super) struct Bound {
    /// The row.
    pub(super) id: MaterialId,
    /// The primvar that its textures read, if it has textures.
    pub(super) uv: Option<Rc<str>>,
}

/// Materials read so far.
#[derive(Default)]
pub(super) struct Materials {
    by_path: HashMap<Path, Bound>,
    by_home: HashMap<Path, Bound>,
}

/// Everything that reading a material writes to.
pub(super) struct Sinks<'a, 's> {
    pub(super) reader: &'a Reader<'s>,
    pub(super) materials: &'a mut Vec<Material>,
    pub(super) textures: &'a mut Vec<Texture>,
    pub(super) arena: &'a mut ArenaBuilder,
    pub(super) pictures: &'a mut Pictures<'s>,
    pub(super) diagnoses: &'a mut Diagnoses,
}

impl Materials {
    /// The row of the Material at `path`.
    pub(super) fn bind(&mut self, sinks: &mut Sinks<'_, '_>, path: &Path) -> Bound {
        if let Some(bound) = self.by_path.get(path) {
            return bound.clone();
        }
        let Some(prim) = sinks.reader.prim(path) else { return Bound::default() };
        let home = prim.prim_in_prototype().ok().flatten().map_or_else(|| path.clone(), |p| p.path().clone());
        let bound = match self.by_home.get(&home) {
            Some(bound) => bound.clone(),
            None => {
                let mut reading = Reading { sinks, path: path.as_str(), uv: None };
                let material = reading.material(&prim);
                let uv = reading.uv;
                sinks.materials.push(material);
                let bound = Bound { id: (sinks.materials.len() - 1) as MaterialId, uv };
                self.by_home.insert(home, bound.clone());
                bound
            }
        };
        self.by_path.insert(path.clone(), bound.clone());
        bound
    }
}

/// A material with nothing authored: the specification's fallbacks, `displayColor` for the colour.
pub(super) fn fallback(path: &str) -> Material {
    Material {
        path: path.to_owned(),
        diffuse: None,
        emissive: Input::Constant([0.0; 3]),
        metallic: Input::Constant(0.0),
        specular: None,
        roughness: Input::Constant(0.5),
        opacity: Input::Constant(1.0),
        opacity_threshold: 0.0,
        occlusion: Input::Constant(1.0),
        normal: None,
        ior: 1.5,
        clearcoat: 0.0,
        clearcoat_roughness: 0.01,
    }
}

/// The surface terminals of the Material `prim`, for `inspect`.
pub(super) fn detail(reader: &Reader<'_>, prim: &Prim, row: PrimId) -> MaterialDetail {
    MaterialDetail {
        prim: row,
        surface: surface(reader, prim, &[]).map(|(_, detail)| detail),
        mtlx_surface: surface(reader, prim, &["mtlx"]).map(|(_, detail)| detail),
    }
}

fn surface(reader: &Reader<'_>, prim: &Prim, contexts: &[&str]) -> Option<(Prim, SurfaceDetail)> {
    use openusd::usd::SchemaBase;
    let material = shade::Material::from_prim(prim.clone()).ok().flatten()?;
    let terminal = material.compute_surface_source(contexts).ok().flatten()?;
    let shader = terminal.sources().first()?.shader()?.prim().clone();
    let detail =
        SurfaceDetail { path: shader.path().as_str().to_owned(), id: reader.text(&shader, "info:id") };
    Some((shader, detail))
}

/// One material being read.
struct Reading<'r, 'a, 's> {
    sinks: &'r mut Sinks<'a, 's>,
    path: &'r str,
    uv: Option<Rc<str>>,
}

impl Reading<'_, '_, '_> {
    fn material(&mut self, prim: &Prim) -> Material {
        let mut material = fallback(self.path);
        let reader = self.sinks.reader;
        let shader = match surface(reader, prim, &[]) {
            Some((shader, detail)) if detail.id.as_deref() == Some("UsdPreviewSurface") => shader,
            other => {
                let has_other = other.is_some() || surface(reader, prim, &["mtlx", "mdl", "ri"]).is_some();
                if has_other {
                    self.sinks.diagnoses.unsupported(
                        "a material without UsdPreviewSurface (MaterialX, MDL, …)",
                        self.path,
                        "a plain surface is shown",
                    );
                }
                return material;
            }
        };
        material.diffuse = match self.color(&shader, "diffuseColor") {
            None => Some(Input::Constant([0.18; 3])),
            Some(found) => found,
        };
        material.emissive = self.color(&shader, "emissiveColor").flatten().unwrap_or(material.emissive);
        if self.float(&shader, "useSpecularWorkflow", 0.0) != 0.0 {
            let specular = self.color(&shader, "specularColor").flatten();
            material.specular = Some(specular.unwrap_or(Input::Constant([0.0; 3])));
        } else {
            material.metallic = self.scalar(&shader, "metallic", 0.0);
        }
        material.roughness = self.scalar(&shader, "roughness", 0.5);
        material.opacity = self.scalar(&shader, "opacity", 1.0);
        material.occlusion = self.scalar(&shader, "occlusion", 1.0);
        material.opacity_threshold = self.float(&shader, "opacityThreshold", 0.0);
        material.ior = self.float(&shader, "ior", 1.5);
        material.clearcoat = self.float(&shader, "clearcoat", 0.0);
        material.clearcoat_roughness = self.float(&shader, "clearcoatRoughness", 0.01);
        if let Some(Source::Node(node)) = shading::input(reader, &shader, "normal") {
            material.normal = self.texture(&node, Some(ColorSpace::Raw));
        }
        material
    }

    fn finite(&mut self, name: &str, value: f32, fallback: f32) -> f32 {
        if value.is_finite() {
            return value;
        }
        let message = format!("inputs:{name} is not a finite number, {fallback} is used");
        self.sinks.diagnoses.prim(DiagnosticCode::InvalidData, self.path, message);
        fallback
    }

    fn float(&mut self, shader: &Prim, name: &str, fallback: f32) -> f32 {
        let value = shading::constant(self.sinks.reader, shader, name);
        let value = value.as_ref().and_then(read::number).map_or(fallback, |value| value as f32);
        self.finite(name, value, fallback)
    }

    fn scalar(&mut self, shader: &Prim, name: &str, fallback: f32) -> Input<f32> {
        match shading::input(self.sinks.reader, shader, name) {
            None => Input::Constant(fallback),
            Some(Source::Value(value)) => {
                let value = read::number(&value).map_or(fallback, |value| value as f32);
                Input::Constant(self.finite(name, value, fallback))
            }
            Some(Source::Node(node)) => match self.texture(&node, None) {
                Some(texture) => Input::Texture(texture),
                None => {
                    let value = shading::constant(self.sinks.reader, &node.prim, "fallback");
                    let value = value.as_ref().and_then(read::number).map_or(fallback, |v| v as f32);
                    Input::Constant(self.finite(name, value, fallback))
                }
            },
        }
    }

    /// `None`: nothing authored. `Some(None)`: the geometry's `displayColor`.
    fn color(&mut self, shader: &Prim, name: &str) -> Option<Option<Input<[f32; 3]>>> {
        let constant = |this: &mut Self, value: [f32; 3]| {
            Some(Some(Input::Constant(value.map(|channel| this.finite(name, channel, 0.0)))))
        };
        match shading::input(self.sinks.reader, shader, name)? {
            Source::Value(value) => {
                let value = read::vec3(&value)?;
                constant(self, value)
            }
            Source::Node(node) if node.id.starts_with("UsdPrimvarReader") => {
                let reader = self.sinks.reader;
                let varname = shading::constant(reader, &node.prim, "varname");
                if varname.as_ref().and_then(read::text).as_deref() == Some("displayColor") {
                    return Some(None);
                }
                self.sinks.diagnoses.unsupported(
                    "a colour read from a primvar other than displayColor",
                    self.path,
                    "the reader's fallback is shown",
                );
                let fallback = shading::constant(reader, &node.prim, "fallback");
                constant(self, fallback.as_ref().and_then(read::vec3).unwrap_or([0.0; 3]))
            }
            Source::Node(node) => match self.texture(&node, None) {
                Some(texture) => Some(Some(Input::Texture(texture))),
                // A texture without a file shows its fallback (specification: black).
                None if node.id == "UsdUVTexture" => {
                    let fallback = shading::constant(self.sinks.reader, &node.prim, "fallback");
                    let fallback = fallback.as_ref().and_then(read::vec4).unwrap_or_default();
                    constant(self, [fallback[0], fallback[1], fallback[2]])
                }
                None => Some(None),
            },
        }
    }

    /// The picture behind `node`; `None` (told) if it is not a UsdUVTexture with a file.
    fn texture(&mut self, node: &Node, unless_authored: Option<ColorSpace>) -> Option<TextureInput> {
        let reader = self.sinks.reader;
        if node.id != "UsdUVTexture" {
            if !node.id.starts_with("UsdPrimvarReader") {
                self.sinks.diagnoses.unsupported(
                    "a shading network of other nodes than UsdUVTexture",
                    self.path,
                    "a constant is shown instead",
                );
            }
            return None;
        }
        let shader = &node.prim;
        let Some(Value::AssetPath(asset)) = shading::constant(reader, shader, "file") else {
            let message = format!("the texture {} names no file: author inputs:file", shader.path().as_str());
            self.sinks.diagnoses.prim(DiagnosticCode::MissingTexture, self.path, message);
            return None;
        };
        let text = |name: &str| shading::constant(reader, shader, name).as_ref().and_then(read::text);
        let color_space = match text("sourceColorSpace").as_deref() {
            Some("raw") => ColorSpace::Raw,
            Some("sRGB") => ColorSpace::Srgb,
            Some("auto") => ColorSpace::Auto,
            _ => unless_authored.unwrap_or_default(),
        };
        let wrap = |name: &str| match text(name).as_deref() {
            Some("repeat") => Wrap::Repeat,
            Some("clamp") => Wrap::Clamp,
            Some("mirror") => Wrap::Mirror,
            // `useMetadata`, the fallback: PNG and JPEG carry no wrap mode, and then the specification says black.
            _ => Wrap::Black,
        };
        let vec4 = |name: &str, fallback: [f32; 4]| {
            let value = shading::constant(reader, shader, name).as_ref().and_then(read::vec4);
            value.filter(|v| v.iter().all(|v| v.is_finite())).unwrap_or(fallback)
        };
        let (uv_transform, uv) = coordinates(reader, shader);
        if let Some(uv) = uv {
            match &self.uv {
                Some(first) if **first != *uv => self.sinks.diagnoses.unsupported(
                    "a material whose textures read different primvars",
                    self.path,
                    "all of them are read at the first one's coordinates",
                ),
                _ => self.uv = Some(uv.as_str().into()),
            }
        } else if self.uv.is_none() {
            self.uv = Some("st".into());
        }
        let texture = self.sinks.pictures.load(
            &asset,
            color_space,
            self.path,
            self.sinks.textures,
            self.sinks.arena,
            self.sinks.diagnoses,
        );
        Some(TextureInput {
            texture,
            channel: match node.output.as_str() {
                "r" => Channel::R,
                "g" => Channel::G,
                "b" => Channel::B,
                "a" => Channel::A,
                _ => Channel::Rgb,
            },
            scale: vec4("scale", [1.0; 4]),
            bias: vec4("bias", [0.0; 4]),
            wrap: [wrap("wrapS"), wrap("wrapT")],
            uv_transform,
        })
    }
}

/// The 2x3 matrix of the UsdTransform2d nodes before a texture, and the primvar at their end.
fn coordinates(reader: &Reader<'_>, texture: &Prim) -> ([[f32; 3]; 2], Option<String>) {
    let mut matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let mut source = shading::input(reader, texture, "st");
    // As many nodes as anyone would ever chain; a cycle ends here.
    for _ in 0..16 {
        match source {
            Some(Source::Node(node)) if node.id == "UsdTransform2d" => {
                matrix = compose(matrix, transform_2d(reader, &node.prim));
                source = shading::input(reader, &node.prim, "in");
            }
            Some(Source::Node(node)) if node.id.starts_with("UsdPrimvarReader_float2") => {
                let varname = shading::constant(reader, &node.prim, "varname");
                return (matrix, varname.as_ref().and_then(read::text));
            }
            _ => break,
        }
    }
    (matrix, None)
}

/// UsdTransform2d: scale, then rotate counter-clockwise (degrees), then translate.
fn transform_2d(reader: &Reader<'_>, node: &Prim) -> [[f32; 3]; 2] {
    let vec2 = |name: &str, fallback: [f32; 2]| {
        shading::constant(reader, node, name).as_ref().and_then(read::vec2).unwrap_or(fallback)
    };
    let rotation = shading::constant(reader, node, "rotation").as_ref().and_then(read::number).unwrap_or(0.0);
    uv_matrix(vec2("scale", [1.0; 2]), rotation as f32, vec2("translation", [0.0; 2]))
}

fn uv_matrix(scale: [f32; 2], rotation_deg: f32, translation: [f32; 2]) -> [[f32; 3]; 2] {
    let (sin, cos) = rotation_deg.to_radians().sin_cos();
    let matrix =
        [[scale[0] * cos, -scale[1] * sin, translation[0]], [scale[0] * sin, scale[1] * cos, translation[1]]];
    let is_finite = matrix.iter().flatten().all(|v| v.is_finite());
    if is_finite { matrix } else { [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] }
}

/// `outer` after `inner`.
fn compose(outer: [[f32; 3]; 2], inner: [[f32; 3]; 2]) -> [[f32; 3]; 2] {
    outer.map(|row| {
        [
            row[0] * inner[0][0] + row[1] * inner[1][0],
            row[0] * inner[0][1] + row[1] * inner[1][1],
            row[0] * inner[0][2] + row[1] * inner[1][2] + row[2],
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(m: [[f32; 3]; 2], [u, v]: [f32; 2]) -> [f32; 2] {
        m.map(|row| ((row[0] * u + row[1] * v + row[2]) * 1e4).round() / 1e4)
    }

    #[test]
    fn texture_coordinates_are_scaled_then_turned_then_moved() {
        let m = uv_matrix([2.0, 1.0], 90.0, [10.0, 0.0]);
        assert_eq!(apply(m, [1.0, 0.0]), [10.0, 2.0]);
        assert_eq!(apply(m, [0.0, 1.0]), [9.0, 0.0]);
    }

    #[test]
    fn chained_transforms_apply_the_one_nearest_to_the_primvar_first() {
        let (near, far) = (uv_matrix([2.0, 2.0], 0.0, [0.0; 2]), uv_matrix([1.0; 2], 0.0, [1.0, 0.0]));
        assert_eq!(apply(compose(far, near), [1.0, 1.0]), [3.0, 2.0]);
    }
}

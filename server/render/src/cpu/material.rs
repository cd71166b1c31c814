//! Materials as the shading kernel reads them, checked against the scene's textures.

use telestage_scene::{Channel, Domain, Input, Material, Scene, TextureInput};

use super::geometry::Mesh;

/// How a surface meets what is behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pass {
    /// Covers it.
    #[default]
    Solid,
    /// Covers it or is not there, pixel by pixel.
    Cutout,
    /// Lets it shine through.
    Blend,
}

/// A colour: `texture`, or the same everywhere.
#[derive(Clone, Debug)]
pub struct Colour {
    /// Without a texture.
    pub constant: [f32; 3],
    /// Instead of the constant.
    pub texture: Option<TextureInput>,
}

/// A number: `texture`, or the same everywhere.
#[derive(Clone, Debug)]
pub struct Number {
    /// Without a texture.
    pub constant: f32,
    /// Instead of the constant, with the channel to read.
    pub texture: Option<TextureInput>,
}

/// UsdPreviewSurface.
#[derive(Clone, Debug)]
pub struct Surface {
    /// Base colour; `None` takes the geometry's.
    pub diffuse: Option<Colour>,
    /// Added light.
    pub emissive: Colour,
    /// Metalness.
    pub metallic: Number,
    /// Reflection at normal incidence, instead of metalness.
    pub specular: Option<Colour>,
    /// Perceptual roughness.
    pub roughness: Number,
    /// Coverage.
    pub opacity: Number,
    /// Above 0: cut out below it.
    pub opacity_threshold: f32,
    /// Ambient occlusion.
    pub occlusion: Number,
    /// Normal map.
    pub normal: Option<TextureInput>,
    /// Reflection of a dielectric at normal incidence, from the index of refraction.
    pub f0: f32,
    /// Strength of the coat.
    pub clearcoat: f32,
    /// Roughness of the coat.
    pub clearcoat_roughness: f32,
    /// At least one input reads a texture.
    pub textured: bool,
}

/// Finite, or `default`.
fn finite(value: f32, default: f32) -> f32 {
    if value.is_finite() { value } else { default }
}

fn texture(scene: &Scene, input: &TextureInput) -> Option<TextureInput> {
    let texture = scene.tables.textures.get(input.texture as usize)?;
    let [width, height] = texture.size.map(u64::from);
    let texels = scene.arena.get(texture.texels).len() as u64;
    (width > 0 && height > 0 && width.checked_mul(height) == Some(texels)).then(|| input.clone())
}

fn colour(scene: &Scene, input: &Input<[f32; 3]>) -> Colour {
    match input {
        Input::Constant(c) => Colour { constant: c.map(|c| finite(c, 0.0).max(0.0)), texture: None },
        Input::Texture(t) => Colour { constant: [0.18; 3], texture: texture(scene, t) },
    }
}

fn number(scene: &Scene, input: &Input<f32>, default: f32) -> Number {
    match input {
        Input::Constant(n) => Number { constant: finite(*n, default).clamp(0.0, 1.0), texture: None },
        Input::Texture(t) => Number { constant: default, texture: texture(scene, t) },
    }
}

impl Surface {
    /// Reads one row of the table; inputs that make no sense take their defaults.
    #[must_use]
    pub fn build(scene: &Scene, material: &Material) -> Self {
        let ior = finite(material.ior, 1.5).max(0.0);
        let mut surface = Self {
            diffuse: material.diffuse.as_ref().map(|input| colour(scene, input)),
            emissive: colour(scene, &material.emissive),
            metallic: number(scene, &material.metallic, 0.0),
            specular: material.specular.as_ref().map(|input| colour(scene, input)),
            roughness: number(scene, &material.roughness, 0.5),
            opacity: number(scene, &material.opacity, 1.0),
            opacity_threshold: finite(material.opacity_threshold, 0.0),
            occlusion: number(scene, &material.occlusion, 1.0),
            normal: material.normal.as_ref().and_then(|input| texture(scene, input)),
            f0: ((1.0 - ior) / (1.0 + ior)).powi(2),
            clearcoat: finite(material.clearcoat, 0.0).clamp(0.0, 1.0),
            clearcoat_roughness: finite(material.clearcoat_roughness, 0.01).clamp(0.0, 1.0),
            textured: false,
        };
        let colours = [surface.diffuse.as_ref(), Some(&surface.emissive), surface.specular.as_ref()];
        let numbers = [&surface.metallic, &surface.roughness, &surface.opacity, &surface.occlusion];
        surface.textured = surface.normal.is_some()
            || colours.into_iter().flatten().any(|colour| colour.texture.is_some())
            || numbers.into_iter().any(|number| number.texture.is_some());
        surface
    }
}

/// What a draw without a material gets: the geometry's own colour, half rough.
#[must_use]
pub fn fallback() -> Surface {
    let zero = Number { constant: 0.0, texture: None };
    let one = Number { constant: 1.0, texture: None };
    Surface {
        diffuse: None,
        emissive: Colour { constant: [0.0; 3], texture: None },
        metallic: zero,
        specular: None,
        roughness: Number { constant: 0.5, texture: None },
        opacity: one.clone(),
        opacity_threshold: 0.0,
        occlusion: one,
        normal: None,
        f0: 0.04,
        clearcoat: 0.0,
        clearcoat_roughness: 0.01,
        textured: false,
    }
}

/// True if every value that the texture can give is 1.
fn is_opaque(scene: &Scene, input: &TextureInput) -> bool {
    let Some(texture) = scene.tables.textures.get(input.texture as usize) else { return true };
    let channel = match input.channel {
        Channel::Rgb | Channel::R => 0,
        Channel::G => 1,
        Channel::B => 2,
        Channel::A => 3,
    };
    if input.scale[channel] + input.bias[channel] < 0.999 || input.bias[channel] < 0.0 {
        return false;
    }
    scene.arena.get(texture.texels).iter().all(|texel| texel[channel] == u8::MAX)
}

/// How `mesh` with `surface` meets what is behind it.
#[must_use]
pub fn pass_of(scene: &Scene, surface: &Surface, mesh: &Mesh) -> Pass {
    let opaque = match &surface.opacity.texture {
        Some(input) => is_opaque(scene, input),
        None => surface.opacity.constant >= 1.0,
    };
    // `displayOpacity` counts where `displayColor` does: without a material of its own.
    let own = surface.diffuse.is_none() && mesh.opacity.domain != Domain::None;
    let thin = own && scene.arena.get(mesh.opacity.values).iter().any(|o| *o < 1.0);
    if opaque && !thin {
        Pass::Solid
    } else if surface.opacity_threshold > 0.0 {
        Pass::Cutout
    } else {
        Pass::Blend
    }
}

//! UsdLux lights → rows.

use glam::DMat4;
use openusd::sdf::Value;
use openusd::usd::Prim;

use super::diagnostics::Diagnoses;
use super::pictures::Pictures;
use super::read::Reader;
use super::texture_source::ColorSpace;
use crate::arena::ArenaBuilder;
use crate::tables::{Light, LightKind, PrimId, Texture, TextureId};

/// Everything that reading a dome's picture may write to.
pub(super) struct Sinks<'a, 's> {
    pub(super) pictures: &'a mut Pictures<'s>,
    pub(super) textures: &'a mut Vec<Texture>,
    pub(super) arena: &'a mut ArenaBuilder,
    pub(super) diagnoses: &'a mut Diagnoses,
}

/// Reads a light of type `type_name`, but for a dome's picture.
pub(super) fn read(
    reader: &Reader<'_>,
    prim: &Prim,
    type_name: &str,
    row: PrimId,
    world_from_local: DMat4,
    visible: bool,
    diagnoses: &mut Diagnoses,
) -> Light {
    let float = |name: &str, fallback: f32| reader.float(prim, name).unwrap_or(fallback);
    let normalize = || reader.flag(prim, "inputs:normalize").unwrap_or(false);
    let path = prim.path().as_str();
    let kind = match type_name {
        "DistantLight" => LightKind::Distant { angle: float("inputs:angle", 0.53) },
        "DomeLight" | "DomeLight_1" => LightKind::Dome { texture: None },
        "SphereLight" => LightKind::Sphere { radius: float("inputs:radius", 0.5), normalize: normalize() },
        "RectLight" => LightKind::Rect {
            size: [float("inputs:width", 1.0), float("inputs:height", 1.0)],
            normalize: normalize(),
        },
        "DiskLight" => LightKind::Disk { radius: float("inputs:radius", 0.5), normalize: normalize() },
        "CylinderLight" => LightKind::Cylinder {
            radius: float("inputs:radius", 0.5),
            length: float("inputs:length", 1.0),
            normalize: normalize(),
        },
        _ => LightKind::Other,
    };
    match kind {
        LightKind::Distant { .. } | LightKind::Dome { .. } => {}
        LightKind::Sphere { .. }
        | LightKind::Rect { .. }
        | LightKind::Disk { .. }
        | LightKind::Cylinder { .. } => {
            diagnoses.unsupported("the shape of an area light", path, "it shines from its centre");
        }
        LightKind::Other => {
            diagnoses.unsupported("a light of this type", path, "it is off");
        }
    }
    let intensity = float("inputs:intensity", 1.0);
    let exposure = float("inputs:exposure", 0.0);
    let color = reader.vec3(prim, "inputs:color").unwrap_or([1.0; 3]);
    let mut radiance = color.map(|channel| channel * intensity * exposure.exp2());
    if reader.flag(prim, "inputs:enableColorTemperature").unwrap_or(false) {
        let tint = black_body(float("inputs:colorTemperature", 6500.0));
        radiance = [radiance[0] * tint[0], radiance[1] * tint[1], radiance[2] * tint[2]];
    }
    if !radiance.iter().all(|channel| channel.is_finite()) {
        radiance = [0.0; 3];
    }
    Light { prim: row, kind, world_from_local, radiance, intensity, exposure, color, visible }
}

/// A dome's picture.
pub(super) fn picture(reader: &Reader<'_>, prim: &Prim, sinks: &mut Sinks<'_, '_>) -> Option<TextureId> {
    match reader.value(prim, "inputs:texture:file") {
        Some(Value::AssetPath(asset)) if !asset.is_empty() => sinks.pictures.try_load(
            &asset,
            ColorSpace::Auto,
            prim.path().as_str(),
            sinks.textures,
            sinks.arena,
            sinks.diagnoses,
        ),
        _ => None,
    }
}

/// Linear Rec. 709 colour of a black body, of luminance 1; `kelvin` from 1000 to 15000.
/// The Planckian locus after Kim et al., US patent 7024034 (2002), as Wikipedia "Planckian locus" gives it.
fn black_body(kelvin: f32) -> [f32; 3] {
    let t = f64::from(kelvin).clamp(1000.0, 15000.0);
    let cubic = |a: f64, b: f64, c: f64, d: f64, v: f64| ((a * v + b) * v + c) * v + d;
    let k = 1000.0 / t;
    let x = if t < 4000.0 {
        cubic(-0.266_123_9, -0.234_358_9, 0.877_695_6, 0.179_910, k)
    } else {
        cubic(-3.025_846_9, 2.107_037_9, 0.222_634_7, 0.240_390, k)
    };
    let y = if t < 2222.0 {
        cubic(-1.106_381_4, -1.348_110_2, 2.185_558_32, -0.202_196_83, x)
    } else if t < 4000.0 {
        cubic(-0.954_947_6, -1.374_185_93, 2.091_370_15, -0.167_488_67, x)
    } else {
        cubic(3.081_758_0, -5.873_386_70, 3.751_129_97, -0.370_014_83, x)
    };
    let (cx, cz) = (x / y, (1.0 - x - y) / y);
    let rgb = [
        3.240_970 * cx - 1.537_383 - 0.498_611 * cz,
        -0.969_244 * cx + 1.875_968 + 0.041_555 * cz,
        0.055_630 * cx - 0.203_977 + 1.056_972 * cz,
    ]
    .map(|channel| channel.max(0.0));
    let luminance = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    rgb.map(|channel| (channel / luminance) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daylight_is_near_white_and_candles_are_warm() {
        let day = black_body(6500.0);
        assert!(day.iter().all(|c| (c - 1.0).abs() < 0.06), "{day:?}");
        let candle = black_body(1900.0);
        assert!(candle[0] > 2.0 * candle[1] && candle[1] > 2.0 * candle[2], "{candle:?}");
        for kelvin in [0.0, 1000.0, 2222.0, 3999.0, 4000.0, 15000.0, f32::INFINITY] {
            let c = black_body(kelvin);
            let luminance = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
            assert!((luminance - 1.0).abs() < 1e-4, "{kelvin}: {c:?}");
        }
    }
}

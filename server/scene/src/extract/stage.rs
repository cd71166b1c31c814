//! Stage metadata.

use openusd::sdf::Value;
use openusd::usd::Stage;

use super::read;
use crate::tables::{DiagnosticCode, StageInfo, UpAxis};

use super::diagnostics::Diagnoses;

/// Reads the metadata; the up axis as authored comes beside it. Prototypes are counted after the walk, which finds
/// most of them.
pub(super) fn read(stage: &Stage, time: Option<f64>, diagnoses: &mut Diagnoses) -> (StageInfo, String) {
    let metadata = |key: &str| stage.stage_metadata(key).ok().flatten();
    let authored = metadata("upAxis").as_ref().and_then(read::text).unwrap_or_else(|| "Y".to_owned());
    let up_axis = match authored.as_str() {
        "Z" => UpAxis::Z,
        "Y" => UpAxis::Y,
        other => {
            let message = format!("upAxis {other:?} is not valid, Y is used: author \"Y\" or \"Z\"");
            diagnoses.stage(DiagnosticCode::InvalidData, message);
            UpAxis::Y
        }
    };
    let mut meters_per_unit = metadata("metersPerUnit").as_ref().and_then(read::number).unwrap_or(0.01);
    if !(meters_per_unit.is_finite() && meters_per_unit > 0.0) {
        let message = format!("metersPerUnit {meters_per_unit} is not a length, 0.01 is used");
        diagnoses.stage(DiagnosticCode::InvalidData, message);
        meters_per_unit = 0.01;
    }
    let default_prim = stage.default_prim().and_then(|token| {
        let name = token.as_str();
        let path = if name.starts_with('/') { name.to_owned() } else { format!("/{name}") };
        let prim = stage.prim(path.as_str()).ok()?;
        prim.is_valid().unwrap_or(false).then_some(path)
    });
    let identifier = stage.root_layer().identifier().to_owned();
    let info = StageInfo {
        identifier,
        up_axis,
        meters_per_unit,
        time_codes_per_second: stage.time_codes_per_second(),
        start_time_code: stage.start_time_code(),
        end_time_code: stage.end_time_code(),
        default_prim,
        default_camera: default_camera(stage),
        prototype_count: 0,
        time,
        animated: false,
    };
    (info, authored)
}

/// `customLayerData`: `cameraSettings.boundCamera` as Omniverse writes it, or `defaultCamera`.
fn default_camera(stage: &Stage) -> Option<String> {
    let Ok(Some(Value::Dictionary(data))) = stage.custom_layer_data() else { return None };
    let path = match data.get("cameraSettings") {
        Some(Value::Dictionary(settings)) => settings.get("boundCamera").and_then(read::text),
        _ => None,
    };
    let path = path.or_else(|| data.get("defaultCamera").and_then(read::text))?;
    let prim = stage.prim(path.as_str()).ok()?;
    prim.is_a("Camera").unwrap_or(false).then_some(path)
}

/// What OpenUSD refuses when it reads a root layer and openusd does not.
///
/// # Errors
/// The reason, in words for users.
pub fn check(stage: &Stage) -> Result<(), String> {
    let rate = stage.root_layer().frames_per_second();
    if rate > 0.0 { Ok(()) } else { Err(format!("framesPerSecond is {rate}, which is not a rate")) }
}

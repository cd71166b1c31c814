//! What composing the stage did not find or could not read, as diagnostics.
//!
//! The library reports arcs; the [`AccessLog`] knows why a file was refused. Both together say what to do.

use openusd::pcp::CompositionDiagnostic as Trouble;
use openusd::usd::Stage;

use crate::listing::is_stage_name;
use crate::resolver::AccessLog;
use crate::roots::Refusal;
use crate::tables::{Diagnostic, DiagnosticCode};

/// More than this are only counted.
const MOST: usize = 500;

/// Everything that went wrong so far; the log's own entries are told only once.
pub(crate) fn diagnose(stage: &Stage, log: &AccessLog) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = stage.composition_errors().iter().map(|t| diagnostic(t, log)).collect();
    found.extend(log.untold().into_iter().map(|refusal| refused(&refusal, None)));
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    if more > 0 {
        let message = format!("{more} more of such troubles are not listed");
        found.push(Diagnostic { code: DiagnosticCode::InvalidData, prim_path: None, path: None, message });
    }
    found
}

/// A refusal in the words of the tables.
pub(crate) fn refused(refusal: &Refusal, prim_path: Option<String>) -> Diagnostic {
    let (code, path) = match refusal {
        Refusal::Missing { path }
        | Refusal::NotAFile { path }
        | Refusal::NotAFolder { path }
        | Refusal::Unreadable { path, .. } => (DiagnosticCode::MissingLayer, path),
        Refusal::Outside { path, .. } => (DiagnosticCode::OutsideRoots, path),
        Refusal::TooLarge { path, .. } => (DiagnosticCode::Limit, path),
    };
    Diagnostic { code, prim_path, path: Some(path.clone()), message: refusal.to_string() }
}

fn diagnostic(trouble: &Trouble, log: &AccessLog) -> Diagnostic {
    let prim = |path: &openusd::sdf::Path| Some(path.strip_all_variant_selections().to_string());
    let layer = |asset: &str, prim_path: Option<String>, message: String| match log.tell(asset) {
        Some(refusal) => refused(&refusal, prim_path),
        None => {
            let path = Some(asset.to_owned());
            Diagnostic { code: DiagnosticCode::MissingLayer, prim_path, path, message }
        }
    };
    let plain = |code, prim_path| Diagnostic { code, prim_path, path: None, message: trouble.to_string() };
    match trouble {
        Trouble::UnresolvedLayer { asset_path, site_path, .. } => layer(
            asset_path,
            prim(site_path),
            format!("layer not found: put it there or correct the path: {asset_path}"),
        ),
        Trouble::MalformedLayer { asset_path, site_path, .. } if !is_stage_name(asset_path.as_ref()) => {
            Diagnostic {
                code: DiagnosticCode::Unsupported,
                prim_path: prim(site_path),
                path: Some(asset_path.clone()),
                message: format!("this kind of file is not read yet, what it holds is missing: {asset_path}"),
            }
        }
        Trouble::MalformedLayer { asset_path, site_path, reason, .. } => {
            layer(asset_path, prim(site_path), format!("layer cannot be read ({reason}): {asset_path}"))
        }
        Trouble::UnreadableClip { asset_path, prim_path, reason, .. } => {
            layer(asset_path, prim(prim_path), format!("value clip cannot be read ({reason}): {asset_path}"))
        }
        Trouble::UnresolvedSublayer { asset_path, .. } => layer(
            asset_path,
            None,
            format!("sublayer not found: put it there or correct the path: {asset_path}"),
        ),
        Trouble::MalformedSublayer { asset_path, reason, .. } => {
            layer(asset_path, None, format!("sublayer cannot be read ({reason}): {asset_path}"))
        }
        Trouble::UnresolvedPrimPath { prim_path, target_layer, site_path, .. } => Diagnostic {
            code: DiagnosticCode::MissingTarget,
            prim_path: prim(site_path),
            path: Some(target_layer.clone()),
            message: format!("there is no prim {prim_path} to refer to: correct the path in {site_path}"),
        },
        Trouble::UnresolvedDefaultPrim { layer_id, site_path, .. } => Diagnostic {
            code: DiagnosticCode::MissingTarget,
            prim_path: prim(site_path),
            path: Some(layer_id.clone()),
            message: "the layer has no default prim: name one there, or a prim path in the reference"
                .to_owned(),
        },
        Trouble::InvalidPrimPath { site_path, .. }
        | Trouble::InvalidVariantSelection { site_path, .. }
        | Trouble::InvalidExpression { site_path, .. } => plain(DiagnosticCode::InvalidData, prim(site_path)),
        Trouble::ArcCycle(chain) => plain(DiagnosticCode::InvalidData, prim(&chain.composing)),
        // A foreign enum that may grow.
        _ => plain(DiagnosticCode::InvalidData, None),
    }
}

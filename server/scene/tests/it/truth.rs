//! `inspect` says what OpenUSD says: every stage in `../shared/stages`, every key of `../shared/truth`.

use std::path::{Path, PathBuf};

use openusd::usd::Stage;
use serde_json::Value;
use telestage_scene::extract::{NoTextures, extract};
use telestage_scene::{Scene, inspect};

/// Numbers may differ by this part of the larger magnitude.
const TOLERANCE: f64 = 1e-4;

/// Where the answer differs from OpenUSD's, and why: stage, key (with everything below it), cause.
/// An exception that is no longer needed fails the test.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (NORMALS_TYPES, "meshes./World/color3f.normals", SCALAR_NORMALS),
    (NORMALS_TYPES, "meshes./World/float3.normals", SCALAR_NORMALS),
    (NORMALS_TYPES, "meshes./World/normal3f.normals", SCALAR_NORMALS),
    (NORMALS_TYPES, "meshes./World/point3f.normals", SCALAR_NORMALS),
];

const NORMALS_TYPES: &str = "test_assets/schemaTests/usdGeom/meshes/normals_types/normalsTypes.usda";
const SCALAR_NORMALS: &str =
    "a single vector is authored where an array belongs; the truth script takes Python's len() of it";

pub(crate) fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

fn read(path: &Path) -> Result<Scene, String> {
    let stage = Stage::builder()
        .schema_registry(openusd_schemas::schema_registry())
        .open(&path.display().to_string())
        .map_err(|error| error.to_string())?;
    telestage_scene::extract::check(&stage)?;
    Ok(extract(&stage, None, &mut NoTextures, &mut |_, _| {}).0)
}

/// Every truth document with the name of its stage.
fn truths() -> Vec<(String, Value)> {
    let root = shared().join("truth");
    let mut open = vec![root.clone()];
    let mut truths = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                let name = path.strip_prefix(&root).unwrap().with_extension("");
                let truth = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                truths.push((name.display().to_string(), truth));
            }
        }
    }
    truths.sort_by(|a, b| a.0.cmp(&b.0));
    truths
}

fn compare(key: &str, found: &Value, expected: &Value, differences: &mut Vec<(String, String)>) {
    let differ = |differences: &mut Vec<(String, String)>| {
        let short = |value: &Value| value.to_string().chars().take(160).collect::<String>();
        let text = format!("{} instead of {}", short(found), short(expected));
        differences.push((key.to_owned(), text));
    };
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            if (a - b).abs() > TOLERANCE * a.abs().max(b.abs()).max(1e-9) {
                differ(differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{key}.{i}"), a, b, differences);
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for name in keys.into_iter().filter(|&name| !(key.is_empty() && name == "file")) {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) => compare(&key, a, b, differences),
                    (a, _) => {
                        let text = if a.is_some() { "too much" } else { "missing" };
                        differences.push((key, text.to_owned()));
                    }
                }
            }
        }
        (a, b) if a == b => {}
        _ => differ(differences),
    }
}

/// True if `key` is `prefix` or lies below it.
fn below(key: &str, prefix: &str) -> bool {
    key.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[test]
fn inspect_equals_openusd_for_every_stage_and_key() {
    let truths = truths();
    assert!(truths.len() >= 147, "only {} truth documents found", truths.len());
    let mut used = vec![false; EXCEPTIONS.len()];
    let mut report = Vec::new();
    for (name, truth) in &truths {
        let scene = read(&shared().join("stages").join(name));
        if truth["ok"] == Value::Bool(false) {
            if scene.is_ok() {
                report.push(format!("{name}: opened, but OpenUSD refuses it"));
            }
            continue;
        }
        let scene = match scene {
            Ok(scene) => scene,
            Err(error) => {
                report.push(format!("{name}: not opened: {error}"));
                continue;
            }
        };
        let mut differences = Vec::new();
        compare("", &inspect(&scene), truth, &mut differences);
        for (key, text) in differences {
            let exception =
                EXCEPTIONS.iter().position(|(stage, prefix, _)| stage == name && below(&key, prefix));
            match exception {
                Some(i) => used[i] = true,
                None => report.push(format!("{name}: {key}: {text}")),
            }
        }
    }
    for ((stage, key, _), used) in EXCEPTIONS.iter().zip(used) {
        if !used {
            report.push(format!("{stage}: {key}: the exception is not needed any more: remove it"));
        }
    }
    assert!(report.is_empty(), "{} differences:\n{}", report.len(), report.join("\n"));
}

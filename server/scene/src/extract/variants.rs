//! The variant sets of a prim: openusd tells selections but lists no choices, so they are read from the layers.

use std::collections::BTreeSet;

use openusd::sdf::{Path, Value};
use openusd::usd::{Prim, Stage};

use crate::details::VariantSet;

/// The sets of `prim`, strongest first; empty for almost every prim.
pub(super) fn read(stage: &Stage, prim: &Prim) -> Vec<VariantSet> {
    let names: Vec<String> = match prim.get_metadata::<Value>("variantSetNames") {
        Ok(Some(Value::StringListOp(op))) => op.flatten(),
        Ok(Some(Value::TokenListOp(op))) => op.flatten().iter().map(|t| t.as_str().to_owned()).collect(),
        Ok(Some(Value::StringVec(names))) => names,
        Ok(Some(Value::TokenVec(names))) => names.iter().map(|t| t.as_str().to_owned()).collect(),
        Ok(_) | Err(_) => return Vec::new(),
    };
    let selections = prim.variant_sets().get_all_variant_selections().unwrap_or_default();
    let sites = prim.prim_stack().unwrap_or_default();
    let set = |name: String| {
        let mut variants = BTreeSet::new();
        for site in &sites {
            // A site inside a variant of the same prim has the set on the prim that the variant belongs to.
            let Some(layer) = stage.layer(&site.layer) else { continue };
            let Ok(path) = site.path.append_variant_selection(&name, "") else { continue };
            add_choices(&mut variants, layer.data().try_field(&path, "variantChildren").ok().flatten().as_deref());
        }
        let selection = selections.iter().find(|(set, _)| *set == name);
        VariantSet {
            selection: selection.map(|(_, selection)| selection.clone()).unwrap_or_default(),
            variants: variants.into_iter().collect(),
            name,
        }
    };
    names.into_iter().map(set).collect()
}

fn add_choices(variants: &mut BTreeSet<String>, children: Option<&Value>) {
    match children {
        Some(Value::TokenVec(names)) => variants.extend(names.iter().map(|t| t.as_str().to_owned())),
        Some(Value::StringVec(names)) => variants.extend(names.iter().cloned()),
        _ => {}
    }
}

/// True if the prim has a payload of its own, loaded or not.
pub(super) fn has_payload(stage: &Stage, path: &Path) -> bool {
    match stage.field::<Value>(path, "payload") {
        Ok(Some(Value::PayloadListOp(op))) => !op.is_empty(),
        Ok(Some(_)) => true,
        Ok(None) | Err(_) => false,
    }
}

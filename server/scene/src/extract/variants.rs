//! The variant sets of a prim: openusd tells selections but lists no choices, so they are read from the layers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use openusd::sdf::{Path, Value};
use openusd::usd::{Prim, Stage};

use crate::details::VariantSet;

/// The sets of `prim`, strongest first; empty for almost every prim.
pub(crate) fn read(stage: &Stage, prim: &Prim) -> Vec<VariantSet> {
    // Composes the strongest opinion only: good enough to skip the prims that have none.
    if !matches!(prim.get_metadata::<Value>("variantSetNames"), Ok(Some(_))) {
        return Vec::new();
    }
    let sites = prim.prim_stack().unwrap_or_default();
    let field = |layer: &str, path: &Path, key: &str| {
        let layer = stage.layer(layer)?;
        layer.data().try_field(path, key).ok().flatten().map(Cow::into_owned)
    };
    // Weakest first: list operations apply to what is weaker.
    let mut names: Vec<String> = Vec::new();
    for site in sites.iter().rev() {
        names = match field(&site.layer, &site.path, "variantSetNames") {
            Some(Value::StringListOp(op)) => op.compose_over(&names),
            Some(Value::TokenListOp(op)) => op.map(|token| token.as_str().to_owned()).compose_over(&names),
            Some(_) | None => names,
        };
    }
    let selections = prim.variant_sets().get_all_variant_selections().unwrap_or_default();
    let set = |name: String| {
        let mut variants = BTreeSet::new();
        for site in &sites {
            let Ok(path) = site.path.append_variant_selection(&name, "") else { continue };
            add_choices(&mut variants, field(&site.layer, &path, "variantChildren").as_ref());
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
pub(crate) fn has_payload(stage: &Stage, path: &Path) -> bool {
    match stage.field::<Value>(path, "payload") {
        Ok(Some(Value::PayloadListOp(op))) => !op.is_empty(),
        Ok(Some(_)) => true,
        Ok(None) | Err(_) => false,
    }
}

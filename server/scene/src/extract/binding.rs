//! Which material a prim is bound to (`UsdShadeMaterialBindingAPI::ComputeBoundMaterial`).
//!
//! Bindings are gathered once on the way down and resolved from the list that reaches a prim, so that a prim without
//! bindings of its own costs nothing. A binding whose target is not a Material counts as found but binds nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use openusd::sdf::Path;
use openusd::tf::Token;
use openusd::usd::{CollectionAPI, MembershipQuery, Prim};

use super::read::Reader;

/// The bindings on one prim, and its nearest ancestor with bindings.
pub(super) struct Bindings {
    own: Vec<Binding>,
    above: Option<Rc<Bindings>>,
}

/// `material:binding…` on one prim.
struct Binding {
    /// Empty for all purposes.
    purpose: String,
    material: Path,
    stronger_than_descendants: bool,
    /// `None` for a direct binding.
    collection: Option<Rc<Membership>>,
}

/// A collection's members, computed when first asked for.
struct Membership {
    path: Path,
    query: RefCell<Option<Option<MembershipQuery>>>,
}

impl Membership {
    fn includes(&self, reader: &Reader<'_>, path: &Path) -> bool {
        let mut query = self.query.borrow_mut();
        let query = query.get_or_insert_with(|| {
            let (prim, name) = CollectionAPI::instance_at_path(&self.path)?;
            let prim = reader.stage.prim(prim).ok()?;
            CollectionAPI::from_prim_unchecked(prim, name).compute_membership_query().ok()
        });
        query.as_ref().is_some_and(|query| query.is_path_included(path))
    }
}

/// What reaches the children of a prim with these authored property `names`.
pub(super) fn gather(
    reader: &Reader<'_>,
    prim: &Prim,
    names: &[Token],
    above: Option<&Rc<Bindings>>,
) -> Option<Rc<Bindings>> {
    let mut own = Vec::new();
    for name in names {
        let Some(rest) = name.strip_prefix("material:binding") else { continue };
        let targets = reader.targets(prim, name.as_str());
        let strength = prim.relationship(name.clone()).get_metadata::<Token>("bindMaterialAs");
        let stronger = matches!(strength, Ok(Some(token)) if token.as_str() == "strongerThanDescendants");
        let parts: Vec<&str> = rest.split(':').skip(1).collect();
        let binding = match (parts.as_slice(), targets.as_slice()) {
            (["collection", name @ ..], [collection, material]) => Binding {
                purpose: if let [purpose, _] = name { (*purpose).to_owned() } else { String::new() },
                material: material.clone(),
                stronger_than_descendants: stronger,
                collection: Some(Rc::new(Membership { path: collection.clone(), query: RefCell::new(None) })),
            },
            (["collection", ..], _) => continue,
            (purpose @ ([] | [_]), [material, ..]) => Binding {
                purpose: purpose.first().copied().unwrap_or_default().to_owned(),
                material: material.clone(),
                stronger_than_descendants: stronger,
                collection: None,
            },
            _ => continue,
        };
        own.push(binding);
    }
    if own.is_empty() {
        return above.cloned();
    }
    Some(Rc::new(Bindings { own, above: above.cloned() }))
}

/// The target bound to the prim at `path` for `purpose` ("" for all), before anyone checks that it is a Material.
pub(super) fn resolve(
    reader: &Reader<'_>,
    bindings: Option<&Rc<Bindings>>,
    path: &Path,
    purpose: &str,
) -> Option<Path> {
    let for_purpose = |purpose: &str| {
        let mut winner: Option<&Binding> = None;
        let mut level = bindings;
        while let Some(bindings) = level {
            // On one prim collections beat the direct binding, in property order.
            let matching = |binding: &&Binding| binding.purpose == purpose;
            let own = bindings
                .own
                .iter()
                .filter(matching)
                .find(|binding| binding.collection.as_ref().is_some_and(|c| c.includes(reader, path)))
                .or_else(|| bindings.own.iter().filter(matching).find(|b| b.collection.is_none()));
            if let Some(own) = own
                && (winner.is_none() || own.stronger_than_descendants)
            {
                winner = Some(own);
            }
            level = bindings.above.as_ref();
        }
        winner.map(|binding| binding.material.clone())
    };
    match for_purpose(purpose) {
        None if !purpose.is_empty() => for_purpose(""),
        found => found,
    }
}

/// Appends to `key` what these bindings mean to prims below the prim at `path`, in words that are the same for every
/// instance with the same bindings; `None` if a collection decides, because collections name single prims.
pub(super) fn spell(bindings: Option<&Rc<Bindings>>, path: &Path, key: &mut String) -> Option<()> {
    let mut level = bindings;
    while let Some(bindings) = level {
        for binding in &bindings.own {
            if binding.collection.is_some() {
                return None;
            }
            let material = binding.material.as_str();
            let own = material.strip_prefix(path.as_str()).filter(|rest| rest.starts_with('/'));
            let strength = if binding.stronger_than_descendants { '!' } else { ':' };
            key.extend(["|", &binding.purpose]);
            key.push(strength);
            key.extend(own.map_or(["", material], |own| ["~", own]));
        }
        key.push('/');
        level = bindings.above.as_ref();
    }
    Some(())
}

/// Tells Materials from everything else that a binding can point at, once for each path.
#[derive(Default)]
pub(super) struct MaterialPaths {
    is_material: HashMap<Path, bool>,
}

impl MaterialPaths {
    /// True if a Material is at `path`.
    pub(super) fn contains(&mut self, reader: &Reader<'_>, path: &Path) -> bool {
        if let Some(&known) = self.is_material.get(path) {
            return known;
        }
        let is_material = reader.prim(path).is_some_and(|prim| prim.is_a("Material").unwrap_or(false));
        self.is_material.insert(path.clone(), is_material);
        is_material
    }
}

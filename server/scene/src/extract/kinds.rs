//! What a prim is, asked once for each combination of type and applied schemas instead of once for each prim.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use openusd::tf::Token;
use openusd::usd::{Prim, PrimTypeInfo, SchemaRegistry};

/// What extraction does with a prim. The first that fits, in the order of the truth script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A Mesh.
    Mesh,
    /// Any other Gprim.
    Gprim,
    /// A Camera.
    Camera,
    /// A PointInstancer.
    PointInstancer,
    /// A GeomSubset.
    Subset,
    /// A Material.
    Material,
    /// A Skeleton.
    Skeleton,
    /// Structure.
    Other,
}

/// A prim's type, resolved.
pub(super) struct Kind {
    /// The authored type name.
    pub(super) type_name: String,
    /// What to do with it.
    pub(super) class: Class,
    /// Has visibility and purpose.
    pub(super) is_imageable: bool,
    /// Has transform ops.
    pub(super) is_xformable: bool,
    /// Has LightAPI, built in or applied.
    pub(super) is_light: bool,
    /// Has GeomModelAPI applied, so may have a draw mode.
    pub(super) has_geom_model: bool,
    /// Keeps the key's address taken.
    _info: Arc<PrimTypeInfo>,
}

/// Kinds seen so far.
#[derive(Default)]
pub(super) struct Kinds {
    by_info: HashMap<*const PrimTypeInfo, Rc<Kind>>,
}

impl Kinds {
    /// The kind of `prim`; `None` if its type cannot be composed.
    pub(super) fn of(&mut self, prim: &Prim, registry: &SchemaRegistry) -> Option<Rc<Kind>> {
        let info = prim.prim_type_info().ok()?;
        if let Some(kind) = self.by_info.get(&Arc::as_ptr(&info)) {
            return Some(kind.clone());
        }
        let schema = info.schema_type_name().clone();
        let is_a = |base: &'static str| registry.is_a(&schema, &Token::new(base));
        let type_name = info.id().type_name().as_str().to_owned();
        let class = if is_a("Mesh") {
            Class::Mesh
        } else if is_a("Gprim") {
            Class::Gprim
        } else if is_a("Camera") {
            Class::Camera
        } else if is_a("PointInstancer") {
            Class::PointInstancer
        } else if is_a("GeomSubset") {
            Class::Subset
        } else if is_a("Material") {
            Class::Material
        } else if type_name == "Skeleton" {
            Class::Skeleton
        } else {
            Class::Other
        };
        let has_api = |name: &'static str| prim.has_api_schema(name).unwrap_or(false);
        let kind = Rc::new(Kind {
            class,
            is_imageable: is_a("Imageable"),
            is_xformable: is_a("Xformable"),
            is_light: has_api("LightAPI"),
            has_geom_model: has_api("GeomModelAPI"),
            type_name,
            _info: info.clone(),
        });
        self.by_info.insert(Arc::as_ptr(&info), kind.clone());
        Some(kind)
    }
}

//! What viewers change on a stage: opinions in a session layer, which lies over the stage and in no file.
//!
//! An [`Edit`] is checked as a whole, then turned into [`opinions`]: an attribute's value, a prim's activation, a
//! variant's selection, a payload's loading, each with what was there before. That is what undo restores. An edit that is
//! refused changes nothing.

mod apply;
mod history;
mod opinions;
mod value;

use serde::{Deserialize, Serialize};

pub(crate) use apply::is_prim_path;
pub use apply::{Editor, Made, Placed};

/// Prims that one edit may name.
pub const MAX_PATHS: usize = 10_000;

/// Something that a viewer wants changed. Paths are absolute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edit {
    /// `visibility`: `invisible`, or `inherited`.
    Visibility {
        /// Of which prims.
        paths: Vec<String>,
        /// Not invisible themselves.
        visible: bool,
    },
    /// `active`.
    Active {
        /// Of which prims.
        paths: Vec<String>,
        /// False: they and what is below them are not composed.
        active: bool,
    },
    /// Payloads.
    Loaded {
        /// Of which prims.
        paths: Vec<String>,
        /// With all that is below.
        loaded: bool,
    },
    /// A variant.
    Variant {
        /// Of which prim.
        path: String,
        /// The set.
        set: String,
        /// What to select; empty takes the edit back.
        selection: String,
    },
    /// Where prims are.
    Place {
        /// Which.
        paths: Vec<String>,
        /// Where to.
        place: Place,
        /// In which space.
        space: Space,
    },
    /// An attribute's default value.
    Attribute {
        /// Of which prim.
        path: String,
        /// Its name.
        name: String,
        /// What it becomes; it must fit the attribute's type.
        value: Given,
    },
}

/// Where something goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Place {
    /// To this place: 16 numbers, row-major, row vectors.
    At([f64; 16]),
    /// By this from where it is now: scaled and turned about its own origin, then moved.
    By {
        /// In units of the space.
        translate: [f64; 3],
        /// Degrees about the space's X, then Y, then Z.
        rotate: [f64; 3],
        /// Factors along the prim's own axes.
        scale: [f64; 3],
    },
}

/// Whose axes a [`Place`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Space {
    /// The parent's.
    Local,
    /// The stage's.
    World,
}

/// A value as it comes from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Given {
    /// `bool`.
    Bool(bool),
    /// Any scalar number.
    Number(f64),
    /// Strings, tokens, asset paths.
    Text(String),
    /// Vectors, colours, quaternions (`w` first), matrices (row-major).
    Numbers(Vec<f64>),
}

/// What an edit came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// Prims below which others may have come or gone.
    pub resynced: Vec<String>,
    /// Prims that have other values.
    pub changed: Vec<String>,
    /// Something can be taken back by the same author now.
    pub can_undo: bool,
    /// Something that was taken back can be done again.
    pub can_redo: bool,
}

/// Why an edit is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EditRefused {
    /// No such prim.
    #[error("there is no prim at {0} on this stage")]
    NoPrim(String),
    /// An instance's prims are its prototype's.
    #[error("{0} is part of an instance and cannot be edited: edit the instance, or what it refers to")]
    InstanceProxy(String),
    /// Nothing that can be seen.
    #[error("{0} cannot be seen, so it has no visibility: its type is no Imageable")]
    NotImageable(String),
    /// Nothing that has a place.
    #[error("{0} has no transform: its type is no Xformable")]
    NotXformable(String),
    /// No payload.
    #[error("{0} has no payload")]
    NoPayload(String),
    /// No such set.
    #[error("{path} has no variant set {set}")]
    NoVariantSet {
        /// The prim.
        path: String,
        /// The set.
        set: String,
    },
    /// No such variant.
    #[error("variant set {set} of {path} has no variant {selection}")]
    NoVariant {
        /// The prim.
        path: String,
        /// The set.
        set: String,
        /// What was asked for.
        selection: String,
    },
    /// No such attribute.
    #[error("{path} has no attribute {name}")]
    NoAttribute {
        /// The prim.
        path: String,
        /// The name.
        name: String,
    },
    /// The value does not fit.
    #[error("{name} is of type {type_name}: {reason}")]
    BadValue {
        /// The attribute.
        name: String,
        /// What USD calls its type.
        type_name: String,
        /// What was expected.
        reason: String,
    },
    /// A matrix that is no place.
    #[error("a place is made of finite numbers and has a volume")]
    BadPlace,
    /// Too many at once.
    #[error("{0} prims are too many for one edit: {MAX_PATHS} are allowed")]
    TooMany(usize),
    /// Nothing to take back or to do again.
    #[error("there is nothing to {0}")]
    Nothing(String),
    /// Somebody else was there.
    #[error("{0} was changed by somebody else since")]
    Overtaken(String),
    /// The USD library refuses.
    #[error("the USD library refuses: {0}")]
    Library(String),
}

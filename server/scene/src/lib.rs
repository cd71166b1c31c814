//! USD stage → plain flat scene.
//!
//! A worker process (`worker`) owns the stage, reads it once at one time (`extract`) and sends out a [`Scene`]:
//! flat [`tables`] plus one [`arena`] of big arrays. Nothing here renders, streams, or knows a viewer.
//! `inspect` prints the same tables as JSON.

pub mod arena;
mod change;
mod composition;
pub mod details;
pub mod edit;
pub mod extract;
mod inspect;
pub mod listing;
pub mod properties;
pub mod resolver;
pub mod roots;
#[cfg(test)]
mod scratch;
pub mod tables;
pub mod texture;
pub mod tree;
#[cfg(unix)]
pub mod worker;

pub use arena::{Arena, Span};
pub use change::{ChangedRows, Changes, Delta, NewDraws};
pub use inspect::inspect;
pub use tables::*;
pub use tree::Tree;

//! USD stage → plain flat scene.
//!
//! A worker process (`worker`) owns the stage, reads it once at one time (`extract`) and sends out a [`Scene`]:
//! flat [`tables`] plus one [`arena`] of big arrays. Nothing here renders, streams, or knows a viewer.
//! `inspect` prints the same tables as JSON.

pub mod arena;
pub mod extract;
pub mod tables;

pub use arena::{Arena, Span};
pub use tables::*;

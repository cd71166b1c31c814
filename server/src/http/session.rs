//! Sessions: unguessable names under which other programs show the picture, in an `<img>`, an `<iframe>` or through a
//! WebSocket (requirements S3-01 to S3-09).
//!
//! A session is a key, not a second stage: all of them show what this server shows. The [`Registry`] alone knows them;
//! a [`Visit`] is one live socket of one of them. A session that nobody uses for a while is forgotten.

pub mod api;
pub mod embed;
mod haste;
pub mod registry;
pub mod socket;
pub mod visit;

pub use registry::Registry;
pub use visit::{Over, Visit};

//! The server's borders, one module each.

mod net;
mod whep;

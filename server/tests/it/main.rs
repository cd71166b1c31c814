//! The server's borders, one module each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod cli;
mod doctor;
mod endurance;
mod fuzz;
mod load;
mod net;
mod openapi;
mod places;
mod record;
mod serve;
mod sessions;
mod socket;
mod stopping;
mod watch;
mod whep;
mod whole;

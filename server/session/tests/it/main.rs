//! The session from outside, with virtual time: inputs in, outputs out.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod bookmarks;
mod browsing;
mod camera_choice;
mod camera_framing;
mod camera_moves;
mod camera_totals;
mod camera_views;
mod driving;
mod editing;
mod frames;
mod hostile_input;
mod joining;
mod marquees;
mod opening_stages;
mod pacing;
mod pickable;
mod recordings;
mod same_again;
mod searching;
mod selecting;
mod settings;
mod stand;
mod timing;
mod viewing;

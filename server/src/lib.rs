//! The headless server `telestage`: wiring and network.
//!
//! A picture takes one path: scene worker (a child process, [`desk`]) → render thread → encode thread ([`pipeline`]) →
//! the stream's bounded rings → [`net`] (WebRTC) and [`http`] (MJPEG, snapshots). An intent takes one path: data channel →
//! `net` → the [`hub`] task, which alone owns the `Session` → render thread, scene worker, viewers. What is true is
//! decided in `telestage-session`; this crate only carries it in and out.

mod asks;
mod bucket;
mod card;
pub mod cli;
pub mod commands;
mod date;
mod desk;
pub mod exit;
pub mod http;
mod hub;
mod kept;
mod listen;
pub mod logging;
mod look;
mod measure;
mod moments;
pub mod net;
mod picture_file;
mod pipeline;
mod record;
mod settings;
mod shelf;
mod signal;
mod size;
mod stage;
mod stage_path;
mod summary;
mod times;
mod whole_file;

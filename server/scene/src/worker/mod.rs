//! The scene worker: a process that opens one foreign stage, and the host that owns that process.
//!
//! The USD library can overflow the stack, eat all memory or never return on a hostile file, where nothing within a
//! process helps; so a bad stage costs a worker and never a viewer. The worker owns the stage, reads it into
//! tables, and shares only memory that it has sealed. The host never opens a stage file itself.

mod child;
mod confine;
mod error;
mod host;
mod load;
mod message;
#[cfg(target_os = "linux")]
mod sealed;
mod verdict;
mod verify;
mod wire;

pub use child::run;
pub use error::{OpenCode, OpenError};
pub use host::{Event, Host, Limits, Program};
pub use load::{Change, OnReport, OpenStage, Report};
pub use message::{Moment, OpenRequest, Question, Refused, Reply, Ticket};

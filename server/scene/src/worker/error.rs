//! Why a stage is not open: one enum for the worker, the host and the user.

use serde::{Deserialize, Serialize};

use crate::roots::Refusal;

/// Why opening or evaluating a stage failed. Each message names the cause and the remedy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum OpenError {
    /// The root layer is not read.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another kind of file.
    #[error("not a USD file: name one that ends in .usd, .usda, .usdc or .usdz: {path}")]
    NotUsd {
        /// The file.
        path: String,
    },
    /// The USD library cannot read the root layer.
    #[error("not a readable USD stage ({reason}): check the file with another USD tool: {path}")]
    Invalid {
        /// The file.
        path: String,
        /// The library's words.
        reason: String,
    },
    /// `Evaluate` before a successful `Open`.
    #[error("no stage is open in this worker: open one first")]
    NothingOpen,
    /// A fault in Telestage or in the USD library, survived.
    #[error("reading the stage hit a fault ({reason}): please report it with the file: {path}")]
    Fault {
        /// The file.
        path: String,
        /// The panic's words.
        reason: String,
    },
    /// The worker's stack overflowed.
    #[error(
        "the USD library ran out of stack on this file: it nests too deeply or inherits from itself: {path}"
    )]
    OutOfStack {
        /// The file.
        path: String,
    },
    /// The worker asked for more than its memory limit.
    #[error("the USD library ran out of memory on this file: it needs more than {limit_mib} MiB: {path}")]
    OutOfMemory {
        /// The file.
        path: String,
        /// The limit in MiB.
        limit_mib: u64,
    },
    /// No sign of progress for too long.
    #[error("the USD library ran out of time on this file: no progress for {secs} s: {path}")]
    OutOfTime {
        /// The file.
        path: String,
        /// The limit in seconds.
        secs: u64,
    },
    /// Somebody else ended the worker.
    #[error(
        "the scene process was killed by signal {signal} (9: perhaps the machine ran out of memory): \
         open the stage again: {path}"
    )]
    Killed {
        /// The file.
        path: String,
        /// The signal's number.
        signal: i32,
    },
    /// The worker ended by itself.
    #[error("the scene process ended (status {status}): open the stage again: {path}")]
    Exited {
        /// The file.
        path: String,
        /// Its exit status.
        status: i32,
    },
    /// The worker cannot be started.
    #[error("the scene process cannot be started ({reason}): check the installation")]
    NotStarted {
        /// The system's words.
        reason: String,
    },
    /// The worker says what no worker says.
    #[error("the scene process broke its protocol ({reason}): please report it with the file: {path}")]
    Protocol {
        /// The file.
        path: String,
        /// What was wrong.
        reason: String,
    },
    /// The result cannot be handed over.
    #[error("the scene cannot be handed over ({reason}): free some memory and open the stage again")]
    NotSent {
        /// The system's words.
        reason: String,
    },
}

/// [`OpenError`] for programs; the names are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenCode {
    /// `not_found`.
    NotFound,
    /// `outside_roots`.
    OutsideRoots,
    /// `invalid_stage`: the file itself is the trouble.
    InvalidStage,
    /// `too_large`.
    TooLarge,
    /// `timed_out`.
    TimedOut,
    /// `worker_lost`: the process is the trouble; trying again may help.
    WorkerLost,
    /// `internal`.
    Internal,
}

impl OpenCode {
    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::OutsideRoots => "outside_roots",
            Self::InvalidStage => "invalid_stage",
            Self::TooLarge => "too_large",
            Self::TimedOut => "timed_out",
            Self::WorkerLost => "worker_lost",
            Self::Internal => "internal",
        }
    }
}

impl OpenError {
    /// What kind of trouble.
    #[must_use]
    pub fn code(&self) -> OpenCode {
        match self {
            Self::Refused(Refusal::Missing { .. }) => OpenCode::NotFound,
            Self::Refused(Refusal::Outside { .. }) => OpenCode::OutsideRoots,
            Self::Refused(Refusal::TooLarge { .. }) | Self::OutOfMemory { .. } => OpenCode::TooLarge,
            Self::Refused(
                Refusal::NotAFile { .. } | Refusal::NotAFolder { .. } | Refusal::Unreadable { .. },
            )
            | Self::NotUsd { .. }
            | Self::Invalid { .. }
            | Self::OutOfStack { .. } => OpenCode::InvalidStage,
            Self::OutOfTime { .. } => OpenCode::TimedOut,
            Self::Killed { .. } | Self::Exited { .. } => OpenCode::WorkerLost,
            Self::NothingOpen
            | Self::Fault { .. }
            | Self::NotStarted { .. }
            | Self::Protocol { .. }
            | Self::NotSent { .. } => OpenCode::Internal,
        }
    }
}

//! Why there is no connection: the cause and the remedy, and whether another attempt makes sense.

use std::net::SocketAddr;
use std::time::Duration;

use telestage_protocol::{ErrorCode, ViewerError};

use crate::options::Transport;

/// Why an attempt to connect failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConnectError {
    /// The name has no address.
    #[error("the host name {host} cannot be resolved: {cause}; check its spelling, or use the IP address")]
    NotResolved {
        /// The name.
        host: String,
        /// The system's words.
        cause: String,
    },
    /// The machine answers that nobody listens.
    #[error("nothing listens at {address}; start the server there (`telestage serve`), or check the port")]
    Refused {
        /// Where.
        address: SocketAddr,
    },
    /// The machine does not answer.
    #[error("{address} does not answer: {cause}; check the address, the network and the firewall")]
    Unreachable {
        /// Where.
        address: SocketAddr,
        /// The system's words.
        cause: String,
    },
    /// Somebody else listens there.
    #[error("{address} is not a Telestage server: {found}; check the port")]
    NotTelestage {
        /// Where.
        address: SocketAddr,
        /// What it did instead.
        found: String,
    },
    /// It has no room now.
    #[error("the server has no room: {message}; try again{}", after(*retry_after))]
    Busy {
        /// The server's words.
        message: String,
        /// When to come back, if it says so.
        retry_after: Option<Duration>,
    },
    /// It does not want this client, or not in this way.
    #[error("the server refuses (status {status}, {code}): {message}")]
    Rejected {
        /// HTTP's.
        status: u16,
        /// The code in the answer's JSON; empty if it has none.
        code: String,
        /// The server's words: the cause and the remedy.
        message: String,
    },
    /// Client and server are of different ages.
    #[error("the server speaks protocol {min} to {max}, this client {client}; update the older of the two")]
    VersionMismatch {
        /// What this client speaks.
        client: u32,
        /// The oldest that the server understands.
        min: u32,
        /// The newest.
        max: u32,
    },
    /// The greeting was answered by an error.
    #[error("the server does not welcome this client: {0}")]
    Unwelcome(ViewerError),
    /// HTTP works, the picture's way does not.
    #[error("no way for the picture to {address} over {}; {}", names(tried), remedy(tried))]
    NoPath {
        /// Where.
        address: SocketAddr,
        /// What was tried.
        tried: Vec<Transport>,
    },
    /// The server answers and then says nothing.
    #[error("{address} accepted the connection and said no welcome in {} s; try again", .waited.as_secs())]
    NoWelcome {
        /// Where.
        address: String,
        /// For how long.
        waited: Duration,
    },
    /// This machine's own trouble.
    #[error("this machine cannot connect: {0}")]
    Local(String),
}

impl ConnectError {
    /// Whether the same attempt may work a little later. A refusal with a reason stays one.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NotResolved { .. }
            | Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::Busy { .. }
            | Self::NoPath { .. }
            | Self::NoWelcome { .. }
            | Self::Local(_) => true,
            Self::Rejected { status, .. } => *status >= 500,
            Self::NotTelestage { .. } | Self::VersionMismatch { .. } => false,
            Self::Unwelcome(error) => matches!(error.code, ErrorCode::Busy | ErrorCode::Internal),
        }
    }

    /// The shortest wait that the server asks for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            Self::NotResolved { .. }
            | Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::NotTelestage { .. }
            | Self::Rejected { .. }
            | Self::VersionMismatch { .. }
            | Self::Unwelcome(_)
            | Self::NoPath { .. }
            | Self::NoWelcome { .. }
            | Self::Local(_) => None,
        }
    }

    /// A short name, for counting.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotResolved { .. } => "not_resolved",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::NotTelestage { .. } => "not_telestage",
            Self::Busy { .. } => "busy",
            Self::Rejected { .. } => "rejected",
            Self::VersionMismatch { .. } => "version_mismatch",
            Self::Unwelcome(_) => "unwelcome",
            Self::NoPath { .. } => "no_path",
            Self::NoWelcome { .. } => "no_welcome",
            Self::Local(_) => "local",
        }
    }

    /// The error of a `viewerError` that answers the greeting.
    pub(crate) fn from_greeting(error: ViewerError, client: u32) -> Self {
        let detail = |name: &str| error.detail.as_ref()?.get(name)?.as_u64()?.try_into().ok();
        match (error.code, detail("min"), detail("max")) {
            (ErrorCode::VersionMismatch, Some(min), Some(max)) => Self::VersionMismatch { client, min, max },
            _ => Self::Unwelcome(error),
        }
    }
}

fn after(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| format!(" in {} s", wait.as_secs()))
}

fn names(tried: &[Transport]) -> String {
    tried.iter().map(|transport| transport.name()).collect::<Vec<_>>().join(", ")
}

fn remedy(tried: &[Transport]) -> &'static str {
    if tried == [Transport::Udp] {
        "let UDP through the firewall, or choose another transport"
    } else {
        "let the server's port through the firewall"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_mismatch_names_both_sides_and_is_final() {
        let mut error = ViewerError::new(ErrorCode::VersionMismatch, "too old");
        error.detail = Some(serde_json::json!({"client": 1, "server": 3, "min": 2, "max": 3}));
        let error = ConnectError::from_greeting(error, 1);
        assert_eq!(error, ConnectError::VersionMismatch { client: 1, min: 2, max: 3 });
        assert!(!error.is_passing());
        let bare = ViewerError::new(ErrorCode::VersionMismatch, "too old");
        assert_eq!(ConnectError::from_greeting(bare.clone(), 1), ConnectError::Unwelcome(bare));
    }

    #[test]
    fn a_full_house_says_when_to_come_back() {
        let error =
            ConnectError::Busy { message: "4 places".into(), retry_after: Some(Duration::from_secs(5)) };
        assert!(error.is_passing());
        assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
        assert_eq!(error.to_string(), "the server has no room: 4 places; try again in 5 s");
    }
}

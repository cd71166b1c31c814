//! The two data channels and what may travel on them.

/// A data channel, which the client creates in-band before its offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Reliable and ordered: everything that must arrive.
    Control,
    /// Unordered, no retransmission: what is stale when it is late.
    Motion,
}

/// Largest message that is handed on, in bytes.
pub const MESSAGE_MAX: usize = 64 * 1024;

impl Channel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Control, Self::Motion];

    /// Its label on the wire.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Motion => "motion",
        }
    }

    /// The channel of that label.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.label() == label)
    }

    pub(super) fn index(self) -> usize {
        match self {
            Self::Control => 0,
            Self::Motion => 1,
        }
    }
}

/// Why a message was not handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Larger than [`MESSAGE_MAX`].
    #[error("the message has {bytes} bytes, more than the {MESSAGE_MAX} that are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Binary, or not UTF-8.
    #[error("the message is not text: send JSON as a string")]
    NotText,
}

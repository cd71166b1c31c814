//! The wrapping of every message.

use serde::{Deserialize, Serialize};

/// `{"event_type", "id"?, "payload"}`. An answer carries the `id` of its request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<M> {
    /// `event_type` and `payload`.
    #[serde(flatten)]
    pub message: M,
    /// The sender's name for this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl<M> Envelope<M> {
    /// A message that answers nothing.
    pub fn unasked(message: M) -> Self {
        Self { message, id: None }
    }

    /// The answer to the request with this `id`, if it had one.
    pub fn answer(id: Option<String>, message: M) -> Self {
        Self { message, id }
    }
}

impl<M: Serialize> Envelope<M> {
    /// The JSON text that goes onto the wire.
    ///
    /// # Errors
    /// None for the messages of this crate: they hold no maps with other keys than text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

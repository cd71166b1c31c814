//! How messages travel, and what all of them have in common.
//!
//! **Envelope.** A message is JSON: `{"event_type": NAME, "id"?: TEXT, "payload": {…}}`. Whoever gives a request an `id`
//! finds the same `id` in its answer, and in the `viewerError` that refuses it; a refused request changes nothing.
//! Fields that you do not know are to be ignored, on both sides. There are no numbers that JavaScript cannot read exactly.
//!
//! **Ways.** WebRTC has two data channels that the client makes before its offer: `control` is reliable and in order,
//! `motion` is neither, for what the next message replaces anyway. The WebSocket `/ws` carries all of it as text. `hello`
//! comes first, within 5 s; its answer is `welcome`, then the full state, then changes. A client that opens no channel
//! still gets the picture.
//!
//! **Size.** One data channel message has at most 65 535 bytes, either way. A message of the server that is longer comes in
//! parts: `{"event_type": NAME, "id"?: TEXT, "part": 1…n, "numParts": n, "payload": TEXT}`, where the texts, one after the
//! other, are the JSON of the payload. Parts follow each other in order; each is at most 60 000 bytes long. Clients send
//! whole messages only. Long lists come by pages (`offset`, `limit`, `total`), in several results up to one with `done`, or
//! are cut and say so (`truncated`).
//!
//! **Units.** Stage space is in stage units, right-handed, with the stage's own up axis. Angles are degrees. Picture
//! coordinates start at the top left, x to the right, y down, in units of the view's size (`welcome`,
//! `resizeViewportResult`), whatever size the pictures arrive in. `stage_generation` grows whenever another stage is
//! shown, or the same one again; a request that carries an old one is refused with `stage_changed`.

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

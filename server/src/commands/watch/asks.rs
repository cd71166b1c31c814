//! The messages of `--send`, and which of them still wait for their answer.

use std::future::Future;

use serde_json::Value;
use telestage_client::{Channel, Handle, channel_of};
use telestage_protocol::{ClientMessage, decode_client};

/// What is sent, in order.
#[derive(Debug, Default)]
pub struct Asks {
    asks: Vec<Ask>,
}

#[derive(Debug)]
struct Ask {
    id: String,
    channel: Channel,
    text: String,
    /// No answer is awaited, or it came.
    is_settled: bool,
}

/// Why a text cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("--send {0}: not a JSON object with an event_type")]
pub struct NotAMessage(String);

impl Asks {
    /// Reads the texts. Those without an `id` get one, so that the answer is known. What the server might not understand
    /// is sent all the same: its refusal is an answer.
    ///
    /// # Errors
    /// One is no message.
    pub fn read(texts: &[String]) -> Result<Self, NotAMessage> {
        let ask = |(index, text): (usize, &String)| {
            let refuse = || NotAMessage(text.clone());
            let mut message: Value = serde_json::from_str(text).map_err(|_| refuse())?;
            if !message["event_type"].is_string() {
                return Err(refuse());
            }
            let id = match message["id"].as_str() {
                Some(id) => id.to_owned(),
                None => format!("watch-{}", index + 1),
            };
            message["id"] = id.clone().into();
            let text = message.to_string();
            let known = decode_client(&text).ok().map(|envelope| envelope.message);
            let channel = known.as_ref().map_or(Channel::Control, channel_of);
            // The picture is the answer to these.
            let is_settled = matches!(known, Some(ClientMessage::CameraCommand(_)));
            Ok(Ask { id, channel, text, is_settled })
        };
        Ok(Self { asks: texts.iter().enumerate().map(ask).collect::<Result<_, _>>()? })
    }

    /// Sends all of them, in order, as far as the connection lasts.
    pub fn send(&self, handle: Handle) -> impl Future<Output = ()> + Send + 'static {
        let texts: Vec<_> = self.asks.iter().map(|ask| (ask.channel, ask.text.clone())).collect();
        async move {
            for (channel, text) in texts {
                if handle.send_text(channel, text).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Whether a message with this `id` answers one of them, which then waits no more.
    pub fn is_answered_by(&mut self, id: Option<&str>) -> bool {
        let mut is_answer = false;
        for ask in self.asks.iter_mut().filter(|ask| Some(&*ask.id) == id) {
            ask.is_settled = true;
            is_answer = true;
        }
        is_answer
    }

    /// Whether nothing is waited for.
    #[must_use]
    pub fn all_answered(&self) -> bool {
        self.asks.iter().all(|ask| ask.is_settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Result<Asks, NotAMessage> {
        Asks::read(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn answers_are_known_by_ids_given_or_made() {
        let mut asks = read(&[
            r#"{"event_type": "ping", "payload": {"t": 1}}"#,
            r#"{"event_type": "getStatsRequest", "id": "mine"}"#,
            r#"{"event_type": "cameraCommandRequest", "payload":
                {"command": "orbit", "gesture": 1, "seq": 1, "x": 0.1, "y": 0.0}}"#,
        ])
        .unwrap();
        assert_eq!(asks.asks[2].channel, Channel::Motion);
        assert!(asks.asks[0].text.contains(r#""id":"watch-1""#), "{}", asks.asks[0].text);
        assert!(!asks.is_answered_by(None) && !asks.is_answered_by(Some("theirs")));
        assert!(asks.is_answered_by(Some("watch-1")) && !asks.all_answered());
        assert!(asks.is_answered_by(Some("mine")) && asks.all_answered(), "a camera's move has no answer");
    }

    #[test]
    fn what_is_no_message_is_named() {
        for text in ["", "ping", "[]", "7", r#"{"payload": {}}"#, r#"{"event_type": 1}"#] {
            let error = read(&[text]).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("event_type"), "{error}");
        }
    }
}

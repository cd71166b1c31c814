//! Messages too long for one data channel message: cut into parts by the sender, put together by the receiver.
//!
//! A part is `{"event_type", "id"?, "part": 1…n, "numParts": n, "payload": TEXT}`, where the texts of all parts, one after
//! the other, are the JSON of the payload. Parts follow each other without another message of that name and `id` between.
//! The budget counts what is on the wire: quotes within the text are escaped once more there.
//!
//! Pure: whoever receives keeps a [`Joiner`] for each connection. It holds a bounded amount whatever comes.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Most bytes of one message to a client. A data channel message has 65 535; some are left for whoever wraps it.
pub const MAX_SERVER_MESSAGE_BYTES: usize = 60_000;
/// Most bytes that all half-received messages of a connection take; the oldest are dropped beyond it.
pub const MAX_HELD_BYTES: usize = 16 * 1024 * 1024;
/// What keeping one part costs beside its text.
const PART_BYTES: usize = 64;

/// A message, read no further than needed to cut it.
#[derive(Deserialize)]
struct Whole<'a> {
    event_type: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// A part of a message.
#[derive(Serialize, Deserialize)]
struct Part<P> {
    event_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    part: usize,
    #[serde(rename = "numParts")]
    count: usize,
    payload: P,
}

/// The message `text` as messages of at most `budget` bytes: itself, if it is short enough. A budget that does not even
/// hold the names is exceeded, by one character of the payload in each part.
///
/// # Errors
/// `text` is no message.
pub fn split(text: String, budget: usize) -> Result<Vec<String>, serde_json::Error> {
    if text.len() <= budget {
        return Ok(vec![text]);
    }
    let whole: Whole<'_> = serde_json::from_str(&text)?;
    // No more parts than bytes; so no part's head is longer than this one.
    let most = text.len();
    let head = Part { event_type: whole.event_type, id: whole.id, part: most, count: most, payload: "" };
    let room = budget.saturating_sub(serde_json::to_string(&head)?.len());
    let chunks = chunks(whole.payload.get(), room);
    let count = chunks.len();
    let mut part = Part { count, ..head };
    let write = |(index, chunk)| {
        (part.part, part.payload) = (index + 1, chunk);
        serde_json::to_string(&part)
    };
    chunks.into_iter().enumerate().map(write).collect()
}

/// Cuts between characters, so that each chunk takes at most `room` bytes within a JSON string, or is one character.
fn chunks(text: &str, room: usize) -> Vec<&str> {
    let (mut chunks, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, character) in text.char_indices() {
        let cost = match character {
            '"' | '\\' => 2,
            // Escaped as \n or \u0000; JSON has none within strings.
            control if control < ' ' => 6,
            other => other.len_utf8(),
        };
        if used + cost > room && at > start {
            chunks.push(&text[start..at]);
            (start, used) = (at, 0);
        }
        used += cost;
    }
    chunks.push(&text[start..]);
    chunks
}

/// What a text that came in is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// A whole message, or at least no part of one.
    Whole(String),
    /// A part; others are missing.
    Part,
    /// Claims to be a part and cannot be one.
    Strange(String),
}

struct Transfer {
    event_type: String,
    id: Option<String>,
    parts: Vec<Option<String>>,
    missing: usize,
    bytes: usize,
}

/// Puts parts together again.
#[derive(Default)]
pub struct Joiner {
    /// The oldest first.
    transfers: VecDeque<Transfer>,
    held: usize,
}

impl Joiner {
    /// Takes a text that came; gives the message that is whole with it.
    pub fn push(&mut self, text: String) -> Arrival {
        // Nearly all messages are whole; they are parsed once, by whoever knows what they mean.
        if !text.contains("\"numParts\"") {
            return Arrival::Whole(text);
        }
        match serde_json::from_str::<Part<&RawValue>>(&text) {
            // Something else that has this word in it, or a part that is the whole.
            Err(_) | Ok(Part { count: 1, .. }) => return Arrival::Whole(text),
            Ok(_) => (),
        }
        match serde_json::from_str::<Part<String>>(&text) {
            Ok(part)
                if (1..=part.count).contains(&part.part) && part.count <= MAX_HELD_BYTES / PART_BYTES =>
            {
                self.join(part).map_or(Arrival::Part, Arrival::Whole)
            }
            Ok(_) | Err(_) => Arrival::Strange(text),
        }
    }

    fn join(&mut self, part: Part<String>) -> Option<String> {
        let is_same = |transfer: &Transfer| transfer.event_type == part.event_type && transfer.id == part.id;
        let found = self.transfers.iter().position(is_same).and_then(|at| self.transfers.remove(at));
        if let Some(transfer) = &found {
            self.held -= transfer.bytes;
        }
        // Another number of parts, or one that is there already: the sender begins anew.
        let found = found
            .filter(|transfer| transfer.parts.len() == part.count && transfer.parts[part.part - 1].is_none());
        let mut transfer = found.unwrap_or_else(|| Transfer {
            bytes: part.count * PART_BYTES + part.event_type.len() + part.id.as_ref().map_or(0, String::len),
            event_type: part.event_type,
            id: part.id,
            parts: vec![None; part.count],
            missing: part.count,
        });
        transfer.bytes += part.payload.len();
        transfer.parts[part.part - 1] = Some(part.payload);
        transfer.missing -= 1;
        if transfer.missing == 0 {
            return transfer.finish();
        }
        self.held += transfer.bytes;
        self.transfers.push_back(transfer);
        while self.held > MAX_HELD_BYTES
            && let Some(oldest) = self.transfers.pop_front()
        {
            self.held -= oldest.bytes;
        }
        None
    }
}

impl Transfer {
    /// The message's text; what the parts make need not be JSON.
    fn finish(self) -> Option<String> {
        let head = crate::Envelope { message: Name { event_type: &self.event_type }, id: self.id };
        let mut text = head.to_json().ok()?;
        text.truncate(text.len() - 1);
        text.push_str(",\"payload\":");
        text.extend(self.parts.into_iter().flatten());
        text.push('}');
        Some(text)
    }
}

#[derive(Serialize)]
struct Name<'a> {
    event_type: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: Option<&str>, payload: &str) -> String {
        let id = id.map_or(String::new(), |id| format!(r#""id":"{id}","#));
        format!(r#"{{"event_type":"pong",{id}"payload":{payload}}}"#)
    }

    fn part(id: &str, part: usize, count: usize, payload: &str) -> String {
        let (id, event_type) = (Some(id.to_owned()), "pong".to_owned());
        serde_json::to_string(&Part { event_type, id, part, count, payload }).unwrap()
    }

    fn same(a: &str, b: &str) -> bool {
        let value = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
        value(a) == value(b)
    }

    #[test]
    fn a_short_message_stays_as_it_is() {
        let text = message(None, "{}");
        assert_eq!(split(text.clone(), text.len()).unwrap(), std::slice::from_ref(&text));
        assert_eq!(Joiner::default().push(text.clone()), Arrival::Whole(text));
    }

    #[test]
    fn a_long_one_comes_in_parts_within_the_budget_and_out_whole() {
        let payload = format!(r#"{{"t":1,"what":"{}"}}"#, r#"\"床🤖\\ü\n"#.repeat(4000));
        for (id, budget) in
            [(Some("a\\\"b"), 300), (None, 97), (Some("7"), 5000), (None, MAX_SERVER_MESSAGE_BYTES)]
        {
            let text = message(id, &payload);
            let parts = split(text.clone(), budget).unwrap();
            assert!(parts.len() > 1);
            assert!(parts.iter().all(|part| part.len() <= budget), "{budget}");
            assert!(parts[0].len() + 24 > budget, "parts are no smaller than they must be");
            let (last, first) = parts.split_last().unwrap();
            let mut joiner = Joiner::default();
            for part in first {
                assert_eq!(joiner.push(part.clone()), Arrival::Part);
            }
            let Arrival::Whole(again) = joiner.push(last.clone()) else { panic!("not whole") };
            assert!(same(&again, &text));
            assert_eq!((joiner.held, joiner.transfers.len()), (0, 0));
        }
    }

    #[test]
    fn a_budget_that_holds_nothing_still_ends() {
        let text = message(None, r#"{"t":"ü"}"#);
        let parts = split(text, 3).unwrap();
        assert_eq!(parts.len(), r#"{"t":"ü"}"#.chars().count());
        assert!(split("no message at all".to_owned(), 3).is_err());
    }

    #[test]
    fn parts_come_in_any_order_and_of_several_at_once() {
        let mut joiner = Joiner::default();
        for text in [part("a", 2, 2, ":1}"), part("b", 1, 2, "{\"t\""), part("a", 1, 3, "{")] {
            assert_eq!(joiner.push(text), Arrival::Part);
        }
        // Another number of parts was a new beginning: the first one of `a` is forgotten.
        assert_eq!(joiner.push(part("a", 1, 2, "{\"t\"")), Arrival::Part);
        assert_eq!(joiner.push(part("b", 2, 2, ":2}")), Arrival::Whole(message(Some("b"), r#"{"t":2}"#)));
        assert_eq!(joiner.push(part("a", 1, 2, "{\"u\"")), Arrival::Part, "came again, so it begins anew");
        assert_eq!(joiner.push(part("a", 2, 2, ":3}")), Arrival::Whole(message(Some("a"), r#"{"u":3}"#)));
    }

    #[test]
    fn what_cannot_be_a_part_is_strange_and_what_only_has_the_word_is_whole() {
        let mut joiner = Joiner::default();
        for text in
            [part("a", 0, 2, ""), part("a", 3, 2, ""), part("a", 1, usize::MAX / 2, ""), part("a", 1, 0, "")]
        {
            assert_eq!(joiner.push(text.clone()), Arrival::Strange(text));
        }
        let object = r#"{"event_type":"pong","part":1,"numParts":2,"payload":{}}"#.to_owned();
        assert_eq!(joiner.push(object.clone()), Arrival::Strange(object));
        for text in [
            message(None, r#"{"name":"\"numParts\""}"#),
            message(None, r#"{"numParts":2}"#),
            r#"{"event_type":"pong","part":true,"numParts":2,"payload":""}"#.to_owned(),
            r#"{"event_type":"pong","part":1,"numParts":1,"payload":{"t":1}}"#.to_owned(),
        ] {
            assert_eq!(joiner.push(text.clone()), Arrival::Whole(text));
        }
        assert_eq!((joiner.held, joiner.transfers.len()), (0, 0));
    }

    #[test]
    fn what_is_held_is_bounded_and_the_oldest_goes_first() {
        let mut joiner = Joiner::default();
        let big = "x".repeat(6 * 1024 * 1024);
        joiner.push(part("small", 1, 2, "{"));
        for id in ["b", "c", "d"] {
            joiner.push(part(id, 1, 2, &big));
        }
        assert!(joiner.held <= MAX_HELD_BYTES);
        let ids: Vec<_> = joiner.transfers.iter().map(|transfer| transfer.id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["c", "d"]);
        joiner.push(part("huge", 1, 2, &big.repeat(3)));
        assert_eq!((joiner.held, joiner.transfers.len()), (0, 0), "larger than all that may be held");
        for id in 0..20 {
            joiner.push(part(&format!("many {id}"), 1, 60_000, ""));
        }
        assert!(joiner.held <= MAX_HELD_BYTES && joiner.transfers.len() <= 4);
    }
}

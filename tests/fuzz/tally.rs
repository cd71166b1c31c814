//! What came of many messages: how many were sent, what was answered, and what must never be.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Faults that are told in words; the others are only counted.
const TOLD: usize = 20;
/// A fault's message is cut to this many characters.
const SHOWN: usize = 400;
/// An answer's beginning, in bytes: more than a status line.
const BEGINNING: usize = 512;
/// A server that waits for the rest of a request says nothing; it is left then.
const PATIENCE: Duration = Duration::from_millis(500);

/// The account of one attack.
#[derive(Debug, Default)]
pub struct Tally {
    sent: u64,
    answers: BTreeMap<String, u64>,
    faults: u64,
    told: Vec<String>,
}

impl Tally {
    /// One message was sent, and this came of it.
    pub fn count(&mut self, answer: &str) {
        self.sent += 1;
        *self.answers.entry(answer.to_owned()).or_default() += 1;
    }

    /// Something that must never be, and what caused it.
    pub fn fault(&mut self, what: &str, message: &[u8]) {
        self.faults += 1;
        if self.told.len() < TOLD {
            let message: String = String::from_utf8_lossy(message).chars().take(SHOWN).collect();
            self.told.push(format!("{what}: {message:?}"));
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.sent += other.sent;
        self.faults += other.faults;
        for (answer, count) in other.answers {
            *self.answers.entry(answer).or_default() += count;
        }
        self.told.extend(other.told);
        self.told.truncate(TOLD);
        self
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"sent": self.sent, "answers": self.answers, "faults": self.faults, "told": self.told})
    }

    /// Sends `message` on a connection of its own and counts what comes back: a status, `closed`, or `waits`. A status that
    /// blames the server, or no HTTP, is a fault.
    pub async fn exchange(&mut self, server: SocketAddr, message: &[u8]) -> Option<String> {
        let mut beginning = Vec::new();
        let asking = async {
            let mut stream = TcpStream::connect(server).await?;
            stream.write_all(message).await?;
            while beginning.len() < BEGINNING && !beginning.windows(4).any(|end| end == b"\r\n\r\n") {
                if stream.read_buf(&mut beginning).await? == 0 {
                    break;
                }
            }
            std::io::Result::Ok(())
        };
        let asked = timeout(PATIENCE, asking).await;
        let answer = String::from_utf8_lossy(&beginning).into_owned();
        let status =
            answer.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).map(str::to_owned);
        match (&status, asked) {
            (Some(status), _) => {
                self.count(status);
                if status == "500" {
                    self.fault(status, message);
                }
            }
            (None, _) if !beginning.is_empty() => {
                self.count("strange");
                self.fault("an answer that is no HTTP", message);
            }
            (None, Err(_)) => self.count("waits"),
            (None, Ok(_)) => self.count("closed"),
        }
        status.is_some().then_some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_add_up_and_stay_short() {
        let (mut one, mut two) = (Tally::default(), Tally::default());
        for _ in 0..30 {
            one.count("400");
            two.count("500");
            two.fault("500", &[b'x'; 1000]);
        }
        let both = one.and(two).to_json();
        assert_eq!((&both["sent"], &both["faults"]), (&json!(60), &json!(30)));
        assert_eq!(both["answers"], json!({"400": 30, "500": 30}));
        assert_eq!(both["told"].as_array().map(Vec::len), Some(TOLD));
    }
}

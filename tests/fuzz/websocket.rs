//! Bad messages and bad frames on `/ws`: what is no JSON, no text, no frame, or too much of it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinHandle;

use super::damage;
use super::dice::Dice;
use super::samples::client_messages;
use super::tally::Tally;
use crate::subject::Subject;

/// Beyond what is read, in bytes.
const LONGEST: usize = 300 * 1024;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
/// Final fragment.
const FINAL: u8 = 0x80;

/// Sends `count` messages, on one connection as long as the server bears it, and then on the next.
///
/// # Errors
/// There are no samples.
pub async fn attack(subject: &Subject, mut dice: Dice, count: u32) -> anyhow::Result<Tally> {
    let samples = client_messages()?;
    let (mut tally, mut line) = (Tally::default(), None::<Line>);
    for _ in 0..count {
        let message = frame(&mut dice, &samples);
        // An answer to the upgrade is not waited for: what comes right behind it must do no harm either.
        if line.as_ref().is_none_or(Line::is_over) {
            line = Line::open(subject, &mut dice).await;
        }
        let Some(open) = &mut line else {
            tally.count("refused");
            continue;
        };
        match open.write.write_all(&message).await {
            Ok(()) => tally.count("sent"),
            Err(_) => {
                tally.count("closed");
                line = None;
            }
        }
        if dice.hits(1) {
            line = None;
        }
    }
    Ok(tally)
}

/// A connection whose answers go nowhere.
struct Line {
    write: OwnedWriteHalf,
    reading: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Line {
    async fn open(subject: &Subject, dice: &mut Dice) -> Option<Self> {
        let (host, query) = (&subject.address, dice.pick(&["?video=none", "?video=none", "?video=jpeg", ""]));
        let head = format!(
            "GET /ws{query} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let stream = TcpStream::connect(subject.socket).await.ok()?;
        let (read, mut write) = stream.into_split();
        write.write_all(head.as_bytes()).await.ok()?;
        if dice.hits(80) {
            let hello = r#"{"event_type":"hello","payload":{"protocol":1,"client":"fuzz","version":"0"}}"#;
            write.write_all(&framed(FINAL | TEXT, hello.as_bytes(), Some([1, 2, 3, 4]))).await.ok()?;
        }
        Some(Self { write, reading: tokio::spawn(discard(read)) })
    }

    fn is_over(&self) -> bool {
        self.reading.is_finished()
    }
}

async fn discard(mut read: OwnedReadHalf) {
    let mut buffer = vec![0; 64 * 1024];
    while read.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

fn frame(dice: &mut Dice, samples: &[String]) -> Vec<u8> {
    let sample = dice.pick(samples);
    let mask = Some(dice.roll().to_le_bytes()).and_then(|bytes| bytes.first_chunk::<4>().copied());
    match dice.below(20) {
        0 => {
            let count = dice.below(4000);
            framed(FINAL | BINARY, &dice.bytes(count), mask)
        }
        1 => framed(FINAL | TEXT, &vec![b'x'; 60_000 + dice.below(LONGEST - 60_000)], mask),
        2 => {
            let count = dice.below(300);
            framed(FINAL | TEXT, &dice.bytes(count), mask)
        }
        3 => {
            // Any opcode, any reserved bit, fragments that never end.
            let first = dice.roll() as u8;
            let count = dice.below(200);
            framed(first, &dice.bytes(count), if dice.hits(80) { mask } else { None })
        }
        4 => {
            let count = dice.below(100);
            dice.bytes(count)
        }
        5 => {
            let whole = framed(FINAL | TEXT, sample.as_bytes(), mask);
            damage::bytes(dice, &whole, LONGEST)
        }
        6 => framed(FINAL | TEXT, sample.as_bytes(), mask),
        _ => framed(FINAL | TEXT, damage::text(dice, &sample, 8192).as_bytes(), mask),
    }
}

/// A frame (RFC 6455, section 5.2).
fn framed(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut out = vec![first];
    match payload.len() {
        short @ ..126 => out.push(masked | short as u8),
        middle @ ..65_536 => {
            out.push(masked | 126);
            out.extend((middle as u16).to_be_bytes());
        }
        long => {
            out.push(masked | 127);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(mask.iter().flatten());
    let mask = mask.unwrap_or_default();
    out.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_those_of_the_specification() {
        // Section 5.7: a masked and an unmasked "Hello".
        let masked = framed(FINAL | TEXT, b"Hello", Some([0x37, 0xfa, 0x21, 0x3d]));
        assert_eq!(masked, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        assert_eq!(framed(FINAL | TEXT, b"Hello", None), [0x81, 5, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(framed(FINAL | BINARY, &[0; 256], None)[..4], [0x82, 0x7e, 1, 0]);
        assert_eq!(framed(FINAL | BINARY, &[0; 65_536], None)[..10], [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
    }
}

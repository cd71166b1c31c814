//! Bad offers, bad candidates, bad restarts, in the order in which nobody makes them.

use std::collections::VecDeque;

use telestage_client::webrtc::{Offering, Want};

use super::damage;
use super::dice::Dice;
use super::tally::Tally;
use crate::subject::Subject;

/// Just beyond what is read, in bytes.
const LONGEST: usize = 80 * 1024;
/// Sessions that are remembered, to be patched and ended.
const REMEMBERED: usize = 16;
const FRAGMENT: &str = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=video 9 X 0\r\na=mid:0\r\n\
                        a=candidate:1 1 udp 2130706431 10.0.0.1 9 typ host\r\na=end-of-candidates\r\n";

/// Sends `count` messages.
///
/// # Errors
/// This machine makes no offer.
pub async fn attack(subject: &Subject, mut dice: Dice, count: u32) -> anyhow::Result<Tally> {
    let mut good = Vec::new();
    for (video, data) in [(true, true), (true, false), (false, true)] {
        let want = Want { video, data, tcp: false };
        good.push(Offering::new(want).await?.sdp().to_owned());
    }
    let (mut tally, mut sessions) = (Tally::default(), VecDeque::<String>::new());
    let host = subject.address.to_string();
    for _ in 0..count {
        let session = sessions.get(dice.below(sessions.len())).cloned();
        let message = match (dice.below(10), session) {
            (0, Some(session)) => head(&mut dice, "DELETE", &session, &host, "application/sdp", 0),
            (1 | 2, Some(session)) => {
                let body = damage::bytes(&mut dice, FRAGMENT.as_bytes(), LONGEST);
                let kind = "application/trickle-ice-sdpfrag";
                [head(&mut dice, "PATCH", &session, &host, kind, body.len()), body].concat()
            }
            _ => {
                let offer = dice.pick(&good);
                let body = match dice.below(10) {
                    0 => offer.into_bytes(),
                    1 => {
                        let count = dice.below(2000);
                        dice.bytes(count)
                    }
                    2..=5 => damage::text(&mut dice, &offer, LONGEST).into_bytes(),
                    _ => damage::bytes(&mut dice, offer.as_bytes(), LONGEST),
                };
                [head(&mut dice, "POST", "/whep", &host, "application/sdp", body.len()), body].concat()
            }
        };
        let answer = tally.exchange(subject.socket, &message).await;
        if let Some(session) = answer.as_deref().and_then(location) {
            if sessions.len() == REMEMBERED {
                sessions.pop_front();
            }
            sessions.push_back(session.to_owned());
        }
    }
    Ok(tally)
}

fn location(answer: &str) -> Option<&str> {
    answer.lines().find_map(|line| line.strip_prefix("location: "))
}

/// Mostly a good head, so that what is behind it is read.
fn head(dice: &mut Dice, method: &str, path: &str, host: &str, kind: &str, length: usize) -> Vec<u8> {
    let kind = if dice.hits(95) { kind } else { "text/plain" };
    let wanted = match dice.below(4) {
        0 => "If-Match: *\r\n",
        1 => "If-Match: \"x\"\r\n",
        _ => "",
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: {kind}\r\n{wanted}\
         Content-Length: {length}\r\n\r\n"
    );
    if dice.hits(3) { damage::bytes(dice, head.as_bytes(), LONGEST) } else { head.into_bytes() }
}

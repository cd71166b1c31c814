//! Bad messages on the data channels of sessions that are otherwise good ones, and noise on the port beside them.

use std::time::Duration;

use anyhow::{Context as _, Result};
use telestage_client::webrtc::{Offering, Want};
use telestage_client::{Act, Channel, Receiver, Seen};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::damage;
use super::dice::Dice;
use super::samples::client_messages;
use super::tally::Tally;
use crate::subject::Subject;

/// Beyond what is read, in bytes.
const LONGEST: usize = 100 * 1024;
/// A session that does not come in that time is tried again.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the server may leave unread: a session that it has given up ends.
const STUCK: Duration = Duration::from_secs(2);
/// The port gets this much noise for each message.
const NOISE_MAX: usize = 1500;
/// A binding request's beginning: everything behind it is chance.
const BINDING: &[u8] = &[0, 1, 0, 40, 0x21, 0x12, 0xa4, 0x42];

/// Sends `count` messages, in one session as long as the server bears it, and then in the next.
///
/// # Errors
/// There are no samples, or this machine has no socket.
pub async fn attack(subject: &Subject, mut dice: Dice, count: u32) -> Result<Tally> {
    let samples = client_messages()?;
    let stranger = UdpSocket::bind(if subject.socket.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" }).await?;
    let (mut tally, mut session) = (Tally::default(), None::<Receiver>);
    for _ in 0..count {
        let noise = noise(&mut dice);
        // What the system does not send reaches nobody, which is no fault of the server.
        drop(stranger.send_to(&noise, subject.socket).await);
        if session.is_none() {
            session = open(subject, &dice.pick(&samples)).await.ok();
        }
        let Some(open) = &mut session else {
            tally.count("refused");
            continue;
        };
        let channel = if dice.hits(30) { Channel::Motion } else { Channel::Control };
        let sample = dice.pick(&samples);
        let message = match dice.below(20) {
            0 => "x".repeat(1 + dice.below(LONGEST)),
            1 => sample,
            _ => damage::text(&mut dice, &sample, 8192),
        };
        let acted = timeout(STUCK, open.act(Act::Send(channel, message))).await;
        let has_ended = drain(open).await;
        tally.count(if acted.is_ok() && !has_ended { "sent" } else { "closed" });
        if acted.is_err() || has_ended || dice.hits(1) {
            // With a goodbye, which most browsers say: the server keeps the place of one who vanishes for 30 s.
            open.act(Act::Close).await;
            while open.next().await.is_some() {}
            session = None;
        }
    }
    Ok(tally)
}

fn noise(dice: &mut Dice) -> Vec<u8> {
    let count = dice.below(NOISE_MAX);
    let noise = dice.bytes(count);
    if dice.hits(50) { [BINDING, &noise].concat() } else { noise }
}

/// A session without video whose channels are open, after a greeting that may be a bad one.
async fn open(subject: &Subject, first: &str) -> Result<Receiver> {
    let offering = Offering::new(Want { video: false, data: true, tcp: false }).await?;
    let headers = [("Content-Type", "application/sdp")];
    let answer =
        telestage_client::http::request(subject.socket, "POST", "/whep", &headers, offering.sdp().as_bytes());
    let answer = answer.await?;
    let mut receiver = offering.accept(&answer.body).await?;
    let opening = async {
        let mut open = 0;
        while open < Channel::ALL.len() {
            match receiver.next().await {
                Some(Seen::ChannelOpen(_)) => open += 1,
                Some(Seen::Closed | Seen::Lost) | None => anyhow::bail!("the session ended"),
                Some(
                    Seen::PathFound(_) | Seen::Connected | Seen::Text(..) | Seen::Unit(_) | Seen::Strange(_),
                ) => {}
            }
        }
        Ok(())
    };
    timeout(PATIENCE, opening).await.context("the channels do not open")??;
    let hello = r#"{"event_type":"hello","payload":{"protocol":1,"client":"fuzz","version":"0"}}"#;
    receiver.act(Act::Send(Channel::Control, first.to_owned())).await;
    receiver.act(Act::Send(Channel::Control, hello.to_owned())).await;
    Ok(receiver)
}

/// Reads what is there; true at the end.
async fn drain(receiver: &mut Receiver) -> bool {
    loop {
        match timeout(Duration::ZERO, receiver.next()).await {
            Ok(Some(Seen::Closed | Seen::Lost) | None) => return true,
            Ok(Some(_)) => {}
            Err(_) => return false,
        }
    }
}

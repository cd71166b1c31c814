//! From the hand to the picture, without eyes: one viewer moves the camera and waits for the access unit that shows it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use telestage_client::{Address, Event, Events, Options, Transport, Way, connect};
use telestage_protocol::{CameraCommand, CameraCommandRequest, ClientMessage, Envelope, ServerMessage};
use tokio::time::timeout_at;

use crate::figures::ranks;

/// An input that is not shown for so long is missed.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between a picture and the next input, so that inputs do not keep step with frames.
const PAUSE: Duration = Duration::from_millis(20);
const PAUSE_STEP: Duration = Duration::from_micros(2700);
const PAUSE_STEPS: u32 = 17;
/// Pictures and their stories that are remembered until the other half comes.
const REMEMBERED: usize = 64;

/// Makes `count` moves. Percentiles of the time from sending to the picture's last byte, and how many were missed.
///
/// # Errors
/// The connection ends, or never begins.
pub async fn make(address: &Address, transport: Transport, count: u32) -> Result<Value> {
    let options =
        Options { transport: Way::Only(transport), ..Options::new(address.clone(), "telestage-load") };
    let (handle, mut events) = connect(options);
    let mut shown = Shown::default();
    while !shown.is_moving {
        shown.follow(&mut events).await?;
    }
    let (mut times, mut missed) = (Vec::new(), 0_u32);
    for seq in 1..=count {
        let pause = Instant::now() + PAUSE + PAUSE_STEP * (seq * 5 % PAUSE_STEPS);
        while let Ok(followed) = timeout_at(pause.into(), shown.follow(&mut events)).await {
            followed?;
        }
        let start = Instant::now();
        handle.send(&Envelope::unasked(orbit(seq))).await.context("the move is not sent")?;
        let deadline = start + PATIENCE;
        let arrived = loop {
            if let Some(at) = shown.arrival(seq) {
                break Some(at);
            }
            match timeout_at(deadline.into(), shown.follow(&mut events)).await {
                Ok(followed) => followed?,
                Err(_) => break None,
            }
        };
        match arrived {
            Some(at) => times.push(at.saturating_duration_since(start)),
            None => missed += 1,
        }
    }
    handle.close();
    while events.next().await.is_some() {}
    Ok(json!({
        "inputs": count, "missed": missed, "transport": transport.name(), "input_to_unit_ms": ranks(times),
    }))
}

fn orbit(seq: u32) -> ClientMessage {
    ClientMessage::CameraCommand(CameraCommandRequest {
        command: CameraCommand::Orbit,
        gesture: 1,
        seq,
        x: f64::from(seq) * 1e-3,
        y: 0.0,
        z: None,
        cx: None,
        cy: None,
        pivot: None,
        pivot_from: None,
        is_final: None,
    })
}

/// Which pictures came, and what they show. Either may come first.
#[derive(Default)]
struct Shown {
    /// By RTP timestamp.
    units: VecDeque<(u32, Instant)>,
    /// RTP timestamp, highest input.
    stories: VecDeque<(u32, u32)>,
    /// Welcome, and a picture is here.
    is_moving: bool,
    is_welcome: bool,
}

impl Shown {
    async fn follow(&mut self, events: &mut Events) -> Result<()> {
        match events.next().await {
            Some(Event::Unit(unit)) => {
                remember(&mut self.units, (unit.rtp_timestamp, unit.arrived));
                if let Some(seq) = unit.input_seq {
                    remember(&mut self.stories, (unit.rtp_timestamp, seq));
                }
                self.is_moving = self.is_welcome;
            }
            Some(Event::Message(Envelope { message: ServerMessage::FrameInfo(info), .. })) => {
                remember(&mut self.stories, (info.rtp_timestamp, info.input_seq));
            }
            Some(Event::Welcomed(_)) => self.is_welcome = true,
            Some(Event::Ended(ending)) => bail!("{ending}"),
            Some(Event::Hop(..) | Event::Message(_) | Event::Unknown(_)) => {}
            None => bail!("the connection has ended"),
        }
        Ok(())
    }

    /// When the first picture came that shows input `seq`.
    fn arrival(&self, seq: u32) -> Option<Instant> {
        let shows =
            |timestamp: u32| self.stories.iter().any(|(about, shown)| *about == timestamp && *shown >= seq);
        self.units.iter().find(|(timestamp, _)| shows(*timestamp)).map(|(_, at)| *at)
    }
}

fn remember<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == REMEMBERED {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_picture_that_shows_an_input_counts_whichever_half_came_first() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut shown = Shown::default();
        for (timestamp, ms) in [(100, 0), (200, 16), (300, 33)] {
            remember(&mut shown.units, (timestamp, at(ms)));
        }
        for story in [(300, 8), (100, 4), (200, 7), (400, 9)] {
            remember(&mut shown.stories, story);
        }
        assert_eq!([4, 5, 8].map(|seq| shown.arrival(seq)), [Some(at(0)), Some(at(16)), Some(at(33))]);
        assert_eq!(shown.arrival(9), None, "its picture is not here");
        remember(&mut shown.units, (400, at(50)));
        assert_eq!(shown.arrival(9), Some(at(50)));
    }
}

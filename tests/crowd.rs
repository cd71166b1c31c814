//! Many viewers of one server at a time, each on its own connection.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use telestage_client::{Address, Transport};
use tokio::time::sleep_until;

use crate::watcher::{Kind, watch};

/// How many viewers of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mix {
    /// WebRTC over UDP.
    pub udp: u32,
    /// WebRTC over TCP.
    pub tcp: u32,
    /// WebSocket.
    pub ws: u32,
    /// MJPEG.
    pub mjpeg: u32,
}

impl Mix {
    /// The kinds in turn, so that no kind comes first.
    #[must_use]
    pub fn in_turn(self) -> Vec<Kind> {
        let mut left = [
            (Kind::Client(Transport::Udp), self.udp),
            (Kind::Client(Transport::Tcp), self.tcp),
            (Kind::Client(Transport::WebSocket), self.ws),
            (Kind::Mjpeg, self.mjpeg),
        ];
        let mut turns = Vec::new();
        while left.iter().any(|(_, count)| *count > 0) {
            for (kind, count) in left.iter_mut().filter(|(_, count)| *count > 0) {
                turns.push(*kind);
                *count -= 1;
            }
        }
        turns
    }
}

/// Lets the viewers come, `rate` a second, and watch until `time` after the last one came. What each saw, and how many
/// ended early for which reason.
///
/// # Errors
/// A viewer's task failed: a defect of this program.
pub async fn watch_together(address: &Address, mix: Mix, rate: f64, time: Duration) -> Result<Value> {
    let kinds = mix.in_turn();
    let start = Instant::now();
    let due = |index: usize| start + Duration::from_secs_f64(index as f64 / rate);
    let end = due(kinds.len().saturating_sub(1)) + time;
    let mut tasks = Vec::new();
    for (index, kind) in kinds.into_iter().enumerate() {
        sleep_until(due(index).into()).await;
        tasks.push(tokio::spawn(watch(address.clone(), kind, end)));
    }
    let (mut viewers, mut errors) = (Vec::new(), BTreeMap::<&str, u32>::new());
    for task in tasks {
        let sighting = task.await.context("a viewer's task failed")?;
        if let Some(code) = sighting.error {
            *errors.entry(code).or_default() += 1;
        }
        viewers.push(sighting.to_json(end));
    }
    Ok(json!({"viewers": viewers, "errors": errors, "secs": time.as_secs_f64()}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_take_turns_until_none_is_left() {
        let names: Vec<&str> =
            Mix { udp: 3, tcp: 0, ws: 1, mjpeg: 2 }.in_turn().iter().map(|kind| kind.name()).collect();
        assert_eq!(names, ["udp", "ws", "mjpeg", "udp", "mjpeg", "udp"]);
        assert_eq!(Mix::default().in_turn(), []);
    }
}

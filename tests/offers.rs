//! Many viewers that come one after the other, wait for their first picture, and leave.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use telestage_client::{Address, ConnectError, Ending, Event, Options, Transport, Way, connect};
use tokio::time::{sleep_until, timeout};

use crate::figures::ranks;

/// A picture that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(20);

/// How one offer went: the time to its first picture, or what came instead.
type Outcome = Result<Duration, String>;

/// Makes `count` offers, evenly over `over`. Percentiles of the time to the first picture, and refusals by status.
///
/// # Errors
/// A viewer's task failed: a defect of this program.
pub async fn make(address: &Address, transport: Transport, count: u32, over: Duration) -> Result<Value> {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for index in 0..count {
        sleep_until((start + over.mul_f64(f64::from(index) / f64::from(count))).into()).await;
        tasks.push(tokio::spawn(offer(address.clone(), transport)));
    }
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.context("a viewer's task failed")?);
    }
    Ok(summary(outcomes))
}

async fn offer(address: Address, transport: Transport) -> Outcome {
    let start = Instant::now();
    let options = Options { transport: Way::Only(transport), ..Options::new(address, "telestage-load") };
    let (handle, mut events) = connect(options);
    let first = async {
        loop {
            match events.next().await {
                Some(Event::Unit(unit)) => return Ok(unit.arrived - start),
                Some(Event::Ended(ending)) => return Err(reason(&ending)),
                Some(Event::Hop(..) | Event::Welcomed(_) | Event::Message(_) | Event::Unknown(_)) => {}
                None => return Err("ended".to_owned()),
            }
        }
    };
    let outcome = timeout(PATIENCE, first).await.unwrap_or_else(|_| Err("no_picture".to_owned()));
    handle.close();
    while events.next().await.is_some() {}
    outcome
}

/// A refusal by its status; one that says when to come back is told apart.
fn reason(ending: &Ending) -> String {
    match ending {
        Ending::NotConnected(ConnectError::Busy { retry_after: Some(_), .. }) => "503_retry_after".to_owned(),
        Ending::NotConnected(ConnectError::Busy { retry_after: None, .. }) => "503".to_owned(),
        Ending::NotConnected(ConnectError::Rejected { status, .. }) => status.to_string(),
        Ending::NotConnected(_) | Ending::Closed | Ending::Lost | Ending::Left => ending.code().to_owned(),
    }
}

fn summary(outcomes: Vec<Outcome>) -> Value {
    let offers = outcomes.len();
    let (mut times, mut refusals) = (Vec::new(), BTreeMap::<String, u32>::new());
    for outcome in outcomes {
        match outcome {
            Ok(time) => times.push(time),
            Err(reason) => *refusals.entry(reason).or_default() += 1,
        }
    }
    let served = times.len();
    json!({"offers": offers, "served": served, "first_frame_ms": ranks(times), "refusals": refusals})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_got_a_picture_are_ranked_and_the_others_counted() {
        let served = (1..=100).rev().map(|ms| Ok(Duration::from_millis(ms)));
        let busy = ConnectError::Busy { message: String::new(), retry_after: Some(Duration::from_secs(5)) };
        let refused = [Err(reason(&Ending::NotConnected(busy))), Err(reason(&Ending::Lost))];
        let summary = summary(served.chain(refused).collect());
        assert_eq!((&summary["offers"], &summary["served"]), (&json!(102), &json!(100)));
        assert_eq!(summary["first_frame_ms"], json!({"p50": 50.0, "p95": 95.0, "max": 100.0}));
        assert_eq!(summary["refusals"], json!({"503_retry_after": 1, "lost": 1}));
    }

    #[test]
    fn nobody_served_has_no_figures() {
        assert_eq!(summary(Vec::new())["first_frame_ms"], json!({"p50": null, "p95": null, "max": null}));
    }
}

//! Viewers that come and go, again and again: what does the server keep of them?

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use telestage_client::{Address, Event, Options, Transport, Way, connect};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::subject::Subject;

/// A picture that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(20);
/// The server keeps what it knew of a viewer for 30 s, its last threads for 10 s.
const REST: Duration = Duration::from_secs(90);
/// Viewers that are there at a time.
const AT_ONCE: usize = 4;
/// Cycles between two looks at the server's memory.
const STEP: u32 = 50;

/// Lets `warm_up` viewers come and go, by each of these transports in turn, and then `cycles` more: what the server holds after each of the two, when all are
/// forgotten, and how its memory grew meanwhile.
///
/// # Errors
/// A viewer sees nothing, or the server does not come to rest.
pub async fn turn(subject: &Subject, by: &[Transport], warm_up: u32, cycles: u32) -> Result<Value> {
    come_and_go(subject, by, 0, warm_up).await?;
    forgotten(subject).await?;
    let before = subject.at_rest(REST).await?;
    let start = Instant::now();
    let mut samples = Vec::new();
    for from in (0..cycles).step_by(STEP as usize) {
        come_and_go(subject, by, from, STEP.min(cycles - from)).await?;
        samples.push((f64::from(from + STEP), subject.memory_kib()? as f64));
    }
    let took = start.elapsed();
    forgotten(subject).await?;
    let after = match subject.settled(before, REST).await {
        Ok(after) => after,
        // What is left is the result, not an error of the measurement.
        Err(_) => subject.holdings().await?,
    };
    let is_as_before = after.descriptors == before.descriptors
        && after.sockets == before.sockets
        && after.threads == before.threads
        && after.tasks == before.tasks;
    Ok(json!({
        "warm_up": warm_up,
        "cycles": cycles,
        "per_second": f64::from(cycles) / took.as_secs_f64(),
        "before": before.to_json(),
        "after": after.to_json(),
        "is_as_before": is_as_before,
        "grown_kib": after.memory_kib as f64 - before.memory_kib as f64,
        "slope_kib_per_1000": slope(&samples).map(|each| each * 1000.0),
        "memory_kib": samples.iter().map(|(_, kib)| *kib).collect::<Vec<_>>(),
    }))
}

/// Until nobody has a place any more.
async fn forgotten(subject: &Subject) -> Result<()> {
    let start = Instant::now();
    while subject.viewers().await? > 0.0 {
        if start.elapsed() > REST {
            bail!("{} viewers are still there {REST:?} after the last one left", subject.viewers().await?);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn come_and_go(subject: &Subject, by: &[Transport], first: u32, count: u32) -> Result<()> {
    let mut there = JoinSet::new();
    for cycle in first..first + count {
        if there.len() == AT_ONCE {
            there.join_next().await.context("nobody is there")???;
        }
        let transport = by.get(cycle as usize % by.len().max(1)).copied().context("no transport is given")?;
        there.spawn(visit(subject.address.clone(), transport, cycle));
    }
    while let Some(ended) = there.join_next().await {
        ended??;
    }
    Ok(())
}

/// Most say goodbye, some only hang up where the server can notice that.
async fn visit(address: Address, transport: Transport, cycle: u32) -> Result<()> {
    let options = Options { transport: Way::Only(transport), ..Options::new(address, "telestage-cycles") };
    let (handle, mut events) = connect(options);
    let first = async {
        let (mut is_welcome, mut has_unit) = (false, false);
        while !is_welcome || !has_unit {
            match events.next().await {
                Some(Event::Unit(_)) => has_unit = true,
                Some(Event::Welcomed(_)) => is_welcome = true,
                Some(Event::Ended(ending)) => bail!("viewer {cycle} by {}: {ending}", transport.name()),
                Some(Event::Hop(..) | Event::Message(_) | Event::Unknown(_)) => {}
                None => bail!("viewer {cycle} by {} ended", transport.name()),
            }
        }
        Ok(())
    };
    timeout(PATIENCE, first)
        .await
        .with_context(|| format!("viewer {cycle} by {} saw nothing", transport.name()))??;
    if transport == Transport::WebSocket && cycle.is_multiple_of(2) {
        return Ok(());
    }
    handle.close();
    while events.next().await.is_some() {}
    Ok(())
}

/// Of the line that fits best (least squares).
fn slope(samples: &[(f64, f64)]) -> Option<f64> {
    let count = samples.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| samples.iter().map(pick).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|sample| sample.0), mean(|sample| sample.1));
    let spread: f64 = samples.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let common: f64 = samples.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    (spread > 0.0).then(|| common / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_best_line() {
        assert_eq!(slope(&[(0.0, 5.0), (1.0, 7.0), (2.0, 9.0)]), Some(2.0));
        assert_eq!(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 1.0)]), Some(0.0));
        assert_eq!(slope(&[(1.0, 1.0)]), None);
    }
}

//! Everything that a server may be told, told wrongly, by chance that can be repeated, while one good viewer watches.
//!
//! What counts is what the good viewer sees, that the process lives, and what it holds afterwards. Answers are counted;
//! one that blames the server is a fault.

mod channels;
mod damage;
mod dice;
mod rest;
mod samples;
mod tally;
mod websocket;
mod whep;
mod witness;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::dice::Dice;
use self::tally::Tally;
use self::witness::Witness;
use crate::subject::Subject;

/// The good viewer watches so long before anything happens.
const CALM: Duration = Duration::from_secs(5);
/// Sources of each kind at a time.
const AT_ONCE: u32 = 4;
/// Of requests, which often wait for their own end.
const REQUESTS_AT_ONCE: u32 = 16;
/// Between two looks at the server's memory.
const LOOK: Duration = Duration::from_millis(200);
/// What the server may take to forget: sessions without their client for 30 s, and some.
const REST: Duration = Duration::from_secs(60);

/// How many messages of each kind.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Offers, patches, ends.
    pub whep: u32,
    /// On WebSockets.
    pub websocket: u32,
    /// On data channels.
    pub channels: u32,
    /// Requests of any kind.
    pub rest: u32,
}

/// Does all that, one kind after the other, so that the good viewer's account is one of each.
///
/// # Errors
/// The good viewer cannot watch, or the process has ended.
pub async fn assault(subject: &Subject, seed: u64, extent: Extent) -> Result<Value> {
    let calm = Witness::start(&subject.address).after(CALM).await?;
    let memory = subject.memory_kib()?;
    let whep = stage(subject, AT_ONCE, extent.whep, |subject, which, count| async move {
        whep::attack(&subject, Dice::new(seed, which), count).await
    });
    let whep = whep.await.context("whep")?;
    let websocket = stage(subject, AT_ONCE, extent.websocket, |subject, which, count| async move {
        websocket::attack(&subject, Dice::new(seed, 100 + which), count).await
    });
    let websocket = websocket.await.context("websocket")?;
    let channels = stage(subject, AT_ONCE, extent.channels, |subject, which, count| async move {
        channels::attack(&subject, Dice::new(seed, 200 + which), count).await
    });
    let channels = channels.await.context("channels")?;
    let rest = stage(subject, REQUESTS_AT_ONCE, extent.rest, |subject, which, count| async move {
        Ok(rest::attack(&subject, Dice::new(seed, 300 + which), count).await)
    });
    let rest = rest.await.context("rest")?;
    let start = Instant::now();
    while subject.viewers().await? > 0.0 && start.elapsed() < REST {
        sleep(LOOK).await;
    }
    Ok(json!({
        "seed": seed,
        "calm": calm,
        "whep": whep,
        "websocket": websocket,
        "channels": channels,
        "rest": rest,
        "viewers_left": subject.viewers().await?,
        "memory_kib": {"before": memory, "after": subject.memory_kib()?},
        "lives": subject.ask("GET", "/healthz").await?.status == 200,
    }))
}

/// One kind of messages from several sources at a time, and what the good viewer sees of it.
async fn stage<F>(
    subject: &Subject,
    at_once: u32,
    count: u32,
    attack: impl Fn(Subject, u64, u32) -> F,
) -> Result<Value>
where
    F: Future<Output = Result<Tally>> + Send + 'static,
{
    let start = Instant::now();
    let witness = Witness::start(&subject.address);
    witness.watches().await?;
    let mut sources = JoinSet::new();
    for which in 0..at_once {
        let share = count / at_once + u32::from(which < count % at_once);
        sources.spawn(attack(subject.clone(), which.into(), share));
    }
    let (mut tally, mut peak) = (Tally::default(), 0);
    loop {
        tokio::select! {
            ended = sources.join_next() => match ended {
                Some(ended) => tally = tally.and(ended.context("a source failed")??),
                None => break,
            },
            () = sleep(LOOK) => peak = peak.max(subject.memory_kib()?),
        }
    }
    let secs = start.elapsed().as_secs_f64();
    Ok(json!({
        "messages": tally.to_json(), "secs": secs, "peak_kib": peak, "viewer": witness.after(Duration::ZERO).await?,
    }))
}

//! `bad_link ADDRESS SECONDS SCRIPT…`: watches a server with one viewer for each SCRIPT, each through a bad link of its
//! own, and prints what each received and when as one JSON line. A SCRIPT is a JSON list of conditions
//! (`{"from_ms": 0, "bps": …, "queue_ms": …, "delay_ms": …, "jitter_ms": …, "loss": …, "burst": …, "is_down": …,
//! "rebinds": …}`); what one leaves out is good. Time counts from the first access unit.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use telestage_client::webrtc::Want;
use telestage_client::{Act, Channel, Seen};
use telestage_tests::link::{Conditions, GOOD, Link};
use telestage_tests::through;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Time between two questions that the server answers.
const ASK: Duration = Duration::from_millis(500);
/// Time between two looks at the link's queue.
const LOOK: Duration = Duration::from_millis(20);
/// Before this the link is good: the session begins.
const SETUP: Duration = Duration::from_secs(2);

/// How a client introduces itself.
const HELLO: &str =
    r#"{"event_type": "hello", "payload": {"protocol": 1, "client": "telestage-web", "version": "0.1.0"}}"#;

fn main() -> Result<(), Failure> {
    let usage = || Failure::from("usage: bad_link ADDRESS SECONDS SCRIPT…");
    let mut words = std::env::args().skip(1);
    let server: SocketAddr = words.next().and_then(|word| word.parse().ok()).ok_or_else(usage)?;
    let secs: f64 = words.next().and_then(|word| word.parse().ok()).ok_or_else(usage)?;
    let scripts: Option<Vec<_>> = words.map(|word| script(&word)).collect();
    let scripts = scripts.filter(|scripts| !scripts.is_empty()).ok_or_else(usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(server, scripts, Duration::from_secs_f64(secs)))
}

fn script(text: &str) -> Option<Vec<Conditions>> {
    let steps: Value = serde_json::from_str(text).ok()?;
    let of = |step: &Value| {
        let number = |name: &str, else_: f64| step[name].as_f64().unwrap_or(else_);
        let is = |name: &str| step[name].as_bool().unwrap_or(false);
        Conditions {
            from_ms: number("from_ms", 0.0),
            bps: step["bps"].as_f64(),
            queue_ms: number("queue_ms", GOOD.queue_ms),
            delay_ms: number("delay_ms", 0.0),
            jitter_ms: number("jitter_ms", 0.0),
            loss: number("loss", 0.0),
            burst: number("burst", 1.0),
            is_down: is("is_down"),
            rebinds: is("rebinds"),
        }
    };
    Some(steps.as_array()?.iter().map(of).collect())
}

async fn run(server: SocketAddr, scripts: Vec<Vec<Conditions>>, time: Duration) -> Result<(), Failure> {
    let start = Instant::now() + SETUP;
    let mut tasks = Vec::new();
    for (index, script) in scripts.into_iter().enumerate() {
        tasks.push(tokio::spawn(watch(server, script, start, time, index as u64 + 1)));
    }
    let mut seen = Vec::new();
    for task in tasks {
        seen.push(task.await??);
    }
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, format!("{}\n", json!({"viewers": seen})).as_bytes())?;
    Ok(())
}

async fn watch(
    server: SocketAddr,
    mut script: Vec<Conditions>,
    start: Instant,
    time: Duration,
    seed: u64,
) -> Result<Value, Failure> {
    script.insert(0, Conditions { from_ms: f64::NEG_INFINITY, ..GOOD });
    let link = Link::new(server, start, script, seed).await?;
    let want = Want { video: true, data: true, tcp: false };
    let mut receiver = through::connect(server, link.address(), want).await?;
    let since = |at: Instant| {
        let early = start.saturating_duration_since(at).as_secs_f64();
        (at.saturating_duration_since(start).as_secs_f64() - early) * 1e3
    };
    let end = tokio::time::sleep_until((start + time).into());
    tokio::pin!(end);
    let (mut ask, mut look) = (tokio::time::interval(ASK), tokio::time::interval(LOOK));
    let (mut units, mut answers, mut queue, mut limited) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut is_over = false;
    loop {
        tokio::select! {
            () = &mut end => break,
            _ = look.tick() => queue.push(json!([since(Instant::now()), link.queue().as_secs_f64() * 1e3])),
            _ = ask.tick() => {
                let question = json!({"event_type": "ping", "payload": {"t": since(Instant::now())}});
                receiver.act(Act::Send(Channel::Control, question.to_string())).await;
            }
            seen = receiver.next(), if !is_over => match seen {
                Some(Seen::Unit(unit)) => units.push(json!([since(unit.arrived), unit.data.len(), unit.key])),
                Some(Seen::Text(_, text)) => {
                    let message: Value = serde_json::from_str(&text).unwrap_or_default();
                    let now = since(Instant::now());
                    if message["event_type"] == "pong"
                        && let Some(asked) = message["payload"]["t"].as_f64()
                    {
                        answers.push(json!([asked, now - asked]));
                    }
                    if message["payload"]["limited_by"] == "network" {
                        limited.push(json!([now, message["payload"]["width"], message["payload"]["bitrate_bps"]]));
                    }
                }
                Some(Seen::ChannelOpen(Channel::Control)) => {
                    receiver.act(Act::Send(Channel::Control, HELLO.to_owned())).await;
                }
                Some(Seen::PathFound(_) | Seen::Connected | Seen::ChannelOpen(Channel::Motion) | Seen::Strange(_)) => {}
                Some(Seen::Closed | Seen::Lost) | None => is_over = true,
            },
        }
    }
    Ok(json!({"units": units, "answers": answers, "queue": queue, "limited": limited, "is_over": is_over}))
}

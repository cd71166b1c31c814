//! `load ADDRESS VIEWERS SECONDS`: watches a server with so many viewers that decode nothing, and prints what each of
//! them received as one JSON line. Server CPU is measured from outside; this is a process of its own for that reason.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use telestage_tests::receiver::{Receiver, ReceiverError, Seen, Want};
use telestage_tests::whep;

fn main() -> Result<(), ReceiverError> {
    let mut words = std::env::args().skip(1);
    let usage = || ReceiverError::new("usage: load ADDRESS VIEWERS SECONDS");
    let server: SocketAddr = words.next().and_then(|word| word.parse().ok()).ok_or_else(usage)?;
    let viewers: usize = words.next().and_then(|word| word.parse().ok()).ok_or_else(usage)?;
    let secs: u64 = words.next().and_then(|word| word.parse().ok()).ok_or_else(usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(server, viewers, Duration::from_secs(secs)))
}

async fn run(server: SocketAddr, viewers: usize, time: Duration) -> Result<(), ReceiverError> {
    let mut tasks = Vec::new();
    for _ in 0..viewers {
        let receiver = whep::connect(server, Want { video: true, data: true, tcp: false }).await?;
        tasks.push(tokio::spawn(watch(receiver, time)));
    }
    let mut seen = Vec::new();
    for task in tasks {
        seen.push(task.await.map_err(|error| ReceiverError::new(error.to_string()))?);
    }
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, format!("{}\n", json!({"viewers": seen})).as_bytes())?;
    Ok(())
}

async fn watch(mut receiver: Receiver, time: Duration) -> serde_json::Value {
    let end = tokio::time::sleep(time);
    tokio::pin!(end);
    let start = Instant::now();
    let (mut connected, mut first, mut units, mut keys, mut bytes) = (None, None, 0_u64, 0_u64, 0_usize);
    loop {
        tokio::select! {
            () = &mut end => break,
            seen = receiver.next() => match seen {
                Some(Seen::Connected) => connected = Some(start.elapsed().as_secs_f64() * 1e3),
                Some(Seen::Unit(unit, _)) => {
                    first.get_or_insert(start.elapsed().as_secs_f64() * 1e3);
                    units += 1;
                    keys += u64::from(unit.key);
                    bytes += unit.data.len();
                }
                Some(Seen::ChannelOpen(_) | Seen::Text(..)) => {}
                Some(Seen::Closed) | None => break,
            },
        }
    }
    let secs = start.elapsed().as_secs_f64();
    json!({
        "connected_ms": connected, "first_unit_ms": first, "units": units, "keys": keys,
        "fps": units as f64 / secs, "mbps": bytes as f64 * 8e-6 / secs,
    })
}

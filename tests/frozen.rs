//! A viewer whose process is stopped amid the picture: what the others notice, and when the server lets go of it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use telestage_client::Transport;
use tokio::time::{sleep, timeout};

use crate::figures::round;
use crate::subject::Subject;
use crate::watcher::{Kind, watch};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// A server that has not let go by then never does.
const PATIENCE: Duration = Duration::from_secs(60);
/// The other viewer is watched so long before the stop.
const CALM: Duration = Duration::from_secs(8);
/// And at least so long after it.
const STOPPED: Duration = Duration::from_secs(16);

/// Stops a viewer by `kind` that runs in a process of its own (`program`, the load tool), while another one watches.
///
/// # Errors
/// No such program, a viewer that sees nothing, or a server that never lets go.
pub async fn stop(subject: &Subject, program: &std::path::Path, kind: Kind) -> Result<Value> {
    let before = watching(subject, kind).await?;
    let victim = Victim::start(program, subject, kind)?;
    until(subject, kind, before + 1.0).await.context("the viewer does not come")?;
    let good = Kind::Client(Transport::Udp);
    let calm_until = Instant::now() + CALM;
    let calm = watch(subject.address.clone(), good, calm_until).await;
    ensure!(calm.error.is_none(), "the good viewer: {:?}", calm.error);
    let memory = subject.memory_kib()?;
    victim.signal("STOP")?;
    let stopped_at = Instant::now();
    let others = tokio::spawn(watch(subject.address.clone(), good, stopped_at + STOPPED));
    // The good viewer is one of those who watch; over MJPEG there is only the victim.
    let more = if kind == Kind::Mjpeg { 0.0 } else { 1.0 };
    until(subject, kind, before + 1.0 + more).await.context("the good viewer does not come")?;
    let peak = subject.memory_kib()?;
    let cut = timeout(PATIENCE, async {
        let mut peak = peak;
        loop {
            let now = watching(subject, kind).await?;
            peak = peak.max(subject.memory_kib()?);
            let others_left = if others.is_finished() { 0.0 } else { more };
            if now <= before + others_left {
                return anyhow::Ok((stopped_at.elapsed(), peak));
            }
            sleep(LOOK).await;
        }
    });
    let cut = match cut.await {
        Ok(cut) => Some(cut?),
        Err(_) => None,
    };
    let others = others.await.context("the good viewer's task failed")?;
    ensure!(others.error.is_none(), "the good viewer: {:?}", others.error);
    let fps_before = calm.arrivals.fps(calm_until);
    let fps_after = others.arrivals.fps(stopped_at + STOPPED);
    Ok(json!({
        "transport": kind.name(),
        "cut_after_secs": cut.map(|(time, _)| round(time.as_secs_f64())),
        "grown_kib": cut.map(|(_, peak)| peak.saturating_sub(memory)),
        "others_fps": {"before": round(fps_before), "after": round(fps_after)},
        "others_lose_pct": round((1.0 - fps_after / fps_before) * 100.0),
        "others_gap_max_ms": round(others.arrivals.longest().as_secs_f64() * 1e3),
    }))
}

/// Who is sent pictures.
async fn watching(subject: &Subject, kind: Kind) -> Result<f64> {
    match kind {
        Kind::Client(Transport::Udp | Transport::Tcp) => subject.metric("telestage_watching").await,
        Kind::Client(Transport::WebSocket) => subject.metric("telestage_viewers{kind=\"webrtc\"}").await,
        Kind::Mjpeg => subject.metric("telestage_viewers{kind=\"mjpeg\"}").await,
    }
}

async fn until(subject: &Subject, kind: Kind, wanted: f64) -> Result<()> {
    let start = Instant::now();
    while watching(subject, kind).await? < wanted {
        if start.elapsed() > PATIENCE {
            bail!("{} are watching, not {wanted}", watching(subject, kind).await?);
        }
        sleep(LOOK).await;
    }
    Ok(())
}

/// The viewer that is stopped; killed when dropped.
struct Victim(Child);

impl Victim {
    fn start(program: &std::path::Path, subject: &Subject, kind: Kind) -> Result<Self> {
        let mut command = Command::new(program);
        command.arg(subject.address.to_string()).args([
            &format!("--{}", kind.name()),
            "1",
            "--seconds",
            "600",
        ]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        Ok(Self(child.with_context(|| format!("cannot start {}", program.display()))?))
    }

    fn signal(&self, name: &str) -> Result<()> {
        let status = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status()?;
        ensure!(status.success(), "kill -{name}: {status}");
        Ok(())
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Gone already is just as well. A stopped process can be killed too.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

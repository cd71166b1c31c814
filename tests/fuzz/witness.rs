//! The good viewer: watches, drives the shared view, and lets nobody else drive it. What it misses, others caused.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use telestage_client::{Address, Arrivals, Event, Events, Handle, Options, Transport, Way, connect};
use telestage_protocol::{
    CameraCommand, CameraCommandRequest, ClientMessage, ControlAction, ControlRequest, Envelope,
    ServerMessage,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::figures::round;

/// Between two moves: a controller that moves nothing for 5 s may lose control.
const MOVE: Duration = Duration::from_millis(500);
/// A picture that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(20);

/// A viewer that watches until it is asked what it saw.
pub struct Witness {
    task: JoinHandle<Result<Arrivals>>,
    stop: watch::Sender<bool>,
    has_picture: watch::Receiver<bool>,
}

impl Witness {
    /// Begins to watch.
    #[must_use]
    pub fn start(address: &Address) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (picture, has_picture) = watch::channel(false);
        let options = Options {
            transport: Way::Only(Transport::Udp),
            ..Options::new(address.clone(), "telestage-witness")
        };
        Self { task: tokio::spawn(observe(options, stopped, picture)), stop, has_picture }
    }

    /// Until its first picture.
    ///
    /// # Errors
    /// There is none.
    pub async fn watches(&self) -> Result<()> {
        let mut has_picture = self.has_picture.clone();
        let first = timeout(PATIENCE, has_picture.wait_for(|is_there| *is_there));
        first.await.context("the good viewer sees nothing")?.context("the good viewer ended")?;
        Ok(())
    }

    /// What it saw from its first picture until `time` from now.
    ///
    /// # Errors
    /// It saw nothing, or was sent away.
    pub async fn after(self, time: Duration) -> Result<Value> {
        self.watches().await?;
        tokio::time::sleep(time).await;
        self.stop.send_replace(true);
        let arrivals = self.task.await.context("the good viewer's task failed")??;
        let now = Instant::now();
        Ok(json!({
            "frames": arrivals.frames,
            "fps": round(arrivals.fps(now)),
            "freezes": arrivals.freezes,
            "gap_p99_ms": arrivals.percentile(0.99).map(|gap| round(gap.as_secs_f64() * 1e3)),
            "gap_max_ms": round(arrivals.longest().as_secs_f64() * 1e3),
            "lost": arrivals.losses.lost,
        }))
    }
}

async fn observe(
    options: Options,
    mut stopped: watch::Receiver<bool>,
    picture: watch::Sender<bool>,
) -> Result<Arrivals> {
    let (handle, mut events) = connect(options);
    let (mut arrivals, mut moves) = (Arrivals::default(), interval(MOVE));
    let (mut own, mut seq) = (None, 0);
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::Unit(unit)) => {
                    arrivals.count(&unit);
                    picture.send_replace(true);
                }
                Some(Event::Welcomed(welcome)) => own = Some(welcome.client_id),
                Some(Event::Message(Envelope { message: ServerMessage::ControlState(state), .. }))
                    if state.controller == own && !state.waiting.is_empty() =>
                {
                    let keep = ControlRequest { action: ControlAction::Grant, client_id: own };
                    say(&handle, ClientMessage::Control(keep)).await;
                }
                Some(Event::Ended(ending)) => bail!("the good viewer: {ending}"),
                Some(Event::Hop(..) | Event::Message(_) | Event::Unknown(_)) => {}
                None => bail!("the good viewer ended"),
            },
            _ = moves.tick(), if own.is_some() => {
                seq += 1;
                say(&handle, orbit(seq)).await;
            }
            _ = stopped.changed() => break,
        }
    }
    arrivals.finish(Instant::now());
    leave(&handle, &mut events).await;
    Ok(arrivals)
}

/// The end of the connection shows in its events.
async fn say(handle: &Handle, message: ClientMessage) {
    drop(handle.send(&Envelope::unasked(message)).await);
}

async fn leave(handle: &Handle, events: &mut Events) {
    handle.close();
    while events.next().await.is_some() {}
}

fn orbit(seq: u32) -> ClientMessage {
    ClientMessage::CameraCommand(CameraCommandRequest {
        command: CameraCommand::Orbit,
        gesture: 1,
        seq,
        x: f64::from(seq) * 1e-2,
        y: 0.0,
        z: None,
        cx: None,
        cy: None,
        pivot: None,
        pivot_from: None,
        is_final: None,
    })
}

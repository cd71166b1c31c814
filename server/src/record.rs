//! Recordings: what is streamed, put into files without a second encode.
//!
//! A recording is one more reader of the encoded stream. A task takes access units from the stream and puts them into a
//! bounded queue; a thread of its own takes them from there and writes ([`take`]), so that no disk ever slows a viewer,
//! the encoder or another task (I3). A disk that is slower than the stream costs the recording pictures up to the next
//! keyframe, and they are counted. Owns the one recording that may run; decides nothing about who may have it.

mod meters;
mod place;
mod take;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use telestage_session::{RecordOrder, RecordingEvent};
use tokio::sync::{mpsc, oneshot};

use crate::net::stream::{AccessUnit, Reader, Stream};

pub use meters::RecordMeters;
pub use place::{Limits, Place};
use take::Take;

/// Access units that wait for the disk; beyond it pictures are left out up to a keyframe. 4 s at 60 a second.
const QUEUE: usize = 256;
/// News of the recorder that wait for the hub. Sizes are left out when it is full, beginning and end wait.
pub const EVENTS: usize = 64;
/// A player can start at keyframes only, and the stream has none without need: one is asked for when both so many access
/// units and so much time have gone by. A still picture sends few, so it is not disturbed.
const KEY_AFTER_UNITS: u32 = 300;
const KEY_AFTER: Duration = Duration::from_secs(10);
/// How long the end of the server waits for the end of a file.
const GOODBYE: Duration = Duration::from_secs(2);

struct Running {
    /// Dropping it ends the recording; `None` once that was done.
    stop: Option<oneshot::Sender<()>>,
    /// Resolves when the last file is closed.
    done: oneshot::Receiver<()>,
}

/// The recorder: at most one recording at a time.
pub struct Recorder {
    place: Option<Place>,
    stream: Stream,
    events: mpsc::Sender<RecordingEvent>,
    meters: Arc<RecordMeters>,
    running: Option<Running>,
}

impl Recorder {
    /// A recorder of `stream` that writes to `place`, tells `events` and counts in `meters`. Without a place it is never
    /// ordered to record.
    #[must_use]
    pub fn new(
        place: Option<Place>,
        stream: Stream,
        events: mpsc::Sender<RecordingEvent>,
        meters: Arc<RecordMeters>,
    ) -> Self {
        Self { place, stream, events, meters, running: None }
    }

    /// Does what the session wants; what comes of it are events. Call it within a tokio runtime.
    pub fn obey(&mut self, order: RecordOrder) {
        match order {
            RecordOrder::Start { name, stage } => {
                if let Err(event) = self.start(name, stage.as_deref()) {
                    // Not lost even if the hub, which waits for nobody, is behind: the session waits for this answer.
                    let events = self.events.clone();
                    tokio::spawn(async move { drop(events.send(event).await) });
                }
            }
            RecordOrder::Stop => self.stop(),
        }
    }

    fn start(&mut self, name: Option<String>, stage: Option<&str>) -> Result<(), RecordingEvent> {
        let refused = |reason: &dyn std::fmt::Display| RecordingEvent::Ended {
            bytes: 0,
            failure: Some(place::failure_of(reason)),
        };
        let place = self.place.clone().ok_or_else(|| refused(&"there is no folder for recordings"))?;
        let name = name.unwrap_or_else(|| place::default_name(stage, std::time::SystemTime::now()));
        let (units, queue) = mpsc::channel(QUEUE);
        let (stop, stopped) = oneshot::channel();
        let (finished, done) = oneshot::channel();
        let take = Take::new(place, name, self.events.clone(), self.meters.clone());
        std::thread::Builder::new()
            .name("record".into())
            .spawn(move || {
                take.run(queue);
                // Nobody waits unless the server stops.
                let _ = finished.send(());
            })
            .map_err(|error| refused(&error))?;
        tokio::spawn(feed(self.stream.subscribe(), units, stopped, self.meters.clone()));
        self.running = Some(Running { stop: Some(stop), done });
        Ok(())
    }

    fn stop(&mut self) {
        if let Some(running) = &mut self.running {
            drop(running.stop.take());
        }
    }

    /// Ends what runs and waits until its file is closed, at most two seconds.
    pub async fn close(mut self) {
        self.stop();
        let Some(running) = self.running else { return };
        if tokio::time::timeout(GOODBYE, running.done).await.is_err() {
            tracing::warn!("the recording's file was not closed in time; it plays up to its last second");
        }
    }
}

/// Carries access units from the stream to the disk's queue until it is told to stop, or either end is gone.
async fn feed(
    mut reader: Reader,
    queue: mpsc::Sender<Arc<AccessUnit>>,
    mut stop: oneshot::Receiver<()>,
    meters: Arc<RecordMeters>,
) {
    let mut is_behind = false;
    let (mut since_key, mut key_at) = (0, Instant::now());
    loop {
        let unit = tokio::select! {
            biased;
            _ = &mut stop => return,
            room = queue.reserve_many(QUEUE / 2), if is_behind => {
                if room.is_err() {
                    return;
                }
                // Not before: a keyframe costs all viewers, and this one would find no room.
                is_behind = false;
                reader.request_key();
                continue;
            }
            () = queue.closed() => return,
            unit = reader.next() => unit,
        };
        let Some(unit) = unit else { return };
        if unit.packet.key {
            (since_key, key_at) = (0, Instant::now());
        }
        since_key += 1;
        if since_key >= KEY_AFTER_UNITS && key_at.elapsed() >= KEY_AFTER {
            reader.request_key();
        }
        match queue.try_send(unit) {
            Ok(()) => is_behind = false,
            Err(mpsc::error::TrySendError::Full(_)) => {
                reader.pass_over();
                meters.note_gap();
                is_behind = true;
            }
            Err(mpsc::error::TrySendError::Closed(_)) => return,
        }
    }
}

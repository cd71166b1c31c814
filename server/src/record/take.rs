//! One recording on its own thread: access units in, files out.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use telestage_media::mp4::{Mp4Error, Torn, Writer};
use telestage_session::{RecordingEvent, RecordingFailure};
use tokio::sync::mpsc;

use super::meters::RecordMeters;
use super::place::{self, Place};
use crate::net::stream::AccessUnit;

/// Time between two looks at the disk, and between two words about the size.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// RTP clock of video, ticks a second.
const CLOCK_HZ: u128 = 90_000;

/// A file that is being written.
struct Part {
    writer: Writer<File>,
    path: PathBuf,
    /// When its newest picture came.
    newest: Option<Instant>,
}

/// A recording: its files, one after the other.
pub struct Take {
    place: Place,
    name: String,
    events: mpsc::Sender<RecordingEvent>,
    meters: Arc<RecordMeters>,
    /// Files begun so far.
    parts: u32,
    /// Bytes of the files that are closed.
    closed: u64,
    /// Bytes that the meters know of.
    metered: u64,
    looked: Instant,
}

impl Take {
    /// A recording called `name`.
    pub fn new(
        place: Place,
        name: String,
        events: mpsc::Sender<RecordingEvent>,
        meters: Arc<RecordMeters>,
    ) -> Self {
        Self { place, name, events, meters, parts: 0, closed: 0, metered: 0, looked: Instant::now() }
    }

    /// Records until the queue ends or something fails, and tells what came of it.
    pub fn run(mut self, queue: mpsc::Receiver<Arc<AccessUnit>>) {
        let failure = self.record(queue).err();
        self.meters.note_on(false);
        self.meter(self.closed);
        if let Some(failure) = &failure {
            tracing::warn!(reason = failure.message, bytes = self.closed, "recording ended by itself");
        } else {
            tracing::info!(name = self.name, bytes = self.closed, "recorded");
        }
        // A hub that is gone needs no news.
        drop(self.events.blocking_send(RecordingEvent::Ended { bytes: self.closed, failure }));
    }

    fn record(&mut self, mut queue: mpsc::Receiver<Arc<AccessUnit>>) -> Result<(), RecordingFailure> {
        let mut part = self.begin()?;
        while let Some(unit) = queue.blocking_recv() {
            part = self.put(part, &unit)?;
            if let Err(failure) = self.look(&part) {
                self.end(part)?;
                return Err(failure);
            }
        }
        self.end(part)
    }

    /// Opens the next file.
    fn begin(&mut self) -> Result<Part, RecordingFailure> {
        self.parts += 1;
        let name = match self.parts {
            1 => self.name.clone(),
            number => format!("{}-{number}", self.name),
        };
        let (file, path) = self.place.create(&name)?;
        tracing::info!(path = %path.display(), "recording");
        self.meters.note_on(true);
        Ok(Part { writer: Writer::new(file), path, newest: None })
    }

    /// Puts one access unit into the file, or into the next one if it does not fit this one's format.
    fn put(&mut self, mut part: Part, unit: &AccessUnit) -> Result<Part, RecordingFailure> {
        match push(&mut part, unit) {
            Ok(is_first) => {
                if is_first {
                    self.tell_begun(&part);
                }
                Ok(part)
            }
            // The stream came in the middle of something; a keyframe is on its way.
            Err(Mp4Error::NoKey) => Ok(part),
            Err(Mp4Error::OtherFormat) => {
                self.end(part)?;
                let next = self.begin()?;
                self.put(next, unit)
            }
            Err(Mp4Error::Parameters(error)) => {
                self.end(part)?;
                Err(place::failure_of(&error))
            }
            Err(Mp4Error::Io(error)) => {
                let failure = place::failure(&error, &part.path);
                self.give_up(part);
                Err(failure)
            }
        }
    }

    fn tell_begun(&self, part: &Part) {
        let path = part.path.display().to_string();
        drop(self.events.blocking_send(RecordingEvent::Began { path }));
    }

    /// Once a second: how large it is, and whether it may become larger.
    fn look(&mut self, part: &Part) -> Result<(), RecordingFailure> {
        let bytes = self.closed + part.writer.bytes();
        self.place.check_size(bytes)?;
        if self.looked.elapsed() < LOOK_INTERVAL {
            return Ok(());
        }
        self.looked = Instant::now();
        self.meter(bytes);
        // Old news when the hub is behind: the next second brings newer ones.
        let _ = self.events.try_send(RecordingEvent::Grew { bytes });
        self.place.check_room()
    }

    /// Closes a file; its last picture stays until now. One without any picture goes.
    fn end(&mut self, part: Part) -> Result<(), RecordingFailure> {
        let Some(newest) = part.newest else {
            self.remove(&part.path);
            return Ok(());
        };
        let ticks = newest.elapsed().as_nanos() * CLOCK_HZ / 1_000_000_000;
        let path = part.path;
        match part.writer.finish(u32::try_from(ticks).unwrap_or(u32::MAX)) {
            Ok((file, _)) => {
                self.closed += file.metadata().map_or(0, |metadata| metadata.len());
                Ok(())
            }
            Err(Torn { error, out, whole_bytes }) => {
                let failure = place::failure(&error, &path);
                self.cut(&out, whole_bytes, &path);
                Err(failure)
            }
        }
    }

    /// Leaves a file that cannot be written any more with what is whole in it.
    fn give_up(&mut self, part: Part) {
        let (file, whole) = part.writer.give_up();
        if whole == 0 {
            self.remove(&part.path);
        } else {
            self.cut(&file, whole, &part.path);
        }
    }

    fn cut(&mut self, file: &File, whole: u64, path: &Path) {
        if let Err(error) = file.set_len(whole) {
            tracing::warn!(%error, path = %path.display(), "the torn end of a recording stays");
        }
        self.closed += whole;
    }

    fn remove(&self, path: &Path) {
        if let Err(error) = std::fs::remove_file(path) {
            tracing::warn!(%error, path = %path.display(), "an empty recording stays");
        }
    }

    fn meter(&mut self, bytes: u64) {
        self.meters.note_bytes(bytes.saturating_sub(self.metered));
        self.metered = self.metered.max(bytes);
    }
}

/// Puts it into the file; true if it is the first picture there.
fn push(part: &mut Part, unit: &AccessUnit) -> Result<bool, Mp4Error> {
    part.writer.push(&unit.packet.data, unit.packet.key, unit.rtp_timestamp)?;
    Ok(part.newest.replace(Instant::now()).is_none())
}

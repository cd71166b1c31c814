//! The writer: access units in, a file out, a fragment at a time.

use std::io::{self, Seek, SeekFrom, Write};

use super::boxes::{self, Entry, Sample, TIMESCALE};
use super::nal::{Parameters, append_sample};
use super::sps::SpsError;

/// A fragment is written when it is this long, in ticks: what a crash costs at most.
const FRAGMENT_TICKS: u64 = TIMESCALE as u64;
/// A fragment is written when it has this many bytes, however short: so much is held in memory at most.
const FRAGMENT_BYTES: usize = 8 << 20;
/// Places to start that are remembered for the index; beyond it every other one is forgotten.
const ENTRIES: usize = 8192;

/// Why an access unit is not in the file.
#[derive(Debug, thiserror::Error)]
pub enum Mp4Error {
    /// A file begins with a keyframe that carries its parameter sets; this one is none. Ask for a keyframe.
    #[error("a recording begins with a keyframe that carries its parameter sets")]
    NoKey,
    /// The stream goes on with another size or another encoder: finish this file and put this access unit first into a
    /// new one. The file is as it was.
    #[error("the stream goes on with other parameter sets, which this file cannot hold")]
    OtherFormat,
    /// The parameter sets are nothing that a player could read either.
    #[error(transparent)]
    Parameters(#[from] SpsError),
    /// The file cannot be written; it plays up to [`Writer::whole_bytes`].
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A file that could not be finished.
#[derive(Debug)]
pub struct Torn<W> {
    /// The system's refusal.
    pub error: io::Error,
    /// The file.
    pub out: W,
    /// Where its last whole fragment ends: cut off what lies behind.
    pub whole_bytes: u64,
}

/// What was found out with the first keyframe.
struct Track {
    parameters: Parameters,
    length_at: u64,
}

/// The picture that came last: its duration is known when the next one comes.
struct Newest {
    timestamp: u32,
    size: u32,
    is_key: bool,
}

/// Writes one file. A file that was begun plays at any time up to its last whole fragment; [`Writer::finish`] adds its
/// length and an index.
pub struct Writer<W> {
    out: W,
    track: Option<Track>,
    newest: Option<Newest>,
    /// Samples of the fragment to come, without the newest.
    samples: Vec<Sample>,
    /// Their bytes, and the newest's behind them.
    data: Vec<u8>,
    /// When the fragment to come starts, and how long it is, in ticks.
    start: u64,
    ticks: u64,
    fragments: u32,
    entries: Vec<Entry>,
    /// Bytes of the header and of whole fragments.
    written: u64,
}

impl<W: Write + Seek> Writer<W> {
    /// A writer into `out`, which is empty. Nothing is written before the first keyframe.
    pub fn new(out: W) -> Self {
        Self {
            out,
            track: None,
            newest: None,
            samples: Vec::new(),
            data: Vec::new(),
            start: 0,
            ticks: 0,
            fragments: 0,
            entries: Vec::new(),
            written: 0,
        }
    }

    /// Bytes so far, those not yet written included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.written + self.data.len() as u64
    }

    /// Bytes of the file up to the end of its last whole fragment. After a failure whatever lies behind can be cut off.
    #[must_use]
    pub fn whole_bytes(&self) -> u64 {
        self.written
    }

    /// From the first picture to the newest, in ticks of 90 kHz.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        self.start + self.ticks
    }

    /// Columns and rows; `None` before the first keyframe.
    #[must_use]
    pub fn size(&self) -> Option<[u32; 2]> {
        self.track.as_ref().map(|track| track.parameters.said.size)
    }

    /// Takes one access unit in decoding order, which is also the order of display: there are no pictures that refer
    /// ahead. `rtp_timestamp` runs at 90 kHz and wraps; an older one than the last counts as one tick later.
    ///
    /// # Errors
    /// [`Mp4Error`]; the unit is not in the file then. After [`Mp4Error::Io`] nothing more can be written.
    pub fn push(&mut self, annex_b: &[u8], is_key: bool, rtp_timestamp: u32) -> Result<(), Mp4Error> {
        let parameters = if is_key { Parameters::of(annex_b)? } else { None };
        match (&self.track, parameters) {
            (None, Some(parameters)) => self.begin(parameters)?,
            (None, None) => return Err(Mp4Error::NoKey),
            (Some(track), Some(parameters)) if track.parameters != parameters => {
                return Err(Mp4Error::OtherFormat);
            }
            (Some(_), Some(_) | None) => {}
        }
        self.close_newest(rtp_timestamp);
        if is_key || self.ticks >= FRAGMENT_TICKS || self.data.len() >= FRAGMENT_BYTES {
            self.flush()?;
        }
        let before = self.data.len();
        append_sample(annex_b, &mut self.data);
        let size = (self.data.len() - before) as u32;
        self.newest = Some(Newest { timestamp: rtp_timestamp, size, is_key });
        Ok(())
    }

    /// Ends the file: the newest picture stays for `last_ticks` more. Returns the file and how long it is, in ticks.
    ///
    /// # Errors
    /// [`Torn`], with the file: it plays nevertheless.
    pub fn finish(mut self, last_ticks: u32) -> Result<(W, u64), Torn<W>> {
        match self.write_end(last_ticks) {
            Ok(()) => Ok((self.out, self.start)),
            Err(error) => {
                let (out, whole_bytes) = self.give_up();
                Err(Torn { error, out, whole_bytes })
            }
        }
    }

    fn write_end(&mut self, last_ticks: u32) -> io::Result<()> {
        if let Some(newest) = &self.newest {
            let end = newest.timestamp.wrapping_add(last_ticks.clamp(1, i32::MAX as u32));
            self.close_newest(end);
        }
        self.flush()?;
        self.write_length()?;
        if self.track.is_some() {
            self.out.seek(SeekFrom::Start(self.written))?;
            self.out.write_all(&boxes::index(&self.entries))?;
        }
        self.out.flush()
    }

    /// Ends a file that cannot be written any more. Its length takes no room, so that even a full disk lets it be
    /// noted. Returns the file, and where its last whole fragment ends: cut off what lies behind.
    pub fn give_up(mut self) -> (W, u64) {
        if let Err(error) = self.write_length() {
            tracing::debug!(%error, "the length of a broken recording is not noted");
        }
        (self.out, self.written)
    }

    fn write_length(&mut self) -> io::Result<()> {
        let Some(track) = &self.track else { return Ok(()) };
        self.out.seek(SeekFrom::Start(track.length_at))?;
        self.out.write_all(&boxes::length(self.start))
    }

    fn begin(&mut self, parameters: Parameters) -> Result<(), Mp4Error> {
        let header = boxes::header(&parameters);
        self.out.write_all(&header.bytes)?;
        self.written = header.bytes.len() as u64;
        self.track = Some(Track { parameters, length_at: header.length_at });
        Ok(())
    }

    /// The newest picture ends where the next one begins.
    fn close_newest(&mut self, next: u32) {
        let Some(newest) = self.newest.take() else { return };
        let passed = next.wrapping_sub(newest.timestamp);
        let duration = if (1..=i32::MAX as u32).contains(&passed) { passed } else { 1 };
        self.samples.push(Sample { duration, size: newest.size, is_key: newest.is_key });
        self.ticks += u64::from(duration);
    }

    /// Writes the fragment of all pictures whose end is known. Players give up a file whose last `moof` is torn, so it is
    /// an empty box until all of it is there.
    fn flush(&mut self) -> io::Result<()> {
        let Some(first) = self.samples.first() else { return Ok(()) };
        if first.is_key {
            self.remember(Entry { time: self.start, offset: self.written });
        }
        self.fragments += 1;
        let mut bytes = boxes::fragment(self.fragments, self.start, &self.samples, &self.data);
        let head = boxes::disguise(&mut bytes);
        self.out.write_all(&bytes)?;
        self.out.seek(SeekFrom::Start(self.written))?;
        self.out.write_all(&head)?;
        self.written += bytes.len() as u64;
        self.out.seek(SeekFrom::Start(self.written))?;
        self.start += self.ticks;
        self.ticks = 0;
        self.samples.clear();
        self.data.clear();
        Ok(())
    }

    fn remember(&mut self, entry: Entry) {
        if self.entries.len() >= ENTRIES {
            let mut is_kept = false;
            self.entries.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
        }
        self.entries.push(entry);
    }
}

//! H.264 on the CPU by OpenH264, built from source: constrained baseline, real-time, one access unit out for each
//! frame in, keys only on request and bounded in size.
//!
//! The quantizer comes from [`rate`], the C library is touched in [`wels`] alone.

mod rate;
#[cfg(test)]
mod tests;
mod wels;

use std::time::Instant;

use bytes::Bytes;

use self::rate::{Activity, RateControl};
use self::wels::Wels;
use crate::convert::{Converter, I420};
use crate::encoder::{EncodeError, Encoder, Packet, Rendition};
use crate::frame::{Frame, Timings};

/// Longest side; the library stops at 3840x2160.
const MAX_SIDE: u32 = 3840;
/// How often a key that is too large is encoded again.
const KEY_RETRIES: u32 = 2;
/// Pixels of a picture that are worth a slice: half of 1280x720.
const SLICE_PIXELS: u64 = 1280 * 720 / 2;
/// The library has no more threads.
const MOST_SLICES: u64 = 4;
/// Rows between those that are measured.
const MEASURE_EVERY: usize = 4;

/// The encoder of the embedded default.
pub struct OpenH264 {
    rendition: Rendition,
    wels: Wels,
    rate: RateControl,
    converter: Converter,
    picture: I420,
    /// The picture that the decoder has, as it was before encoding.
    last: I420,
    unit: Vec<u8>,
    /// A decoder cannot go on from here: the next picture is a key.
    owes_key: bool,
}

impl OpenH264 {
    /// As `--encoder` takes it.
    pub const NAME: &'static str = "openh264";

    /// Opens the library for `rendition`.
    ///
    /// # Errors
    /// A size, rate or bitrate out of range, or the library's refusal.
    pub fn new(rendition: &Rendition) -> Result<Self, EncodeError> {
        check(rendition)?;
        Ok(Self {
            rendition: *rendition,
            wels: open(rendition)?,
            rate: RateControl::new(rendition.size, rendition.fps, rendition.bitrate_bps),
            converter: Converter::default(),
            picture: I420::new(rendition.size),
            last: I420::new(rendition.size),
            unit: Vec::new(),
            owes_key: true,
        })
    }

    /// Encodes a key, again with a coarser quantizer if it is above the limit.
    ///
    /// The pictures thrown away were never sent, and a key refers to none before it, so nobody misses them.
    fn encode_key(&mut self, activity: Activity) -> Result<u8, EncodeError> {
        let mut qp = self.rate.key_qp(activity);
        for _ in 0..=KEY_RETRIES {
            self.wels.set_qp(qp).map_err(failed)?;
            if !self.wels.encode(&self.picture, true, &mut self.unit).map_err(failed)? {
                return Err(failed("a key was asked for and did not come"));
            }
            let bits = self.unit.len() as f64 * 8.0;
            if bits <= self.rate.key_limit() {
                break;
            }
            let coarser = self.rate.retry_qp(qp, bits);
            if coarser == qp {
                break;
            }
            self.rate.learn_key(activity, qp, bits);
            qp = coarser;
        }
        Ok(qp)
    }
}

impl Encoder for OpenH264 {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn configure(&mut self, rendition: &Rendition) -> Result<(), EncodeError> {
        check(rendition)?;
        if rendition.size != self.rendition.size {
            self.wels = open(rendition)?;
            self.rate = RateControl::new(rendition.size, rendition.fps, rendition.bitrate_bps);
            self.picture = I420::new(rendition.size);
            self.last = I420::new(rendition.size);
            self.owes_key = true;
        }
        self.rate.set_rate(rendition.fps, rendition.bitrate_bps);
        self.rendition = *rendition;
        Ok(())
    }

    fn refines(&self) -> bool {
        self.rate.refines()
    }

    fn encode(&mut self, frame: &Frame, want_key: bool) -> Result<Packet, EncodeError> {
        let start = Instant::now();
        self.converter.convert(frame, &mut self.picture)?;
        let converted = Instant::now();
        let activity = measure(&self.picture, &self.last);
        let key = want_key || self.owes_key;
        // Whatever fails from here on leaves the library's references in doubt.
        self.owes_key = true;
        let qp = if key {
            self.encode_key(activity)?
        } else {
            let qp = self.rate.delta_qp(activity);
            self.wels.set_qp(qp).map_err(failed)?;
            self.wels.encode(&self.picture, false, &mut self.unit).map_err(failed)?;
            qp
        };
        if self.unit.is_empty() {
            return Err(failed("no access unit came out"));
        }
        self.owes_key = false;
        self.rate.coded(activity, key, qp, self.unit.len() as f64 * 8.0);
        std::mem::swap(&mut self.picture, &mut self.last);
        tracing::trace!(
            frame = frame.number,
            key,
            qp,
            bytes = self.unit.len(),
            change = activity.change,
            "encoded"
        );
        Ok(Packet {
            data: Bytes::copy_from_slice(&self.unit),
            key,
            frame: frame.number,
            view_version: frame.view_version,
            size: self.rendition.size,
            timings: Timings { convert: converted - start, encode: converted.elapsed(), ..frame.timings },
        })
    }
}

fn check(rendition: &Rendition) -> Result<(), EncodeError> {
    let Rendition { size, fps, bitrate_bps } = *rendition;
    let [long, short] = [size[0].max(size[1]), size[0].min(size[1])];
    if short < 16 || long > MAX_SIDE || short > MAX_SIDE * 9 / 16 || size.iter().any(|side| side % 2 != 0) {
        return Err(EncodeError::Size { backend: OpenH264::NAME, size, max: MAX_SIDE });
    }
    if !(fps.is_finite() && fps > 0.0) || bitrate_bps == 0 {
        return Err(EncodeError::Rate { backend: OpenH264::NAME, fps, bitrate_bps });
    }
    Ok(())
}

fn open(rendition: &Rendition) -> Result<Wels, EncodeError> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Wels::new(rendition.size, rendition.fps, slices(rendition.size, processors)).map_err(failed)
}

/// In how many parts a picture is encoded at once, each by a thread. Their common edges are not smoothed, and a small
/// picture is ready before another thread has woken.
fn slices(size: [u32; 2], processors: usize) -> u8 {
    let worth = u64::from(size[0]) * u64::from(size[1]) / SLICE_PIXELS;
    worth.min(processors as u64).clamp(1, MOST_SLICES) as u8
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn failed(reason: impl ToString) -> EncodeError {
    EncodeError::Backend { backend: OpenH264::NAME, reason: reason.to_string() }
}

/// Texture and change of a picture, from every fourth row of its luma.
fn measure(picture: &I420, last: &I420) -> Activity {
    let width = picture.size()[0] as usize;
    let (mut texture, mut change, mut samples) = (0_u64, 0_u64, 0_u64);
    let rows = picture.y().chunks_exact(width).zip(last.y().chunks_exact(width));
    for (row, before) in rows.skip(MEASURE_EVERY / 2).step_by(MEASURE_EVERY) {
        texture += u64::from(difference(&row[1..], &row[..width - 1]));
        change += u64::from(difference(row, before));
        samples += width as u64;
    }
    let mean = |sum: u64| sum as f64 / samples.max(1) as f64;
    Activity { texture: mean(texture), change: mean(change) }
}

/// Sum of absolute differences of two rows. Wrapping, because a check in each step keeps the compiler from using the
/// processor's own instruction for it; a row is too short to wrap.
fn difference(a: &[u8], b: &[u8]) -> u32 {
    let differences = a.iter().zip(b).map(|(&a, &b)| i32::from(a).wrapping_sub(i32::from(b)).unsigned_abs());
    differences.fold(0, u32::wrapping_add)
}

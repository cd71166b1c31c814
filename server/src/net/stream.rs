//! The encoded stream that all viewers share.
//!
//! One producer, the encode thread, owns the `Publisher`; each viewer owns a `Reader`. Between them lies a ring of a
//! few access units in which every reader has a place of its own. The producer never waits: a reader that falls behind
//! by a whole ring loses what it missed, is counted, and goes on at the next keyframe, which it asks for. Access units
//! are cut into RTP payloads once, here; viewers clone handles to the same bytes.
//!
//! Requests for keyframes meet in one flag. The producer takes it at most once in [`KEY_INTERVAL`], so that neither a
//! crowd of joining viewers nor a hostile one can turn the stream into keyframes only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc::rtp::codec::h264::H264Payloader;
use rtc::rtp::packetizer::Payloader as _;
use telestage_media::Packet;
use tokio::sync::broadcast;

use super::bounds::{Bounds, Seat};
use super::secret;

/// Access units that a reader may be behind; beyond it the reader skips to a keyframe. 8 are 0.13 s at 60 a second:
/// what is older is better not shown at all.
pub const RING: usize = 8;
/// Two keyframes on request lie at least this far apart.
pub const KEY_INTERVAL: Duration = Duration::from_millis(250);
/// Largest RTP payload, in bytes: 1200 (what every path carries) less RTP header, extensions, SRTP tag and the two
/// bytes that a retransmission adds.
const PAYLOAD_MAX: usize = 1160;
/// RTP clock of video (RFC 6184), ticks a second.
const CLOCK_HZ: u128 = 90_000;

/// One access unit, ready to be sent to any number of viewers.
#[derive(Debug)]
pub struct AccessUnit {
    /// As the encoder made it.
    pub packet: Arc<Packet>,
    /// 90 kHz, the same for every viewer.
    pub rtp_timestamp: u32,
    /// RTP payloads in order; the last one gets the marker bit.
    pub payloads: Vec<Bytes>,
}

/// Called whenever somebody needs a keyframe; must not block. Wakes an encode thread that waits for frames.
pub type OnDemand = Arc<dyn Fn() + Send + Sync>;

struct Shared {
    ring: broadcast::Sender<Arc<AccessUnit>>,
    wants_key: AtomicBool,
    skipped: AtomicU64,
    bitrate_bps: AtomicU32,
    on_demand: OnDemand,
    bounds: Bounds,
}

impl Shared {
    fn request_key(&self) {
        if !self.wants_key.swap(true, Ordering::AcqRel) {
            (self.on_demand)();
        }
    }
}

/// One view's streams, by the name under which the session knows the view.
#[derive(Clone)]
pub struct Feed {
    /// The view.
    pub view: u32,
    /// Its renditions, the best first; at least one.
    pub streams: Arc<[Stream]>,
}

impl Feed {
    /// A view with one rendition.
    #[must_use]
    pub fn single(view: u32, stream: Stream) -> Self {
        Self { view, streams: Arc::new([stream]) }
    }

    /// Access units that readers missed because they were slow, summed over all renditions.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.streams.iter().map(Stream::skipped).sum()
    }
}

/// Makes a stream without readers. `on_demand` is called by readers, on any thread. Streams with copies of one `clock`
/// have comparable timestamps.
pub fn channel(on_demand: OnDemand, clock: RtpClock) -> (Publisher, Stream) {
    let shared = Arc::new(Shared {
        ring: broadcast::Sender::new(RING),
        wants_key: AtomicBool::new(false),
        skipped: AtomicU64::new(0),
        bitrate_bps: AtomicU32::new(0),
        on_demand,
        bounds: Bounds::default(),
    });
    let publisher =
        Publisher { shared: shared.clone(), payloader: H264Payloader::default(), clock, last_key: None };
    (publisher, Stream(shared))
}

/// The producer's end. One encode thread owns it.
pub struct Publisher {
    shared: Arc<Shared>,
    payloader: H264Payloader,
    clock: RtpClock,
    last_key: Option<Instant>,
}

impl Publisher {
    /// Viewers there are now. Encoding for none is a waste.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.shared.ring.receiver_count()
    }

    /// What the readers' links carry, as far as they are known to bound it.
    #[must_use]
    pub fn bounds(&self) -> &Bounds {
        &self.shared.bounds
    }

    /// Whether the next frame shall be a keyframe. Stays true until one was published.
    #[must_use]
    pub fn wants_key(&self, now: Instant) -> bool {
        self.shared.wants_key.load(Ordering::Acquire) && self.key_due_in(now).is_zero()
    }

    /// How long a wanted keyframe has to wait because the last one is so recent; zero if it does not. A thread that
    /// sleeps between frames wakes after that time if [`Self::is_key_pending`].
    #[must_use]
    pub fn key_due_in(&self, now: Instant) -> Duration {
        self.last_key.map_or(Duration::ZERO, |last| (last + KEY_INTERVAL).saturating_duration_since(now))
    }

    /// Whether somebody waits for a keyframe, due or not.
    #[must_use]
    pub fn is_key_pending(&self) -> bool {
        self.shared.wants_key.load(Ordering::Acquire)
    }

    /// Says how many bits were published within the last second.
    pub fn note_bitrate(&self, bps: f64) {
        self.shared.bitrate_bps.store(bps as u32, Ordering::Relaxed);
    }

    /// Hands an access unit to all readers and returns its RTP timestamp, which is what `requestVideoFrameCallback`
    /// reports. `captured` is when its frame was taken; it must not lie in the future of a later frame's. Never waits.
    pub fn publish(&mut self, packet: Arc<Packet>, captured: Instant) -> u32 {
        let rtp_timestamp = self.clock.timestamp(captured);
        if packet.key {
            self.last_key = Some(captured);
            // Before it is sent: whoever subscribes after this packet and asks is not answered by it.
            self.shared.wants_key.store(false, Ordering::Release);
        }
        if self.readers() > 0 {
            match self.payloader.payload(PAYLOAD_MAX, &packet.data) {
                Ok(payloads) => {
                    // An error means that the last reader has just left.
                    drop(self.shared.ring.send(Arc::new(AccessUnit { packet, rtp_timestamp, payloads })));
                }
                Err(error) => {
                    tracing::warn!(%error, frame = packet.frame, "access unit cannot be cut into packets");
                }
            }
        }
        rtp_timestamp
    }
}

/// The readers' end; cheap to clone.
#[derive(Clone)]
pub struct Stream(Arc<Shared>);

impl Stream {
    /// A new reader, which starts at the next keyframe and asks for it.
    #[must_use]
    pub fn subscribe(&self) -> Reader {
        let reader = Reader {
            shared: self.0.clone(),
            ring: self.0.ring.subscribe(),
            waits_for_key: true,
            missed: 0,
            seat: self.0.bounds.take(),
        };
        self.0.request_key();
        reader
    }

    /// Readers there are now.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.0.ring.receiver_count()
    }

    /// What the best of the readers' links carries, `most_bps` at most; `None` without readers.
    #[must_use]
    pub fn best_bps(&self, most_bps: f64) -> Option<f64> {
        self.0.bounds.best(most_bps)
    }

    /// Lets whoever makes the stream see that somebody wants pictures, if not this stream.
    pub fn demand(&self) {
        (self.0.on_demand)();
    }

    /// Bits published within the last second before the last access unit.
    #[must_use]
    pub fn bitrate_bps(&self) -> f64 {
        f64::from(self.0.bitrate_bps.load(Ordering::Relaxed))
    }

    /// Whether both are ends of the same stream.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Access units that readers missed because they were slow, summed over all readers.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.0.skipped.load(Ordering::Relaxed)
    }
}

/// One viewer's place in the stream.
pub struct Reader {
    shared: Arc<Shared>,
    ring: broadcast::Receiver<Arc<AccessUnit>>,
    waits_for_key: bool,
    missed: u64,
    seat: Option<Seat>,
}

impl Reader {
    /// This viewer's link carries no more than `bps` bits a second; `None` while it has carried everything.
    pub fn bound(&self, bps: Option<f64>) {
        if let Some(seat) = &self.seat {
            seat.set(bps);
        }
    }

    /// The next access unit that can be decoded after those before it; `None` when the producer is gone. Can be
    /// cancelled without loss.
    pub async fn next(&mut self) -> Option<Arc<AccessUnit>> {
        loop {
            match self.ring.recv().await {
                Ok(unit) if self.waits_for_key && !unit.packet.key => self.skip(1),
                Ok(unit) => {
                    self.waits_for_key = false;
                    return Some(unit);
                }
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    self.skip(missed);
                    self.missed += missed;
                    self.waits_for_key = true;
                    self.shared.request_key();
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// An access unit that was read is not sent after all: goes on at the next keyframe, which is not asked for yet.
    pub fn pass_over(&mut self) {
        self.skip(1);
        self.waits_for_key = true;
    }

    /// Access units that were lost because this reader was too slow for the ring.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Asks for a keyframe, because the far end lost its place.
    pub fn request_key(&self) {
        self.shared.request_key();
    }

    fn skip(&self, count: u64) {
        self.shared.skipped.fetch_add(count, Ordering::Relaxed);
    }
}

/// Turns instants into RTP timestamps, each one later than the last.
#[derive(Clone, Copy, Debug)]
pub struct RtpClock {
    epoch: Instant,
    offset: u32,
    /// Ticks since the epoch; a picture may stand still for longer than 32 bits reach.
    last: Option<u64>,
}

impl RtpClock {
    /// A clock that starts now, at a random time (RFC 3550, section 5.1).
    #[must_use]
    pub fn start() -> Self {
        Self::new(Instant::now(), secret::random_u32())
    }

    fn new(epoch: Instant, offset: u32) -> Self {
        Self { epoch, offset, last: None }
    }

    /// The timestamp of an instant, whether or not another one has the same.
    #[must_use]
    pub fn at(&self, instant: Instant) -> u32 {
        self.offset.wrapping_add(self.ticks(instant) as u32)
    }

    fn ticks(&self, instant: Instant) -> u64 {
        let nanos = instant.saturating_duration_since(self.epoch).as_nanos();
        (nanos * CLOCK_HZ / 1_000_000_000) as u64
    }

    fn timestamp(&mut self, captured: Instant) -> u32 {
        let ticks = self.ticks(captured);
        // The same frame encoded again as a keyframe is another access unit and needs another timestamp.
        let ticks = self.last.map_or(ticks, |last| ticks.max(last + 1));
        self.last = Some(ticks);
        self.offset.wrapping_add(ticks as u32)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use telestage_media::Timings;

    use super::*;

    fn packet(frame: u32, key: bool) -> Arc<Packet> {
        let mut data = vec![0, 0, 0, 1, if key { 0x65 } else { 0x41 }];
        data.resize(3000, 0xaa);
        Arc::new(Packet {
            data: data.into(),
            key,
            frame,
            view_version: 0,
            size: [16, 16],
            timings: Timings::default(),
        })
    }

    fn quiet() -> OnDemand {
        Arc::new(|| {})
    }

    async fn frames(reader: &mut Reader, count: usize) -> Vec<u32> {
        let mut out = Vec::new();
        for _ in 0..count {
            out.push(reader.next().await.expect("the producer lives").packet.frame);
        }
        out
    }

    #[tokio::test]
    async fn a_reader_starts_at_a_keyframe_and_reads_in_order() {
        let (mut publisher, stream) = channel(quiet(), RtpClock::start());
        let now = Instant::now();
        let mut reader = stream.subscribe();
        for (frame, key) in [(1, false), (2, true), (3, false)] {
            publisher.publish(packet(frame, key), now);
        }
        assert_eq!(frames(&mut reader, 2).await, [2, 3]);
        assert_eq!(stream.skipped(), 1);
    }

    /// I3, as far as the stream goes.
    #[tokio::test]
    async fn a_reader_that_sleeps_costs_the_others_nothing() {
        let (mut publisher, stream) = channel(quiet(), RtpClock::start());
        let now = Instant::now();
        let (mut sleeper, mut awake) = (stream.subscribe(), stream.subscribe());
        let total = RING as u32 * 3;
        for frame in 1..=total {
            publisher.publish(packet(frame, frame == 1), now);
            assert_eq!(frames(&mut awake, 1).await, [frame]);
        }
        assert!(!publisher.is_key_pending());
        publisher.publish(packet(total + 1, true), now);
        assert_eq!(frames(&mut sleeper, 1).await, [total + 1], "it goes on at the next keyframe");
        assert!(publisher.is_key_pending(), "and has asked for one");
        assert!(stream.skipped() >= u64::from(total) - RING as u64);
    }

    #[test]
    fn key_requests_are_one_and_bounded() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let (mut publisher, stream) = channel(
            Arc::new(move || {
                counted.fetch_add(1, Ordering::Relaxed);
            }),
            RtpClock::start(),
        );
        let start = Instant::now();
        let reader = stream.subscribe();
        for _ in 0..100 {
            reader.request_key();
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert!(publisher.wants_key(start));
        publisher.publish(packet(1, true), start);
        assert!(!publisher.wants_key(start));
        reader.request_key();
        assert!(!publisher.wants_key(start), "the last one is too recent");
        assert_eq!(publisher.key_due_in(start), KEY_INTERVAL);
        assert!(publisher.wants_key(start + KEY_INTERVAL));
    }

    #[test]
    fn readers_are_counted() {
        let (publisher, stream) = channel(quiet(), RtpClock::start());
        assert_eq!(publisher.readers(), 0);
        let reader = stream.subscribe();
        assert_eq!(stream.readers(), 1);
        drop(reader);
        assert_eq!(publisher.readers(), 0);
    }

    #[test]
    fn timestamps_run_at_90_khz_and_never_repeat() {
        let epoch = Instant::now();
        let mut clock = RtpClock::new(epoch, u32::MAX - 10);
        let first = clock.timestamp(epoch);
        assert_eq!(clock.timestamp(epoch), first.wrapping_add(1));
        assert_eq!(clock.timestamp(epoch + Duration::from_secs(1)), first.wrapping_add(90_000));
        let day = Duration::from_secs(86_400);
        assert_eq!(clock.timestamp(epoch + day), first.wrapping_add((86_400_u64 * 90_000) as u32));
    }
}

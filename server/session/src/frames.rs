//! What is known of the frames that went out.

use std::collections::VecDeque;
use std::time::Duration;

use telestage_protocol::{FrameInfo, LimitedBy, Stats};

use crate::input::FrameSent;

/// The span that `fps` is counted over.
const WINDOW: Duration = Duration::from_secs(1);
/// Most frames remembered within the span.
const REMEMBERED: usize = 1024;

/// The last frame, and when those before it went out.
#[derive(Debug, Default)]
pub struct Frames {
    last: Option<FrameSent>,
    is_drawn: bool,
    sent_at: VecDeque<Duration>,
    count: u32,
}

impl Frames {
    /// Notes a frame.
    pub fn push(&mut self, now: Duration, frame: FrameSent) {
        self.count = self.count.saturating_add(1);
        self.last = Some(frame);
        self.sent_at.push_back(now);
        while self.sent_at.len() > REMEMBERED || self.sent_at.front().is_some_and(|&at| at + WINDOW <= now) {
            self.sent_at.pop_front();
        }
    }

    /// The newest number; 0 before the first.
    #[must_use]
    pub fn last_number(&self) -> u32 {
        self.last.map_or(0, |frame| frame.number)
    }

    /// Notes that there is a frame, sent or not.
    pub fn note_drawn(&mut self) {
        self.is_drawn = true;
    }

    /// True once there was one.
    #[must_use]
    pub fn has_any(&self) -> bool {
        self.is_drawn || self.last.is_some()
    }

    /// `getStatsResult`.
    #[must_use]
    pub fn stats(&self, now: Duration, viewers: u32) -> Stats {
        let recent = self.sent_at.iter().filter(|&&at| at + WINDOW > now).count();
        Stats {
            fps: recent as f64,
            latency_ms: self.last.map_or(0.0, |f| ms(f.queue + f.render + f.convert + f.encode)),
            frames: self.count,
            bitrate_bps: self.last.map_or(0.0, |f| f64::from(f.bitrate_bps)),
            viewers,
        }
    }
}

/// `frameInfo` of `frame` for a client whose inputs up to `input_seq` it shows.
#[must_use]
pub fn frame_info(frame: &FrameSent, input_seq: u32, frame_interval: Duration) -> FrameInfo {
    FrameInfo {
        frame: frame.number,
        rtp_timestamp: frame.rtp_timestamp,
        input_seq,
        render_ms: ms(frame.render),
        convert_ms: ms(frame.convert),
        encode_ms: ms(frame.encode),
        queue_ms: ms(frame.queue),
        width: frame.size[0],
        height: frame.size[1],
        bitrate_bps: f64::from(frame.bitrate_bps),
        limited_by: limit(frame, frame_interval),
        samples: frame.samples,
        refining: frame.refining,
    }
}

/// What keeps the rate below the wanted one: a stage of the pipeline that takes longer than a frame may.
fn limit(frame: &FrameSent, frame_interval: Duration) -> Option<LimitedBy> {
    if frame.network_limits {
        Some(LimitedBy::Network)
    } else if frame.samples > 1 {
        // A picture that stands still is in no hurry.
        None
    } else if frame.reduced || frame.render + frame.convert > frame_interval {
        Some(LimitedBy::Render)
    } else if frame.encode > frame_interval {
        Some(LimitedBy::Encode)
    } else {
        None
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

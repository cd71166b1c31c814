//! What `watch` prints: the last second, and the whole.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use telestage_client::{AccessUnit, Arrivals, Ending, Transport};
use telestage_protocol::{FrameInfo, ServerMessage};

/// The figures of one run, reconnections included.
pub struct Report {
    start: Instant,
    connecting: Instant,
    transport: Option<Transport>,
    connected_ms: Option<f64>,
    first_frame_ms: Option<f64>,
    /// Since the last line.
    recent: Arrivals,
    whole: Arrivals,
    frame_info: Option<FrameInfo>,
}

impl Report {
    /// An empty one.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            start: now,
            connecting: now,
            transport: None,
            connected_ms: None,
            first_frame_ms: None,
            recent: Arrivals::default(),
            whole: Arrivals::default(),
            frame_info: None,
        }
    }

    /// An attempt to connect begins.
    pub fn connecting(&mut self, now: Instant) {
        self.connecting = now;
        (self.transport, self.connected_ms, self.first_frame_ms, self.frame_info) = (None, None, None, None);
    }

    /// It worked.
    pub fn connected(&mut self, now: Instant, transport: Transport) {
        self.transport = Some(transport);
        self.connected_ms = Some(millis(now - self.connecting));
    }

    /// A picture.
    pub fn count(&mut self, unit: &AccessUnit) {
        // It may have come in while the connection was still being told of: no earlier than that for whoever reads this.
        let connected_ms = self.connected_ms.unwrap_or_default();
        self.first_frame_ms.get_or_insert_with(|| millis(unit.arrived - self.connecting).max(connected_ms));
        self.recent.count(unit);
        self.whole.count(unit);
    }

    /// A message: what it says about pictures is kept.
    pub fn hear(&mut self, message: &ServerMessage) {
        if let ServerMessage::FrameInfo(info) = message {
            self.frame_info = Some(*info);
        }
    }

    /// Pictures so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.whole.frames
    }

    /// The line of the second that ends `now`: `fps`, `mbps` and gaps are that second's, the counts are totals.
    pub fn second(&mut self, now: Instant) -> Value {
        let line = self.line("second", &self.recent, now);
        self.recent.restart(now);
        line
    }

    /// The line of a connection that ended, before the next attempt.
    #[must_use]
    pub fn lost(&self, ending: &Ending, wait: Duration) -> Value {
        json!({
            "kind": "lost",
            "cause": ending.to_string(),
            "ended": ending.code(),
            "wait_ms": millis(wait),
            "frames": self.whole.frames,
        })
    }

    /// The last line, about the whole run.
    pub fn summary(&mut self, now: Instant, ended: &str) -> Value {
        self.whole.finish(now);
        let mut line = self.line("summary", &self.whole, now);
        line["ended"] = ended.into();
        line["bytes"] = self.whole.bytes.into();
        line["freezes"] = self.whole.freezes.into();
        line
    }

    fn line(&self, kind: &str, arrivals: &Arrivals, now: Instant) -> Value {
        let gap = |share| arrivals.percentile(share).map(millis);
        // What the server did for the picture, without the way here.
        let latency =
            |info: &FrameInfo| round(info.render_ms + info.convert_ms + info.encode_ms + info.queue_ms);
        json!({
            "kind": kind,
            "elapsed_secs": round((now - self.start).as_secs_f64()),
            "transport": self.transport.map(Transport::name),
            "connected_ms": self.connected_ms,
            "first_frame_ms": self.first_frame_ms,
            "frames": self.whole.frames,
            "keys": self.whole.keys,
            "fps": round(arrivals.fps(now)),
            "mbps": round(arrivals.mbps(now)),
            "gap_p50_ms": gap(0.5),
            "gap_p95_ms": gap(0.95),
            "gap_p99_ms": gap(0.99),
            "gap_max_ms": gap(1.0),
            "packets_late": self.whole.losses.late,
            "packets_lost": self.whole.losses.lost,
            "server_ms": self.frame_info.as_ref().map(latency),
            "limited_by": self.frame_info.as_ref().and_then(|info| info.limited_by),
            "frame_info": self.frame_info,
        })
    }
}

fn millis(time: Duration) -> f64 {
    round(time.as_secs_f64() * 1e3)
}

/// Three decimals are more than anything here is worth.
fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use telestage_client::{Format, Losses};
    use telestage_protocol::LimitedBy;

    use super::*;

    #[test]
    fn a_second_is_its_own_and_the_summary_is_the_whole() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut report = Report::new(start);
        assert_eq!(report.second(at(1))["first_frame_ms"], Value::Null);
        report.connected(at(100), Transport::Tcp);
        for frame in 0..30 {
            let unit = AccessUnit {
                data: vec![0; 1000].into(),
                format: Format::H264,
                key: frame == 0,
                rtp_timestamp: 0,
                frame: None,
                input_seq: None,
                arrived: at(150 + 50 * frame),
                losses: Losses { late: frame, lost: 1 },
            };
            report.count(&unit);
            if frame == 9 {
                let line = report.second(at(650));
                assert_eq!((&line["frames"], &line["fps"]), (&json!(10), &json!(18.0)));
            }
        }
        let info = FrameInfo {
            frame: 30,
            rtp_timestamp: 0,
            input_seq: 0,
            render_ms: 1.0,
            convert_ms: 0.5,
            encode_ms: 2.0,
            queue_ms: 0.25,
            width: 640,
            height: 360,
            bitrate_bps: 8e6,
            limited_by: Some(LimitedBy::Network),
            samples: 1,
            refining: false,
        };
        report.hear(&ServerMessage::FrameInfo(info));
        let second = report.second(at(1650));
        assert_eq!((&second["fps"], &second["gap_p50_ms"]), (&json!(20.0), &json!(50.0)));
        assert_eq!((&second["server_ms"], &second["limited_by"]), (&json!(3.75), &json!("network")));
        let line = report.summary(at(1650), "frames");
        assert_eq!((&line["transport"], &line["connected_ms"]), (&json!("tcp"), &json!(100.0)));
        assert_eq!((&line["first_frame_ms"], &line["bytes"]), (&json!(150.0), &json!(30_000)));
        assert_eq!((&line["packets_late"], &line["packets_lost"]), (&json!(29), &json!(1)));
        assert_eq!(
            (&line["ended"], &line["keys"], &line["freezes"]),
            (&json!("frames"), &json!(1), &json!(0))
        );
    }
}

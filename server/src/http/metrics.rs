//! `/metrics`: counts and levels in Prometheus' text format.

use std::fmt::{Display, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::http::Web;
use crate::measure::rss_bytes;
use crate::pipeline::meters::STAGES;

/// As the format's specification names it (version 0.0.4).
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is counted.
pub async fn metrics(State(web): State<Arc<Web>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], page(&web))
}

fn page(web: &Web) -> String {
    let mut page = Page::default();
    let version = env!("CARGO_PKG_VERSION");
    let (renderer, encoder, source) = (web.renderer, web.encoder, web.source);
    let about =
        format!("version=\"{version}\",renderer=\"{renderer}\",encoder=\"{encoder}\",source=\"{source}\"");
    page.gauge("build_info", "what runs here", &[(&about, 1)]);
    page.gauge("uptime_seconds", "since the start", &[("", web.started.elapsed().as_secs_f64())]);
    page.gauge("ready", "1 once a picture exists", &[("", u8::from(web.ready.load(Ordering::Acquire)))]);
    let viewers = [("kind=\"webrtc\"", web.endpoint.len()), ("kind=\"mjpeg\"", web.mjpeg_viewers())];
    page.gauge("viewers", "who gets pictures now", &viewers);
    let watching = web.endpoint.feed_readers();
    page.gauge("watching", "who is sent encoded pictures of the shared view now", &[("", watching)]);
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    page.gauge("tasks", "tasks of the network's runtime: some for each connection", &[("", tasks)]);
    let fps = web.rate.load(Ordering::Relaxed);
    page.gauge("frames_per_second", "drawn within the second before the last frame", &[("", fps)]);
    if let Some(shown) = web.shown.borrow().as_ref() {
        page.gauge(
            "last_frame_age_seconds",
            "a still picture gets old",
            &[("", shown.at.elapsed().as_secs_f64())],
        );
    }
    page.counter("frames_generated_total", "frames drawn", &[("", web.made.load(Ordering::Relaxed))]);
    let replaced = web.frames.replaced();
    page.counter(
        "frames_replaced_total",
        "frames that a newer one replaced before encoding",
        &[("", replaced)],
    );
    let counts = web.meters.read();
    page.counter(
        "access_units_total",
        "encoded pictures, repeats of still ones included",
        &[("", counts.units)],
    );
    page.counter("keyframes_total", "of these, keyframes", &[("", counts.keys)]);
    page.counter("encoded_bytes_total", "bytes of these, for all viewers once", &[("", counts.bytes)]);
    let labels = STAGES.map(|stage| format!("stage=\"{stage}\""));
    let spent: Vec<_> =
        labels.iter().zip(counts.spent).map(|(label, spent)| (label.as_str(), spent.as_secs_f64())).collect();
    page.counter("stage_seconds_total", "time that encoded pictures spent in each stage", &spent);
    page.counter(
        "access_units_skipped_total",
        "pictures that viewers missed because they were slow, over all viewers",
        &[("", web.endpoint.skipped_units())],
    );
    let recorded = web.recorded.read();
    page.gauge("recording", "1 while pictures go into a file", &[("", u8::from(recorded.is_on))]);
    page.counter("recorded_bytes_total", "bytes of all recordings", &[("", recorded.bytes)]);
    page.counter(
        "recording_gaps_total",
        "times that a slow disk cost a recording its pictures up to a keyframe",
        &[("", recorded.gaps)],
    );
    page.counter(
        "log_lines_left_out_total",
        "lines that repeated too often",
        &[("", crate::logging::limit::left_out())],
    );
    let sessions = web.sessions.counts();
    page.gauge("sessions", "sessions that others show", &[("", sessions.active)]);
    page.counter("sessions_created_total", "sessions so far", &[("", sessions.created)]);
    let ended = [("cause=\"destroyed\"", sessions.destroyed), ("cause=\"expired\"", sessions.expired)];
    page.counter("sessions_ended_total", "sessions that are over", &ended);
    page.counter("sessions_refused_total", "too many, or too fast", &[("", sessions.refused)]);
    let [strangers, overflows] = web.endpoint.lost_datagrams();
    let lost = [("cause=\"stranger\"", strangers), ("cause=\"overflow\"", overflows)];
    page.counter("datagrams_dropped_total", "inbound datagrams that reached no viewer's session", &lost);
    if let Some(bytes) = rss_bytes() {
        page.gauge("resident_memory_bytes", "of the server without its scene process", &[("", bytes)]);
    }
    page.0
}

/// The text so far.
#[derive(Default)]
struct Page(String);

impl Page {
    fn gauge<T: Display>(&mut self, name: &str, help: &str, samples: &[(&str, T)]) {
        self.family("gauge", name, help, samples);
    }

    fn counter<T: Display>(&mut self, name: &str, help: &str, samples: &[(&str, T)]) {
        self.family("counter", name, help, samples);
    }

    /// Samples of one name: labels without braces, and the value.
    fn family<T: Display>(&mut self, kind: &str, name: &str, help: &str, samples: &[(&str, T)]) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "# HELP telestage_{name} {help}\n# TYPE telestage_{name} {kind}");
        for (labels, value) in samples {
            let _ = match *labels {
                "" => writeln!(self.0, "telestage_{name} {value}"),
                labels => writeln!(self.0, "telestage_{name}{{{labels}}} {value}"),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_written_as_the_format_says() {
        let mut page = Page::default();
        page.gauge("viewers", "who watches", &[("kind=\"a\"", 1), ("kind=\"b\"", 0)]);
        page.counter("frames_total", "drawn", &[("", 7)]);
        let wanted = "# HELP telestage_viewers who watches\n# TYPE telestage_viewers gauge\n\
                      telestage_viewers{kind=\"a\"} 1\ntelestage_viewers{kind=\"b\"} 0\n\
                      # HELP telestage_frames_total drawn\n# TYPE telestage_frames_total counter\n\
                      telestage_frames_total 7\n";
        assert_eq!(page.0, wanted);
    }
}

//! What keeps a hostile client from filling the disk: each place in the program may say so many lines, and then one a
//! second. What is left out is counted, and the next line that passes says how many there were.
//!
//! `debug` and `trace` are asked for by somebody who looks, and are not limited.

use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;
use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

use super::LogFormat;
use crate::bucket::{Bucket, Rate};
use crate::date::iso;

/// For one place in the program: with lines of 200 bytes, 17 MB a day.
const RATE: Rate = Rate { burst: 50, pace: Duration::from_secs(1) };

/// Lines left out since the start.
static LEFT_OUT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// How many lines like the one that this thread is about to write were left out before it.
    static BEFORE: Cell<u64> = const { Cell::new(0) };
}

/// Lines left out since the start.
#[must_use]
pub fn left_out() -> u64 {
    LEFT_OUT.load(Ordering::Relaxed)
}

/// One place in the program.
struct Place {
    bucket: Bucket,
    left_out: u64,
}

/// Lets lines pass or not. There are as many places as the program has, so the table is bounded.
#[derive(Default)]
pub struct Limit(Mutex<HashMap<Identifier, Place>>);

impl Limit {
    /// How many lines from this place were left out before this one, if this one passes.
    fn pass(&self, place: Identifier, now: Instant) -> Option<u64> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place =
            places.entry(place).or_insert_with(|| Place { bucket: Bucket::full(RATE, now), left_out: 0 });
        match place.bucket.take(RATE, now) {
            Ok(()) => Some(std::mem::take(&mut place.left_out)),
            Err(_) => {
                place.left_out += 1;
                None
            }
        }
    }
}

impl<S: Subscriber> Layer<S> for Limit {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        // Verbose levels are the greater ones.
        if *event.metadata().level() > Level::INFO {
            BEFORE.set(0);
            return true;
        }
        match self.pass(event.metadata().callsite(), Instant::now()) {
            Some(before) => {
                BEFORE.set(before);
                true
            }
            None => {
                LEFT_OUT.fetch_add(1, Ordering::Relaxed);
                false
            }
        }
    }
}

/// Writes lines to `inner`, and before a line the number of those that were left out.
pub struct Noting<W> {
    inner: W,
    format: LogFormat,
}

impl<W> Noting<W> {
    /// For lines of that format.
    pub fn new(inner: W, format: LogFormat) -> Self {
        Self { inner, format }
    }

    fn note(&self, count: u64, place: &Metadata<'_>) -> String {
        let (at, target) = (iso(SystemTime::now()), place.target());
        match self.format {
            LogFormat::Text => {
                format!("{at}  WARN {target}: {count} lines like the next one were left out\n")
            }
            LogFormat::Json => {
                let fields = json!({"message": "lines like the next one were left out", "count": count});
                format!("{}\n", json!({"timestamp": at, "level": "WARN", "fields": fields, "target": target}))
            }
        }
    }
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Noting<W> {
    type Writer = W::Writer;

    fn make_writer(&'a self) -> W::Writer {
        self.inner.make_writer()
    }

    fn make_writer_for(&'a self, place: &Metadata<'_>) -> W::Writer {
        let mut writer = self.inner.make_writer_for(place);
        let count = BEFORE.take();
        if count > 0 {
            // A closed stderr leaves nobody to tell.
            let _ = io::Write::write_all(&mut writer, self.note(count, place).as_bytes());
        }
        writer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written of `count` lines from one place and one from another.
    fn written(format: LogFormat, count: u32) -> Vec<String> {
        let page = Page::default();
        let out = page.clone();
        let lines = tracing_subscriber::fmt::layer().with_ansi(false);
        let lines = lines.with_writer(Noting::new(move || out.clone(), format));
        let lines = match format {
            LogFormat::Text => lines.boxed(),
            LogFormat::Json => lines.json().boxed(),
        };
        let subscriber = tracing_subscriber::registry().with(Limit::default()).with(lines);
        tracing::subscriber::with_default(subscriber, || {
            for number in 0..count {
                tracing::warn!(number, "again");
            }
            tracing::warn!("another place");
        });
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_place_that_says_too_much_is_limited_and_others_are_not() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let before = left_out();
            let lines = written(format, 100_000);
            let said = lines.iter().filter(|line| line.contains("again")).count();
            // A slow machine may take so long that some more are due.
            assert!(said >= RATE.burst as usize && said < 1000, "{said}");
            assert!(lines.last().unwrap().contains("another place"), "{lines:?}");
            assert!(left_out() - before >= 100_000 - 1000);
        }
    }

    #[test]
    fn the_next_line_that_passes_says_how_many_did_not() {
        let (limit, start) = (Limit::default(), Instant::now());
        let place = tracing::callsite!(name: "here", kind: tracing::metadata::Kind::EVENT, fields: message);
        let place = tracing::callsite::Callsite::metadata(place).callsite();
        let passed: Vec<_> = (0..80).filter_map(|_| limit.pass(place.clone(), start)).collect();
        assert_eq!(passed, vec![0; 50]);
        assert_eq!(limit.pass(place.clone(), start + RATE.pace), Some(30));
        assert_eq!(limit.pass(place.clone(), start + RATE.pace), None);
        assert_eq!(limit.pass(place, start + RATE.pace * 2), Some(1));
    }

    #[test]
    fn lines_and_notes_are_json_where_json_is_wanted() {
        let page = Page::default();
        let out = page.clone();
        let lines = tracing_subscriber::fmt::layer().json();
        let lines = lines.with_writer(Noting::new(move || out.clone(), LogFormat::Json));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            BEFORE.set(17);
            tracing::info!(peer = 7, "said \"it\"\nin two lines");
            tracing::info!("next");
        });
        let bytes = page.0.lock().unwrap().clone();
        let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let lines: Vec<_> = std::str::from_utf8(&bytes).unwrap().lines().map(read).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!((&lines[0]["fields"]["count"], &lines[0]["level"]), (&json!(17), &json!("WARN")));
        assert_eq!((&lines[1]["fields"]["peer"], &lines[1]["level"]), (&json!(7), &json!("INFO")));
        assert_eq!(lines[2]["fields"]["message"], "next");
        assert!(lines.iter().all(|line| line["target"].is_string() && line["timestamp"].is_string()));
    }
}

//! Which picture is next: an access unit of the stream, or the newest picture as a JPEG.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use telestage_media::EncodeError;
use tokio::sync::watch;

use crate::http::thrift::Thrift;
use crate::net::stream::{AccessUnit, Feed, Reader, Stream};
use crate::pipeline::jpeg::JpegShelf;
use crate::pipeline::lanes::Taps;
use crate::pipeline::render::Shown;

/// How pictures are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As everybody gets them.
    Stream,
    /// One by one.
    Jpeg,
}

/// Falling behind twice within so long means that the connection does not carry the stream.
const STUMBLE: Duration = Duration::from_secs(5);
/// So long JPEGs go out at least, once the stream was too much.
const DETOUR: Duration = Duration::from_secs(10);
/// The connection must carry so many times the stream's rate for the stream to be tried again.
const ROOM: f64 = 1.5;
/// A still picture repeats this often, so that the client knows that it is still true.
const REPEAT: Duration = Duration::from_secs(2);

fn best(feed: &Feed) -> &Stream {
    &feed.streams[0]
}

/// The next picture.
pub enum Next {
    /// Of the stream.
    Unit(Arc<AccessUnit>),
    /// A picture as a JPEG, and how long that took.
    Jpeg(Shown, Bytes, Duration),
}

enum Source {
    /// Nobody looks, or the view has ended.
    Nothing,
    Stream(Reader),
    Jpegs {
        shown: watch::Receiver<Option<Shown>>,
        repeat_at: Instant,
        /// Chosen, and not handed out yet.
        chosen: Option<Shown>,
    },
}

/// The pictures of one client.
pub struct Pictures {
    wish: Option<Coding>,
    feed: Option<Feed>,
    taps: watch::Receiver<Taps>,
    shelf: Arc<JpegShelf>,
    source: Source,
    stumbled_at: Option<Instant>,
    /// JPEGs instead of the stream until then at least.
    detour_until: Option<Instant>,
}

impl Pictures {
    /// Pictures coded like this, of nothing yet.
    #[must_use]
    pub fn new(wish: Option<Coding>, taps: watch::Receiver<Taps>, shelf: Arc<JpegShelf>) -> Self {
        let (feed, stumbled_at, detour_until) = (None, None, None);
        Self { wish, feed, taps, shelf, source: Source::Nothing, stumbled_at, detour_until }
    }

    /// Of this view from now on, or of none.
    pub fn watch(&mut self, feed: Option<Feed>) {
        self.feed = feed;
        self.open();
    }

    fn open(&mut self) {
        self.source = match (&self.feed, self.wish) {
            (Some(feed), Some(Coding::Stream)) if self.detour_until.is_none() => {
                Source::Stream(best(feed).subscribe())
            }
            (Some(feed), Some(_)) => {
                let id = telestage_session::ViewId(feed.view);
                match self.taps.borrow().get(&id) {
                    Some(tap) => {
                        let mut shown = tap.shown.subscribe();
                        shown.mark_changed();
                        tap.streams.iter().for_each(Stream::demand);
                        Source::Jpegs { shown, repeat_at: Instant::now(), chosen: None }
                    }
                    None => Source::Nothing,
                }
            }
            (None, _) | (_, None) => Source::Nothing,
        };
    }

    /// The next picture, in the size that `thrift` allows. Never resolves while there is none. Can be cancelled without
    /// loss.
    pub async fn next(&mut self, thrift: &Thrift) -> Result<Next, EncodeError> {
        loop {
            self.choose(thrift);
            match &mut self.source {
                Source::Nothing => std::future::pending().await,
                Source::Stream(reader) => {
                    let missed = reader.missed();
                    match reader.next().await {
                        Some(unit) => {
                            let has_stumbled = reader.missed() != missed;
                            if has_stumbled && self.stumble(Instant::now()) {
                                continue;
                            }
                            return Ok(Next::Unit(unit));
                        }
                        None => self.source = Source::Nothing,
                    }
                }
                Source::Jpegs { shown, repeat_at, chosen } => {
                    let due = *repeat_at;
                    let has_newer = shown.has_changed().unwrap_or(false);
                    if chosen.is_none() || has_newer {
                        // Time-out: the same picture again.
                        if let Ok(Err(_)) = tokio::time::timeout_at(due.into(), shown.changed()).await {
                            self.source = Source::Nothing;
                            continue;
                        }
                        chosen.clone_from(&shown.borrow_and_update());
                        *repeat_at = Instant::now() + REPEAT;
                    }
                    let Some(picture) = chosen.clone() else { continue };
                    let (start, step) = (Instant::now(), thrift.step());
                    let width = step.width(picture.frame.size[0]);
                    let jpeg = self.shelf.get(picture.frame.clone(), step.quality, width).await?;
                    *chosen = None;
                    return Ok(Next::Jpeg(picture, jpeg, start.elapsed()));
                }
            }
        }
    }

    /// The stream was too fast once more; true if JPEGs come instead.
    fn stumble(&mut self, now: Instant) -> bool {
        let is_again = self.stumbled_at.is_some_and(|at| now - at < STUMBLE);
        self.stumbled_at = Some(now);
        if is_again {
            self.detour_until = Some(now + DETOUR);
            self.open();
        }
        is_again
    }

    /// Back to the stream, where there is room for it again.
    fn choose(&mut self, thrift: &Thrift) {
        let (Some(until), Some(feed)) = (self.detour_until, &self.feed) else { return };
        let is_over = Instant::now() >= until;
        if is_over && thrift.carries_bps().is_some_and(|bps| bps > best(feed).bitrate_bps() * ROOM) {
            (self.detour_until, self.stumbled_at) = (None, None);
            self.open();
        }
    }
}

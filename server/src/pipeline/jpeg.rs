//! JPEGs of frames, each made once for all who want the same.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use telestage_media::hud::Panel;
use telestage_media::jpeg::JpegEncoder;
use telestage_media::{EncodeError, Frame, Scaler};
use tokio::sync::OnceCell;

use crate::pipeline::words::Words;

/// Finished and unfinished JPEGs that are kept at most.
const KEPT: usize = 8;

#[derive(Clone, PartialEq)]
struct Key {
    // Two frames with the same pixels are the same picture, whatever their number.
    pixels: usize,
    number: u32,
    quality: u8,
    width: Option<u32>,
    panels: Vec<Panel>,
}

struct Entry {
    key: Key,
    jpeg: Arc<OnceCell<Bytes>>,
}

/// The last few JPEGs of frames that the render thread handed out.
#[derive(Default)]
pub struct JpegShelf {
    entries: Mutex<Vec<Entry>>,
    words: Arc<Words>,
}

impl JpegShelf {
    /// The JPEG of `frame`, scaled to `width` columns if that is narrower.
    ///
    /// # Errors
    /// If the library cannot encode it.
    pub async fn get(&self, frame: Frame, quality: u8, width: Option<u32>) -> Result<Bytes, EncodeError> {
        self.with_words(frame, quality, width, Vec::new()).await
    }

    /// The same with these words on it.
    ///
    /// # Errors
    /// If the library cannot encode it.
    pub async fn with_words(
        &self,
        frame: Frame,
        quality: u8,
        width: Option<u32>,
        panels: Vec<Panel>,
    ) -> Result<Bytes, EncodeError> {
        let pixels = frame.pixels.as_ptr() as usize;
        let cell = self.cell(Key { pixels, number: frame.number, quality, width, panels: panels.clone() });
        let words = self.words.clone();
        let work = || apart(move || encode(&frame, quality, width, &words, &panels));
        cell.get_or_try_init(work).await.cloned()
    }

    /// The JPEG of a picture that nobody else asks for, with words on it. It is not kept: without a number of its own,
    /// another picture in the same place in memory would be taken for it.
    ///
    /// # Errors
    /// If the library cannot encode it.
    pub async fn once(&self, frame: Frame, quality: u8, panels: Vec<Panel>) -> Result<Bytes, EncodeError> {
        let words = self.words.clone();
        apart(move || encode(&frame, quality, None, &words, &panels)).await
    }

    /// Puts words on pictures.
    #[must_use]
    pub fn words(&self) -> Arc<Words> {
        self.words.clone()
    }

    fn cell(&self, key: Key) -> Arc<OnceCell<Bytes>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.iter().find(|entry| entry.key == key) {
            return entry.jpeg.clone();
        }
        if entries.len() >= KEPT {
            entries.remove(0);
        }
        let jpeg = Arc::new(OnceCell::new());
        entries.push(Entry { key, jpeg: jpeg.clone() });
        jpeg
    }
}

/// Works where it keeps no socket waiting.
async fn apart(
    work: impl FnOnce() -> Result<Bytes, EncodeError> + Send + 'static,
) -> Result<Bytes, EncodeError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(EncodeError::Backend { backend: "turbojpeg", reason: error.to_string() }))
}

fn encode(
    frame: &Frame,
    quality: u8,
    width: Option<u32>,
    words: &Words,
    panels: &[Panel],
) -> Result<Bytes, EncodeError> {
    let mut encoder = JpegEncoder::new()?;
    let [columns, rows] = frame.size;
    let mut encode = |pixels: &[u8], size| {
        words.onto(pixels, size, panels, |pixels| encoder.encode(pixels, size, quality))
    };
    let Some(width) = width.filter(|&width| width < columns) else {
        return Ok(encode(&frame.pixels, frame.size)?.into());
    };
    let size = [width, (u64::from(rows) * u64::from(width)).div_ceil(u64::from(columns)) as u32];
    let mut scaler = Scaler::new(frame.size, size);
    Ok(encode(scaler.scale(&frame.pixels), size)?.into())
}

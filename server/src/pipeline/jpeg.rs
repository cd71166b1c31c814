//! JPEGs of frames, each made once for all who want the same.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use telestage_media::jpeg::JpegEncoder;
use telestage_media::{EncodeError, Frame, Scaler};
use tokio::sync::OnceCell;

/// Finished and unfinished JPEGs that are kept at most.
const KEPT: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    // Two frames with the same pixels are the same picture, whatever their number.
    pixels: usize,
    number: u32,
    quality: u8,
    width: Option<u32>,
}

struct Entry {
    key: Key,
    jpeg: Arc<OnceCell<Bytes>>,
}

/// The last few JPEGs of frames that the render thread handed out.
#[derive(Default)]
pub struct JpegShelf(Mutex<Vec<Entry>>);

impl JpegShelf {
    /// The JPEG of `frame`, scaled to `width` columns if that is narrower.
    ///
    /// # Errors
    /// If the library cannot encode it.
    pub async fn get(&self, frame: Frame, quality: u8, width: Option<u32>) -> Result<Bytes, EncodeError> {
        let key = Key { pixels: frame.pixels.as_ptr() as usize, number: frame.number, quality, width };
        let cell = self.cell(key);
        cell.get_or_try_init(|| encode_apart(frame, quality, width)).await.cloned()
    }

    fn cell(&self, key: Key) -> Arc<OnceCell<Bytes>> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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

/// The JPEG of a picture that nobody else asks for. It is not kept: without a number of its own, another picture in the
/// same place in memory would be taken for it.
///
/// # Errors
/// If the library cannot encode it.
pub async fn once(frame: Frame, quality: u8) -> Result<Bytes, EncodeError> {
    encode_apart(frame, quality, None).await
}

/// Encodes where it keeps no socket waiting.
async fn encode_apart(frame: Frame, quality: u8, width: Option<u32>) -> Result<Bytes, EncodeError> {
    let work = tokio::task::spawn_blocking(move || encode(&frame, quality, width));
    work.await
        .unwrap_or_else(|error| Err(EncodeError::Backend { backend: "turbojpeg", reason: error.to_string() }))
}

fn encode(frame: &Frame, quality: u8, width: Option<u32>) -> Result<Bytes, EncodeError> {
    let mut encoder = JpegEncoder::new()?;
    let [columns, rows] = frame.size;
    let Some(width) = width.filter(|&width| width < columns) else {
        return Ok(encoder.encode(&frame.pixels, frame.size, quality)?.into());
    };
    let size = [width, (u64::from(rows) * u64::from(width)).div_ceil(u64::from(columns)) as u32];
    let mut scaler = Scaler::new(frame.size, size);
    Ok(encoder.encode(scaler.scale(&frame.pixels), size, quality)?.into())
}

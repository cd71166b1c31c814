//! A viewer of `GET /stream` (MJPEG) that decodes nothing.

use std::time::Instant;

use telestage_client::Address;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Larger heads are none of ours, in bytes.
const HEAD_MAX: usize = 16 * 1024;
/// Larger pictures neither.
const PART_MAX: usize = 64 << 20;

/// A stream that is being read.
pub struct Mjpeg {
    stream: TcpStream,
    parts: Parts,
}

/// Why there is no picture (any more), with a short name for counting.
#[derive(Debug)]
pub struct Trouble(pub &'static str);

impl Mjpeg {
    /// Asks for the stream.
    ///
    /// # Errors
    /// No connection, or another answer than a stream.
    pub async fn open(address: &Address) -> Result<Self, Trouble> {
        let host = address.to_string();
        let mut stream = TcpStream::connect(&host).await.map_err(|_| Trouble("refused"))?;
        // HTTP/1.0, so that the stream comes as it is and not in chunks.
        let request = format!("GET /stream HTTP/1.0\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.map_err(|_| Trouble("closed"))?;
        let mut mjpeg = Self { stream, parts: Parts::default() };
        loop {
            match mjpeg.parts.head() {
                Some(head) if head.split(' ').nth(1) == Some("200") => return Ok(mjpeg),
                Some(_) => return Err(Trouble("rejected")),
                None => mjpeg.read().await?,
            }
        }
    }

    /// Bytes of the next picture and when its last one came. Can be cancelled without loss.
    ///
    /// # Errors
    /// The end of the stream, or what is none.
    pub async fn next(&mut self) -> Result<(usize, Instant), Trouble> {
        loop {
            if let Some(bytes) = self.parts.next()? {
                return Ok((bytes, Instant::now()));
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<(), Trouble> {
        match self.stream.read_buf(&mut self.parts.bytes).await {
            Ok(count) if count > 0 => Ok(()),
            Ok(_) | Err(_) => Err(Trouble("closed")),
        }
    }
}

/// What has been read and not taken yet.
#[derive(Default)]
struct Parts {
    bytes: Vec<u8>,
}

impl Parts {
    /// Everything up to an empty line, taken.
    fn head(&mut self) -> Option<String> {
        let end = self.bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&self.bytes[..end]).into_owned();
        self.bytes.drain(..end + 4);
        Some(head)
    }

    /// Takes a part that is whole; the size of its picture.
    fn next(&mut self) -> Result<Option<usize>, Trouble> {
        let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return if self.bytes.len() > HEAD_MAX { Err(Trouble("not_mjpeg")) } else { Ok(None) };
        };
        let head = std::str::from_utf8(&self.bytes[..end]).ok().filter(|head| head.starts_with("--"));
        let length = head.and_then(|head| {
            head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            })
        });
        let length = length.filter(|length| *length <= PART_MAX).ok_or(Trouble("not_mjpeg"))?;
        let whole = end + 4 + length + 2;
        let Some(picture) = self.bytes.get(end + 4..whole) else { return Ok(None) };
        if !picture.starts_with(b"\xff\xd8") || !picture.ends_with(b"\r\n") {
            return Err(Trouble("not_mjpeg"));
        }
        self.bytes.drain(..whole);
        Ok(Some(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &[u8] = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\n\xff\xd8abc\r\n";

    #[test]
    fn parts_come_out_whole_however_they_came_in() {
        let stream = [b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n", PART, PART].concat();
        for step in 1..stream.len() {
            let (mut parts, mut head, mut sizes) = (Parts::default(), None, Vec::new());
            for chunk in stream.chunks(step) {
                parts.bytes.extend_from_slice(chunk);
                head = head.or_else(|| parts.head());
                while head.is_some()
                    && let Some(size) = parts.next().unwrap()
                {
                    sizes.push(size);
                }
            }
            assert_eq!(
                (head.as_deref(), &sizes[..]),
                (Some("HTTP/1.0 200 OK\r\nA: b"), &[5, 5][..]),
                "{step}"
            );
        }
    }

    #[test]
    fn what_is_no_stream_is_told() {
        let other: [&[u8]; 4] = [
            b"<html>\r\n\r\n",
            b"--frame\r\nContent-Type: image/jpeg\r\n\r\n",
            b"--frame\r\nContent-Length: 99999999999\r\n\r\n",
            b"--frame\r\nContent-Length: 2\r\n\r\nab\r\n",
        ];
        for bytes in other {
            assert!(Parts { bytes: bytes.to_vec() }.next().is_err(), "{bytes:?}");
        }
    }
}

//! Frames on the socket between host and worker: a header, a postcard message, and perhaps an arena.
//!
//! The header is 12 bytes, little-endian: `u32` length of the message, `u64` length of the arena. On Linux the arena
//! is a sealed memory file that travels with the header; elsewhere its bytes follow the message.
//! Whatever the other side sends, nothing is allocated on its word alone.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::arena::Arena;

const HEADER: usize = 12;

/// Sends one frame. An empty `arena` is none.
///
/// # Errors
/// If the other side is gone, or the message is over 4 GiB.
pub(super) fn send(mut stream: &UnixStream, message: &impl Serialize, arena: &[u8]) -> io::Result<()> {
    let message = postcard::to_stdvec(message).map_err(io::Error::other)?;
    let len = u32::try_from(message.len()).map_err(io::Error::other)?;
    let mut header = [0; HEADER];
    header[..4].copy_from_slice(&len.to_le_bytes());
    header[4..].copy_from_slice(&(arena.len() as u64).to_le_bytes());
    attached::send_header(stream, &header, arena)?;
    stream.write_all(&message)?;
    attached::send_rest(stream, arena)
}

/// The next frame; `None` if the other side has closed.
///
/// # Errors
/// If the frame is broken, or its arena is over `arena_limit` bytes or not sealed.
pub(super) fn receive<M: DeserializeOwned>(
    stream: &UnixStream,
    arena_limit: u64,
) -> io::Result<Option<(M, Arena)>> {
    let Some((header, attachment)) = attached::receive_header(stream)? else { return Ok(None) };
    let [a, b, c, d, arena @ ..] = header;
    let message = read_bytes(stream, u64::from(u32::from_le_bytes([a, b, c, d])))?;
    let message = postcard::from_bytes(&message).map_err(invalid)?;
    let arena_len = u64::from_le_bytes(arena);
    if arena_len > arena_limit {
        return Err(invalid(format!("an arena of {arena_len} bytes is over the limit of {arena_limit}")));
    }
    let arena =
        if arena_len == 0 { Arena::default() } else { attached::arena(stream, attachment, arena_len)? };
    Ok(Some((message, arena)))
}

fn read_bytes(stream: &UnixStream, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = stream.take(len).read_to_end(&mut bytes)?;
    if read as u64 == len { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn invalid(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Arenas as sealed memory files.
#[cfg(target_os = "linux")]
mod attached {
    use std::io::{IoSlice, IoSliceMut};
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd, OwnedFd};
    use std::sync::Arc;

    use rustix::net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
        SendFlags, recvmsg, sendmsg,
    };

    use super::*;
    use crate::worker::sealed::{Mapping, seal};

    pub(super) fn send_header(mut stream: &UnixStream, header: &[u8], arena: &[u8]) -> io::Result<()> {
        let file = if arena.is_empty() { None } else { Some(seal(arena)?) };
        let files: Vec<_> = file.iter().map(AsFd::as_fd).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&files)) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let sent = sendmsg(stream, &[IoSlice::new(header)], &mut control, SendFlags::NOSIGNAL)?;
        stream.write_all(&header[sent..])
    }

    pub(super) fn send_rest(_stream: &UnixStream, _arena: &[u8]) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn receive_header(stream: &UnixStream) -> io::Result<Option<([u8; HEADER], Option<OwnedFd>)>> {
        let mut header = [0; HEADER];
        let mut filled = 0;
        let mut attachment = None;
        while filled < HEADER {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let mut room = [IoSliceMut::new(&mut header[filled..])];
            let received = match recvmsg(stream, &mut room, &mut control, RecvFlags::CMSG_CLOEXEC) {
                Err(rustix::io::Errno::INTR) => continue,
                other => other?,
            };
            for message in control.drain() {
                if let RecvAncillaryMessage::ScmRights(files) = message {
                    attachment = files.last().or(attachment.take());
                }
            }
            match received.bytes {
                0 if filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => filled += more,
            }
        }
        Ok(Some((header, attachment)))
    }

    pub(super) fn arena(_stream: &UnixStream, file: Option<OwnedFd>, len: u64) -> io::Result<Arena> {
        let file = file.ok_or_else(|| invalid("an arena without its memory"))?;
        let len = usize::try_from(len).map_err(invalid)?;
        Ok(Arena::new(Arc::new(Mapping::new(file.as_fd(), len)?)))
    }
}

/// Arenas as bytes behind the message.
#[cfg(not(target_os = "linux"))]
mod attached {
    use super::*;
    use crate::arena::ArenaBuilder;

    pub(super) fn send_header(mut stream: &UnixStream, header: &[u8], _arena: &[u8]) -> io::Result<()> {
        stream.write_all(header)
    }

    pub(super) fn send_rest(mut stream: &UnixStream, arena: &[u8]) -> io::Result<()> {
        stream.write_all(arena)
    }

    pub(super) fn receive_header(mut stream: &UnixStream) -> io::Result<Option<([u8; HEADER], ())>> {
        let mut header = [0; HEADER];
        match stream.read(&mut header)? {
            0 => return Ok(None),
            some => stream.read_exact(&mut header[some..])?,
        }
        Ok(Some((header, ())))
    }

    pub(super) fn arena(stream: &UnixStream, _attachment: (), len: u64) -> io::Result<Arena> {
        let mut builder = ArenaBuilder::default();
        builder.push(&read_bytes(stream, len)?);
        Ok(builder.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::ArenaBuilder;

    #[test]
    fn messages_and_arenas_arrive_in_order() {
        let (near, far) = UnixStream::pair().unwrap();
        let mut builder = ArenaBuilder::default();
        let span = builder.push(&[1u32, 2, 3]);
        send(&near, &"first", &[]).unwrap();
        send(&near, &"second", builder.bytes()).unwrap();
        send(&near, &"third", &[]).unwrap();
        drop(near);
        assert_eq!(receive::<String>(&far, 0).unwrap().unwrap().0, "first");
        let (second, arena) = receive::<String>(&far, 1 << 20).unwrap().unwrap();
        assert_eq!((second.as_str(), arena.get(span)), ("second", &[1, 2, 3][..]));
        assert_eq!(receive::<String>(&far, 0).unwrap().unwrap().0, "third");
        assert!(receive::<String>(&far, 0).unwrap().is_none());
    }

    #[test]
    fn an_arena_over_the_limit_is_refused() {
        let (near, far) = UnixStream::pair().unwrap();
        send(&near, &"big", &[0; 65]).unwrap();
        assert!(receive::<String>(&far, 64).is_err());
    }

    #[test]
    fn a_length_without_its_bytes_is_an_error_and_no_allocation() {
        let (mut near, far) = UnixStream::pair().unwrap();
        let mut header = [0xff; HEADER];
        header[4..].fill(0);
        near.write_all(&header).unwrap();
        near.write_all(b"short").unwrap();
        drop(near);
        assert!(receive::<String>(&far, 0).is_err());
    }

    #[test]
    fn garbage_is_an_error() {
        let (mut near, far) = UnixStream::pair().unwrap();
        near.write_all(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff]).unwrap();
        assert!(receive::<String>(&far, 0).is_err());
    }
}

//! A connection that counts what the system has taken of what was written, so that a stream of pictures can see whether
//! the last one has left before it chooses the next. Where the system takes nothing for too long, the connection breaks:
//! whoever does not read holds what was written for him.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};

/// A connection that takes nothing of an answer for so long is broken.
const STALL: Duration = Duration::from_secs(20);

/// What was taken of one connection's bytes; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<Level>);

#[derive(Debug, Default)]
struct Level {
    taken: AtomicU64,
    risen: Notify,
}

impl Gauge {
    /// Bytes taken so far.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::Acquire)
    }

    /// Waits until so many were taken.
    pub async fn reaches(&self, bytes: u64) {
        loop {
            let risen = self.0.risen.notified();
            if self.taken() >= bytes {
                return;
            }
            risen.await;
        }
    }

    fn add(&self, bytes: usize) {
        self.0.taken.fetch_add(bytes as u64, Ordering::AcqRel);
        self.0.risen.notify_waiters();
    }
}

/// A connection with its gauge.
pub struct Gauged {
    stream: TcpStream,
    gauge: Gauge,
    patience: Duration,
    /// Runs while something waits to be taken.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Gauged {
    /// Counts from here on.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, gauge: Gauge::default(), patience: STALL, stalled: None }
    }

    /// What was taken so far.
    #[must_use]
    pub fn gauge(&self) -> Gauge {
        self.gauge.clone()
    }

    /// Counts what a write came to, or how long it has waited.
    fn account(
        &mut self,
        context: &mut Context<'_>,
        taken: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match taken {
            Poll::Ready(taken) => {
                self.stalled = None;
                if let Ok(bytes) = taken {
                    self.gauge.add(bytes);
                }
                Poll::Ready(taken)
            }
            Poll::Pending => {
                let patience = self.patience;
                let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
                stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncRead for Gauged {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Gauged {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.account(context, taken)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.account(context, taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn it_counts_what_the_system_takes_and_not_what_waits() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut reader = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut gauged = Gauged::new(listener.accept().await.unwrap().0);
        let gauge = gauged.gauge();
        // More than any buffer of the system's holds while nobody reads.
        let bytes = vec![7; 64 << 20];
        let all = bytes.len() as u64;
        let writing = tokio::spawn(async move { gauged.write_all(&bytes).await });
        gauge.reaches(1).await;
        let read = tokio::spawn(async move {
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).await.map(|count| count as u64)
        });
        gauge.reaches(all).await;
        writing.await.unwrap().unwrap();
        assert_eq!(gauge.taken(), all);
        assert_eq!(read.await.unwrap().unwrap(), all);
    }

    #[tokio::test]
    async fn whoever_reads_nothing_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let reader = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut gauged = Gauged::new(listener.accept().await.unwrap().0);
        gauged.patience = Duration::from_millis(50);
        let bytes = vec![7; 64 << 20];
        let written = tokio::spawn(async move { gauged.write_all(&bytes).await });
        let error = written.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(reader);
    }
}

//! A server as it is seen from outside: what it answers, and what the system says of its process.

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use telestage_client::Address;
use telestage_client::http::{Answer, request};
use tokio::net::lookup_host;
use tokio::time::sleep;

/// Between two looks while something is waited for.
const LOOK: Duration = Duration::from_millis(100);

/// Threads that nobody needs any more are kept for 10 s.
const REST: Duration = Duration::from_secs(12);
/// What closes a connection takes that long to arrive; with it open, there would be one more.
const CLOSING: Duration = Duration::from_millis(20);

/// The server that is measured.
#[derive(Clone, Debug)]
pub struct Subject {
    /// As given.
    pub address: Address,
    /// The same, resolved.
    pub socket: SocketAddr,
    /// Of its process, which must run on this machine.
    pub pid: u32,
}

/// What a process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// Memory of its own, in KiB: neither files nor what is shared.
    pub memory_kib: u64,
    /// Open descriptors.
    pub descriptors: usize,
    /// Of these, sockets.
    pub sockets: usize,
    /// Threads.
    pub threads: usize,
    /// Tasks of its network runtime.
    pub tasks: u64,
}

impl Subject {
    /// The server at `address`, whose process is `pid`.
    ///
    /// # Errors
    /// The name has no address, or there is no such process.
    pub async fn new(address: Address, pid: u32) -> Result<Self> {
        let name = address.to_string();
        let socket = lookup_host(&name).await?.next().with_context(|| format!("{name} has no address"))?;
        let subject = Self { address, socket, pid };
        subject.descriptors().with_context(|| format!("process {pid} cannot be looked at"))?;
        Ok(subject)
    }

    /// Asks it over HTTP.
    ///
    /// # Errors
    /// No connection, or an answer that is none.
    pub async fn ask(&self, method: &str, path: &str) -> Result<Answer> {
        Ok(request(self.socket, method, path, &[], b"").await?)
    }

    /// One figure of `/metrics`: the name with its labels, as on the page.
    ///
    /// # Errors
    /// No answer, or no such figure.
    pub async fn metric(&self, name: &str) -> Result<f64> {
        let page = self.ask("GET", "/metrics").await?.body;
        sample(&page, name).with_context(|| format!("/metrics has no {name}"))
    }

    /// Everybody who has a place, connected or not.
    ///
    /// # Errors
    /// No answer.
    pub async fn viewers(&self) -> Result<f64> {
        let page = self.ask("GET", "/metrics").await?.body;
        let of = |kind: &str| sample(&page, &format!("telestage_viewers{{kind=\"{kind}\"}}"));
        of("webrtc").zip(of("mjpeg")).map(|(webrtc, mjpeg)| webrtc + mjpeg).context("/metrics has no viewers")
    }

    /// What it holds now. The connection that asks is not counted.
    ///
    /// # Errors
    /// It has ended, or does not answer.
    pub async fn holdings(&self) -> Result<Holdings> {
        let tasks = self.metric("telestage_tasks").await? as u64;
        // Its connection is closed by then; if not, the next look tells.
        sleep(CLOSING).await;
        let (descriptors, sockets) = self.descriptors()?;
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid))?.count();
        Ok(Holdings { memory_kib: self.memory_kib()?, descriptors, sockets, threads, tasks })
    }

    /// Memory of its own, in KiB.
    ///
    /// # Errors
    /// It has ended.
    pub fn memory_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).context("the server ended")?;
        memory_kib(&status).context("/proc has another form")
    }

    /// Whether its process runs.
    #[must_use]
    pub fn lives(&self) -> bool {
        self.memory_kib().is_ok()
    }

    fn descriptors(&self) -> Result<(usize, usize)> {
        let (mut all, mut sockets) = (0, 0);
        for entry in fs::read_dir(format!("/proc/{}/fd", self.pid))? {
            all += 1;
            // It may be closed already.
            let target = fs::read_link(entry?.path()).unwrap_or_default();
            sockets += usize::from(target.to_string_lossy().starts_with("socket:"));
        }
        Ok((all, sockets))
    }

    /// Waits until nothing is held but what `before` says, memory aside, and says what is held then.
    ///
    /// # Errors
    /// It takes longer than `patience`: what is left.
    pub async fn settled(&self, before: Holdings, patience: Duration) -> Result<Holdings> {
        let start = Instant::now();
        loop {
            let now = self.holdings().await?;
            if (Holdings { memory_kib: before.memory_kib, ..now }) == before {
                return Ok(now);
            }
            if start.elapsed() > patience {
                bail!("after {patience:?} the server holds {now:?}, before it was {before:?}");
            }
            sleep(LOOK).await;
        }
    }

    /// Waits until the same is held for [`REST`], memory aside.
    ///
    /// # Errors
    /// That takes longer than `patience`.
    pub async fn at_rest(&self, patience: Duration) -> Result<Holdings> {
        let start = Instant::now();
        let (mut last, mut since) = (self.holdings().await?, Instant::now());
        while start.elapsed() < patience {
            sleep(LOOK).await;
            let now = self.holdings().await?;
            if (Holdings { memory_kib: last.memory_kib, ..now }) != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() >= REST {
                return Ok(now);
            }
        }
        bail!("the server does not come to rest in {patience:?}: {last:?}")
    }
}

impl Holdings {
    /// As JSON.
    #[must_use]
    pub fn to_json(self) -> Value {
        let Self { memory_kib, descriptors, sockets, threads, tasks } = self;
        json!({
            "memory_kib": memory_kib, "descriptors": descriptors, "sockets": sockets, "threads": threads, "tasks": tasks,
        })
    }
}

fn sample(page: &str, name: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

fn memory_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_their_whole_name() {
        let page = "# HELP a_b x\na_b_c 1\na_b 2\nv{kind=\"x\"} 3.5\n";
        assert_eq!(sample(page, "a_b"), Some(2.0));
        assert_eq!(sample(page, "v{kind=\"x\"}"), Some(3.5));
        assert_eq!(sample(page, "v"), None);
    }

    #[test]
    fn memory_is_what_is_its_own() {
        let status = "Name:\tx\nVmRSS:\t 900 kB\nRssAnon:\t   412 kB\nRssFile:\t 400 kB\n";
        assert_eq!(memory_kib(status), Some(412));
        assert_eq!(memory_kib(""), None);
    }
}

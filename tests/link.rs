//! A bad network between one viewer and a server, for the datagrams of both: delay, jitter, loss, a narrow rate with a
//! queue, outages, a NAT that rebinds. Needs no privileges: it is a relay on the loopback interface, and the viewer is
//! told its address in place of the server's. Seeded: the same dice fall each time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;

const DATAGRAM_MAX: usize = 2048;
const KERNEL_BUFFER: usize = 4 << 20;
/// IP and UDP headers, which the link carries too.
const OVERHEAD: usize = 28;
/// Datagrams under way in one direction at most; one more is lost.
const UNDER_WAY_MAX: usize = 65_536;

/// What the link is like from a moment on. Times in milliseconds, both directions alike unless said otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Since the start.
    pub from_ms: f64,
    /// Bits a second toward the viewer; the way back is never narrow.
    pub bps: Option<f64>,
    /// The longest queue before a narrow link; what would wait longer is dropped.
    pub queue_ms: f64,
    /// One way.
    pub delay_ms: f64,
    /// Plus or minus, each datagram for itself, so that they overtake each other.
    pub jitter_ms: f64,
    /// Share of datagrams lost, 0 to 1.
    pub loss: f64,
    /// How many are lost in a row on average.
    pub burst: f64,
    /// Nothing comes through.
    pub is_down: bool,
    /// The viewer's outer address changes at this moment.
    pub rebinds: bool,
}

/// A link that works.
pub const GOOD: Conditions = Conditions {
    from_ms: 0.0,
    bps: None,
    queue_ms: 300.0,
    delay_ms: 0.0,
    jitter_ms: 0.0,
    loss: 0.0,
    burst: 1.0,
    is_down: false,
    rebinds: false,
};

/// Splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// One direction.
#[derive(Default)]
struct Way {
    free_ms: f64,
    is_bad: bool,
    count: u64,
    under_way: BinaryHeap<Reverse<(u64, u64, Vec<u8>)>>,
}

impl Way {
    fn enter(&mut self, now_ms: f64, datagram: &[u8], on: &Conditions, bps: Option<f64>, dice: &mut Dice) {
        self.is_bad = if on.burst > 1.0 {
            let turn =
                if self.is_bad { 1.0 - 1.0 / on.burst } else { on.loss / (on.burst * (1.0 - on.loss)) };
            dice.roll() < turn
        } else {
            dice.roll() < on.loss
        };
        let start = self.free_ms.max(now_ms);
        let is_full = bps.is_some() && start - now_ms > on.queue_ms || self.under_way.len() == UNDER_WAY_MAX;
        if self.is_bad || on.is_down || is_full {
            return;
        }
        let takes = bps.map_or(0.0, |bps| (datagram.len() + OVERHEAD) as f64 * 8000.0 / bps);
        self.free_ms = if bps.is_some() { start + takes } else { now_ms };
        let out = self.free_ms + on.delay_ms + on.jitter_ms * (2.0 * dice.roll() - 1.0);
        self.count += 1;
        self.under_way.push(Reverse(((out.max(now_ms) * 1000.0) as u64, self.count, datagram.to_vec())));
    }

    fn leave(&mut self, now_ms: f64) -> Option<Vec<u8>> {
        let due = self.under_way.peek().is_some_and(|Reverse((at, ..))| *at <= (now_ms * 1000.0) as u64);
        if due { self.under_way.pop().map(|Reverse((.., datagram))| datagram) } else { None }
    }

    fn next_ms(&self) -> Option<f64> {
        self.under_way.peek().map(|Reverse((at, ..))| *at as f64 / 1000.0)
    }
}

/// A running link; ends when dropped.
pub struct Link {
    address: SocketAddr,
    /// How long a datagram toward the viewer waits now, in microseconds.
    queue_us: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    /// A link to `server` whose conditions follow `script`, counted from `start`. The last that has begun holds.
    ///
    /// # Errors
    /// No socket.
    pub async fn new(
        server: SocketAddr,
        start: Instant,
        script: Vec<Conditions>,
        seed: u64,
    ) -> io::Result<Self> {
        let near = socket().await?;
        let address = near.local_addr()?;
        let queue_us = Arc::new(AtomicU64::new(0));
        let relay = Relay {
            server,
            start,
            script,
            dice: Dice(seed),
            near,
            far: socket().await?,
            viewer: None,
            ways: Default::default(),
            queue_us: queue_us.clone(),
        };
        Ok(Self { address, queue_us, task: tokio::spawn(relay.run()) })
    }

    /// Where the viewer sends to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long a datagram toward the viewer waits now.
    #[must_use]
    pub fn queue(&self) -> Duration {
        Duration::from_micros(self.queue_us.load(Ordering::Relaxed))
    }
}

async fn socket() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    rustix::net::sockopt::set_socket_recv_buffer_size(&socket, KERNEL_BUFFER)?;
    Ok(socket)
}

struct Relay {
    server: SocketAddr,
    start: Instant,
    script: Vec<Conditions>,
    dice: Dice,
    near: UdpSocket,
    far: UdpSocket,
    viewer: Option<SocketAddr>,
    /// Toward the viewer, toward the server.
    ways: [Way; 2],
    queue_us: Arc<AtomicU64>,
}

impl Relay {
    async fn run(mut self) {
        let (mut down, mut up) = (vec![0; DATAGRAM_MAX], vec![0; DATAGRAM_MAX]);
        let mut scene = 0;
        loop {
            let now = self.now_ms();
            while self.script.get(scene + 1).is_some_and(|next| next.from_ms <= now) {
                scene += 1;
                if self.script[scene].rebinds
                    && let Ok(far) = socket().await
                {
                    self.far = far;
                }
            }
            let on = self.script.get(scene).copied().unwrap_or(GOOD);
            self.forward(now).await;
            let waits = (self.ways[0].free_ms - now).max(0.0);
            self.queue_us.store((waits * 1000.0) as u64, Ordering::Relaxed);
            let next = self.ways.iter().filter_map(Way::next_ms).fold(now + 10.0, f64::min);
            let wake = self.start + Duration::from_secs_f64(next.max(0.0) / 1000.0);
            tokio::select! {
                Ok((length, _)) = self.far.recv_from(&mut down) => {
                    let now = self.now_ms();
                    self.ways[0].enter(now, &down[..length], &on, on.bps, &mut self.dice);
                    while let Ok((length, _)) = self.far.try_recv_from(&mut down) {
                        self.ways[0].enter(now, &down[..length], &on, on.bps, &mut self.dice);
                    }
                }
                Ok((length, from)) = self.near.recv_from(&mut up) => {
                    self.viewer = Some(from);
                    let now = self.now_ms();
                    self.ways[1].enter(now, &up[..length], &on, None, &mut self.dice);
                }
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    fn now_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1000.0
    }

    async fn forward(&mut self, now: f64) {
        while let Some(datagram) = self.ways[0].leave(now) {
            if let Some(viewer) = self.viewer {
                drop(self.near.send_to(&datagram, viewer).await);
            }
        }
        while let Some(datagram) = self.ways[1].leave(now) {
            drop(self.far.send_to(&datagram, self.server).await);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends 1000 datagrams of 972 bytes, one a millisecond; when those came out that did.
    fn through(on: Conditions) -> Vec<f64> {
        let (mut way, mut dice, mut out) = (Way::default(), Dice(1), Vec::new());
        for ms in 0..3000 {
            let now = f64::from(ms);
            if ms < 1000 {
                way.enter(now, &[0; 972], &on, on.bps, &mut dice);
            }
            while way.leave(now).is_some() {
                out.push(now);
            }
        }
        out
    }

    #[test]
    fn a_good_link_carries_all_at_once() {
        assert_eq!(through(GOOD), (0..1000).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn a_narrow_link_is_as_wide_as_it_says_and_its_queue_as_long() {
        let out = through(Conditions { bps: Some(4e6), queue_ms: 100.0, ..GOOD });
        assert!((540..=560).contains(&out.len()), "a half and what waits in the end: {}", out.len());
        assert!((1090.0..=1110.0).contains(out.last().unwrap()));
    }

    #[test]
    fn losses_are_as_many_as_it_says_and_come_in_bursts() {
        for burst in [1.0, 4.0] {
            let out = through(Conditions { loss: 0.1, burst, ..GOOD });
            assert!((860..=940).contains(&out.len()), "{} of 1000", out.len());
            let gaps = out.windows(2).filter(|pair| pair[1] - pair[0] > 1.0).count() as f64;
            let mean = (1000 - out.len()) as f64 / gaps;
            assert!((0.6 * burst..1.6 * burst).contains(&mean), "{mean} in a row");
        }
    }

    #[test]
    fn delay_and_jitter_lie_within_their_bounds() {
        let out = through(Conditions { delay_ms: 40.0, jitter_ms: 20.0, ..GOOD });
        assert_eq!(out.len(), 1000);
        assert!(out[0] >= 20.0 && *out.last().unwrap() <= 1060.0);
        assert!(through(Conditions { is_down: true, ..GOOD }).is_empty());
    }
}

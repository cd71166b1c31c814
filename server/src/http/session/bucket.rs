//! How often one address may create sessions: a bucket of tokens for each, and a bound on the buckets.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Sessions that one address may create at once.
pub const BURST: f64 = 20.0;
/// Beyond that, one after so long.
pub const PACE: Duration = Duration::from_secs(1);
/// Addresses that are remembered. While all of them are busy, others wait.
const ADDRESSES: usize = 1024;

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// The buckets of all addresses.
#[derive(Debug, Default)]
pub struct Buckets(HashMap<IpAddr, Bucket>);

impl Buckets {
    /// Takes a token of `from`'s.
    ///
    /// # Errors
    /// There is none; how long until there is.
    pub fn take(&mut self, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let key = subscriber(from);
        if !self.0.contains_key(&key) && self.0.len() >= ADDRESSES {
            // Full buckets say nothing.
            self.0.retain(|_, bucket| bucket.tokens_at(now) < BURST);
            if self.0.len() >= ADDRESSES {
                return Err(PACE);
            }
        }
        let bucket = self.0.entry(key).or_insert(Bucket { tokens: BURST, at: now });
        let tokens = bucket.tokens_at(now);
        if tokens < 1.0 {
            return Err(PACE.mul_f64(1.0 - tokens));
        }
        *bucket = Bucket { tokens: tokens - 1.0, at: now };
        Ok(())
    }
}

impl Bucket {
    fn tokens_at(&self, now: Instant) -> f64 {
        let waited = now.saturating_duration_since(self.at);
        (self.tokens + waited.as_secs_f64() / PACE.as_secs_f64()).min(BURST)
    }
}

/// Who has one IPv6 address has 2^64 of them.
fn subscriber(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(ip) => {
            let mut octets = ip.octets();
            octets[8..].fill(0);
            IpAddr::from(octets)
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_at_a_time() {
        let (mut buckets, start) = (Buckets::default(), Instant::now());
        let (one, other) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let taken = std::iter::repeat_with(|| buckets.take(one, start)).take_while(Result::is_ok).count();
        assert_eq!(taken, BURST as usize);
        assert_eq!(buckets.take(one, start), Err(PACE));
        assert!(buckets.take(other, start).is_ok(), "another address has its own");
        assert!(buckets.take(one, start + PACE).is_ok());
        assert!(buckets.take(one, start + PACE).is_err());
    }

    #[test]
    fn a_subscriber_has_one_bucket_and_strangers_are_bounded() {
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        for host in 0..BURST as u16 {
            assert!(buckets.take(format!("2001:db8::{host:x}").parse().unwrap(), now).is_ok());
        }
        assert!(buckets.take("2001:db8::ffff".parse().unwrap(), now).is_err());
        for number in 1..ADDRESSES as u32 {
            assert!(buckets.take(std::net::Ipv4Addr::from(number).into(), now).is_ok());
        }
        let late = "192.0.2.1".parse().unwrap();
        assert!(buckets.take(late, now).is_err(), "no room to remember one more");
        assert!(buckets.take(late, now + PACE * BURST as u32).is_ok(), "and later there is");
    }
}

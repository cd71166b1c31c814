//! How often one address may create sessions: a bucket for each, and a bound on the buckets.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::bucket::{Bucket, Rate};

/// For one address.
pub const RATE: Rate = Rate { burst: 20, pace: Duration::from_secs(1) };
/// Addresses that are remembered. While all of them are busy, others wait.
const ADDRESSES: usize = 1024;

/// The buckets of all addresses.
#[derive(Debug, Default)]
pub struct Haste(HashMap<IpAddr, Bucket>);

impl Haste {
    /// One more, of `from`'s.
    ///
    /// # Errors
    /// That is too fast; how long until it is not.
    pub fn take(&mut self, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let key = subscriber(from);
        if !self.0.contains_key(&key) && self.0.len() >= ADDRESSES {
            // Full buckets say nothing.
            self.0.retain(|_, bucket| !bucket.is_full(RATE, now));
            if self.0.len() >= ADDRESSES {
                return Err(RATE.pace);
            }
        }
        self.0.entry(key).or_insert_with(|| Bucket::full(RATE, now)).take(RATE, now)
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
    fn each_address_has_its_own_bucket() {
        let (mut haste, start) = (Haste::default(), Instant::now());
        let (one, other) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let taken = std::iter::repeat_with(|| haste.take(one, start)).take_while(Result::is_ok).count();
        assert_eq!(taken, RATE.burst as usize);
        assert!(haste.take(other, start).is_ok());
        assert!(haste.take(one, start + RATE.pace).is_ok());
    }

    #[test]
    fn a_subscriber_has_one_bucket_and_strangers_are_bounded() {
        let (mut haste, now) = (Haste::default(), Instant::now());
        for host in 0..RATE.burst {
            assert!(haste.take(format!("2001:db8::{host:x}").parse().unwrap(), now).is_ok());
        }
        assert!(haste.take("2001:db8::ffff".parse().unwrap(), now).is_err());
        for number in 1..ADDRESSES as u32 {
            assert!(haste.take(std::net::Ipv4Addr::from(number).into(), now).is_ok());
        }
        let late = "192.0.2.1".parse().unwrap();
        assert!(haste.take(late, now).is_err(), "no room to remember one more");
        assert!(haste.take(late, now + RATE.pace * RATE.burst).is_ok(), "and later there is");
    }
}

//! Many times as few numbers.

use std::time::Duration;

use serde_json::{Value, json};

/// Three decimals are more than anything here is worth.
#[must_use]
pub fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// Median, 95th percentile and maximum in milliseconds, by the nearest rank; `null` where there are none.
#[must_use]
pub fn ranks(mut times: Vec<Duration>) -> Value {
    times.sort_unstable();
    let millis = |time: &Duration| round(time.as_secs_f64() * 1e3);
    let rank =
        |share: f64| times.get(((share * times.len() as f64).ceil() as usize).saturating_sub(1)).map(millis);
    json!({"p50": rank(0.5), "p95": rank(0.95), "max": times.last().map(millis)})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_of_the_sorted_times() {
        let times = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(ranks(times), json!({"p50": 50.0, "p95": 95.0, "max": 100.0}));
        assert_eq!(ranks(vec![Duration::from_micros(1500)]), json!({"p50": 1.5, "p95": 1.5, "max": 1.5}));
        assert_eq!(ranks(Vec::new()), json!({"p50": null, "p95": null, "max": null}));
    }
}

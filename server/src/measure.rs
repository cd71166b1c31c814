//! Time and memory of this process, for `bench` and `/metrics`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// One thing done: how long the clock and how long all threads together took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    wall: Duration,
    cpu: Duration,
}

/// Does `work` and says what it cost.
pub fn cost<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (start, cpu) = (Instant::now(), cpu_time());
    let done = work();
    (done, Cost { wall: start.elapsed(), cpu: cpu_time().saturating_sub(cpu) })
}

/// Median and 95th percentile in milliseconds, wall and CPU.
#[must_use]
pub fn summary(costs: &[Cost]) -> Value {
    let spread = |pick: fn(&Cost) -> Duration| {
        let mut values: Vec<f64> = costs.iter().map(|cost| pick(cost).as_secs_f64() * 1000.0).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            values.get(((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1)))
        };
        json!({"median": at(0.5), "p95": at(0.95)})
    };
    json!({"wall_ms": spread(|cost| cost.wall), "cpu_ms": spread(|cost| cost.cpu)})
}

/// CPU time of all threads of this process so far; zero where the system does not tell.
fn cpu_time() -> Duration {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
    #[cfg(not(unix))]
    Duration::ZERO
}

/// The most memory that this process had in use, in bytes, if the system tells.
#[must_use]
pub fn peak_rss_bytes() -> Option<u64> {
    memory("VmHWM:")
}

/// The memory that this process has in use, in bytes, if the system tells.
#[must_use]
pub fn rss_bytes() -> Option<u64> {
    memory("VmRSS:")
}

fn memory(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(kib.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

//! What this machine can do, each thing tried and named.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use serde::Serialize;
use telestage_media::{Frame, Rendition, Timings, encoder};

use crate::commands::print;
use crate::exit::{Exit, Failure};

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Works.
    Ok,
    /// Not there; nothing depends on it.
    Missing,
    /// Needed, and does not work.
    Failed,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    detail: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    remedy: String,
}

impl Check {
    fn new(name: &'static str, state: State, detail: impl Into<String>, remedy: &str) -> Self {
        Self { name, state, detail: detail.into(), remedy: remedy.to_owned() }
    }
}

/// Tries everything and prints what came of it.
///
/// # Errors
/// Exit 5 if something that is needed does not work.
pub fn examine(is_json: bool) -> Result<(), Failure> {
    let checks =
        [cpu(), memory(), renderer_cpu(), renderer_gpu(), encoder_h264(), worker(), port(49100), files()];
    let is_well = checks.iter().all(|check| check.state != State::Failed);
    if is_json {
        let report =
            serde_json::json!({"ok": is_well, "version": env!("CARGO_PKG_VERSION"), "checks": checks});
        print(&report.to_string())?;
    } else {
        for check in &checks {
            let mark = match check.state {
                State::Ok => "ok     ",
                State::Missing => "missing",
                State::Failed => "FAILED ",
            };
            let remedy = if check.remedy.is_empty() { String::new() } else { format!("; {}", check.remedy) };
            print(&format!("{mark}  {:<14} {}{remedy}", check.name, check.detail))?;
        }
    }
    if is_well {
        Ok(())
    } else {
        Err(Failure::new(
            Exit::NoBackend,
            "something that serving needs does not work here",
            "see the report above",
        ))
    }
}

fn cpu() -> Check {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Check::new("processor", State::Ok, format!("{cores} cores, {}", std::env::consts::ARCH), "")
}

fn memory() -> Check {
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = info
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    match kib {
        Some(kib) if kib < 256 * 1024 => Check::new(
            "memory",
            State::Failed,
            format!("{} MiB available", kib / 1024),
            "free 256 MiB or more",
        ),
        Some(kib) => Check::new("memory", State::Ok, format!("{} MiB available", kib / 1024), ""),
        None => Check::new("memory", State::Missing, "unknown on this system", ""),
    }
}

fn renderer_cpu() -> Check {
    let name = telestage_render::cpu::Isa::detect();
    Check::new("renderer cpu", State::Ok, format!("tile rasterizer, {name:?} kernels"), "")
}

fn renderer_gpu() -> Check {
    Check::new("renderer gpu", State::Missing, "not in this version; the processor draws", "")
}

fn encoder_h264() -> Check {
    let size = [320, 180];
    let rendition = Rendition { size, fps: 30.0, bitrate_bps: 1_000_000 };
    let pixels = vec![128; (size[0] * size[1] * 4) as usize].into();
    let frame = Frame { number: 1, size, pixels, view_version: 1, timings: Timings::default() };
    let tried = encoder::open("auto", &rendition).and_then(|mut encoder| {
        let packet = encoder.encode(&frame, true)?;
        Ok((encoder.name(), packet.data.len()))
    });
    match tried {
        Ok((name, bytes)) => {
            Check::new("encoder", State::Ok, format!("{name}: H.264, {bytes} bytes for a key frame"), "")
        }
        Err(error) => {
            Check::new("encoder", State::Failed, error.to_string(), "report this: OpenH264 is built in")
        }
    }
}

/// The process that reads stages: can it be started at all?
fn worker() -> Check {
    let tried = std::env::current_exe().and_then(|exe| {
        let mut child = std::process::Command::new(exe)
            .arg("scene-worker")
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()?;
        child.wait()
    });
    match tried {
        Ok(_) => Check::new("scene worker", State::Ok, "starts", ""),
        Err(error) => Check::new(
            "scene worker",
            State::Failed,
            error.to_string(),
            "let this program start itself (noexec, seccomp?)",
        ),
    }
}

fn port(number: u16) -> Check {
    let address = (Ipv4Addr::LOCALHOST, number);
    match TcpListener::bind(address).and_then(|_| UdpSocket::bind(address)) {
        Ok(_) => Check::new("port", State::Ok, format!("{number} is free, TCP and UDP"), ""),
        Err(error) => {
            Check::new("port", State::Missing, format!("{number}: {error}"), "use --port for another server")
        }
    }
}

#[cfg(unix)]
fn files() -> Check {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    match limit {
        Some(limit) if limit < 256 => {
            Check::new("open files", State::Failed, format!("at most {limit}"), "raise it: ulimit -n 1024")
        }
        Some(limit) => Check::new("open files", State::Ok, format!("at most {limit}"), ""),
        None => Check::new("open files", State::Ok, "no limit", ""),
    }
}

#[cfg(not(unix))]
fn files() -> Check {
    Check::new("open files", State::Ok, "no limit known", "")
}

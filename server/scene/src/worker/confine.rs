//! What a worker takes away from itself before it looks at a foreign file.
//!
//! Only for a process that is nothing but a worker: in-process tests never call this.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Drops what the worker does not need: inherited files, core dumps, new privileges, a life after its parent.
///
/// # Errors
/// If the system refuses.
pub(super) fn settle_in() -> io::Result<()> {
    limit(Resource::Core, 0)?;
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        rustix::thread::set_no_new_privs(true)?;
        // If memory runs out on the machine, the worker goes first. Not everywhere is this file to be had.
        let _ = std::fs::write("/proc/self/oom_score_adj", "500");
        close_inherited();
    }
    Ok(())
}

/// At most `bytes` of memory: beyond it allocation fails and the process aborts with a message.
///
/// # Errors
/// If the system refuses.
pub(super) fn limit_memory(bytes: u64) -> io::Result<()> {
    // On Linux this counts every private writable mapping; file mappings and reserved address space are free.
    #[cfg(target_os = "linux")]
    let resource = Resource::Data;
    #[cfg(not(target_os = "linux"))]
    let resource = Resource::As;
    limit(resource, bytes)
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// Closes every file beyond standard input, output and error.
#[cfg(target_os = "linux")]
fn close_inherited() {
    let Ok(listing) = std::fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<i32> =
        listing.flatten().filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(|&fd| fd > 2).collect();
    for fd in open {
        // The listing's own descriptor is among them and no longer open.
        if std::fs::read_link(format!("/proc/self/fd/{fd}")).is_ok() {
            // SAFETY: open, as just seen, and owned by nobody: this is called first thing in a process that has
            // opened nothing itself and has one thread that matters.
            unsafe { rustix::io::close(fd) };
        }
    }
}

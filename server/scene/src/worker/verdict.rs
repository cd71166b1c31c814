//! Why a worker ended, from its exit status and its last words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::OpenError;

/// What Rust's runtime prints before it aborts on a stack overflow.
const STACK_WORDS: &str = "has overflowed its stack";
/// What Rust's runtime prints before it aborts because an allocation failed.
const MEMORY_WORDS: &str = "memory allocation of";

/// Reads the signs. `words` is the end of the worker's standard error.
pub(super) fn verdict(status: ExitStatus, words: &str, path: &str, memory: u64) -> OpenError {
    let path = path.to_owned();
    match status.signal() {
        Some(_) if words.contains(STACK_WORDS) => OpenError::OutOfStack { path },
        Some(_) if words.contains(MEMORY_WORDS) => OpenError::OutOfMemory { path, limit_mib: memory >> 20 },
        Some(signal) => OpenError::Killed { path, signal },
        None => OpenError::Exited { path, status: status.code().unwrap_or_default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the system reports a process that signal 6 ended.
    const ABORTED: i32 = 6;

    #[test]
    fn last_words_tell_stack_from_memory() {
        let aborted = ExitStatus::from_raw(ABORTED);
        let stack = verdict(aborted, "\nthread 'stage' (7) has overflowed its stack\nfatal", "a", 0);
        assert!(matches!(stack, OpenError::OutOfStack { .. }));
        let memory = verdict(aborted, "memory allocation of 4096 bytes failed\n", "a", 5 << 20);
        assert!(matches!(memory, OpenError::OutOfMemory { limit_mib: 5, .. }));
    }

    #[test]
    fn without_words_the_signal_is_the_reason() {
        let killed = verdict(ExitStatus::from_raw(9), "", "a", 0);
        assert!(matches!(killed, OpenError::Killed { signal: 9, .. }));
    }
}

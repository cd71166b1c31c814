//! Memory that nobody can change any more, handed from one process to another (Linux).
//!
//! The worker fills a memory file and seals it; the host checks the seals before it maps. Without the check a
//! worker that a hostile file took over could change data under the renderer's feet.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;

use rustix::fs::{
    FsWord, MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, fstat, fstatfs, memfd_create,
};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// `TMPFS_MAGIC` of `linux/magic.h`: what ordinary memory files are made of. Huge pages are not: touching them can
/// kill the reader when the system has none left.
const TMPFS: FsWord = 0x0102_1994;

const SEALS: SealFlags =
    SealFlags::SEAL.union(SealFlags::SHRINK).union(SealFlags::GROW).union(SealFlags::WRITE);

/// A sealed copy of `bytes`.
///
/// # Errors
/// If the system has no memory for it.
pub(super) fn seal(bytes: &[u8]) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = File::from(memfd_create("telestage-scene", flags)?);
    file.write_all(bytes)?;
    fcntl_add_seals(&file, SEALS)?;
    Ok(file.into())
}

/// A read-only mapping of sealed memory.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

impl Mapping {
    /// Maps `file`, which must have exactly `len` bytes and all seals.
    ///
    /// # Errors
    /// If it does not, or cannot be mapped.
    pub(super) fn new(file: BorrowedFd<'_>, len: usize) -> io::Result<Self> {
        let refuse = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidData, why));
        if !fcntl_get_seals(file)?.contains(SEALS) {
            return refuse("shared memory is not sealed");
        }
        if fstatfs(file)?.f_type != TMPFS {
            return refuse("shared memory is of a wrong kind");
        }
        if usize::try_from(fstat(file)?.st_size).ok() != Some(len) || len == 0 {
            return refuse("shared memory is of a wrong size");
        }
        // SAFETY: a new mapping at an address of the system's choice; it aliases nothing of this process.
        let start =
            unsafe { mmap(std::ptr::null_mut(), len, ProtFlags::READ, MapFlags::SHARED, file.as_fd(), 0)? };
        match NonNull::new(start.cast()) {
            Some(start) => Ok(Self { start, len }),
            None => refuse("shared memory was mapped at zero"),
        }
    }
}

impl Deref for Mapping {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: mapped readable for `len` bytes until drop; the seals, checked in `new`, forbid any process to
        // write, shrink or unseal it, so the bytes never change and never go away.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly the range that `new` mapped, and no borrow of it outlives `self`.
        let result = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
        debug_assert!(result.is_ok());
    }
}

// SAFETY: immutable bytes, not bound to a thread.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_come_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let file = seal(&bytes).unwrap();
        assert_eq!(&*Mapping::new(file.as_fd(), bytes.len()).unwrap(), bytes);
    }

    #[test]
    fn memory_that_can_still_be_written_is_refused() {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let mut file = File::from(memfd_create("test", flags).unwrap());
        file.write_all(b"bytes").unwrap();
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL).unwrap();
        assert!(Mapping::new(file.as_fd(), 5).is_err());
    }

    #[test]
    fn a_wrong_size_is_refused() {
        let file = seal(b"bytes").unwrap();
        for len in [0, 4, 6, usize::MAX] {
            assert!(Mapping::new(file.as_fd(), len).is_err(), "{len}");
        }
    }

    #[test]
    fn an_ordinary_file_is_refused() {
        let file = File::open(std::env::current_exe().unwrap()).unwrap();
        assert!(Mapping::new(file.as_fd(), 5).is_err());
    }
}

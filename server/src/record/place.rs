//! Where recordings go: a folder, names in it that nothing has yet, and how much of the disk they may take.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use telestage_protocol::ErrorCode;
use telestage_session::RecordingFailure;

use crate::date::Moment;

/// Tries to find a name that is free.
const NAMES: u32 = 1000;
/// Longest part of a default name that comes from the stage, in characters of at most four bytes: file systems take 255.
const STEM: usize = 50;

/// How much of a disk recordings may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one recording, all its files together.
    pub recording: u64,
    /// Bytes of the disk that stay free.
    pub reserve: u64,
}

/// A folder and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Made when the first recording begins.
    pub folder: PathBuf,
    /// What may be used up.
    pub limits: Limits,
}

impl Place {
    /// Makes the folder if need be, and in it a new file called `name`, or `name (2)` if there is one already. What is
    /// there is never opened.
    ///
    /// # Errors
    /// The system's refusal, or a disk with less room than is to stay free, in words for people.
    pub fn create(&self, name: &str) -> Result<(File, PathBuf), RecordingFailure> {
        std::fs::create_dir_all(&self.folder).map_err(|error| failure(&error, &self.folder))?;
        self.check_room()?;
        for number in 1..=NAMES {
            let name = if number == 1 { format!("{name}.mp4") } else { format!("{name} ({number}).mp4") };
            let path = self.folder.join(name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failure(&error, &path)),
            }
        }
        Err(failure(&io::ErrorKind::AlreadyExists.into(), &self.folder.join(name)))
    }

    /// Fails if the disk has less room than is to stay free.
    ///
    /// # Errors
    /// `no_space`, with how much there is and how much there should be.
    pub fn check_room(&self) -> Result<(), RecordingFailure> {
        let reserve = self.limits.reserve;
        match free_bytes(&self.folder) {
            Some(free) if free < reserve => Err(RecordingFailure {
                code: ErrorCode::NoSpace,
                message: format!(
                    "the disk has {free} bytes left and {reserve} are to stay free: make room, or give --record-dir or \
                     --record-reserve; what is recorded plays: {}",
                    self.folder.display()
                ),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Fails if a recording of `bytes` has reached its limit.
    ///
    /// # Errors
    /// `too_large`, with the limit.
    pub fn check_size(&self, bytes: u64) -> Result<(), RecordingFailure> {
        let limit = self.limits.recording;
        if bytes < limit {
            return Ok(());
        }
        Err(RecordingFailure {
            code: ErrorCode::TooLarge,
            message: format!(
                "the recording has reached its limit of {limit} bytes and plays up to there: start another one, or give \
                 --record-limit"
            ),
        })
    }
}

/// What the file system has left for this user; `None` where it does not say.
fn free_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let found = rustix::fs::statvfs(folder).ok()?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// A failed system call on `path`.
pub fn failure(error: &io::Error, path: &Path) -> RecordingFailure {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            RecordingFailure {
                code: ErrorCode::NoSpace,
                message: format!("{error}: make room, or give --record-dir; what is recorded plays: {path}"),
            }
        }
        _ => RecordingFailure {
            code: ErrorCode::Internal,
            message: format!("{error}: choose a folder that can be written with --record-dir: {path}"),
        },
    }
}

/// Anything else that keeps a recording from going on.
pub fn failure_of(reason: &dyn Display) -> RecordingFailure {
    RecordingFailure { code: ErrorCode::Internal, message: format!("nothing can be recorded: {reason}") }
}

/// `cell 2026-11-29 18-05-59Z`: the stage's name and the time of day in UTC.
pub fn default_name(stage: Option<&str>, now: SystemTime) -> String {
    let stem = stage.and_then(|stage| Path::new(stage).file_stem()).map(|stem| stem.to_string_lossy());
    let plain: String = stem
        .iter()
        .flat_map(|stem| stem.chars())
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_' | '.'))
        .take(STEM)
        .collect();
    let plain = plain.trim_matches(['.', ' ']);
    let plain = if plain.is_empty() { "telestage" } else { plain };
    let Moment { date: [year, month, day], time: [hour, minute, second], .. } = Moment::of(now);
    format!("{plain} {year:04}-{month:02}-{day:02} {hour:02}-{minute:02}-{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_default_name_is_a_plain_one() {
        let at = |secs| UNIX_EPOCH + Duration::from_secs(secs);
        assert_eq!(default_name(Some("/srv/cell.usda"), at(0)), "cell 1970-01-01 00-00-00Z");
        assert_eq!(default_name(None, at(951_827_696)), "telestage 2000-02-29 12-34-56Z");
        assert_eq!(default_name(Some("a/..b:*?.usd"), at(1_795_910_759)), "b 2026-11-29 00-05-59Z");
        assert_eq!(default_name(Some("/"), at(4_107_542_399)), "telestage 2100-02-28 23-59-59Z");
    }
}

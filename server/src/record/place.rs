//! Where recordings go: a folder, names in it that nothing has yet, and how much of the disk they may take.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use telestage_protocol::ErrorCode;
use telestage_session::RecordingFailure;

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
    let secs = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, secs) = (secs / 86_400, secs % 86_400);
    let [year, month, day] = date(days);
    let [hour, minute, second] = [secs / 3600, secs / 60 % 60, secs % 60];
    format!("{plain} {year:04}-{month:02}-{day:02} {hour:02}-{minute:02}-{second:02}Z")
}

/// Year, month and day of the day so many days after 1970-01-01 (Gregorian).
fn date(days: u64) -> [u64; 3] {
    // Counted from 0000-03-01, so that a leap day ends its year; an era is 400 years.
    let shifted = days + 719_468;
    let (era, in_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    [era * 400 + year_of_era + u64::from(month <= 2), month, day]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

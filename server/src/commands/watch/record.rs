//! `--record FILE.mp4`: what is watched, in a file, as it was encoded.

use std::fs::File;
use std::path::{Path, PathBuf};

use telestage_client::{AccessUnit, Format};
use telestage_media::mp4::{Mp4Error, Writer};

use super::sink::UnitSink;
use crate::exit::{Exit, Failure};

/// What the last picture of a file lasts: nobody knows how long it would have stood. A second in ticks of 90 kHz.
const LAST_TICKS: u32 = 90_000;

/// The file, and those beside it: a picture of another size begins another one.
pub struct RecordSink {
    path: PathBuf,
    part: u32,
    writer: Option<Writer<File>>,
}

impl RecordSink {
    /// Begins a file that must not be there yet.
    ///
    /// # Errors
    /// Exit 6 if it is, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let writer = open(path)?;
        Ok(Self { path: path.to_owned(), part: 1, writer: Some(writer) })
    }

    fn begin_next(&mut self) -> Result<(), Failure> {
        self.finish()?;
        self.part += 1;
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let ending = self.path.extension().unwrap_or_default().to_string_lossy();
        self.writer = Some(open(&self.path.with_file_name(format!("{stem}-{}.{ending}", self.part)))?);
        Ok(())
    }

    fn failure(&self, error: &dyn std::fmt::Display) -> Failure {
        let path = self.path.display();
        Failure::new(
            Exit::Unexpected,
            format_args!("{path}: {error}"),
            "it plays up to there; make room, and try again",
        )
    }
}

impl UnitSink for RecordSink {
    fn take(&mut self, unit: &AccessUnit) -> Result<(), Failure> {
        if unit.format == Format::Jpeg {
            return Err(Failure::new(
                Exit::Usage,
                "the server sends single JPEGs by this way, which are no video",
                "record by --transport udp or tcp",
            ));
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        match writer.push(&unit.data, unit.key, unit.rtp_timestamp) {
            // The first pictures of a viewer that came late: the next keyframe begins the file.
            Ok(()) | Err(Mp4Error::NoKey) => Ok(()),
            Err(Mp4Error::OtherFormat) => {
                self.begin_next()?;
                self.take(unit)
            }
            Err(error @ (Mp4Error::Parameters(_) | Mp4Error::Io(_))) => {
                if let Some((file, whole_bytes)) = self.writer.take().map(Writer::give_up) {
                    cut(&file, whole_bytes);
                }
                Err(self.failure(&error))
            }
        }
    }

    fn finish(&mut self) -> Result<(), Failure> {
        match self.writer.take().map(|writer| writer.finish(LAST_TICKS)) {
            Some(Err(torn)) => {
                cut(&torn.out, torn.whole_bytes);
                Err(self.failure(&torn.error))
            }
            Some(Ok(_)) | None => Ok(()),
        }
    }
}

/// Leaves what plays.
fn cut(file: &File, whole_bytes: u64) {
    if let Err(error) = file.set_len(whole_bytes) {
        tracing::debug!(%error, "the torn end of the file stays; players pass over it");
    }
}

fn open(path: &Path) -> Result<Writer<File>, Failure> {
    let file = File::options().write(true).create_new(true).open(path).map_err(|error| {
        Failure::new(
            Exit::NotWritable,
            format_args!("{}: {error}", path.display()),
            "name a file that is not there yet, in a folder that may be written",
        )
    })?;
    Ok(Writer::new(file))
}

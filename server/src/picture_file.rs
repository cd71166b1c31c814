//! Writing `shot`'s pictures: PNG for eyes, ids and quick looks, OpenEXR for numbers.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use telestage_media::exr::{self, Channels};
use telestage_media::png;
use telestage_render::Picture;
use telestage_render::cpu::Plane;

use crate::cli::AovArg;
use crate::exit::{Exit, Failure};

/// The file's format, from its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 8 bits, display-encoded; ids as 24-bit numbers.
    Png,
    /// 32-bit floats, linear.
    Exr,
}

impl Format {
    /// The format that `path` asks for.
    ///
    /// # Errors
    /// Exit 2 for any other extension.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("png") => Ok(Self::Png),
            Some("exr") => Ok(Self::Exr),
            Some(_) | None => Err(Failure::new(
                Exit::Usage,
                format_args!("no picture format is known for {}", path.display()),
                "let its name end in .png or .exr",
            )),
        }
    }
}

/// Writes `picture`, which shows `aov`; `plane` is what its pixels show, in numbers.
///
/// # Errors
/// Exit 2 for colour as EXR, which is not available yet, and 6 if the file cannot be written.
pub fn write(
    path: &Path,
    format: Format,
    aov: AovArg,
    plane: &Plane,
    picture: &Picture,
) -> Result<(), Failure> {
    let size = picture.size;
    let bytes = match (format, aov) {
        (Format::Png, AovArg::Id) => png::encode_ids(&plane.prims, size),
        (Format::Png, AovArg::Color | AovArg::Depth | AovArg::Normal) => {
            png::encode_rgba(&picture.pixels, size)
        }
        (Format::Exr, AovArg::Color) => return Err(Failure::not_available("colour as EXR")),
        (Format::Exr, AovArg::Normal) => {
            exr::encode(bytemuck::cast_slice(&plane.normals), size, Channels::Rgb)
        }
        (Format::Exr, AovArg::Depth) => exr::encode(&plane.depth, size, Channels::Depth),
        (Format::Exr, AovArg::Id) => return Err(Failure::not_available("ids as EXR")),
    };
    let bytes = bytes.map_err(|error| Failure::new(Exit::Unexpected, error, ""))?;
    replace(path, &bytes).map_err(|error| {
        Failure::new(
            Exit::NotWritable,
            format_args!("{error}: {}", path.display()),
            "choose a folder that you may write to",
        )
    })
}

/// Writes the whole file or nothing: whoever looks at `path` sees the old picture or the new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = (|| {
        let mut file = File::create(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&aside, path)
    })();
    if written.is_err() {
        // What was begun is of no use; that it could not be written is what is told.
        let _ = std::fs::remove_file(&aside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_there_as_a_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("telestage-picture-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("taken.png")).unwrap();
        std::fs::write(folder.join("old.png"), "old").unwrap();
        replace(&folder.join("old.png"), b"new").unwrap();
        assert_eq!(std::fs::read(folder.join("old.png")).unwrap(), b"new");
        assert!(replace(&folder.join("taken.png"), b"new").is_err(), "a folder is in its place");
        assert!(replace(&folder.join("nowhere/x.png"), b"new").is_err());
        let mut left: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["old.png", "taken.png"], "nothing else is left");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

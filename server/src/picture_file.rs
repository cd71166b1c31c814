//! Writing `shot`'s pictures: PNG for eyes, ids and quick looks, OpenEXR for numbers.

use std::path::Path;

use telestage_media::exr::{self, Channels};
use telestage_media::png;
use telestage_render::Picture;
use telestage_render::cpu::Plane;

use crate::cli::AovArg;
use crate::exit::{Exit, Failure};
use crate::whole_file;

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
    whole_file::replace(path, &bytes).map_err(|error| {
        Failure::new(
            Exit::NotWritable,
            format_args!("{error}: {}", path.display()),
            "choose a folder that you may write to",
        )
    })
}

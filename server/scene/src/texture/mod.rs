//! Decodes the pictures that a stage's materials and dome lights name: PNG, JPEG, Radiance HDR, OpenEXR.
//!
//! Reads through the stage's own resolver, so the asset roots hold for textures and packages too. A picture is told
//! by its content, never by its name. Whatever a damaged file does to a decoder ends here as a [`TextureError`].

mod float;
mod jpeg;
mod png;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use openusd::ar::{self, ResolvedPath, Resolver};

use crate::extract::{ColorSpace, LoadedTexture, TextureError, TextureRequest, TextureSource};
use crate::resolver::{AccessLog, StageResolver};
use crate::roots::Refusal;

/// Columns and rows at most.
const MAX_EDGE: u64 = 16_384;
/// Texels at most: 256 MiB decoded.
const MAX_TEXELS: u64 = 1 << 26;

/// The pictures of one stage.
pub struct StageTextures<'r> {
    resolver: &'r StageResolver,
    log: AccessLog,
    /// Packages stay open as long as this lives.
    _scope: ar::CacheScope,
}

impl<'r> StageTextures<'r> {
    /// Reads through `resolver`; `log` is that of the resolver that the stage was composed with.
    #[must_use]
    pub fn new(resolver: &'r StageResolver, log: AccessLog) -> Self {
        Self { resolver, log, _scope: ar::CacheScope::begin() }
    }

    fn read(&self, resolved: &str) -> Result<Vec<u8>, TextureError> {
        let path = resolved.to_owned();
        let Some((package, _)) = ar::split_package_relative_path_outer(resolved) else {
            let file = self.resolver.open_file(Path::new(resolved)).map_err(refused)?;
            return read_whole(file).map_err(|e| TextureError::Broken { path, reason: e.to_string() });
        };
        // The library hides within its own error why a package was not opened.
        self.resolver.find(&package).map_err(refused)?;
        let asset = self.resolver.open_asset(&ResolvedPath::new(resolved));
        let broken = |e: std::io::Error| TextureError::Broken { path, reason: e.to_string() };
        asset.and_then(|mut asset| asset.read_all()).map_err(broken)
    }
}

impl TextureSource for StageTextures<'_> {
    fn load(&mut self, request: &TextureRequest<'_>) -> Result<LoadedTexture, TextureError> {
        let Some(resolved) = request.resolved else {
            let refusal = self.log.tell(request.authored);
            let missing = || TextureError::Missing { path: request.authored.to_owned() };
            return Err(refusal.map_or_else(missing, refused));
        };
        let bytes = self.read(resolved)?;
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(&bytes, request.color_space)));
        match decoded.unwrap_or_else(|_| Err(Trouble::Broken("the decoder failed on it".to_owned()))) {
            Ok(mut texture) => {
                resolved.clone_into(&mut texture.path);
                Ok(texture)
            }
            Err(trouble) => Err(trouble.about(resolved)),
        }
    }
}

fn read_whole(mut file: std::fs::File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes)?;
    Ok(bytes)
}

fn refused(refusal: Refusal) -> TextureError {
    let reason = refusal.to_string();
    match refusal {
        Refusal::Outside { path, .. } => TextureError::OutsideRoots { path },
        Refusal::Missing { path } => TextureError::Missing { path },
        Refusal::NotAFile { path }
        | Refusal::NotAFolder { path }
        | Refusal::TooLarge { path, .. }
        | Refusal::Unreadable { path, .. } => TextureError::Broken { path, reason },
    }
}

/// What a decoder says; the path is added by who knows it.
#[derive(Debug)]
enum Trouble {
    Unsupported(String),
    Broken(String),
    TooLarge(u64, u64),
}

impl Trouble {
    fn broken(reason: impl Into<Box<dyn std::error::Error>>) -> Self {
        Self::Broken(reason.into().to_string())
    }

    fn about(self, path: &str) -> TextureError {
        let path = path.to_owned();
        let edge = |edge: u64| u32::try_from(edge).unwrap_or(u32::MAX);
        match self {
            Self::Unsupported(format) => TextureError::Unsupported { path, format },
            Self::Broken(reason) => TextureError::Broken { path, reason },
            Self::TooLarge(width, height) => {
                TextureError::TooLarge { path, width: edge(width), height: edge(height) }
            }
        }
    }
}

/// Refuses a size before anything is allocated for it.
fn check_size(width: usize, height: usize) -> Result<[u32; 2], Trouble> {
    let (wide, high) = (width as u64, height as u64);
    if wide == 0 || high == 0 {
        return Err(Trouble::broken("it has no pixels"));
    }
    if wide > MAX_EDGE || high > MAX_EDGE || wide * high > MAX_TEXELS {
        return Err(Trouble::TooLarge(wide, high));
    }
    Ok([width as u32, height as u32])
}

/// 8-bit samples as a decoder leaves them.
struct Bytes {
    size: [u32; 2],
    /// 1: grey, 2: grey and alpha, 3: RGB, 4: RGBA.
    channels: usize,
    samples: Vec<u8>,
    /// The file's own word on sRGB.
    srgb_in_file: Option<bool>,
    /// Bits of a sample in the file.
    bits: u8,
}

impl Bytes {
    /// UsdUVTexture, `sourceColorSpace`: `auto` believes the file, else takes 8-bit colour for sRGB.
    fn texture(self, color_space: ColorSpace) -> LoadedTexture {
        let srgb = match color_space {
            ColorSpace::Raw => false,
            ColorSpace::Srgb => true,
            ColorSpace::Auto => self.srgb_in_file.unwrap_or(self.bits == 8 && self.channels >= 3),
        };
        let texels = match self.channels {
            1 => self.samples.iter().map(|&v| [v, v, v, 255]).collect(),
            2 => self.samples.chunks_exact(2).map(|p| [p[0], p[0], p[0], p[1]]).collect(),
            3 => self.samples.chunks_exact(3).map(|p| [p[0], p[1], p[2], 255]).collect(),
            _ => self.samples.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]]).collect(),
        };
        LoadedTexture { path: String::new(), size: self.size, texels, srgb, scale: 1.0 }
    }
}

fn decode(bytes: &[u8], color_space: ColorSpace) -> Result<LoadedTexture, Trouble> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Ok(png::decode(bytes)?.texture(color_space)),
        [0xff, 0xd8, 0xff, ..] => Ok(jpeg::decode(bytes)?.texture(color_space)),
        [0x76, 0x2f, 0x31, 0x01, ..] => Ok(float::decode_exr(bytes)?.texture(color_space)),
        [b'#', b'?', ..] => Ok(float::decode_hdr(bytes)?.texture(color_space)),
        [] => Err(Trouble::broken("it is empty")),
        _ => Err(Trouble::Unsupported(name_of(bytes).to_owned())),
    }
}

/// Formats that users may well try.
fn name_of(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'G', b'I', b'F', b'8', ..] => "GIF",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "WebP",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "TIFF",
        [b'B', b'M', ..] => "BMP",
        [b'D', b'D', b'S', b' ', ..] => "DDS",
        [0xab, b'K', b'T', b'X', ..] => "KTX",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f', ..] => "AVIF",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::roots::Roots;
    use crate::scratch::Scratch;

    pub(super) fn write_png(
        size: u32,
        color: ::png::ColorType,
        depth: ::png::BitDepth,
        data: &[u8],
    ) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, size, size);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn load(roots: Roots, resolved: &str) -> Result<LoadedTexture, TextureError> {
        let resolver = StageResolver::new(roots, 1 << 20, Rc::new(|_, _| {}));
        let log = resolver.log();
        let request =
            TextureRequest { authored: resolved, resolved: Some(resolved), color_space: ColorSpace::Auto };
        StageTextures::new(&resolver, log).load(&request)
    }

    #[test]
    fn a_picture_is_told_by_content_and_loaded_from_a_file() {
        let scratch = Scratch::new();
        let png = write_png(1, ::png::ColorType::Rgb, ::png::BitDepth::Eight, &[1, 2, 3]);
        let path = scratch.write("named.jpg", png);
        let texture = load(Roots::unrestricted(), path.to_str().unwrap()).unwrap();
        assert_eq!((texture.size, &texture.texels[..]), ([1, 1], &[[1, 2, 3, 255]][..]));
        assert!(texture.srgb);
    }

    #[test]
    fn a_picture_within_a_package_is_read_and_one_outside_the_roots_is_not() {
        let scratch = Scratch::new();
        let png = write_png(1, ::png::ColorType::Rgb, ::png::BitDepth::Eight, &[1, 2, 3]);
        scratch.folder("in");
        let mut package = Vec::new();
        let mut writer = openusd::usdz::ArchiveWriter::new(std::io::Cursor::new(&mut package));
        writer.add_layer("a.usda", b"#usda 1.0\n").unwrap();
        writer.add_layer("tex/a.png", &png).unwrap();
        writer.finish().unwrap();
        let path = scratch.write("p/a.usdz", package).canonicalize().unwrap();
        let inner = format!("{}[tex/a.png]", path.display());
        assert_eq!(
            load(Roots::within([scratch.path("p")]).unwrap(), &inner).unwrap().texels,
            [[1, 2, 3, 255]]
        );
        let refused = load(Roots::within([scratch.path("in")]).unwrap(), &inner);
        assert!(matches!(refused, Err(TextureError::OutsideRoots { .. })), "{refused:?}");
    }

    #[test]
    fn missing_damaged_and_foreign_files_say_what_they_are() {
        let scratch = Scratch::new();
        let load = |name: &str| load(Roots::unrestricted(), scratch.path(name).to_str().unwrap());
        let png = write_png(8, ::png::ColorType::Rgb, ::png::BitDepth::Eight, &[7; 192]);
        scratch.write("cut.png", &png[..png.len() / 2]);
        scratch.write("cut.jpg", [0xff, 0xd8, 0xff, 0xe0, 0, 16]);
        scratch.write("cut.exr", [0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0]);
        scratch.write("cut.hdr", b"#?RADIANCE\n");
        scratch.write("empty.png", b"");
        scratch.write("a.gif", b"GIF89a");
        assert!(matches!(load("missing.png"), Err(TextureError::Missing { .. })));
        for name in ["cut.png", "cut.jpg", "cut.exr", "cut.hdr", "empty.png"] {
            assert!(matches!(load(name), Err(TextureError::Broken { .. })), "{name}: {:?}", load(name));
        }
        assert!(matches!(load("a.gif"), Err(TextureError::Unsupported { format, .. }) if format == "GIF"));
    }

    #[test]
    fn a_giant_is_refused_before_it_is_decoded() {
        assert!(matches!(check_size(16_385, 1), Err(Trouble::TooLarge(16_385, 1))));
        assert!(matches!(check_size(16_384, 16_384), Err(Trouble::TooLarge(..))));
        assert!(check_size(8192, 8192).is_ok());
    }
}

//! Where extraction gets its pictures from: the border between the stage and whoever may read files.
//!
//! Extraction names an asset as the stage's resolver resolved it and takes decoded texels; it never opens a file.
//! Errors become diagnostics and a checker picture, never a failed open.

/// Asks for one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextureRequest<'a> {
    /// The path as authored (`./tex/wood.png`), for messages.
    pub authored: &'a str,
    /// What the stage's resolver made of it: an absolute path, or `package.usdz[inner/path.png]` for a file inside
    /// a package. `None` where the resolver found nothing (missing, or refused for lying outside the roots).
    pub resolved: Option<&'a str>,
    /// `sourceColorSpace` of the UsdUVTexture.
    pub color_space: ColorSpace,
}

/// `inputs:sourceColorSpace`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColorSpace {
    /// As the file says; without a word in it, 8-bit files of 3 or 4 channels are sRGB, all else is linear.
    #[default]
    Auto,
    /// Linear numbers.
    Raw,
    /// sRGB-encoded colour.
    Srgb,
}

/// A decoded picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadedTexture {
    /// Where it came from, for users.
    pub path: String,
    /// Columns and rows, at least 1 each.
    pub size: [u32; 2],
    /// `size[0] * size[1]` texels, RGBA, top row first, straight alpha. Grey is spread over RGB.
    pub texels: Vec<[u8; 4]>,
    /// Colour channels are sRGB-encoded ([`ColorSpace::Auto`] is decided here).
    pub srgb: bool,
    /// Factor that brings the texels back to linear radiance: 1 but for compressed high dynamic range.
    pub scale: f32,
}

/// Why there is no picture. `path` is the resolved path, or the authored one where nothing resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextureError {
    /// The file does not exist.
    #[error("texture not found: put the file there or correct the path: {path}")]
    Missing {
        /// The path asked for.
        path: String,
    },
    /// Outside the asset roots.
    #[error("texture lies outside the asset roots and is not read: move it or add a root: {path}")]
    OutsideRoots {
        /// The path asked for.
        path: String,
    },
    /// A picture format that is not decoded.
    #[error("texture format {format} is not supported: convert it to PNG or JPEG: {path}")]
    Unsupported {
        /// The path asked for.
        path: String,
        /// The format, as in `EXR`.
        format: String,
    },
    /// A damaged file.
    #[error("texture cannot be decoded ({reason}): {path}")]
    Broken {
        /// The path asked for.
        path: String,
        /// The decoder's words.
        reason: String,
    },
    /// A limit of size was reached.
    #[error("texture of {width}x{height} pixels is over the limit: make it smaller: {path}")]
    TooLarge {
        /// The path asked for.
        path: String,
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
}

/// Decodes pictures on request. Extraction asks once for each (resolved path, colour space).
pub trait TextureSource {
    /// The picture that `request` names.
    ///
    /// # Errors
    /// Whatever keeps it from being shown; extraction turns that into a diagnostic and a checker.
    fn load(&mut self, request: &TextureRequest<'_>) -> Result<LoadedTexture, TextureError>;
}

/// Decodes nothing: every request is [`TextureError::Missing`]. For tests and for reading structure alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTextures;

impl TextureSource for NoTextures {
    fn load(&mut self, request: &TextureRequest<'_>) -> Result<LoadedTexture, TextureError> {
        Err(TextureError::Missing { path: request.resolved.unwrap_or(request.authored).to_owned() })
    }
}

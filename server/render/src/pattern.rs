//! A moving test card: proves the way from renderer to eye without a stage.
//!
//! It carries its frame number in a row of blocks that survive H.264 and JPEG ([`read_number`]) and in digits, a
//! hand that goes round once a second at 60 pictures a second, snow that fills the bitrate, and a floor and a cube seen
//! through the view's camera, so that every camera command changes much of the picture. It knows no scene and ignores
//! those it is given.

mod eye;
mod ground;
mod number;
mod overlay;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use telestage_media::Pool;
use telestage_media::canvas::{Canvas, Color};
use telestage_scene::{ChangedRows, Scene};

use self::eye::Eye;
pub use self::number::read_number;
use crate::source::{Capabilities, Command, FrameSource, Outcome, Picture, RenderError};
use crate::view::{Aov, View};

const INK: Color = Color::hex(0xe8_ebf1);
const SHADE: Color = Color::hex(0x0f_1115);

/// The source behind `--source pattern`.
pub struct PatternSource {
    number: u32,
    pool: Pool,
    backdrop: Backdrop,
}

impl Default for PatternSource {
    fn default() -> Self {
        Self::new()
    }
}

impl PatternSource {
    /// As `--source` takes it.
    pub const NAME: &'static str = "pattern";

    /// A card whose first picture has number 1.
    #[must_use]
    pub fn new() -> Self {
        Self { number: 0, pool: Pool::default(), backdrop: Backdrop::default() }
    }

    /// The number of the last picture; 0 before the first.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl FrameSource for PatternSource {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: Self::NAME,
            aovs: vec![Aov::Color],
            can_style: false,
            can_pick: false,
            is_live: true,
        }
    }

    fn load(&mut self, _scene: Arc<Scene>) -> Result<(), RenderError> {
        Ok(())
    }

    fn change(&mut self, _scene: Arc<Scene>, _rows: &ChangedRows) -> Result<(), RenderError> {
        Ok(())
    }

    fn apply(&mut self, command: &Command) -> Result<Outcome, RenderError> {
        match command {
            Command::Pick { .. } | Command::Within { .. } => {
                Err(RenderError::Unsupported(Self::NAME, "there is nothing to pick"))
            }
            Command::Select(_) => Err(RenderError::Unsupported(Self::NAME, "there is nothing to select")),
        }
    }

    fn render(&mut self, view: &View) -> Result<Picture, RenderError> {
        let size = view.size;
        if size.iter().any(|side| side % 2 != 0 || !(16..=8192).contains(side)) {
            return Err(RenderError::Size(size[0], size[1]));
        }
        let eye = Eye::new(view).ok_or(RenderError::Camera)?;
        let mut pixels = self.pool.take(size[0] as usize * size[1] as usize * 4);
        self.number = self.number.wrapping_add(1);
        if let Some(unshared) = Arc::get_mut(&mut pixels) {
            self.backdrop.draw(unshared, size, eye, self.number)?;
        }
        self.pool.keep(pixels.clone());
        Ok(Picture { pixels, size, samples: 1, refining: false })
    }
}

/// All but what moves by itself. It is most of the work, and the same while the camera rests.
#[derive(Default)]
struct Backdrop {
    /// Whose picture was drawn last, and how large.
    seen: Option<(Eye, [u32; 2])>,
    /// That picture, once it was wanted twice.
    kept: Option<Vec<u8>>,
}

impl Backdrop {
    fn draw(&mut self, pixels: &mut [u8], size: [u32; 2], eye: Eye, number: u32) -> Result<(), RenderError> {
        let wrong_size = |_| RenderError::Size(size[0], size[1]);
        let now = (eye, size);
        let is_same = self.seen.as_ref() == Some(&now);
        if !is_same {
            self.kept = None;
        }
        if let Some(kept) = &self.kept {
            pixels.copy_from_slice(kept);
        } else {
            ground::draw(pixels, size, &now.0);
            let mut canvas = Canvas::new(pixels, size).map_err(wrong_size)?;
            ground::cube(&mut canvas, &now.0);
            overlay::still(&mut canvas);
            self.kept = is_same.then(|| pixels.to_vec());
        }
        self.seen = Some(now);
        let mut canvas = Canvas::new(pixels, size).map_err(wrong_size)?;
        overlay::snow(&mut canvas, number);
        number::draw(&mut canvas, number);
        overlay::hand(&mut canvas, number);
        overlay::digits(&mut canvas, number);
        Ok(())
    }
}

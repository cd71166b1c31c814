//! Text in pictures: one family in two weights, built in, so that it looks the same on every machine.
//!
//! It lays out from left to right without shaping. What the font lacks (Chinese, Japanese, Korean, emoji) becomes a
//! box of the character's width; control characters become spaces. No text can make it fail.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, PxScale, ScaleFont, point};

use crate::canvas::{Canvas, Color};

/// How heavy the strokes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// For sentences.
    Regular,
    /// For titles and numbers.
    Bold,
}

/// What text looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Height of the em square in pixels.
    pub size_px: f32,
    /// Weight of the strokes.
    pub weight: Weight,
    /// Colour and opacity.
    pub color: Color,
}

/// What stands for text that was left out.
const ELLIPSIS: char = '…';

/// The font files, for whoever lays out text in another way.
pub(crate) static REGULAR_FILE: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans.ttf");
pub(crate) static BOLD_FILE: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans-Bold.ttf");

static REGULAR: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(REGULAR_FILE).ok());
static BOLD: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::try_from_slice(BOLD_FILE).ok());

/// A character in its place, from the start of the line.
enum Placed {
    Glyph {
        id: GlyphId,
        x: f32,
    },
    /// The font lacks it.
    Missing {
        x: f32,
        width: f32,
    },
}

impl Style {
    fn font(&self) -> Option<&'static FontRef<'static>> {
        match self.weight {
            Weight::Regular => REGULAR.as_ref(),
            Weight::Bold => BOLD.as_ref(),
        }
    }

    fn scale(&self, font: &FontRef<'_>) -> PxScale {
        // The crate scales by ascent plus descent; people think in em squares.
        let em = font.units_per_em().unwrap_or(2048.0);
        PxScale::from(self.size_px * font.height_unscaled() / em)
    }

    /// Calls `place` for each character that is seen; answers the line's width.
    fn lay_out(&self, text: &str, mut place: impl FnMut(Placed)) -> f32 {
        let Some(font) = self.font() else { return 0.0 };
        let scaled = font.as_scaled(self.scale(font));
        let (mut x, mut before) = (0.0, None);
        for character in text.chars().filter(|&character| !is_invisible(character)) {
            let character = if character.is_control() { ' ' } else { character };
            let id = font.glyph_id(character);
            if id.0 == 0 {
                let width = self.size_px * if is_wide(character) { 1.0 } else { 0.65 };
                place(Placed::Missing { x, width });
                (x, before) = (x + width, None);
            } else {
                x += before.map_or(0.0, |before| scaled.kern(before, id));
                place(Placed::Glyph { id, x });
                x += scaled.h_advance(id);
                before = Some(id);
            }
        }
        x
    }

    /// Width of one line of text, in pixels.
    #[must_use]
    pub fn width(&self, text: &str) -> f32 {
        self.lay_out(text, |_| ())
    }

    /// Draws one line whose baseline starts at `at` (right and down, in pixels); answers its width.
    pub fn draw(&self, canvas: &mut Canvas<'_>, text: &str, at: [f32; 2]) -> f32 {
        let Some(font) = self.font() else { return 0.0 };
        let scale = self.scale(font);
        self.lay_out(text, |placed| match placed {
            Placed::Glyph { id, x } => {
                let glyph = id.with_scale_and_position(scale, point(at[0] + x, at[1]));
                if let Some(outline) = font.outline_glyph(glyph) {
                    let corner = outline.px_bounds().min;
                    outline.draw(|column, row, coverage| {
                        let (x, y) = (corner.x as i32 + column as i32, corner.y as i32 + row as i32);
                        canvas.blend(x, y, self.color, coverage);
                    });
                }
            }
            Placed::Missing { x, width } => self.draw_box(canvas, [at[0] + x, at[1]], width),
        })
    }

    fn draw_box(&self, canvas: &mut Canvas<'_>, at: [f32; 2], width: f32) {
        let stroke = (self.size_px / 14.0).max(1.0);
        let (left, right) = (at[0] + width * 0.12, at[0] + width * 0.88);
        let (top, bottom) = (at[1] - self.size_px * 0.74, at[1] + self.size_px * 0.04);
        for (from, to) in [
            ([left, top], [right, top]),
            ([left, bottom], [right, bottom]),
            ([left, top], [left, bottom]),
            ([right, top], [right, bottom]),
        ] {
            canvas.line(from, to, stroke, self.color);
        }
    }

    /// The text, or as much of its ends as fits into `width` pixels with an ellipsis between: for paths.
    #[must_use]
    pub fn elide_middle(&self, text: &str, width: f32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let characters: Vec<char> = text.chars().collect();
        let kept = |count: usize| -> String {
            let (head, tail) =
                (&characters[..count / 2], &characters[characters.len() - count.div_ceil(2)..]);
            head.iter().chain(&[ELLIPSIS]).chain(tail).collect()
        };
        // Widths grow with the number of characters kept, so halving finds the most that fit.
        let (mut fits, mut wide) = (0, characters.len());
        while fits + 1 < wide {
            let middle = usize::midpoint(fits, wide);
            if self.width(&kept(middle)) <= width { fits = middle } else { wide = middle }
        }
        kept(fits)
    }

    /// Breaks text into at most `lines` lines of `width` pixels, at spaces, inside a word only where it is wider
    /// than a line; what is left over ends in an ellipsis.
    #[must_use]
    pub fn wrap(&self, text: &str, width: f32, lines: usize) -> Vec<String> {
        let mut words: Vec<String> =
            text.split_whitespace().flat_map(|word| self.break_word(word, width)).rev().collect();
        let mut out: Vec<String> = Vec::new();
        while let Some(word) = words.pop() {
            let is_last = out.len() == lines;
            match out.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(&word);
                }
                Some(last) if is_last => {
                    last.push(' ');
                    last.push_str(&word);
                    *last = self.elide_end(last, width);
                    break;
                }
                Some(_) | None => out.push(word),
            }
        }
        out.truncate(lines);
        out
    }

    fn break_word(&self, word: &str, width: f32) -> Vec<String> {
        let mut parts = vec![String::new()];
        let mut used = 0.0;
        for character in word.chars() {
            let mut buffer = [0; 4];
            let more = self.width(character.encode_utf8(&mut buffer));
            if used + more > width && used > 0.0 {
                parts.push(String::new());
                used = 0.0;
            }
            used += more;
            if let Some(part) = parts.last_mut() {
                part.push(character);
            }
        }
        parts
    }

    fn elide_end(&self, text: &str, width: f32) -> String {
        let mut kept = text.to_owned();
        while !kept.is_empty() && self.width(&format!("{kept}{ELLIPSIS}")) > width {
            kept.pop();
        }
        kept.truncate(kept.trim_end().len());
        kept.push(ELLIPSIS);
        kept
    }
}

/// Joiners, marks of direction, variation selectors, skin tones, byte order marks: they shape others and have no width.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0x2066..=0x2069 | 0xfe00..=0xfe0f | 0xfeff
        | 0x1f3fb..=0x1f3ff | 0xe0000..=0xe0fff)
}

/// Characters as wide as high: East Asian scripts and emoji.
fn is_wide(character: char) -> bool {
    matches!(u32::from(character), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0x1f000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { size_px: 20.0, weight: Weight::Regular, color: Color::hex(0xff_ffff) };

    /// Columns that hold anything, of a line drawn 4 pixels from the left.
    fn columns(text: &str) -> Vec<bool> {
        let mut pixels = vec![0; 400 * 40 * 4];
        STYLE.draw(&mut Canvas::new(&mut pixels, [400, 40]).unwrap(), text, [4.0, 28.0]);
        (0..400).map(|x| (0..40).any(|y| pixels[(y * 400 + x) * 4] > 40)).collect()
    }

    #[test]
    fn text_is_as_wide_as_it_says() {
        let drawn = columns("Telestage 0123");
        let (first, last) = (drawn.iter().position(|c| *c).unwrap(), drawn.iter().rposition(|c| *c).unwrap());
        assert!((4..8).contains(&first));
        assert!((last as f32 - 4.0 - STYLE.width("Telestage 0123")).abs() < 4.0);
    }

    #[test]
    fn what_the_font_lacks_is_a_box_of_its_width() {
        for (text, boxes) in [("ロボット", 4.0), ("机器人", 3.0), ("🤖", 1.0), ("👩🏽‍🚀", 2.0)]
        {
            assert_eq!(STYLE.width(text), boxes * 20.0, "{text}");
            let drawn = columns(text);
            assert!(drawn[..(boxes * 20.0) as usize + 4].iter().filter(|c| **c).count() > 10, "{text}");
        }
    }

    #[test]
    fn controls_directions_and_the_rest_of_unicode_do_no_harm() {
        assert_eq!(STYLE.width("a\u{202e}\u{200b}b"), STYLE.width("ab"));
        assert_eq!(STYLE.width("a\nb"), STYLE.width("a b"));
        let everything: String = (0..0x11_0000).step_by(7).filter_map(char::from_u32).collect();
        assert!(STYLE.width(&everything).is_finite());
        assert!(columns("\u{0}\u{7f}\u{fffd}\u{10ffff}").iter().any(|c| *c));
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_inside_words_that_are_too_long() {
        let width = STYLE.width("the quick brown");
        assert_eq!(STYLE.wrap("the quick brown fox jumps", width, 5), ["the quick brown", "fox jumps"]);
        let lines = STYLE.wrap("/a/very/long/path/without/any/space/in/it.usd", width, 9);
        assert!(lines.len() > 1 && lines.iter().all(|line| STYLE.width(line) <= width));
        assert_eq!(lines.concat(), "/a/very/long/path/without/any/space/in/it.usd");
        let cut = STYLE.wrap("the quick brown fox jumps over the dog", width, 2);
        assert_eq!(cut.len(), 2);
        assert!(cut[1].ends_with('…') && STYLE.width(&cut[1]) <= width);
        assert!(STYLE.wrap("  ", width, 2).is_empty());
        assert!(STYLE.wrap("anything", 1.0, 0).is_empty());
    }

    #[test]
    fn paths_lose_their_middle() {
        let path = "/home/someone/projects/factory/stages/cell.usd";
        let width = STYLE.width("/home/someone/…/cell.usd");
        let short = STYLE.elide_middle(path, width);
        assert!(
            STYLE.width(&short) <= width && short.starts_with("/home") && short.ends_with("cell.usd"),
            "{short}"
        );
        assert_eq!(STYLE.elide_middle(path, 10_000.0), path);
        assert_eq!(STYLE.elide_middle(path, 0.0), "…");
    }
}

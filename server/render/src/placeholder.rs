//! The picture in place of a stage: that there is none, that one is loading, why one could not be opened.
//!
//! Drawn from words alone, at any size; its text grows with the picture so that it stays legible in a small MJPEG.
//! It is a picture, not a source: whoever owns the renderer shows it while there is nothing else to show.

use std::sync::Arc;

use telestage_media::canvas::{Canvas, Color};
use telestage_media::text::{Style, Weight};

use crate::source::Picture;

const TOP: [f32; 3] = [15.0, 17.0, 21.0];
const BOTTOM: [f32; 3] = [27.0, 32.0, 42.0];
const GLOW: [f32; 3] = [46.0, 74.0, 122.0];
const TITLE: Color = Color::hex(0xf1_f3f7);
const DETAIL: Color = Color::hex(0xae_b6c4);
const HAIRLINE: Color = Color::hex(0x38_4150);
const ACCENT: Color = Color::hex(0x5b_9dff);
const AMBER: Color = Color::hex(0xf0_b429);
const RED: Color = Color::hex(0xf0_6a63);

/// What kind of news a card brings; it sets the colour of its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing is wrong, nothing is going on.
    Idle,
    /// Something is under way.
    Busy,
    /// Something needs attention and is still working.
    Limited,
    /// Something failed.
    Failed,
}

/// The words of the picture; empty ones take no room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Card<'a> {
    /// What kind of news.
    pub tone: Tone,
    /// One short line: "No stage is open", "Opening cell.usd", "Could not open cell.usd".
    pub title: &'a str,
    /// The reason, or what goes on now.
    pub detail: &'a str,
    /// What the viewer can do.
    pub remedy: &'a str,
    /// A bar, 0 to 100, with its number.
    pub percent: Option<f32>,
}

/// Draws `card` as a picture of `size`; sides below 16 are drawn as 16, above 8192 as 8192.
#[must_use]
pub fn draw(card: &Card<'_>, size: [u32; 2]) -> Picture {
    let size = size.map(|side| side.clamp(16, 8192));
    let mut pixels: Arc<[u8]> = std::iter::repeat_n(255, size[0] as usize * size[1] as usize * 4).collect();
    if let Some(Ok(mut canvas)) = Arc::get_mut(&mut pixels).map(|pixels| Canvas::new(pixels, size)) {
        backdrop(&mut canvas);
        let layout = Layout::new(size);
        layout.wordmark(&mut canvas);
        layout.words(&mut canvas, card);
    }
    Picture { pixels, size, samples: 1, refining: false }
}

/// A dark room with a light above the horizon and a floor of hairlines: an empty stage.
fn backdrop(canvas: &mut Canvas<'_>) {
    let [width, height] = canvas.size().map(|side| side as f32);
    let horizon = 0.70;
    let bell = |place: f32| (-place * place).exp();
    let columns: Vec<(f32, f32)> = (0..canvas.size()[0])
        .map(|column| (column as f32 + 0.5 - width / 2.0) / height)
        .map(|x| (x, bell(x / 0.85)))
        .collect();
    let rows: Vec<(f32, f32)> = (0..canvas.size()[1])
        .map(|row| (row as f32 + 0.5) / height)
        .map(|y| (y, 0.42 * bell((y - horizon) / 0.22)))
        .collect();
    canvas.shade(|column, row| {
        let ((x, beside), (y, above)) = (columns[column as usize], rows[row as usize]);
        let glow = beside * above;
        let mut lines = 0.0;
        let below = y - horizon;
        if below > 0.0 {
            // Distance and sideways place on the floor; a line is a pixel or so wide wherever it is.
            let depth = 0.16 / below;
            let side = x * depth * 1.6;
            let near = |place: f32, pixel: f32| {
                let off = (place - place.round()).abs();
                (1.0 - off / pixel.max(1e-6)).clamp(0.0, 1.0) * (0.22 / pixel).min(1.0)
            };
            let pixel = 1.2 / height;
            let across = near(depth * 2.2, depth * 2.2 / below * pixel);
            let along = near(side * 2.2, depth * 1.6 * 2.2 * pixel);
            let fade = (below * 6.0).min(1.0) * (1.25 - x.abs() * 0.55).clamp(0.0, 1.0);
            lines = across.max(along) * fade * 0.30;
        }
        // Half a level of ordered noise hides the steps of such a dark gradient.
        let noise = ((column * 5 + row * 3) % 8) as f32 / 8.0;
        [0, 1, 2].map(|channel| {
            let base = TOP[channel] + (BOTTOM[channel] - TOP[channel]) * y;
            let lit = base + (GLOW[channel] - base) * glow;
            (lit + (110.0 + 12.0 * channel as f32 - lit) * lines + noise) as u8
        })
    });
}

/// Sizes that follow from the picture's.
struct Layout {
    size: [f32; 2],
    margin: f32,
    /// Type size of the details; everything else is a multiple of it.
    body: f32,
}

impl Layout {
    fn new(size: [u32; 2]) -> Self {
        let [width, height] = size.map(|side| side as f32);
        let least = width.min(height * 1.25);
        Self { size: [width, height], margin: width * 0.075, body: (least / 30.0).max(9.0) }
    }

    fn style(&self, scale: f32, weight: Weight, color: Color) -> Style {
        Style { size_px: self.body * scale, weight, color }
    }

    /// A cube on its stage, and the name.
    fn wordmark(&self, canvas: &mut Canvas<'_>) {
        let unit = self.body * 0.62;
        let (x, y) = (self.margin + unit, self.margin.min(self.size[1] * 0.11) + unit);
        let corner = |right: f32, down: f32| [x + right * unit, y + down * unit];
        let stroke = (unit / 5.0).max(1.0);
        let hexagon = [(0.0, -1.0), (0.87, -0.5), (0.87, 0.5), (0.0, 1.0), (-0.87, 0.5), (-0.87, -0.5)];
        for (from, to) in hexagon.iter().zip(hexagon.iter().cycle().skip(1)) {
            canvas.line(corner(from.0, from.1), corner(to.0, to.1), stroke, ACCENT);
        }
        for to in [(0.87, -0.5), (0.0, 1.0), (-0.87, -0.5)] {
            canvas.line(corner(0.0, 0.0), corner(to.0, to.1), stroke, ACCENT);
        }
        let name = self.style(1.05, Weight::Bold, TITLE);
        name.draw(canvas, "Telestage", [x + unit * 1.75, y + self.body * 0.38]);
    }

    fn words(&self, canvas: &mut Canvas<'_>, card: &Card<'_>) {
        let room = self.size[0] - 2.0 * self.margin;
        let mark = match card.tone {
            Tone::Idle | Tone::Busy => ACCENT,
            Tone::Limited => AMBER,
            Tone::Failed => RED,
        };
        let is_tall = self.size[1] > self.size[0];
        let (title, title_lines) = self.title(card.title, room);
        let detail = self.style(1.0, Weight::Regular, DETAIL);
        let remedy = self.style(1.0, Weight::Regular, TITLE);
        let most = if is_tall { 6 } else { 3 };
        let measure = room.min(self.body * 34.0);
        let (details, remedies) =
            (detail.wrap(card.detail, measure, most), remedy.wrap(card.remedy, measure - self.body, most));

        let lead = self.body * 1.45;
        let (left, mut y) = (self.margin, self.size[1] * if is_tall { 0.34 } else { 0.36 });
        let [_, top] = [left, y - title.size_px * 0.95];
        canvas.rounded([left, top], [left + self.body * 1.9, top + self.body * 0.2], self.body, mark);
        y += self.body * 0.75;
        for line in &title_lines {
            title.draw(canvas, line, [left, y]);
            y += title.size_px * 1.16;
        }
        y += self.body * 0.35;
        for line in &details {
            detail.draw(canvas, line, [left, y]);
            y += lead;
        }
        if let Some(percent) = card.percent {
            y += self.body * 0.25;
            self.bar(canvas, percent, y);
            y += lead;
        }
        if !remedies.is_empty() {
            y += self.body * 0.45;
            let (from, to) =
                (y - self.body * 0.95, y + lead * (remedies.len() as f32 - 1.0) + self.body * 0.35);
            canvas.rounded([left, from], [left + self.body * 0.16, to], self.body, HAIRLINE);
            for line in &remedies {
                remedy.draw(canvas, line, [left + self.body * 0.8, y]);
                y += lead;
            }
        }
    }

    /// The title in the largest type that keeps it to two lines.
    fn title(&self, text: &str, room: f32) -> (Style, Vec<String>) {
        for scale in [2.2, 1.8, 1.5] {
            let style = self.style(scale, Weight::Bold, TITLE);
            let lines = style.wrap(text, room, 3);
            if lines.len() <= 2 {
                return (style, lines);
            }
        }
        let style = self.style(1.3, Weight::Bold, TITLE);
        (style, style.wrap(text, room, 3))
    }

    fn bar(&self, canvas: &mut Canvas<'_>, percent: f32, y: f32) {
        let percent = if percent.is_finite() { percent.clamp(0.0, 100.0) } else { 0.0 };
        let number = self.style(1.0, Weight::Bold, TITLE);
        let room = (self.size[0] - 2.0 * self.margin).min(self.body * 26.0) - self.body * 3.6;
        let (left, thick) = (self.margin, self.body * 0.36);
        let (top, bottom) = (y - self.body * 0.54, y - self.body * 0.54 + thick);
        canvas.rounded([left, top], [left + room, bottom], thick, HAIRLINE);
        let filled = (room * percent / 100.0).max(thick);
        canvas.rounded([left, top], [left + filled, bottom], thick, ACCENT);
        number.draw(canvas, &format!("{percent:.0} %"), [left + room + self.body * 0.7, y]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADING: Card<'static> = Card {
        tone: Tone::Busy,
        title: "Opening cell.usd",
        detail: "Reading textures",
        remedy: "",
        percent: Some(40.0),
    };

    /// Mean brightness, and the share of pixels much brighter than it.
    fn light(picture: &Picture) -> (f32, f32) {
        let levels: Vec<f32> =
            picture.pixels.chunks(4).map(|p| f32::from(p[0].max(p[1]).max(p[2]))).collect();
        let mean = levels.iter().sum::<f32>() / levels.len() as f32;
        (mean, levels.iter().filter(|&&level| level > 140.0).count() as f32 / levels.len() as f32)
    }

    #[test]
    fn it_is_never_black_and_its_words_stand_out_at_every_size() {
        for size in [[320, 180], [426, 240], [1280, 720], [390, 844], [2560, 1440]] {
            let picture = draw(&LOADING, size);
            let (mean, bright) = light(&picture);
            assert_eq!((picture.size, picture.pixels.len()), (size, (size[0] * size[1] * 4) as usize));
            assert!(mean > 15.0 && (0.004..0.2).contains(&bright), "{size:?}: {mean} {bright}");
        }
    }

    #[test]
    fn progress_moves_the_bar() {
        let size = [640, 360];
        let accent = |percent| {
            let picture = draw(&Card { percent, ..LOADING }, size);
            picture.pixels.chunks(4).filter(|p| p[..3] == ACCENT.rgb).count()
        };
        let counts = [None, Some(1.0), Some(50.0), Some(100.0)].map(accent);
        assert!(counts.is_sorted() && counts[0] < counts[1] && counts[2] * 5 < counts[3] * 3 + counts[0] * 5);
        assert_eq!(accent(Some(f32::NAN)), accent(Some(0.0)));
        assert_eq!(accent(Some(1e9)), counts[3]);
    }

    #[test]
    fn a_failure_has_its_own_colour() {
        let red = |tone| {
            let picture = draw(&Card { tone, ..LOADING }, [640, 360]);
            picture.pixels.chunks(4).any(|p| p[..3] == RED.rgb)
        };
        assert!(red(Tone::Failed) && !red(Tone::Busy) && !red(Tone::Idle) && !red(Tone::Limited));
    }

    #[test]
    fn no_words_and_no_size_break_it() {
        let long = "長い名前のステージ 🤖 /a/very/long/path/".repeat(60);
        for size in [[0, 0], [16, 16], [17, 300], [3000, 16]] {
            for text in ["", "x", &long] {
                let card =
                    Card { tone: Tone::Failed, title: text, detail: text, remedy: text, percent: Some(3.0) };
                let picture = draw(&card, size);
                assert_eq!(picture.pixels.len(), (picture.size[0] * picture.size[1] * 4) as usize);
            }
        }
    }

    #[test]
    fn the_same_card_is_the_same_picture() {
        assert!(draw(&LOADING, [640, 360]).pixels == draw(&LOADING, [640, 360]).pixels);
    }
}

//! What the card shows in front of its world: brackets, colours, snow, a running hand, the number for people.

use telestage_media::canvas::{Canvas, Color};
use telestage_media::text::{Style, Weight};

use super::{INK, SHADE};

/// One in so many pictures, the hand is back at the top.
const LAP: u32 = 60;

/// All of it that is the same in every picture, behind the rest.
pub(super) fn still(canvas: &mut Canvas<'_>) {
    marks(canvas);
    bars(canvas);
    dial(canvas);
    plate(canvas);
}

/// A cross in the middle and brackets in the corners: is anything cut off?
fn marks(canvas: &mut Canvas<'_>) {
    let [width, height] = canvas.size().map(|side| side as i32);
    let (long, thick) = (height / 18, (height / 240).max(1));
    for (x, inward) in [(0, 1), (width, -1)] {
        for (y, downward) in [(0, 1), (height, -1)] {
            let bracket = |canvas: &mut Canvas<'_>, dx: i32, dy: i32| {
                let (to_x, to_y) = (x + inward * dx, y + downward * dy);
                canvas.rectangle([x.min(to_x), y.min(to_y)], [x.max(to_x), y.max(to_y)], INK);
            };
            bracket(canvas, long, thick);
            bracket(canvas, thick, long);
        }
    }
    let (x, y, arm) = (width / 2, height / 2, height / 36);
    let faint = INK.with_alpha(150);
    canvas.rectangle([x - arm, y - thick], [x + arm, y + thick], faint);
    canvas.rectangle([x - thick, y - arm], [x + thick, y + arm], faint);
}

/// Primaries, their mixtures and a scale of greys along the lower edge: are colours and levels right?
fn bars(canvas: &mut Canvas<'_>) {
    let [width, height] = canvas.size().map(|side| side as i32);
    let (left, right) = (width / 16, width - width / 16);
    let (top, middle, bottom) = (height * 51 / 60, height * 54 / 60, height * 56 / 60);
    let colors = [0xff_ffff, 0xff_ff00, 0x00_ffff, 0x00_ff00, 0xff_00ff, 0xff_0000, 0x00_00ff, 0x00_0000];
    let edge = |index: i32, count: i32| left + (right - left) * index / count;
    for (index, color) in (0..).zip(colors) {
        canvas.rectangle([edge(index, 8), top], [edge(index + 1, 8), middle], Color::hex(color));
    }
    for index in 0..16 {
        let grey = (index * 17) as u8;
        let color = Color { rgb: [grey; 3], alpha: 255 };
        canvas.rectangle([edge(index, 16), middle], [edge(index + 1, 16), bottom], color);
    }
}

/// A window of snow, other in each picture, that no encoder can predict: does the stream hold its bitrate, and does the
/// network carry it? At 1280x720 and 30 pictures a second it takes about 8 Mbps.
pub(super) fn snow(canvas: &mut Canvas<'_>, number: u32) {
    let [width, height] = canvas.size();
    let ([left, right], [top, bottom]) =
        ([width / 16, width * 10 / 32], [height * 50 / 100, height * 75 / 100]);
    let mut state = 0_u32;
    canvas.shade_part([left, top], [right, bottom], |x, y| {
        // Xorshift (Marsaglia 2003), started anew for each row.
        if x == left {
            state = (number ^ y.rotate_left(16)).wrapping_mul(0x9e37_79b9) | 1;
        }
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        [64 + (state >> 25) as u8; 3]
    });
}

/// A dial of twelve hours, for the hand.
fn dial(canvas: &mut Canvas<'_>) {
    let dial = Dial::new(canvas.size());
    let corner = |side: f32| dial.centre.map(|middle| middle + side * dial.radius);
    canvas.rounded(corner(-1.0), corner(1.0), dial.radius, SHADE.with_alpha(190));
    for hour in 0..12 {
        canvas.line(dial.at(hour, 12, 0.84), dial.at(hour, 12, 0.94), dial.thick, INK.with_alpha(150));
    }
}

/// Its hand goes on by 6 degrees a picture: a stutter shows as a jump.
pub(super) fn hand(canvas: &mut Canvas<'_>, number: u32) {
    let dial = Dial::new(canvas.size());
    canvas.line(dial.centre, dial.at(number % LAP, LAP, 0.76), dial.thick * 1.8, Color::hex(0xff_b454));
}

/// Where the dial is, in pixels.
struct Dial {
    centre: [f32; 2],
    radius: f32,
    /// Width of its strokes.
    thick: f32,
}

impl Dial {
    fn new(size: [u32; 2]) -> Self {
        let [width, height] = size.map(|side| side as f32);
        let radius = height / 9.0;
        let centre = [width - width / 16.0 - radius, height * 0.30];
        Self { centre, radius, thick: (height / 200.0).max(1.0) }
    }

    /// The place of a part of the round, at a share of the radius.
    fn at(&self, part: u32, of: u32, reach: f32) -> [f32; 2] {
        let (sine, cosine) = (std::f32::consts::TAU * part as f32 / of as f32).sin_cos();
        [self.centre[0] + sine * self.radius * reach, self.centre[1] - cosine * self.radius * reach]
    }
}

/// A plate with the name and the size, for people.
fn plate(canvas: &mut Canvas<'_>) {
    let [width, height] = canvas.size();
    let Plate { corner: [left, top], pad, big, small } = Plate::new(canvas.size());
    let name = format!("Telestage test card  ·  {width} × {height}");
    let wide = big.width("000000").max(small.width(&name));
    canvas.rounded(
        [left - pad, top],
        [left + wide + pad, top + big.size_px + small.size_px + 3.0 * pad],
        pad / 2.0,
        SHADE.with_alpha(190),
    );
    small.draw(canvas, &name, [left, top + 1.6 * pad + big.size_px + small.size_px * 0.8]);
}

/// The number on the plate, for people.
pub(super) fn digits(canvas: &mut Canvas<'_>, number: u32) {
    let Plate { corner: [left, top], pad, big, .. } = Plate::new(canvas.size());
    big.draw(canvas, &format!("{number:06}"), [left, top + pad + big.size_px * 0.80]);
}

/// How the plate is laid out, in pixels.
struct Plate {
    /// Left edge of its text, upper edge of the plate.
    corner: [f32; 2],
    pad: f32,
    /// Of the number.
    big: Style,
    /// Of the name.
    small: Style,
}

impl Plate {
    fn new(size: [u32; 2]) -> Self {
        let [width, height] = size.map(|side| side as f32);
        Self {
            corner: [width / 16.0, height * 0.19],
            pad: height / 45.0,
            big: Style { size_px: height / 9.0, weight: Weight::Bold, color: INK },
            small: Style {
                size_px: (height / 30.0).max(9.0),
                weight: Weight::Regular,
                color: INK.with_alpha(190),
            },
        }
    }
}

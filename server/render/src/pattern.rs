//! A moving test card: proves the way from renderer to eye without a stage.
//!
//! It carries its frame number in a row of blocks that survive H.264 and JPEG ([`read_number`]) and in digits, a
//! hand that goes round once a second at 60 pictures a second, and a floor and a cube seen through the view's
//! camera, so that every camera command changes much of the picture. It knows no scene and ignores those it is given.

use std::ops::{Add, Div, Mul};
use std::sync::Arc;

use glam::{DMat4, DVec3, Vec3};
use telestage_media::canvas::{Canvas, Color};
use telestage_media::text::{Style, Weight};
use telestage_scene::Scene;

use crate::source::{Capabilities, Command, FrameSource, Outcome, Picture, RenderError};
use crate::view::{Aov, Projection, View};

/// The row of blocks: a white and a black one, 32 bits of the number, 8 of its check, a white one; high bits first.
const BLOCKS: u32 = 43;
/// Blocks in a picture's width: the row and a margin on either side.
const BLOCKS_IN_WIDTH: u32 = BLOCKS + 5;
/// Where the row starts, in blocks from the left and from the top.
const MARGIN: u32 = 2;
/// Pictures whose memory is used again; a consumer may hold as many without making the source allocate.
const POOL: usize = 4;
/// One in so many pictures, the hand is back at the top.
const LAP: u32 = 60;

const SKY_TOP: [f32; 3] = [18.0, 24.0, 38.0];
const HORIZON: [f32; 3] = [78.0, 98.0, 128.0];
const FLOOR: [[f32; 3]; 2] = [[44.0, 52.0, 66.0], [92.0, 104.0, 122.0]];
const INK: Color = Color::hex(0xe8_ebf1);
const SHADE: Color = Color::hex(0x0f_1115);

/// The source behind `--source pattern`.
pub struct PatternSource {
    number: u32,
    pool: Vec<Arc<[u8]>>,
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
        Self { number: 0, pool: Vec::new() }
    }

    /// The number of the last picture; 0 before the first.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Memory for a picture that nobody else looks at.
    fn memory(&mut self, bytes: usize) -> Arc<[u8]> {
        self.pool.retain(|pixels| pixels.len() == bytes);
        match self.pool.iter_mut().position(|pixels| Arc::get_mut(pixels).is_some()) {
            Some(free) => self.pool.swap_remove(free),
            None => std::iter::repeat_n(255, bytes).collect(),
        }
    }
}

impl FrameSource for PatternSource {
    fn capabilities(&self) -> Capabilities {
        Capabilities { name: Self::NAME, aovs: vec![Aov::Color], can_pick: false, is_live: true }
    }

    fn load(&mut self, _scene: Arc<Scene>) -> Result<(), RenderError> {
        Ok(())
    }

    fn apply(&mut self, command: &Command) -> Result<Outcome, RenderError> {
        match command {
            Command::Pick { .. } => Err(RenderError::Unsupported(Self::NAME, "there is nothing to pick")),
            Command::Select(_) => Err(RenderError::Unsupported(Self::NAME, "there is nothing to select")),
        }
    }

    fn render(&mut self, view: &View) -> Result<Picture, RenderError> {
        let size = view.size;
        if size.iter().any(|side| side % 2 != 0 || !(16..=8192).contains(side)) {
            return Err(RenderError::Size(size[0], size[1]));
        }
        let eye = Eye::new(view).ok_or(RenderError::Camera)?;
        let mut pixels = self.memory(size[0] as usize * size[1] as usize * 4);
        self.number = self.number.wrapping_add(1);
        if let Some(unshared) = Arc::get_mut(&mut pixels) {
            draw(unshared, size, &eye, self.number)?;
        }
        if self.pool.len() < POOL {
            self.pool.push(pixels.clone());
        }
        Ok(Picture { pixels, size, samples: 1, refining: false })
    }
}

/// The frame number that a picture of the card shows, also after scaling and lossy coding; `None` if it is none or
/// the blocks are damaged.
///
/// `pixels` are RGBA without padding.
#[must_use]
pub fn read_number(pixels: &[u8], size: [u32; 2]) -> Option<u32> {
    let [width, height] = size.map(|side| side as usize);
    if pixels.len() != width * height * 4 || width < BLOCKS_IN_WIDTH as usize {
        return None;
    }
    let block = width as f32 / BLOCKS_IN_WIDTH as f32;
    let row = ((MARGIN as f32 + 0.5) * block) as usize;
    // The mean of the middle of each block: lossy coding smears its edges.
    let level = |index: u32| -> Option<f32> {
        let centre = (((MARGIN + index) as f32 + 0.5) * block) as usize;
        let reach = (block / 6.0) as usize;
        let mut sum = 0_u32;
        for y in row.checked_sub(reach)?..=row + reach {
            for x in centre.checked_sub(reach)?..=centre + reach {
                let at = (y * width + x) * 4;
                sum += pixels.get(at..at + 3)?.iter().map(|&value| u32::from(value)).sum::<u32>();
            }
        }
        Some(sum as f32 / (3 * (2 * reach + 1).pow(2)) as f32)
    };
    let (white, black) = (level(0)?, level(1)?);
    if white - black < 64.0 || level(BLOCKS - 1)? - black < 64.0 {
        return None;
    }
    let middle = f32::midpoint(white, black);
    let mut bits = 0_u64;
    for index in 2..BLOCKS - 1 {
        bits = bits << 1 | u64::from(level(index)? > middle);
    }
    let number = (bits >> 8) as u32;
    (bits as u8 == check(number)).then_some(number)
}

/// Differs for numbers that differ in few bits, and never makes a row of one colour.
fn check(number: u32) -> u8 {
    (number ^ 0xa5a5_5a5a).wrapping_mul(0x9e37_79b1).to_be_bytes()[0]
}

/// The view's camera, in the terms that drawing needs.
struct Eye {
    world_from_view: DMat4,
    /// View-space directions (or offsets) to the right and upper edges of the picture at unit depth.
    half: [f64; 2],
    is_perspective: bool,
}

impl Eye {
    fn new(view: &View) -> Option<Self> {
        let aspect = f64::from(view.size[0]) / f64::from(view.size[1]);
        let (half_height, is_perspective) = match view.projection {
            Projection::Perspective { fov_y_deg, .. } => ((fov_y_deg.to_radians() / 2.0).tan(), true),
            Projection::Orthographic { height } => (height / 2.0, false),
        };
        let is_fine = view.world_from_view.is_finite() && half_height.is_finite() && half_height > 0.0;
        is_fine.then_some(Self {
            world_from_view: view.world_from_view,
            half: [half_height * aspect, half_height],
            is_perspective,
        })
    }

    fn position(&self) -> DVec3 {
        self.world_from_view.w_axis.truncate()
    }

    /// Start and direction of the ray through a point of the picture, from -1 to 1 right and up.
    fn ray(&self, right: f64, up: f64) -> (DVec3, DVec3) {
        let (x, y) = (right * self.half[0], up * self.half[1]);
        let (start, towards) = if self.is_perspective {
            (DVec3::ZERO, DVec3::new(x, y, -1.0))
        } else {
            (DVec3::new(x, y, 0.0), DVec3::NEG_Z)
        };
        (self.world_from_view.transform_point3(start), self.world_from_view.transform_vector3(towards))
    }

    /// Where a point of the world is in a picture of this size, in pixels from the top left; `None` behind the eye.
    fn project(&self, point: DVec3, size: [u32; 2]) -> Option<[f32; 2]> {
        let seen = self.world_from_view.inverse().transform_point3(point);
        let depth = if self.is_perspective { -seen.z } else { 1.0 };
        let [width, height] = size.map(f64::from);
        let x = (seen.x / depth / self.half[0] + 1.0) * width / 2.0;
        let y = (1.0 - seen.y / depth / self.half[1]) * height / 2.0;
        // Lines that leave the picture are clipped by the canvas; points near the eye's plane would make endless ones.
        let is_near = x.abs() < 4.0 * width && y.abs() < 4.0 * height;
        (depth > 1e-6 && is_near).then_some([x as f32, y as f32])
    }

    /// A power of ten near the eye's height over the floor: the floor has tiles of this size.
    fn tile(&self) -> f64 {
        10_f64.powf(self.position().y.abs().clamp(1e-6, 1e9).log10().floor())
    }
}

fn draw(pixels: &mut [u8], size: [u32; 2], eye: &Eye, number: u32) -> Result<(), RenderError> {
    ground(pixels, size, eye);
    let mut canvas = Canvas::new(pixels, size).map_err(|_| RenderError::Size(size[0], size[1]))?;
    cube(&mut canvas, eye);
    marks(&mut canvas);
    bars(&mut canvas);
    blocks(&mut canvas, number);
    hand(&mut canvas, number);
    digits(&mut canvas, number);
    Ok(())
}

/// Sky and a floor of tiles at height 0 that fades to the horizon, in squares of 2x2 pixels.
fn ground(pixels: &mut [u8], size: [u32; 2], eye: &Eye) {
    let tile = eye.tile();
    let at = |point: DVec3| (point / tile).as_vec3();
    // Rays are linear in the picture: three of its corners give them all. Positions count from a tile corner near
    // the eye, so that 32 bits are exact however far away the camera is.
    let (corner, below, beside) = (eye.ray(-1.0, 1.0), eye.ray(-1.0, -1.0), eye.ray(1.0, 1.0));
    let anchor = (corner.0 / (2.0 * tile)).floor() * (2.0 * tile) * DVec3::new(1.0, 0.0, 1.0);
    let [columns, rows] = size.map(|side| side as usize / 2);
    let across =
        Slope { start: at(beside.0 - corner.0), towards: (beside.1 - corner.1).as_vec3() } / columns as f32;
    let down = Slope { start: at(below.0 - corner.0), towards: (below.1 - corner.1).as_vec3() } / rows as f32;
    let first = Slope { start: at(corner.0 - anchor), towards: corner.1.as_vec3() };
    let mut squares = vec![0; columns];
    let width = size[0] as usize * 4;
    for (row, lines) in pixels.chunks_exact_mut(width * 2).enumerate() {
        let ray = first + down * (row as f32 + 0.5) + across * 0.5;
        for (column, square) in squares.iter_mut().enumerate() {
            *square = backdrop(ray + across * column as f32, across, down);
        }
        let (upper, lower) = lines.split_at_mut(width);
        for (pair, square) in upper.chunks_exact_mut(8).zip(&squares) {
            pair.copy_from_slice(&(u64::from(*square) << 32 | u64::from(*square)).to_le_bytes());
        }
        lower.copy_from_slice(upper);
    }
}

/// A ray, or how rays change from square to square.
#[derive(Clone, Copy)]
struct Slope {
    /// In tiles.
    start: Vec3,
    towards: Vec3,
}

impl Add for Slope {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { start: self.start + other.start, towards: self.towards + other.towards }
    }
}

impl Mul<f32> for Slope {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        Self { start: self.start * factor, towards: self.towards * factor }
    }
}

impl Div<f32> for Slope {
    type Output = Self;
    fn div(self, divisor: f32) -> Self {
        self * (1.0 / divisor)
    }
}

/// The colour that `ray` sees, as RGBA bytes in little-endian order. Without branches, so that the compiler makes
/// vectors of it.
#[inline(always)]
fn backdrop(ray: Slope, across: Slope, down: Slope) -> u32 {
    /// Adding it rounds to whole numbers, whose lowest bits are then the lowest of the float.
    const ROUND: f32 = 12_582_912.0;
    let Slope { start, towards } = ray;
    let steepness = towards.y.abs() / (towards.x.abs() + towards.z.abs() + towards.y.abs() + 1e-9);
    let distance = -start.y / towards.y;
    let is_floor = distance > 0.0 && distance < 1e6;
    // One for a light tile, minus one for a dark one, in between where a square sees both: along one direction, for
    // a place and the squares' steps there.
    let stripe = |place: f32, step: f32| {
        let rounded = place + ROUND;
        let to_edge = 0.5 - (place - (rounded - ROUND)).abs();
        let sign = if rounded.to_bits() & 1 == 0 { 1.0 } else { -1.0 };
        sign * (2.0 * to_edge / (step + 1e-9)).min(1.0) * (1.0 - step).clamp(0.0, 1.0)
    };
    let further = distance * (down.towards.y.abs() + across.towards.y.abs()) / (towards.y.abs() + 1e-9);
    let step = |direction: f32, across: f32, down: f32| {
        distance.abs() * (across.abs() + down.abs()) + (direction * further).abs()
    };
    let x = stripe(start.x + towards.x * distance, step(towards.x, across.towards.x, down.towards.x));
    let z = stripe(start.z + towards.z * distance, step(towards.z, across.towards.z, down.towards.z));
    let light = 0.5 + 0.5 * x * z;
    let haze = 1.0 - (steepness * 4.0).min(1.0);
    let height = (steepness * 2.2).min(1.0);
    let channel = |index: usize| {
        let floor = FLOOR[0][index] + (FLOOR[1][index] - FLOOR[0][index]) * light;
        let floor = floor + (HORIZON[index] - floor) * haze;
        let sky = HORIZON[index] + (SKY_TOP[index] - HORIZON[index]) * height;
        ((if is_floor { floor } else { sky }) + ROUND).to_bits() & 0xff
    };
    channel(0) | channel(1) << 8 | channel(2) << 16 | 0xff00_0000
}

/// The edges of a cube of four tiles on the floor at the origin; red along x, green along y, blue along z.
fn cube(canvas: &mut Canvas<'_>, eye: &Eye) {
    let size = canvas.size();
    let side = eye.position().length().clamp(1e-6, 1e9) / 6.0;
    let width = (size[1] as f32 / 180.0).max(1.0);
    for (axis, color) in [0xff_5c5c, 0x4f_d67a, 0x5b_9dff].into_iter().enumerate() {
        for edge in 0..4_u32 {
            let mut from = DVec3::new(-0.5, 0.0, -0.5);
            let (first, second) = ((axis + 1) % 3, (axis + 2) % 3);
            from[first] += f64::from(edge & 1);
            from[second] += f64::from(edge >> 1);
            let mut to = from;
            to[axis] += 1.0;
            if let (Some(from), Some(to)) = (eye.project(from * side, size), eye.project(to * side, size)) {
                canvas.line(from, to, width, Color::hex(color));
            }
        }
    }
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

fn blocks(canvas: &mut Canvas<'_>, number: u32) {
    let edge = |block: u32| (block as f32 * canvas.size()[0] as f32 / BLOCKS_IN_WIDTH as f32).round() as i32;
    let bits = u64::from(number) << 8 | u64::from(check(number));
    let (top, bottom) = (edge(MARGIN), edge(MARGIN + 1));
    let frame = (top / 8).max(1);
    let (left, right) = (edge(MARGIN), edge(MARGIN + BLOCKS));
    let cells: Vec<[i32; 2]> =
        (0..BLOCKS).map(|index| [edge(MARGIN + index), edge(MARGIN + index + 1)]).collect();
    canvas.rectangle([left - frame, top - frame], [right + frame, bottom + frame], SHADE);
    for (index, [from, to]) in (0..).zip(cells) {
        let is_white = match index {
            0 => true,
            1 => false,
            last if last == BLOCKS - 1 => true,
            bit => bits >> (BLOCKS - 2 - bit) & 1 == 1,
        };
        if is_white {
            canvas.rectangle([from, top], [to, bottom], Color::hex(0xff_ffff));
        }
    }
}

/// A dial whose hand goes on by 6 degrees a picture: a stutter shows as a jump.
fn hand(canvas: &mut Canvas<'_>, number: u32) {
    let [width, height] = canvas.size().map(|side| side as f32);
    let radius = height / 9.0;
    let centre = [width - width / 16.0 - radius, height * 0.30];
    let [left, top] = [centre[0] - radius, centre[1] - radius];
    canvas.rounded([left, top], [left + 2.0 * radius, top + 2.0 * radius], radius, SHADE.with_alpha(190));
    let on_dial = |part: u32, of: u32, reach: f32| {
        let (sine, cosine) = (std::f32::consts::TAU * part as f32 / of as f32).sin_cos();
        [centre[0] + sine * radius * reach, centre[1] - cosine * radius * reach]
    };
    let thick = (height / 200.0).max(1.0);
    for hour in 0..12 {
        canvas.line(on_dial(hour, 12, 0.84), on_dial(hour, 12, 0.94), thick, INK.with_alpha(150));
    }
    canvas.line(centre, on_dial(number % LAP, LAP, 0.76), thick * 1.8, Color::hex(0xff_b454));
}

fn digits(canvas: &mut Canvas<'_>, number: u32) {
    let [width, height] = canvas.size().map(|side| side as f32);
    let (left, top) = (width / 16.0, height * 0.19);
    let big = Style { size_px: height / 9.0, weight: Weight::Bold, color: INK };
    let small =
        Style { size_px: (height / 30.0).max(9.0), weight: Weight::Regular, color: INK.with_alpha(190) };
    let text = format!("{number:06}");
    let name = format!("Telestage test card  ·  {width} × {height}");
    let wide = big.width(&text).max(small.width(&name));
    let pad = height / 45.0;
    canvas.rounded(
        [left - pad, top],
        [left + wide + pad, top + big.size_px + small.size_px + 3.0 * pad],
        pad / 2.0,
        SHADE.with_alpha(190),
    );
    big.draw(canvas, &text, [left, top + pad + big.size_px * 0.80]);
    small.draw(canvas, &name, [left, top + 1.6 * pad + big.size_px + small.size_px * 0.8]);
}

#[cfg(test)]
mod tests;

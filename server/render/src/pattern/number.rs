//! The frame number as a row of blocks, black and white, drawn and read back.
//!
//! Places are fractions of the picture's width, so that a scaled picture reads as well.

use telestage_media::canvas::{Canvas, Color};

use super::SHADE;

/// The row of blocks: a white and a black one, 32 bits of the number, 8 of its check, a white one; high bits first.
pub(super) const BLOCKS: u32 = 43;
/// Blocks in a picture's width: the row and a margin on either side.
pub(super) const BLOCKS_IN_WIDTH: u32 = BLOCKS + 5;
/// Where the row starts, in blocks from the left and from the top.
pub(super) const MARGIN: u32 = 2;

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

/// Draws the row.
pub(super) fn draw(canvas: &mut Canvas<'_>, number: u32) {
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

//! PNG: every colour type and depth, to 8 bits; the file's own colour space.

use std::io::Cursor;

use ::png::{ColorType, Decoder, Info, Limits, Transformations};

use super::{Bytes, Trouble, check_size};

/// `gAMA` of sRGB and its tolerance.
const SRGB_GAMMA: f32 = 0.45455;
const TOLERANCE: f32 = 0.01;
/// What the decoder may allocate beside the picture.
const LIMIT: usize = 512 << 20;

pub(super) fn decode(bytes: &[u8]) -> Result<Bytes, Trouble> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: LIMIT });
    // Palettes and small depths become 8-bit samples, transparency keys become alpha, 16 bits lose their lower half.
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(Trouble::broken)?;
    let info = reader.info();
    let size = check_size(info.width as usize, info.height as usize)?;
    let bits = info.bit_depth as u8;
    // A palette holds 8-bit colours, whatever the depth of its indices.
    let bits = if info.color_type == ColorType::Indexed { 8 } else { bits };
    let srgb_in_file = srgb(info);
    let len = reader.output_buffer_size().ok_or_else(|| Trouble::broken("its size overflows"))?;
    let mut samples = vec![0; len];
    let frame = reader.next_frame(&mut samples).map_err(Trouble::broken)?;
    samples.truncate(frame.buffer_size());
    Ok(Bytes { size, channels: frame.color_type.samples(), samples, srgb_in_file, bits })
}

fn srgb(info: &Info<'_>) -> Option<bool> {
    if info.srgb.is_some() {
        return Some(true);
    }
    let gamma = info.gama_chunk?.into_value();
    let is_near = |value: f32| (gamma - value).abs() < TOLERANCE;
    if is_near(SRGB_GAMMA) {
        Some(true)
    } else if is_near(1.0) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use ::png::BitDepth;

    use super::super::tests::write_png;
    use super::*;
    use crate::extract::ColorSpace;

    #[test]
    fn grey_colour_alpha_and_sixteen_bits_become_rgba() {
        for (color, depth, data, texel, srgb) in [
            (ColorType::Grayscale, BitDepth::Eight, &[9][..], [9, 9, 9, 255], false),
            (ColorType::Grayscale, BitDepth::One, &[0x80], [255, 255, 255, 255], false),
            (ColorType::GrayscaleAlpha, BitDepth::Eight, &[9, 5], [9, 9, 9, 5], false),
            (ColorType::Rgb, BitDepth::Eight, &[1, 2, 3], [1, 2, 3, 255], true),
            (ColorType::Rgba, BitDepth::Eight, &[1, 2, 3, 4], [1, 2, 3, 4], true),
            (ColorType::Rgb, BitDepth::Sixteen, &[1, 99, 2, 99, 3, 99], [1, 2, 3, 255], false),
        ] {
            let texture = decode(&write_png(1, color, depth, data)).unwrap().texture(ColorSpace::Auto);
            assert_eq!((texture.texels[0], texture.srgb), (texel, srgb), "{color:?} {depth:?}");
        }
    }

    #[test]
    fn a_palette_with_a_transparency_key_keeps_colour_and_alpha() {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Two);
        encoder.set_palette([10, 20, 30, 40, 50, 60].as_slice());
        encoder.set_trns([7].as_slice());
        encoder.write_header().unwrap().write_image_data(&[0b0001_0000]).unwrap();
        let texture = decode(&bytes).unwrap().texture(ColorSpace::Auto);
        assert_eq!(texture.texels, [[10, 20, 30, 7], [40, 50, 60, 255]]);
        assert!(texture.srgb);
    }

    #[test]
    fn what_the_stage_says_wins_over_the_file() {
        let png = write_png(1, ColorType::Rgb, BitDepth::Eight, &[1, 2, 3]);
        assert!(!decode(&png).unwrap().texture(ColorSpace::Raw).srgb);
        let grey = write_png(1, ColorType::Grayscale, BitDepth::Eight, &[1]);
        assert!(decode(&grey).unwrap().texture(ColorSpace::Srgb).srgb);
    }

    #[test]
    fn a_gamma_of_one_in_the_file_means_linear() {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, 1, 1);
        encoder.set_color(ColorType::Rgb);
        encoder.set_source_gamma(::png::ScaledFloat::new(1.0));
        encoder.write_header().unwrap().write_image_data(&[1, 2, 3]).unwrap();
        assert!(!decode(&bytes).unwrap().texture(ColorSpace::Auto).srgb);
    }
}

//! PNG, 8 bits a channel: for snapshots, `shot`, and pictures of ids, whose pixels are numbers and must not change.

use ::png::{BitDepth, ColorType, Compression, Encoder, EncodingError, SrgbRenderingIntent};

use crate::convert::{PictureError, check};

/// RGBA pixels as a PNG that says it is sRGB.
///
/// # Errors
/// Pixels that do not match the size.
pub fn encode_rgba(rgba: &[u8], size: [u32; 2]) -> Result<Vec<u8>, PictureError> {
    encode(rgba, size, ColorType::Rgba, true)
}

/// RGB pixels as a PNG that says it is sRGB.
///
/// # Errors
/// Pixels that do not match the size.
pub fn encode_rgb(rgb: &[u8], size: [u32; 2]) -> Result<Vec<u8>, PictureError> {
    encode(rgb, size, ColorType::Rgb, true)
}

/// Ids, one a pixel, as an RGB PNG without a colour space: the value is R + 256 G + 65536 B, bits above 24 are cut.
///
/// # Errors
/// Ids that do not match the size.
pub fn encode_ids(ids: &[u32], size: [u32; 2]) -> Result<Vec<u8>, PictureError> {
    check(size, 1, ids.len())?;
    let rgb: Vec<u8> = ids
        .iter()
        .flat_map(|id| {
            let [r, g, b, _] = id.to_le_bytes();
            [r, g, b]
        })
        .collect();
    encode(&rgb, size, ColorType::Rgb, false)
}

fn encode(pixels: &[u8], size: [u32; 2], color: ColorType, srgb: bool) -> Result<Vec<u8>, PictureError> {
    check(size, color.samples(), pixels.len())?;
    let mut out = Vec::with_capacity(pixels.len() / 4);
    let mut encoder = Encoder::new(&mut out, size[0], size[1]);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    if srgb {
        encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    }
    let failed = |error: EncodingError| PictureError::Size { size, reason: error.to_string() };
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(png: &[u8]) -> (ColorType, [u32; 2], Vec<u8>) {
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.color_type, [info.width, info.height], pixels)
    }

    #[test]
    fn pixels_come_back_unchanged() {
        let pixels: Vec<u8> =
            (0..7_u32 * 5 * 4).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_eq!(decode(&encode_rgba(&pixels, [7, 5]).unwrap()), (ColorType::Rgba, [7, 5], pixels.clone()));
        let rgb = &pixels[..7 * 5 * 3];
        assert_eq!(decode(&encode_rgb(rgb, [7, 5]).unwrap()), (ColorType::Rgb, [7, 5], rgb.to_vec()));
    }

    #[test]
    fn ids_are_little_endian_in_red_green_blue() {
        let (_, _, pixels) = decode(&encode_ids(&[0, 0x0001_0203, 0xff00_0007], [3, 1]).unwrap());
        assert_eq!(pixels, [0, 0, 0, 3, 2, 1, 7, 0, 0]);
    }

    #[test]
    fn pixels_that_do_not_match_the_size_are_refused() {
        assert!(matches!(encode_rgba(&[0; 8], [1, 1]), Err(PictureError::Bytes { found: 8, .. })));
        assert!(matches!(encode_rgba(&[], [0, 1]), Err(PictureError::Size { .. })));
    }
}

//! High dynamic range: Radiance HDR and OpenEXR, brought into 8 bits with a factor.
//!
//! The flat scene's textures have 8 bits. Linear values above 1 are divided by a common factor (`scale`) and stored
//! with the sRGB curve, which keeps the dark parts apart; the few brightest texels beyond the factor are cut.

use std::io::Cursor;

use exr::image::{AnyChannel, FlatSamples};
use exr::meta::MetaData;
use exr::prelude::{ReadChannels, ReadLayers, read};
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_hdr::HdrDecoder;

use super::{MAX_EDGE, Trouble, check_size};
use crate::extract::{ColorSpace, LoadedTexture};

/// Largest factor: beyond it the dark parts would fall into one step.
const MAX_SCALE: f32 = 64.0;
/// One texel in this many may be brighter than the factor.
const CUT: usize = 1000;

/// Linear RGBA.
#[derive(Debug)]
pub(super) struct Floats {
    size: [u32; 2],
    texels: Vec<[f32; 4]>,
}

impl Floats {
    pub(super) fn texture(self, color_space: ColorSpace) -> LoadedTexture {
        let peak = self.peak();
        let scale = peak.clamp(1.0, MAX_SCALE);
        // Data (normals, masks) within 0 to 1 stays linear: its steps should be even.
        let srgb = match color_space {
            ColorSpace::Raw => scale > 1.0,
            ColorSpace::Auto | ColorSpace::Srgb => true,
        };
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        let encoded = |value: f32| {
            let value = value / scale;
            byte(if srgb { srgb_from_linear(value) } else { value })
        };
        let texels =
            self.texels.iter().map(|&[r, g, b, a]| [encoded(r), encoded(g), encoded(b), byte(a)]).collect();
        LoadedTexture { path: String::new(), size: self.size, texels, srgb, scale }
    }

    /// The value that all but one texel in [`CUT`] stay under.
    fn peak(&self) -> f32 {
        let bright = |t: &[f32; 4]| t[..3].iter().copied().filter(|v| v.is_finite()).fold(0.0, f32::max);
        let mut values: Vec<f32> = self.texels.iter().map(bright).collect();
        let at = values.len() - 1 - values.len() / CUT;
        *values.select_nth_unstable_by(at, f32::total_cmp).1
    }
}

fn srgb_from_linear(value: f32) -> f32 {
    // NaN falls into the first arm and is clamped to 0 later.
    if value > 0.003_130_8 { 1.055 * value.powf(1.0 / 2.4) - 0.055 } else { 12.92 * value }
}

pub(super) fn decode_hdr(bytes: &[u8]) -> Result<Floats, Trouble> {
    let options =
        DecoderOptions::default().set_max_width(MAX_EDGE as usize).set_max_height(MAX_EDGE as usize);
    let broken = |e: zune_hdr::HdrDecodeErrors| Trouble::Broken(format!("{e:?}"));
    let mut decoder = HdrDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(broken)?;
    let (width, height) = decoder.dimensions().ok_or_else(|| Trouble::broken("it has no header"))?;
    let size = check_size(width, height)?;
    let samples = decoder.decode().map_err(broken)?;
    let texels: Vec<_> = samples.chunks_exact(3).map(|p| [p[0], p[1], p[2], 1.0]).collect();
    if texels.len() != width * height {
        return Err(Trouble::broken("it has fewer pixels than it says"));
    }
    Ok(Floats { size, texels })
}

pub(super) fn decode_exr(bytes: &[u8]) -> Result<Floats, Trouble> {
    let headers = MetaData::read_from_buffered(Cursor::new(bytes), false).map_err(Trouble::broken)?.headers;
    for header in &headers {
        check_size(header.layer_size.x(), header.layer_size.y())?;
    }
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .non_parallel()
        .from_buffered(Cursor::new(bytes))
        .map_err(Trouble::broken)?;
    let layer = image.layer_data;
    let size = check_size(layer.size.x(), layer.size.y())?;
    let channel = |name: &str| layer.channel_data.list.iter().find(|c| c.name.eq_case_insensitive(name));
    let grey = channel("Y").or_else(|| layer.channel_data.list.first().filter(|_| channel("R").is_none()));
    let colour = ["R", "G", "B"].map(|name| channel(name).or(grey));
    let alpha = channel("A");
    let value = |channel: Option<&AnyChannel<FlatSamples>>, at: usize, absent: f32| {
        channel.map_or(absent, |channel| channel.sample_data.value_by_flat_index(at).to_f32())
    };
    let count = layer.size.area();
    if layer.channel_data.list.iter().any(|c| c.sample_data.len() != count) {
        return Err(Trouble::Unsupported("EXR with subsampled channels".to_owned()));
    }
    let [r, g, b] = colour;
    let texels = (0..count)
        .map(|i| [value(r, i, 0.0), value(g, i, 0.0), value(b, i, 0.0), value(alpha, i, 1.0)])
        .collect();
    Ok(Floats { size, texels })
}

#[cfg(test)]
mod tests {
    use exr::prelude::{Image, SpecificChannels, Vec2, WritableImage, f16};

    use super::*;

    fn linear(texture: &LoadedTexture, texel: usize, channel: usize) -> f32 {
        let value = f32::from(texture.texels[texel][channel]) / 255.0;
        let value = if !texture.srgb {
            value
        } else if value > 0.04045 {
            ((value + 0.055) / 1.055).powf(2.4)
        } else {
            value / 12.92
        };
        value * texture.scale
    }

    #[test]
    fn bright_values_come_back_through_the_factor() {
        let texels = vec![[8.0, 0.5, 0.01, 1.0], [f32::NAN, f32::INFINITY, -1.0, 0.5]];
        let texture = Floats { size: [2, 1], texels }.texture(ColorSpace::Auto);
        for (channel, expected) in [8.0, 0.5, 0.01].into_iter().enumerate() {
            let got = linear(&texture, 0, channel);
            assert!((got - expected).abs() < 0.05 * expected, "{got} for {expected}");
        }
        assert_eq!(texture.texels[1], [0, 255, 0, 128]);
    }

    #[test]
    fn raw_data_stays_linear() {
        let texture = Floats { size: [1, 1], texels: vec![[0.5, 0.25, 1.0, 1.0]] }.texture(ColorSpace::Raw);
        assert_eq!((texture.texels[0], texture.srgb), ([128, 64, 255, 255], false));
    }

    #[test]
    fn an_exr_with_half_floats_is_read() {
        let mut bytes = Cursor::new(Vec::new());
        let channels = SpecificChannels::rgb(|at: Vec2<usize>| {
            (f16::from_f32(at.x() as f32), f16::from_f32(at.y() as f32), f16::from_f32(4.0))
        });
        Image::from_channels((2, 2), channels).write().to_buffered(&mut bytes).unwrap();
        let floats = decode_exr(bytes.get_ref()).unwrap();
        let expected = [[0., 0., 4., 1.], [1., 0., 4., 1.], [0., 1., 4., 1.], [1., 1., 4., 1.]];
        assert_eq!((floats.size, &floats.texels[..]), ([2, 2], &expected[..]));
    }

    #[test]
    fn a_radiance_picture_is_read() {
        let mut bytes = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n".to_vec();
        // Mantissas over 256, exponent 128 above its own: 129 doubles.
        bytes.extend([128, 64, 0, 129, 0, 0, 128, 128]);
        let floats = decode_hdr(&bytes).unwrap();
        assert_eq!(
            (floats.size, &floats.texels[..]),
            ([2, 1], &[[1.0, 0.5, 0.0, 1.0], [0., 0., 0.5, 1.0]][..])
        );
    }
}

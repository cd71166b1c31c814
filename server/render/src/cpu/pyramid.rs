//! Mip levels of a texture (Williams, "Pyramidal parametrics", 1983): the picture itself stays in the scene's arena,
//! smaller ones are made here at load, averaged in linear light.

use std::sync::LazyLock;

use telestage_scene::{Scene, Span, Texture};

use super::math::srgb_to_linear;

/// Most levels: the largest picture side is 2^14.
pub const LEVELS: usize = 15;

/// A texture and its smaller copies.
#[derive(Debug, Default)]
pub struct Pyramid {
    /// Level 0.
    pub base: Span<[u8; 4]>,
    /// Levels from 1 on, one after the other.
    pub texels: Vec<[u8; 4]>,
    /// Where each level starts in `texels` (level 0: in `base`).
    pub starts: [u32; LEVELS],
    /// Columns of each level.
    pub widths: [u32; LEVELS],
    /// Rows of each level.
    pub heights: [u32; LEVELS],
    /// Number of levels; 0 for a texture that cannot be used.
    pub levels: u32,
    /// Colours are sRGB-encoded.
    pub srgb: bool,
    /// Multiplies decoded colours.
    pub scale: f32,
}

/// sRGB bytes to 16 bits of linear light, and 14 bits of it back to bytes.
struct Tables {
    linear: [u16; 256],
    encoded: Vec<u8>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let linear = std::array::from_fn(|i| (srgb_to_linear(i as f32 / 255.0) * 65535.0).round() as u16);
    let encoded = (0..1u16 << 14).map(|i| {
        let value = (f32::from(i) + 0.5) / 16384.0;
        let curve = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        (curve * 255.0).round() as u8
    });
    Tables { linear, encoded: encoded.collect() }
});

impl Pyramid {
    /// Makes the smaller copies; empty if the table's row makes no sense.
    #[must_use]
    pub fn build(scene: &Scene, texture: &Texture) -> Self {
        let base = scene.arena.get(texture.texels);
        let [width, height] = texture.size;
        let count = u64::from(width) * u64::from(height);
        let largest = 1 << (LEVELS - 1);
        if count == 0 || count != base.len() as u64 || width > largest || height > largest {
            return Self::default();
        }
        let scale = if texture.scale.is_finite() && texture.scale > 0.0 { texture.scale } else { 1.0 };
        let mut pyramid =
            Self { base: texture.texels, srgb: texture.srgb, scale, levels: 1, ..Self::default() };
        (pyramid.widths[0], pyramid.heights[0]) = (width, height);
        pyramid.texels.reserve(base.len() / 3 + LEVELS);
        let (mut width, mut height) = (width, height);
        while (width > 1 || height > 1) && (pyramid.levels as usize) < LEVELS {
            let level = pyramid.levels as usize;
            let start = pyramid.texels.len();
            let (smaller_w, smaller_h) = ((width / 2).max(1), (height / 2).max(1));
            let larger_start = pyramid.starts[level - 1] as usize;
            for y in 0..smaller_h {
                for x in 0..smaller_w {
                    let columns = [x * 2, (x * 2 + 1).min(width - 1)];
                    let rows = [y * 2, (y * 2 + 1).min(height - 1)].map(|row| (row * width) as usize);
                    let larger = if level == 1 { base } else { &pyramid.texels[larger_start..] };
                    let at = |i: usize, j: usize| larger[rows[j] + columns[i] as usize];
                    let mean = mean([at(0, 0), at(1, 0), at(0, 1), at(1, 1)], texture.srgb);
                    pyramid.texels.push(mean);
                }
            }
            (width, height) = (smaller_w, smaller_h);
            pyramid.starts[level] = start as u32;
            (pyramid.widths[level], pyramid.heights[level]) = (width, height);
            pyramid.levels += 1;
        }
        pyramid
    }
}

/// The mean of four texels; alpha is never encoded.
fn mean(four: [[u8; 4]; 4], srgb: bool) -> [u8; 4] {
    let plain = |c: usize| ((four.iter().map(|t| u32::from(t[c])).sum::<u32>() + 2) / 4) as u8;
    if !srgb || four.iter().all(|t| *t == four[0]) {
        return [plain(0), plain(1), plain(2), plain(3)];
    }
    let tables = &*TABLES;
    let light = |c: usize| {
        let sum: u32 = four.iter().map(|t| u32::from(tables.linear[usize::from(t[c])])).sum();
        tables.encoded[(sum >> 4) as usize]
    };
    [light(0), light(1), light(2), plain(3)]
}

#[cfg(test)]
mod tests {
    use telestage_scene::arena::ArenaBuilder;

    use super::*;

    #[test]
    fn levels_halve_down_to_one_texel_and_keep_the_light() {
        let mut builder = ArenaBuilder::default();
        let texels: Vec<[u8; 4]> =
            (0..8 * 4).map(|i| if i % 2 == 0 { [0, 0, 0, 0] } else { [255; 4] }).collect();
        let texture = Texture {
            path: String::new(),
            size: [8, 4],
            texels: builder.push(&texels),
            srgb: true,
            scale: 1.0,
        };
        let scene = Scene { arena: builder.finish(), ..Scene::default() };
        let pyramid = Pyramid::build(&scene, &texture);
        assert_eq!(pyramid.widths[..4], [8, 4, 2, 1]);
        assert_eq!(pyramid.heights[..4], [4, 2, 1, 1]);
        assert_eq!(pyramid.levels, 4);
        // Half the light is 188 in sRGB, half the alpha is 128.
        assert!(pyramid.texels.iter().all(|t| *t == [188, 188, 188, 128]), "{:?}", pyramid.texels);
    }

    #[test]
    fn a_texture_without_its_texels_is_empty() {
        let texture = Texture { size: [64, 64], ..Texture::default() };
        assert_eq!(Pyramid::build(&Scene::default(), &texture).levels, 0);
    }
}

//! Light to bytes: sums up samples, shows the asked plane, writes the picture.

use super::accumulate::{Canvas, add};
use super::bin::TILE;
use super::simd::{Float, Int, LANES, three};
use super::tile::Ground;
use super::tone;
use super::visibility::{NOTHING, Tile};
use crate::view::Aov;

/// Writes a tile into the picture.
#[inline(always)]
pub fn resolve<F: Float>(
    ground: &Ground<'_>,
    at: [u32; 2],
    planes: &Tile,
    canvas: &Canvas,
    mut sum: Option<&mut Canvas>,
) {
    let [column0, row0] = at.map(|n| n * TILE as u32);
    for row in 0..TILE {
        // SAFETY: each tile is drawn by one worker, and spans of different tiles share no pixel.
        let line = unsafe { ground.output.span(column0, row0 + row as u32, TILE as u32) };
        for (group, out) in line.chunks_mut(LANES * 4).enumerate() {
            let start = row * TILE + group * LANES;
            let mut rgb = three!(i => F::load_at(canvas.rgb[i].as_slice(), start));
            if let Some(sum) = sum.as_deref_mut() {
                rgb = add(sum, start, rgb, ground.sample);
            }
            let packed = match ground.aov {
                Aov::Color => tone::display(rgb, ground.tone),
                Aov::Normal => tone::raw(three!(i => rgb[i].mul_add(F::splat(0.5), F::splat(0.5)))),
                Aov::Depth | Aov::Id => flat::<F>(ground, planes, start),
            };
            let words = packed.array().map(|w| w.to_le_bytes());
            let bytes = words.as_flattened();
            match out.first_chunk_mut::<{ LANES * 4 }>() {
                // The common case, without a call.
                Some(all) => all.copy_from_slice(bytes),
                None => out.copy_from_slice(bytes.get(..out.len()).unwrap_or(&[])),
            }
        }
    }
}

/// Writes a tile in which nothing is.
#[inline(always)]
pub fn plain<F: Float>(ground: &Ground<'_>, at: [u32; 2]) {
    let [column0, row0] = at.map(|n| n * TILE as u32);
    for row in row0..row0 + TILE as u32 {
        let rgb = F::splat3(ground.behind(row));
        let packed = match ground.aov {
            Aov::Color => tone::display(rgb, ground.tone),
            Aov::Normal => tone::raw(three!(i => rgb[i].mul_add(F::splat(0.5), F::splat(0.5)))),
            Aov::Depth | Aov::Id => F::Int::splat(0xff00_0000_u32 as i32),
        };
        let words = packed.array().map(|w| w.to_le_bytes());
        let bytes = words.as_flattened();
        // SAFETY: as in `resolve`.
        let line = unsafe { ground.output.span(column0, row, TILE as u32) };
        // All lanes are the same pixel. Whole vectors first: pixel by pixel takes eight times as long.
        let (vectors, rest) = line.as_chunks_mut::<{ LANES * 4 }>();
        for vector in vectors {
            vector.copy_from_slice(bytes);
        }
        rest.copy_from_slice(&bytes[..rest.len()]);
    }
}

/// Depth or identity of eight pixels as colours.
#[inline(always)]
fn flat<F: Float>(ground: &Ground<'_>, planes: &Tile, start: usize) -> F::Int {
    let mut words = [0i32; LANES];
    for (k, word) in words.iter_mut().enumerate() {
        let (slot, key) = (planes.slots[start + k], planes.keys[start + k]);
        let rgb = if slot == NOTHING {
            [0; 3]
        } else if ground.aov == Aov::Depth {
            let [near, far] = ground.reach;
            let t = (ground.camera.distance(key) - near) / (far - near);
            [(255.0 * (1.0 - t.clamp(0.0, 1.0).sqrt())) as u8; 3]
        } else {
            let stage = ground.around.stage;
            let instance = ground.instances.get(slot as usize);
            let item = instance.and_then(|i| stage.items.get(i.item as usize));
            item.map_or([0; 3], |item| colour_of(item.prim))
        };
        *word = i32::from_le_bytes([rgb[0], rgb[1], rgb[2], 255]);
    }
    F::Int::load(&words)
}

/// A bright colour that neighbours in the tables do not share.
fn colour_of(prim: u32) -> [u8; 3] {
    let hash = (prim + 1).wrapping_mul(0x9e37_79b1);
    let hash = (hash ^ hash >> 15).wrapping_mul(0x85eb_ca77);
    [hash >> 24, hash >> 16 & 0xff, hash >> 8 & 0xff].map(|c| 64 + (c as u8 / 4) * 3)
}

//! Blended surfaces over solid ones: shaded in packets, then laid over each other from back to front.

use super::accumulate::Canvas;
use super::bin::Fragment;
use super::kernels::Kernel;
use super::material::Pass;
use super::shade::Lit;
use super::simd::LANES;
use super::tile::Shader;
use super::visibility::Tile;
use crate::view::Aov;

/// A covered pixel of a blended surface, shaded.
#[derive(Clone, Copy, Debug)]
pub struct Film {
    fragment: Fragment,
    rgb: [f32; 3],
    cover: f32,
}

/// Less than this cannot be seen, so it cannot be picked.
const LEAST_COVER: f32 = 0.02;

/// Blends `fragments` (sorted by draw) into `canvas`, and puts the nearest one of each pixel into `planes`.
#[inline(always)]
pub fn blend<F: Kernel>(
    shader: &mut Shader<'_, '_>,
    planes: &mut Tile,
    fragments: &[Fragment],
    films: &mut Vec<Film>,
    canvas: &mut Canvas,
) {
    let instances = shader.ground.instances;
    let colour = shader.ground.aov == Aov::Color;
    films.clear();
    let mut lit = Lit::default();
    let mut eight = [Fragment { pixel: 0, key: 0.0, slot: 0, triangle: 0 }; LANES];
    let mut filled = 0;
    let seen = |f: &Fragment| {
        instances.get(f.slot as usize).is_some_and(|i| i.pass == Pass::Blend)
            && planes.is_nearer(f.pixel as usize, f.key, (f.slot, f.triangle))
    };
    let mut rest = fragments.iter().filter(|f| seen(f)).peekable();
    while let Some(fragment) = rest.next() {
        eight[filled] = *fragment;
        filled += 1;
        if filled < LANES && rest.peek().is_some_and(|next| next.slot == fragment.slot) {
            continue;
        }
        for lane in filled..LANES {
            eight[lane] = eight[0];
        }
        shader.shade::<F>(
            fragment.slot,
            &eight.map(|f| f.pixel),
            &eight.map(|f| f.triangle),
            false,
            &mut lit,
        );
        let source = if colour { &lit.rgb } else { &lit.normal };
        for (lane, fragment) in eight[..filled].iter().enumerate() {
            let rgb = [0, 1, 2].map(|i| source[i][lane]);
            films.push(Film { fragment: *fragment, rgb, cover: lit.cover[lane] });
        }
        filled = 0;
    }
    films.sort_unstable_by(|a, b| {
        let (a, b) = (&a.fragment, &b.fragment);
        a.pixel
            .cmp(&b.pixel)
            .then(a.key.total_cmp(&b.key))
            .then((b.slot, b.triangle).cmp(&(a.slot, a.triangle)))
    });
    for film in films.iter() {
        let pixel = film.fragment.pixel as usize;
        let visible = film.cover >= LEAST_COVER;
        for (plane, value) in canvas.rgb.iter_mut().zip(film.rgb) {
            if let Some(below) = plane.get_mut(pixel) {
                if colour {
                    *below = value + *below * (1.0 - film.cover);
                } else if visible {
                    *below = value;
                }
            }
        }
        if visible {
            planes.set(pixel, film.fragment.key, (film.fragment.slot, film.fragment.triangle));
        }
    }
}

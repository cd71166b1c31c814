//! Linear light to what a display shows, by one of three curves.
//!
//! The neutral curve leaves everything up to [`KNEE`] as it is, so that a `displayColor` looks like itself, and bends brighter
//! light into what is left below white: the largest channel follows a hyperbola, the others keep their ratio to it and
//! fade to white as it gets very bright. The shape is that of Khronos' "PBR Neutral Tone Mapper" (2024) without its
//! Fresnel offset. The filmic curve is Narkowicz' fit of the ACES reference ("ACES Filmic Tone Mapping Curve", 2015), each
//! channel by itself. Without a curve, what is too bright is cut off.

use super::math::{mix, srgb_encode};
use super::simd::{Float, Int, three};
use crate::style::Tone;

/// Linear light below this is not changed.
pub const KNEE: f32 = 0.76;
/// How fast bright colours turn white.
const FADE: f32 = 0.15;

/// The filmic curve: `x (a x + b) / (x (c x + d) + e)`, of light times [`FILM_SPEED`].
const FILM: [f32; 5] = [2.51, 0.03, 2.43, 0.59, 0.14];
/// What makes middle grey stay near itself.
const FILM_SPEED: f32 = 0.6;
/// The brightest that [`undo`] gives back: whiter would take so much light that edges against it lose their smoothness.
const WHITEST: f32 = 0.92;

/// Linear light of any brightness to display-linear 0 to 1.
#[inline(always)]
pub fn map<F: Float>(rgb: [F; 3]) -> [F; 3] {
    let one = F::splat(1.0);
    let peak = rgb[0].max(rgb[1]).max(rgb[2]);
    let bright = peak.gt(F::splat(KNEE));
    if !super::simd::Mask::any(bright) {
        return rgb;
    }
    let room = 1.0 - KNEE;
    let bent = one - F::splat(room * room) / (peak + F::splat(room - KNEE));
    let scale = bent / peak.max(F::splat(KNEE));
    let fade = one - one / (peak - bent).max(F::splat(0.0)).mul_add(F::splat(FADE), one);
    three!(i => F::select(bright, mix(rgb[i] * scale, bent, fade), rgb[i]))
}

#[inline(always)]
fn film<F: Float>(light: F) -> F {
    let [a, b, c, d, e] = FILM;
    let x = light * F::splat(FILM_SPEED);
    let above = x * x.mul_add(F::splat(a), F::splat(b));
    above / x.mul_add(x.mul_add(F::splat(c), F::splat(d)), F::splat(e))
}

/// Light that is shown as these display-linear values, as far as there is some.
#[must_use]
pub fn undo(shown: [f32; 3], curve: Tone) -> [f32; 3] {
    let bright = |y: f32| y.min(WHITEST);
    match curve {
        Tone::Linear => shown,
        Tone::Filmic => shown.map(|y| {
            let (y, [a, b, c, d, e]) = (bright(y), FILM);
            let (p, q, r) = (a - y * c, b - y * d, -y * e);
            (-q + (q * q - 4.0 * p * r).max(0.0).sqrt()) / (2.0 * p) / FILM_SPEED
        }),
        Tone::Neutral => {
            let (peak, room) = (shown[0].max(shown[1]).max(shown[2]), 1.0 - KNEE);
            if peak <= KNEE {
                return shown;
            }
            // Nearly grey as it is, the fade to white is left out.
            let light = room * room / (1.0 - bright(peak)) - room + KNEE;
            shown.map(|y| y / peak * light)
        }
    }
}

/// Tone-mapped, encoded and packed: bytes R, G, B, 255 in memory order.
#[inline(always)]
pub fn display<F: Float>(rgb: [F; 3], curve: Tone) -> F::Int {
    let light = three!(i => rgb[i].max(F::splat(0.0)));
    let mapped = match curve {
        Tone::Neutral => map(light),
        Tone::Filmic => three!(i => film(light[i])),
        Tone::Linear => light,
    };
    raw(three!(i => srgb_encode(mapped[i].clamp(0.0, 1.0))))
}

#[inline(always)]
fn pack<F: Float>(value: F) -> F::Int {
    (value.clamp(0.0, 1.0) * F::splat(255.0)).round_int()
}

/// Values that are display-encoded already, packed as by [`display`].
#[inline(always)]
pub fn raw<F: Float>(rgb: [F; 3]) -> F::Int {
    let [r, g, b] = three!(i => pack(rgb[i]));
    r | g.shl::<8>() | b.shl::<16>() | F::Int::splat(0xff00_0000_u32 as i32)
}

#[cfg(test)]
mod tests {
    use super::super::math::srgb_to_linear;
    use super::super::simd::portable::F8;
    use super::*;

    fn shown(rgb: [f32; 3]) -> [u8; 4] {
        (display::<F8>(rgb.map(F8::splat), Tone::Neutral).array()[0] as u32).to_le_bytes()
    }

    #[test]
    fn midtones_and_pure_colours_stay_what_they_are() {
        for grey in [0u8, 1, 10, 46, 118, 128, 200, 220] {
            let linear = srgb_to_linear(f32::from(grey) / 255.0);
            let [r, g, b, a] = shown([linear; 3]);
            assert!(r.abs_diff(grey) <= 1 && r == g && g == b && a == 255, "{grey} became {r}");
        }
        let [r, g, b, _] = shown([0.7, 0.0, 0.0]);
        assert!(r > 210 && g == 0 && b == 0);
    }

    #[test]
    fn brighter_light_never_looks_darker_and_ends_white() {
        let mut last = 0;
        for step in 0..400u16 {
            let [r, ..] = shown([f32::from(step) * 0.05; 3]);
            assert!(r >= last);
            last = r;
        }
        assert!(last >= 252);
        let [r, g, b, _] = shown([1000.0, 10.0, 10.0]);
        assert!(r >= 254 && g > 200 && b > 200);
    }

    #[test]
    fn every_curve_can_be_undone() {
        for curve in [Tone::Neutral, Tone::Filmic, Tone::Linear] {
            for step in 0..=23u8 {
                let shown = f32::from(step) * 0.04;
                let light = undo([shown; 3], curve).map(F8::splat);
                let [r, ..] = (display::<F8>(light, curve).array()[0] as u32).to_le_bytes();
                let linear = srgb_to_linear(f32::from(r) / 255.0);
                assert!((linear - shown).abs() < 0.012, "{curve:?}: {shown} came back as {linear}");
            }
        }
    }
}

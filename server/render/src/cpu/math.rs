//! Functions that processors lack, as polynomials for eight numbers at a time (interpolated at Chebyshev nodes).

use super::simd::{Float, Int};

/// Horner's scheme, highest power first.
#[inline(always)]
fn polynomial<F: Float>(x: F, coefficients: &[f32]) -> F {
    let mut sum = F::splat(0.0);
    for c in coefficients {
        sum = sum.mul_add(x, F::splat(*c));
    }
    sum
}

/// `2^x` for |x| < 120; relative error below 4e-6.
#[inline(always)]
pub fn exp2<F: Float>(x: F) -> F {
    let whole = x.floor();
    let scale = (whole.round_int() + F::Int::splat(127)).shl::<23>().as_float();
    polynomial(x - whole, &[0.013_670_31, 0.051_744_998, 0.241_604_36, 0.692_972_9, 1.000_003_5]) * scale
}

/// `log2(x)` for positive normal numbers; error below 2e-4.
#[inline(always)]
pub fn log2<F: Float>(x: F) -> F {
    let bits = x.bits();
    let exponent = (bits.shr::<23>() - F::Int::splat(127)).to_float();
    let mantissa = ((bits & F::Int::splat(0x007f_ffff)) | F::Int::splat(0x3f80_0000)).as_float();
    exponent + polynomial(mantissa, &[-0.078_440_68, 0.626_032_2, -2.078_335_2, 4.029_211_4, -2.498_353])
}

/// Linear to sRGB-encoded, 0 to 1; error below 0.0008.
#[inline(always)]
pub fn srgb_encode<F: Float>(linear: F) -> F {
    let root = linear.sqrt();
    let curve = polynomial(
        root,
        &[0.337_028_85, -1.138_397_7, 1.558_408_8, -1.201_528_2, 1.482_910_1, -0.038_322_787],
    );
    F::select(linear.lt(F::splat(0.003_130_8)), linear * F::splat(12.92), curve)
}

/// sRGB-encoded to linear, 0 to 1; error below 4e-5.
#[inline(always)]
pub fn srgb_decode<F: Float>(encoded: F) -> F {
    let curve = polynomial(
        encoded,
        &[0.053_016_72, -0.223_318_59, 0.594_468_5, 0.545_740_2, 0.029_046_252, 0.001_058_504_5],
    );
    F::select(encoded.lt(F::splat(0.040_45)), encoded * F::splat(1.0 / 12.92), curve)
}

/// sRGB-encoded to linear, one number, exact.
#[must_use]
pub fn srgb_to_linear(encoded: f32) -> f32 {
    if encoded <= 0.040_45 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// Scalar product.
#[inline(always)]
pub fn dot<F: Float>(a: [F; 3], b: [F; 3]) -> F {
    a[0].mul_add(b[0], a[1].mul_add(b[1], a[2] * b[2]))
}

/// Vector product.
#[inline(always)]
pub fn cross<F: Float>(a: [F; 3], b: [F; 3]) -> [F; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Unit length; a vector without length stays (nearly) zero.
#[inline(always)]
pub fn normalize<F: Float>(a: [F; 3]) -> [F; 3] {
    let inverse = dot(a, a).max(F::splat(1e-30)).inverse_sqrt();
    [a[0] * inverse, a[1] * inverse, a[2] * inverse]
}

/// `from` where `t` is 0, `to` where it is 1.
#[inline(always)]
pub fn mix<F: Float>(from: F, to: F, t: F) -> F {
    (to - from).mul_add(t, from)
}

#[cfg(test)]
mod tests {
    use super::super::simd::portable::F8;
    use super::*;

    fn worst(range: [f32; 2], ours: impl Fn(F8) -> F8, theirs: impl Fn(f32) -> f32) -> f32 {
        let at = |i: u16| range[0] + (range[1] - range[0]) * f32::from(i) / 1000.0;
        (0..=1000).map(|i| (ours(F8::splat(at(i))).array()[0] - theirs(at(i))).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn polynomials_keep_their_promised_errors() {
        assert!(worst([-3.0, 3.0], exp2, f32::exp2) < 4e-5);
        assert!(worst([0.001, 90.0], log2, f32::log2) < 2e-4);
        assert!(worst([0.0, 1.0], srgb_decode, srgb_to_linear) < 4e-5);
        assert!(worst([0.0, 1.0], |x| srgb_encode(srgb_decode(x)), |x| x) < 1.5e-3);
    }
}

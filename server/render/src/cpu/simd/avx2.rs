//! Eight numbers in one AVX register.
//!
//! `unsafe` is here because intrinsics need the processor to have AVX2 and FMA. The values of this module's types are
//! made nowhere but inside kernels compiled with these features, and those are entered only after
//! [`Isa::detect`](super::Isa::detect) found them (`kernels.rs`): every block below rests on that.

use std::arch::x86_64::*;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use super::{Float, Int, LANES, Mask};

/// Eight `f32`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct F8(__m256);
/// Eight `i32`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct I8(__m256i);
/// Eight truths: all bits set or none.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct M8(__m256);

/// An intrinsic (or an expression of them) whose only precondition is the processor's feature.
macro_rules! avx2 {
    ($value:expr) => {
        // SAFETY: the module's rule: AVX2 and FMA were detected, and only registers are touched.
        unsafe { $value }
    };
}

macro_rules! binary {
    ($kind:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $kind {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(avx2!($intrinsic(self.0, other.0)))
            }
        }
    };
}
binary!(F8, Add, add, _mm256_add_ps);
binary!(F8, Sub, sub, _mm256_sub_ps);
binary!(F8, Mul, mul, _mm256_mul_ps);
binary!(F8, Div, div, _mm256_div_ps);
binary!(I8, Add, add, _mm256_add_epi32);
binary!(I8, Sub, sub, _mm256_sub_epi32);
binary!(I8, BitAnd, bitand, _mm256_and_si256);
binary!(I8, BitOr, bitor, _mm256_or_si256);
binary!(M8, BitAnd, bitand, _mm256_and_ps);
binary!(M8, BitOr, bitor, _mm256_or_ps);

impl Neg for F8 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(avx2!(_mm256_xor_ps(self.0, _mm256_set1_ps(-0.0))))
    }
}

impl Not for M8 {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(avx2!(_mm256_xor_ps(self.0, _mm256_castsi256_ps(_mm256_set1_epi32(-1)))))
    }
}

/// Four columns from eight rows.
#[inline(always)]
fn transpose(row: [__m128; LANES]) -> [F8; 4] {
    avx2!({
        let r04 = _mm256_set_m128(row[4], row[0]);
        let r15 = _mm256_set_m128(row[5], row[1]);
        let r26 = _mm256_set_m128(row[6], row[2]);
        let r37 = _mm256_set_m128(row[7], row[3]);
        let xy01 = _mm256_unpacklo_ps(r04, r15);
        let xy23 = _mm256_unpacklo_ps(r26, r37);
        let zw01 = _mm256_unpackhi_ps(r04, r15);
        let zw23 = _mm256_unpackhi_ps(r26, r37);
        [
            F8(_mm256_shuffle_ps::<0b01_00_01_00>(xy01, xy23)),
            F8(_mm256_shuffle_ps::<0b11_10_11_10>(xy01, xy23)),
            F8(_mm256_shuffle_ps::<0b01_00_01_00>(zw01, zw23)),
            F8(_mm256_shuffle_ps::<0b11_10_11_10>(zw01, zw23)),
        ]
    })
}

impl Float for F8 {
    type Int = I8;
    type Mask = M8;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(avx2!(_mm256_set1_ps(value)))
    }
    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        // SAFETY: as above, and `from` is eight readable floats.
        Self(unsafe { _mm256_loadu_ps(from.as_ptr()) })
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        // SAFETY: as above, and `to` is eight writable floats.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(avx2!(_mm256_fmadd_ps(self.0, factor.0, term.0)))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(avx2!(_mm256_min_ps(self.0, other.0)))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(avx2!(_mm256_max_ps(self.0, other.0)))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(avx2!(_mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0)))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(avx2!(_mm256_sqrt_ps(self.0)))
    }
    #[inline(always)]
    fn inverse_sqrt(self) -> Self {
        // One Newton step on the 12-bit estimate.
        let guess = Self(avx2!(_mm256_rsqrt_ps(self.0)));
        let half = self * Self::splat(0.5);
        guess * (Self::splat(1.5) - half * guess * guess)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(avx2!(_mm256_floor_ps(self.0)))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> M8 {
        M8(avx2!(_mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0)))
    }
    #[inline(always)]
    fn le(self, other: Self) -> M8 {
        M8(avx2!(_mm256_cmp_ps::<_CMP_LE_OQ>(self.0, other.0)))
    }
    #[inline(always)]
    fn gt(self, other: Self) -> M8 {
        M8(avx2!(_mm256_cmp_ps::<_CMP_GT_OQ>(self.0, other.0)))
    }
    #[inline(always)]
    fn ge(self, other: Self) -> M8 {
        M8(avx2!(_mm256_cmp_ps::<_CMP_GE_OQ>(self.0, other.0)))
    }
    #[inline(always)]
    fn select(mask: M8, yes: Self, no: Self) -> Self {
        Self(avx2!(_mm256_blendv_ps(no.0, yes.0, mask.0)))
    }
    #[inline(always)]
    fn round_int(self) -> I8 {
        I8(avx2!(_mm256_cvtps_epi32(self.0)))
    }
    #[inline(always)]
    fn bits(self) -> I8 {
        I8(avx2!(_mm256_castps_si256(self.0)))
    }
    #[inline(always)]
    fn gather4(rows: &[[f32; 4]], index: &[u32; LANES]) -> [Self; 4] {
        let mut row = [avx2!(_mm_setzero_ps()); LANES];
        for k in 0..LANES {
            if let Some(found) = rows.get(index[k] as usize) {
                // SAFETY: as above, and a row is four readable floats.
                row[k] = unsafe { _mm_loadu_ps(found.as_ptr()) };
            }
        }
        transpose(row)
    }
    #[inline(always)]
    fn gather3(rows: &[[f32; 3]], index: &[u32; LANES]) -> [Self; 3] {
        let mut row = [avx2!(_mm_setzero_ps()); LANES];
        for k in 0..LANES {
            let i = index[k] as usize;
            if i + 1 < rows.len() {
                // SAFETY: as above, and this row and the next are six readable floats, of which four are read.
                row[k] = unsafe { _mm_loadu_ps(rows.as_ptr().add(i).cast()) };
            } else if let Some([x, y, z]) = rows.get(i) {
                row[k] = avx2!(_mm_setr_ps(*x, *y, *z, 0.0));
            }
        }
        let [x, y, z, _] = transpose(row);
        [x, y, z]
    }
    #[inline(always)]
    fn scatter4(rows: &mut [[f32; 4]; LANES], [x, y, z, w]: [Self; 4]) {
        avx2!({
            let (xy_low, xy_high) = (_mm256_unpacklo_ps(x.0, y.0), _mm256_unpackhi_ps(x.0, y.0));
            let (zw_low, zw_high) = (_mm256_unpacklo_ps(z.0, w.0), _mm256_unpackhi_ps(z.0, w.0));
            let pairs = [
                _mm256_shuffle_ps::<0b01_00_01_00>(xy_low, zw_low),
                _mm256_shuffle_ps::<0b11_10_11_10>(xy_low, zw_low),
                _mm256_shuffle_ps::<0b01_00_01_00>(xy_high, zw_high),
                _mm256_shuffle_ps::<0b11_10_11_10>(xy_high, zw_high),
            ];
            for (k, pair) in pairs.into_iter().enumerate() {
                // Each store writes one row of four floats.
                _mm_storeu_ps(rows[k].as_mut_ptr(), _mm256_castps256_ps128(pair));
                _mm_storeu_ps(rows[k + 4].as_mut_ptr(), _mm256_extractf128_ps::<1>(pair));
            }
        });
    }
}

impl Int for I8 {
    type Float = F8;
    type Mask = M8;

    #[inline(always)]
    fn splat(value: i32) -> Self {
        Self(avx2!(_mm256_set1_epi32(value)))
    }
    #[inline(always)]
    fn load(from: &[i32; LANES]) -> Self {
        // SAFETY: as above, and `from` is eight readable integers.
        Self(unsafe { _mm256_loadu_si256(from.as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, to: &mut [i32; LANES]) {
        // SAFETY: as above, and `to` is eight writable integers.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(avx2!(_mm256_mullo_epi32(self.0, other.0)))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(avx2!(_mm256_min_epi32(self.0, other.0)))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(avx2!(_mm256_max_epi32(self.0, other.0)))
    }
    #[inline(always)]
    fn shl<const N: i32>(self) -> Self {
        Self(avx2!(_mm256_slli_epi32::<N>(self.0)))
    }
    #[inline(always)]
    fn shr<const N: i32>(self) -> Self {
        Self(avx2!(_mm256_srli_epi32::<N>(self.0)))
    }
    #[inline(always)]
    fn gt(self, other: Self) -> M8 {
        M8(avx2!(_mm256_castsi256_ps(_mm256_cmpgt_epi32(self.0, other.0))))
    }
    #[inline(always)]
    fn same(self, other: Self) -> M8 {
        M8(avx2!(_mm256_castsi256_ps(_mm256_cmpeq_epi32(self.0, other.0))))
    }
    #[inline(always)]
    fn select(mask: M8, yes: Self, no: Self) -> Self {
        Self(avx2!(_mm256_castps_si256(_mm256_blendv_ps(
            _mm256_castsi256_ps(no.0),
            _mm256_castsi256_ps(yes.0),
            mask.0
        ))))
    }
    #[inline(always)]
    fn to_float(self) -> F8 {
        F8(avx2!(_mm256_cvtepi32_ps(self.0)))
    }
    #[inline(always)]
    fn as_float(self) -> F8 {
        F8(avx2!(_mm256_castsi256_ps(self.0)))
    }
    #[inline(always)]
    fn gather(words: &[u32], index: Self) -> Self {
        let Some(last) = words.len().checked_sub(1) else { return Self::splat(0) };
        let last = i32::try_from(last).unwrap_or(i32::MAX);
        let safe = index.max(Self::splat(0)).min(Self::splat(last));
        // SAFETY: as above, and every index is within `words`.
        Self(unsafe { _mm256_i32gather_epi32::<4>(words.as_ptr().cast(), safe.0) })
    }
}

impl Mask for M8 {
    #[inline(always)]
    fn from_bits(bits: u8) -> Self {
        let lane = I8::load(&[1, 2, 4, 8, 16, 32, 64, 128]);
        (I8::splat(i32::from(bits)) & lane).same(lane)
    }
    #[inline(always)]
    fn bits(self) -> u8 {
        avx2!(_mm256_movemask_ps(self.0)) as u8
    }
}

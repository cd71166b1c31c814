//! Eight numbers at a time: the vocabulary that every kernel is written in, once.
//!
//! A kernel is generic over [`Float`] and marked `#[inline(always)]`; [`Avx2`](avx2) and [`Portable`](portable)
//! give it its instructions. A few entry points (see `kernels`) are compiled once for each and chosen at run time by
//! [`Isa::detect`]. Nothing here knows what a triangle is.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

#[cfg(target_arch = "x86_64")]
pub mod avx2;
pub mod portable;

/// Three values of an expression in `$i` (0, 1, 2), written out: closures over vectors are compiled without their
/// features wherever the compiler does not inline them, which is slow; kernels use this instead of `map`.
macro_rules! three {
    ($i:ident => $value:expr) => {{
        let x = {
            let $i = 0usize;
            $value
        };
        let y = {
            let $i = 1usize;
            $value
        };
        let z = {
            let $i = 2usize;
            $value
        };
        [x, y, z]
    }};
}
pub(crate) use three;

/// Numbers in a vector.
pub const LANES: usize = 8;

/// Which instructions the kernels use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// 8-wide AVX2 with FMA.
    Avx2,
    /// Arrays of eight, left to the compiler (SSE2 on x86-64, NEON on Arm).
    Portable,
}

impl Isa {
    /// The fastest that this processor runs.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return Self::Avx2;
        }
        Self::Portable
    }
}

/// Eight `f32`.
pub trait Float:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// Eight `i32` of the same kind.
    type Int: Int<Float = Self, Mask = Self::Mask>;
    /// Eight truths of the same kind.
    type Mask: Mask;

    /// The same number eight times.
    fn splat(value: f32) -> Self;
    /// From memory.
    fn load(from: &[f32; LANES]) -> Self;
    /// To memory.
    fn store(self, to: &mut [f32; LANES]);
    /// `self * factor + term`, fused where the processor can.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// The smaller; `other` if either is NaN.
    fn min(self, other: Self) -> Self;
    /// The larger; `other` if either is NaN.
    fn max(self, other: Self) -> Self;
    /// Without the sign.
    fn abs(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// `1 / sqrt(self)` with a relative error below 1e-6, for positive finite numbers.
    fn inverse_sqrt(self) -> Self;
    /// Towards negative infinity.
    fn floor(self) -> Self;
    /// `<`, false with NaN.
    fn lt(self, other: Self) -> Self::Mask;
    /// `<=`, false with NaN.
    fn le(self, other: Self) -> Self::Mask;
    /// `>`, false with NaN.
    fn gt(self, other: Self) -> Self::Mask;
    /// `>=`, false with NaN.
    fn ge(self, other: Self) -> Self::Mask;
    /// `yes` where `mask`, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// Nearest integer.
    fn round_int(self) -> Self::Int;
    /// The bits.
    fn bits(self) -> Self::Int;
    /// Rows of four at `index`, transposed; an index out of range reads zeros.
    fn gather4(rows: &[[f32; 4]], index: &[u32; LANES]) -> [Self; 4];
    /// Rows of three at `index`, transposed; an index out of range reads zeros.
    fn gather3(rows: &[[f32; 3]], index: &[u32; LANES]) -> [Self; 3];
    /// Four columns to eight rows.
    fn scatter4(rows: &mut [[f32; 4]; LANES], columns: [Self; 4]);

    /// From eight numbers of a longer row; zeros past its end.
    #[inline(always)]
    fn load_at(from: &[f32], at: usize) -> Self {
        match from.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(eight) => Self::load(eight),
            None => Self::splat(0.0),
        }
    }
    /// To eight numbers of a longer row; nothing past its end.
    #[inline(always)]
    fn store_at(self, to: &mut [f32], at: usize) {
        if let Some(eight) = to.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            self.store(eight);
        }
    }
    /// As an array.
    #[inline(always)]
    fn array(self) -> [f32; LANES] {
        let mut out = [0.0; LANES];
        self.store(&mut out);
        out
    }
    /// Between two numbers.
    #[inline(always)]
    fn clamp(self, low: f32, high: f32) -> Self {
        self.max(Self::splat(low)).min(Self::splat(high))
    }
    /// Three numbers, each eight times.
    #[inline(always)]
    fn splat3(value: [f32; 3]) -> [Self; 3] {
        [Self::splat(value[0]), Self::splat(value[1]), Self::splat(value[2])]
    }
    /// `yes` where `mask`, else `no`, three times.
    #[inline(always)]
    fn select3(mask: Self::Mask, yes: [Self; 3], no: [Self; 3]) -> [Self; 3] {
        three!(i => Self::select(mask, yes[i], no[i]))
    }
    /// 0 to 7.
    #[inline(always)]
    fn ramp() -> Self {
        Self::load(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    }
}

/// Eight `i32`.
pub trait Int:
    Copy + Add<Output = Self> + Sub<Output = Self> + BitAnd<Output = Self> + BitOr<Output = Self>
{
    /// Eight `f32` of the same kind.
    type Float: Float<Int = Self, Mask = Self::Mask>;
    /// Eight truths of the same kind.
    type Mask: Mask;

    /// The same number eight times.
    fn splat(value: i32) -> Self;
    /// From memory.
    fn load(from: &[i32; LANES]) -> Self;
    /// To memory.
    fn store(self, to: &mut [i32; LANES]);
    /// The low half of the product.
    fn mul(self, other: Self) -> Self;
    /// The smaller, signed.
    fn min(self, other: Self) -> Self;
    /// The larger, signed.
    fn max(self, other: Self) -> Self;
    /// Shifted left.
    fn shl<const N: i32>(self) -> Self;
    /// Shifted right, zeros come in.
    fn shr<const N: i32>(self) -> Self;
    /// `>`, signed.
    fn gt(self, other: Self) -> Self::Mask;
    /// `==`.
    fn same(self, other: Self) -> Self::Mask;
    /// `yes` where `mask`, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// As floats.
    fn to_float(self) -> Self::Float;
    /// The bits as floats.
    fn as_float(self) -> Self::Float;
    /// Words at these indices; an index out of range reads the nearest word, an empty table zeros.
    fn gather(words: &[u32], index: Self) -> Self;

    /// From eight numbers of a longer row; zeros past its end.
    #[inline(always)]
    fn load_at(from: &[u32], at: usize) -> Self {
        match from.get(at..).and_then(|rest| rest.first_chunk::<LANES>()) {
            Some(eight) => Self::load(bytemuck::cast_ref(eight)),
            None => Self::splat(0),
        }
    }
    /// The number that all eight are, if they are the same.
    #[inline(always)]
    fn uniform(self) -> Option<i32> {
        let first = self.array()[0];
        (self.same(Self::splat(first)).bits() == 0xff).then_some(first)
    }
    /// As [`Int::gather`], for indices that mostly are the same: then one is read instead of eight.
    #[inline(always)]
    fn gather_few(words: &[u32], index: Self) -> Self {
        match index.uniform().and_then(|index| words.get(index as usize)) {
            Some(word) => Self::splat(*word as i32),
            None => Self::gather(words, index),
        }
    }
    /// To eight numbers of a longer row; nothing past its end.
    #[inline(always)]
    fn store_at(self, to: &mut [u32], at: usize) {
        if let Some(eight) = to.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<LANES>()) {
            self.store(bytemuck::cast_mut(eight));
        }
    }
    /// As an array.
    #[inline(always)]
    fn array(self) -> [i32; LANES] {
        let mut out = [0; LANES];
        self.store(&mut out);
        out
    }
}

/// Eight truths.
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> {
    /// Lane k from bit k.
    fn from_bits(bits: u8) -> Self;
    /// Bit k from lane k.
    fn bits(self) -> u8;
    /// At least one.
    #[inline(always)]
    fn any(self) -> bool {
        self.bits() != 0
    }
}

#[cfg(test)]
mod tests;

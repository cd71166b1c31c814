//! Arrays of eight that the compiler may turn into whatever the target has: the path for processors without AVX2.

use std::array::from_fn;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use super::{Float, Int, LANES, Mask};

/// Eight `f32`.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub struct F8([f32; LANES]);
/// Eight `i32`.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub struct I8([i32; LANES]);
/// Eight truths: all bits set or none.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub struct M8([u32; LANES]);

macro_rules! binary {
    ($kind:ty, $trait:ident, $method:ident, |$a:ident, $b:ident| $value:expr) => {
        impl $trait for $kind {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(from_fn(|k| {
                    let ($a, $b) = (self.0[k], other.0[k]);
                    $value
                }))
            }
        }
    };
}
binary!(F8, Add, add, |a, b| a + b);
binary!(F8, Sub, sub, |a, b| a - b);
binary!(F8, Mul, mul, |a, b| a * b);
binary!(F8, Div, div, |a, b| a / b);
binary!(I8, Add, add, |a, b| a.wrapping_add(b));
binary!(I8, Sub, sub, |a, b| a.wrapping_sub(b));
binary!(I8, BitAnd, bitand, |a, b| a & b);
binary!(I8, BitOr, bitor, |a, b| a | b);
binary!(M8, BitAnd, bitand, |a, b| a & b);
binary!(M8, BitOr, bitor, |a, b| a | b);

impl Neg for F8 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(self.0.map(|a| -a))
    }
}

impl Not for M8 {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(self.0.map(|a| !a))
    }
}

#[inline(always)]
fn truth(lane: impl Fn(usize) -> bool) -> M8 {
    M8(from_fn(|k| if lane(k) { u32::MAX } else { 0 }))
}

impl Float for F8 {
    type Int = I8;
    type Mask = M8;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        *to = self.0;
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self * factor + term
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(from_fn(|k| if self.0[k] < other.0[k] { self.0[k] } else { other.0[k] }))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(from_fn(|k| if self.0[k] > other.0[k] { self.0[k] } else { other.0[k] }))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }
    #[inline(always)]
    fn inverse_sqrt(self) -> Self {
        Self(self.0.map(|a| 1.0 / a.sqrt()))
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(self.0.map(f32::floor))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> M8 {
        truth(|k| self.0[k] < other.0[k])
    }
    #[inline(always)]
    fn le(self, other: Self) -> M8 {
        truth(|k| self.0[k] <= other.0[k])
    }
    #[inline(always)]
    fn gt(self, other: Self) -> M8 {
        truth(|k| self.0[k] > other.0[k])
    }
    #[inline(always)]
    fn ge(self, other: Self) -> M8 {
        truth(|k| self.0[k] >= other.0[k])
    }
    #[inline(always)]
    fn select(mask: M8, yes: Self, no: Self) -> Self {
        Self(from_fn(|k| f32::from_bits((yes.0[k].to_bits() & mask.0[k]) | (no.0[k].to_bits() & !mask.0[k]))))
    }
    #[inline(always)]
    fn round_int(self) -> I8 {
        I8(self.0.map(|a| a.round_ties_even() as i32))
    }
    #[inline(always)]
    fn bits(self) -> I8 {
        I8(self.0.map(|a| a.to_bits() as i32))
    }
    #[inline(always)]
    fn gather4(rows: &[[f32; 4]], index: &[u32; LANES]) -> [Self; 4] {
        let row: [[f32; 4]; LANES] = from_fn(|k| rows.get(index[k] as usize).copied().unwrap_or_default());
        from_fn(|c| Self(from_fn(|k| row[k][c])))
    }
    #[inline(always)]
    fn gather3(rows: &[[f32; 3]], index: &[u32; LANES]) -> [Self; 3] {
        let row: [[f32; 3]; LANES] = from_fn(|k| rows.get(index[k] as usize).copied().unwrap_or_default());
        from_fn(|c| Self(from_fn(|k| row[k][c])))
    }
    #[inline(always)]
    fn scatter4(rows: &mut [[f32; 4]; LANES], columns: [Self; 4]) {
        for (k, row) in rows.iter_mut().enumerate() {
            *row = columns.map(|c| c.0[k]);
        }
    }
}

impl Int for I8 {
    type Float = F8;
    type Mask = M8;

    #[inline(always)]
    fn splat(value: i32) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn load(from: &[i32; LANES]) -> Self {
        Self(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut [i32; LANES]) {
        *to = self.0;
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(from_fn(|k| self.0[k].wrapping_mul(other.0[k])))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(from_fn(|k| self.0[k].min(other.0[k])))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(from_fn(|k| self.0[k].max(other.0[k])))
    }
    #[inline(always)]
    fn shl<const N: i32>(self) -> Self {
        Self(self.0.map(|a| a << N))
    }
    #[inline(always)]
    fn shr<const N: i32>(self) -> Self {
        Self(self.0.map(|a| (a as u32 >> N) as i32))
    }
    #[inline(always)]
    fn gt(self, other: Self) -> M8 {
        truth(|k| self.0[k] > other.0[k])
    }
    #[inline(always)]
    fn same(self, other: Self) -> M8 {
        truth(|k| self.0[k] == other.0[k])
    }
    #[inline(always)]
    fn select(mask: M8, yes: Self, no: Self) -> Self {
        Self(from_fn(|k| ((yes.0[k] as u32 & mask.0[k]) | (no.0[k] as u32 & !mask.0[k])) as i32))
    }
    #[inline(always)]
    fn to_float(self) -> F8 {
        F8(self.0.map(|a| a as f32))
    }
    #[inline(always)]
    fn as_float(self) -> F8 {
        F8(self.0.map(|a| f32::from_bits(a as u32)))
    }
    #[inline(always)]
    fn gather(words: &[u32], index: Self) -> Self {
        let Some(last) = words.len().checked_sub(1) else { return Self::splat(0) };
        Self(index.0.map(|i| words.get(i.max(0) as usize).or(words.get(last)).map_or(0, |w| *w as i32)))
    }
}

impl Mask for M8 {
    #[inline(always)]
    fn from_bits(bits: u8) -> Self {
        truth(|k| bits >> k & 1 != 0)
    }
    #[inline(always)]
    fn bits(self) -> u8 {
        (0..LANES).fold(0, |bits, k| bits | ((self.0[k] & 1) as u8) << k)
    }
}

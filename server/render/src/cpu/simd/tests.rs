//! Both kinds of vectors agree, operation by operation.

use super::*;

fn probe<F: Float>() -> Vec<Vec<f32>> {
    let a = F::load(&[0.5, -1.5, 2.25, 1e6, -7.75, 3.0, 0.001, 9.0]);
    let b = F::load(&[0.5, 2.5, -2.25, 3.0, -7.5, 8.0, 4.0, 0.25]);
    let rows: Vec<[f32; 4]> = (0..9u8).map(|i| [0, 1, 2, 3].map(|c| f32::from(i * 10 + c))).collect();
    let threes: Vec<[f32; 3]> = (0..9u8).map(|i| [0, 1, 2].map(|c| f32::from(i * 10 + c))).collect();
    let index = [8, 0, 3, 99, 5, 7, 1, 6];
    let words: Vec<u32> = (0..9).map(|i| i * 7).collect();
    let mut out: Vec<F> = vec![a + b, a - b, a * b, a / b, -a, a.mul_add(b, a), a.min(b), a.max(b), a.abs()];
    out.extend([a.abs().sqrt(), a.abs().inverse_sqrt(), a.floor(), a.round_int().to_float()]);
    out.extend([a.lt(b), a.le(b), a.gt(b), a.ge(b), !a.lt(b), F::Mask::from_bits(0b1010_0110)].map(|m| {
        assert_eq!(m.bits(), F::Mask::from_bits(m.bits()).bits());
        F::select(m, a, b)
    }));
    out.extend(F::gather4(&rows, &index));
    out.extend(F::gather3(&threes, &index));
    let i = F::Int::load(&[-5, 0, 3, 100, 2, 8, 7, 1]);
    let j = F::Int::splat(3);
    out.extend([i + j, i - j, i & j, i | j, i.mul(j), i.min(j), i.max(j)].map(Int::to_float));
    out.extend(
        [i.shl::<3>(), i.shr::<1>(), F::Int::gather(&words, i), F::Int::gather(&[], i)].map(Int::to_float),
    );
    out.extend([i.gt(j), i.same(j)].map(|m| F::Int::select(m, i, j).to_float()));
    let mut scattered = [[0.0; 4]; LANES];
    F::scatter4(&mut scattered, [a, b, a + b, a - b]);
    out.extend(F::gather4(&scattered, &[7, 6, 5, 4, 3, 2, 1, 0]));
    out.into_iter().map(|v| v.array().to_vec()).collect()
}

#[cfg(target_arch = "x86_64")]
#[test]
fn avx2_and_portable_vectors_agree() {
    #[target_feature(enable = "avx2,fma")]
    fn probe_avx2() -> Vec<Vec<f32>> {
        probe::<avx2::F8>()
    }
    if Isa::detect() != Isa::Avx2 {
        return;
    }
    // SAFETY: just detected.
    let wide = unsafe { probe_avx2() };
    for (op, (a, b)) in wide.iter().flatten().zip(probe::<portable::F8>().iter().flatten()).enumerate() {
        assert!((a - b).abs() <= 2e-6 * b.abs(), "operation {} lane {}: {a} {b}", op / 8, op % 8);
    }
}

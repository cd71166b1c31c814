//! Scaling RGBA pictures to a rendition's size: area average when smaller, bilinear when larger.
//!
//! Separable and weighted in fixed point; weights and scratch memory live as long as the pair of sizes.

/// A whole weight; 255 times it stays far below `u32::MAX`.
const ONE: u32 = 1 << 14;

/// The source samples that make one target sample.
struct Span {
    start: usize,
    weights: Vec<u32>,
}

/// Scales from one size to another.
pub struct Scaler {
    from: [u32; 2],
    to: [u32; 2],
    columns: Vec<Span>,
    rows: Vec<Span>,
    /// `from` rows of `to` columns.
    narrowed: Vec<u8>,
    sums: Vec<u32>,
    out: Vec<u8>,
}

impl Scaler {
    /// Weights and memory for scaling `from` one size `to` another, each side at least 1.
    #[must_use]
    pub fn new(from: [u32; 2], to: [u32; 2]) -> Self {
        let row = to[0] as usize * 4;
        Self {
            from,
            to,
            columns: spans(from[0], to[0]),
            rows: spans(from[1], to[1]),
            narrowed: vec![0; row * from[1] as usize],
            sums: vec![0; row],
            out: vec![0; row * to[1] as usize],
        }
    }

    pub(crate) fn fits(&self, from: [u32; 2], to: [u32; 2]) -> bool {
        self.from == from && self.to == to
    }

    /// The picture at the target size; `rgba` has the source size.
    pub fn scale(&mut self, rgba: &[u8]) -> &[u8] {
        let (from_row, to_row) = (self.from[0] as usize * 4, self.to[0] as usize * 4);
        for (source, target) in rgba.chunks_exact(from_row).zip(self.narrowed.chunks_exact_mut(to_row)) {
            for (pixel, span) in target.chunks_exact_mut(4).zip(&self.columns) {
                let mut sum = [ONE / 2; 4];
                for (sample, weight) in source[span.start * 4..].chunks_exact(4).zip(&span.weights) {
                    for channel in 0..4 {
                        sum[channel] += u32::from(sample[channel]) * weight;
                    }
                }
                for channel in 0..4 {
                    pixel[channel] = (sum[channel] / ONE) as u8;
                }
            }
        }
        for (target, span) in self.out.chunks_exact_mut(to_row).zip(&self.rows) {
            self.sums.fill(ONE / 2);
            for (source, &weight) in
                self.narrowed[span.start * to_row..].chunks_exact(to_row).zip(&span.weights)
            {
                for (sum, &sample) in self.sums.iter_mut().zip(source) {
                    *sum += u32::from(sample) * weight;
                }
            }
            for (byte, sum) in target.iter_mut().zip(&self.sums) {
                *byte = (sum / ONE) as u8;
            }
        }
        &self.out
    }
}

/// For each of `to` samples, which of `from` samples it averages; the weights of one span add up to [`ONE`].
fn spans(from: u32, to: u32) -> Vec<Span> {
    let step = f64::from(from) / f64::from(to);
    // The filter covers one target sample, or two source samples where the picture grows (a tent).
    let radius = step.max(1.0);
    (0..to)
        .map(|index| {
            let centre = (f64::from(index) + 0.5) * step;
            let covered = |source: u32| {
                let (low, high) = (f64::from(source), f64::from(source) + 1.0);
                if step >= 1.0 {
                    (high.min(centre + radius / 2.0) - low.max(centre - radius / 2.0)).max(0.0)
                } else {
                    (1.0 - (centre - (low + 0.5)).abs()).max(0.0)
                }
            };
            let first = (centre - radius).floor().max(0.0) as u32;
            let last = ((centre + radius).ceil() as u32).min(from);
            let shares: Vec<f64> = (first..last).map(covered).collect();
            let total: f64 = shares.iter().sum();
            // Rounding the running sum instead of each share: a span neither brightens nor darkens.
            let (mut sum, mut given) = (0.0, 0);
            let weights = shares
                .iter()
                .map(|share| {
                    sum += share / total * f64::from(ONE);
                    let weight = sum.round() as u32 - given;
                    given += weight;
                    weight
                })
                .collect();
            Span { start: first as usize, weights }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_size_averages_four_pixels() {
        let rgba: Vec<u8> = [0, 100, 200, 40].iter().flat_map(|&v| [v, v, v, 255]).collect();
        assert_eq!(Scaler::new([2, 2], [1, 1]).scale(&rgba), [85, 85, 85, 255]);
    }

    #[test]
    fn every_span_adds_up_to_one_and_stays_inside() {
        for (from, to) in [(1, 7), (7, 1), (1280, 854), (720, 1440), (640, 640), (1921, 3)] {
            for span in spans(from, to) {
                assert_eq!(span.weights.iter().sum::<u32>(), ONE);
                assert!(span.start + span.weights.len() <= from as usize);
            }
        }
    }

    #[test]
    fn growing_keeps_the_ends_and_runs_between_them() {
        let rgba: Vec<u8> = [0, 80].iter().flat_map(|&v| [v; 4]).collect();
        let grown: Vec<u8> = Scaler::new([2, 1], [8, 1]).scale(&rgba).iter().step_by(4).copied().collect();
        assert_eq!((grown[0], grown[7]), (0, 80));
        assert!(grown.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}

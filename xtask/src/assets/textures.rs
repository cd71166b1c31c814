//! The sample stage's pictures.

use anyhow::Result;

use super::picture::{Picture, clouds, hash, mix, noise, step};

/// Floor in metres, and where its corner lies: the occlusion picture covers exactly this.
pub const FLOOR_SIZE: [f64; 2] = [9.0, 7.5];
/// As [`FLOOR_SIZE`].
pub const FLOOR_CORNER: [f64; 2] = [-4.0, -3.75];

/// What stands on the floor: centre, half size, and how dark it makes the ground next to it.
type Footprint = ([f64; 2], [f64; 2], f64);

/// Name and bytes of each picture.
pub fn all(footprints: &[Footprint]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    Ok(vec![
        ("concrete.png", concrete().png()?),
        ("floor_occlusion.png", floor_occlusion(footprints).png()?),
        ("hazard.png", hazard().png()?),
        ("carton.png", carton().png()?),
        ("brushed_roughness.png", brushed_roughness().png()?),
        ("brushed_normal.png", brushed_normal().png()?),
        ("wood.png", wood().png()?),
        ("panel.png", panel().png()?),
        ("hall.png", hall().png()?),
    ])
}

/// Polished concrete: soft clouds, pores, a few hairlines. Repeats.
fn concrete() -> Picture {
    Picture::grey([512, 512], |u, v| {
        let cloud = clouds(u, v, 3, 4, 1) - 0.5;
        let grain = noise(u, v, [256, 256], 20) - 0.5;
        let pore = step(0.93, 1.0, noise(u, v, [150, 150], 30)) * 0.10;
        let line = (clouds(u, v, 4, 3, 40) - 0.5).abs();
        let hairline = (1.0 - step(0.0, 0.006, line)) * 0.05;
        // 6 bits are enough, and compress well.
        ((0.60 + 0.14 * cloud + 0.035 * grain - pore - hairline) * 85.0).round() / 85.0
    })
}

/// Ground that things stand on gets less of the sky: 1 in the open.
fn floor_occlusion(footprints: &[Footprint]) -> Picture {
    Picture::grey([288, 240], |u, v| {
        let here = [FLOOR_CORNER[0] + u * FLOOR_SIZE[0], FLOOR_CORNER[1] + v * FLOOR_SIZE[1]];
        footprints.iter().fold(1.0, |light, (centre, half, dark)| {
            let outside = |axis: usize| ((here[axis] - centre[axis]).abs() - half[axis]).max(0.0);
            let distance = outside(0).hypot(outside(1));
            light * (1.0 - dark * (1.0 - step(-0.05, 0.45, distance)))
        })
    })
}

/// Yellow and black stripes, worn. Repeats.
fn hazard() -> Picture {
    Picture::rgb([128, 128], |u, v| {
        let stripe = ((u + v) * 1.0).rem_euclid(1.0);
        let is_black = step(0.0, 0.02, stripe) * (1.0 - step(0.5, 0.52, stripe));
        let worn = step(0.62, 0.85, clouds(u, v, 6, 3, 7)) * 0.35;
        mix(mix([0.95, 0.73, 0.04], [0.03, 0.03, 0.03], is_black), [0.5, 0.5, 0.48], worn)
    })
}

/// Corrugated board. Left half: an upright side with its label; right half: a lid with tape.
fn carton() -> Picture {
    Picture::rgb([512, 256], |u, v| {
        let flutes = 0.02 * (noise(u, v, [128, 2], 3) - 0.5) + 0.05 * (clouds(u, v, 4, 3, 5) - 0.5);
        let board = [0.70 + flutes, 0.53 + flutes, 0.36 + flutes];
        if u < 0.5 { carton_side(u * 2.0, v, board) } else { carton_lid(u * 2.0 - 1.0, v, board) }
    })
}

fn carton_side(u: f64, v: f64, board: [f64; 3]) -> [f64; 3] {
    let within = |x0: f64, x1: f64, y0: f64, y1: f64| u > x0 && u < x1 && v > y0 && v < y1;
    if within(0.56, 0.92, 0.42, 0.86) {
        // The label: a bar code, two lines of "text", a coloured corner.
        let ink = [0.10, 0.10, 0.12];
        let bar = within(0.60, 0.88, 0.47, 0.64) && hash((u * 140.0) as i64, 0, 9) > 0.5;
        let word = hash((u * 90.0) as i64, (v * 40.0) as i64, 11) > 0.25;
        let text = word && (within(0.60, 0.80, 0.69, 0.72) || within(0.60, 0.76, 0.75, 0.78));
        return match () {
            () if bar || text => ink,
            () if within(0.83, 0.89, 0.69, 0.81) => [0.85, 0.33, 0.08],
            () => [0.93, 0.93, 0.91],
        };
    }
    // "This side up": two arrows.
    let arrow = |centre: f64| {
        let head = v > 0.28 && v < 0.38 && (u - centre).abs() < (0.38 - v) * 0.55;
        head || (v > 0.16 && v <= 0.28 && (u - centre).abs() < 0.016)
    };
    let underline = within(0.07, 0.29, 0.11, 0.13);
    if arrow(0.13) || arrow(0.23) || underline { mix(board, [0.16, 0.11, 0.08], 0.85) } else { board }
}

fn carton_lid(u: f64, v: f64, board: [f64; 3]) -> [f64; 3] {
    let seam = 1.0 - step(0.0, 0.012, (v - 0.5).abs());
    let taped = (v - 0.5).abs() < 0.09;
    let fold = 1.0 - step(0.0, 0.01, (u - 0.02).abs().min((u - 0.98).abs()));
    let tape = mix(board, [0.74, 0.62, 0.43], if taped { 0.75 } else { 0.0 });
    mix(tape, [0.30, 0.21, 0.13], (0.55 * seam).max(0.3 * fold))
}

/// Brushed metal: streaks along `s`. Repeats.
fn brushed_roughness() -> Picture {
    Picture::grey([256, 256], |u, v| {
        let streak = 0.6 * noise(u, v, [3, 128], 12) + 0.4 * noise(u, v, [8, 256], 13);
        0.28 + 0.22 * streak
    })
}

/// The slopes of the same streaks.
fn brushed_normal() -> Picture {
    Picture::rgb([256, 256], |u, v| {
        let height = |v: f64| {
            0.6 * noise(u, v.rem_euclid(1.0), [3, 128], 12) + 0.4 * noise(u, v.rem_euclid(1.0), [8, 256], 13)
        };
        let slope = (height(v + 1.0 / 512.0) - height(v - 1.0 / 512.0)) * 0.10;
        [0.5, 0.5 - slope, 0.5 + 0.5 * (1.0 - 4.0 * slope * slope).max(0.0).sqrt()]
    })
}

/// Planed softwood, grain along `s`. Repeats.
fn wood() -> Picture {
    Picture::rgb([256, 128], |u, v| {
        let warp = 0.25 * noise(u, v, [3, 4], 50);
        let ring = ((v + warp) * 9.0 * std::f64::consts::TAU).sin() * 0.5 + 0.5;
        let fibre = noise(u, v, [6, 96], 51);
        mix([0.66, 0.50, 0.33], [0.78, 0.64, 0.45], 0.55 * ring + 0.45 * fibre)
    })
}

/// The operator's screen: a header, a chart, three numbers' worth of tiles.
fn panel() -> Picture {
    Picture::rgb([256, 160], |u, v| {
        let within = |x0: f64, x1: f64, y0: f64, y1: f64| u > x0 && u < x1 && v > y0 && v < y1;
        let accent = [0.16, 0.72, 0.62];
        if within(0.0, 1.0, 0.88, 1.0) {
            return if within(0.03, 0.30, 0.92, 0.96) { [0.75, 0.80, 0.86] } else { [0.10, 0.14, 0.20] };
        }
        for (tile, colour) in [(0, accent), (1, [0.95, 0.66, 0.15]), (2, [0.35, 0.55, 0.95])] {
            let top = 0.80 - 0.26 * f64::from(tile);
            if within(0.70, 0.96, top - 0.20, top) {
                let fill = 0.74 + 0.18 * hash(tile.into(), 3, 60);
                return if within(0.73, fill, top - 0.14, top - 0.10) { colour } else { [0.13, 0.17, 0.23] };
            }
        }
        if within(0.04, 0.66, 0.08, 0.80) {
            let bar = ((u - 0.04) / 0.62 * 12.0).floor();
            let level = 0.12 + 0.6 * noise(bar / 12.0, 0.5, [5, 3], 61);
            let is_gap = ((u - 0.04) / 0.62 * 12.0).fract() > 0.7;
            return if !is_gap && v < level { accent } else { [0.08, 0.11, 0.15] };
        }
        [0.06, 0.08, 0.11]
    })
}

/// What surrounds the cell: a bright hall, as a latitude-longitude picture; calm enough to be a background.
fn hall() -> Picture {
    Picture::rgb([256, 128], |u, v| {
        let floor = [0.40, 0.41, 0.42];
        let wall = [0.71, 0.74, 0.77];
        let ceiling = [0.93, 0.94, 0.95];
        let base = if v < 0.5 {
            mix(floor, wall, step(0.25, 0.5, v))
        } else {
            mix(wall, ceiling, step(0.5, 0.8, v))
        };
        // Rows of lamps overhead, in reflections only: a camera that looks into the cell does not see them.
        let lamps = step(0.80, 0.83, v)
            * (1.0 - step(0.93, 0.96, v))
            * step(0.35, 0.42, (u * 8.0).fract().min(1.0 - (u * 8.0).fract()));
        mix(base, [1.0, 1.0, 1.0], lamps)
    })
}

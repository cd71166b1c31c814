//! How the cell moves: parcels come along the conveyor, the arm follows one, lifts it and sets it on the pallet.
//!
//! Everything is a closed formula of the frame: first where the tool should be, then the joints that put it there.
//! One loop is [`FRAMES`] frames with two picks; at its end the belt looks as at its start.

use super::picture::step;
use super::robot::{FOREARM, SHOULDER_OUT, SHOULDER_UP, TOOL, UPPER_ARM};
use super::vector::V;

/// Frames of one loop; frame 1 is the first.
pub const FRAMES: u32 = 240;
/// Frames a second.
pub const RATE: f64 = 24.0;
/// Size of a parcel: long, wide, high.
pub const PARCEL: V = [0.40, 0.30, 0.25];
/// Upper edge of the conveyor's rollers.
pub const BELT_UP: f64 = 0.75;
/// The conveyor's middle.
pub const BELT_Y: f64 = 1.40;
/// Parcels wait here, inside the tunnel, before the belt takes them along.
pub const TUNNEL_X: f64 = 3.10;

/// Frames between two picks.
const CYCLE: f64 = 120.0;
/// When, in a cycle, the cups close on the parcel and open again.
const GRASP: f64 = 28.0;
const RELEASE: f64 = 78.0;
/// Where the parcel is when the cups close, and how fast the belt runs (metres a frame).
const PICK_X: f64 = 0.75;
const SPEED: f64 = 0.25 / RATE;
/// Cruising height of the cups.
const CRUISE: f64 = 1.42;

/// Where parcels are set down: the two places that the pallet's second layer still has.
pub const PLACES: [V; 2] = [[1.85, -0.59, 0.394], [1.85, -0.97, 0.394]];

/// Joint angles in degrees, first to sixth.
pub type Joints = [f64; 6];

/// The tool's tip in the robot's frame and the turn of a parcel under it, in degrees.
#[derive(Clone, Copy)]
struct Tool {
    /// Angle about Z in degrees, distance from Z, height.
    polar: V,
    turn: f64,
}

/// Frames since the loop's start, from 0.
fn elapsed(frame: u32) -> f64 {
    f64::from(frame) - 1.0
}

/// Where parcel number `parcel` lies on the belt; its bottom's middle.
fn on_belt(parcel: usize, at: f64) -> V {
    let to_go = GRASP + CYCLE * parcel as f64 - at;
    [(PICK_X + SPEED * to_go).min(TUNNEL_X), BELT_Y, BELT_UP]
}

fn polar(p: V) -> V {
    [p[1].atan2(p[0]).to_degrees(), p[0].hypot(p[1]), p[2]]
}

fn between(a: Tool, b: Tool, t: f64) -> Tool {
    let mix = |a: f64, b: f64| a + (b - a) * t;
    Tool { polar: std::array::from_fn(|i| mix(a.polar[i], b.polar[i])), turn: mix(a.turn, b.turn) }
}

/// The tool over a parcel of a given cycle.
fn tool(at: f64) -> Tool {
    let cycle = ((at / CYCLE).floor() as usize).min(PLACES.len() - 1);
    let now = at - CYCLE * cycle as f64;
    let over_belt = |above: f64| {
        let bottom = on_belt(cycle, at);
        Tool { polar: polar([bottom[0], bottom[1], bottom[2] + PARCEL[2] + above]), turn: 0.0 }
    };
    let over_pallet = |cycle: usize, height: f64| {
        let place = PLACES[cycle];
        Tool { polar: polar([place[0], place[1], height]), turn: 0.0 }
    };
    let set_down = PLACES[cycle][2] + PARCEL[2];
    let previous = (cycle + PLACES.len() - 1) % PLACES.len();
    let cruise_above = CRUISE - BELT_UP - PARCEL[2];
    match now {
        // Follow the parcel, come down on it, lift it.
        t if t < GRASP => {
            let above = cruise_above * (1.0 - step(14.0, GRASP - 1.0, t));
            let follow = over_belt(above);
            // The way back from the pallet began in the last cycle.
            let from = over_pallet(previous, CRUISE);
            between(from, follow, step(100.0 - CYCLE, 18.0, t))
        }
        t if t < 62.0 => {
            let lifted = over_belt(cruise_above * step(GRASP + 1.0, 42.0, t));
            between(lifted, over_pallet(cycle, CRUISE), step(34.0, 62.0, t))
        }
        t if t < RELEASE + 2.0 => {
            over_pallet(cycle, CRUISE + (set_down - CRUISE) * step(62.0, RELEASE - 2.0, t))
        }
        t if t < 100.0 => over_pallet(cycle, set_down + (CRUISE - set_down) * step(RELEASE + 2.0, 98.0, t)),
        t => {
            let next = (cycle + 1) % PLACES.len();
            // Over the belt where the next parcel will be; the last cycle returns to where the first begins.
            let bottom =
                if next == 0 { on_belt(0, at - CYCLE * PLACES.len() as f64) } else { on_belt(next, at) };
            let ahead = Tool { polar: polar([bottom[0], bottom[1], CRUISE]), turn: 0.0 };
            between(over_pallet(cycle, CRUISE), ahead, step(100.0, CYCLE + 18.0, t))
        }
    }
}

/// Bottom's middle of parcel `parcel` and its turn about Z in degrees.
pub fn parcel(parcel: usize, frame: u32) -> (V, f64) {
    let at = elapsed(frame);
    let start = CYCLE * parcel as f64;
    if parcel >= PLACES.len() || at < start + GRASP {
        return (on_belt(parcel, at), 0.0);
    }
    if at >= start + RELEASE {
        return (PLACES[parcel], 0.0);
    }
    let tool = tool(at);
    let (sin, cos) = tool.polar[0].to_radians().sin_cos();
    ([tool.polar[1] * cos, tool.polar[1] * sin, tool.polar[2] - PARCEL[2]], tool.turn)
}

/// The joints that hold the tool upright over its point, elbow up.
pub fn joints(frame: u32) -> Joints {
    let tool = tool(elapsed(frame));
    let (out, up) = (tool.polar[1] - SHOULDER_OUT, tool.polar[2] + TOOL - SHOULDER_UP);
    let [along, across] = FOREARM;
    let forearm = along.hypot(across);
    let reach = out.hypot(up).min(0.999 * (UPPER_ARM + forearm));
    let inner = (UPPER_ARM * UPPER_ARM + reach * reach - forearm * forearm) / (2.0 * UPPER_ARM * reach);
    let climb = up.atan2(out) + inner.clamp(-1.0, 1.0).acos();
    let second = 90.0 - climb.to_degrees();
    let from_elbow = (up - UPPER_ARM * climb.sin()).atan2(out - UPPER_ARM * climb.cos());
    let third = (across.atan2(along) - from_elbow).to_degrees() - second;
    let fifth = 90.0 - second - third;
    [tool.polar[0], second, third, 0.0, fifth, tool.polar[0] - tool.turn]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::vector::{Axis, add, length, sub, turn};

    /// The tool's tip by the chain of joints, as USD composes it.
    fn tip(joints: Joints) -> V {
        let [first, second, third, _, fifth, _] = joints;
        let wrist = turn([TOOL, 0.0, 0.0], Axis::Y, fifth);
        let forearm = add([FOREARM[0], 0.0, FOREARM[1]], wrist);
        let upper = add([0.0, 0.0, UPPER_ARM], turn(forearm, Axis::Y, third));
        let shoulder = add([SHOULDER_OUT, 0.0, SHOULDER_UP], turn(upper, Axis::Y, second));
        turn(shoulder, Axis::Z, first)
    }

    #[test]
    fn the_joints_put_the_tool_where_it_should_be() {
        for frame in 1..=FRAMES {
            let want = tool(elapsed(frame)).polar;
            let got = polar(tip(joints(frame)));
            assert!((0..3).all(|i| (want[i] - got[i]).abs() < 1e-6), "frame {frame}: {want:?} {got:?}");
        }
    }

    #[test]
    fn nothing_jumps_within_the_loop_or_at_its_end() {
        let far = |a: Joints, b: Joints| (0..6).map(|i| (a[i] - b[i]).abs()).fold(0.0, f64::max);
        for frame in 1..FRAMES {
            assert!(far(joints(frame), joints(frame + 1)) < 8.0, "joints at frame {frame}");
        }
        // A jump shows as a sudden change of speed.
        for (frame, number) in (2..FRAMES).flat_map(|frame| (0..4).map(move |number| (frame, number))) {
            let at = |frame| parcel(number, frame).0;
            let (before, after) = (sub(at(frame), at(frame - 1)), sub(at(frame + 1), at(frame)));
            assert!(length(sub(after, before)) < 0.04, "parcel {number} at frame {frame}");
        }
        assert!(far(joints(FRAMES), joints(1)) < 8.0, "the end of the loop");
        for number in 0..2 {
            let ((end, _), (start, _)) = (parcel(number + 2, FRAMES + 1), parcel(number, 1));
            assert!(length(sub(end, start)) < 1e-9, "parcel {number} takes the place of the one before");
        }
    }
}

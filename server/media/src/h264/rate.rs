//! Rate control: which quantizer the next picture gets. Pure: numbers in, a number out, no clock.
//!
//! OpenH264's own control moves the quantizer by a few steps a picture and learns from still pictures that pictures
//! are cheap: the first pictures of a drag then come at many times the bitrate. This one looks at each picture
//! before it is encoded (how much texture it has, how much of it changed) and predicts its cost from what such
//! pictures cost before. So quality is constant while the bitrate suffices, a drag starts within its budget, and a
//! picture that stands still climbs to visually lossless in steps that the budget holds.
//!
//! The model: bits = cost x activity / step, where `step` is the quantizer's step size (it doubles every 6 QP) and
//! `activity` is texture for keys, change for moving pictures, and for refinement the step that the last picture
//! was coded with, weighted by texture.

/// Best quality of a picture that stands still; finer steps cost much and show nothing.
const STILL_QP: u8 = 16;
/// Best quality while moving.
const MOVING_QP: u8 = 24;
/// The coarsest that H.264 has.
const WORST_QP: u8 = 51;
/// Below this mean change of luma (of 255) a picture stands still.
const STILL_CHANGE: f64 = 0.02;
/// Refinement steps of the quantizer: small enough that each fits a packet burst.
const REFINE_STEP: u8 = 4;
/// A key may take this share of a second's bits: what a link of that bitrate carries in 60 ms.
const KEY_SECONDS: f64 = 0.06;
/// But never less than this for each pixel, or low bitrates could not start at all,
const KEY_BITS_PER_PIXEL: f64 = 0.15;
/// as long as that is not more than what the link carries in this share of a second.
const KEY_SECONDS_MAX: f64 = 0.3;
/// Frames over which debt is repaid, and most frames of credit.
const HORIZON: f64 = 8.0;
/// A still picture that got no finer quantizer for so many frames, all debt repaid and all credit saved meanwhile, will
/// get none.
const STALLS_MAX: u32 = 2 * HORIZON as u32;

/// The share of the budget that repaying debt may take: more would starve the pictures after a key.
const MOST_THRIFT: f64 = 0.5;

/// What a picture looks like before it is encoded; means over the luma samples, 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Activity {
    /// Difference of neighbours in a row.
    pub(super) texture: f64,
    /// Difference to the last encoded picture at the same place.
    pub(super) change: f64,
}

/// Chooses quantizers and learns from what they cost.
#[derive(Clone, Debug)]
pub(super) struct RateControl {
    pixels: f64,
    /// Bits that a frame may take on average.
    budget: f64,
    key_limit: f64,
    /// Bits sent beyond the budget (positive) or saved (negative).
    debt: f64,
    /// Learned: bits for each pixel, unit of activity and unit of step.
    key_cost: f64,
    change_cost: f64,
    refine_cost: f64,
    qp: u8,
    /// Still pictures in a row that got no finer quantizer.
    stalls: u32,
}

impl RateControl {
    pub(super) fn new(size: [u32; 2], fps: f32, bitrate_bps: u32) -> Self {
        // The first guesses are those of rendered scenes, on the dear side.
        let mut control = Self {
            pixels: f64::from(size[0]) * f64::from(size[1]),
            budget: 0.0,
            key_limit: 0.0,
            debt: 0.0,
            key_cost: 3.2,
            change_cost: 0.5,
            refine_cost: 0.02,
            qp: 30,
            stalls: 0,
        };
        control.set_rate(fps, bitrate_bps);
        control
    }

    /// Changes the target; what was learned stays.
    pub(super) fn set_rate(&mut self, fps: f32, bitrate_bps: u32) {
        self.budget = f64::from(bitrate_bps) / f64::from(fps);
        let bitrate = f64::from(bitrate_bps);
        let least = (self.pixels * KEY_BITS_PER_PIXEL).min(bitrate * KEY_SECONDS_MAX);
        self.key_limit = (bitrate * KEY_SECONDS).max(least);
        self.debt = self.debt.clamp(-HORIZON * self.budget, HORIZON * self.budget);
        self.stalls = 0;
    }

    /// A still picture would still gain from being coded again.
    pub(super) fn refines(&self) -> bool {
        self.qp > STILL_QP && self.stalls < STALLS_MAX
    }

    /// Most bits of a key.
    pub(super) fn key_limit(&self) -> f64 {
        self.key_limit
    }

    /// Quantizer for a key of this picture.
    pub(super) fn key_qp(&self, activity: Activity) -> u8 {
        let wanted = self.key_cost * activity.texture.max(0.05) * self.pixels / (0.8 * self.key_limit);
        qp_of_step(wanted).clamp(MOVING_QP, WORST_QP)
    }

    /// Quantizer for a key that took `bits` at `qp` and must be done again within the limit.
    pub(super) fn retry_qp(&self, qp: u8, bits: f64) -> u8 {
        let more = (6.0 * (bits / self.key_limit).log2()).ceil().max(1.0) as u8;
        qp.saturating_add(more).saturating_add(1).min(WORST_QP)
    }

    /// Quantizer for a picture that builds on the last one.
    pub(super) fn delta_qp(&self, activity: Activity) -> u8 {
        let still = activity.change < STILL_CHANGE;
        let best = if still { STILL_QP } else { MOVING_QP };
        let least = best.max(self.qp.saturating_sub(REFINE_STEP));
        let allowance = self.budget * (1.0 - (self.debt / (HORIZON * self.budget)).clamp(-1.0, MOST_THRIFT));
        (least..WORST_QP).find(|&qp| self.predict(activity, qp) <= allowance).unwrap_or(WORST_QP)
    }

    /// Bits that a delta picture will take.
    fn predict(&self, activity: Activity, qp: u8) -> f64 {
        self.change_bits(activity, qp) + self.refine_bits(activity, qp)
    }

    fn change_bits(&self, activity: Activity, qp: u8) -> f64 {
        self.change_cost * activity.change * self.pixels / step(qp)
    }

    /// What is left to code of the last picture's own error; nothing unless the quantizer gets finer.
    fn refine_bits(&self, activity: Activity, qp: u8) -> f64 {
        self.refine_cost * activity.texture * self.pixels * (step(self.qp) / step(qp) - 1.0).max(0.0)
    }

    /// Learns what keys cost, also from one that was too large to send.
    pub(super) fn learn_key(&mut self, activity: Activity, qp: u8, bits: f64) {
        let found = bits * step(qp) / (activity.texture.max(0.05) * self.pixels);
        self.key_cost = blend(self.key_cost, found, 0.5);
    }

    /// Learns from a coded picture that was sent.
    pub(super) fn coded(&mut self, activity: Activity, key: bool, qp: u8, bits: f64) {
        if key {
            self.learn_key(activity, qp, bits);
        } else {
            // Only the term that makes up most of the picture learns from it.
            let (change, refine) = (self.change_bits(activity, qp), self.refine_bits(activity, qp));
            if change > 2.0 * refine {
                self.change_cost =
                    blend(self.change_cost, self.change_cost * (bits - refine).max(1.0) / change, 0.4);
            } else if refine > 2.0 * change {
                self.refine_cost =
                    blend(self.refine_cost, self.refine_cost * (bits - change).max(1.0) / refine, 0.3);
            }
        }
        let stalls = !key && activity.change < STILL_CHANGE && qp >= self.qp;
        self.stalls = if stalls { self.stalls + 1 } else { 0 };
        self.debt = (self.debt + bits - self.budget).max(-HORIZON * self.budget);
        self.qp = qp;
    }
}

/// Moves `old` toward `found`, never by more than a factor of 4 in one picture.
fn blend(old: f64, found: f64, share: f64) -> f64 {
    old + share * (found.clamp(old / 4.0, old * 4.0) - old)
}

/// The quantizer's step size (H.264 section 8.5): 0.625 at QP 0, doubles every 6.
fn step(qp: u8) -> f64 {
    0.625 * (f64::from(qp) / 6.0).exp2()
}

/// The finest quantizer whose step is at least `step`.
fn qp_of_step(step: f64) -> u8 {
    (6.0 * (step / 0.625).max(1.0).log2()).ceil().min(f64::from(WORST_QP)) as u8
}

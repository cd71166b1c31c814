//! Totals in, moves out: a lost, late or repeated message changes nothing about where a gesture ends.
//!
//! A client sends what its gesture amounts to so far; the difference to the last total seen is applied. Limits (poles,
//! nearest and farthest zoom) hold for totals, not for steps, so that a hand that overshoots and comes back ends where it
//! would have without the overshoot, however many messages arrived in between.
//!
//! This holds for each gesture by itself. Two at once (a pinch pans and zooms) mix in the order in which they arrive: a
//! pan is measured in picture heights at the distance that the zoom has reached.

use std::f64::consts::PI;

use glam::{DVec2, DVec3};
use telestage_protocol::{CameraCommand, CameraCommandRequest, ZOOM_PER_UNIT};

use super::{Camera, Surroundings, moves};

/// Gestures remembered for each client: more are not under way at once, and late messages of older ones are known by
/// their `seq`.
const REMEMBERED: usize = 16;
/// Nearest and farthest distance that zooming reaches, in scene radii.
const ZOOM_RANGE: [f64; 2] = [1e-4, 1e3];

/// One client's gestures.
#[derive(Clone, Debug, Default)]
pub struct Gestures {
    /// The most recently used last.
    known: Vec<Gesture>,
    /// No message with a `seq` up to this one can start a gesture: its gesture was forgotten.
    floor: u32,
}

#[derive(Clone, Debug)]
struct Gesture {
    id: u32,
    command: CameraCommand,
    seq: u32,
    /// Applied so far, in the client's units.
    total: DVec2,
    /// It turns around a point of its own.
    is_pivoted: bool,
    /// Elevation (orbit, look) or logarithm of the extent (zoom) when it began.
    start: f64,
}

impl Gestures {
    /// Applies `request` to `camera`. False if it is older than what was seen, and thus ignored. `fly` is only recorded:
    /// it is a velocity, not a total.
    pub fn apply(
        &mut self,
        request: &CameraCommandRequest,
        camera: &mut Camera,
        surroundings: &Surroundings,
        aspect: f64,
    ) -> bool {
        let known = self.known.iter().position(|g| (g.id, g.command) == (request.gesture, request.command));
        let mut gesture = match known {
            Some(at) if request.seq < self.known[at].seq => return false,
            Some(at) => self.known.remove(at),
            None if request.seq <= self.floor => return false,
            None => {
                let start = match request.command {
                    CameraCommand::Orbit | CameraCommand::Look => {
                        moves::elevation(&camera.pose, surroundings)
                    }
                    CameraCommand::Zoom => moves::zoom_extent(camera).ln(),
                    CameraCommand::Pan | CameraCommand::Fly => 0.0,
                };
                Gesture {
                    id: request.gesture,
                    command: request.command,
                    seq: 0,
                    total: DVec2::ZERO,
                    is_pivoted: false,
                    start,
                }
            }
        };
        let total = DVec2::new(request.x, request.y);
        gesture.step(total, request, camera, surroundings, aspect);
        gesture.seq = request.seq;
        gesture.total = total;
        gesture.is_pivoted |= request.pivot.is_some();
        if self.known.len() == REMEMBERED {
            self.floor = self.floor.max(self.known.remove(0).seq);
        }
        self.known.push(gesture);
        true
    }
}

impl Gesture {
    fn step(
        &self,
        total: DVec2,
        request: &CameraCommandRequest,
        camera: &mut Camera,
        surroundings: &Surroundings,
        aspect: f64,
    ) {
        let moved = total - self.total;
        match self.command {
            CameraCommand::Orbit => self.orbit(total, request, camera, surroundings),
            CameraCommand::Look => {
                moves::look(camera, -PI * moved.x, self.pitch(total) - self.pitch(self.total), surroundings);
            }
            CameraCommand::Pan => moves::pan(camera, moved.x, moved.y),
            CameraCommand::Zoom => {
                let cursor = [request.cx.unwrap_or(0.5), request.cy.unwrap_or(0.5)];
                let factor = (self.zoom(total, surroundings) - self.zoom(self.total, surroundings)).exp();
                moves::zoom(camera, factor, cursor, aspect);
            }
            CameraCommand::Fly => {}
        }
    }

    /// Around the point of interest up to where the gesture's own point counts, around that from there on: where it ends
    /// is the same whichever commands arrived.
    fn orbit(
        &self,
        total: DVec2,
        request: &CameraCommandRequest,
        camera: &mut Camera,
        surroundings: &Surroundings,
    ) {
        let turn = |from: DVec2, to: DVec2| (-PI * (to.x - from.x), self.pitch(to) - self.pitch(from));
        let Some(pivot) = request.pivot.map(DVec3::from_array) else {
            let (yaw, pitch) = turn(self.total, total);
            return moves::orbit(camera, yaw, pitch, surroundings);
        };
        let mut from = self.total;
        if !self.is_pivoted {
            from = DVec2::from_array(request.pivot_from.unwrap_or_default());
            let (yaw, pitch) = turn(self.total, from);
            moves::orbit(camera, yaw, pitch, surroundings);
        } else if from == total {
            // The last command repeats what was done: it is no move of its own.
            return;
        }
        let (yaw, pitch) = turn(from, total);
        moves::orbit_around(camera, pivot, yaw, pitch, surroundings);
    }

    /// How far the view is raised in all, in radians, within the poles.
    fn pitch(&self, total: DVec2) -> f64 {
        let limit = moves::MAX_ELEVATION_DEG.to_radians();
        (self.start - PI * total.y).clamp(self.start.min(-limit), self.start.max(limit)) - self.start
    }

    /// Logarithm of the factor in all, within the range.
    fn zoom(&self, total: DVec2, surroundings: &Surroundings) -> f64 {
        let [low, high] = ZOOM_RANGE.map(|radii| (radii * surroundings.radius).ln());
        (self.start + total.y * ZOOM_PER_UNIT.ln()).clamp(self.start.min(low), self.start.max(high))
            - self.start
    }
}

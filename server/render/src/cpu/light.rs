//! The lights of a stage, reduced to what the shading kernel evaluates: beams and one sky.
//!
//! Area lights become points or small emitters at their centre (no shadows yet). A stage without a light that can be
//! evaluated gets the viewer's own: one beam over the camera's shoulder and a soft sky.

use std::sync::Arc;

use glam::{DMat3, DVec3, Vec3};
use telestage_scene::{Light, LightKind, UpAxis};

use super::camera::Camera;
use super::environment::Environment;
use super::geometry::Stage;
use super::math::mix;
use super::simd::{Float, Mask, three};
use super::sky::Sky;
use super::threads::Team;
use crate::style::Lighting;

/// Light on a white surface, over π, below which a stage is lit up and above which it is dimmed.
const DIMMEST: f32 = 0.35;
/// See [`DIMMEST`].
const BRIGHTEST: f32 = 1.6;
/// Beams that are evaluated; the strongest win.
pub const MAX_BEAMS: usize = 16;

/// From the first to the second roughness, what is mirrored fades from the dome's picture to its coarse sky: a lobe so
/// wide sees no more than that, and the sky costs no reading.
const BLURRED: [f32; 2] = [0.5, 0.75];

/// One direct light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beam {
    /// Where it is; for parallel rays the direction towards it. In stage space.
    pub position: DVec3,
    /// Rays are parallel.
    pub parallel: bool,
    /// Irradiance divided by π of a surface that faces it: as it is for parallel rays, at distance 1 otherwise.
    pub power: [f32; 3],
    /// Smallest squared distance that counts (the light's own size).
    pub size2: f32,
    /// Direction in which a flat light shines; zero if it shines everywhere.
    pub axis: Vec3,
}

/// All light of a stage.
#[derive(Clone, Debug, Default)]
pub struct Lights {
    /// Direct lights.
    pub beams: Vec<Beam>,
    /// Light from everywhere, for what is diffuse.
    pub sky: Sky,
    /// Light from everywhere but `environment`, for what mirrors.
    pub plain: Sky,
    /// A dome's picture.
    pub environment: Option<Arc<Environment>>,
    /// What all light of the stage was multiplied with, so that it can be looked at.
    pub exposure: f32,
    /// There is none on the stage: the viewer's own is used.
    pub viewer: bool,
    up: Vec3,
    /// Whose picture the environment is, before exposure.
    dome: Option<(Light, Sky)>,
}

impl Lights {
    /// The visible lights of `stage`.
    #[must_use]
    pub fn build(stage: &Stage, team: &mut Team) -> Self {
        Self::build_like(stage, None, team)
    }

    /// The visible lights of a stage that had these before: what is the same is kept, and so is the exposure, since a
    /// lamp that goes on makes a room brighter.
    #[must_use]
    pub fn change(&self, stage: &Stage, team: &mut Team) -> Self {
        Self::build_like(stage, Some(self), team)
    }

    fn build_like(stage: &Stage, last: Option<&Self>, team: &mut Team) -> Self {
        let scene = &stage.scene;
        let up = match scene.tables.stage.up_axis {
            UpAxis::Y => Vec3::Y,
            UpAxis::Z => Vec3::Z,
        };
        let mut lights = Self { up, exposure: 1.0, ..Self::default() };
        let mut any = false;
        let mut dome = None;
        for light in &scene.tables.lights {
            let lit = light.radiance.iter().all(|c| c.is_finite()) && light.radiance.iter().any(|c| *c > 0.0);
            if !light.visible || !lit || !light.world_from_local.is_finite() {
                continue;
            }
            if let LightKind::Dome { texture } = light.kind {
                let pyramid = texture.and_then(|t| stage.pyramids.get(t as usize)).filter(|p| p.levels > 0);
                match pyramid {
                    Some(pyramid) if dome.is_none() => dome = Some((pyramid, light)),
                    Some(_) | None => lights.plain.add(&Sky::constant(light.radiance)),
                }
                any = true;
            } else if let Some(beam) = beam(light) {
                lights.beams.push(beam);
                any = true;
            }
        }
        let strength = |b: &Beam| b.power.iter().sum::<f32>();
        lights.beams.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
        lights.beams.truncate(MAX_BEAMS);
        lights.viewer = !any;
        let kept = last.and_then(|last| last.dome.as_ref().zip(last.environment.as_ref()));
        if let Some((_, light)) = &dome
            && let Some(((known, sky), environment)) = kept
            && known == *light
        {
            lights.sky = *sky;
            lights.environment = Some(environment.clone());
            lights.dome = Some((known.clone(), *sky));
        } else if let Some((pyramid, light)) = dome {
            let turn = DMat3::from_mat4(light.world_from_local);
            let turn = DMat3::from_cols(
                turn.x_axis.normalize_or(DVec3::X),
                turn.y_axis.normalize_or(DVec3::Y),
                turn.z_axis.normalize_or(DVec3::Z),
            );
            let base = scene.arena.get(pyramid.base);
            let environment = Environment::build(pyramid, base, turn.as_mat3(), light.radiance, team);
            lights.sky = environment.sky;
            lights.dome = Some((light.clone(), environment.sky));
            lights.environment = Some(Arc::new(environment));
        }
        lights.sky.add(&lights.plain);
        match last.filter(|last| !last.viewer) {
            Some(last) => lights.exposure = last.exposure,
            None => lights.measure(scene.tables.bounds.map_or(DVec3::ZERO, |b| (b.min + b.max) * 0.5)),
        }
        lights.expose();
        lights
    }

    /// Finds the exposure that brings the light on something in the middle of the stage into the range of a display, if
    /// it is far off: stages are authored for very different exposures.
    fn measure(&mut self, middle: DVec3) {
        let peak = |rgb: [f32; 3]| rgb[0].max(rgb[1]).max(rgb[2]);
        let mean = self.sky.coefficients.map(|row| row[0]);
        let mut level = peak(mean);
        for beam in &self.beams {
            let distance2 = (beam.position - middle).length_squared().max(f64::from(beam.size2)).max(1e-12);
            let fall = if beam.parallel { 1.0 } else { (1.0 / distance2) as f32 };
            level += 0.7 * peak(beam.power) * fall;
        }
        if level.is_finite() && level > 1e-12 {
            self.exposure = level.clamp(DIMMEST, BRIGHTEST) / level;
        }
    }

    fn expose(&mut self) {
        let exposure = std::mem::replace(&mut self.exposure, 1.0);
        self.brighten(exposure);
    }

    /// Multiplies all light.
    fn brighten(&mut self, factor: f32) {
        for beam in &mut self.beams {
            beam.power = beam.power.map(|p| p * factor);
        }
        self.sky.scale(factor);
        self.plain.scale(factor);
        self.exposure *= factor;
    }

    /// The light of this camera's picture: the stage's, the viewer's own, or none; times `2^stops`.
    pub fn for_camera(&self, camera: &Camera, lighting: Lighting, stops: f32, out: &mut Self) {
        self.choose(camera, lighting, out);
        if stops != 0.0 {
            out.brighten(stops.exp2());
        }
    }

    fn choose(&self, camera: &Camera, lighting: Lighting, out: &mut Self) {
        out.beams.clear();
        out.viewer = self.viewer || lighting == Lighting::Viewer;
        out.up = self.up;
        if lighting == Lighting::Off {
            // The same from everywhere: a surface sends on what its colour leaves of it.
            out.sky = Sky::constant([1.0; 3]);
            out.plain = out.sky;
            out.environment = None;
            out.exposure = 1.0;
            return;
        }
        if !out.viewer {
            out.beams.extend_from_slice(&self.beams);
            out.sky = self.sky;
            out.plain = self.plain;
            out.environment.clone_from(&self.environment);
            out.exposure = self.exposure;
            return;
        }
        let [right, up, back] =
            [camera.world_from_view.x_axis, camera.world_from_view.y_axis, camera.world_from_view.z_axis];
        let over_shoulder = (back + up * 0.55 - right * 0.4).truncate().normalize();
        out.beams.push(Beam {
            position: over_shoulder,
            parallel: true,
            power: [0.78, 0.77, 0.75],
            size2: 0.0,
            axis: Vec3::ZERO,
        });
        out.sky = Sky::gradient([0.36, 0.37, 0.40], [0.14, 0.135, 0.13], self.up);
        out.plain = out.sky;
        out.environment = None;
        out.exposure = 1.0;
    }
}

impl Lights {
    /// Light that a surface of this roughness mirrors from around the direction `d`.
    #[inline(always)]
    pub fn mirrored<F: Float>(&self, d: [F; 3], roughness: F) -> [F; 3] {
        let Some(environment) = &self.environment else { return self.plain.radiance(d, roughness) };
        let (zero, one) = (F::splat(0.0), F::splat(1.0));
        let share = ((roughness - F::splat(BLURRED[0])) * F::splat(1.0 / (BLURRED[1] - BLURRED[0])))
            .max(zero)
            .min(one);
        let is_blurred = share.gt(zero);
        let coarse = if is_blurred.any() { self.sky.radiance(d, roughness) } else { [zero; 3] };
        if share.ge(one).bits() == 0xff {
            return coarse;
        }
        let plain = self.plain.radiance(d, roughness);
        let picture = environment.radiance(d, roughness);
        three!(i => {
            let sharp = picture[i].mul_add(F::splat(self.exposure), plain[i]);
            F::select(is_blurred, mix(sharp, coarse[i], share), sharp)
        })
    }
}

/// A light other than a dome, or `None` if it is of a kind that is not evaluated.
fn beam(light: &Light) -> Option<Beam> {
    use std::f64::consts::PI;
    let m = &light.world_from_local;
    let axis = -m.z_axis.truncate().normalize_or_zero();
    let center = m.w_axis.truncate();
    let [x, y, z] = [m.x_axis, m.y_axis, m.z_axis].map(|a| a.truncate().length());
    // Power over radiance, the surface that `normalize` divides by, and whether it shines one way only.
    let (factor, surface, normalize, flat) = match light.kind {
        LightKind::Distant { angle } => {
            let half = f64::from(angle).to_radians() * 0.5;
            // A sun without size gives its intensity as irradiance.
            let factor = if half > 0.0 { half.sin().powi(2) } else { 1.0 / PI };
            return finite(Beam {
                position: -axis,
                parallel: true,
                power: light.radiance.map(|c| (f64::from(c) * factor) as f32),
                size2: 0.0,
                axis: Vec3::ZERO,
            });
        }
        LightKind::Sphere { radius, normalize } => {
            let r2 = (f64::from(radius) * (x * y * z).cbrt()).powi(2);
            (r2, 4.0 * PI * r2, normalize, false)
        }
        LightKind::Disk { radius, normalize } => {
            let area = PI * f64::from(radius).powi(2) * x * y;
            (area / PI, area, normalize, true)
        }
        LightKind::Rect { size, normalize } => {
            let area = f64::from(size[0]) * x * f64::from(size[1]) * y;
            (area / PI, area, normalize, true)
        }
        LightKind::Cylinder { radius, length, normalize } => {
            let (r, l) = (f64::from(radius) * (y * z).sqrt(), f64::from(length) * x);
            (2.0 * r * l / PI, 2.0 * PI * r * l, normalize, false)
        }
        LightKind::Dome { .. } | LightKind::Other => return None,
    };
    let factor = if normalize && surface > 0.0 { factor / surface } else { factor };
    finite(Beam {
        position: center,
        parallel: false,
        power: light.radiance.map(|c| (f64::from(c) * factor) as f32),
        size2: (surface / (4.0 * PI)) as f32,
        axis: if flat { axis.as_vec3() } else { Vec3::ZERO },
    })
}

fn finite(beam: Beam) -> Option<Beam> {
    let numbers = beam.power.iter().all(|p| p.is_finite()) && beam.size2.is_finite() && beam.axis.is_finite();
    (numbers && beam.position.is_finite()).then_some(beam)
}

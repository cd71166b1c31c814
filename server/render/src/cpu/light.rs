//! The lights of a stage, reduced to what the shading kernel evaluates: beams and one sky.
//!
//! Area lights become points or small emitters at their centre (no shadows yet). A stage without a light that can be
//! evaluated gets the viewer's own: one beam over the camera's shoulder and a soft sky.

use glam::{DVec3, Vec3};
use telestage_scene::{Light, LightKind, Scene, UpAxis};

use super::camera::Camera;
use super::sky::Sky;

/// Beams that are evaluated; the strongest win.
pub const MAX_BEAMS: usize = 16;

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lights {
    /// Direct lights.
    pub beams: Vec<Beam>,
    /// Light from everywhere.
    pub sky: Sky,
    /// There is none on the stage: the viewer's own is used.
    pub viewer: bool,
    up: Vec3,
}

impl Lights {
    /// The visible lights of `scene`.
    #[must_use]
    pub fn build(scene: &Scene) -> Self {
        let up = match scene.tables.stage.up_axis {
            UpAxis::Y => Vec3::Y,
            UpAxis::Z => Vec3::Z,
        };
        let mut lights = Self { up, ..Self::default() };
        let mut any = false;
        for light in &scene.tables.lights {
            let lit = light.radiance.iter().all(|c| c.is_finite()) && light.radiance.iter().any(|c| *c > 0.0);
            if !light.visible || !lit || !light.world_from_local.is_finite() {
                continue;
            }
            if let LightKind::Dome { .. } = light.kind {
                lights.sky.add(&Sky::constant(light.radiance));
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
        lights
    }

    /// The light of this camera's picture: the stage's, or the viewer's own.
    pub fn for_camera(&self, camera: &Camera, out: &mut Self) {
        out.beams.clear();
        out.viewer = self.viewer;
        out.up = self.up;
        if !self.viewer {
            out.beams.extend_from_slice(&self.beams);
            out.sky = self.sky;
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

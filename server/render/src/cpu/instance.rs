//! What is in the picture: items that pass the frustum, each with its matrices for this camera.

use glam::{DMat4, Mat3, Vec3, Vec4};
use telestage_scene::Purpose;

use super::camera::Camera;
use super::cluster::Cluster;
use super::geometry::{Item, Stage};
use super::material::Pass;
use crate::style::Purposes;

/// Clusters that one worker takes at a time.
const BATCH: u32 = 16;

/// An item in this frame's picture.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Index into [`Stage::items`].
    pub item: u32,
    /// Index into [`Stage::meshes`].
    pub mesh: u32,
    /// How it meets what is behind it.
    pub pass: Pass,
    /// Rows: raster space from centred points.
    pub raster: [[f32; 4]; 4],
    /// Rows: stage space relative to the eye from centred points.
    pub place: [[f32; 4]; 3],
    /// Rows: stage space normals from local ones (not unit length).
    pub normal: [[f32; 3]; 3],
    /// Sign of the raster-space area of a triangle that faces the eye.
    pub facing: f32,
    /// Back faces are drawn.
    pub double_sided: bool,
    /// The eye among the centred points; in parallel projection the direction of view.
    eye: Vec3,
    /// The frustum among the centred points, pointing inwards; not needed if all is `inside`.
    planes: [Vec4; 6],
    /// All of it is inside the frustum.
    inside: bool,
    perspective: bool,
}

/// Clusters of an instance.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Index into the visible instances.
    pub slot: u32,
    /// First cluster of the mesh.
    pub first: u32,
    /// One past the last cluster.
    pub end: u32,
}

impl Instance {
    fn new(camera: &Camera, stage: &Stage, index: u32, item: &Item, inside: bool) -> Self {
        let raster = camera.raster_from_world * item.world_from_centered;
        let place = DMat4::from_translation(-camera.eye) * item.world_from_centered;
        let row = |m: &DMat4, i: usize| m.row(i).as_vec4().to_array();
        let linear = glam::DMat3::from_mat4(place);
        let mirrored = linear.determinant() < 0.0;
        let local_from_world = linear.inverse();
        let eye = if camera.perspective {
            local_from_world * -place.w_axis.truncate()
        } else {
            (local_from_world * -camera.world_from_view.z_axis.truncate()).normalize_or_zero()
        };
        // The inverse transpose up to a positive factor: cofactors with the determinant's sign.
        let [x, y, z] = [linear.x_axis, linear.y_axis, linear.z_axis];
        let scale = (x.length() * y.length() * z.length()).max(f64::MIN_POSITIVE).powf(-2.0 / 3.0);
        let sign = if mirrored { -scale } else { scale };
        let cofactors = glam::DMat3::from_cols(y.cross(z) * sign, z.cross(x) * sign, x.cross(y) * sign);
        let mut planes = [Vec4::ZERO; 6];
        if !inside {
            let local_from_world = item.world_from_centered.transpose();
            planes = camera.planes.map(|plane| {
                let plane = local_from_world * plane;
                (plane / plane.truncate().length().max(f64::MIN_POSITIVE)).as_vec4()
            });
        }
        let mesh = &stage.meshes[item.mesh as usize];
        // From within, or where the near plane may cut it open, a closed surface shows its back.
        let surrounds = (camera.eye - item.center).abs().cmple(item.extent + camera.clip[0] * 2.0).all();
        Self {
            item: index,
            mesh: item.mesh,
            pass: item.pass,
            raster: [0, 1, 2, 3].map(|i| row(&raster, i)),
            place: [0, 1, 2].map(|i| row(&place, i)),
            normal: Mat3::from_cols(
                cofactors.x_axis.as_vec3(),
                cofactors.y_axis.as_vec3(),
                cofactors.z_axis.as_vec3(),
            )
            .transpose()
            .to_cols_array_2d(),
            // Rows grow downwards, so a counter-clockwise triangle has negative area.
            facing: if mirrored { 1.0 } else { -1.0 },
            double_sided: mesh.double_sided || item.pass != Pass::Solid || surrounds,
            eye: eye.as_vec3(),
            planes,
            inside,
            perspective: camera.perspective,
        }
    }

    /// The same for a camera that differs only in its offset within a pixel; `item` is its own.
    #[must_use]
    pub fn again(&self, camera: &Camera, stage: &Stage, item: &Item) -> Self {
        Self::new(camera, stage, self.item, item, self.inside)
    }

    /// False if nothing of the cluster can be seen.
    #[inline]
    #[must_use]
    pub fn shows(&self, cluster: &Cluster) -> bool {
        let center = cluster.center;
        if !self.inside && self.planes.iter().any(|p| p.truncate().dot(center) + p.w < -cluster.radius) {
            return false;
        }
        if self.double_sided || cluster.cone_sine > 1.0 {
            return true;
        }
        if self.perspective {
            let from_eye = center - self.eye;
            from_eye.dot(cluster.cone_axis) < cluster.cone_sine * from_eye.length() + cluster.radius
        } else {
            self.eye.dot(cluster.cone_axis) < cluster.cone_sine
        }
    }
}

/// Whether surfaces of this purpose are there.
fn includes(purposes: Purposes, purpose: Purpose) -> bool {
    match purpose {
        Purpose::Default => true,
        Purpose::Render => purposes.render,
        Purpose::Proxy => purposes.proxy,
        Purpose::Guide => purposes.guide,
    }
}

/// Fills `instances` with what the camera may see and `batches` with their clusters.
pub fn gather(
    camera: &Camera,
    stage: &Stage,
    purposes: Purposes,
    instances: &mut Vec<Instance>,
    batches: &mut Vec<Batch>,
) {
    instances.clear();
    batches.clear();

    for (index, item) in
        (0u32..).zip(&stage.items).filter(|(_, item)| item.is_drawn && includes(purposes, item.purpose))
    {
        let mut inside = true;
        let seen = camera.planes.iter().all(|plane| {
            let normal = plane.truncate();
            let reach = normal.abs().dot(item.extent);
            let distance = normal.dot(item.center) + plane.w;
            inside &= distance >= reach;
            distance >= -reach
        });
        if !seen {
            continue;
        }
        let slot = instances.len() as u32;
        instances.push(Instance::new(camera, stage, index, item, inside));
        self::batches(slot, item, batches);
    }
}

/// Adds the clusters of an item.
pub fn batches(slot: u32, item: &Item, batches: &mut Vec<Batch>) {
    let mut first = item.clusters.start;
    while first < item.clusters.end {
        let end = item.clusters.end.min(first + BATCH);
        batches.push(Batch { slot, first, end });
        first = end;
    }
}

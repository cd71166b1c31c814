//! Where the selection would be seen if nothing lay in front of it: one bit for each pixel that a selected surface covers.
//!
//! The frame's own bins are gone, or another sample's, when the selection changes on a finished picture. So the selected
//! surfaces are binned once more, alone, for the camera that the picture's planes are of: it costs what the selection
//! costs to place, and no shading. A selection of more than [`MOVING`] clusters, or [`AT_REST`],
//! has no silhouette, and the line runs only where it is seen; nor has one that is everything in the picture, because
//! nothing else can hide it. Cut-out and blended surfaces are left out: their triangles are not their shapes.

use std::sync::{PoisonError, RwLock};

use super::bin::{Bins, TILE};
use super::camera::Camera;
use super::geometry::Stage;
use super::instance::{Batch, Instance, batches};
use super::material::Pass;
use super::outline::Rows;
use super::raster::{self, Sink};
use super::simd::{Float, Mask};

/// Clusters that are placed once more for each picture that moves: a quarter of a million triangles at most.
pub const MOVING: usize = 1024;
/// The same for a picture at rest, where it happens once.
pub const AT_REST: usize = 4096;

/// The selected surfaces of a picture, and their bins.
#[derive(Default)]
pub struct Silhouette {
    /// The selected instances, for the camera of the picture's first sample.
    pub instances: Vec<Instance>,
    /// Their clusters.
    pub batches: Vec<Batch>,
    /// For each worker, those of [`Silhouette::instances`].
    pub bins: Vec<RwLock<Bins>>,
}

impl Silhouette {
    /// Takes the selected ones of a picture's instances; false if there is nothing to find that is not seen anyway.
    /// `slots` says which are selected, `most` how many of their clusters are worth it.
    pub fn begin(
        &mut self,
        camera: &Camera,
        stage: &Stage,
        (instances, slots): (&[Instance], &[bool]),
        most: usize,
    ) -> bool {
        self.instances.clear();
        self.batches.clear();
        if slots.iter().all(|is_selected| *is_selected) {
            return false;
        }
        let mut clusters = 0;
        let selected = instances.iter().zip(slots).filter(|(_, is_selected)| **is_selected);
        for (instance, _) in selected.filter(|(instance, _)| instance.pass == Pass::Solid) {
            let Some(item) = stage.items.get(instance.item as usize) else { continue };
            clusters += item.clusters.len();
            if clusters > most {
                return false;
            }
            batches(self.instances.len() as u32, item, &mut self.batches);
            self.instances.push(instance.again(camera, stage, item));
        }
        clusters > 0
    }
}

/// Adds what the bins hold for a tile to its bits.
#[inline(always)]
pub fn cover<F: Float>(bins: &[RwLock<Bins>], index: usize, at: [u32; 2], rows: &mut Rows) {
    for bins in bins {
        let bins = bins.read().unwrap_or_else(PoisonError::into_inner);
        let layer = &bins.solid;
        for number in layer.lists.get(index).map_or(&[][..], Vec::as_slice) {
            if let Some(triangle) = layer.triangles.get(*number as usize) {
                raster::triangle::<F>(triangle, at, &mut Cover(rows));
            }
        }
        for fragment in layer.fragments.get(index).map_or(&[][..], Vec::as_slice) {
            let pixel = fragment.pixel as usize;
            rows[pixel / TILE % TILE] |= 1 << (pixel % TILE);
        }
    }
}

/// Keeps that something is there.
struct Cover<'a>(&'a mut Rows);

impl<F: Float> Sink<F> for Cover<'_> {
    #[inline(always)]
    fn cover(&mut self, pixel: usize, inside: F::Mask, _key: F, _id: (u32, u32)) {
        // Eight pixels of one row.
        self.0[pixel / TILE % TILE] |= u64::from(inside.bits()) << (pixel % TILE);
    }
}

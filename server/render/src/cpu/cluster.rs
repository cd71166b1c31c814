//! Clusters: runs of triangles small enough that their points fit the first cache and their numbers a byte.
//!
//! Built once for each geometry at load. Bounds and normal cones let whole clusters be skipped before a single point
//! is transformed. Order and number of triangles stay those of the scene; what cannot be drawn (an index out of range,
//! a point that is not finite) becomes a triangle without area, so nothing later needs to check again.

use glam::Vec3;

/// Most points of a cluster.
pub const MAX_POINTS: usize = 256;
/// Most triangles of a cluster.
pub const MAX_TRIANGLES: usize = 256;

/// A run of triangles. Bounds are relative to the mesh's centre.
#[derive(Clone, Copy, Debug)]
pub struct Cluster {
    /// First triangle, as the scene counts.
    pub first_triangle: u32,
    /// Number of triangles.
    pub triangles: u32,
    /// Where its points start in [`Clusters::points`].
    pub first_point: u32,
    /// Number of points.
    pub points: u32,
    /// Middle of the bounds.
    pub center: Vec3,
    /// Reach of the points from there.
    pub radius: f32,
    /// Where the triangles face on average.
    pub cone_axis: Vec3,
    /// Sine of the widest deviation from it; above 1 if the cone says nothing.
    pub cone_sine: f32,
}

/// All clusters of a geometry.
#[derive(Debug, Default)]
pub struct Clusters {
    /// In the order of their triangles.
    pub clusters: Vec<Cluster>,
    /// Point indices, for each cluster the ones it uses.
    pub points: Vec<u32>,
    /// For each triangle the numbers of its corners within its cluster's points.
    pub corners: Vec<[u8; 3]>,
}

impl Clusters {
    /// Cuts `triangles` into clusters; none crosses one of `cuts` (ascending triangle numbers).
    #[must_use]
    pub fn build(points: &[[f32; 3]], triangles: &[[u32; 3]], center: Vec3, cuts: &[u32]) -> Self {
        let mut built = Self { corners: Vec::with_capacity(triangles.len()), ..Self::default() };
        // For each point: the last cluster (plus 1) that used it, and its number there.
        let mut seen = vec![(0u32, 0u8); points.len()];
        let mut cuts = cuts.iter().map(|c| *c as usize).peekable();
        let mut first = 0;
        while first < triangles.len() {
            while cuts.next_if(|c| *c <= first).is_some() {}
            let end =
                cuts.peek().copied().unwrap_or(usize::MAX).min(first + MAX_TRIANGLES).min(triangles.len());
            first = built.push(points, &triangles[..end], first, center, &mut seen);
        }
        built
    }

    /// Adds the cluster that starts at triangle `first` and says where the next one starts.
    fn push(
        &mut self,
        points: &[[f32; 3]],
        triangles: &[[u32; 3]],
        first: usize,
        center: Vec3,
        seen: &mut [(u32, u8)],
    ) -> usize {
        let stamp = self.clusters.len() as u32 + 1;
        let first_point = self.points.len();
        let mut end = first;
        while let Some(triangle) = triangles.get(end) {
            let valid = triangle
                .iter()
                .all(|i| points.get(*i as usize).is_some_and(|p| p.iter().all(|c| c.is_finite())));
            if !valid {
                self.corners.push([0; 3]);
                end += 1;
                continue;
            }
            let fresh = triangle.iter().filter(|i| seen[**i as usize].0 != stamp).count();
            if self.points.len() - first_point + fresh > MAX_POINTS {
                break;
            }
            let corners = triangle.map(|i| {
                let slot = &mut seen[i as usize];
                if slot.0 != stamp {
                    *slot = (stamp, (self.points.len() - first_point) as u8);
                    self.points.push(i);
                }
                slot.1
            });
            self.corners.push(corners);
            end += 1;
        }
        let used = &self.points[first_point..];
        let place = |i: u32| Vec3::from(points[i as usize]) - center;
        let (low, high) = used.iter().fold((Vec3::MAX, Vec3::MIN), |(low, high), i| {
            let p = place(*i);
            (low.min(p), high.max(p))
        });
        let middle = if used.is_empty() { Vec3::ZERO } else { (low + high) * 0.5 };
        let radius = used.iter().fold(0.0f32, |r, i| r.max(place(*i).distance_squared(middle))).sqrt();
        let (cone_axis, cone_sine) = cone(points, used, &self.corners[first..end]);
        self.clusters.push(Cluster {
            first_triangle: first as u32,
            triangles: (end - first) as u32,
            first_point: first_point as u32,
            points: used.len() as u32,
            center: middle,
            radius: radius * 1.0001,
            cone_axis,
            cone_sine,
        });
        end
    }
}

/// The mean normal and the sine of the widest angle to it.
fn cone(points: &[[f32; 3]], used: &[u32], corners: &[[u8; 3]]) -> (Vec3, f32) {
    let normal = |corner: &[u8; 3]| {
        let [a, b, c] =
            corner.map(|k| used.get(usize::from(k)).map_or(Vec3::ZERO, |i| Vec3::from(points[*i as usize])));
        (b - a).cross(c - a).normalize_or_zero()
    };
    let mut normals = [Vec3::ZERO; MAX_TRIANGLES];
    for (place, corner) in normals.iter_mut().zip(corners) {
        *place = normal(corner);
    }
    let axis = normals.iter().sum::<Vec3>().normalize_or_zero();
    let narrowest =
        normals.iter().filter(|n| **n != Vec3::ZERO).fold(1.0f32, |least, n| least.min(n.dot(axis)));
    // A wide cone never lies wholly behind; slack covers the rounding of the normals.
    if axis == Vec3::ZERO || narrowest < 0.1 {
        return (Vec3::Z, 2.0);
    }
    (axis, (1.0 - narrowest * narrowest).max(0.0).sqrt() + 1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(count: u32) -> (Vec<[f32; 3]>, Vec<[u32; 3]>) {
        let points = (0..count + 2).map(|i| [i as f32 * 0.5, (i % 2) as f32, 0.0]).collect();
        let triangles =
            (0..count).map(|i| if i % 2 == 0 { [i, i + 2, i + 1] } else { [i, i + 1, i + 2] }).collect();
        (points, triangles)
    }

    #[test]
    fn clusters_cover_every_triangle_once_and_stay_small() {
        let (points, triangles) = strip(1000);
        let built = Clusters::build(&points, &triangles, Vec3::ZERO, &[100, 101]);
        let mut next = 0;
        for cluster in &built.clusters {
            assert_eq!(cluster.first_triangle, next);
            assert!(cluster.points as usize <= MAX_POINTS && cluster.triangles as usize <= MAX_TRIANGLES);
            for t in next..next + cluster.triangles {
                let own = built.corners[t as usize]
                    .map(|k| built.points[cluster.first_point as usize + usize::from(k)]);
                assert_eq!(own, triangles[t as usize]);
            }
            assert!(!(next < 100 && next + cluster.triangles > 100), "a cut is respected");
            next += cluster.triangles;
        }
        assert_eq!(next, 1000);
    }

    #[test]
    fn a_flat_cluster_faces_its_normal() {
        let (points, triangles) = strip(20);
        let built = Clusters::build(&points, &triangles, Vec3::ZERO, &[]);
        assert!(built.clusters[0].cone_axis.distance(Vec3::Z) < 1e-5 && built.clusters[0].cone_sine < 0.01);
    }

    #[test]
    fn what_cannot_be_drawn_loses_its_area() {
        let points = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, f32::NAN, 0.0]];
        let built = Clusters::build(&points, &[[0, 1, 2], [0, 1, 7]], Vec3::ZERO, &[]);
        assert_eq!(built.corners, [[0; 3]; 2]);
        assert!(built.clusters[0].radius.is_finite());
    }
}

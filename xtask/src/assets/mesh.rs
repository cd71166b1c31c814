//! Polygon meshes in memory: put together, moved, and given normals that are smooth up to a crease angle.

use super::vector::{Axis, V, add, cross, dot, length, scale, sub, turn, unit};

/// A corner of a face: its point and its texture coordinates.
#[derive(Clone, Copy, Debug)]
pub struct Corner {
    /// Index into [`Mesh::points`].
    pub point: usize,
    /// Texture coordinates.
    pub st: [f64; 2],
}

/// Faces counter-clockwise seen from outside.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// Positions in metres.
    pub points: Vec<V>,
    /// Polygons of three corners or more; they may be concave, but are flat.
    pub faces: Vec<Vec<Corner>>,
}

/// Faces that meet at a flatter angle are shaded as one smooth surface, in degrees.
const CREASE: f64 = 40.0;

impl Mesh {
    /// Moves all points.
    pub fn moved(self, by: V) -> Self {
        self.mapped(|p| add(p, by))
    }

    /// Turns all points about an axis through the origin.
    pub fn turned(self, axis: Axis, degrees: f64) -> Self {
        self.mapped(|p| turn(p, axis, degrees))
    }

    /// The points through `map`, which must not mirror.
    fn mapped(mut self, map: impl Fn(V) -> V) -> Self {
        for point in &mut self.points {
            *point = map(*point);
        }
        self
    }

    /// Both as one mesh.
    pub fn and(mut self, other: Self) -> Self {
        let first = self.points.len();
        self.points.extend(other.points);
        self.faces.extend(other.faces.into_iter().map(|face| {
            face.into_iter().map(|corner| Corner { point: corner.point + first, ..corner }).collect()
        }));
        self
    }

    /// Smallest and largest coordinates.
    pub fn extent(&self) -> [V; 2] {
        let mut extent = [[f64::MAX; 3], [f64::MIN; 3]];
        for point in &self.points {
            for axis in 0..3 {
                extent[0][axis] = extent[0][axis].min(point[axis]);
                extent[1][axis] = extent[1][axis].max(point[axis]);
            }
        }
        extent
    }

    /// One normal for each corner of each face, in order: the area-weighted mean of the faces around its point that
    /// meet the corner's own face below the crease angle. Large flat faces stay flat, bevels look round.
    pub fn normals(&self) -> Vec<V> {
        let areas: Vec<V> = self.faces.iter().map(|face| self.area(face)).collect();
        let mut around = vec![Vec::new(); self.points.len()];
        for (index, face) in self.faces.iter().enumerate() {
            for corner in face {
                around[corner.point].push(index);
            }
        }
        let limit = CREASE.to_radians().cos();
        let mut normals = Vec::new();
        for (face, own) in self.faces.iter().zip(&areas) {
            for corner in face {
                let near = around[corner.point].iter().map(|&other| areas[other]);
                let smooth = near.filter(|other| dot(unit(*other), unit(*own)) > limit);
                normals.push(unit(smooth.fold([0.0; 3], add)));
            }
        }
        normals
    }

    /// One normal for each point, if the whole mesh is smooth.
    pub fn point_normals(&self) -> Option<Vec<V>> {
        let mut of_point = vec![None; self.points.len()];
        for (corner, normal) in self.faces.iter().flatten().zip(self.normals()) {
            let known = *of_point[corner.point].get_or_insert(normal);
            if length(sub(known, normal)) > 1e-3 {
                return None;
            }
        }
        of_point.into_iter().collect()
    }

    /// The face's normal, as long as its area is large (Newell's method: right for concave faces too).
    fn area(&self, face: &[Corner]) -> V {
        let mut sum = [0.0; 3];
        let origin = self.points[face[0].point];
        for (at, corner) in face.iter().enumerate() {
            let next = face[(at + 1) % face.len()];
            let (a, b) = (sub(self.points[corner.point], origin), sub(self.points[next.point], origin));
            sum = add(sum, scale(cross(a, b), 0.5));
        }
        sum
    }

    /// Drops faces without area (a lathe's quads at its axis).
    pub fn without_slivers(mut self) -> Self {
        let keep: Vec<bool> = self.faces.iter().map(|face| length(self.area(face)) > 1e-12).collect();
        let mut keep = keep.iter();
        self.faces.retain(|_| *keep.next().unwrap_or(&true));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::shapes;

    #[test]
    fn closed_shapes_have_outward_faces() {
        let outline = shapes::link([0.0, 0.0], 0.2, [1.0, 0.3], 0.1, 8);
        for mesh in [
            shapes::rounded_box([1.0, 2.0, 3.0], 0.1, 2),
            shapes::lathe(&[[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]], 12),
            shapes::extrude(&outline, 0.4, 0.05),
        ] {
            // The divergence theorem: the sum of position · area is three times the volume, positive if faces look out.
            let volume: f64 =
                mesh.faces.iter().map(|face| dot(mesh.points[face[0].point], mesh.area(face)) / 3.0).sum();
            assert!(volume > 0.1, "{volume}");
        }
    }

    #[test]
    fn a_crease_keeps_its_edge_and_a_bevel_is_smooth() {
        let sharp = shapes::rounded_box([1.0; 3], 0.0, 0);
        for (normal, face) in sharp.normals().chunks(4).zip(&sharp.faces) {
            assert!(normal.iter().all(|n| dot(*n, unit(sharp.area(face))) > 0.999));
        }
        let round = shapes::lathe(&[[0.5, 0.0], [0.5, 1.0]], 24);
        let off_axis = round.normals().iter().map(|n| n[2].abs()).fold(0.0, f64::max);
        assert!(off_axis < 1e-9);
    }
}

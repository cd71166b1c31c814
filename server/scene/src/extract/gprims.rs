//! The gprims as triangles: cube, sphere, cylinder, cone, capsule, plane.
//!
//! Pure: parameters in, points and corners out, centred at the origin as UsdGeom says, counter-clockwise seen from
//! outside. Round shapes have smooth normals, edges are sharp (corners have their own normals and texture
//! coordinates, so points are not shared across seams).

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};

/// Steps around a round gprim.
const AROUND: usize = 32;
/// Steps from pole to pole of a sphere; half as many on each cap of a capsule.
const ALONG: usize = 16;

/// `axis` of a gprim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Axis {
    /// Along X.
    X,
    /// Along Y.
    Y,
    /// Along Z.
    Z,
}

impl Axis {
    /// From USD's token; `Z` (the fallback) for anything else.
    pub(super) fn from_token(token: &str) -> Self {
        match token {
            "X" => Self::X,
            "Y" => Self::Y,
            _ => Self::Z,
        }
    }

    /// Turns a shape built along Z; a rotation, so the winding stays.
    fn turn(self, v: Vec3) -> Vec3 {
        match self {
            Self::X => Vec3::new(v.z, v.x, v.y),
            Self::Y => Vec3::new(v.y, v.z, v.x),
            Self::Z => v,
        }
    }
}

/// A gprim's parameters in local units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Gprim {
    /// Edge length.
    Cube(f32),
    /// Radius.
    Sphere(f32),
    /// Radius, height, axis.
    Cylinder(f32, f32, Axis),
    /// Radius of the base, height, axis (the apex is on its positive side).
    Cone(f32, f32, Axis),
    /// Radius, height without the caps, axis.
    Capsule(f32, f32, Axis),
    /// Width, length, normal.
    Plane(f32, f32, Axis),
}

impl Gprim {
    /// All parameters are numbers.
    pub(super) fn is_finite(self) -> bool {
        match self {
            Self::Cube(a) | Self::Sphere(a) => a.is_finite(),
            Self::Cylinder(a, b, _) | Self::Cone(a, b, _) | Self::Capsule(a, b, _) | Self::Plane(a, b, _) => {
                a.is_finite() && b.is_finite()
            }
        }
    }
}

/// A shape whose every point has its own normal and texture coordinate.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) points: Vec<[f32; 3]>,
    pub(super) normals: Vec<[f32; 3]>,
    pub(super) uvs: Vec<[f32; 2]>,
    pub(super) triangles: Vec<[u32; 3]>,
}

impl Shape {
    fn point(&mut self, point: Vec3, normal: Vec3, uv: Vec2) -> u32 {
        self.points.push(point.into());
        self.normals.push(normal.normalize_or(Vec3::Z).into());
        self.uvs.push(uv.into());
        (self.points.len() - 1) as u32
    }

    /// A square sheet of `columns` x `rows` cells; `at(u, v)` gives point and normal. Cells without area are left
    /// out, so that poles have no slivers.
    fn sheet(&mut self, columns: usize, rows: usize, at: impl Fn(f32, f32) -> (Vec3, Vec3)) {
        let first = self.points.len() as u32;
        for row in 0..=rows {
            for column in 0..=columns {
                let (u, v) = (column as f32 / columns as f32, row as f32 / rows as f32);
                let (point, normal) = at(u, v);
                self.point(point, normal, Vec2::new(u, v));
            }
        }
        let index = |column: usize, row: usize| first + (row * (columns + 1) + column) as u32;
        for row in 0..rows {
            for column in 0..columns {
                let (a, b) = (index(column, row), index(column + 1, row));
                let (c, d) = (index(column + 1, row + 1), index(column, row + 1));
                for triangle in [[a, b, c], [a, c, d]] {
                    let [p, q, r] = triangle.map(|i| Vec3::from(self.points[i as usize]));
                    if (p - q).length_squared() > 0.0
                        && (q - r).length_squared() > 0.0
                        && (r - p).length_squared() > 0.0
                    {
                        self.triangles.push(triangle);
                    }
                }
            }
        }
    }

    /// A disk at `z`, facing up or down.
    fn disk(&mut self, radius: f32, z: f32, up: bool) {
        let normal = if up { Vec3::Z } else { Vec3::NEG_Z };
        let centre = self.point(Vec3::new(0.0, 0.0, z), normal, Vec2::splat(0.5));
        for i in 0..=AROUND {
            let (sin, cos) = (i as f32 / AROUND as f32 * TAU).sin_cos();
            let uv = Vec2::new(0.5 + 0.5 * cos, 0.5 + 0.5 * sin);
            self.point(Vec3::new(radius * cos, radius * sin, z), normal, uv);
        }
        for i in 1..=AROUND as u32 {
            let (a, b) = (centre + i, centre + i + 1);
            self.triangles.push(if up { [centre, a, b] } else { [centre, b, a] });
        }
    }

    /// A surface of revolution around Z from the bottom up; `profile(v)` gives radius, z and the normal's slope
    /// (outward, up).
    fn revolve(&mut self, rows: usize, profile: impl Fn(f32) -> (f32, f32, Vec2)) {
        self.sheet(AROUND, rows, |u, v| {
            // The seam must meet itself exactly.
            let (sin, cos) = if u >= 1.0 { (0.0, 1.0) } else { (u * TAU).sin_cos() };
            let (radius, z, slope) = profile(v);
            (Vec3::new(radius * cos, radius * sin, z), Vec3::new(slope.x * cos, slope.x * sin, slope.y))
        });
    }
}

/// Latitude `angle` from the south (-π/2) to the north pole: cosine and sine, exactly 0 at the poles.
fn latitude(angle: f32) -> (f32, f32) {
    if angle.abs() >= PI / 2.0 - 1e-6 { (0.0, angle.signum()) } else { (angle.cos(), angle.sin()) }
}

/// Builds the triangles of `gprim`.
pub(super) fn build(gprim: Gprim) -> Shape {
    let mut shape = Shape::default();
    let mut axis = Axis::Z;
    match gprim {
        Gprim::Cube(size) => {
            let half = size / 2.0;
            for (x, y) in [
                (Vec3::X, Vec3::Y),
                (Vec3::Y, Vec3::X),
                (Vec3::Y, Vec3::Z),
                (Vec3::Z, Vec3::Y),
                (Vec3::Z, Vec3::X),
                (Vec3::X, Vec3::Z),
            ] {
                let normal = x.cross(y);
                shape.sheet(1, 1, |u, v| {
                    ((x * (2.0 * u - 1.0) + y * (2.0 * v - 1.0) + normal) * half, normal)
                });
            }
        }
        Gprim::Sphere(radius) => shape.revolve(ALONG, |v| {
            let (cos, sin) = latitude((v - 0.5) * PI);
            (radius * cos, radius * sin, Vec2::new(cos, sin))
        }),
        Gprim::Cylinder(radius, height, along) => {
            axis = along;
            shape.revolve(1, |v| (radius, (v - 0.5) * height, Vec2::X));
            shape.disk(radius, height / 2.0, true);
            shape.disk(radius, -height / 2.0, false);
        }
        Gprim::Cone(radius, height, along) => {
            axis = along;
            let slope = Vec2::new(height, radius);
            shape.revolve(1, |v| (radius * (1.0 - v), (v - 0.5) * height, slope));
            shape.disk(radius, -height / 2.0, false);
        }
        Gprim::Capsule(radius, height, along) => {
            axis = along;
            // Half the rows for each cap and one between them.
            let rows = ALONG + 1;
            shape.revolve(rows, |v| {
                let row = (v * rows as f32).round() as usize;
                let (step, middle) = if row <= ALONG / 2 { (row, -0.5) } else { (row - 1, 0.5) };
                let (cos, sin) = latitude((step as f32 / ALONG as f32 - 0.5) * PI);
                (radius * cos, radius * sin + middle * height, Vec2::new(cos, sin))
            });
        }
        Gprim::Plane(width, length, along) => {
            // UsdGeomPlane: width along X and length along Y for axis Z; along Z and Y for X; along X and Z for Y.
            let (x, y, normal) = match along {
                Axis::X => (Vec3::Z, Vec3::Y, Vec3::X),
                Axis::Y => (Vec3::X, Vec3::Z, Vec3::Y),
                Axis::Z => (Vec3::X, Vec3::Y, Vec3::Z),
            };
            shape.sheet(1, 1, |u, v| (x * ((u - 0.5) * width) + y * ((v - 0.5) * length), normal));
            if x.cross(y).dot(normal) < 0.0 {
                shape.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
            }
        }
    }
    if axis != Axis::Z {
        for v in shape.points.iter_mut().chain(&mut shape.normals) {
            *v = axis.turn(Vec3::from(*v)).into();
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Gprim> {
        let mut all = vec![Gprim::Cube(2.0), Gprim::Sphere(1.5)];
        for axis in [Axis::X, Axis::Y, Axis::Z] {
            all.extend([
                Gprim::Cylinder(1.0, 3.0, axis),
                Gprim::Cone(1.0, 2.0, axis),
                Gprim::Capsule(0.5, 1.0, axis),
            ]);
        }
        all
    }

    fn bounds(shape: &Shape) -> (Vec3, Vec3) {
        shape
            .points
            .iter()
            .map(|&p| Vec3::from(p))
            .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| (low.min(p), high.max(p)))
    }

    #[test]
    fn every_triangle_faces_away_from_the_middle_as_its_normals_do() {
        for gprim in all() {
            let shape = build(gprim);
            for triangle in &shape.triangles {
                let [a, b, c] = triangle.map(|i| Vec3::from(shape.points[i as usize]));
                let face = (b - a).cross(c - a);
                assert!(face.length() > 0.0, "{gprim:?} has a triangle without area");
                assert!(face.dot(a + b + c) > 0.0, "{gprim:?} has a triangle inside out");
                for &i in triangle {
                    let normal = Vec3::from(shape.normals[i as usize]);
                    assert!((normal.length() - 1.0).abs() < 1e-5 && normal.dot(face) > 0.0, "{gprim:?}");
                }
            }
        }
    }

    #[test]
    fn every_shape_is_closed() {
        for gprim in all() {
            let shape = build(gprim);
            // The signed volume of a closed surface does not depend on the origin.
            let volume = |origin: Vec3| -> f32 {
                shape
                    .triangles
                    .iter()
                    .map(|t| {
                        let [a, b, c] = t.map(|i| Vec3::from(shape.points[i as usize]) - origin);
                        a.dot(b.cross(c)) / 6.0
                    })
                    .sum()
            };
            let (here, there) = (volume(Vec3::ZERO), volume(Vec3::new(10.0, -7.0, 3.0)));
            assert!(here > 0.0 && (here - there).abs() < 1e-2 * here.max(1.0), "{gprim:?}: {here} {there}");
        }
    }

    #[test]
    fn sizes_and_axes_are_usds() {
        let size = |gprim| {
            let (low, high) = bounds(&build(gprim));
            assert!((low + high).length() < 1e-5, "{gprim:?} is not centred");
            (high - low).round()
        };
        assert_eq!(size(Gprim::Cube(2.0)), Vec3::splat(2.0));
        assert_eq!(size(Gprim::Sphere(2.0)), Vec3::splat(4.0));
        assert_eq!(size(Gprim::Cylinder(1.0, 5.0, Axis::X)), Vec3::new(5.0, 2.0, 2.0));
        assert_eq!(size(Gprim::Cone(1.0, 5.0, Axis::Y)), Vec3::new(2.0, 5.0, 2.0));
        assert_eq!(size(Gprim::Capsule(1.0, 3.0, Axis::Z)), Vec3::new(2.0, 2.0, 5.0));
        assert_eq!(size(Gprim::Plane(4.0, 6.0, Axis::Z)), Vec3::new(4.0, 6.0, 0.0));
        assert_eq!(size(Gprim::Plane(4.0, 6.0, Axis::X)), Vec3::new(0.0, 6.0, 4.0));
        assert_eq!(size(Gprim::Plane(4.0, 6.0, Axis::Y)), Vec3::new(4.0, 0.0, 6.0));
    }

    #[test]
    fn a_cones_apex_is_on_the_positive_side_and_a_plane_faces_its_axis() {
        let cone = build(Gprim::Cone(1.0, 2.0, Axis::X));
        assert!(cone.points.iter().any(|p| Vec3::from(*p).distance(Vec3::X) < 1e-6));
        for (axis, normal) in [(Axis::X, Vec3::X), (Axis::Y, Vec3::Y), (Axis::Z, Vec3::Z)] {
            let plane = build(Gprim::Plane(1.0, 1.0, axis));
            let [a, b, c] = plane.triangles[0].map(|i| Vec3::from(plane.points[i as usize]));
            assert!((b - a).cross(c - a).normalize().distance(normal) < 1e-6, "{axis:?}");
        }
    }
}

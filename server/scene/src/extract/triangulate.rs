//! Polygons → triangles, concave ones too, remembering which face and which corners each triangle came from.
//!
//! Pure: numbers in, numbers out. Convex polygons become fans; the others lose their ears one by one
//! (Meisters, "Polygons have ears", 1975) in the plane of their Newell normal.

use glam::{DVec2, DVec3, Vec3};

/// Beyond this many corners a concave polygon is cut as if it were convex: ear clipping is quadratic.
const MAX_CLIPPED_CORNERS: usize = 20_000;

/// Triangles of a mesh, face by face.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Triangulation {
    /// Corner numbers (positions in `faceVertexIndices`), counter-clockwise seen from outside.
    pub(super) corners: Vec<[u32; 3]>,
    /// The face of each triangle.
    pub(super) faces: Vec<u32>,
}

/// Why a mesh has no triangles.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TopologyError {
    /// The counts do not add up to the number of indices.
    #[error("faceVertexCounts add up to {expected}, but there are {found} faceVertexIndices")]
    Counts {
        /// Sum of the counts.
        expected: u64,
        /// Number of indices.
        found: usize,
    },
    /// A count below zero.
    #[error("face {face} has the count {count}")]
    Negative {
        /// The face.
        face: usize,
        /// Its count.
        count: i32,
    },
    /// An index that names no point.
    #[error("face vertex index {index} is outside the {points} points")]
    Range {
        /// The index.
        index: i32,
        /// Number of points.
        points: usize,
    },
}

/// Checks that `counts` and `indices` describe faces over `points` points.
pub(super) fn check(counts: &[i32], indices: &[i32], points: usize) -> Result<(), TopologyError> {
    let mut expected = 0u64;
    for (face, &count) in counts.iter().enumerate() {
        expected += u64::try_from(count).map_err(|_| TopologyError::Negative { face, count })?;
    }
    if expected != indices.len() as u64 {
        return Err(TopologyError::Counts { expected, found: indices.len() });
    }
    match indices.iter().find(|&&index| usize::try_from(index).map_or(true, |i| i >= points)) {
        Some(&index) => Err(TopologyError::Range { index, points }),
        None => Ok(()),
    }
}

/// Triangulates checked faces. Faces in `holes` are left out; `flipped` turns the winding.
/// Faces with fewer than three corners have no triangles.
pub(super) fn triangulate(
    counts: &[i32],
    indices: &[i32],
    points: &[[f32; 3]],
    holes: &[i32],
    flipped: bool,
) -> Triangulation {
    let mut is_hole = vec![false; if holes.is_empty() { 0 } else { counts.len() }];
    for &hole in holes {
        if let Some(flag) = usize::try_from(hole).ok().and_then(|hole| is_hole.get_mut(hole)) {
            *flag = true;
        }
    }
    let mut out = Triangulation::default();
    let room = indices.len().saturating_sub(2 * counts.len());
    out.corners.reserve(room);
    out.faces.reserve(room);
    let mut polygon = Vec::new();
    let mut first = 0;
    for (face, &count) in counts.iter().enumerate() {
        let count = count as usize;
        if count >= 3 && !is_hole.get(face).copied().unwrap_or(false) {
            let mut push = |a: usize, b: usize, c: usize| {
                let [b, c] = if flipped { [c, b] } else { [b, c] };
                out.corners.push([(first + a) as u32, (first + b) as u32, (first + c) as u32]);
                out.faces.push(face as u32);
            };
            if count == 3 {
                push(0, 1, 2);
            } else {
                polygon.clear();
                polygon.extend(
                    indices[first..first + count]
                        .iter()
                        .map(|&index| Vec3::from(points[index as usize]).as_dvec3()),
                );
                cut(&polygon, &mut push);
            }
        }
        first += count;
    }
    out
}

/// Cuts one polygon of at least four corners.
fn cut(polygon: &[DVec3], push: &mut impl FnMut(usize, usize, usize)) {
    let flat = flatten(polygon);
    match flat {
        Some(flat) if !is_convex(&flat) && flat.len() <= MAX_CLIPPED_CORNERS => clip_ears(&flat, push),
        _ => (1..polygon.len() - 1).for_each(|i| push(0, i, i + 1)),
    }
}

/// The polygon in the plane of its Newell normal, counter-clockwise; `None` if it has no area.
fn flatten(polygon: &[DVec3]) -> Option<Vec<DVec2>> {
    let origin = polygon[0];
    let mut normal = DVec3::ZERO;
    for (i, &a) in polygon.iter().enumerate() {
        let b = polygon[(i + 1) % polygon.len()];
        normal += (a - origin).cross(b - origin);
    }
    let normal = normal.try_normalize()?;
    let (x, y) = normal.any_orthonormal_pair();
    let handed = x.cross(y).dot(normal);
    Some(
        polygon
            .iter()
            .map(|&p| DVec2::new((p - origin).dot(x), (p - origin).dot(y) * handed.signum()))
            .collect(),
    )
}

fn turn(a: DVec2, b: DVec2, c: DVec2) -> f64 {
    (b - a).perp_dot(c - b)
}

/// No corner turns right, and the polygon goes around once.
fn is_convex(polygon: &[DVec2]) -> bool {
    let n = polygon.len();
    let mut around = 0.0;
    for i in 0..n {
        let (a, b, c) = (polygon[i], polygon[(i + 1) % n], polygon[(i + 2) % n]);
        if turn(a, b, c) < 0.0 {
            return false;
        }
        around += (b - a).angle_to(c - b);
    }
    around < 1.5 * std::f64::consts::TAU
}

fn clip_ears(polygon: &[DVec2], push: &mut impl FnMut(usize, usize, usize)) {
    let mut left: Vec<usize> = (0..polygon.len()).collect();
    let mut at = 0;
    let mut since_last_ear = 0;
    while left.len() > 3 {
        let n = left.len();
        let (before, here, after) = (left[(at + n - 1) % n], left[at % n], left[(at + 1) % n]);
        // After a full round without an ear the polygon crosses itself: cut anyway, so that it ends.
        if since_last_ear >= n || is_ear(polygon, &left, before, here, after) {
            push(before, here, after);
            left.remove(at % n);
            at = if at % n == 0 { 0 } else { at % n - 1 };
            since_last_ear = 0;
        } else {
            at = (at + 1) % n;
            since_last_ear += 1;
        }
    }
    push(left[0], left[1], left[2]);
}

fn is_ear(polygon: &[DVec2], left: &[usize], before: usize, here: usize, after: usize) -> bool {
    let (a, b, c) = (polygon[before], polygon[here], polygon[after]);
    if turn(a, b, c) <= 0.0 {
        return false;
    }
    let inside = |p: DVec2| turn(a, b, p) >= 0.0 && turn(b, c, p) >= 0.0 && turn(c, a, p) >= 0.0;
    !left.iter().any(|&i| {
        let p = polygon[i];
        i != before && i != here && i != after && p != a && p != b && p != c && inside(p)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(points: &[[f32; 3]], triangulation: &Triangulation) -> (f64, f64) {
        let mut signed = 0.0;
        let mut absolute = 0.0;
        for corners in &triangulation.corners {
            let [a, b, c] = corners.map(|i| Vec3::from(points[i as usize]).as_dvec3());
            let z = (b - a).cross(c - a).z / 2.0;
            signed += z;
            absolute += z.abs();
        }
        (signed, absolute)
    }

    fn one_face(points: &[[f32; 3]], flipped: bool) -> Triangulation {
        let indices: Vec<i32> = (0..points.len() as i32).collect();
        triangulate(&[points.len() as i32], &indices, points, &[], flipped)
    }

    #[test]
    fn a_convex_polygon_is_a_fan() {
        let points = [[0., 0., 0.], [2., 0., 0.], [3., 1., 0.], [2., 2., 0.], [0., 2., 0.]];
        let t = one_face(&points, false);
        assert_eq!(t.corners, [[0, 1, 2], [0, 2, 3], [0, 3, 4]]);
        assert_eq!(t.faces, [0, 0, 0]);
    }

    #[test]
    fn a_concave_polygon_is_covered_once_and_not_beyond() {
        // An L: area 3 of a square of 4.
        let l = [[0., 0., 0.], [2., 0., 0.], [2., 1., 0.], [1., 1., 0.], [1., 2., 0.], [0., 2., 0.]];
        let t = one_face(&l, false);
        assert_eq!(t.corners.len(), 4);
        assert_eq!(area(&l, &t), (3.0, 3.0));
        // An arrowhead quad, its notch at the corner where a fan would start wrong.
        let arrow = [[0., 0., 0.], [2., -1., 0.], [0.5, 0., 0.], [2., 1., 0.]];
        let t = one_face(&[arrow[1], arrow[2], arrow[3], arrow[0]], false);
        let (signed, absolute) = area(&[arrow[1], arrow[2], arrow[3], arrow[0]], &t);
        assert_eq!((t.corners.len(), signed == absolute), (2, true));
    }

    #[test]
    fn a_star_is_covered_in_any_plane_and_either_winding() {
        let star: Vec<[f32; 3]> = (0..10)
            .map(|i| {
                let (angle, r) = (i as f32 * std::f32::consts::PI / 5.0, if i % 2 == 0 { 2.0 } else { 0.7 });
                [r * angle.cos(), r * angle.sin(), 0.0]
            })
            .collect();
        let t = one_face(&star, false);
        let (signed, absolute) = area(&star, &t);
        assert!(signed > 0.0 && (signed - absolute).abs() < 1e-6, "{signed} {absolute}");
        let (signed, _) = area(&star, &one_face(&star, true));
        assert!(signed < 0.0);
        let tilted: Vec<[f32; 3]> = star.iter().map(|p| [p[2], p[0], p[1]]).collect();
        assert_eq!(one_face(&tilted, false).corners.len(), 8);
    }

    #[test]
    fn left_handed_faces_are_turned() {
        let t = one_face(&[[0., 0., 0.], [1., 0., 0.], [0., 1., 0.]], true);
        assert_eq!(t.corners, [[0, 2, 1]]);
    }

    #[test]
    fn faces_of_fewer_than_three_corners_and_holes_are_left_out() {
        let points = [[0., 0., 0.], [1., 0., 0.], [0., 1., 0.]];
        let t = triangulate(&[2, 3, 3], &[0, 1, 0, 1, 2, 2, 1, 0], &points, &[1, 99, -1], false);
        assert_eq!(t.corners, [[5, 6, 7]]);
        assert_eq!(t.faces, [2]);
    }

    #[test]
    fn a_polygon_without_area_or_crossing_itself_still_ends() {
        assert_eq!(one_face(&[[1., 1., 1.]; 5], false).corners.len(), 3);
        let bow_tie = [[0., 0., 0.], [2., 2., 0.], [2., 0., 0.], [0., 2., 0.], [-1., 1., 0.]];
        assert_eq!(one_face(&bow_tie, false).corners.len(), 3);
        let not_finite = [[0., 0., 0.], [f32::NAN, 2., 0.], [2., 0., 0.], [0., 2., 0.]];
        assert_eq!(one_face(&not_finite, false).corners.len(), 2);
    }

    #[test]
    fn contradicting_topology_is_named() {
        assert_eq!(check(&[3], &[0, 1], 3), Err(TopologyError::Counts { expected: 3, found: 2 }));
        assert_eq!(check(&[-3], &[], 3), Err(TopologyError::Negative { face: 0, count: -3 }));
        assert_eq!(check(&[3], &[0, 1, 3], 3), Err(TopologyError::Range { index: 3, points: 3 }));
        assert_eq!(check(&[3], &[0, 1, -1], 3), Err(TopologyError::Range { index: -1, points: 3 }));
        assert_eq!(check(&[3], &[0, 1, 2], 3), Ok(()));
    }
}

//! The few ways in which the generated parts are made: turned, extruded, swept, or a box with round edges.
//! Edges are rounded everywhere, because nothing in a real workshop ends in a mathematical edge.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use super::mesh::{Corner, Mesh};
use super::vector::{V, add, cross, dot, scale, sub, unit};

/// A closed or open line in a plane.
pub type Line = Vec<[f64; 2]>;

/// Adds the quads between the rings `rings[i]` and `rings[i + 1]` (equally long, closed). `s` runs along a ring,
/// `t` from ring to ring; both are given for each point.
fn skin(mesh: &mut Mesh, rings: &[Vec<(V, [f64; 2])>]) {
    let first = mesh.points.len();
    let around = rings[0].len() - 1;
    for ring in rings {
        mesh.points.extend(ring[..around].iter().map(|(point, _)| *point));
    }
    for row in 0..rings.len() - 1 {
        for column in 0..around {
            let corner = |row: usize, column: usize| Corner {
                point: first + row * around + column % around,
                st: rings[row][column].1,
            };
            mesh.faces.push(vec![
                corner(row, column),
                corner(row, column + 1),
                corner(row + 1, column + 1),
                corner(row + 1, column),
            ]);
        }
    }
}

/// Turns `profile` (radius, height) about Z. A profile that climbs has its outside away from the axis.
pub fn lathe(profile: &[[f64; 2]], segments: usize) -> Mesh {
    let mut climbed = 0.0;
    let mut last = profile[0];
    let rings: Vec<Vec<_>> = profile
        .iter()
        .map(|&[radius, height]| {
            climbed += (radius - last[0]).hypot(height - last[1]);
            last = [radius, height];
            let widest = profile.iter().map(|p| p[0]).fold(0.0, f64::max);
            (0..=segments)
                .map(|at| {
                    let angle = TAU * at as f64 / segments as f64;
                    let st = [angle * widest, climbed];
                    ([radius * angle.cos(), radius * angle.sin(), height], st)
                })
                .collect()
        })
        .collect();
    let mut mesh = Mesh::default();
    skin(&mut mesh, &rings);
    merge_poles(mesh.without_slivers())
}

/// A lathe's points on the axis are one point each; quads there become triangles.
fn merge_poles(mut mesh: Mesh) -> Mesh {
    let mut merged: Vec<usize> = (0..mesh.points.len()).collect();
    for at in 1..mesh.points.len() {
        let on_axis = |p: V| p[0].hypot(p[1]) < 1e-9;
        if on_axis(mesh.points[at])
            && on_axis(mesh.points[at - 1])
            && mesh.points[at][2] == mesh.points[at - 1][2]
        {
            merged[at] = merged[at - 1];
        }
    }
    for face in &mut mesh.faces {
        for corner in &mut *face {
            corner.point = merged[corner.point];
        }
        let mut kept: Vec<Corner> = Vec::new();
        for corner in face.iter() {
            if kept.iter().all(|other| other.point != corner.point) {
                kept.push(*corner);
            }
        }
        *face = kept;
    }
    without_unused(mesh)
}

fn without_unused(mesh: Mesh) -> Mesh {
    let mut new_index = vec![None; mesh.points.len()];
    let mut points = Vec::new();
    let mut faces = mesh.faces;
    for corner in faces.iter_mut().flatten() {
        corner.point = *new_index[corner.point].get_or_insert_with(|| {
            points.push(mesh.points[corner.point]);
            points.len() - 1
        });
    }
    Mesh { points, faces }
}

/// A turned part with its sharp profile corners rounded by `radius`.
pub fn turned_part(profile: &[[f64; 2]], radius: f64, segments: usize) -> Mesh {
    lathe(&round_corners(profile, radius, false), segments)
}

/// Replaces corners by arcs, where the neighbours leave room for them. Two steps for each arc.
pub fn round_corners(line: &[[f64; 2]], radius: f64, is_closed: bool) -> Line {
    let count = line.len();
    let mut out = Vec::new();
    for (at, &here) in line.iter().enumerate() {
        if !is_closed && (at == 0 || at + 1 == count) {
            out.push(here);
            continue;
        }
        let (before, after) = (line[(at + count - 1) % count], line[(at + 1) % count]);
        let towards = |to: [f64; 2]| {
            let (dx, dy) = (to[0] - here[0], to[1] - here[1]);
            let distance = dx.hypot(dy);
            ([dx / distance, dy / distance], distance)
        };
        let ((a, a_room), (b, b_room)) = (towards(before), towards(after));
        let bend = PI - (a[0] * b[0] + a[1] * b[1]).clamp(-1.0, 1.0).acos();
        let cut = (radius * (bend / 2.0).tan()).min(0.45 * a_room).min(0.45 * b_room);
        // A quadratic curve through the corner: two steps of it look like the arc.
        for t in [0.0, 0.5, 1.0] {
            let (wa, wb) = (cut * (1.0_f64 - t).powi(2), cut * t * t);
            out.push([here[0] + a[0] * wa + b[0] * wb, here[1] + a[1] * wa + b[1] * wb]);
        }
    }
    out
}

/// The outline of a belt around two circles, counter-clockwise.
pub fn link(from: [f64; 2], from_radius: f64, to: [f64; 2], to_radius: f64, steps: usize) -> Line {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let heading = dy.atan2(dx);
    let spread = ((from_radius - to_radius) / dx.hypot(dy)).clamp(-1.0, 1.0).acos();
    let mut line = Vec::new();
    let mut arc = |centre: [f64; 2], radius: f64, start: f64, end: f64| {
        for step in 0..=steps {
            let angle = start + (end - start) * step as f64 / steps as f64;
            line.push([centre[0] + radius * angle.cos(), centre[1] + radius * angle.sin()]);
        }
    };
    arc(to, to_radius, heading - spread, heading + spread);
    arc(from, from_radius, heading + spread, heading + TAU - spread);
    line
}

/// Pushes a counter-clockwise outline inwards.
fn inset(outline: &[[f64; 2]], by: f64) -> Line {
    let count = outline.len();
    (0..count)
        .map(|at| {
            let (a, b, c) = (outline[(at + count - 1) % count], outline[at], outline[(at + 1) % count]);
            let normal = |p: [f64; 2], q: [f64; 2]| {
                let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
                let distance = dx.hypot(dy).max(1e-12);
                [-dy / distance, dx / distance]
            };
            let (n, m) = (normal(a, b), normal(b, c));
            let miter = 1.0 + n[0] * m[0] + n[1] * m[1];
            [b[0] + by * (n[0] + m[0]) / miter, b[1] + by * (n[1] + m[1]) / miter]
        })
        .collect()
}

/// Extrudes a counter-clockwise outline along Z, centred, with round edges of `bevel`. The caps are single polygons.
pub fn extrude(outline: &[[f64; 2]], depth: f64, bevel: f64) -> Mesh {
    let half = depth / 2.0;
    let steps: &[f64] = if bevel > 0.0 { &[0.0, 0.5, 1.0] } else { &[0.0] };
    let mut levels: Vec<(f64, f64)> = steps
        .iter()
        .map(|step| {
            (bevel * (1.0 - (step * FRAC_PI_2).cos()), half - bevel + bevel * (step * FRAC_PI_2).sin())
        })
        .collect();
    let mut lower: Vec<_> = levels.iter().rev().map(|(inset, height)| (*inset, -height)).collect();
    lower.append(&mut levels);
    let rings: Vec<Vec<_>> = lower
        .iter()
        .map(|&(by, height)| {
            let line = inset(outline, by);
            let mut along = 0.0;
            (0..=line.len())
                .map(|at| {
                    let here = line[at % line.len()];
                    if at > 0 {
                        let last = line[at - 1];
                        along += (here[0] - last[0]).hypot(here[1] - last[1]);
                    }
                    ([here[0], here[1], height], [along, height])
                })
                .collect()
        })
        .collect();
    let mut mesh = Mesh::default();
    skin(&mut mesh, &rings);
    let around = outline.len();
    let cap = |row: usize, mesh: &Mesh| -> Vec<Corner> {
        (row * around..(row + 1) * around)
            .map(|point| Corner { point, st: [mesh.points[point][0], mesh.points[point][1]] })
            .collect()
    };
    let top = cap(rings.len() - 1, &mesh);
    let mut bottom = cap(0, &mesh);
    bottom.reverse();
    mesh.faces.extend([top, bottom]);
    mesh
}

/// A box, centred, with round edges of `radius` in `steps` steps. Texture coordinates of each face run from 0 to 1;
/// [`sides`] gives each face its own part of a picture.
pub fn rounded_box(size: V, radius: f64, steps: usize) -> Mesh {
    let half = scale(size, 0.5);
    let mut mesh = Mesh::default();
    for (normal, right, up) in FACES {
        let grid = |axis: V| -> Vec<f64> {
            let half = dot(half, axis.map(f64::abs));
            let edge: Vec<f64> = (0..steps)
                .map(|step| {
                    half - radius + radius * (FRAC_PI_2 / 2.0 * (1.0 - step as f64 / steps as f64)).tan()
                })
                .collect();
            let mut line: Vec<f64> = edge.iter().map(|x| -x).collect();
            line.extend([-(half - radius), half - radius]);
            line.extend(edge.iter().rev());
            line.dedup();
            line
        };
        let (us, vs) = (grid(right), grid(up));
        let first = mesh.points.len();
        for v in &vs {
            for u in &us {
                let flat =
                    add(add(scale(right, *u), scale(up, *v)), scale(normal, dot(half, normal.map(f64::abs))));
                let core: V = std::array::from_fn(|i| flat[i].clamp(-(half[i] - radius), half[i] - radius));
                mesh.points.push(add(core, scale(unit(sub(flat, core)), radius)));
            }
        }
        let corner = |row: usize, column: usize| Corner {
            point: first + row * us.len() + column,
            st: [share(us[column], &us), share(vs[row], &vs)],
        };
        for row in 0..vs.len() - 1 {
            for column in 0..us.len() - 1 {
                mesh.faces.push(vec![
                    corner(row, column),
                    corner(row, column + 1),
                    corner(row + 1, column + 1),
                    corner(row + 1, column),
                ]);
            }
        }
    }
    welded(mesh)
}

/// The faces of a box: outward normal, then the directions in which its picture runs right and up.
const FACES: [(V, V, V); 6] = [
    ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]),
    ([-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]),
    ([0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]),
    ([0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]),
    ([0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
    ([0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]),
];

fn share(x: f64, line: &[f64]) -> f64 {
    let (first, last) = (line[0], line[line.len() - 1]);
    (x - first) / (last - first)
}

/// Moves the texture coordinates of a box's faces into rectangles `[left, bottom, right, top]` of a picture: first the
/// four upright faces, second top and bottom.
pub fn sides(mut mesh: Mesh, upright: [f64; 4], lids: [f64; 4]) -> Mesh {
    let each = mesh.faces.len() / FACES.len();
    for (at, face) in mesh.faces.iter_mut().enumerate() {
        let [left, bottom, right, top] = if at / each < 4 { upright } else { lids };
        for corner in face {
            corner.st = [left + corner.st[0] * (right - left), bottom + corner.st[1] * (top - bottom)];
        }
    }
    mesh
}

/// Scales the texture coordinates.
pub fn tiled(mut mesh: Mesh, times: [f64; 2]) -> Mesh {
    for corner in mesh.faces.iter_mut().flatten() {
        corner.st = [corner.st[0] * times[0], corner.st[1] * times[1]];
    }
    mesh
}

/// One point wherever several lie at the same place (to a hundredth of a millimetre).
fn welded(mesh: Mesh) -> Mesh {
    let mut seen = std::collections::HashMap::new();
    let mut faces = mesh.faces;
    for corner in faces.iter_mut().flatten() {
        let key = mesh.points[corner.point].map(|x| (x * 1e5).round() as i64);
        corner.point = *seen.entry(key).or_insert(corner.point);
    }
    without_unused(Mesh { points: mesh.points, faces }).without_slivers()
}

/// A hose of constant radius along `path`, open at its ends.
pub fn hose(path: &[V], radius: f64, segments: usize) -> Mesh {
    let tangent = |at: usize| unit(sub(path[(at + 1).min(path.len() - 1)], path[at.saturating_sub(1)]));
    let first = tangent(0);
    let mut side = if first[2].abs() < 0.9 { unit(cross([0.0, 0.0, 1.0], first)) } else { [1.0, 0.0, 0.0] };
    let mut along = 0.0;
    let rings: Vec<Vec<_>> = (0..path.len())
        .map(|at| {
            // Carrying the side along without twisting keeps the quads straight.
            let ahead = tangent(at);
            side = unit(sub(side, scale(ahead, dot(side, ahead))));
            let other = cross(ahead, side);
            if at > 0 {
                along += dot(sub(path[at], path[at - 1]), ahead);
            }
            (0..=segments)
                .map(|step| {
                    let angle = TAU * step as f64 / segments as f64;
                    let out = add(scale(side, angle.cos()), scale(other, angle.sin()));
                    (add(path[at], scale(out, radius)), [angle * radius, along])
                })
                .collect()
        })
        .collect();
    let mut mesh = Mesh::default();
    skin(&mut mesh, &rings);
    mesh
}

/// A smooth line through `points` (Catmull-Rom), `steps` pieces between two of them.
pub fn smooth(points: &[V], steps: usize) -> Vec<V> {
    let at = |index: isize| points[index.clamp(0, points.len() as isize - 1) as usize];
    let mut line = Vec::new();
    for piece in 0..points.len() as isize - 1 {
        let (a, b, c, d) = (at(piece - 1), at(piece), at(piece + 1), at(piece + 2));
        for step in 0..steps {
            let t = step as f64 / steps as f64;
            line.push(std::array::from_fn(|i| {
                0.5 * (2.0 * b[i]
                    + (c[i] - a[i]) * t
                    + (2.0 * a[i] - 5.0 * b[i] + 4.0 * c[i] - d[i]) * t * t
                    + (3.0 * (b[i] - c[i]) + d[i] - a[i]) * t * t * t)
            }));
        }
    }
    line.push(points[points.len() - 1]);
    line
}

/// A rectangle in the XY plane at height `z`, facing up; its picture repeats `tiles` times.
pub fn plate(corner: [f64; 2], size: [f64; 2], z: f64, tiles: [f64; 2]) -> Mesh {
    let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
    Mesh {
        points: corners.iter().map(|[u, v]| [corner[0] + u * size[0], corner[1] + v * size[1], z]).collect(),
        faces: vec![
            (0..4)
                .map(|point| Corner {
                    point,
                    st: [corners[point][0] * tiles[0], corners[point][1] * tiles[1]],
                })
                .collect(),
        ],
    }
}

//! Normals where the stage has none.
//!
//! Pure: numbers in, numbers out. Subdivision surfaces are shown as their control cage, so their limit surface's
//! smoothness is imitated by averaging face normals at points, weighted by area.

use glam::Vec3;

/// One unit normal for each point: the sum of its triangles' areas, or +Y for a point without any.
pub(super) fn smooth(points: &[[f32; 3]], triangles: &[[u32; 3]]) -> Vec<[f32; 3]> {
    let mut sums = vec![Vec3::ZERO; points.len()];
    for triangle in triangles {
        let [a, b, c] = triangle.map(|i| Vec3::from(points[i as usize]));
        let area = (b - a).cross(c - a);
        // A huge triangle must not drown the sum in infinity.
        if area.is_finite() {
            for &i in triangle {
                sums[i as usize] += area;
            }
        }
    }
    sums.into_iter().map(|sum| sum.try_normalize().unwrap_or(Vec3::Y).into()).collect()
}

/// Makes authored normals unit length; those without a direction become +Y.
pub(super) fn normalize(normals: &mut [[f32; 3]]) {
    for normal in normals {
        *normal = Vec3::from(*normal).try_normalize().unwrap_or(Vec3::Y).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_mesh_gets_its_plane_and_a_fold_the_middle() {
        let points = [[0., 0., 0.], [1., 0., 0.], [0., 1., 0.], [1., 0., 1.], [9., 9., 9.]];
        let flat = smooth(&points, &[[0, 1, 2]]);
        assert_eq!(flat[0], [0., 0., 1.]);
        assert_eq!(flat[4], [0., 1., 0.], "a point without triangles still has a direction");
        // A floor and a wall of equal area share the edge 0-1... their common points lean halfway.
        let folded =
            smooth(&[[0., 0., 0.], [1., 0., 0.], [0., 1., 0.], [0., 0., 1.]], &[[0, 1, 2], [1, 0, 3]]);
        let half = 0.5f32.sqrt();
        assert!(Vec3::from(folded[0]).distance(Vec3::new(0., half, half)) < 1e-6, "{folded:?}");
    }

    #[test]
    fn large_triangles_weigh_more() {
        let points = [[0., 0., 0.], [10., 0., 0.], [0., 10., 0.], [0., 0., 1.], [0.0, 1.0, 0.0]];
        let normals = smooth(&points, &[[0, 1, 2], [0, 4, 3]]);
        assert!(normals[0][2] > 0.99, "{normals:?}");
    }

    #[test]
    fn authored_normals_become_unit_length_and_never_nan() {
        let mut normals = [[0., 0., 5.], [0., 0., 0.], [f32::NAN, 0., 0.]];
        normalize(&mut normals);
        assert_eq!(normals, [[0., 0., 1.], [0., 1., 0.], [0., 1., 0.]]);
    }
}

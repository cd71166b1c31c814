//! Boxes: of points, of draws, of prims with everything below them.

use glam::{DMat4, DVec3, Vec3};

use crate::tables::{Bounds, Purpose, Tables};

impl Bounds {
    /// The box of some points; `None` without any. Points that are not finite do not count.
    #[must_use]
    pub fn of_points(points: &[[f32; 3]]) -> Option<Self> {
        let (mut min, mut max) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for &point in points {
            let point = Vec3::from(point);
            if point.is_finite() {
                min = min.min(point);
                max = max.max(point);
            }
        }
        (min.x <= max.x).then(|| Self { min: min.as_dvec3(), max: max.as_dvec3() })
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    /// The box around this box's corners after `matrix` (affine).
    #[must_use]
    pub fn transformed(self, matrix: &DMat4) -> Self {
        let centre = matrix.transform_point3((self.min + self.max) / 2.0);
        let half = (self.max - self.min) / 2.0;
        let reach = matrix.x_axis.truncate().abs() * half.x
            + matrix.y_axis.truncate().abs() * half.y
            + matrix.z_axis.truncate().abs() * half.z;
        Self { min: centre - reach, max: centre + reach }
    }

    /// Corners and distances are numbers.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        (self.max - self.min).is_finite()
    }
}

/// Adds `more` to a box that may not be there yet.
pub(super) fn grow(bounds: &mut Option<Bounds>, more: Bounds) {
    *bounds = Some(bounds.map_or(more, |bounds| bounds.union(more)));
}

/// Fills in the bounds of prims and of the stage from the draws.
///
/// What is visible for purpose default or render decides; a prim that shows none of that gets the box of whatever
/// else it would draw, so that something hidden can still be looked for.
pub(super) fn measure(tables: &mut Tables) {
    let mut hidden: Vec<Option<Bounds>> = vec![None; tables.prims.len()];
    tables.bounds = None;
    let states = &mut tables.states;
    states.iter_mut().for_each(|state| state.bounds = None);
    for draw in &tables.draws {
        let local = tables.geometries.get(draw.geometry as usize).and_then(|geometry| geometry.bounds);
        let (Some(local), Some(prim)) = (local, states.get_mut(draw.prim as usize)) else { continue };
        let world = local.transformed(&draw.world_from_local);
        let shown = draw.visible
            && match draw.purpose {
                Purpose::Default | Purpose::Render => true,
                Purpose::Proxy | Purpose::Guide => false,
            };
        if shown {
            grow(&mut tables.bounds, world);
            grow(&mut prim.bounds, world);
        } else {
            grow(&mut hidden[draw.prim as usize], world);
        }
    }
    // Children come after their parents.
    for row in (0..tables.prims.len()).rev() {
        let Some(parent) = tables.prims[row].parent.map(|parent| parent as usize) else { continue };
        if let Some(bounds) = states[row].bounds {
            grow(&mut states[parent].bounds, bounds);
        }
        if let Some(bounds) = hidden[row] {
            grow(&mut hidden[parent], bounds);
        }
    }
    for (state, hidden) in states.iter_mut().zip(hidden) {
        state.bounds = state.bounds.or(hidden);
    }
}

/// True for a matrix of numbers that leaves a volume a volume or flattens it: anything but NaN and infinity.
pub(super) fn is_drawable(matrix: &DMat4) -> bool {
    const FAR: DVec3 = DVec3::splat(1e30);
    matrix.is_finite() && matrix.w_axis.truncate().abs().cmplt(FAR).all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::tables::{Draw, Geometry, Prim, PrimState};

    #[test]
    fn points_that_are_not_finite_do_not_count() {
        let bounds = Bounds::of_points(&[[0., 1., 2.], [f32::NAN, 9., 9.], [-1., 0., 3.]]).unwrap();
        assert_eq!(bounds, Bounds { min: DVec3::new(-1., 0., 2.), max: DVec3::new(0., 1., 3.) });
        assert_eq!(Bounds::of_points(&[[f32::INFINITY; 3]]), None);
    }

    #[test]
    fn a_turned_box_encloses_its_corners() {
        let unit = Bounds { min: DVec3::ZERO, max: DVec3::new(2., 1., 1.) };
        let quarter = DMat4::from_rotation_z(std::f64::consts::FRAC_PI_2);
        let turned = unit.transformed(&quarter);
        assert!(turned.min.distance(DVec3::new(-1., 0., 0.)) < 1e-9, "{turned:?}");
        assert!(turned.max.distance(DVec3::new(0., 2., 1.)) < 1e-9, "{turned:?}");
    }

    #[test]
    fn a_parent_has_its_childrens_box_and_what_is_hidden_counts_only_alone() {
        let unit = Bounds { min: DVec3::ZERO, max: DVec3::ONE };
        let draw = |prim, x, visible| Draw {
            geometry: 0,
            first_triangle: 0,
            triangle_count: 1,
            material: 0,
            prim,
            instance_index: None,
            world_from_local: DMat4::from_translation(DVec3::new(x, 0., 0.)),
            purpose: Purpose::Default,
            visible,
        };
        let mut tables = Tables {
            prims: Arc::new(vec![
                Prim::default(),
                Prim { parent: Some(0), ..Prim::default() },
                Prim { parent: Some(0), ..Prim::default() },
            ]),
            states: vec![PrimState::default(); 3],
            geometries: vec![Geometry { bounds: Some(unit), ..Geometry::default() }],
            draws: vec![draw(1, 4., true), draw(2, 9., false)],
            ..Tables::default()
        };
        measure(&mut tables);
        let at = |x: f64| Some(Bounds { min: DVec3::new(x, 0., 0.), max: DVec3::new(x + 1., 1., 1.) });
        assert_eq!(tables.bounds, at(4.));
        assert_eq!(tables.states[0].bounds, at(4.));
        assert_eq!(tables.states[2].bounds, at(9.));
    }
}

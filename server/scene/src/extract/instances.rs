//! UsdGeomPointInstancer: where each instance of which prototype is.
//!
//! Reads the arrays and answers with matrices; expanding prototypes into draws is the walk's business.

use std::collections::HashSet;
use std::rc::Rc;

use glam::{DMat4, DQuat, DVec3};
use openusd::sdf::{Path, Value};
use openusd::usd::Prim;

use super::diagnostics::Diagnoses;
use super::read::{self, Reader};
use crate::tables::DiagnosticCode;

/// An instancer's arrays.
#[derive(Clone, Debug, Default)]
pub(super) struct Instances {
    /// Targets of `prototypes`.
    pub(super) prototypes: Vec<Path>,
    /// Length of `protoIndices`.
    pub(super) index_count: Option<u64>,
    /// Unmasked instances: index within the instancer, number of the prototype, matrix without the prototype's own
    /// ops. `None` where the arrays contradict each other.
    pub(super) rows: Option<Rc<[Instance]>>,
}

/// One instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Instance {
    /// Position in the arrays.
    pub(super) index: u32,
    /// Position in `prototypes`.
    pub(super) prototype: u32,
    /// Scale, then rotation, then translation.
    pub(super) matrix: DMat4,
}

/// Reads an instancer.
pub(super) fn read(reader: &Reader<'_>, prim: &Prim, diagnoses: &mut Diagnoses) -> Instances {
    let prototypes = reader.targets(prim, "prototypes");
    let indices = reader.ints(prim, "protoIndices");
    let arrays = Arrays {
        positions: reader.value(prim, "positions").and_then(read::dvec3s),
        // `orientationsf` wins where it has values (UsdGeomPointInstancer).
        orientations: reader
            .value(prim, "orientationsf")
            .and_then(read::quats)
            .filter(|o| !o.is_empty())
            .or_else(|| reader.value(prim, "orientations").and_then(read::quats)),
        scales: reader.value(prim, "scales").and_then(read::dvec3s),
        ids: reader.value(prim, "ids").and_then(read::int64s),
        hidden: hidden_ids(reader, prim),
    };
    let index_count = indices.as_ref().map(|indices| indices.len() as u64);
    let rows = match arrays.place(indices.as_deref().unwrap_or_default(), prototypes.len()) {
        Ok(rows) => Some(rows.into()),
        Err(message) => {
            let message = format!("nothing of the point instancer is drawn: {message}");
            diagnoses.prim(DiagnosticCode::InvalidData, prim.path().as_str(), message);
            None
        }
    };
    Instances { prototypes, index_count, rows }
}

/// `invisibleIds` at this time and the ids that `inactiveIds` deactivates for all times.
fn hidden_ids(reader: &Reader<'_>, prim: &Prim) -> HashSet<i64> {
    let mut hidden: HashSet<i64> =
        reader.value(prim, "invisibleIds").and_then(read::int64s).unwrap_or_default().into_iter().collect();
    match prim.get_metadata::<Value>("inactiveIds") {
        Ok(Some(Value::Int64ListOp(op))) => hidden.extend(op.flatten()),
        Ok(Some(value)) => hidden.extend(read::int64s(value).unwrap_or_default()),
        Ok(None) | Err(_) => {}
    }
    hidden
}

/// The arrays of an instancer.
#[derive(Default)]
struct Arrays {
    positions: Option<Vec<DVec3>>,
    orientations: Option<Vec<DQuat>>,
    scales: Option<Vec<DVec3>>,
    ids: Option<Vec<i64>>,
    hidden: HashSet<i64>,
}

impl Arrays {
    fn place(&self, indices: &[i32], prototypes: usize) -> Result<Vec<Instance>, String> {
        let count = indices.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let positions = self.positions.as_deref().ok_or("it has no positions")?;
        let fits = |name: &str, len: usize| {
            let message = || format!("there are {count} protoIndices and {len} {name}");
            if len == count { Ok(()) } else { Err(message()) }
        };
        fits("positions", positions.len())?;
        let orientations = self.orientations.as_deref().filter(|o| !o.is_empty());
        let scales = self.scales.as_deref().filter(|s| !s.is_empty());
        fits("orientations", orientations.map_or(count, <[_]>::len))?;
        fits("scales", scales.map_or(count, <[_]>::len))?;
        let ids = self.ids.as_deref().filter(|ids| ids.len() == count);
        let mut rows = Vec::with_capacity(count);
        for (i, &prototype) in indices.iter().enumerate() {
            let prototype = u32::try_from(prototype)
                .ok()
                .filter(|&prototype| (prototype as usize) < prototypes)
                .ok_or_else(|| format!("index {prototype} is outside its {prototypes} prototypes"))?;
            if self.hidden.contains(&ids.map_or(i as i64, |ids| ids[i])) {
                continue;
            }
            let matrix = DMat4::from_scale_rotation_translation(
                scales.map_or(DVec3::ONE, |scales| scales[i]),
                orientations.map_or(DQuat::IDENTITY, |orientations| orientations[i]),
                positions[i],
            );
            rows.push(Instance { index: i as u32, prototype, matrix });
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrays() -> Arrays {
        Arrays { positions: Some(vec![DVec3::X, DVec3::Y, DVec3::Z]), ..Arrays::default() }
    }

    #[test]
    fn an_instance_is_scaled_then_turned_then_moved() {
        let arrays = Arrays {
            orientations: Some(vec![DQuat::from_rotation_z(std::f64::consts::FRAC_PI_2); 3]),
            scales: Some(vec![DVec3::splat(2.0); 3]),
            ..arrays()
        };
        let rows = arrays.place(&[0, 0, 0], 1).unwrap();
        let moved = rows[0].matrix.transform_point3(DVec3::X);
        assert!(moved.distance(DVec3::new(1.0, 2.0, 0.0)) < 1e-12, "{moved}");
    }

    #[test]
    fn hidden_ids_are_masked_by_id_or_by_position() {
        let hidden = HashSet::from([1, 70]);
        let by_position = Arrays { hidden: hidden.clone(), ..arrays() };
        let indices = |rows: Vec<Instance>| rows.iter().map(|row| row.index).collect::<Vec<_>>();
        assert_eq!(indices(by_position.place(&[0, 1, 0], 2).unwrap()), [0, 2]);
        let by_id = Arrays { hidden, ids: Some(vec![5, 60, 70]), ..arrays() };
        assert_eq!(indices(by_id.place(&[0, 1, 0], 2).unwrap()), [0, 1]);
    }

    #[test]
    fn arrays_that_contradict_each_other_are_refused_with_the_numbers() {
        let error = arrays().place(&[0, 0], 1).unwrap_err();
        assert_eq!(error, "there are 2 protoIndices and 3 positions");
        let error = arrays().place(&[0, 5, 0], 2).unwrap_err();
        assert_eq!(error, "index 5 is outside its 2 prototypes");
        let short = Arrays { scales: Some(vec![DVec3::ONE]), ..arrays() };
        assert_eq!(short.place(&[0; 3], 1).unwrap_err(), "there are 3 protoIndices and 1 scales");
        assert_eq!(Arrays::default().place(&[], 0).unwrap(), []);
    }
}

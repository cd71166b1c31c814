//! Primvars: which apply to a prim, and their values laid over its triangles.
//!
//! Inheritance follows `UsdGeomPrimvarsAPI::FindPrimvarsWithInheritance`: a prim has all its own primvars and the
//! constant ones of its ancestors. Interpolations and indices are resolved here, so that nobody after extraction
//! needs to know them.

use std::rc::Rc;

use openusd::sdf::Value;
use openusd::tf::Token;
use openusd::usd::{Attribute, Prim};

use super::read::{self, Reader};
use super::triangulate::Triangulation;
use crate::tables::Domain;

/// A primvar that applies to a prim.
#[derive(Clone)]
pub(super) struct Primvar {
    /// Without the namespace.
    pub(super) name: Rc<str>,
    /// As authored; `constant` without a word.
    pub(super) interpolation: Rc<str>,
    /// The attribute, perhaps an ancestor's.
    pub(super) attribute: Attribute,
    /// It has indices.
    pub(super) indexed: bool,
    /// Two primvars with the same identity have the same value: the value itself if it is short and the same
    /// everywhere on the prim, else the attribute's path within its prototype.
    pub(super) identity: Rc<str>,
}

/// Longer values than this are identified by their path.
const MAX_SPELLED: usize = 200;

/// Primvars in no particular order.
pub(super) type PrimvarList = Rc<[Primvar]>;

impl Primvar {
    /// USD's name of the value type.
    pub(super) fn type_name(&self) -> String {
        let token = self.attribute.get_metadata::<Token>("typeName").ok().flatten();
        token.map_or_else(String::new, |token| token.as_str().to_owned())
    }
}

/// The primvars of a prim among its authored property `names`. `home` is the path that identifies the prim across
/// instances.
pub(super) fn own(reader: &Reader<'_>, prim: &Prim, home: &str, names: &[Token]) -> Vec<Primvar> {
    let mut own = Vec::new();
    for name in names {
        let Some(short) = name.strip_prefix("primvars:") else { continue };
        if short.ends_with(":indices") || short.ends_with(":idFrom") {
            continue;
        }
        let attribute = prim.attribute(name.clone());
        if !attribute.has_authored_value().unwrap_or(false) {
            continue;
        }
        let interpolation = attribute.get_metadata::<Token>("interpolation").ok().flatten();
        let indices = format!("{}:indices", name.as_str());
        let indexed = names.iter().any(|name| name.as_str() == indices)
            && prim.attribute(indices.as_str()).has_authored_value().unwrap_or(false);
        let interpolation = interpolation.as_ref().map_or("constant", |token| token.as_str());
        reader.take_animated();
        let spelled = if interpolation == "constant" && !indexed {
            reader.attribute(&attribute).filter(|value| value.array_len().is_none_or(|len| len <= 1))
        } else {
            None
        };
        // What is the same now may be different later.
        let spelled = spelled.filter(|_| !reader.take_animated());
        let spelled = spelled.map(|value| format!("{short}={value:?}")).filter(|s| s.len() <= MAX_SPELLED);
        own.push(Primvar {
            name: short.into(),
            interpolation: interpolation.into(),
            identity: spelled.unwrap_or_else(|| format!("{home}.{short}")).into(),
            attribute,
            indexed,
        });
    }
    own
}

/// What applies to a prim (`all`) or what it hands down (only constants), given what reaches it.
pub(super) fn inherit(inherited: &PrimvarList, own: &[Primvar], all: bool) -> PrimvarList {
    if own.is_empty() {
        return inherited.clone();
    }
    let mut list: Vec<Primvar> =
        inherited.iter().filter(|old| own.iter().all(|new| new.name != old.name)).cloned().collect();
    list.extend(own.iter().filter(|primvar| all || &*primvar.interpolation == "constant").cloned());
    list.into()
}

/// How many values each interpolation needs on one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Faces.
    pub(super) faces: usize,
    /// Points.
    pub(super) points: usize,
    /// Face corners.
    pub(super) corners: usize,
}

/// Values with their indices applied and their count checked, still in terms of faces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values<T> {
    /// What they belong to; `Triangle` stands for faces here.
    pub(super) domain: Domain,
    /// As many as the domain needs.
    pub(super) values: Vec<T>,
}

/// Why a primvar's values cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PrimvarError {
    /// Not a type that this attribute can have.
    #[error("its value is not of the expected type")]
    Type,
    /// An index that names no value.
    #[error("index {index} is outside its {values} values")]
    Index {
        /// The index.
        index: i32,
        /// Number of values.
        values: usize,
    },
    /// Too few or too many values.
    #[error("{interpolation} needs {expected} values, but there are {found}")]
    Count {
        /// The interpolation.
        interpolation: String,
        /// Values needed.
        expected: usize,
        /// Values found.
        found: usize,
    },
}

/// Reads `primvar` and lays it over a shape of `counts`; `Ok(None)` if it has no value at this time.
pub(super) fn values<T: Copy>(
    reader: &Reader<'_>,
    primvar: &Primvar,
    counts: Counts,
    convert: fn(Value) -> Option<Vec<T>>,
) -> Result<Option<Values<T>>, PrimvarError> {
    let Some(value) = reader.attribute(&primvar.attribute) else { return Ok(None) };
    let values = convert(value).ok_or(PrimvarError::Type)?;
    let indices = if primvar.indexed {
        let name = format!("primvars:{}:indices", primvar.name);
        reader.value(&primvar.attribute.prim(), &name).and_then(read::ints)
    } else {
        None
    };
    lay(&primvar.interpolation, values, indices.as_deref(), counts).map(Some)
}

/// Applies `indices`, finds the domain and checks the count.
pub(super) fn lay<T: Copy>(
    interpolation: &str,
    values: Vec<T>,
    indices: Option<&[i32]>,
    counts: Counts,
) -> Result<Values<T>, PrimvarError> {
    let values = match indices {
        None => values,
        Some(indices) => indices
            .iter()
            .map(|&index| {
                usize::try_from(index)
                    .ok()
                    .and_then(|i| values.get(i).copied())
                    .ok_or(PrimvarError::Index { index, values: values.len() })
            })
            .collect::<Result<_, _>>()?,
    };
    let (domain, expected) = match interpolation {
        "uniform" => (Domain::Triangle, counts.faces),
        "vertex" | "varying" => (Domain::Point, counts.points),
        "faceVarying" => (Domain::Corner, counts.corners),
        _ => (Domain::Constant, 1),
    };
    match values.len() {
        found if found == expected && found > 0 => Ok(Values { domain, values }),
        // One value for all is a common slip, and what it means is plain.
        1 => Ok(Values { domain: Domain::Constant, values }),
        found if domain == Domain::Constant && found > 1 => {
            Ok(Values { domain, values: values[..1].to_vec() })
        }
        found => Err(PrimvarError::Count { interpolation: interpolation.to_owned(), expected, found }),
    }
}

/// Turns values of faces and corners into values of triangles and triangle corners.
pub(super) fn spread<T: Copy>(values: Values<T>, triangulation: &Triangulation) -> Values<T> {
    let Values { domain, values } = values;
    let values = match domain {
        Domain::None | Domain::Constant | Domain::Point => values,
        Domain::Triangle => triangulation.faces.iter().map(|&face| values[face as usize]).collect(),
        Domain::Corner => triangulation.corners.iter().flatten().map(|&c| values[c as usize]).collect(),
    };
    Values { domain, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quad and a triangle over five points.
    const COUNTS: Counts = Counts { faces: 2, points: 5, corners: 7 };

    fn triangulation() -> Triangulation {
        Triangulation { corners: vec![[0, 1, 2], [0, 2, 3], [4, 5, 6]], faces: vec![0, 0, 1] }
    }

    #[test]
    fn every_interpolation_lands_on_its_domain() {
        let lay = |interpolation: &str, n: i32| lay(interpolation, (0..n).collect(), None, COUNTS);
        assert_eq!(lay("constant", 1).unwrap().domain, Domain::Constant);
        assert_eq!(lay("uniform", 2).unwrap().domain, Domain::Triangle);
        assert_eq!(lay("vertex", 5).unwrap().domain, Domain::Point);
        assert_eq!(lay("varying", 5).unwrap().domain, Domain::Point);
        assert_eq!(lay("faceVarying", 7).unwrap().domain, Domain::Corner);
    }

    #[test]
    fn faces_and_corners_become_triangles_and_their_corners() {
        let uniform = lay("uniform", vec![10, 20], None, COUNTS).unwrap();
        assert_eq!(spread(uniform, &triangulation()).values, [10, 10, 20]);
        let corners = lay("faceVarying", (0..7).collect(), None, COUNTS).unwrap();
        assert_eq!(spread(corners, &triangulation()).values, [0, 1, 2, 0, 2, 3, 4, 5, 6]);
        let points = lay("vertex", vec![9; 5], None, COUNTS).unwrap();
        assert_eq!(spread(points, &triangulation()).values, [9; 5]);
    }

    #[test]
    fn indices_are_applied_and_checked() {
        let indexed = lay("uniform", vec![7, 8, 9], Some(&[2, 0]), COUNTS).unwrap();
        assert_eq!(indexed.values, [9, 7]);
        for bad in [3, -1] {
            let error = lay("uniform", vec![7, 8, 9], Some(&[0, bad]), COUNTS);
            assert_eq!(error, Err(PrimvarError::Index { index: bad, values: 3 }));
        }
    }

    #[test]
    fn a_single_value_serves_every_interpolation_and_other_counts_are_refused() {
        assert_eq!(lay("vertex", vec![1], None, COUNTS).unwrap().domain, Domain::Constant);
        assert_eq!(lay("constant", vec![4, 5], None, COUNTS).unwrap().values, [4]);
        let error = lay("vertex", vec![1; 4], None, COUNTS).unwrap_err();
        assert_eq!(error.to_string(), "vertex needs 5 values, but there are 4");
        assert!(lay("constant", Vec::<i32>::new(), None, COUNTS).is_err());
    }
}

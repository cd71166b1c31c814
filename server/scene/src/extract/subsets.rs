//! GeomSubsets that bind materials: which triangles are whose, and which are left over.
//!
//! Pure but for [`gather`]. Triangles are sorted by subset, so that each material is one range of the geometry.

use openusd::usd::Prim;

use super::read::Reader;
use super::triangulate::Triangulation;

/// A material subset of a mesh.
pub(super) struct Subset {
    /// The GeomSubset prim.
    pub(super) prim: Prim,
    /// Its faces, unchecked.
    pub(super) faces: Vec<i32>,
}

/// The face subsets of family `materialBind` below `mesh`, in order.
pub(super) fn gather(reader: &Reader<'_>, mesh: &Prim) -> Vec<Subset> {
    let mut subsets = Vec::new();
    for prim in mesh.children().unwrap_or_default() {
        let is_subset = prim.is_a("GeomSubset").unwrap_or(false)
            && prim.is_defined().unwrap_or(false)
            && prim.is_active().unwrap_or(false);
        if !is_subset
            || reader.text(&prim, "familyName").as_deref() != Some("materialBind")
            || reader.text(&prim, "elementType").is_some_and(|element| element != "face")
        {
            continue;
        }
        let faces = reader.ints(&prim, "indices").unwrap_or_default();
        subsets.push(Subset { prim, faces });
    }
    subsets
}

/// A range of sorted triangles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// Number of the subset; `None` for the faces that no subset names.
    pub(super) subset: Option<usize>,
    /// First triangle.
    pub(super) first: u32,
    /// Number of triangles.
    pub(super) count: u32,
}

/// What is wrong with subsets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Face indices that name no face.
    pub(super) outside: usize,
    /// Faces that more than one subset names; the first has them.
    pub(super) twice: usize,
}

/// Sorts `triangulation` by subset, what is left over last, and says which triangles are whose. Empty ranges are
/// left out; without subsets there is one range of all triangles.
pub(super) fn sort<'f>(
    triangulation: &mut Triangulation,
    subsets: impl ExactSizeIterator<Item = &'f [i32]>,
    face_count: usize,
) -> (Vec<Range>, Trouble) {
    let mut trouble = Trouble::default();
    let total = triangulation.faces.len() as u32;
    let groups = subsets.len() + 1;
    if groups == 1 {
        return (vec![Range { subset: None, first: 0, count: total }], trouble);
    }
    let leftover = (groups - 1) as u32;
    let mut group_of_face = vec![leftover; face_count];
    for (group, faces) in subsets.enumerate() {
        for &face in faces {
            match usize::try_from(face).ok().and_then(|face| group_of_face.get_mut(face)) {
                None => trouble.outside += 1,
                Some(owner) if *owner == leftover => *owner = group as u32,
                Some(owner) if *owner == group as u32 => {}
                Some(_) => trouble.twice += 1,
            }
        }
    }
    let group = |triangle: usize| group_of_face[triangulation.faces[triangle] as usize];
    let mut order: Vec<usize> = (0..triangulation.faces.len()).collect();
    order.sort_by_key(|&triangle| group(triangle));
    let mut counts = vec![0u32; groups];
    order.iter().for_each(|&triangle| counts[group(triangle) as usize] += 1);
    *triangulation = Triangulation {
        corners: order.iter().map(|&triangle| triangulation.corners[triangle]).collect(),
        faces: order.iter().map(|&triangle| triangulation.faces[triangle]).collect(),
    };
    let mut first = 0;
    let mut ranges = Vec::new();
    for (group, count) in counts.into_iter().enumerate() {
        if count > 0 {
            let subset = (group as u32 != leftover).then_some(group);
            ranges.push(Range { subset, first, count });
        }
        first += count;
    }
    (ranges, trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four quads, two triangles each.
    fn quads() -> Triangulation {
        Triangulation { corners: (0..8).map(|i| [i, i, i]).collect(), faces: vec![0, 0, 1, 1, 2, 2, 3, 3] }
    }

    fn sorted(subsets: &[&[i32]]) -> (Triangulation, Vec<Range>, Trouble) {
        let mut triangulation = quads();
        let (ranges, trouble) = sort(&mut triangulation, subsets.iter().copied(), 4);
        (triangulation, ranges, trouble)
    }

    #[test]
    fn without_subsets_all_triangles_are_one_range_in_their_order() {
        let (triangulation, ranges, _) = sorted(&[]);
        assert_eq!(ranges, [Range { subset: None, first: 0, count: 8 }]);
        assert_eq!(triangulation, quads());
    }

    #[test]
    fn faces_that_no_subset_names_are_left_over_and_keep_the_meshs_material() {
        let (triangulation, ranges, trouble) = sorted(&[&[3], &[0]]);
        assert_eq!(triangulation.faces, [3, 3, 0, 0, 1, 1, 2, 2]);
        assert_eq!(
            ranges,
            [
                Range { subset: Some(0), first: 0, count: 2 },
                Range { subset: Some(1), first: 2, count: 2 },
                Range { subset: None, first: 4, count: 4 },
            ]
        );
        assert_eq!(trouble, Trouble::default());
        assert_eq!(triangulation.corners[0], [6, 6, 6], "corners travel with their triangle");
    }

    #[test]
    fn complete_subsets_leave_no_range_over_and_empty_ones_have_none() {
        let (_, ranges, _) = sorted(&[&[], &[0, 1, 2, 3]]);
        assert_eq!(ranges, [Range { subset: Some(1), first: 0, count: 8 }]);
    }

    #[test]
    fn contradictions_are_counted_and_the_first_subset_wins() {
        let (triangulation, ranges, trouble) = sorted(&[&[0, 4, -1, 0], &[0, 1]]);
        assert_eq!(trouble, Trouble { outside: 2, twice: 1 });
        assert_eq!(ranges[0], Range { subset: Some(0), first: 0, count: 2 });
        assert_eq!(&triangulation.faces[2..4], [1, 1]);
    }
}

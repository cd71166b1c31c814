//! A prim's own transform: the stack of `xformOp:` attributes that `xformOpOrder` lists (UsdGeomXformable).
//!
//! openusd has this too, but asks the stage several times for each op; on a stage of 100k prims that was most of the
//! time.

use glam::{DMat4, DQuat, DVec3};
use openusd::sdf::Value;
use openusd::usd::Prim;

use super::read::{self, Reader};

/// A prim's transform relative to its parent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Local {
    /// Parent space from local space.
    pub(super) matrix: DMat4,
    /// `!resetXformStack!`: the parent's transform does not apply.
    pub(super) resets_stack: bool,
}

impl Default for Local {
    fn default() -> Self {
        Self { matrix: DMat4::IDENTITY, resets_stack: false }
    }
}

/// An inverted `transform` that has no inverse.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the inverse of {0} does not exist: its matrix is singular")]
pub(super) struct Singular(String);

/// One entry of `xformOpOrder`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Op<'a> {
    name: &'a str,
    is_inverse: bool,
}

/// Reads the transform of `prim`.
pub(super) fn read(reader: &Reader<'_>, prim: &Prim) -> Result<Local, Singular> {
    let order = match reader.value(prim, "xformOpOrder") {
        Some(Value::TokenVec(order)) => order,
        Some(_) | None => return Ok(Local::default()),
    };
    let (ops, resets_stack) = ops(order.iter().map(|token| token.as_str()));
    let mut matrix = DMat4::IDENTITY;
    for op in ops {
        if let Some(value) = reader.value(prim, op.name) {
            matrix *= op_matrix(op, &value)?;
        }
    }
    Ok(Local { matrix, resets_stack })
}

/// The ops that count, outermost first: none before a reset, none that its neighbour undoes.
fn ops<'a>(order: impl Iterator<Item = &'a str>) -> (Vec<Op<'a>>, bool) {
    let mut ops: Vec<Op<'a>> = Vec::new();
    let mut resets_stack = false;
    for entry in order {
        if entry == "!resetXformStack!" {
            resets_stack = true;
            ops.clear();
            continue;
        }
        let name = entry.strip_prefix("!invert!");
        ops.push(Op { name: name.unwrap_or(entry), is_inverse: name.is_some() });
    }
    let mut left = Vec::with_capacity(ops.len());
    let mut rest = ops.as_slice();
    // From the innermost, as OpenUSD pairs them.
    while let [before @ .., last] = rest {
        rest = match before {
            [further @ .., other] if other.name == last.name && other.is_inverse != last.is_inverse => {
                further
            }
            _ => {
                left.push(*last);
                before
            }
        };
    }
    left.reverse();
    (left, resets_stack)
}

/// The matrix of one op; identity for a kind or a value that USD does not know.
fn op_matrix(op: Op<'_>, value: &Value) -> Result<DMat4, Singular> {
    let kind = op.name.split(':').nth(1).unwrap_or_default();
    let number = || read::number(value);
    let vector = || read::dvec3(value);
    let axis = |letter: u8| match letter {
        b'X' => DVec3::X,
        b'Y' => DVec3::Y,
        _ => DVec3::Z,
    };
    let matrix = match kind.as_bytes() {
        b"translate" => vector().map(DMat4::from_translation),
        b"scale" => vector().map(DMat4::from_scale),
        b"transform" => match value {
            Value::Matrix4d(matrix) => Some(DMat4::from_cols_array(&matrix.0)),
            _ => None,
        },
        b"orient" => read::quat(value).map(turn),
        [b't', b'r', b'a', b'n', b's', b'l', b'a', b't', b'e', a @ b'X'..=b'Z'] => {
            number().map(|v| DMat4::from_translation(axis(*a) * v))
        }
        [b's', b'c', b'a', b'l', b'e', a @ b'X'..=b'Z'] => {
            number().map(|v| DMat4::from_scale(DVec3::ONE + axis(*a) * (v - 1.0)))
        }
        [b'r', b'o', b't', b'a', b't', b'e', a @ b'X'..=b'Z'] => {
            number().map(|v| DMat4::from_axis_angle(axis(*a), v.to_radians()))
        }
        [b'r', b'o', b't', b'a', b't', b'e', axes @ ..]
            if matches!(axes, b"XYZ" | b"XZY" | b"YXZ" | b"YZX" | b"ZXY" | b"ZYX") =>
        {
            // The first axis named turns a point first.
            vector().map(|degrees| {
                axes.iter().fold(DMat4::IDENTITY, |matrix, &a| {
                    DMat4::from_axis_angle(axis(a), degrees.dot(axis(a)).to_radians()) * matrix
                })
            })
        }
        _ => None,
    };
    let matrix = matrix.unwrap_or(DMat4::IDENTITY);
    if !op.is_inverse {
        return Ok(matrix);
    }
    // `0.0 / 0.0` and the like are found where matrices are checked before drawing.
    if kind == "transform" && matrix.determinant() == 0.0 {
        return Err(Singular(op.name.to_owned()));
    }
    Ok(matrix.inverse())
}

/// The rotation of a quaternion that is perhaps not of unit length, as GfRotation takes it: the axis from its
/// imaginary part, the angle from its real part alone.
fn turn(quat: DQuat) -> DMat4 {
    match quat.xyz().try_normalize() {
        Some(axis) => DMat4::from_axis_angle(axis, 2.0 * quat.w.clamp(-1.0, 1.0).acos()),
        None => DMat4::IDENTITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openusd::gf;

    fn names(order: &[&'static str]) -> (Vec<(&'static str, bool)>, bool) {
        let (ops, resets) = ops(order.iter().copied());
        (ops.into_iter().map(|op| (op.name, op.is_inverse)).collect(), resets)
    }

    fn matrix(name: &str, is_inverse: bool, value: &Value) -> DMat4 {
        op_matrix(Op { name, is_inverse }, value).unwrap()
    }

    #[test]
    fn a_reset_drops_what_stands_before_it() {
        let order = ["xformOp:translate", "!resetXformStack!", "xformOp:scale"];
        assert_eq!(names(&order), (vec![("xformOp:scale", false)], true));
    }

    #[test]
    fn an_op_beside_its_inverse_is_skipped_and_a_pivot_around_others_is_not() {
        assert_eq!(names(&["xformOp:transform", "!invert!xformOp:transform"]).0, []);
        let pivot = ["xformOp:translate:pivot", "xformOp:rotateX", "!invert!xformOp:translate:pivot"];
        assert_eq!(names(&pivot).0.len(), 3);
    }

    #[test]
    fn axes_turn_in_the_order_of_their_names() {
        let value = Value::Vec3f(gf::vec3f(90.0, 0.0, 90.0));
        // X first: Y goes to Z, and Z stays when Z turns.
        let turned = matrix("xformOp:rotateXYZ", false, &value).transform_vector3(DVec3::Y);
        assert!(turned.distance(DVec3::Z) < 1e-12, "{turned}");
        // Z first: Y goes to -X, and X stays when X turns.
        let turned = matrix("xformOp:rotateZYX", false, &value).transform_vector3(DVec3::Y);
        assert!(turned.distance(DVec3::NEG_X) < 1e-12, "{turned}");
        let product = matrix("xformOp:rotateXYZ", true, &value) * matrix("xformOp:rotateXYZ", false, &value);
        assert!(product.abs_diff_eq(DMat4::IDENTITY, 1e-12));
    }

    #[test]
    fn single_axes_and_inverses_do_what_their_names_say() {
        let moved = matrix("xformOp:translateY", true, &Value::Double(3.0)).transform_point3(DVec3::ZERO);
        assert_eq!(moved, DVec3::new(0.0, -3.0, 0.0));
        let scaled = matrix("xformOp:scaleZ:more", false, &Value::Float(2.0)).transform_point3(DVec3::ONE);
        assert_eq!(scaled, DVec3::new(1.0, 1.0, 2.0));
        let turned = matrix("xformOp:rotateZ", false, &Value::Float(90.0)).transform_vector3(DVec3::X);
        assert!(turned.distance(DVec3::Y) < 1e-12);
        assert_eq!(matrix("xformOp:wobble", false, &Value::Double(1.0)), DMat4::IDENTITY);
    }

    #[test]
    fn an_inverse_that_does_not_exist_is_an_error() {
        let flat = Value::Matrix4d(gf::Matrix4d::scale([1.0, 0.0, 1.0]));
        let op = Op { name: "xformOp:transform", is_inverse: true };
        assert_eq!(op_matrix(op, &flat), Err(Singular("xformOp:transform".to_owned())));
    }
}

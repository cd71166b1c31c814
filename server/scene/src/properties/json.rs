//! USD values as JSON text. NaN, infinities and 64-bit integers are strings; quaternions begin with `w`; matrices are
//! row-major. An array is `{length, offset, preview, truncated}`.

use openusd::sdf::Value;
use serde_json::{Value as Json, json};

/// Nesting of dictionaries that is told.
const MAX_DEPTH: usize = 8;
/// Longest text that is told, in bytes.
const MAX_TEXT: usize = 4096;

/// Which elements of arrays to tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) elements: u64,
}

/// A value as JSON.
pub(super) fn value(value: &Value, piece: Piece) -> Json {
    told(value, piece, 0)
}

fn told(value: &Value, piece: Piece, depth: usize) -> Json {
    macro_rules! list {
        ($values:expr, $one:expr) => {
            array($values, piece, $one)
        };
    }
    match value {
        Value::Bool(v) => json!(v),
        Value::BoolVec(v) => list!(v, |v: &bool| json!(v)),
        Value::Uchar(v) => json!(v),
        Value::UcharVec(v) => list!(v, |v: &u8| json!(v)),
        Value::Int(v) => json!(v),
        Value::IntVec(v) => list!(v, |v: &i32| json!(v)),
        Value::Uint(v) => json!(v),
        Value::UintVec(v) => list!(v, |v: &u32| json!(v)),
        Value::Int64(v) => json!(v.to_string()),
        Value::Int64Vec(v) => list!(v, |v: &i64| json!(v.to_string())),
        Value::Uint64(v) => json!(v.to_string()),
        Value::Uint64Vec(v) => list!(v, |v: &u64| json!(v.to_string())),
        Value::Half(v) => single(v.to_f32()),
        Value::HalfVec(v) => list!(v, |v: &openusd::gf::f16| single(v.to_f32())),
        Value::Float(v) => single(*v),
        Value::FloatVec(v) => list!(v, |v: &f32| single(*v)),
        Value::Double(v) => number(*v),
        Value::DoubleVec(v) => list!(v, |v: &f64| number(*v)),
        Value::String(v) => text(v),
        Value::StringVec(v) => list!(v, |v: &String| text(v)),
        Value::Token(v) => text(v.as_str()),
        Value::TokenVec(v) => list!(v, |v: &openusd::tf::Token| text(v.as_str())),
        Value::AssetPath(v) => text(v.asset_path()),
        Value::AssetPathVec(v) => list!(v, |v: &openusd::sdf::AssetPath| text(v.asset_path())),
        Value::Quath(q) => singles([q.w.to_f32(), q.x.to_f32(), q.y.to_f32(), q.z.to_f32()]),
        Value::Quatf(q) => singles([q.w, q.x, q.y, q.z]),
        Value::Quatd(q) => numbers([q.w, q.x, q.y, q.z]),
        Value::QuathVec(v) => list!(v, |q: &openusd::gf::Quath| {
            singles([q.w.to_f32(), q.x.to_f32(), q.y.to_f32(), q.z.to_f32()])
        }),
        Value::QuatfVec(v) => list!(v, |q: &openusd::gf::Quatf| singles([q.w, q.x, q.y, q.z])),
        Value::QuatdVec(v) => list!(v, |q: &openusd::gf::Quatd| numbers([q.w, q.x, q.y, q.z])),
        Value::Vec2h(v) => singles([v.x.to_f32(), v.y.to_f32()]),
        Value::Vec2f(v) => singles([v.x, v.y]),
        Value::Vec2d(v) => numbers([v.x, v.y]),
        Value::Vec2i(v) => json!([v.x, v.y]),
        Value::Vec2hVec(v) => list!(v, |v: &openusd::gf::Vec2h| singles([v.x.to_f32(), v.y.to_f32()])),
        Value::Vec2fVec(v) => list!(v, |v: &openusd::gf::Vec2f| singles([v.x, v.y])),
        Value::Vec2dVec(v) => list!(v, |v: &openusd::gf::Vec2d| numbers([v.x, v.y])),
        Value::Vec2iVec(v) => list!(v, |v: &openusd::gf::Vec2i| json!([v.x, v.y])),
        Value::Vec3h(v) => singles([v.x.to_f32(), v.y.to_f32(), v.z.to_f32()]),
        Value::Vec3f(v) => singles([v.x, v.y, v.z]),
        Value::Vec3d(v) => numbers([v.x, v.y, v.z]),
        Value::Vec3i(v) => json!([v.x, v.y, v.z]),
        Value::Vec3hVec(v) => {
            list!(v, |v: &openusd::gf::Vec3h| singles([v.x.to_f32(), v.y.to_f32(), v.z.to_f32()]))
        }
        Value::Vec3fVec(v) => list!(v, |v: &openusd::gf::Vec3f| singles([v.x, v.y, v.z])),
        Value::Vec3dVec(v) => list!(v, |v: &openusd::gf::Vec3d| numbers([v.x, v.y, v.z])),
        Value::Vec3iVec(v) => list!(v, |v: &openusd::gf::Vec3i| json!([v.x, v.y, v.z])),
        Value::Vec4h(v) => singles([v.x.to_f32(), v.y.to_f32(), v.z.to_f32(), v.w.to_f32()]),
        Value::Vec4f(v) => singles([v.x, v.y, v.z, v.w]),
        Value::Vec4d(v) => numbers([v.x, v.y, v.z, v.w]),
        Value::Vec4i(v) => json!([v.x, v.y, v.z, v.w]),
        Value::Vec4fVec(v) => list!(v, |v: &openusd::gf::Vec4f| singles([v.x, v.y, v.z, v.w])),
        Value::Vec4dVec(v) => list!(v, |v: &openusd::gf::Vec4d| numbers([v.x, v.y, v.z, v.w])),
        Value::Vec4iVec(v) => list!(v, |v: &openusd::gf::Vec4i| json!([v.x, v.y, v.z, v.w])),
        Value::Matrix2d(m) => numbers(m.0),
        Value::Matrix3d(m) => numbers(m.0),
        Value::Matrix4d(m) => numbers(m.0),
        Value::Matrix4dVec(v) => list!(v, |m: &openusd::gf::Matrix4d| numbers(m.0)),
        Value::PathVec(v) => list!(v, |v: &openusd::sdf::Path| text(v.as_str())),
        Value::Dictionary(entries) if depth < MAX_DEPTH => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(name, _)| *name);
            entries.into_iter().map(|(name, value)| (name.clone(), told(value, piece, depth + 1))).collect()
        }
        Value::VariantSelectionMap(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort();
            entries.into_iter().map(|(set, selection)| (set.clone(), text(selection))).collect()
        }
        // What is left is rare: list operations, block values, expressions.
        other => text(&format!("{other:?}")),
    }
}

fn array<T>(values: &[T], piece: Piece, one: impl Fn(&T) -> Json) -> Json {
    let offset = usize::try_from(piece.offset).unwrap_or(usize::MAX).min(values.len());
    let count = usize::try_from(piece.elements).unwrap_or(usize::MAX).min(values.len() - offset);
    let preview: Vec<Json> = values[offset..offset + count].iter().map(one).collect();
    let is_whole = offset == 0 && count == values.len();
    let mut told = json!({ "length": values.len(), "preview": preview, "truncated": !is_whole });
    if offset > 0
        && let Some(told) = told.as_object_mut()
    {
        told.insert("offset".to_owned(), json!(offset));
    }
    told
}

fn number(value: f64) -> Json {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}

/// A single-precision number as it is written, not as what it is in double precision.
fn single(value: f32) -> Json {
    let shortest = value.to_string().parse::<f64>();
    if value.is_finite() { number(shortest.unwrap_or(f64::from(value))) } else { json!(value.to_string()) }
}

fn numbers<const N: usize>(values: [f64; N]) -> Json {
    values.into_iter().map(number).collect()
}

fn singles<const N: usize>(values: [f32; N]) -> Json {
    values.into_iter().map(single).collect()
}

fn text(text: &str) -> Json {
    if text.len() <= MAX_TEXT {
        return json!(text);
    }
    json!(format!("{}…", &text[..text.floor_char_boundary(MAX_TEXT)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Piece = Piece { offset: 0, elements: u64::MAX };

    #[test]
    fn numbers_are_as_they_were_written_and_what_json_has_not_is_text() {
        assert_eq!(value(&Value::Float(0.1), ALL).to_string(), "0.1");
        assert_eq!(value(&Value::Double(f64::NAN), ALL), json!("NaN"));
        assert_eq!(value(&Value::Float(f32::INFINITY), ALL), json!("inf"));
        assert_eq!(value(&Value::Int64(i64::MAX), ALL), json!("9223372036854775807"));
    }

    #[test]
    fn arrays_come_in_pieces() {
        let numbers = Value::IntVec((0..10).collect());
        let piece = Piece { offset: 8, elements: 5 };
        assert_eq!(
            value(&numbers, piece),
            json!({ "length": 10, "offset": 8, "preview": [8, 9], "truncated": true })
        );
        assert_eq!(value(&numbers, Piece { offset: 99, elements: 5 })["preview"], json!([]));
        assert_eq!(value(&numbers, ALL)["truncated"], json!(false));
    }

    #[test]
    fn what_nests_without_end_and_long_text_end() {
        let nested =
            (0..1000).fold(Value::Int(1), |inner, _| Value::Dictionary([("d".to_owned(), inner)].into()));
        assert!(value(&nested, ALL).to_string().len() < 3 * MAX_TEXT);
        assert!(value(&Value::String("ä".repeat(9000)), ALL).as_str().unwrap().len() <= MAX_TEXT + 3);
    }
}

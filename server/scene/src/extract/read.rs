//! Reading attribute values: one time, any of the types that authors use for the same thing, no errors.
//!
//! A value that cannot be read is no value. Notes on the way whether anything read can change over time.

use std::cell::Cell;

use glam::{DQuat, DVec3};
use openusd::sdf::{Path, Value};
use openusd::usd::{Attribute, Prim, Stage, TimeCode};

/// Reads at one time.
pub(super) struct Reader<'s> {
    /// The stage.
    pub(super) stage: &'s Stage,
    /// `None` is USD's default time.
    pub(super) time: Option<TimeCode>,
    /// Asking each attribute doubles the time, so only stages with a time range are asked.
    has_range: bool,
    animated: Cell<bool>,
    /// Since [`Self::take_animated`].
    animated_lately: Cell<bool>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(stage: &'s Stage, time: Option<f64>) -> Self {
        let has_range =
            stage.has_authored_time_code_range() && stage.start_time_code() < stage.end_time_code();
        Self {
            stage,
            time: time.map(TimeCode::new),
            has_range,
            animated: Cell::new(false),
            animated_lately: Cell::new(false),
        }
    }

    /// True once a value was read that has more than one time sample.
    pub(super) fn saw_animation(&self) -> bool {
        self.animated.get()
    }

    /// True if a value was read since the last call that has more than one time sample.
    pub(super) fn take_animated(&self) -> bool {
        self.animated_lately.replace(false)
    }

    pub(super) fn attribute(&self, attribute: &Attribute) -> Option<Value> {
        if self.has_range
            && !self.animated_lately.get()
            && attribute.value_might_be_time_varying().unwrap_or(false)
        {
            self.animated.set(true);
            self.animated_lately.set(true);
        }
        attribute.get_at::<Value>(self.time).ok().flatten()
    }

    pub(super) fn value(&self, prim: &Prim, name: &str) -> Option<Value> {
        self.attribute(&prim.attribute(name))
    }

    pub(super) fn text(&self, prim: &Prim, name: &str) -> Option<String> {
        self.value(prim, name).as_ref().and_then(text)
    }

    pub(super) fn number(&self, prim: &Prim, name: &str) -> Option<f64> {
        self.value(prim, name).as_ref().and_then(number)
    }

    pub(super) fn float(&self, prim: &Prim, name: &str) -> Option<f32> {
        self.number(prim, name).map(|v| v as f32)
    }

    pub(super) fn flag(&self, prim: &Prim, name: &str) -> Option<bool> {
        self.value(prim, name).as_ref().and_then(flag)
    }

    pub(super) fn vec2(&self, prim: &Prim, name: &str) -> Option<[f32; 2]> {
        self.value(prim, name).as_ref().and_then(vec2)
    }

    pub(super) fn vec3(&self, prim: &Prim, name: &str) -> Option<[f32; 3]> {
        self.value(prim, name).as_ref().and_then(vec3)
    }

    pub(super) fn ints(&self, prim: &Prim, name: &str) -> Option<Vec<i32>> {
        self.value(prim, name).and_then(ints)
    }

    /// Relationship targets with relationships forwarded.
    pub(super) fn targets(&self, prim: &Prim, name: &str) -> Vec<Path> {
        prim.relationship(name).forwarded_targets().unwrap_or_default()
    }

    /// The prim at `path`, if something is there.
    pub(super) fn prim(&self, path: &Path) -> Option<Prim> {
        let prim = self.stage.prim(path.prim_path()).ok()?;
        prim.is_valid().unwrap_or(false).then_some(prim)
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Token(token) => Some(token.as_str().to_owned()),
        Value::String(string) => Some(string.clone()),
        _ => None,
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Double(v) => Some(*v),
        Value::Float(v) => Some(f64::from(*v)),
        Value::Half(v) => Some(v.to_f64()),
        Value::Int(v) => Some(f64::from(*v)),
        Value::Uint(v) => Some(f64::from(*v)),
        Value::Int64(v) => Some(*v as f64),
        Value::Uint64(v) => Some(*v as f64),
        Value::Uchar(v) => Some(f64::from(*v)),
        Value::Bool(v) => Some(f64::from(u8::from(*v))),
        _ => None,
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(v) => Some(*v),
        other => number(other).map(|v| v != 0.0),
    }
}

pub(super) fn vec2(value: &Value) -> Option<[f32; 2]> {
    match value {
        Value::Vec2f(v) => Some([v.x, v.y]),
        Value::Vec2d(v) => Some([v.x as f32, v.y as f32]),
        Value::Vec2h(v) => Some([v.x.to_f32(), v.y.to_f32()]),
        _ => None,
    }
}

pub(super) fn vec3(value: &Value) -> Option<[f32; 3]> {
    match value {
        Value::Vec3f(v) => Some([v.x, v.y, v.z]),
        Value::Vec3d(v) => Some([v.x as f32, v.y as f32, v.z as f32]),
        Value::Vec3h(v) => Some([v.x.to_f32(), v.y.to_f32(), v.z.to_f32()]),
        Value::Vec4f(v) => Some([v.x, v.y, v.z]),
        _ => None,
    }
}

pub(super) fn dvec3(value: &Value) -> Option<DVec3> {
    match value {
        Value::Vec3d(v) => Some(DVec3::new(v.x, v.y, v.z)),
        other => vec3(other).map(|v| glam::Vec3::from(v).as_dvec3()),
    }
}

pub(super) fn quat(value: &Value) -> Option<DQuat> {
    match value {
        Value::Quatd(q) => Some(DQuat::from_xyzw(q.x, q.y, q.z, q.w)),
        Value::Quatf(q) => {
            Some(DQuat::from_xyzw(f64::from(q.x), f64::from(q.y), f64::from(q.z), f64::from(q.w)))
        }
        Value::Quath(q) => Some(DQuat::from_xyzw(q.x.to_f64(), q.y.to_f64(), q.z.to_f64(), q.w.to_f64())),
        _ => None,
    }
}

pub(super) fn vec4(value: &Value) -> Option<[f32; 4]> {
    match value {
        Value::Vec4f(v) => Some([v.x, v.y, v.z, v.w]),
        Value::Vec4d(v) => Some([v.x as f32, v.y as f32, v.z as f32, v.w as f32]),
        Value::Vec4h(v) => Some([v.x.to_f32(), v.y.to_f32(), v.z.to_f32(), v.w.to_f32()]),
        _ => None,
    }
}

pub(super) fn ints(value: Value) -> Option<Vec<i32>> {
    match value {
        Value::IntVec(v) => Some(v),
        Value::UintVec(v) => Some(v.into_iter().map(|v| i32::try_from(v).unwrap_or(-1)).collect()),
        Value::Int64Vec(v) => Some(v.into_iter().map(|v| i32::try_from(v).unwrap_or(-1)).collect()),
        _ => None,
    }
}

pub(super) fn int64s(value: Value) -> Option<Vec<i64>> {
    match value {
        Value::Int64Vec(v) => Some(v),
        Value::IntVec(v) => Some(v.into_iter().map(i64::from).collect()),
        _ => None,
    }
}

/// An array of numbers; a single number is an array of one.
pub(super) fn floats(value: Value) -> Option<Vec<f32>> {
    match value {
        Value::FloatVec(v) => Some(v),
        Value::DoubleVec(v) => Some(v.into_iter().map(|v| v as f32).collect()),
        Value::HalfVec(v) => Some(v.into_iter().map(|v| v.to_f32()).collect()),
        other => number(&other).map(|v| vec![v as f32]),
    }
}

/// An array of pairs; a single pair is an array of one, the third of three is dropped.
pub(super) fn vec2s(value: Value) -> Option<Vec<[f32; 2]>> {
    match value {
        Value::Vec2fVec(v) => Some(v.into_iter().map(Into::into).collect()),
        Value::Vec2dVec(v) => Some(v.into_iter().map(|v| [v.x as f32, v.y as f32]).collect()),
        Value::Vec2hVec(v) => Some(v.into_iter().map(|v| [v.x.to_f32(), v.y.to_f32()]).collect()),
        Value::Vec3fVec(v) => Some(v.into_iter().map(|v| [v.x, v.y]).collect()),
        other => vec2(&other).map(|v| vec![v]),
    }
}

/// An array of triples; a single triple is an array of one.
pub(super) fn vec3s(value: Value) -> Option<Vec<[f32; 3]>> {
    match value {
        Value::Vec3fVec(v) => Some(v.into_iter().map(Into::into).collect()),
        Value::Vec3dVec(v) => Some(v.into_iter().map(|v| [v.x as f32, v.y as f32, v.z as f32]).collect()),
        Value::Vec3hVec(v) => {
            Some(v.into_iter().map(|v| [v.x.to_f32(), v.y.to_f32(), v.z.to_f32()]).collect())
        }
        other => vec3(&other).map(|v| vec![v]),
    }
}

/// Points and scales in double precision.
pub(super) fn dvec3s(value: Value) -> Option<Vec<DVec3>> {
    match value {
        Value::Vec3dVec(v) => Some(v.into_iter().map(|v| DVec3::new(v.x, v.y, v.z)).collect()),
        other => vec3s(other).map(|v| v.into_iter().map(|v| glam::Vec3::from(v).as_dvec3()).collect()),
    }
}

/// Rotations as authored: half precision is not quite of unit length, and OpenUSD uses it as it is.
pub(super) fn quats(value: Value) -> Option<Vec<DQuat>> {
    let quat = DQuat::from_xyzw;
    match value {
        Value::QuathVec(v) => Some(
            v.into_iter().map(|q| quat(q.x.to_f64(), q.y.to_f64(), q.z.to_f64(), q.w.to_f64())).collect(),
        ),
        Value::QuatfVec(v) => Some(
            v.into_iter()
                .map(|q| quat(f64::from(q.x), f64::from(q.y), f64::from(q.z), f64::from(q.w)))
                .collect(),
        ),
        Value::QuatdVec(v) => Some(v.into_iter().map(|q| quat(q.x, q.y, q.z, q.w)).collect()),
        _ => None,
    }
}

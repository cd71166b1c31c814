//! Values from outside as the type of an attribute asks.

use openusd::gf::f16;
use openusd::sdf::{AssetPath, Value};
use openusd::tf::Token;

use super::Given;

/// `given` as a value of the kind of `like`; else what was expected.
pub(super) fn fitting(like: &Value, given: &Given) -> Result<Value, String> {
    let number = || match given {
        Given::Number(number) if number.is_finite() => Ok(*number),
        _ => Err("a finite number is expected".to_owned()),
    };
    let whole = |low: f64, high: f64| match given {
        Given::Number(number) if number.fract() == 0.0 && (low..=high).contains(number) => Ok(*number),
        _ => Err(format!("a whole number from {low} to {high} is expected")),
    };
    let text = || match given {
        Given::Text(text) => Ok(text.clone()),
        _ => Err("a text is expected".to_owned()),
    };
    Ok(match like {
        Value::Bool(_) => match given {
            Given::Bool(value) => Value::Bool(*value),
            _ => return Err("true or false is expected".to_owned()),
        },
        Value::Uchar(_) => Value::Uchar(whole(0.0, 255.0)? as u8),
        Value::Int(_) => Value::Int(whole(f64::from(i32::MIN), f64::from(i32::MAX))? as i32),
        Value::Uint(_) => Value::Uint(whole(0.0, f64::from(u32::MAX))? as u32),
        Value::Int64(_) => Value::Int64(whole(-9e15, 9e15)? as i64),
        Value::Uint64(_) => Value::Uint64(whole(0.0, 9e15)? as u64),
        Value::Half(_) => Value::Half(f16::from_f64(number()?)),
        Value::Float(_) => Value::Float(number()? as f32),
        Value::Double(_) => Value::Double(number()?),
        Value::String(_) => Value::String(text()?),
        Value::Token(_) => Value::Token(Token::from(text()?)),
        Value::AssetPath(_) => Value::AssetPath(AssetPath::new(text()?)),
        Value::Vec2f(_) => Value::Vec2f(floats::<2>(given)?.into()),
        Value::Vec3f(_) => Value::Vec3f(floats::<3>(given)?.into()),
        Value::Vec4f(_) => Value::Vec4f(floats::<4>(given)?.into()),
        Value::Vec2d(_) => Value::Vec2d(numbers::<2>(given)?.into()),
        Value::Vec3d(_) => Value::Vec3d(numbers::<3>(given)?.into()),
        Value::Vec4d(_) => Value::Vec4d(numbers::<4>(given)?.into()),
        Value::Vec3fVec(_) => Value::Vec3fVec(triples(given)?.into_iter().map(Into::into).collect()),
        Value::FloatVec(_) => Value::FloatVec(list(given)?.into_iter().map(|v| v as f32).collect()),
        Value::DoubleVec(_) => Value::DoubleVec(list(given)?),
        Value::Matrix4d(_) => Value::Matrix4d(openusd::gf::Matrix4d(numbers::<16>(given)?)),
        _ => return Err("values of this type cannot be edited".to_owned()),
    })
}

fn list(given: &Given) -> Result<Vec<f64>, String> {
    let numbers = match given {
        Given::Numbers(numbers) => numbers.clone(),
        Given::Number(number) => vec![*number],
        Given::Bool(_) | Given::Text(_) => return Err("a list of numbers is expected".to_owned()),
    };
    if numbers.iter().all(|number| number.is_finite()) {
        Ok(numbers)
    } else {
        Err("finite numbers are expected".to_owned())
    }
}

fn numbers<const N: usize>(given: &Given) -> Result<[f64; N], String> {
    list(given)?.try_into().map_err(|list: Vec<f64>| format!("{N} numbers are expected, not {}", list.len()))
}

fn floats<const N: usize>(given: &Given) -> Result<[f32; N], String> {
    Ok(numbers::<N>(given)?.map(|number| number as f32))
}

fn triples(given: &Given) -> Result<Vec<[f32; 3]>, String> {
    let list = list(given)?;
    if list.len() % 3 != 0 {
        return Err(format!("threes of numbers are expected, not {}", list.len()));
    }
    Ok(list.chunks_exact(3).map(|v| [v[0] as f32, v[1] as f32, v[2] as f32]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_taken_and_everything_else_says_what_was_expected() {
        let number = Given::Number(2.5);
        assert_eq!(fitting(&Value::Float(0.0), &number), Ok(Value::Float(2.5)));
        assert_eq!(fitting(&Value::Double(0.0), &number), Ok(Value::Double(2.5)));
        assert!(fitting(&Value::Int(0), &number).unwrap_err().contains("whole"));
        assert!(fitting(&Value::Bool(true), &number).unwrap_err().contains("true or false"));
        let color = Given::Numbers(vec![1.0, 0.5, 0.0]);
        let black = openusd::gf::vec3f(0.0, 0.0, 0.0);
        assert_eq!(
            fitting(&Value::Vec3f(black), &color),
            Ok(Value::Vec3f(openusd::gf::vec3f(1.0, 0.5, 0.0)))
        );
        assert!(fitting(&Value::Vec3f(black), &Given::Numbers(vec![1.0])).unwrap_err().contains("3 numbers"));
        assert!(fitting(&Value::Float(0.0), &Given::Number(f64::NAN)).is_err());
        assert!(fitting(&Value::Dictionary(Default::default()), &number).is_err());
    }
}

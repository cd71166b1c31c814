//! Vectors of three numbers and turns about the axes: all the mathematics that the generated shapes need.

/// A point or a direction.
pub type V = [f64; 3];

/// Sum.
pub fn add(a: V, b: V) -> V {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// Difference.
pub fn sub(a: V, b: V) -> V {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// Multiple.
pub fn scale(a: V, s: f64) -> V {
    a.map(|x| x * s)
}

/// Scalar product.
pub fn dot(a: V, b: V) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Vector product.
pub fn cross(a: V, b: V) -> V {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Length.
pub fn length(a: V) -> f64 {
    dot(a, a).sqrt()
}

/// Unit vector; zero stays zero.
pub fn unit(a: V) -> V {
    let length = length(a);
    if length > 0.0 { scale(a, 1.0 / length) } else { a }
}

/// An axis of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// First.
    X,
    /// Second.
    Y,
    /// Third.
    Z,
}

/// Turns `v` about an axis, counter-clockwise seen from the axis' tip.
pub fn turn(v: V, axis: Axis, degrees: f64) -> V {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let [x, y, z] = v;
    match axis {
        Axis::X => [x, y * cos - z * sin, y * sin + z * cos],
        Axis::Y => [x * cos + z * sin, y, z * cos - x * sin],
        Axis::Z => [x * cos - y * sin, x * sin + y * cos, z],
    }
}

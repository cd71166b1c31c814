//! The control cabinet with its operator panel.

use super::mesh::Mesh;
use super::shapes::{rounded_box, turned_part};
use super::usda::{Prim, mesh};
use super::vector::Axis;

/// Width, depth and height of the cabinet; its front faces -Y, its origin is its bottom's middle.
pub const SIZE: [f64; 3] = [0.90, 0.50, 1.75];

fn shown(name: &str, shape: &Mesh, look: &str) -> Prim {
    mesh(name, "ControlCabinet", shape, look)
}

/// The part's layer.
pub fn text() -> String {
    let [wide, deep, high] = SIZE;
    let front = -deep / 2.0;
    let plinth = rounded_box([wide - 0.02, deep - 0.02, 0.10], 0.004, 1).moved([0.0, 0.0, 0.05]);
    let body = rounded_box([wide, deep, high - 0.10], 0.018, 2).moved([0.0, 0.0, 0.10 + (high - 0.10) / 2.0]);
    let door = |x: f64| {
        rounded_box([wide / 2.0 - 0.022, 0.02, high - 0.16], 0.008, 2).moved([
            x,
            front - 0.008,
            0.13 + (high - 0.16) / 2.0,
        ])
    };
    let doors = door(-wide / 4.0).and(door(wide / 4.0));
    let handle = |x: f64| rounded_box([0.024, 0.026, 0.18], 0.008, 1).moved([x, front - 0.03, 0.95]);
    let slat = |at: i32, x: f64| {
        rounded_box([0.26, 0.014, 0.012], 0.004, 1).moved([x, front - 0.02, 0.24 + 0.032 * f64::from(at)])
    };
    let slats =
        (0..7).flat_map(|at| [-wide / 4.0, wide / 4.0].map(|x| slat(at, x))).fold(Mesh::default(), Mesh::and);
    let bezel = rounded_box([0.36, 0.03, 0.25], 0.012, 2).moved([-wide / 4.0, front - 0.024, 1.42]);
    let knob =
        turned_part(&[[0.0, 0.0], [0.034, 0.0], [0.034, 0.03], [0.022, 0.042], [0.0, 0.042]], 0.006, 28);
    let knob = knob.turned(Axis::X, 90.0).moved([wide / 4.0, front - 0.016, 1.42]);
    let plate = rounded_box([0.09, 0.006, 0.09], 0.003, 1).moved([wide / 4.0, front - 0.019, 1.42]);
    let button = |x: f64| {
        turned_part(&[[0.0, 0.0], [0.014, 0.0], [0.014, 0.016], [0.0, 0.016]], 0.004, 18)
            .turned(Axis::X, 90.0)
            .moved([wide / 4.0 + x, front - 0.016, 1.28])
    };
    super::part(
        "ControlCabinet",
        &["CabinetGrey", "CabinetDark", "SafetyYellow", "EmergencyRed", "Screen", "LampGreen", "Aluminium"],
        [
            shown("Plinth", &plinth, "CabinetDark"),
            shown("Body", &body, "CabinetGrey"),
            shown("Doors", &doors, "CabinetGrey"),
            shown("Handles", &handle(-0.03).and(handle(0.03)), "CabinetDark"),
            shown("Slats", &slats, "CabinetDark"),
            shown("Bezel", &bezel, "CabinetDark"),
            shown("Screen", &screen().moved([-wide / 4.0, front - 0.040, 1.42]), "Screen"),
            shown("SwitchPlate", &plate, "SafetyYellow"),
            shown("MainSwitch", &knob, "EmergencyRed"),
            shown("Buttons", &button(-0.03), "LampGreen"),
            shown("Reset", &button(0.03), "Aluminium"),
        ],
    )
}

/// A rectangle that faces -Y, its picture upright.
fn screen() -> Mesh {
    let (half_wide, half_high) = (0.155, 0.097);
    super::shapes::plate([-half_wide, -half_high], [2.0 * half_wide, 2.0 * half_high], 0.0, [1.0, 1.0])
        .turned(Axis::X, 90.0)
}

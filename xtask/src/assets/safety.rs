//! What keeps people and the robot apart: fence panels, a gate, light curtain posts, the emergency stop, the signal lamp.

use super::mesh::Mesh;
use super::shapes::{rounded_box, tiled, turned_part};
use super::usda::{Prim, bare_mesh, mesh};

/// Width of a panel from post to post, and its height.
pub const PANEL: [f64; 2] = [1.25, 2.0];

fn shown(part: &str, name: &str, shape: &Mesh, look: &str) -> Prim {
    mesh(name, part, shape, look)
}

fn post(height: f64) -> Mesh {
    let foot = rounded_box([0.14, 0.14, 0.012], 0.003, 1).moved([0.0, 0.0, 0.006]);
    rounded_box([0.06, 0.06, height], 0.008, 1).moved([0.0, 0.0, height / 2.0]).and(foot)
}

/// Along +X from the origin: a post, then a frame with upright bars.
pub fn panel_text() -> String {
    let [wide, high] = PANEL;
    let middle = wide / 2.0;
    let rail = |z: f64| rounded_box([wide - 0.06, 0.03, 0.04], 0.006, 1).moved([middle, 0.0, z]);
    let count = 12;
    let bar = |at: i32| {
        let x = 0.05 + (wide - 0.10) * (f64::from(at) + 0.5) / f64::from(count);
        rounded_box([0.012, 0.012, high - 0.26], 0.0, 0).moved([x, 0.0, high / 2.0 + 0.07])
    };
    let bars = (0..count).map(bar).fold(Mesh::default(), Mesh::and);
    let frame = rail(0.20).and(rail(1.05)).and(rail(high - 0.06));
    super::part(
        "FencePanel",
        &["SafetyYellow", "FenceWire"],
        [
            shown("FencePanel", "Post", &post(high + 0.04), "SafetyYellow"),
            shown("FencePanel", "Rails", &frame, "FenceWire"),
            shown("FencePanel", "Bars", &bars, "FenceWire"),
        ],
    )
}

/// A single post, where a row of panels ends.
pub fn post_text() -> String {
    super::part(
        "FencePost",
        &["SafetyYellow"],
        [shown("FencePost", "Post", &post(PANEL[1] + 0.04), "SafetyYellow")],
    )
}

/// A door hinged at the origin, along +X, with a clear pane.
pub fn gate_text() -> String {
    let wide = PANEL[0] - 0.10;
    let high = PANEL[1] - 0.04;
    let upright = |x: f64| rounded_box([0.05, 0.04, high], 0.008, 1).moved([x, 0.0, high / 2.0 + 0.06]);
    let across = |z: f64| rounded_box([wide - 0.05, 0.036, 0.05], 0.008, 1).moved([wide / 2.0, 0.0, z]);
    let frame = upright(0.025)
        .and(upright(wide - 0.025))
        .and(across(0.085))
        .and(across(1.0))
        .and(across(high + 0.03));
    let pane =
        rounded_box([wide - 0.10, 0.008, high - 0.10], 0.0, 0).moved([wide / 2.0, 0.0, high / 2.0 + 0.06]);
    let handle = turned_part(&[[0.0, 0.0], [0.014, 0.0], [0.014, 0.26], [0.0, 0.26]], 0.006, 16).moved([
        wide - 0.06,
        -0.06,
        0.95,
    ]);
    let lock = rounded_box([0.07, 0.09, 0.18], 0.012, 1).moved([wide - 0.03, 0.0, 1.25]);
    super::part(
        "Gate",
        &["SafetyYellow", "Polycarbonate", "CabinetDark", "EmergencyRed"],
        [
            shown("Gate", "Frame", &frame, "SafetyYellow"),
            shown("Gate", "Pane", &pane, "Polycarbonate"),
            shown("Gate", "Handle", &handle, "CabinetDark"),
            shown("Gate", "Lock", &lock, "EmergencyRed"),
        ],
    )
}

/// A low column of a light curtain, with its glass facing +X.
pub fn curtain_text() -> String {
    let body = rounded_box([0.09, 0.09, 1.15], 0.016, 2).moved([0.0, 0.0, 0.60]);
    let glass = rounded_box([0.012, 0.05, 0.98], 0.004, 1).moved([0.042, 0.0, 0.62]);
    let foot = rounded_box([0.22, 0.22, 0.02], 0.005, 1).moved([0.0, 0.0, 0.01]);
    let band = tiled(rounded_box([0.096, 0.096, 0.09], 0.016, 1), [1.0, 1.0]).moved([0.0, 0.0, 1.10]);
    super::part(
        "LightCurtain",
        &["SafetyYellow", "Rubber", "Hazard", "CabinetDark"],
        [
            shown("LightCurtain", "Body", &body, "SafetyYellow"),
            shown("LightCurtain", "Glass", &glass, "Rubber"),
            shown("LightCurtain", "Foot", &foot, "CabinetDark"),
            shown("LightCurtain", "Band", &band, "Hazard"),
        ],
    )
}

/// An emergency stop on a column.
pub fn stop_text() -> String {
    let column = rounded_box([0.07, 0.07, 0.95], 0.012, 2).moved([0.0, 0.0, 0.485]);
    let foot = rounded_box([0.20, 0.20, 0.016], 0.004, 1).moved([0.0, 0.0, 0.008]);
    let housing = rounded_box([0.13, 0.11, 0.15], 0.018, 2).moved([0.0, 0.0, 1.02]);
    let button = [
        [0.0, 0.0],
        [0.020, 0.0],
        [0.020, 0.022],
        [0.042, 0.026],
        [0.042, 0.045],
        [0.030, 0.054],
        [0.0, 0.056],
    ];
    let button = turned_part(&button, 0.004, 32).moved([0.0, 0.0, 1.093]);
    super::part(
        "EmergencyStop",
        &["SafetyYellow", "EmergencyRed", "CabinetDark"],
        [
            shown("EmergencyStop", "Column", &column.and(foot), "CabinetDark"),
            shown("EmergencyStop", "Housing", &housing, "SafetyYellow"),
            shown("EmergencyStop", "Button", &button, "EmergencyRed"),
        ],
    )
}

/// Three lamps on a pole; the variant set `signal` says which one is lit.
pub fn lamp_text() -> String {
    let drum = |z: f64, height: f64, radius: f64| {
        turned_part(&[[0.0, z], [radius, z], [radius, z + height], [0.0, z + height]], 0.006, 36)
    };
    let pole = drum(0.0, 0.22, 0.014).and(drum(0.0, 0.015, 0.05));
    let rings = drum(0.215, 0.02, 0.046)
        .and(drum(0.32, 0.012, 0.046))
        .and(drum(0.417, 0.012, 0.046))
        .and(drum(0.514, 0.03, 0.046));
    // The lamps are bound in the variants only: a binding outside would be stronger than theirs.
    let lamp = |name: &str, z: f64| bare_mesh(name, &drum(z, 0.085, 0.042), false);
    let signal = |lit: &str| {
        Prim::default().children(["Green", "Amber", "Red"].map(|lamp| {
            let state = if lamp == lit { "" } else { "Off" };
            Prim::over(lamp).look(&format!("/SignalLamp/Looks/Lamp{lamp}{state}"))
        }))
    };
    let looks = [
        "LampRed",
        "LampAmber",
        "LampGreen",
        "LampRedOff",
        "LampAmberOff",
        "LampGreenOff",
        "Aluminium",
        "RobotDark",
    ];
    let root = super::part_prim("SignalLamp", &looks)
        .meta("variants = {\n        string signal = \"green\"\n    }")
        .child(shown("SignalLamp", "Pole", &pole, "Aluminium"))
        .child(shown("SignalLamp", "Rings", &rings, "RobotDark"))
        .child(lamp("Green", 0.234))
        .child(lamp("Amber", 0.331))
        .child(lamp("Red", 0.428))
        .variants(
            "signal",
            [
                ("off", signal("")),
                ("green", signal("Green")),
                ("amber", signal("Amber")),
                ("red", signal("Red")),
            ],
        );
    super::usda::layer("SignalLamp", &[], &[root])
}

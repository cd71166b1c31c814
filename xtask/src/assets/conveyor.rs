//! The roller conveyor with its tunnel, and what travels on it: parcels and pallets.

use super::mesh::Mesh;
use super::motion::{BELT_UP, PARCEL};
use super::shapes::{extrude, rounded_box, sides, tiled, turned_part};
use super::usda::{Prim, list, mesh, tuple};
use super::vector::{Axis, V};

/// The rollers' radius; their upper edge is at [`BELT_UP`].
const ROLLER: f64 = 0.03;
/// Ends of the conveyor along X, in its own frame (which is the cell's along X).
const FROM: f64 = -0.62;
const TO: f64 = 3.42;
const PITCH: f64 = 0.11;
/// Half of the space between the rails.
const HALF_WIDTH: f64 = 0.29;

/// The conveyor's layer; its middle line is the X axis.
pub fn text() -> String {
    let looks = [
        "Frame",
        "Steel",
        "Aluminium",
        "RobotDark",
        "CabinetDark",
        "CabinetGrey",
        "Rubber",
        "SafetyYellow",
        "Hazard",
    ];
    super::part("Conveyor", &looks, [rails(), rollers(), legs(), drive(), tunnel()])
}

fn shown(name: &str, shape: &Mesh, look: &str) -> Prim {
    mesh(name, "Conveyor", shape, look)
}

fn rails() -> Prim {
    // A channel, open to the outside: its ends are concave polygons.
    let channel = [
        [0.0, 0.0],
        [0.045, 0.0],
        [0.045, 0.006],
        [0.008, 0.006],
        [0.008, 0.134],
        [0.045, 0.134],
        [0.045, 0.14],
        [0.0, 0.14],
    ];
    let length = TO - FROM;
    // Extruded along Z, then Z turned to X, and the section's X to the outside (±Y).
    let rail = extrude(&channel, length, 0.0).turned(Axis::X, 90.0).turned(Axis::Z, 90.0);
    let middle = f64::midpoint(FROM, TO);
    let left = rail.clone().turned(Axis::Z, 0.0).moved([middle, HALF_WIDTH, BELT_UP - 0.105]);
    let right = rail.turned(Axis::Z, 180.0).moved([middle, -HALF_WIDTH, BELT_UP - 0.105]);
    let guide = |side: f64| {
        turned_part(
            &[[0.0, 0.0], [0.012, 0.0], [0.012, TO - FROM - 0.75], [0.0, TO - FROM - 0.75]],
            0.004,
            12,
        )
        .turned(Axis::Y, 90.0)
        .moved([FROM, side * (HALF_WIDTH - 0.02), BELT_UP + 0.11])
    };
    let holder = |x: f64, side: f64| {
        rounded_box([0.03, 0.012, 0.12], 0.003, 1).moved([x, side * (HALF_WIDTH + 0.002), BELT_UP + 0.07])
    };
    let holders = (0..6).flat_map(|at| [-1.0, 1.0].map(|side| holder(-0.4 + 0.6 * f64::from(at), side)));
    Prim::def("Xform", "Rails")
        .child(shown("Left", &left, "Frame"))
        .child(shown("Right", &right, "Frame"))
        .child(shown("Guides", &guide(1.0).and(guide(-1.0)), "Aluminium"))
        .child(shown("Holders", &holders.fold(Mesh::default(), Mesh::and), "CabinetDark"))
}

/// One roller, drawn as often as there is room.
fn rollers() -> Prim {
    let half = HALF_WIDTH - 0.004;
    let profile = [
        [0.0, -half],
        [0.009, -half],
        [0.009, -half + 0.02],
        [ROLLER, -half + 0.02],
        [ROLLER, half - 0.02],
        [0.009, half - 0.02],
        [0.009, half],
        [0.0, half],
    ];
    let roller = turned_part(&profile, 0.004, 24).turned(Axis::X, 90.0);
    let count = ((TO - FROM - PITCH) / PITCH) as usize;
    let places: Vec<V> =
        (0..=count).map(|at| [FROM + PITCH * (at as f64 + 0.5), 0.0, BELT_UP - ROLLER]).collect();
    Prim::def("PointInstancer", "Rollers")
        .prop(format!("point3f[] positions = {}", list(places.iter().map(|place| tuple(place, 4)))))
        .prop(format!("int[] protoIndices = {}", list(places.iter().map(|_| "0".to_owned()))))
        .prop("rel prototypes = </Conveyor/Rollers/Prototypes/Roller>")
        .child(Prim::def("Scope", "Prototypes").child(shown("Roller", &roller, "Steel")))
}

fn legs() -> Prim {
    let mut posts = Mesh::default();
    let mut feet = Mesh::default();
    for x in [FROM + 0.15, 0.68, 1.83, TO - 0.25] {
        for y in [-HALF_WIDTH, HALF_WIDTH] {
            posts = posts.and(rounded_box([0.06, 0.05, BELT_UP - 0.12], 0.008, 1).moved([
                x,
                y * 1.06,
                (BELT_UP - 0.08) / 2.0,
            ]));
            let foot = turned_part(
                &[[0.0, 0.0], [0.05, 0.0], [0.05, 0.012], [0.014, 0.022], [0.014, 0.05], [0.0, 0.05]],
                0.003,
                20,
            );
            feet = feet.and(foot.moved([x, y * 1.06, 0.0]));
        }
        posts = posts.and(rounded_box([0.04, HALF_WIDTH * 2.0, 0.04], 0.006, 1).moved([x, 0.0, 0.22]));
    }
    Prim::def("Xform", "Legs").child(shown("Posts", &posts, "Frame")).child(shown("Feet", &feet, "Rubber"))
}

fn drive() -> Prim {
    let motor = [[0.0, 0.0], [0.075, 0.0], [0.075, 0.22], [0.055, 0.26], [0.0, 0.26]];
    let motor = turned_part(&motor, 0.012, 32).turned(Axis::X, 90.0).moved([0.3, -0.06, 0.50]);
    let gearbox = rounded_box([0.20, 0.16, 0.18], 0.025, 2).moved([0.3, 0.02, 0.50]);
    let stop =
        rounded_box([0.03, HALF_WIDTH * 2.0, 0.20], 0.006, 1).moved([FROM + 0.015, 0.0, BELT_UP + 0.06]);
    let eye = |side: f64| {
        rounded_box([0.05, 0.03, 0.07], 0.008, 1).moved([0.55, side * (HALF_WIDTH + 0.03), BELT_UP + 0.12])
    };
    Prim::def("Xform", "Drive")
        .child(shown("Motor", &motor, "CabinetDark"))
        .child(shown("Gearbox", &gearbox, "RobotDark"))
        .child(shown("Stop", &stop, "SafetyYellow"))
        .child(shown("Eyes", &eye(1.0).and(eye(-1.0)), "SafetyYellow"))
}

/// A scanner housing: parcels come out of it, and it hides where they come from.
fn tunnel() -> Prim {
    let (half, inner, roof) = (0.45, 0.325, 0.62);
    let arch = [
        [-half, -0.14],
        [-inner, -0.14],
        [-inner, 0.44],
        [inner, 0.44],
        [inner, -0.14],
        [half, -0.14],
        [half, roof],
        [-half, roof],
    ];
    let from = 2.62;
    let depth = TO + 0.02 - from;
    let place =
        |mesh: Mesh, x: f64| mesh.turned(Axis::X, 90.0).turned(Axis::Z, 90.0).moved([x, 0.0, BELT_UP]);
    let arch = place(extrude(&arch, depth, 0.014), from + depth / 2.0);
    let back = rounded_box([0.02, inner * 2.0 + 0.02, 0.60], 0.0, 0).moved([TO - 0.01, 0.0, BELT_UP + 0.15]);
    let strip = |at: usize| {
        rounded_box([0.004, 0.105, 0.40], 0.001, 1).moved([
            from + 0.05,
            -0.27 + 0.108 * at as f64,
            BELT_UP + 0.24,
        ])
    };
    let cover =
        rounded_box([0.02, half * 2.0 - 0.04, 0.72], 0.006, 1).moved([TO + 0.03, 0.0, BELT_UP + 0.24]);
    // Only the upper part of the curtain hangs there: parcels pass below it.
    let strips = (0..6).map(|at| strip(at).moved([0.0, 0.0, 0.13])).fold(Mesh::default(), Mesh::and);
    let lining = rounded_box([depth - 0.04, 0.01, 0.56], 0.0, 0);
    let lining = lining
        .clone()
        .moved([from + depth / 2.0, inner - 0.006, BELT_UP + 0.16])
        .and(lining.moved([from + depth / 2.0, 0.006 - inner, BELT_UP + 0.16]));
    let band = tiled(rounded_box([0.012, half * 2.0 - 0.05, 0.10], 0.003, 1), [6.0, 0.7]).moved([
        from - 0.004,
        0.0,
        BELT_UP + 0.53,
    ]);
    let middle = from + depth / 2.0;
    let both = |shape: Mesh| shape.clone().moved([0.0, half, 0.0]).and(shape.moved([0.0, -half, 0.0]));
    let stripes = both(tiled(rounded_box([depth - 0.03, 0.012, 0.07], 0.003, 1), [6.0, 0.6]).moved([
        middle,
        0.0,
        BELT_UP - 0.075,
    ]));
    let doors = both(rounded_box([0.54, 0.022, 0.46], 0.01, 2).moved([middle, 0.0, BELT_UP + 0.29]));
    let slat = |at: i32| {
        rounded_box([0.34, 0.034, 0.014], 0.005, 1).moved([
            middle,
            0.0,
            BELT_UP + 0.15 + 0.034 * f64::from(at),
        ])
    };
    let slats = both((0..5).map(slat).fold(Mesh::default(), Mesh::and));
    let window = both(rounded_box([0.34, 0.03, 0.14], 0.01, 2).moved([middle, 0.0, BELT_UP + 0.42]));
    let handles = both(rounded_box([0.02, 0.05, 0.14], 0.008, 1).moved([middle - 0.23, 0.0, BELT_UP + 0.29]));
    let scanner = rounded_box([0.30, 0.26, 0.08], 0.02, 2).moved([middle, 0.0, BELT_UP + roof + 0.035]);
    Prim::def("Xform", "Tunnel")
        .child(shown("Housing", &arch, "CabinetGrey"))
        .child(shown("Lining", &back.and(lining), "Rubber"))
        .child(shown("Back", &cover, "CabinetGrey"))
        .child(shown("Curtain", &strips, "Rubber"))
        .child(shown("Bands", &band.and(stripes), "Hazard"))
        .child(shown("Doors", &doors, "Frame"))
        .child(shown("Details", &slats.and(window).and(handles).and(scanner), "RobotDark"))
}

/// A cardboard box; its origin is its bottom's middle.
pub fn parcel_text() -> String {
    let shape = rounded_box(PARCEL, 0.006, 1).moved([0.0, 0.0, PARCEL[2] / 2.0]);
    let shape = sides(shape, [0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 1.0, 1.0]);
    let carton = mesh("Carton", "Parcel", &shape, "Carton");
    super::part("Parcel", &["Carton"], [carton])
}

/// A pallet of 1.2 by 0.8 metres, 0.144 high; its origin is its bottom's middle.
pub fn pallet_text() -> String {
    let board =
        |size: V, at: V| tiled(rounded_box(size, 0.004, 1), [size[0].max(size[1]) * 1.5, 0.5]).moved(at);
    let mut wood = Mesh::default();
    for y in [-0.3525, -0.1765, 0.0, 0.1765, 0.3525] {
        wood = wood.and(board([1.2, 0.12, 0.022], [0.0, y, 0.133]));
    }
    for x in [-0.53, 0.0, 0.53] {
        wood = wood.and(board([0.12, 0.8, 0.022], [x, 0.0, 0.111]));
        for y in [-0.34, 0.0, 0.34] {
            wood = wood.and(board([0.12, 0.11, 0.078], [x, y, 0.061]));
        }
    }
    for y in [-0.34, 0.0, 0.34] {
        wood = wood.and(board([1.2, 0.11, 0.022], [0.0, y, 0.011]));
    }
    super::part("Pallet", &["Wood"], [mesh("Boards", "Pallet", &wood, "Wood")])
}

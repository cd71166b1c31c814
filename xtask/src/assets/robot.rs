//! The six-axis arm: nested joints, each an Xform that the animation turns, and its vacuum gripper.
//!
//! At zero the upper arm stands upright and the forearm points along +X. Lengths are those of a mid-size palletizer.

use super::mesh::Mesh;
use super::shapes::{extrude, hose, link, rounded_box, smooth, tiled, turned_part};
use super::usda::{Prim, list, mesh, tuple};
use super::vector::{Axis, V};

/// Height of the second joint above the floor.
pub const SHOULDER_UP: f64 = 0.72;
/// Distance of the second joint from the first one's axis.
pub const SHOULDER_OUT: f64 = 0.30;
/// Second to third joint.
pub const UPPER_ARM: f64 = 1.05;
/// Third to fifth joint: along the forearm, and across.
pub const FOREARM: [f64; 2] = [1.10, 0.12];
/// Fifth joint to the cups' lower edge.
pub const TOOL: f64 = 0.39;

/// Where the first joint sits above the floor.
const TURRET_UP: f64 = 0.42;
const WRIST_AT: f64 = 0.70;
const WRIST_LENGTH: f64 = 0.16;

/// The part's layer.
pub fn text() -> String {
    let looks = ["RobotOrange", "RobotDark", "Rubber", "Steel", "Aluminium", "CabinetDark"];
    super::part("Robot", &looks, [base(), turret()])
}

fn shown(name: &str, shape: &Mesh, look: &str) -> Prim {
    mesh(name, "Robot", shape, look)
}

fn joint(name: &str, at: V, axis: Axis) -> Prim {
    let axis = match axis {
        Axis::X => "X",
        Axis::Y => "Y",
        Axis::Z => "Z",
    };
    Prim::def("Xform", name)
        .prop(format!("double3 xformOp:translate = {}", tuple(&at, 4)))
        .prop(format!("float xformOp:rotate{axis} = 0"))
        .prop(format!("uniform token[] xformOpOrder = [\"xformOp:translate\", \"xformOp:rotate{axis}\"]"))
}

/// A drum along Y: motors and joint caps.
fn drum(radius: f64, length: f64, bevel: f64) -> Mesh {
    let half = length / 2.0;
    let profile = [[0.0, -half], [radius, -half], [radius, half], [0.0, half]];
    turned_part(&profile, bevel, 40).turned(Axis::X, 90.0)
}

/// A plate with the outline of a belt around two circles in the XZ plane, thick along Y.
fn lever(from: [f64; 2], from_radius: f64, to: [f64; 2], to_radius: f64, thick: f64, bevel: f64) -> Mesh {
    extrude(&link(from, from_radius, to, to_radius, 14), thick, bevel).turned(Axis::X, 90.0)
}

fn base() -> Prim {
    let plate = tiled(rounded_box([0.92, 0.92, 0.03], 0.006, 1).moved([0.0, 0.0, 0.015]), [1.0, 1.0]);
    let column = [
        [0.0, 0.03],
        [0.37, 0.03],
        [0.37, 0.075],
        [0.315, 0.095],
        [0.265, 0.30],
        [0.30, 0.35],
        [0.30, 0.405],
        [0.0, 0.405],
    ];
    let sockets = rounded_box([0.20, 0.28, 0.20], 0.02, 2).moved([-0.34, 0.0, 0.19]);
    let plugs = [-0.07, 0.07].into_iter().fold(Mesh::default(), |mesh, y| {
        let plug = turned_part(&[[0.0, 0.0], [0.045, 0.0], [0.045, 0.06], [0.0, 0.06]], 0.008, 20);
        mesh.and(plug.turned(Axis::Y, -90.0).moved([-0.44, y, 0.19]))
    });
    let bolt = turned_part(&[[0.0, 0.0], [0.022, 0.0], [0.022, 0.022], [0.0, 0.022]], 0.004, 6);
    Prim::def("Xform", "Base")
        .child(shown("Plate", &plate, "Steel"))
        .child(shown("Column", &turned_part(&column, 0.012, 56), "RobotDark"))
        .child(shown("Sockets", &sockets, "CabinetDark"))
        .child(shown("Plugs", &plugs, "Rubber"))
        .child(bolts(&bolt))
}

/// Bolts around the base's foot and in the plate's corners.
fn bolts(bolt: &Mesh) -> Prim {
    let mut places: Vec<V> = (0..12)
        .map(|at| {
            let (sin, cos) = (f64::from(at) * 30.0_f64).to_radians().sin_cos();
            [0.343 * cos, 0.343 * sin, 0.075]
        })
        .collect();
    places.extend([[0.40, 0.40], [-0.40, 0.40], [-0.40, -0.40], [0.40, -0.40]].map(|[x, y]| [x, y, 0.03]));
    Prim::def("PointInstancer", "Bolts")
        .prop(format!("point3f[] positions = {}", list(places.iter().map(|place| tuple(place, 4)))))
        .prop(format!("int[] protoIndices = {}", list(places.iter().map(|_| "0".to_owned()))))
        .prop("rel prototypes = </Robot/Base/Bolts/Prototypes/Bolt>")
        .child(Prim::def("Scope", "Prototypes").child(shown("Bolt", bolt, "Steel")))
}

fn turret() -> Prim {
    let disk = [[0.0, -0.015], [0.285, -0.015], [0.285, 0.055], [0.20, 0.075], [0.0, 0.075]];
    let shoulder = [SHOULDER_OUT, SHOULDER_UP - TURRET_UP];
    let cheek = |y: f64| lever([0.02, 0.12], 0.17, shoulder, 0.165, 0.085, 0.02).moved([0.0, y, 0.0]);
    let belly = lever([-0.02, 0.12], 0.15, [0.14, 0.16], 0.11, 0.30, 0.02);
    let counterweight = rounded_box([0.22, 0.34, 0.26], 0.04, 3).moved([-0.20, 0.0, 0.19]);
    let motor = drum(0.115, 0.20, 0.02).moved([shoulder[0], 0.31, shoulder[1]]);
    let cap = drum(0.125, 0.03, 0.012).moved([shoulder[0], -0.215, shoulder[1]]);
    joint("J1", [0.0, 0.0, TURRET_UP], Axis::Z)
        .child(shown("Disk", &turned_part(&disk, 0.012, 56), "RobotOrange"))
        .child(shown("Cheeks", &cheek(0.155).and(cheek(-0.155)).and(belly), "RobotOrange"))
        .child(shown("Counterweight", &counterweight, "RobotDark"))
        .child(shown("Motor", &motor, "CabinetDark"))
        .child(shown("Cap", &cap, "Aluminium"))
        .child(upper_arm([shoulder[0], 0.0, shoulder[1]]))
}

fn upper_arm(at: V) -> Prim {
    let arm = lever([0.0, 0.0], 0.15, [0.0, UPPER_ARM], 0.125, 0.19, 0.035);
    let inlay = lever([0.0, 0.20], 0.085, [0.0, UPPER_ARM - 0.20], 0.07, 0.202, 0.006);
    let hubs = drum(0.11, 0.215, 0.012).and(drum(0.095, 0.215, 0.012).moved([0.0, 0.0, UPPER_ARM]));
    let run = smooth(
        &[
            [-0.10, 0.13, 0.02],
            [-0.13, 0.14, 0.25],
            [-0.12, 0.145, 0.55],
            [-0.12, 0.14, 0.85],
            [-0.08, 0.13, 1.04],
        ],
        6,
    );
    let clamp = |z: f64| rounded_box([0.09, 0.07, 0.05], 0.012, 1).moved([-0.115, 0.125, z]);
    joint("J2", at, Axis::Y)
        .child(shown("Arm", &arm, "RobotOrange"))
        .child(shown("Inlay", &inlay, "RobotDark"))
        .child(shown("Hubs", &hubs, "Aluminium"))
        .child(shown("Hose", &hose(&run, 0.028, 12), "Rubber"))
        .child(shown("Clamps", &clamp(0.28).and(clamp(0.80)), "CabinetDark"))
        .child(elbow())
}

fn elbow() -> Prim {
    let up = FOREARM[1];
    let cheek = |y: f64| lever([0.0, 0.0], 0.135, [0.06, up], 0.13, 0.06, 0.018).moved([0.0, y, 0.0]);
    let head = rounded_box([0.44, 0.30, 0.25], 0.055, 3).moved([0.05, 0.0, up + 0.03]);
    let drive = drum(0.10, 0.18, 0.02).moved([0.0, -0.24, 0.0]);
    let cap = drum(0.105, 0.03, 0.012).moved([0.0, 0.17, 0.0]);
    // The three wrist motors at the back: what makes a silhouette an industrial robot's.
    let motor = turned_part(&[[0.0, 0.0], [0.052, 0.0], [0.052, 0.19], [0.0, 0.19]], 0.012, 24)
        .turned(Axis::Y, -90.0);
    let motors = [[-0.09, 0.0], [0.09, 0.0], [0.0, 0.085]]
        .into_iter()
        .fold(Mesh::default(), |mesh, [y, z]| mesh.and(motor.clone().moved([-0.165, y, up + 0.01 + z])));
    joint("J3", [0.0, 0.0, UPPER_ARM], Axis::Y)
        .child(shown("Cheeks", &cheek(0.125).and(cheek(-0.125)), "RobotOrange"))
        .child(shown("Head", &head, "RobotOrange"))
        .child(shown("Drive", &drive, "CabinetDark"))
        .child(shown("Cap", &cap, "Aluminium"))
        .child(shown("Motors", &motors, "CabinetDark"))
        .child(forearm([FOREARM[0] - WRIST_AT, 0.0, up]))
}

fn forearm(at: V) -> Prim {
    let tube = [
        [0.0, -0.14],
        [0.125, -0.14],
        [0.125, -0.08],
        [0.108, -0.05],
        [0.078, 0.46],
        [0.09, 0.50],
        [0.0, 0.50],
    ];
    let fork = |y: f64| lever([0.48, 0.0], 0.078, [WRIST_AT, 0.0], 0.07, 0.035, 0.012).moved([0.0, y, 0.0]);
    let ring =
        turned_part(&[[0.0, 0.0], [0.131, 0.0], [0.131, 0.03], [0.0, 0.03]], 0.006, 48).turned(Axis::Y, 90.0);
    let run = smooth(
        &[
            [-0.12, 0.10, 0.10],
            [0.0, 0.09, 0.15],
            [0.22, 0.04, 0.135],
            [0.42, 0.03, 0.105],
            [0.52, 0.06, 0.07],
        ],
        6,
    );
    let saddle = rounded_box([0.06, 0.08, 0.06], 0.012, 1).moved([0.21, 0.04, 0.105]);
    joint("J4", at, Axis::X)
        .child(shown("Tube", &turned_part(&tube, 0.014, 48).turned(Axis::Y, 90.0), "RobotOrange"))
        .child(shown("Ring", &ring.moved([-0.155, 0.0, 0.0]), "RobotDark"))
        .child(shown("Fork", &fork(0.078).and(fork(-0.078)), "RobotOrange"))
        .child(shown("Hose", &hose(&run, 0.022, 12), "Rubber"))
        .child(shown("Saddle", &saddle, "CabinetDark"))
        .child(wrist())
}

fn wrist() -> Prim {
    let knuckle = drum(0.062, 0.20, 0.012);
    let neck = [[0.0, 0.0], [0.055, 0.0], [0.058, 0.10], [0.05, 0.135], [0.0, 0.135]];
    joint("J5", [WRIST_AT, 0.0, 0.0], Axis::Y)
        .child(shown("Knuckle", &knuckle, "Aluminium"))
        .child(shown("Neck", &turned_part(&neck, 0.008, 36).turned(Axis::Y, 90.0), "RobotDark"))
        .child(gripper())
}

/// Points along +X of the flange; the cups end at [`TOOL`] from the wrist.
fn gripper() -> Prim {
    let flange = [
        [0.0, -0.025],
        [0.052, -0.025],
        [0.06, 0.0],
        [0.06, 0.02],
        [0.035, 0.03],
        [0.035, 0.115],
        [0.0, 0.115],
    ];
    let plate = rounded_box([0.024, 0.26, 0.36], 0.006, 1).moved([0.127, 0.0, 0.0]);
    let valve = rounded_box([0.05, 0.09, 0.12], 0.01, 1).moved([0.095, 0.0, 0.10]);
    let last = TOOL - WRIST_LENGTH;
    let cup = [
        [0.0, last - 0.095],
        [0.014, last - 0.095],
        [0.014, last - 0.055],
        [0.026, last - 0.045],
        [0.018, last - 0.034],
        [0.028, last - 0.022],
        [0.02, last - 0.012],
        [0.034, last],
        [0.0, last],
    ];
    let cup = turned_part(&cup, 0.003, 20).turned(Axis::Y, 90.0);
    let cups = [-0.085, 0.085].into_iter().flat_map(|y| [-0.13, 0.0, 0.13].map(|z| [0.0, y, z]));
    let cups = cups.fold(Mesh::default(), |mesh, at| mesh.and(cup.clone().moved(at)));
    joint("J6", [WRIST_LENGTH, 0.0, 0.0], Axis::X)
        .child(shown("Flange", &turned_part(&flange, 0.004, 36).turned(Axis::Y, 90.0), "Aluminium"))
        .child(
            Prim::def("Xform", "Gripper")
                .child(shown("Plate", &plate, "Aluminium"))
                .child(shown("Valve", &valve, "CabinetDark"))
                .child(shown("Cups", &cups, "Rubber")),
        )
}

//! The root layer: where everything stands, how it moves, and from where it is looked at.

use super::mesh::Mesh;
use super::motion::{self, FRAMES, PARCEL, PLACES};
use super::safety::PANEL;
use super::shapes::{hose, link, plate, rounded_box, smooth};
use super::textures::{FLOOR_CORNER, FLOOR_SIZE};
use super::usda::{Prim, layer, list, mesh, number, tuple};
use super::vector::{V, cross, dot, sub, unit};

const CABINET: V = [-2.35, 1.75, 0.0];
const PALLET: V = [1.45, -0.78, 0.0];
const FULL_PALLET: V = [-0.95, -1.95, 0.0];
/// Markings lie this far above the floor.
const MARK_UP: f64 = 0.004;

/// The frame that is also written as plain values, for whoever reads the stage without a time.
const STILL: u32 = 60;

/// What stands on the floor: centre, half size, darkness beside it.
pub fn footprints() -> Vec<([f64; 2], [f64; 2], f64)> {
    let mut prints = vec![
        ([0.0, 0.0], [0.40, 0.40], 0.65),
        ([CABINET[0], CABINET[1]], [0.42, 0.22], 0.7),
        ([PALLET[0], PALLET[1]], [0.55, 0.36], 0.7),
        ([FULL_PALLET[0], FULL_PALLET[1]], [0.36, 0.55], 0.75),
        ([1.4, motion::BELT_Y], [2.0, 0.22], 0.38),
        ([3.05, motion::BELT_Y], [0.38, 0.36], 0.35),
    ];
    prints.extend([-0.45, 0.68, 1.83, 3.2].map(|x| ([x, motion::BELT_Y], [0.03, 0.30], 0.2)));
    prints
}

/// The layer `robot_cell.usda`.
pub fn text() -> String {
    let metadata = [
        "customLayerData = {\n        dictionary cameraSettings = {\n            string boundCamera = \"/World/Cameras/Overview\"\n        }\n    }".to_owned(),
        "doc = \"A palletizing cell: written by `cargo xtask assets`.\"".to_owned(),
        format!("endTimeCode = {FRAMES}"),
        format!("framesPerSecond = {}", number(motion::RATE, 0)),
        "startTimeCode = 1".to_owned(),
        format!("timeCodesPerSecond = {}", number(motion::RATE, 0)),
    ];
    let world = Prim::def("Xform", "World")
        .meta("kind = \"assembly\"")
        .meta("variants = {\n        string cellState = \"running\"\n    }")
        .child(floor())
        .child(robot())
        .child(
            Prim::def("Xform", "Conveyor")
                .meta("prepend payload = @./conveyor.usda@</Conveyor>")
                .at([0.0, motion::BELT_Y, 0.0], [0.0; 3]),
        )
        .child(parcels())
        .child(stacks())
        .child(safety())
        .child(
            Prim::part("ControlCabinet", "control_cabinet.usda", "ControlCabinet")
                .at(CABINET, [0.0, 0.0, 0.0]),
        )
        .child(
            Prim::part("SignalLamp", "signal_lamp.usda", "SignalLamp")
                .at([CABINET[0] + 0.33, CABINET[1], 1.748], [0.0; 3]),
        )
        .child(cables())
        .child(cameras())
        .child(lights())
        .child(reach())
        .child(super::looks::scope(&[
            "Concrete",
            "Hazard",
            "MarkingWhite",
            "MarkingYellow",
            "Rubber",
            "CabinetDark",
            "SafetyYellow",
        ]))
        .variants("cellState", [("running", state("green", 0.0)), ("maintenance", state("amber", 62.0))]);
    layer("World", &metadata, &[world])
}

/// What the state of the cell changes: the lamp and the gate.
fn state(signal: &str, gate: f64) -> Prim {
    Prim::default()
        .child(
            Prim::over("SignalLamp")
                .meta(format!("variants = {{\n            string signal = \"{signal}\"\n        }}")),
        )
        .child(
            Prim::over("Safety")
                .child(Prim::over("Gate").prop(format!("float xformOp:rotateZ:swing = {}", number(gate, 1)))),
        )
}

fn shown(name: &str, shape: &Mesh, look: &str) -> Prim {
    mesh(name, "World", shape, look)
}

fn floor() -> Prim {
    let slab = plate(FLOOR_CORNER, FLOOR_SIZE, 0.0, [1.0, 1.0]);
    let line = |corner: [f64; 2], size: [f64; 2]| plate(corner, size, MARK_UP, [1.0, 1.0]);
    // The robot's zone: hazard stripes around it; the stripes are 0.12 m wide and keep their angle.
    let (x0, y0, x1, y1, wide) = (-1.75, -1.30, 2.45, 0.85, 0.12);
    let along = |corner, size: [f64; 2]| plate(corner, size, MARK_UP, [size[0] / 0.24, size[1] / 0.24]);
    let zone = along([x0, y0], [x1 - x0, wide])
        .and(along([x0, y1 - wide], [x1 - x0, wide]))
        .and(along([x0, y0 + wide], [wide, y1 - y0 - 2.0 * wide]))
        .and(along([x1 - wide, y0 + wide], [wide, y1 - y0 - 2.0 * wide]));
    // The walkway in front, two lines and a row of dashes.
    let walkway = line([FLOOR_CORNER[0], -2.70], [FLOOR_SIZE[0], 0.08])
        .and(line([FLOOR_CORNER[0], -3.55], [FLOOR_SIZE[0], 0.08]));
    let dashes = (0..12)
        .map(|at| line([FLOOR_CORNER[0] + 0.2 + 0.75 * f64::from(at), -3.13], [0.42, 0.06]))
        .fold(Mesh::default(), Mesh::and);
    let bay = |centre: V, half: [f64; 2]| {
        let (x, y, w) = (centre[0], centre[1], 0.05);
        line([x - half[0], y - half[1]], [2.0 * half[0], w])
            .and(line([x - half[0], y + half[1] - w], [2.0 * half[0], w]))
            .and(line([x - half[0], y - half[1] + w], [w, 2.0 * (half[1] - w)]))
            .and(line([x + half[0] - w, y - half[1] + w], [w, 2.0 * (half[1] - w)]))
    };
    Prim::def("Xform", "Floor")
        .meta("kind = \"component\"")
        .child(shown("Slab", &slab, "Concrete"))
        .child(shown("Zone", &zone, "Hazard"))
        .child(shown("Walkway", &walkway, "MarkingYellow"))
        .child(shown("Dashes", &dashes.and(bay(FULL_PALLET, [0.50, 0.70])), "MarkingWhite"))
}

/// Joint angles as time samples over the part's own, unturned joints.
fn robot() -> Prim {
    let frames: Vec<u32> = (1..=FRAMES).collect();
    let poses: Vec<_> = frames.iter().map(|frame| motion::joints(*frame)).collect();
    let mut inner: Option<Prim> = None;
    for (joint, axis) in ["Z", "Y", "Y", "X", "Y", "X"].iter().enumerate().rev() {
        let samples = frames.iter().zip(&poses).map(|(frame, pose)| (*frame, number(pose[joint], 3)));
        let mut over = Prim::over(&format!("J{}", joint + 1));
        if joint != 3 {
            over = over
                .prop(format!("float xformOp:rotate{axis} = {}", number(motion::joints(STILL)[joint], 3)))
                .prop(format!("float xformOp:rotate{axis}.timeSamples = {}", time_samples(samples)));
        }
        inner = Some(over.children(inner));
    }
    Prim::def("Xform", "Robot").meta("prepend payload = @./robot.usda@</Robot>").children(inner)
}

/// `{ 1: a, 2: b }`, without samples that the straight line between their neighbours' equal values gives anyway.
fn time_samples(samples: impl Iterator<Item = (u32, String)>) -> String {
    let samples: Vec<_> = samples.collect();
    let is_needed = |at: usize| {
        at == 0
            || at + 1 == samples.len()
            || samples[at - 1].1 != samples[at].1
            || samples[at + 1].1 != samples[at].1
    };
    let kept = (0..samples.len()).filter(|at| is_needed(*at));
    format!(
        "{{ {} }}",
        kept.map(|at| format!("{}: {}", samples[at].0, samples[at].1)).collect::<Vec<_>>().join(", ")
    )
}

/// Parcels that move: some are carried, all share one prototype.
fn parcels() -> Prim {
    let parcel = |number: usize| {
        let samples = (1..=FRAMES).map(|frame| (frame, tuple(&motion::parcel(number, frame).0, 4)));
        Prim::part(&format!("Parcel_{}", number + 1), "parcel.usda", "Parcel")
            .meta("instanceable = true")
            .prop(format!("double3 xformOp:translate = {}", tuple(&motion::parcel(number, STILL).0, 4)))
            .prop(format!("double3 xformOp:translate.timeSamples = {}", time_samples(samples)))
            .prop("uniform token[] xformOpOrder = [\"xformOp:translate\"]")
    };
    Prim::def("Xform", "Parcels").meta("kind = \"group\"").children((0..4).map(parcel))
}

fn stacks() -> Prim {
    let grid = [[-0.40, 0.19], [0.0, 0.19], [0.40, 0.19], [-0.40, -0.19], [0.0, -0.19], [0.40, -0.19]];
    let deck = 0.144;
    let stack = |name: &str, at: V, turn: f64, layers: usize, leave_out: &[V]| {
        let mut prim = Prim::def("Xform", name)
            .meta("kind = \"group\"")
            .at(at, [0.0, 0.0, turn])
            .child(Prim::part("Pallet", "pallet.usda", "Pallet").meta("instanceable = true"));
        for place in (0..layers).flat_map(|layer| grid.map(|[x, y]| [x, y, deck + PARCEL[2] * layer as f64]))
        {
            let is_open = leave_out.iter().any(|open| {
                let here = [at[0] + place[0], at[1] + place[1], place[2]];
                (0..3).all(|i| (here[i] - open[i]).abs() < 1e-6)
            });
            if !is_open {
                // Nobody sets down boxes to the millimetre, and labels face every way.
                let number = prim.child_count();
                let wobble = super::picture::hash(number as i64, layers as i64, 70) * 3.0 - 1.5;
                let side = if number % 3 == 1 { 180.0 } else { 0.0 };
                prim = prim.child(
                    Prim::part(&format!("Parcel_{number}"), "parcel.usda", "Parcel")
                        .meta("instanceable = true")
                        .at(place, [0.0, 0.0, side + wobble]),
                );
            }
        }
        prim
    };
    Prim::def("Xform", "Stacks")
        .meta("kind = \"group\"")
        .child(stack("Filling", PALLET, 0.0, 2, &PLACES))
        .child(stack("Full", FULL_PALLET, 90.0, 4, &[]))
}

fn safety() -> Prim {
    let [wide, _] = PANEL;
    let panel = |name: String, at: V, turn: f64| {
        Prim::part(&name, "fence_panel.usda", "FencePanel")
            .meta("instanceable = true")
            .at(at, [0.0, 0.0, turn])
    };
    let (left, back, right) = (-3.05, 2.45, -3.05 + 5.0 * wide);
    let post = |name: &str, at: V| {
        Prim::part(name, "fence_post.usda", "FencePost").meta("instanceable = true").at(at, [0.0; 3])
    };
    let curtain = |name: &str, at: V, turn: f64| {
        Prim::part(name, "light_curtain.usda", "LightCurtain")
            .meta("instanceable = true")
            .at(at, [0.0, 0.0, turn])
    };
    let back_row =
        (0..5).map(|at| panel(format!("Back_{}", at + 1), [left + wide * f64::from(at), back, 0.0], 0.0));
    let side = (0..3)
        .map(|at| panel(format!("Left_{}", at + 1), [left, back - wide * f64::from(at) - wide, 0.0], 90.0));
    // The gate closes the rest of the left side; it swings about its own post.
    let hinge = [left, back - 3.0 * wide, 0.0];
    let gate = Prim::part("Gate", "gate.usda", "Gate")
        .prop(format!("double3 xformOp:translate = {}", tuple(&[hinge[0], hinge[1] - 0.05, 0.0], 4)))
        .prop("float xformOp:rotateZ = -90")
        .prop("uniform token[] xformOpOrder = [\"xformOp:translate\", \"xformOp:rotateZ\", \"xformOp:rotateZ:swing\"]");
    Prim::def("Xform", "Safety")
        .meta("kind = \"group\"")
        .children(back_row)
        .children(side)
        .child(post("Post_Corner", [right, back, 0.0]))
        .child(post("Post_Gate", [left, hinge[1] - wide, 0.0]))
        .child(gate)
        .child(curtain("Curtain_1", [left + 0.25, -2.45, 0.0], 0.0))
        .child(curtain("Curtain_2", [3.72, -2.30, 0.0], 180.0))
        .child(
            Prim::part("EmergencyStop", "emergency_stop.usda", "EmergencyStop")
                .meta("instanceable = true")
                .at([3.62, -1.98, 0.0], [0.0; 3]),
        )
}

/// From the cabinet to the robot: a cable under a ramp.
fn cables() -> Prim {
    let path = smooth(
        &[
            [CABINET[0] + 0.42, CABINET[1] - 0.05, 0.10],
            [CABINET[0] + 0.62, CABINET[1] - 0.15, 0.025],
            [-1.30, 1.05, 0.025],
            [-0.95, 0.40, 0.025],
            [-0.70, 0.10, 0.06],
            [-0.50, 0.07, 0.19],
            [-0.40, 0.07, 0.19],
        ],
        8,
    );
    let second: Vec<V> = path.iter().map(|p| [p[0] - 0.02, p[1] - 0.07, p[2]]).collect();
    let second = smooth(
        &[
            second[0],
            second[8],
            second[16],
            second[26],
            [-0.72, -0.05, 0.05],
            [-0.52, -0.07, 0.19],
            [-0.40, -0.07, 0.19],
        ],
        8,
    );
    let ramp = rounded_box([0.55, 0.30, 0.05], 0.02, 2).moved([-1.52, 1.24, 0.02]);
    Prim::def("Xform", "Cables")
        .meta("kind = \"component\"")
        .child(shown("Power", &hose(&path, 0.022, 12), "Rubber"))
        .child(shown("Data", &hose(&second, 0.014, 10), "CabinetDark"))
        .child(shown("Ramp", &ramp, "SafetyYellow"))
}

fn cameras() -> Prim {
    Prim::def("Scope", "Cameras")
        .child(camera("Overview", [4.90, -5.20, 2.75], [0.52, 0.05, 0.80], 33.0))
        .child(camera("Pick", [2.15, 2.20, 1.95], [0.55, 1.10, 1.02], 28.0))
        .child(camera("Pallet", [3.4, -2.2, 1.35], [0.9, -0.35, 0.75], 35.0))
}

/// Looks from `eye` to `target`, Z up; `focal` in the film's millimetres (36 by 20.25).
fn camera(name: &str, eye: V, target: V, focal: f64) -> Prim {
    let back = unit(sub(eye, target));
    let right = unit(cross([0.0, 0.0, 1.0], back));
    let up = cross(back, right);
    let row = |v: V, w: f64| tuple(&[v[0], v[1], v[2], w], 5);
    let distance = dot(sub(eye, target), back);
    Prim::def("Camera", name)
        .prop("float2 clippingRange = (0.05, 200)")
        .prop(format!("float focalLength = {}", number(focal, 2)))
        .prop(format!("float focusDistance = {}", number(distance, 3)))
        .prop("float horizontalAperture = 36")
        .prop("float verticalAperture = 20.25")
        .prop(format!(
            "matrix4d xformOp:transform = ( {}, {}, {}, {} )",
            row(right, 0.0),
            row(up, 0.0),
            row(back, 0.0),
            row(eye, 1.0)
        ))
        .prop("uniform token[] xformOpOrder = [\"xformOp:transform\"]")
}

fn lights() -> Prim {
    // `brightness` is what a white surface that faces the light sends back: a distant light's intensity is its radiance,
    // of which a small disk sends only little, so its number is large.
    let sun = |name: &str, turn: V, colour: V, brightness: f64, angle: f64| {
        let intensity = brightness / (angle / 2.0).to_radians().sin().powi(2);
        Prim::def("DistantLight", name)
            .prop(format!("float inputs:angle = {}", number(angle, 2)))
            .prop(format!("color3f inputs:color = {}", tuple(&colour, 3)))
            .prop(format!("float inputs:intensity = {}", number(intensity, 0)))
            .at([0.0; 3], turn)
    };
    Prim::def("Scope", "Lights")
        .child(
            Prim::def("DomeLight", "Hall")
                .prop("float inputs:intensity = 0.85")
                .prop("asset inputs:texture:file = @./textures/hall.png@")
                .prop("token inputs:texture:format = \"latlong\"")
                // A dome's pole is +Y: here it is turned up.
                .at([0.0; 3], [90.0, 0.0, 0.0]),
        )
        .child(sun("Key", [38.0, 22.0, 35.0], [1.0, 0.96, 0.90], 0.95, 1.0))
        .child(sun("Fill", [-55.0, -30.0, 0.0], [0.85, 0.92, 1.0], 0.18, 5.0))
}

/// How far the arm reaches: a guide, hidden unless asked for.
fn reach() -> Prim {
    let circle = |radius: f64| link([0.0, 0.0], radius, [1e-6, 0.0], radius, 48);
    let (outer, inner) = (circle(2.45), circle(2.42));
    let points: Vec<V> = outer.iter().chain(&inner).map(|p| [p[0], p[1], 0.0]).collect();
    let count = outer.len();
    let quad = |at: usize| {
        let next = (at + 1) % count;
        [at, next, count + next, count + at].map(|point| point.to_string()).join(", ")
    };
    Prim::def("Scope", "Guides").child(
        Prim::def("Mesh", "Reach")
            .prop("color3f[] primvars:displayColor = [(0.1, 0.6, 0.9)]")
            .prop("float3[] extent = [(-2.45, -2.45, 0), (2.45, 2.45, 0)]")
            .prop(format!("int[] faceVertexCounts = {}", list((0..count).map(|_| "4".to_owned()))))
            .prop(format!("int[] faceVertexIndices = {}", list((0..count).map(quad))))
            .prop(format!("point3f[] points = {}", list(points.iter().map(|point| tuple(point, 4)))))
            .prop("uniform token purpose = \"guide\"")
            .prop("uniform token subdivisionScheme = \"none\"")
            .at([0.0, 0.0, 0.72], [0.0; 3]),
    )
}

//! What hands do: directions, units, limits, for Y up and Z up.

use std::time::Duration;

use glam::DVec3;
use telestage_protocol::{CameraCommand, CameraCommandRequest, CameraState, ClientMessage, SetCameraRequest};
use telestage_session::Input;
use telestage_session::camera::UpAxis;

use crate::stand::{Stand, command, cube, is_close, stage, stage_camera, total, view};

const AXES: [UpAxis; 2] = [UpAxis::Y, UpAxis::Z];

/// A free camera four units in front of the origin, which looks at it.
fn in_front(axis: UpAxis) -> Stand {
    let mut stand = Stand::showing(stage(axis, cube([0.0; 3], 1.0)));
    place(&mut stand, axis.front() * 4.0, axis.up());
    stand
}

fn place(stand: &mut Stand, eye: DVec3, up: DVec3) {
    let request = SetCameraRequest {
        eye: eye.to_array(),
        target: [0.0; 3],
        up: up.to_array(),
        fov_y: Some(60.0),
        ortho_height: None,
        shift: None,
        transition_ms: None,
    };
    stand.say(1, "", ClientMessage::SetCameraPose(request));
}

fn moved(stand: &mut Stand, kind: CameraCommand, x: f64, y: f64) -> CameraState {
    stand.say(1, "", command(kind, 1, 1, x, y));
    stand.camera()
}

fn assert_at(place: [f64; 3], expected: DVec3) {
    assert!(is_close(place, expected.to_array()), "{place:?} is not {expected:?}");
}

#[test]
fn orbit_by_half_a_height_goes_a_quarter_round_to_the_left() {
    for axis in AXES {
        let state = moved(&mut in_front(axis), CameraCommand::Orbit, 0.5, 0.0);
        assert_at(state.eye, -axis.right() * 4.0);
        assert_at(state.target, DVec3::ZERO);
        assert_at(state.up, axis.up());
    }
}

#[test]
fn orbit_downward_raises_the_eye() {
    for axis in AXES {
        let state = moved(&mut in_front(axis), CameraCommand::Orbit, 0.0, 0.25);
        let diagonal = 4.0 / 2.0_f64.sqrt();
        assert_at(state.eye, (axis.front() + axis.up()) * diagonal);
        assert_at(state.target, DVec3::ZERO);
    }
}

#[test]
fn orbit_stops_short_of_the_poles_and_up_stays_up() {
    for axis in AXES {
        for far in [5.0, -5.0] {
            let state = moved(&mut in_front(axis), CameraCommand::Orbit, 0.0, far);
            let eye = DVec3::from_array(state.eye);
            let height = eye.dot(axis.up()) / 4.0;
            assert!((height - far.signum()).abs() < 1e-5, "{height}");
            assert!(eye.dot(axis.front()) > 0.0, "not over the top");
            assert!(DVec3::from_array(state.up).dot(axis.up()) > 0.0);
        }
    }
}

#[test]
fn a_whole_turn_comes_back() {
    for axis in AXES {
        let mut stand = in_front(axis);
        for seq in 1..=200 {
            stand.say(1, "", command(CameraCommand::Orbit, 1, seq, 0.01 * f64::from(seq), 0.0));
        }
        assert_at(stand.camera().eye, axis.front() * 4.0);
    }
}

#[test]
fn a_camera_that_looks_straight_down_can_be_orbited_out_of_it() {
    for axis in AXES {
        let mut stand = in_front(axis);
        // The picture's up is the far side, so the front is below.
        place(&mut stand, axis.up() * 4.0, -axis.front());
        let state = moved(&mut stand, CameraCommand::Orbit, 0.0, -0.25);
        let diagonal = 4.0 / 2.0_f64.sqrt();
        assert_at(state.eye, (axis.front() + axis.up()) * diagonal);
    }
}

#[test]
fn a_rolled_camera_keeps_its_roll() {
    for axis in AXES {
        let mut stand = in_front(axis);
        place(&mut stand, axis.front() * 4.0, axis.right());
        let state = moved(&mut stand, CameraCommand::Orbit, 0.5, 0.0);
        assert_at(state.eye, -axis.right() * 4.0);
        assert_at(state.up, axis.front());
    }
}

#[test]
fn look_turns_around_the_eye_toward_the_hand() {
    for axis in AXES {
        let state = moved(&mut in_front(axis), CameraCommand::Look, 0.5, 0.0);
        assert_at(state.eye, axis.front() * 4.0);
        assert_at(state.target, axis.front() * 4.0 + axis.right() * 4.0);
        let state = moved(&mut in_front(axis), CameraCommand::Look, 0.0, 0.25);
        let down = DVec3::from_array(state.target) - axis.front() * 4.0;
        assert!(down.dot(axis.up()) < -2.8 && down.dot(axis.front()) < -2.8);
    }
}

#[test]
fn pan_by_one_moves_the_point_of_interest_by_the_picture_height() {
    let height = 2.0 * 4.0 * 30.0_f64.to_radians().tan();
    for axis in AXES {
        let state = moved(&mut in_front(axis), CameraCommand::Pan, 1.0, 0.0);
        assert_at(state.target, -axis.right() * height);
        let state = moved(&mut in_front(axis), CameraCommand::Pan, 0.0, 1.0);
        assert_at(state.target, axis.up() * height);
        assert_at(state.eye, axis.up() * height + axis.front() * 4.0);
    }
}

#[test]
fn zoom_by_a_notch_changes_the_distance_and_keeps_what_is_under_the_cursor() {
    for axis in AXES {
        let mut stand = in_front(axis);
        let request = CameraCommandRequest {
            cx: Some(0.75),
            cy: Some(0.25),
            ..total(CameraCommand::Zoom, 1, 1, 0.0, -2.0)
        };
        let height = 2.0 * 4.0 * 30.0_f64.to_radians().tan();
        let under = axis.right() * (0.25 * height * 1280.0 / 720.0) + axis.up() * (0.25 * height);
        stand.say(1, "", ClientMessage::CameraCommand(request));
        let state = stand.camera();
        let (eye, target) = (DVec3::from_array(state.eye), DVec3::from_array(state.target));
        let distance = (eye - target).length();
        assert!((distance - 4.0 / 1.44).abs() < 1e-9, "{distance}");
        // The same point is still at the same place of the picture, which is smaller by 1.44.
        assert_at((under - target).to_array(), under / 1.44);
    }
}

#[test]
fn zoom_without_a_cursor_goes_to_the_middle_and_ends_at_its_limits() {
    let state = moved(&mut in_front(UpAxis::Y), CameraCommand::Zoom, 0.0, 1.0);
    assert_at(state.eye, DVec3::Z * 4.8);
    let near = moved(&mut in_front(UpAxis::Y), CameraCommand::Zoom, 0.0, -1e4);
    assert!(DVec3::from_array(near.eye).length() > 1e-5);
    assert_at(near.target, DVec3::ZERO);
    let far = moved(&mut in_front(UpAxis::Y), CameraCommand::Zoom, 0.0, 1e4);
    assert!(DVec3::from_array(far.eye).length() < 1e4);
}

#[test]
fn a_parallel_picture_zooms_by_its_height() {
    let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let mut camera = stage_camera("/Main", [0.0, 0.0, 4.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0);
    (camera.orthographic, camera.aperture) = (true, [40.0, 20.0]);
    summary.cameras.push(camera);
    let mut stand = Stand::showing(summary);
    let before = stand.camera();
    assert_eq!(before.projection, telestage_protocol::ProjectionKind::Orthographic);
    let height = before.ortho_height.unwrap();
    assert!((height - 4.0 * 720.0 / 1280.0).abs() < 1e-12, "the width of four units fits: {height}");
    let after = moved(&mut stand, CameraCommand::Zoom, 0.0, 1.0);
    assert!((after.ortho_height.unwrap() - 1.2 * height).abs() < 1e-12);
    assert!(is_close(after.eye, before.eye));
    assert_eq!(after.path, None, "the hand takes over");
}

#[test]
fn a_parallel_view_can_be_set_and_left() {
    let mut stand = in_front(UpAxis::Z);
    let set = |fov_y, ortho_height| {
        ClientMessage::SetCameraPose(SetCameraRequest {
            eye: [0.0, 0.0, 9.0],
            target: [0.0; 3],
            up: [0.0, 1.0, 0.0],
            fov_y,
            ortho_height,
            shift: None,
            transition_ms: None,
        })
    };
    stand.say(1, "", set(None, Some(5.0)));
    assert_eq!(stand.camera().ortho_height, Some(5.0));
    stand.say(1, "", set(None, None));
    assert_eq!(stand.camera().ortho_height, Some(5.0), "as it is");
    stand.say(1, "", set(Some(30.0), None));
    assert_eq!((stand.camera().ortho_height, stand.camera().fov_y), (None, 30.0));
}

fn fly(seq: u32, velocity: [f64; 3]) -> ClientMessage {
    let [x, y, z] = velocity;
    ClientMessage::CameraCommand(CameraCommandRequest {
        z: Some(z),
        ..total(CameraCommand::Fly, 1, seq, x, y)
    })
}

#[test]
fn flying_goes_by_scene_radii_a_second_and_ends_a_quarter_second_after_the_last_command() {
    for axis in AXES {
        let mut stand = in_front(axis);
        let radius = 3.0_f64.sqrt();
        for seq in 1..=10 {
            stand.say(1, "", fly(seq, [0.0, 0.0, -1.0]));
            stand.run_ms(100);
        }
        stand.run_ms(5000);
        // 1 s of commands, the last of which holds for 250 ms.
        assert_at(stand.camera().eye, axis.front() * (4.0 - 1.15 * radius));
        assert_eq!(stand.camera().seq, 10);
    }
}

#[test]
fn flying_has_view_axes() {
    for axis in AXES {
        let mut stand = in_front(axis);
        stand.say(1, "", fly(1, [2.0, 1.0, 0.0]));
        stand.run_ms(1000);
        let expected = axis.front() * 4.0 + (axis.right() * 2.0 + axis.up()) * (0.25 * 3.0_f64.sqrt());
        assert_at(stand.camera().eye, expected);
    }
}

#[test]
fn flying_stops_with_final_with_zero_and_when_its_client_leaves() {
    let stops: [fn(&mut Stand); 3] = [
        |stand| {
            let last = CameraCommandRequest {
                is_final: Some(true),
                z: Some(-1.0),
                ..total(CameraCommand::Fly, 1, 2, 0.0, 0.0)
            };
            stand.say(2, "", ClientMessage::CameraCommand(last));
        },
        |stand| {
            stand.say(2, "", fly(2, [0.0; 3]));
        },
        |stand| {
            stand.input(Input::Left { client: 2 });
        },
    ];
    for stop in stops {
        let mut stand = in_front(UpAxis::Y);
        stand.greet(2);
        stand.hand_to(2);
        stand.say(2, "", fly(1, [0.0, 0.0, -1.0]));
        stand.run_ms(100);
        stop(&mut stand);
        let stopped = stand.camera().eye;
        stand.run_ms(1000);
        assert_at(stand.camera().eye, DVec3::from_array(stopped));
        assert!(stopped[2] < 3.9);
    }
}

#[test]
fn a_transition_arrives_exactly_and_in_time() {
    let mut stand = in_front(UpAxis::Y);
    let start = stand.now;
    let request = SetCameraRequest {
        eye: [5.0, 1.0, 0.0],
        target: [1.0, 0.0, 0.0],
        up: [0.0, 1.0, 0.0],
        fov_y: Some(30.0),
        ortho_height: None,
        shift: None,
        transition_ms: Some(250.0),
    };
    stand.say(1, "", ClientMessage::SetCameraPose(request));
    assert_at(stand.camera().eye, DVec3::Z * 4.0);
    let out = stand.run_ms(1000);
    let views: Vec<_> =
        out.iter().filter_map(|(at, o)| view(std::slice::from_ref(o)).map(|v| (*at, v))).collect();
    assert!(views.len() > 14, "it moves in steps: {}", views.len());
    let moving = views.iter().filter(|(_, v)| v.samples == 1);
    let (last, _) = moving.max_by_key(|(at, _)| *at).unwrap();
    let lasted = *last - start;
    assert!(lasted >= Duration::from_millis(250) && lasted < Duration::from_millis(270), "{lasted:?}");
    let state = stand.camera();
    assert_at(state.eye, DVec3::new(5.0, 1.0, 0.0));
    assert!((state.fov_y - 30.0).abs() < 1e-12);
}

#[test]
fn a_hand_ends_a_transition() {
    let mut stand = in_front(UpAxis::Y);
    let request = SetCameraRequest {
        eye: [50.0, 1.0, 0.0],
        target: [1.0, 0.0, 0.0],
        up: [0.0, 1.0, 0.0],
        fov_y: None,
        ortho_height: None,
        shift: None,
        transition_ms: Some(1000.0),
    };
    stand.say(1, "", ClientMessage::SetCameraPose(request));
    stand.run_ms(100);
    stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.1, 0.0));
    let eye = stand.camera().eye;
    stand.run_ms(3000);
    assert_at(stand.camera().eye, DVec3::from_array(eye));
}

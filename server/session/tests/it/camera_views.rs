//! Views along the axes, from perspective to parallel and back, lenses, and orbits around what lies anywhere.

use glam::DVec3;
use telestage_protocol::{
    AdjustCameraRequest, CameraCommand, CameraCommandRequest, CameraState, ClientMessage, ErrorCode,
    ProjectionKind, SetCameraRequest, Side,
};
use telestage_session::camera::{Lens, UpAxis};

use crate::stand::{Stand, cube, is_close, stage, stage_camera, total};

const AXES: [UpAxis; 2] = [UpAxis::Y, UpAxis::Z];
const PARALLEL: Option<ProjectionKind> = Some(ProjectionKind::Orthographic);
const PERSPECTIVE: Option<ProjectionKind> = Some(ProjectionKind::Perspective);

/// A view of 50° from (3, 4, 5) at (0.5, 0, 0).
fn stand(axis: UpAxis) -> Stand {
    let mut stand = Stand::showing(stage(axis, cube([0.0; 3], 1.0)));
    let request = SetCameraRequest {
        eye: [3.0, 4.0, 5.0],
        target: [0.5, 0.0, 0.0],
        up: axis.up().to_array(),
        fov_y: Some(50.0),
        ortho_height: None,
        shift: None,
        transition_ms: None,
    };
    stand.say(1, "", ClientMessage::SetCameraPose(request));
    stand
}

fn adjust(stand: &mut Stand, request: AdjustCameraRequest) -> CameraState {
    stand.say(1, "", ClientMessage::AdjustCamera(request));
    assert_eq!(stand.refusal(1), None);
    stand.camera()
}

fn project(stand: &mut Stand, projection: Option<ProjectionKind>) -> CameraState {
    adjust(stand, AdjustCameraRequest { projection, ..AdjustCameraRequest::default() })
}

/// Height of the picture at the point of interest.
fn height(state: &CameraState) -> f64 {
    let distance = (DVec3::from_array(state.eye) - DVec3::from_array(state.target)).length();
    state.ortho_height.unwrap_or(2.0 * distance * (0.5 * state.fov_y).to_radians().tan())
}

#[test]
fn each_side_is_looked_at_from_there_with_the_right_way_up() {
    for axis in AXES {
        let (front, right, up) = (axis.front(), axis.right(), axis.up());
        let sides = [
            (Side::Front, front, up),
            (Side::Back, -front, up),
            (Side::Right, right, up),
            (Side::Left, -right, up),
            (Side::Top, up, -front),
            (Side::Bottom, -up, front),
        ];
        for (side, toward_eye, expected_up) in sides {
            for projection in [None, PARALLEL] {
                let mut stand = stand(axis);
                let before = stand.camera();
                let request =
                    AdjustCameraRequest { side: Some(side), projection, ..AdjustCameraRequest::default() };
                let after = adjust(&mut stand, request);
                let back = (DVec3::from_array(after.eye) - DVec3::from_array(after.target)).normalize();
                assert!(is_close(back.to_array(), toward_eye.to_array()), "{axis:?} {side:?}: {after:?}");
                assert!(is_close(after.up, expected_up.to_array()), "{axis:?} {side:?}: {after:?}");
                assert!(is_close(after.target, before.target), "{side:?}: the point of interest stays");
                assert!((height(&after) - height(&before)).abs() < 1e-9, "{side:?}: and its size");
            }
        }
    }
}

#[test]
fn a_parallel_view_holds_the_whole_scene_and_leads_back_to_the_same_perspective() {
    let mut stand = stand(UpAxis::Y);
    let before = stand.camera();
    let parallel = project(&mut stand, PARALLEL);
    assert_eq!(parallel.projection, ProjectionKind::Orthographic);
    let nearest = (DVec3::from_array(parallel.eye)).length() - 3.0_f64.sqrt();
    assert!(parallel.near > 0.0 && parallel.near <= nearest, "nothing is cut off: {parallel:?}");
    assert_eq!(project(&mut stand, PARALLEL), parallel, "again changes nothing");
    let after = project(&mut stand, PERSPECTIVE);
    assert!(is_close(after.eye, before.eye) && is_close(after.target, before.target), "{after:?}");
    assert!((after.fov_y - 50.0).abs() < 1e-9);
}

#[test]
fn the_way_from_one_projection_to_the_other_keeps_the_size_of_what_is_looked_at() {
    let mut stand = stand(UpAxis::Y);
    for projection in [PARALLEL, PERSPECTIVE] {
        let before = height(&stand.camera());
        let request =
            AdjustCameraRequest { projection, transition_ms: Some(200.0), ..AdjustCameraRequest::default() };
        stand.say(1, "", ClientMessage::AdjustCamera(request));
        for _ in 0..20 {
            stand.run_ms(10);
            let now = stand.camera();
            assert!((height(&now) / before - 1.0).abs() < 1e-6, "{now:?} is not {before} high");
        }
        assert_eq!(Some(stand.camera().projection), projection);
    }
}

#[test]
fn another_lens_leaves_the_eye_where_it_is_also_through_a_camera_of_the_stage() {
    let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    summary.cameras =
        vec![stage_camera("/World/Cam", [0.0, 1.0, 8.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], 35.0)];
    let mut stand = Stand::showing(summary);
    let before = stand.camera();
    assert_eq!(before.path.as_deref(), Some("/World/Cam"));
    let lens = AdjustCameraRequest { fov_y: Some(20.0), ..AdjustCameraRequest::default() };
    let after = adjust(&mut stand, lens.clone());
    assert_eq!((after.path, after.fov_y), (None, 20.0));
    assert!(is_close(after.eye, before.eye) && is_close(after.target, before.target));
    // In parallel it waits for the next view in perspective.
    let parallel = project(&mut stand, PARALLEL);
    let same = adjust(&mut stand, AdjustCameraRequest { fov_y: Some(70.0), ..lens });
    assert_eq!(same.ortho_height, parallel.ortho_height);
    assert!((project(&mut stand, PERSPECTIVE).fov_y - 70.0).abs() < 1e-9);
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut stand = stand(UpAxis::Y);
    let before = stand.camera();
    for fov_y in [0.0, -5.0, 180.0, f64::NAN, f64::INFINITY] {
        let request = AdjustCameraRequest { fov_y: Some(fov_y), ..AdjustCameraRequest::default() };
        stand.say(1, "q", ClientMessage::AdjustCamera(request));
        assert_eq!(stand.refusal(1).map(|(_, error)| error.code), Some(ErrorCode::BadRequest), "{fov_y}");
    }
    let request = AdjustCameraRequest { stage_generation: Some(77), ..AdjustCameraRequest::default() };
    stand.say(1, "q", ClientMessage::AdjustCamera(request));
    assert_eq!(stand.refusal(1).map(|(_, error)| error.code), Some(ErrorCode::StageChanged));
    stand.greet(2);
    let request = AdjustCameraRequest { projection: PARALLEL, ..AdjustCameraRequest::default() };
    stand.say(2, "q", ClientMessage::AdjustCamera(request));
    assert_eq!(stand.refusal(2).map(|(_, error)| error.code), Some(ErrorCode::NotController));
    assert_eq!(stand.camera(), before);
}

fn orbit(seq: u32, x: f64, y: f64, pivot: Option<[f64; 3]>) -> CameraCommandRequest {
    CameraCommandRequest { pivot, ..total(CameraCommand::Orbit, 1, seq, x, y) }
}

fn turned(stand: &mut Stand, commands: &[CameraCommandRequest]) -> CameraState {
    for command in commands {
        stand.say(1, "", ClientMessage::CameraCommand(command.clone()));
    }
    stand.camera()
}

/// Where a point of the stage is in the picture, in picture heights from its middle.
fn seen(stand: &Stand, point: DVec3) -> [f64; 2] {
    let pose = stand.session.pose();
    let Lens::Perspective { fov_y_deg, .. } = pose.lens else { panic!("a perspective view") };
    let at = pose.world_from_view.inverse().transform_point3(point);
    [at.x, at.y].map(|side| side / -at.z / (2.0 * (0.5 * fov_y_deg).to_radians().tan()))
}

#[test]
fn an_orbit_around_a_point_leaves_that_point_where_it_is_in_the_picture() {
    let pivot = DVec3::new(0.8, -0.6, 0.9);
    let mut stand = stand(UpAxis::Y);
    let (before, distance) = (seen(&stand, pivot), (DVec3::from_array(stand.camera().eye) - pivot).length());
    let after = turned(&mut stand, &[orbit(1, 0.3, -0.1, Some(pivot.to_array()))]);
    let now = seen(&stand, pivot);
    assert!((now[0] - before[0]).abs() < 1e-9 && (now[1] - before[1]).abs() < 1e-9, "{before:?} {now:?}");
    assert!(((DVec3::from_array(after.eye) - pivot).length() - distance).abs() < 1e-9);
    let axis = DVec3::from_array(after.target) - DVec3::from_array(after.eye);
    let depth = (pivot - DVec3::from_array(after.eye)).dot(axis.normalize());
    assert!((axis.length() - depth).abs() < 1e-9, "what one turns around is what zoom and pan go by");
}

#[test]
fn a_point_that_becomes_known_on_the_way_makes_no_jump() {
    let pivot = Some([0.8, -0.6, 0.9]);
    let mut stand = stand(UpAxis::Z);
    let before = turned(&mut stand, &[orbit(1, 0.1, 0.0, None)]);
    let known = CameraCommandRequest { pivot_from: Some([0.1, 0.0]), ..orbit(2, 0.1, 0.0, pivot) };
    let after = turned(&mut stand, std::slice::from_ref(&known));
    assert!(is_close(before.eye, after.eye), "the same total moves nothing, whatever it turns around");
    let once = turned(&mut stand, &[CameraCommandRequest { seq: 3, x: 0.4, y: 0.2, ..known }]);
    let last = CameraCommandRequest { seq: 4, x: 0.4, y: 0.2, is_final: Some(true), ..known };
    assert_eq!(turned(&mut stand, &[last]).eye, once.eye, "the last one repeats");
}

#[test]
fn commands_that_are_lost_change_nothing_about_an_orbit_around_a_point_that_came_late() {
    let (pivot, from) = ([0.8, -0.6, 0.9], [0.15, -0.05]);
    // Beyond the pole on the way, so that the limit counts as well.
    let path = |n: u32| [0.05 * f64::from(n), -0.05 * f64::from(n) * if n > 12 { 0.5 } else { 1.0 }];
    let all: Vec<_> = (1..=20)
        .map(|n| {
            let [x, y] = if n == 3 { from } else { path(n) };
            let late = CameraCommandRequest { pivot_from: Some(from), ..orbit(n, x, y, Some(pivot)) };
            if n <= 3 { orbit(n, x, y, None) } else { late }
        })
        .collect();
    for axis in AXES {
        let whole = turned(&mut stand(axis), &all);
        for keep in [2, 3, 5, 7, 20] {
            let some: Vec<_> = all.iter().filter(|c| c.seq % keep == 0 || c.seq == 20).cloned().collect();
            let lossy = turned(&mut stand(axis), &some);
            assert!(is_close(whole.eye, lossy.eye), "every {keep}th: {:?} {:?}", whole.eye, lossy.eye);
            assert!(is_close(whole.target, lossy.target) && is_close(whole.up, lossy.up));
        }
    }
}

//! What is framed is in the picture, fills it, and is not clipped.

use glam::{DMat4, DVec3};
use telestage_protocol::{
    CameraCommand, ClientMessage, ErrorCode, FitCameraRequest, ResetCameraRequest, ResizeViewport, SetCamera,
};
use telestage_session::ViewPose;
use telestage_session::camera::{Bounds, Lens, UpAxis};

use crate::stand::{Stand, command, cube, is_close, stage, stage_camera};

/// Where a point is in the picture (-1 to 1, right and up) and its distance along the view axis.
fn project(pose: &ViewPose, point: DVec3) -> (f64, f64, f64) {
    let p = pose.world_from_view.inverse().transform_point3(point);
    let aspect = f64::from(pose.size[0]) / f64::from(pose.size[1]);
    let height = pose.lens.height_at(-p.z);
    let [shift_x, shift_y] = pose.lens.shift();
    ((p.x / height - shift_x) * 2.0 / aspect, (p.y / height - shift_y) * 2.0, -p.z)
}

fn assert_framed(pose: &ViewPose, bounds: &Bounds) {
    let mut largest: f64 = 0.0;
    for corner in bounds.corners() {
        let (x, y, depth) = project(pose, corner);
        assert!(x.abs() <= 1.0 && y.abs() <= 1.0, "{corner} is at {x} {y}");
        assert!(depth > pose.clip[0] && depth < pose.clip[1], "{corner} is clipped: {depth} {:?}", pose.clip);
        largest = largest.max(x.abs()).max(y.abs());
    }
    assert!(largest > 0.8, "it fills the picture: {largest}");
}

#[test]
fn a_stage_without_cameras_is_framed_whatever_its_size_place_and_shape() {
    let shapes = [
        cube([0.0; 3], 1.0),
        cube([1000.0, -2000.0, 3000.0], 0.01),
        cube([0.0; 3], 1e7),
        Bounds { min: DVec3::ZERO, max: DVec3::new(100.0, 1.0, 1.0) },
        Bounds { min: DVec3::ZERO, max: DVec3::new(1.0, 50.0, 0.0) },
        Bounds { min: DVec3::new(-1.0, -1.0, 0.0), max: DVec3::new(1.0, 1.0, 80.0) },
    ];
    for axis in [UpAxis::Y, UpAxis::Z] {
        for bounds in &shapes {
            for [width, height] in [[1280, 720], [720, 1280], [3840, 600]] {
                let mut stand = Stand::new();
                stand.greet(1);
                stand.say(1, "", ClientMessage::ResizeViewport(ResizeViewport { width, height }));
                stand.show("a.usda", stage(axis, *bounds));
                let pose = stand.session.pose();
                assert_framed(&pose, bounds);
                let up_in_view = pose.world_from_view.inverse().transform_vector3(axis.up());
                assert!(up_in_view.y > 0.5 && up_in_view.x.abs() < 1e-9, "up is up: {up_in_view}");
            }
        }
    }
}

#[test]
fn fit_keeps_the_direction_and_frames_a_prim_or_everything() {
    let mut stand = Stand::showing(stage(UpAxis::Z, cube([0.0; 3], 5.0)));
    stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.37, -0.11));
    let direction = stand.session.pose().world_from_view.z_axis;
    let ball = FitCameraRequest { prim_path: Some("/World/Ball".to_owned()), ..Default::default() };
    stand.say(1, "", ClientMessage::FitCamera(ball));
    assert_framed(&stand.session.pose(), &cube([3.0, 0.0, 0.0], 0.1));
    assert!((stand.session.pose().world_from_view.z_axis - direction).length() < 1e-12);
    assert!(is_close(stand.camera().target, [3.0, 0.0, 0.0]), "orbits turn around it now");
    stand.say(1, "", ClientMessage::FitCamera(FitCameraRequest::default()));
    assert_framed(&stand.session.pose(), &cube([0.0; 3], 5.0));
}

#[test]
fn reset_goes_back_to_the_camera_that_the_stage_opened_with_whoever_joined_when() {
    let reset = || ClientMessage::ResetCamera(ResetCameraRequest::default());
    let framed = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let mut filmed = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    filmed.cameras.push(stage_camera("/Main", [0.0, 2.0, 10.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0));
    for (summary, path) in [(framed, None), (filmed, Some("/Main"))] {
        let mut stand = Stand::showing(summary);
        let opened = stand.camera();
        assert_eq!(opened.path.as_deref(), path);
        stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.37, -0.11));
        stand.greet(2);
        stand.hand_to(2);
        stand.say(2, "", reset());
        let back = stand.camera();
        assert_eq!((back.path, back.eye, back.target), (opened.path, opened.eye, opened.target));
    }
    let mut empty = Stand::new();
    empty.greet(1);
    empty.say(1, "q", reset());
    assert_eq!(empty.refusal(1).map(|(_, error)| error.code), Some(ErrorCode::NotFound));
}

#[test]
fn an_authored_frame_is_never_cropped() {
    let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let mut camera = stage_camera("/Main", [0.0, 0.0, 10.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0);
    camera.aperture = [30.0, 20.0];
    summary.cameras.push(camera);
    let mut stand = Stand::showing(summary);
    // Half sizes of the authored frame at the origin, 10 units away.
    let (half_width, half_height) = (10.0 * 15.0 / 50.0, 10.0 * 10.0 / 50.0);
    for ([width, height], is_width_tight) in [([1200, 800], true), ([1600, 800], false), ([800, 800], true)] {
        stand.say(1, "", ClientMessage::ResizeViewport(ResizeViewport { width, height }));
        let pose = stand.session.pose();
        let (x, _, _) = project(&pose, DVec3::X * half_width);
        let (_, y, _) = project(&pose, DVec3::Y * half_height);
        assert!(x <= 1.0 + 1e-9 && y <= 1.0 + 1e-9, "{width}x{height}: {x} {y}");
        let tight = if is_width_tight { x } else { y };
        assert!((tight - 1.0).abs() < 1e-9, "{width}x{height}: {x} {y}");
        assert_eq!(stand.camera().path.as_deref(), Some("/Main"));
    }
}

#[test]
fn an_aperture_offset_moves_the_picture() {
    let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let mut camera = stage_camera("/Main", [0.0, 0.0, 10.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0);
    (camera.aperture, camera.aperture_offset) = ([32.0, 18.0], [8.0, -9.0]);
    summary.cameras.push(camera);
    let mut stand = Stand::showing(summary);
    let pose = stand.session.pose();
    let Lens::Perspective { shift, .. } = pose.lens else { panic!("{:?}", pose.lens) };
    assert!((shift[0] - 8.0 / 18.0).abs() < 1e-12 && (shift[1] + 0.5).abs() < 1e-12, "{shift:?}");
    let (x, y, _) = project(&pose, DVec3::ZERO);
    assert!(
        (x + 0.5).abs() < 1e-12 && (y - 1.0).abs() < 1e-12,
        "the axis is left of the middle, at the top: {x} {y}"
    );
    assert_eq!(stand.camera().shift, Some(shift));
}

#[test]
fn scale_shear_and_mirroring_of_a_camera_do_not_bend_the_picture() {
    let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let mut camera = stage_camera("/Main", [0.0, 0.0, 10.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0);
    camera.world_from_view *= DMat4::from_scale(DVec3::new(-3.0, 2.0, 0.5));
    summary.cameras.push(camera);
    let pose = Stand::showing(summary).session.pose();
    let expected = DMat4::from_translation(DVec3::Z * 10.0);
    assert!(pose.world_from_view.abs_diff_eq(expected, 1e-9), "{:?}", pose.world_from_view);
}

#[test]
fn an_authored_clipping_range_holds_until_a_hand_takes_over() {
    let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    let mut camera = stage_camera("/Main", [0.0, 0.0, 10.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0);
    camera.clipping_range = [9.5, 10.5];
    summary.cameras.push(camera);
    let mut stand = Stand::showing(summary);
    assert_eq!(stand.session.pose().clip, [9.5, 10.5]);
    stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.1, 0.0));
    let [near, far] = stand.session.pose().clip;
    assert!(near < 9.0 && far > 11.0, "{near} {far}");
}

#[test]
fn the_clipping_range_follows_the_camera_into_the_scene() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 100.0)));
    for seq in 1..=60 {
        stand.say(1, "", command(CameraCommand::Zoom, 1, seq, 0.0, -f64::from(seq)));
        let state = stand.camera();
        let distance = (DVec3::from_array(state.eye) - DVec3::from_array(state.target)).length();
        assert!(
            state.near < distance && distance < state.far,
            "{seq}: {} {distance} {}",
            state.near,
            state.far
        );
        assert!(state.far / state.near <= 1.1e6, "depth keeps its precision: {} {}", state.near, state.far);
    }
}

#[test]
fn a_camera_is_looked_through_and_let_go() {
    let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
    summary.cameras.push(stage_camera("/A", [0.0, 0.0, 10.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0));
    summary.cameras.push(stage_camera("/B", [9.0, 0.0, 0.0], [0.0; 3], [0.0, 1.0, 0.0], 20.0));
    let mut stand = Stand::showing(summary);
    let set = |path: Option<&str>| {
        let path = path.map(ToOwned::to_owned);
        ClientMessage::SetCamera(SetCamera { path, transition_ms: None, stage_generation: Some(1) })
    };
    stand.say(1, "", set(Some("/A")));
    assert_eq!(stand.camera().path.as_deref(), Some("/A"));
    stand.now += std::time::Duration::from_secs(1);
    stand.say(1, "", set(Some("/B")));
    assert!(stand.told_names(1).contains(&"camera_changed"), "{:?}", stand.told_names(1));
    assert!(is_close(stand.camera().eye, [9.0, 0.0, 0.0]));
    stand.say(1, "", set(None));
    let state = stand.camera();
    assert_eq!(state.path, None);
    assert!(is_close(state.eye, [9.0, 0.0, 0.0]), "it stays where it is");
}

//! Whatever clients, stages and workers say, the camera stays finite and everyone gets an answer.

use glam::DVec3;
use telestage_protocol::{
    CameraCommand, CameraCommandRequest, ClientMessage, ErrorCode, FitCameraRequest, Rejection,
    ResizeViewport, ServerMessage, SetCamera, SetCameraRequest, ViewerError,
};
use telestage_session::camera::{Bounds, UpAxis};
use telestage_session::{Config, Input};

use crate::stand::{Stand, command, cube, stage, stage_camera};

fn is_sound(stand: &Stand) -> bool {
    let pose = stand.session.pose();
    let [near, far] = pose.clip;
    pose.world_from_view.is_finite() && pose.lens.is_finite() && near > 0.0 && far > near && far.is_finite()
}

#[test]
fn numbers_without_end_are_refused_and_change_nothing() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    let before = stand.session.pose();
    for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e300] {
        for kind in [
            CameraCommand::Orbit,
            CameraCommand::Pan,
            CameraCommand::Zoom,
            CameraCommand::Look,
            CameraCommand::Fly,
        ] {
            stand.say(1, "q", command(kind, 1, 1, bad, 0.0));
            assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::BadRequest, "{kind:?} {bad}");
            stand.say(1, "q", command(kind, 1, 1, 0.0, bad));
            assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::BadRequest, "{kind:?} {bad}");
        }
        let place = SetCameraRequest {
            eye: [bad, 0.0, 0.0],
            target: [0.0; 3],
            up: [0.0, 1.0, 0.0],
            fov_y: None,
            ortho_height: None,
            shift: None,
            transition_ms: None,
        };
        stand.say(1, "q", ClientMessage::SetCameraPose(place));
        assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::BadRequest, "{bad}");
    }
    assert_eq!(stand.session.pose(), before);
}

#[test]
fn places_that_are_none_are_refused() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    let before = stand.session.pose();
    let cases: [([f64; 3], [f64; 3], [f64; 3]); 3] = [
        ([1.0; 3], [1.0; 3], [0.0, 1.0, 0.0]),
        ([1.0; 3], [0.0; 3], [0.0; 3]),
        ([1e14, 0.0, 0.0], [0.0; 3], [0.0, 1.0, 0.0]),
    ];
    for (eye, target, up) in cases {
        let request = SetCameraRequest {
            eye,
            target,
            up,
            fov_y: None,
            ortho_height: None,
            shift: None,
            transition_ms: None,
        };
        stand.say(1, "q", ClientMessage::SetCameraPose(request));
        assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::BadRequest, "{eye:?}");
        assert_eq!(stand.session.pose(), before);
    }
}

#[test]
fn looking_straight_along_up_is_allowed() {
    for (axis, eye) in [(UpAxis::Y, [0.0, 5.0, 0.0]), (UpAxis::Z, [0.0, 0.0, 5.0])] {
        let mut stand = Stand::showing(stage(axis, cube([0.0; 3], 1.0)));
        let up = axis.up().to_array();
        let request = SetCameraRequest {
            eye,
            target: [0.0; 3],
            up,
            fov_y: None,
            ortho_height: None,
            shift: None,
            transition_ms: None,
        };
        stand.say(1, "q", ClientMessage::SetCameraPose(request));
        assert_eq!(stand.refusal(1), None);
        assert!(is_sound(&stand));
        stand.say(1, "", command(CameraCommand::Orbit, 1, 1, 0.3, 0.2));
        assert!(is_sound(&stand));
    }
}

#[test]
fn the_largest_allowed_commands_in_any_order_keep_the_camera_sound() {
    let mut stand = Stand::showing(stage(UpAxis::Z, cube([5.0, 6.0, 7.0], 1e-3)));
    let kinds = [
        CameraCommand::Orbit,
        CameraCommand::Pan,
        CameraCommand::Zoom,
        CameraCommand::Look,
        CameraCommand::Fly,
    ];
    let mut random = 12345u64;
    for seq in 1..5000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pick = |shift: u32| (random >> shift & 3) as usize;
        let request = CameraCommandRequest {
            command: kinds[(random >> 60) as usize % kinds.len()],
            gesture: seq / 7,
            seq,
            x: [1e4, -1e4, 0.0, 1e-300][pick(40)],
            y: [1e4, -1e4, 0.0, 123.456][pick(43)],
            z: Some([1e4, -1e4, 0.0, 1.0][pick(46)]),
            cx: Some([0.0, 1.0, -2.0, 2.0][pick(49)]),
            cy: Some([0.0, 1.0, -2.0, 2.0][pick(52)]),
            pivot: [None, Some([1e15, -1e15, 0.0]), Some([0.0; 3]), Some([1e-300, 1.0, -5.0])][pick(55)],
            pivot_from: [None, Some([1e4, -1e4]), Some([0.0; 2]), Some([0.25, -123.0])][pick(57)],
            is_final: None,
        };
        stand.say(1, "", ClientMessage::CameraCommand(request));
        stand.run_ms(u64::from(seq % 3) * 20);
        assert!(is_sound(&stand), "after {seq}: {:?}", stand.session.pose());
    }
}

#[test]
fn broken_bounds_and_cameras_of_a_stage_are_passed_over() {
    let nan = f64::NAN;
    let boxes = [
        None,
        Some(Bounds { min: DVec3::splat(nan), max: DVec3::ONE }),
        Some(Bounds { min: DVec3::ONE, max: DVec3::NEG_ONE }),
        Some(Bounds { min: DVec3::splat(-f64::MAX), max: DVec3::splat(f64::MAX) }),
        Some(cube([1e9; 3], 0.0)),
        Some(cube([0.0; 3], 1e14)),
    ];
    for bounds in boxes {
        let mut summary = stage(UpAxis::Y, cube([0.0; 3], 1.0));
        summary.bounds = bounds;
        let mut camera = stage_camera("/Main", [nan, 0.0, 0.0], [0.0; 3], [0.0, 1.0, 0.0], 50.0);
        camera.focal_length = 0.0;
        summary.cameras.push(camera);
        let mut stand = Stand::showing(summary);
        assert!(is_sound(&stand), "{bounds:?}");
        assert_eq!(stand.camera().path, None);
        stand.say(
            1,
            "q",
            ClientMessage::SetCamera(SetCamera {
                path: Some("/Main".to_owned()),
                transition_ms: None,
                stage_generation: None,
            }),
        );
        assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::InvalidStage);
        stand.say(1, "q", ClientMessage::FitCamera(FitCameraRequest::default()));
        assert!(is_sound(&stand), "{bounds:?}");
    }
}

#[test]
fn what_is_not_there_cannot_be_framed_or_looked_through() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    for path in ["/World/None", "/World/Empty", ""] {
        let request = FitCameraRequest { prim_path: Some(path.to_owned()), ..Default::default() };
        stand.say(1, "q", ClientMessage::FitCamera(request));
        assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::NotFound, "{path}");
    }
    let request = SetCamera { path: Some("/None".to_owned()), transition_ms: None, stage_generation: None };
    stand.say(1, "q", ClientMessage::SetCamera(request));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::NotFound);
}

#[test]
fn what_is_no_message_is_answered_and_nobody_else_notices() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    let error = ViewerError::new(ErrorCode::Unsupported, "not yet");
    let rejection = Rejection { id: Some("q".to_owned()), error: error.clone() };
    stand.input(Input::Rejected { client: 1, rejection });
    assert_eq!(stand.told(1), [(Some("q".to_owned()), ServerMessage::ViewerError(error))]);
    assert_eq!(stand.out.len(), 1);
}

#[test]
fn sizes_are_made_to_fit_and_told_to_all() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    for (asked, given) in [([801, 601], [800, 600]), ([1, 1], [64, 64]), ([u32::MAX, 9], [3840, 64])] {
        let [width, height] = asked;
        stand.say(1, "q", ClientMessage::ResizeViewport(ResizeViewport { width, height }));
        for client in [1, 2] {
            let told = stand.told(client);
            let sizes: Vec<_> = told
                .iter()
                .filter_map(|(_, message)| match message {
                    ServerMessage::ResizeViewportResult(result) => Some([result.width, result.height]),
                    _ => None,
                })
                .collect();
            assert_eq!(sizes, [given], "client {client}");
        }
        assert_eq!(stand.view().unwrap().size, given);
        assert!(is_sound(&stand));
    }
    stand.say(1, "q", ClientMessage::ResizeViewport(ResizeViewport { width: 0, height: 5 }));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::BadRequest);
}

#[test]
fn a_fixed_size_says_so() {
    let mut stand = Stand::with(Config { capabilities: Vec::new(), ..Config::default() });
    stand.greet(1);
    stand.say(1, "q", ClientMessage::ResizeViewport(ResizeViewport { width: 800, height: 600 }));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::Unsupported);
}

//! Who joins gets the full state first; who does not say hello is sent away.

use std::time::Duration;

use telestage_protocol::{ClientMessage, Empty, ErrorCode, PROTOCOL_VERSION, Ping, ServerMessage};
use telestage_session::camera::UpAxis;
use telestage_session::{Config, Input, Output};

use crate::stand::{Stand, channels, command, cube, hello, open, stage};

const SNAPSHOT: [&str; 11] = [
    "welcome",
    "loadingStateResponse",
    "openStageResult",
    "getChildrenResult",
    "stageSelectionChanged",
    "cameraStateChanged",
    "camera_list",
    "renderSettingsChanged",
    "activeAOVState",
    "timelineStatus",
    "controlState",
];

#[test]
fn i4_a_client_that_joins_gets_the_full_state_before_any_change() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.join(2);
    // The view changes all the time while the second one arrives.
    for seq in 1..20 {
        stand.now += Duration::from_millis(40);
        stand.say(
            1,
            "",
            command(telestage_protocol::CameraCommand::Orbit, 1, seq, 0.01 * f64::from(seq), 0.0),
        );
        stand.send_frame();
        assert_eq!(stand.told(2), [], "nothing before hello");
    }
    stand.say(2, "h", hello(PROTOCOL_VERSION));
    assert_eq!(stand.told_names(2)[..11], SNAPSHOT);
    assert_eq!(stand.told(2)[0].0.as_deref(), Some("h"), "welcome answers hello");
    assert_eq!(stand.told(1).iter().filter(|(_, m)| m.name() == "welcome").count(), 0);
    stand.send_frame();
    assert_eq!(stand.told_names(2), ["frameInfo"], "changes follow");
}

#[test]
fn the_snapshot_says_what_is_true_now() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    for (_, message) in stand.told(2) {
        match message {
            ServerMessage::Welcome(welcome) => {
                assert_eq!((welcome.client_id, welcome.size, welcome.fps), (2, [1280, 720], 60.0));
                assert_eq!(welcome.version, "1.2.3");
            }
            ServerMessage::LoadingState(state) => assert_eq!(state.url, "a.usda"),
            ServerMessage::OpenStageResult(result) => {
                assert_eq!((&*result.url, result.stage_generation), ("a.usda", 1));
                assert_eq!(result.root_prim_path.as_deref(), Some("/World"));
            }
            ServerMessage::GetChildrenResult(result) => {
                assert_eq!((&*result.prim_path, result.children.len()), ("/", 2));
            }
            ServerMessage::SelectionChanged(selection) => assert_eq!(selection.prims.len(), 0),
            ServerMessage::CameraState(state) => assert_eq!((state.path, state.seq), (None, 0)),
            ServerMessage::CameraList(list) => assert_eq!(list.stage_generation, 1),
            ServerMessage::RenderSettings(told) => assert!(!told.applied && told.settings.len() == 12),
            ServerMessage::ActiveAov(state) => assert_eq!((&*state.active, state.result), ("color", None)),
            ServerMessage::TimelineStatus(status) => assert!(!status.playing && status.stage_generation == 1),
            ServerMessage::ControlState(state) => assert_eq!(state.controller, Some(1)),
            other => panic!("not in a snapshot: {other:?}"),
        }
    }
}

#[test]
fn a_client_that_joins_while_a_stage_loads_sees_how_far_it_is() {
    let mut stand = Stand::new();
    stand.input(Input::Open { url: "a.usda".to_owned() });
    let event =
        telestage_session::StageEvent::Progress { amount: 0.5, activity: "reading meshes".to_owned() };
    stand.input(Input::Stage { generation: 1, event });
    stand.greet(1);
    let names = stand.told_names(1);
    assert!(
        names.contains(&"updateProgressAmount") && names.contains(&"updateProgressActivity"),
        "{names:?}"
    );
    assert!(!names.contains(&"openStageResult"), "there is no result yet");
}

#[test]
fn another_version_is_told_which_ones_would_do() {
    let mut stand = Stand::new();
    stand.join(1);
    stand.say(1, "h", hello(PROTOCOL_VERSION + 1));
    let (id, error) = stand.refusal(1).unwrap();
    assert_eq!((id.as_deref(), error.code), (Some("h"), ErrorCode::VersionMismatch));
    let detail = error.detail.unwrap();
    assert_eq!(detail["client"], PROTOCOL_VERSION + 1);
    assert_eq!(detail["server"], PROTOCOL_VERSION);
    assert!(error.message.contains("update the server"), "{}", error.message);
    stand.say(1, "", ClientMessage::Ping(Ping { t: 1.0 }));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::HelloRequired, "it is not welcome");
}

#[test]
fn nothing_is_served_before_hello() {
    let mut stand = Stand::new();
    stand.join(1);
    for message in [open("a.usda"), ClientMessage::GetStats(Empty {}), ClientMessage::Ping(Ping { t: 0.0 })] {
        stand.say(1, "q", message);
        let (id, error) = stand.refusal(1).unwrap();
        assert_eq!((id.as_deref(), error.code), (Some("q"), ErrorCode::HelloRequired));
        assert_eq!(stand.out.len(), 1, "and nothing else happens");
    }
}

#[test]
fn a_connection_without_hello_ends_after_five_seconds() {
    let mut stand = Stand::new();
    let joined = stand.now;
    stand.join(7);
    assert!(
        stand
            .run_until(joined + Duration::from_millis(4999))
            .iter()
            .all(|(_, o)| *o != Output::Close { client: 7 })
    );
    let out = stand.run_until(joined + Duration::from_secs(6));
    let (at, _) = out.iter().find(|(_, o)| *o == Output::Close { client: 7 }).expect("closed");
    assert_eq!(*at, joined + Duration::from_secs(5));
    assert_eq!(stand.session.next_wake(), None, "and is forgotten");
}

#[test]
fn heartbeats_come_twice_a_second_and_name_the_last_frame() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.send_frame();
    stand.send_frame();
    let out = stand.run_ms(5000);
    let beats: Vec<_> = out
        .iter()
        .filter_map(|(at, output)| match output {
            Output::TellAll { message: ServerMessage::Heartbeat(beat), .. } => Some((*at, *beat)),
            _ => None,
        })
        .collect();
    assert_eq!(beats.len(), 10);
    assert!(beats.windows(2).all(|pair| pair[1].0 - pair[0].0 == Duration::from_millis(500)));
    assert!(beats.iter().all(|(_, beat)| beat.last_frame == 2));
    assert_eq!(beats[0].1.t, beats[0].0.as_secs_f64() * 1e3);
}

#[test]
fn without_clients_nothing_wakes_the_session() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.input(Input::Left { client: 1 });
    stand.rest();
    assert_eq!(stand.session.next_wake(), None);
}

#[test]
fn one_client_too_many_is_told_to_come_back() {
    let mut stand = Stand::with(Config { max_clients: 2, ..Config::default() });
    stand.greet(1);
    stand.greet(2);
    stand.join(3);
    assert_eq!(stand.refusal(3).unwrap().1.code, ErrorCode::Busy);
    assert_eq!(stand.out.last(), Some(&Output::Close { client: 3 }));
    stand.input(Input::Left { client: 2 });
    stand.greet(4);
    assert_eq!(stand.told_names(4)[0], "welcome");
}

#[test]
fn a_client_that_left_is_told_nothing_more() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    stand.input(Input::Left { client: 2 });
    stand.send_frame();
    assert_eq!(stand.told(2), []);
    stand.say(2, "q", ClientMessage::Ping(Ping { t: 1.0 }));
    assert_eq!(stand.out, []);
}

#[test]
fn what_may_be_lost_goes_on_motion_and_everything_else_on_control() {
    use telestage_session::Channel;
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.send_frame();
    assert_eq!(channels(&stand.out, "frameInfo"), [Channel::Motion]);
    stand.say(1, "q", ClientMessage::Ping(Ping { t: 1.0 }));
    assert_eq!(channels(&stand.out, "pong"), [Channel::Control]);
}

#[test]
fn draining_is_announced_at_once_and_refuses_new_stages() {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.input(Input::Draining);
    let told = stand.told(1);
    assert!(
        told.iter().any(|(_, m)| matches!(m, ServerMessage::Heartbeat(beat)
            if beat.status == telestage_protocol::Status::Stopping)),
        "{told:?}"
    );
    stand.say(1, "q", open("b.usda"));
    assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::Refused);
}

//! The whole program from a viewer's seat, without a browser: greeting, snapshot, camera, stages, a lost worker.

use std::time::Duration;

use serde_json::{Value, json};
use telestage_client::webrtc::{Offering, Want};
use telestage_client::{Act, Channel, Receiver, Seen};
use tokio::time::timeout;

use crate::cli::{Folder, Server, TWO_CUBES};

/// Far beyond what anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Viewer {
    receiver: Receiver,
    frames: u32,
}

impl Viewer {
    /// Connects and opens both channels.
    async fn connect(server: &Server) -> Self {
        Self::connect_to(server, "/whep").await
    }

    /// Connects by an offer to `path`, and opens both channels.
    pub async fn connect_to(server: &Server, path: &str) -> Self {
        let offering = Offering::new(Want { video: true, data: true, tcp: false }).await.unwrap();
        let request = format!("POST {path}");
        let (status, answer) =
            server.ask(&request, &[("Content-Type", "application/sdp")], offering.sdp().as_bytes());
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&answer));
        let receiver = offering.accept(std::str::from_utf8(&answer).unwrap()).await.unwrap();
        let mut viewer = Self { receiver, frames: 0 };
        let mut open = 0;
        while open < 2 {
            open += usize::from(matches!(viewer.see().await, Seen::ChannelOpen(_)));
        }
        viewer
    }

    pub async fn greet(server: &Server) -> Self {
        let mut viewer = Self::connect(server).await;
        viewer.say("hello", json!({"protocol": 1, "client": "test", "version": "0"})).await;
        viewer.hear("controlled camera", |name, _| name == "cameraStateChanged").await;
        viewer
    }

    pub async fn see(&mut self) -> Seen {
        let seen = timeout(PATIENCE, self.receiver.next())
            .await
            .expect("something happens")
            .expect("the viewer lives");
        self.frames += u32::from(matches!(seen, Seen::Unit(_)));
        seen
    }

    pub async fn say(&self, event_type: &str, payload: Value) {
        let text = json!({"event_type": event_type, "id": "7", "payload": payload}).to_string();
        self.receiver.act(Act::Send(Channel::Control, text)).await;
    }

    /// The next message on `control` that `wanted` takes; the others go by.
    pub async fn hear(&mut self, what: &str, wanted: impl Fn(&str, &Value) -> bool) -> Value {
        let wait = async {
            loop {
                if let Seen::Text(Channel::Control, text) = self.see().await {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if wanted(message["event_type"].as_str().unwrap(), &message["payload"]) {
                        return message["payload"].clone();
                    }
                }
            }
        };
        timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never heard {what}"))
    }

    /// Until the server closes the connection.
    pub async fn ends(&mut self) {
        while !matches!(self.see().await, Seen::Closed | Seen::Lost) {}
    }

    pub async fn frame(&mut self) {
        let before = self.frames;
        while self.frames == before {
            self.see().await;
        }
    }
}

fn serve_two_cubes(folder: &Folder) -> Server {
    let stage = folder.write("two.usda", TWO_CUBES);
    Server::start(&[stage.to_str().unwrap(), "--size", "320x180"])
}

/// I4: everything that is true comes before anything that changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_is_greeted_with_the_full_state_and_a_picture() {
    let folder = Folder::new("greeting");
    let server = serve_two_cubes(&folder);
    let mut viewer = Viewer::connect(&server).await;
    viewer.say("hello", json!({"protocol": 1, "client": "test", "version": "0"})).await;
    let mut names = Vec::new();
    while !names.iter().any(|heard| heard == "controlState") {
        if let Seen::Text(Channel::Control, text) = viewer.see().await {
            let message: Value = serde_json::from_str(&text).unwrap();
            names.push(message["event_type"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(names[0], "welcome");
    for name in [
        "loadingStateResponse",
        "openStageResult",
        "getChildrenResult",
        "stageSelectionChanged",
        "cameraStateChanged",
        "camera_list",
    ] {
        assert!(names.iter().any(|heard| heard == name), "{name} is missing: {names:?}");
    }
    if viewer.frames == 0 {
        viewer.frame().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_is_told_both_numbers() {
    let server = Server::start(&["--size", "320x180"]);
    let mut viewer = Viewer::connect(&server).await;
    viewer.say("hello", json!({"protocol": 999, "client": "test", "version": "0"})).await;
    let error = viewer.hear("an error", |name, _| name == "viewerError").await;
    assert_eq!(error["code"], "version_mismatch");
    assert_eq!(error["detail"]["client"], 999);
    assert_eq!(error["detail"]["server"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_moves_the_camera_and_gets_a_new_picture() {
    let folder = Folder::new("hand");
    let server = serve_two_cubes(&folder);
    let mut viewer = Viewer::greet(&server).await;
    viewer.frame().await;
    let orbit = json!({"command": "orbit", "gesture": 1, "seq": 1, "x": 0.25, "y": 0.0, "final": true});
    viewer.say("cameraCommandRequest", orbit).await;
    let camera =
        viewer.hear("the camera", |name, payload| name == "cameraStateChanged" && payload["seq"] == 1).await;
    assert!(camera["eye"][0].as_f64().is_some_and(f64::is_finite));
    viewer.frame().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_answered_and_the_next_message_works() {
    let server = Server::start(&["--size", "320x180"]);
    let mut viewer = Viewer::connect(&server).await;
    for text in ["", "{", "[]", "\u{0}", r#"{"event_type":"fly_to_the_moon","payload":{}}"#] {
        viewer.receiver.act(Act::Send(Channel::Control, text.to_owned())).await;
        viewer.hear("a refusal", |name, payload| name == "viewerError" && payload["code"].is_string()).await;
    }
    viewer.say("hello", json!({"protocol": 1, "client": "test", "version": "0"})).await;
    viewer.hear("a welcome", |name, _| name == "welcome").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_fails_leaves_the_old_one_and_one_outside_the_roots_is_refused() {
    let folder = Folder::new("fails");
    let server = serve_two_cubes(&folder);
    folder.write("broken.usda", "no usd at all");
    let mut viewer = Viewer::greet(&server).await;
    for (url, code) in
        [("broken.usda", "invalid_stage"), ("nowhere.usda", "not_found"), ("/etc/passwd", "outside_roots")]
    {
        viewer.say("openStageRequest", json!({"url": url})).await;
        let result =
            viewer.hear("a result", |name, payload| name == "openStageResult" && payload["url"] == url).await;
        assert_eq!((&result["result"], &result["code"]), (&json!("error"), &json!(code)), "{result}");
        assert_eq!(result["stage_generation"], 1);
    }
    let health: Value = serde_json::from_slice(&server.ask("GET /health", &[], b"").1).unwrap();
    assert_eq!(health["status"], "streaming");
}

/// I7, from outside: looking, moving and opening leave the folder as it was.
#[tokio::test(flavor = "multi_thread")]
async fn i7_the_users_stage_files_are_never_written() {
    let folder = Folder::new("untouched");
    let server = serve_two_cubes(&folder);
    let before = folder.content();
    let mut viewer = Viewer::greet(&server).await;
    let look = json!({"command": "look", "gesture": 1, "seq": 1, "x": 0.1, "y": 0.1, "final": true});
    viewer.say("cameraCommandRequest", look).await;
    viewer.say("resetStageRequest", json!({})).await;
    let result = viewer
        .hear("a reload", |name, payload| name == "openStageResult" && payload["stage_generation"] == 2)
        .await;
    assert_eq!(result["result"], "success");
    assert_eq!(server.ask("GET /snapshot.png?width=64&height=64", &[], b"").0, 200);
    drop(server);
    assert_eq!(folder.content(), before);
}

/// A page that nobody sees costs nothing: no encoding, no packets.
#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_pauses_costs_nothing_and_goes_on_when_it_wants_to() {
    let server = Server::start(&["--source", "pattern", "--size", "320x180"]);
    let figure = |name: &str| {
        let text = String::from_utf8(server.ask("GET /metrics", &[], b"").1).unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("{name} is missing: {text}")).parse::<f64>().unwrap()
    };
    let (drawn, encoded) = ("telestage_frames_generated_total", "telestage_access_units_total");
    let mut viewer = Viewer::greet(&server).await;
    viewer.frame().await;
    viewer.say("viewRequest", json!({"action": "pause"})).await;
    let result = viewer.hear("the answer", |name, _| name == "viewResult").await;
    assert_eq!((&result["view"], &result["result"]), (&json!("shared"), &json!("success")));
    // The peer hears of it on its own way: until the source has drawn on while nothing was encoded.
    let start = std::time::Instant::now();
    loop {
        let before = figure(encoded);
        let end = figure(drawn) + 10.0;
        while figure(drawn) < end {}
        if figure(encoded) <= before + 1.0 {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "it is still encoded for");
    }
    let seen = viewer.frames;
    viewer.say("viewRequest", json!({"action": "resume"})).await;
    viewer.hear("the answer", |name, _| name == "viewResult").await;
    while viewer.frames <= seen + 3 {
        viewer.see().await;
    }
}

/// A bad stage costs a worker, never a viewer.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_told_and_the_next_open_works() {
    let folder = Folder::new("killed");
    let server = serve_two_cubes(&folder);
    let other = folder.write("other.usda", TWO_CUBES);
    let mut viewer = Viewer::greet(&server).await;
    let worker = only_child(server.child.id());
    assert!(
        std::process::Command::new("kill").args(["-KILL", &worker.to_string()]).status().unwrap().success()
    );
    viewer.hear("the loss", |name, payload| name == "viewerError" && payload["code"] == "worker_lost").await;
    assert_eq!(server.ask("GET /healthz", &[], b"").0, 200);
    viewer.say("openStageRequest", json!({"url": other.to_str().unwrap()})).await;
    let result = viewer.hear("a result", |name, _| name == "openStageResult").await;
    assert_eq!((&result["result"], &result["stage_generation"]), (&json!("success"), &json!(2)), "{result}");
}

#[cfg(target_os = "linux")]
fn only_child(parent: u32) -> u32 {
    let mut children = Vec::new();
    for thread in std::fs::read_dir(format!("/proc/{parent}/task")).unwrap() {
        let text = std::fs::read_to_string(thread.unwrap().path().join("children")).unwrap();
        children.extend(text.split_whitespace().map(|pid| pid.parse::<u32>().unwrap()));
    }
    assert_eq!(children.len(), 1, "one scene worker");
    children[0]
}

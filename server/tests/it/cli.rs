//! The program from outside: exit codes, one line on stderr, JSON on stdout.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub const EXE: &str = env!("CARGO_BIN_EXE_telestage");

/// A stage of two cubes, in a folder that goes with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("telestage-cli-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Every file's name, content and time of writing, by name.
    pub fn content(&self) -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
        let entries = std::fs::read_dir(&self.0).unwrap().map(Result::unwrap);
        let mut files: Vec<_> = entries
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, std::fs::read(entry.path()).unwrap(), entry.metadata().unwrap().modified().unwrap())
            })
            .collect();
        files.sort();
        files
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub const TWO_CUBES: &str = r#"#usda 1.0
(
    defaultPrim = "World"
    upAxis = "Y"
)
def Xform "World"
{
    def Cube "Red"
    {
        color3f[] primvars:displayColor = [(0.8, 0.02, 0.02)]
        double3 xformOp:translate = (-2, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Cube "Blue"
    {
        color3f[] primvars:displayColor = [(0.02, 0.02, 0.8)]
        double3 xformOp:translate = (2, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
}
"#;

fn telestage(arguments: &[&str]) -> Output {
    Command::new(EXE).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// The exit code and the one line on stderr.
fn failure(arguments: &[&str]) -> (i32, String) {
    let output = telestage(arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text.lines().last().unwrap_or_default().to_owned())
}

#[test]
fn wrong_usage_exits_with_2_and_names_what_is_wrong() {
    for (arguments, word) in [
        (&["serve", "--prot", "1"][..], "--prot"),
        (&["serve", "--size", "1281x720"], "1281x720"),
        (&["serve", "--bind", "0.0.0.0"], "--insecure"),
        (&["serve", "--source", "mjpeg:http://127.0.0.1:1/"], "not available"),
        (&["serve", "--source", "film"], "film"),
        (&["shot", "a.usda", "-o", "b.png", "--times", "3:1"], "FIRST:LAST"),
        (&["serve", "--settings", "/does/not/exist.toml"], "/does/not/exist.toml"),
        (&["watch", "https://127.0.0.1:1/"], "https://"),
        (&["watch", "http://127.0.0.1:1/", "--send", "hello"], "--send hello"),
        (&["watch", "http://127.0.0.1:1/", "--transport", "pigeon"], "pigeon"),
        (&["watch", "http://127.0.0.1:1/", "--frames", "0"], "--frames"),
        (&["doctor", "https://127.0.0.1:1/"], "https://"),
        (&["serve", "--allow-origin", "*"], "--allow-origin"),
        (&["serve", "--session-timeout", "0"], "--session-timeout"),
        (&["fly"], "fly"),
    ] {
        let output = telestage(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(word), "{arguments:?}: {text}");
    }
}

#[test]
fn a_stage_that_cannot_be_opened_exits_with_4_and_the_reason() {
    let folder = Folder::new("bad");
    let text = folder.write("not.usda", "this is no stage\n");
    let cut = folder.write("cut.usdc", "PXR-USDC\0\u{8}\0\0");
    let directory = folder.0.to_str().unwrap().to_owned();
    for stage in ["/does/not/exist.usd", text.to_str().unwrap(), cut.to_str().unwrap(), &directory] {
        for command in
            [&["inspect"][..], &["shot", "-o", "/tmp/telestage-never-written.png"], &["bench", "render"]]
        {
            let (code, line) = failure(&[command, &[stage]].concat());
            assert_eq!(code, 4, "{command:?} {stage}: {line}");
            assert!(line.starts_with("telestage: ") && line.contains(stage), "{command:?} {stage}: {line}");
        }
    }
}

#[test]
fn a_taken_port_exits_with_3_and_the_remedy() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, line) = failure(&["serve", "--port", &port]);
    assert_eq!(code, 3, "{line}");
    assert!(line.contains(&port) && line.contains("--port"), "{line}");
}

#[test]
fn shot_writes_the_picture_and_says_what_is_on_it() {
    let folder = Folder::new("shot");
    let stage = folder.write("two.usda", TWO_CUBES);
    let picture = folder.0.join("ids.png");
    let output = telestage(&[
        "shot",
        stage.to_str().unwrap(),
        "-o",
        picture.to_str().unwrap(),
        "--size",
        "320x180",
        "--aov",
        "id",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["size"], serde_json::json!([320, 180]));
    assert_eq!(report["aov"], "id");
    let mut ids: Vec<&str> =
        report["ids"].as_object().unwrap().values().map(|path| path.as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["/World/Blue", "/World/Red"]);
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG\r\n"));
}

const MOVING_CUBE: &str = r#"#usda 1.0
(
    upAxis = "Y"
    startTimeCode = 1
    endTimeCode = 3
)
def Cube "Moving"
{
    double3 xformOp:translate.timeSamples = { 1: (-3, 0, 0), 3: (3, 0, 0) }
    uniform token[] xformOpOrder = ["xformOp:translate"]
}
"#;

/// It goes along with the cube.
const TRACKING_CAMERA: &str = r#"
def Camera "Tracking"
{
    float focalLength = 35
    double3 xformOp:translate.timeSamples = { 1: (-3, 0, 20), 3: (3, 0, 20) }
    uniform token[] xformOpOrder = ["xformOp:translate"]
}
"#;

/// A sequence of the moving cube: the eye of each picture, its pixels, and the files' names.
fn sequence(folder: &Folder, stage: &str) -> (Vec<Value>, Vec<Vec<u8>>, Vec<String>) {
    let stage = folder.write("moving.usda", stage);
    let pictures = folder.path().join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    let out = pictures.join("out.png");
    let arguments = ["shot", stage.to_str().unwrap(), "-o", out.to_str().unwrap(), "--size", "160x90"];
    let output = telestage(&[&arguments, &["--times", "1:3", "--samples", "1"][..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let reports: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let files =
        reports.iter().map(|report| std::fs::read(report["file"].as_str().unwrap()).unwrap()).collect();
    let mut names: Vec<_> = std::fs::read_dir(&pictures)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(
        reports.iter().map(|report| report["time"].as_f64().unwrap()).collect::<Vec<_>>(),
        [1.0, 2.0, 3.0]
    );
    (reports.iter().map(|report| report["camera"]["eye"].clone()).collect(), files, names)
}

#[test]
fn a_sequence_is_one_picture_and_one_line_for_each_time() {
    let folder = Folder::new("sequence");
    let (eyes, files, names) = sequence(&folder, MOVING_CUBE);
    assert_eq!(names, ["out.0001.png", "out.0002.png", "out.0003.png"], "and nothing else is left");
    assert!(eyes[0] == eyes[1] && eyes[1] == eyes[2], "the eye stays: {eyes:?}");
    assert!(files[0] != files[1] && files[1] != files[2], "the cube moves");
}

#[test]
fn a_sequence_through_a_camera_of_the_stage_moves_with_it() {
    let folder = Folder::new("sequence-camera");
    let (eyes, files, _) = sequence(&folder, &format!("{MOVING_CUBE}{TRACKING_CAMERA}"));
    assert_eq!(eyes.iter().map(|eye| eye[0].as_f64().unwrap()).collect::<Vec<_>>(), [-3.0, 0.0, 3.0]);
    assert!(files[0] == files[1] && files[1] == files[2], "the cube stays in the middle of the picture");
}

#[test]
fn doctor_finds_all_that_serving_needs() {
    let output = telestage(&["doctor", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], true, "{report}");
    assert!(output.status.success());
}

/// A server that ends with the test.
pub struct Server {
    pub child: Child,
    pub port: u16,
}

impl Server {
    pub fn start(arguments: &[&str]) -> Self {
        let port: &[&str] = if arguments.contains(&"--port") { &[] } else { &["--port", "0"] };
        let mut child = Command::new(EXE)
            .arg("serve")
            .args(port)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("telestage ready: ").unwrap_or_else(|| panic!("{line:?}"));
        let port = url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        Self { child, port }
    }

    /// Status and body of one request.
    pub fn ask(&self, request_line: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        let mut head =
            format!("{request_line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("Host: 127.0.0.1:{}\r\n", self.port);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        socket.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        // A server that refuses may close before it has read everything.
        let _ = socket.write_all(body);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a response head");
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer[end + 4..].to_vec())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

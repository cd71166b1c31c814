//! A running server from outside, over HTTP: readiness, refusals, pictures.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::cli::{Folder, Server, TWO_CUBES};

fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)))
}

/// I6 and I10: ready means a frame, with no client and no GPU.
#[test]
fn a_server_is_ready_without_a_client_and_says_what_it_shows() {
    let folder = Folder::new("ready");
    let stage = folder.write("two.usda", TWO_CUBES);
    let server = Server::start(&[stage.to_str().unwrap(), "--size", "320x180"]);
    assert_eq!(server.ask("GET /healthz", &[], b"").0, 200);
    assert_eq!(server.ask("GET /livez", &[], b"").0, 200);
    assert_eq!(server.ask("GET /ping", &[], b""), (200, b"pong".to_vec()));
    let health = json(&server.ask("GET /health", &[], b"").1);
    assert_eq!(health["service"], "telestage");
    assert_eq!(health["status"], "streaming");
    assert_eq!(health["source"], "native");
    assert_eq!(health["capturing"], true);
    assert!(health["frames_generated"].as_u64().unwrap() >= 1);
}

#[test]
fn without_a_stage_the_picture_says_so() {
    let server = Server::start(&["--size", "320x180"]);
    let health = json(&server.ask("GET /health", &[], b"").1);
    assert_eq!(
        (&health["status"], &health["source"], &health["capturing"]),
        (&"idle".into(), &"placeholder".into(), &false.into())
    );
    let (status, picture) = server.ask("GET /snapshot.png", &[], b"");
    assert_eq!(status, 200);
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn a_stage_that_cannot_be_opened_leaves_a_server_that_says_why() {
    let folder = Folder::new("broken");
    let stage = folder.write("broken.usda", "no usd at all");
    let server = Server::start(&[stage.to_str().unwrap(), "--size", "320x180"]);
    let health = json(&server.ask("GET /health", &[], b"").1);
    assert_eq!((&health["status"], &health["source"]), (&"error".into(), &"placeholder".into()));
    assert!(health["error"].as_str().unwrap().contains("broken.usda"), "{health}");
}

#[test]
fn foreign_hosts_and_origins_are_refused_everywhere_but_at_the_probes_and_the_page() {
    let server = Server::start(&["--size", "320x180"]);
    for path in ["/health", "/stream", "/snapshot.png", "/ping", "/nowhere"] {
        let (status, body) = server.ask(&format!("GET {path}"), &[("Host", "evil.example")], b"");
        assert_eq!(status, 403, "{path}");
        assert_eq!(json(&body)["error"]["code"], "refused");
        assert_eq!(
            server.ask(&format!("GET {path}"), &[("Origin", "http://evil.example")], b"").0,
            403,
            "{path}"
        );
        assert_eq!(server.ask(&format!("GET {path}"), &[("Origin", "null")], b"").0, 403, "{path}");
    }
    let whep = [("Origin", "http://evil.example"), ("Content-Type", "application/sdp")];
    assert_eq!(server.ask("POST /whep", &whep, b"v=0").0, 403);
    for path in ["/healthz", "/livez", "/"] {
        assert_eq!(server.ask(&format!("GET {path}"), &[("Host", "evil.example")], b"").0, 200, "{path}");
    }
}

#[test]
fn garbage_gets_a_typed_error_and_harms_nothing() {
    let server = Server::start(&["--source", "pattern", "--size", "320x180"]);
    for (request, headers, body, expected) in [
        ("POST /whep", &[("Content-Type", "application/sdp")][..], &b"\xff\x00garbage"[..], 400),
        ("POST /whep", &[("Content-Type", "text/plain")], b"v=0", 415),
        ("POST /whep", &[("Content-Type", "application/sdp")], &[b'x'; 100_000], 413),
        ("DELETE /whep/unknown", &[], b"", 404),
        ("GET /stream?fps=0", &[], b"", 400),
        ("GET /stream?quality=999", &[], b"", 400),
        ("GET /snapshot.png?width=15", &[], b"", 400),
        ("GET /snapshot.png?time=3", &[], b"", 501),
        ("GET /snapshot.png?colour=red", &[], b"", 400),
        ("GET /dashboard", &[], b"", 501),
        ("DELETE /health", &[], b"", 405),
        ("PUT /session/create", &[], b"", 405),
        ("GET /nowhere", &[], b"", 404),
    ] {
        let (status, answer) = server.ask(request, headers, body);
        assert_eq!(status, expected, "{request}: {}", String::from_utf8_lossy(&answer));
        assert!(json(&answer)["error"]["code"].is_string(), "{request}");
    }
    assert_eq!(server.ask("GET /healthz", &[], b"").0, 200);
}

#[test]
fn metrics_count_what_the_pipeline_does() {
    let server = Server::start(&["--source", "pattern", "--size", "320x180"]);
    let figure = |name: &str| {
        let (status, body) = server.ask("GET /metrics", &[], b"");
        assert_eq!(status, 200);
        let text = String::from_utf8(body).unwrap();
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned);
        line.unwrap_or_else(|| panic!("{name} is missing:\n{text}")).parse::<f64>().unwrap()
    };
    let before = figure("telestage_frames_generated_total");
    assert!(before >= 1.0);
    assert_eq!(figure("telestage_ready"), 1.0);
    assert_eq!(figure("telestage_viewers{kind=\"webrtc\"}"), 0.0);
    assert_eq!(figure("telestage_access_units_total"), 0.0, "nobody watches, so nothing is encoded");
    assert!(figure("telestage_stage_seconds_total{stage=\"render\"}") >= 0.0);
    // The pattern is live: the count goes up by itself.
    while figure("telestage_frames_generated_total") == before {}
}

#[test]
fn mjpeg_parts_have_exact_lengths_and_decode() {
    let server = Server::start(&["--source", "pattern", "--size", "320x180"]);
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
    write!(socket, "GET /stream?fps=60 HTTP/1.0\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port).unwrap();
    let mut stream = Vec::new();
    let mut parts = 0;
    let mut at = None;
    while parts < 100 {
        let mut chunk = [0; 65536];
        let count = socket.read(&mut chunk).unwrap();
        assert!(count > 0, "the stream ended after {parts} parts");
        stream.extend_from_slice(&chunk[..count]);
        if at.is_none() {
            let Some(end) = find(&stream, b"\r\n\r\n") else { continue };
            let head = String::from_utf8(stream[..end].to_vec()).unwrap().to_ascii_lowercase();
            assert!(head.contains("content-type: multipart/x-mixed-replace; boundary=frame"), "{head}");
            at = Some(end + 4);
        }
        while let Some((size, jpeg)) = at.and_then(|at| part(&stream[at..])) {
            assert_eq!(decode(jpeg), [320, 180]);
            parts += 1;
            stream.drain(..at.unwrap() + size);
            at = Some(0);
        }
    }
}

/// Columns and rows of a JPEG that decodes to its end.
fn decode(jpeg: &[u8]) -> [usize; 2] {
    let image = turbojpeg::decompress(jpeg, turbojpeg::PixelFormat::RGB).unwrap();
    [image.width, image.height]
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The first whole part: its bytes in the stream, and its JPEG.
fn part(stream: &[u8]) -> Option<(usize, &[u8])> {
    let end = find(stream, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&stream[..end]).unwrap();
    let head = head.strip_prefix("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ");
    let (length, at) = head.unwrap().split_once("\r\nX-Timestamp: ").unwrap();
    let (length, at): (usize, f64) = (length.parse().unwrap(), at.parse().unwrap());
    let age = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() - at;
    assert!((0.0..3600.0).contains(&age), "drawn {age} s ago");
    let jpeg = stream.get(end + 4..end + 4 + length)?;
    let tail = stream.get(end + 4 + length..end + 6 + length)?;
    assert_eq!(tail, b"\r\n");
    Some((end + 6 + length, jpeg))
}

/// A cube that crosses the picture from left to right.
const CROSSING: &str = r#"#usda 1.0
(
    upAxis = "Y"
    startTimeCode = 1
    endTimeCode = 3
)
def Cube "Crossing"
{
    color3f[] primvars:displayColor = [(0.8, 0.02, 0.02)]
    double3 xformOp:translate.timeSamples = { 1: (-4, 0, 0), 3: (4, 0, 0) }
    uniform token[] xformOpOrder = ["xformOp:translate"]
}
def Camera "Front"
{
    float focalLength = 35
    double3 xformOp:translate = (0, 0, 20)
    uniform token[] xformOpOrder = ["xformOp:translate"]
}
"#;

/// The middle of what is red, from 0 at the left to 1; `None` if nothing is.
fn red_column(jpeg: &[u8]) -> Option<f64> {
    let image = turbojpeg::decompress(jpeg, turbojpeg::PixelFormat::RGB).unwrap();
    let (mut sum, mut count) = (0.0, 0.0);
    for (index, pixel) in image.pixels.chunks_exact(3).enumerate() {
        if pixel[0] > 60 && pixel[0] > 2 * pixel[1].max(pixel[2]) {
            sum += (index % image.width) as f64 / image.width as f64;
            count += 1.0;
        }
    }
    (count > 0.0).then_some(sum / count)
}

#[test]
fn a_snapshot_of_another_time_shows_it_and_viewers_keep_theirs() {
    let folder = Folder::new("moments");
    let stage = folder.write("crossing.usda", CROSSING);
    let server = Server::start(&[stage.to_str().unwrap(), "--size", "320x180"]);
    let column = |query: &str| {
        let (status, picture) = server.ask(&format!("GET /snapshot.jpg{query}"), &[], b"");
        assert_eq!(status, 200, "{query}: {}", String::from_utf8_lossy(&picture));
        red_column(&picture).unwrap_or_else(|| panic!("{query} shows no cube"))
    };
    let shown = column("");
    let [first, middle, last] = [1, 2, 3].map(|time| column(&format!("?time={time}&camera=/Front")));
    assert!(first < 0.4 && (middle - 0.5).abs() < 0.05 && last > 0.6, "{first} {middle} {last}");
    assert!(
        (column("?time=3&camera=/Front&width=160&height=90") - last).abs() < 0.02,
        "another size, the same time"
    );
    assert!((column("?time=1") - first).abs() < 0.1, "from where viewers look");
    // Refined meanwhile, perhaps, which moves no edge by a pixel.
    assert!((column("") - shown).abs() < 0.003, "viewers see what they saw");
    for (query, status) in
        [("?time=nan", 400), ("?time=inf", 400), ("?time=x", 400), ("?time=1&camera=/No", 404)]
    {
        assert_eq!(server.ask(&format!("GET /snapshot.png{query}"), &[], b"").0, status, "{query}");
    }
}

#[test]
fn a_crowd_that_asks_for_other_times_gets_pictures_or_is_told_to_come_back() {
    let folder = Folder::new("moments-crowd");
    let stage = folder.write("crossing.usda", CROSSING);
    let server = Server::start(&[stage.to_str().unwrap(), "--size", "320x180"]);
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let ask = |number: u32| {
            let request = format!("GET /snapshot.jpg?time={number}&width=2048&height=2048");
            server.ask(&request, &[], b"").0
        };
        let threads: Vec<_> = (0..24).map(|number| scope.spawn(move || ask(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|status| matches!(status, 200 | 503)), "{answers:?}");
    assert!(answers.contains(&200), "{answers:?}");
    assert_eq!(server.ask("GET /snapshot.jpg?time=2", &[], b"").0, 200, "and later there is room again");
}

#[test]
fn pictures_of_other_sizes_and_views_can_be_asked_for() {
    let server = Server::start(&["--source", "pattern", "--size", "320x180"]);
    let (status, picture) = server.ask("GET /snapshot.jpg?width=640&height=360", &[], b"");
    assert_eq!(status, 200);
    assert_eq!(decode(&picture), [640, 360]);
    assert_eq!(server.ask("GET /snapshot.jpg?camera=/No/Camera", &[], b"").0, 503, "no stage is open");
}

#[test]
fn logs_are_json_lines_where_that_is_wanted() {
    let arguments =
        ["serve", "--source", "pattern", "--size", "320x180", "--port", "0", "--log-format", "json"];
    let mut child = std::process::Command::new(crate::cli::EXE)
        .args(arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line)
        .unwrap();
    assert!(line.starts_with("telestage ready: "), "{line}");
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| json(line.as_bytes())).collect();
    assert!(
        lines.iter().any(|line| line["fields"]["message"] == "ready" && line["level"] == "INFO"),
        "{text}"
    );
}

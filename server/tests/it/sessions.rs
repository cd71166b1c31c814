//! Sessions from outside: created, shown in every way, counted, ended, and bounded; and which foreign pages may ask.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::{Folder, Server, TWO_CUBES};
use crate::socket::{Came, Socket};

const PATIENCE: Duration = Duration::from_secs(60);
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn parse(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)))
}

fn pattern(more: &[&str]) -> Server {
    Server::start(&[&["--source", "pattern", "--size", "320x180"], more].concat())
}

fn create(server: &Server, body: &Value) -> Value {
    let (status, answer) = server.ask("POST /session/create", &[JSON], body.to_string().as_bytes());
    let answer = parse(&answer);
    assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer}");
    answer
}

fn id(answer: &Value) -> String {
    answer["sessionId"].as_str().unwrap().to_owned()
}

fn session(server: &Server, id: &str) -> Value {
    let (status, answer) = server.ask(&format!("GET /session/{id}"), &[], b"");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    parse(&answer)["session"].clone()
}

/// Asks again until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never {what}");
        std::thread::yield_now();
    }
}

/// Begins to read an answer without an end; what comes first is there when this returns.
fn follow(server: &Server, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
    let host = format!("127.0.0.1:{}", server.port);
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut first = [0; 12];
    socket.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200", "{path}");
    socket
}

#[test]
fn a_session_is_created_looked_at_and_destroyed_once() {
    let server = pattern(&[]);
    let answer = create(&server, &json!({"userId": "u7", "robotName": "carter"}));
    let (id, host) = (id(&answer), format!("127.0.0.1:{}", server.port));
    assert_eq!(answer["wsUrl"], format!("ws://{host}/stream/{id}"));
    assert_eq!(answer["httpStreamUrl"], format!("http://{host}/stream/{id}/mjpeg"));
    assert_eq!(answer["embedUrl"], format!("http://{host}/stream/{id}/embed"));
    assert!(answer["message"].as_str().unwrap().contains("carter"), "{answer}");
    let session = session(&server, &id);
    assert_eq!(session["id"], id);
    assert_eq!((&session["userId"], &session["stage"]), (&json!("u7"), &json!("carter")));
    assert_eq!((&session["robotName"], &session["connections"]), (&json!("carter"), &json!(0)));
    assert_eq!(
        (&session["isRendererConnected"], &session["isIsaacSimConnected"]),
        (&json!(true), &json!(true))
    );
    for time in ["createdAt", "lastActivity"] {
        let text = session[time].as_str().unwrap();
        assert!(text.len() == 24 && &text[10..11] == "T" && text.ends_with('Z'), "{time}: {text}");
    }
    let health = parse(&server.ask("GET /health", &[], b"").1);
    assert_eq!(health["active_sessions"], 1);
    assert_eq!(server.ask(&format!("POST /session/{id}/destroy"), &[], b"").0, 200);
    for request in
        ["POST /session/{id}/destroy", "DELETE /session/{id}", "GET /session/{id}", "GET /stream/{id}/mjpeg"]
    {
        let (status, body) = server.ask(&request.replace("{id}", &id), &[], b"");
        assert_eq!((status, &parse(&body)["error"]["code"]), (404, &json!("not_found")), "{request}");
    }
    let other = self::id(&create(&server, &json!({})));
    assert_eq!(server.ask(&format!("DELETE /session/{other}"), &[], b"").0, 200);
}

#[test]
fn a_session_says_honestly_which_stage_it_shows_and_opens_none() {
    let folder = Folder::new("session-stage");
    let stage = folder.write("two.usda", TWO_CUBES);
    folder.write("other.usda", TWO_CUBES);
    let server = Server::start(&[stage.to_str().unwrap(), "--size", "320x180"]);
    for (name, says) in
        [("two", "shows"), ("two.usda", "shows"), ("other.usda", "not other.usda"), ("", "what this server")]
    {
        let answer = create(&server, &json!({"stage": name}));
        assert!(answer["message"].as_str().unwrap().contains(says), "{name}: {answer}");
    }
    let health = parse(&server.ask("GET /health", &[], b"").1);
    assert!(health["stage"].as_str().unwrap().ends_with("two.usda"), "{health}");
}

#[test]
fn bad_wishes_get_typed_errors() {
    let server = pattern(&[]);
    let long = json!({"userId": "x".repeat(300)}).to_string();
    for (headers, body, status) in [
        (&[JSON][..], "", 400),
        (&[JSON], "[]", 400),
        (&[JSON], r#"{"userId": 1}"#, 400),
        (&[JSON], r#"{"stage": "a\u0000"}"#, 400),
        (&[JSON], &long, 400),
        (&[JSON], &" ".repeat(5000), 413),
        (&[("Content-Type", "text/plain")], "{}", 415),
        (&[], "{}", 415),
    ] {
        let (answered, answer) = server.ask("POST /session/create", headers, body.as_bytes());
        assert_eq!(answered, status, "{body}");
        assert!(parse(&answer)["error"]["message"].is_string(), "{body}");
    }
    let id = id(&create(&server, &json!({})));
    for path in ["mjpeg?fps=0", "mjpeg?what=1"] {
        assert_eq!(server.ask(&format!("GET /stream/{id}/{path}"), &[], b"").0, 400, "{path}");
    }
    assert_eq!(server.ask(&format!("GET /stream/{id}"), &[], b"").0, 400, "no WebSocket");
    for query in ["?binary=2", "?video=jpeg", "?what=1"] {
        let refused =
            Socket::open(server.port, &format!("/stream/{id}{query}")).err().map(|(status, _)| status);
        assert_eq!(refused, Some(400), "{query}");
    }
    let refused = Socket::open(server.port, "/stream/stream_1_0").err().map(|(status, _)| status);
    assert_eq!(refused, Some(404));
}

#[test]
fn there_are_only_so_many_sessions_and_they_come_only_so_fast() {
    let server = pattern(&["--max-sessions", "2"]);
    create(&server, &json!({}));
    let second = id(&create(&server, &json!({})));
    let refused = |wanted: u16| {
        let (status, body) = server.ask("POST /session/create", &[JSON], b"{}");
        (status == wanted).then(|| assert_eq!(parse(&body)["error"]["code"], "busy"))
    };
    refused(503).expect("all places are taken");
    // Asking for more than there is room for is limited as well, a burst later.
    until("refused for its haste", || refused(429).is_some());
    assert_eq!(server.ask(&format!("DELETE /session/{second}"), &[], b"").0, 200);
    until("allowed again", || server.ask("POST /session/create", &[JSON], b"{}").0 == 200);
}

#[test]
fn json_frames_come_as_existing_clients_expect_them_and_the_end_has_a_code() {
    let server = pattern(&[]);
    let id = id(&create(&server, &json!({})));
    let mut socket =
        Socket::open(server.port, &format!("/stream/{id}")).map_err(|(status, _)| status).unwrap();
    let mut next = || match socket.read() {
        Some(Came::Text(text)) => parse(text.as_bytes()),
        other => panic!("{other:?}"),
    };
    let status = next();
    assert_eq!((&status["type"], status["message"].is_string()), (&json!("status"), true), "{status}");
    for _ in 0..10 {
        let frame = next();
        assert_eq!(frame["type"], "frame", "{frame}");
        let jpeg = base64(frame["data"].as_str().unwrap());
        let picture = turbojpeg::decompress(&jpeg, turbojpeg::PixelFormat::RGB).unwrap();
        assert_eq!([picture.width, picture.height], [320, 180]);
    }
    let before = session(&server, &id);
    assert_eq!(before["connections"], 1);
    until("seen to move", || {
        drop(next());
        session(&server, &id)["lastActivity"].as_str() > before["lastActivity"].as_str()
    });
    socket.say("hello?");
    let error = loop {
        match socket.read() {
            Some(Came::Text(text)) if parse(text.as_bytes())["type"] == "error" => {
                break parse(text.as_bytes());
            }
            Some(Came::Text(_)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(error["message"].as_str().unwrap().contains("binary=1"), "{error}");
    assert_eq!(server.ask(&format!("POST /session/{id}/destroy"), &[], b"").0, 200);
    let (code, reason) = socket.closed();
    assert_eq!(code, 4001);
    assert!(reason.contains("destroyed"), "{reason}");
}

/// RFC 4648, section 4.
fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        bits = bits << 6 | LETTERS.iter().position(|known| *known == letter).unwrap() as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[test]
fn every_way_to_show_a_session_counts_and_ends_with_it() {
    let server = pattern(&[]);
    let id = id(&create(&server, &json!({})));
    let mut mjpeg = follow(&server, &format!("/stream/{id}/mjpeg?fps=60"));
    let mut binary =
        Socket::open(server.port, &format!("/stream/{id}?binary=1&video=jpeg")).map_err(|_| ()).unwrap();
    binary.say(r#"{"event_type":"hello","payload":{"protocol":1,"client":"t","version":"0"}}"#);
    let mut json = Socket::open(server.port, &format!("/stream/{id}")).map_err(|_| ()).unwrap();
    let (mut is_welcome, mut is_shown) = (false, false);
    while !(is_welcome && is_shown) {
        match binary.read().unwrap() {
            Came::Text(text) => is_welcome |= text.contains("\"welcome\""),
            Came::Binary(picture) => is_shown |= picture.get(16..18) == Some(&[0xff, 0xd8]),
            Came::Closed(code, reason) => panic!("{code} {reason}"),
        }
    }
    until("all counted", || session(&server, &id)["connections"] == 3);
    assert_eq!(server.ask(&format!("DELETE /session/{id}"), &[], b"").0, 200);
    assert_eq!(json.closed().0, 4001);
    assert_eq!(binary.closed().0, 4001);
    let mut rest = Vec::new();
    mjpeg.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the body ends as HTTP has it");
}

#[test]
fn a_session_that_nobody_uses_is_forgotten_and_one_that_is_shown_is_not() {
    let server = pattern(&["--session-timeout", "1"]);
    let [shown, unused] = [(), ()].map(|()| id(&create(&server, &json!({}))));
    let _mjpeg = follow(&server, &format!("/stream/{shown}/mjpeg"));
    until("forgotten", || server.ask(&format!("GET /session/{unused}"), &[], b"").0 == 404);
    assert_eq!(session(&server, &shown)["connections"], 1);
    let metrics = String::from_utf8(server.ask("GET /metrics", &[], b"").1).unwrap();
    for line in ["telestage_sessions 1", "telestage_sessions_ended_total{cause=\"expired\"} 1"] {
        assert!(metrics.lines().any(|one| one == line), "{line} is missing:\n{metrics}");
    }
}

/// The embedded page's way: an offer that names the session.
#[tokio::test(flavor = "multi_thread")]
async fn webrtc_viewers_of_a_session_count_and_end_with_it() {
    let server = pattern(&[]);
    let id = id(&create(&server, &json!({})));
    let mut viewer = crate::whole::Viewer::connect_to(&server, &format!("/whep?session={id}")).await;
    viewer.frame().await;
    assert_eq!(session(&server, &id)["connections"], 1);
    assert_eq!(server.ask(&format!("DELETE /session/{id}"), &[], b"").0, 200);
    viewer.ends().await;
    let offer = [("Content-Type", "application/sdp")];
    let (status, body) = server.ask(&format!("POST /whep?session={id}"), &offer, b"v=0");
    assert_eq!((status, &parse(&body)["error"]["code"]), (410, &json!("not_found")));
}

/// Status and the head of an answer.
fn head(server: &Server, request_line: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let host = format!("127.0.0.1:{}", server.port);
    write!(socket, "{request_line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        text.push(byte[0]);
    }
    let text = String::from_utf8(text).unwrap().to_ascii_lowercase();
    (text[9..12].parse().unwrap(), text)
}

#[test]
fn pages_on_the_list_are_answered_and_others_are_not() {
    let friend = "http://apps.example:5173";
    let server = pattern(&["--allow-origin", friend, "--allow-origin", "https://b.example"]);
    let (status, answer) = head(&server, "GET /health", &[("Origin", friend)]);
    assert_eq!(status, 200);
    assert!(answer.contains(&format!("access-control-allow-origin: {friend}\r\n")), "{answer}");
    assert!(answer.contains("vary: origin\r\n"), "{answer}");
    let ask = [("Origin", friend), ("Access-Control-Request-Method", "DELETE")];
    for path in ["/session/x", "/whep", "/whep/x", "/health"] {
        let (status, answer) = head(&server, &format!("OPTIONS {path}"), &ask);
        assert_eq!(status, 204, "{path}");
        assert!(answer.contains("access-control-allow-methods: get, post, patch, delete\r\n"), "{answer}");
        assert!(answer.contains("access-control-allow-headers: content-type, if-match\r\n"), "{answer}");
    }
    for stranger in ["http://evil.example", "http://apps.example", "null"] {
        for request in ["GET /health", "OPTIONS /session/create", "GET /healthz"] {
            let ask = [("Origin", stranger), ("Access-Control-Request-Method", "POST")];
            let (status, answer) = head(&server, request, &ask);
            assert_eq!(status, if request.ends_with("healthz") { 200 } else { 403 }, "{stranger} {request}");
            assert!(!answer.contains("access-control-"), "{answer}");
        }
    }
    let (_, answer) = head(&pattern(&[]), "GET /health", &[]);
    assert!(!answer.contains("access-control-") && !answer.contains("vary"), "{answer}");
}

#[test]
fn only_the_embedded_page_may_be_framed_and_only_by_those_on_the_list() {
    let policy = |server: &Server, path: &str| {
        let (status, answer) = head(server, &format!("GET {path}"), &[]);
        assert_eq!(status, 200, "{path}");
        let line = answer.lines().find_map(|line| line.strip_prefix("content-security-policy: "));
        let ancestors =
            line.and_then(|line| line.split("frame-ancestors ").nth(1)).unwrap_or_default().to_owned();
        (ancestors, answer.contains("x-frame-options: deny"))
    };
    let open = pattern(&["--allow-origin", "http://apps.example:5173"]);
    let embed = |server: &Server| format!("/stream/{}/embed", id(&create(server, &json!({}))));
    assert_eq!(policy(&open, &embed(&open)), ("'self' http://apps.example:5173".to_owned(), false));
    assert_eq!(policy(&open, "/"), ("'none'".to_owned(), true));
    assert!(policy(&open, "/health").1);
    let closed = pattern(&[]);
    assert_eq!(policy(&closed, &embed(&closed)).0, "'none'");
}

#[test]
fn an_image_of_a_foreign_page_shows_a_session_and_nothing_else() {
    let server = pattern(&[]);
    let id = id(&create(&server, &json!({})));
    let image =
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")];
    let (status, answer) = head(&server, &format!("GET /stream/{id}/mjpeg"), &image);
    assert_eq!(status, 200);
    assert!(answer.contains("cross-origin-resource-policy: cross-origin\r\n"), "{answer}");
    for path in ["/stream", "/snapshot.png", "/health"] {
        assert_eq!(head(&server, &format!("GET {path}"), &image).0, 403, "{path}");
        // Over plain HTTP the browser says nothing, and is told.
        let (status, answer) = head(&server, &format!("GET {path}"), &[]);
        assert_eq!(status, 200, "{path}");
        assert!(answer.contains("cross-origin-resource-policy: same-origin\r\n"), "{path}: {answer}");
    }
}

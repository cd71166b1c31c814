//! A server that is told to stop: viewers hear of it, and it ends in time, whoever is stuck.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use socket2::{Domain, Socket as Socket2, Type};

use crate::cli::Server;
use crate::socket::{Came, Socket};

/// Within that the server ends (requirement of the contract: everything ends in 5 s).
const END: Duration = Duration::from_secs(5);

fn serve() -> Server {
    // Large and live: whoever does not read is stuck at once.
    Server::start(&["--source", "pattern", "--size", "1280x720"])
}

fn terminate(server: &Server) {
    let pid = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
}

/// The exit code, once the process has ended; at most [`END`] later.
fn ended(server: &mut Server, begin: Instant) -> Option<i32> {
    loop {
        if let Some(status) = server.child.try_wait().unwrap() {
            return status.code();
        }
        assert!(begin.elapsed() < END, "it still runs");
        std::thread::yield_now();
    }
}

fn figure(server: &Server, name: &str) -> f64 {
    let text = String::from_utf8(server.ask("GET /metrics", &[], b"").1).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("{name} is missing: {text}")).parse().unwrap()
}

/// A connection with next to no room for what comes.
fn narrow(port: u16) -> TcpStream {
    let socket = Socket2::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
    socket.into()
}

#[test]
fn viewers_are_told_and_closed_with_a_code_that_means_come_back() {
    let mut server = serve();
    let mut socket = Socket::open(server.port, "/ws?video=none").map_err(|_| ()).unwrap();
    socket.say(r#"{"event_type":"hello","payload":{"protocol":1,"client":"t","version":"0"}}"#);
    while !matches!(socket.read(), Some(Came::Text(text)) if text.contains("\"welcome\"")) {}
    let (status, body) = server.ask("POST /session/create", &[("Content-Type", "application/json")], b"{}");
    assert_eq!(status, 200);
    let id = serde_json::from_slice::<Value>(&body).unwrap()["sessionId"].as_str().unwrap().to_owned();
    let mut frames = Socket::open(server.port, &format!("/stream/{id}")).map_err(|_| ()).unwrap();
    frames.read().unwrap();
    let mut mjpeg = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
    write!(mjpeg, "GET /stream HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port).unwrap();
    mjpeg.read_exact(&mut [0; 1024]).unwrap();
    let mjpeg = std::thread::Builder::new()
        .spawn(move || {
            let mut rest = Vec::new();
            mjpeg.read_to_end(&mut rest).map(|_| rest.ends_with(b"0\r\n\r\n"))
        })
        .unwrap();
    let begin = Instant::now();
    terminate(&server);
    let mut was_told = false;
    let (code, _) = loop {
        match socket.read().expect("a close frame before the end") {
            Came::Text(text) => was_told |= text.contains("\"stopping\""),
            Came::Binary(_) => {}
            Came::Closed(code, reason) => break (code, reason),
        }
    };
    assert_eq!((code, was_told), (1012, true));
    assert_eq!(frames.closed().0, 1012);
    assert!(mjpeg.join().unwrap().unwrap(), "the stream ends as HTTP has it");
    assert_eq!(ended(&mut server, begin), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webrtc_viewer_hears_of_it_before_its_connection_ends() {
    let server = serve();
    let mut viewer = crate::whole::Viewer::greet(&server).await;
    terminate(&server);
    let beat = viewer
        .hear("the last heartbeat", |name, payload| name == "heartbeat" && payload["status"] == "stopping");
    beat.await;
    viewer.ends().await;
}

#[test]
fn viewers_that_are_stuck_hold_nothing_up() {
    let mut server = serve();
    let mut stuck = Vec::new();
    for path in ["/ws", "/ws?video=jpeg"] {
        let mut socket = Socket::on(narrow(server.port), server.port, path).map_err(|_| ()).unwrap();
        socket.read().unwrap();
        stuck.push(socket);
    }
    let mut mjpeg = narrow(server.port);
    write!(mjpeg, "GET /stream?quality=100 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port).unwrap();
    mjpeg.read_exact(&mut [0; 1024]).unwrap();
    // Far more than the system keeps for them.
    let enough = figure(&server, "telestage_frames_generated_total") + 120.0;
    while figure(&server, "telestage_frames_generated_total") < enough {}
    let begin = Instant::now();
    terminate(&server);
    assert_eq!(ended(&mut server, begin), Some(0));
    drop((stuck, mjpeg));
}

//! `telestage watch` against the program's own server: what a script sees.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::cli::{EXE, Folder, Server};
use crate::record::movie;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(EXE);
    command.arg("watch").args(arguments).stdin(Stdio::null());
    command
}

fn url(server: &Server) -> String {
    format!("http://127.0.0.1:{}/", server.port)
}

/// All lines of a run that does what it was asked for.
fn lines(arguments: &[&str]) -> Vec<Value> {
    let output = command(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    parse(&output)
}

fn parse(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// Exit code, lines on stdout, the last line on stderr.
fn failure(arguments: &[&str]) -> (Option<i32>, Vec<Value>, String) {
    let output = command(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), parse(&output), text.lines().last().unwrap_or_default().to_owned())
}

fn pattern() -> Server {
    Server::start(&["--source", "pattern", "--size", "320x180"])
}

#[test]
fn frames_are_counted_by_every_way_and_the_run_ends_at_the_last() {
    let server = pattern();
    for (asked, used) in [("udp", "udp"), ("tcp", "tcp"), ("ws", "ws"), ("auto", "udp")] {
        let all = lines(&[&url(&server), "--frames", "90", "--transport", asked]);
        let summary = all.last().unwrap();
        assert_eq!((&summary["kind"], &summary["ended"]), (&"summary".into(), &"frames".into()), "{summary}");
        assert_eq!((&summary["transport"], &summary["frames"]), (&used.into(), &90.into()));
        assert!(summary["keys"].as_u64() >= Some(1), "{summary}");
        let figure = |name: &str| summary[name].as_f64().unwrap_or_else(|| panic!("{name}: {summary}"));
        assert!(figure("connected_ms") > 0.0 && figure("first_frame_ms") > 0.0, "{summary}");
        assert!(figure("gap_p50_ms") <= figure("gap_p95_ms") && figure("gap_p95_ms") <= figure("gap_max_ms"));
        assert!(figure("fps") > 0.0 && figure("mbps") > 0.0 && figure("bytes") > 1000.0, "{summary}");
        assert_eq!(summary["frame_info"]["width"], 320, "{summary}");
        assert!(
            summary["frame_info"]["frame"].as_u64() >= Some(1) && summary["server_ms"].is_f64(),
            "{summary}"
        );
    }
}

#[test]
fn what_is_watched_is_recorded_as_it_came() {
    let server = pattern();
    let folder = Folder::new("watch-record");
    for transport in ["udp", "ws"] {
        let file = folder.path().join(format!("{transport}.mp4"));
        let path = file.to_str().unwrap();
        let all = lines(&[&url(&server), "--frames", "60", "--transport", transport, "--record", path]);
        let movie = movie(&file);
        assert_eq!((movie.pictures as u64, movie.size), (60, [320, 180]), "{}", all.last().unwrap());
        let (code, _, stderr) = failure(&[&url(&server), "--frames", "1", "--record", path]);
        assert_eq!(code, Some(6), "nothing is written over: {stderr}");
    }
}

/// Where UDP does not pass: a tunnel for TCP alone, and a server that announces no more than the tunnel's entrance.
#[tokio::test(flavor = "multi_thread")]
async fn where_udp_does_not_pass_the_picture_comes_over_the_one_tcp_port() {
    let server = pattern();
    let tunnel = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    tunnel.set_nonblocking(true).unwrap();
    let ports = [server.port, tunnel.local_addr().unwrap().port()];
    let tunnel = tokio::net::TcpListener::from_std(tunnel).unwrap();
    tokio::spawn(async move {
        loop {
            tokio::spawn(carry(tunnel.accept().await.unwrap().0, ports));
        }
    });
    let entrance = format!("127.0.0.1:{}", ports[1]);
    let all = tokio::task::spawn_blocking(move || lines(&[&entrance, "--frames", "20"])).await.unwrap();
    let summary = all.last().unwrap();
    assert_eq!((&summary["transport"], &summary["frames"]), (&"tcp".into(), &20.into()), "{summary}");
}

/// Carries one connection from the tunnel's entrance to the server; `ports` are the server's and the entrance's.
async fn carry(mut near: TcpStream, ports: [u16; 2]) {
    let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, ports[0])).await.unwrap();
    let mut first = [0];
    near.peek(&mut first).await.unwrap();
    if !first[0].is_ascii_uppercase() {
        // Either end may close.
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        return;
    }
    // HTTP: the server closes when it has answered.
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (near.split(), far.split());
    let mut answer = Vec::new();
    tokio::select! {
        done = from_server.read_to_end(&mut answer) => drop(done.unwrap()),
        _ = async {
            let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
            std::future::pending::<()>().await;
        } => {}
    }
    let [server, entrance] = ports.map(|port| format!(" 127.0.0.1 {port} typ host"));
    let answer = String::from_utf8(answer).unwrap().replace(&server, &entrance);
    to_client.write_all(answer.as_bytes()).await.unwrap();
}

#[test]
fn each_second_has_its_line_and_time_ends_a_run() {
    let server = pattern();
    let all = lines(&[&url(&server), "--seconds", "3"]);
    let seconds: Vec<&Value> = all.iter().filter(|line| line["kind"] == "second").collect();
    assert!(!seconds.is_empty() && seconds.len() <= 3, "{all:?}");
    let summary = all.last().unwrap();
    assert_eq!(summary["ended"], "seconds", "{summary}");
    assert!(summary["elapsed_secs"].as_f64() >= Some(3.0), "{summary}");
    assert!(seconds.iter().all(|line| line["frames"].as_u64() <= summary["frames"].as_u64()));
}

#[test]
fn what_is_sent_is_answered_refusals_too() {
    let server = pattern();
    let all = lines(&[
        &url(&server),
        "--frames",
        "1",
        "--send",
        r#"{"event_type": "getStatsRequest", "id": "mine", "payload": {}}"#,
        "--send",
        r#"{"event_type": "ping", "payload": {"t": 17}}"#,
        "--send",
        r#"{"event_type": "makeCoffee", "payload": {}}"#,
    ]);
    let answers: Vec<(&str, &str)> =
        all.iter().filter_map(|line| Some((line["event_type"].as_str()?, line["id"].as_str()?))).collect();
    assert_eq!(answers, [("getStatsResult", "mine"), ("pong", "watch-2"), ("viewerError", "watch-3")]);
    assert!(all.iter().any(|line| line["payload"]["t"] == 17.0), "{all:?}");
}

#[test]
fn nobody_there_and_somebody_else_there_exit_with_1_the_cause_and_the_remedy() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let (code, all, line) = failure(&[&address.to_string(), "--frames", "1"]);
    assert_eq!(code, Some(1), "{line}");
    assert!(
        line.starts_with("telestage: ") && line.contains(&address.to_string()) && line.contains("serve"),
        "{line}"
    );
    assert_eq!(all.last().unwrap()["ended"], "refused");

    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = other.local_addr().unwrap().to_string();
    std::thread::Builder::new()
        .name("greeter".to_owned())
        .spawn(move || {
            let (mut socket, _) = other.accept().unwrap();
            std::io::Write::write_all(&mut socket, b"220 mail.example ESMTP\r\n").unwrap();
            // Until the client has gone.
            let _ = socket.read_to_end(&mut Vec::new());
        })
        .unwrap();
    let (code, _, line) = failure(&[&address, "--frames", "1"]);
    assert_eq!(code, Some(1), "{line}");
    assert!(line.contains("not a Telestage server") && line.contains(&address), "{line}");
}

/// A run that is still under way; ends with the test.
struct Run {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Run {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The next line that is `wanted`.
    fn line(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut text = String::new();
            assert!(self.lines.read_line(&mut text).unwrap() > 0, "it ended");
            let line: Value = serde_json::from_str(&text).unwrap();
            if wanted(&line) {
                return line;
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_server_that_stops_is_told_and_with_reconnect_the_next_one_is_found() {
    let server = pattern();
    let port = server.port.to_string();
    let mut plain = Run::start(&[&url(&server)]);
    let mut stubborn = Run::start(&[&url(&server), "--reconnect"]);
    for run in [&mut plain, &mut stubborn] {
        run.line(|line| line["frames"].as_u64() > Some(0));
    }
    terminate(&server.child);
    assert_eq!(plain.line(|line| line["kind"] == "summary")["ended"], "closed");
    assert_eq!(plain.child.wait().unwrap().code(), Some(1));
    let lost = stubborn.line(|line| line["kind"] == "lost");
    assert!(lost["wait_ms"].as_f64() >= Some(300.0), "{lost}");
    let lost = stubborn.line(|line| line["ended"] == "refused");
    let seen = lost["frames"].as_u64();
    assert!(seen > Some(0), "{lost}");
    drop(server);
    let _again = Server::start(&["--source", "pattern", "--size", "320x180", "--port", &port]);
    stubborn.line(|line| line["frames"].as_u64() > seen);
    terminate(&stubborn.child);
    assert_eq!(stubborn.line(|line| line["kind"] == "summary")["ended"], "interrupted");
    assert!(stubborn.child.wait().unwrap().success());
}

#[cfg(unix)]
fn terminate(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
}

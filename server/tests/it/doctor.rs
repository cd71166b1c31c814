//! `telestage doctor URL`: each hop by its name, and where it ends.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use serde_json::Value;

use crate::cli::{EXE, Server};

/// The exit code, the report, and the last line on stderr.
fn examine(url: &str) -> (Option<i32>, Value, String) {
    let output = Command::new(EXE).args(["doctor", "--json", url]).output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), report, text.lines().last().unwrap_or_default().to_owned())
}

fn hops(report: &Value) -> Vec<(String, String)> {
    let text = |hop: &Value, name: &str| hop[name].as_str().unwrap().to_owned();
    report["hops"].as_array().unwrap().iter().map(|hop| (text(hop, "name"), text(hop, "state"))).collect()
}

const ALL: [&str; 20] = [
    "dns",
    "tcp",
    "http",
    "allowed",
    "service",
    "origin",
    "ready",
    "whep",
    "udp",
    "udp-greeting",
    "udp-frame",
    "tcp-whep",
    "tcp-media",
    "tcp-greeting",
    "tcp-frame",
    "websocket",
    "ws-path",
    "ws-greeting",
    "ws-frame",
    "mjpeg",
];

#[test]
fn every_hop_to_a_server_is_named_in_order_and_timed() {
    let server = Server::start(&["--source", "pattern", "--size", "320x180"]);
    let (code, report, _) = examine(&format!("http://localhost:{}/", server.port));
    assert_eq!((code, &report["ok"]), (Some(0), &Value::Bool(true)), "{report:#}");
    let names: Vec<String> = hops(&report).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ALL);
    for hop in report["hops"].as_array().unwrap() {
        assert_eq!(hop["state"], "ok", "{hop}");
        assert!(hop["ms"].as_f64().unwrap() >= 0.0 && !hop["detail"].as_str().unwrap().is_empty(), "{hop}");
    }
    let pair = report["hops"].as_array().unwrap().iter().find(|hop| hop["name"] == "udp").unwrap();
    assert!(pair["detail"].as_str().unwrap().contains(&format!(":{}, udp", server.port)), "{pair}");
}

#[test]
fn a_port_where_nobody_listens_is_named_and_the_rest_is_skipped() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let (code, report, line) = examine(&format!("http://127.0.0.1:{port}/"));
    assert_eq!((code, &report["ok"]), (Some(1), &Value::Bool(false)));
    let states = hops(&report);
    assert_eq!(states.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ALL);
    let wanted = |name: &str| match name {
        "dns" => "ok",
        "tcp" => "failed",
        _ => "skipped",
    };
    assert!(states.iter().all(|(name, state)| state == wanted(name)), "{states:?}");
    assert!(line.contains("tcp failed") && line.contains("telestage serve"), "{line}");
}

#[test]
fn a_name_that_the_server_does_not_go_by_is_told_with_the_remedy() {
    let server =
        Server::start(&["--source", "pattern", "--size", "320x180", "--allow-origin", "http://a.example"]);
    // Nobody resolves it, but a proxy that changes the Host header looks the same to the server.
    let proxy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = proxy.local_addr().unwrap().port();
    let target = server.port;
    let serving = std::thread::Builder::new().name("other server".into());
    drop(serving.spawn(move || {
        for near in proxy.incoming() {
            let mut near = near.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if near.read(&mut byte).unwrap_or(0) == 0 {
                    break;
                }
                head.push(byte[0]);
            }
            // A connection that only looks whether the port answers says nothing.
            if head.is_empty() {
                continue;
            }
            let head = String::from_utf8_lossy(&head).replace(&format!("127.0.0.1:{port}"), "inside.example");
            let mut far = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, target)).unwrap();
            far.write_all(head.as_bytes()).unwrap();
            let mut answer = Vec::new();
            far.read_to_end(&mut answer).unwrap();
            let _ = near.write_all(&answer);
        }
    }));
    let (code, report, line) = examine(&format!("http://127.0.0.1:{port}/"));
    assert_eq!(code, Some(1));
    let failed = hops(&report).into_iter().find(|(_, state)| state == "failed").map(|(name, _)| name);
    assert_eq!(failed.as_deref(), Some("allowed"), "{report:#}");
    assert!(line.contains("--allow-host inside.example"), "{line}");
}

#[test]
fn another_service_is_not_taken_for_a_server() {
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = other.local_addr().unwrap().port();
    let serving = std::thread::Builder::new().name("other server".into());
    drop(serving.spawn(move || {
        for socket in other.incoming() {
            let mut socket = socket.unwrap();
            let mut request = [0; 4096];
            // A connection that only looks whether the port answers says nothing.
            if socket.read(&mut request).unwrap_or(0) > 0 {
                let _ = socket.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            }
        }
    }));
    let (code, report, _) = examine(&format!("127.0.0.1:{port}"));
    assert_eq!(code, Some(1));
    let failed = hops(&report).into_iter().find(|(_, state)| state == "failed").map(|(name, _)| name);
    assert_eq!(failed.as_deref(), Some("http"), "{report:#}");
}

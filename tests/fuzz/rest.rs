//! Requests over all routes that there are, and some that there are not, with everything in them that may be wrong.

use super::damage;
use super::dice::Dice;
use super::tally::Tally;
use crate::subject::Subject;

const LONGEST: usize = 128 * 1024;
const METHODS: [&str; 14] = [
    "GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    "get", "\u{1}",
];
const PATHS: [&str; 31] = [
    "/",
    "/index.html",
    "/assets/",
    "/streaming/webrtc-client/",
    "/health",
    "/healthz",
    "/livez",
    "/ping",
    "/metrics",
    "/stream",
    "/ws",
    "/snapshot.png",
    "/snapshot.jpg",
    "/whep",
    "/whep/0123456789abcdef0123456789abcdef",
    "/session",
    "/session/1",
    "/stream/1",
    "/openapi.json",
    "/dashboard",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//",
    "/assets/%00",
    "/snapshot.png/",
    "*",
    "http://example.org/health",
    "",
    "/\u{e9}",
    "/a/b/c/d/e/f/g",
    "/whep/%2f",
];
const QUERIES: [&str; 16] = [
    "fps=30&quality=50&width=64",
    "fps=NaN",
    "fps=-1",
    "quality=256",
    "width=0",
    "width=99999999999",
    "camera=/World/Camera",
    "camera=",
    "time=1",
    "time=inf",
    "time=-1e308",
    "width=16&height=16",
    "width=4096&height=2",
    "video=jpeg",
    "video=none",
    "a=%ff&&&==",
];
const HEADERS: [&str; 22] = [
    "Accept: */*",
    "Origin: null",
    "Origin: http://evil.example",
    "Host: evil.example",
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Content-Type: application/sdp",
    "Content-Type: application/json",
    "Connection: Upgrade\r\nUpgrade: websocket",
    "Connection: keep-alive",
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x",
    "Upgrade: h2c",
    "Expect: 100-continue",
    "Range: bytes=0-1,5-,-3",
    "If-None-Match: *",
    "X-Forwarded-For: 1.2.3.4",
    "Cookie: a=b",
    "Accept-Encoding: gzip;q=9",
    " folded: yes",
];

/// Sends `count` requests.
pub async fn attack(subject: &Subject, mut dice: Dice, count: u32) -> Tally {
    let mut tally = Tally::default();
    let host = subject.address.to_string();
    for _ in 0..count {
        let message = request(&mut dice, &host);
        tally.exchange(subject.socket, &message).await;
    }
    tally
}

fn request(dice: &mut Dice, host: &str) -> Vec<u8> {
    let (method, mut target) = (dice.pick(&METHODS), dice.pick(&PATHS).to_owned());
    if dice.hits(40) {
        target = format!("{target}?{}", dice.pick(&QUERIES));
    }
    if dice.hits(20) {
        target = damage::text(dice, &target, 4096);
    }
    let version = if dice.hits(95) { "HTTP/1.1" } else { dice.pick(&["HTTP/1.0", "HTTP/2.0", "HTP", ""]) };
    let mut text = format!("{method} {target} {version}\r\n");
    if dice.hits(95) {
        text.push_str(&format!("Host: {host}\r\n"));
    }
    for _ in 0..dice.below(5) {
        text.push_str(dice.pick(&HEADERS));
        text.push_str("\r\n");
    }
    if dice.hits(2) {
        let count = dice.below(300);
        text.push_str(&"X-Many: 1\r\n".repeat(count));
    }
    text.push_str("\r\n");
    let count = if dice.hits(30) { dice.below(200) } else { 0 };
    let message = [text.into_bytes(), dice.bytes(count)].concat();
    if dice.hits(20) { damage::bytes(dice, &message, LONGEST) } else { message }
}

//! The door for viewers, over real HTTP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use telestage::http::session::Registry;
use telestage::http::session::registry::Limits;
use telestage::net::{Config, Endpoint, stream, whep};
use telestage_client::Seen;
use telestage_client::http::{Answer, request};
use telestage_client::webrtc::{Offering, Want};
use tokio::net::{TcpListener, UdpSocket};

const BOTH: Want = Want { video: true, data: true, tcp: false };
const SDP: (&str, &str) = ("Content-Type", "application/sdp");
const FRAGMENT: (&str, &str) = ("Content-Type", "application/trickle-ice-sdpfrag");

struct Door {
    address: SocketAddr,
    endpoint: Endpoint,
}

impl Door {
    async fn new(max_peers: usize) -> Self {
        let (_, stream) = stream::channel(Arc::new(|| {}), stream::RtpClock::start());
        let (events, mut heard) = tokio::sync::mpsc::channel(16);
        tokio::spawn(async move { while heard.recv().await.is_some() {} });
        let config =
            Config { announce: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)], max_peers, most_bps: 8_000_000 };
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint::new(config, udp, stream::Feed::single(0, stream), events).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let limits = Limits { sessions: 1, timeout: Duration::from_secs(60) };
        let router = whep::router(endpoint.clone(), Registry::start(limits));
        tokio::spawn(async move { axum::serve(tcp, router).await });
        Self { address, endpoint }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        request(self.address, method, path, headers, body.as_bytes()).await.unwrap()
    }

    async fn open(&self) -> Answer {
        let offering = Offering::new(BOTH).await.unwrap();
        self.ask("POST", "/whep", &[SDP], offering.sdp()).await
    }
}

fn error_code(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.body).expect(&answer.body);
    assert!(!body["error"]["message"].as_str().unwrap().is_empty());
    body["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_offer_is_answered_with_everything_that_a_player_needs() {
    let door = Door::new(2).await;
    let answer = door.open().await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/sdp"));
    assert!(answer.header("etag").unwrap().starts_with('"'));
    let location = answer.header("location").unwrap().to_owned();
    assert_eq!(location.strip_prefix("/whep/").map(str::len), Some(32), "128 bits that nobody guesses");
    let candidate = format!("{} {} typ host", Ipv4Addr::LOCALHOST, door.endpoint.addresses()[0].port());
    assert!(answer.body.contains(&candidate), "{}", answer.body);
    assert!(answer.body.contains("playout-delay"));

    assert_eq!(door.ask("DELETE", &location, &[], "").await.status, 200);
    door.endpoint.shutdown().await;
    assert_eq!(door.ask("DELETE", &location, &[], "").await.status, 404);
}

#[tokio::test]
async fn garbage_is_refused_with_a_reason() {
    let door = Door::new(2).await;
    let text = [("Content-Type", "text/plain")];
    let vp8 = Offering::new(BOTH).await.unwrap().sdp().replace("H264/90000", "VP8/90000");
    let large = "v=0\r\n".repeat(20_000);
    type Header<'a> = (&'a str, &'a str);
    let cases: [(&str, &[Header<'_>], &str, u16, &str); 6] = [
        ("POST", &[SDP], "", 400, "bad_request"),
        ("POST", &[SDP], "v=0\r\nhello", 400, "bad_request"),
        ("POST", &text, "v=0", 415, "bad_request"),
        ("POST", &[SDP], &large, 413, "too_large"),
        ("POST", &[SDP], &vp8, 406, "unsupported"),
        ("GET", &[], "", 405, "bad_request"),
    ];
    for (method, headers, body, status, code) in cases {
        let answer = door.ask(method, "/whep", headers, body).await;
        assert_eq!((answer.status, error_code(&answer).as_str()), (status, code), "{method} {:.40}", body);
    }
    for method in ["PATCH", "DELETE"] {
        let answer = door.ask(method, "/whep/nobody", &[FRAGMENT], "").await;
        assert_eq!((answer.status, error_code(&answer).as_str()), (404, "not_found"));
    }
    assert!(door.endpoint.is_empty(), "nothing is left behind");
}

#[tokio::test]
async fn a_full_house_says_when_to_come_back() {
    let door = Door::new(1).await;
    let offering = Offering::new(BOTH).await.unwrap();
    let opened = door.ask("POST", "/whep", &[SDP], offering.sdp()).await;
    assert_eq!(opened.status, 201);
    let mut viewer = offering.accept(&opened.body).await.unwrap();
    while viewer.next().await.expect("it connects") != Seen::Connected {}
    let answer = door.open().await;
    assert_eq!((answer.status, error_code(&answer).as_str()), (503, "busy"));
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn candidates_are_taken_and_a_restart_gives_new_credentials() {
    let door = Door::new(1).await;
    let opened = door.open().await;
    let (location, etag) = (opened.header("location").unwrap(), opened.header("etag").unwrap());
    let candidate = "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n";
    let trickle = door.ask("PATCH", location, &[FRAGMENT, ("If-Match", etag)], candidate).await;
    assert_eq!(trickle.status, 204);
    let stale = door.ask("PATCH", location, &[FRAGMENT, ("If-Match", "\"old\"")], candidate).await;
    assert_eq!(stale.status, 412);

    let credentials = "a=ice-ufrag:newufrag\r\na=ice-pwd:0123456789012345678901\r\n";
    let restart = [FRAGMENT, ("If-Match", "*")];
    let restarted = door.ask("PATCH", location, &restart, credentials).await;
    assert_eq!(restarted.status, 200, "{}", restarted.body);
    assert_ne!(restarted.header("etag"), Some(etag));
    let ufrag = restarted.body.lines().find(|line| line.starts_with("a=ice-ufrag:")).unwrap();
    assert!(!opened.body.contains(ufrag));
    assert_eq!(door.ask("PATCH", location, &restart, "nothing").await.status, 400);
}

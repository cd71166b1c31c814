//! Pictures and messages over a WebSocket.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use telestage_client::{Channel, ConnectError, Ending, Event, Format, Hop, Options, Transport, Way, connect};
use telestage_protocol::{ClientMessage, Empty, Envelope, ServerMessage};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::expect;

/// A server for one client, and the client's options.
async fn server() -> (TcpListener, Options) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string().parse().unwrap();
    let options = Options { transport: Way::Only(Transport::WebSocket), ..Options::new(address, "test") };
    (listener, options)
}

pub struct Peer(pub WebSocketStream<TcpStream>);

impl Peer {
    async fn accept(listener: &TcpListener) -> Self {
        Self(accept_async(listener.accept().await.unwrap().0).await.unwrap())
    }

    async fn say(&mut self, event_type: &str, id: Option<&str>, payload: Value) {
        let mut message = json!({"event_type": event_type, "payload": payload});
        if let Some(id) = id {
            message["id"] = id.into();
        }
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.0.next().await.unwrap().unwrap() {
                return serde_json::from_str(text.as_str()).unwrap();
            }
        }
    }

    pub async fn welcome(&mut self) {
        let hello = self.hear().await;
        assert_eq!((&hello["event_type"], &hello["payload"]["client"]), (&json!("hello"), &json!("test")));
        let welcome = json!({"protocol": 1, "server": "telestage", "version": "0", "client_id": 3, "session": "s3", "role": "viewer",
            "capabilities": [], "size": [640, 360], "fps": 30.0});
        self.say("welcome", None, welcome).await;
    }
}

#[tokio::test]
async fn messages_and_pictures_travel_on_one_websocket() {
    let (listener, options) = server().await;
    let served = tokio::spawn(async move {
        let mut peer = Peer::accept(&listener).await;
        peer.welcome().await;
        let mut frame = vec![1, 1, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 0x65];
        peer.0.send(Message::binary(frame.clone())).await.unwrap();
        // One of a future version, and a message that nobody knows: neither ends anything.
        frame[0] = 2;
        peer.0.send(Message::binary(frame)).await.unwrap();
        peer.say("fortuneTold", None, json!({})).await;
        peer.0.send(Message::binary([&[1, 2, 0, 0][..], &[0; 12], b"\xff\xd8\xff"].concat())).await.unwrap();
        let request = peer.hear().await;
        let stats = json!({"fps": 30.0, "latency_ms": 1.0, "frames": 1, "bitrate_bps": 1e6, "viewers": 1});
        peer.say("getStatsResult", request["id"].as_str(), stats).await;
        let motion = peer.hear().await;
        assert_eq!(motion, json!({"event_type": "later"}), "motion travels here too");
        peer.0.close(None).await.unwrap();
    });
    let (handle, mut events) = connect(options);
    let size = expect(&mut events, |event| match event {
        Event::Welcomed(welcome) => Some(welcome.size),
        _ => None,
    })
    .await;
    assert_eq!(size, [640, 360]);
    let unit = |event| match event {
        Event::Unit(unit) => Some(unit),
        _ => None,
    };
    let first = expect(&mut events, unit).await;
    assert_eq!(
        (first.key, first.format, first.frame, first.input_seq),
        (true, Format::H264, Some(7), Some(9))
    );
    assert_eq!(first.data, Bytes::from_static(b"\0\0\0\x01\x65"));
    let unknown = |event| match event {
        Event::Unknown(what) => Some(what),
        _ => None,
    };
    assert!(expect(&mut events, unknown).await.contains("version 2"));
    assert!(expect(&mut events, unknown).await.contains("fortuneTold"));
    assert_eq!(expect(&mut events, unit).await.format, Format::Jpeg);
    let request = Envelope::answer(Some("a".to_owned()), ClientMessage::GetStats(Empty {}));
    handle.send(&request).await.unwrap();
    expect(&mut events, |event| match event {
        Event::Message(Envelope { message: ServerMessage::Stats(_), id }) if id.as_deref() == Some("a") => {
            Some(())
        }
        _ => None,
    })
    .await;
    handle.send_text(Channel::Motion, r#"{"event_type": "later"}"#.to_owned()).await.unwrap();
    let ending = expect(&mut events, ended).await;
    assert_eq!(ending, Ending::Closed);
    served.await.unwrap();
}

fn ended(event: Event) -> Option<Ending> {
    match event {
        Event::Ended(ending) => Some(ending),
        _ => None,
    }
}

#[tokio::test]
async fn a_server_of_another_age_is_named_and_final() {
    let (listener, options) = server().await;
    tokio::spawn(async move {
        let mut peer = Peer::accept(&listener).await;
        peer.hear().await;
        let detail = json!({"client": 1, "server": 9, "min": 8, "max": 9});
        let error = json!({"code": "version_mismatch", "message": "too old", "detail": detail});
        peer.say("viewerError", None, error).await;
        // Until the client has gone.
        while peer.0.next().await.is_some_and(|message| message.is_ok()) {}
    });
    let (_handle, mut events) = connect(options);
    let ending = expect(&mut events, ended).await;
    let error = ConnectError::VersionMismatch { client: 1, min: 8, max: 9 };
    assert!(!ending.is_passing());
    assert_eq!(ending, Ending::NotConnected(error));
}

#[tokio::test]
async fn a_goodbye_is_heard_and_dropping_ends_without_one() {
    let (listener, options) = server().await;
    let accepts = tokio::spawn(async move {
        let mut ends = Vec::new();
        for _ in 0..2 {
            let mut peer = Peer::accept(&listener).await;
            peer.welcome().await;
            ends.push(matches!(peer.0.next().await, Some(Ok(Message::Close(_)))));
        }
        ends
    });
    for says_goodbye in [true, false] {
        let (handle, mut events) = connect(options.clone());
        expect(&mut events, |event| matches!(event, Event::Welcomed(_)).then_some(())).await;
        if says_goodbye {
            handle.close();
            assert_eq!(expect(&mut events, ended).await, Ending::Left);
            assert!(events.next().await.is_none());
        }
    }
    assert_eq!(accepts.await.unwrap(), [true, false]);
}

#[tokio::test]
async fn hops_come_in_order() {
    let (listener, options) = server().await;
    tokio::spawn(async move {
        let mut peer = Peer::accept(&listener).await;
        peer.welcome().await;
        while peer.0.next().await.is_some_and(|message| message.is_ok()) {}
    });
    let (_handle, mut events) = connect(options);
    let mut names = Vec::new();
    while names.len() < 7 {
        names.extend(
            expect(&mut events, |event| match event {
                Event::Hop(hop, _) => Some(Some(hop.name())),
                Event::Welcomed(_) => Some(Some("welcomed")),
                _ => Some(None),
            })
            .await,
        );
    }
    assert_eq!(names[..2], ["resolved", "reached"]);
    assert_eq!(names[2..], ["trying", "answered", "path_found", "connected", "greeted"]);
    assert_eq!(Hop::Trying(Transport::Udp).name(), "trying");
}

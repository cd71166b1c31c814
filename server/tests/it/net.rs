//! Viewers over a real socket on the loopback interface, without a browser.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use telestage::net::stream::{self, Feed, Publisher, RtpClock};
use telestage::net::{
    AcceptError, CONTROL_QUEUE, Channel, CloseReason, Config, Endpoint, MESSAGE_MAX, OfferError, PeerEvent,
    PeerId, Rejection, SendError,
};
use telestage_client::webrtc::{Offering, Want};
use telestage_client::{Act, Receiver, Seen};
use telestage_media::{Packet, Timings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;

pub const BOTH: Want = Want { video: true, data: true, tcp: false };
const VIDEO: Want = Want { video: true, data: false, tcp: false };
pub const DATA: Want = Want { video: false, data: true, tcp: false };
/// Far beyond what anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
pub const PEERS_MAX: usize = 4;
/// More than these tests ever send: what is tested here is not the pacer.
const MOST_BPS: u32 = 1_000_000_000;

/// A server's half: an endpoint, the producer of its stream, and the hub's ear.
pub struct Stage {
    pub endpoint: Endpoint,
    publisher: Publisher,
    events: mpsc::Receiver<PeerEvent>,
    /// Rings when somebody needs a keyframe.
    demand: mpsc::Receiver<()>,
    frame: u32,
}

/// A TCP and a UDP port of the same number.
async fn both_sockets() -> (TcpListener, UdpSocket) {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            return (tcp, udp);
        }
    }
}

impl Stage {
    pub async fn new() -> Self {
        let (ring, demand) = mpsc::channel(64);
        let ring = Arc::new(move || {
            let _ = ring.try_send(());
        });
        let (publisher, stream) = stream::channel(ring, RtpClock::start());
        let (events_in, events) = mpsc::channel(64);
        let (tcp, udp) = both_sockets().await;
        let config = Config {
            announce: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            max_peers: PEERS_MAX,
            most_bps: MOST_BPS,
        };
        let endpoint = Endpoint::new(config, udp, Feed::single(0, stream), events_in).unwrap();
        let lines = endpoint.clone();
        tokio::spawn(async move {
            while let Ok((stream, from)) = tcp.accept().await {
                lines.take_line(stream, from);
            }
        });
        Self { endpoint, publisher, events, demand, frame: 0 }
    }

    fn address(&self) -> SocketAddr {
        self.endpoint.addresses()[0]
    }

    pub async fn connect(&mut self, want: Want) -> (Receiver, PeerId) {
        let offering = Offering::new(want).await.unwrap();
        let accepted = self.endpoint.accept(offering.sdp().to_owned()).await.unwrap();
        let mut receiver = offering.accept(&accepted.answer).await.unwrap();
        see(&mut receiver, |seen| (seen == Seen::Connected).then_some(())).await;
        let opened = self.hear(|event| matches!(event, PeerEvent::Opened { .. }).then_some(event)).await;
        assert_eq!(opened, PeerEvent::Opened { peer: accepted.peer, has_data: want.data });
        (receiver, accepted.peer)
    }

    /// Like [`Self::connect`], until both channels are open on both sides.
    async fn connect_with_channels(&mut self, want: Want) -> (Receiver, PeerId) {
        let (mut receiver, peer) = self.connect(want).await;
        for _ in Channel::ALL {
            see(&mut receiver, |seen| matches!(seen, Seen::ChannelOpen(_)).then_some(())).await;
            self.hear(|event| matches!(event, PeerEvent::ChannelOpen { .. }).then_some(())).await;
        }
        (receiver, peer)
    }

    /// The first event that `wanted` takes.
    async fn hear<T>(&mut self, wanted: impl Fn(PeerEvent) -> Option<T>) -> T {
        timeout(PATIENCE, async {
            loop {
                let event = self.events.recv().await.expect("the endpoint lives");
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
        })
        .await
        .expect("the event comes")
    }

    async fn demand(&mut self) {
        timeout(PATIENCE, self.demand.recv()).await.expect("somebody needs a keyframe");
    }

    /// Publishes an access unit of `bytes` bytes whose content tells its number.
    fn publish(&mut self, key: bool, bytes: usize) -> (u32, Vec<u8>) {
        self.frame += 1;
        let mut data = vec![0, 0, 0, 1, if key { 0x65 } else { 0x41 }];
        data.extend(self.frame.to_be_bytes().map(|byte| byte | 0x80));
        while data.len() < bytes {
            data.push(0x80 | (data.len() % 101) as u8);
        }
        let packet = Packet {
            data: data.clone().into(),
            key,
            frame: self.frame,
            view_version: 0,
            size: [16, 16],
            timings: Timings::default(),
        };
        (self.publisher.publish(Arc::new(packet), Instant::now()), data)
    }
}

pub async fn see<T>(receiver: &mut Receiver, wanted: impl Fn(Seen) -> Option<T>) -> T {
    timeout(PATIENCE, async {
        loop {
            let seen = receiver.next().await.expect("the session lives");
            if let Some(found) = wanted(seen) {
                return found;
            }
        }
    })
    .await
    .expect("it is seen")
}

async fn see_unit(receiver: &mut Receiver) -> (u32, Vec<u8>) {
    let unit = see(receiver, |seen| match seen {
        Seen::Unit(unit) => Some(unit),
        _ => None,
    })
    .await;
    (unit.rtp_timestamp, unit.data.to_vec())
}

pub async fn closed(stage: &mut Stage, peer: PeerId) -> CloseReason {
    stage
        .hear(|event| match event {
            PeerEvent::Closed { peer: gone, reason } if gone == peer => Some(reason),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_viewer_receives_every_access_unit_in_order_and_byte_for_byte() {
    let mut stage = Stage::new().await;
    let (mut viewer, _) = stage.connect(BOTH).await;
    stage.demand().await;
    for (key, bytes) in [(true, 60_000), (false, 100), (false, 1160), (false, 1161), (false, 40_000)] {
        let sent = stage.publish(key, bytes);
        assert_eq!(see_unit(&mut viewer).await, sent);
    }
}

#[tokio::test]
async fn video_alone_and_data_alone_both_work() {
    let mut stage = Stage::new().await;
    let (mut watcher, watching) = stage.connect(VIDEO).await;
    let (mut talker, talking) = stage.connect_with_channels(DATA).await;
    assert_eq!(stage.publisher.readers(), 1, "only one of them reads the stream");
    let sent = stage.publish(true, 5000);
    assert_eq!(see_unit(&mut watcher).await, sent);
    assert_eq!(stage.endpoint.send(watching, Channel::Control, "hello"), Err(SendError::NoData));
    stage.endpoint.send(talking, Channel::Control, "hello").unwrap();
    assert_eq!(see(&mut talker, text).await, (Channel::Control, "hello".to_owned()));
}

fn text(seen: Seen) -> Option<(Channel, String)> {
    match seen {
        Seen::Text(channel, text) => Channel::from_label(channel.label()).map(|channel| (channel, text)),
        _ => None,
    }
}

/// The same channel in the client's words.
fn clients(channel: Channel) -> telestage_client::Channel {
    match channel {
        Channel::Control => telestage_client::Channel::Control,
        Channel::Motion => telestage_client::Channel::Motion,
    }
}

#[tokio::test]
async fn a_lost_picture_asks_for_a_keyframe() {
    let mut stage = Stage::new().await;
    let (mut viewer, _) = stage.connect(VIDEO).await;
    stage.demand().await;
    stage.publish(true, 2000);
    see_unit(&mut viewer).await;
    assert!(!stage.publisher.is_key_pending());
    viewer.act(Act::RequestKey).await;
    stage.demand().await;
    assert!(stage.publisher.is_key_pending());
}

#[tokio::test]
async fn texts_travel_both_ways_on_both_channels() {
    let mut stage = Stage::new().await;
    let (mut viewer, peer) = stage.connect_with_channels(BOTH).await;
    for channel in Channel::ALL {
        viewer.act(Act::Send(clients(channel), format!("to {}", channel.label()))).await;
        let heard = stage
            .hear(|event| match event {
                PeerEvent::Message { peer, channel, text } => Some((peer, channel, text)),
                _ => None,
            })
            .await;
        assert_eq!(heard, (peer, channel, format!("to {}", channel.label())));
        stage.endpoint.send(peer, channel, format!("from {}", channel.label())).unwrap();
        assert_eq!(see(&mut viewer, text).await, (channel, format!("from {}", channel.label())));
    }
}

#[tokio::test]
async fn control_keeps_the_order_of_a_burst() {
    let mut stage = Stage::new().await;
    let (mut viewer, peer) = stage.connect_with_channels(DATA).await;
    for number in 0..CONTROL_QUEUE {
        stage.endpoint.send(peer, Channel::Control, number.to_string()).unwrap();
    }
    for number in 0..CONTROL_QUEUE {
        assert_eq!(see(&mut viewer, text).await.1, number.to_string());
        viewer.act(Act::Send(telestage_client::Channel::Control, number.to_string())).await;
    }
    for number in 0..CONTROL_QUEUE {
        let heard = stage
            .hear(|event| match event {
                PeerEvent::Message { text, .. } => Some(text),
                _ => None,
            })
            .await;
        assert_eq!(heard, number.to_string());
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_told_and_the_next_one_works() {
    let mut stage = Stage::new().await;
    let (viewer, peer) = stage.connect_with_channels(DATA).await;
    viewer.act(Act::Send(telestage_client::Channel::Control, "x".repeat(MESSAGE_MAX + 1))).await;
    viewer.act(Act::Send(telestage_client::Channel::Control, "y".repeat(MESSAGE_MAX))).await;
    let rejected = stage.hear(|event| matches!(event, PeerEvent::Rejected { .. }).then_some(event)).await;
    let rejection = Rejection::TooLarge { bytes: MESSAGE_MAX + 1 };
    assert_eq!(rejected, PeerEvent::Rejected { peer, channel: Channel::Control, rejection });
    let heard = stage
        .hear(|event| match event {
            PeerEvent::Message { text, .. } => Some(text.len()),
            _ => None,
        })
        .await;
    assert_eq!(heard, MESSAGE_MAX);
}

/// A client that never reads its messages costs its own session.
#[tokio::test]
async fn an_overflowing_control_queue_closes_that_peer_alone() {
    let mut stage = Stage::new().await;
    let (mut good, good_peer) = stage.connect_with_channels(DATA).await;
    let offering = Offering::new(DATA).await.unwrap();
    let silent = stage.endpoint.accept(offering.sdp().to_owned()).await.unwrap().peer;
    let refused = (0..=CONTROL_QUEUE).find_map(|_| stage.endpoint.send(silent, Channel::Control, "x").err());
    assert_eq!(refused, Some(SendError::Deaf));
    assert_eq!(closed(&mut stage, silent).await, CloseReason::Deaf);
    stage.endpoint.send(good_peer, Channel::Control, "still here").unwrap();
    assert_eq!(see(&mut good, text).await.1, "still here");
}

/// I3: the producer never waits, and the viewer that reads gets every frame whatever the other one does.
#[tokio::test]
async fn a_viewer_that_does_not_read_slows_nobody() {
    let mut stage = Stage::new().await;
    let (mut reader, _) = stage.connect(VIDEO).await;
    let (_sleeper, _) = stage.connect(VIDEO).await;
    stage.demand().await;
    for number in 0..300 {
        let sent = stage.publish(number == 0, 3000);
        assert_eq!(see_unit(&mut reader).await, sent);
    }
}

#[tokio::test]
async fn garbage_on_the_port_reaches_nobody() {
    let mut stage = Stage::new().await;
    let (mut viewer, _) = stage.connect_with_channels(BOTH).await;
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut wrong_ufrag = vec![0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    wrong_ufrag.extend([0, 6, 0, 7]);
    wrong_ufrag.extend(b"not:you\0");
    let mut garbage: Vec<Vec<u8>> = (0..=255_u8).map(|first| vec![first; 100]).collect();
    garbage.extend([Vec::new(), vec![0; 1], vec![0x80; 1400], wrong_ufrag]);
    for datagram in &garbage {
        stranger.send_to(datagram, stage.address()).await.unwrap();
    }
    let sent = stage.publish(true, 3000);
    assert_eq!(see_unit(&mut viewer).await, sent);
    assert_eq!(stage.endpoint.len(), 1);
}

#[tokio::test]
async fn offers_that_make_no_sense_are_refused_and_leave_nothing() {
    let stage = Stage::new().await;
    let good = Offering::new(BOTH).await.unwrap().sdp().to_owned();
    let lines: Vec<&str> = good.lines().collect();
    let mut bad =
        vec![String::new(), "hello".to_owned(), "v=0".to_owned(), "v=0\r\n".repeat(1000), "\0".repeat(100)];
    // Every offer that lacks a line, and every one that ends early.
    for index in 0..lines.len() {
        let without = lines.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, line)| *line);
        bad.push(without.map(|line| format!("{line}\r\n")).collect());
        bad.push(lines[..index].join("\r\n"));
    }
    let mut refused = 0;
    for offer in bad {
        match stage.endpoint.accept(offer).await {
            Ok(accepted) => stage.endpoint.close(accepted.peer),
            Err(AcceptError::Offer(_)) => refused += 1,
            Err(AcceptError::Full(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("the offer's fault, not ours: {error}"),
        }
    }
    assert!(refused > lines.len() / 2, "only {refused}");
    let no_h264 = good.replace("H264/90000", "VP8/90000");
    let error = stage.endpoint.accept(no_h264).await.unwrap_err();
    assert!(matches!(error, AcceptError::Offer(OfferError::NoH264 { .. })), "{error}");
}

#[tokio::test]
async fn a_viewer_that_leaves_frees_everything() {
    let mut stage = Stage::new().await;
    let (viewer, peer) = stage.connect_with_channels(BOTH).await;
    assert_eq!((stage.endpoint.len(), stage.publisher.readers()), (1, 1));
    viewer.act(Act::Close).await;
    assert_eq!(closed(&mut stage, peer).await, CloseReason::Gone);
    assert_eq!((stage.endpoint.len(), stage.publisher.readers()), (0, 0));
    assert_eq!(stage.endpoint.send(peer, Channel::Control, "?"), Err(SendError::Gone));
}

#[tokio::test]
async fn shutdown_tells_every_viewer() {
    let mut stage = Stage::new().await;
    let (mut viewer, peer) = stage.connect(BOTH).await;
    stage.endpoint.shutdown().await;
    assert!(stage.endpoint.is_empty());
    see(&mut viewer, |seen| (seen == Seen::Closed).then_some(())).await;
    assert_eq!(closed(&mut stage, peer).await, CloseReason::Shutdown);
    let offering = Offering::new(DATA).await.unwrap();
    let late = stage.endpoint.accept(offering.sdp().to_owned()).await.unwrap_err();
    assert!(matches!(late, AcceptError::Stopping));
}

#[tokio::test]
async fn a_viewer_without_udp_gets_everything_over_tcp() {
    let mut stage = Stage::new().await;
    let (mut viewer, peer) = stage.connect_with_channels(Want { tcp: true, ..BOTH }).await;
    stage.demand().await;
    for (key, bytes) in [(true, 60_000), (false, 100), (false, 1161), (false, 40_000)] {
        let sent = stage.publish(key, bytes);
        assert_eq!(see_unit(&mut viewer).await, sent);
    }
    for channel in Channel::ALL {
        viewer.act(Act::Send(clients(channel), "there".to_owned())).await;
        let heard = stage
            .hear(|event| match event {
                PeerEvent::Message { channel, text, .. } => Some((channel, text)),
                _ => None,
            })
            .await;
        assert_eq!(heard, (channel, "there".to_owned()));
        stage.endpoint.send(peer, channel, "back").unwrap();
        assert_eq!(see(&mut viewer, text).await, (channel, "back".to_owned()));
    }
    viewer.act(Act::Close).await;
    assert_eq!(closed(&mut stage, peer).await, CloseReason::Gone);
}

#[tokio::test]
async fn a_tcp_connection_that_names_nobody_or_breaks_the_framing_is_closed() {
    let stage = Stage::new().await;
    let mut request = vec![0, 28, 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42];
    request.extend([9; 12]);
    request.extend([0, 6, 0, 3, b'a', b':', b'b', 0]);
    for bytes in [&request[..], &[0, 4, 1, 2, 3, 4], &[7, 255, 1], &[255, 255]] {
        let mut socket = tokio::net::TcpStream::connect(stage.address()).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = timeout(PATIENCE, socket.read_to_end(&mut rest)).await.expect("it is closed");
        assert!(rest.is_empty(), "strangers get no answer");
    }
}

/// I3, where the kernel holds a slow viewer's pictures back.
#[tokio::test]
async fn a_tcp_viewer_that_stops_reading_slows_nobody_and_goes_on_at_a_keyframe() {
    let mut stage = Stage::new().await;
    let (mut slow, _) = stage.connect(Want { tcp: true, ..VIDEO }).await;
    let (mut good, _) = stage.connect(VIDEO).await;
    stage.demand().await;
    stage.publish(true, 60_000);
    see_unit(&mut slow).await;
    see_unit(&mut good).await;
    assert!(!stage.publisher.is_key_pending());
    // Far more than the slow viewer's own queue and both kernels take; the good one gets every picture meanwhile.
    for _ in 0..1000 {
        let sent = stage.publish(false, 60_000);
        assert_eq!(see_unit(&mut good).await, sent);
    }
    // It reads again: what was held back drains, and a keyframe is asked for.
    let (seen_in, mut seen) = mpsc::channel(4096);
    tokio::spawn(async move {
        loop {
            let unit = see_unit(&mut slow).await;
            drop(seen_in.send(unit).await);
        }
    });
    timeout(PATIENCE, async {
        while !stage.publisher.is_key_pending() {
            let sent = stage.publish(false, 60_000);
            assert_eq!(see_unit(&mut good).await, sent);
        }
    })
    .await
    .expect("a keyframe is asked for");
    let sent = stage.publish(true, 60_000);
    assert_eq!(see_unit(&mut good).await, sent);
    timeout(PATIENCE, async { while seen.recv().await.expect("it reads on") != sent {} })
        .await
        .expect("it goes on at the keyframe");
}

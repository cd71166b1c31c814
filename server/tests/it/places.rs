//! Places for viewers: how many there are, who takes one, and when it is free again.

use telestage::net::{AcceptError, CloseReason};
use telestage_client::Seen;
use telestage_client::webrtc::{Offering, Want};

use crate::cli::Server;
use crate::net::{BOTH, DATA, PEERS_MAX, Stage, closed, see};
use crate::socket::{Came, Socket};

/// Viewers that a server takes at most.
const PLACES: usize = 64;

#[tokio::test]
async fn there_are_so_many_places_and_a_free_one_is_free() {
    let mut stage = Stage::new().await;
    let mut here = Vec::new();
    for _ in 0..PEERS_MAX {
        here.push(stage.connect(DATA).await);
    }
    let offering = Offering::new(DATA).await.unwrap();
    let full = stage.endpoint.accept(offering.sdp().to_owned()).await.unwrap_err();
    assert!(matches!(full, AcceptError::Full(PEERS_MAX)));
    let leaves = here[0].1;
    stage.endpoint.close(leaves);
    assert_eq!(closed(&mut stage, leaves).await, CloseReason::Ended);
    stage.connect(DATA).await;
}

#[tokio::test]
async fn offers_that_nobody_follows_keep_nobody_out() {
    let mut stage = Stage::new().await;
    let offering = Offering::new(DATA).await.unwrap();
    let first = stage.endpoint.accept(offering.sdp().to_owned()).await.unwrap().peer;
    let mut most = 0;
    for _ in 0..300 {
        stage.endpoint.accept(offering.sdp().to_owned()).await.unwrap();
        most = most.max(stage.endpoint.len());
    }
    assert!(most < 300, "they are bounded");
    assert_eq!(closed(&mut stage, first).await, CloseReason::Displaced);
    for _ in 0..PEERS_MAX {
        stage.connect(BOTH).await;
    }
}

/// All were answered while there was room; the last one finds none.
#[tokio::test]
async fn a_place_is_taken_by_who_comes_not_by_who_asks() {
    let mut stage = Stage::new().await;
    let mut waiting = Vec::new();
    for _ in 0..=PEERS_MAX {
        let offering = Offering::new(DATA).await.unwrap();
        let accepted = stage.endpoint.accept(offering.sdp().to_owned()).await.unwrap();
        waiting.push((offering, accepted));
    }
    let (late, late_answer) = waiting.pop().unwrap();
    let mut here = Vec::new();
    for (offering, accepted) in waiting {
        let mut receiver = offering.accept(&accepted.answer).await.unwrap();
        see(&mut receiver, |seen| (seen == Seen::Connected).then_some(())).await;
        here.push(receiver);
    }
    let _late = late.accept(&late_answer.answer).await.unwrap();
    assert_eq!(closed(&mut stage, late_answer.peer).await, CloseReason::Full);
    assert_eq!(stage.endpoint.len(), PEERS_MAX);
}

/// Long before the 30 s for which an outage is waited out: an outage closes no connection.
#[tokio::test]
async fn a_tcp_viewer_that_hangs_up_without_a_word_is_let_go() {
    let mut stage = Stage::new().await;
    let (viewer, peer) = stage.connect(Want { tcp: true, ..BOTH }).await;
    drop(viewer);
    assert_eq!(closed(&mut stage, peer).await, CloseReason::Lost);
}

/// Anybody can send a greeting and read nothing: only who hears the server counts.
#[test]
fn a_websocket_takes_a_place_when_it_answers() {
    let server = Server::start(&["--source", "pattern", "--size", "64x64"]);
    let open = || {
        let mut socket = Socket::open(server.port, "/ws?video=none").map_err(|(status, _)| status)?;
        socket.say(r#"{"event_type":"hello","payload":{"protocol":1,"client":"t","version":"0"}}"#);
        Ok::<Socket, u16>(socket)
    };
    let mute: Vec<_> = (0..2 * PLACES).map(|_| open().unwrap()).collect();
    let welcome: Vec<_> = (0..PLACES)
        .map(|_| {
            let mut socket = open().unwrap();
            match socket.read() {
                Some(Came::Text(text)) if text.contains("\"welcome\"") => socket,
                other => panic!("{other:?}"),
            }
        })
        .collect();
    assert_eq!(open().map(|_| ()), Err(503));
    drop((mute, welcome));
}

//! Viewers that come and go, connections that get stuck, a viewer that stops: small editions of `cargo xtask bench crowd`.
//! What is held is read from `/proc`.
#![cfg(target_os = "linux")]

use serde_json::json;
use telestage_client::Transport;
use telestage_tests::subject::Subject;
use telestage_tests::{cycles, idlers};

use crate::cli::Server;

async fn subject() -> (Server, Subject) {
    let server = Server::start(&["--source", "pattern", "--size", "320x180", "--fps", "30"]);
    let address = format!("127.0.0.1:{}", server.port).parse().unwrap();
    let subject = Subject::new(address, server.child.id()).await.unwrap();
    (server, subject)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_viewers_that_have_left_nothing_is_kept() {
    let (_server, subject) = subject().await;
    let all = [Transport::Udp, Transport::Tcp, Transport::WebSocket];
    let report = cycles::turn(&subject, &all, 6, 12).await.unwrap();
    assert_eq!(report["is_as_before"], true, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_lead_nowhere_are_closed_and_keep_nobody_out() {
    let (_server, subject) = subject().await;
    let report = idlers::besiege(&subject, 24, 80).await.unwrap();
    assert_eq!(report["never_closed"], 0, "{report}");
    assert_eq!(report["good_viewer"]["failures"], json!({}), "{report}");
    assert_eq!(report["offers_by_status"], json!({"201": 80}), "{report}");
    assert!(report["places_free_secs"].is_f64(), "{report}");
}

//! The load tool's viewers against the program's own server.

use std::time::Duration;

use serde_json::Value;
use telestage_client::{Address, Transport};
use telestage_tests::crowd::{Mix, watch_together};
use telestage_tests::{inputs, offers};

use crate::cli::Server;

fn pattern() -> (Server, Address) {
    let server = Server::start(&["--source", "pattern", "--size", "320x180"]);
    let address = format!("127.0.0.1:{}", server.port).parse().unwrap();
    (server, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_viewer_of_a_crowd_is_accounted_for() {
    let (_server, address) = pattern();
    let mix = Mix { udp: 2, tcp: 1, ws: 0, mjpeg: 1 };
    let report = watch_together(&address, mix, 50.0, Duration::from_secs(2)).await.unwrap();
    assert_eq!(report["errors"], serde_json::json!({}), "{report}");
    let viewers = report["viewers"].as_array().unwrap();
    let transports: Vec<&str> = viewers.iter().filter_map(|viewer| viewer["transport"].as_str()).collect();
    assert_eq!(transports, ["udp", "tcp", "mjpeg", "udp"]);
    for viewer in viewers {
        let figure = |name: &str| viewer[name].as_f64().unwrap_or_else(|| panic!("{name}: {viewer}"));
        assert!(figure("first_unit_ms") >= figure("connected_ms"), "{viewer}");
        assert!(figure("frames") > 1.0 && figure("fps") > 0.0 && figure("bytes") > 1000.0, "{viewer}");
        assert!(figure("gap_p50_ms") <= figure("gap_p99_ms") && figure("gap_p99_ms") <= figure("gap_max_ms"));
        assert_eq!(viewer["error"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_get_their_first_picture_or_a_reason() {
    let (server, address) = pattern();
    let report = offers::make(&address, Transport::Udp, 6, Duration::from_millis(300)).await.unwrap();
    assert_eq!((&report["offers"], &report["served"]), (&6.into(), &6.into()), "{report}");
    assert!(report["first_frame_ms"]["p95"].as_f64() > Some(0.0), "{report}");
    drop(server);
    let report = offers::make(&address, Transport::Udp, 2, Duration::from_millis(10)).await.unwrap();
    assert_eq!(report["refusals"], serde_json::json!({"refused": 2}), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_input_is_timed_to_the_picture_that_shows_it() {
    let (_server, address) = pattern();
    for transport in [Transport::Udp, Transport::Tcp] {
        let report = inputs::make(&address, transport, 10).await.unwrap();
        assert_eq!((&report["inputs"], &report["missed"]), (&10.into(), &0.into()), "{report}");
        let figure =
            |name: &str| report["input_to_unit_ms"][name].as_f64().unwrap_or_else(|| panic!("{report}"));
        assert!(figure("p50") > 0.0 && figure("p50") <= figure("p95") && figure("p95") <= figure("max"));
    }
}

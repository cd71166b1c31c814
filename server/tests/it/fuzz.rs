//! A short edition of `fuzz`: everything told wrongly, while one good viewer watches.
#![cfg(target_os = "linux")]

use telestage_tests::fuzz::{Extent, assault};
use telestage_tests::subject::Subject;

use crate::cli::{Folder, Server};

/// Another one each time would fail where nobody can repeat it; the long edition takes any.
const SEED: u64 = 20_261_129;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_said_the_server_lives_and_the_good_viewer_watches_on() {
    let folder = Folder::new("fuzz");
    let records = folder.path().to_str().unwrap();
    let server =
        Server::start(&["--source", "pattern", "--size", "320x180", "--fps", "30", "--record-dir", records]);
    let address = format!("127.0.0.1:{}", server.port).parse().unwrap();
    let subject = Subject::new(address, server.child.id()).await.unwrap();
    let extent = Extent { whep: 500, websocket: 500, channels: 500, rest: 500 };
    let report = assault(&subject, SEED, extent).await.unwrap();
    assert_eq!(report["lives"], true, "{report}");
    assert_eq!(report["viewers_left"], 0.0, "{report}");
    for kind in ["whep", "websocket", "channels", "rest"] {
        assert_eq!(report[kind]["messages"]["sent"], 500, "{report}");
        assert_eq!(report[kind]["messages"]["faults"], 0, "seed {SEED}: {report}");
        assert_eq!(report[kind]["viewer"]["lost"], 0, "seed {SEED}: {report}");
        assert!(report[kind]["viewer"]["frames"].as_u64() > Some(0), "{report}");
    }
}

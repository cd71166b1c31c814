//! Recordings of a running server: by message, up to a limit, on a full disk, and when the process is killed.

use std::path::Path;

use serde_json::{Value, json};
use shiguredo_mp4::BoxHeader;
use shiguredo_mp4::boxes::SampleEntry;
use shiguredo_mp4::demux::{DemuxError, Fmp4FileDemuxer, Input};
use telestage_client::Seen;

use crate::cli::{Folder, Server};
use crate::whole::Viewer;

/// What a player finds in a file: pictures, their size, and from the first to the end of the last, in seconds.
#[derive(Debug)]
pub struct Movie {
    pub pictures: usize,
    pub size: [u16; 2],
    pub secs: f64,
}

/// Reads up to where the file ends or is torn.
pub fn movie(path: &Path) -> Movie {
    let file = std::fs::read(path).unwrap();
    let mut demuxer = Fmp4FileDemuxer::new();
    let mut movie = Movie { pictures: 0, size: [0; 2], secs: 0.0 };
    loop {
        match demuxer.next_sample() {
            Ok(Some(sample)) => {
                if let Some(SampleEntry::Avc1(entry)) = sample.sample_entry {
                    movie.size = [entry.visual.width, entry.visual.height];
                }
                assert!(movie.pictures > 0 || sample.keyframe, "it begins with a keyframe");
                movie.pictures += 1;
                movie.secs = (sample.timestamp + u64::from(sample.duration)) as f64 / 90_000.0;
            }
            Ok(None) => return movie,
            Err(DemuxError::InputRequired(wanted)) => {
                let rest = file.get(wanted.position as usize..).unwrap_or_default();
                // A box's head is asked for with room for a long one.
                let least = wanted.size.map_or(0, |size| if size == BoxHeader::MAX_SIZE { 8 } else { size });
                if rest.len() < least {
                    return movie;
                }
                let data = &rest[..wanted.size.unwrap_or(rest.len()).min(rest.len())];
                demuxer.handle_input(Input { position: wanted.position, data });
            }
            Err(error) => panic!("{}: {error:?}", path.display()),
        }
    }
}

const PATTERN: [&str; 6] = ["--source", "pattern", "--size", "320x180", "--fps", "30"];

fn server(folder: &Folder, options: &[&str]) -> Server {
    let recordings = folder.path().join("recordings");
    Server::start(&[&PATTERN, &["--record-dir", recordings.to_str().unwrap()][..], options].concat())
}

async fn start(viewer: &mut Viewer, name: &str) -> Value {
    viewer.say("recordRequest", json!({"action": "start", "name": name})).await;
    viewer.hear("that it records", |name, state| name == "recordState" && state["recording"] == true).await
}

/// The state that ends a recording.
async fn ended(viewer: &mut Viewer) -> Value {
    viewer.hear("the end", |name, state| name == "recordState" && state["recording"] == false).await
}

/// Receives until so much of the stream has gone by.
async fn watch(viewer: &mut Viewer, secs: f64) {
    let mut first = None;
    loop {
        if let Seen::Unit(unit) = viewer.see().await {
            let first = *first.get_or_insert(unit.rtp_timestamp);
            if f64::from(unit.rtp_timestamp.wrapping_sub(first)) >= secs * 90_000.0 {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_recording_by_message_is_a_file_that_plays() {
    let folder = Folder::new("record");
    let server = server(&folder, &[]);
    let mut viewer = Viewer::greet(&server).await;
    let begun = start(&mut viewer, "walk").await;
    let path = folder.path().join("recordings/walk.mp4");
    assert_eq!(begun["path"], path.to_str().unwrap());
    watch(&mut viewer, 2.5).await;
    viewer.say("recordRequest", json!({"action": "stop"})).await;
    let end = ended(&mut viewer).await;
    assert_eq!((&end["path"], &end["error"]), (&begun["path"], &Value::Null));
    assert_eq!(end["bytes"].as_f64().unwrap(), std::fs::metadata(&path).unwrap().len() as f64);
    let movie = movie(&path);
    assert_eq!(movie.size, [320, 180]);
    assert!(movie.secs >= 2.4 && movie.pictures >= 3, "{movie:?}");
    assert!(end["elapsed_secs"].as_f64().unwrap() > 2.0, "{end}");
}

#[tokio::test]
async fn a_limit_ends_the_recording_with_a_code_and_the_stream_goes_on() {
    let folder = Folder::new("record-limit");
    let server = server(&folder, &["--record-limit", "300000"]);
    let mut viewer = Viewer::greet(&server).await;
    start(&mut viewer, "walk").await;
    let end = ended(&mut viewer).await;
    assert_eq!(end["code"], "too_large", "{end}");
    assert!(end["error"].as_str().unwrap().contains("--record-limit"), "{end}");
    let path = folder.path().join("recordings/walk.mp4");
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!((300_000..500_000).contains(&bytes), "{bytes} bytes");
    assert!(movie(&path).pictures > 3);
    viewer.frame().await;
    viewer.frame().await;
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused_and_nothing_is_written() {
    let folder = Folder::new("record-names");
    let server = server(&folder, &[]);
    let mut viewer = Viewer::greet(&server).await;
    for name in ["../walk", "/tmp/walk", "a/b"] {
        viewer.say("recordRequest", json!({"action": "start", "name": name})).await;
        let refusal = viewer.hear("a refusal", |name, _| name == "viewerError").await;
        assert_eq!(refusal["code"], "bad_request");
    }
    assert!(!folder.path().join("recordings").exists());
}

#[tokio::test]
async fn a_server_that_is_killed_leaves_a_file_that_plays() {
    let folder = Folder::new("record-killed");
    let mut server = server(&folder, &[]);
    let mut viewer = Viewer::greet(&server).await;
    start(&mut viewer, "walk").await;
    let path = folder.path().join("recordings/walk.mp4");
    // While it is being written it plays already.
    while movie(&path).secs < 2.0 {
        watch(&mut viewer, 0.2).await;
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let left = movie(&path);
    assert!(left.secs >= 2.0 && left.pictures > 3, "{left:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_its_file() {
    let folder = Folder::new("record-stopped");
    let mut server = server(&folder, &[]);
    let mut viewer = Viewer::greet(&server).await;
    start(&mut viewer, "walk").await;
    watch(&mut viewer, 1.0).await;
    let process = rustix::process::Pid::from_child(&server.child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert!(server.child.wait().unwrap().success());
    let file = std::fs::read(folder.path().join("recordings/walk.mp4")).unwrap();
    assert!(file.windows(4).any(|window| window == b"mehd"), "its length is in it");
    assert!(file.windows(4).any(|window| window == b"mfra"), "and its index");
}

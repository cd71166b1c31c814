use std::path::PathBuf;

use telestage_media::{Packet, Timings};
use telestage_protocol::ErrorCode;

use super::meters::RecordCounts;
use super::*;
use crate::net::stream::{self, Publisher};

/// Far beyond what anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
const PLENTY: Limits = Limits { recording: u64::MAX, reserve: 0 };

/// A sequence and a picture parameter set of 64x64 pixels or, with one more macroblock, of 80x64.
fn parameters(is_wide: bool) -> Vec<u8> {
    // profile 66, level 30, then ue(v): id 0, frame_num 0, order 2, references 1, no gaps, width, height 4, …
    let sps: [u8; 8] = if is_wide {
        [0x67, 66, 0xc0, 30, 0b1101_1010, 0b0001_0100, 0b1001_1001, 0]
    } else {
        [0x67, 66, 0xc0, 30, 0b1101_1010, 0b0001_0000, 0b1001_1001, 0]
    };
    [&[0, 0, 0, 1][..], &sps, &[0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80]].concat()
}

struct Bench {
    folder: PathBuf,
    publisher: Publisher,
    recorder: Recorder,
    events: mpsc::Receiver<RecordingEvent>,
    meters: Arc<RecordMeters>,
    frame: u32,
}

impl Bench {
    fn new(name: &str, limits: Limits) -> Self {
        let folder = std::env::temp_dir().join(format!("telestage-record-{}-{name}", std::process::id()));
        let place = Place { folder: folder.clone(), limits };
        let (publisher, stream) = stream::channel(Arc::new(|| {}), stream::RtpClock::start());
        let (events_in, events) = mpsc::channel(EVENTS);
        let meters = Arc::<RecordMeters>::default();
        let recorder = Recorder::new(Some(place), stream, events_in, meters.clone());
        Self { folder, publisher, recorder, events, meters, frame: 0 }
    }

    fn start(&mut self, name: &str) {
        self.recorder.obey(RecordOrder::Start { name: Some(name.to_owned()), stage: None });
    }

    fn publish(&mut self, key: bool, is_wide: bool) {
        self.frame += 1;
        let mut data = if key { parameters(is_wide) } else { Vec::new() };
        data.extend([0, 0, 0, 1, if key { 0x65 } else { 0x41 }]);
        data.resize(data.len() + 500, 0x80);
        let packet = Packet {
            data: data.into(),
            key,
            frame: self.frame,
            view_version: 0,
            size: [64, 64],
            timings: Timings::default(),
        };
        self.publisher.publish(Arc::new(packet), Instant::now());
    }

    async fn hear(&mut self) -> RecordingEvent {
        tokio::time::timeout(PATIENCE, self.events.recv())
            .await
            .expect("news come")
            .expect("the recorder lives")
    }

    async fn begun(&mut self) -> String {
        match self.hear().await {
            RecordingEvent::Began { path } => path,
            other => panic!("{other:?}"),
        }
    }

    async fn ended(&mut self) -> (u64, Option<ErrorCode>) {
        loop {
            match self.hear().await {
                RecordingEvent::Ended { bytes, failure } => {
                    return (bytes, failure.map(|failure| failure.code));
                }
                RecordingEvent::Began { .. } | RecordingEvent::Grew { .. } => {}
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn a_recording_begins_at_a_keyframe_and_ends_when_it_is_told_to() {
    let mut bench = Bench::new("plain", PLENTY);
    bench.start("walk");
    assert!(bench.publisher.is_key_pending(), "it asks for a keyframe");
    bench.publish(false, false);
    bench.publish(true, false);
    let path = bench.begun().await;
    assert_eq!(path, bench.folder.join("walk.mp4").display().to_string());
    bench.publish(false, false);
    assert_eq!(bench.publisher.readers(), 1, "it is a reader like any other");
    bench.recorder.obey(RecordOrder::Stop);
    let (bytes, failure) = bench.ended().await;
    assert_eq!((failure, std::fs::metadata(&path).unwrap().len()), (None, bytes));
    assert_eq!(bench.meters.read(), RecordCounts { is_on: false, bytes, gaps: 0 });
}

#[tokio::test]
async fn what_is_there_is_never_overwritten() {
    let mut bench = Bench::new("names", PLENTY);
    std::fs::create_dir_all(&bench.folder).unwrap();
    std::fs::write(bench.folder.join("walk.mp4"), "mine").unwrap();
    bench.start("walk");
    bench.publish(true, false);
    assert!(bench.begun().await.ends_with("walk (2).mp4"));
    bench.recorder.obey(RecordOrder::Stop);
    bench.ended().await;
    assert_eq!(std::fs::read(bench.folder.join("walk.mp4")).unwrap(), b"mine");
}

#[tokio::test]
async fn another_size_goes_on_in_another_file() {
    let mut bench = Bench::new("sizes", PLENTY);
    bench.start("walk");
    bench.publish(true, false);
    assert!(bench.begun().await.ends_with("walk.mp4"));
    bench.publish(true, true);
    assert!(bench.begun().await.ends_with("walk-2.mp4"));
    bench.recorder.obey(RecordOrder::Stop);
    let (bytes, failure) = bench.ended().await;
    assert_eq!((failure, bench.names()), (None, vec!["walk-2.mp4".to_owned(), "walk.mp4".to_owned()]));
    let sum: u64 =
        bench.names().iter().map(|name| std::fs::metadata(bench.folder.join(name)).unwrap().len()).sum();
    assert_eq!(sum, bytes);
}

#[tokio::test]
async fn a_recording_without_a_picture_leaves_no_file() {
    let mut bench = Bench::new("none", PLENTY);
    bench.start("walk");
    bench.recorder.obey(RecordOrder::Stop);
    assert_eq!(bench.ended().await, (0, None));
    assert!(bench.names().is_empty());
}

#[tokio::test]
async fn a_disk_without_room_and_a_folder_that_cannot_be_made_are_told_apart() {
    let mut full = Bench::new("full", Limits { reserve: u64::MAX, ..PLENTY });
    full.start("walk");
    assert_eq!(full.ended().await, (0, Some(ErrorCode::NoSpace)));
    let mut nowhere = Bench::new("nowhere", PLENTY);
    std::fs::write(&nowhere.folder, "a file").unwrap();
    nowhere.start("walk");
    assert_eq!(nowhere.ended().await, (0, Some(ErrorCode::Internal)));
    std::fs::remove_file(&nowhere.folder).unwrap();
}

#[tokio::test]
async fn a_limit_ends_the_recording_and_not_the_stream() {
    let mut bench = Bench::new("limit", Limits { recording: 3000, ..PLENTY });
    let stream = bench.recorder.stream.clone();
    let mut viewer = stream.subscribe();
    bench.start("walk");
    bench.publish(true, false);
    viewer.next().await.unwrap();
    let mut sent = 1;
    let ended = loop {
        bench.publish(false, false);
        sent += 1;
        assert_eq!(viewer.next().await.unwrap().packet.frame, sent, "the viewer misses nothing");
        match bench.events.try_recv() {
            Ok(RecordingEvent::Ended { bytes, failure }) => break (bytes, failure.unwrap().code),
            Ok(RecordingEvent::Began { .. } | RecordingEvent::Grew { .. }) | Err(_) => {}
        }
        tokio::task::yield_now().await;
        assert!(sent < 100_000, "the limit is never reached");
    };
    assert_eq!(ended.1, ErrorCode::TooLarge);
    assert!((2500..4500).contains(&ended.0), "{} bytes", ended.0);
}

/// I3: a disk that takes nothing.
#[tokio::test]
async fn a_disk_that_hangs_costs_the_recording_pictures_and_nobody_else() {
    let mut bench = Bench::new("hangs", PLENTY);
    let stream = bench.recorder.stream.clone();
    let (units, mut disk) = mpsc::channel(QUEUE);
    let (stop, stopped) = oneshot::channel();
    let feeding = tokio::spawn(feed(stream.subscribe(), units, stopped, bench.meters.clone()));
    let mut viewer = stream.subscribe();
    for number in 0..2 * QUEUE {
        bench.publish(number == 0, false);
        viewer.next().await.expect("the viewer gets everything");
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.meters.read().gaps, 1);
    assert!(!bench.publisher.is_key_pending(), "no keyframe is asked for while there is no room");
    for _ in 0..QUEUE {
        disk.recv().await.unwrap();
    }
    while !bench.publisher.is_key_pending() {
        tokio::task::yield_now().await;
    }
    bench.publish(false, false);
    bench.publish(true, false);
    assert!(disk.recv().await.unwrap().packet.key, "it goes on at a keyframe");
    drop(stop);
    feeding.await.unwrap();
}

#[tokio::test]
async fn the_end_of_the_server_closes_the_file() {
    let mut bench = Bench::new("close", PLENTY);
    bench.start("walk");
    bench.publish(true, false);
    let path = bench.begun().await;
    let (events, _) = mpsc::channel(1);
    let (_, idle) = stream::channel(Arc::new(|| {}), stream::RtpClock::start());
    let recorder = std::mem::replace(&mut bench.recorder, Recorder::new(None, idle, events, Arc::default()));
    recorder.close().await;
    let file = std::fs::read(path).unwrap();
    assert!(file.windows(4).any(|window| window == b"mehd"), "it is finished");
}

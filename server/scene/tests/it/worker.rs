//! The worker as a real process: this test binary starts itself again.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use telestage_scene::roots::Roots;
use telestage_scene::worker::{
    Event, Host, Limits, Moment, OpenCode, OpenError, OpenRequest, Program, Question, Refused, Reply, run,
};

use crate::scratch::Scratch;

/// Set in the environment of a process that is to become a worker.
const BECOME: &str = "TELESTAGE_TEST_WORKER";
/// Far beyond what any event takes: only a hang fails here.
const PATIENCE: Duration = Duration::from_secs(60);

/// In an ordinary test run this does nothing; with [`BECOME`] set it is the worker of another test.
#[test]
fn becomes_the_worker_when_asked() {
    if std::env::var_os(BECOME).is_some() {
        std::process::exit(i32::from(run().is_err()));
    }
}

/// This binary as a worker.
pub(crate) fn program() -> Program {
    let args = ["worker::becomes_the_worker_when_asked", "--exact", "--nocapture", "--test-threads=1"];
    Program {
        path: std::env::current_exe().unwrap(),
        args: args.map(str::to_owned).to_vec(),
        env: vec![(BECOME.to_owned(), "1".to_owned())],
    }
}

pub(crate) fn request(path: impl Into<PathBuf>) -> OpenRequest {
    OpenRequest { path: path.into(), roots: Roots::unrestricted(), time: Moment::Default }
}

/// A host and its events.
pub(crate) fn start(limits: Limits) -> (Host, Receiver<Event>) {
    start_as(&program(), limits)
}

fn start_as(program: &Program, limits: Limits) -> (Host, Receiver<Event>) {
    let (sender, events) = sync_channel(1024);
    let host = Host::spawn(program, limits, move |event| drop(sender.send(event))).unwrap();
    (host, events)
}

/// The next event that is not progress.
pub(crate) fn outcome(events: &Receiver<Event>) -> Event {
    loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            Event::Progress { .. } => {}
            other @ (Event::Loaded(_)
            | Event::Failed(_)
            | Event::Lost(_)
            | Event::Changed { .. }
            | Event::Answered { .. }) => return other,
        }
    }
}

/// Opens a stage that is known to be good.
pub(crate) fn assert_opens(host: &Host, events: &Receiver<Event>, path: &Path) {
    host.open(request(path));
    match outcome(events) {
        Event::Loaded(_) => {}
        other => panic!("{other:?}"),
    }
}

pub(crate) fn good_stage(scratch: &Scratch) -> PathBuf {
    let text = "#usda 1.0\n( upAxis = \"Z\" )\ndef Cube \"Cube\" { double size = 2 }\n";
    scratch.write("good.usda", text).canonicalize().unwrap()
}

#[test]
fn a_stage_arrives_from_another_process() {
    let scratch = Scratch::new();
    let path = good_stage(&scratch);
    let (host, events) = start(Limits::default());
    host.open(request(&path));
    let Event::Loaded(scene) = outcome(&events) else { panic!("not loaded") };
    let tables = &scene.tables;
    assert_eq!(tables.stage.identifier, path.display().to_string());
    assert_eq!(tables.prims.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), ["/Cube"]);
    let points = scene.arena.get(tables.geometries[0].points);
    assert!(points.iter().flatten().all(|v| v.abs() <= 1.0) && !points.is_empty());
}

#[test]
fn a_failed_open_leaves_the_worker_ready_for_the_next() {
    let scratch = Scratch::new();
    let path = good_stage(&scratch);
    let (host, events) = start(Limits::default());
    host.open(request(scratch.path("missing.usda")));
    assert!(matches!(outcome(&events), Event::Failed(e) if e.code() == OpenCode::NotFound));
    assert_opens(&host, &events, &path);
    host.ask(7, Question::Evaluate { time: Some(3.0) });
    let changed = outcome(&events);
    assert!(matches!(changed, Event::Changed { scene, .. } if scene.tables.stage.time == Some(3.0)));
    assert!(matches!(outcome(&events), Event::Answered { ticket: 7, reply: Reply::Done }));
}

#[test]
fn evaluating_before_opening_is_an_answer_and_no_crash() {
    let (host, events) = start(Limits::default());
    host.ask(1, Question::Evaluate { time: None });
    let reply = Reply::Refused(Refused::NothingOpen);
    assert!(matches!(outcome(&events), Event::Answered { ticket: 1, reply: r } if r == reply));
}

#[test]
fn a_killed_worker_is_reported_with_its_signal_and_the_next_one_works() {
    let scratch = Scratch::new();
    let path = good_stage(&scratch);
    let (host, events) = start(Limits::default());
    assert_opens(&host, &events, &path);
    let pid = process(&host);
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    match outcome(&events) {
        Event::Lost(error @ OpenError::Killed { signal: 9, .. }) => {
            assert_eq!(error.code(), OpenCode::WorkerLost);
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
        other => panic!("{other:?}"),
    }
    let (host, events) = start(Limits::default());
    assert_opens(&host, &events, &path);
}

#[test]
fn killing_the_host_ends_the_process_and_reaps_it() {
    let scratch = Scratch::new();
    let path = good_stage(&scratch);
    let (host, events) = start(Limits::default());
    assert_opens(&host, &events, &path);
    let pid = process(&host);
    host.kill();
    let gone = rustix::process::test_kill_process(pid);
    assert_eq!(gone, Err(rustix::io::Errno::SRCH));
    assert!(events.try_recv().is_err(), "no event comes after a kill");
}

#[test]
fn a_program_that_cannot_be_started_is_an_event() {
    let program = Program { path: "/nonexistent/telestage".into(), ..program() };
    let (host, events) = start_as(&program, Limits::default());
    host.open(request("/a.usda"));
    let lost = outcome(&events);
    assert!(
        matches!(&lost, Event::Lost(OpenError::NotStarted { reason }) if reason.contains("/nonexistent")),
        "{lost:?}"
    );
}

#[test]
fn a_program_that_is_no_worker_is_an_event() {
    let program = Program { path: "/bin/true".into(), args: Vec::new(), env: Vec::new() };
    let (host, events) = start_as(&program, Limits::default());
    host.open(request("/a.usda"));
    let lost = outcome(&events);
    assert!(matches!(lost, Event::Lost(OpenError::Exited { status: 0, .. })), "{lost:?}");
}

#[test]
fn a_worker_has_shed_what_it_does_not_need() {
    let scratch = Scratch::new();
    let path = good_stage(&scratch);
    let (host, events) = start(Limits { memory: 3 << 30, ..Limits::default() });
    assert_opens(&host, &events, &path);
    let process = format!("/proc/{}", process(&host).as_raw_nonzero());
    let limits = std::fs::read_to_string(format!("{process}/limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|l| l.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max data size"), (3u64 << 30).to_string());
    assert_eq!(limit("Max core file size"), "0");
    assert_eq!(std::fs::read_to_string(format!("{process}/oom_score_adj")).unwrap().trim(), "500");
    assert_eq!(std::fs::read(format!("{process}/environ")).unwrap(), format!("{BECOME}=1\0").into_bytes());
    let mut threads = std::fs::read_dir(format!("{process}/task")).unwrap().map(|task| task.unwrap().path());
    let stage = threads.find(|t| std::fs::read_to_string(t.join("comm")).unwrap() == "stage\n").unwrap();
    assert!(std::fs::read_to_string(stage.join("status")).unwrap().contains("NoNewPrivs:\t1"));
}

fn process(host: &Host) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(i32::try_from(host.process_id().unwrap()).unwrap()).unwrap()
}

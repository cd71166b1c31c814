//! `telestage serve`: wires the parts together, says when it is ready, and takes them apart again.

use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telestage_media::{Rendition, encoder};
use telestage_protocol::Capability;
use telestage_render::FrameSource;
use telestage_render::cpu::CpuSource;
use telestage_render::pattern::PatternSource;
use telestage_session::{Config, Session, ViewId};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::card::Card;
use crate::cli::{Renderer, ServeArgs};
use crate::commands::print;
use crate::desk::{self, Desk};
use crate::exit::{Exit, Failure};
use crate::http::connections;
use crate::http::cors::Origins;
use crate::http::door::Door;
use crate::http::guard::Guard;
use crate::http::session::Registry;
use crate::http::{self, MJPEG_SEATS, Web};
use crate::hub::{self, Hub};
use crate::listen::{self, Listeners};
use crate::logging;
use crate::moments::Moments;
use crate::net::stream::{Feed, RtpClock};
use crate::net::{self, Endpoint};
use crate::pipeline::lanes::{self, Begun, Lanes, Plan};
use crate::pipeline::latest::Latest;
use crate::pipeline::mailbox::{Content, Mailbox};
use crate::pipeline::meters::Meters;
use crate::pipeline::render::{self, Shown};
use crate::record::{self, RecordMeters, Recorder};
use crate::settings::{self, Settings, Source};
use crate::shelf::Shelf;
use crate::signal;
use crate::{stage, stage_path};

/// Views of single clients at most, however many processors there are; fewer on a smaller machine, one for each.
const OWN_VIEWS_MAX: usize = 8;
/// WebRTC viewers at a time.
const MAX_PEERS: usize = 64;
/// Events of peers, and news of frames, that wait for the hub.
const EVENTS: usize = 1024;
/// How long the last answers may take once everything else has ended.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
/// How long threads may take when the server stops.
const GOODBYE: Duration = Duration::from_secs(2);

/// Runs the command until SIGINT or SIGTERM.
///
/// # Errors
/// Exit 2 for wrong options, 3 if the port is taken, 5 without renderer or encoder.
pub fn run(args: ServeArgs) -> Result<(), Failure> {
    let started = Instant::now();
    let settings = settings::decide(args)?;
    logging::start(&settings.log, settings.log_format)?;
    listen::make_room();
    let listeners = listen::take(settings.bind, settings.port)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(serve(started, settings, listeners));
    runtime.shutdown_timeout(GOODBYE);
    done
}

/// Only what works is listed: the test card has a camera and opens no stage.
fn capabilities(settings: &Settings) -> Vec<Capability> {
    let mut names = Config::default().capabilities;
    if settings.recordings.is_some() {
        names.push(Capability::Record);
    }
    if settings.bookmarks.is_some() {
        names.push(Capability::Bookmarks);
    }
    match settings.source {
        Source::Native => {}
        Source::Pattern => {
            names.retain(|name| {
                !matches!(
                    name,
                    Capability::OpenStage
                        | Capability::ListStages
                        | Capability::Tree
                        | Capability::Select
                        | Capability::Timeline
                        | Capability::Edit
                        | Capability::Bookmarks
                )
            });
        }
    }
    names
}

async fn serve(started: Instant, settings: Settings, listeners: Listeners) -> Result<(), Failure> {
    let roots = desk::roots(settings.stage.as_deref(), &settings.asset_roots)?;
    let source = open_source(&settings)?;
    let renderer = source.capabilities().name;
    let full = Rendition {
        size: settings.size.array(),
        fps: settings.fps.into(),
        bitrate_bps: settings.bitrate_bps,
    };
    // Opened once to see that there is one; each rendition opens its own when somebody watches.
    let encoder_name = encoder::open(&settings.encoder, &full)
        .map_err(|error| Failure::new(Exit::NoBackend, error, "`telestage doctor` says what there is"))?
        .name();

    let mailbox = Mailbox::default();
    if settings.source == Source::Native {
        // Before the threads start: what the first frame shows must not depend on who is faster.
        mailbox.show(Content::Card(first_card(settings.stage.as_deref())));
    }
    let (sent_in, sent) = mpsc::channel(EVENTS);
    let meters = Arc::<Meters>::default();
    let plan = Plan {
        encoder: settings.encoder.clone(),
        full,
        renditions: settings.max_renditions,
        clock: RtpClock::start(),
        meters: meters.clone(),
        sent: sent_in.clone(),
    };
    let open = {
        let name = settings.encoder.clone();
        move || encoder::open(&name, &full).inspect_err(|error| tracing::error!(%error, "no encoder"))
    };
    let no_wake: Arc<dyn Fn() + Send + Sync> = Arc::new(|| {});
    let Begun { tap, outlets, mut threads } = lanes::begin(&plan, ViewId::SHARED, &no_wake, open)?;
    let (slots, shown_by) = (outlets.encode.clone(), tap.shown.subscribe());
    let frames = slots.first().cloned().unwrap_or_default();
    let counts = render::Counts::default();
    threads.push(render::start(
        source,
        Box::new(|| Box::new(CpuSource::new(None))),
        mailbox.clone(),
        outlets,
        counts.clone(),
        settings.fps.into(),
    )?);
    let clock = plan.clock;
    let lanes = Lanes::new(plan, mailbox.clone(), tap.clone());
    let taps = lanes.taps();

    let (peers_in, peers) = mpsc::channel(EVENTS);
    let config = net::Config {
        announce: net::announced(settings.bind, settings.public_ip),
        max_peers: MAX_PEERS,
        most_bps: settings.bitrate_bps,
    };
    let udp = tokio::net::UdpSocket::from_std(listeners.udp)?;
    let (recordings_in, recordings) = mpsc::channel(record::EVENTS);
    let recorded = Arc::<RecordMeters>::default();
    let recorder =
        Recorder::new(settings.recordings.clone(), tap.streams[0].clone(), recordings_in, recorded.clone());
    let feed = Feed { view: ViewId::SHARED.0, streams: tap.streams };
    let endpoint = Endpoint::new(config, udp, feed, peers_in)?;

    let session = Session::new(Config {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        capabilities: capabilities(&settings),
        size: settings.size.array(),
        fps: settings.fps.into(),
        max_own_views: std::thread::available_parallelism().map_or(1, NonZero::get).min(OWN_VIEWS_MAX),
        ..Config::default()
    });
    let (health, health_by) = watch::channel((session.health(Duration::ZERO), Duration::ZERO));
    let (view, view_by) = watch::channel(None);
    let (scene, scene_by) = watch::channel(None);
    let (reports_in, reports) = mpsc::channel(desk::REPORTS);
    let (drawn_in, drawn) = oneshot::channel();
    let (stop_hub, stop) = oneshot::channel();
    let program = stage::program()?;
    let moments = match settings.source {
        Source::Native => Some(Moments::start(program.clone(), roots.clone())),
        Source::Pattern => None,
    };
    let first =
        settings.stage.as_deref().filter(|_| settings.source == Source::Native).map(stage_path::absolute);
    let hub = tokio::spawn(Hub::run(
        session,
        started,
        Desk::new(program, roots, reports_in),
        recorder,
        hub::Outlets {
            mailbox: mailbox.clone(),
            lanes,
            endpoint: endpoint.clone(),
            health,
            view,
            shelf: settings.bookmarks.clone().map(Shelf::new),
            scene,
        },
        hub::Inlets { peers, reports, sent, recordings, drawn, stop },
        first,
    ));

    let ready = Arc::new(AtomicBool::new(false));
    let sessions = Registry::start(settings.sessions);
    let origins = Origins::new(&settings.allow_origins);
    let web = Arc::new(Web {
        started,
        source: settings.source.name(),
        renderer,
        encoder: encoder_name,
        made: counts.made,
        meters,
        recorded,
        frames,
        rate: counts.rate,
        shown: shown_by.clone(),
        taps,
        clock,
        sent: sent_in,
        scene: scene_by,
        view: view_by,
        moments,
        health: health_by,
        mailbox: mailbox.clone(),
        jpegs: Arc::default(),
        ready: ready.clone(),
        mjpeg_seats: Arc::new(Semaphore::new(MJPEG_SEATS)),
        sessions: sessions.clone(),
        origins: origins.clone(),
        endpoint: endpoint.clone(),
    });
    let guard = Guard::new(machine_name().as_deref(), &settings.allow_hosts, origins);
    let (stop_http, http_stopped) = oneshot::channel::<()>();
    let door = Door::open(tokio::net::TcpListener::from_std(listeners.tcp)?, endpoint.clone());
    let server = tokio::spawn(connections::serve(door, http::router(web, guard), http_stopped));

    let signal = signal::ended_by()?;
    let running = async {
        announce(listeners.address, shown_by, &ready, drawn_in).await?;
        std::future::pending::<Result<(), Failure>>().await
    };
    let outcome = tokio::select! {
        outcome = running => outcome,
        name = signal => {
            tracing::info!(signal = name, "stopping");
            Ok(())
        }
    };
    // In the order in which things flow: no new viewers, no hub, no viewers, no frames.
    drop(stop_http);
    drop(stop_hub);
    drop(hub.await);
    sessions.close();
    endpoint.shutdown().await;
    mailbox.close();
    slots.iter().for_each(Latest::close);
    join(threads).await;
    // Answers under way come to their end, but for those that nobody reads: they are cut off with the runtime.
    let abort = server.abort_handle();
    if tokio::time::timeout(LAST_ANSWERS, server).await.is_err() {
        abort.abort();
    }
    outcome
}

/// Waits for the first frame that counts, proves that the port answers, and says so.
async fn announce(
    address: SocketAddr,
    mut shown: watch::Receiver<Option<Shown>>,
    ready: &AtomicBool,
    drawn: oneshot::Sender<()>,
) -> Result<(), Failure> {
    let counts = |shown: &Option<Shown>| {
        shown.as_ref().is_some_and(|shown| shown.content != render::Content::PassingCard)
    };
    if shown.wait_for(counts).await.is_err() {
        return Err(Failure::new(
            Exit::NoBackend,
            "the renderer ended before its first picture",
            "see the log above",
        ));
    }
    // Nobody to tell means that the hub has ended; the signal branch deals with that.
    let _ = drawn.send(());
    let local = listen::local(address);
    tokio::task::spawn_blocking(move || listen::probe(local)).await.map_err(anyhow::Error::from)??;
    ready.store(true, Ordering::Release);
    tracing::info!(%address, "ready");
    print(&format!("telestage ready: http://{local}/"))
}

fn open_source(settings: &Settings) -> Result<Box<dyn FrameSource>, Failure> {
    match (settings.source, settings.renderer) {
        (Source::Pattern, _) => Ok(Box::new(PatternSource::new())),
        (Source::Native, Renderer::Auto | Renderer::Cpu) => Ok(Box::new(CpuSource::new(None))),
        (Source::Native, Renderer::Gpu) => Err(Failure::new(
            Exit::NoBackend,
            "there is no GPU renderer in this version",
            "use --renderer cpu",
        )),
    }
}

fn first_card(stage: Option<&str>) -> Card {
    stage.map_or_else(Card::idle, |stage| Card::loading(stage, "starting", 0.0))
}

async fn join(threads: Vec<JoinHandle<()>>) {
    let joined = tokio::task::spawn_blocking(move || {
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the pipeline panicked");
            }
        }
    });
    if tokio::time::timeout(GOODBYE, joined).await.is_err() {
        tracing::warn!("the pipeline did not end in time");
    }
}

/// This machine's name, without its domain.
fn machine_name() -> Option<String> {
    #[cfg(unix)]
    {
        let system = rustix::system::uname();
        let name = system.nodename().to_str().ok()?;
        Some(name.split('.').next().unwrap_or(name).to_owned())
    }
    #[cfg(not(unix))]
    std::env::var("COMPUTERNAME").ok()
}

//! `telestage watch`: the native client without a window. Statistics as JSON lines on stdout: one a second, one at the
//! end, and the answers to what it was told to send.

mod asks;
mod record;
mod report;
mod sink;

use std::hash::{BuildHasher as _, RandomState};
use std::pin::pin;
use std::time::{Duration, Instant};

use telestage_client::{
    Address, Backoff, ConnectError, Ending, Event, Events, Handle, Hop, Options, Transport, Way, connect,
};
use tokio::time::{MissedTickBehavior, interval_at, sleep, sleep_until};

use self::asks::Asks;
use self::record::RecordSink;
use self::report::Report;
use self::sink::UnitSink;
use crate::cli::{TransportArg, WatchArgs};
use crate::commands::print;
use crate::exit::{Exit, Failure};
use crate::signal;

/// How long answers are waited for after the last picture.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);
/// Far enough away to be never.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Runs the command.
///
/// # Errors
/// Exit 2 for an address or a message that is none; exit 1 if the server cannot be reached, or the connection ends before
/// all that was asked for is there.
pub fn run(args: &WatchArgs) -> Result<(), Failure> {
    let mut sinks: Vec<Box<dyn UnitSink>> = Vec::new();
    if let Some(path) = &args.record {
        sinks.push(Box::new(RecordSink::create(path)?));
    }
    watch(args, &mut sinks)
}

/// Runs the command and hands each picture on to `sinks` as well.
fn watch(args: &WatchArgs, sinks: &mut [Box<dyn UnitSink>]) -> Result<(), Failure> {
    let usage = |error: &dyn std::fmt::Display, remedy| Failure::new(Exit::Usage, error, remedy);
    let address: Address = args.url.parse().map_err(|error| usage(&error, "see `telestage watch --help`"))?;
    let asks =
        Asks::read(&args.send).map_err(|error| usage(&error, "give --send a message of the protocol"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let options = Options { transport: way(args.transport), ..Options::new(address, "telestage-watch") };
    let watching = Watching { args, options, asks, report: Report::new(Instant::now()), sinks };
    let done = runtime.block_on(watching.run());
    runtime.shutdown_background();
    done
}

fn way(transport: TransportArg) -> Way {
    match transport {
        TransportArg::Auto => Way::Auto,
        TransportArg::Udp => Way::Only(Transport::Udp),
        TransportArg::Tcp => Way::Only(Transport::Tcp),
        TransportArg::Ws => Way::Only(Transport::WebSocket),
    }
}

struct Watching<'a> {
    args: &'a WatchArgs,
    options: Options,
    asks: Asks,
    report: Report,
    sinks: &'a mut [Box<dyn UnitSink>],
}

/// Why the command ends.
enum Done {
    /// All pictures that were asked for are here.
    Frames,
    /// The time is over.
    Seconds,
    /// The user has had enough.
    Interrupted,
    /// The connection ended, or never began.
    Ended(Ending),
}

impl Done {
    fn name(&self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Seconds => "seconds",
            Self::Interrupted => "interrupted",
            Self::Ended(ending) => ending.code(),
        }
    }
}

impl Watching<'_> {
    async fn run(mut self) -> Result<(), Failure> {
        let until_signal = signal::ended_by()?;
        let time = self.args.seconds.map_or(NEVER, |secs| Duration::from_secs(secs.into()));
        let over = sleep(time);
        let done = {
            let mut stop = pin!(async {
                tokio::select! {
                    _ = until_signal => Done::Interrupted,
                    () = over => Done::Seconds,
                }
            });
            let mut backoff = Backoff::default();
            loop {
                let (handle, mut events) = connect(self.options.clone());
                let done = tokio::select! {
                    done = self.follow(&handle, &mut events, &mut backoff) => done?,
                    done = &mut stop => done,
                };
                let Done::Ended(ending) = done else {
                    handle.close();
                    while events.next().await.is_some() {}
                    break done;
                };
                if !self.args.reconnect || !ending.is_passing() {
                    break Done::Ended(ending);
                }
                let wait = wait(&mut backoff, &ending);
                print(&self.report.lost(&ending, wait).to_string())?;
                tokio::select! {
                    () = sleep(wait) => {}
                    done = &mut stop => break done,
                }
            }
        };
        for sink in self.sinks.iter_mut() {
            sink.finish()?;
        }
        print(&self.report.summary(Instant::now(), done.name()).to_string())?;
        self.verdict(&done)
    }

    /// Until enough is seen or the connection ends.
    async fn follow(
        &mut self,
        handle: &Handle,
        events: &mut Events,
        backoff: &mut Backoff,
    ) -> Result<Done, Failure> {
        self.report.connecting(Instant::now());
        let second = Duration::from_secs(1);
        let mut seconds = interval_at(tokio::time::Instant::now() + second, second);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // Set when all pictures are here and answers are still awaited.
        let mut last_call: Option<Instant> = None;
        loop {
            let latest = last_call.unwrap_or_else(|| Instant::now() + NEVER);
            let event = tokio::select! {
                event = events.next() => event,
                _ = seconds.tick() => {
                    print(&self.report.second(Instant::now()).to_string())?;
                    continue;
                }
                () = sleep_until(latest.into()), if last_call.is_some() => return Ok(Done::Frames),
            };
            match event {
                Some(Event::Hop(hop, after)) => {
                    tracing::debug!(hop = hop.name(), ms = after.as_millis(), "hop");
                    if let Hop::Connected(transport) = hop {
                        self.report.connected(Instant::now(), transport);
                    }
                }
                Some(Event::Welcomed(welcome)) => {
                    backoff.reset();
                    self.options.session = Some(welcome.session);
                    // In a task of its own: the client takes acts only while its events are read.
                    tokio::spawn(self.asks.send(handle.clone()));
                }
                Some(Event::Message(message)) => {
                    self.report.hear(&message.message);
                    if self.asks.is_answered_by(message.id.as_deref()) {
                        print(&message.to_json().map_err(anyhow::Error::from)?)?;
                    }
                }
                Some(Event::Unknown(what)) => tracing::debug!(%what, "not understood"),
                Some(Event::Unit(unit)) => {
                    self.report.count(&unit);
                    for sink in self.sinks.iter_mut() {
                        sink.take(&unit)?;
                    }
                }
                Some(Event::Ended(ending)) => return Ok(Done::Ended(ending)),
                None => return Ok(Done::Ended(Ending::Closed)),
            }
            if self.args.frames.is_some_and(|wanted| self.report.frames() >= wanted) {
                if self.asks.all_answered() {
                    return Ok(Done::Frames);
                }
                last_call.get_or_insert_with(|| Instant::now() + ANSWER_PATIENCE);
            }
        }
    }

    /// Whether the command has done what it was asked for.
    fn verdict(&self, done: &Done) -> Result<(), Failure> {
        let seen = self.report.frames();
        let unexpected =
            |cause: &dyn std::fmt::Display, remedy| Err(Failure::new(Exit::Unexpected, cause, remedy));
        match (done, self.args.frames) {
            (Done::Ended(ending), _) => unexpected(ending, ""),
            (Done::Seconds, Some(wanted)) if seen < wanted => unexpected(
                &format_args!("only {seen} of {wanted} pictures came in time"),
                "give it more --seconds; a picture at rest is not sent again",
            ),
            (Done::Frames | Done::Interrupted | Done::Seconds, _) => Ok(()),
        }
    }
}

/// How long to wait before the next attempt.
fn wait(backoff: &mut Backoff, ending: &Ending) -> Duration {
    // A hasher's seed is all the chance that is needed here.
    let chance = RandomState::new().hash_one(0_u8) as f64 / u64::MAX as f64;
    let asked = match ending {
        Ending::NotConnected(error) => ConnectError::retry_after(error),
        Ending::Closed | Ending::Lost | Ending::Left => None,
    };
    backoff.wait(chance).max(asked.unwrap_or_default())
}

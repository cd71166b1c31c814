//! Logs go to stderr, a line each, as text or as JSON; the last of them is why the program ends. Lines that repeat too
//! often are left out and counted ([`limit`]).

pub mod limit;

use std::io::Write as _;

use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use self::limit::{Limit, Noting};
use crate::exit::{Exit, Failure};

/// Crates that call normal traffic a warning. A filter that names them wins.
const QUIET: [&str; 5] = ["rtc=error", "rtc_ice=error", "rtc_dtls=error", "rtc_sctp=error", "rtc_srtp=error"];

/// What a line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object with `timestamp`, `level`, `target` and `fields`, for programs.
    Json,
}

/// Turns logging on. `filter` is a level or a tracing filter.
///
/// # Errors
/// Exit 2 for a filter that cannot be read.
pub fn start(filter: &str, format: LogFormat) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(format!("{},{filter}", QUIET.join(","))).map_err(|error| {
        Failure::new(Exit::Usage, format_args!("--log {filter}: {error}"), "use info or debug")
    })?;
    let writer = Noting::new(std::io::stderr, format);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
        LogFormat::Json => lines.json().with_current_span(false).with_span_list(false).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(Limit::default()).with(lines).init();
    Ok(())
}

/// One line on stderr: the cause and the remedy.
pub fn last_words(failure: &Failure) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(std::io::stderr(), "telestage: {failure}");
}

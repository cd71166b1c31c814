//! Logs go to stderr, a line each; the last of them is why the program ends.

use std::io::Write as _;

use tracing_subscriber::EnvFilter;

use crate::exit::{Exit, Failure};

/// Crates that call normal traffic a warning. A filter that names them wins.
const QUIET: [&str; 5] = ["rtc=error", "rtc_ice=error", "rtc_dtls=error", "rtc_sctp=error", "rtc_srtp=error"];

/// Turns logging on. `filter` is a level or a tracing filter.
///
/// # Errors
/// Exit 2 for a filter that cannot be read.
pub fn start(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(format!("{},{filter}", QUIET.join(","))).map_err(|error| {
        Failure::new(Exit::Usage, format_args!("--log {filter}: {error}"), "use info or debug")
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    Ok(())
}

/// One line on stderr: the cause and the remedy.
pub fn last_words(failure: &Failure) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(std::io::stderr(), "telestage: {failure}");
}

//! `browse URL STAGE`: opens a large stage and does what its viewers do; prints how long they wait as one JSON line.

use std::io::Write as _;

use anyhow::Result;
use clap::Parser;
use telestage_client::{Address, Transport, Way};
use telestage_tests::browse::{self, Plan};

/// Browses a large stage and measures how long a viewer waits.
#[derive(Debug, Parser)]
struct Args {
    /// The server, e.g. http://127.0.0.1:49100/
    url: Address,
    /// The stage, as the server knows it
    stage: String,
    /// Whose children to unfold, once for each time that it is named
    #[arg(long, value_name = "PATH")]
    parent: Vec<String>,
    /// What to search for
    #[arg(long, value_name = "WORD")]
    word: Vec<String>,
    /// What to hide and show again
    #[arg(long, value_name = "PATH")]
    hide: Vec<String>,
    /// How many clicks on the picture's diagonal
    #[arg(long, value_name = "N", default_value_t = 0)]
    picks: u32,
    /// How messages and pictures travel
    #[arg(long, value_name = "NAME", default_value = "udp", value_parser = transport)]
    transport: Transport,
}

fn transport(text: &str) -> Result<Transport, String> {
    match text.parse() {
        Ok(Way::Only(transport)) => Ok(transport),
        Ok(Way::Auto) => Err("one of udp, tcp, ws is expected".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let share = |at: u32| 0.3 + 0.4 * (f64::from(at) + 0.5) / f64::from(args.picks);
    let plan = Plan {
        picks: (0..args.picks).map(|at| [share(at), share(at)]).collect(),
        stage: args.stage,
        parents: args.parent,
        words: args.word,
        hidden: args.hide,
    };
    let report = runtime.block_on(browse::browse(&args.url, args.transport, &plan))?;
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

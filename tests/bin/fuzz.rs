//! `fuzz URL --pid PID`: tells a server on this machine everything wrongly and prints what came of it as one JSON line.
//! Start that server with a folder of its own for recordings: some messages ask for one.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::Parser;
use telestage_client::Address;
use telestage_tests::fuzz::{Extent, assault};
use telestage_tests::subject::Subject;

/// Tells a server everything wrongly while one good viewer watches.
#[derive(Debug, Parser)]
struct Args {
    /// The server, e.g. http://127.0.0.1:49100/
    url: Address,
    /// Its process
    #[arg(long)]
    pid: u32,
    /// What chance begins with; the same gives the same messages
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Offers, patches and ends of sessions
    #[arg(long, default_value_t = 50_000)]
    whep: u32,
    /// Messages on WebSockets
    #[arg(long, default_value_t = 50_000)]
    websocket: u32,
    /// Messages on data channels
    #[arg(long, default_value_t = 50_000)]
    channels: u32,
    /// Requests over all routes
    #[arg(long, default_value_t = 100_000)]
    rest: u32,
}

fn main() -> Result<()> {
    let Args { url, pid, seed, whep, websocket, channels, rest } = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let report = runtime.block_on(async {
        let subject = Subject::new(url, pid).await?;
        assault(&subject, seed, Extent { whep, websocket, channels, rest }).await
    })?;
    writeln!(std::io::stdout(), "{report}").context("cannot write to standard output")
}

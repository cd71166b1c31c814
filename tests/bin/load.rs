//! `load URL`: watches a server with many viewers that decode nothing, and prints what they received as one JSON line.
//! Server CPU is measured from outside; this is a process of its own for that reason.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use telestage_client::{Address, Transport, Way};
use telestage_tests::crowd::{self, Mix};
use telestage_tests::{inputs, offers};

/// Watches a server with many viewers that decode nothing.
#[derive(Debug, Parser)]
struct Args {
    /// The server, e.g. http://127.0.0.1:49100/
    url: Address,
    /// Viewers by WebRTC over UDP
    #[arg(long, value_name = "N", default_value_t = 0)]
    udp: u32,
    /// Viewers by WebRTC over TCP
    #[arg(long, value_name = "N", default_value_t = 0)]
    tcp: u32,
    /// Viewers by WebSocket
    #[arg(long, value_name = "N", default_value_t = 0)]
    ws: u32,
    /// Viewers by MJPEG
    #[arg(long, value_name = "N", default_value_t = 0)]
    mjpeg: u32,
    /// How long they watch after the last one came
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    seconds: Duration,
    /// How many come in a second
    #[arg(long, value_name = "PER_SECOND", default_value = "20", value_parser = positive)]
    rate: f64,
    /// Instead: this many viewers come, wait for their first picture, and leave
    #[arg(long, value_name = "N", conflicts_with_all = ["udp", "tcp", "ws", "mjpeg", "seconds", "rate"])]
    offers: Option<u32>,
    /// Instead: one viewer moves the camera this many times and waits each time for the picture that shows it
    #[arg(long, value_name = "N", conflicts_with_all = ["udp", "tcp", "ws", "mjpeg", "seconds", "rate", "offers"])]
    inputs: Option<u32>,
    /// Within how many seconds the offers come
    #[arg(long, value_name = "S", default_value = "5", value_parser = seconds, requires = "offers")]
    over: Duration,
    /// How offers are made and inputs travel: udp, tcp or ws
    #[arg(long, value_name = "NAME", default_value = "udp", value_parser = transport)]
    transport: Transport,
    /// Threads of this program
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,
}

fn positive(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| (1e-3..=1e6).contains(number))
        .ok_or_else(|| "0.001 to 1000000 is expected".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    positive(text).map(Duration::from_secs_f64)
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
    let threads = usize::from(args.threads);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let report = runtime.block_on(async {
        match (args.offers, args.inputs) {
            (Some(count), _) => offers::make(&args.url, args.transport, count, args.over).await,
            (None, Some(count)) => inputs::make(&args.url, args.transport, count).await,
            (None, None) => {
                let mix = Mix { udp: args.udp, tcp: args.tcp, ws: args.ws, mjpeg: args.mjpeg };
                anyhow::ensure!(
                    mix != Mix::default(),
                    "nobody watches; give --udp N, --tcp N, --ws N or --mjpeg N"
                );
                crowd::watch_together(&args.url, mix, args.rate, args.seconds).await
            }
        }
    })?;
    writeln!(std::io::stdout(), "{report}").context("cannot write to standard output")
}

//! `endure URL --pid PID …`: what a server on this machine keeps of viewers that come and go, get stuck or stop. Prints one
//! JSON line. The server's process is looked at through `/proc`, so this is for Linux.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand, ValueEnum};
use telestage_client::{Address, Transport};
use telestage_tests::subject::Subject;
use telestage_tests::watcher::Kind;
use telestage_tests::{cycles, frozen, idlers};

/// Measures what a server keeps of viewers that come and go, get stuck or stop.
#[derive(Debug, Parser)]
struct Args {
    /// The server, e.g. http://127.0.0.1:49100/
    url: Address,
    /// Its process
    #[arg(long)]
    pid: u32,
    /// What to do to it
    #[command(subcommand)]
    trial: Trial,
}

#[derive(Debug, Subcommand)]
enum Trial {
    /// Viewers come and go
    Cycles {
        /// So many before anything is measured
        #[arg(long, default_value_t = 200)]
        warm_up: u32,
        /// So many while it is
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
        count: u32,
        /// How they watch, in turn
        #[arg(long, value_enum, value_delimiter = ',', default_value = "udp,tcp,ws")]
        by: Vec<Watching>,
    },
    /// Connections get stuck, offers are not followed, one good viewer wants in
    Idlers {
        /// Connections
        #[arg(long, default_value_t = 500)]
        connections: u32,
        /// Offers
        #[arg(long, default_value_t = 200)]
        offers: u32,
    },
    /// One viewer's process is stopped
    Frozen {
        /// How it watches
        #[arg(long, value_enum, default_value = "udp")]
        kind: Watching,
        /// The load tool
        #[arg(long, value_name = "FILE")]
        load: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Watching {
    Udp,
    Tcp,
    Ws,
    Mjpeg,
}

impl Watching {
    fn transport(self) -> Result<Transport> {
        match self.kind() {
            Kind::Client(transport) => Ok(transport),
            Kind::Mjpeg => anyhow::bail!("viewers by mjpeg do not take turns; choose udp, tcp or ws"),
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Udp => Kind::Client(Transport::Udp),
            Self::Tcp => Kind::Client(Transport::Tcp),
            Self::Ws => Kind::Client(Transport::WebSocket),
            Self::Mjpeg => Kind::Mjpeg,
        }
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let report = runtime.block_on(async {
        let subject = Subject::new(args.url, args.pid).await?;
        match args.trial {
            Trial::Cycles { warm_up, count, by } => {
                let by = by.into_iter().map(Watching::transport).collect::<Result<Vec<_>>>()?;
                cycles::turn(&subject, &by, warm_up, count).await
            }
            Trial::Idlers { connections, offers } => idlers::besiege(&subject, connections, offers).await,
            Trial::Frozen { kind, load } => frozen::stop(&subject, &load, kind.kind()).await,
        }
    })?;
    writeln!(std::io::stdout(), "{report}").context("cannot write to standard output")
}

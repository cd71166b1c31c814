//! Every hop of the way to a server, tried as a viewer would: its name, its port, what answers there, whether it lets
//! us in and is ready, and then each way that pictures may take.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use telestage_client::http::{self, Answer};
use telestage_client::reach::{reach, resolve};
use telestage_client::{Address, Transport};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::hops::{Hop, Report};
use super::ways;
use crate::commands::print;
use crate::exit::{Exit, Failure};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Hops up to the point where ways part, in order.
const COMMON: [&str; 7] = ["dns", "tcp", "http", "allowed", "service", "origin", "ready"];
/// What any of the ways needs of these.
const NEEDED: [&str; 7] = COMMON;

/// Examines the way to `url` and prints what came of it.
///
/// # Errors
/// Exit 2 for an address that is none, exit 1 if pictures do not come by any way that messages go too.
pub fn examine(url: &str, is_json: bool) -> Result<(), Failure> {
    let address: Address =
        url.parse().map_err(|error| Failure::new(Exit::Usage, error, "see `telestage doctor --help`"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(Examination { address, report: Report::default() }.run());
    let is_well = NEEDED.iter().all(|name| report.passed(name))
        && ways::NAMES.iter().any(|(_, names)| report.passed(names.frame));
    if is_json {
        print(&report.json(url, is_well).to_string())?;
    } else {
        for line in report.lines() {
            print(&line)?;
        }
    }
    if is_well {
        return Ok(());
    }
    let cause = match report.failed() {
        Some(hop) => format!("no way to {url}: {} failed: {}", hop.name, hop.detail),
        None => format!("no way to {url}"),
    };
    let remedy = report.failed().map(|hop| hop.remedy.clone()).unwrap_or_default();
    Err(Failure::new(Exit::Unexpected, cause, remedy))
}

struct Examination {
    address: Address,
    report: Report,
}

impl Examination {
    async fn run(mut self) -> Report {
        match self.common().await {
            Ok(server) => {
                for (transport, names) in ways::NAMES {
                    self.way(transport, names).await;
                }
                self.mjpeg(server).await;
            }
            Err(failed) => {
                let later = COMMON.iter().skip_while(|name| **name != failed).skip(1);
                let ways = ways::NAMES.iter().flat_map(|(_, names)| names.all());
                for name in later.copied().chain(ways).chain(["mjpeg"]) {
                    self.report.add(Hop::skipped(name, failed));
                }
            }
        }
        self.report
    }

    /// Up to the point where ways part; the name of the hop that failed.
    async fn common(&mut self) -> Result<SocketAddr, &'static str> {
        let start = Instant::now();
        let addresses = match resolve(&self.address).await {
            Ok(addresses) => addresses,
            Err(error) => return self.fail("dns", start, error.to_string(), ""),
        };
        let listed: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
        self.pass("dns", start, listed.join(", "));

        let start = Instant::now();
        let server = match reach(&addresses).await.map(|stream| stream.peer_addr()) {
            Ok(Ok(server)) => server,
            Ok(Err(error)) => return self.fail("tcp", start, error.to_string(), "try again"),
            Err(error) => return self.fail("tcp", start, error.to_string(), ""),
        };
        self.pass("tcp", start, format!("{server} takes connections"));

        let (start, answer) = (Instant::now(), self.ask(server, "/livez", &[]).await);
        match answer {
            Ok(answer) if answer.status == 200 => self.pass("http", start, "answers over HTTP"),
            Ok(answer) => {
                let found = format!("/livez answers with status {}", answer.status);
                return self.fail("http", start, found, "check the port: another program may listen there");
            }
            Err(error) => {
                return self.fail("http", start, error, "check the port, and proxies on the way to it");
            }
        }

        let (start, answer) = (Instant::now(), self.ask(server, "/health", &[]).await);
        let answer = match answer {
            Ok(answer) if answer.status == 200 => answer,
            Ok(answer) => return self.fail("allowed", start, refusal(&answer), "use a name that it goes by"),
            Err(error) => return self.fail("allowed", start, error, "try again"),
        };
        self.pass("allowed", start, format!("it goes by the name {}", self.address));

        let health: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let text = |name: &str| health[name].as_str().unwrap_or("unknown").to_owned();
        if health["service"] != "telestage" {
            let found = format!("service {} answers there", text("service"));
            return self.fail("service", start, found, "check the port");
        }
        let ours = env!("CARGO_PKG_VERSION");
        self.pass("service", start, format!("telestage {}, this is {ours}", text("version")));

        // A browser says where its page comes from; a proxy that changes `Host` makes a foreign page of the server's own.
        let origin = format!("http://{}", self.address);
        let (start, answer) = (Instant::now(), self.ask(server, "/ping", &[("Origin", &origin)]).await);
        match answer {
            Ok(answer) if answer.status == 200 => self.pass("origin", start, "its own page may use it"),
            Ok(answer) => {
                let remedy = "let the proxy on the way pass the Host header as it comes";
                return self.fail("origin", start, refusal(&answer), remedy);
            }
            Err(error) => return self.fail("origin", start, error, "try again"),
        }

        let (start, answer) = (Instant::now(), self.ask(server, "/healthz", &[]).await);
        match answer {
            Ok(answer) if answer.status == 200 => {
                self.pass(
                    "ready",
                    start,
                    format!("status {}, renderer {}", text("status"), text("renderer")),
                );
            }
            Ok(_) => {
                let found = format!("not ready, status {}", text("status"));
                return self.fail("ready", start, found, "wait until its stage is loaded; its log says more");
            }
            Err(error) => return self.fail("ready", start, error, "try again"),
        }
        Ok(server)
    }

    async fn way(&mut self, transport: Transport, names: ways::Names) {
        for hop in ways::try_way(&self.address, transport, names).await {
            self.report.add(hop);
        }
    }

    async fn mjpeg(&mut self, server: SocketAddr) {
        let start = Instant::now();
        let first = timeout(PATIENCE, ways::first_jpeg(server, &self.address.to_string())).await;
        let hop = match first {
            Ok(Ok(bytes)) => Hop::ok("mjpeg", start.elapsed(), format!("first picture, {bytes} bytes")),
            Ok(Err(error)) => {
                Hop::failed("mjpeg", start.elapsed(), error.to_string(), "the picture comes by other ways")
            }
            Err(_) => Hop::failed(
                "mjpeg",
                start.elapsed(),
                "no picture in time",
                "a proxy may hold it back: turn its buffering off",
            ),
        };
        self.report.add(hop);
    }

    fn pass(&mut self, name: &'static str, start: Instant, detail: impl Into<String>) {
        self.report.add(Hop::ok(name, start.elapsed(), detail));
    }

    fn fail<T>(
        &mut self,
        name: &'static str,
        start: Instant,
        detail: impl Into<String>,
        remedy: &str,
    ) -> Result<T, &'static str> {
        self.report.add(Hop::failed(name, start.elapsed(), detail, remedy));
        Err(name)
    }

    async fn ask(&self, server: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
        let host = self.address.to_string();
        let asking = async {
            let stream = TcpStream::connect(server).await?;
            http::ask(stream, &host, "GET", path, headers, b"").await
        };
        match timeout(PATIENCE, asking).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer to GET {path} within {} s", PATIENCE.as_secs())),
        }
    }
}

/// Why the server refuses, in its own words: cause and remedy.
fn refusal(answer: &Answer) -> String {
    let error: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match error["error"]["message"].as_str() {
        Some(message) => message.to_owned(),
        None => format!("status {}", answer.status),
    }
}

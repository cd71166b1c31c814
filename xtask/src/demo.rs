//! `cargo xtask demo`: set up, build, serve, open the browser.
//!
//! The server takes this process's place, so that signals and exit codes are its own. A second process of this
//! program passes the server's standard output on and opens the browser at the ready line.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{exists, program};
use crate::root::root;
use crate::{assets, product};

/// The hidden task of the second process.
pub const FORWARD: &str = "forward-and-open";
/// How the ready line starts (contract, section 1).
const READY: &str = "telestage ready: ";

/// What to serve and how.
#[derive(Debug, PartialEq, Eq)]
struct Demo {
    stage: PathBuf,
    opens_browser: bool,
    serve_options: Vec<String>,
}

impl Demo {
    fn parse(args: &[&str]) -> Result<Self> {
        let (own, serve) = match args.iter().position(|arg| *arg == "--") {
            Some(at) => (&args[..at], &args[at + 1..]),
            None => (args, &[][..]),
        };
        let mut stage = None;
        let mut opens_browser = true;
        for arg in own {
            match *arg {
                "--no-open" => opens_browser = false,
                option if option.starts_with('-') => {
                    bail!("unknown option `{option}` of demo (options of `telestage serve` go after `--`)")
                }
                path => {
                    if stage.replace(PathBuf::from(path)).is_some() {
                        bail!("demo serves one stage, and `{path}` is a second one");
                    }
                }
            }
        }
        let stage = stage.unwrap_or_else(|| root().join(assets::SAMPLE));
        Ok(Self { stage, opens_browser, serve_options: serve.iter().map(ToString::to_string).collect() })
    }
}

/// Sets up, builds, and becomes the server.
pub fn run(args: &[&str]) -> Result<ExitCode> {
    let demo = Demo::parse(args)?;
    product::release()?;
    let mut server = Command::new(product::release_binary());
    server.arg("serve").arg(&demo.stage).args(&demo.serve_options);
    if demo.opens_browser && has_display() {
        let forward = Command::new(std::env::current_exe()?)
            .arg(FORWARD)
            .stdin(Stdio::piped())
            .spawn()
            .context("cannot start the process that opens the browser")?;
        if let Some(input) = forward.stdin {
            server.stdout(input);
        }
    }
    become_server(&mut server)
}

#[cfg(unix)]
fn become_server(server: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(server.exec()).context("cannot start the server")
}

#[cfg(not(unix))]
fn become_server(server: &mut Command) -> Result<ExitCode> {
    let status = server.status().context("cannot start the server")?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// Copies standard input to standard output and opens the address of the ready line.
pub fn forward() -> Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        writeln!(std::io::stdout(), "{line}")?;
        if let Some(address) = line.strip_prefix(READY)
            && let Some(opener) = opener()
        {
            // A browser that does not start is no reason to stop: the address is on the screen.
            let _ = program(opener).arg(address.trim()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        }
    }
    Ok(())
}

fn opener() -> Option<&'static str> {
    ["xdg-open", "open", "explorer"].into_iter().find(|name| exists(name))
}

fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_after_two_dashes_are_the_servers() {
        let demo = Demo::parse(&["a.usd", "--no-open", "--", "--port", "0"]).unwrap();
        let expected = Demo {
            stage: PathBuf::from("a.usd"),
            opens_browser: false,
            serve_options: vec!["--port".into(), "0".into()],
        };
        assert_eq!(demo, expected);
    }

    #[test]
    fn without_a_stage_the_sample_is_served() {
        assert_eq!(Demo::parse(&[]).unwrap().stage, root().join(assets::SAMPLE));
    }

    #[test]
    fn unknown_options_and_second_stages_are_refused() {
        assert!(Demo::parse(&["--port", "0"]).is_err());
        assert!(Demo::parse(&["a.usd", "b.usd"]).is_err());
    }
}

//! `cargo xtask`: the one door for tools. CI and the README call nothing else.
//!
//! Each task is one file. A task finds the repository through [`root`], starts programs through [`process`] and
//! says what it does; it never edits sources, except `codegen` and `assets`, whose outputs are committed.
//! This crate depends on none of the others, so that it builds where they cannot be built yet.

mod assets;
mod bench;
mod check;
mod ci;
mod codegen;
mod demo;
mod interop;
mod node;
mod process;
mod product;
mod root;
mod setup;
mod steps;
mod test;
mod usd;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask TASK

  demo [STAGE] [--no-open] [-- OPTIONS]  set up, build, serve the sample stage (or STAGE); OPTIONS go to `serve`
  test                       set up and run every test, the browser tests included
  setup                      install or name what is missing (system packages, Node modules)
  build [--desktop]          release binaries in target/release
  check                      formatting, lints, laws of imports, generated files, file lengths, licences
  ci                         what .ci/run runs: setup, check, test
  codegen [--check]          write (or compare) the TypeScript types of crate `protocol`
  assets [--check] [--bench] write (or compare) the sample stage; --bench writes the big stages into assets/generated
  bench [--quick]            figures for BENCHMARKS.md (release build)
  bench net [--quick|NAME]   bad networks, and what a viewer gets through them (all, in short, or those of that name)
  bench crowd [--quick] [ROW]  many viewers, and what they do to each other (release build; --quick: little of everything)
  bench tree [--quick] [ROW]   a stage of 100,000 prims, browsed and edited (release build; --quick: once, the tests' profile)
  bench ways [--quick] [ROW]   bad ways to the server: without WebRTC, without UDP; and from the hand to the eye (release build)
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match dispatch(&args) {
        Ok(code) => code,
        Err(error) => {
            // The one line for standard error; if that is closed, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "\ncargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[&str]) -> Result<ExitCode> {
    match args {
        [] | ["help" | "--help" | "-h", ..] => print!("{USAGE}"),
        ["setup"] => setup::run(setup::Need::Tests)?,
        ["demo", rest @ ..] => return demo::run(rest),
        [demo::FORWARD] => demo::forward()?,
        ["test"] => test::run()?,
        ["build"] => product::release()?,
        ["build", "--desktop"] => {
            println!("the desktop application is not available yet");
            return Ok(ExitCode::from(2));
        }
        ["check"] => check::run()?,
        ["ci"] => ci::run()?,
        ["codegen"] => codegen::write()?,
        ["codegen", "--check"] => codegen::check()?,
        ["assets"] => assets::write_sample()?,
        ["assets", "--check"] => assets::check_sample()?,
        ["assets", "--bench"] => assets::write_bench()?,
        ["bench"] => bench::run(bench::Extent::Full)?,
        ["bench", "--quick"] => bench::run(bench::Extent::Quick)?,
        ["bench", "net"] => bench::net::run(bench::Extent::Full, None)?,
        ["bench", "net", "--quick"] => bench::net::run(bench::Extent::Quick, None)?,
        ["bench", "net", name] => bench::net::run(bench::Extent::Quick, Some(name))?,
        ["bench", "crowd", rest @ ..] => bench::crowd::task(rest)?,
        ["bench", "ways", rest @ ..] => bench::ways::task(rest)?,
        ["bench", "tree", rest @ ..] => bench::tree::task(rest)?,
        ["dist", ..] => {
            println!("installers are not available yet");
            return Ok(ExitCode::from(2));
        }
        _ => bail!("unknown task or option in `{}`\n\n{USAGE}", args.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}

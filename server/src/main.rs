//! The program `telestage`: parses the command line, runs one command, ends with its exit code.

use std::process::ExitCode;

use clap::Parser as _;
use telestage::cli::{Cli, Command};
use telestage::commands;
use telestage::exit::Failure;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => commands::serve::run(*args),
        Command::Shot(args) => commands::shot::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Doctor(args) => commands::doctor::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Watch(args) => commands::watch::run(&args),
        Command::SceneWorker => telestage_scene::worker::run().map_err(Failure::from),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            telestage::logging::last_words(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

//! `telestage doctor`: without an address what this machine can do, with one each hop of the way to that server.

mod hops;
mod machine;
mod server;
mod ways;

use crate::cli::DoctorArgs;
use crate::exit::Failure;

/// Runs the command.
///
/// # Errors
/// Exit 2 for an address that is none; exit 5 if this machine lacks something that serving needs; exit 1 if there is no
/// way to the server.
pub fn run(args: &DoctorArgs) -> Result<(), Failure> {
    match &args.url {
        Some(url) => server::examine(url, args.json),
        None => machine::examine(args.json),
    }
}

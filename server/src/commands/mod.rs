//! One file for each command of the command line.

pub mod bench;
pub mod doctor;
pub mod inspect;
pub mod serve;
pub mod shot;
pub mod watch;

use std::io::Write as _;

use crate::exit::Failure;

/// Prints one line (or document) on stdout. A reader that went away is no failure of ours.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

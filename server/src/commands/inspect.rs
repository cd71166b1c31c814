//! `telestage inspect`: the tables that rendering uses, as one JSON document.

use crate::cli::InspectArgs;
use crate::commands::print;
use crate::exit::Failure;
use crate::stage::{self, Access};

/// Runs the command.
///
/// # Errors
/// Exit 4 if the stage cannot be opened.
pub fn run(args: &InspectArgs) -> Result<(), Failure> {
    let scene = stage::open_once(&args.stage, &Access::of_user(&args.asset_root), args.time)?;
    print(&telestage_scene::inspect(&scene).to_string())
}

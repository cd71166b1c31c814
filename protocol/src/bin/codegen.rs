//! Writes `ui/src/protocol/index.ts`, or with `--check` says whether it is up to date. `cargo xtask` calls it.

use std::error::Error;
use std::path::Path;

use telestage_protocol::typescript::{FILE, generate};

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(FILE);
    let text = generate();
    match std::env::args().nth(1).as_deref() {
        None => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            // Untouched if it is the same: file watchers stay quiet.
            if std::fs::read_to_string(&path).ok().as_deref() != Some(&*text) {
                std::fs::write(&path, text)?;
            }
            Ok(())
        }
        Some("--check") if std::fs::read_to_string(&path)? == text => Ok(()),
        Some("--check") => {
            Err(format!("{FILE} is out of date: run `cargo xtask codegen` and commit it").into())
        }
        Some(other) => Err(format!("unknown argument {other:?}: only --check is known").into()),
    }
}

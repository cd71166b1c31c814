//! Writes `ui/src/protocol/index.ts` and `docs/protocol.md`, or with `--check` says whether they are up to date.
//! `cargo xtask` calls it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use telestage_protocol::{reference, typescript};

fn main() -> Result<(), Box<dyn Error>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = reference::generate(&texts(&home.join("src"), ".rs")?, &texts(&home.join("samples"), "")?)?;
    let files = [(typescript::FILE, typescript::generate()), (reference::FILE, page)];
    let is_check = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => return Err(format!("unknown argument {other:?}: only --check is known").into()),
    };
    for (file, text) in files {
        let path = home.join("..").join(file);
        // Untouched if it is the same: file watchers stay quiet.
        if std::fs::read_to_string(&path).ok().as_deref() == Some(&*text) {
            continue;
        }
        if is_check {
            return Err(format!("{file} is out of date: run `cargo xtask codegen` and commit it").into());
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text)?;
    }
    Ok(())
}

/// The texts of the files in a folder, by their names without `ending`.
fn texts(folder: &Path, ending: &str) -> Result<BTreeMap<String, String>, std::io::Error> {
    let mut texts = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(ending))
            && path.is_file()
        {
            texts.insert(name.to_owned(), std::fs::read_to_string(&path)?);
        }
    }
    Ok(texts)
}

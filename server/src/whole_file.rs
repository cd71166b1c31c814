//! Files that are written whole or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes the whole file or nothing: whoever looks at `path` sees the old one or the new one, with the old one's
/// permissions.
///
/// # Errors
/// If it cannot be written; nothing is left of it then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = (|| {
        let mut file = File::create(&aside)?;
        if let Ok(about) = std::fs::metadata(path) {
            file.set_permissions(about.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&aside, path)
    })();
    if written.is_err() {
        // What was begun is of no use; that it could not be written is what is told.
        let _ = std::fs::remove_file(&aside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_as_a_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("telestage-whole-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("taken.png")).unwrap();
        std::fs::write(folder.join("old.png"), "old").unwrap();
        replace(&folder.join("old.png"), b"new").unwrap();
        assert_eq!(std::fs::read(folder.join("old.png")).unwrap(), b"new");
        assert!(replace(&folder.join("taken.png"), b"new").is_err(), "a folder is in its place");
        assert!(replace(&folder.join("nowhere/x.png"), b"new").is_err());
        let mut left: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["old.png", "taken.png"], "nothing else is left");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

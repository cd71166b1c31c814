//! What can be opened: folders and stages under the roots.

use std::path::Path;
use std::time::SystemTime;

use crate::roots::{Refusal, Roots};

/// More entries of one folder than this are not listed.
const MOST: usize = 5000;

/// One folder's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The folder's absolute path; empty for the list of several roots.
    pub path: String,
    /// Folders first, then stages, each by name.
    pub entries: Vec<Entry>,
    /// There are more than are listed.
    pub truncated: bool,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The last part of the path.
    pub name: String,
    /// Absolute; what `open` and `list` take.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of a stage's root file.
    pub size: Option<u64>,
    /// When it was last written.
    pub modified: Option<SystemTime>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// Can be listed.
    Folder,
    /// Can be opened.
    Stage,
}

/// True if the name ends like a USD file's.
#[must_use]
pub fn is_stage_name(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    ["usd", "usda", "usdc", "usdz"].iter().any(|usd| extension.eq_ignore_ascii_case(usd))
}

impl Roots {
    /// Folders and stages in `path` (as [`locate`](Self::locate) takes it); without one, in the only root, or the
    /// roots themselves. Hidden entries and links that lead outside are left out.
    ///
    /// # Errors
    /// If `path` is not a folder that may be read.
    pub fn list(&self, path: Option<&str>) -> Result<Listing, Refusal> {
        let folder = match path.filter(|p| !p.is_empty()) {
            Some(path) => self.locate(path)?,
            None => match self.bases() {
                bases if bases.len() == 1 => self.admit(&bases[0])?,
                bases => {
                    let rows = bases.iter().map(|root| self.entry(root.display().to_string(), root));
                    return Ok(Listing { path: String::new(), entries: sorted(rows), truncated: false });
                }
            },
        };
        let shown = folder.display().to_string();
        if !folder.is_dir() {
            return Err(Refusal::NotAFolder { path: shown });
        }
        let unreadable =
            |e: std::io::Error| Refusal::Unreadable { path: shown.clone(), reason: e.to_string() };
        let rows = folder.read_dir().map_err(unreadable)?.flatten().map(|row| {
            let name = row.file_name().into_string().ok().filter(|name| !name.starts_with('.'))?;
            self.entry(name, &row.path())
        });
        let mut entries = sorted(rows);
        let truncated = entries.len() > MOST;
        entries.truncate(MOST);
        Ok(Listing { path: shown, entries, truncated })
    }

    fn entry(&self, name: String, path: &Path) -> Option<Entry> {
        let real = self.admit(path).ok()?;
        let metadata = real.metadata().ok()?;
        let kind = match (metadata.is_dir(), metadata.is_file() && is_stage_name(&real)) {
            (true, _) => EntryKind::Folder,
            (false, true) => EntryKind::Stage,
            (false, false) => return None,
        };
        let size = (kind == EntryKind::Stage).then_some(metadata.len());
        Some(Entry { name, path: path.to_str()?.to_owned(), kind, size, modified: metadata.modified().ok() })
    }
}

fn sorted(rows: impl Iterator<Item = Option<Entry>>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = rows.flatten().collect();
    entries.sort_by_cached_key(|entry| (entry.kind, entry.name.to_lowercase(), entry.name.clone()));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn names(listing: &Listing) -> Vec<(&str, EntryKind)> {
        listing.entries.iter().map(|e| (e.name.as_str(), e.kind)).collect()
    }

    #[test]
    fn folders_come_first_and_only_stages_are_files() {
        let scratch = Scratch::new();
        for file in ["in/b.usda", "in/A.USDZ", "in/notes.txt", "in/.hidden.usd", "in/zoo/c.usdc"] {
            scratch.write(file, b"x");
        }
        let roots = Roots::within([scratch.path("in")]).unwrap();
        let listing = roots.list(None).unwrap();
        let expected =
            [("zoo", EntryKind::Folder), ("A.USDZ", EntryKind::Stage), ("b.usda", EntryKind::Stage)];
        assert_eq!(names(&listing), expected);
        assert_eq!(
            names(&roots.list(Some(&listing.entries[0].path)).unwrap()),
            [("c.usdc", EntryKind::Stage)]
        );
        assert_eq!(roots.list(Some("zoo")).unwrap(), roots.list(Some(&listing.entries[0].path)).unwrap());
    }

    #[test]
    fn several_roots_are_listed_themselves() {
        let scratch = Scratch::new();
        let roots = Roots::within([scratch.folder("one"), scratch.folder("two")]).unwrap();
        let listing = roots.list(None).unwrap();
        assert_eq!(listing.entries.len(), 2);
        assert!(listing.entries.iter().all(|e| e.kind == EntryKind::Folder));
    }

    #[test]
    fn what_lies_outside_is_neither_listed_nor_entered() {
        let scratch = Scratch::new();
        scratch.write("out/a.usda", b"x");
        let roots = Roots::within([scratch.folder("in")]).unwrap();
        std::os::unix::fs::symlink(scratch.path("out"), scratch.path("in/link")).unwrap();
        assert!(roots.list(None).unwrap().entries.is_empty());
        for path in ["..", "../out", "link", "/"] {
            assert!(matches!(roots.list(Some(path)), Err(Refusal::Outside { .. })), "{path}");
        }
    }

    #[test]
    fn a_file_cannot_be_listed() {
        let scratch = Scratch::new();
        scratch.write("in/a.usda", b"x");
        let roots = Roots::within([scratch.path("in")]).unwrap();
        assert!(matches!(roots.list(Some("a.usda")), Err(Refusal::NotAFolder { .. })));
    }
}

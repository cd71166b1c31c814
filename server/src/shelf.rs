//! The shelf: bookmarks as files in the server's own data folder, one for each stage, never beside the stage (I7).
//!
//! A file is written whole, beside the old one, and takes its place when it is on the disk: a crash leaves the one or the
//! other. A file that makes no sense is kept aside under another name, and whoever looks at the stage is told.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use telestage_protocol::Bookmark;

/// Larger files are not ours.
const MAX_BYTES: u64 = 1024 * 1024;
const VERSION: u32 = 1;
/// Names that are tried for a file that is kept aside.
const ASIDE: u32 = 100;

/// A folder of bookmarks.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

/// What a stage's file says.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// As they were kept, unchecked.
    pub bookmarks: Vec<Bookmark>,
    /// What is the matter with the file, for people: the cause and what was done.
    pub trouble: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Page {
    version: u32,
    stage: String,
    bookmarks: Vec<Bookmark>,
}

impl Shelf {
    /// A shelf in this folder, which is made when something is kept.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Reads the bookmarks of a stage. Blocks.
    #[must_use]
    pub fn load(&self, stage: &str) -> Found {
        let (stage, file) = self.file(stage);
        let text = match read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::default(),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return put_aside(&file, &error),
            Err(error) => {
                let trouble = format!("the bookmarks in {} cannot be read: {error}", file.display());
                return Found { trouble: Some(trouble), ..Found::default() };
            }
        };
        match serde_json::from_str::<Page>(&text) {
            Ok(page) if page.version == VERSION && page.stage == stage => {
                Found { bookmarks: page.bookmarks, trouble: None }
            }
            Ok(page) => put_aside(&file, &format!("version {} of {}", page.version, page.stage)),
            Err(error) => put_aside(&file, &error),
        }
    }

    /// Keeps the bookmarks of a stage in place of those that were there. Blocks until they are on the disk.
    ///
    /// # Errors
    /// The cause, with the file.
    pub fn store(&self, stage: &str, bookmarks: &[Bookmark]) -> Result<(), String> {
        let (stage, file) = self.file(stage);
        let page = Page { version: VERSION, stage, bookmarks: bookmarks.to_vec() };
        self.write(&file, &page)
            .map_err(|error| format!("the bookmarks cannot be written to {}: {error}", file.display()))
    }

    fn write(&self, file: &Path, page: &Page) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let text = serde_json::to_vec_pretty(page)?;
        // Two servers of one user may write at once: each has a file of its own until it is whole.
        let beside = file.with_extension(format!("{}.part", std::process::id()));
        let mut part = File::create(&beside)?;
        let written =
            part.write_all(&text).and_then(|()| part.sync_all()).and_then(|()| fs::rename(&beside, file));
        if written.is_err() {
            // It is of no use, and what went wrong is told.
            let _ = fs::remove_file(&beside);
        }
        written?;
        File::open(&self.folder)?.sync_all()
    }

    /// The stage by its real path, whatever links lead to it, and its file.
    fn file(&self, stage: &str) -> (String, PathBuf) {
        let real =
            fs::canonicalize(stage).map_or_else(|_| stage.to_owned(), |path| path.display().to_string());
        let stem = Path::new(&real).file_stem().unwrap_or_default().to_string_lossy();
        let plain: String = stem.chars().filter(|letter| letter.is_ascii_alphanumeric()).take(40).collect();
        let file = self.folder.join(format!("{plain}-{:016x}.json", fnv(real.as_bytes())));
        (real, file)
    }
}

fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is larger than any that was written here",
        ));
    }
    Ok(text)
}

fn put_aside(file: &Path, cause: &dyn std::fmt::Display) -> Found {
    let place = (1..=ASIDE).map(|n| file.with_extension(format!("broken-{n}"))).find(|place| !place.exists());
    let moved = place.ok_or_else(|| io::Error::other("too many broken ones are there")).and_then(|place| {
        fs::rename(file, &place)?;
        Ok(place)
    });
    let trouble = match moved {
        Ok(place) => {
            format!(
                "the bookmarks of this stage make no sense ({cause}): they are kept as {}",
                place.display()
            )
        }
        Err(error) => format!("{} makes no sense ({cause}), and stays: {error}", file.display()),
    };
    tracing::warn!(trouble, "bookmarks");
    Found { trouble: Some(trouble), ..Found::default() }
}

/// FNV-1a: the same on every machine and in every version, and nobody gains from two paths that meet.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(name: &str) -> Shelf {
        let folder = std::env::temp_dir().join(format!("telestage-shelf-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Shelf::new(folder)
    }

    fn bookmark(name: &str) -> Bookmark {
        Bookmark {
            name: name.to_owned(),
            path: None,
            eye: [0.1 + 0.2, 1e-17, 3e21],
            target: [0.0; 3],
            up: [0.0, 1.0, 0.0],
            fov_y: Some(1.0 / 3.0),
            ortho_height: None,
            shift: None,
            time: Some(12.5),
            prims: Some(vec!["/World/Größe".to_owned()]),
        }
    }

    fn names(shelf: &Shelf) -> Vec<String> {
        let names = fs::read_dir(&shelf.folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_is_kept_is_there_again_to_the_last_digit_for_its_stage_alone() {
        let shelf = shelf("again");
        assert_eq!(
            shelf.load("/nowhere/a.usda"),
            Found::default(),
            "nothing was kept, and no folder is made"
        );
        assert!(!shelf.folder.exists());
        shelf.store("/nowhere/a.usda", &[bookmark("one")]).unwrap();
        shelf.store("/nowhere/a.usda", &[bookmark("one"), bookmark("two")]).unwrap();
        let again = Shelf::new(shelf.folder.clone()).load("/nowhere/a.usda");
        assert_eq!(again, Found { bookmarks: vec![bookmark("one"), bookmark("two")], trouble: None });
        assert_eq!(shelf.load("/elsewhere/a.usda"), Found::default());
        assert_eq!(names(&shelf).len(), 1, "and nothing lies around: {:?}", names(&shelf));
    }

    #[test]
    fn two_ways_to_one_stage_lead_to_the_same_bookmarks() {
        let shelf = shelf("real");
        fs::create_dir_all(&shelf.folder).unwrap();
        let stage = shelf.folder.join("stage.usda");
        fs::write(&stage, "#usda 1.0\n").unwrap();
        std::os::unix::fs::symlink(&stage, shelf.folder.join("link.usda")).unwrap();
        shelf.store(&shelf.folder.join("link.usda").display().to_string(), &[bookmark("one")]).unwrap();
        assert_eq!(shelf.load(&stage.display().to_string()).bookmarks.len(), 1);
    }

    #[test]
    fn a_file_that_makes_no_sense_is_kept_aside_and_told() {
        let shelf = shelf("broken");
        let large = format!("\"{}\"", "x".repeat(2 * MAX_BYTES as usize));
        let other = r#"{"version": 2, "stage": "/nowhere/a.usda", "bookmarks": []}"#.to_owned();
        for text in ["{\"version\": 1, \"sta".to_owned(), "\u{0}".to_owned(), large, other] {
            shelf.store("/nowhere/a.usda", &[bookmark("one")]).unwrap();
            let (_, file) = shelf.file("/nowhere/a.usda");
            fs::write(&file, &text).unwrap();
            let found = shelf.load("/nowhere/a.usda");
            assert!(found.trouble.is_some_and(|trouble| trouble.contains("broken-")), "{:?}", names(&shelf));
            assert!(!file.exists());
            assert_eq!(shelf.load("/nowhere/a.usda"), Found::default(), "from then on there is nothing");
        }
        assert_eq!(names(&shelf).iter().filter(|name| name.contains("broken-")).count(), 4);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let shelf = shelf("file");
        fs::write(&shelf.folder, "in the way").unwrap();
        let error = shelf.store("/nowhere/a.usda", &[]).unwrap_err();
        assert!(error.contains(&shelf.folder.display().to_string()), "{error}");
        assert!(shelf.load("/nowhere/a.usda").trouble.is_some());
    }
}

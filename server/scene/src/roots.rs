//! The folders that a stage may read from: the only door to the user's files.
//!
//! Every layer, package and texture is opened through [`Roots::open`], which looks at where a path really leads
//! (symbolic links followed, `..` resolved) before it opens anything. It never writes, and what lies outside is
//! refused with a reason that does not tell whether the file exists.

use std::fs::File;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where files may be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roots {
    /// Canonical folders; `None`: anywhere.
    folders: Option<Vec<PathBuf>>,
}

/// Why a path is not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// There is no such file.
    #[error("not found: correct the path or put the file there: {path}")]
    Missing {
        /// As far as it could be resolved.
        path: String,
    },
    /// It leads out of every root.
    #[error("outside the asset roots and not read: restart with --asset-root {folder} to allow it: {path}")]
    Outside {
        /// Where it leads.
        path: String,
        /// The folder that would have to become a root.
        folder: String,
    },
    /// A folder, a device, a pipe.
    #[error("not a file: name a file instead: {path}")]
    NotAFile {
        /// The path.
        path: String,
    },
    /// A file where a folder was asked for.
    #[error("not a folder: {path}")]
    NotAFolder {
        /// The path.
        path: String,
    },
    /// More bytes than the limit allows.
    #[error("{size} bytes are over the limit of {limit}: raise the memory limit or make it smaller: {path}")]
    TooLarge {
        /// The path.
        path: String,
        /// Its bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The operating system says no.
    #[error("cannot be read ({reason}): {path}")]
    Unreadable {
        /// The path.
        path: String,
        /// The system's words.
        reason: String,
    },
}

/// Why a folder cannot be a root.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// It does not exist or cannot be looked at.
    #[error("asset root cannot be used ({source}): {path}")]
    Unreadable {
        /// The folder.
        path: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// It is not a folder.
    #[error("asset root is not a folder: {path}")]
    NotAFolder {
        /// The path.
        path: String,
    },
    /// Its name cannot be written in a USD asset path.
    #[error("asset root has a name that is not UTF-8, which USD cannot write: rename it: {path}")]
    NotUtf8 {
        /// The folder, as well as it can be shown.
        path: String,
    },
}

impl Roots {
    /// Anywhere: the user's own hands (`inspect`, `shot`, `bench`).
    #[must_use]
    pub fn unrestricted() -> Self {
        Self { folders: None }
    }

    /// These folders and all that is in them.
    ///
    /// # Errors
    /// If one of them is no readable folder.
    pub fn within<P: AsRef<Path>>(folders: impl IntoIterator<Item = P>) -> Result<Self, RootError> {
        let mut canonical = Vec::new();
        for folder in folders {
            let folder = folder.as_ref();
            let path = folder.display().to_string();
            let real = folder
                .canonicalize()
                .map_err(|source| RootError::Unreadable { path: path.clone(), source })?;
            if !real.is_dir() {
                return Err(RootError::NotAFolder { path });
            }
            if real.to_str().is_none() {
                return Err(RootError::NotUtf8 { path });
            }
            if !canonical.contains(&real) {
                canonical.push(real);
            }
        }
        Ok(Self { folders: Some(canonical) })
    }

    /// The folder of `stage` (where it was named and, if that is a link, where it really lies) and `folders`.
    /// A stage whose folder does not exist adds nothing: opening it will say so.
    ///
    /// # Errors
    /// If one of `folders` is no readable folder.
    pub fn around(stage: Option<&Path>, folders: &[PathBuf]) -> Result<Self, RootError> {
        let mut all: Vec<PathBuf> = Vec::new();
        if let Some(stage) = stage.and_then(|s| std::path::absolute(s).ok()) {
            let places = [parent(&stage), stage.canonicalize().ok().as_deref().and_then(parent)];
            all.extend(places.into_iter().flatten().filter(|p| p.is_dir()));
        }
        all.extend_from_slice(folders);
        Self::within(all)
    }

    /// The canonical folders; `None` if reading is unrestricted.
    #[must_use]
    pub fn folders(&self) -> Option<&[PathBuf]> {
        self.folders.as_deref()
    }

    /// Where relative paths start that no layer anchors: the roots, or the working directory.
    pub(crate) fn bases(&self) -> Vec<PathBuf> {
        match &self.folders {
            Some(folders) => folders.clone(),
            None => std::env::current_dir().into_iter().collect(),
        }
    }

    /// The real path of something that exists and may be read.
    ///
    /// # Errors
    /// [`Refusal::Outside`] for whatever leads out, existing or not; [`Refusal::Missing`] within.
    pub fn admit(&self, path: &Path) -> Result<PathBuf, Refusal> {
        let real = settle(path);
        let shown = real.display().to_string();
        if self.root_of(&real).is_none() {
            let folder = real.parent().unwrap_or(&real).display().to_string();
            return Err(Refusal::Outside { path: shown, folder });
        }
        match real.try_exists() {
            Ok(true) => Ok(real),
            Ok(false) => Err(Refusal::Missing { path: shown }),
            Err(e) => Err(Refusal::Unreadable { path: shown, reason: e.to_string() }),
        }
    }

    /// Opens a regular file for reading.
    ///
    /// # Errors
    /// As [`admit`](Self::admit); folders, devices and pipes are refused without waiting for them.
    pub fn open(&self, path: &Path) -> Result<File, Refusal> {
        let real = self.admit(path)?;
        let unreadable = |e: std::io::Error| Refusal::Unreadable {
            path: real.display().to_string(),
            reason: e.to_string(),
        };
        // Looked at before it is opened: opening some devices has effects, opening a pipe waits.
        if !real.metadata().map_err(unreadable)?.is_file() {
            return Err(Refusal::NotAFile { path: real.display().to_string() });
        }
        let root = self.root_of(&real).unwrap_or(Path::new("/"));
        let file = open_beneath(root, &real).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(Refusal::NotAFile { path: real.display().to_string() });
        }
        Ok(file)
    }

    /// What a user means by a stage's `url`: `file:` URL, absolute path, or path relative to a root.
    ///
    /// # Errors
    /// As [`admit`](Self::admit); for a relative path, that of the first root.
    pub fn locate(&self, url: &str) -> Result<PathBuf, Refusal> {
        let path = match url.strip_prefix("file:") {
            Some(rest) => {
                percent_decoded(rest.strip_prefix("//localhost").or(rest.strip_prefix("//")).unwrap_or(rest))
            }
            None => url.to_owned(),
        };
        let path = Path::new(&path);
        if path.is_absolute() {
            return self.admit(path);
        }
        let mut first = None;
        for base in self.bases() {
            match self.admit(&base.join(path)) {
                Ok(found) => return Ok(found),
                Err(refusal) => first = first.or(Some(refusal)),
            }
        }
        Err(first.unwrap_or_else(|| Refusal::Missing { path: url.to_owned() }))
    }

    /// The root that holds `real`, which must be canonical.
    fn root_of(&self, real: &Path) -> Option<&Path> {
        match &self.folders {
            None => Some(Path::new("/")),
            Some(folders) => folders.iter().map(PathBuf::as_path).find(|root| real.starts_with(root)),
        }
    }
}

fn parent(path: &Path) -> Option<PathBuf> {
    path.parent().map(Path::to_path_buf)
}

/// The real path as far as it exists; what does not exist is appended by its letters, `..` taken back.
fn settle(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut settled = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => {
                settled.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                settled.push(component);
                if let Ok(real) = settled.canonicalize() {
                    settled = real;
                }
            }
        }
    }
    settled
}

/// Opens a canonical path so that the system itself refuses to leave `root`, whatever is swapped meanwhile.
#[cfg(target_os = "linux")]
fn open_beneath(root: &Path, real: &Path) -> std::io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
    use rustix::io::Errno;

    let relative = real.strip_prefix(root).unwrap_or(real);
    let folder = openat(CWD, root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match openat2(&folder, relative, flags, Mode::empty(), beneath) {
        Ok(file) => Ok(file.into()),
        // Kernels before 5.6, and containers that filter the call.
        Err(Errno::NOSYS | Errno::PERM) => {
            Ok(openat(&folder, relative, flags | OFlags::NOFOLLOW, Mode::empty())?.into())
        }
        Err(e) => Err(e.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn open_beneath(_root: &Path, real: &Path) -> std::io::Result<File> {
    File::open(real)
}

/// `%20` and its like; anything malformed stays as it is.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_file_in_a_root_is_opened() {
        let scratch = Scratch::new();
        let file = scratch.write("in/a.usda", b"x");
        let roots = Roots::within([scratch.path("in")]).unwrap();
        assert!(roots.open(&file).is_ok());
        assert!(roots.open(&scratch.path("in/../in/./a.usda")).is_ok());
    }

    #[test]
    fn dots_lead_nowhere_outside() {
        let scratch = Scratch::new();
        scratch.write("in/a.usda", b"x");
        scratch.write("out/secret", b"x");
        let roots = Roots::within([scratch.path("in")]).unwrap();
        for path in ["in/../out/secret", "in/missing/../../out/secret", "in/missing/../../out/nothing", "out"]
        {
            let refusal = roots.open(&scratch.path(path)).unwrap_err();
            assert!(matches!(refusal, Refusal::Outside { .. }), "{path}: {refusal}");
        }
    }

    #[test]
    fn a_symbolic_link_that_leads_out_is_refused_and_one_within_is_followed() {
        let scratch = Scratch::new();
        let inside = scratch.write("in/a.usda", b"x");
        let secret = scratch.write("out/secret", b"x");
        std::os::unix::fs::symlink(&secret, scratch.path("in/link")).unwrap();
        std::os::unix::fs::symlink(scratch.path("out"), scratch.path("in/folder")).unwrap();
        std::os::unix::fs::symlink(&inside, scratch.path("in/good")).unwrap();
        let roots = Roots::within([scratch.path("in")]).unwrap();
        for path in ["in/link", "in/folder/secret", "in/folder/nothing"] {
            assert!(matches!(roots.open(&scratch.path(path)), Err(Refusal::Outside { .. })), "{path}");
        }
        assert!(roots.open(&scratch.path("in/good")).is_ok());
    }

    #[test]
    fn the_refusal_names_the_folder_to_add() {
        let scratch = Scratch::new();
        let secret = scratch.write("out/secret", b"x");
        let roots = Roots::within([scratch.folder("in")]).unwrap();
        let message = roots.open(&secret).unwrap_err().to_string();
        let folder = secret.parent().unwrap().canonicalize().unwrap();
        assert!(message.contains(&format!("--asset-root {}", folder.display())), "{message}");
    }

    #[test]
    fn a_root_whose_name_begins_another_name_does_not_open_that() {
        let scratch = Scratch::new();
        let other = scratch.write("stages-private/a", b"x");
        let roots = Roots::within([scratch.folder("stages")]).unwrap();
        assert!(matches!(roots.open(&other), Err(Refusal::Outside { .. })));
    }

    #[test]
    fn folders_and_pipes_are_refused_without_waiting() {
        let scratch = Scratch::new();
        let folder = scratch.folder("in");
        let pipe = scratch.path("in/pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        let roots = Roots::within([&folder]).unwrap();
        assert!(matches!(roots.open(&folder), Err(Refusal::NotAFile { .. })));
        if made.is_ok_and(|status| status.success()) {
            assert!(matches!(roots.open(&pipe), Err(Refusal::NotAFile { .. })));
        }
    }

    #[test]
    fn urls_are_file_urls_absolute_paths_and_paths_in_a_root() {
        let scratch = Scratch::new();
        let file = scratch.write("in/a b.usda", b"x").canonicalize().unwrap();
        let roots = Roots::within([scratch.path("in")]).unwrap();
        let encoded = format!("file://{}", file.display()).replace(' ', "%20");
        for url in ["a b.usda", &file.display().to_string(), &encoded] {
            assert_eq!(roots.locate(url).unwrap(), file, "{url}");
        }
        assert!(matches!(roots.locate("../b.usda"), Err(Refusal::Outside { .. })));
        assert!(matches!(roots.locate("b.usda"), Err(Refusal::Missing { .. })));
    }

    #[test]
    fn without_roots_everything_is_open() {
        let scratch = Scratch::new();
        let file = scratch.write("a", b"x");
        assert!(Roots::unrestricted().open(&file).is_ok());
        assert!(matches!(Roots::unrestricted().open(&scratch.path("b")), Err(Refusal::Missing { .. })));
    }
}

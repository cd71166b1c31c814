//! How the USD library finds and opens files: its own path rules over [`Roots`].
//!
//! The library's default resolver spells identifiers (anchoring, packages); everything that touches a file's
//! content goes through [`Roots::open`], packages (`.usdz`) included. What was refused is kept in an [`AccessLog`],
//! because the library only learns that there is nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use openusd::ar::{self, Asset, DefaultResolver, ResolvedPath};
use openusd::usdz;

use crate::roots::{Refusal, Roots};

/// What was refused so far. Clones share the one log.
#[derive(Clone, Default)]
pub struct AccessLog(Rc<RefCell<Entries>>);

#[derive(Default)]
struct Entries {
    /// The path that was spelled last, and its identifier: the library spells, then resolves.
    spelled: Option<(String, String)>,
    refused: BTreeMap<String, Refused>,
}

struct Refused {
    refusal: Refusal,
    authored: Option<String>,
    told: bool,
}

impl AccessLog {
    /// Why nothing was found for `asset`, an identifier or a path as authored. Counts as told to the user.
    pub fn tell(&self, asset: &str) -> Option<Refusal> {
        let mut entries = self.0.borrow_mut();
        let key = if entries.refused.contains_key(asset) {
            Some(asset.to_owned())
        } else {
            let authored = |r: &Refused| r.authored.as_deref() == Some(asset);
            entries.refused.iter().find(|(_, r)| authored(r)).map(|(key, _)| key.clone())
        };
        let refused = entries.refused.get_mut(&key?)?;
        refused.told = true;
        Some(refused.refusal.clone())
    }

    /// Every refusal that nobody asked for by name, and that is more than a missing file.
    pub fn untold(&self) -> Vec<Refusal> {
        let mut entries = self.0.borrow_mut();
        let mut untold = Vec::new();
        for refused in entries.refused.values_mut().filter(|r| !r.told) {
            refused.told = true;
            if !matches!(refused.refusal, Refusal::Missing { .. }) {
                untold.push(refused.refusal.clone());
            }
        }
        untold
    }

    fn note(&self, identifier: &str, refusal: Refusal) {
        let mut entries = self.0.borrow_mut();
        let spelled = entries.spelled.as_ref().filter(|(_, id)| id == identifier);
        let authored = spelled.map(|(authored, _)| authored.clone());
        let refused = entries.refused.entry(identifier.to_owned()).or_insert_with(|| Refused {
            refusal,
            authored: None,
            told: false,
        });
        refused.authored = authored.or(refused.authored.take());
    }
}

/// Told of every file that is about to be read, with its bytes.
pub type OnOpen = Rc<dyn Fn(&Path, u64)>;

/// The layer that edits go into: it is in no file, and empty at first.
pub const SESSION_LAYER: &str = "edits of this session (in no file).usda";

/// The resolver of one stage.
pub struct StageResolver {
    spelling: DefaultResolver,
    roots: Roots,
    log: AccessLog,
    largest: u64,
    on_open: OnOpen,
}

impl StageResolver {
    /// Reads within `roots`, files of at most `largest` bytes.
    #[must_use]
    pub fn new(roots: Roots, largest: u64, on_open: OnOpen) -> Self {
        let spelling = DefaultResolver::with_search_paths(roots.folders().unwrap_or_default());
        Self { spelling, roots, log: AccessLog::default(), largest, on_open }
    }

    /// The log that fills while the stage composes.
    #[must_use]
    pub fn log(&self) -> AccessLog {
        self.log.clone()
    }

    /// The real path of a file that may be read; a relative one is looked for in every root.
    pub(crate) fn find(&self, path: &str) -> Result<PathBuf, Refusal> {
        let path = Path::new(path);
        if path.is_absolute() {
            return self.roots.admit(path);
        }
        // A search path: the library looked beside the layer that names it and found nothing.
        let mut refused = Refusal::Missing { path: path.display().to_string() };
        for base in self.roots.bases() {
            match self.roots.admit(&base.join(path)) {
                Ok(found) => return Ok(found),
                Err(Refusal::Missing { .. }) => {}
                Err(refusal) => refused = refusal,
            }
        }
        Err(refused)
    }

    /// Opens a file as the roots and the limit allow.
    pub(crate) fn open_file(&self, path: &Path) -> Result<std::fs::File, Refusal> {
        let file = self.roots.open(path)?;
        let size = file.metadata().map_or(0, |m| m.len());
        if size > self.largest {
            return Err(Refusal::TooLarge { path: path.display().to_string(), size, limit: self.largest });
        }
        (self.on_open)(path, size);
        Ok(file)
    }
}

impl ar::Resolver for StageResolver {
    fn create_identifier(&self, asset_path: &str, anchor: Option<&ResolvedPath>) -> String {
        if asset_path == SESSION_LAYER {
            return SESSION_LAYER.to_owned();
        }
        let identifier = self.spelling.create_identifier(asset_path, anchor);
        self.log.0.borrow_mut().spelled = Some((asset_path.to_owned(), identifier.clone()));
        identifier
    }

    fn resolve(&self, asset_path: &str) -> Option<ResolvedPath> {
        if asset_path.is_empty() {
            return None;
        }
        if asset_path == SESSION_LAYER {
            return Some(ResolvedPath::new(SESSION_LAYER));
        }
        let split = ar::split_package_relative_path_outer(asset_path);
        let file = split.as_ref().map_or(asset_path, |(package, _)| package);
        let found = match self.find(file) {
            Ok(found) => found,
            Err(refusal) => {
                self.log.note(asset_path, refusal);
                return None;
            }
        };
        let Some((_, inner)) = split else { return Some(ResolvedPath::new(found)) };
        let package = found.to_str()?;
        // Nested packages ask for the outer one again: within a scope it is opened once.
        let _scope = ar::is_package_relative_path(&inner).then(ar::CacheScope::begin);
        usdz::package_contains(self, package, &inner)
            .then(|| ResolvedPath::new(ar::join_package_relative_path(package, &inner)))
    }

    /// Nothing is ever written.
    fn resolve_for_new_asset(&self, _asset_path: &str) -> Option<ResolvedPath> {
        None
    }

    fn open_asset(&self, resolved: &ResolvedPath) -> io::Result<Box<dyn Asset>> {
        if resolved.to_str() == Some(SESSION_LAYER) {
            let empty = ar::AssetBuffer::Owned(b"#usda 1.0\n".to_vec());
            return Ok(Box::new(io::Cursor::new(empty)));
        }
        if let Some((package, inner)) = resolved.to_str().and_then(ar::split_package_relative_path_outer) {
            let bytes = usdz::package_entry(self, &package, &inner)?.into_shared();
            return Ok(Box::new(io::Cursor::new(ar::AssetBuffer::Shared(bytes))));
        }
        match self.open_file(resolved) {
            Ok(file) => Ok(Box::new(file)),
            Err(refusal) => {
                self.log.note(&resolved.to_string(), refusal.clone());
                Err(io::Error::other(refusal))
            }
        }
    }

    fn is_context_dependent_path(&self, asset_path: &str) -> bool {
        self.spelling.is_context_dependent_path(asset_path)
    }

    fn in_memory_identifier<'a>(&self, asset_path: &'a str) -> std::borrow::Cow<'a, str> {
        self.spelling.in_memory_identifier(asset_path)
    }

    fn identity(&self) -> String {
        format!("telestage {:?}", self.roots)
    }

    fn cache_id(&self) -> Option<u64> {
        self.spelling.cache_id()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use openusd::ar::Resolver;

    use super::*;
    use crate::scratch::Scratch;

    fn resolver(roots: Roots) -> StageResolver {
        StageResolver::new(roots, 1 << 20, Rc::new(|_, _| {}))
    }

    #[test]
    fn a_reference_out_of_the_roots_is_refused_and_kept_in_the_log() {
        let scratch = Scratch::new();
        let layer = scratch.write("in/a.usda", b"#usda 1.0").canonicalize().unwrap();
        let secret = scratch.write("out/b.usda", b"#usda 1.0").canonicalize().unwrap();
        let resolver = resolver(Roots::within([scratch.path("in")]).unwrap());
        let identifier = resolver.create_identifier("../out/b.usda", Some(&ResolvedPath::new(&layer)));
        assert!(resolver.resolve(&identifier).is_none());
        assert!(resolver.open_asset(&ResolvedPath::new(&secret)).is_err());
        assert!(matches!(resolver.log().tell("../out/b.usda"), Some(Refusal::Outside { .. })));
        assert!(resolver.log().untold().is_empty());
    }

    #[test]
    fn a_layer_beside_its_referrer_is_found_and_read() {
        let scratch = Scratch::new();
        let layer = scratch.write("in/a.usda", b"#usda 1.0").canonicalize().unwrap();
        scratch.write("in/sub/b.usda", b"content");
        let resolver = resolver(Roots::within([scratch.path("in")]).unwrap());
        let identifier = resolver.create_identifier("sub/b.usda", Some(&ResolvedPath::new(&layer)));
        let found = resolver.resolve(&identifier).unwrap();
        let mut text = String::new();
        resolver.open_asset(&found).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "content");
    }

    #[test]
    fn a_package_out_of_the_roots_is_not_opened() {
        let scratch = Scratch::new();
        let package = scratch.write("out/p.usdz", b"PK").canonicalize().unwrap();
        let resolver = resolver(Roots::within([scratch.folder("in")]).unwrap());
        let inner = format!("{}[a.usda]", package.display());
        assert!(resolver.resolve(&inner).is_none());
        assert!(resolver.open_asset(&ResolvedPath::new(&inner)).is_err());
    }

    #[test]
    fn a_file_over_the_limit_is_not_read() {
        let scratch = Scratch::new();
        let file = scratch.write("in/a.usda", vec![b' '; 100]);
        let resolver = StageResolver::new(Roots::unrestricted(), 99, Rc::new(|_, _| {}));
        assert!(resolver.open_asset(&ResolvedPath::new(&file)).is_err());
        assert!(matches!(resolver.log().untold()[..], [Refusal::TooLarge { .. }]));
    }
}

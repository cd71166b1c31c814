//! A stage's path as people named it, made whole: it is shown, and relative paths are resolved from it.

use std::path::{Component, Path, PathBuf};

/// The stage as the user named it, from wherever he stands; a URL stays one.
#[must_use]
pub fn absolute(stage: &str) -> String {
    if stage.starts_with("file:") {
        return stage.to_owned();
    }
    std::path::absolute(stage)
        .map_or_else(|_| stage.to_owned(), |path| plain(&path).to_string_lossy().into_owned())
}

/// `path` without `..`, if that names the same file: behind a symbolic link it may not.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::Normal(_) => {
                plain.push(part);
            }
        }
    }
    let is_same = path.canonicalize().is_ok_and(|real| plain.canonicalize().is_ok_and(|other| real == other));
    if is_same { plain } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out_where_the_file_stays_the_same() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(plain(&here.join("src/../Cargo.toml")), here.join("Cargo.toml"));
        let nowhere = here.join("nothing/../here");
        assert_eq!(plain(&nowhere), nowhere, "what is not there is named as it was asked for");
    }

    #[cfg(unix)]
    #[test]
    fn dots_behind_a_link_stay() {
        let folder = std::env::temp_dir().join(format!("telestage-plain-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a/b")).unwrap();
        std::fs::write(folder.join("a/stage.usda"), "").unwrap();
        std::os::unix::fs::symlink(folder.join("a/b"), folder.join("link")).unwrap();
        let asked = folder.join("link/../stage.usda");
        assert_eq!(plain(&asked), asked);
        std::fs::remove_dir_all(folder).unwrap();
    }
}

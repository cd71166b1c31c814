//! The part of the settings file that the server writes itself: table `[render]`, what viewers changed of how pictures look.
//!
//! Everything else in the file is its owner's and stays as it is, comments included. A file is written whole or not at all
//! (temporary file, fsync, rename), and nothing but a plain file is ever replaced.

use std::io;
use std::path::{Path, PathBuf};

use telestage_protocol::SettingValue;
use telestage_session::{Input, Values};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::whole_file;

/// The table's name.
pub const TABLE: &str = "render";
const HEAD: &str = "[render]";
const WORD: &str = "# Written by the server when a viewer changes a setting; comments here are lost.";

/// Why it was not written.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The system names no folder for settings.
    #[error("this system names no folder for settings; start the server with --settings FILE")]
    Nowhere,
    /// A device, a folder.
    #[error("it is no plain file: {0}")]
    NotPlain(PathBuf),
    /// Somebody writes TOML by hand.
    #[error("its text cannot be changed without harm, since it has [render] twice or is no TOML: {0}")]
    Text(PathBuf),
    /// The disk.
    #[error("{1}: {0}")]
    Io(PathBuf, #[source] io::Error),
}

/// Takes the table out of a file's content; what of it is no setting's value, in words.
#[must_use]
pub fn take(all: &mut toml::Table) -> (Values, Vec<String>) {
    let (mut values, mut wrong) = (Values::new(), Vec::new());
    match all.remove(TABLE) {
        None => {}
        Some(toml::Value::Table(table)) => {
            for (key, value) in table {
                match value {
                    toml::Value::Boolean(is_on) => drop(values.insert(key, SettingValue::Switch(is_on))),
                    toml::Value::Integer(number) => {
                        drop(values.insert(key, SettingValue::Number(number as f64)));
                    }
                    toml::Value::Float(number) => drop(values.insert(key, SettingValue::Number(number))),
                    toml::Value::String(name) => drop(values.insert(key, SettingValue::Choice(name))),
                    toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
                        wrong.push(format!("{TABLE}.{key} is neither a number, a text, true nor false"));
                    }
                }
            }
        }
        Some(_) => wrong.push(format!("{TABLE} is no table")),
    }
    (values, wrong)
}

/// `text` with this table in place of the one it has. `None` if that would change anything else.
fn with(text: &str, values: &Values) -> Option<String> {
    let mut kept = String::new();
    let mut is_ours = false;
    for line in text.lines() {
        let line_head = line.trim();
        if line_head.starts_with('[') {
            is_ours = line_head == HEAD;
        }
        if !is_ours {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let mut new = kept.trim_end().to_owned();
    if !new.is_empty() {
        new.push('\n');
    }
    if !values.is_empty() {
        if !new.is_empty() {
            new.push('\n');
        }
        new.push_str(&format!("{HEAD}\n{WORD}\n"));
        for (key, value) in values {
            let value = match value {
                SettingValue::Switch(is_on) => toml::Value::Boolean(*is_on),
                SettingValue::Number(number) => toml::Value::Float(*number),
                SettingValue::Choice(name) => toml::Value::String(name.clone()),
            };
            new.push_str(&format!("{key} = {value}\n"));
        }
    }
    let others = |text: &str| {
        let mut table = text.parse::<toml::Table>().ok()?;
        let ours = take(&mut table);
        Some((table, ours))
    };
    let ((before, _), (after, (written, wrong))) = (others(text)?, others(&new)?);
    (before == after && written == *values && wrong.is_empty()).then_some(new)
}

/// Writes `values` into the file at `path`, which need not exist.
///
/// # Errors
/// [`KeepError`]; the file is as it was then.
pub fn write(path: &Path, values: &Values) -> Result<(), KeepError> {
    let failed = |error| KeepError::Io(path.to_owned(), error);
    // Whoever links to a file elsewhere keeps the link.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let text = match std::fs::metadata(&target) {
        Ok(about) if !about.is_file() => return Err(KeepError::NotPlain(target)),
        Ok(_) => std::fs::read_to_string(&target).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    let new = with(&text, values).ok_or_else(|| KeepError::Text(target.clone()))?;
    if new == text {
        return Ok(());
    }
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    whole_file::replace(&target, new.as_bytes()).map_err(failed)
}

/// Puts a file that cannot be read out of the way, so that nothing of it is lost; where it is now.
///
/// # Errors
/// If it cannot be renamed.
pub fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!("{name}.broken"));
    std::fs::rename(path, &aside)?;
    Ok(aside)
}

/// Writes what it is told, the latest first, away from whoever tells it.
pub struct Keeper {
    wish: watch::Sender<Values>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Starts the task that writes; what fails comes out of `failures`. Call it within a tokio runtime.
    #[must_use]
    pub fn start(path: Option<PathBuf>, failures: mpsc::Sender<Input>) -> Self {
        let (wish, mut wishes) = watch::channel(Values::new());
        let task = tokio::spawn(async move {
            while wishes.changed().await.is_ok() {
                let (values, path) = (wishes.borrow_and_update().clone(), path.clone());
                let written = tokio::task::spawn_blocking(move || {
                    path.as_deref().map_or(Err(KeepError::Nowhere), |path| write(path, &values))
                });
                let message = match written.await {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error.to_string(),
                };
                tracing::warn!(error = message, "settings not kept");
                // The hub may be gone, or be too busy to hear of it; then the log knows.
                let _ = failures.try_send(Input::SettingsUnkept { message });
            }
        });
        Self { wish, task }
    }

    /// These from now on. Never waits.
    pub fn keep(&self, values: Values) {
        self.wish.send_replace(values);
    }

    /// Writes what is left to be written.
    pub async fn close(self) {
        drop(self.wish);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the settings' keeper ended badly");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values::from([
            ("exposure".to_owned(), SettingValue::Number(-0.5)),
            ("grid".to_owned(), SettingValue::Switch(true)),
            ("shading".to_owned(), SettingValue::Choice("wireframe".to_owned())),
        ])
    }

    #[test]
    fn the_owners_part_stays_and_the_servers_part_is_replaced() {
        let own = "# mine\nport = 1234 # really\n\nsize = \"640x360\"\n";
        let text = with(own, &values()).unwrap();
        assert!(text.starts_with(own) && text.contains("grid = true"), "{text}");
        let mut table = text.parse::<toml::Table>().unwrap();
        assert_eq!(take(&mut table), (values(), Vec::new()));
        assert_eq!(with(&text, &values()).unwrap(), text, "again is the same");
        assert_eq!(with(&text, &Values::new()).unwrap(), own, "and gone with the last value");
        assert_eq!(with("", &Values::new()).unwrap(), "");
    }

    #[test]
    fn what_cannot_be_changed_without_harm_is_left_alone() {
        for text in ["port = ", "render.grid = true\n", "record-dir = '''\n[render]\n'''\n"] {
            assert_eq!(with(text, &values()), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_named() {
        let mut table = "[render]\ngrid = [1]\nexposure = 2\n".parse::<toml::Table>().unwrap();
        let (values, wrong) = take(&mut table);
        assert_eq!(values, Values::from([("exposure".to_owned(), SettingValue::Number(2.0))]));
        assert!(wrong[0].contains("render.grid"), "{wrong:?}");
    }

    #[test]
    fn a_file_is_made_written_and_never_a_device() {
        let folder = std::env::temp_dir().join(format!("telestage-kept-{}", std::process::id()));
        let path = folder.join("deep/server.toml");
        write(&path, &Values::new()).unwrap();
        assert!(!path.exists(), "nothing to keep makes no file");
        write(&path, &values()).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("shading = \"wireframe\""));
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        assert!(matches!(write(Path::new("/dev/null"), &values()), Err(KeepError::NotPlain(_))));
        assert!(matches!(write(&folder, &values()), Err(KeepError::NotPlain(_))));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

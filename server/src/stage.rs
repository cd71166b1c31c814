//! Opening stages, always in a scene worker: a file that kills the USD library costs a process, not the program.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use telestage_scene::Scene;
use telestage_scene::roots::Roots;
use telestage_scene::worker::{Event, Host, Limits, OpenError, OpenRequest, Program, Question, Reply};

use crate::exit::{Exit, Failure};

/// Where a command may read.
#[derive(Clone, Debug)]
pub struct Access {
    folders: Vec<PathBuf>,
    is_unrestricted: bool,
}

impl Access {
    /// The user's own hands: everything, unless folders are named.
    #[must_use]
    pub fn of_user(folders: &[PathBuf]) -> Self {
        Self { folders: folders.to_vec(), is_unrestricted: folders.is_empty() }
    }

    fn roots(&self, stage: &Path) -> Result<Roots, Failure> {
        if self.is_unrestricted {
            return Ok(Roots::unrestricted());
        }
        Roots::around(Some(stage), &self.folders)
            .map_err(|error| Failure::new(Exit::Usage, error, "give --asset-root folders that exist"))
    }
}

/// This program, as the worker that opens stages.
///
/// # Errors
/// If the system does not say where it is.
pub fn program() -> Result<Program, Failure> {
    let exe = std::env::current_exe().map_err(|error| {
        Failure::new(Exit::Unexpected, format_args!("this program cannot find itself: {error}"), "")
    })?;
    Ok(Program::telestage(exe))
}

/// A stage that a command has opened, with the worker that can read it at other times.
pub struct Opened {
    host: Host,
    events: Receiver<Event>,
    scene: Arc<Scene>,
    path: PathBuf,
}

/// Events that wait for a command.
const EVENTS: usize = 64;

impl Opened {
    /// Opens the stage at `path` and reads it at `time`.
    ///
    /// # Errors
    /// Exit 4 with the reason and the path.
    pub fn open(path: &Path, access: &Access, time: Option<f64>) -> Result<Self, Failure> {
        let path = std::path::absolute(path)?;
        let roots = access.roots(&path)?;
        let (sender, events) = sync_channel(EVENTS);
        // A receiver that is gone needs no news.
        let host = Host::spawn(&program()?, Limits::default(), move |event| drop(sender.send(event)))?;
        host.open(OpenRequest { path: path.clone(), roots, time: time.into() });
        let scene = wait(&events, &path)?;
        Ok(Self { host, events, scene, path })
    }

    /// The scene as it was read last.
    #[must_use]
    pub fn scene(&self) -> Arc<Scene> {
        self.scene.clone()
    }

    /// The same stage at another time.
    ///
    /// # Errors
    /// As [`Opened::open`].
    pub fn at(&mut self, time: Option<f64>) -> Result<Arc<Scene>, Failure> {
        self.host.ask(0, Question::Evaluate { time });
        self.scene = wait(&self.events, &self.path)?;
        Ok(self.scene())
    }
}

fn wait(events: &Receiver<Event>, path: &Path) -> Result<Arc<Scene>, Failure> {
    for event in events {
        match event {
            Event::Progress { amount, activity } => tracing::debug!(amount, activity, "loading"),
            Event::Answered { reply: Reply::Refused(reason), .. } => {
                return Err(Failure::new(Exit::Stage, format_args!("{}: {reason}", path.display()), ""));
            }
            Event::Answered {
                reply:
                    Reply::Done | Reply::Edited(_) | Reply::Properties(_) | Reply::Variants(_) | Reply::Layer(_),
                ..
            } => {}
            Event::Loaded(scene) | Event::Changed { scene, .. } => return Ok(scene),
            Event::Failed(error) | Event::Lost(error) => return Err(failure(&error, path)),
        }
    }
    Err(Failure::new(Exit::Unexpected, "the scene worker's supervisor ended", "try again"))
}

/// The reason, with the path as the user knows it if the message has another spelling of it.
fn failure(error: &OpenError, path: &Path) -> Failure {
    let (text, path) = (error.to_string(), path.display().to_string());
    if text.contains(&path) {
        Failure::new(Exit::Stage, text, "")
    } else {
        Failure::new(Exit::Stage, format_args!("{path}: {text}"), "")
    }
}

/// Opens a stage, reads it, lets go of it.
///
/// # Errors
/// As [`Opened::open`].
pub fn open_once(path: &Path, access: &Access, time: Option<f64>) -> Result<Arc<Scene>, Failure> {
    let opened = Opened::open(path, access, time)?;
    let scene = opened.scene();
    opened.host.kill();
    Ok(scene)
}

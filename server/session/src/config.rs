//! What the server decides before anything happens.

use std::time::Duration;

use telestage_protocol::Capability;

/// Settings of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The server's own version.
    pub version: String,
    /// What works; `resize` among them decides whether `resizeViewport` is served.
    pub capabilities: Vec<Capability>,
    /// Width and height of the view; made even.
    pub size: [u32; 2],
    /// Largest width and height that a client may ask for.
    pub max_size: [u32; 2],
    /// Highest frame rate, in frames a second.
    pub fps: f64,
    /// Samples of a picture that stands still.
    pub still_samples: u32,
    /// Clients at once; more are told to come back later.
    pub max_clients: usize,
    /// Views of single clients that the machine has room for; more are refused.
    pub max_own_views: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: String::new(),
            capabilities: vec![
                Capability::OpenStage,
                Capability::ListStages,
                Capability::Camera,
                Capability::Resize,
                Capability::Stats,
                Capability::PauseView,
                Capability::Control,
                Capability::OwnView,
                Capability::Tree,
                Capability::Select,
                Capability::Timeline,
                Capability::Properties,
                Capability::Edit,
                Capability::Settings,
                Capability::Aov,
            ],
            size: [1280, 720],
            max_size: [3840, 2160],
            fps: 60.0,
            still_samples: 16,
            max_clients: 64,
            max_own_views: 3,
        }
    }
}

impl Config {
    /// Time between two frames.
    #[must_use]
    pub fn frame_interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.fps.clamp(1.0, 1000.0))
    }
}

/// The nearest size that can be drawn and encoded: even, at least 64 and at most `max`.
#[must_use]
pub fn fitting_size(size: [u32; 2], max: [u32; 2]) -> [u32; 2] {
    std::array::from_fn(|i| size[i].clamp(64, max[i].max(64)) & !1)
}

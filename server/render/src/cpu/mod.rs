//! The embedded default renderer: a scene to a picture on the processor alone, no driver, no set-up.
//!
//! A frame goes through two stages on a team of threads. First, clusters of triangles: points to the screen, triangles
//! into 64-pixel tiles (`instance`, `setup`, `clip`, `bin`). Then tiles: visibility buffer (`raster`, `visibility`),
//! deferred shading (`shade`, `brdf`, `light`, `sky`), blended surfaces (`blend`), samples, tone curve and bytes
//! (`accumulate`, `tone`, `resolve`). Kernels are written once over `simd` and compiled for AVX2 and for everything
//! else (`kernels`). Nothing is allocated while a picture moves, but for the growth of bins.
//!
//! It trusts no table: `geometry` checks them once. It never reads a file, waits for a socket or knows a viewer.

#![allow(
    clippy::needless_range_loop,
    reason = "kernels walk several arrays of three channels or eight lanes in step, without closures"
)]

mod accumulate;
mod backdrop;
mod bin;
mod blend;
mod brdf;
mod camera;
mod clip;
mod cluster;
mod environment;
mod frame;
mod geometry;
mod grid;
mod instance;
mod kernels;
mod light;
mod marks;
mod material;
mod math;
mod outline;
mod output;
mod pick;
mod pyramid;
mod raster;
mod resolve;
mod setup;
mod shade;
mod silhouette;
mod simd;
mod sky;
mod texture;
mod threads;
mod tile;
mod tone;
mod visibility;

use std::collections::BTreeMap;
use std::sync::Arc;

use telestage_scene::{ChangedRows, Scene};

pub use self::pick::Plane;
pub use self::simd::Isa;

use self::accumulate::offset;
use self::camera::Camera;
use self::frame::{Drawn, Frame, Sheet, Show};
use self::geometry::Stage;
use self::light::Lights;
use crate::source::{CanvasId, Capabilities, Command, FrameSource, Outcome, Picture, RenderError};
use crate::view::{Aov, View};

/// The backend's name.
const NAME: &str = "cpu";

/// The embedded renderer.
pub struct CpuSource {
    frame: Frame,
    stage: Stage,
    lights: Lights,

    shown: Option<Shown>,
    canvas: CanvasId,
    /// The canvases that are not drawn on now.
    parked: BTreeMap<CanvasId, (Sheet, Option<Shown>)>,
}

/// The last picture.
struct Shown {
    view: View,
    samples: u32,
    drawn: Drawn,
    /// The selection changed since.
    outdated: bool,
}

impl CpuSource {
    /// A renderer with this many threads (`None`: one for each processor) and no scene yet.
    #[must_use]
    pub fn new(threads: Option<usize>) -> Self {
        Self::with_isa(threads, Isa::detect())
    }

    /// As [`CpuSource::new`], with these instructions; falls back to the portable ones where they are missing.
    #[must_use]
    pub fn with_isa(threads: Option<usize>, isa: Isa) -> Self {
        let isa = if isa == Isa::detect() { isa } else { Isa::Portable };
        let available = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut frame = Frame::new(threads.unwrap_or_else(available).clamp(1, 64), isa);
        let stage = Stage::build(Arc::default(), &mut frame.team);
        Self {
            lights: Lights::build(&stage, &mut frame.team),
            frame,
            stage,
            shown: None,
            canvas: 0,
            parked: BTreeMap::new(),
        }
    }

    /// True if the stage has no light that can be evaluated, so that the viewer's own is on.
    #[must_use]
    pub fn uses_viewer_light(&self) -> bool {
        self.lights.viewer
    }

    /// What the last picture's pixels show, sampled at their centres; `None` before the first picture.
    #[must_use]
    pub fn plane(&self) -> Option<Plane> {
        self.shown.as_ref()?;
        self.frame.plane(&self.stage)
    }
}

impl FrameSource for CpuSource {
    fn capabilities(&self) -> Capabilities {
        let aovs = vec![Aov::Color, Aov::Depth, Aov::Normal, Aov::Id];
        Capabilities { name: NAME, aovs, can_style: true, can_pick: true, is_live: false }
    }

    fn load(&mut self, scene: Arc<Scene>) -> Result<(), RenderError> {
        self.stage = Stage::build(scene, &mut self.frame.team);
        self.lights = Lights::build(&self.stage, &mut self.frame.team);
        self.frame.outline.select(&self.stage.scene.tables, &[]);
        self.shown = None;
        self.parked.clear();
        Ok(())
    }

    fn change(&mut self, scene: Arc<Scene>, rows: &ChangedRows) -> Result<(), RenderError> {
        self.stage.change(scene, rows, &mut self.frame.team);
        if rows.lights {
            self.lights = self.lights.change(&self.stage, &mut self.frame.team);
        }
        // No picture shows this any more.
        self.shown = None;
        self.parked.values_mut().for_each(|(_, shown)| *shown = None);
        Ok(())
    }

    fn turn_to(&mut self, canvas: CanvasId) {
        if canvas == self.canvas {
            return;
        }
        let (sheet, shown) = self.parked.remove(&canvas).unwrap_or_default();
        let last =
            (std::mem::replace(&mut self.frame.sheet, sheet), std::mem::replace(&mut self.shown, shown));
        self.parked.insert(std::mem::replace(&mut self.canvas, canvas), last);
        self.frame.is_other_sheet = true;
    }

    fn forget(&mut self, canvas: CanvasId) {
        self.parked.remove(&canvas);
        if canvas == self.canvas {
            (self.frame.sheet, self.shown) = (Sheet::default(), None);
        }
    }

    fn apply(&mut self, command: &Command) -> Result<Outcome, RenderError> {
        match command {
            Command::Pick { x, y } => {
                let hit = self.shown.as_ref().and_then(|_| self.frame.pick(&self.stage, [*x, *y]));
                Ok(Outcome::Picked(hit))
            }
            Command::Within { corners } => {
                let prims = self.shown.as_ref().map(|_| self.frame.within(&self.stage, *corners));
                Ok(Outcome::Within(prims.unwrap_or_default()))
            }
            Command::Select(prims) => {
                self.frame.outline.select(&self.stage.scene.tables, prims);
                let parked = self.parked.values_mut().filter_map(|(_, shown)| shown.as_mut());
                for shown in self.shown.iter_mut().chain(parked) {
                    shown.outdated = true;
                }
                Ok(Outcome::Done)
            }
        }
    }

    fn render(&mut self, view: &View) -> Result<Picture, RenderError> {
        let same = |shown: &&Shown| View { version: view.version, ..shown.view.clone() } == *view;
        let wanted = match view.aov {
            Aov::Color => view.samples.max(1),
            Aov::Depth | Aov::Normal | Aov::Id => 1,
        };
        let sample = match self.shown.as_mut().filter(|shown| same(&&**shown)) {
            Some(shown) if shown.samples >= wanted && (!shown.outdated || shown.drawn.plain.is_some()) => {
                // Another selection is another line on the same picture.
                if std::mem::take(&mut shown.outdated)
                    && let Some(plain) = shown.drawn.plain.take()
                {
                    shown.drawn = self.frame.outline_anew(&self.stage, view.size, plain);
                }
                let (pixels, samples) = (shown.drawn.pixels.clone(), shown.samples);
                return Ok(Picture { pixels, size: view.size, samples, refining: false });
            }
            Some(shown) if wanted > 1 => shown.samples,
            Some(_) | None => 0,
        };
        let camera = Camera::new(view, offset(sample))?;
        self.shown = None;
        let drawn = self.frame.draw(&self.stage, &self.lights, &camera, Show::of(view), sample, wanted)?;
        let pixels = drawn.pixels.clone();
        self.shown = Some(Shown { view: view.clone(), samples: sample + 1, drawn, outdated: false });
        Ok(Picture { pixels, size: view.size, samples: sample + 1, refining: sample + 1 < wanted })
    }
}

#[cfg(test)]
mod tests;

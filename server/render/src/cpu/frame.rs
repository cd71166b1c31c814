//! One frame after the other: owns all memory that frames share, and runs the two stages on the team.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use telestage_media::Pool;

use super::accumulate::Canvas;
use super::backdrop::Backdrop;
use super::bin::{Bins, TILE};
use super::camera::Camera;
use super::geometry::Stage;
use super::grid::Grid;
use super::instance::{Batch, Instance, gather};
use super::kernels;
use super::light::Lights;
use super::marks::{Marks, Part};
use super::outline::{Outline, Rows};
use super::output::Output;
use super::setup::{Draw, Scratch};
use super::shade::Surroundings;
use super::silhouette::{self, Silhouette};
use super::simd::Isa;
use super::threads::Team;
use super::tile::{Ground, TileScratch, TileWork};
use super::visibility::Tile;
use crate::source::RenderError;
use crate::style::{Background, Shading, Style, Tone};
use crate::view::{Aov, View};

/// A tile that outlives its frame.
#[derive(Default)]
pub struct TileState {
    /// What its pixels show, at their centres.
    pub planes: Tile,
    /// The light of all samples so far.
    sum: Option<Box<Canvas>>,
    /// No sample found anything here.
    untouched: bool,
    /// Where something selected is seen, and where it would be if nothing lay in front of it.
    selected: Option<Box<[Rows; 2]>>,
}

/// What one worker needs for itself.
#[derive(Default)]
struct Desk {
    screen: Scratch,
    tile: TileScratch,
    /// Planes of samples off the pixels' centres.
    planes: Tile,
}

/// Everything that lives longer than a frame.
pub struct Frame {
    /// The threads.
    pub team: Team,
    isa: Isa,
    pool: Pool,
    desks: Vec<Mutex<Desk>>,
    bins: Vec<RwLock<Bins>>,
    batches: Vec<Batch>,
    lights: Lights,
    /// The selection.
    pub outline: Outline,
    silhouette: Silhouette,
    /// What is drawn on.
    pub sheet: Sheet,
    /// The outline was last found on another sheet.
    pub is_other_sheet: bool,
}

/// What stays of a picture for its next sample, and for questions about it.
#[derive(Default)]
pub struct Sheet {
    /// Instances of the last picture.
    pub instances: Vec<Instance>,
    /// The camera of the last picture's first sample.
    pub camera: Option<Camera>,
    /// Tiles of the last picture, row by row.
    pub tiles: Vec<Mutex<TileState>>,
}

/// What of a view is not the camera's.
#[derive(Clone, Copy)]
pub struct Show {
    aov: Aov,
    style: Style,
}

impl Show {
    /// Of `view`.
    #[must_use]
    pub fn of(view: &View) -> Self {
        Self { aov: view.aov, style: view.style }
    }

    /// Marks on triangles; planes of numbers have none.
    fn marks(&self, backdrop: &Backdrop) -> Option<Marks> {
        let (part, is_bare) = match self.style.shading {
            Shading::Shaded => return None,
            Shading::Wireframe => (Part::Edges, true),
            Shading::ShadedWireframe => (Part::Edges, false),
            Shading::Points => (Part::Corners, true),
        };
        (self.aov == Aov::Color).then(|| Marks { part, is_bare, inks: backdrop.mark_inks(is_bare) })
    }
}

/// A picture, with and without the line around what is selected; the same one if nothing is.
pub struct Drawn {
    /// As it is shown.
    pub pixels: Arc<[u8]>,
    /// Without the line, if that was kept.
    pub plain: Option<Arc<[u8]>>,
}

impl Frame {
    /// Memory and threads for pictures.
    #[must_use]
    pub fn new(threads: usize, isa: Isa) -> Self {
        let team = Team::new(threads);
        Self {
            isa,
            pool: Pool::default(),
            desks: (0..team.len()).map(|_| Mutex::default()).collect(),
            bins: (0..team.len()).map(|_| RwLock::default()).collect(),
            batches: Vec::new(),
            lights: Lights::default(),
            outline: Outline::default(),
            silhouette: Silhouette {
                bins: (0..team.len()).map(|_| RwLock::default()).collect(),
                ..Silhouette::default()
            },
            sheet: Sheet::default(),
            is_other_sheet: false,
            team,
        }
    }

    /// Draws sample number `sample` of `wanted`.
    ///
    /// # Errors
    /// If the picture does not fit its buffer, which would be a defect here.
    pub fn draw(
        &mut self,
        stage: &Stage,
        lights: &Lights,
        camera: &Camera,
        show: Show,
        sample: u32,
        wanted: u32,
    ) -> Result<Drawn, RenderError> {
        let [width, height] = camera.size;
        let Show { aov, style } = show;
        gather(camera, stage, style.purposes, &mut self.sheet.instances, &mut self.batches);
        lights.for_camera(camera, style.lighting, style.exposure, &mut self.lights);
        let [across, down] = camera.size.map(|n| n.div_ceil(TILE as u32));
        let count = (across * down) as usize;
        self.sheet.tiles.resize_with(count, Mutex::default);

        let place = Place {
            stage,
            camera,
            instances: &self.sheet.instances,
            batches: &self.batches,
            bins: &mut self.bins,
        };
        bin(&mut self.team, self.isa, &self.desks, place);
        let mut buffer = self.pool.take(width as usize * height as usize * 4);
        let output = Arc::get_mut(&mut buffer).and_then(|pixels| Output::new(pixels, camera.size));
        let Some(output) = output else { return Err(RenderError::Size(width, height)) };
        let to_eye = camera.world_from_view.z_axis.truncate().as_vec3().to_array();
        // Where nothing is lit there is nothing to bend, and lines on white keep their smoothness.
        let tone = if style.shading.is_lit() { style.tone } else { Tone::Linear };
        let backdrop = Backdrop::new(style.backdrop, tone);
        let marks = show.marks(&backdrop);
        let is_pictured = aov == Aov::Color
            && style.backdrop == Background::Stage
            && self.lights.environment.is_some()
            && marks.is_none_or(|marks| !marks.is_bare);
        let up = stage.scene.tables.stage.up_axis;
        let ground = Ground {
            around: Surroundings {
                stage,
                lights: &self.lights,
                eye: camera.eye,
                to_eye: (!camera.perspective).then_some(to_eye),
                marks,
            },
            instances: &self.sheet.instances,
            bins: &self.bins,
            camera,
            aov,
            sample,
            backdrop,
            is_pictured,
            grid: (aov == Aov::Color && style.grid).then(|| Grid::new(camera, up, &backdrop)),
            tone,
            reach: if aov == Aov::Depth { reach(camera, stage, &self.sheet.instances) } else { camera.clip },
            output: &output,
        };
        let summed = wanted > 1;
        let next = AtomicUsize::new(0);
        let (isa, desks, tiles) = (self.isa, &self.desks, &self.sheet.tiles);
        self.team.run(&|worker| {
            let Some(desk) = desks.get(worker) else { return };
            let Desk { tile: scratch, planes, .. } =
                &mut *desk.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(tile) = tiles.get(index) else { return };
                let tile = &mut *tile.lock().unwrap_or_else(PoisonError::into_inner);
                let mut work = TileWork {
                    at: [index as u32 % across, index as u32 / across],
                    planes: if sample == 0 { &mut tile.planes } else { &mut *planes },
                    sum: summed.then_some(&mut tile.sum),
                    untouched: &mut tile.untouched,
                    scratch,
                };
                kernels::tile(isa, &ground, &mut work);
            }
        });
        if sample == 0 {
            self.sheet.camera = Some(camera.clone());
        }
        if sample == 0 || self.outline.is_new() || std::mem::take(&mut self.is_other_sheet) {
            let most = if summed { silhouette::AT_REST } else { silhouette::MOVING };
            self.mark(stage, across as usize, most);
        }
        // A finished picture is kept as it is: another line may be wanted. A copy costs too much where the next picture
        // comes anyway.
        let is_kept = summed && sample + 1 >= wanted || self.outline.is_empty();
        if !is_kept && let Some(pixels) = Arc::get_mut(&mut buffer) {
            self.outline.paint(camera.size, pixels);
        }
        self.pool.keep(buffer.clone());
        Ok(if is_kept { self.outlined(camera.size, buffer) } else { Drawn { pixels: buffer, plain: None } })
    }

    /// The last picture with what is selected now: as `plain` as it was drawn, with another line.
    #[must_use]
    pub fn outline_anew(&mut self, stage: &Stage, size: [u32; 2], plain: Arc<[u8]>) -> Drawn {
        self.mark(stage, size[0].div_ceil(TILE as u32) as usize, silhouette::AT_REST);
        self.outlined(size, plain)
    }

    /// `plain` with the line around what is selected, if that is seen.
    fn outlined(&mut self, size: [u32; 2], plain: Arc<[u8]>) -> Drawn {
        if self.outline.is_empty() {
            return Drawn { pixels: plain.clone(), plain: Some(plain) };
        }
        let mut pixels = self.pool.take(plain.len());
        if let Some(pixels) = Arc::get_mut(&mut pixels) {
            pixels.copy_from_slice(&plain);
            self.outline.paint(size, pixels);
        }
        self.pool.keep(pixels.clone());
        Drawn { pixels, plain: Some(plain) }
    }

    /// Finds where the selection is seen, and where something hides up to `most` clusters of it.
    fn mark(&mut self, stage: &Stage, across: usize, most: usize) {
        let Sheet { instances, camera: Some(camera), tiles } = &mut self.sheet else { return };
        if !self.outline.begin(stage, instances) {
            return;
        }
        let is_whole = self.silhouette.begin(camera, stage, (instances, self.outline.slots()), most);
        if is_whole {
            let Silhouette { instances, batches, bins } = &mut self.silhouette;
            bin(&mut self.team, self.isa, &self.desks, Place { stage, camera, instances, batches, bins });
        }
        let next = AtomicUsize::new(0);
        let (isa, outline, bins, lent) = (self.isa, &self.outline, &self.silhouette.bins, &*tiles);
        self.team.run(&|_| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(tile) = lent.get(index) else { return };
                let tile = &mut *tile.lock().unwrap_or_else(PoisonError::into_inner);
                let [seen, whole] = &mut **tile.selected.get_or_insert_with(|| Box::new([[0; TILE]; 2]));
                outline.mark(&tile.planes, seen);
                *whole = *seen;
                if is_whole {
                    kernels::cover(
                        isa,
                        bins,
                        index,
                        [index % across, index / across].map(|n| n as u32),
                        whole,
                    );
                }
            }
        });
        let tiles = tiles.iter_mut().map(|t| t.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.outline.collect(tiles.filter_map(|t| t.selected.as_deref()), across);
    }
}

/// Distances of the nearest and the farthest thing in the picture, by what surrounds it.
fn reach(camera: &Camera, stage: &Stage, instances: &[Instance]) -> [f64; 2] {
    let away = -camera.world_from_view.z_axis.truncate();
    let items = instances.iter().filter_map(|instance| stage.items.get(instance.item as usize));
    let [low, high] = items.fold([f64::MAX, f64::MIN], |[low, high], item| {
        let (middle, half) = ((item.center - camera.eye).dot(away), item.extent.dot(away.abs()));
        [low.min(middle - half), high.max(middle + half)]
    });
    let near = low.max(camera.clip[0]);
    let far = high.min(camera.clip[1]);
    if near < far { [near, far] } else { camera.clip }
}

/// What is put into which bins.
struct Place<'a> {
    stage: &'a Stage,
    camera: &'a Camera,
    instances: &'a [Instance],
    batches: &'a [Batch],
    bins: &'a mut [RwLock<Bins>],
}

/// The first stage.
fn bin(team: &mut Team, isa: Isa, desks: &[Mutex<Desk>], place: Place<'_>) {
    let Place { stage, camera, instances, batches, bins } = place;
    for bins in &mut *bins {
        bins.get_mut().unwrap_or_else(PoisonError::into_inner).reset(camera.size);
    }
    let next = AtomicUsize::new(0);
    // Many small batches are taken several at a time.
    let share = (batches.len() / (team.len() * 32)).clamp(1, 64);
    let (key, bins) = (camera.key(), &*bins);
    team.run(&|worker| {
        let (Some(desk), Some(bins)) = (desks.get(worker), bins.get(worker)) else { return };
        let desk = &mut *desk.lock().unwrap_or_else(PoisonError::into_inner);
        let bins = &mut *bins.write().unwrap_or_else(PoisonError::into_inner);
        loop {
            let first = next.fetch_add(share, Ordering::Relaxed);
            let Some(taken) = batches.get(first..(first + share).min(batches.len())) else { return };
            if taken.is_empty() {
                return;
            }
            for batch in taken {
                let Some(instance) = instances.get(batch.slot as usize) else { continue };
                let mesh = &stage.meshes[instance.mesh as usize];
                let points = stage.scene.arena.get(mesh.points);
                let draw = Draw { instance, slot: batch.slot, mesh, points, key };
                let range = batch.first as usize..batch.end as usize;
                for cluster in mesh.clusters.clusters.get(range).unwrap_or(&[]) {
                    if instance.shows(cluster) {
                        kernels::cluster(isa, &draw, cluster, &mut desk.screen, bins);
                    }
                }
            }
        }
    });
}

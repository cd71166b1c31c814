//! One tile from bins to pixels: visibility, cut-outs, shading, blending, resolve. Runs on one worker.

use std::sync::{PoisonError, RwLock};

use super::accumulate::Canvas;
use super::backdrop::Backdrop;
use super::bin::{Bins, Fragment, TILE, TILE_AREA};
use super::blend::{Film, blend};
use super::camera::{Camera, Ray};
use super::grid::Grid;
use super::instance::Instance;
use super::kernels::Kernel;
use super::material::Pass;
use super::math::normalize;
use super::output::Output;
use super::raster::{self, Collect, Nearest};
use super::resolve::{plain, resolve};
use super::shade::{Lit, Look, Packet, Surroundings};
use super::simd::{Float, Int, LANES, Mask, three};
use super::visibility::{NOTHING, Tile};
use crate::style::Tone;
use crate::view::Aov;

/// What all tiles of a frame share.
pub struct Ground<'a> {
    /// Scene and light.
    pub around: Surroundings<'a>,
    /// The visible instances.
    pub instances: &'a [Instance],
    /// Every worker's findings.
    pub bins: &'a [RwLock<Bins>],
    /// The camera.
    pub camera: &'a Camera,
    /// The plane to show.
    pub aov: Aov,
    /// Number of this sample, from 0.
    pub sample: u32,
    /// What is behind everything.
    pub backdrop: Backdrop,
    /// The dome's picture is behind everything.
    pub is_pictured: bool,
    /// Lines on the ground.
    pub grid: Option<Grid>,
    /// From light to the display.
    pub tone: Tone,
    /// Distances of the nearest and the farthest thing in the picture, roughly.
    pub reach: [f64; 2],
    /// The picture.
    pub output: &'a Output<'a>,
}

impl Ground<'_> {
    /// What a row shows where nothing is.
    #[must_use]
    pub fn behind(&self, row: u32) -> [f32; 3] {
        match self.aov {
            Aov::Color => self.backdrop.row(row, self.camera.size[1]),
            Aov::Depth | Aov::Normal | Aov::Id => [0.0; 3],
        }
    }
}

/// Memory that a worker uses for one tile after the other.
#[derive(Default)]
pub struct TileScratch {
    /// Light of the tile.
    pub canvas: Canvas,
    /// Pixels whose neighbours belong to other draws.
    pub strays: Vec<Fragment>,
    /// What is cut out or blended.
    pub fragments: Vec<Fragment>,
    /// Blended surfaces, shaded.
    pub films: Vec<Film>,
}

/// One tile and what it is drawn into.
pub struct TileWork<'a> {
    /// Column and row of the tile.
    pub at: [u32; 2],
    /// Its visibility planes.
    pub planes: &'a mut Tile,
    /// The light of all samples so far, if samples are summed up; made when it is needed.
    pub sum: Option<&'a mut Option<Box<Canvas>>>,
    /// No sample of the picture found anything in the tile so far.
    pub untouched: &'a mut bool,
    /// Scratch memory.
    pub scratch: &'a mut TileScratch,
}

/// Draws a tile.
#[inline(always)]
pub fn draw<F: Kernel>(ground: &Ground<'_>, work: &mut TileWork<'_>) {
    let tiles_across = ground.camera.size[0].div_ceil(TILE as u32);
    let index = (work.at[1] * tiles_across + work.at[0]) as usize;
    let TileScratch { canvas, strays, fragments, films } = &mut *work.scratch;
    let found =
        ground.bins.iter().any(|bins| bins.read().unwrap_or_else(PoisonError::into_inner).holds(index));
    if found {
        work.planes.clear(ground.camera.far_key());
    } else {
        work.planes.blank();
    }
    let before = ground.sample == 0 || *work.untouched;
    let pictured = ground.is_pictured || ground.grid.is_some();
    *work.untouched = before && !found && !pictured;
    if *work.untouched {
        plain::<F>(ground, work.at);
        return;
    }
    let sum = work.sum.as_deref_mut().map(|sum| {
        let made = sum.get_or_insert_default();
        if before && ground.sample > 0 {
            behind(ground, work.at, made);
        }
        &mut **made
    });
    solid::<F>(ground, index, work.at, work.planes);
    fragments.clear();
    late::<F>(ground, index, work.at, work.planes, fragments);
    let mut shader = Shader { ground, at: work.at, look: None };
    if !fragments.is_empty() {
        cut_out::<F>(&mut shader, work.planes, fragments);
    }
    strays.clear();
    surfaces::<F>(&mut shader, work.planes, canvas, strays);
    scattered::<F>(&mut shader, canvas, strays);
    if let Some(grid) = &ground.grid {
        grid.lay::<F>(work.at, work.planes, canvas);
    }
    if !fragments.is_empty() {
        blend::<F>(&mut shader, work.planes, fragments, films, canvas);
    }
    resolve::<F>(ground, work.at, work.planes, canvas, sum);
}

/// The backdrop in all samples before this one.
fn behind(ground: &Ground<'_>, at: [u32; 2], sum: &mut Canvas) {
    for (y, row) in (at[1] * TILE as u32..).zip(0..TILE) {
        let rgb = ground.backdrop.row(y, ground.camera.size[1]);
        for (plane, light) in sum.rgb.iter_mut().zip(rgb) {
            plane[row * TILE..][..TILE].fill(light * ground.sample as f32);
        }
    }
}

/// Nearest solid surfaces.
#[inline(always)]
fn solid<F: Float>(ground: &Ground<'_>, index: usize, at: [u32; 2], planes: &mut Tile) {
    for bins in ground.bins {
        let bins = bins.read().unwrap_or_else(PoisonError::into_inner);
        let layer = &bins.solid;
        for number in layer.lists.get(index).map_or(&[][..], Vec::as_slice) {
            if let Some(triangle) = layer.triangles.get(*number as usize) {
                raster::triangle::<F>(triangle, at, &mut Nearest(planes));
            }
        }
        for fragment in layer.fragments.get(index).map_or(&[][..], Vec::as_slice) {
            let id = (fragment.slot, fragment.triangle);
            if planes.is_nearer(fragment.pixel as usize, fragment.key, id) {
                planes.set(fragment.pixel as usize, fragment.key, id);
            }
        }
    }
}

/// Everything else that lies in front of them.
#[inline(always)]
fn late<F: Float>(
    ground: &Ground<'_>,
    index: usize,
    at: [u32; 2],
    planes: &Tile,
    fragments: &mut Vec<Fragment>,
) {
    for bins in ground.bins {
        let bins = bins.read().unwrap_or_else(PoisonError::into_inner);
        let layer = &bins.late;
        for number in layer.lists.get(index).map_or(&[][..], Vec::as_slice) {
            if let Some(triangle) = layer.triangles.get(*number as usize) {
                raster::triangle::<F>(triangle, at, &mut Collect { tile: planes, fragments });
            }
        }
        for fragment in layer.fragments.get(index).map_or(&[][..], Vec::as_slice) {
            if planes.is_nearer(fragment.pixel as usize, fragment.key, (fragment.slot, fragment.triangle)) {
                fragments.push(*fragment);
            }
        }
    }
    by_draw(fragments);
}

/// In order of their draws, so that packets fill up, and the same whoever found them first.
fn by_draw(fragments: &mut [Fragment]) {
    fragments.sort_unstable_by_key(|f| (f.slot, f.triangle, f.pixel));
}

/// Pixels and triangles of up to eight fragments; lanes beyond them repeat the first.
fn packed(eight: &[Fragment]) -> [[u32; LANES]; 2] {
    let of = |lane: usize| eight.get(lane).or(eight.first());
    [
        std::array::from_fn(|lane| of(lane).map_or(0, |f| f.pixel)),
        std::array::from_fn(|lane| of(lane).map_or(0, |f| f.triangle)),
    ]
}

/// Shades packets, keeping the last draw's arrays at hand.
pub struct Shader<'a, 'g> {
    /// The frame.
    pub ground: &'g Ground<'a>,
    /// Column and row of the tile.
    pub at: [u32; 2],
    look: Option<(u32, Look<'g>)>,
}

impl Shader<'_, '_> {
    /// Shades pixels (within the tile) of triangles of one instance; lanes beyond the given ones repeat the first.
    #[inline(always)]
    pub fn shade<F: Kernel>(
        &mut self,
        slot: u32,
        pixels: &[u32; LANES],
        triangles: &[u32; LANES],
        only_cover: bool,
        lit: &mut Lit,
    ) {
        let ground = self.ground;
        if self.look.as_ref().is_none_or(|(own, _)| *own != slot) {
            self.look = ground
                .instances
                .get(slot as usize)
                .map(|instance| (slot, Look::new(ground.around.stage, instance)));
        }
        let Some((_, look)) = &self.look else { return };
        let origin = self.at.map(|n| (n * TILE as u32) as f32 + 0.5);
        let tile = TILE as u32;
        let mut at = [[0.0; LANES]; 2];
        for (k, pixel) in pixels.iter().enumerate() {
            // Through i32, which processors convert.
            at[0][k] = (pixel % tile) as i32 as f32 + origin[0];
            at[1][k] = (pixel / tile) as i32 as f32 + origin[1];
        }
        F::shade(&ground.around, look, &Packet { at, triangles: *triangles, only_cover }, lit);
    }
}

/// Puts the cut-out surfaces that are there into the planes.
#[inline(always)]
fn cut_out<F: Kernel>(shader: &mut Shader<'_, '_>, planes: &mut Tile, fragments: &[Fragment]) {
    let instances = shader.ground.instances;
    let mut lit = Lit::default();
    let mut rest = fragments;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|f| f.slot == first.slot).count();
        let (own, others) = rest.split_at(same);
        rest = others;
        let Some(instance) = instances.get(first.slot as usize) else { continue };
        if instance.pass != Pass::Cutout {
            continue;
        }
        let stage = shader.ground.around.stage;
        let threshold =
            stage.surfaces[stage.items[instance.item as usize].surface as usize].opacity_threshold;
        for eight in own.chunks(LANES) {
            let [pixels, triangles] = packed(eight);
            shader.shade::<F>(first.slot, &pixels, &triangles, true, &mut lit);
            for (lane, f) in eight.iter().enumerate() {
                let id = (f.slot, f.triangle);
                if lit.cover[lane] >= threshold && planes.is_nearer(f.pixel as usize, f.key, id) {
                    planes.set(f.pixel as usize, f.key, id);
                }
            }
        }
    }
}

/// Eight pixels of the dome's picture.
#[inline(always)]
fn sky<F: Float>(ground: &Ground<'_>, column: usize, row: usize) -> [F; 3] {
    let Ray { origin, right, down } = ground.camera.rays();
    let x = F::ramp() + F::splat(column as f32 + 0.5);
    let y = F::splat(row as f32 + 0.5);
    let d = three!(i => x.mul_add(F::splat(right[i]), y.mul_add(F::splat(down[i]), F::splat(origin[i]))));
    ground.around.lights.mirrored(normalize(d), F::splat(0.0))
}

/// Shades what the planes hold, over the backdrop: groups of eight that belong to one draw at once, all others are left
/// for [`scattered`].
#[inline(always)]
fn surfaces<F: Kernel>(
    shader: &mut Shader<'_, '_>,
    planes: &Tile,
    canvas: &mut Canvas,
    strays: &mut Vec<Fragment>,
) {
    let ground = shader.ground;
    let mut lit = Lit::default();
    let origin = shader.at.map(|n| n * TILE as u32);
    let [width, height] = ground.camera.size;
    let rows = (height.saturating_sub(origin[1]) as usize).min(TILE);
    let columns = (width.saturating_sub(origin[0]) as usize).min(TILE);
    let is_shaded = matches!(ground.aov, Aov::Color | Aov::Normal);
    let is_bare = ground.around.marks.is_some_and(|marks| marks.is_bare);
    for row in 0..rows {
        let behind = ground.behind(origin[1] + row as u32);
        for column in (0..columns).step_by(LANES) {
            let start = row * TILE + column;
            let slots = F::Int::load_at(planes.slots.as_slice(), start);
            let covered = !slots.same(F::Int::splat(NOTHING as i32)).bits();
            let mut rgb = F::splat3(behind);
            if covered != 0xff && ground.is_pictured {
                rgb = sky::<F>(ground, column + origin[0] as usize, row + origin[1] as usize);
            }
            if covered != 0 && is_shaded {
                let slot = planes.slots[start];
                if covered == 0xff && slots.same(F::Int::splat(slot as i32)).bits() == 0xff {
                    let mut triangles = [0; LANES];
                    F::Int::load_at(planes.triangles.as_slice(), start).store_at(&mut triangles, 0);
                    let mut pixels = [0; LANES];
                    (F::Int::splat(start as i32) + F::ramp().round_int()).store_at(&mut pixels, 0);
                    shader.shade::<F>(slot, &pixels, &triangles, false, &mut lit);
                    let source = if ground.aov == Aov::Normal { &lit.normal } else { &lit.rgb };
                    let own = three!(i => F::load(&source[i]));
                    rgb = if is_bare {
                        let through = F::splat(1.0) - F::load(&lit.cover);
                        three!(i => rgb[i].mul_add(through, own[i]))
                    } else {
                        own
                    };
                } else {
                    for lane in (0..LANES).filter(|lane| covered >> lane & 1 != 0) {
                        let at = start + lane;
                        let (slot, triangle) = (planes.slots[at], planes.triangles[at]);
                        strays.push(Fragment { pixel: at as u32, key: planes.keys[at], slot, triangle });
                    }
                }
            }
            for (plane, value) in canvas.rgb.iter_mut().zip(rgb) {
                value.store_at(plane.as_mut_slice(), start);
            }
        }
    }
    const { assert!(TILE_AREA.is_multiple_of(LANES)) }
}

/// Shades pixels that lie scattered, eight of one draw at a time wherever they are: thin things side by side fill
/// their groups as well as large ones.
#[inline(always)]
fn scattered<F: Kernel>(shader: &mut Shader<'_, '_>, canvas: &mut Canvas, strays: &mut [Fragment]) {
    by_draw(strays);
    let mut lit = Lit::default();
    let is_bare = shader.ground.around.marks.is_some_and(|marks| marks.is_bare);
    for own in strays.chunk_by(|a, b| a.slot == b.slot) {
        for eight in own.chunks(LANES) {
            let [pixels, triangles] = packed(eight);
            shader.shade::<F>(eight[0].slot, &pixels, &triangles, false, &mut lit);
            let source = if shader.ground.aov == Aov::Normal { &lit.normal } else { &lit.rgb };
            for (plane, light) in canvas.rgb.iter_mut().zip(source) {
                for ((stray, light), cover) in eight.iter().zip(light).zip(lit.cover) {
                    let pixel = &mut plane[stray.pixel as usize % TILE_AREA];
                    *pixel = if is_bare { *light + *pixel * (1.0 - cover) } else { *light };
                }
            }
        }
    }
}

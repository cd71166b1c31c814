//! The few entry points that are compiled once for each instruction set.
//!
//! Everything below them is `#[inline(always)]` and generic, so it takes on the features of the entry point that it
//! ends up in. `unsafe` is here because calling a function with more features than the program needs the promise that
//! the processor has them: [`Isa::Avx2`] exists only where [`Isa::detect`] found them.

use std::sync::RwLock;

use telestage_scene::TextureInput;

use super::bin::Bins;
use super::cluster::Cluster;
use super::outline::Rows;
use super::setup::{self, Draw, Scratch};
use super::shade::{self, Lit, Look, Packet, Surroundings};
use super::silhouette;
use super::simd::{Float, Isa, LANES, portable};
use super::texture::{self, Coordinates, Source};
use super::tile::{self, Ground, TileWork};

/// A kind of vector with its own compiled copies of what is called from several places.
pub trait Kernel: Float {
    /// [`shade::shade`].
    fn shade(around: &Surroundings<'_>, look: &Look<'_>, packet: &Packet, out: &mut Lit);
    /// [`texture::sample`].
    fn sample(source: Source<'_>, input: &TextureInput, at: &Coordinates, out: &mut [[f32; LANES]; 4]);
}

impl Kernel for portable::F8 {
    fn shade(around: &Surroundings<'_>, look: &Look<'_>, packet: &Packet, out: &mut Lit) {
        shade::shade::<Self>(around, look, packet, out);
    }
    fn sample(source: Source<'_>, input: &TextureInput, at: &Coordinates, out: &mut [[f32; LANES]; 4]) {
        texture::sample::<Self>(source, input, at, out);
    }
}

/// [`setup::cluster`].
pub fn cluster(isa: Isa, draw: &Draw<'_>, cluster: &Cluster, screen: &mut Scratch, bins: &mut Bins) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: detected.
        Isa::Avx2 => unsafe { x86::cluster(draw, cluster, screen, bins) },
        #[cfg(not(target_arch = "x86_64"))]
        Isa::Avx2 => setup::cluster::<portable::F8>(draw, cluster, screen, bins),
        Isa::Portable => setup::cluster::<portable::F8>(draw, cluster, screen, bins),
    }
}

/// [`silhouette::cover`].
pub fn cover(isa: Isa, bins: &[RwLock<Bins>], index: usize, at: [u32; 2], rows: &mut Rows) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: detected.
        Isa::Avx2 => unsafe { x86::cover(bins, index, at, rows) },
        #[cfg(not(target_arch = "x86_64"))]
        Isa::Avx2 => silhouette::cover::<portable::F8>(bins, index, at, rows),
        Isa::Portable => silhouette::cover::<portable::F8>(bins, index, at, rows),
    }
}

/// [`tile::draw`].
pub fn tile(isa: Isa, ground: &Ground<'_>, work: &mut TileWork<'_>) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: detected.
        Isa::Avx2 => unsafe { x86::tile(ground, work) },
        #[cfg(not(target_arch = "x86_64"))]
        Isa::Avx2 => tile::draw::<portable::F8>(ground, work),
        Isa::Portable => tile::draw::<portable::F8>(ground, work),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::super::simd::avx2::F8;
    use super::*;

    impl Kernel for F8 {
        #[inline(always)]
        fn shade(around: &Surroundings<'_>, look: &Look<'_>, packet: &Packet, out: &mut Lit) {
            // SAFETY: vectors of this kind exist only where AVX2 and FMA were detected.
            unsafe { shade_avx2(around, look, packet, out) }
        }
        #[inline(always)]
        fn sample(source: Source<'_>, input: &TextureInput, at: &Coordinates, out: &mut [[f32; LANES]; 4]) {
            // SAFETY: as above.
            unsafe { sample_avx2(source, input, at, out) }
        }
    }

    #[target_feature(enable = "avx2,fma")]
    fn sample_avx2(source: Source<'_>, input: &TextureInput, at: &Coordinates, out: &mut [[f32; LANES]; 4]) {
        texture::sample::<F8>(source, input, at, out);
    }

    #[target_feature(enable = "avx2,fma")]
    fn shade_avx2(around: &Surroundings<'_>, look: &Look<'_>, packet: &Packet, out: &mut Lit) {
        shade::shade::<F8>(around, look, packet, out);
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn cluster(draw: &Draw<'_>, cluster: &Cluster, screen: &mut Scratch, bins: &mut Bins) {
        setup::cluster::<F8>(draw, cluster, screen, bins);
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn cover(bins: &[RwLock<Bins>], index: usize, at: [u32; 2], rows: &mut Rows) {
        silhouette::cover::<F8>(bins, index, at, rows);
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn tile(ground: &Ground<'_>, work: &mut TileWork<'_>) {
        tile::draw::<F8>(ground, work);
    }
}

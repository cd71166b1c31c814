//! The big arrays of a scene: read-only blocks of plain numbers, and typed spans into them.
//!
//! The worker fills one [`ArenaBuilder`]; what arrives in the server is the same bytes, mapped, not copied.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use bytemuck::{AnyBitPattern, NoUninit};
use serde::{Deserialize, Serialize};

/// Alignment of every span in bytes: enough for any number type and for a 32-byte vector load.
pub const ALIGN: usize = 32;

/// Where an array of `T` lies in an [`Arena`]. `offset` in bytes, `len` in elements.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Span<T> {
    /// Which block of the arena.
    pub block: u32,
    /// Bytes from the start of the block, a multiple of [`ALIGN`].
    pub offset: u64,
    /// Number of elements.
    pub len: u64,
    #[serde(skip)]
    element: PhantomData<fn() -> T>,
}

impl<T> Clone for Span<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Span<T> {}
impl<T> Default for Span<T> {
    fn default() -> Self {
        Self { block: 0, offset: 0, len: 0, element: PhantomData }
    }
}
impl<T> PartialEq for Span<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.block, self.offset, self.len) == (other.block, other.offset, other.len)
    }
}
impl<T> std::fmt::Debug for Span<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Span({}:{}+{})", self.block, self.offset, self.len)
    }
}
impl<T> Span<T> {
    /// True for an array without elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Bytes that never change again: heap memory in the worker and in tests, a sealed mapping in the server.
/// The start must be aligned to [`ALIGN`].
pub trait Block: Deref<Target = [u8]> + Send + Sync {}
impl<B: Deref<Target = [u8]> + Send + Sync> Block for B {}

/// Read-only blocks. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Arena {
    blocks: Vec<Arc<dyn Block<Target = [u8]>>>,
}

impl std::fmt::Debug for Arena {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.blocks.iter().map(|b| b.len())).finish()
    }
}

impl Arena {
    /// An arena of one block.
    #[must_use]
    pub fn new(block: Arc<dyn Block<Target = [u8]>>) -> Self {
        Self { blocks: vec![block] }
    }

    /// The elements of `span`; empty where the span does not fit (a hostile worker must not crash the server).
    #[must_use]
    pub fn get<T: AnyBitPattern>(&self, span: Span<T>) -> &[T] {
        let bytes = || {
            let block = self.blocks.get(span.block as usize)?;
            let start = usize::try_from(span.offset).ok()?;
            let size = usize::try_from(span.len).ok()?.checked_mul(size_of::<T>())?;
            bytemuck::try_cast_slice(block.get(start..start.checked_add(size)?)?).ok()
        };
        if span.len == 0 { &[] } else { bytes().unwrap_or(&[]) }
    }

    /// The first block, which in an arena from a builder is the only one; empty without blocks.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.blocks.first().map_or(&[], |block| block)
    }

    /// Takes in the first block of `other`, and says its number here.
    pub fn admit(&mut self, other: &Self) -> u32 {
        let empty: Arc<dyn Block<Target = [u8]>> = Arc::new(Vec::new());
        let block = other.blocks.first().cloned().unwrap_or_else(|| empty.clone());
        if self.blocks.is_empty() {
            self.blocks.push(empty);
        }
        // The first block is the whole stage's; one that was let go is free again.
        match self.blocks.iter().skip(1).position(|block| block.is_empty()) {
            Some(at) => {
                self.blocks[at + 1] = block;
                at as u32 + 1
            }
            None => {
                self.blocks.push(block);
                self.blocks.len() as u32 - 1
            }
        }
    }

    /// Lets go of all blocks but the first and those that `used` names.
    pub fn keep(&mut self, used: impl Iterator<Item = u32>) {
        let mut is_used = vec![false; self.blocks.len()];
        for block in used {
            if let Some(is_used) = is_used.get_mut(block as usize) {
                *is_used = true;
            }
        }
        for (block, _) in self.blocks.iter_mut().zip(is_used).skip(1).filter(|(_, is_used)| !is_used) {
            *block = Arc::new(Vec::new());
        }
    }

    /// Bytes in all blocks.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.blocks.iter().map(|b| b.len()).sum()
    }
}

/// 32 bytes, aligned: what a heap block is made of.
#[derive(Clone, Copy, Default)]
#[repr(C, align(32))]
struct Chunk([u8; ALIGN]);
// SAFETY: plain bytes without padding, every pattern valid.
unsafe impl bytemuck::Zeroable for Chunk {}
// SAFETY: as above.
unsafe impl bytemuck::Pod for Chunk {}

/// Collects arrays into one block.
#[derive(Default)]
pub struct ArenaBuilder {
    chunks: Vec<Chunk>,
}

impl ArenaBuilder {
    /// Copies `values` in and says where they lie.
    pub fn push<T: NoUninit>(&mut self, values: &[T]) -> Span<T> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let first = self.chunks.len();
        self.chunks.resize(first + bytes.len().div_ceil(ALIGN), Chunk::default());
        let room: &mut [u8] = bytemuck::cast_slice_mut(&mut self.chunks[first..]);
        room[..bytes.len()].copy_from_slice(bytes);
        Span { block: 0, offset: (first * ALIGN) as u64, len: values.len() as u64, element: PhantomData }
    }

    /// All bytes so far, a multiple of [`ALIGN`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.chunks)
    }

    /// The finished arena on the heap.
    #[must_use]
    pub fn finish(self) -> Arena {
        Arena::new(Arc::new(HeapBlock(self.chunks)))
    }
}

struct HeapBlock(Vec<Chunk>);
impl Deref for HeapBlock {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_come_back_as_pushed_and_aligned() {
        let mut builder = ArenaBuilder::default();
        let a = builder.push(&[1.0f32, 2.0, 3.0]);
        let b = builder.push(&[[7u32, 8, 9]]);
        let arena = builder.finish();
        assert_eq!(arena.get(a), [1.0, 2.0, 3.0]);
        assert_eq!(arena.get(b), [[7, 8, 9]]);
        assert_eq!(arena.get(b).as_ptr() as usize % ALIGN, 0);
    }

    #[test]
    fn a_span_beyond_the_block_is_empty_instead_of_a_crash() {
        let arena = ArenaBuilder::default().finish();
        let span = Span::<u32> { len: u64::MAX, ..Span::default() };
        assert!(arena.get(span).is_empty());
    }
}

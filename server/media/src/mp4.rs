//! H.264 as a fragmented MP4 file: what was streamed, put into a file without a second encode.
//!
//! The file begins with what a player needs to know (`ftyp`, `moov`), and then come fragments of about a second, each
//! of which counts only when all of it is written: a process that is killed, or a disk that is full, costs the last
//! fragment and nothing before it (ISO/IEC 14496-12; the samples as in 14496-15, `avc1`). Owns the file's layout; knows neither where pictures come
//! from nor when they stop.
//!
//! A fragmented file cannot learn of other parameter sets after its start, so a stream that changes its size goes on in
//! a new file: [`Mp4Error::OtherFormat`] says when.

mod boxes;
mod nal;
mod sps;
#[cfg(test)]
mod tests;
mod writer;

pub use writer::{Mp4Error, Torn, Writer};

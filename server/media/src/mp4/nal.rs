//! NAL units of an Annex B access unit, and the parameter sets among them (H.264 7.3.1, annex B).

use super::sps::{self, Sps, SpsError};

/// `nal_unit_type` (H.264 table 7-1) of what is told apart here.
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;
const FILLER: u8 = 12;

/// What a decoder must know before the first picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The sequence parameter set as it came, with its header byte.
    pub sps: Vec<u8>,
    /// The picture parameter set as it came, with its header byte.
    pub pps: Vec<u8>,
    /// What the first says.
    pub said: Sps,
}

impl Parameters {
    /// The first two parameter sets in this access unit; `None` if it does not carry both.
    ///
    /// # Errors
    /// A sequence parameter set that cannot be read.
    pub fn of(annex_b: &[u8]) -> Result<Option<Self>, SpsError> {
        let find = |kind| units(annex_b).find(|unit| self::kind(unit) == kind);
        let (Some(sps), Some(pps)) = (find(SPS), find(PPS)) else { return Ok(None) };
        Ok(Some(Self { sps: sps.to_vec(), pps: pps.to_vec(), said: sps::read(sps)? }))
    }
}

/// Appends the access unit to `out` as a sample: each NAL unit behind its length in four bytes (14496-15 5.3.3).
/// Parameter sets are in the file's header, delimiters and filler say nothing to a player: they stay out.
pub fn append_sample(annex_b: &[u8], out: &mut Vec<u8>) {
    for unit in units(annex_b) {
        if !matches!(kind(unit), SPS | PPS | DELIMITER | FILLER) {
            out.extend((unit.len() as u32).to_be_bytes());
            out.extend(unit);
        }
    }
}

fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |header| header & 31)
}

/// The NAL units without start codes and without the zeros around them.
fn units(annex_b: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(annex_b);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let end = start_code(bytes).unwrap_or(bytes.len());
        rest = after_start_code(&bytes[end..]);
        // A unit never ends with a zero: those belong to the next start code.
        let length = bytes[..end].iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        Some(&bytes[..length])
    })
    .filter(|unit| !unit.is_empty())
}

fn start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|window| window == [0, 0, 1])
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    start_code(bytes).map(|at| &bytes[at + 3..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_behind_short_and_long_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 0, 0, 3, 1, 0, 0];
        let found: Vec<&[u8]> = units(&stream).collect();
        assert_eq!(found, [&[0x67, 1][..], &[0x68, 2], &[0x65, 0, 0, 3, 1]]);
        assert_eq!(units(&[0, 0, 1, 0, 0, 1]).count(), 0);
        assert_eq!(units(b"no start code").count(), 0);
    }

    #[test]
    fn a_sample_has_lengths_and_no_parameter_sets() {
        let stream =
            [0, 0, 1, 0x09, 0xf0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x06, 5, 0, 0, 1, 0x65, 7];
        let mut sample = Vec::new();
        append_sample(&stream, &mut sample);
        assert_eq!(sample, [0, 0, 0, 2, 0x06, 5, 0, 0, 0, 2, 0x65, 7]);
    }
}

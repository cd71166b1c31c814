//! A sequence parameter set, as far as a file's header repeats it (H.264 7.3.2.1.1).

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sps {
    /// `profile_idc`, the constraint flags, `level_idc`: three bytes of `avcC`.
    pub profile: [u8; 3],
    /// `chroma_format_idc`, and bits of luma and chroma above 8; `avcC` repeats them for the high profiles.
    pub chroma: Option<[u8; 3]>,
    /// Columns and rows of the picture, without what is cropped.
    pub size: [u32; 2],
}

/// Why a sequence parameter set cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpsError {
    /// It ends too early.
    #[error("the sequence parameter set is cut off")]
    Cut,
    /// A number is out of range.
    #[error("the sequence parameter set has a {0} that makes no sense")]
    Senseless(&'static str),
}

/// Profiles whose parameter sets say more about colour planes.
const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/// Longest side that `avc1` can name.
const MAX_SIDE: u32 = u16::MAX as u32;

/// Reads the NAL unit `unit`, its header byte included.
///
/// # Errors
/// [`SpsError`]; nothing is assumed about what cannot be read.
pub fn read(unit: &[u8]) -> Result<Sps, SpsError> {
    let payload = unescaped(unit.get(1..).unwrap_or_default());
    let mut bits = Bits { bytes: &payload, at: 0 };
    let profile = [bits.take(8)? as u8, bits.take(8)? as u8, bits.take(8)? as u8];
    bits.number()?;
    let chroma = HIGH_PROFILES.contains(&profile[0]).then(|| read_chroma(&mut bits)).transpose()?;
    bits.number()?;
    read_order(&mut bits)?;
    bits.number()?;
    bits.take(1)?;
    let columns = bits.number()?;
    let rows = bits.number()?;
    let is_progressive = bits.take(1)? == 1;
    if !is_progressive {
        bits.take(1)?;
    }
    bits.take(1)?;
    let crop = if bits.take(1)? == 1 {
        [bits.number()?, bits.number()?, bits.number()?, bits.number()?]
    } else {
        [0; 4]
    };
    let fields = if is_progressive { 1 } else { 2 };
    // Cropping counts in chroma samples, and in fields where there are any (7.4.2.1.1).
    let [across, down] = match chroma.map_or(1, |[format, ..]| format) {
        1 => [2, 2 * fields],
        2 => [2, fields],
        _ => [1, fields],
    };
    let side = |macroblocks: u32, cropped: [u32; 2], unit: u32| {
        let whole = macroblocks.checked_add(1)?.checked_mul(16)?;
        let cropped = cropped[0].checked_add(cropped[1])?.checked_mul(unit)?;
        whole.checked_sub(cropped).filter(|side| (1..=MAX_SIDE).contains(side))
    };
    let width = side(columns, [crop[0], crop[1]], across).ok_or(SpsError::Senseless("width"))?;
    let rows = rows.checked_mul(fields).and_then(|rows| rows.checked_add(fields - 1));
    let height =
        rows.and_then(|rows| side(rows, [crop[2], crop[3]], down)).ok_or(SpsError::Senseless("height"))?;
    Ok(Sps { profile, chroma, size: [width, height] })
}

fn read_chroma(bits: &mut Bits<'_>) -> Result<[u8; 3], SpsError> {
    let small = |value: u32, limit: u32| {
        u8::try_from(value).ok().filter(|_| value <= limit).ok_or(SpsError::Senseless("colour format"))
    };
    let format = small(bits.number()?, 3)?;
    if format == 3 {
        bits.take(1)?;
    }
    let depths = [small(bits.number()?, 6)?, small(bits.number()?, 6)?];
    bits.take(1)?;
    if bits.take(1)? == 1 {
        for list in 0..if format == 3 { 12 } else { 8 } {
            if bits.take(1)? == 1 {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Ok([format, depths[0], depths[1]])
}

/// 7.3.2.1.1.1.
fn skip_scaling_list(bits: &mut Bits<'_>, length: u32) -> Result<(), SpsError> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..length {
        if next != 0 {
            next = (last + bits.signed()? + 256).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Ok(())
}

/// Skips what says in which order pictures are shown.
fn read_order(bits: &mut Bits<'_>) -> Result<(), SpsError> {
    match bits.number()? {
        0 => drop(bits.number()?),
        1 => {
            bits.take(1)?;
            bits.number()?;
            bits.number()?;
            let cycle = bits.number()?;
            if cycle > 255 {
                return Err(SpsError::Senseless("picture order"));
            }
            for _ in 0..cycle {
                bits.number()?;
            }
        }
        2 => {}
        _ => return Err(SpsError::Senseless("picture order")),
    }
    Ok(())
}

/// Without the bytes that keep start codes out (7.4.1.1).
fn unescaped(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len());
    let mut zeros = 0;
    for &byte in payload {
        if byte == 3 && zeros >= 2 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next `count` bits, at most 32.
    fn take(&mut self, count: u32) -> Result<u32, SpsError> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8).ok_or(SpsError::Cut)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Ok(value)
    }

    /// ue(v), clause 9.1.
    fn number(&mut self) -> Result<u32, SpsError> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return Err(SpsError::Senseless("number"));
            }
        }
        Ok((1 << zeros) - 1 + self.take(zeros)?)
    }

    /// se(v), clause 9.1.1.
    fn signed(&mut self) -> Result<i64, SpsError> {
        let code = i64::from(self.number()?);
        Ok(if code % 2 == 0 { -(code / 2) } else { (code + 1) / 2 })
    }
}

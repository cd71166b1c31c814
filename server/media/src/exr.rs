//! OpenEXR, the simplest kind: one part, 32-bit float channels, uncompressed scan lines, little-endian.
//!
//! Written by hand after "OpenEXR File Layout" (openexr.com): a hundred lines in place of a dependency, and
//! everything reads it. It only writes.

use crate::convert::{PictureError, check};

/// What a picture's floats are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// Red, green, blue; linear.
    Rgb,
    /// Red, green, blue, alpha; linear, alpha associated.
    Rgba,
    /// Distance along the view axis, in stage units.
    Depth,
}

impl Channels {
    /// Names in the file's order, which is alphabetical, with each one's place within a pixel.
    fn in_file_order(self) -> &'static [(&'static str, usize)] {
        match self {
            Self::Rgb => &[("B", 2), ("G", 1), ("R", 0)],
            Self::Rgba => &[("A", 3), ("B", 2), ("G", 1), ("R", 0)],
            Self::Depth => &[("Z", 0)],
        }
    }
}

/// A file of `samples`: for each pixel its channels, top row first.
///
/// # Errors
/// Samples that do not match the size.
pub fn encode(samples: &[f32], size: [u32; 2], channels: Channels) -> Result<Vec<u8>, PictureError> {
    let order = channels.in_file_order();
    check(size, order.len(), samples.len())?;
    let [width, height] = size.map(|side| side as usize);
    let row_bytes = width * order.len() * 4;
    let too_large = |_| PictureError::Size { size, reason: "a row does not fit the format".to_owned() };
    let row_size = u32::try_from(row_bytes).map_err(too_large)?;

    let mut file = Vec::with_capacity(512 + height * (row_bytes + 16));
    file.extend(20_000_630_u32.to_le_bytes());
    file.extend(2_u32.to_le_bytes());
    header(&mut file, size, order);
    let first_line = file.len() as u64 + height as u64 * 8;
    for y in 0..height as u64 {
        file.extend((first_line + y * (row_bytes as u64 + 8)).to_le_bytes());
    }
    for (y, row) in (0_u32..).zip(samples.chunks_exact(width * order.len())) {
        file.extend(y.to_le_bytes());
        file.extend(row_size.to_le_bytes());
        for &(_, place) in order {
            for pixel in row.chunks_exact(order.len()) {
                file.extend(pixel[place].to_le_bytes());
            }
        }
    }
    Ok(file)
}

fn header(file: &mut Vec<u8>, size: [u32; 2], order: &[(&str, usize)]) {
    let mut list = Vec::new();
    for (name, _) in order {
        list.extend(name.as_bytes());
        list.push(0);
        // Float; not perceptually linear (one byte and three reserved); sampled at every pixel.
        for word in [2_u32, 0, 1, 1] {
            list.extend(word.to_le_bytes());
        }
    }
    list.push(0);
    let window: Vec<u8> =
        [0, 0, size[0] - 1, size[1] - 1].iter().flat_map(|side| side.to_le_bytes()).collect();
    attribute(file, "channels", "chlist", &list);
    attribute(file, "compression", "compression", &[0]);
    attribute(file, "dataWindow", "box2i", &window);
    attribute(file, "displayWindow", "box2i", &window);
    attribute(file, "lineOrder", "lineOrder", &[0]);
    attribute(file, "pixelAspectRatio", "float", &1_f32.to_le_bytes());
    attribute(file, "screenWindowCenter", "v2f", &[0; 8]);
    attribute(file, "screenWindowWidth", "float", &1_f32.to_le_bytes());
    file.push(0);
}

fn attribute(file: &mut Vec<u8>, name: &str, kind: &str, value: &[u8]) {
    for text in [name, kind] {
        file.extend(text.as_bytes());
        file.push(0);
    }
    file.extend((value.len() as u32).to_le_bytes());
    file.extend(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_table_leads_to_rows_whose_channels_are_planar_and_alphabetical() {
        let samples: Vec<f32> = (0_u8..18).map(f32::from).collect();
        let file = encode(&samples, [3, 2], Channels::Rgb).unwrap();
        assert_eq!(&file[..8], &[0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0]);
        // Two rows of 8 bytes of preamble and 36 of samples end the file; before them the table of offsets.
        let rows = file.len() - 2 * 44;
        let table = rows - 16;
        for (y, (entry, row)) in file[table..rows].chunks(8).zip(file[rows..].chunks(44)).enumerate() {
            assert_eq!(u64::from_le_bytes(entry.try_into().unwrap()), (rows + y * 44) as u64);
            assert_eq!(row[..4], (y as u32).to_le_bytes());
            let values: Vec<f32> =
                row[8..].chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
            let first = y as f32 * 9.0;
            let wanted = [2.0, 5.0, 8.0, 1.0, 4.0, 7.0, 0.0, 3.0, 6.0].map(|v| v + first);
            assert_eq!(values, wanted);
        }
    }

    #[test]
    fn samples_that_do_not_match_the_channels_are_refused() {
        assert!(encode(&[0.0; 4], [2, 2], Channels::Depth).is_ok());
        assert!(matches!(
            encode(&[0.0; 4], [2, 2], Channels::Rgba),
            Err(PictureError::Bytes { expected: 16, .. })
        ));
    }
}

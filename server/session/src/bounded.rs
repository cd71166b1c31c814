//! Keeps what is said small enough for one message of a data channel (65 535 bytes), whatever a stage contains.

/// Bytes of JSON that the list within one message may take.
pub const LIST_BYTES: usize = 48 * 1024;
/// Longest sentence that is passed on, in bytes.
pub const SENTENCE_BYTES: usize = 2000;
/// Longest path or address, in bytes.
pub const PATH_BYTES: usize = 4096;

/// How many of `items`, from the first on, fit: at most `most`, and at most [`LIST_BYTES`] of `bytes` each.
pub fn count_fitting<T>(items: &[T], most: usize, bytes: impl Fn(&T) -> usize) -> usize {
    let mut room = LIST_BYTES;
    let fits = |item: &&T| {
        let left = room.checked_sub(bytes(item));
        room = left.unwrap_or(0);
        left.is_some()
    };
    items.iter().take(most).take_while(fits).count()
}

/// Bytes of `text` as a JSON string.
#[must_use]
pub fn json_bytes(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        0x20..=u8::MAX => 1,
    };
    2 + text.bytes().map(escaped).sum::<usize>()
}

/// The start of `text`, at most `most` bytes, with an ellipsis where it was cut.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most.saturating_sub('…'.len_utf8()));
    format!("{}…", &text[..end])
}

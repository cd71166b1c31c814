//! Makes a good message a bad one, in the ways in which messages are bad: cut, doubled, swapped, with numbers at their
//! limits and bytes that nobody expects. Pure.

use super::dice::Dice;

/// What stands where a number or a word should be.
const STRANGE: [&str; 20] = [
    "-1",
    "0",
    "1e999",
    "-1e308",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "4294967296",
    "18446744073709551616",
    "0.1",
    "\u{0}",
    "\u{202e}",
    "\u{1f600}",
    "%00",
    "../../../../etc/passwd",
    "'\"><",
    "\r\n\r\n",
];
/// Blows that one message takes at most.
const BLOWS: usize = 4;

/// A bad edition of `good`. Never longer than `longest` bytes.
#[must_use]
pub fn bytes(dice: &mut Dice, good: &[u8], longest: usize) -> Vec<u8> {
    let mut bad = good.to_vec();
    for _ in 0..=dice.below(BLOWS) {
        blow(dice, &mut bad);
    }
    bad.truncate(longest);
    bad
}

/// The same for text: valid UTF-8 comes out.
#[must_use]
pub fn text(dice: &mut Dice, good: &str, longest: usize) -> String {
    let bad = if dice.hits(50) { lines(dice, good) } else { good.to_owned() };
    String::from_utf8_lossy(&bytes(dice, bad.as_bytes(), longest)).chars().take(longest / 4).collect()
}

fn blow(dice: &mut Dice, bad: &mut Vec<u8>) {
    let at = dice.below(bad.len());
    let end = (at + 1 + dice.below(12)).min(bad.len());
    match dice.below(9) {
        0 => bad.truncate(at),
        1 => drop(bad.drain(at..end)),
        2 => {
            let twice = bad[at..end].to_vec();
            bad.splice(at..at, twice);
        }
        3 => {
            let strange = dice.pick(&STRANGE);
            bad.splice(at..end, strange.bytes());
        }
        4 => {
            let count = 1 + dice.below(16);
            let noise = dice.bytes(count);
            bad.splice(at..end, noise);
        }
        5 => {
            if let Some(byte) = bad.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        6 => number(dice, bad),
        7 => {
            let fill = dice.roll() as u8;
            let count = 1 << dice.below(14);
            bad.splice(at..at, std::iter::repeat_n(fill, count));
        }
        _ => {
            let other = dice.below(bad.len());
            if !bad.is_empty() {
                bad.swap(at, other);
            }
        }
    }
}

/// Puts something strange in the place of a number.
fn number(dice: &mut Dice, bad: &mut Vec<u8>) {
    let starts: Vec<usize> = (0..bad.len())
        .filter(|&at| bad[at].is_ascii_digit() && (at == 0 || !bad[at - 1].is_ascii_digit()))
        .collect();
    let Some(&start) = starts.get(dice.below(starts.len())) else { return };
    let end = (start..bad.len()).find(|&at| !bad[at].is_ascii_digit()).unwrap_or(bad.len());
    bad.splice(start..end, dice.pick(&STRANGE).bytes());
}

fn lines(dice: &mut Dice, good: &str) -> String {
    let mut lines: Vec<&str> = good.lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    let (at, other) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(4) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(other, lines[at]),
        2 => lines.swap(at, other),
        _ => lines.truncate(at),
    }
    lines.join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_damage_stays_bounded_and_can_be_repeated() {
        let good = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\nm=video 9 X 96\r\n";
        let all = |seed| {
            let mut dice = Dice::new(seed, 0);
            (0..2000).map(|_| text(&mut dice, good, 4000)).collect::<Vec<_>>()
        };
        let bad = all(5);
        assert_eq!(bad, all(5));
        assert!(bad.iter().all(|text| text.len() <= 4000));
        let changed = bad.iter().filter(|text| *text != good).count();
        assert!(changed > 1900, "{changed}");
        assert!(bytes(&mut Dice::new(1, 1), &[], 10).len() <= 10);
    }
}

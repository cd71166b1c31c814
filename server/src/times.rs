//! The times of a sequence, `A:B[:STEP]`, and the name of the file for each.

use std::path::{Path, PathBuf};

use crate::cli::ShotArgs;
use crate::exit::{Exit, Failure};

/// Most pictures of one sequence.
const PICTURES: f64 = 100_000.0;
/// Most digits behind the point in a file's name.
const DIGITS: usize = 6;
/// What is left of a step may be this much too short, in steps: three times 0.1 is not quite 0.3.
const SLACK: f64 = 1e-6;

/// One time, or a sequence of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Times {
    /// One picture; `None` is USD's default time.
    One(Option<f64>),
    /// `count` pictures.
    Sequence {
        /// The first time code.
        first: f64,
        /// From one to the next, above 0.
        step: f64,
        /// At least 1.
        count: u32,
        /// Digits behind the point that tell them apart.
        digits: usize,
    },
}

impl Times {
    /// What `--time` or `--times` ask for.
    ///
    /// # Errors
    /// Exit 2 for what is no range, or one that is empty, endless, too long or too fine.
    pub fn of(args: &ShotArgs) -> Result<Self, Failure> {
        let Some(text) = &args.times else { return Ok(Self::One(args.time)) };
        let wrong = |why: &str| {
            Failure::new(
                Exit::Usage,
                format_args!("--times {text}: {why}"),
                "write FIRST:LAST or FIRST:LAST:STEP",
            )
        };
        let numbers: Vec<f64> = text
            .split(':')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| wrong("these are no numbers"))?;
        let (first, last, step) = match numbers[..] {
            [first, last] => (first, last, 1.0),
            [first, last, step] => (first, last, step),
            _ => return Err(wrong("two or three numbers are needed")),
        };
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(wrong("the range is endless"));
        }
        let count = ((last - first) / step + SLACK).floor() + 1.0;
        if !(step > 0.0 && (1.0..=PICTURES).contains(&count)) {
            return Err(wrong("the range is empty, endless or longer than 100000 pictures"));
        }
        let digits = (0..=DIGITS).find(|&digits| [first, step].iter().all(|number| is_told(*number, digits)));
        let digits = digits.ok_or_else(|| wrong("files are named by at most six digits behind the point"))?;
        Ok(Self::Sequence { first, step, count: count as u32, digits })
    }

    /// How many pictures there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        match self {
            Self::One(_) => 1,
            Self::Sequence { count, .. } => *count,
        }
    }

    /// The time code of a picture.
    #[must_use]
    pub fn at(&self, index: u32) -> Option<f64> {
        match *self {
            Self::One(time) => time,
            Self::Sequence { first, step, .. } => Some(first + f64::from(index) * step),
        }
    }

    /// The file of a picture: `shot.png` at time 12 is `shot.0012.png`; parts of a time code follow with `_`, as many
    /// digits for all pictures of a sequence.
    #[must_use]
    pub fn name(&self, path: &Path, index: u32) -> PathBuf {
        let Self::Sequence { digits, .. } = *self else { return path.to_owned() };
        let time = self.at(index).unwrap_or_default();
        let width = if digits == 0 { 4 } else { 5 + digits };
        let number = format!("{time:0width$.digits$}").replace('.', "_");
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        path.with_extension(format!("{number}.{extension}"))
    }
}

/// Whether so many digits behind the point write this number as it is.
fn is_told(number: f64, digits: usize) -> bool {
    let scaled = number * 10_f64.powi(digits as i32);
    (scaled - scaled.round()).abs() <= 1e-9 * scaled.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn times(options: &[&str]) -> Result<Times, Failure> {
        let words = ["telestage", "shot", "a.usda", "-o", "b.png"].iter().chain(options);
        match crate::cli::Cli::parse_from(words).command {
            crate::cli::Command::Shot(args) => Times::of(&args),
            other => panic!("{other:?}"),
        }
    }

    fn names(range: &str) -> Vec<String> {
        let times = times(&["--times", range]).unwrap();
        let path = Path::new("x/shot.png");
        (0..times.count()).map(|index| times.name(path, index).to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_range_includes_both_ends() {
        let all = |range: &str| {
            let times = times(&["--times", range]).unwrap();
            (0..times.count()).filter_map(|index| times.at(index)).collect::<Vec<_>>()
        };
        assert_eq!(all("1:3"), [1.0, 2.0, 3.0]);
        assert_eq!(all("-1:1:0.5"), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(all("0:0.3:0.1").len(), 4, "0.3 / 0.1 is a little less than 3");
        assert_eq!(all("5:5"), [5.0]);
        assert_eq!(times(&[]).unwrap(), Times::One(None));
        assert_eq!(times(&["--time", "7"]).unwrap().at(0), Some(7.0));
    }

    #[test]
    fn what_is_no_range_is_refused_with_the_form() {
        for wrong in [
            "1",
            "a:b",
            "3:1",
            "1:2:0",
            "1:2:-1",
            "0:1e9",
            "nan:1",
            "0:inf",
            "0:1:inf",
            "-inf:0",
            "1:2:3:4",
            "0:1:1e-7",
            "0:1:0.3333333",
            "",
        ] {
            let failure = times(&["--times", wrong]).expect_err(wrong);
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.to_string().contains("FIRST:LAST"), "{failure}");
        }
    }

    #[test]
    fn files_are_named_by_their_time_and_sort_by_it() {
        assert_eq!(names("12:13"), ["x/shot.0012.png", "x/shot.0013.png"]);
        assert_eq!(names("1:2:0.25")[1..3], ["x/shot.0001_25.png", "x/shot.0001_50.png"]);
        assert_eq!(
            names("0:0.002:0.001"),
            ["x/shot.0000_000.png", "x/shot.0000_001.png", "x/shot.0000_002.png"]
        );
        assert_eq!(times(&[]).unwrap().name(Path::new("shot.exr"), 0), Path::new("shot.exr"));
    }
}

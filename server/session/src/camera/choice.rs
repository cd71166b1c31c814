//! Which of the stage's cameras to look through first.

use super::{Pose, StageCamera, UpAxis};

/// Words that name the camera that a stage wants to be seen through, the strongest first.
const NAMES: [&str; 4] = ["main", "hero", "default", "persp"];
/// A camera that looks down within this many degrees of the vertical shows a plan, not a view.
const TOP_DOWN_DEG: f64 = 10.0;

/// The index of the camera to start with: the one in `default_camera` (customLayerData), else one named main, hero,
/// default or persp, else the only one, else the one with the widest field of view that does not look straight down, else
/// the first. `None` if there is no usable camera: then the bounds are framed.
///
/// Cameras whose numbers make no sense are passed over.
#[must_use]
pub fn choose(cameras: &[StageCamera], default_camera: Option<&str>, up_axis: UpAxis) -> Option<usize> {
    let usable: Vec<usize> = (0..cameras.len()).filter(|&index| is_usable(&cameras[index])).collect();
    let by_path = default_camera.and_then(|path| usable.iter().find(|&&index| cameras[index].path == path));
    if let Some(&index) = by_path {
        return Some(index);
    }
    for wanted in NAMES {
        if let Some(&index) = usable.iter().find(|&&index| has_word(cameras[index].name(), wanted)) {
            return Some(index);
        }
    }
    if let [only] = usable[..] {
        return Some(only);
    }
    let mut widest: Option<(usize, f64)> = None;
    for &index in usable.iter().filter(|&&index| !looks_down(&cameras[index], up_axis)) {
        let fov = cameras[index].widest_fov_deg();
        if widest.is_none_or(|(_, best)| fov > best) {
            widest = Some((index, fov));
        }
    }
    widest.map(|(index, _)| index).or(usable.first().copied())
}

fn is_usable(camera: &StageCamera) -> bool {
    Pose::from_matrix(&camera.world_from_view, 1.0).is_some() && camera.lens(1.0).is_some()
}

fn looks_down(camera: &StageCamera, up_axis: UpAxis) -> bool {
    Pose::from_matrix(&camera.world_from_view, 1.0)
        .is_some_and(|pose| -pose.forward().dot(up_axis.up()) > TOP_DOWN_DEG.to_radians().cos())
}

/// True if one of the words of `name` (parted by case, digits, underscores) starts with `wanted`, `main` in `domain` not.
fn has_word(name: &str, wanted: &str) -> bool {
    let mut previous = ' ';
    let mut starts = Vec::new();
    for (at, letter) in name.char_indices() {
        let is_start = letter.is_alphabetic()
            && (!previous.is_alphabetic() || (letter.is_uppercase() && previous.is_lowercase()));
        if is_start {
            starts.push(at);
        }
        previous = letter;
    }
    starts
        .iter()
        .any(|&at| name.get(at..at + wanted.len()).is_some_and(|word| word.eq_ignore_ascii_case(wanted)))
}

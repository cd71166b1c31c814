//! What the last frames of a view showed: who points at a picture points at the one that he sees.

use std::collections::VecDeque;

use crate::output::ViewPose;

/// Poses that are remembered: two seconds of motion, far more than a picture takes to the eye and a hand to the button.
const POSES: usize = 128;
/// Frames that are remembered.
const FRAMES: usize = 256;

/// Poses and frames, the newest last.
#[derive(Debug, Default)]
pub struct History {
    poses: VecDeque<ViewPose>,
    frames: VecDeque<(u32, u64)>,
}

impl History {
    /// A pose is drawn from now on. One of the same version takes the place of the last: it is the same picture, better.
    pub fn push(&mut self, pose: ViewPose) {
        if self.poses.back().is_some_and(|last| last.version == pose.version) {
            self.poses.pop_back();
        } else if self.poses.len() == POSES {
            self.poses.pop_front();
        }
        self.poses.push_back(pose);
    }

    /// A frame went out.
    pub fn shown(&mut self, number: u32, version: u64) {
        if self.frames.back().is_some_and(|&(last, _)| last == number) {
            return;
        }
        if self.frames.len() == FRAMES {
            self.frames.pop_front();
        }
        self.frames.push_back((number, version));
    }

    /// What a frame showed, if that is not too long ago.
    #[must_use]
    pub fn of_frame(&self, number: u32) -> Option<ViewPose> {
        let &(_, version) = self.frames.iter().rev().find(|(other, _)| *other == number)?;
        self.poses.iter().rev().find(|pose| pose.version == version).copied()
    }
}

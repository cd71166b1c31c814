//! A picture of another scene than the one that is shown: the render thread's second source, for as long as it takes.
//!
//! It is drawn in steps, one sample each, between the frames that viewers wait for. Owns its source, and with it the
//! memory of a second scene, which goes when the picture is done.

use std::sync::Arc;

use telestage_render::{FrameSource, Picture, RenderError, View};
use telestage_scene::Scene;
use tokio::sync::oneshot;

/// Makes a source; called on the render thread.
pub type OpenSource = Box<dyn Fn() -> Box<dyn FrameSource> + Send>;
/// Where the picture goes.
pub type Reply = oneshot::Sender<Result<Picture, RenderError>>;

/// A picture on its way.
pub struct Aside {
    stage: Stage,
    view: View,
    reply: Reply,
}

enum Stage {
    /// It has no source yet: only the first in the queue has one.
    Waiting(Arc<Scene>),
    Drawing(Box<dyn FrameSource>),
}

impl Aside {
    /// A picture of `scene` that waits for its turn.
    pub fn new(scene: Arc<Scene>, view: View, reply: Reply) -> Self {
        Self { stage: Stage::Waiting(scene), view, reply }
    }

    /// Loads the scene into a source of its own, or draws one sample. `None` when the picture is done, or nobody waits
    /// for it any more.
    pub fn step(self, open: &OpenSource) -> Option<Self> {
        let Self { stage, view, reply } = self;
        if reply.is_closed() {
            return None;
        }
        let drawn = match stage {
            Stage::Waiting(scene) => {
                let mut source = open();
                match source.load(scene) {
                    Ok(()) => return Some(Self { stage: Stage::Drawing(source), view, reply }),
                    Err(error) => Err(error),
                }
            }
            Stage::Drawing(mut source) => match source.render(&view) {
                Ok(picture) if picture.refining => {
                    return Some(Self { stage: Stage::Drawing(source), view, reply });
                }
                done => done,
            },
        };
        // Whoever asked may be gone by now; that is theirs.
        drop(reply.send(drawn));
        None
    }
}

#[cfg(test)]
mod tests {
    use telestage_render::pattern::PatternSource;
    use telestage_render::{Capabilities, Command, Outcome};
    use telestage_scene::ChangedRows;

    use super::*;

    /// Needs three samples.
    struct Slow(u32);

    impl FrameSource for Slow {
        fn capabilities(&self) -> Capabilities {
            PatternSource::new().capabilities()
        }
        fn load(&mut self, _: Arc<Scene>) -> Result<(), RenderError> {
            Ok(())
        }
        fn change(&mut self, _: Arc<Scene>, _: &ChangedRows) -> Result<(), RenderError> {
            Ok(())
        }
        fn apply(&mut self, _: &Command) -> Result<Outcome, RenderError> {
            Ok(Outcome::Done)
        }
        fn render(&mut self, view: &View) -> Result<Picture, RenderError> {
            self.0 += 1;
            Ok(Picture { pixels: Arc::new([]), size: view.size, samples: self.0, refining: self.0 < 3 })
        }
    }

    fn view() -> View {
        View {
            version: 0,
            size: [16, 16],
            world_from_view: glam::DMat4::IDENTITY,
            projection: telestage_render::Projection::Orthographic { height: 1.0 },
            clip: [0.1, 1.0],
            aov: telestage_render::Aov::Color,
            style: telestage_render::Style::default(),
            samples: 3,
        }
    }

    #[test]
    fn a_picture_takes_a_step_for_the_scene_and_one_for_each_sample() {
        let open: OpenSource = Box::new(|| Box::new(Slow(0)));
        let (reply, mut answer) = oneshot::channel();
        let mut aside = Some(Aside::new(Arc::default(), view(), reply));
        for _ in 0..3 {
            aside = aside.and_then(|aside| aside.step(&open));
            assert!(aside.is_some() && answer.try_recv().is_err());
        }
        assert!(aside.and_then(|aside| aside.step(&open)).is_none());
        assert_eq!(answer.try_recv().unwrap().unwrap().samples, 3);
    }

    #[test]
    fn nothing_is_drawn_for_who_hung_up() {
        let open: OpenSource = Box::new(|| panic!("nobody waits"));
        let aside = Aside::new(Arc::default(), view(), oneshot::channel().0);
        assert!(aside.step(&open).is_none());
    }
}

//! The hub and the processes that have stages open: opens, changes, questions and answers.

use std::sync::Arc;

use telestage_protocol::{ErrorCode, ViewerError};
use telestage_render::View;
use telestage_scene::worker::{Event, OpenError, Question, Reply, Ticket};
use telestage_scene::{Changes, Scene, Tree};
use telestage_session::{AskOrder, Input, StageEvent, ViewId};

use super::Hub;
use crate::asks::{self, EVALUATION};
use crate::card::Card;
use crate::desk::{self, Report};
use crate::look;
use crate::pipeline::Mailbox;
use crate::pipeline::mailbox::Content;
use crate::summary::summary;

impl Hub {
    pub(super) fn open(&mut self, generation: u32, url: String) -> Option<Input> {
        self.opening = url;
        self.card_unless_shown(Card::loading(&self.opening, "starting", 0.0));
        let error = self.desk.open(generation, &self.opening).err()?;
        Some(self.failed(generation, &error))
    }

    /// A stage that is shown stays while another one loads or fails; without one, a card says what is going on.
    pub(super) fn card_unless_shown(&self, card: Card) {
        if self.out.scene.borrow().is_none() {
            self.out.mailbox.show(Content::Card(card));
        }
    }

    pub(super) fn failed(&self, generation: u32, error: &OpenError) -> Input {
        tracing::warn!(%error, stage = self.opening, "stage not opened");
        self.card_unless_shown(Card::not_opened(&self.opening, &error.to_string()));
        let event = StageEvent::Failed {
            code: desk::code_of(error),
            message: error.to_string(),
            diagnostics: Vec::new(),
        };
        Input::Stage { generation, event }
    }

    pub(super) fn report(&mut self, Report { generation, event, tree }: Report) -> Option<Input> {
        match event {
            Event::Progress { amount, activity } => {
                self.card_unless_shown(Card::loading(&self.opening, &activity, amount.into()));
                let event = StageEvent::Progress { amount: amount.into(), activity };
                Some(Input::Stage { generation, event })
            }
            Event::Loaded(scene) => {
                self.loaded(generation, scene, tree);
                None
            }
            Event::Changed { scene, changes } => {
                self.changed(generation, scene, changes, tree);
                None
            }
            Event::Answered { ticket, reply } => self.answered(generation, ticket, reply),
            Event::Failed(error) => Some(self.failed(generation, &error)),
            Event::Lost(error) if self.desk.is_loading(generation) => Some(self.failed(generation, &error)),
            Event::Lost(error) => {
                tracing::warn!(%error, "scene worker lost");
                for order in self.asks.close_all(generation) {
                    let result = Err(ViewerError::new(ErrorCode::WorkerLost, error.to_string()));
                    self.take(Input::Asked { order, result });
                }
                Some(Input::Stage { generation, event: StageEvent::WorkerLost })
            }
        }
    }

    /// The new stage and the view of it reach the renderer together.
    pub(super) fn loaded(&mut self, generation: u32, scene: Arc<Scene>, tree: Arc<Tree>) {
        if !self.desk.shown(generation) {
            return;
        }
        let stage = &scene.tables.stage;
        tracing::info!(stage = stage.identifier, prims = scene.tables.prims.len(), "stage opened");
        let event = StageEvent::Opened { url: stage.identifier.clone(), summary: summary(&scene, tree) };
        let show = |mailbox: &Mailbox, scene, views| mailbox.show(Content::Scene(scene, views));
        self.turn_to(scene, Input::Stage { generation, event }, show);
    }

    /// The stage that is shown looks otherwise now.
    pub(super) fn changed(&mut self, generation: u32, scene: Arc<Scene>, changes: Changes, tree: Arc<Tree>) {
        if self.desk.is_shown(generation) {
            let is_restructured = changes == Changes::All;
            let event = StageEvent::Changed { summary: summary(&scene, tree), is_restructured };
            let show = |mailbox: &Mailbox, scene, views| mailbox.change(scene, changes, views);
            self.turn_to(scene, Input::Stage { generation, event }, show);
        }
    }

    /// A scene and the views of it reach the renderer together.
    pub(super) fn turn_to(
        &mut self,
        scene: Arc<Scene>,
        input: Input,
        show: impl FnOnce(&Mailbox, Arc<Scene>, Vec<(ViewId, View)>),
    ) {
        let now = self.started.elapsed();
        let outputs = self.session.handle(now, input);
        let views = self.session.poses().map(|(id, pose)| (id, look::of_pose(&pose))).collect();
        show(&self.out.mailbox, scene.clone(), views);
        self.out.scene.send_replace(Some(scene));
        let mut inputs = Vec::new();
        for output in outputs {
            inputs.extend(self.obey(output));
        }
        self.out.health.send_replace((self.session.health(now), now));
        inputs.into_iter().for_each(|input| self.take(input));
    }

    pub(super) fn evaluate(&self, generation: u32, time: f64) -> Option<Input> {
        let question = Question::Evaluate { time: Some(time) };
        let is_asked = self.desk.ask(generation, EVALUATION, question);
        (!is_asked).then_some(Input::Stage { generation, event: StageEvent::Evaluated })
    }

    /// Asks the stage's process; it answers later.
    pub(super) fn ask(&mut self, order: AskOrder) -> Option<Input> {
        let question = match asks::question(&order) {
            Ok(question) => question,
            Err(error) => return Some(Input::Asked { order, result: Err(error) }),
        };
        let generation = order.generation;
        let ticket = self.asks.open(order);
        if self.desk.ask(generation, ticket, question) {
            return None;
        }
        let message = "the process that had the stage open is gone: open the stage again";
        let result = Err(ViewerError::new(ErrorCode::WorkerLost, message));
        self.asks.close(ticket).map(|order| Input::Asked { order, result })
    }

    pub(super) fn answered(&mut self, generation: u32, ticket: Ticket, reply: Reply) -> Option<Input> {
        if ticket == EVALUATION {
            if let Reply::Refused(reason) = reply {
                tracing::warn!(%reason, "the stage cannot be shown at another time");
            }
            return Some(Input::Stage { generation, event: StageEvent::Evaluated });
        }
        let order = self.asks.close(ticket)?;
        let result = asks::asked(&order, reply);
        Some(Input::Asked { order, result })
    }
}

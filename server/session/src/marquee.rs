//! Selecting what is seen within a rectangle of the picture.

use std::collections::HashSet;

use telestage_protocol::{MarqueeRequest, ViewerError};

use crate::input::{ClientId, PrimId};
use crate::output::{MarqueeOrder, Output, ViewPose};
use crate::session::Session;

impl Session {
    pub(crate) fn marquee(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &MarqueeRequest,
    ) -> Result<(), ViewerError> {
        self.check_selectable(request.stage_generation)?;
        self.stages.prims()?;
        let (view, pose) = self.pointed_at(client, request.frame);
        self.drive(client)?;
        self.begin_pick(client)?;
        let mode = request.mode;
        match corners(request, &pose) {
            Some(corners) => {
                self.out.push(Output::Marquee(MarqueeOrder { client, id, mode, view, pose, corners }));
            }
            // Beside the picture nothing is seen.
            None => {
                let order = MarqueeOrder { client, id, mode, view, pose, corners: [[0; 2]; 2] };
                self.marqueed(order, Ok(Vec::new()));
            }
        }
        Ok(())
    }

    pub(crate) fn marqueed(&mut self, order: MarqueeOrder, result: Result<Vec<PrimId>, ViewerError>) {
        self.clients.end_errand(order.client);
        let (client, id) = (order.client, order.id.clone());
        if let Err(error) = self.answer_marquee(order, result) {
            self.refuse(client, id, error);
        }
    }

    fn answer_marquee(
        &mut self,
        order: MarqueeOrder,
        result: Result<Vec<PrimId>, ViewerError>,
    ) -> Result<(), ViewerError> {
        self.stages.check_generation(Some(order.pose.generation))?;
        let prims = self.stages.prims()?;
        let mut seen = HashSet::new();
        let hits = result?.into_iter().filter_map(|prim| self.pickable(order.client, prims, prim));
        let hits = hits.filter(|(prim, _)| seen.insert(*prim)).collect();
        let next = self.selection.after(order.mode, hits);
        next.check()?;
        self.select(next);
        let message = self.selection_message();
        self.answer_and_tell(order.client, order.id, &message, self.clients.welcomed());
        Ok(())
    }
}

/// The first and the last pixel that the rectangle touches, within the picture; at least one where it has no area.
fn corners(request: &MarqueeRequest, pose: &ViewPose) -> Option<[[u32; 2]; 2]> {
    let span = |a: f64, b: f64, side: u32| {
        let (first, end) = (a.min(b).floor(), a.max(b).ceil());
        let last = (end - 1.0).max(first).min(f64::from(side) - 1.0);
        (last >= 0.0 && first <= last).then(|| [first.max(0.0) as u32, last as u32])
    };
    let [left, right] = span(request.x0, request.x1, pose.size[0])?;
    let [top, bottom] = span(request.y0, request.y1, pose.size[1])?;
    Some([[left, top], [right, bottom]])
}

//! Time: one for all viewers, kept here, evaluated by the worker.
//!
//! While it plays, the time that is wanted follows the clock. The worker is asked for one time after the other, never
//! for two at once, so that a stage that takes long to evaluate plays with fewer pictures and not late ones; what
//! stands still is asked for exactly.

use std::time::Duration;

use telestage_protocol::{
    Capability, ErrorCode, ServerMessage, TimelineAction, TimelineControlRequest, TimelineStatus, ViewerError,
};

use crate::input::ClientId;
use crate::output::Output;
use crate::session::Session;

/// While time plays, viewers hear of it so often; what lies between is theirs to reckon.
const REPORT_INTERVAL: Duration = Duration::from_millis(250);

/// The range of a stage, as USD has it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Span {
    /// First time code.
    pub start: f64,
    /// Last time code.
    pub end: f64,
    /// Time codes a second.
    pub fps: f64,
    /// Something is different at different times.
    pub is_animated: bool,
}

/// Which time is shown, and which is wanted.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    span: Span,
    /// Wanted at `since`; later while it plays.
    time: f64,
    since: Duration,
    is_playing: bool,
    is_loop: bool,
    rate: f64,
    /// What the scene shows; `None` is USD's default time.
    shown: Option<f64>,
    /// The worker evaluates this.
    asked: Option<f64>,
    asked_at: Duration,
    told_at: Duration,
}

impl Timeline {
    /// The timeline of a stage that shows `shown`.
    #[must_use]
    pub fn new(span: Span, shown: Option<f64>) -> Self {
        let is_range = span.start.is_finite() && span.end.is_finite() && span.start < span.end;
        let is_animated = span.is_animated && is_range && span.fps.is_finite() && span.fps > 0.0;
        let span = if is_animated { span } else { Span { end: span.start, is_animated, ..span } };
        Self { span, time: span.start, shown, is_loop: true, rate: 1.0, ..Self::default() }
    }

    /// Something is different at different times.
    #[must_use]
    pub fn is_animated(&self) -> bool {
        self.span.is_animated
    }

    /// The same after what is on the stage has changed. It stands still where there is another range to play in.
    #[must_use]
    pub fn over(&self, span: Span) -> Self {
        let fresh = Self::new(span, self.shown);
        if fresh.span == self.span {
            return self.clone();
        }
        // A range that is none may be of numbers that are none.
        let time = self.shown.unwrap_or(fresh.span.start).max(fresh.span.start).min(fresh.span.end);
        Self { span: fresh.span, time, is_playing: false, ..self.clone() }
    }

    /// Which time is wanted now.
    #[must_use]
    pub fn time(&self, now: Duration) -> f64 {
        let Span { start, end, fps, .. } = self.span;
        if !self.is_playing {
            return self.time;
        }
        let gone = now.saturating_sub(self.since).as_secs_f64() * fps * self.rate;
        let time = self.time + gone;
        if time <= end {
            time
        } else if self.is_loop {
            start + (time - start) % (end - start)
        } else {
            end
        }
    }

    fn control(&mut self, now: Duration, request: &TimelineControlRequest) {
        let Span { start, end, .. } = self.span;
        self.settle_at(now, self.time(now));
        self.is_loop = request.is_loop.unwrap_or(self.is_loop);
        self.rate = request.rate.unwrap_or(self.rate);
        match request.action {
            TimelineAction::Play => {
                if self.time >= end && !self.is_playing {
                    self.time = start;
                }
                self.is_playing = true;
            }
            TimelineAction::Pause => self.is_playing = false,
            TimelineAction::Stop => {
                self.is_playing = false;
                self.time = start;
            }
            TimelineAction::Seek => self.time = request.time.unwrap_or(start).clamp(start, end),
            TimelineAction::Step => {
                self.is_playing = false;
                self.time = (self.time + request.time.unwrap_or(1.0)).clamp(start, end);
            }
        }
    }

    fn settle_at(&mut self, now: Duration, time: f64) {
        self.time = time;
        self.since = now;
    }

    fn has_ended(&self, now: Duration) -> bool {
        self.is_playing && !self.is_loop && self.time(now) >= self.span.end
    }

    /// What to ask the worker for, if it is free and pictures are not asked for faster than `interval`.
    fn take_wish(&mut self, now: Duration, interval: Duration) -> Option<f64> {
        let wanted = self.time(now);
        let is_due = !self.is_playing || now >= self.asked_at + interval;
        if self.asked.is_some() || !self.span.is_animated || !is_due {
            return None;
        }
        self.asked_at = now;
        self.asked = (self.shown != Some(wanted)).then_some(wanted);
        self.asked
    }

    fn next_wake(&self, interval: Duration) -> Option<Duration> {
        let report = self.told_at + REPORT_INTERVAL;
        let step = if self.asked.is_none() { self.asked_at + interval } else { report };
        self.is_playing.then(|| step.min(report))
    }

    /// `timelineStatus`.
    #[must_use]
    pub fn status(&self, now: Duration, stage_generation: u32) -> TimelineStatus {
        TimelineStatus {
            playing: self.is_playing,
            time: self.time(now),
            start: self.span.start,
            end: self.span.end,
            fps: self.span.fps,
            is_loop: self.is_loop,
            rate: self.rate,
            stage_generation,
        }
    }
}

impl Session {
    pub(crate) fn control_time(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &TimelineControlRequest,
    ) -> Result<(), ViewerError> {
        self.check_able(Capability::Timeline, "what this server shows has no timeline")?;
        self.stages.prims()?;
        if !self.timeline.span.is_animated {
            return Err(ViewerError::new(ErrorCode::NotFound, "nothing on this stage is animated"));
        }
        self.drive(client)?;
        self.timeline.control(self.now, request);
        let status = self.timeline_message();
        self.answer_and_tell(client, id, &status, self.clients.welcomed());
        self.timeline.told_at = self.now;
        Ok(())
    }

    /// The worker has answered: what it shows was told before, or could not be had.
    pub(crate) fn evaluated(&mut self, generation: u32) {
        if generation == self.stages.generation() {
            self.timeline.asked = None;
        }
    }

    /// What is on the stage has changed, and with it perhaps what is animated.
    pub(crate) fn respan(&mut self, span: Span) {
        let timeline = self.timeline.over(span);
        if timeline.span != self.timeline.span {
            self.timeline = timeline;
            self.tell_all(self.timeline_message());
        }
    }

    /// The scene shows this time.
    pub(crate) fn shows_time(&mut self, time: Option<f64>) {
        self.timeline.shown = time;
    }

    /// Nobody can evaluate anything any more.
    pub(crate) fn stop_time(&mut self) {
        let now = self.now;
        let time = self.timeline.shown.unwrap_or_else(|| self.timeline.time(now));
        self.timeline.settle_at(now, time);
        self.timeline.is_playing = false;
        self.timeline.span.is_animated = false;
        self.timeline.span.end = self.timeline.span.start;
        self.tell_all(self.timeline_message());
    }

    /// Follows the clock: asks for the time that is due, and tells.
    pub(crate) fn advance_time(&mut self) {
        let now = self.now;
        if self.timeline.has_ended(now) {
            let end = self.timeline.span.end;
            self.timeline.settle_at(now, end);
            self.timeline.is_playing = false;
            self.tell_all(self.timeline_message());
        }
        if let Some(time) = self.timeline.take_wish(now, self.config.frame_interval()) {
            self.out.push(Output::Evaluate { generation: self.stages.generation(), time });
        }
        if self.timeline.is_playing && now >= self.timeline.told_at + REPORT_INTERVAL {
            self.timeline.told_at = now;
            self.tell_all(self.timeline_message());
        }
    }

    pub(crate) fn next_time(&self) -> Option<Duration> {
        self.timeline.next_wake(self.config.frame_interval())
    }

    /// `timelineStatus`.
    pub(crate) fn timeline_message(&self) -> ServerMessage {
        ServerMessage::TimelineStatus(self.timeline.status(self.now, self.stages.generation()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span { start: 10.0, end: 34.0, fps: 24.0, is_animated: true };

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn request(action: TimelineAction) -> TimelineControlRequest {
        TimelineControlRequest { action, time: None, is_loop: None, rate: None }
    }

    #[test]
    fn playing_follows_the_clock_and_begins_again_or_stays() {
        let mut timeline = Timeline::new(SPAN, Some(10.0));
        timeline.control(at(1000), &request(TimelineAction::Play));
        assert_eq!(timeline.time(at(1500)), 22.0);
        assert_eq!(timeline.time(at(2250)), 16.0, "around");
        let slow = TimelineControlRequest { rate: Some(0.5), ..request(TimelineAction::Play) };
        timeline.control(at(1500), &slow);
        assert_eq!(timeline.time(at(2000)), 28.0, "goes on from where it was, half as fast");
        let once = TimelineControlRequest { is_loop: Some(false), ..request(TimelineAction::Play) };
        timeline.control(at(2000), &once);
        assert_eq!(timeline.time(at(9000)), 34.0);
        assert!(timeline.has_ended(at(9000)) && !timeline.has_ended(at(2100)));
    }

    #[test]
    fn steps_and_seeks_stay_within_the_range() {
        let mut timeline = Timeline::new(SPAN, None);
        timeline
            .control(at(0), &TimelineControlRequest { time: Some(99.0), ..request(TimelineAction::Seek) });
        assert_eq!(timeline.time(at(5)), 34.0);
        timeline
            .control(at(0), &TimelineControlRequest { time: Some(-3.0), ..request(TimelineAction::Step) });
        assert_eq!(timeline.time(at(5)), 31.0);
        timeline.control(at(0), &request(TimelineAction::Stop));
        timeline
            .control(at(0), &TimelineControlRequest { time: Some(-1.0), ..request(TimelineAction::Step) });
        assert_eq!(timeline.time(at(5)), 10.0);
    }

    #[test]
    fn one_time_is_asked_for_at_once_and_the_latest_counts() {
        let mut timeline = Timeline::new(SPAN, Some(10.0));
        assert_eq!(timeline.take_wish(at(0), at(16)), None, "it shows what is wanted");
        timeline
            .control(at(0), &TimelineControlRequest { time: Some(20.0), ..request(TimelineAction::Seek) });
        assert_eq!(timeline.take_wish(at(0), at(16)), Some(20.0));
        timeline
            .control(at(1), &TimelineControlRequest { time: Some(25.0), ..request(TimelineAction::Seek) });
        timeline
            .control(at(2), &TimelineControlRequest { time: Some(30.0), ..request(TimelineAction::Seek) });
        assert_eq!(timeline.take_wish(at(2), at(16)), None, "the worker is at it");
        (timeline.asked, timeline.shown) = (None, Some(20.0));
        assert_eq!(timeline.take_wish(at(3), at(16)), Some(30.0));
    }

    #[test]
    fn another_range_is_taken_over_at_rest_and_the_same_goes_on() {
        let mut timeline = Timeline::new(SPAN, Some(10.0));
        timeline.control(at(0), &request(TimelineAction::Play));
        assert!(timeline.over(SPAN).is_playing);
        let other = timeline.over(Span { start: 20.0, ..SPAN });
        assert!(!other.is_playing && other.time(at(500)) == 20.0);
        let still = timeline.over(Span { is_animated: false, ..SPAN });
        assert_eq!(still.status(at(0), 1).end, 10.0);
    }

    #[test]
    fn a_range_that_is_none_is_no_animation() {
        for span in [
            Span { is_animated: false, ..SPAN },
            Span { end: 10.0, ..SPAN },
            Span { end: f64::NAN, ..SPAN },
            Span { fps: 0.0, ..SPAN },
        ] {
            let timeline = Timeline::new(span, None);
            let status = timeline.status(at(0), 1);
            assert!(!timeline.span.is_animated && status.start == status.end, "{span:?}");
        }
    }
}

//! What was sent and what became of it: departures joined with the client's reports.
//!
//! Numbers each departing packet (the transport-wide sequence number), and turns reports about numbers into reports
//! about packets. A packet that overtakes another one makes it missing, not lost: lost is what is still missing when
//! packets that were sent well after it have arrived. And what no report mentions is not lost either: the report is.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Packets that wait for a report at most; about five seconds at 16 Mbps. Older ones are forgotten.
const FLIGHTS_MAX: usize = 8192;
/// A packet may be overtaken by those that were sent so much later.
const REORDERING: Duration = Duration::from_millis(150);
/// The client's clock starts again after so many microseconds: 24 bits of 64 ms.
const CLOCK_PERIOD_US: i64 = (1 << 24) * 64_000;

/// What a client says about one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The packet's transport-wide number.
    pub number: u16,
    /// When it came, on the client's clock; `None` if it has not.
    pub at: Option<Duration>,
}

/// What became of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// When it left.
    pub sent: Instant,
    /// When it came, in microseconds on the client's clock, which may start anywhere; `None` if it is lost.
    pub arrived_us: Option<i64>,
    /// Its size on the wire.
    pub bytes: usize,
    /// It was sent to see whether the link carries more.
    pub is_probe: bool,
}

struct Flight {
    report: Report,
    /// A report named it among those that have not come.
    is_missed: bool,
}

/// Departures that nobody has reported on.
#[derive(Default)]
pub struct History {
    /// In the order of their numbers, without a gap.
    flights: VecDeque<Flight>,
    next: u16,
    in_flight: usize,
    /// Packets at the front that count as under way no more.
    aged: usize,
    /// When the latest packet left of which it is known that it arrived.
    confirmed: Option<Instant>,
    clock: RemoteClock,
}

impl History {
    /// A packet leaves; returns its number.
    pub fn depart(&mut self, sent: Instant, bytes: usize, is_probe: bool) -> u16 {
        if self.flights.len() == FLIGHTS_MAX {
            self.take_front();
        }
        let number = self.next;
        self.next = number.wrapping_add(1);
        self.in_flight += bytes;
        let report = Report { sent, arrived_us: None, bytes, is_probe };
        self.flights.push_back(Flight { report, is_missed: false });
        number
    }

    /// The client's news, in terms of packets: those that arrived first, then those that are lost.
    pub fn learn(&mut self, arrivals: &[Arrival]) -> Vec<Report> {
        let first = self.next.wrapping_sub(self.flights.len() as u16);
        let mut reports = Vec::with_capacity(arrivals.len());
        for arrival in arrivals {
            let index = usize::from(arrival.number.wrapping_sub(first));
            let Some(Flight { report: flight, is_missed }) = self.flights.get_mut(index) else { continue };
            let Some(at) = arrival.at else {
                *is_missed = true;
                continue;
            };
            let at = self.clock.continued(at);
            if flight.arrived_us.replace(at).is_none() {
                if index >= self.aged {
                    self.in_flight = self.in_flight.saturating_sub(flight.bytes);
                }
                self.confirmed = self.confirmed.max(Some(flight.sent));
                reports.push(*flight);
            }
        }
        while let (Some(front), Some(confirmed)) = (self.flights.front(), self.confirmed) {
            let has_arrived = front.report.arrived_us.is_some();
            if !has_arrived && front.report.sent + REORDERING >= confirmed {
                break;
            }
            let is_lost = !has_arrived && front.is_missed;
            reports.extend(self.take_front().filter(|_| is_lost));
        }
        reports
    }

    fn take_front(&mut self) -> Option<Report> {
        let report = self.flights.pop_front()?.report;
        if self.aged > 0 {
            self.aged -= 1;
        } else if report.arrived_us.is_none() {
            self.in_flight = self.in_flight.saturating_sub(report.bytes);
        }
        Some(report)
    }

    /// Bytes that are under way, as far as this side knows. What left before `horizon` is somewhere else by now.
    pub fn in_flight(&mut self, horizon: Instant) -> usize {
        while let Some(flight) = self.flights.get(self.aged)
            && flight.report.sent < horizon
        {
            if flight.report.arrived_us.is_none() {
                self.in_flight = self.in_flight.saturating_sub(flight.report.bytes);
            }
            self.aged += 1;
        }
        self.in_flight
    }

    /// When the oldest packet left that nobody has reported on.
    pub fn waiting_since(&self) -> Option<Instant> {
        self.flights.front().map(|flight| flight.report.sent)
    }
}

/// Continues a clock of 24 bits.
#[derive(Default)]
struct RemoteClock {
    last_us: Option<i64>,
}

impl RemoteClock {
    fn continued(&mut self, at: Duration) -> i64 {
        let at = i64::try_from(at.as_micros()).unwrap_or(0);
        let last = self.last_us.unwrap_or(at);
        let turns = (last - at + CLOCK_PERIOD_US / 2).div_euclid(CLOCK_PERIOD_US);
        let at = at + turns * CLOCK_PERIOD_US;
        self.last_us = Some(at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn came(number: u16, at: u64) -> Arrival {
        Arrival { number, at: Some(ms(at)) }
    }

    #[test]
    fn what_arrives_is_reported_once_with_its_departure() {
        let (mut history, start) = (History::default(), Instant::now());
        let numbers = [0, 10, 20].map(|at| history.depart(start + ms(at), 1000, false));
        assert_eq!(numbers, [0, 1, 2]);
        assert_eq!(history.in_flight(start), 3000);
        let reports = history.learn(&[came(0, 700), came(1, 710), came(0, 700)]);
        assert_eq!(reports.iter().map(|report| report.sent).collect::<Vec<_>>(), [start, start + ms(10)]);
        assert_eq!(reports[1].arrived_us, Some(710_000));
        assert_eq!((history.in_flight(start), history.waiting_since()), (1000, Some(start + ms(20))));
    }

    #[test]
    fn an_overtaken_packet_is_lost_only_when_it_is_long_due() {
        let (mut history, start) = (History::default(), Instant::now());
        for at in 0..40 {
            history.depart(start + ms(at * 10), 1000, false);
        }
        let missing = Arrival { number: 3, at: None };
        let early: Vec<_> = (0..10).filter(|n| *n != 3).map(|n| came(n, 700)).chain([missing]).collect();
        assert_eq!(history.learn(&early).len(), 9, "number 3 may still come");
        let late: Vec<_> = (10..20).map(|n| came(n, 800)).collect();
        let reports = history.learn(&late);
        let lost: Vec<_> = reports.iter().filter(|report| report.arrived_us.is_none()).collect();
        assert_eq!((reports.len(), lost.len(), lost[0].sent), (11, 1, start + ms(30)));
        assert!(history.learn(&[came(3, 900)]).is_empty(), "too late to matter");
    }

    #[test]
    fn what_a_lost_report_was_about_is_not_lost() {
        let (mut history, start) = (History::default(), Instant::now());
        for at in 0..40 {
            history.depart(start + ms(at * 10), 1000, false);
        }
        let late: Vec<_> = (20..40).map(|n| came(n, 800)).collect();
        assert!(history.learn(&late).iter().all(|report| report.arrived_us.is_some()));
        assert_eq!(history.waiting_since(), None, "and nobody waits for it");
    }

    #[test]
    fn numbers_and_the_clients_clock_may_wrap() {
        let (mut history, start) = (History { next: u16::MAX, ..History::default() }, Instant::now());
        assert_eq!([0, 1].map(|at| history.depart(start + ms(at), 1, false)), [u16::MAX, 0]);
        let end = Duration::from_micros((CLOCK_PERIOD_US - 1000) as u64);
        let reports = history.learn(&[Arrival { number: u16::MAX, at: Some(end) }, came(0, 2)]);
        let at: Vec<_> = reports.iter().filter_map(|report| report.arrived_us).collect();
        assert_eq!(at[1] - at[0], 3000);
    }

    #[test]
    fn reports_about_nothing_are_no_news() {
        let mut history = History::default();
        assert!(history.learn(&[came(7, 1)]).is_empty());
        history.depart(Instant::now(), 1, false);
        assert!(history.learn(&[came(u16::MAX, 1), came(1, 1)]).is_empty());
    }

    #[test]
    fn what_is_never_reported_on_is_forgotten_in_the_end() {
        let (mut history, start) = (History::default(), Instant::now());
        for _ in 0..2 * FLIGHTS_MAX {
            history.depart(start, 10, false);
        }
        assert_eq!(history.in_flight(start), 10 * FLIGHTS_MAX);
        assert_eq!(history.in_flight(start + ms(1)), 0);
    }
}

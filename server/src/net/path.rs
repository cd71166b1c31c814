//! Where media goes to.
//!
//! The ICE agent never leaves the first pair that was nominated, so a client whose address changes (a NAT that rebinds,
//! a laptop that changes networks) would see a frozen picture for good. `MediaPath` mends that from outside: it
//! remembers where each nominating request came from, and when the agent answers one with success, which it does only
//! after checking the request's integrity, everything but STUN goes there from then on.
//!
//! Not every client nominates again when its address changes without its knowledge. So where nothing is heard of what
//! is sent, media goes to where the newest answered request came from.

use std::collections::VecDeque;

use super::remote::Remote;
use super::stun::{self, TransactionId};

/// Requests that wait for their answer at most; older ones are forgotten.
const PENDING_MAX: usize = 16;

/// The address that a peer's media goes to.
#[derive(Debug, Default)]
pub struct MediaPath {
    pending: VecDeque<Pending>,
    chosen: Option<Remote>,
    /// Where the newest authentic request came from.
    newest: Option<Remote>,
}

#[derive(Debug)]
struct Pending {
    id: TransactionId,
    from: Remote,
    nominates: bool,
}

impl MediaPath {
    /// Where media goes now; `None` before the first nomination.
    #[must_use]
    pub fn chosen(&self) -> Option<Remote> {
        self.chosen
    }

    /// Looks at a datagram before the ICE agent does.
    pub fn inbound(&mut self, datagram: &[u8], from: Remote) {
        let Some(request) = stun::binding_request(datagram) else { return };
        if self.pending.len() == PENDING_MAX {
            self.pending.pop_front();
        }
        self.pending.push_back(Pending { id: request.id, from, nominates: request.nominates });
    }

    /// Nothing is heard of what is sent: media goes where the client was last.
    pub fn follow(&mut self) {
        if self.chosen.is_some() && self.newest.is_some() && self.newest != self.chosen {
            tracing::debug!(newest = ?self.newest, before = ?self.chosen, "media follows the client");
            self.chosen = self.newest;
        }
    }

    /// Where `datagram`, which the stack addressed to `to`, really goes, and what it proves.
    pub fn outbound(&mut self, datagram: &[u8], to: Remote) -> Outbound {
        if !stun::is_stun(datagram) {
            return Outbound { to: self.chosen.unwrap_or(to), is_known: false, is_answer: false };
        }
        let answered = stun::success_response(datagram);
        if let Some(index) = answered.and_then(|id| self.pending.iter().position(|waiting| waiting.id == id))
            && let Some(Pending { from, nominates, .. }) = self.pending.remove(index)
        {
            self.newest = Some(from);
            if nominates && self.chosen != Some(from) {
                tracing::debug!(?from, before = ?self.chosen, "media goes where the client asked for it");
                self.chosen = Some(from);
            }
        }
        Outbound { to, is_known: stun::goes_to_known_address(datagram), is_answer: answered.is_some() }
    }
}

/// What to do with an outbound datagram.
#[derive(Debug, PartialEq, Eq)]
pub struct Outbound {
    /// Its destination.
    pub to: Remote,
    /// An authentic request came from that destination before.
    pub is_known: bool,
    /// It answers an authentic request that came just now: the client is alive.
    pub is_answer: bool,
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    const MEDIA: &[u8] = &[0x80, 96, 0, 1];

    fn stun(kind: u16, id: u8, attributes: &[u8]) -> Vec<u8> {
        let mut out = kind.to_be_bytes().to_vec();
        out.extend((attributes.len() as u16).to_be_bytes());
        out.extend([0x21, 0x12, 0xa4, 0x42]);
        out.extend([id; 12]);
        out.extend(attributes);
        out
    }

    fn nomination(id: u8) -> Vec<u8> {
        stun(0x0001, id, &[0, 6, 0, 3, b'a', b':', b'b', 0, 0, 0x25, 0, 0])
    }

    fn address(port: u16) -> Remote {
        Remote::udp(SocketAddr::from(([127, 0, 0, 1], port)))
    }

    #[test]
    fn media_follows_an_answered_nomination() {
        let mut path = MediaPath::default();
        path.inbound(&nomination(1), address(1001));
        assert_eq!(path.outbound(MEDIA, address(1000)).to, address(1000), "asked for, not yet authentic");
        let answer = path.outbound(&stun(0x0101, 1, &[]), address(1001));
        assert_eq!(answer, Outbound { to: address(1001), is_known: true, is_answer: true });
        assert_eq!(path.outbound(MEDIA, address(1000)).to, address(1001));
    }

    #[test]
    fn where_nothing_is_heard_media_follows_the_newest_answered_request() {
        let mut path = MediaPath::default();
        path.follow();
        assert_eq!(path.chosen(), None, "there was no nomination yet");
        path.inbound(&nomination(1), address(1001));
        path.outbound(&stun(0x0101, 1, &[]), address(1001));
        let check = |id| stun(0x0001, id, &[0, 6, 0, 3, b'a', b':', b'b', 0]);
        path.inbound(&check(2), address(1002));
        path.outbound(&stun(0x0101, 2, &[]), address(1002));
        path.inbound(&check(3), address(666));
        assert_eq!(path.chosen(), Some(address(1001)), "all is well there");
        path.follow();
        assert_eq!(path.chosen(), Some(address(1002)), "not where an unanswered request came from");
    }

    #[test]
    fn an_unanswered_nomination_moves_nothing() {
        let mut path = MediaPath::default();
        path.inbound(&nomination(1), address(666));
        let check = path.outbound(&stun(0x0001, 2, &[]), address(666));
        let asked = Outbound { to: address(666), is_known: true, is_answer: false };
        assert_eq!(check, asked, "whether it is really there");
        let conflict = path.outbound(&stun(0x0111, 1, &[]), address(666));
        assert!(!conflict.is_known && !conflict.is_answer, "an error answers anybody");
        assert_eq!(path.outbound(MEDIA, address(1000)).to, address(1000));
    }

    #[test]
    fn a_flood_of_nominations_stays_bounded() {
        let mut path = MediaPath::default();
        for id in 0..=255 {
            path.inbound(&nomination(id), address(u16::from(id)));
        }
        assert_eq!(path.pending.len(), PENDING_MAX);
    }

    #[test]
    fn the_same_address_is_another_place_over_tcp() {
        let mut path = MediaPath::default();
        let (udp, tcp) = (address(1000), Remote::tcp(address(1000).address));
        path.inbound(&nomination(1), tcp);
        path.outbound(&stun(0x0101, 1, &[]), tcp);
        assert_eq!(path.outbound(MEDIA, udp).to, tcp);
        path.inbound(&nomination(2), udp);
        path.outbound(&stun(0x0101, 2, &[]), udp);
        assert_eq!(path.outbound(MEDIA, tcp).to, udp);
    }
}

//! The few bytes of STUN (RFC 8489) that routing needs: who a binding request is for, whether it nominates, and which
//! answer belongs to it. Reads only; nothing here is trusted until the ICE agent has checked the message's integrity.

/// Type of a binding request.
const REQUEST: u16 = 0x0001;
/// Type of a binding success response.
const SUCCESS: u16 = 0x0101;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const HEADER_LEN: usize = 20;
const USERNAME: u16 = 0x0006;
const USE_CANDIDATE: u16 = 0x0025;

/// Ties an answer to its request.
pub type TransactionId = [u8; 12];

/// What a binding request says about itself.
#[derive(Debug, PartialEq, Eq)]
pub struct BindingRequest<'a> {
    /// Ties the answer to it.
    pub id: TransactionId,
    /// The part of USERNAME before the colon: the user fragment of the agent that it is for.
    pub ufrag: &'a str,
    /// The sender wants media on this path.
    pub nominates: bool,
}

/// Whether a datagram is STUN at all (RFC 7983: the first byte is 0 to 3).
#[must_use]
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|byte| *byte < 4)
}

/// Reads a binding request; `None` for anything else, malformed ones included.
#[must_use]
pub fn binding_request(datagram: &[u8]) -> Option<BindingRequest<'_>> {
    let (kind, id, mut attributes) = split(datagram)?;
    if kind != REQUEST {
        return None;
    }
    let mut ufrag = None;
    let mut nominates = false;
    while let Some((head, rest)) = attributes.split_at_checked(4) {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(..len)?;
        match kind {
            USERNAME => ufrag = std::str::from_utf8(value).ok()?.split(':').next(),
            USE_CANDIDATE => nominates = true,
            _ => {}
        }
        attributes = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(BindingRequest { id, ufrag: ufrag.filter(|name| !name.is_empty())?, nominates })
}

/// The transaction that a binding success response answers; `None` for anything else.
#[must_use]
pub fn success_response(datagram: &[u8]) -> Option<TransactionId> {
    let (kind, id, _) = split(datagram)?;
    (kind == SUCCESS).then_some(id)
}

/// Whether this is a binding request or a success response. An ICE agent that knows no candidates of the other side
/// sends either only to an address from which an authentic request came.
#[must_use]
pub fn goes_to_known_address(datagram: &[u8]) -> bool {
    split(datagram).is_some_and(|(kind, _, _)| kind == REQUEST || kind == SUCCESS)
}

/// Type, transaction and attributes of a message whose header is sound.
fn split(datagram: &[u8]) -> Option<(u16, TransactionId, &[u8])> {
    let (header, body) = datagram.split_at_checked(HEADER_LEN)?;
    let len = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[4..8] != MAGIC_COOKIE || len != body.len() {
        return None;
    }
    let id = header[8..HEADER_LEN].try_into().ok()?;
    Some((u16::from_be_bytes([header[0], header[1]]), id, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (kind, value) in attributes {
            body.extend(kind.to_be_bytes());
            body.extend((value.len() as u16).to_be_bytes());
            body.extend(*value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        let mut out = kind.to_be_bytes().to_vec();
        out.extend((body.len() as u16).to_be_bytes());
        out.extend(MAGIC_COOKIE);
        out.extend([7; 12]);
        out.extend(body);
        out
    }

    #[test]
    fn a_request_names_its_agent_and_its_nomination() {
        let bytes = message(REQUEST, &[(USERNAME, b"mine:theirs"), (USE_CANDIDATE, b"")]);
        assert!(is_stun(&bytes));
        assert_eq!(
            binding_request(&bytes),
            Some(BindingRequest { id: [7; 12], ufrag: "mine", nominates: true })
        );
        assert_eq!(success_response(&bytes), None);
    }

    #[test]
    fn a_success_names_its_transaction() {
        let bytes = message(SUCCESS, &[]);
        assert_eq!(success_response(&bytes), Some([7; 12]));
        assert_eq!(binding_request(&bytes), None);
    }

    #[test]
    fn damage_is_never_a_request() {
        let whole = message(REQUEST, &[(USERNAME, b"mine:theirs"), (USE_CANDIDATE, b"")]);
        for len in 0..whole.len() {
            assert_eq!(binding_request(&whole[..len]), None, "cut to {len}");
        }
        let mut long_attribute = whole;
        long_attribute[23] = 200;
        assert_eq!(binding_request(&long_attribute), None);
        assert_eq!(binding_request(&message(REQUEST, &[(USERNAME, b"")])), None);
        assert_eq!(binding_request(&message(REQUEST, &[(USERNAME, b"\xff\xfe")])), None);
    }
}

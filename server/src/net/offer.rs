//! Session descriptions as text: what an offer asks for, and the lines that this server reads and writes itself.
//!
//! Pure. The WebRTC stack negotiates codecs and keys; candidates are ours, because all peers share one port and the
//! stack does not know the addresses under which it is reached. The client's own candidates are dropped before the
//! stack sees them: the server answers checks and never starts one, so an offer cannot make it send to strangers.

use std::fmt::Write as _;
use std::net::SocketAddr;

/// What a sound offer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// A video section that wants to receive, with H.264.
    pub video: bool,
    /// A section for data channels.
    pub data: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OfferError {
    /// Not a session description.
    #[error("the offer is not a usable session description: {0}")]
    Malformed(String),
    /// The client cannot show what the encoder makes.
    #[error(
        "the offer has no H.264 with packetization-mode=1, the only video this server sends; it offers {offered}"
    )]
    NoH264 {
        /// Names of what it has instead.
        offered: String,
    },
    /// Neither video to receive nor data channels.
    #[error(
        "the offer asks for nothing that this server has: add a video section that receives, or a data channel"
    )]
    Nothing,
}

/// Reads what `sdp` asks for.
///
/// # Errors
/// It is no session description, cannot show H.264, or asks for nothing.
pub fn wish(sdp: &str) -> Result<Wish, OfferError> {
    if !sdp.starts_with("v=0") {
        return Err(OfferError::Malformed("it does not begin with v=0".to_owned()));
    }
    let mut sections = sections(sdp);
    sections.next();
    let mut wish = Wish { video: false, data: false };
    let mut refused = None;
    for section in sections {
        let mut words =
            section.lines().next().unwrap_or_default().trim_start_matches("m=").split_whitespace();
        let (kind, port) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if kind == "application" && port != "0" {
            wish.data = true;
        }
        if kind != "video"
            || port == "0"
            || lines(section).any(|line| line == "a=sendonly" || line == "a=inactive")
        {
            continue;
        }
        let formats: Vec<&str> = words.skip(1).collect();
        if formats.iter().any(|format| is_h264(section, format)) {
            wish.video = true;
        } else {
            refused = Some(codec_names(section));
        }
    }
    match refused {
        Some(offered) if !wish.video => Err(OfferError::NoH264 { offered }),
        Some(_) | None if !wish.video && !wish.data => Err(OfferError::Nothing),
        Some(_) | None => Ok(wish),
    }
}

fn is_h264(section: &str, format: &str) -> bool {
    let is_named = lines(section).any(|line| {
        attribute_of(line, "rtpmap", format).is_some_and(|value| value.eq_ignore_ascii_case("H264/90000"))
    });
    is_named
        && lines(section).any(|line| {
            attribute_of(line, "fmtp", format).is_some_and(|value| {
                value
                    .split(';')
                    .any(|parameter| parameter.trim().eq_ignore_ascii_case("packetization-mode=1"))
            })
        })
}

/// The value of `a=NAME:FORMAT VALUE`.
fn attribute_of<'a>(line: &'a str, name: &str, format: &str) -> Option<&'a str> {
    let (key, value) = line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':')?.split_once(' ')?;
    (key == format).then(|| value.trim())
}

fn codec_names(section: &str) -> String {
    let mut names: Vec<&str> = lines(section)
        .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' ')?.1.split('/').next())
        .filter(|name| !["rtx", "red", "ulpfec", "flexfec-03"].contains(name))
        .collect();
    names.dedup();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_end)
}

/// The session's part, then one for each media section.
fn sections(sdp: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(sdp);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find("\nm=") {
            Some(index) => {
                rest = Some(&text[index + 1..]);
                Some(&text[..=index])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

/// `sdp` without any candidates.
#[must_use]
pub fn without_candidates(sdp: &str) -> String {
    let mut out = String::with_capacity(sdp.len());
    for line in lines(sdp).filter(|line| !is_candidate(line) && !line.is_empty()) {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}

fn is_candidate(line: &str) -> bool {
    line.starts_with("a=candidate:") || line == "a=end-of-candidates"
}

/// The candidates of a server that is reached at `addresses`, most preferred first: each over UDP, then each over TCP,
/// where clients connect (RFC 6544).
#[must_use]
pub fn candidates(addresses: &[SocketAddr]) -> Vec<String> {
    /// Type preferences of host candidates (RFC 8445, section 5.1.2.2): TCP is for whom UDP does not reach.
    const WAYS: [(&str, u32, &str); 2] = [("udp", 126, ""), ("tcp", 90, " tcptype passive")];
    let candidate = |(index, (way, address)): (usize, (&(&str, u32, &str), &SocketAddr))| {
        let (protocol, preference, rest) = way;
        let local = 65_535 - index.min(65_535) as u32;
        let priority = (preference << 24) | (local << 8) | 255;
        let (ip, port) = (address.ip(), address.port());
        format!("{} 1 {protocol} {priority} {ip} {port} typ host{rest}", index + 1)
    };
    let all = WAYS.iter().flat_map(|way| addresses.iter().map(move |address| (way, address)));
    all.enumerate().map(candidate).collect()
}

/// The same as lines of a description.
#[must_use]
pub fn candidate_lines(addresses: &[SocketAddr]) -> String {
    let mut out = String::new();
    for candidate in candidates(addresses) {
        // Writing to a String does not fail.
        let _ = writeln!(out, "a=candidate:{candidate}\r");
    }
    out.push_str("a=end-of-candidates\r\n");
    out
}

/// `answer` with candidates for `addresses` in every section that is not refused, and no others.
#[must_use]
pub fn with_candidates(answer: &str, addresses: &[SocketAddr]) -> String {
    let candidates = candidate_lines(addresses);
    let bare = without_candidates(answer);
    let mut out = String::with_capacity(bare.len() + 4 * candidates.len());
    for section in sections(&bare) {
        out.push_str(section);
        let is_refused = section.split_whitespace().nth(1) == Some("0");
        if section.starts_with("m=") && !is_refused {
            out.push_str(&candidates);
        }
    }
    out
}

/// The first user fragment and password in a description or a fragment of one.
#[must_use]
pub fn ice_credentials(sdp: &str) -> Option<(&str, &str)> {
    let value = |prefix: &str| {
        lines(sdp).find_map(|line| line.strip_prefix(prefix)).filter(|value| !value.is_empty())
    };
    Some((value("a=ice-ufrag:")?, value("a=ice-pwd:")?))
}

/// `sdp` with these credentials in place of those it has.
#[must_use]
pub fn with_ice_credentials(sdp: &str, ufrag: &str, password: &str) -> String {
    let mut out = String::with_capacity(sdp.len());
    for line in lines(sdp) {
        if line.starts_with("a=ice-ufrag:") {
            out.push_str("a=ice-ufrag:");
            out.push_str(ufrag);
        } else if line.starts_with("a=ice-pwd:") {
            out.push_str("a=ice-pwd:");
            out.push_str(password);
        } else {
            out.push_str(line);
        }
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    const H264: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 102\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\n\
                        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n\
                        a=ice-ufrag:abcd\r\na=ice-pwd:0123456789\r\na=recvonly\r\n\
                        a=candidate:1 1 udp 1 10.0.0.1 1 typ host\r\n";
    const VP8: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=recvonly\r\n";
    const DATA: &str = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:5000\r\n";

    #[test]
    fn an_offer_may_want_video_or_data_or_both() {
        let cases = [
            (H264.to_owned(), true, false),
            (DATA.to_owned(), false, true),
            (format!("{H264}{DATA}"), true, true),
        ];
        for (sections, video, data) in cases {
            assert_eq!(wish(&format!("{SESSION}{sections}")), Ok(Wish { video, data }), "{sections}");
        }
    }

    #[test]
    fn a_client_without_h264_is_told_what_it_has() {
        let mode_0 = H264.replace("packetization-mode=1", "packetization-mode=0");
        for (sections, offered) in
            [(VP8.to_owned(), "VP8"), (mode_0, "VP8, H264"), (format!("{VP8}{DATA}"), "VP8")]
        {
            let error = wish(&format!("{SESSION}{sections}"));
            assert_eq!(error, Err(OfferError::NoH264 { offered: offered.to_owned() }), "{sections}");
        }
    }

    #[test]
    fn an_offer_for_nothing_is_refused() {
        for sections in
            ["", "m=audio 9 X 0\r\n", &H264.replace("recvonly", "sendonly"), &DATA.replace(" 9 ", " 0 ")]
        {
            assert_eq!(wish(&format!("{SESSION}{sections}")), Err(OfferError::Nothing), "{sections}");
        }
        assert!(matches!(wish("hello"), Err(OfferError::Malformed(_))));
    }

    #[test]
    fn candidates_are_ours_alone_and_skip_refused_sections() {
        let refused = "m=audio 0 X 0\r\n";
        let answer = with_candidates(
            &format!("{SESSION}{H264}{refused}{DATA}"),
            &["127.0.0.1:49100".parse().unwrap(), "[::1]:49100".parse().unwrap()],
        );
        assert!(!answer.contains("10.0.0.1"));
        let parts: Vec<&str> = sections(&answer).collect();
        let ours = |part: &str| lines(part).filter(|line| line.starts_with("a=candidate:")).count();
        assert_eq!(parts.iter().map(|part| ours(part)).collect::<Vec<_>>(), [0, 4, 0, 4]);
        assert!(answer.contains("a=candidate:1 1 udp 2130706431 127.0.0.1 49100 typ host\r\n"));
        assert!(answer.contains("a=candidate:2 1 udp 2130706175 ::1 49100 typ host\r\n"));
        assert!(
            answer.contains("a=candidate:3 1 tcp 1526726143 127.0.0.1 49100 typ host tcptype passive\r\n")
        );
    }

    #[test]
    fn credentials_can_be_read_and_replaced() {
        let offer = format!("{SESSION}{H264}");
        assert_eq!(ice_credentials(&offer), Some(("abcd", "0123456789")));
        let restarted = with_ice_credentials(&offer, "wxyz", "secret");
        assert_eq!(ice_credentials(&restarted), Some(("wxyz", "secret")));
        assert_eq!(ice_credentials(SESSION), None);
    }
}

//! The candidates of an answer, completed with the address that is known to reach the server: the one that its HTTP came
//! from. A server in a container or behind a tunnel announces addresses that lead nowhere from here.

use std::net::SocketAddr;

/// Of a host candidate that is only tried after those which the server names.
const LAST_RESORT: u32 = 1;

/// `answer` with one more UDP candidate, unless it names that address already.
#[must_use]
pub fn with_udp(answer: &str, server: SocketAddr) -> String {
    let (ip, port) = (server.ip(), server.port());
    let wanted = format!(" {ip} {port} ");
    let is_named = candidates(answer).any(|line| line.contains(&wanted) && is_udp(line));
    if is_named {
        return answer.to_owned();
    }
    insert(answer, &format!("a=candidate:90 1 udp {LAST_RESORT} {ip} {port} typ host"), |_| true)
}

/// `answer` with one TCP candidate and no other.
#[must_use]
pub fn with_tcp_alone(answer: &str, server: SocketAddr) -> String {
    let (ip, port) = (server.ip(), server.port());
    insert(
        answer,
        &format!("a=candidate:90 1 tcp {LAST_RESORT} {ip} {port} typ host tcptype passive"),
        |_| false,
    )
}

fn candidates(sdp: &str) -> impl Iterator<Item = &str> {
    sdp.lines().filter(|line| line.starts_with("a=candidate:"))
}

fn is_udp(candidate: &str) -> bool {
    candidate.split_whitespace().nth(2).is_some_and(|protocol| protocol.eq_ignore_ascii_case("udp"))
}

/// `line` at the end of each section that is not refused, beside the candidates that `keeps` keeps.
fn insert(sdp: &str, line: &str, keeps: impl Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(sdp.len() + 4 * line.len());
    let mut is_open = false;
    let end = |out: &mut String, is_open: bool| {
        if is_open {
            out.push_str(line);
            out.push_str("\r\na=end-of-candidates\r\n");
        }
    };
    for text in sdp.lines().map(str::trim_end).filter(|text| !text.is_empty()) {
        if text.starts_with("m=") {
            end(&mut out, is_open);
            is_open = text.split_whitespace().nth(1) != Some("0");
        }
        if text == "a=end-of-candidates" || (text.starts_with("a=candidate:") && !keeps(text)) {
            continue;
        }
        out.push_str(text);
        out.push_str("\r\n");
    }
    end(&mut out, is_open);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "v=0\r\ns=-\r\nm=video 9 X 96\r\na=mid:0\r\na=candidate:1 1 udp 9 172.17.0.2 49100 typ host\r\n\
                          a=candidate:2 1 tcp 8 172.17.0.2 49100 typ host tcptype passive\r\na=end-of-candidates\r\n\
                          m=audio 0 X 0\r\n";

    fn server(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_address_that_works_is_added_once_and_not_to_refused_sections() {
        let once = with_udp(ANSWER, server("[::1]:8080"));
        assert_eq!(once.matches("a=candidate:90 1 udp 1 ::1 8080 typ host\r\n").count(), 1);
        assert_eq!(candidates(&once).count(), 3, "{once}");
        assert!(once.ends_with("m=audio 0 X 0\r\n"), "{once}");
        assert_eq!(with_udp(ANSWER, server("172.17.0.2:49100")), ANSWER, "named already");
    }

    #[test]
    fn over_tcp_the_one_known_address_is_the_only_one() {
        let answer = with_tcp_alone(ANSWER, server("127.0.0.1:8080"));
        let all: Vec<&str> = candidates(&answer).collect();
        assert_eq!(all, ["a=candidate:90 1 tcp 1 127.0.0.1 8080 typ host tcptype passive"]);
        assert_eq!(answer.matches("a=end-of-candidates").count(), 1);
    }
}

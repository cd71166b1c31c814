//! A WebSocket's client end, as plain as a test needs it: opens, reads messages, says when and how it was closed.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

/// What came.
#[derive(Debug, PartialEq)]
pub enum Came {
    Text(String),
    Binary(Vec<u8>),
    /// The code and the reason.
    Closed(u16, String),
}

pub struct Socket(TcpStream);

impl Socket {
    /// The status and the body of a refusal, else the open socket.
    pub fn open(port: u16, path: &str) -> Result<Self, (u16, Vec<u8>)> {
        Self::on(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap(), port, path)
    }

    /// As [`Self::open`], on a connection to the server at `port`.
    pub fn on(mut socket: TcpStream, port: u16, path: &str) -> Result<Self, (u16, Vec<u8>)> {
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        write!(
            socket,
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let status = std::str::from_utf8(&head[9..12]).unwrap().parse().unwrap();
        if status == 101 {
            return Ok(Self(socket));
        }
        let text = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        socket.read_exact(&mut body).unwrap();
        Err((status, body))
    }

    pub fn say(&mut self, text: &str) {
        self.send(0x1, text.as_bytes());
    }

    fn send(&mut self, kind: u8, body: &[u8]) {
        let length = u8::try_from(body.len()).unwrap();
        assert!(length < 126);
        // Masked by zero: as good as any other mask here.
        let mut frame = vec![0x80 | kind, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(body);
        self.0.write_all(&frame).unwrap();
    }

    /// The next message; pings are answered on the way. `None` if the connection ends without a word.
    pub fn read(&mut self) -> Option<Came> {
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head).ok()?;
            assert_eq!(head[0] & 0x80, 0x80, "frames are whole messages here");
            let length = match head[1] & 0x7f {
                126 => u64::from(u16::from_be_bytes(self.bytes()?)),
                127 => u64::from_be_bytes(self.bytes()?),
                short => short.into(),
            };
            let mut body = vec![0; length as usize];
            self.0.read_exact(&mut body).ok()?;
            match head[0] & 0xf {
                1 => return Some(Came::Text(String::from_utf8(body).unwrap())),
                2 => return Some(Came::Binary(body)),
                8 => {
                    let code = body.get(..2).map_or(1005, |code| u16::from_be_bytes([code[0], code[1]]));
                    let reason = String::from_utf8_lossy(body.get(2..).unwrap_or_default()).into_owned();
                    return Some(Came::Closed(code, reason));
                }
                9 => self.send(0xa, &body),
                _ => {}
            }
        }
    }

    /// How it was closed, whatever else comes before.
    pub fn closed(&mut self) -> (u16, String) {
        loop {
            match self.read().expect("a close frame before the end") {
                Came::Closed(code, reason) => return (code, reason),
                Came::Text(_) | Came::Binary(_) => {}
            }
        }
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

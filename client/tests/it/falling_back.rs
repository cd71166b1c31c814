//! A server whose answers are sound and whose media never passes: the client goes through all its ways.

use std::sync::{Arc, Mutex};

use telestage_client::{Event, Hop, Options, Transport, connect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;

use crate::expect;
use crate::feedback::{Listener, Server};
use crate::websocket::Peer;

/// A request up to the end of its body.
async fn read_request(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        assert!(socket.read_buf(&mut bytes).await.unwrap() > 0, "the request is whole");
        let text = String::from_utf8(bytes.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return text;
            }
        }
    }
}

async fn serve(mut socket: TcpStream, asked: Arc<Mutex<Vec<String>>>) {
    let mut first = [0; 3];
    socket.peek(&mut first).await.unwrap();
    match &first {
        b"GET" => {
            let mut peer = Peer(accept_async(socket).await.unwrap());
            peer.welcome().await;
            // Until the client has gone.
            while futures_util::StreamExt::next(&mut peer.0).await.is_some_and(|message| message.is_ok()) {}
        }
        b"POS" | b"DEL" => {
            let request = read_request(&mut socket).await;
            let (head, offer) = request.split_once("\r\n\r\n").unwrap();
            asked.lock().unwrap().push(head.lines().next().unwrap().to_owned());
            let answer = if first == *b"POS" {
                // Its peer is dropped at once and never answers a check.
                Server::answer(offer, Listener(std::sync::mpsc::sync_channel(1).0)).await.1
            } else {
                String::new()
            };
            let head = "HTTP/1.1 201 Created\r\nLocation: /whep/7\r\nContent-Type: application/sdp\r\n";
            let text = format!("{head}Content-Length: {}\r\n\r\n{answer}", answer.len());
            socket.write_all(text.as_bytes()).await.unwrap();
        }
        // Media over TCP: nobody takes it.
        _ => {}
    }
}

#[tokio::test]
async fn what_does_not_get_through_by_udp_or_tcp_comes_by_websocket_and_leaves_nothing_behind() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string().parse().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    tokio::spawn(async move {
        loop {
            tokio::spawn(serve(listener.accept().await.unwrap().0, heard.clone()));
        }
    });
    let (_handle, mut events) = connect(Options::new(address, "test"));
    let mut tried = Vec::new();
    for _ in 0..3 {
        let transport = expect(&mut events, |event| match event {
            Event::Hop(Hop::Trying(transport), _) => Some(transport),
            _ => None,
        });
        tried.push(transport.await);
    }
    assert_eq!(tried, [Transport::Udp, Transport::Tcp, Transport::WebSocket]);
    let by = expect(&mut events, |event| match event {
        Event::Hop(Hop::Connected(transport), _) => Some(transport),
        _ => None,
    });
    assert_eq!(by.await, Transport::WebSocket);
    expect(&mut events, |event| matches!(event, Event::Welcomed(_)).then_some(())).await;
    let requests = asked.lock().unwrap().clone();
    let offer_and_farewell = ["POST /whep HTTP/1.1", "DELETE /whep/7 HTTP/1.1"];
    assert_eq!(requests, [offer_and_farewell, offer_and_farewell].concat());
}

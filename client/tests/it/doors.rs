//! Doors that do not open, each told apart.

use telestage_client::{Address, ConnectError, Ending, Event, Options, Transport, Way, connect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::expect;

async fn failure(address: Address, way: Way) -> ConnectError {
    let (_handle, mut events) = connect(Options { transport: way, ..Options::new(address, "test") });
    expect(&mut events, |event| match event {
        Event::Ended(Ending::NotConnected(error)) => Some(error),
        Event::Ended(other) => panic!("{other:?}"),
        _ => None,
    })
    .await
}

/// The address of a server that answers everything with `answer` and closes.
async fn answering(answer: impl Into<Vec<u8>>) -> Address {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 8192];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(&answer).await;
        }
    });
    address.to_string().parse().unwrap()
}

const WAYS: [Way; 3] = [Way::Auto, Way::Only(Transport::Tcp), Way::Only(Transport::WebSocket)];

#[tokio::test]
async fn a_port_where_nobody_listens_is_told_from_a_name_that_nobody_has() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    for way in WAYS {
        let error = failure(address.to_string().parse().unwrap(), way).await;
        assert_eq!(error, ConnectError::Refused { address });
        assert!(error.is_passing());
    }
    // An empty label: no resolver asks the network for it.
    let error = failure("a..b:49100".parse().unwrap(), Way::Auto).await;
    assert_eq!(error.code(), "not_resolved", "{error}");
    assert!(error.to_string().contains("a..b"), "{error}");
}

#[tokio::test]
async fn somebody_else_on_the_port_is_no_server_of_ours() {
    for answer in [
        &b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let address = answering(answer).await;
        for way in WAYS {
            let error = failure(address.clone(), way).await;
            assert_eq!(error.code(), "not_telestage", "{way:?} {answer:?}: {error}");
            assert!(!error.is_passing());
        }
    }
}

#[tokio::test]
async fn a_full_house_and_a_closed_one_are_told_apart() {
    let refusal = |status: &str, head: &str, code: &str| {
        let body = format!("{{\"error\": {{\"code\": \"{code}\", \"message\": \"not now\"}}}}");
        format!("HTTP/1.1 {status}\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let full = answering(refusal("503 Service Unavailable", "Retry-After: 5\r\n", "busy")).await;
    let closed = answering(refusal("403 Forbidden", "", "refused")).await;
    for way in WAYS {
        let error = failure(full.clone(), way).await;
        assert_eq!(
            (error.code(), error.retry_after().map(|wait| wait.as_secs())),
            ("busy", Some(5)),
            "{error}"
        );
        let error = failure(closed.clone(), way).await;
        assert_eq!((error.code(), error.is_passing()), ("rejected", false), "{error}");
    }
}

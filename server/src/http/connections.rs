//! Serves HTTP on the connections that come through the [`Door`]: how many there are, and how long each may say nothing.
//!
//! A connection costs a descriptor and some memory, whoever holds it: one that never finishes its request, waits for its
//! next one too long, or does not take its answer is closed. What answers may take as long as they need.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, oneshot, watch};

use crate::http::caller::Caller;
use crate::http::door::Door;
use crate::http::gauge::Gauged;

/// A request whose head is not complete so long after it could begin is given up, and its connection with it.
const HEAD: Duration = Duration::from_secs(15);
/// Connections at a time; one more is closed.
const MOST: usize = 2048;

/// Serves until `stop` resolves, and then until all connections have ended, each with the answer that is under way.
pub async fn serve(mut door: Door, router: Router, stop: oneshot::Receiver<()>) {
    let places = Arc::new(Semaphore::new(MOST));
    let service = TowerToHyperService::new(router);
    let (stopping, stopped) = watch::channel(());
    let accept = async {
        while let Some(stream) = door.accept().await {
            let Ok(place) = places.clone().try_acquire_owned() else {
                tracing::warn!(connections = MOST, "too many HTTP connections, one more is closed");
                continue;
            };
            // A connection that is gone already has nobody to answer.
            let Ok(from) = stream.peer_addr() else { continue };
            let (service, stopped) = (service.clone(), stopped.clone());
            tokio::spawn(async move {
                converse(Gauged::new(stream), from.ip().to_canonical(), service, stopped).await;
                drop(place);
            });
        }
    };
    tokio::select! {
        // The listener is lost; the log says why.
        () = accept => {}
        _ = stop => {}
    }
    drop(stopping);
    // Whoever waits for this decides for how long.
    drop(places.acquire_many(MOST as u32).await);
}

/// Serves one connection to its end.
async fn converse(
    stream: Gauged,
    ip: IpAddr,
    router: TowerToHyperService<Router>,
    mut stopped: watch::Receiver<()>,
) {
    let caller = Caller { ip, gauge: stream.gauge() };
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(caller.clone()));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "an HTTP connection ended");
    }
}

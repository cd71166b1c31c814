//! The client against servers made for the purpose.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod doors;
mod falling_back;
mod feedback;
mod websocket;

use std::time::Duration;

use telestage_client::{Event, Events};
use tokio::time::timeout;

/// Far beyond what anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The first event that `wanted` takes.
async fn expect<T>(events: &mut Events, wanted: impl Fn(Event) -> Option<T>) -> T {
    timeout(PATIENCE, async {
        loop {
            let event = events.next().await.expect("the client lives");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    })
    .await
    .expect("it happens")
}

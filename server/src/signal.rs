//! The signals that end a command that runs until it is told to stop.

/// Resolves with the name of the signal that ends this program.
///
/// # Errors
/// The system lets nobody listen.
#[cfg(unix)]
pub fn ended_by() -> std::io::Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        }
    })
}

/// Resolves when the user wants this program to end.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn ended_by() -> std::io::Result<impl Future<Output = &'static str>> {
    Ok(async {
        // Without a handler there is nothing to wait for but the end of the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl+C"
    })
}

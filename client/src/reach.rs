//! From an address as written to an open TCP connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::address::{Address, Host};
use crate::error::ConnectError;

/// How long one address may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(4);

/// The addresses behind a name, in the system's order of preference.
///
/// # Errors
/// The name has none.
pub async fn resolve(address: &Address) -> Result<Vec<SocketAddr>, ConnectError> {
    let name = match &address.host {
        Host::Ip(ip) => return Ok(vec![SocketAddr::new(*ip, address.port)]),
        Host::Name(name) => name,
    };
    let not_resolved = |cause: String| ConnectError::NotResolved { host: name.clone(), cause };
    let mut found: Vec<SocketAddr> = Vec::new();
    for one in
        lookup_host((name.as_str(), address.port)).await.map_err(|error| not_resolved(error.to_string()))?
    {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    if found.is_empty() { Err(not_resolved("it has no address".to_owned())) } else { Ok(found) }
}

/// A connection to the first address that takes one.
///
/// # Errors
/// None does; why the last one did not.
pub async fn reach(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut last = ConnectError::Local("there is no address to connect to".to_owned());
    for &address in addresses {
        last = match timeout(PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it a small request only waits longer.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                ConnectError::Refused { address }
            }
            Ok(Err(error)) => ConnectError::Unreachable { address, cause: error.to_string() },
            Err(_) => ConnectError::Unreachable {
                address,
                cause: format!("no answer within {} s", PATIENCE.as_secs()),
            },
        };
    }
    Err(last)
}

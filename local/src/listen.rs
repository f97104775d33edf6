//! The address that the dev server listens on.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use tokio::net::TcpListener;

use crate::error::StartError;

/// Listens on the first of `ports` that is free.
pub(crate) async fn on_first_free(ports: RangeInclusive<u16>) -> Result<TcpListener, StartError> {
    for port in ports.clone() {
        match bind(Ipv4Addr::LOCALHOST.into(), port).await {
            Err(StartError::PortTaken(_)) if ports.start() < ports.end() => {}
            result => return result,
        }
    }
    Err(StartError::PortsTaken(ports))
}

/// Listens on `port`, where 0 is any free one.
pub(crate) async fn bind(host: IpAddr, port: u16) -> Result<TcpListener, StartError> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Listen(address, error),
    })
}

//! The addresses that the dev server listens on.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

use tokio::net::TcpListener;

use crate::error::StartError;

/// The dev server's own address.
pub(crate) struct Listening {
    /// Its host and port in links, which lead to this computer.
    pub(crate) domain: String,
    pub(crate) port: u16,
    pub(crate) listeners: Vec<TcpListener>,
}

impl Listening {
    /// Listens on `host`, and on loopback for the links, at the first of `ports` that is free on both.
    pub(crate) async fn on(host: IpAddr, ports: RangeInclusive<u16>) -> Result<Listening, StartError> {
        let host = host.to_canonical();
        let (name, hosts) = named(host);
        for port in ports.clone() {
            match all(&hosts, port).await {
                Err(StartError::PortTaken(_)) if ports.start() < ports.end() => {}
                Err(error) => return Err(error),
                Ok((port, listeners)) => {
                    return Ok(Listening { domain: format!("{name}:{port}"), port, listeners });
                }
            }
        }
        Err(StartError::PortsTaken(ports))
    }
}

/// What links call a server on `host`, and where it must listen for that. They cannot name any address: the settings
/// take `http` only for the three names of this computer.
fn named(host: IpAddr) -> (&'static str, Vec<IpAddr>) {
    const IPV4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
    match host {
        IPV6 => ("[::1]", vec![host]),
        // Whether it includes IPv4 depends on the system. Clients that look the name up try both.
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => ("localhost", vec![host]),
        IPV4 | IpAddr::V4(Ipv4Addr::UNSPECIFIED) => ("127.0.0.1", vec![host]),
        _ => ("127.0.0.1", vec![IPV4, host]),
    }
}

/// Listens at the same port of all hosts; 0 is any free one.
async fn all(hosts: &[IpAddr], mut port: u16) -> Result<(u16, Vec<TcpListener>), StartError> {
    let mut listeners = Vec::new();
    for host in hosts {
        let listener = bind(SocketAddr::new(*host, port)).await?;
        port = listener.local_addr().map_err(StartError::LocalAddress)?.port();
        listeners.push(listener);
    }
    Ok((port, listeners))
}

pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Listen(address, error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No test listens on these: that would open the computer to its network.
    #[test]
    fn links_lead_to_this_computer_wherever_it_listens() {
        for (host, name, hosts) in [
            ("0.0.0.0", "127.0.0.1", vec!["0.0.0.0"]),
            ("::", "localhost", vec!["::"]),
            ("127.0.0.1", "127.0.0.1", vec!["127.0.0.1"]),
            ("::1", "[::1]", vec!["::1"]),
            ("192.0.2.7", "127.0.0.1", vec!["127.0.0.1", "192.0.2.7"]),
            ("2001:db8::1", "127.0.0.1", vec!["127.0.0.1", "2001:db8::1"]),
        ] {
            let (named, listens) = named(host.parse().expect("an address"));
            let listens: Vec<String> = listens.iter().map(IpAddr::to_string).collect();
            assert_eq!((named, listens), (name, hosts.into_iter().map(str::to_owned).collect()), "{host}");
        }
    }
}

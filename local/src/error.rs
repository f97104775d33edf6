use std::net::SocketAddr;
use std::ops::RangeInclusive;

use shared::runtime::config::ConfigError;

use crate::template::TemplateError;

/// Why the dev server, or its services alone, cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("port {} is taken on {}; choose another one with --port", .0.port(), .0.ip())]
    PortTaken(SocketAddr),
    #[error("all ports from {} to {} are taken; choose another one with --port", .0.start(), .0.end())]
    PortsTaken(RangeInclusive<u16>),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("cannot tell which port it listens on: {0}")]
    LocalAddress(std::io::Error),
    #[error(transparent)]
    Template(#[from] &'static TemplateError),
    #[error(transparent)]
    DynamoDb(#[from] embedded::Error),
    #[error("the inbox cannot listen on {0}: {1}")]
    ListenSes(SocketAddr, std::io::Error),
    #[error("the mails: {0}")]
    Inbox(std::io::Error),
    #[error("cannot write {0}: {1}")]
    EnvFile(String, std::io::Error),
    #[error("the signing key: {0}")]
    SigningKey(std::io::Error),
    #[error("the setting {0}")]
    Setting(#[from] ConfigError),
    #[error("the help desk: {0}")]
    Desk(#[from] desk::DeskError),
}

use std::net::SocketAddr;

use shared::runtime::config::ConfigError;

use crate::template::TemplateError;

/// Why the dev server, or its services alone, cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("port {0} is taken; choose another one with --port")]
    PortTaken(u16),
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(std::io::Error),
    #[error(transparent)]
    Template(#[from] &'static TemplateError),
    #[error(transparent)]
    DynamoDb(#[from] embedded::Error),
    #[error("the inbox cannot listen on {0}: {1}")]
    ListenSes(SocketAddr, std::io::Error),
    #[error("cannot write {0}: {1}")]
    EnvFile(String, std::io::Error),
    #[error("the signing key: {0}")]
    SigningKey(std::io::Error),
    #[error("the setting {0}")]
    Setting(#[from] ConfigError),
}

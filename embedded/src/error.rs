use std::net::SocketAddr;

/// Why the engine did not start, or why a call to it failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("template.yaml: {0}")]
    Template(String),
    #[error("another process is using the folder {0}")]
    InUse(String),
    #[error("the embedded DynamoDB cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("cannot use the folder {0}: {1}")]
    Folder(String, std::io::Error),
    #[error("cannot start the embedded DynamoDB: {0}")]
    Start(#[from] std::io::Error),
    #[error("the embedded DynamoDB: {0}")]
    Engine(#[from] dynoxide::DynoxideError),
}

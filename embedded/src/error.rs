use std::net::SocketAddr;

/// Why the engine did not start, or why a call to it failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("template.yaml: {0}")]
    Template(String),
    #[error("another server is using the folder {0}")]
    InUse(String),
    #[error("the embedded DynamoDB cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("cannot use the data folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the embedded DynamoDB: {0}")]
    Engine(#[from] dynoxide::DynoxideError),
}

//! The least that a sign-in can take: a function that hashes one password with the default parameters, erases the memory
//! that this filled, and does nothing else. Its profile, `floor`, is for speed alone.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use zeroize::Zeroize;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let params = Params::new(19_456, 2, 1, None).map_err(|error| error.to_string())?;
    let memory = Arc::new(Mutex::new(vec![Block::default(); params.block_count()]));
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    run(service_fn(move |request: Request| {
        let (argon2, memory) = (argon2.clone(), Arc::clone(&memory));
        async move {
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            let mut hash = [0; 32];
            argon2
                .hash_password_into_with_memory(request.body(), b"0123456789abcdef", &mut hash, &mut *memory)
                .map_err(|error| error.to_string())?;
            memory.iter_mut().zeroize();
            Ok::<_, Error>(Response::new(Body::from(hash.as_slice())))
        }
    }))
    .await
}

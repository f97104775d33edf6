//! Requests that are dropped in the middle, as one is that takes too long.

use std::time::Duration;

use crate::fixture::Fixture;
use crate::project;
use tests::handlers;

#[tokio::test]
async fn an_attempt_that_was_not_judged_does_not_count() {
    let fixture = Fixture::make().await;
    let slow = fixture.world.app(&[("ARGON2_MEMORY_KIB", "19456"), ("ARGON2_ITERATIONS", "48")]);
    let sign_in = project::read("events/tokens.sign-in-unknown.json");
    for _ in 0..10 {
        // Long enough for the attempt to be on record, and not for the hash.
        let moment = Duration::from_millis(100);
        let answer = tokio::time::timeout(moment, handlers::answer("tokens", &slow, &sign_in)).await;
        assert!(answer.is_err(), "a hash takes longer");
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    for status in [[401; 10].as_slice(), &[429]].concat() {
        assert_eq!(handlers::answer("tokens", &fixture.app, &sign_in).await.status(), status);
    }
}

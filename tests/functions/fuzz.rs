//! Some thousands of randomly mutated events; `bench` has a program for millions.

use std::path::Path;
use std::sync::Arc;

use shared::App;
use tests::fuzz::{Depth, Fuzzer, Input, try_one};

use crate::fixture::Fixture;
use crate::world;

#[tokio::test]
async fn any_input_is_answered_without_the_table() {
    // No server listens there: an input that reaches the table anyway is answered 503, which counts as a problem.
    let app = world::app(&[
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("PUBLIC_BASE_URL", "https://api.example.com"),
    ]);
    let mut fuzzer = Fuzzer::new(1, events(), Depth::Shallow);
    assert_all_answered(&app, &mut fuzzer, 20_000, str::to_owned).await;
}

#[tokio::test]
async fn inputs_that_reach_the_table_are_answered_too() {
    let fixture = Fixture::make().await;
    let mut fuzzer = Fuzzer::new(2, events(), Depth::Table);
    assert_all_answered(&fixture.app, &mut fuzzer, 1_500, |event| fixture.fill(event)).await;
}

async fn assert_all_answered(
    app: &Arc<App>,
    fuzzer: &mut Fuzzer,
    inputs: usize,
    fill: impl Fn(&str) -> String,
) {
    let mut answered = 0;
    for _ in 0..inputs {
        let input = fuzzer.next_input();
        let input = Input { event: fill(&input.event), ..input };
        let Some(problem) = try_one(app, &input).await else { continue };
        assert!(problem.is_empty(), "{problem}\nof {}: {}", input.function, input.event);
        answered += 1;
    }
    assert!(answered > inputs / 2, "only {answered} of {inputs} were valid events");
}

fn events() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../events"))
}

//! A table with the fixture of the events in it.

use std::sync::Arc;

use shared::App;
use tests::fixture::{self, Placeholders};

use crate::world::World;

/// A table with the fixture in it, and the values that exist only at run time.
pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) app: Arc<App>,
    placeholders: Placeholders,
}

impl Fixture {
    pub(crate) async fn make() -> Fixture {
        let world = World::start().await;
        let app = world.app(&[]);
        let placeholders = fixture::put(&app).await;
        Fixture { world, app, placeholders }
    }

    /// An event with its placeholders filled in.
    pub(crate) fn fill(&self, event: &str) -> String {
        let filled = |text: String, (placeholder, value): &(&str, String)| text.replace(placeholder, value);
        self.placeholders.iter().fold(event.to_owned(), filled)
    }
}

//! At the end of every test, the table of its shop must be consistent.

use std::sync::atomic::Ordering;

use accounts::{Broken, check_store};
use shared::{Clock, Config, Random};

use crate::Shop;

impl Shop {
    /// Panics if the table breaks a rule.
    pub async fn check(&self) {
        let broken = self.broken_rules().await;
        assert!(broken.is_empty(), "the table breaks rules: {broken:#?}");
    }

    /// The rules that the table breaks, found with a client of its own, past any proxy that lets calls go wrong.
    pub async fn broken_rules(&self) -> Vec<Broken> {
        let settings = self.server().settings();
        let config = Config::from_lookup(|name| settings.get(name).cloned()).expect("the settings are valid");
        let app = shared::App::new(config, Clock::system(), Random::system());
        check_store(&app.store, false).await.expect("the table answers").broken
    }

    /// Leaves the table unchecked at the end: for tests that put into it what no request can, or have found it broken.
    pub fn break_on_purpose(&self) {
        self.is_broken_on_purpose.store(true, Ordering::Relaxed);
    }

    pub(crate) async fn check_unless_broken_on_purpose(&self) {
        if !self.is_broken_on_purpose.load(Ordering::Relaxed) {
            self.check().await;
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if self.server.is_none() || std::thread::panicking() {
            return;
        }
        // The test's own runtime may have only this thread.
        std::thread::scope(|scope| {
            let checking = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(self.check_unless_broken_on_purpose());
            });
            if let Err(panic) = checking.join() {
                std::panic::resume_unwind(panic);
            }
        });
    }
}

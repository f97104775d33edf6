//! Many rows in one test: every row is tried, and all that differ are reported at the end.

use std::fmt::Debug;

#[derive(Default)]
#[must_use = "finish() reports what differs"]
pub struct Table {
    rows: usize,
    differences: Vec<String>,
}

impl Table {
    pub fn check<A: Debug + PartialEq<E>, E: Debug>(&mut self, row: impl AsRef<str>, actual: A, expected: E) {
        self.rows += 1;
        if actual != expected {
            let row = row.as_ref();
            self.differences.push(format!("{row:.300}\n    expected {expected:?}\n         got {actual:?}"));
        }
    }

    #[track_caller]
    pub fn finish(self) {
        let count = self.differences.len();
        assert!(self.rows > 0, "an empty table proves nothing");
        assert!(count == 0, "{count} of {} rows differ:\n{}", self.rows, self.differences.join("\n"));
    }
}

//! A file that is read twice, and could be another one the second time.

use std::hash::{BuildHasher, Hash, RandomState};
use std::vec::IntoIter;

/// What the first reading has seen, by its hashes.
pub(super) struct Twice {
    left: IntoIter<u64>,
    hasher: RandomState,
}

impl Twice {
    pub(super) fn first<T: Hash, E>(mut next: impl FnMut() -> Result<Option<T>, E>) -> Result<Twice, E> {
        let (mut seen, hasher) = (Vec::new(), RandomState::new());
        while let Some(row) = next()? {
            seen.push(hasher.hash_one(&row));
        }
        Ok(Twice { left: seen.into_iter(), hasher })
    }

    /// Whether the second reading has what the first had here, or the end.
    pub(super) fn again<T: Hash>(&mut self, row: Option<&T>) -> bool {
        row.map(|row| self.hasher.hash_one(row)) == self.left.next()
    }
}

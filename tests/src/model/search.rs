//! Looks for an order of a burst's requests that explains its answers.

use std::collections::BTreeMap;

use super::apply::Scene;
use super::call::Call;
use super::state::Model;
use super::told::Told;

/// Every state that some order of all calls leads to; an error says how far the best order got.
///
/// Partial orders of the same calls that reach the same state have the same continuations, so the search goes through
/// sets of calls, 64 at most, rather than orders.
pub(super) fn explanations(
    belief: &[Model],
    burst: &[(Call, Told)],
    scene: &Scene,
) -> Result<Vec<Model>, String> {
    let all = (1_usize << burst.len()) - 1;
    let mut reached: BTreeMap<usize, Vec<Model>> = BTreeMap::from([(0, belief.to_vec())]);
    let mut furthest = (0, String::new());
    for done in 0..=all {
        let Some(models) = reached.get(&done).cloned() else { continue };
        if done == all {
            return Ok(models);
        }
        let mut refusals = Vec::new();
        for model in &models {
            for (index, (call, told)) in
                burst.iter().enumerate().filter(|(index, _)| done & (1 << index) == 0)
            {
                match model.after(call, told, scene) {
                    Ok(after) => {
                        let states = reached.entry(done | 1 << index).or_default();
                        for model in after {
                            if !states.contains(&model) {
                                states.push(model);
                            }
                        }
                    }
                    Err(due) => refusals.push(format!("  {index}: {due}")),
                }
            }
        }
        let behind = (0..burst.len()).filter(|index| done & (1 << index) != 0).collect::<Vec<_>>();
        if refusals.len() == models.len() * (burst.len() - behind.len()) && behind.len() >= furthest.0 {
            refusals.sort();
            refusals.dedup();
            furthest = (behind.len(), format!("after {behind:?} in some order:\n{}", refusals.join("\n")));
        }
    }
    Err(format!("no order of these requests explains their answers; {}", furthest.1))
}

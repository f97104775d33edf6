//! Several clients change one customer concurrently. Whatever the interleaving, after each round everything
//! acknowledged is there, compared with a model of sets, and the address book follows its rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use tests::{Customer, Dice, PASSWORD, Shop};

const ROUNDS: usize = 15;
const CLIENTS: usize = 5;
const STEPS: usize = 3;

/// What was known after the last round.
#[derive(Default)]
struct Model {
    /// Ids in the order of the list, with their cities.
    addresses: Vec<(String, String)>,
    last_name: String,
}

/// A change that was acknowledged to a client.
#[derive(Debug)]
enum Acknowledged {
    Created { id: String, city: String },
    Changed { id: String, city: String },
    Deleted { id: String },
    Renamed { last_name: String },
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_each_round_everything_acknowledged_is_there() {
    let shop = Shop::start().await;
    let first = shop.register("john@example.com").await;
    let mut sessions = vec![Arc::new(first)];
    while sessions.len() < CLIENTS {
        let reference = sessions[0].reference.clone();
        sessions.push(Arc::new(shop.sign_in(&reference, "john@example.com", PASSWORD).await));
    }
    let mut model = Model { last_name: "Doe".to_owned(), ..Model::default() };
    let mut dice = Dice::new(7);
    for round in 0..ROUNDS {
        let known: Vec<String> = model.addresses.iter().map(|(id, _)| id.clone()).collect();
        let tasks: Vec<_> = sessions
            .iter()
            .enumerate()
            .map(|(number, session)| {
                let steps = steps(&mut dice, &known);
                let name = format!("{round}-{number}");
                tokio::spawn(client(Arc::clone(session), steps, name))
            })
            .collect();
        let mut acknowledged = Vec::new();
        for task in tasks {
            acknowledged.extend(task.await.expect("no client fails"));
        }
        model = quiet(&sessions[0], &model, &acknowledged).await;
    }
}

/// Which operation, and on which address.
fn steps(dice: &mut Dice, known: &[String]) -> Vec<(usize, Option<String>)> {
    let one = |dice: &mut Dice| {
        let address = (!known.is_empty()).then(|| known[dice.roll(known.len())].clone());
        (dice.roll(6), address)
    };
    (0..STEPS).map(|_| one(dice)).collect()
}

async fn client(
    customer: Arc<Customer>,
    steps: Vec<(usize, Option<String>)>,
    name: String,
) -> Vec<Acknowledged> {
    let mut acknowledged = Vec::new();
    for (number, (choice, address)) in steps.into_iter().enumerate() {
        let value = format!("{name}-{number}");
        match (choice, address) {
            (0, Some(id)) => {
                let answer = customer.delete(&customer.address_path(&id)).await;
                if answer.status == 204 {
                    acknowledged.push(Acknowledged::Deleted { id });
                } else {
                    answer.expect(404);
                }
            }
            (1 | 2, Some(id)) => {
                let changes =
                    json!({"city": value, "isDefaultShipping": choice == 1, "isDefaultBilling": choice == 2});
                let answer = customer.patch(&customer.address_path(&id), changes).await;
                if answer.status == 200 {
                    assert_eq!(answer.text("city"), value);
                    acknowledged.push(Acknowledged::Changed { id, city: value });
                } else {
                    answer.expect(404);
                }
            }
            (3, _) => {
                let answer = customer.patch(&customer.path(), json!({"lastName": value})).await.expect(200);
                assert_eq!(answer.text("lastName"), value);
                acknowledged.push(Acknowledged::Renamed { last_name: value });
            }
            _ => {
                let id = customer.add_address(json!({"city": value, "isDefaultShipping": number == 0})).await;
                acknowledged.push(Acknowledged::Created { id, city: value });
            }
        }
    }
    acknowledged
}

/// Compares what is there with the model and with what was acknowledged since, and returns the new model.
async fn quiet(customer: &Customer, before: &Model, acknowledged: &[Acknowledged]) -> Model {
    let mut possible: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, city) in &before.addresses {
        possible.entry(id).or_default().insert(city);
    }
    let (mut deleted, mut changed, mut names) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for one in acknowledged {
        match one {
            Acknowledged::Created { id, city } => {
                assert!(!possible.contains_key(id.as_str()), "{id} is new");
                possible.entry(id).or_default().insert(city);
            }
            Acknowledged::Changed { id, city } => {
                // The last change is one of those acknowledged in this round, not an earlier one.
                let cities = possible.entry(id).or_default();
                if changed.insert(id.as_str()) {
                    cities.clear();
                }
                cities.insert(city);
            }
            Acknowledged::Deleted { id } => assert!(deleted.insert(id.as_str()), "{id} is deleted once"),
            Acknowledged::Renamed { last_name } => {
                names.insert(last_name.as_str());
            }
        }
    }
    let addresses = customer.addresses().await;
    let there: BTreeSet<&str> = addresses.iter().map(|(id, _)| id.as_str()).collect();
    let expected: BTreeSet<&str> = possible.keys().copied().filter(|id| !deleted.contains(id)).collect();
    assert_eq!(there, expected, "{acknowledged:?}");
    for (id, attributes) in &addresses {
        let city = attributes["city"].as_str().expect("a city");
        assert!(possible[id.as_str()].contains(city), "{id} is in {city}: {acknowledged:?}");
    }
    for kind in ["isDefaultShipping", "isDefaultBilling"] {
        let defaults = addresses.iter().filter(|(_, attributes)| attributes[kind] == true).count();
        assert!(defaults <= 1, "{defaults} {kind}: {acknowledged:?}");
    }
    let stayed: Vec<&String> =
        before.addresses.iter().map(|(id, _)| id).filter(|id| there.contains(id.as_str())).collect();
    let listed: Vec<&String> = addresses.iter().map(|(id, _)| id).collect();
    assert_eq!(listed[..stayed.len()], stayed, "older addresses come first, in their order");
    let last_name = customer.get(&customer.path()).await.expect(200).text("lastName");
    let is_acknowledged =
        if names.is_empty() { last_name == before.last_name } else { names.contains(last_name.as_str()) };
    assert!(is_acknowledged, "{last_name}: {acknowledged:?}");
    let city = |attributes: &serde_json::Value| attributes["city"].as_str().unwrap_or_default().to_owned();
    Model {
        addresses: addresses.iter().map(|(id, attributes)| (id.clone(), city(attributes))).collect(),
        last_name,
    }
}

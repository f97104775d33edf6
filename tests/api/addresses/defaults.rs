//! Which address is the default for shipping and for billing.

use serde_json::{Value, json};
use tests::{Customer, Dice, Shop, address, without};

#[tokio::test]
async fn the_first_address_is_the_default_whatever_it_says() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    customer.add_address(json!({"isDefaultShipping": false, "isDefaultBilling": false})).await;
    assert_eq!(flags(&customer).await, [(true, true)]);
}

#[tokio::test]
async fn absent_and_null_mean_true() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    customer.add_address(json!({})).await;
    let neither = without(without(address(), "isDefaultShipping"), "isDefaultBilling");
    customer.post(&customer.addresses_path(), neither).await.expect(201);
    assert_eq!(flags(&customer).await, [(false, false), (true, true)]);
    customer.add_address(json!({"isDefaultShipping": null, "isDefaultBilling": false})).await;
    assert_eq!(flags(&customer).await, [(false, false), (false, true), (true, false)]);
}

#[tokio::test]
async fn in_the_current_profile_null_means_true_as_well() {
    let shop = Shop::with(&[("CONTRACT_PROFILE", "current")]).await;
    let customer = shop.register("john@example.com").await;
    customer.add_address(json!({})).await;
    customer.add_address(json!({"isDefaultShipping": null, "isDefaultBilling": null})).await;
    assert_eq!(flags(&customer).await, [(false, false), (true, true)]);
}

#[tokio::test]
async fn a_true_flag_moves_the_default_and_a_false_one_never_unsets_it() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let first = customer.add_address(json!({})).await;
    let second = customer.add_address(json!({"isDefaultBilling": true})).await;
    assert_eq!(flags(&customer).await, [(true, false), (false, true)]);
    let path = customer.address_path(&second);
    let answer = customer.patch(&path, json!({"isDefaultBilling": false})).await.expect(200);
    assert_eq!(answer.attribute("isDefaultBilling"), true);
    customer.patch(&path, json!({"isDefaultShipping": true})).await.expect(200);
    assert_eq!(flags(&customer).await, [(false, false), (true, true)]);
    customer.patch(&customer.address_path(&first), json!({"city": "Bonn"})).await.expect(200);
    assert_eq!(flags(&customer).await, [(false, false), (true, true)]);
}

#[tokio::test]
async fn deleting_the_default_promotes_no_address_but_the_next_change_does() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let first = customer.add_address(json!({})).await;
    customer.add_address(json!({})).await;
    let third = customer.add_address(json!({})).await;
    customer.delete(&customer.address_path(&first)).await.expect(204);
    assert_eq!(flags(&customer).await, [(false, false), (false, false)]);
    let no = json!({"isDefaultShipping": false, "isDefaultBilling": false});
    let answer = customer.patch(&customer.address_path(&third), no).await.expect(200);
    assert_eq!(answer.attribute("isDefaultShipping"), true);
    assert_eq!(answer.attribute("isDefaultBilling"), true);
    assert_eq!(flags(&customer).await, [(false, false), (true, true)]);
}

/// Two hundred random steps, compared with a model that implements only the rules.
#[tokio::test]
async fn any_history_follows_the_rules() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut model: Vec<(String, [bool; 2])> = Vec::new();
    let mut dice = Dice::new(42);
    let mut history = String::new();
    for _ in 0..200 {
        let wanted = [dice.roll(2) == 1, dice.roll(2) == 1];
        let attributes = json!({"isDefaultShipping": wanted[0], "isDefaultBilling": wanted[1]});
        let choice = dice.roll(model.len().max(1));
        match dice.roll(5) {
            0 | 1 if model.len() < 6 => {
                model.push((customer.add_address(attributes).await, [false; 2]));
                let new = model.len() - 1;
                touch(&mut model, new, wanted);
                history += &format!("create {wanted:?}\n");
            }
            2 | 3 if !model.is_empty() => {
                customer.patch(&customer.address_path(&model[choice].0), attributes).await.expect(200);
                touch(&mut model, choice, wanted);
                history += &format!("patch {choice} {wanted:?}\n");
            }
            4 if !model.is_empty() => {
                customer.delete(&customer.address_path(&model.remove(choice).0)).await.expect(204);
                history += &format!("delete {choice}\n");
            }
            _ => continue,
        }
        let expected: Vec<_> = model.iter().map(|(_, [shipping, billing])| (*shipping, *billing)).collect();
        assert_eq!(flags(&customer).await, expected, "{history}");
    }
}

/// Creating and patching follow the same rule.
fn touch(model: &mut [(String, [bool; 2])], index: usize, wanted: [bool; 2]) {
    for (kind, wanted) in wanted.into_iter().enumerate() {
        if wanted || model.iter().all(|(_, flags)| !flags[kind]) {
            model.iter_mut().for_each(|(_, flags)| flags[kind] = false);
            model[index].1[kind] = true;
        }
    }
}

/// `(isDefaultShipping, isDefaultBilling)` of every address.
async fn flags(customer: &Customer) -> Vec<(bool, bool)> {
    let flag = |attributes: &Value, name: &str| attributes[name].as_bool().expect("a flag");
    let both =
        |attributes: Value| (flag(&attributes, "isDefaultShipping"), flag(&attributes, "isDefaultBilling"));
    customer.addresses().await.into_iter().map(|(_, attributes)| both(attributes)).collect()
}

//! Many concurrent requests, with exactly the right outcome.

use std::future::Future;

use serde_json::json;
use tests::errors::{BAD_RESTORE_KEY, EMAIL_TAKEN};
use tests::mail::PASSWORD_RESET;
use tests::{Answer, NEW_PASSWORD, PASSWORD, Shop, address, merged, registration};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_email_registered_twice_is_registered_once() {
    let shop = Shop::start().await;
    for round in 0..5 {
        let email = format!("john{round}@example.com");
        let client = shop.anonymous();
        let answers = at_once(8, |_| {
            let (client, email) = (client.clone(), email.clone());
            async move { client.post("/customers", registration(&email)).await }
        });
        let answers = answers.await;
        assert_eq!(statuses(&answers), [&[201][..], &[422; 7]].concat());
        answers
            .iter()
            .filter(|answer| answer.status == 422)
            .for_each(|answer| answer.assert_error(EMAIL_TAKEN));
        let winner = answers.iter().find(|answer| answer.status == 201).expect("a winner");
        let customer = shop.sign_in(&winner.id(), &email, PASSWORD).await;
        customer.get(&customer.path()).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_addresses_at_once_are_sixteen_addresses() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let answers = at_once(16, |index| {
        let (client, path) = ((*customer).clone(), customer.addresses_path());
        let flags = json!({"isDefaultShipping": index % 2 == 0, "isDefaultBilling": index % 3 == 0});
        async move { client.post(&path, merged(address(), flags)).await }
    });
    assert_eq!(statuses(&answers.await), [201; 16]);
    let list = customer.addresses().await;
    assert_eq!(list.len(), 16);
    for flag in ["isDefaultShipping", "isDefaultBilling"] {
        assert_eq!(list.iter().filter(|(_, attributes)| attributes[flag] == true).count(), 1, "{flag}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_different_fields_are_all_kept() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let changes = [
        json!({"firstName": "Jane"}),
        json!({"lastName": "Johnson"}),
        json!({"gender": "Female"}),
        json!({"dateOfBirth": "2000-01-01"}),
        json!({"salutation": "Dr"}),
        json!({"email": "jane@example.com"}),
    ];
    let answers = at_once(changes.len(), |index| {
        let (client, path, change) = ((*customer).clone(), customer.path(), changes[index].clone());
        async move { client.patch(&path, change).await }
    });
    assert_eq!(statuses(&answers.await), [200; 6]);
    let answer = customer.get(&customer.path()).await;
    for change in &changes {
        for (name, value) in change.as_object().expect("an object") {
            assert_eq!(answer.attribute(name), *value);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_token_refreshed_by_many_has_one_successor() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let client = shop.anonymous();
    let answers = at_once(8, |_| {
        let (client, token) = (client.clone(), customer.refresh_token.clone());
        async move { client.post("/refresh-tokens", json!({"refreshToken": token})).await }
    });
    let answers = answers.await;
    assert_eq!(statuses(&answers), [201; 8]);
    let mut successors: Vec<_> = answers.iter().map(|answer| answer.text("refreshToken")).collect();
    successors.sort();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    shop.try_refresh(&successors[0]).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_restores_one_password() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.anonymous().post("/customer-forgotten-password", json!({"email": customer.email})).await.expect(204);
    let key = shop.mail_to(&customer.email, PASSWORD_RESET).await.token();
    let client = shop.anonymous();
    let password = |index: usize| format!("{NEW_PASSWORD}{index}");
    let answers = at_once(10, |index| {
        let attributes = json!({"restorePasswordKey": key, "password": password(index), "confirmPassword": password(index)});
        let client = client.clone();
        async move { client.patch("/customer-restore-password", attributes).await }
    });
    let answers = answers.await;
    assert_eq!(statuses(&answers), [&[204][..], &[422; 9]].concat());
    for (index, answer) in answers.iter().enumerate() {
        if answer.status == 204 {
            shop.sign_in(&customer.reference, &customer.email, &password(index)).await;
        } else {
            answer.assert_error(BAD_RESTORE_KEY);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_password_is_changed_once() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let password = |index: usize| format!("{NEW_PASSWORD}{index}");
    let answers = at_once(6, |index| {
        let attributes =
            json!({"password": PASSWORD, "newPassword": password(index), "confirmPassword": password(index)});
        let client = (*customer).clone();
        async move { client.patch("/customer-password", attributes).await }
    });
    let answers = answers.await;
    let winners: Vec<_> = (0..6).filter(|index| answers[*index].status == 204).collect();
    assert_eq!(winners.len(), 1, "{:?}", statuses(&answers));
    shop.sign_in(&customer.reference, &customer.email, &password(winners[0])).await;
    // The others lost their session, or the password was no longer the current one.
    assert!(
        answers.iter().all(|answer| [204, 400, 401].contains(&answer.status)),
        "{:?}",
        statuses(&answers)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_email_wanted_by_many_goes_to_one() {
    let shop = Shop::start().await;
    let mut customers = Vec::new();
    for index in 0..6 {
        customers.push(shop.register(&format!("john{index}@example.com")).await);
    }
    let newcomer = shop.anonymous();
    let answers = at_once(8, |index| {
        let change = customers.get(index).map(|customer| ((**customer).clone(), customer.path()));
        let newcomer = newcomer.clone();
        async move {
            match change {
                Some((client, path)) => client.patch(&path, json!({"email": "Wanted@example.com"})).await,
                None => newcomer.post("/customers", registration("wanted@example.com")).await,
            }
        }
    });
    let answers = answers.await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status < 300);
    assert_eq!(won.len(), 1, "{:?}", statuses(&answers));
    lost.iter().for_each(|answer| answer.assert_error(EMAIL_TAKEN));
    let owner = shop.sign_in(&won[0].id(), "wanted@example.com", PASSWORD).await;
    owner.get(&owner.path()).await.expect(200);
    // The losers keep their old e-mail.
    for (customer, answer) in customers.iter().zip(&answers) {
        let old = shop.try_sign_in(&customer.email, PASSWORD).await.status;
        assert_eq!(old == 201, answer.status == 422, "{}", customer.email);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_changed_password_ends_sessions_that_are_just_being_opened() {
    for round in 0..5 {
        let shop = Shop::start().await;
        let customer = shop.register("john@example.com").await;
        let answers = at_once(9, |index| {
            let client = (*customer).clone();
            async move {
                if index == round {
                    let new = json!({"password": PASSWORD, "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
                    client.patch("/customer-password", new).await
                } else {
                    let old = json!({"username": "john@example.com", "password": PASSWORD});
                    client.post("/access-tokens", old).await
                }
            }
        });
        let answers = answers.await;
        assert_eq!(answers[round].status, 204, "{}", answers[round].summary());
        for answer in answers.iter().filter(|answer| answer.status == 201) {
            assert_eq!(shop.bearer(&answer.text("accessToken")).get("/customers").await.status, 401);
            assert_eq!(shop.try_refresh(&answer.text("refreshToken")).await.status, 401);
        }
        shop.sign_in(&customer.reference, &customer.email, NEW_PASSWORD).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_address_is_deleted_once() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let path = customer.address_path(&customer.add_address(json!({})).await);
    let answers = at_once(6, |_| {
        let (client, path) = ((*customer).clone(), path.clone());
        async move { client.delete(&path).await }
    });
    assert_eq!(statuses(&answers.await), [&[204][..], &[404; 5]].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_requests_for_a_forgotten_password_send_one_mail() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    let client = shop.anonymous();
    let answers = at_once(10, |_| {
        let client = client.clone();
        async move { client.post("/customer-forgotten-password", json!({"email": "john@example.com"})).await }
    });
    assert_eq!(statuses(&answers.await), [204; 10]);
    assert_eq!(shop.count_mails("john@example.com", PASSWORD_RESET).await, 1);
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    let attributes =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    client.patch("/customer-restore-password", attributes).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_attempts_and_no_more_get_through_however_many_race() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    let client = shop.anonymous();
    let answers = at_once(40, |_| {
        let client = client.clone();
        async move {
            client.post("/access-tokens", json!({"username": "john@example.com", "password": "x"})).await
        }
    });
    assert_eq!(statuses(&answers.await), [&[401; 10][..], &[429; 30]].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_is_anonymised_completely_whatever_else_happens() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let other = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    let answers = at_once(12, |index| {
        let (client, path, addresses) = ((*other).clone(), customer.path(), customer.addresses_path());
        async move {
            match index % 4 {
                0 => client.post(&addresses, address()).await,
                1 => client.patch(&path, json!({"lastName": "Johnson"})).await,
                2 => {
                    client
                        .post("/access-tokens", json!({"username": "john@example.com", "password": PASSWORD}))
                        .await
                }
                _ => client.delete(&path).await,
            }
        }
    });
    let answers = answers.await;
    assert!(
        answers.iter().all(|answer| [200, 201, 204, 401].contains(&answer.status)),
        "{:?}",
        statuses(&answers)
    );
    assert!(answers.iter().any(|answer| answer.status == 204));
    assert!(!customer.is_signed_in().await && !other.is_signed_in().await);
    for answer in answers.iter().filter(|answer| answer.body.windows(11).any(|part| part == b"accessToken")) {
        assert_eq!(shop.bearer(&answer.text("accessToken")).get("/customers").await.status, 401);
    }
    assert_eq!(shop.try_sign_in("john@example.com", PASSWORD).await.status, 401);
    let newcomer = shop.register("john@example.com").await;
    assert_ne!(newcomer.reference, customer.reference);
}

/// Starts all requests before it awaits any; the answers are in the order of their indices.
pub(crate) async fn at_once<F: Future<Output = Answer> + Send + 'static>(
    count: usize,
    request: impl Fn(usize) -> F,
) -> Vec<Answer> {
    let tasks: Vec<_> = (0..count).map(|index| tokio::spawn(request(index))).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("the request is answered"));
    }
    answers
}

pub(crate) fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

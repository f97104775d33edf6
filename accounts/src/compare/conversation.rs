//! All requests for one customer, sent to both services.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use shared::domain::CustomerReference;

use super::CompareError;
use super::client::{Answer, Content, NoAnswer, Side};
use super::customers::Customer;
use super::difference::{self, Difference, cut_links, pairs};

const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
/// The nil UUID is nobody's address.
const UNKNOWN_ADDRESS: &str = "00000000-0000-0000-0000-000000000000";

/// Values that differ without a fault of either side, with the reason.
const BY_DESIGN: &[(&str, &str)] = &[
    ("/attributes/country", "the name of iso2Code: of Unicode's CLDR in NEW, of the shop's own table in OLD"),
    ("/data/attributes/accessToken", "every sign-in has its own token"),
    ("/data/attributes/refreshToken", "every sign-in has its own token"),
    ("/data/attributes/expiresIn", "the lifetime of a token is a setting of each service"),
];
const UNKNOWN_REQUEST: &str = "GET /customers/{customerReference}/addresses/{addressId}, unknown";
const SIGN_IN: &str = "POST /access-tokens";
const IGNORED: &str = "--ignore";

pub(super) struct Sides {
    pub(super) old: Side,
    pub(super) new: Side,
    pub(super) ignore: Vec<String>,
}

/// One request to both services.
pub(super) struct Step {
    pub(super) request: &'static str,
    /// The customer's reference, or line in the file.
    pub(super) customer: String,
    pub(super) differences: Vec<Difference>,
    /// What differs, but does not count, with the reason.
    pub(super) set_aside: Vec<(Difference, &'static str)>,
    /// Why there is nothing to compare.
    pub(super) failures: Vec<String>,
}

struct Tokens {
    old: String,
    new: String,
}

/// Both answers, if there are.
type Answers = Option<(Answer, Answer)>;

impl Sides {
    /// The first request of a comparison, which also shows whether the services are there.
    pub(super) async fn without_token(&self) -> Result<Step, CompareError> {
        let (old, new) = tokio::join!(self.old.get("/customers", None), self.new.get("/customers", None));
        for (side, answer) in [(&self.old, &old), (&self.new, &new)] {
            match answer {
                Ok(_) | Err(NoAnswer::Status(..)) => {}
                Err(no_answer) => return Err(CompareError::Unreachable(side.name, no_answer.describe())),
            }
        }
        let (mut step, answers) = self.step("GET /customers, without a token", "nobody".to_owned(), old, new);
        step.expect(answers.as_ref(), 403);
        Ok(step)
    }

    pub(super) async fn with(&self, customer: &Customer) -> Vec<Step> {
        let mut steps = Vec::new();
        let Some(tokens) = self.tokens(customer, &mut steps).await else { return steps };
        let (mut step, lists) =
            self.get("GET /customers", &customer.label(), ["/customers"; 2], &tokens).await;
        let reference = customer.customer_reference.clone().or_else(|| reference_in(lists.as_ref()));
        let Some(reference) = reference else {
            if step.failures.is_empty() && step.differences.is_empty() {
                step.failures
                    .push("no answer has the customer's reference, and neither has the file".to_owned());
            }
            steps.push(step);
            return steps;
        };
        let customer = &reference.to_string();
        step.customer.clone_from(customer);
        steps.push(step);

        let path = format!("/customers/{}", encoded(reference.as_str()));
        let addresses = format!("{path}/addresses");
        for (request, path) in [
            ("GET /customers/{customerReference}", path.clone()),
            ("GET /customers/{customerReference}?include=addresses", format!("{path}?include=addresses")),
            (
                "GET /customers/{customerReference}?fields[customers]=firstName,email",
                format!("{path}?fields%5Bcustomers%5D=firstName,email"),
            ),
            (UNKNOWN_REQUEST, format!("{addresses}/{UNKNOWN_ADDRESS}")),
        ] {
            steps.push(self.get(request, customer, [&path, &path], &tokens).await.0);
        }
        let list = "GET /customers/{customerReference}/addresses";
        let (step, lists) = self.get(list, customer, [&addresses, &addresses], &tokens).await;
        steps.push(step);
        for ids in lists.iter().flat_map(|(old, new)| common_ids(old, new)) {
            let [old, new] = ids.map(|id| format!("{addresses}/{}", encoded(&id)));
            let request = "GET /customers/{customerReference}/addresses/{addressId}";
            steps.push(self.get(request, customer, [&old, &new], &tokens).await.0);
        }
        steps
    }

    /// Signs in wherever the file has no token.
    async fn tokens(&self, customer: &Customer, steps: &mut Vec<Step>) -> Option<Tokens> {
        let Customer { email, password, old_token, new_token, .. } = customer;
        let sign_in = async |side: &Side, token: &Option<String>| match (token, email, password) {
            (None, Some(email), Some(password)) => Some(side.sign_in(email, password).await),
            _ => None,
        };
        let (old, new) = tokio::join!(sign_in(&self.old, old_token), sign_in(&self.new, new_token));
        let token = |given: &Option<String>, answer: &Option<Result<Answer, NoAnswer>>| {
            given.clone().or_else(|| token_in(answer.as_ref()?.as_ref().ok()?))
        };
        let tokens = (token(old_token, &old), token(new_token, &new));
        let problems: Vec<String> =
            [problem(&self.old, &old), problem(&self.new, &new)].into_iter().flatten().collect();

        let mut step = match (old, new) {
            (Some(old), Some(new)) => self.step(SIGN_IN, customer.label(), old, new).0,
            _ => Step::empty(SIGN_IN, customer.label()),
        };
        // That both refuse alike lets nobody in.
        if step.differences.is_empty() {
            step.failures = problems;
        }
        // Where one side has a token, there is nothing to compare.
        if old_token.is_none() && new_token.is_none() || !step.failures.is_empty() {
            steps.push(step);
        }
        match tokens {
            (Some(old), Some(new)) => Some(Tokens { old, new }),
            _ => None,
        }
    }

    async fn get(
        &self,
        request: &'static str,
        customer: &str,
        [old, new]: [&str; 2],
        tokens: &Tokens,
    ) -> (Step, Answers) {
        let (old, new) =
            tokio::join!(self.old.get(old, Some(&tokens.old)), self.new.get(new, Some(&tokens.new)));
        let (mut step, answers) = self.step(request, customer.to_owned(), old, new);
        let expected = if request == UNKNOWN_REQUEST { 404 } else { 200 };
        step.expect(answers.as_ref(), expected);
        (step, answers)
    }

    fn step(
        &self,
        request: &'static str,
        customer: String,
        old: Result<Answer, NoAnswer>,
        new: Result<Answer, NoAnswer>,
    ) -> (Step, Answers) {
        let mut step = Step::empty(request, customer);
        match (old, new) {
            (Ok(mut old), Ok(mut new)) => {
                for answer in [&mut old, &mut new] {
                    if let Content::Json(value) = &mut answer.content {
                        cut_links(value);
                    }
                }
                for difference in difference::between(&old, &new) {
                    match reason_to_set_aside(&difference, &self.ignore) {
                        Some(reason) => step.set_aside.push((difference, reason)),
                        None => step.differences.push(difference),
                    }
                }
                (step, Some((old, new)))
            }
            (old, new) => {
                let failed = [(&self.old, old.err()), (&self.new, new.err())];
                let failed = failed.into_iter().filter_map(|(side, error)| Some((side, error?)));
                step.failures =
                    failed.map(|(side, error)| format!("{}: {}", side.name, error.describe())).collect();
                (step, None)
            }
        }
    }
}

impl Step {
    fn empty(request: &'static str, customer: String) -> Step {
        Step { request, customer, differences: Vec::new(), set_aside: Vec::new(), failures: Vec::new() }
    }

    /// Two errors alike, as for tokens that have expired, say nothing about the customer's data, and neither do two answers
    /// without any.
    fn expect(&mut self, answers: Option<&(Answer, Answer)>, status: u16) {
        let Some((old, new)) = answers else { return };
        if old.status == new.status && old.status != status {
            self.failures = vec![format!("both: status {} instead of {status}", old.status)];
        } else if [old, new].iter().all(|answer| answer.status == 200 && !answer.has_data()) {
            self.failures = vec!["both: no data".to_owned()];
        }
    }
}

/// Why a difference does not count.
fn reason_to_set_aside(difference: &Difference, ignore: &[String]) -> Option<&'static str> {
    let Difference { place, what, .. } = difference;
    let covers = |pointer: &String| {
        place.strip_prefix(pointer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if ignore.iter().any(covers) {
        return Some(IGNORED);
    }
    let by_design = BY_DESIGN.iter().find(|(end, _)| place.ends_with(end));
    by_design
        .filter(|_| what.starts_with("value differs") && !what.contains("empty"))
        .map(|(_, reason)| *reason)
}

/// Why a sign-in gives no token.
fn problem(side: &Side, answer: &Option<Result<Answer, NoAnswer>>) -> Option<String> {
    let problem = match answer.as_ref()? {
        Ok(answer) if token_in(answer).is_some() => return None,
        Ok(answer) => format!("status {} and no token", answer.status),
        Err(no_answer) => no_answer.describe(),
    };
    Some(format!("{}: {problem}", side.name))
}

fn token_in(answer: &Answer) -> Option<String> {
    let Content::Json(document) = &answer.content else { return None };
    document.pointer("/data/attributes/accessToken")?.as_str().map(str::to_owned)
}

fn reference_in(lists: Option<&(Answer, Answer)>) -> Option<CustomerReference> {
    let (old, new) = lists?;
    [new, old]
        .into_iter()
        .find_map(|answer| CustomerReference::parse(resources(answer).first()?["id"].as_str()?))
}

/// The ids of addresses that both sides have, each as the old and the new side spell it.
fn common_ids(old: &Answer, new: &Answer) -> Vec<[String; 2]> {
    let id = |resource: &Value| resource["id"].as_str().map(str::to_owned);
    let pairs = pairs(resources(old), resources(new));
    pairs.into_iter().filter_map(|(old, new)| Some([id(old?)?, id(new?)?])).collect()
}

fn resources(answer: &Answer) -> &[Value] {
    let Content::Json(document) = &answer.content else { return &[] };
    document["data"].as_array().map_or(&[], Vec::as_slice)
}

fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, IN_PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_values_differ_by_design_and_a_pointer_covers_what_is_below_it() {
        let ignore = ["/data/*/links".to_owned(), "/data/attributes/phone".to_owned()];
        for (place, what, counts) in [
            ("/data/*/links/self", "missing in NEW", false),
            ("/data/*/links", "missing in NEW", false),
            ("/data/*/linksmore", "missing in NEW", true),
            ("/data/attributes/phone", "value differs: empty in NEW", false),
            ("/included/*/attributes/phone", "value differs: empty in NEW", true),
            ("/included/*/attributes/country", "value differs: cut short in NEW", false),
            ("/data/attributes/refreshToken", "value differs: empty in NEW", true),
            ("/included/*/attributes/country", "missing in NEW", true),
            ("status", "status differs: 200 in OLD, 404 in NEW", true),
        ] {
            let difference = Difference::new(place, what);
            assert_eq!(reason_to_set_aside(&difference, &ignore).is_none(), counts, "{place}: {what}");
        }
    }
}

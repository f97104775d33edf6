//! The TOKEN authorizer: asks the `authorizer` function about a token and caches its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayCustomAuthorizerPolicy, ApiGatewayCustomAuthorizerResponse};
use aws_lambda_events::iam::IamPolicyEffect;
use serde_json::{Map, Value, json};
use shared::App;
use shared::domain::Timestamp;

/// How many tokens are cached at most. A client can send any number of different ones.
const CACHE_SIZE: usize = 10_000;

pub(crate) struct Authorizer {
    ttl: Duration,
    cache: Mutex<HashMap<String, Remembered>>,
}

pub(crate) enum Decision {
    /// With what the functions get as `requestContext.authorizer`: strings only.
    Allowed(Arc<Map<String, Value>>),
    Denied,
    /// The function failed.
    Failed,
}

#[derive(Clone)]
struct Remembered {
    until: Timestamp,
    answer: Arc<Answer>,
}

/// The function's answer in the form that a request needs.
struct Answer {
    policy: ApiGatewayCustomAuthorizerPolicy,
    context: Arc<Map<String, Value>>,
}

impl Authorizer {
    pub(crate) fn new(ttl: Duration) -> Authorizer {
        Authorizer { ttl, cache: Mutex::default() }
    }

    pub(crate) async fn decide(&self, app: &Arc<App>, token: &str, method_arn: &str) -> Decision {
        let now = app.clock.now();
        let answer = match self.remembered(token, now) {
            Some(answer) => answer,
            None => match ask(app, token, method_arn).await {
                Some(answer) => self.remember(token, now, answer),
                None => return Decision::Failed,
            },
        };
        if allows(&answer.policy, method_arn) {
            Decision::Allowed(Arc::clone(&answer.context))
        } else {
            Decision::Denied
        }
    }

    fn remembered(&self, token: &str, now: Timestamp) -> Option<Arc<Answer>> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(token).filter(|entry| now < entry.until).map(|entry| Arc::clone(&entry.answer))
    }

    fn remember(&self, token: &str, now: Timestamp, answer: Answer) -> Arc<Answer> {
        let answer = Arc::new(answer);
        if !self.ttl.is_zero() {
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            if cache.len() >= CACHE_SIZE {
                cache.retain(|_, entry| now < entry.until);
            }
            if cache.len() >= CACHE_SIZE {
                cache.clear();
            }
            let entry = Remembered { until: now.plus(self.ttl), answer: Arc::clone(&answer) };
            cache.insert(token.to_owned(), entry);
        }
        answer
    }
}

/// Calls the function with a gateway's event. `None` if it fails or panics.
async fn ask(app: &Arc<App>, token: &str, method_arn: &str) -> Option<Answer> {
    let event = json!({ "type": "TOKEN", "authorizationToken": token, "methodArn": method_arn });
    let event = serde_json::from_value(event).ok()?;
    let response = tokio::spawn(authorizer::handle(Arc::clone(app), event)).await.ok()?.ok()?;
    let context = context(&response);
    Some(Answer { policy: response.policy_document, context: Arc::new(context) })
}

fn context(response: &ApiGatewayCustomAuthorizerResponse) -> Map<String, Value> {
    let own = response.context.as_object().into_iter().flatten().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), Value::String(text))
    });
    let principal = response.principal_id.clone().unwrap_or_default();
    own.chain([
        ("principalId".to_owned(), Value::String(principal)),
        ("integrationLatency".to_owned(), json!(0)),
    ])
    .collect()
}

/// IAM's rule: a statement must allow the call, and none may deny it.
fn allows(policy: &ApiGatewayCustomAuthorizerPolicy, method_arn: &str) -> bool {
    let mut allowed = false;
    for statement in &policy.statement {
        let applies = statement.action.iter().any(|action| matches(action, "execute-api:Invoke"))
            && statement.resource.iter().any(|resource| matches(resource, method_arn));
        match statement.effect {
            IamPolicyEffect::Allow => allowed |= applies,
            IamPolicyEffect::Deny if applies => return false,
            _ => {}
        }
    }
    allowed
}

/// IAM's wildcards: `*` matches any text, `?` one character.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.as_bytes(), text.as_bytes());
    // Where to continue if a `*` must match one more byte.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => {
                retry = Some((rest, text));
                pattern = rest;
            }
            ([b'?', pattern_rest @ ..], [_, text_rest @ ..]) => (pattern, text) = (pattern_rest, text_rest),
            ([a, pattern_rest @ ..], [b, text_rest @ ..]) if a == b => {
                (pattern, text) = (pattern_rest, text_rest);
            }
            ([], []) => return true,
            _ => match retry {
                Some((after_star, [_, longer @ ..])) => {
                    retry = Some((after_star, longer));
                    (pattern, text) = (after_star, longer);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:execute-api:local:000000000000:local/local/GET/customers";

    fn policy(statements: Value) -> ApiGatewayCustomAuthorizerPolicy {
        serde_json::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).expect("a policy")
    }

    fn statement(effect: &str, resource: &str) -> Value {
        json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": [resource] })
    }

    #[test]
    fn a_deny_overrides_every_allow_and_is_the_default() {
        let all = "arn:aws:execute-api:local:000000000000:local/*";
        assert!(allows(&policy(json!([statement("Allow", all)])), ARN));
        assert!(!allows(&policy(json!([statement("Allow", all), statement("Deny", "*")])), ARN));
        assert!(!allows(&policy(json!([statement("Allow", "arn:aws:s3:::*")])), ARN));
        assert!(!allows(&policy(json!([])), ARN));
    }

    #[test]
    fn wildcards_match_as_iams_do() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a", "", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_context_reaches_functions_as_strings() {
        let response: ApiGatewayCustomAuthorizerResponse = serde_json::from_value(json!({
            "principalId": "DE--1",
            "policyDocument": { "Version": "2012-10-17", "Statement": [] },
            "context": { "reference": "DE--1", "expires": 5, "flag": true },
        }))
        .expect("a response");
        let context = context(&response);
        assert_eq!(context["expires"], "5");
        assert_eq!(context["flag"], "true");
        assert_eq!(context["principalId"], "DE--1");
    }
}

//! Turns a bearer token into a policy and the caller's context (a Lambda TOKEN authorizer).

use std::sync::Arc;

use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerPolicy, ApiGatewayCustomAuthorizerRequest, ApiGatewayCustomAuthorizerResponse,
};
use aws_lambda_events::iam::{IamPolicyEffect, IamPolicyStatement};
use serde_json::{Value, json};
use shared::runtime::config::Gateway;
use shared::tokens::{Claims, Expected};
use shared::{App, Error};

/// Allows callers with a valid token and denies all others.
///
/// # Errors
///
/// If the token cannot be verified because the signing keys are unavailable. The gateway then answers 500.
pub async fn handle(
    app: Arc<App>,
    event: ApiGatewayCustomAuthorizerRequest,
) -> Result<ApiGatewayCustomAuthorizerResponse, lambda_http::Error> {
    let method_arn = MethodArn::parse(event.method_arn.as_deref().unwrap_or_default());
    match authenticate(&app, event.authorization_token.as_deref().unwrap_or_default(), &method_arn.gateway)
        .await
    {
        Ok(claims) => {
            Ok(response(&claims.sub, IamPolicyEffect::Allow, &method_arn.whole_api, context(&claims)))
        }
        // A Deny policy, not the error "Unauthorized", which the gateway cannot distinguish from a missing token.
        Err(Error::InvalidAccessToken) => {
            Ok(response("nobody", IamPolicyEffect::Deny, &method_arn.whole_api, json!({})))
        }
        Err(error) => {
            let cause = error.cause().map(ToString::to_string).unwrap_or_default();
            app.log.write(&json!({ "level": "ERROR", "operation": "Authorize", "cause": cause }));
            Err(cause.into())
        }
    }
}

async fn authenticate(app: &App, authorization: &str, gateway: &Gateway) -> Result<Claims, Error> {
    let token = bearer_token(authorization).ok_or(Error::InvalidAccessToken)?;
    let issuer = app.config.issuer(gateway);
    let expected = Expected { issuer: &issuer, audience: &app.config.token_audience, now: app.clock.now() };
    app.keys.verify(token, expected).await
}

/// The token after the scheme, which has any case, and one or more spaces (RFC 9110, section 11.4).
fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim_start_matches(' '))
}

/// What the functions learn about the caller. The gateway turns all values into strings.
fn context(claims: &Claims) -> Value {
    json!({ "reference": claims.sub, "session": claims.sid, "expires": claims.exp.to_string() })
}

fn response(
    principal: &str,
    effect: IamPolicyEffect,
    resource: &str,
    context: Value,
) -> ApiGatewayCustomAuthorizerResponse {
    let mut statement = IamPolicyStatement::default();
    statement.action = vec!["execute-api:Invoke".to_owned()];
    statement.effect = effect;
    statement.resource = vec![resource.to_owned()];
    let mut policy = ApiGatewayCustomAuthorizerPolicy::default();
    policy.version = Some("2012-10-17".to_owned());
    policy.statement = vec![statement];
    let mut response = ApiGatewayCustomAuthorizerResponse::default();
    response.principal_id = Some(principal.to_owned());
    response.policy_document = policy;
    response.context = context;
    response
}

/// `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`.
struct MethodArn {
    gateway: Gateway,
    /// Every method and path of the stage: the gateway caches one policy per token and uses it for all later requests.
    whole_api: String,
}

impl MethodArn {
    fn parse(arn: &str) -> MethodArn {
        let mut segments = arn.split('/');
        let api = segments.next().unwrap_or_default();
        let stage = segments.next().unwrap_or_default();
        MethodArn {
            gateway: Gateway {
                api_id: api.rsplit(':').next().unwrap_or_default().to_owned(),
                stage: stage.to_owned(),
            },
            whole_api: format!("{api}/{stage}/*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_has_any_case_and_any_number_of_spaces_after_it() {
        for accepted in ["Bearer a.b.c", "bearer a.b.c", "BEARER    a.b.c"] {
            assert_eq!(bearer_token(accepted), Some("a.b.c"), "{accepted}");
        }
        for other in [
            "",
            "Bearer",
            "a.b.c",
            "Bearera.b.c",
            "Bearer\ta.b.c",
            " Bearer a.b.c",
            "Basic a.b.c",
            "Bearer: a.b.c",
        ] {
            assert_eq!(bearer_token(other), None, "{other}");
        }
    }

    #[test]
    fn the_policy_covers_the_whole_stage() {
        let arn =
            MethodArn::parse("arn:aws:execute-api:eu-central-1:123456789012:api123/prod/GET/customers/DE--1");
        assert_eq!(arn.whole_api, "arn:aws:execute-api:eu-central-1:123456789012:api123/prod/*");
        assert_eq!((arn.gateway.api_id.as_str(), arn.gateway.stage.as_str()), ("api123", "prod"));
    }
}

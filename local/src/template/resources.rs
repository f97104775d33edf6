//! The shapes of the resources that the dev server reads, with only the properties that it needs.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use crate::gateway::GatewayResponses;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Api {
    pub(super) auth: ApiAuth,
    pub(super) gateway_responses: GatewayResponses,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ApiAuth {
    pub(super) default_authorizer: String,
    pub(super) authorizers: HashMap<String, ApiAuthorizer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ApiAuthorizer {
    pub(super) identity: Identity,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Identity {
    pub(super) reauthorize_every: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionProperties {
    pub(super) timeout: Option<u64>,
    #[serde(default)]
    pub(super) events: HashMap<String, Event>,
}

#[derive(Deserialize)]
#[serde(tag = "Type", content = "Properties")]
pub(super) enum Event {
    Api(ApiEvent),
    #[serde(rename = "SQS")]
    Sqs(SqsEvent),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ApiEvent {
    pub(super) path: String,
    pub(super) method: String,
    #[serde(default)]
    pub(super) auth: EventAuth,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EventAuth {
    pub(super) authorizer: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SqsEvent {
    pub(super) scaling_config: ScalingConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ScalingConfig {
    pub(super) maximum_concurrency: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Pipe {
    pub(super) source_parameters: SourceParameters,
    pub(super) target_parameters: Option<TargetParameters>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TargetParameters {
    pub(super) event_bridge_event_bus_parameters: BusParameters,
    pub(super) input_template: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BusParameters {
    pub(super) source: String,
    pub(super) detail_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SourceParameters {
    pub(super) filter_criteria: FilterCriteria,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FilterCriteria {
    pub(super) filters: Vec<Pattern>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Pattern {
    pub(super) pattern: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SourceQueue {
    pub(super) visibility_timeout: u64,
    pub(super) redrive_policy: RedrivePolicy,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedrivePolicy {
    pub(super) max_receive_count: u32,
}

//! What the dev server needs to know from `template.yaml`, the only list of routes and of everything around them. The
//! crate `embedded` reads the table's description.
//!
//! Reading drops CloudFormation's tags (`!Ref`, `!Sub`, …). A reference to a parameter then reads as the parameter's
//! name, and stands for its default.

mod resources;

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::resources::{Api, ApiAuth, Event, FunctionProperties, Pipe, SourceQueue};
use crate::gateway::{Access, ApiSettings, Endpoint, Function, Routes};
use crate::pipe::{EventPipe, Filter, PipeSettings, QueueSettings};

const TEXT: &str = include_str!("../../template.yaml");

#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) api: ApiSettings,
    pub(crate) pipes: PipeSettings,
}

#[derive(Debug, thiserror::Error)]
#[error("template.yaml: {0}")]
pub struct TemplateError(String);

impl Template {
    /// The template of this project, read once per process.
    pub(crate) fn of_this_project() -> Result<&'static Template, &'static TemplateError> {
        static TEMPLATE: LazyLock<Result<Template, TemplateError>> = LazyLock::new(|| Template::read(TEXT));
        TEMPLATE.as_ref()
    }

    fn read(text: &str) -> Result<Template, TemplateError> {
        let document: Document =
            serde_saphyr::from_str(text).map_err(|error| TemplateError(error.to_string()))?;
        let functions: Vec<(String, FunctionProperties)> = document
            .resources
            .values()
            .filter(|resource| resource.kind == "AWS::Serverless::Function")
            .map(|resource| Ok((resource.binary()?, resource.properties()?)))
            .collect::<Result<_, TemplateError>>()?;
        let api: Api = document.single("AWS::Serverless::Api")?.properties()?;
        Ok(Template {
            api: ApiSettings {
                routes: routes(&functions)?,
                reauthorize_every: document.reauthorize_every(&api.auth)?,
                responses: api.gateway_responses,
            },
            pipes: document.pipes(document.queue(&functions)?)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    parameters: HashMap<String, Parameter>,
    resources: HashMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    default: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    properties: Value,
}

impl Document {
    fn single(&self, kind: &str) -> Result<&Resource, TemplateError> {
        let mut found = self.resources.values().filter(|resource| resource.kind == kind);
        match (found.next(), found.next()) {
            (Some(resource), None) => Ok(resource),
            _ => Err(TemplateError(format!("not exactly one {kind}"))),
        }
    }

    /// The pipe to the bus has parameters for its target, the one to the queue has none.
    fn pipes(&self, queue: QueueSettings) -> Result<PipeSettings, TemplateError> {
        let (mut mails, mut events) = (None, None);
        for resource in self.resources.values().filter(|resource| resource.kind == "AWS::Pipes::Pipe") {
            let pipe: Pipe = resource.properties()?;
            let filter = pipe.filter()?;
            let is_first = match pipe.target_parameters {
                None => mails.replace(filter).is_none(),
                Some(target) => {
                    let bus = target.event_bridge_event_bus_parameters;
                    let pipe = EventPipe {
                        filter,
                        source: bus.source,
                        detail_type: bus.detail_type,
                        input_template: target.input_template,
                    };
                    events.replace(pipe).is_none()
                }
            };
            if !is_first {
                return Err(TemplateError("two pipes with the same kind of target".to_owned()));
            }
        }
        match (mails, events) {
            (Some(mails), Some(events)) => Ok(PipeSettings { mails, queue, events }),
            _ => Err(TemplateError("not a pipe to a queue and one to a bus".to_owned())),
        }
    }

    fn reauthorize_every(&self, auth: &ApiAuth) -> Result<Duration, TemplateError> {
        let seconds = auth
            .authorizers
            .get(&auth.default_authorizer)
            .and_then(|authorizer| self.number(&authorizer.identity.reauthorize_every))
            .ok_or_else(|| TemplateError("the default authorizer's ReauthorizeEvery".to_owned()))?;
        Ok(Duration::from_secs(seconds))
    }

    /// A number, or the default of the parameter that stands for it.
    fn number(&self, value: &Value) -> Option<u64> {
        match value {
            Value::String(name) => self.parameters.get(name)?.default.as_ref()?.as_u64(),
            number => number.as_u64(),
        }
    }

    /// The queue with a redrive policy, and the function that consumes it.
    fn queue(&self, functions: &[(String, FunctionProperties)]) -> Result<QueueSettings, TemplateError> {
        let queue = self
            .resources
            .values()
            .filter(|resource| resource.kind == "AWS::SQS::Queue")
            .find_map(|resource| resource.properties::<SourceQueue>().ok())
            .ok_or_else(|| TemplateError("no queue with a RedrivePolicy".to_owned()))?;
        let (function_timeout, concurrency) = functions
            .iter()
            .find_map(|(_, function)| {
                function.events.values().find_map(|event| match event {
                    Event::Sqs(event) => Some((function.timeout?, event.scaling_config.maximum_concurrency)),
                    Event::Api(_) => None,
                })
            })
            .ok_or_else(|| TemplateError("no function with a queue".to_owned()))?;
        Ok(QueueSettings {
            visibility_timeout: Duration::from_secs(queue.visibility_timeout),
            max_receive_count: queue.redrive_policy.max_receive_count,
            function_timeout: Duration::from_secs(function_timeout),
            concurrency,
        })
    }
}

impl Pipe {
    fn filter(&self) -> Result<Filter, TemplateError> {
        let patterns = self.source_parameters.filter_criteria.filters.iter();
        Filter::parse(patterns.map(|filter| filter.pattern.as_str()))
            .map_err(|error| TemplateError(format!("a pipe's filter: {error}")))
    }
}

impl Resource {
    fn properties<T: DeserializeOwned>(&self) -> Result<T, TemplateError> {
        T::deserialize(&self.properties)
            .map_err(|error| TemplateError(format!("a resource of type {}: {error}", self.kind)))
    }

    /// The crate that a function is built from.
    fn binary(&self) -> Result<String, TemplateError> {
        self.metadata["BuildProperties"]["Binary"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| TemplateError("a function without BuildProperties.Binary".to_owned()))
    }
}

fn routes(functions: &[(String, FunctionProperties)]) -> Result<Routes<Endpoint>, TemplateError> {
    let mut routes = Vec::new();
    for (binary, function) in functions {
        for event in function.events.values() {
            let Event::Api(event) = event else { continue };
            let function = Function::of_crate(binary)
                .ok_or_else(|| TemplateError(format!("{binary} has a route but answers no requests")))?;
            let access = match event.auth.authorizer.as_deref() {
                Some("NONE") => Access::Everybody,
                Some("AWS_IAM") => Access::Iam,
                _ => Access::Token,
            };
            routes.push((event.path.clone(), event.method.clone(), Endpoint { function, access }));
        }
    }
    Ok(Routes::new(routes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_projects_template_can_be_read() {
        let template = Template::of_this_project().expect("it is");
        assert_eq!(template.api.reauthorize_every, Duration::from_secs(300));
        assert_eq!(template.pipes.queue.max_receive_count, 5);
        let register = template.api.routes.find("POST", "/customers").expect("a route");
        assert_eq!(
            register.route.target,
            Endpoint { function: Function::Customers, access: Access::Everybody }
        );
        let profile = template.api.routes.find("GET", "/customers/DE--1").expect("a route");
        assert_eq!(profile.route.target, Endpoint { function: Function::Customers, access: Access::Token });
        let unknown = template.api.routes.find("PUT", "/nowhere").expect("a route");
        assert_eq!(
            unknown.route.target,
            Endpoint { function: Function::Fallback, access: Access::Everybody }
        );
    }
}

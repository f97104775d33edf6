//! What `template.yaml` deploys that is billed.

use std::collections::BTreeSet;

use serde_json::Value;

/// `template.yaml` without CloudFormation's tags.
pub(crate) struct Template(Value);

/// Lambda's lines about one call at the level INFO, as in its documentation.
const SYSTEM_LOG: [&str; 2] = [
    r#"{"time":"2026-01-01T00:00:00.000Z","type":"platform.start","record":{"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","version":"$LATEST"}}"#,
    r#"{"time":"2026-01-01T00:00:00.000Z","type":"platform.report","record":{"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","metrics":{"durationMs":8.115,"billedDurationMs":9,"memorySizeMB":256,"maxMemoryUsedMB":26},"status":"success"}}"#,
];

/// A session of a permission set has such a name.
const OPERATOR: &str =
    "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Support_0123456789abcdef/anna@example.com";

impl Template {
    pub(crate) fn read() -> Template {
        Template::parse(include_str!("../../../../template.yaml"))
    }

    fn parse(text: &str) -> Template {
        Template(serde_saphyr::from_str(text).expect("template.yaml is YAML"))
    }

    /// A price of the section `Mappings`, in US dollars.
    pub(crate) fn price(&self, service: &str, unit: &str) -> f64 {
        let price = self.0["Mappings"]["Prices"][service][unit].as_str().and_then(|text| text.parse().ok());
        price.unwrap_or_else(|| panic!("no price of {service} for a {unit}"))
    }

    fn resources(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let resources = self.0["Resources"].as_object().expect("resources").values();
        resources.filter(move |resource| resource["Type"] == kind).map(|resource| &resource["Properties"])
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        self.resources(kind).count()
    }

    /// Queues that Lambda polls for a function.
    pub(crate) fn polled_queues(&self) -> usize {
        let events = |function: &Value| {
            let events = function["Events"].as_object().cloned().unwrap_or_default();
            events.values().filter(|event| event["Type"] == "SQS").count()
        };
        self.resources("AWS::Serverless::Function").map(events).sum()
    }

    /// Those that it has without a proxy's secret: `!If` reads as a list.
    pub(crate) fn web_acl_rules(&self) -> usize {
        let rules = self.resources("AWS::WAFv2::WebACL").filter_map(|acl| acl["Rules"].as_array());
        rules.flatten().filter(|rule| rule.is_object()).count()
    }

    /// An alarm is billed for each metric that it analyses.
    pub(crate) fn alarmed_metrics(&self) -> usize {
        let metrics = |alarm: &Value| match alarm["Metrics"].as_array() {
            Some(parts) => parts.iter().filter(|part| part.get("MetricStat").is_some()).count(),
            None => 1,
        };
        self.resources("AWS::CloudWatch::Alarm").map(metrics).sum()
    }

    /// Filters with the same metric count into one, and SES counts each kind of event for CloudWatch into one.
    pub(crate) fn custom_metrics(&self) -> usize {
        let destinations = self.resources("AWS::SES::ConfigurationSetEventDestination");
        let destinations = destinations.map(|one| &one["EventDestination"]);
        let counting = destinations.filter(|one| one["CloudWatchDestination"].is_object());
        let events = counting.filter_map(|one| one["MatchingEventTypes"].as_array());
        let events: usize = events.map(Vec::len).sum();
        let filters = self.resources("AWS::Logs::MetricFilter");
        let metrics = filters.flat_map(|filter| filter["MetricTransformations"].as_array().expect("metrics"));
        let metrics = metrics.map(|metric| {
            [&metric["MetricNamespace"], &metric["MetricName"], &metric["Dimensions"]].map(Value::to_string)
        });
        metrics.collect::<BTreeSet<_>>().len() + events
    }

    /// A function's memory, in megabytes.
    pub(crate) fn memory(&self, function: &str) -> f64 {
        let own = self.0["Resources"][function]["Properties"].get("MemorySize");
        own.unwrap_or(&self.0["Globals"]["Function"]["MemorySize"]).as_f64().expect("a size")
    }

    /// How long a log group keeps what is in it.
    fn log_retention_days(&self, group: &Value) -> f64 {
        let name = group.as_str().expect("a log group");
        let days = self.0["Resources"][name]["Properties"]["RetentionInDays"].as_str().expect("a parameter");
        self.0["Parameters"][days]["Default"].as_f64().expect("a number of days")
    }

    pub(crate) fn function_log_days(&self, function: &str) -> f64 {
        self.log_retention_days(&self.0["Resources"][function]["Properties"]["LoggingConfig"]["LogGroup"])
    }

    pub(crate) fn access_log_days(&self) -> f64 {
        self.log_retention_days(&Value::from("AccessLogGroup"))
    }

    /// What Lambda itself logs about each call.
    pub(crate) fn system_log_bytes(&self) -> usize {
        let config = &self.0["Globals"]["Function"]["LoggingConfig"];
        assert_eq!(config["LogFormat"], "JSON");
        match config["SystemLogLevel"].as_str() {
            Some("WARN") => 0,
            None | Some("INFO") => SYSTEM_LOG.iter().map(|line| line.len()).sum(),
            Some(level) => panic!("what Lambda logs at the level {level} is not known here"),
        }
    }

    /// The gateway's line for a request that was answered. It names who of the help desk called.
    pub(crate) fn access_log_line(&self, method: &str, route: &str) -> String {
        let is_desk = route.starts_with("/admin/");
        let format = &self.0["Resources"]["Api"]["Properties"]["AccessLogSetting"]["Format"];
        let mut line = format.as_str().expect("a format").to_owned();
        for (variable, value) in [
            ("requestId", "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa"),
            ("httpMethod", method),
            ("resourcePath", route),
            ("status", "200"),
            ("error.responseType", "-"),
            ("responseLatency", "16"),
            ("integrationLatency", "12"),
            ("authorizer.integrationLatency", if is_desk { "-" } else { "12" }),
            ("identity.userArn", if is_desk { OPERATOR } else { "-" }),
        ] {
            line = line.replace(&format!("\"$context.{variable}\""), &format!("\"{value}\""));
        }
        assert!(!line.contains("$context"), "a variable without a value: {line}");
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_counts_for_each_metric_it_reads_and_a_metric_once() {
        let template = Template::parse(
            "
Resources:
  Single: { Type: AWS::CloudWatch::Alarm, Properties: { MetricName: Errors } }
  Several:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics: [{ Expression: a + b }, { Id: a, MetricStat: {} }, { Id: b, MetricStat: {} }]
  First:
    Type: AWS::Logs::MetricFilter
    Properties: { MetricTransformations: [{ MetricNamespace: Own, MetricName: Faults }] }
  Second:
    Type: AWS::Logs::MetricFilter
    Properties: { MetricTransformations: [{ MetricNamespace: Own, MetricName: Faults }] }
  Third:
    Type: AWS::Logs::MetricFilter
    Properties: { MetricTransformations: [{ MetricNamespace: Own, MetricName: Throttles }] }
  Mails:
    Type: AWS::SES::ConfigurationSetEventDestination
    Properties: { EventDestination: { MatchingEventTypes: [bounce, complaint], CloudWatchDestination: {} } }
  Events:
    Type: AWS::SES::ConfigurationSetEventDestination
    Properties: { EventDestination: { MatchingEventTypes: [delivery], EventBridgeDestination: {} } }
",
        );
        assert_eq!((template.alarmed_metrics(), template.custom_metrics()), (3, 4));
    }

    #[test]
    fn every_variable_of_the_access_log_has_a_value() {
        let line = Template::read().access_log_line("GET", "/customers");
        let line: Value = serde_json::from_str(&line).expect("a line is JSON");
        assert_eq!((&line["method"], &line["route"]), (&"GET".into(), &"/customers".into()));
    }
}

//! What `template.yaml` counts and who reads it: every metric of one's own and every logged byte costs money.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_http::http::Method;
use serde_json::{Value, json};
use shared::error::Saving;
use shared::http::answer::answer;
use shared::runtime::log::Figures;
use shared::runtime::meter::Counts;
use shared::{App, Clock, Config, Error, Log, Random, Route};
use tests::Shop;
use tests::mail::CONFIRMATION;

use crate::project::{self, Template};

/// A metric's namespace, name and the names of its dimensions. CloudWatch bills each as one of its own.
type Metric = (String, String, Vec<String>);

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn metric(namespace: &Value, name: &Value, dimensions: impl IntoIterator<Item = String>) -> Metric {
    (text(namespace), text(name), dimensions.into_iter().collect())
}

/// Of an alarm, a part of its expression, or a filter.
fn dimensions(owner: &Value) -> impl Iterator<Item = String> {
    owner["Dimensions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|dimension| text(dimension.get("Name").unwrap_or(&dimension["Key"])))
}

impl Template {
    fn properties(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.resources(kind).into_iter().map(|name| &self.resource(name)["Properties"])
    }

    fn widgets(&self) -> Vec<Value> {
        let body = self.resource("Dashboard")["Properties"]["DashboardBody"][0].as_str().expect("a text");
        let body: Value = serde_json::from_str(body).expect("a dashboard is JSON");
        body["widgets"].as_array().expect("widgets").clone()
    }

    /// The rows of the dashboard that name a metric: namespace, name, dimensions, options.
    fn dashboard_metrics(&self) -> Vec<Value> {
        let rows = |widget: &Value| widget["properties"]["metrics"].as_array().cloned().unwrap_or_default();
        let mut rows: Vec<Value> = self.widgets().iter().flat_map(rows).collect();
        rows.retain(|row| row[0].is_string());
        rows
    }

    fn metrics_read(&self) -> BTreeSet<Metric> {
        let shown = |row: &Value| {
            let row = row.as_array().expect("a row");
            let pairs = row[2..].chunks_exact(2).map(|pair| text(&pair[0]));
            metric(&row[0], &row[1], pairs)
        };
        let mut read: BTreeSet<Metric> = self.dashboard_metrics().iter().map(shown).collect();
        for alarm in self.properties("AWS::CloudWatch::Alarm") {
            let parts = alarm["Metrics"].as_array().into_iter().flatten();
            let parts = parts.filter_map(|part| part["MetricStat"].get("Metric"));
            let single = alarm.get("MetricName").map(|_| alarm);
            let watched = |part: &Value| metric(&part["Namespace"], &part["MetricName"], dimensions(part));
            read.extend(parts.chain(single).map(watched));
        }
        read
    }

    fn metrics_counted(&self) -> BTreeSet<Metric> {
        let filters = self.properties("AWS::Logs::MetricFilter");
        let counts = filters.flat_map(|filter| filter["MetricTransformations"].as_array().expect("metrics"));
        let counted =
            |count: &Value| metric(&count["MetricNamespace"], &count["MetricName"], dimensions(count));
        counts.map(counted).collect()
    }
}

/// What SES counts of the mails. A destination's metrics are billed as one's own, unlike the account's.
fn metrics_of_mails(template: &Template) -> BTreeSet<Metric> {
    let mut counted = BTreeSet::new();
    for destination in template.properties("AWS::SES::ConfigurationSetEventDestination") {
        let destination = &destination["EventDestination"];
        let Some(dimensions) = destination["CloudWatchDestination"]["DimensionConfigurations"].as_array()
        else {
            continue;
        };
        let dimensions: Vec<String> = dimensions.iter().map(|one| text(&one["DimensionName"])).collect();
        for event in destination["MatchingEventTypes"].as_array().into_iter().flatten() {
            let event = text(event);
            let name = format!("{}{}", event[..1].to_uppercase(), &event[1..]);
            counted.insert(("AWS/SES".to_owned(), name, dimensions.clone()));
        }
    }
    counted
}

/// What CloudWatch makes of a line in its embedded metric format.
fn metrics_embedded(line: &Value) -> BTreeSet<Metric> {
    let mut embedded = BTreeSet::new();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten() {
        for dimensions in directive["Dimensions"].as_array().into_iter().flatten() {
            let dimensions = dimensions.as_array().expect("names").iter().map(text);
            let names = directive["Metrics"].as_array().into_iter().flatten();
            embedded
                .extend(names.map(|name| metric(&directive["Namespace"], &name["Name"], dimensions.clone())));
        }
    }
    embedded
}

/// Lines of the functions and the mailer, and one of a fault that is answered with a 400.
async fn lines() -> Vec<Value> {
    let shop = Shop::start().await;
    shop.register("metrics@example.com").await;
    shop.mail_to("metrics@example.com", CONFIRMATION).await;
    shop.mail_settled().await;
    let log = Arc::new(Mutex::new(shop.log()));
    let mut app = App::new(
        Config::from_lookup(|_| None::<String>).expect("defaults are valid"),
        Clock::system(),
        Random::system(),
    );
    let lines = Arc::clone(&log);
    app.log = Log::from_fn(move |line| lines.lock().expect("unpoisoned").push(line.to_owned()));
    let event = project::read("events/customers.update.json");
    let request = lambda_http::request::from_str(&event).expect("an event");
    let fault = Error::unexpected("AccessDeniedException").while_saving(Saving::Customer);
    answer(Arc::new(app), request, |_, _, _| async { Err(fault) }).await;
    let lines = log.lock().expect("unpoisoned");
    lines.iter().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn members<'a>(lines: impl IntoIterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    lines.into_iter().filter_map(Value::as_object).flatten().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn every_metric_read_is_published_and_every_metric_paid_for_is_read() {
    let template = Template::read();
    let read = template.metrics_read();
    let mut published = template.metrics_counted();
    published.extend(lines().await.iter().flat_map(metrics_embedded));
    published.extend(metrics_of_mails(&template));
    let is_own = |(namespace, _, dimensions): &Metric| {
        !namespace.starts_with("AWS/") || namespace == "AWS/SES" && !dimensions.is_empty()
    };
    let own: BTreeSet<Metric> = read.into_iter().filter(is_own).collect();
    assert_eq!(own, published);
    assert!(!own.is_empty());
}

/// A filter or query that names no member of a line counts or finds nothing, without an error.
#[tokio::test]
async fn filters_and_queries_name_members_of_the_lines_they_read() {
    let template = Template::read();
    let lines = lines().await;
    let functions = members(&lines);
    let format = template.resource("Api")["Properties"]["AccessLogSetting"]["Format"].as_str();
    let access = serde_json::from_str(format.expect("a format")).expect("the format is JSON");
    for filter in template.properties("AWS::Logs::MetricFilter") {
        let known =
            if filter["LogGroupName"] == "AccessLogGroup" { members([&access]) } else { functions.clone() };
        let pattern = filter["FilterPattern"].as_str().expect("a pattern");
        for path in pattern.split("$.").skip(1) {
            let name = path.split(' ').next().unwrap_or_default();
            assert!(known.contains(name), "{name} in {pattern}");
        }
    }
    let words = "as by count desc fields filter ispresent max pct sort stats sum timestamp ERROR";
    for query in template.properties("AWS::Logs::QueryDefinition") {
        let text = query["QueryString"].as_str().expect("a query");
        let split = text.split(|character: char| !character.is_ascii_alphanumeric());
        let split: Vec<&str> =
            split.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).collect();
        let aliases: BTreeSet<&str> =
            split.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1]).collect();
        for word in split {
            let is_known = functions.contains(word) || aliases.contains(word) || words.contains(word);
            assert!(is_known, "{word} in {text}");
        }
    }
}

#[test]
fn a_line_has_no_more_digits_and_members_than_say_something() {
    let counts = Counts { read_calls: 1, read_units: 2.0, ..Counts::default() };
    let duration = Duration::from_micros(2_345);
    let figures = Figures { operation: "GetCustomer", duration, counts, is_failure: false };
    let line = r#"{"duration":2.3,"level":"INFO","operation":"GetCustomer","readCalls":1,"readUnits":2.0}"#;
    assert_eq!(figures.entry().to_string(), line);
}

/// Such a fault is no error to the gateway, so the alarm needs the functions' own count.
#[tokio::test]
async fn a_fault_answered_with_400_is_what_the_filter_counts() {
    let lines = lines().await;
    let counted = |line: &&Value| line["level"] == "ERROR" && line["status"] == 400;
    assert_eq!(lines.iter().filter(counted).count(), 1);
    let template = Template::read();
    let filters: Vec<&Value> = template
        .properties("AWS::Logs::MetricFilter")
        .filter(|filter| filter["MetricTransformations"][0]["MetricName"] == "FailedSaves")
        .collect();
    let saves = regex_lite::Regex::new(r"Saving::(Password|Address|Customer)\b").expect("a pattern");
    for binary in project::functions() {
        let sources = project::entries(format!("functions/{binary}/src"));
        let sources = sources.iter().filter(|path| path.is_file());
        let may_fail = sources.map(project::read).any(|source| saves.is_match(&source));
        let group = |function: &&str| &template.resource(function)["Properties"]["LoggingConfig"]["LogGroup"];
        let functions = template.functions();
        let mut own = functions.iter().filter(|function| template.binary(function) == binary);
        let is_watched =
            own.any(|function| filters.iter().any(|filter| filter["LogGroupName"] == *group(function)));
        assert_eq!(may_fail, is_watched, "{binary}");
    }
    for filter in filters {
        assert_eq!(filter["FilterPattern"], r#"{ $.level = "ERROR" && $.status = 400 }"#);
    }
}

#[test]
fn customers_whom_the_help_desk_is_shown_are_what_the_filter_counts() {
    let show = Route::parse(&Method::GET, "/admin/customers/DE--1").expect("a route").operation();
    let template = Template::read();
    let filter = &template.resource("DeskViews")["Properties"];
    let pattern = format!(r#"{{ $.operation = "{show}" && $.status = 200 }}"#);
    assert_eq!(
        (&filter["LogGroupName"], &filter["FilterPattern"]),
        (&"AdminLogGroup".into(), &pattern.into())
    );
}

/// The gateway's count of errors, and the faults it does not see as errors: no request is in both.
#[test]
fn the_alarm_for_server_errors_watches_the_gateway_and_the_functions() {
    let template = Template::read();
    let metrics = template.resource("ServerErrorsAlarm")["Properties"]["Metrics"].clone();
    let metric = |id: &str| {
        let metrics = metrics.as_array().expect("metrics");
        let metric = metrics.iter().find(|metric| metric["Id"] == id).expect("a metric");
        metric["MetricStat"]["Metric"].clone()
    };
    assert_eq!(metric("errors")["MetricName"], "5XXError");
    let faults = metric("failedSaves");
    assert_eq!((&faults["MetricName"], faults.get("Dimensions")), (&"FailedSaves".into(), None));
    let expression = metrics[0]["Expression"].as_str().expect("an expression");
    assert!(expression.contains("SUM([errors, FILL(failedSaves, 0)])"), "{expression}");
}

#[test]
fn every_alarm_tells_both_topics_and_is_on_the_dashboard_and_in_the_runbook() {
    let template = Template::read();
    let widgets = template.widgets().iter().map(Value::to_string).collect::<String>();
    let runbook = project::read("docs/runbook.md");
    let topics = json!([
        ["HasAlarmEmail", "AlarmTopic", "AWS::NoValue"],
        ["HasOwnAlarmTopic", "AlarmTopicArn", "AWS::NoValue"],
    ]);
    let alarms = template.resources("AWS::CloudWatch::Alarm");
    assert!(alarms.len() > 10, "{alarms:?}");
    for alarm in alarms {
        let properties = &template.resource(alarm)["Properties"];
        assert_eq!(properties["AlarmActions"], topics, "{alarm}");
        assert_eq!(properties["OKActions"], topics, "{alarm}");
        assert!(widgets.contains(&format!("${{{alarm}.Arn}}")), "{alarm} is not on the dashboard");
        assert!(runbook.contains(&format!("\n| `{alarm}` |")), "{alarm} is not in the runbook");
    }
}

/// With the key that AWS itself has for SNS, or without these rights, alarms would be lost without a word.
#[test]
fn whoever_publishes_to_the_topic_may_use_its_key() {
    let template = Template::read();
    assert_eq!(template.resource("AlarmTopic")["Properties"]["KmsMasterKeyId"], "AlarmKey");
    let services = json!(["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"]);
    let of_key = &template.resource("AlarmKey")["Properties"]["KeyPolicy"]["Statement"][1];
    assert_eq!(of_key["Principal"]["Service"], services);
    assert_eq!(of_key["Action"], json!(["kms:Decrypt", "kms:GenerateDataKey"]));
    let of_topic = &template.resource("AlarmTopicPolicy")["Properties"]["PolicyDocument"]["Statement"];
    let of_topic = of_topic.as_array().expect("statements");
    let allowed: Vec<&Value> = of_topic.iter().map(|statement| &statement["Principal"]["Service"]).collect();
    assert_eq!(allowed, services.as_array().expect("services").iter().collect::<Vec<_>>());
    for statement in of_topic {
        let is_held = statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "AWS::AccountId";
        // EventBridge fulfils no condition of a topic's policy.
        assert_eq!(is_held, statement["Principal"]["Service"] != "events.amazonaws.com", "{statement}");
    }
}

#[test]
fn a_key_that_can_no_longer_sign_or_verify_is_told() {
    let template = Template::read();
    let rule = &template.resource("SigningKeyRule")["Properties"];
    let event = &rule["EventPattern"]["detail"];
    assert_eq!(event["eventName"], json!(["DisableKey", "ScheduleKeyDeletion"]));
    let keys = json!(["HasOwnSigningKeys", [",", "SigningKeys"], ["SigningKey.Arn"]]);
    assert_eq!(event["resources"]["ARN"], keys);
    let targets: Vec<&Value> =
        rule["Targets"].as_array().expect("targets").iter().map(|target| &target[1]["Arn"]).collect();
    assert_eq!(targets, ["AlarmTopic", "AlarmTopicArn"]);
}

/// They are billed as metrics of one's own, several for each method.
#[test]
fn the_gateways_detailed_metrics_are_off() {
    let template = Template::read();
    let settings = template.resource("Api")["Properties"]["MethodSettings"].as_array().expect("settings");
    assert!(settings.iter().all(|setting| setting.get("MetricsEnabled").is_none()));
    assert!(!settings.is_empty());
}

#[test]
fn the_dashboard_counts_the_cost_of_every_function_and_log_group() {
    let template = Template::read();
    let rows = template.dashboard_metrics();
    let ids = |namespace: &str, name: &str, owner: &str| -> BTreeSet<String> {
        let owner = format!("${{{owner}}}");
        let own = rows.iter().filter(|row| row[0] == namespace && row[1] == name && row[3] == *owner);
        own.filter_map(|row| row[4]["id"].as_str().map(str::to_owned)).collect()
    };
    let widgets = template.widgets().iter().map(Value::to_string).collect::<String>();
    for function in template.functions() {
        let memory = template.memory(function);
        let durations = ids("AWS/Lambda", "Duration", function);
        assert!(
            durations.iter().any(|id| id.ends_with(&format!("_{memory}mb"))),
            "{function}: {durations:?}"
        );
        assert!(widgets.contains(&format!(r#""{memory} * SUM(METRICS(\"_{memory}mb\"))""#)), "{memory} MB");
        let calls = ids("AWS/Lambda", "Invocations", function);
        assert!(calls.iter().any(|id| id.ends_with("_calls")), "{function}: {calls:?}");
    }
    for group in template.resources("AWS::Logs::LogGroup") {
        let bytes = ids("AWS/Logs", "IncomingBytes", group);
        assert!(bytes.iter().any(|id| id.ends_with("_bytes")), "{group}: {bytes:?}");
    }
}

/// `docs/cost.md` has the program's output, and the README quotes it.
#[test]
fn the_readme_quotes_the_costs_of_the_document() {
    let (readme, document) = (project::read("README.md"), project::read("docs/cost.md"));
    let mut rows = document.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let row = rows.find(|row| row.first() == Some(&"200000")).expect("a row for 200000 customers");
    let [.., ours, lite, essentials] = row[..] else { panic!("{row:?}") };
    let ours: f64 = ours.parse().expect("dollars");
    for quoted in [
        format!("200 000 active customers cost about ${ours:.0} a month"),
        format!("costs ${lite} (Lite) or ${essentials} (Essentials) for the same number"),
    ] {
        assert!(readme.contains(&quoted), "README.md does not say: {quoted}");
    }
}

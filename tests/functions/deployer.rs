//! The role that the deploy workflow assumes: enough for every resource of the template, and for nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::project::{self, Template};

/// What the role needs besides: the stack, the bucket for the functions, and CodeDeploy, which SAM adds for
/// `DeploymentPreference`.
const OWN: [&str; 3] = ["cloudformation", "codedeploy", "s3"];

/// The prefix of the actions of a resource's service.
fn service(kind: &str) -> String {
    match kind {
        "AWS::Serverless::Api" => "apigateway".to_owned(),
        "AWS::Serverless::Function" => "lambda".to_owned(),
        _ => kind.split("::").nth(1).expect("a type").to_lowercase(),
    }
}

fn statements(template: &Value) -> Vec<&Value> {
    let resources = template["Resources"].as_object().expect("resources").values();
    let policies = resources.filter(|resource| resource["Type"] == "AWS::IAM::ManagedPolicy");
    policies
        .flat_map(|policy| policy["Properties"]["PolicyDocument"]["Statement"].as_array().expect("a list"))
        .collect()
}

fn actions(statement: &Value) -> Vec<&str> {
    match &statement["Action"] {
        Value::String(action) => vec![action],
        list => list.as_array().expect("a list").iter().filter_map(Value::as_str).collect(),
    }
}

#[test]
fn the_deployers_role_has_the_services_of_the_template_and_no_other() {
    let deployer: Value = serde_saphyr::from_str(&project::read(".github/deployer.yaml")).expect("YAML");
    let allowed: BTreeSet<String> = statements(&deployer)
        .into_iter()
        .flat_map(actions)
        .filter_map(|action| action.split_once(':'))
        .map(|(service, _)| service.to_owned())
        .collect();
    let template = Template::read();
    let mut needed: BTreeSet<String> = template.kinds().into_iter().map(service).collect();
    needed.extend(OWN.map(str::to_owned));
    assert_eq!(allowed, needed);
}

/// IAM has more than one kind of resource, and each its own actions.
#[test]
fn the_deployers_role_can_create_what_the_template_has_of_iam() {
    let deployer: Value = serde_saphyr::from_str(&project::read(".github/deployer.yaml")).expect("YAML");
    let allowed: BTreeSet<&str> = statements(&deployer).into_iter().flat_map(actions).collect();
    let template = Template::read();
    let of_iam = template.kinds().into_iter().filter_map(|kind| kind.strip_prefix("AWS::IAM::"));
    let mut kinds = BTreeSet::new();
    for kind in of_iam {
        let create = match kind {
            "ManagedPolicy" => "iam:CreatePolicy",
            "Role" => "iam:CreateRole",
            other => panic!("what creates {other}?"),
        };
        assert!(allowed.contains(create), "{create}");
        kinds.insert(kind);
    }
    assert_eq!(kinds.len(), 2);
}

/// CloudFormation names what has no name after the stack.
#[test]
fn the_deployers_role_reaches_what_the_template_leaves_to_cloudformation_to_name() {
    let deployer = project::read(".github/deployer.yaml");
    let template = project::read("template.yaml");
    for (service, kind, name) in [
        ("dynamodb", "table/", "TableName"),
        ("events", "rule/", "RuleName"),
        ("lambda", "function:", "FunctionName"),
        ("logs", "log-group:", "LogGroupName"),
        ("sns", "", "TopicName"),
        ("sqs", "", "QueueName"),
    ] {
        let arn = format!(
            "- !Sub arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{kind}${{StackName}}-*\n"
        );
        assert!(deployer.contains(&arn), "{arn}");
        let named = template.lines().map(str::trim).find(|line| {
            let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
            value.is_some_and(|value| !value.is_empty() && !value.contains("!Ref"))
        });
        assert_eq!(named, None, "it has a name of its own");
    }
}

/// The bus needs a name, and has the stack's.
#[test]
fn the_deployers_role_reaches_the_bus_by_the_name_of_the_stack() {
    let template = Template::read();
    assert_eq!(template.resource("EventBus")["Properties"]["Name"], "AWS::StackName");
    let bus = "- !Sub arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${StackName}\n";
    assert!(project::read(".github/deployer.yaml").contains(bus));
}

/// CloudFormation's own calls, and what `sam deploy` uploads, are all that the role does itself.
#[test]
fn the_deployers_role_changes_resources_only_through_cloudformation() {
    let deployer: Value = serde_saphyr::from_str(&project::read(".github/deployer.yaml")).expect("YAML");
    for statement in statements(&deployer) {
        let through = &statement["Condition"]["ForAnyValue:StringEquals"]["aws:CalledVia"];
        let passes = &statement["Condition"]["StringEquals"]["iam:PassedToService"];
        let is_own = ["Stack", "Transform", "Upload"].iter().any(|sid| statement["Sid"] == *sid);
        assert!(
            is_own || through == "cloudformation.amazonaws.com" || passes.is_array(),
            "{}",
            statement["Sid"]
        );
    }
}

"""What ministack lacks or does otherwise than AWS, and how tests/emulator/run copes with it.

`adapted` changes the template before it is deployed, `complete` the deployed stack, `pipes` and `mailbox` stand in for
what is missing while it runs, `consumer` is what a shop would add, and `DIFFERENCES` lists the smoke test's checks that
cannot pass.
"""

import copy
import json
import re
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")

# Resources that it refuses to create. Nothing refers to them.
MISSING_TYPES = (
    "AWS::Budgets::Budget",
    "AWS::Logs::QueryDefinition",
    # So requests do not pass through the web ACL, whose rules it would not evaluate either.
    "AWS::WAFv2::WebACLAssociation",
)

# Its IAM does not know these keys, so it would refuse every request under a condition on them. What is left of the
# policies, actions and resources, it enforces.
MISSING_CONDITION_KEYS = ("dynamodb:LeadingKeys", "kms:MessageType", "kms:SigningAlgorithm", "ses:FromAddress")

# Its IAM takes requests with these actions for requests to every resource, so it would refuse them.
UNREAD_RESOURCES = {"ses:SendRawEmail"}

# Checks of the smoke test that fail, by the reason why.
DIFFERENCES = {
    "It drops empty segments from a path: this is the route /customers/{customerReference}, which needs a token.": [
        f"double slash{token}: {method} /customers//addresses"
        for token in ("", ", bad token") for method in ("GET", "PATCH", "DELETE")
    ],
    "It drops a slash at the end before it looks for the route.": ["missing id: PATCH /customer-password/"],
    "It decodes a path before it looks for the route.": ["escaped letter: GET /%63ustomers"],
    "It answers a header that is no signature, or an incomplete one, as DEFAULT_4XX.": [
        f"help desk, {header}: {call}"
        for header in ("token", "bad signature")
        for call in ("GET /admin/customers?filter%5Bprefix%5D=abc", "POST /admin/customers/DE--1/secure")
    ],
    "It takes the address of the client from X-Forwarded-For, which API Gateway does not.": [
        "eleventh attempt, from a forged address: POST /access-tokens",
    ],
    "It tells nothing of what became of a mail.": [
        f"fate of a mail to {name}@ (SES's events)" for name in ("success", "bounce", "complaint")
    ],
}


def adapted(template):
    """A copy without what it cannot deploy."""
    template = copy.deepcopy(template)
    resources = template["Resources"]
    for name in [name for name, resource in resources.items() if resource["Type"] in MISSING_TYPES]:
        del resources[name]
    # It has no CodeDeploy, which moves the alias of a release.
    del template["Globals"]["Function"]["DeploymentPreference"]
    # It refuses alarms on metric math, which the dashboard refers to.
    for alarm in of_type("AWS::CloudWatch::Alarm", resources):
        if metrics := alarm.pop("Metrics", None):
            first = next(metric["MetricStat"] for metric in metrics if "MetricStat" in metric)
            alarm |= first["Metric"] | {"Period": first["Period"], "Statistic": "Sum"}
    # It leaves out x-amazon-apigateway-any-method when it reads an OpenAPI document.
    for function in of_type("AWS::Serverless::Function", resources):
        events = function.get("Events", {})
        for name in [name for name, event in events.items() if event["Properties"].get("Method") == "ANY"]:
            event = events.pop(name)
            for method in METHODS:
                events[name + method] = {**event, "Properties": {**event["Properties"], "Method": method}}
    for statement in find("Action", of_type("AWS::IAM::Role", resources)):
        actions = statement["Action"]
        if UNREAD_RESOURCES.intersection([actions] if isinstance(actions, str) else actions):
            statement["Resource"] = "*"
        for operator, keys in statement.get("Condition", {}).items():
            statement["Condition"][operator] = {key: value for key, value in keys.items()
                                                if key not in MISSING_CONDITION_KEYS}
    return template


def of_type(kind, resources):
    return [resource["Properties"] for resource in resources.values() if resource["Type"] == kind]


def find(key, value):
    """The objects with this member."""
    if isinstance(value, dict):
        if key in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from find(key, one)


def complete(client, stack):
    """Adds what it left out when it created the stack. Returns the stack's outputs."""
    formation, gateway = client("cloudformation"), client("apigateway")
    described = formation.describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    # It leaves out x-amazon-apigateway-gateway-responses when it reads an OpenAPI document.
    body = formation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    document = (json.loads(body) if isinstance(body, str) else body)["Resources"]["Api"]["Properties"]["Body"]
    api = outputs["ApiId"]
    for kind, response in document["x-amazon-apigateway-gateway-responses"].items():
        gateway.put_gateway_response(restApiId=api, responseType=kind, statusCode=str(response["statusCode"]),
                                     responseParameters=response["responseParameters"],
                                     responseTemplates=response["responseTemplates"])
    gateway.create_deployment(restApiId=api, stageName=outputs["ApiUrl"].rsplit("/", 1)[1])
    return outputs


@contextmanager
def pipes(client, stack, template):
    """Does what the pipes should: it creates them, but its pipes neither filter nor deliver to queues and buses. Its
    rules of EventBridge evaluate the filters, and a pipe sends with the permissions of its role."""
    resource = client("cloudformation").describe_stack_resource
    def physical(name):
        return resource(StackName=stack, LogicalResourceId=name)["StackResourceDetail"]["PhysicalResourceId"]
    # It would refuse the roles the stream, because it does not read the stream's ARN from these requests.
    streams, rules = client("dynamodbstreams"), client("events")
    queues = client("sqs", **assume(client, physical("MailPipeRole")))
    buses = client("events", **assume(client, physical("EventPipeRole")))
    source = client("dynamodb").describe_table(TableName=physical("Table"))["Table"]["LatestStreamArn"]
    queue, bus = physical("MailQueue"), physical("EventBus")
    declared = template["Resources"]["EventPipe"]["Properties"]["TargetParameters"]
    target = declared["EventBridgeEventBusParameters"]

    def to_queue(record):
        queues.send_message(QueueUrl=queue, MessageBody=json.dumps(record))

    def to_bus(record):
        detail = re.sub("<(.*?)>", lambda path: json.dumps(at(path[1], record)), declared["InputTemplate"])
        buses.put_events(Entries=[{"EventBusName": bus, "Source": target["Source"],
                                   "DetailType": at(target["DetailType"], record), "Detail": detail}])

    def deliver():
        shard = streams.describe_stream(StreamArn=source)["StreamDescription"]["Shards"][0]["ShardId"]
        position = streams.get_shard_iterator(StreamArn=source, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        position = position["ShardIterator"]
        while not ended.wait(0.2):
            answer = streams.get_records(ShardIterator=position)
            for record in answer["Records"]:
                record["eventSourceARN"] = source
                record = json.loads(json.dumps(record, default=lambda time: int(time.timestamp())))
                for pipe, send in ("MailPipe", to_queue), ("EventPipe", to_bus):
                    if passes(rules, template["Resources"][pipe]["Properties"]["SourceParameters"], record):
                        send(record)
            position = answer["NextShardIterator"]

    ended = threading.Event()
    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def at(path, document):
    """What a path such as `$.dynamodb.Keys` leads to."""
    for member in path.split(".")[1:]:
        document = document[member]
    return document


def assume(client, name):
    """Temporary credentials of a service's role, which it lets others than the service assume only if they may."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps({"Statement": [trust]}))
    role = client("iam").get_role(RoleName=name)["Role"]["Arn"]
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="emulator")["Credentials"]
    return {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"]}


def passes(rules, source, record):
    """Whether a record matches any of a pipe's filters. Rules are about whole events, so it becomes the detail of one."""
    event = json.dumps({"id": "1", "account": "1", "source": "pipe", "time": "2026-01-01T00:00:00Z", "region": "any",
                        "resources": [], "detail-type": "record", "detail": record})
    patterns = [json.loads(one["Pattern"]) for one in source["FilterCriteria"]["Filters"]]
    return any(rules.test_event_pattern(EventPattern=json.dumps({"detail": pattern}), Event=event)["Result"]
               for pattern in patterns)


def consumer(client, bus):
    """The URL of a queue that gets all events on the bus, as from examples/consumer/template.yaml."""
    queue = client("sqs").create_queue(QueueName="events")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = client("events").put_rule(Name="events", EventBusName=bus,
                                     EventPattern=json.dumps({"source": ["customer-accounts"]}))["RuleArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": rule}}}
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [statement]})})
    client("events").put_targets(Rule="events", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return queue


def allow_queue(client, user, queue):
    """Lets a user read a queue."""
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": arn}
    document = json.dumps({"Statement": [statement]})
    client("iam").put_user_policy(UserName=user, PolicyName="queue", PolicyDocument=document)


@contextmanager
def mailbox(endpoint):
    """The URL of the mails it has taken, in the dev server's format. It does not keep a mail's headers, so the kind is
    that of the link in its text."""
    class Mails(BaseHTTPRequestHandler):
        def do_GET(self):
            with urllib.request.urlopen(f"{endpoint}/_ministack/ses/messages") as answer:
                sent = [mail for mails in json.load(answer)["messages"].values() for mail in mails]
            body = json.dumps([{"kind": kind_of(mail["BodyText"]), "to": mail["To"], "text": mail["BodyText"]}
                               for mail in sent]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Mails)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kind_of(text):
    links = {"/register/confirm?": "confirmation", "/password/restore?": "password-reset"}
    return next((kind for link, kind in links.items() if link in text), "notice")

"""What CloudFormation's functions may become in a deployed stack, so that tools for policies can read the template's."""

import re

PSEUDO_PARAMETERS = {"AWS::Partition": "aws", "AWS::Region": "eu-central-1", "AWS::AccountId": "123456789012",
                     "AWS::StackName": "stack"}
# By type and attribute; an asterisk stands for the resource's name.
ARNS = {
    ("AWS::DynamoDB::Table", "Arn"): "dynamodb:eu-central-1:123456789012:table/*",
    # A real label is a time, whose colons parliament takes for the ARN's.
    ("AWS::DynamoDB::Table", "StreamArn"): "dynamodb:eu-central-1:123456789012:table/*/stream/label",
    ("AWS::Events::EventBus", "Arn"): "events:eu-central-1:123456789012:event-bus/*",
    ("AWS::Events::Rule", "Arn"): "events:eu-central-1:123456789012:rule/*",
    ("AWS::KMS::Key", "Arn"): "kms:eu-central-1:123456789012:key/*",
    ("AWS::Lambda::Function", "Arn"): "lambda:eu-central-1:123456789012:function:*",
    ("AWS::Logs::LogGroup", "Arn"): "logs:eu-central-1:123456789012:log-group:*:*",
    ("AWS::SNS::Topic", "Ref"): "sns:eu-central-1:123456789012:*",
    ("AWS::SQS::Queue", "Arn"): "sqs:eu-central-1:123456789012:*",
}


def resolved(value, resources):
    """The value with its functions replaced, `!If` by the second of its alternatives, which needs no parameter."""
    if isinstance(value, list):
        return [resolved(member, resources) for member in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        function, argument = next(iter(value.items()))
        if function == "Ref":
            return referred(argument, "Ref", resources)
        if function == "Fn::GetAtt":
            return referred(*argument, resources)
        if function == "Fn::Sub":
            name = re.compile(r"\$\{([\w:]+)\.?(\w*)\}")
            return name.sub(lambda match: referred(match[1], match[2] or "Ref", resources), argument)
        if function == "Fn::If":
            return resolved(argument[2], resources)
    return {key: resolved(member, resources) for key, member in value.items()}


def referred(name, attribute, resources):
    if name in PSEUDO_PARAMETERS:
        return PSEUDO_PARAMETERS[name]
    if name in resources and (resources[name]["Type"], attribute) in ARNS:
        # The name first: an asterisk of the ARN's own stays at the end.
        return "arn:aws:" + ARNS[resources[name]["Type"], attribute].replace("*", name, 1)
    return name

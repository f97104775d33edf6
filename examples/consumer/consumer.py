#!/usr/bin/env python3
"""Keeps a copy of all customers up to date, by their events. docs/events.md says why it does what.

    ./consumer.py <ApiUrl> --queue <QueueUrl>       # boto3, and credentials that may call GET /admin/customers/*/record
    ./consumer.py http://127.0.0.1:3000             # the events that a dev server has kept, once
"""

import argparse
import json
import sqlite3
from urllib.parse import quote
from urllib.request import Request, urlopen

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TABLES = """
    CREATE TABLE IF NOT EXISTS customers (resource TEXT PRIMARY KEY, version INTEGER, record TEXT);
    CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY);
"""
STORE = """
    INSERT INTO customers VALUES (:resource, :version, :record)
    ON CONFLICT DO UPDATE SET version = :version, record = :record WHERE version < :version
"""

# It takes any name and region.
DEV_SERVER = Credentials("consumer", "local")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api", help="where the API is", type=lambda url: url.rstrip("/"))
    parser.add_argument("--queue", help="where the events are")
    parser.add_argument("--copy", default="customers.sqlite3", help="the file to keep up to date")
    arguments = parser.parse_args()
    session = boto3.Session()
    credentials = session.get_credentials() if arguments.queue else DEV_SERVER
    signer = signer_for(credentials, session.region_name or "us-east-1")
    copy = open_copy(arguments.copy)

    def take_one(event):
        take(copy, event, lambda resource: record_of(arguments.api, signer, resource))

    if arguments.queue:
        listen(session.client("sqs"), arguments.queue, take_one)
    for event in kept_by_dev_server(arguments.api):
        take_one(event)


def open_copy(path):
    copy = sqlite3.connect(path)
    copy.executescript(TABLES)
    return copy


def take(copy, event, fetch):
    """Does what an event calls for: all of it, or nothing if it raises an error."""
    detail = event["detail"]
    if detail["schema"] != 1:
        raise ValueError(f"an event of schema {detail['schema']}")
    with copy:
        if not copy.execute("INSERT OR IGNORE INTO events VALUES (?)", [detail["id"]]).rowcount:
            return
        record = fetch(detail["resource"])
        # A customer who was anonymised has a record too, with nothing personal in it: storing it is the erasure.
        copy.execute(STORE, {"resource": detail["resource"], "version": record["meta"]["version"],
                             "record": json.dumps(record)})


def signer_for(credentials, region):
    return SigV4Auth(credentials, "execute-api", region)


def record_of(api, signer, resource):
    request = AWSRequest("GET", f"{api}/admin/{quote(resource)}/record")
    signer.add_auth(request)
    with urlopen(Request(request.url, headers=dict(request.headers)), timeout=10) as answer:
        return json.load(answer)


def listen(sqs, queue, take_one):
    while True:
        for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20, MaxNumberOfMessages=10).get("Messages", []):
            try:
                take_one(json.loads(message["Body"]))
            except Exception as problem:
                # It comes back, and ends among the dead letters after five times.
                print(f"message {message['MessageId']}: {problem}", flush=True)
            else:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def kept_by_dev_server(api):
    with urlopen(f"{api}/_local/events", timeout=10) as answer:
        return reversed(json.load(answer))


if __name__ == "__main__":
    main()

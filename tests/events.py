"""The files in events/, the fixture that they assume, and the expected answers, for the scripts in this folder.

`cargo run -- services` provides DynamoDB and SES. Before every event the table is recreated with the fixture in it, and
the answer is compared with the snapshot that `cargo test` uses.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BINARIES = PROJECT / "target/debug"
# Seconds.
PATIENCE = 20

# The settings of the tests' own servers that show in a snapshot. The issuer is derived from the event.
SETTINGS = {
    "SIGNING_KEY_PKCS8": (PROJECT / "tests/src/signing-key.txt").read_text().strip(),
    "STOREFRONT_URL": "https://storefront.example",
    "TOKEN_ISSUER": "",
}

# Patterns of generated values, as in tests/functions/events/render.rs.
SECRET = "[A-Za-z0-9_-]{43}"
GENERATED = {
    "[timestamp]": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}",
    "[uuid]": "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
    "[refresh token]": rf"DE--FIXTURE01\.{SECRET}\.{SECRET}",
    "[key]": rf"DE--FIXTURE01\.{SECRET}",
    "etag: [tag]": rf'etag: "{SECRET}"',
    '"id": "[session]"': rf'"id": "{SECRET}"',
    "/sessions/[session]": rf"/sessions/{SECRET}",
    "[reference]": "DE--[0-9A-Z]{10}",
    '"[access token]': r'"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+',
}


class Services:
    """DynamoDB and the inbox, while the `with` block lasts."""

    def __init__(self, folder, host="127.0.0.1"):
        """`host` is the address to listen on, which the functions must be able to reach."""
        self.env_file = folder / "env.json"
        self.host = host

    def __enter__(self):
        subprocess.run(["cargo", "build", "--quiet", "--locked", "--workspace", "--bins"], cwd=PROJECT, check=True)
        command = [BINARIES / "local", "services", "--host", self.host, "--dynamodb-port", "0", "--ses-port", "0",
                   "--env-vars", self.env_file]
        self.process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, start_new_session=True)
        wait_for("the services", self.process, self.env_file.exists)
        self.settings = json.loads(self.env_file.read_text())["Parameters"]
        return self

    def __exit__(self, *_):
        stop(self.process)

    def set(self, changes):
        """Changes the functions' settings."""
        self.settings |= changes
        self.env_file.write_text(json.dumps({"Parameters": self.settings}))

    def prepare(self, event):
        """Resets the table to the fixture, and returns the event with its placeholders filled in."""
        self.recreate_table()
        fixture = subprocess.run([BINARIES / "fixture", self.env_file], check=True, stdout=subprocess.PIPE)
        text = event.read_text()
        for placeholder, value in json.loads(fixture.stdout).items():
            text = text.replace(placeholder, value)
        return text

    def recreate_table(self):
        table = self.describe_table()
        self.call_dynamodb("DeleteTable", {"TableName": self.settings["TABLE_NAME"]})
        self.create_table(table)

    def move_table(self, endpoint):
        """Creates an empty table in another DynamoDB, which the functions use from now on."""
        table = self.describe_table()
        self.set({"AWS_ENDPOINT_URL_DYNAMODB": endpoint})
        self.create_table(table)

    def describe_table(self):
        return self.call_dynamodb("DescribeTable", {"TableName": self.settings["TABLE_NAME"]})["Table"]

    def create_table(self, described):
        indexes = [{member: index[member] for member in ("IndexName", "KeySchema", "Projection")}
                   for index in described["GlobalSecondaryIndexes"]]
        kept = {member: described[member] for member in ("TableName", "KeySchema", "AttributeDefinitions")}
        self.call_dynamodb("CreateTable", {**kept, "GlobalSecondaryIndexes": indexes, "BillingMode": "PAY_PER_REQUEST"})

    def call_dynamodb(self, operation, body):
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            # The services ask for the credentials of their settings and do not check the signature.
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.settings['AWS_ACCESS_KEY_ID']}/20260101/"
                             f"{self.settings['AWS_REGION']}/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        }
        endpoint = self.settings["AWS_ENDPOINT_URL_DYNAMODB"]
        request = urllib.request.Request(endpoint, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def mails(self):
        with urllib.request.urlopen(self.settings["AWS_ENDPOINT_URL_SES"] + "/_local/mail", timeout=PATIENCE) as answer:
            return json.load(answer)


def by_function():
    events = {}
    for path in sorted(PROJECT.glob("events/*.json")):
        events.setdefault(path.name.split(".")[0], []).append(path)
    return events


def check(services, event, invoke):
    """Sends one event with `invoke`, which takes and returns text, and prints the result. Returns whether it passed."""
    text = services.prepare(event)
    mails_before = len(services.mails())
    answer = invoke(text)
    try:
        answer = json.loads(answer)
        outcome = rendered(event, answer, services.mails()[mails_before:])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        outcome = f"An answer of the wrong shape ({error!r}): {answer}"
    snapshot = PROJECT / "tests/functions/events/snapshots" / f"{event.stem}.snap"
    expected = snapshot.read_text().split("---\n", 2)[2]
    good = outcome.strip() == expected.strip()
    print(f"{'ok' if good else 'FAILED':6} {event.stem}", flush=True)
    if not good:
        print("--- expected:", expected, "--- actual:", outcome, sep="\n")
    return good


def rendered(event, answer, mails):
    """The answer in the form of a snapshot."""
    if "statusCode" in answer:
        headers = {**{name: values[0] for name, values in (answer.get("multiValueHeaders") or {}).items()},
                   **(answer.get("headers") or {})}
        lines = sorted(f"{name.lower()}: {value}" for name, value in headers.items())
        body = f"\n{laid_out(json.loads(answer['body']))}\n" if answer.get("body") else ""
        if answer.get("isBase64Encoded"):
            raise ValueError("the body is in base64")
        text = "\n".join([str(answer["statusCode"]), *lines, body])
    else:
        # Snapshots of anything but HTTP replies have their members in alphabetical order.
        text = f"{laid_out(answer, sort_keys=True)}\n"
        for mail in mails:
            text += "\nto: {to}\nkind: {kind}\nsubject: {subject}\n\n{text}".format(**mail)
    for name, shape in GENERATED.items():
        text = re.sub(shape, name, text)
    return text


def laid_out(document, sort_keys=False):
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=sort_keys)


def wait_for(what, process, condition):
    """Returns once `condition()` is true; exits this program if the process ends or the time runs out first."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            sys.exit(f"It did not start: {what}.")
        time.sleep(0.02)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listens(port):
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def stop(process):
    """Ends a session leader and all processes that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            pass
    process.wait()

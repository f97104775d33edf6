"""Sends requests to the API and prints expected and actual results as a table, for the scripts in this folder."""

import http.client
import json
import sys
import urllib.parse

import sigv4

# Seconds. The gateway waits 29, and a function under sam local has to start a container.
PATIENCE = 60
ORIGIN = "https://shop.example.com"
JSON_API, JSON = "application/vnd.api+json", "application/json"


class Stack:
    """The API under test, and the number of passed and failed checks."""

    def __init__(self, url):
        self.url = urllib.parse.urlsplit(url.rstrip("/"))
        self.passed = self.failed = self.skipped = 0
        print(f"{'check':66} | {'expected':14} | {'actual':14} | ok")

    def check(self, name, expected, method, path, kind=JSON_API, **request):
        """Sends a request and compares status and code, and on its own the media type of a body."""
        answer = self.send(method, path, **request)
        shown = path if len(path) < 40 else f"{path[:37]}…"
        self.compare(f"{name}: {method} {shown}", expected, answer.summary(kind))
        if answer.body and answer.status:
            self.compare_media_type(f"{name}: {method} {shown}: media type", kind, answer.header("Content-Type"))
        return answer

    def compare_media_type(self, name, expected, real):
        """Prints only what is wrong: as a row each, what is right would hide the rest of the table."""
        if expected == real:
            self.passed += 1
        else:
            self.compare(name, expected, real)

    def compare(self, name, expected, real):
        good = expected == real
        self.passed += good
        self.failed += not good
        print(f"{name:66} | {expected:14} | {real:14} | {'yes' if good else 'NO'}", flush=True)

    def mailed(self, name, key):
        if key is None:
            self.skip(name)
        else:
            self.compare(name, "a key", "a key" if key else "no mail")

    def skip(self, name):
        self.skipped += 1
        print(f"{name:66} | {'':14} | {'skipped':14} |", flush=True)

    def send(self, method, path, token=None, attributes=None, kind_of=None, body=None, headers=(), signed=False):
        """Sends the path unchanged, which urllib would not do."""
        secure = self.url.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(self.url.netloc, timeout=PATIENCE)
        if attributes is not None:
            kind_of = kind_of or path.split("/")[1]
            body = json.dumps({"data": {"type": kind_of, "attributes": attributes}}).encode()
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        headers = {"Origin": ORIGIN, "Content-Type": JSON_API, **bearer, **dict(headers)}
        if signed:
            headers = sigv4.signed("execute-api", method, self.url.geturl() + path, headers, body or b"")
        try:
            connection.connect()
        except OSError as error:
            sys.exit(f"{self.url.geturl()} cannot be reached: {error}")
        try:
            connection.request(method, self.url.path + path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            # The answer may arrive before the whole body has been sent.
            pass
        try:
            response = connection.getresponse()
            return Answer(method, response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException) as error:
            return Answer(method, 0, {}, repr(error).encode())
        finally:
            connection.close()


class Answer:
    def __init__(self, method, status, headers, body):
        self.method, self.status, self.headers, self.body = method, status, headers, body

    def header(self, name):
        return self.headers.get(name) or "none"

    def allows_origin(self):
        return self.header("Access-Control-Allow-Origin") in ("*", ORIGIN)

    def json(self):
        try:
            document = json.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    def id(self):
        return self.json().get("data", {}).get("id", "none")

    def attribute(self, name):
        return self.json().get("data", {}).get("attributes", {}).get(name, "none")

    def summary(self, kind):
        """Status, code, and anything else that is wrong with them, but not the media type."""
        errors = self.json().get("errors") or [{}]
        words = [str(self.status) if self.status else self.body.decode(), errors[0].get("code", "")]
        has_body = self.method != "HEAD"
        if has_body and self.status >= 400 and kind == JSON_API and errors[0].get("status") != self.status:
            words.append("no envelope")
        if self.status and not self.allows_origin():
            words.append("no CORS")
        return " ".join(word for word in words if word)

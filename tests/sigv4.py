"""AWS's Signature Version 4, by the credentials in the environment."""

import hashlib
import hmac
import os
import re
import sys
import urllib.parse
from datetime import UTC, datetime


def signed(service, method, url, headers, body):
    """The headers and the signature that covers them. Names and values in the URL's query must be escaped."""
    url = urllib.parse.urlsplit(url)
    try:
        key, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    except KeyError as missing:
        sys.exit(f"{missing} is not set, which signs.")
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**headers, "Host": url.netloc, "X-Amz-Date": time}
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        headers["X-Amz-Security-Token"] = token
    covered = sorted((name.lower(), value) for name, value in headers.items())
    names = ";".join(name for name, _ in covered)
    request = "\n".join([method, urllib.parse.quote(url.path), "&".join(sorted(url.query.split("&"))),
                         *(f"{name}:{value}" for name, value in covered), "", names, digest(body)])
    scope = [time[:8], region(url.netloc), service, "aws4_request"]
    signature = f"AWS4{secret}".encode()
    for part in *scope, "\n".join(["AWS4-HMAC-SHA256", time, "/".join(scope), digest(request.encode())]):
        signature = hmac.digest(signature, part.encode(), "sha256")
    headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={key}/{'/'.join(scope)}, SignedHeaders={names}, "
                                f"Signature={signature.hex()}")
    return headers


def digest(data):
    return hashlib.sha256(data).hexdigest()


def region(host):
    """The dev server takes any."""
    named = re.search(r"\.([a-z]+(?:-[a-z]+)+-\d)\.amazonaws\.com", host)
    return os.environ.get("AWS_REGION") or (named[1] if named else "local")

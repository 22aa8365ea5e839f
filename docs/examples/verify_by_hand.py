import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

TOLERANCE_SECONDS = 300


def verify(body: bytes, headers: Mapping[str, str], secret: str, now: float | None = None) -> dict:
    """Returns the event of a genuine and recent request, going by webhook-signature; raises ValueError for any other."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    age = (time.time() if now is None else now) - int(timestamp)  # int() raises ValueError, too
    if abs(age) > TOLERANCE_SECONDS:
        raise ValueError("too old or too new")
    content = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(base64.b64decode(secret), content, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    # There are several signatures while a secret is being rotated: one right one is enough.
    signatures = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(given.encode(), expected.encode()) for given in signatures):
        raise ValueError("not signed by us")
    return json.loads(body)


def verify_body(body: bytes, headers: Mapping[str, str], secret: str) -> dict:
    """The same for x-docmap-signature, which says nothing about when the request was made."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    signatures = headers.get("x-docmap-signature", "").split(",")
    if not any(hmac.compare_digest(given.encode(), expected.encode()) for given in signatures):
        raise ValueError("not signed by us")
    return json.loads(body)

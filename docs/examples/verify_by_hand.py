import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping

TOLERANCE_SECONDS = 300


def verify(body: bytes, headers: Mapping[str, str], secret: str, now: float | None = None) -> dict:
    """Returns the event of a genuine and recent request, going by webhook-signature.

    Raises ValueError for any other request, and RuntimeError if the secret is missing or malformed.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    expected = sign(message_id, timestamp, body, secret)
    age = (time.time() if now is None else now) - int(timestamp)  # int() raises ValueError, too
    if abs(age) > TOLERANCE_SECONDS:
        raise ValueError("too old or too new")
    require_one_equal(headers.get("webhook-signature", "").split(" "), expected)
    return json.loads(body)


def verify_body(body: bytes, headers: Mapping[str, str], secret: str) -> dict:
    """The same for x-docmap-signature, which says nothing about when the request was made."""
    expected = "sha256=" + hmac.new(checked(secret).encode(), body, hashlib.sha256).hexdigest()
    require_one_equal(headers.get("x-docmap-signature", "").split(","), expected)
    return json.loads(body)


def sign(message_id: str, timestamp: str, body: bytes, secret: str) -> str:
    """The webhook-signature of a request. Your tests can sign with it."""
    key = base64.b64decode(checked(secret))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def checked(secret: str) -> str:
    """Anyone can sign with an empty key: a secret that is not set must never verify a request."""
    if not re.fullmatch("[0-9a-f]{64}", secret or ""):
        raise RuntimeError("the secret must be the 64 hex characters from the API")
    return secret


def require_one_equal(signatures: list[str], expected: str) -> None:
    """There are several signatures during a rotation of the secret: one right one is enough."""
    if not any(hmac.compare_digest(given.encode(), expected.encode()) for given in signatures):
        raise ValueError("not signed by us")

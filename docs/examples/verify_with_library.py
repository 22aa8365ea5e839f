from collections.abc import Mapping

from standardwebhooks.webhooks import Webhook


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> dict:
    """Returns the event of a genuine and recent request; raises WebhookVerificationError for any other."""
    return Webhook(secret).verify(body, dict(headers))

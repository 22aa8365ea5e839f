import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator

RETRY_SECONDS = 3
SILENCE_SECONDS = 45  # The service sends a comment every 15 seconds: a silent connection is dead.


def events(url: str, api_key: str, since: str, last_id: str | None = None) -> Iterator[tuple[str, dict]]:
    """Yields the id and the event of all events from a time on, and connects again after each break.

    Store the event and then its id, before you take the next one. Start with the id that you have stored last.
    Raises urllib.error.HTTPError if the service refuses the request for good, for example 401 for a wrong key.
    """
    while True:
        headers = {"authorization": f"Bearer {api_key}"} | ({"last-event-id": last_id} if last_id else {})
        request = urllib.request.Request(f"{url}/v1/events/stream?since={urllib.parse.quote(since)}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=SILENCE_SECONDS) as response:
                for last_id, data in messages(response):
                    if data:
                        yield last_id, json.loads(data)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise
        except (OSError, http.client.HTTPException):
            pass  # The connection broke.
        time.sleep(RETRY_SECONDS)


def messages(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Yields the id and the data of each message that has an id. An empty line ends a message."""
    message_id, data = "", []
    for line in lines:
        text = line.decode().rstrip("\n")
        field, _, value = text.partition(": ")
        if field == "id":
            message_id = value
        elif field == "data":
            data.append(value)
        elif text == "":
            if message_id:
                yield message_id, "\n".join(data)
            message_id, data = "", []

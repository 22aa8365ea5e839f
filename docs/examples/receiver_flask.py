from flask import Flask, request

from verify_by_hand import verify


def create_app(secret: str, keep) -> Flask:
    """keep(id, event) stores the event unless it has one with this id; see "Drop repeats"."""
    app = Flask(__name__)

    @app.post("/webhooks/docmap")
    def receive():
        try:
            event = verify(request.get_data(), request.headers, secret)  # not request.json
        except ValueError:  # not the RuntimeError of a missing secret: Flask answers 500
            return "", 401
        keep(request.headers["webhook-id"], event)
        return "", 204

    return app

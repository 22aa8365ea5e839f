from flask import Flask, request


def record_requests(app: Flask) -> None:
    """Records the last request, before the receiver reads it."""

    @app.before_request
    def record():
        headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
        with open("request.http", "wb") as file:
            file.write(headers.encode() + b"\r\n" + request.get_data())

from fastapi import FastAPI, Request, Response

from verify_by_hand import verify


def create_app(secret: str, keep) -> FastAPI:
    """keep(id, event) stores the event unless it has one with this id; see "Drop repeats"."""
    app = FastAPI()

    @app.post("/webhooks/docmap")
    async def receive(request: Request) -> Response:  # no model as a parameter: that would parse the body
        try:
            event = verify(await request.body(), request.headers, secret)
        except ValueError:  # not the RuntimeError of a missing secret: FastAPI answers 500
            return Response(status_code=401)
        await keep(request.headers["webhook-id"], event)
        return Response(status_code=204)

    return app

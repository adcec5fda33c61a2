"""Prints the API's description: `python -m switchroom.api.snapshot > docs/openapi.json`."""

from __future__ import annotations

import json

from switchroom.api.app import create_app
from switchroom.api.ports import NothingLive


def openapi_text() -> str:
    """The OpenAPI document as it is kept in the repository."""
    document = create_app(None, NothingLive(), version="").openapi()
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(openapi_text(), end="")

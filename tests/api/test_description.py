"""api/description.py: OpenAPI 3.1's words in those of 3.0."""

from __future__ import annotations

from typing import Any

import pytest

from switchroom.api.description import to_openapi_3_0


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (
            {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}], "title": "Code"},
            {"type": "string", "maxLength": 3, "title": "Code", "nullable": True},
        ),
        (
            {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]},
            {"allOf": [{"$ref": "#/x"}], "nullable": True},
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        ),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"exclusiveMinimum": 3}, {"minimum": 3, "exclusiveMinimum": True}),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, None),
    ],
)
def test_words(newer: dict[str, Any], older: dict[str, Any] | None) -> None:
    document = {"openapi": "3.1.0", "components": {"schemas": [{"a": newer}]}}
    expected = {"openapi": "3.0.3", "components": {"schemas": [{"a": older or newer}]}}
    assert to_openapi_3_0(document) == expected

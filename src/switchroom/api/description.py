"""The API's description in OpenAPI 3.0, which every tool reads, from FastAPI's 3.1 (JSON Schema 2020-12)."""

from __future__ import annotations

from typing import Any

VERSION = "3.0.3"


def to_openapi_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """The same document in the older words: `nullable`, one-valued `enum`, boolean exclusive limits."""
    converted: dict[str, Any] = _convert(document)
    return {**converted, "openapi": VERSION}


def _convert(node: Any) -> Any:
    if isinstance(node, list):
        return [_convert(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {key: _convert(value) for key, value in node.items()}
    alternatives = converted.get("anyOf")
    if isinstance(alternatives, list) and {"type": "null"} in alternatives:
        converted = _nullable(converted, [item for item in alternatives if item != {"type": "null"}])
    if "const" in converted:
        converted["enum"] = [converted.pop("const")]
    for word, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        value = converted.get(word)
        if isinstance(value, int | float) and not isinstance(value, bool):
            converted[limit], converted[word] = value, True
    return converted


def _nullable(schema: dict[str, Any], others: list[Any]) -> dict[str, Any]:
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(others) > 1:
        return {**rest, "anyOf": others, "nullable": True}
    other = others[0]
    if "$ref" in other:
        return {**rest, "allOf": [other], "nullable": True}
    return {**other, **rest, "nullable": True}

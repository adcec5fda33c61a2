"""The control protocol is written twice, in Rust and in Python: both must say the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from switchroom.media.types import Batch, FromWorker

Schema = dict[str, Any]


class Shape:
    """A JSON Schema without what does not matter: names of definitions, order, words, integer widths."""

    def __init__(self, document: Schema) -> None:
        self._definitions: Schema = document.get("$defs", {})

    def of(self, schema: Schema) -> Any:
        schema = self._resolved(schema)
        union = schema.get("oneOf") or schema.get("anyOf")
        if union is not None:
            return self._union([self.of(member) for member in union])
        if "const" in schema or "enum" in schema:
            return {"enum": sorted(schema.get("enum", [schema.get("const")]))}
        kind = schema.get("type")
        if isinstance(kind, list):
            return self._union([self.of({**schema, "type": one}) for one in kind])
        if kind == "object" and "properties" in schema:
            fields = {
                name: {"shape": self.of(field), "default": self._default(name, schema)}
                for name, field in schema["properties"].items()
            }
            return {"object": fields}
        if kind == "object":
            return {"map": self.of(schema.get("additionalProperties", {}))}
        if kind == "array":
            return {"array": self.of(schema["items"])}
        return kind

    def _default(self, name: str, schema: Schema) -> Any:
        if name in schema.get("required", ()):
            return "required"
        return schema["properties"][name].get("default", "optional")

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        target = self._resolved(self._definitions[reference.removeprefix("#/$defs/")])
        merged = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        if "properties" in schema:
            merged["properties"] = {**target.get("properties", {}), **schema["properties"]}
            merged["required"] = [*target.get("required", ()), *schema.get("required", ())]
        return merged

    def _union(self, members: list[Any]) -> Any:
        flat: list[Any] = []
        for member in members:
            flat.extend(member["union"] if isinstance(member, dict) and "union" in member else [member])
        words = sorted({word for m in flat if isinstance(m, dict) and "enum" in m for word in m["enum"]})
        flat = [m for m in flat if not (isinstance(m, dict) and "enum" in m)] + (
            [{"enum": words}] if words else []
        )
        if len(flat) == 1:
            return flat[0]
        return {"union": sorted(flat, key=lambda member: json.dumps(member, sort_keys=True))}


@pytest.fixture(scope="module")
def rust(worker_program: Path) -> Schema:
    done = subprocess.run([str(worker_program), "--schema"], capture_output=True, check=True, timeout=60)
    return cast(Schema, json.loads(done.stdout))


def without_defaults(shape: Any) -> Any:
    """For what the worker writes it does not matter which fields Python could do without."""
    if isinstance(shape, dict):
        if set(shape) == {"shape", "default"}:
            return without_defaults(shape["shape"])
        return {name: without_defaults(value) for name, value in shape.items()}
    if isinstance(shape, list):
        return sorted(
            (without_defaults(member) for member in shape), key=lambda m: json.dumps(m, sort_keys=True)
        )
    return shape


def required_fields(shape: Any, place: str = "") -> set[str]:
    """Every field that has to be there, by the way to it."""
    if isinstance(shape, list):
        return set[str]().union(*(required_fields(member, place) for member in shape))
    if not isinstance(shape, dict):
        return set()
    if "object" in shape:
        found = set()
        tag = next(filter(None, (_tag(field["shape"]) for field in shape["object"].values())), "")
        for name, field in shape["object"].items():
            path = f"{place}/{tag}.{name}"
            found |= required_fields(field["shape"], path) | (
                {path} if field["default"] == "required" else set()
            )
        return found
    return set[str]().union(*(required_fields(value, place) for value in shape.values()))


def _tag(shape: Any) -> str:
    """The word that a tag field always holds, or "" for any other field."""
    words = shape.get("enum", []) if isinstance(shape, dict) else []
    return str(words[0]) if len(words) == 1 else ""


def test_commands_are_the_same_on_both_sides_with_their_defaults(rust: Schema) -> None:
    """Python leaves defaults out, so that they must be equal too."""
    python = msgspec.json.schema(Batch)
    assert Shape(python).of({"$ref": "#/$defs/Batch"}) == Shape(rust).of({"$ref": "#/$defs/Batch"})


def test_what_the_worker_writes_is_what_python_reads(rust: Schema) -> None:
    python = msgspec.json.schema(FromWorker)
    ours, theirs = Shape(python).of(python), Shape(rust).of({"$ref": "#/$defs/FromWorker"})
    assert without_defaults(ours) == without_defaults(theirs)
    assert required_fields(ours) <= required_fields(theirs)


@pytest.mark.parametrize("change", ["field", "default", "word", "required"])
def test_a_difference_would_be_seen(rust: Schema, change: str) -> None:
    changed = json.loads(json.dumps(rust))
    codec = changed["$defs"]["Codec"]
    match change:
        case "field":
            del codec["properties"]["dtx"]
        case "default":
            codec["properties"]["ptime"]["default"] = 30
        case "word":
            changed["$defs"]["CodecName"] = {"enum": ["PCMU", "opus"]}
        case "required":
            codec["required"].append("dtx")
    batch = {"$ref": "#/$defs/Batch"}
    assert Shape(changed).of(batch) != Shape(rust).of(batch)

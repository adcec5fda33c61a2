"""calls/change.py: the values that call control changes most, changed as `dataclasses.replace` does it."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

import pytest

from switchroom.calls.change import replace
from switchroom.calls.values import Party

MODULES = ("bridge", "call", "conference", "leg", "receptionist", "records", "refusal", "ringing", "visit")


def frozen_values() -> list[type[Any]]:
    """Every frozen dataclass of the modules whose values are changed."""
    found = []
    for name in MODULES:
        module = importlib.import_module(f"switchroom.calls.{name}")
        found += [
            kind
            for kind in vars(module).values()
            if isinstance(kind, type)
            if dataclasses.is_dataclass(kind)
            and isinstance(kind, type)
            and kind.__module__ == module.__name__
        ]
    return found


@pytest.mark.parametrize("kind", frozen_values(), ids=lambda kind: kind.__name__)
def test_it_does_what_that_of_dataclasses_does(kind: type[Any]) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    value = kind(**{name: f"old {name}" for name in names})
    for name in names:
        change = {name: "new"}
        assert replace(value, **change) == dataclasses.replace(value, **change)
    assert replace(value) == value


def test_an_unknown_field_and_what_is_no_dataclass_are_refused() -> None:
    party = Party("201", "Anna", None, None, "en")
    with pytest.raises(TypeError, match="no nonsense"):
        replace(party, nonsense=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        replace(3)  # type: ignore[type-var]

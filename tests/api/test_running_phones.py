"""api/running_phones.py: what pages are told of the running calls."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from switchroom.api.phone_ports import LivePlace
from switchroom.api.running_phones import RunningPhones


def leg(name: str, user: str | None, dialog: str | None) -> Any:
    names = None if dialog is None else SimpleNamespace(call_id=dialog)
    return SimpleNamespace(leg=name, party=SimpleNamespace(user_id=user), dialog=names)


class Engine:
    """Anna's browser is in a room and in a call with Bruno's phone; Claire's browser hears a goodbye."""

    rooms_asked = 0

    def calls(self) -> list[Any]:
        def call(name: str, state: str, *legs: Any) -> Any:
            return SimpleNamespace(id=name, state=state, legs=legs, room=None)

        return [
            call("1", "in-conference", leg("a", "anna", "a@page")),
            call("2", "talking", leg("b", "bruno", None), leg("c", "anna", "c@page")),
            call("3", "ending", leg("d", "claire", "d@page")),
            call("4", "in-conference", leg("e", None, "e@page")),
        ]

    def rooms(self) -> list[Any]:
        self.rooms_asked += 1
        inside = (SimpleNamespace(leg="a"), SimpleNamespace(leg="e"))
        return [SimpleNamespace(conference_id="board", participants=inside)]


def test_s1_10_calls_of_browsers_are_found_with_their_conferences() -> None:
    engine: Any = Engine()
    phones = RunningPhones(engine, lambda: ())
    anna = [LivePlace("a@page", "1", "board", "a"), LivePlace("c@page", "2")]
    claire = [LivePlace("d@page", "3")]
    assert phones.places({"anna", "bruno", "claire"}) == {"anna": anna, "claire": claire}
    # Nobody's browser is in a call: the rooms are not looked at.
    assert phones.places({"bruno"}) == {}
    assert engine.rooms_asked == 1

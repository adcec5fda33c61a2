"""The JSON messages between a page and the tabs' WebSocket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Final, assert_never

import msgspec

from switchroom.api.phone_ports import LiveDialog, LivePlace, Presence
from switchroom.api.tabs import (
    CommandGiven,
    ConnectionId,
    Event,
    PhoneClaimed,
    StateTold,
    TabPinged,
    VisibilityChanged,
)

MOST_BYTES: Final = 64 * 1024
MOST_STATE: Final = 32 * 1024
MOST_COMMAND: Final = 8 * 1024


class Unreadable(ValueError):
    """A page sent what is no message; `error_id` and the text say what was wrong."""

    def __init__(self, error_id: str, message: str) -> None:
        super().__init__(message)
        self.error_id = error_id


class Hello(msgspec.Struct, tag="hello", tag_field="type", frozen=True):
    """The first message."""

    tab: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.~-]+$")]
    browser: Annotated[str, msgspec.Meta(max_length=300)]
    visible: bool = False
    token: Annotated[str, msgspec.Meta(max_length=300)] | None = None


class _Visible(msgspec.Struct, tag="visible", tag_field="type", frozen=True):
    visible: bool


class _Claim(msgspec.Struct, tag="claim", tag_field="type", frozen=True):
    pass


class _State(msgspec.Struct, tag="state", tag_field="type", frozen=True):
    state: msgspec.Raw


class _Command(msgspec.Struct, tag="command", tag_field="type", frozen=True):
    command: msgspec.Raw


class _Ping(msgspec.Struct, tag="ping", tag_field="type", frozen=True):
    pass


_Message = Hello | _Visible | _Claim | _State | _Command | _Ping
_DECODER: msgspec.json.Decoder[_Message] = msgspec.json.Decoder(_Message)


def read_hello(text: str) -> Hello:
    """The first message. Raises `Unreadable`."""
    message = _read(text)
    if not isinstance(message, Hello):
        raise Unreadable("hello-first", "Say hello first.")
    return message


def read_event(text: str, connection: ConnectionId) -> Event:
    """A later message of a page. Raises `Unreadable`."""
    match _read(text):
        case Hello():
            raise Unreadable("hello-twice", "Say hello once.")
        case _Visible(visible=visible):
            return VisibilityChanged(connection, visible)
        case _Claim():
            return PhoneClaimed(connection)
        case _State(state=state):
            return StateTold(connection, _small(state, MOST_STATE))
        case _Command(command=command):
            return CommandGiven(connection, _small(command, MOST_COMMAND))
        case _Ping():
            return TabPinged(connection)
        case other:
            assert_never(other)


def _read(text: str) -> _Message:
    if len(text) > MOST_BYTES:
        raise Unreadable("too-large", f"A message has at most {MOST_BYTES} bytes.")
    try:
        return _DECODER.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unreadable("message-unknown", "This is no message of the phone.") from None


def _small(raw: msgspec.Raw, most: int) -> bytes:
    data = bytes(raw)
    if len(data) > most:
        raise Unreadable("too-large", f"This may have at most {most} bytes.")
    return data


def write_owner(you: bool, owner: str | None, tabs: int, dialogs: Sequence[LiveDialog]) -> bytes:
    """Who owns the phone."""
    take_over = [asdict(dialog) for dialog in dialogs]
    return _write("owner", you=you, owner=owner, tabs=tabs, take_over=take_over)


def write_state(state: bytes) -> bytes:
    """What the owner shows."""
    return _write("state", state=msgspec.Raw(state))


def write_command(sender: str, command: bytes) -> bytes:
    """What a mirror asks of the owner."""
    return _write("command", **{"from": sender, "command": msgspec.Raw(command)})


def write_presence(presence: Mapping[str, Presence]) -> bytes:
    """What colleagues are doing, by user id."""
    return _write("presence", presence=presence)


def write_places(places: Sequence[LivePlace]) -> bytes:
    """The user's calls in browsers as the server holds them, with the conferences they are in."""
    return _write("places", places=[asdict(place) for place in places])


def write_voicemail(new: int, old: int) -> bytes:
    """How many messages a person has in his mailboxes."""
    return _write("voicemail", new=new, old=old)


def write_changed(what: str) -> bytes:
    """What pages show of this is old now: ask again."""
    return _write("changed", what=what)


def write_pong() -> bytes:
    """We are alive."""
    return _write("pong")


def write_signed_out() -> bytes:
    """The session has ended."""
    return _write("signed_out")


def write_refused(error_id: str, message: str) -> bytes:
    """What was asked is not done."""
    return _write("refused", error_id=error_id, message=message)


def _write(kind: str, **values: Any) -> bytes:
    return msgspec.json.encode({"type": kind, **values})

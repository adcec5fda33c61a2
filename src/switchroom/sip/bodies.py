"""Bodies of NOTIFY: what lamps, voicemail lights and transfers are told. Read here only where we need it.

The texts are RFC 3842 (message-summary), RFC 4235 (dialog-info), RFC 3863 (pidf) and RFC 3420 (sipfrag).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.header_names import REASONS

MESSAGE_SUMMARY = "application/simple-message-summary"
DIALOG_INFO = "application/dialog-info+xml"
PIDF = "application/pidf+xml"
SIPFRAG = "message/sipfrag;version=2.0"

MAX_SUMMARY = 4096
"""Most bytes of a message-summary that is read."""

_not_xml = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_status = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]*+))?+\Z")
_voice = re.compile(
    r"voice-message[ \t]*+:[ \t]*+([0-9]{1,6}+)/([0-9]{1,6}+)(?:[ \t]*+\([^)]*+\))?+[ \t]*+\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """Messages in a mailbox (RFC 3842 §5.2): new and old ones; `account` is the URI to call for them."""

    new: int
    old: int
    account: str = ""

    @classmethod
    def parse(cls, body: bytes) -> MessageSummary:
        """Raises RemoteProtocolError(400)."""
        if len(body) > MAX_SUMMARY:
            raise RemoteProtocolError(400, "Message summary too long")
        new = old = 0
        account, waiting = "", None
        for line in body.decode("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            match name.strip().lower():
                case "messages-waiting":
                    waiting = value.strip().lower()
                case "message-account":
                    account = value.strip()
                case "voice-message":
                    found = _voice.match(line.strip())
                    if found is None:
                        raise RemoteProtocolError(400, "Malformed message summary")
                    new, old = int(found[1]), int(found[2])
        if waiting not in ("yes", "no"):
            raise RemoteProtocolError(400, "Malformed message summary")
        return cls(new, old, account)

    def __bytes__(self) -> bytes:
        waiting = "yes" if self.new else "no"
        account = _one_line(self.account)
        lines = [f"Messages-Waiting: {waiting}"]
        if account:
            lines.append(f"Message-Account: {account}")
        lines.append(f"Voice-Message: {self.new}/{self.old} (0/0)")
        return "".join([f"{line}\r\n" for line in lines]).encode("utf-8", "replace")


class DialogState(StrEnum):
    """How far a watched call is (RFC 4235 §3.7.1), as lamps show it."""

    TRYING = "trying"
    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class WatchedDialog:
    """One call of the watched one. `incoming`: he is called (direction recipient).

    `call_id` and the tags, as he sees them, let a phone pick the call up by Replaces; empty: not told.
    `remote` is the other party's URI with the name `remote_name`; empty: not told.
    """

    id: str
    state: DialogState
    incoming: bool
    remote: str = ""
    remote_name: str = ""
    call_id: str = ""
    local_tag: str = ""
    remote_tag: str = ""
    held: bool = False


def dialog_info(entity: str, version: int, dialogs: Iterable[WatchedDialog]) -> bytes:
    """The calls of `entity` (a URI), all of them (RFC 4235 §4); `version` counts up with each NOTIFY."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info"'
        f' version="{version}" state="full" entity={_attribute(entity)}>\n'
    ]
    for one in dialogs:
        names = "".join(
            [
                f" {name}={_attribute(value)}"
                for name, value in (
                    ("call-id", one.call_id),
                    ("local-tag", one.local_tag),
                    ("remote-tag", one.remote_tag),
                )
                if value
            ]
        )
        direction = "recipient" if one.incoming else "initiator"
        parts.append(f'<dialog id={_attribute(one.id)}{names} direction="{direction}">')
        parts.append(f"<state>{one.state}</state>")
        rendering = '<param pname="+sip.rendering" pval="no"/>' if one.held else ""
        uri = _attribute(entity)
        identity = f"<identity>{_text(entity)}</identity>"
        parts.append(f"<local>{identity}<target uri={uri}>{rendering}</target></local>")
        if one.remote:
            display = f" display={_attribute(one.remote_name)}" if one.remote_name else ""
            parts.append(
                f"<remote><identity{display}>{_text(one.remote)}</identity>"
                f"<target uri={_attribute(one.remote)}/></remote>"
            )
        parts.append("</dialog>\n")
    parts.append("</dialog-info>\n")
    return "".join(parts).encode()


def pidf(entity: str, *, open: bool, note: str = "", busy: bool = False) -> bytes:
    """Whether `entity` can be reached (RFC 3863), with the activity on-the-phone (RFC 4480) when `busy`."""
    activity = (
        '<dm:person id="person"><rpid:activities><rpid:on-the-phone/></rpid:activities></dm:person>'
        if busy
        else ""
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf"'
        ' xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
        f' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity={_attribute(entity)}>\n'
        f'<tuple id="phone"><status><basic>{"open" if open else "closed"}</basic></status>'
        f"<contact>{_text(entity)}</contact>{f'<note>{_text(note)}</note>' if note else ''}</tuple>"
        f"{activity}\n</presence>\n"
    ).encode()


def sipfrag(status: int, reason: str | None = None) -> bytes:
    """How a transfer goes: the status line of the call it makes (RFC 3515 §2.4.5, RFC 3420)."""
    phrase = REASONS.get(status, "Unknown") if reason is None else _one_line(reason)
    return f"SIP/2.0 {status} {phrase}\r\n".encode("utf-8", "replace")


def read_sipfrag(body: bytes) -> tuple[int, str]:
    """The status and reason of a sipfrag. Raises RemoteProtocolError(400)."""
    line = body[:1024].split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")
    found = _status.match(line)
    if found is None:
        raise RemoteProtocolError(400, "Malformed sipfrag")
    return int(found[1]), found[2] or ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _text(text: str) -> str:
    return escape(_not_xml.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_not_xml.sub("\ufffd", text))

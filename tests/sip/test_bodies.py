"""Bodies of NOTIFY: well-formed whatever is in them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.sip.bodies import (
    MAX_SUMMARY,
    DialogState,
    MessageSummary,
    WatchedDialog,
    dialog_info,
    pidf,
    read_sipfrag,
    sipfrag,
)
from switchroom.sip.errors import RemoteProtocolError

INFO = "{urn:ietf:params:xml:ns:dialog-info}"
PIDF_NAMESPACE = "{urn:ietf:params:xml:ns:pidf}"


def test_a_message_summary_is_as_rfc_3842_writes_it() -> None:
    written = bytes(MessageSummary(2, 8, "sip:*98@pbx"))
    assert written == (
        b"Messages-Waiting: yes\r\nMessage-Account: sip:*98@pbx\r\nVoice-Message: 2/8 (0/0)\r\n"
    )
    assert MessageSummary.parse(written) == MessageSummary(2, 8, "sip:*98@pbx")
    assert MessageSummary.parse(b"messages-waiting: no\nvoice-message: 0/3\n") == MessageSummary(0, 3)
    assert bytes(MessageSummary(0, 0)).startswith(b"Messages-Waiting: no\r\n")
    assert b"\nEvil" not in bytes(MessageSummary(1, 1, "sip:a\r\nEvil: 1"))


@pytest.mark.parametrize(
    "body", [b"", b"rubbish", b"Messages-Waiting: maybe", b"Messages-Waiting: yes\nVoice-Message: x/y"]
)
def test_a_malformed_message_summary_is_told(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        MessageSummary.parse(body)


@given(st.binary(max_size=MAX_SUMMARY + 10))
def test_bodies_are_refused_or_read(body: bytes) -> None:
    for parse in (MessageSummary.parse, read_sipfrag):
        try:
            parse(body)
        except RemoteProtocolError:
            continue


def test_a_lamp_is_told_who_rings_and_how_to_pick_up() -> None:
    """RFC 4235 §4.1 and §4.4 (a call that can be taken by Replaces)."""
    ringing = WatchedDialog("1", DialogState.EARLY, True, "sip:201@pbx", "Anna", "call", "us", "them")
    root = ElementTree.fromstring(dialog_info("sip:202@pbx", 3, [ringing]))
    assert (root.tag, root.get("version"), root.get("state")) == (f"{INFO}dialog-info", "3", "full")
    dialog = root.find(f"{INFO}dialog")
    assert dialog is not None and dialog.get("direction") == "recipient"
    assert [dialog.get(name) for name in ("call-id", "local-tag", "remote-tag")] == ["call", "us", "them"]
    assert dialog.findtext(f"{INFO}state") == "early"
    identity = dialog.find(f"{INFO}remote/{INFO}identity")
    assert identity is not None and (identity.text, identity.get("display")) == ("sip:201@pbx", "Anna")


def test_a_free_line_has_no_dialogs_and_a_held_one_says_so() -> None:
    assert len(ElementTree.fromstring(dialog_info("sip:202@pbx", 0, []))) == 0
    held = WatchedDialog("1", DialogState.CONFIRMED, False, held=True)
    root = ElementTree.fromstring(dialog_info("sip:202@pbx", 0, [held]))
    param = root.find(f".//{INFO}param")
    assert param is not None and (param.get("pname"), param.get("pval")) == ("+sip.rendering", "no")
    assert root.find(f".//{INFO}remote") is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_xml_is_well_formed_whatever_people_are_called(name: str, note: str) -> None:
    """Emoji, quotes, control characters, half surrogates: nothing breaks out of its place."""
    one = WatchedDialog(name, DialogState.CONFIRMED, True, "sip:x@y" + note, name, note, name, note)
    root = ElementTree.fromstring(dialog_info(note, 1, [one]))
    assert [element.tag for element in root] == [f"{INFO}dialog"]
    root = ElementTree.fromstring(pidf("sip:a@b" + name, open=True, note=note, busy=True))
    assert root.findtext(f".//{PIDF_NAMESPACE}basic") == "open" and len(root) == 2


def test_presence_is_open_or_closed() -> None:
    root = ElementTree.fromstring(pidf("sip:202@pbx", open=False))
    assert root.findtext(f".//{PIDF_NAMESPACE}basic") == "closed" and len(root) == 1


@given(st.integers(100, 699), st.text(max_size=50) | st.none())
def test_a_sipfrag_is_one_line(status: int, reason: str | None) -> None:
    body = sipfrag(status, reason)
    assert body.count(b"\n") == 1 and read_sipfrag(body)[0] == status


def test_how_others_write_sipfrags() -> None:
    assert read_sipfrag(b"SIP/2.0 180 Ringing") == (180, "Ringing")
    assert read_sipfrag(b"SIP/2.0 200 OK\r\nTo: <sip:a@b>\r\n\r\n") == (200, "OK")
    assert sipfrag(486) == b"SIP/2.0 486 Busy Here\r\n"
    with pytest.raises(RemoteProtocolError):
        read_sipfrag(b"200 OK")

"""directory/outside.py in a snapshot: documents, rules, references, words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from switchroom.directory import (
    CallRights,
    Destination,
    DestinationKind,
    DocumentError,
    IncomingNumber,
    Mailbox,
    MailboxId,
    NumberId,
    OutgoingRule,
    RingGroup,
    RingGroupId,
    Schedule,
    Settings,
    Snapshot,
    UserId,
    diff,
    from_document,
    from_json,
    to_document,
    to_json,
    validate,
)
from switchroom.directory.document import fields_from_document
from switchroom.directory.draft import DraftEntry, entry_of, overlay, part_of, with_entry, without_entry
from switchroom.directory.references import Blocker, blocked
from switchroom.directory.validate import validate_entry
from tests.directory.outside import ANNA, BOX, BRUNO, NUMBER, SALES, TEAM, TRUNK, outside


def found(draft: Snapshot) -> set[tuple[str, str]]:
    return {(problem.path, problem.error_id) for problem in validate(draft)}


def to(kind: DestinationKind, target: str = "") -> Destination:
    return Destination(kind, target)


def test_there_and_back() -> None:
    assert from_json(to_json(outside())) == outside()
    assert validate(outside()) == []


def test_a_revision_of_the_time_before_the_outside_loads() -> None:
    old = to_document(outside())
    for part in ("trunks", "numbers", "ring_groups", "groups", "mailboxes"):
        del old[part]
    old["settings"] = {"name": "Old"}
    old["users"] = {"a": {"id": "a", "extension": "201", "name": "Anna"}}
    read = from_document(old)
    assert (read.trunks, read.numbers, read.ring_groups, read.groups, read.mailboxes) == ({}, {}, {}, {}, {})
    assert read.users[UserId("a")].rights == CallRights(
        national=True, mobile=True, countries=(), premium=False
    )
    assert read.settings == Settings("Old")


@pytest.mark.parametrize(
    ("part", "change", "path"),
    [
        ("trunks", {"kind": "carrier-pigeon"}, "trunks/t/kind"),
        ("trunks", {"addresses": "198.51.100.1"}, "trunks/t/addresses"),
        ("trunks", {"addresses": [1]}, "trunks/t/addresses/0"),
        ("numbers", {"destination": {"kind": "nowhere"}}, "numbers/n/destination/kind"),
        ("numbers", {"destination": {"target": "x"}}, "numbers/n/destination/kind"),
        ("numbers", {"destination": None}, "numbers/n/destination"),
        (
            "numbers",
            {"schedule": [{"days": [True], "begins": "", "ends": ""}]},
            "numbers/n/schedule/0/days/0",
        ),
    ],
)
def test_what_a_document_may_not_say(part: str, change: dict[str, Any], path: str) -> None:
    document = to_document(outside())
    (entry,) = document[part].values()
    entry.update(change)
    with pytest.raises(DocumentError) as caught:
        from_document(document)
    assert caught.value.path == path


def test_named_fields_become_what_they_are() -> None:
    given: dict[str, Any] = {
        "destination": {"kind": "extension", "target": "a"},
        "schedule": [],
        "otherwise": None,
    }
    assert fields_from_document(IncomingNumber, given, "numbers/n") == {
        "destination": to(DestinationKind.EXTENSION, "a"),
        "schedule": (),
        "otherwise": None,
    }


def test_entries_are_put_in_and_taken_out() -> None:
    for entry in (TRUNK, NUMBER, SALES, TEAM, BOX):
        part, key = part_of(entry)
        empty = without_entry(outside(), part, key)
        assert entry_of(empty, part, key) is None
        assert with_entry(empty, entry) == outside()
        assert overlay(outside(), [DraftEntry(part, key, None)]) == empty


def test_who_is_reached_by_extension_and_number() -> None:
    here = outside()
    assert (here.by_extension["300"], here.by_extension["390"]) == (SALES, BOX)
    assert here.by_number == {"+3222903490": NUMBER}


def test_b7_01_a_user_with_voicemail_has_a_box_by_his_id() -> None:
    here = outside()
    box = here.mailbox("a")
    assert box == Mailbox(MailboxId("a"), "Anna", user=ANNA.id, email="anna@company.example")
    assert here.mailbox("b") is None
    assert here.mailbox("m") == BOX
    own = Mailbox(MailboxId("a"), "Anna", user=ANNA.id, attach=False)
    changed = with_entry(here, own)
    assert changed.mailbox("a") == replace(own, email="anna@company.example")
    assert without_entry(changed, "users", "a").mailbox("a") is None


def test_b5_rights_of_a_user_and_of_his_groups_add_up() -> None:
    here = outside()
    assert here.rights_of(ANNA) == CallRights(True, True, ("BE", "GB"), True)
    assert here.rights_of(BRUNO) == CallRights(countries=("FR",))
    assert [group.name for group in here.groups_of[ANNA.id]] == ["Team"]


@pytest.mark.parametrize(
    ("change", "path", "error_id"),
    [
        ({"name": " "}, "name", "name-missing"),
        ({"host": ""}, "host", "host-invalid"),
        ({"host": "sip:provider.example"}, "host", "host-invalid"),
        ({"host": "1.2.3"}, "host", "host-invalid"),
        ({"port": 0}, "port", "out-of-range"),
        ({"username": None}, "username", "username-missing"),
        ({"username": "a\r\nb"}, "username", "username-invalid"),
        ({"outbound_proxy": "proxy:x"}, "outbound_proxy", "host-invalid"),
        ({"srtp": True}, "srtp", "srtp-needs-tls"),
        ({"addresses": ("not an address",)}, "addresses", "address-invalid"),
        ({"addresses": ("0.0.0.0/0",)}, "addresses", "address-too-wide"),
        ({"codecs": ()}, "codecs", "codecs-invalid"),
        ({"codecs": ("PCMA", "PCMA")}, "codecs", "codecs-invalid"),
        ({"codecs": ("G729",)}, "codecs", "codecs-invalid"),
        ({"capacity": 0}, "capacity", "out-of-range"),
        ({"weight": 0}, "weight", "out-of-range"),
        ({"expires": 5}, "expires", "out-of-range"),
        ({"check_seconds": 3}, "check_seconds", "out-of-range"),
        ({"countries": ("XX",)}, "countries", "country-unknown"),
        ({"minutes_per_day": 0}, "minutes_per_day", "out-of-range"),
    ],
)
def test_a_trunk_field(change: dict[str, Any], path: str, error_id: str) -> None:
    assert (f"trunks/t/{path}", error_id) in found(with_entry(outside(), replace(TRUNK, **change)))


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "[2001:db8::1]", "sip.provider.example", "pbx"])
def test_where_a_provider_may_be(host: str) -> None:
    assert validate(with_entry(outside(), replace(TRUNK, host=host, outbound_proxy="p.example:5061"))) == []


@pytest.mark.parametrize(
    ("change", "path", "error_id"),
    [
        ({"e164": "022903490"}, "e164", "number-not-e164"),
        ({"e164": "+32"}, "e164", "number-not-e164"),
        ({"e164": "+3222903490\n"}, "e164", "number-not-e164"),
        ({"label": "a\x00"}, "label", "name-invalid"),
        ({"trunk": "gone"}, "trunk", "reference-unknown"),
        ({"language": "de"}, "language", "language-unknown"),
        *[
            ({"destination": to(kind, "gone")}, "destination", "reference-unknown")
            for kind in (
                DestinationKind.EXTENSION,
                DestinationKind.CONFERENCE,
                DestinationKind.RING_GROUP,
                DestinationKind.VOICEMAIL,
            )
        ],
        ({"destination": to(DestinationKind.VOICEMAIL, "b")}, "destination", "reference-unknown"),
        ({"otherwise": to(DestinationKind.CONFERENCE)}, "otherwise", "destination-missing"),
        ({"otherwise": to(DestinationKind.HANG_UP, "a")}, "otherwise", "destination-invalid"),
        ({"destination": to(DestinationKind.NUMBER, "+3222903491")}, "destination", "destination-outside"),
        ({"schedule": (Schedule((), "08:00", "09:00"),)}, "schedule", "schedule-days"),
        ({"schedule": (Schedule((7,), "08:00", "09:00"),)}, "schedule", "schedule-days"),
        ({"schedule": (Schedule((0,), "8:00", "09:00"),)}, "schedule", "schedule-time"),
        ({"schedule": (Schedule((0,), "08:00", "24:00"),)}, "schedule", "schedule-time"),
    ],
)
def test_a_number_field(change: dict[str, Any], path: str, error_id: str) -> None:
    draft = with_entry(outside(), replace(NUMBER, **change))
    assert (f"numbers/n/{path}", error_id) in found(draft)
    (entry,) = draft.numbers.values()
    assert error_id in {problem.error_id for problem in validate_entry(entry, draft)}


@pytest.mark.parametrize(
    "destination",
    [
        to(DestinationKind.NOT_CONFIGURED),
        to(DestinationKind.EXTENSION, "a"),
        to(DestinationKind.CONFERENCE, "c"),
        to(DestinationKind.CONFERENCE_SERVER),
        to(DestinationKind.RING_GROUP, "r"),
        to(DestinationKind.VOICEMAIL, "a"),
        to(DestinationKind.VOICEMAIL, "m"),
        to(DestinationKind.HANG_UP),
    ],
)
def test_b2_02_where_a_number_may_lead(destination: Destination) -> None:
    assert validate(with_entry(outside(), replace(NUMBER, destination=destination))) == []


def test_a_number_stands_once() -> None:
    twice = with_entry(outside(), IncomingNumber(NumberId("o"), NUMBER.e164))
    assert found(twice) == {("numbers/n/e164", "number-taken"), ("numbers/o/e164", "number-taken")}
    assert [problem.error_id for problem in validate_entry(NUMBER, twice)] == ["number-taken"]


def test_s3_01_a_number_of_the_server_needs_the_server() -> None:
    draft = with_entry(outside(), replace(NUMBER, destination=to(DestinationKind.CONFERENCE_SERVER)))
    assert ("numbers/n/destination", "reference-unknown") in found(replace(draft, conference_server=None))


def test_g_08_extensions_are_unique_over_groups_and_mailboxes() -> None:
    draft = with_entry(with_entry(outside(), replace(SALES, extension="201")), replace(BOX, extension="8002"))
    assert found(draft) == {
        ("users/a/extension", "extension-taken"),
        ("ring_groups/r/extension", "extension-taken"),
        ("conferences/c/extension", "extension-taken"),
        ("mailboxes/m/extension", "extension-taken"),
    }
    group = replace(SALES, extension="8002")
    told = [problem.message for problem in validate_entry(group, with_entry(outside(), group))]
    assert told == ["Extension 8002 is already used by conference Board."]


@pytest.mark.parametrize(
    ("change", "path", "error_id"),
    [
        ({"members": ()}, "members", "members-missing"),
        ({"members": (ANNA.id, ANNA.id)}, "members", "members-twice"),
        ({"members": (UserId("gone"),)}, "members", "reference-unknown"),
        ({"ring_seconds": 61}, "ring_seconds", "out-of-range"),
        ({"otherwise": to(DestinationKind.RING_GROUP, "r")}, "otherwise", "destination-loop"),
    ],
)
def test_a_ring_group_field(change: dict[str, Any], path: str, error_id: str) -> None:
    assert (f"ring_groups/r/{path}", error_id) in found(with_entry(outside(), replace(SALES, **change)))


def test_ring_groups_that_follow_each_other_are_found() -> None:
    back = to(DestinationKind.RING_GROUP, "r")
    other = RingGroup(RingGroupId("q"), "301", "Support", (ANNA.id,), otherwise=back)
    there = replace(SALES, otherwise=to(DestinationKind.RING_GROUP, "q"))
    draft = with_entry(with_entry(outside(), other), there)
    assert found(draft) == {
        ("ring_groups/q/otherwise", "destination-loop"),
        ("ring_groups/r/otherwise", "destination-loop"),
    }


def test_users_groups_boxes_and_settings() -> None:
    draft = outside()
    draft = with_entry(draft, replace(ANNA, mobile="0470 12 34 56", outgoing_number=NumberId("gone")))
    draft = with_entry(
        draft, replace(BRUNO, rights=CallRights(countries=("Belgium",)), concurrent_outside=-1)
    )
    draft = with_entry(draft, replace(TEAM, members=(UserId("gone"),), rights=CallRights(countries=("xx",))))
    draft = with_entry(draft, replace(BOX, user=UserId("gone"), email="nobody"))
    rules = (OutgoingRule("33", NUMBER.id), OutgoingRule("33", NumberId("gone")))
    settings = replace(
        draft.settings,
        default_number=NumberId("gone"),
        outgoing_rules=rules,
        night=Schedule((5,), "20:00", ""),
        night_countries=("??",),
        calls_per_hour=0,
        emergency_notice=("nobody",),
    )
    assert found(with_entry(draft, settings)) == {
        ("users/a/mobile", "number-not-e164"),
        ("users/a/outgoing_number", "reference-unknown"),
        ("users/b/rights", "country-unknown"),
        ("users/b/concurrent_outside", "out-of-range"),
        ("groups/g/members", "reference-unknown"),
        ("groups/g/rights", "country-unknown"),
        ("mailboxes/m/user", "reference-unknown"),
        ("ring_groups/r/otherwise", "reference-unknown"),
        ("mailboxes/m/email", "email-invalid"),
        ("settings/default_number", "reference-unknown"),
        ("settings/outgoing_rules", "prefix-invalid"),
        ("settings/outgoing_rules", "prefix-taken"),
        ("settings/outgoing_rules", "reference-unknown"),
        ("settings/night", "schedule-time"),
        ("settings/night_countries", "country-unknown"),
        ("settings/calls_per_hour", "out-of-range"),
        ("settings/emergency_notice", "email-invalid"),
    }


def test_s3_11_what_keeps_the_server_from_being_deleted_in_order() -> None:
    server = to(DestinationKind.CONFERENCE_SERVER)
    draft = with_entry(outside(), replace(NUMBER, destination=server, otherwise=None))
    assert blocked(draft)["conference_server", "server"] == (
        Blocker("conferences", "c", "Board"),
        Blocker("numbers", "n", "+3222903490"),
    )


def test_what_keeps_others_from_being_deleted() -> None:
    number, sales = Blocker("numbers", "n", "+3222903490"), Blocker("ring_groups", "r", "Sales")
    assert blocked(outside()) == {
        ("conference_server", "server"): (Blocker("conferences", "c", "Board"),),
        ("trunks", "t"): (number,),
        ("ring_groups", "r"): (number,),
        ("users", "a"): (number, sales, Blocker("groups", "g", "Team")),
        ("users", "b"): (sales,),
        ("mailboxes", "m"): (sales,),
        ("numbers", "n"): (Blocker("users", "a", "Anna"), Blocker("settings", "settings", "Switchroom")),
    }


def test_the_outside_in_words() -> None:
    old, empty = outside(), Snapshot()
    assert [change.message for change in diff(empty, replace(old, settings=empty.settings))] == [
        "User Anna (201) added",
        "User Bruno (202) added",
        "Trunk Provider added",
        "Incoming number +3222903490 added",
        "Ring group Sales (300) added",
        "User group Team added",
        "Mailbox Sales (390) added",
        "Conference server (8000) added",
        "Conference Board (8002) added",
    ]
    new = with_entry(old, replace(NUMBER, destination=to(DestinationKind.EXTENSION, "b"), schedule=()))
    new = with_entry(new, replace(SALES, members=(BRUNO.id,), otherwise=to(DestinationKind.VOICEMAIL, "a")))
    new = with_entry(new, replace(TEAM, rights=CallRights()))
    new = with_entry(new, replace(TRUNK, countries=None, redirects=True))
    new = with_entry(new, replace(old.settings, outgoing_rules=(), default_number=None))
    changes = diff(old, new)
    assert [change.message for change in changes] == [
        "System: default outgoing number +3222903490 removed",
        "System: outgoing numbers by destination +33 shows +3222903490 removed",
        "Trunk Provider: redirections followed switched on",
        "Trunk Provider: countries US, BE removed",
        "Incoming number +3222903490: destination ring group Sales is now extension Bruno (202)",
        "Incoming number +3222903490: times Mon Tue Wed Thu Fri 08:30-18:00 removed",
        "Ring group Sales: members Anna (201), Bruno (202) is now Bruno (202)",
        "Ring group Sales: otherwise voicemail Sales is now voicemail Anna",
        "User group Team: may call premium, BE, GB is now national, mobile",
    ]
    assert (changes[4].old, changes[4].new) == ("ring group Sales", "extension Bruno (202)")
    assert (changes[5].old, changes[5].new) == ("Mon Tue Wed Thu Fri 08:30-18:00", None)

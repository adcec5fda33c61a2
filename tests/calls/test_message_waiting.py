"""Message waiting: one's own mailbox is watched, nobody else's (RFC 3842; B7)."""

from __future__ import annotations

from dataclasses import replace

from switchroom.calls import message_waiting
from switchroom.directory.ids import MailboxId, UserId
from switchroom.directory.model import User
from switchroom.directory.outside import Mailbox
from switchroom.sip.bodies import MessageSummary
from switchroom.sip.events import SubscriptionEnd, SubscriptionId, Unsubscribed
from tests.calls.test_lamps import told, watch
from tests.calls.test_mailbox import message
from tests.harness.office import Office, snapshot

PACKAGE = message_waiting.PACKAGE


def office() -> Office:
    """202 has a mailbox, and keeps that of the sales team; another one is nobody's."""
    boxes = (
        Mailbox(MailboxId("sales"), "Sales", "600", user=UserId("202")),
        Mailbox(MailboxId("info"), "Info", "601"),
    )
    found = snapshot([User(UserId("202"), "202", "Anne", voicemail=True)])
    return Office(replace(found, mailboxes={box.id: box for box in boxes}))


def counts(here: Office, name: str) -> list[tuple[int, int]]:
    """New and old ones, as they were told."""
    return [(one.new, one.old) for one in map(MessageSummary.parse, told(here, name))]


async def test_b7_a_phone_is_told_at_once_and_at_every_change() -> None:
    here = office()
    here.boxes.messages["202"] = [message("m1"), message("m2", heard=True)]
    lamp = await watch(here, "202", "202", PACKAGE)
    assert counts(here, lamp) == [(1, 1)]
    assert b"Message-Account: sip:*98@pbx.example.org" in told(here, lamp)[0]
    here.boxes.messages["202"].append(message("m3"))
    here.runner.message_waiting.changed("202")
    here.runner.message_waiting.changed("202")  # nothing new in that
    here.runner.message_waiting.changed("sales")
    assert counts(here, lamp) == [(1, 1), (2, 1)]
    await here.tell(Unsubscribed(SubscriptionId(lamp), SubscriptionEnd.UNSUBSCRIBED))
    here.boxes.messages["202"].clear()
    here.runner.message_waiting.changed("202")
    assert (len(counts(here, lamp)), len(here.runner.message_waiting)) == (2, 0)


async def test_only_one_s_own_mailboxes_are_watched() -> None:
    here = office()
    assert counts(here, await watch(here, "202", "600", PACKAGE)) == [(0, 0)]
    for watcher, watched in (("203", "202"), ("203", "600"), ("202", "601"), ("203", "203"), ("202", "999")):
        name = await watch(here, watcher, watched, PACKAGE)
        assert here.signalling.verbs(name) == ["respond 404"], (watcher, watched)


async def test_lamps_are_still_watched() -> None:
    here = office()
    assert here.signalling.verbs(await watch(here, "203", "202"))[0].startswith("accept")
    assert len(here.runner.message_waiting) == 0
    assert here.signalling.verbs(await watch(here, "203", "202", "conference")) == ["respond 489"]


async def test_a_mailbox_that_is_gone_is_no_longer_watched() -> None:
    here = office()
    lamp, other = await watch(here, "202", "202", PACKAGE), await watch(here, "202", "600", PACKAGE)
    anne = replace(here.directory.snapshot.users[UserId("202")], voicemail=False)
    users = {**here.directory.snapshot.users, anne.id: anne}
    here.directory.snapshot = replace(here.directory.snapshot, users=users)
    here.runner.configuration_applied()
    assert here.signalling.of(lamp)[-1].state == "terminated"
    assert here.signalling.of(other)[-1].state == "active"


async def test_one_user_has_no_more_than_so_many() -> None:
    here = office()
    for number in range(message_waiting.MOST_OF_ONE):
        await watch(here, "202", "202", PACKAGE, number)
    assert here.signalling.verbs(await watch(here, "202", "202", PACKAGE, -1)) == ["respond 403"]

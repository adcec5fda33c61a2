"""Who left a message is called back from `*98`, on the rights of the mailbox's owner (D3-06; toll fraud)."""

from __future__ import annotations

from dataclasses import replace

from switchroom.calls.boxes import Message, MessageId
from switchroom.calls.values import Party
from switchroom.directory.ids import MailboxId, UserId
from switchroom.directory.model import User
from switchroom.directory.outside import CallRights, Destination, DestinationKind
from tests.calls.test_outside_calls import BRUSSELS, MAIN, House, configuration
from tests.harness.office import description

PARIS = "+33144556677"
USUAL = CallRights()
BARRED = CallRights(national=False)
BOX = Destination(DestinationKind.VOICEMAIL, "202")


def house(caller: str, rights: CallRights = USUAL, **others: CallRights) -> House:
    """Anne (202) has a message from a number; `rights` are hers, `others` those of others."""
    number = replace(MAIN, destination=BOX)
    users = [User(UserId("202"), "202", "Anne", voicemail=True, rights=rights)]
    users += [User(UserId(name[1:]), name[1:], name, rights=other) for name, other in others.items()]
    base = configuration(number=number)
    here = House(replace(base, users={**base.users, **{user.id: user for user in users}}))
    kept = Message(MessageId("m1"), Party(caller), 1763965800.0, 4.0, False, "/voicemail/m1.wav")
    here.boxes.messages[MailboxId("202")] = [kept]
    here.boxes.pins["202"] = "4711"
    return here


async def test_d3_06_the_owner_calls_back_on_her_own_account() -> None:
    here = house(BRUSSELS)
    session = await here.join("202", "*98")
    await here.key(session, "4711#10")
    assert here.invited().uri.startswith(f"sip:{BRUSSELS}@")
    assert here.running("users/202") == here.running("trunks/first") == 1
    await here.pick_up(here.rung(), description("PCMA"))
    assert here.media.hears(session) == f"leg {here.rung()}"
    await here.bye(session)
    assert here.running("users/202") == here.running("trunks/first") == 0


async def test_s2_04_a_number_that_the_owner_may_not_call_is_not_called_back() -> None:
    for caller, rights in ((PARIS, CallRights()), (BRUSSELS, BARRED)):
        here = house(caller, rights, u203=CallRights(countries=("FR",)))
        for extension, keys in (("202", "4711#10"), ("203", "202#4711#20")):
            session = await here.join(extension, "*98")
            await here.key(session, keys)
            assert here.said(session)[0] == "en/number-not-allowed"
        assert here.signalling.invites() == []
        kinds = {problem.kind for problem in here.problems.found}
        assert kinds <= {"outside-country-not-allowed", "outside-national-not-allowed"} and kinds


async def test_who_comes_from_outside_calls_nobody_from_a_mailbox() -> None:
    """With the PIN, too: he may have left the message himself, from a number that costs (toll fraud)."""
    here = house("+32900123456", CallRights(premium=True))
    session = await here.arrive()
    await here.acknowledge(session)
    await here.key(session, "*4711#1")
    assert "/voicemail/m1.wav" in here.said(session)
    await here.key(session, "0")
    assert here.said(session)[0] == "en/number-not-allowed"
    for digits in ("100", "1004", "5*00", "19003251", "0033144556677#", "*98", "#"):
        await here.key(session, digits)
    assert here.signalling.invites() == []


async def test_who_hides_his_number_is_not_called_back() -> None:
    here = house(BRUSSELS)
    session = await here.arrive(sender="<sip:anonymous@anonymous.invalid>;tag=1")
    await here.acknowledge(session)
    here.media.finish(here.media.legs[session].playing[0].play)
    await here.settle()
    (message,) = here.boxes.begun.values()
    assert message.caller.extension == ""


async def test_no_emergency_number_is_called_back() -> None:
    here = house("112")
    session = await here.join("202", "*98")
    await here.key(session, "4711#10")
    assert here.said(session)[0] == "en/person-unavailable"
    assert here.signalling.invites() == []

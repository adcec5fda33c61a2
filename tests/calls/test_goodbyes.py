"""What a conference's goodbye tells our own pages: why, by a stable name."""

from __future__ import annotations

from dataclasses import replace

from switchroom.sip.headers import Reason
from tests.harness.fake_signalling import Sent
from tests.harness.office import Office


def last(office: Office, session: str) -> Sent:
    return office.signalling.of(session)[-1]


async def test_s1_15_who_is_hung_up_on_is_told_why_and_a_restart_is_no_goodbye() -> None:
    office = Office()
    session = await office.join("201")
    await office.runner.drain(0)
    restart, cause = office.reasons(session)
    assert (restart.protocol, restart.cause) == ("Q.850", 41)
    assert str(cause) == 'Switchroom;cause=0;text="shutdown"'


async def test_s1_15_after_wrong_codes_and_at_a_full_room_the_reason_is_named() -> None:
    office = Office()
    typist = await office.join("202", "8002")
    await office.key(typist, "1111#" * 3)
    office.media.finish(office.media.legs[typist].playing[0].play, "finished")
    await office.settle()
    assert office.reasons(typist)[-1:] == [Reason("Switchroom", 0, "wrong_code")]
    (conference, *_) = office.directory.snapshot.conferences.values()
    office.configure(replace(conference, max_participants=1))
    await office.join("201")
    second = await office.dial("203", "8001")
    office.media.finish(office.media.legs[second].playing[0].play, "finished")
    await office.settle()
    assert (last(office, second).verb, last(office, second).status) == ("reject", 486)
    assert ("Warning", '399 switchroom "room_full"') in last(office, second).headers

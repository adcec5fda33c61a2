"""Leading one's call to others over HTTP: whose, where to, and every refusal in a sentence (S2-14, G-10)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from switchroom.api.running_calling import RunningCalling
from switchroom.calls.outcomes import TransferRefusal
from tests.api.conftest import System
from tests.api.phones import as_user
from tests.harness.office import Office

NOT_FOUND = {TransferRefusal.NO_CALL: 404, TransferRefusal.NOT_ALLOWED: 403, TransferRefusal.SYSTEM_BUSY: 503}
OF_NUMBER = {TransferRefusal.NUMBER_UNKNOWN, TransferRefusal.EMERGENCY, TransferRefusal.NOT_A_PLACE}


@dataclass
class FakeTransfers:
    """Implements `Transferring`."""

    answer: TransferRefusal | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def transfer(self, user_id: str, call: str, number: str) -> TransferRefusal | None:
        self.asked.append(("transfer", user_id, call, number))
        return self.answer

    def complete(self, user_id: str, call: str, other: str) -> TransferRefusal | None:
        self.asked.append(("complete", user_id, call, other))
        return self.answer


@pytest.fixture
def transfers(system: System) -> FakeTransfers:
    fake = FakeTransfers()
    system.app.state.transferring = fake
    return fake


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        ("202", "202"),
        (" 2 0 2 ", "202"),
        ("+32 2 290 34 90", "+3222903490"),
        ("0032 (0)2/290.34.90", "+3222903490"),
        ("tel:+3222903490", "+3222903490"),
        ("**202", "**202"),
    ],
)
async def test_s2_17_one_field_takes_extensions_and_numbers(
    system: System, transfers: FakeTransfers, typed: str, dialled: str
) -> None:
    async with as_user(system, "201") as client:
        led = await client.post("/api/phone/calls/a%40192.0.2.1/transfer", json={"to": typed})
    assert led.status_code == 204 and led.content == b""
    assert transfers.asked == [("transfer", "user-201", "a@192.0.2.1", dialled)]


@pytest.mark.parametrize(
    ("typed", "error_id"),
    [
        ("", "number-missing"),
        ("carla", "needs-country-code"),
        ("112", "emergency-number"),
        ("*99", "feature-unknown"),
    ],
)
async def test_g_10_what_can_not_be_dialled_is_refused_with_the_rule(
    system: System, transfers: FakeTransfers, typed: str, error_id: str
) -> None:
    async with as_user(system, "201") as client:
        refused = await client.post("/api/phone/calls/a/transfer", json={"to": typed})
    body = refused.json()
    assert (refused.status_code, body["error_id"], body["field"]) == (422, error_id, "to")
    assert body["message"].endswith(".") and transfers.asked == []


@pytest.mark.parametrize("why", list(TransferRefusal))
async def test_every_refusal_has_a_sentence(
    system: System, transfers: FakeTransfers, why: TransferRefusal
) -> None:
    transfers.answer = why
    async with as_user(system, "201") as client:
        led = await client.post("/api/phone/calls/a/transfer", json={"to": "202"})
        joined = await client.post("/api/phone/calls/a/transfer/complete", json={"with": "b"})
    for refused in (led, joined):
        assert refused.status_code == NOT_FOUND.get(why, 422 if why in OF_NUMBER else 409)
        assert refused.json()["error_id"] == why.value and refused.json()["message"].endswith(".")


async def test_c3_05_asking_first_ends_in_joining_the_two_calls(
    system: System, transfers: FakeTransfers
) -> None:
    async with as_user(system, "201") as client:
        joined = await client.post("/api/phone/calls/a/transfer/complete", json={"with": "x7Fd@192.0.2.1"})
        assert joined.status_code == 204
        assert (await client.post("/api/phone/calls/a/transfer/complete", json={})).status_code == 422
        assert (
            await client.post("/api/phone/calls/a/transfer/complete", json={"with": "a b"})
        ).status_code == 422
        assert (
            await client.post("/api/phone/calls/a/transfer", json={"to": "202", "x": 1})
        ).status_code == 422
    assert transfers.asked == [("complete", "user-201", "a", "x7Fd@192.0.2.1")]


async def test_s2_14_through_call_control(system: System) -> None:
    office = Office()
    calling = RunningCalling(office.runner)
    system.app.state.transferring = calling
    bruno, anna = await office.talk("202", "201")
    call = office.runner.calls()[0].id
    assert calling.transfer("203", call, "204") is TransferRefusal.NO_CALL
    assert calling.complete("201", call, call) is TransferRefusal.SAME_CALL
    assert calling.transfer("201", call, "203") is None
    await office.settle()
    assert office.signalling.verbs(anna)[-1] == "hang_up" and office.media.hears(bruno) == "music"

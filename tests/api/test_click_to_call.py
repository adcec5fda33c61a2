"""Click to call over HTTP: whose phone, which number, and every refusal in a sentence (F-05)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from switchroom.api.click_to_call import of_link
from switchroom.api.running_calling import RunningCalling
from switchroom.calls.outcomes import Click, ClickFailure, ClickRefusal, ClickStep
from tests.api.conftest import System
from tests.api.phones import as_user
from tests.harness.office import Office

PLACE = "/api/phone/click-to-call"


@dataclass
class FakeClicks:
    """Implements `Clicking`."""

    answer: Click | ClickRefusal = field(default_factory=lambda: Click("c1", "202", "Bruno", ClickStep.PHONE))
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    def click(self, user_id: str, number: str, device: str | None) -> Click | ClickRefusal:
        self.asked.append((user_id, number, device))
        return self.answer

    def clicked(self, user_id: str, call_id: str) -> Click | None:
        return self.answer if isinstance(self.answer, Click) and call_id == self.answer.id else None

    def cancel_click(self, user_id: str, call_id: str) -> bool:
        self.cancelled.append(call_id)
        return call_id == "c1"


@pytest.fixture
def clicks(system: System) -> FakeClicks:
    fake = FakeClicks()
    system.app.state.clicking = fake
    return fake


async def test_f_05_a_program_has_my_phone_ring(system: System, clicks: FakeClicks) -> None:
    async with as_user(system, "201") as anna:
        made = await anna.post(PLACE, json={"number": "202"})
        assert made.status_code == 201, made.text
        assert made.json() == {
            "id": "c1",
            "number": "202",
            "name": "Bruno",
            "state": "phone-rings",
            "failure": None,
            "problem": "",
        }
        await anna.post(PLACE, json={"number": "tel:+32-2-290.34.90;ext=5", "device": "desk"})
        await anna.post(PLACE, json={"number": "02 290 34 90"})
        assert clicks.asked[0] == ("user-201", "202", None)
        assert clicks.asked[1] == ("user-201", "+3222903490", "desk")
        assert (await anna.get(f"{PLACE}/c1")).json() == made.json()
        assert (await anna.get(f"{PLACE}/c2")).status_code == 404
        assert (await anna.delete(f"{PLACE}/c1")).status_code == 204
        assert (await anna.delete(f"{PLACE}/c2")).status_code == 404
        clicks.answer = Click("c1", "202", "Bruno", ClickStep.ENDED, ClickFailure.PHONE_NO_ANSWER)
        over = (await anna.get(f"{PLACE}/c1")).json()
        assert (over["state"], over["failure"], over["problem"]) == (
            "ended",
            "phone-no-answer",
            "You did not answer your own phone.",
        )


@pytest.mark.parametrize("why", list(ClickRefusal))
async def test_f_05_every_refusal_is_named(system: System, clicks: FakeClicks, why: ClickRefusal) -> None:
    clicks.answer = why
    async with as_user(system, "201") as anna:
        answer = await anna.post(PLACE, json={"number": "202"})
        assert answer.status_code in (403, 409, 422, 429, 503)
        assert answer.json()["error_id"] == why.value and answer.json()["message"]
        assert ("retry-after" in answer.headers) is (answer.status_code in (429, 503))


@pytest.mark.parametrize("number", ["", "what", "+1", "x" * 400])
async def test_f_05_what_is_no_number_is_refused_by_the_rule(
    system: System, clicks: FakeClicks, number: str
) -> None:
    async with as_user(system, "201") as anna:
        answer = await anna.post(PLACE, json={"number": number})
        assert answer.status_code == 422 and answer.json()["field"] == "number"
        assert clicks.asked == []


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("tel:+3222903490", "+3222903490"),
        ("TEL:+32-2-290;phone-context=example.com", "+32-2-290"),
        ("web+tel:%2B3222903490", "+3222903490"),
        ("tel://203", "203"),
        (" 203", " 203"),
    ],
)
def test_f_05_links_are_read(link: str, number: str) -> None:
    assert of_link(link) == number


async def test_f_05_call_control_is_asked() -> None:
    office = Office()
    calling = RunningCalling(office.runner)
    made = calling.click("201", "202", None)
    assert isinstance(made, Click)
    await office.settle()
    assert calling.clicked("201", made.id) == made
    assert not calling.cancel_click("202", made.id)
    assert calling.cancel_click("201", made.id)
    await office.settle()
    over = calling.clicked("201", made.id)
    assert over is not None and over.failure is ClickFailure.CANCELLED
    assert not calling.cancel_click("201", made.id)

"""Who may call where outside, by which trunk, and what number he shows (B9, S2-04)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from switchroom.calls.permission import Denial, Denied, Permit, permit
from switchroom.calls.values import Prompt
from switchroom.directory.ids import GroupId, NumberId, TrunkId
from switchroom.directory.model import Settings, Snapshot, User, UserId
from switchroom.directory.outside import (
    CallRights,
    IncomingNumber,
    OutgoingRule,
    Schedule,
    Trunk,
    TrunkKind,
    UserGroup,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 3, 3, 0, 30, tzinfo=UTC).timestamp()
BRUSSELS, PARIS, PREMIUM, SATELLITE = "+3222903490", "+33142685300", "+3290612345", "+881612345678"
MOBILE = "+32470123456"


@dataclass
class Spent:
    """Implements `permission.Usage` with figures that do not depend on the time."""

    used_calls: dict[tuple[str, int], float] = field(default_factory=dict)
    used_minutes: dict[tuple[str, int], float] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)
    countries: set[str] = field(default_factory=lambda: {"FR", "GB", "US", "DE"})
    down: set[str] = field(default_factory=set)
    resting: dict[str, float] = field(default_factory=dict)

    def calls(self, subject: str, hours: int, now: float) -> float:
        return self.used_calls.get((subject, hours), 0)

    def minutes(self, subject: str, hours: int, now: float) -> float:
        return self.used_minutes.get((subject, hours), 0)

    def concurrent(self, subject: str) -> int:
        return self.running.get(subject, 0)

    def knows_country(self, country: str) -> bool:
        return country in self.countries

    def is_down(self, trunk: TrunkId, now: float) -> bool:
        return trunk in self.down

    def rests(self, trunk: TrunkId, now: float) -> float:
        return self.resting.get(trunk, 0.0)


def trunk(name: str, **changes: object) -> Trunk:
    return replace(Trunk(TrunkId(name), name, TrunkKind.REGISTRATION, f"{name}.example"), **changes)  # type: ignore[arg-type]


def number(name: str, e164: str, of: str | None = None) -> IncomingNumber:
    return IncomingNumber(NumberId(name), e164, trunk=TrunkId(of) if of else None)


ANNA = User(UserId("a"), "201", "Anna")
TRAVELLER = User(UserId("b"), "202", "Bruno", rights=CallRights(countries=("FR", "GB", "US")))
SETTINGS = Settings(country="BE", default_number=NumberId("main"))
NUMBERS = (number("main", "+3222903400"), number("sales", "+3222903401"), number("paris", "+33142680000"))


def here(
    *trunks: Trunk,
    users: tuple[User, ...] = (ANNA, TRAVELLER),
    settings: Settings = SETTINGS,
    numbers: tuple[IncomingNumber, ...] = NUMBERS,
    groups: tuple[UserGroup, ...] = (),
) -> Snapshot:
    return Snapshot(
        settings=settings,
        users={user.id: user for user in users},
        trunks={one.id: one for one in trunks or (trunk("t"),)},
        numbers={one.id: one for one in numbers},
        groups={one.id: one for one in groups},
    )


def denial(found: Permit | Denied) -> Denial:
    assert isinstance(found, Denied), found
    return found.reason


def ways(found: Permit | Denied) -> list[tuple[str, str | None]]:
    assert isinstance(found, Permit), found
    return [(way.trunk.id, way.presented.number) for way in found.ways]


# --- rights ------------------------------------------------------------------------------------------------


def test_s2_04_the_own_country_may_be_called() -> None:
    assert ways(permit(here(), ANNA, BRUSSELS, NOON, Spent())) == [("t", "+3222903400")]
    assert ways(permit(here(), ANNA, MOBILE, NOON, Spent()))


@pytest.mark.parametrize(
    ("e164", "reason", "allow"),
    [
        (PARIS, Denial.COUNTRY, "rights/a/country/FR"),
        (PREMIUM, Denial.PREMIUM, "rights/a/premium"),
        (SATELLITE, Denial.PREMIUM, "rights/a/premium"),
    ],
)
def test_s2_04_abroad_and_premium_are_off_until_granted(e164: str, reason: Denial, allow: str) -> None:
    found = permit(here(), ANNA, e164, NOON, Spent())
    assert denial(found) is reason
    assert isinstance(found, Denied)
    assert found.prompt is Prompt.NOT_ALLOWED
    assert found.problem.allow == allow
    assert (
        found.problem.subject == "201" and "Anna (201)" in found.problem.text and e164 in found.problem.text
    )


def test_s2_04_granted_countries_may_be_called_and_no_others() -> None:
    assert ways(permit(here(), TRAVELLER, PARIS, NOON, Spent()))
    assert denial(permit(here(), TRAVELLER, "+4930123456", NOON, Spent())) is Denial.COUNTRY


def test_rights_of_a_group_come_on_top() -> None:
    group = UserGroup(GroupId("g"), "Travel", (ANNA.id,), CallRights(countries=("FR",)))
    assert ways(permit(here(groups=(group,)), ANNA, PARIS, NOON, Spent()))


@pytest.mark.parametrize(("field_name", "e164"), [("national", BRUSSELS), ("mobile", MOBILE)])
def test_national_and_mobile_are_rights_of_their_own(field_name: str, e164: str) -> None:
    user = replace(ANNA, rights=replace(CallRights(), **{field_name: False}))  # type: ignore[arg-type]
    assert denial(permit(here(users=(user,)), user, e164, NOON, Spent())).value == f"{field_name}-not-allowed"


def test_premium_abroad_needs_both_rights() -> None:
    both = replace(TRAVELLER, rights=CallRights(countries=("GB",), premium=True))
    premium_only = replace(TRAVELLER, rights=CallRights(premium=True))
    e164 = "+447012345678"
    assert ways(permit(here(users=(both,)), both, e164, NOON, Spent()))
    assert denial(permit(here(users=(premium_only,)), premium_only, e164, NOON, Spent())) is Denial.COUNTRY


def test_a_number_of_no_known_country_is_premium_but_free_phone_is_free() -> None:
    assert denial(permit(here(), TRAVELLER, "+19995551234", NOON, Spent())) is Denial.PREMIUM
    assert ways(permit(here(), ANNA, "+80012345678", NOON, Spent()))


def test_the_administrators_own_act_has_the_usual_rights() -> None:
    assert ways(permit(here(), None, BRUSSELS, NOON, Spent()))
    assert denial(permit(here(), None, PARIS, NOON, Spent())) is Denial.COUNTRY
    named = here(trunk("t", countries=("FR", "BE")))
    assert ways(permit(named, None, PARIS, NOON, Spent())), "the countries that are named for a trunk"
    assert denial(permit(named, None, "+442079460000", NOON, Spent())) is Denial.COUNTRY
    off = here(trunk("t", countries=("FR", "BE"), enabled=False), trunk("u"))
    assert denial(permit(off, None, PARIS, NOON, Spent())) is Denial.COUNTRY


def test_at_night_only_the_countries_of_the_night_are_called() -> None:
    night = Schedule((0, 1, 2, 3, 4, 5, 6), "22:00", "06:00")
    settings = replace(SETTINGS, night=night, night_countries=("GB",))
    office = here(settings=settings)
    assert ways(permit(office, TRAVELLER, PARIS, NOON, Spent()))
    at_night = permit(office, TRAVELLER, PARIS, MIDNIGHT, Spent())
    assert isinstance(at_night, Denied)
    assert (at_night.reason, at_night.problem.allow) == (Denial.NIGHT, "night/FR")
    assert ways(permit(office, TRAVELLER, "+442079460000", MIDNIGHT, Spent()))
    assert ways(permit(office, TRAVELLER, BRUSSELS, MIDNIGHT, Spent()))


def test_the_first_call_to_a_new_country_asks_an_administrator() -> None:
    new = Spent(countries=set())
    found = permit(here(), TRAVELLER, PARIS, NOON, new)
    assert isinstance(found, Denied)
    assert (found.reason, found.prompt) == (Denial.NEW_COUNTRY, Prompt.COUNTRY_ASKED)
    assert found.problem.allow == "country/FR"
    assert ways(permit(here(), TRAVELLER, BRUSSELS, NOON, new)), "the own country is not asked about"
    named = here(trunk("t", countries=("FR", "BE")))
    assert ways(permit(named, TRAVELLER, PARIS, NOON, new)), "somebody has named it already"
    unasked = here(settings=replace(SETTINGS, new_country_asks=False))
    assert ways(permit(unasked, TRAVELLER, PARIS, NOON, new))


# --- emergency ---------------------------------------------------------------------------------------------


def test_emergency_numbers_always_pass() -> None:
    settings = replace(
        SETTINGS,
        emergency_callback=NumberId("sales"),
        night=Schedule((0, 1, 2, 3, 4, 5, 6), "00:00", "00:00"),
    )
    nobody = replace(ANNA, rights=CallRights(False, False), concurrent_outside=0, calls_per_hour=0)
    full = Spent(running={"trunks/t": 5, "users/a": 9})
    office = here(trunk("t", capacity=1, countries=("FR",)), users=(nobody,), settings=settings)
    found = permit(office, nobody, "112", NOON, full, hidden=True)
    assert isinstance(found, Permit) and found.emergency
    assert ways(found) == [("t", "+3222903401")]
    assert not found.ways[0].presented.hidden


def test_an_emergency_goes_by_the_trunk_with_room_first() -> None:
    office = here(trunk("full", capacity=1), trunk("free", order=5))
    found = permit(office, ANNA, "112", NOON, Spent(running={"trunks/full": 1}))
    assert [way for way, _ in ways(found)] == ["free", "full"]


def test_an_emergency_goes_by_a_trunk_that_works_before_one_that_has_room() -> None:
    office = here(
        trunk("failed"), trunk("full", order=5, capacity=1), trunk("spent", order=6, calls_per_day=1)
    )
    spent = Spent(running={"trunks/full": 1}, down={"failed"}, used_calls={("trunks/spent", 24): 9})
    found = permit(office, ANNA, "112", NOON, spent)
    assert [way for way, _ in ways(found)] == ["spent", "full", "failed"], "its limits do not count"


def test_an_emergency_without_a_trunk_is_told_to_both() -> None:
    found = permit(replace(here(), trunks={}), ANNA, "112", NOON, Spent())
    assert isinstance(found, Denied)
    assert found.prompt is Prompt.EMERGENCY_IMPOSSIBLE
    assert "112" in found.problem.text


# --- budgets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "spent", "reason"),
    [
        ({"concurrent_outside": 2}, Spent(running={"users/a": 2}), Denial.CONCURRENT),
        ({"calls_per_hour": 5}, Spent(used_calls={("users/a", 1): 5}), Denial.CALLS),
        ({"calls_per_day": 5}, Spent(used_calls={("users/a", 24): 5}), Denial.CALLS),
        ({"minutes_per_hour": 5}, Spent(used_minutes={("users/a", 1): 5.2}), Denial.MINUTES),
        ({"minutes_per_day": 5}, Spent(used_minutes={("users/a", 24): 5}), Denial.MINUTES),
    ],
)
def test_a_user_has_budgets(limit: dict[str, int], spent: Spent, reason: Denial) -> None:
    user = replace(ANNA, **limit)  # type: ignore[arg-type]
    roomy = replace(ANNA, **dict.fromkeys(limit, 50))  # type: ignore[arg-type]
    found = permit(here(users=(user,)), user, BRUSSELS, NOON, spent)
    assert denial(found) is reason
    assert isinstance(found, Denied) and found.prompt is Prompt.LIMIT_REACHED
    assert found.problem.allow == ("at-once/a" if reason is Denial.CONCURRENT else "usage/users/a")
    assert ways(permit(here(users=(roomy,)), roomy, BRUSSELS, NOON, spent))
    assert ways(permit(here(users=(user,)), user, BRUSSELS, NOON, Spent()))


def test_the_systems_budgets_hold_where_a_user_has_none() -> None:
    spent = Spent(running={"users/a": 3})
    assert denial(permit(here(), ANNA, BRUSSELS, NOON, spent)) is Denial.CONCURRENT
    day = Spent(used_minutes={("users/a", 24): 600})
    assert denial(permit(here(), ANNA, BRUSSELS, NOON, day)) is Denial.MINUTES


# --- trunks ------------------------------------------------------------------------------------------------


def test_trunks_are_tried_by_order_and_shared_by_weight() -> None:
    office = here(trunk("z", order=1), trunk("a", order=2), trunk("m", order=1, weight=3))
    spent = Spent(used_calls={("trunks/z", 24): 1, ("trunks/m", 24): 2})
    assert [way for way, _ in ways(permit(office, ANNA, BRUSSELS, NOON, spent))] == ["m", "z", "a"]
    spent = Spent(used_calls={("trunks/z", 24): 1, ("trunks/m", 24): 6})
    assert [way for way, _ in ways(permit(office, ANNA, BRUSSELS, NOON, spent))] == ["z", "m", "a"]


def test_a_trunk_that_failed_is_tried_last() -> None:
    office = here(trunk("a"), trunk("b", order=9))
    assert [way for way, _ in ways(permit(office, ANNA, BRUSSELS, NOON, Spent(down={"a"})))] == ["b", "a"]


def test_a_trunk_that_asked_to_be_left_alone_is_left_out_unless_it_is_for_help() -> None:
    office, spent = here(trunk("a"), trunk("b", order=9)), Spent(resting={"a": 20.0})
    assert [way for way, _ in ways(permit(office, ANNA, BRUSSELS, NOON, spent))] == ["b"]
    spent.resting["b"] = 1.0
    denied = permit(office, ANNA, BRUSSELS, NOON, spent)
    assert isinstance(denied, Denied) and denied.reason is Denial.TRUNKS_FULL
    assert len(ways(permit(office, ANNA, "112", NOON, spent))) == 2


def test_trunks_that_are_off_full_or_lead_elsewhere_are_left_out() -> None:
    office = here(
        trunk("off", enabled=False),
        trunk("full", capacity=2),
        trunk("spent", calls_per_hour=10),
        trunk("french", countries=("FR",)),
        trunk("good", order=9),
    )
    spent = Spent(running={"trunks/full": 2}, used_calls={("trunks/spent", 1): 10})
    assert [way for way, _ in ways(permit(office, ANNA, BRUSSELS, NOON, spent))] == ["good"]


@pytest.mark.parametrize(
    ("trunks", "reason", "prompt", "allow"),
    [
        ((trunk("t", enabled=False),), Denial.NO_TRUNK, Prompt.OUTSIDE_IMPOSSIBLE, ""),
        (
            (trunk("t", countries=("FR",)),),
            Denial.TRUNK_COUNTRY,
            Prompt.OUTSIDE_IMPOSSIBLE,
            "trunks/t/country/BE",
        ),
        ((trunk("t", capacity=0),), Denial.TRUNKS_FULL, Prompt.LINES_BUSY, ""),
        (
            (trunk("full", capacity=0), trunk("t", calls_per_hour=0)),
            Denial.TRUNKS_FULL,
            Prompt.LINES_BUSY,
            "usage/trunks/t",
        ),
    ],
)
def test_no_trunk_says_why(trunks: tuple[Trunk, ...], reason: Denial, prompt: Prompt, allow: str) -> None:
    found = permit(here(*trunks), ANNA, BRUSSELS, NOON, Spent())
    assert isinstance(found, Denied)
    assert (found.reason, found.prompt, found.problem.allow) == (reason, prompt, allow)


# --- the number that is shown ------------------------------------------------------------------------------


def test_b9_01_the_default_number_is_shown() -> None:
    assert ways(permit(here(), ANNA, BRUSSELS, NOON, Spent()))[0][1] == "+3222903400"
    bare = here(settings=replace(SETTINGS, default_number=None))
    assert ways(permit(bare, ANNA, BRUSSELS, NOON, Spent()))[0][1] is None


def test_b9_02_a_user_has_a_number_of_his_own() -> None:
    user = replace(ANNA, outgoing_number=NumberId("sales"))
    assert ways(permit(here(users=(user,)), user, BRUSSELS, NOON, Spent()))[0][1] == "+3222903401"


RULES = (OutgoingRule("+33", NumberId("paris")), OutgoingRule("+331", NumberId("sales")))


def test_b9_03_rules_choose_by_the_longest_prefix() -> None:
    office = here(settings=replace(SETTINGS, outgoing_rules=RULES))
    assert ways(permit(office, TRAVELLER, "+33612345678", NOON, Spent()))[0][1] == "+33142680000"
    assert ways(permit(office, TRAVELLER, PARIS, NOON, Spent()))[0][1] == "+3222903401"
    assert ways(permit(office, TRAVELLER, BRUSSELS, NOON, Spent()))[0][1] == "+3222903400"


def test_b9_03_rules_override_a_users_number_only_when_told_to() -> None:
    user = replace(TRAVELLER, outgoing_number=NumberId("main"))
    own = replace(SETTINGS, outgoing_rules=RULES)
    ruled = replace(own, rules_override_users=True)
    mobile = "+33612345678"
    assert ways(permit(here(users=(user,), settings=own), user, mobile, NOON, Spent()))[0][1] == "+3222903400"
    office = here(users=(user,), settings=ruled)
    assert ways(permit(office, user, mobile, NOON, Spent()))[0][1] == "+33142680000"


def test_a_number_goes_out_by_its_own_trunk_and_is_not_shown_by_others() -> None:
    numbers = (number("main", "+3222903400", "a"), number("sales", "+3222903401", "b"))
    user = replace(ANNA, outgoing_number=NumberId("sales"))
    office = here(trunk("a"), trunk("b", order=5), users=(user,), numbers=numbers)
    assert ways(permit(office, user, BRUSSELS, NOON, Spent())) == [("b", "+3222903401"), ("a", "+3222903400")]


def test_a_hidden_number_is_still_told_to_the_provider() -> None:
    found = permit(here(), ANNA, BRUSSELS, NOON, Spent(), hidden=True)
    assert isinstance(found, Permit)
    assert found.ways[0].presented.hidden and found.ways[0].presented.number == "+3222903400"

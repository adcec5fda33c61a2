"""Whether a call may go outside, by which trunks, and what number it shows (B9, S2-04). Pure.

The one door: calls, transfers, forwardings, Follow Me and invitations all ask here, on the account of whoever
caused them. Everything refused has a prompt for the caller and a problem for the administrator, with the key
of what would allow it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from switchroom.calls.hours import within
from switchroom.calls.problem_words import worded
from switchroom.calls.spending import of_trunk, of_user
from switchroom.calls.values import Problem, Prompt
from switchroom.directory import number_plan
from switchroom.directory.ids import NumberId, TrunkId
from switchroom.directory.model import Snapshot, User
from switchroom.directory.number_plan import NumberClass, NumberKind
from switchroom.directory.outside import CallRights, IncomingNumber, Trunk

FREE_EVERYWHERE = "+800"
"""International free phone: belongs to no country, and costs nothing."""
_DAY = 24


class Usage(Protocol):
    """What the budgets ask (`spending.Spending`)."""

    def calls(self, subject: str, hours: int, now: float) -> float:
        """Calls of the last so many hours."""

    def minutes(self, subject: str, hours: int, now: float) -> float:
        """Minutes of the last so many hours."""

    def concurrent(self, subject: str) -> int:
        """Calls that run now."""

    def knows_country(self, country: str) -> bool:
        """Whether it may be called without asking."""

    def is_down(self, trunk: TrunkId, now: float) -> bool:
        """Whether a trunk failed a moment ago."""

    def rests(self, trunk: TrunkId, now: float) -> float:
        """For how many seconds it is still left alone, as it asked."""


class Denial(StrEnum):
    """Why a call may not go outside; stable names, for metrics and the API."""

    NATIONAL = "national-not-allowed"
    MOBILE = "mobile-not-allowed"
    COUNTRY = "country-not-allowed"
    PREMIUM = "premium-not-allowed"
    NIGHT = "not-at-night"
    NEW_COUNTRY = "new-country"
    CONCURRENT = "too-many-calls"
    CALLS = "calls-used-up"
    MINUTES = "minutes-used-up"
    NO_TRUNK = "no-trunk"
    TRUNK_COUNTRY = "no-trunk-to-country"
    TRUNKS_FULL = "trunks-full"


@dataclass(frozen=True, slots=True)
class Presented:
    """What the called person sees. `number` is E.164, None: we have none to show."""

    number: str | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A trunk to try, and what is shown over it: not every provider takes every number."""

    trunk: Trunk
    presented: Presented


@dataclass(frozen=True, slots=True)
class Permit:
    """The call may go out, by these trunks in this order."""

    ways: tuple[Way, ...]
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """The call may not go out: what its caller hears, what the administrator is told."""

    reason: Denial
    prompt: Prompt
    problem: Problem


_PROMPTS = {
    Denial.NEW_COUNTRY: Prompt.COUNTRY_ASKED,
    Denial.CONCURRENT: Prompt.LIMIT_REACHED,
    Denial.CALLS: Prompt.LIMIT_REACHED,
    Denial.MINUTES: Prompt.LIMIT_REACHED,
    Denial.NO_TRUNK: Prompt.OUTSIDE_IMPOSSIBLE,
    Denial.TRUNK_COUNTRY: Prompt.OUTSIDE_IMPOSSIBLE,
    Denial.TRUNKS_FULL: Prompt.LINES_BUSY,
}
_NOT_ALLOWED = Prompt.NOT_ALLOWED


def permit(
    snapshot: Snapshot,
    user: User | None,
    e164: str,
    now: float,
    usage: Usage,
    *,
    hidden: bool = False,
    calling: bool = False,
) -> Permit | Denied:
    """Decide about a call to a number outside, on the account of `user` (None: the administrator's own act).

    `hidden`: the number shown is withheld. `calling`: the call is counted already, and only goes elsewhere.
    An emergency number, as dialled, always passes.
    """
    settings = snapshot.settings
    if not e164.startswith("+") and number_plan.is_emergency(e164, settings.country):
        return _emergency(snapshot, user, e164, now, usage)
    found = number_plan.classify(e164, settings.country)
    reason = (
        _without_right(snapshot, user, e164, found)
        or _at_night(snapshot, found, now)
        or (None if calling else _over_budget(snapshot, user, now, usage))
        or _never_called(snapshot, found, usage)
    )
    if reason is not None:
        return _denied(reason, user, e164, found)
    shown = presented_number(snapshot, user, e164)
    trunks, reason = _trunks(snapshot, found, shown, now, usage)
    if reason is not None:
        return _denied(reason, user, e164, found, _line_key(snapshot, reason, found, now, usage))
    return Permit(tuple(Way(trunk, Presented(_shown_by(snapshot, trunk, shown), hidden)) for trunk in trunks))


# --- rights ------------------------------------------------------------------------------------------------


def _without_right(snapshot: Snapshot, user: User | None, e164: str, found: NumberClass) -> Denial | None:
    rights = CallRights(countries=_named(snapshot)) if user is None else snapshot.rights_of(user)
    own = found.country == snapshot.settings.country
    match found.kind:
        case NumberKind.NATIONAL:
            return None if rights.national else Denial.NATIONAL
        case NumberKind.MOBILE:
            return None if rights.mobile else Denial.MOBILE
        case NumberKind.INTERNATIONAL if found.country is None:
            # A number of no country we can name costs whatever it likes.
            allowed = rights.national if e164.startswith(FREE_EVERYWHERE) else rights.premium
            return None if allowed else Denial.PREMIUM
        case NumberKind.INTERNATIONAL:
            return None if found.country in rights.countries else Denial.COUNTRY
        case NumberKind.PREMIUM if not rights.premium:
            return Denial.PREMIUM
        case NumberKind.PREMIUM:
            return (
                None if own or found.country is None or found.country in rights.countries else Denial.COUNTRY
            )


def _at_night(snapshot: Snapshot, found: NumberClass, now: float) -> Denial | None:
    settings = snapshot.settings
    if settings.night is None or found.country in (settings.country, *settings.night_countries):
        return None
    return Denial.NIGHT if within((settings.night,), now, settings.time_zone) else None


def _never_called(snapshot: Snapshot, found: NumberClass, usage: Usage) -> Denial | None:
    """A country that an administrator has named for a trunk needs no asking."""
    settings, country = snapshot.settings, found.country
    if not settings.new_country_asks or country is None or country == settings.country:
        return None
    known = country in _named(snapshot) or usage.knows_country(country)
    return None if known else Denial.NEW_COUNTRY


def _named(snapshot: Snapshot) -> tuple[str, ...]:
    """The countries that an administrator has named for a trunk: he may have them called himself."""
    trunks = (trunk for trunk in snapshot.trunks.values() if trunk.enabled)
    return tuple(country for trunk in trunks for country in trunk.countries or ())


# --- budgets -----------------------------------------------------------------------------------------------


def _over_budget(snapshot: Snapshot, user: User | None, now: float, usage: Usage) -> Denial | None:
    if user is None:
        return None
    settings, subject = snapshot.settings, of_user(user.id)

    def limit(name: str) -> int | None:
        own: int | None = getattr(user, name)
        return getattr(settings, name) if own is None else own

    at_once = limit("concurrent_outside")
    if at_once is not None and usage.concurrent(subject) >= at_once:
        return Denial.CONCURRENT
    limits = (limit("calls_per_hour"), limit("calls_per_day"))
    minutes = (limit("minutes_per_hour"), limit("minutes_per_day"))
    return _spent(subject, limits, minutes, now, usage)


def _spent(
    subject: str,
    calls: tuple[int | None, int | None],
    minutes: tuple[int | None, int | None],
    now: float,
    usage: Usage,
) -> Denial | None:
    """Whether the budgets of an hour and a day are used up."""
    for hours, most in zip((1, _DAY), calls, strict=True):
        if most is not None and usage.calls(subject, hours, now) >= most:
            return Denial.CALLS
    for hours, most in zip((1, _DAY), minutes, strict=True):
        if most is not None and usage.minutes(subject, hours, now) >= most:
            return Denial.MINUTES
    return None


# --- trunks ------------------------------------------------------------------------------------------------


def _trunks(
    snapshot: Snapshot, found: NumberClass, shown: IncomingNumber | None, now: float, usage: Usage
) -> tuple[list[Trunk], Denial | None]:
    """The trunks to try, best first, or why there is none."""
    enabled = [trunk for trunk in snapshot.trunks.values() if trunk.enabled]
    if not enabled:
        return [], Denial.NO_TRUNK
    leading = [trunk for trunk in enabled if trunk.countries is None or found.country in trunk.countries]
    if not leading:
        return [], Denial.TRUNK_COUNTRY
    free = [trunk for trunk in leading if _has_room(trunk, now, usage)]
    if not free:
        return [], Denial.TRUNKS_FULL
    return _ordered(free, shown, now, usage), None


def _has_room(trunk: Trunk, now: float, usage: Usage) -> bool:
    full = is_full(trunk, usage) or _is_spent(trunk, now, usage)
    return not (full or usage.rests(trunk.id, now))


def is_full(trunk: Trunk, usage: Usage) -> bool:
    """Whether all lines of a trunk are taken."""
    return trunk.capacity is not None and usage.concurrent(of_trunk(trunk.id)) >= trunk.capacity


def _is_spent(trunk: Trunk, now: float, usage: Usage) -> bool:
    calls = (trunk.calls_per_hour, trunk.calls_per_day)
    minutes = (trunk.minutes_per_hour, trunk.minutes_per_day)
    return _spent(of_trunk(trunk.id), calls, minutes, now, usage) is not None


def _ordered(trunks: list[Trunk], shown: IncomingNumber | None, now: float, usage: Usage) -> list[Trunk]:
    """Those that work first; then the one to which the shown number belongs; then by order, and among equals
    the one that had the fewest calls for its weight."""

    def rank(trunk: Trunk) -> tuple[bool, bool, int, float, str]:
        calls = usage.calls(of_trunk(trunk.id), _DAY, now)
        home = shown is not None and shown.trunk == trunk.id
        return usage.is_down(trunk.id, now), not home, trunk.order, calls / max(trunk.weight, 1), trunk.id

    return sorted(trunks, key=rank)


# --- what is shown -----------------------------------------------------------------------------------------


def presented_number(snapshot: Snapshot, user: User | None, e164: str) -> IncomingNumber | None:
    """The number of ours that a call shows: the user's own (B9-02), else by the rules of where it goes
    (B9-03), else the default (B9-01). The rules come first where the settings say so."""
    settings = snapshot.settings
    own = user.outgoing_number if user is not None else None
    rules = [rule for rule in settings.outgoing_rules if e164.startswith(rule.prefix)]
    ruled = max(rules, key=lambda rule: len(rule.prefix)).number if rules else None
    chosen = (ruled, own) if settings.rules_override_users else (own, ruled)
    for number_id in (*chosen, settings.default_number):
        if number_id is not None and (number := snapshot.numbers.get(number_id)) is not None:
            return number
    return None


def _shown_by(snapshot: Snapshot, trunk: Trunk, wanted: IncomingNumber | None) -> str | None:
    """What is shown over a trunk: the wanted number unless it belongs to another provider, who would not let
    it pass; then the default, else any number of this trunk."""
    default = snapshot.numbers.get(snapshot.settings.default_number or NumberId(""))
    for number in (wanted, default):
        if number is not None and number.trunk in (None, trunk.id):
            return number.e164
    own = next((number for number in snapshot.numbers.values() if number.trunk == trunk.id), wanted)
    return own.e164 if own is not None else None


def _emergency(
    snapshot: Snapshot, user: User | None, number: str, now: float, usage: Usage
) -> Permit | Denied:
    """Past all rights and limits; the number shown is where help calls back, and is never hidden. Where all
    lines of the first trunk are taken, whoever asked makes room there."""
    enabled = [trunk for trunk in snapshot.trunks.values() if trunk.enabled]
    if not enabled:
        reason = Denial.NO_TRUNK
        told = worded("emergency-impossible", number, values={"user": _name(user), "number": number})
        return Denied(reason, Prompt.EMERGENCY_IMPOSSIBLE, told)
    callback = snapshot.numbers.get(snapshot.settings.emergency_callback or NumberId(""))
    shown = callback or presented_number(snapshot, user, number)

    def last(trunk: Trunk) -> tuple[bool, bool]:
        away = usage.is_down(trunk.id, now) or usage.rests(trunk.id, now) > 0
        return away, is_full(trunk, usage)

    ordered = sorted(_ordered(enabled, shown, now, usage), key=last)
    return Permit(
        tuple(Way(trunk, Presented(shown.e164 if shown is not None else None)) for trunk in ordered),
        emergency=True,
    )


# --- refusals ----------------------------------------------------------------------------------------------


def _denied(
    reason: Denial, user: User | None, e164: str, found: NumberClass, allow: str | None = None
) -> Denied:
    """`allow`: what the button does; None: what follows from the reason."""
    country = found.country or ""
    subject = country if reason is Denial.NEW_COUNTRY else user.extension if user is not None else e164
    key = _allow(reason, user, found) if allow is None else allow
    values = {"user": _name(user), "number": e164, "country": country}
    told = worded(f"outside-{reason.value}", subject, values=values, allow=key)
    return Denied(reason, _PROMPTS.get(reason, _NOT_ALLOWED), told)


def _line_key(snapshot: Snapshot, reason: Denial, found: NumberClass, now: float, usage: Usage) -> str:
    """What would let a trunk take the call; empty: nothing that is ours to allow."""
    enabled = sorted(
        (one for one in snapshot.trunks.values() if one.enabled), key=lambda one: (one.order, one.id)
    )
    if reason is Denial.TRUNK_COUNTRY and found.country is not None:
        return f"trunks/{enabled[0].id}/country/{found.country}"
    if reason is Denial.TRUNKS_FULL:
        spent = (one for one in enabled if not is_full(one, usage) and _is_spent(one, now, usage))
        return next((f"usage/{of_trunk(one.id)}" for one in spent), "")
    return ""


def _allow(reason: Denial, user: User | None, found: NumberClass) -> str:
    """What the "allow this" button does (`api/call_permits.py`); empty: there is no such button."""
    country = found.country
    match reason:
        case Denial.NEW_COUNTRY:
            return f"country/{country}"
        case Denial.NIGHT if country is not None:
            return f"night/{country}"
        case Denial.CONCURRENT if user is not None:
            return f"at-once/{user.id}"
        case Denial.CALLS | Denial.MINUTES if user is not None:
            return f"usage/{of_user(user.id)}"
        case Denial.NATIONAL | Denial.MOBILE if user is not None:
            return f"rights/{user.id}/{found.kind.value}"
        case Denial.PREMIUM if user is not None:
            return f"rights/{user.id}/premium"
        case Denial.COUNTRY if user is not None and country is not None:
            return f"rights/{user.id}/country/{country}"
        case _:
            return ""


def _name(user: User | None) -> str:
    return f"{user.name} ({user.extension})" if user is not None else ""

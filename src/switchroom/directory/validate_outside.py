"""The rules of trunks, numbers, groups, mailboxes, and of what users and settings say of outside."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from switchroom.directory.model import Settings, Snapshot, User
from switchroom.directory.number_plan import countries, is_e164
from switchroom.directory.outside import (
    CODECS,
    CallRights,
    Destination,
    DestinationKind,
    IncomingNumber,
    Mailbox,
    RingGroup,
    Schedule,
    Trunk,
    TrunkKind,
    TrunkTransport,
    UserGroup,
)
from switchroom.directory.problem import Problem, email, language, name, problem, within
from switchroom.directory.references import of_destination, references, stands

MOST_MEMBERS = 1000
MOST_RUNG = 100
"""Members of a ring group."""
MOST_LISTED = 500
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?")
_SIP_NAME = re.compile(r"[^\s\x00-\x1f\x7f\"<>\\]{1,128}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_PORT = range(1, 65536)
_MANY = range(1, 1_000_001)
_PLAIN_TARGETS = {DestinationKind.NOT_CONFIGURED, DestinationKind.HANG_UP, DestinationKind.CONFERENCE_SERVER}


def trunk_problems(trunk: Trunk) -> Iterator[Problem]:
    """What is wrong with a trunk."""
    path = f"trunks/{trunk.id}"
    yield from name(path, trunk.name)
    if not _is_host(trunk.host):
        text = "Name the provider's server: sip.provider.example, or its address."
        yield problem(f"{path}/host", "host-invalid", text)
    proxy = trunk.outbound_proxy
    if proxy is not None and not _is_host_and_port(proxy):
        text = "The outbound proxy is written proxy.provider.example or proxy.provider.example:5060."
        yield problem(f"{path}/outbound_proxy", "host-invalid", text)
    if trunk.from_domain is not None and not _is_host(trunk.from_domain):
        yield problem(f"{path}/from_domain", "host-invalid", "The domain is written provider.example.")
    yield from within(f"{path}/port", trunk.port, _PORT, "The port", "")
    if trunk.kind is TrunkKind.REGISTRATION and trunk.username is None:
        text = "To register, the trunk needs the user name that the provider gave you."
        yield problem(f"{path}/username", "username-missing", text)
    for field in ("username", "auth_username"):
        value = getattr(trunk, field)
        if value is not None and not _SIP_NAME.fullmatch(value):
            yield problem(f"{path}/{field}", "username-invalid", "A user name has no spaces or quotes.")
    if trunk.srtp and trunk.transport is not TrunkTransport.TLS:
        text = "Encrypted speech (SRTP) needs TLS: its keys would be sent in clear."
        yield problem(f"{path}/srtp", "srtp-needs-tls", text)
    yield from _addresses(f"{path}/addresses", trunk.addresses)
    if not trunk.codecs or set(trunk.codecs) - set(CODECS) or len(set(trunk.codecs)) < len(trunk.codecs):
        text = "Choose at least one codec, each once, of {codecs}."
        yield problem(f"{path}/codecs", "codecs-invalid", text, codecs=", ".join(CODECS))
    yield from within(f"{path}/order", trunk.order, range(1000), "The order", "")
    yield from within(f"{path}/weight", trunk.weight, range(1, 1001), "The weight", "")
    yield from within(f"{path}/capacity", trunk.capacity, range(1, 10_001), "The capacity", "calls")
    yield from within(f"{path}/expires", trunk.expires, range(60, 86_401), "The registration", "seconds")
    if trunk.check_seconds:
        what = "The time between two checks (0: none)"
        yield from within(f"{path}/check_seconds", trunk.check_seconds, range(10, 3601), what, "seconds")
    yield from _limits(path, trunk)
    yield from _countries(f"{path}/countries", trunk.countries or ())


def number_problems(number: IncomingNumber, draft: Snapshot, taken: Counter[str]) -> Iterator[Problem]:
    """What is wrong with an incoming number; `taken`: how often each E.164 number stands in the draft."""
    path = f"numbers/{number.id}"
    if not is_e164(number.e164):
        yield _not_e164(f"{path}/e164")
    elif taken[number.e164] > 1:
        text = "{number} is there already."
        yield problem(f"{path}/e164", "number-taken", text, number=number.e164)
    if number.label:
        yield from name(path, number.label, "label")
    yield from _referred(path, number, draft)
    for field in ("destination", "otherwise"):
        yield from _destination(f"{path}/{field}", getattr(number, field))
    if len(number.schedule) > MOST_LISTED:
        yield _too_many(f"{path}/schedule", MOST_LISTED)
    for schedule in number.schedule:
        yield from _schedule(f"{path}/schedule", schedule)
    yield from language(path, number.language)


def ring_group_problems(group: RingGroup, draft: Snapshot) -> Iterator[Problem]:
    """What is wrong with a ring group, but its extension."""
    path = f"ring_groups/{group.id}"
    yield from name(path, group.name)
    if not group.members:
        yield problem(f"{path}/members", "members-missing", "Choose whom it rings.")
    yield from _members(path, group.members, MOST_RUNG)
    yield from within(f"{path}/ring_seconds", group.ring_seconds, range(5, 61), "The ringing time", "seconds")
    yield from _referred(path, group, draft)
    yield from _destination(f"{path}/otherwise", group.otherwise)
    if _leads_back(group, draft):
        text = "When nobody answers, the call would come back to this ring group: lead it elsewhere."
        yield problem(f"{path}/otherwise", "destination-loop", text)


def group_problems(group: UserGroup, draft: Snapshot) -> Iterator[Problem]:
    """What is wrong with a group of users."""
    path = f"groups/{group.id}"
    yield from name(path, group.name)
    yield from _members(path, group.members, MOST_MEMBERS)
    yield from _referred(path, group, draft)
    yield from _rights(path, group.rights)


def mailbox_problems(box: Mailbox, draft: Snapshot) -> Iterator[Problem]:
    """What is wrong with a mailbox, but its extension."""
    path = f"mailboxes/{box.id}"
    yield from name(path, box.name)
    yield from email(path, box.email)
    yield from language(path, box.language)
    yield from _referred(path, box, draft)


def user_problems(user: User, draft: Snapshot) -> Iterator[Problem]:
    """What is wrong with what a user has of the outside world."""
    path = f"users/{user.id}"
    if user.mobile is not None and not is_e164(user.mobile):
        yield _not_e164(f"{path}/mobile")
    yield from _referred(path, user, draft)
    yield from _rights(path, user.rights)
    yield from _limits(path, user)
    what = "How many calls outside at once"
    yield from within(f"{path}/concurrent_outside", user.concurrent_outside, range(1001), what, "")


def settings_problems(settings: Settings, draft: Snapshot) -> Iterator[Problem]:
    """What is wrong with what the settings say of the outside world."""
    path = "settings"
    yield from _referred(path, settings, draft)
    if len(settings.outgoing_rules) > MOST_LISTED:
        yield _too_many(f"{path}/outgoing_rules", MOST_LISTED)
    prefixes = [rule.prefix for rule in settings.outgoing_rules]
    if any(not _PREFIX.fullmatch(prefix) for prefix in prefixes):
        text = "A destination prefix is + and the first digits, such as +33."
        yield problem(f"{path}/outgoing_rules", "prefix-invalid", text)
    if len(set(prefixes)) < len(prefixes):
        yield problem(f"{path}/outgoing_rules", "prefix-taken", "Each destination prefix stands there once.")
    what = "How many calls outside at once"
    yield from within(f"{path}/concurrent_outside", settings.concurrent_outside, range(1001), what, "")
    yield from _limits(path, settings)
    if settings.night is not None:
        yield from _schedule(f"{path}/night", settings.night)
    yield from _countries(f"{path}/night_countries", settings.night_countries)
    if len(settings.emergency_notice) > 20:
        yield _too_many(f"{path}/emergency_notice", 20)
    for address in settings.emergency_notice:
        yield from email(path, address, "emergency_notice")


def _referred(
    path: str, entry: User | Settings | IncomingNumber | RingGroup | UserGroup | Mailbox, draft: Snapshot
) -> Iterator[Problem]:
    """References that lead to nothing; one problem a field."""
    told: set[str] = set()
    for field, part, entry_id in references(entry):
        if field not in told and not stands(draft, part, entry_id):
            told.add(field)
            text = "What was chosen here is no longer there: choose again."
            yield problem(f"{path}/{field}", "reference-unknown", text)
    if isinstance(entry, Mailbox) and entry.is_users and entry.user not in draft.users:
        yield problem(f"{path}/user", "reference-unknown", "The user of this mailbox is no longer there.")


def _destination(path: str, destination: Destination | None, outside: bool = False) -> Iterator[Problem]:
    if destination is None:
        return
    if destination.kind is DestinationKind.NUMBER:
        if not outside:
            text = "Calls that come in can not be led to a number outside from here: use a user's forwarding."
            yield problem(path, "destination-outside", text)
        elif not is_e164(destination.target):
            yield _not_e164(path)
    elif destination.kind in _PLAIN_TARGETS:
        if destination.target:
            yield problem(path, "destination-invalid", "This kind of destination has no target.")
    elif not destination.target:
        yield problem(path, "destination-missing", "Choose where the call is led.")


def forward_problems(path: str, destination: Destination, snapshot: Snapshot) -> Iterator[Problem]:
    """What is wrong with a destination of a forwarding, which may be outside."""
    yield from _destination(path, destination, outside=True)
    if destination.kind is DestinationKind.NOT_CONFIGURED:
        yield problem(path, "destination-missing", "Choose where the call is led.")
    for _, part, entry_id in of_destination("", destination):
        if entry_id and not stands(snapshot, part, entry_id):
            text = "What was chosen here is no longer there: choose again."
            yield problem(path, "reference-unknown", text)


def _leads_back(group: RingGroup, draft: Snapshot) -> bool:
    """Whether the ring groups that follow one another come back to this one."""
    seen: set[str] = set()
    following = group.otherwise
    while following is not None and following.kind is DestinationKind.RING_GROUP:
        if following.target == group.id:
            return True
        if following.target in seen:
            return False
        seen.add(following.target)
        found = next((one for key, one in draft.ring_groups.items() if key == following.target), None)
        following = found.otherwise if found is not None else None
    return False


def _members(path: str, members: tuple[str, ...], most: int) -> Iterator[Problem]:
    if len(set(members)) < len(members):
        yield problem(f"{path}/members", "members-twice", "Each person stands in it once.")
    if len(members) > most:
        yield _too_many(f"{path}/members", most)


def _rights(path: str, rights: CallRights) -> Iterator[Problem]:
    yield from _countries(f"{path}/rights", rights.countries)


def _countries(path: str, codes: Iterable[str]) -> Iterator[Problem]:
    if unknown := [code for code in codes if code not in countries()]:
        text = "{country} is no country: two capital letters, such as US, FR or IT."
        yield problem(path, "country-unknown", text, country=unknown[0][:20])


def _limits(path: str, entry: Trunk | User | Settings) -> Iterator[Problem]:
    for field in ("calls_per_hour", "calls_per_day", "minutes_per_hour", "minutes_per_day"):
        yield from within(f"{path}/{field}", getattr(entry, field), _MANY, "The limit", field.split("_")[0])


def _schedule(path: str, schedule: Schedule) -> Iterator[Problem]:
    if not schedule.days or set(schedule.days) - set(range(7)):
        yield problem(path, "schedule-days", "Choose at least one day of the week.")
    if not (_TIME.fullmatch(schedule.begins) and _TIME.fullmatch(schedule.ends)):
        yield problem(path, "schedule-time", "A time is written 08:30.")


def _addresses(path: str, addresses: tuple[str, ...]) -> Iterator[Problem]:
    if len(addresses) > MOST_LISTED:
        yield _too_many(path, MOST_LISTED)
    if wrong := [text for text in addresses if not (_is_network(text) or _is_host(text))]:
        text = "{address} is no address, network (198.51.100.0/24) or host name."
        yield problem(path, "address-invalid", text, address=wrong[0][:80])
    if wide := [text for text in addresses if _is_too_wide(text)]:
        text = "{address} is half the Internet: anybody there could call as this provider."
        yield problem(path, "address-too-wide", text, address=wide[0][:80])


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_too_wide(text: str) -> bool:
    return _is_network(text) and ipaddress.ip_network(text, strict=False).prefixlen < 8


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        numeric = all(label.isdigit() for label in text.rstrip(".").split("."))
        return _HOST.fullmatch(text) is not None and not numeric
    return True


def _is_host_and_port(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    if colon and port.isascii() and port.isdigit() and (":" not in host or host.endswith("]")):
        return _is_host(host) and int(port) in _PORT
    return _is_host(text)


def _not_e164(path: str) -> Problem:
    text = "Write the number with + and the country code, such as +32 2 290 34 90."
    return problem(path, "number-not-e164", text)


def _too_many(path: str, most: int) -> Problem:
    return problem(path, "too-many", "At most {most} may stand here.", most=most)

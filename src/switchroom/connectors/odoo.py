"""Odoo as a system of customer records: opportunities, tasks, tickets, contacts, each in a person's own name.

Which fields there are differs from version to version and with what is installed, so they are asked for.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol, assert_never

from switchroom.connectors import odoo_words
from switchroom.connectors.odoo_wire import Account, OdooFault, OdooWire, nonsense
from switchroom.crm.connector import (
    Act,
    CancelActivity,
    ChangeActivity,
    DueCall,
    FaultKind,
    ForgetCall,
    FoundContact,
    FoundRecord,
    LogCall,
    MarkDone,
    Match,
    ScheduleCall,
)
from switchroom.crm.contacts import ContactNumber, clean_line
from switchroom.directory import UserId
from switchroom.directory.number_plan import readings

log = logging.getLogger(__name__)

PATIENCE: Final = 10.0
"""Seconds for everything that one question needs."""
_REMEMBERED: Final = 3600.0
"""Seconds that a model's fields are believed."""
_MOST_CALLS: Final = 200
_MOST_RECORDS: Final = 10
"""Open ones of a kind that are offered."""
_ACTIVITY: Final = "mail.activity"
_PARTNER: Final = "res.partner"

MODELS: Final = {
    "crm": "crm.lead",
    "project": "project.task",
    "helpdesk": "helpdesk.ticket",
    "contacts": _PARTNER,
}
_APPS: Final = {model: app for app, model in MODELS.items()}
_WANTED: Final = {
    "crm.lead": ("name", "partner_id", "phone", "mobile", "phone_sanitized", "contact_name", "partner_name",
                 "email_from", "stage_id"),
    "project.task": ("name", "partner_id", "partner_phone", "email_from", "stage_id"),
    "helpdesk.ticket": ("name", "partner_id", "partner_phone", "partner_name", "partner_email", "stage_id"),
    _PARTNER: ("name", "phone", "mobile", "phone_sanitized", "email", "parent_id", "company_name",
               "commercial_company_name", "commercial_partner_id", "is_company"),
}  # fmt: skip
"""What is read of a model, as far as it has it."""
_NUMBERS: Final = (("phone", "work"), ("partner_phone", "work"), ("mobile", "mobile"))

Row = Mapping[str, Any]
Domain = list[Any]


class People(Protocol):
    """What the connector has to know of our own people."""

    def account(self, who: UserId) -> Account | None:
        """His account in Odoo, if he gave a key."""

    def time_zone(self, who: UserId) -> str:
        """IANA name."""

    def language(self) -> str:
        """What is written into records is written in it."""

    def country(self) -> str:
        """ISO 3166 code: what numbers without a country code mean."""

    def recording_url(self, recording_id: str) -> str:
        """Where a browser plays a recording; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class _Fields:
    names: frozenset[str]
    asked_at: float


class OdooConnector:
    """`crm.connector.Connector` for one Odoo."""

    def __init__(
        self,
        connector_id: str,
        name: str,
        url: str,
        wire: OdooWire,
        people: People,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._id = connector_id
        self._name = name
        self._url = url.rstrip("/")
        self._people = people
        self._clock = clock
        self._fields_of: dict[tuple[int, str], _Fields] = {}
        self.wire = wire

    @property
    def id(self) -> str:
        """The connector's id."""
        return self._id

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    # --- what is asked ------------------------------------------------------------------------------------

    async def due_calls(self, who: UserId, today: date) -> Sequence[DueCall]:
        """The calls of this person that are due on this very day, in order (S2-11)."""
        async with _in_time():
            account = self._account(who)
            found = await self._search(
                account,
                _ACTIVITY,
                [*_planned_calls(account), ["date_deadline", "=", today.isoformat()]],
                ("res_model", "res_id", "res_name", "summary", "note", "date_deadline"),
                _MOST_CALLS,
            )
            records = await self._records(account, found)
            partners = await self._partners(account, records)
            calls = [
                self._due(row, records.get((row["res_model"], row["res_id"])), partners) for row in found
            ]
            return sorted(calls, key=lambda call: (call.time or "99:99", int(call.id)))

    async def overdue(self, who: UserId, today: date) -> int:
        """How many of his calls were due before."""
        async with _in_time():
            account = self._account(who)
            before = [*_planned_calls(account), ["date_deadline", "<", today.isoformat()]]
            return int(await self.wire.call(account, _ACTIVITY, "search_count", domain=before))

    async def match(self, who: UserId, e164: str) -> Match:
        """Who has a number, and the open records with them, as far as `who` may see them."""
        async with _in_time():
            account = self._account(who)
            number = _number_domain(await self._fields(account, _PARTNER), e164)
            people = [] if number is None else await self._search(account, _PARTNER, number, (), 20)
            found = await asyncio.gather(
                *(self._open_records(account, app, e164, people) for app in ("crm", "project", "helpdesk"))
            )
            contact = self._contact(people[0]) if people else None
            return Match(contact, [record for records in found for record in records])

    async def search(self, who: UserId, text: str, limit: int) -> Sequence[FoundContact]:
        """Contacts that fit a text: words, or a number in any form."""
        async with _in_time():
            account = self._account(who)
            wanted = _search_domain(await self._fields(account, _PARTNER), text)
            rows = [] if wanted is None else await self._search(account, _PARTNER, wanted, (), limit)
            return [self._contact(row) for row in rows]

    async def has(self, account: Account, app: str) -> bool:
        """Whether a person sees records of an application."""
        async with _in_time():
            return bool(await self._fields(account, MODELS[app]))

    # --- what is done -------------------------------------------------------------------------------------

    async def act(self, who: UserId, act: Act, key: str) -> None:
        """Do it, in this person's name; what is there already is not done again."""
        async with _in_time():
            account = self._account(who)
            match act:
                case MarkDone():
                    await self._mark_done(account, act)
                case ChangeActivity():
                    await self._change(account, act)
                case CancelActivity():
                    await self._cancel(account, act)
                case ScheduleCall():
                    await self._schedule(account, act, key)
                case LogCall():
                    await self._log(account, who, act)
                case ForgetCall():
                    await self._forget(account, who, act)
                case _:
                    assert_never(act)

    async def _mark_done(self, account: Account, act: MarkDone) -> None:
        text = odoo_words.feedback_text(act.feedback, act.outcome, self._people.language())
        row = await self._activity(account, act.activity)
        if row is not None and not row.get("active", True) and (row.get("feedback") or "") == text:
            return  # an earlier try got through
        if row is None or not row.get("active", True):
            raise _gone("This activity is done or removed in Odoo already.")
        ids = [int(act.activity)]
        await self.wire.call(account, _ACTIVITY, "action_feedback", ids, feedback=text)

    async def _change(self, account: Account, act: ChangeActivity) -> None:
        row = await self._activity(account, act.activity)
        if row is None or not row.get("active", True):
            raise _gone("This activity is done or removed in Odoo already.")
        values: dict[str, Any] = {}
        if act.due is not None:
            values["date_deadline"] = act.due.isoformat()
        if act.time is not None or act.summary is not None:
            clock, summary = odoo_words.without_time(str(row.get("summary") or ""))
            clock = clock if act.time is None else act.time
            values["summary"] = odoo_words.with_time(clock, summary if act.summary is None else act.summary)
        if act.note is not None:
            values["note"] = odoo_words.paragraph(act.note) if act.note.strip() else False
        if act.assigned_to is not None:
            values["user_id"] = self._uid_of(act.assigned_to)
        if values:
            await self.wire.call(account, _ACTIVITY, "write", [int(act.activity)], vals=values)

    async def _cancel(self, account: Account, act: CancelActivity) -> None:
        row = await self._activity(account, act.activity)
        if row is not None and row.get("active", True):
            await self.wire.call(account, _ACTIVITY, "unlink", [int(act.activity)])

    async def _schedule(self, account: Account, act: ScheduleCall, key: str) -> None:
        model, record = _place(act.app, act.record)
        marker = f"switchroom-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        here = [["res_model", "=", model], ["res_id", "=", record], ["note", "ilike", marker]]
        if await self._search(account, _ACTIVITY, here, ("res_id",), 1, hidden=True):
            return
        category = ["category", "=", "phonecall"]
        for_model: Domain = ["|", ["res_model", "=", False], ["res_model", "=", model]]
        types = await self._search(account, "mail.activity.type", [category, *for_model], ("name",), 1)
        if not types:
            text = "Odoo has no type of activity for calls: an administrator of Odoo can add one."
            raise OdooFault(FaultKind.REFUSED, "odoo-no-call-type", text)
        await self.wire.call(
            account,
            model,
            "activity_schedule",
            [record],
            activity_type_id=types[0]["id"],
            date_deadline=act.due.isoformat(),
            summary=odoo_words.with_time(act.time, act.summary),
            note=odoo_words.paragraph(act.note, marker),
            user_id=account.uid if act.assigned_to is None else self._uid_of(act.assigned_to),
        )

    async def _log(self, account: Account, who: UserId, act: LogCall) -> None:
        model, record = _place(act.app, act.record)
        recording = act.call.recording_id
        url = self._people.recording_url(recording) if recording else ""
        zone = self._people.time_zone(who)
        body = odoo_words.call_text(act.call, self._people.language(), zone, url)
        message_id = _message_id(who, act.app, act.record, act.call.call_id)
        found = await self._message(account, message_id)
        if found is not None:
            await self.wire.call(account, "mail.message", "write", [found], vals={"body": body})
            return
        await self.wire.call(
            account,
            model,
            "message_post",
            [record],
            body=body,
            body_is_html=True,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            message_id=message_id,
        )

    async def _forget(self, account: Account, who: UserId, act: ForgetCall) -> None:
        found = await self._message(account, _message_id(who, act.app, act.record, act.call_id))
        if found is not None:
            await self.wire.call(account, "mail.message", "unlink", [found])

    # --- reading ------------------------------------------------------------------------------------------

    def _account(self, who: UserId) -> Account:
        account = self._people.account(who)
        if account is None:
            text = f"Give your own key for {self._name} under Account."
            raise OdooFault(FaultKind.KEY_MISSING, "odoo-key-missing", text)
        return account

    def _uid_of(self, colleague: UserId) -> int:
        account = self._people.account(colleague)
        if account is None:
            text = (
                f"This colleague has given no key for {self._name} yet, so that it is not known who that is."
            )
            raise OdooFault(FaultKind.REFUSED, "odoo-colleague-unknown", text)
        return account.uid

    async def _fields(self, account: Account, model: str) -> frozenset[str]:
        """The fields of a model that a person sees; none: it is not installed, or not for him."""
        known = self._fields_of.get((account.uid, model))
        if known is not None and self._clock() - known.asked_at < _REMEMBERED:
            return known.names
        try:
            names = frozenset(await self.wire.call(account, model, "fields_get", attributes=["type"]))
        except OdooFault as fault:
            if fault.kind not in (FaultKind.REFUSED, FaultKind.NOT_ALLOWED) or _of_place(fault):
                raise
            names = frozenset()
        self._fields_of[account.uid, model] = _Fields(names, self._clock())
        return names

    async def _search(
        self,
        account: Account,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        limit: int,
        *,
        hidden: bool = False,
    ) -> list[Row]:
        """Records of a model; `hidden`: archived ones too. Without `fields` those that are wanted of it."""
        if not fields:
            there = await self._fields(account, model)
            fields = [name for name in _WANTED[model] if name in there]
        context = {"active_test": False} if hidden else None
        rows = await self.wire.call(
            account,
            model,
            "search_read",
            context=context,
            domain=domain,
            fields=list(fields),
            limit=limit,
        )
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    async def _activity(self, account: Account, activity: str) -> Row | None:
        there = await self._fields(account, _ACTIVITY)
        wanted = [name for name in ("active", "feedback", "summary") if name in there]
        where: Domain = [["id", "=", _number(activity)]]
        found = await self._search(account, _ACTIVITY, where, wanted, 1, hidden=True)
        return found[0] if found else None

    async def _message(self, account: Account, message_id: str) -> int | None:
        where: Domain = [["message_id", "=", message_id]]
        found = await self._search(account, "mail.message", where, ("model",), 1)
        return int(found[0]["id"]) if found else None

    async def _records(self, account: Account, activities: Sequence[Row]) -> dict[tuple[str, int], Row]:
        """The records of activities, as far as the person may see them."""
        ids: dict[str, set[int]] = {}
        for row in activities:
            ids.setdefault(row["res_model"], set()).add(row["res_id"])

        async def read(model: str) -> list[Row]:
            if not await self._fields(account, model):
                return []
            where: Domain = [["id", "in", sorted(ids[model])]]
            return await self._search(account, model, where, (), _MOST_CALLS, hidden=True)

        found = await asyncio.gather(*(read(model) for model in ids))
        return {(model, row["id"]): row for model, rows in zip(ids, found, strict=True) for row in rows}

    async def _partners(
        self, account: Account, records: Mapping[tuple[str, int], Row]
    ) -> dict[int, FoundContact]:
        """The contacts of records."""
        ids = {partner for row in records.values() if (partner := _id(row.get("partner_id"))) is not None}
        of_themselves = {key: row for (model, key), row in records.items() if model == _PARTNER}
        rows: list[Row] = list(of_themselves.values())
        if missing := sorted(ids - of_themselves.keys()):
            where: Domain = [["id", "in", missing]]
            rows += await self._search(account, _PARTNER, where, (), _MOST_CALLS, hidden=True)
        return {row["id"]: self._contact(row) for row in rows}

    async def _open_records(
        self, account: Account, app: str, e164: str, people: Sequence[Row]
    ) -> list[FoundRecord]:
        """What is open in an application with these people, or with this number itself."""
        model = MODELS[app]
        there = await self._fields(account, model)
        either: list[Domain] = []
        if people and "partner_id" in there:
            either.append([["partner_id", "child_of", [row["id"] for row in people]]])
            if companies := [_id(row.get("commercial_partner_id")) for row in people]:
                either.append([["partner_id", "in", [key for key in companies if key is not None]]])
        number = _number_domain(there, e164) if app == "crm" else None
        if number is not None:
            either.append(number)
        if not either:
            return []
        rows = await self._search(account, model, [*_open(app, there), *_any(either)], (), _MOST_RECORDS)
        return [self._record(app, row) for row in rows]

    # --- making values ------------------------------------------------------------------------------------

    def _due(self, row: Row, record: Row | None, partners: Mapping[int, FoundContact]) -> DueCall:
        app = _APPS[row["res_model"]]
        clock, summary = odoo_words.without_time(clean_line(str(row.get("summary") or ""), 200))
        if record is None:  # not for this person to see
            title = clean_line(str(row.get("res_name") or ""), 200)
            shown = FoundRecord(self._id, app, str(row["res_id"]), title, url=self._link(app, row["res_id"]))
            contact = None
        else:
            shown = self._record(app, record)
            contact = self._whom_to_call(app, record, partners)
        return DueCall(
            source=self._id,
            id=str(row["id"]),
            due=date.fromisoformat(row["date_deadline"]),
            time=clock,
            summary=summary,
            note=odoo_words.plain(str(row.get("note") or "")),
            contact=contact,
            record=shown,
        )

    def _whom_to_call(
        self, app: str, record: Row, partners: Mapping[int, FoundContact]
    ) -> FoundContact | None:
        """The contact of a record; numbers of the record itself come first."""
        if app == "contacts":
            return partners.get(record["id"])
        partner = partners.get(_id(record.get("partner_id")) or 0)
        own = self._numbers(record)
        if partner is not None:
            numbers = {number.e164: number for number in (*own, *partner.numbers)}
            return FoundContact(
                self._id,
                partner.id,
                partner.name,
                partner.company,
                partner.email,
                tuple(numbers.values()),
                partner.url,
            )
        name = _first(record, "contact_name", "partner_name", "name")
        company = _first(record, "partner_name") if record.get("contact_name") else ""
        email = _first(record, "email_from", "partner_email")
        return FoundContact(self._id, "", name, company, email, own)

    def _contact(self, row: Row) -> FoundContact:
        company = _first(row, "commercial_company_name", "company_name") or _name(row.get("parent_id"))
        name = _first(row, "name")
        return FoundContact(
            self._id,
            str(row["id"]),
            name,
            "" if company == name else company,
            _first(row, "email"),
            self._numbers(row),
            self._link("contacts", row["id"]),
        )

    def _record(self, app: str, row: Row) -> FoundRecord:
        stage = _name(row.get("stage_id"))
        return FoundRecord(
            self._id, app, str(row["id"]), _first(row, "name"), stage, self._link(app, row["id"])
        )

    def _link(self, app: str, record: int) -> str:
        """The address that every version shows a record at, and that asks who is not signed in to do so."""
        return f"{self._url}/mail/view?model={MODELS[app]}&res_id={record}"

    def _numbers(self, row: Row) -> tuple[ContactNumber, ...]:
        """The numbers of a row in E.164, whatever they were written like (F-03)."""
        found: dict[str, ContactNumber] = {}
        sanitized = str(row.get("phone_sanitized") or "")
        for field, label in _NUMBERS:
            text = str(row.get(field) or "")
            if not text:
                continue
            if sanitized.startswith("+") and _digits(sanitized).endswith(_digits(text).lstrip("0")):
                e164: str | None = sanitized
            else:
                e164 = next(iter(readings(text, self._people.country())), None)
            if e164 is not None:
                found.setdefault(e164, ContactNumber(label, e164))
        return tuple(found.values())


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Within 10 s, and with answers that make sense."""
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except TimeoutError:
        text = "Odoo takes too long to answer."
        raise OdooFault(FaultKind.UNREACHABLE, "odoo-time", text, uncertain=True) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        log.warning("an answer of Odoo is not understood: %r", error)
        raise nonsense() from error


def _planned_calls(account: Account) -> Domain:
    return [
        ["user_id", "=", account.uid],
        ["activity_type_id.category", "=", "phonecall"],
        ["res_model", "in", list(_APPS)],
    ]


def _number_domain(fields: Iterable[str], e164: str) -> Domain | None:
    """Who has a number; None: such records have none."""
    exact: list[Domain] = []
    if "phone_sanitized" in fields:
        exact.append([["phone_sanitized", "=", e164]])
    if "phone_mobile_search" in fields:  # written with + or 00, with any separators
        exact.append([["phone_mobile_search", "=", e164]])
    elif written := [name for name in ("phone", "mobile") if name in fields]:
        forms = [e164, "00" + e164[1:]]
        exact += [[[name, "in", forms]] for name in written]
    return _any(exact) if exact else None


def _search_domain(fields: Iterable[str], text: str) -> Domain | None:
    """Contacts that fit what somebody typed; None: nothing does."""
    text = text.strip()[:100]
    digits = _digits(text)
    if digits and re.fullmatch(r"[+0-9\s().\-/]+", text):
        run = digits.removeprefix("00").lstrip("0")
        if len(run) < 3:
            return None
        either: list[Domain] = []
        if "phone_sanitized" in fields:
            either.append([["phone_sanitized", "ilike", run]])
        if "phone_mobile_search" in fields:
            either.append([["phone_mobile_search", "ilike", run]])
        else:
            either += [[[name, "ilike", text]] for name in ("phone", "mobile") if name in fields]
        return _any(either) if either else None
    searched = [name for name in ("name", "email", "parent_id.name", "company_name") if _has(fields, name)]
    words = text.split()[:8]
    if not words:
        return None
    return [part for word in words for part in _any([[[name, "ilike", word]] for name in searched])]


def _has(fields: Iterable[str], name: str) -> bool:
    return name.partition(".")[0] in fields


def _open(app: str, fields: Iterable[str]) -> Domain:
    """Records that are not over."""
    if app == "crm":
        return [["stage_id.is_won", "=", False]]
    if app == "project" and "state" in fields:
        return [["state", "not in", ["1_done", "1_canceled"]]]
    if app == "helpdesk" and "closed" in fields:
        return [["closed", "=", False]]
    return [["stage_id.fold", "=", False]]


def _any(domains: Sequence[Domain]) -> Domain:
    """Records that one of the domains describes, each of one condition or prefixed itself."""
    return [*["|"] * (len(domains) - 1), *(part for domain in domains for part in domain)]


def _place(app: str, record: str) -> tuple[str, int]:
    model = MODELS.get(app)
    if model is None:
        raise _gone(f"Odoo has no {app}.")
    return model, _number(record)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise _gone("That does not exist in Odoo.")
    return int(text)


def _gone(text: str) -> OdooFault:
    return OdooFault(FaultKind.GONE, "odoo-gone", text)


def _of_place(fault: OdooFault) -> bool:
    """Whether a refusal is about the address or the database, not about a model."""
    return fault.cause in (
        "odoo-address",
        "odoo-redirect",
        "odoo-none",
        "odoo-too-old",
        "odoo-database-unknown",
    )


def _message_id(who: UserId, app: str, record: str, call_id: str) -> str:
    """Finds the entry of a call in the chatter again: Odoo keeps it as the message's own id."""
    place = hashlib.sha256(f"{who}\n{app}\n{record}\n{call_id}".encode()).hexdigest()[:40]
    return f"<call.{place}@switchroom>"


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _id(value: Any) -> int | None:
    """Of a many2one as Odoo writes it: [id, name], or False."""
    return int(value[0]) if isinstance(value, list) and value else None


def _name(value: Any) -> str:
    return clean_line(str(value[1]), 200) if isinstance(value, list) and len(value) > 1 else ""


def _first(row: Row, *names: str) -> str:
    """The first of some fields that is not empty."""
    return next((clean_line(str(row[name]), 200) for name in names if row.get(name)), "")

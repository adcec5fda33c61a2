"""An Odoo in memory: `/json/2` from version 19 on, JSON-RPC below. It can fail, hang and lose answers.

What 17.0 and 18.0 do differently was read in their source; each place names the file. 19.0 runs in tests/e2e.
"""

from __future__ import annotations

import asyncio
import html
import inspect
import itertools
import json
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

Row = dict[str, Any]

FIELDS = {
    # odoo/addons/base/models/res_partner.py; the searched ones: addons/sms/models/res_partner.py (comes by
    # itself) and addons/phone_validation/models/mail_thread_phone.py
    "res.partner": "name phone mobile phone_sanitized phone_mobile_search email parent_id company_name "
    "commercial_company_name commercial_partner_id is_company",
    # addons/crm/models/crm_lead.py
    "crm.lead": "name partner_id phone mobile phone_sanitized phone_mobile_search contact_name partner_name "
    "email_from stage_id active",
    # addons/project/models/project_task.py: `state` with 1_done and 1_canceled since 17
    "project.task": "name partner_id partner_phone email_from stage_id state active",
    # OCA helpdesk, helpdesk_mgmt/models/helpdesk_ticket.py
    "helpdesk.ticket": "name partner_id partner_name partner_email stage_id closed active",
    # addons/mail/models/mail_activity.py
    "mail.activity": "res_model res_id res_name summary note date_deadline user_id activity_type_id active "
    "feedback",
    # addons/mail/models/mail_activity_type.py
    "mail.activity.type": "name category res_model keep_done",
    # addons/mail/models/mail_message.py
    "mail.message": "model res_id body message_id author_id",
}
UNTIL_18 = {("res.partner", "mobile"), ("crm.lead", "mobile")}
"""Fields that are gone in 19."""
SINCE_19 = {("project.task", "partner_phone"), ("project.task", "email_from"), ("mail.activity", "feedback")}
"""Fields that came with it."""
PATIENT = 5
"""Wrong keys from an address before it has to wait: odoo/addons/base/models/res_users.py."""


class OdooError(Exception):
    """What Odoo answers as an error: the name of its exception, and the text."""

    def __init__(self, name: str, text: str, status: int = 422) -> None:
        super().__init__(text)
        self.name = name
        self.status = status


@dataclass
class FakeOdoo:
    """Records by model. What it is to do wrong: `down`, `lose` (answers), `hang`, `refuse` (an error)."""

    version: str = "19.0"
    database: str = "prod"
    users: dict[str, tuple[int, str]] = field(
        default_factory=lambda: {"anna@example.com": (7, "key-of-anna")}
    )
    missing: set[str] = field(default_factory=set)
    """Models that are not installed."""
    down: bool = False
    lose: int = 0
    """So many acts are done, and their answers lost."""
    hang: bool = False
    wrong_keys: int = 0
    """Since the last good one."""
    refuse: OdooError | None = None
    says: Any = ...
    """What every method of its models answers instead."""
    answers: list[httpx.Response] = field(default_factory=list)
    """To be given instead of what was asked."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, model, method."""

    def __post_init__(self) -> None:
        self.major = int(self.version.partition(".")[0])
        self.numbers = itertools.count(1)
        self.rows: dict[str, list[Row]] = {model: [] for model in FIELDS}
        self.add("mail.activity.type", name="Call", category="phonecall", res_model=False)
        self.add("mail.activity.type", name="To do", category="default", res_model=False)

    # --- for tests ----------------------------------------------------------------------------------------

    def add(self, of: str, /, **values: Any) -> int:
        """A record of a model; its id."""
        row: Row = {"id": next(self.numbers), "active": True, **values}
        self.rows[of].append(row)
        return int(row["id"])

    def call(self, model: str, record: int, day: str, **values: Any) -> int:
        """A planned call of Anna's."""
        name = next(row["name"] for row in self.rows[model] if row["id"] == record)
        row = {"user_id": 7, "activity_type_id": 1, "summary": "", "note": "", "feedback": False, **values}
        return self.add(
            "mail.activity", res_model=model, res_id=record, res_name=name, date_deadline=day, **row
        )

    def one(self, model: str, record: int) -> Row:
        """A record."""
        return next(row for row in self.rows[model] if row["id"] == record)

    def transport(self) -> httpx.MockTransport:
        """To give to `Outward`."""
        return httpx.MockTransport(self._answer)

    @asynccontextmanager
    async def served(self, certificate: ssl.SSLContext) -> AsyncIterator[int]:
        """By HTTPS on this machine, until the block ends: the port."""

        async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?im)^content-length: *(\d+)", head)
            content = await reader.readexactly(int(length[1]) if length else 0)
            first, *lines = head.split("\r\n")[:-2]
            headers = [line.split(": ", 1) for line in lines]
            method, path, _ = first.split(" ")
            request = httpx.Request(method, f"https://fake{path}", headers=dict(headers), content=content)
            answer = await self._answer(request)
            said = f"HTTP/1.1 {answer.status_code} x\r\nContent-Length: {len(answer.content)}\r\n"
            writer.write(f"{said}Connection: close\r\n\r\n".encode() + answer.content)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(attend, "127.0.0.1", 0, ssl=certificate)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    def did(self, method: str) -> int:
        """How often a method was called."""
        return sum(asked[2] == method for asked in self.asked)

    # --- HTTP ---------------------------------------------------------------------------------------------

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused") from ConnectionRefusedError()
        if self.hang:
            await asyncio.Event().wait()
        if self.answers:
            return self.answers.pop(0)
        path = request.url.path
        # 17 and 18 have /web/webclient/version_info: addons/web/controllers/webclient.py.
        if path == "/web/version" and self.major >= 19:
            return httpx.Response(200, json={"version": self.version})
        if path == "/jsonrpc":
            return self._json_rpc(json.loads(request.content)["params"])
        if path.startswith("/json/2/") and self.major >= 19:
            return self._json_2(request, *path.split("/")[3:5])
        return httpx.Response(404, text="<h1>Not Found</h1>")

    def _json_2(self, request: httpx.Request, model: str, method: str) -> httpx.Response:
        if request.headers.get("x-odoo-database", self.database) != self.database:
            return httpx.Response(404, text="<p>No database is selected</p>")
        key = request.headers["authorization"].partition(" ")[2]
        uid = next((uid for uid, known in self.users.values() if known == key), None)
        if uid is None:
            error = {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}
            return httpx.Response(401, json=error)
        body = json.loads(request.content)
        ids, context = body.pop("ids", None), body.pop("context", {})
        try:
            return httpx.Response(200, json=self._do(uid, model, method, ids, context, body))
        except OdooError as error:
            return httpx.Response(error.status, json={"name": error.name, "message": str(error)})

    def _json_rpc(self, call: Row) -> httpx.Response:
        try:
            return httpx.Response(200, json={"jsonrpc": "2.0", "result": self._service(call)})
        except OdooError as error:
            data = {"name": error.name, "message": str(error)}
            found = {"code": 200, "message": "Odoo Server Error", "data": data}
            return httpx.Response(200, json={"jsonrpc": "2.0", "error": found})

    def _service(self, call: Row) -> Any:
        """odoo/service/common.py, db.py and model.py, behind odoo/addons/base/controllers/rpc.py."""
        arguments = call["args"]
        if call["method"] == "version":
            return {"server_version": self.version}
        if (call["service"], call["method"]) == (
            "db",
            "db_exist",
        ):  # one of those without the master password
            return arguments == [self.database]
        if arguments[0] != self.database:
            raise OdooError("psycopg2.OperationalError", f'database "{arguments[0]}" does not exist')
        if call["method"] == "authenticate":
            uid, key = self.users.get(arguments[1], (0, None))
            try:
                self._let_in(key == arguments[2])
            except OdooError:
                return False
            return uid
        _, uid, key, model, method, places, values = arguments
        self._let_in((uid, key) in self.users.values())
        context = values.pop("context", {})
        ids, *given = places or [None]
        return self._do(uid, model, method, ids, context, values, given)

    def _let_in(self, good: bool) -> None:
        """odoo/addons/base/models/res_users.py, `_assert_can_auth`."""
        if self.wrong_keys >= PATIENT:
            text = "Too many login failures, please wait a bit before trying again."
            raise OdooError("odoo.exceptions.AccessDenied", text)
        self.wrong_keys = 0 if good else self.wrong_keys + 1
        if not good:
            raise OdooError("odoo.exceptions.AccessDenied", "Access Denied")

    # --- the models ---------------------------------------------------------------------------------------

    def _do(
        self,
        uid: int,
        model: str,
        method: str,
        ids: Any,
        context: Row,
        values: Row,
        given: Sequence[Any] = (),
    ) -> Any:
        self.asked.append(("", model, method))
        if model == "res.users":
            login = next(login for login, (known, _) in self.users.items() if known == uid)
            return {"uid": uid} if method == "context_get" else [{"id": uid, "login": login}]
        if model in self.missing or model not in self.rows:
            missing = OdooError("werkzeug.exceptions.NotFound", f"the model {model!r} does not exist", 404)
            raise (
                missing
                if self.major >= 19
                else OdooError("odoo.exceptions.UserError", f"Object {model} doesn't exist")
            )
        if self.refuse is not None:
            raise self.refuse
        if self.says is not ... and method != "fields_get":
            return self.says
        doing = getattr(self, f"_{method}")
        try:
            inspect.signature(doing).bind(uid, model, ids, context, *given, **values)
        except TypeError as error:
            raise OdooError("builtins.TypeError", f"{model}.{method}() {error}", 500) from None
        found = doing(uid, model, ids, context, *given, **values)
        if self.lose and method not in ("search_read", "fields_get", "search_count"):
            self.lose -= 1
            raise httpx.ReadError("the connection broke")
        return found

    def _fields_get(self, uid: int, model: str, ids: Any, context: Row, attributes: list[str]) -> Row:
        other = UNTIL_18 if self.major >= 19 else SINCE_19
        return {name: {"type": "char"} for name in FIELDS[model].split() if (model, name) not in other}

    def _search_read(
        self, uid: int, model: str, ids: Any, context: Row, domain: list[Any], fields: list[str], limit: int
    ) -> list[Row]:
        known = {"id", *self._fields_get(uid, model, None, {}, [])}
        if unknown := set(fields) - known:
            raise OdooError("builtins.ValueError", f"Invalid field {unknown}", 500)
        hidden = context.get("active_test") is False
        rows = [row for row in self.rows[model] if (hidden or row["active"]) and self._fits(row, domain)]
        return [{name: row.get(name, False) for name in ("id", *fields)} for row in rows[:limit]]

    def _search_count(self, uid: int, model: str, ids: Any, context: Row, domain: list[Any]) -> int:
        return len(self._search_read(uid, model, ids, context, domain, [], 1000))

    def _action_feedback(self, uid: int, model: str, ids: list[int], context: Row, feedback: str) -> int:
        for record in ids:
            activity = self.one(model, record)
            # Up to 18 it is deleted, but for a type that is kept; what was said stands in the message only.
            if self.major >= 19:
                activity |= {"active": False, "feedback": feedback}
            elif self.one("mail.activity.type", activity["activity_type_id"]).get("keep_done"):
                activity["active"] = False
            else:
                self.rows[model].remove(activity)
            place = (activity["res_model"], [activity["res_id"]])
            self._message_post(uid, *place, {}, body=feedback, body_is_html=True)
        return 1

    def _write(self, uid: int, model: str, ids: list[int], context: Row, *given: Row, **named: Row) -> bool:
        # addons/mail/models/mail_activity.py: `write(self, values)` up to 18, `vals` elsewhere and since.
        name = "values" if model == "mail.activity" and self.major < 19 else "vals"
        if not given and set(named) != {name}:
            raise OdooError("builtins.TypeError", f"write() got an unexpected keyword {set(named)}", 500)
        for record in ids:
            self.one(model, record).update(*given, *named.values())
        return True

    def _unlink(self, uid: int, model: str, ids: list[int], context: Row) -> bool:
        self.rows[model] = [row for row in self.rows[model] if row["id"] not in ids]
        return True

    def _activity_schedule(self, uid: int, model: str, ids: list[int], context: Row, **values: Any) -> Any:
        made = [self.call(model, record, values.pop("date_deadline"), **values) for record in ids]
        # Records that are answered become text up to 18: odoo/tools/date_utils.py, odoo/tools/json.py.
        return made if self.major >= 19 else f"mail.activity({made[0]},)"

    def _message_post(self, uid: int, model: str, ids: list[int], context: Row, **values: Any) -> Any:
        # addons/mail/models/mail_thread.py: text is escaped if it is not said to be HTML; one record only.
        (record,) = ids
        body = values["body"] if values.get("body_is_html") else html.escape(values["body"])
        kept = {"body": body, "message_id": values.get("message_id", "<of-odoo>"), "author_id": uid}
        made = self.add("mail.message", model=model, res_id=record, **kept)
        return [made] if self.major >= 19 else made

    # --- domains ------------------------------------------------------------------------------------------

    def _fits(self, row: Row, domain: list[Any]) -> bool:
        """Odoo's prefix notation, as far as it is used: conditions, `|` and `&`."""
        rest = list(domain)

        def term() -> bool:
            part = rest.pop(0)
            if part in ("|", "&"):
                first, second = term(), term()
                return first or second if part == "|" else first and second
            return self._holds(row, *part)

        results = []
        while rest:
            results.append(term())
        return all(results)

    def _holds(self, row: Row, name: str, operator: str, wanted: Any) -> bool:
        if name == "activity_type_id.category":
            return bool(self.one("mail.activity.type", row["activity_type_id"])["category"] == wanted)
        if name in ("stage_id.is_won", "stage_id.fold"):
            return bool(row.get("over", False) == wanted)
        if name == "phone_mobile_search":
            return self._has_number(row, operator, wanted)
        value = row.get(name.partition(".")[0], False)
        if isinstance(value, list):
            value = value[1] if "." in name else value[0]
        match operator:
            case "=":
                return bool(value == wanted)
            case "<":
                return bool(value < wanted)
            case "in" | "child_of":
                return bool(value in wanted)
            case "not in":
                return bool(value not in wanted)
            case "ilike":
                return str(wanted).casefold() in str(value or "").casefold()
        raise AssertionError(operator)

    def _has_number(self, row: Row, operator: str, wanted: str) -> bool:
        """As it was measured on Odoo: + and 00 are the same for `=`; `ilike` finds a run of digits."""
        written = [re.sub(r"[^0-9+]", "", str(row.get(name) or "")) for name in ("phone", "mobile")]
        if operator == "ilike":
            return any(wanted in text for text in written)
        return any(text in (wanted, "00" + wanted[1:]) for text in written)

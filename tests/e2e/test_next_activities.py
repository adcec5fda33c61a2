"""Calls meet records, with phones: two people give each other calls, make them, and the chatter shows it."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any
from urllib.error import HTTPError

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.test_calls import phones
from tests.harness.server import Server

pytestmark = pytest.mark.e2e


class Person:
    """Somebody with a page of the phone open: he asks the API, and is told what changed."""

    def __init__(self, server: Server, extension: str, socket: ClientConnection, token: str) -> None:
        self.id = f"user-{extension}"
        self._server, self._socket, self._token = server, socket, token

    @classmethod
    async def come(cls, server: Server, extension: str, stack: AsyncExitStack) -> Person:
        body = {"name": extension, "password": server.passwords[extension]}
        signed = await asyncio.to_thread(server.api, "POST", "/api/login", body, token="")
        url = server.url.replace("http", "ws", 1) + "/api/phone/tabs"
        socket = await stack.enter_async_context(connect(url))
        hello = {"type": "hello", "tab": f"tab-{extension}", "browser": extension, "token": signed["token"]}
        await socket.send(json.dumps(hello))
        return cls(server, extension, socket, signed["token"])

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        return await asyncio.to_thread(self._server.api, method, path, body, token=self._token)

    async def calls(self, record: str) -> list[dict[str, Any]]:
        """What of a record stands in Next activities."""
        calls = (await self.ask("GET", "/api/phone/activities"))["calls"]
        return [call for call in calls if call["record"] and call["record"]["id"] == record]

    async def until_told(self, what: str) -> None:
        """His page is told that something changed, without asking."""
        async with asyncio.timeout(20):
            while json.loads(await self._socket.recv()) != {"type": "changed", "what": what}:
                pass

    async def entries(self, record: str, kind: str) -> list[dict[str, Any]]:
        """What stands in a chatter."""
        entries = (await self.ask("GET", f"/api/records/{record}/entries"))["entries"]
        return [entry for entry in entries if entry["kind"] == kind]

    async def logged(self, record: str) -> dict[str, Any]:
        """The one call that stands in a chatter, as soon as it does."""
        async with asyncio.timeout(20):
            while not (found := await self.entries(record, "call")):
                await self.until_told("records")
        assert len(found) == 1
        return found[0]


async def given(by: Person, to: Person, app: str, title: str) -> str:
    """Somebody plans a call of today for somebody else in a record's chatter (S2-13): the record's id."""
    record = await by.ask("POST", "/api/records", {"app": app, "title": title})
    today = (await to.ask("GET", "/api/phone/activities"))["today"]
    body = {"type": "call", "due": today, "summary": title, "assigned_to": to.id, "record_id": record["id"]}
    await by.ask("POST", "/api/activities", body)
    await to.until_told("activities")
    return str(record["id"])


async def test_s2_09_to_s2_13_c2_10_two_people_give_each_other_calls_make_them_and_the_chatter_shows_it(
    shared_server: Server,
) -> None:
    async with AsyncExitStack() as stack:
        anna = await Person.come(shared_server, "201", stack)
        bruno = await Person.come(shared_server, "202", stack)
        hers, his = await stack.enter_async_context(phones(shared_server, "201", "202"))
        lead = await given(anna, bruno, "crm", "Offer for engines")
        ticket = await given(bruno, anna, "helpdesk", "Engine stands still")

        # Bruno sees his call at once, and that Anna is about to make it; he makes it all the same.
        (due,) = await bruno.calls(lead)
        assert (due["summary"], due["record"]["app"]) == ("Offer for engines", "crm")
        place = f"/api/phone/activities/own/{due['id']}"
        await anna.ask("POST", f"{place}/call", {"number": "202"})
        await bruno.until_told("activities")
        assert (await bruno.calls(lead))[0]["called_by"]["name"] == "Anna Weber"
        with pytest.raises(HTTPError, match="409"):
            await bruno.ask("POST", f"{place}/call", {"number": "201"})
        await bruno.ask("POST", f"{place}/call", {"number": "201", "even_if": True})
        call = await his.call("201")
        rung = await hers.incoming(15)
        await rung.answer()
        await call.answered(15)
        running = await bruno.ask("GET", f"/api/phone/calls/{call.call_id}/note")
        assert running["record"]["id"] == lead and running["ended"] is None
        await call.hang_up()
        entry = await bruno.logged(lead)
        assert (entry["author"], entry["data"]["direction"], entry["data"]["ended"]) == (
            bruno.id,
            "out",
            "answered",
        )
        assert entry["data"]["seconds"] > 0 and entry["data"]["name"] == "Anna Weber"

        # After the call: note, outcome, and Mark done with the next step; until then it stays in the list.
        note = {"record": {"source": "own", "app": "crm", "id": lead}, "note": "Yes.", "outcome": "reached"}
        await bruno.ask("PUT", f"/api/phone/calls/{call.call_id}/note", note)
        entry = await bruno.logged(lead)
        assert (entry["text"], entry["data"]["outcome"]) == ("Yes.", "reached")
        (due,) = await bruno.calls(lead)
        tomorrow = (date.fromisoformat(due["due"]) + timedelta(days=1)).isoformat()
        done = {"feedback": "He buys.", "outcome": "reached", "next": {"due": tomorrow, "summary": "Bill"}}
        await bruno.ask("POST", f"{place}/done", done)
        assert await bruno.calls(lead) == []
        (closed,) = await bruno.entries(lead, "activity")
        assert closed["text"] == "He buys."
        planned = await bruno.ask("GET", f"/api/activities?record={lead}")
        assert [(one["due"], one["summary"], one["assigned_to"]) for one in planned] == [
            (tomorrow, "Bill", bruno.id)
        ]

        # Anna calls for hers, and Bruno declines: that stands there too, and the call is still to be made.
        (due,) = await anna.calls(ticket)
        await anna.ask("POST", f"/api/phone/activities/own/{due['id']}/call", {"number": "202"})
        call = await hers.call("202")
        rung = await his.incoming(15)
        rung.reject(603)
        await call.refused(15)
        entry = await anna.logged(ticket)
        assert (entry["author"], entry["data"]["ended"], entry["data"]["seconds"]) == (
            anna.id,
            "refused",
            None,
        )
        assert [one["id"] for one in await anna.calls(ticket)] == [due["id"]]

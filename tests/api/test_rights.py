"""Which role may use which route (B6): every route of the application is in this table, or it fails.

A line a route: A administrators, C conference managers, U users; `account`: whoever is signed in, even before
the temporary password was changed; `inside`: the same, and programs on this machine; `public`: everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from switchroom.api import NothingLive, create_app
from switchroom.api.rights import Needs, Requirement
from switchroom.store import Kind, Right, Role
from tests.api.conftest import System
from tests.api.people import bearer

TABLE = """
public  GET    /api/welcome
public  POST   /api/login
public  POST   /api/session
public  POST   /api/session/site
A       GET    /api/sites
A       POST   /api/sites
A       PATCH  /api/sites/{site_id}
A       DELETE /api/sites/{site_id}
A       POST   /api/sites/{site_id}/secret
public  POST   /api/session/site
A       GET    /api/webhooks
A       POST   /api/webhooks
A       PATCH  /api/webhooks/{webhook_id}
A       DELETE /api/webhooks/{webhook_id}
A       POST   /api/webhooks/{webhook_id}/secret
A       POST   /api/webhooks/{webhook_id}/test
A       GET    /api/webhooks/{webhook_id}/deliveries
A       POST   /api/webhooks/deliveries/{delivery_id}/send
A       GET    /api/sites
A       POST   /api/sites
A       PATCH  /api/sites/{site_id}
A       DELETE /api/sites/{site_id}
A       POST   /api/sites/{site_id}/secret
public  GET    /api/session/openid/{provider_id}
public  GET    /api/session/openid/{provider_id}/callback
public  GET    /api/health
public  GET    /metrics
inside  GET    /api/docs
inside  GET    /api/docs/{name}
inside  GET    /api/openapi.json
public  GET    /api/provisioning/{key}
public  GET    /provisioning/{key}
public  GET    /provision/{token}
public  GET    /provision/{token}/{name:path}
public  GET    /.well-known/acme-challenge/{token}
public  GET    /{path:page}
account POST   /api/logout
account GET    /api/session
account DELETE /api/session
account PATCH  /api/account
account PUT    /api/account/password
account POST   /api/account/totp
account PUT    /api/account/totp
account DELETE /api/account/totp
account GET    /api/account/sessions
account DELETE /api/account/sessions
account DELETE /api/account/sessions/{session_id}
AC      GET    /api/users
A       POST   /api/users
AC      GET    /api/users/{user_id}
A       PATCH  /api/users/{user_id}
A       DELETE /api/users/{user_id}
A       POST   /api/users/{user_id}/reset-secret
A       GET    /api/users/{user_id}/devices
A       POST   /api/users/{user_id}/devices
A       POST   /api/users/{user_id}/devices/{device_id}/provisioning
A       PUT    /api/users/{user_id}/login
A       DELETE /api/users/{user_id}/login
A       POST   /api/users/{user_id}/login/reset-password
A       DELETE /api/users/{user_id}/login/totp
A       GET    /api/logins
A       GET    /api/devices
A       DELETE /api/devices/{device_id}
AC      GET    /api/conferences
AC      POST   /api/conferences
AC      GET    /api/conferences/{conference_id}
AC      PATCH  /api/conferences/{conference_id}
AC      DELETE /api/conferences/{conference_id}
AC      GET    /api/conference-server
AC      POST   /api/conference-server
AC      PATCH  /api/conference-server
AC      DELETE /api/conference-server
AC      GET    /api/conference-server/conferences
AC      POST   /api/conference-server/conferences
AC      PATCH  /api/conference-server/conferences/{conference_id}
AC      DELETE /api/conference-server/conferences/{conference_id}
AC      GET    /api/extensions
AC      DELETE /api/extensions/{kind}/{entry_id}
A       GET    /api/trunks
A       POST   /api/trunks
A       GET    /api/trunks/{trunk_id}
A       PATCH  /api/trunks/{trunk_id}
A       DELETE /api/trunks/{trunk_id}
A       PUT    /api/trunks/{trunk_id}/secret
A       GET    /api/trunks/state
A       POST   /api/trunks/{trunk_id}/test
AC      GET    /api/numbers
A       POST   /api/numbers
AC      GET    /api/numbers/{number_id}
A       PATCH  /api/numbers/{number_id}
A       DELETE /api/numbers/{number_id}
A       GET    /api/ring-groups
A       POST   /api/ring-groups
A       GET    /api/ring-groups/{ring_group_id}
A       PATCH  /api/ring-groups/{ring_group_id}
A       DELETE /api/ring-groups/{ring_group_id}
A       GET    /api/groups
A       POST   /api/groups
A       GET    /api/groups/{group_id}
A       PATCH  /api/groups/{group_id}
A       DELETE /api/groups/{group_id}
A       GET    /api/mailboxes
A       POST   /api/mailboxes
A       GET    /api/mailboxes/{mailbox_id}
A       PATCH  /api/mailboxes/{mailbox_id}
A       DELETE /api/mailboxes/{mailbox_id}
A       GET    /api/users/{user_id}/forwardings
A       PUT    /api/users/{user_id}/forwardings
ACU     GET    /api/phone/forwardings
ACU     PUT    /api/phone/forwardings
A       GET    /api/connectors
A       PUT    /api/connectors/{connector_id}
A       DELETE /api/connectors/{connector_id}
A       POST   /api/connectors/{connector_id}/test
ACU     GET    /api/phone/connectors
ACU     GET    /api/phone/connectors/{connector_id}/key
ACU     PUT    /api/phone/connectors/{connector_id}/key
ACU     DELETE /api/phone/connectors/{connector_id}/key
ACU     GET    /api/phone/connectors/{connector_id}/acts
ACU     POST   /api/phone/connectors/{connector_id}/acts/{act_id}/retry
ACU     DELETE /api/phone/connectors/{connector_id}/acts/{act_id}
ACU     GET    /api/phone/voicemails
ACU     GET    /api/phone/voicemails/{message_id}
ACU     GET    /api/phone/voicemails/{message_id}/audio
ACU     GET    /api/phone/voicemails/{message_id}/peaks
ACU     PATCH  /api/phone/voicemails/{message_id}
ACU     DELETE /api/phone/voicemails/{message_id}
ACU     GET    /api/phone/mailboxes
ACU     GET    /api/phone/mailbox
ACU     PATCH  /api/phone/mailbox
ACU     PUT    /api/phone/mailbox/pin
ACU     PUT    /api/phone/mailbox/greetings/{kind}
ACU     PUT    /api/phone/mailbox/greetings/{kind}/text
ACU     GET    /api/phone/mailbox/greetings/{kind}/audio
ACU     DELETE /api/phone/mailbox/greetings/{kind}
A       GET    /api/voicemail-counts
ACU     POST   /api/phone/click-to-call
ACU     GET    /api/phone/click-to-call/{call}
ACU     DELETE /api/phone/click-to-call/{call}
A       GET    /api/hold-music
A       PUT    /api/hold-music
A       GET    /api/hold-music/{music_id}/audio
A       DELETE /api/hold-music/{music_id}
A       PUT    /api/mailboxes/{mailbox_id}/pin
A       GET    /api/mailboxes/{mailbox_id}/greetings
A       PUT    /api/mailboxes/{mailbox_id}/greetings/{kind}
A       GET    /api/mailboxes/{mailbox_id}/greetings/{kind}/audio
A       PUT    /api/mailboxes/{mailbox_id}/greetings/{kind}/text
A       DELETE /api/mailboxes/{mailbox_id}/greetings/{kind}
ACU     GET    /api/conferences/{conference_id}/links
ACU     POST   /api/conferences/{conference_id}/links
ACU     DELETE /api/conferences/{conference_id}/links/{link_id}
ACU     GET    /api/conferences/{conference_id}/appointments
ACU     POST   /api/conferences/{conference_id}/appointments
ACU     PATCH  /api/conferences/{conference_id}/appointments/{appointment_id}
ACU     DELETE /api/conferences/{conference_id}/appointments/{appointment_id}
A       GET    /api/mail
A       PUT    /api/mail
A       POST   /api/mail/test
AC      GET    /api/mail/outbox
AC      POST   /api/mail/outbox/{mail_id}/retry
public  GET    /api/join/{token}
public  POST   /api/join/{token}
public  PUT    /api/visit
public  DELETE /api/visit
AC      GET    /api/configuration
AC      POST   /api/configuration/apply
AC      POST   /api/configuration/discard
AC      GET    /api/configuration/revisions
AC      GET    /api/configuration/revisions/{number}/difference
A       POST   /api/configuration/revisions/{number}/roll-back
AC      GET    /api/settings
A       PATCH  /api/settings
A       GET    /api/registrations
A       GET    /api/calls
A       DELETE /api/calls/{call_id}
AC      GET    /api/rooms
AC      GET    /api/rooms/{conference_id}
AC      DELETE /api/rooms/{conference_id}/participants/{participant_id}
ACU     POST   /api/rooms/{conference_id}/participants/{participant_id}/{act}
ACU     POST   /api/rooms/{conference_id}/{act}
ACU     POST   /api/rooms/{conference_id}/invitations
ACU     GET    /api/rooms/{conference_id}/invitations
ACU     DELETE /api/rooms/{conference_id}/invitations/{invitation_id}
A       GET    /api/problems
A       POST   /api/problems/allow
A       POST   /api/problems/allow-call
ACU     GET    /api/call-records
ACU     GET    /api/call-records.csv
ACU     GET    /api/call-records/{record_id}
ACU     GET    /api/meetings
ACU     GET    /api/meetings/{meeting_id}
ACU     GET    /api/meetings/{meeting_id}/minutes.csv
ACU     GET    /api/recordings
ACU     GET    /api/recordings/{recording_id}
ACU     GET    /api/recordings/{recording_id}/audio
ACU     GET    /api/recordings/{recording_id}/peaks
A       DELETE /api/recordings/{recording_id}
A       GET    /api/audit
A       GET    /api/audit.csv
A       GET    /api/system
ACU     GET    /api/system/authority.pem
ACU     GET    /api/phone
ACU     POST   /api/phone/credentials
ACU     GET    /api/phone/people
ACU     GET    /api/phone/people/elsewhere
ACU     GET    /api/phone/recent
ACU     POST   /api/phone/number
ACU     GET    /api/phone/activities
ACU     POST   /api/phone/activities
ACU     POST   /api/phone/activities/{source}/{activity}/call
ACU     POST   /api/phone/activities/{source}/{activity}/done
ACU     PATCH  /api/phone/activities/{source}/{activity}
ACU     DELETE /api/phone/activities/{source}/{activity}
ACU     GET    /api/phone/match
ACU     GET    /api/phone/calls/{call}/note
ACU     PUT    /api/phone/calls/{call}/note
ACU     POST   /api/phone/records
ACU     POST   /api/phone/calls/merge
ACU     POST   /api/phone/calls/{room}/split
ACU     DELETE /api/phone/calls/{room}
ACU     POST   /api/phone/calls/{call}/transfer
ACU     POST   /api/phone/calls/{call}/transfer/complete
ACU     GET    /api/records
ACU     POST   /api/records
ACU     GET    /api/records/board
ACU     GET    /api/records/people
ACU     GET    /api/records/stages
A       POST   /api/records/stages
A       PATCH  /api/records/stages/{stage_id}
A       DELETE /api/records/stages/{stage_id}
ACU     GET    /api/records/{record_id}
ACU     PATCH  /api/records/{record_id}
ACU     DELETE /api/records/{record_id}
ACU     POST   /api/records/{record_id}/move
ACU     POST   /api/records/{record_id}/call
ACU     DELETE /api/records/{record_id}/call
ACU     GET    /api/records/{record_id}/entries
ACU     POST   /api/records/{record_id}/messages
ACU     GET    /api/activities
ACU     POST   /api/activities
ACU     GET    /api/activities/{activity_id}
ACU     PATCH  /api/activities/{activity_id}
ACU     DELETE /api/activities/{activity_id}
ACU     POST   /api/activities/{activity_id}/done
ACU     GET    /api/contacts
ACU     POST   /api/contacts
ACU     GET    /api/contacts/duplicates
ACU     GET    /api/contacts/export
ACU     POST   /api/contacts/import
ACU     POST   /api/contacts/merge
ACU     GET    /api/contacts/{contact_id}
ACU     PATCH  /api/contacts/{contact_id}
ACU     DELETE /api/contacts/{contact_id}
"""
LETTERS = {"A": Role.ADMINISTRATOR, "C": Role.CONFERENCE_MANAGER, "U": Role.USER}


def table() -> dict[tuple[str, str], str]:
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return {(method, path): who for who, method, path in lines}


def routes_of(container: Any) -> Iterator[Any]:
    """Every route with its full path, those of included routers too."""
    for route in container.routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes_of(included)
        else:
            yield route


def api_routes(app: FastAPI) -> Iterator[tuple[str, str, Any]]:
    """(method, path, route) of all that answers HTTP; HEAD beside GET is not told apart."""
    for route in routes_of(app):
        methods: set[str] = set(getattr(route, "methods", None) or ())
        for method in sorted(methods - ({"HEAD"} if "GET" in methods else set())):
            yield method, route.path, route


def requirements(route: APIRoute) -> list[Requirement]:
    """All that a route's dependencies ask for."""
    found: list[Requirement] = []
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        if isinstance(dependant.call, Requirement):
            found.append(dependant.call)
        waiting += dependant.dependencies
    return found


def test_b6_02_every_route_names_its_right_or_is_open_on_purpose() -> None:
    expected = table()
    checked = 0
    for method, path, route in api_routes(create_app(None, NothingLive(), version="")):
        who = expected.get((method, path))
        assert who is not None, f"{method} {path} is not in the table: who may use it?"
        if who in ("public", "inside"):
            continue
        asked = requirements(route)
        assert asked, f"{method} {path} asks for no right"
        if who == "account":
            assert all(not requirement.rights for requirement in asked), path
        else:
            assert any(requirement.rights for requirement in asked), path
        checked += 1
    assert checked > 40


def test_a_requirement_without_a_right_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        Needs()


def concrete(path: str) -> str:
    """A path of things that are not there."""
    path = path.replace("{act}", "lock" if "participant" not in path else "mute")
    return re.sub(r"\{[^}]*\}", lambda found: "9" if found[0] == "{number}" else "none", path)


async def header_of(system: System, letter: str) -> dict[str, str]:
    """A new session of a role: the users' one of a person with a phone."""
    if letter == "-":
        return {}
    if letter != "U":
        return await bearer(system, LETTERS[letter])
    login = await system.store.logins.of_user("user-203")
    assert login is not None
    token, _ = await system.store.logins.sessions.issue(login, Kind.SESSION)
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("letter", ["A", "C", "U", "-"])
async def test_b6_03_each_role_on_each_route(system: System, letter: str) -> None:
    expected, checked = table(), 0
    for method, path, _ in api_routes(system.app):
        who = expected[method, path]
        if who == "public":
            continue
        async with system.stranger() as client:
            answer = await client.request(method, concrete(path), headers=await header_of(system, letter))
        refused = answer.status_code in (401, 403)
        error_id = answer.json()["error_id"] if refused else None
        if letter == "-":
            assert (answer.status_code, error_id) == (401, "not-signed-in"), (method, path)
        elif who in ("account", "inside") or letter in who:
            assert error_id is None or (letter != "U" and path.startswith(OWN)), (method, path, error_id)
            assert answer.status_code < 500, (method, path, answer.text)
        else:
            assert (answer.status_code, error_id) == (403, "not-allowed"), (method, path)
        checked += 1
    assert checked > 40


OWN = ("/api/call-records", "/api/phone")
"""What belongs to a user: a login without one may have the right and nothing to use it on."""


@pytest.mark.parametrize(
    ("extra", "method", "path"),
    [
        (Right.AUDIT, "GET", "/api/configuration/revisions"),
        (Right.USERS, "GET", "/api/logins"),
        (Right.TRUNKS, "GET", "/api/trunks"),
        (Right.NUMBERS, "GET", "/api/numbers"),
        (Right.LIVE, "GET", "/api/calls"),
        (Right.SETTINGS, "PATCH", "/api/settings"),
        (Right.SYSTEM, "GET", "/api/problems"),
        (Right.CALL_LOG, "GET", "/api/call-records"),
    ],
)
async def test_b6_02_a_right_given_besides_opens_its_routes_only(
    system: System, extra: Right, method: str, path: str
) -> None:
    async with system.stranger() as client:
        granted = await bearer(system, Role.USER, [extra])
        assert (await client.request(method, path, headers=granted, json={})).status_code == 200
        assert (await client.get("/api/devices", headers=granted)).status_code == (
            200 if extra is Right.USERS else 403
        )
        assert (
            await client.request(method, path, headers=await bearer(system, Role.USER), json={})
        ).status_code == 403


async def test_rolling_back_needs_every_right_that_it_touches(system: System) -> None:
    path = "/api/configuration/revisions/1/roll-back"
    async with system.stranger() as client:
        most = [Right.APPLY, Right.USERS, Right.CONFERENCES]
        assert (await client.post(path, headers=await bearer(system, Role.USER, most))).status_code == 403
        most += [Right.SETTINGS, Right.NUMBERS]
        assert (await client.post(path, headers=await bearer(system, Role.USER, most))).status_code == 403
        every = [*most, Right.TRUNKS]
        assert (await client.post(path, headers=await bearer(system, Role.USER, every))).status_code == 200


async def test_a_conference_manager_sees_people_but_not_what_they_may_do(system: System) -> None:
    async with system.stranger() as client:
        headers = await bearer(system, Role.CONFERENCE_MANAGER)
        seen = (await client.get("/api/users", headers=headers)).json()
        assert [user["extension"] for user in seen][:2] == ["201", "202"]
        assert {(user["login"], user["role"]) for user in seen} == {(None, None)}
        one = (await client.get("/api/users/user-201", headers=headers)).json()
        assert (one["login"], one["role"]) == (None, None)
    known = (await system.client.get("/api/users")).json()
    assert {(user["login"], user["role"]) for user in known} >= {
        ("201", "user"),
        ("206", "conference_manager"),
    }

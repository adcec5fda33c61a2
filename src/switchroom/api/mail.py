"""How mail leaves: settings, a test, and what became of each message. They stand in no revision."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request

from switchroom.api.context import Here, Id, plain
from switchroom.api.errors import ApiError, responses
from switchroom.api.join import join_desk, site
from switchroom.api.mail_schemas import (
    MailInput,
    MailView,
    OutboxMailView,
    OutboxPage,
    TestMailInput,
    TestMailView,
)
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.sign_in import refuse_for
from switchroom.outbox import BadAddress, DeliveryFailed, deliver, read_address, trial_mail
from switchroom.store.mail import Mail, MailServer, MailState, Security

router = APIRouter(prefix="/api/mail", tags=["mail"])

Editor = Annotated[Session, Needs(Right.SETTINGS)]
Reader = Annotated[Session, Needs(Right.SETTINGS, Right.CONFERENCES)]
TEST_SECONDS: Final = 60.0
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def _view(server: MailServer, request: Request) -> MailView:
    return MailView(
        host=server.host,
        port=server.port,
        security=server.security.value,
        username=server.username,
        has_password=bool(server.password),
        sender=server.sender,
        public_url=server.public_url,
        default_url=site(request).url,
    )


@router.get("", responses=responses())
async def get_mail(request: Request, here: Here, who: Editor) -> MailView:
    """How mail leaves. The password is not told."""
    return _view(await here.store.mail.server(), request)


@router.put("", responses=responses())
async def set_mail(body: MailInput, request: Request, here: Here, who: Editor) -> MailView:
    """Change it, at once. 422 `password-needed`: the kept password goes to no other server than before."""
    before = await here.store.mail.server()
    sender = _address(body.sender, "sender") if body.sender.strip() else ""
    host = body.host.strip()
    if host:
        _check_host(host)
        if not sender:
            raise ApiError(422, "sender-missing", "Say which address mail comes from.", "sender")
    wanted = MailServer(
        host=host,
        port=body.port,
        security=Security(body.security),
        username=body.username.strip(),
        password=before.password if body.password is None else body.password,
        sender=sender,
        public_url=_public_url(body.public_url),
    )
    if body.password is None and before.password and host and _elsewhere(before, wanted):
        text = "Enter the password again: it would be sent to another server, or less protected."
        raise ApiError(422, "password-needed", text, "password")
    if not host or not wanted.username:
        wanted = replace(wanted, password="")
    saved = await here.store.mail.set_server(wanted)
    await here.store.audit.note(who.login.name, "mail changed", saved.host or "off", saved.sender)
    return _view(saved, request)


def _elsewhere(before: MailServer, after: MailServer) -> bool:
    """Whether a kept password would go somewhere it was not meant for."""
    place = (after.host, after.port, after.username) != (before.host, before.port, before.username)
    return place or (after.security is not before.security and after.security is Security.NONE)


def _address(text: str, field: str) -> str:
    try:
        return read_address(text)
    except BadAddress as error:
        raise ApiError(422, "bad-address", str(error), field) from None


def _check_host(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not all(_LABEL.fullmatch(label) for label in host.rstrip(".").split(".")):
            text = "This is neither the name of a machine nor an address."
            raise ApiError(422, "bad-host", text, "host") from None


def _public_url(text: str) -> str:
    """Scheme, host and port, nothing else."""
    text = text.strip().rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]_-]+", text):
        text = "Give an address such as https://phone.example.com, without a path."
        raise ApiError(422, "bad-url", text, "public_url")
    return text


@router.post("/test", responses=responses(409, 429))
async def send_test(body: TestMailInput, request: Request, here: Here, who: Editor) -> TestMailView:
    """Send a message now. 422: what the mail server does not want, in a sentence, and the field to change."""
    refuse_for(join_desk(request).test_mails.take(who.login.id, here.clock()))
    recipient = _address(body.to, "to")
    server = await here.store.mail.server()
    if not server.ready:
        raise mail_not_set()
    settings = here.store.configuration.applied.settings
    language = who.login.language or settings.language
    content = trial_mail(server, settings.name, recipient, language, here.clock())
    try:
        async with asyncio.timeout(TEST_SECONDS):
            await deliver(server, recipient, content, patience=TEST_SECONDS / 3)
    except DeliveryFailed as failure:
        raise ApiError(422, failure.error_id, str(failure), failure.field) from None
    except TimeoutError:
        text = f"{server.host} takes too long to answer."
        raise ApiError(422, "mail-no-answer", text, "host") from None
    await here.store.audit.note(who.login.name, "test mail sent", recipient)
    return TestMailView(to=recipient)


def mail_not_set() -> ApiError:
    """409."""
    text = "No mail server is set yet. An administrator can do that under System."
    return ApiError(409, "mail-not-set", text)


def _mail_view(mail: Mail) -> OutboxMailView:
    values = plain(mail)
    del values["reference"]
    return OutboxMailView(**values)


@router.get("/outbox", responses=responses())
async def list_outbox(
    here: Here,
    who: Reader,
    state: Annotated[MailState | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> OutboxPage:
    """What waits, was sent, or failed in the last 30 days."""
    try:
        found, following = await here.store.mail.page(state, limit, after)
    except ValueError:
        raise ApiError(422, "invalid", "No page begins there.", "after") from None
    return OutboxPage(mails=[_mail_view(mail) for mail in found], next=following)


@router.post("/outbox/{mail_id}/retry", responses=responses(404))
async def retry(mail_id: Id, here: Here, who: Reader) -> OutboxMailView:
    """Try a message that failed or waits once more, now."""
    mail = await here.store.mail.retry(mail_id)
    await here.store.audit.note(who.login.name, "mail tried again", mail.recipient, mail.subject)
    return _mail_view(mail)

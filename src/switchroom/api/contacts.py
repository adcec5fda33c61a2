"""The address book: contacts, their numbers as E.164, files in and out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from switchroom.api.contact_schemas import (
    ContactInput,
    ContactPage,
    ContactPatch,
    ContactView,
    DuplicatesView,
    ImportView,
    MergeInput,
    NumberInput,
)
from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import ApiError, ProblemView, responses
from switchroom.api.limits import read_body
from switchroom.api.phone_desk import contact_name
from switchroom.api.phone_people import number_views, search_of
from switchroom.api.rights import Needs
from switchroom.api.versions import Overtaken, Seen, changed_meanwhile, version_of
from switchroom.crm import Card, Contact, WrittenNumber, make_card
from switchroom.crm.entries import UnreadableFile
from switchroom.crm.reading import FileKind
from switchroom.directory import Problem
from switchroom.store import ExportFormat, Right, Session, export_chunks, import_contacts
from switchroom.store.duplicates import TooManyNumbers, find_duplicates, merge_contacts

router = APIRouter(prefix="/api/contacts", tags=["contacts"])

IMPORT_BYTES = 10 * 1024 * 1024
IMPORT_SECONDS = 60.0
MOST_IMPORTS = 2
"""At a time; one works, the other waits."""

Who = Annotated[Session, Needs(Right.CONTACTS)]
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "text/vcard")},
    }
}
_MEDIA_TYPES = {
    ExportFormat.CSV: ("text/csv", "csv"),
    ExportFormat.VCARD: ("text/vcard", "vcf"),
    ExportFormat.VCARD4: ("text/vcard", "vcf"),
}


@router.get("", response_model=ContactPage, responses=responses())
async def list_contacts(
    here: Here,
    who: Who,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=1200)] = None,
) -> Response:
    """Contacts by name; `q`: words of them, or a number in any form."""
    search = search_of(q, here.store.configuration.applied)
    try:
        found, following = await here.store.contacts.page(search, limit, after)
    except ValueError:
        text = "No page begins there: use the `next` of the page before."
        raise ApiError(422, "page-unknown", text, "after") from None
    content = msgspec.json.encode({"contacts": [_view(contact) for contact in found], "next": following})
    return Response(content, media_type="application/json")


@router.post("", response_model=ContactView, status_code=201, responses=responses(409))
async def add_contact(body: ContactInput, here: Here, who: Who) -> Response:
    """A new contact. 409 `duplicate`: somebody has one of the numbers; `even_if_known` adds it still."""
    card = _card(here, body.name, body.company, body.email, body.note, body.numbers)
    if not body.even_if_known:
        await _refuse_known(here, card, None)
    contact = await here.store.contacts.add(card)
    await here.store.audit.note(who.login.name, "contact added", contact_name(contact), contact.id)
    return _answer(contact, 201)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        **responses(),
        200: {"content": {"text/csv": {}, "text/vcard": {}}, "description": "The whole address book."},
    },
)
async def export_contacts(
    here: Here, who: Who, format: Annotated[ExportFormat, Query()] = ExportFormat.CSV
) -> StreamingResponse:
    """The whole address book. In CSV, cells that a spreadsheet would compute are made text."""
    await here.store.audit.note(who.login.name, "contacts exported", format.value)
    kind, ending = _MEDIA_TYPES[format]
    chunks: AsyncIterator[str] = export_chunks(here.store.contacts, format)
    headers = {"Content-Disposition": f'attachment; filename="contacts.{ending}"'}
    return StreamingResponse(chunks, media_type=f"{kind}; charset=utf-8", headers=headers)


@router.get("/duplicates", responses=responses(429))
async def list_duplicates(here: Here, who: Who) -> DuplicatesView:
    """Contacts that may be one and the same: by number, address or name."""
    _refuse_busy(here)
    found, total = await find_duplicates(here.store.contacts)
    groups = [
        {"why": one.why.value, "contacts": [_view(contact) for contact in one.contacts]} for one in found
    ]
    return DuplicatesView.model_validate({"groups": groups, "total": total})


@router.post("/merge", response_model=ContactView, responses=responses(404, 409))
async def merge(body: MergeInput, here: Here, who: Who) -> Response:
    """Make one contact of several: all numbers, and what else the others say stands in the note.

    Records and activities of the others belong to the kept one. 409 `too-many-numbers`.
    """
    if body.keep in body.others:
        raise ApiError(422, "same-contact", "A contact can not be merged with itself.", "others")
    book = here.store.contacts
    gone = await book.some(body.others)
    try:
        contact = await merge_contacts(book, body.keep, body.others, here.clock())
    except TooManyNumbers as error:
        raise ApiError(409, "too-many-numbers", str(error), "others") from None
    names = ", ".join(contact_name(one) for one in gone.values())
    await here.store.audit.note(who.login.name, "contacts merged", contact_name(contact), names)
    return _answer(contact)


def _refuse_busy(here: Context) -> None:
    """Raises 429 while others have the process of imports."""
    if here.store.contacts.imports.waiting >= MOST_IMPORTS:
        text = "Another import is running: try again in a minute."
        raise ApiError(429, "busy", text, headers={"Retry-After": "60"})


@router.post("/import", responses=responses(408, 429), openapi_extra=_FILE)
async def import_file(
    request: Request, here: Here, who: Who, preview: Annotated[bool, Query()] = False
) -> ImportView:
    """Take over a CSV or vCard file of 10 MiB at most; known contacts get what is new of them.

    CSV: any usual delimiter and encoding; the first line names the columns, in English, French or Italian.
    With `preview` nothing is taken over: the answer says what would become of each entry.
    """
    _refuse_busy(here)
    try:
        data = await read_body(request, IMPORT_BYTES, IMPORT_SECONDS)
    except TimeoutError:
        raise ApiError(408, "too-slow", "The file took too long to come.") from None
    if data is None:
        raise ApiError(413, "too-large", "A file has at most 10 MiB: split it.")
    kind = FileKind.VCARD if "vcard" in request.headers.get("content-type", "").lower() else FileKind.CSV
    country = here.store.configuration.applied.settings.country
    try:
        done = await import_contacts(here.store.contacts, data, kind, country, preview=preview)
    except UnreadableFile as error:
        raise ApiError(422, "file-unreadable", str(error), "file") from None
    if not preview:
        detail = f"{done.added} added, {done.changed} changed, {len(done.skipped)} skipped"
        await here.store.audit.note(who.login.name, "contacts imported", kind.value, detail)
    return ImportView.model_validate(asdict(done))


@router.get("/{contact_id}", response_model=ContactView, responses=responses(404))
async def get_contact(contact_id: Id, here: Here, who: Who) -> Response:
    """One contact."""
    return _answer(await here.store.contacts.get(contact_id))


@router.patch("/{contact_id}", response_model=ContactView, responses=responses(404, 409))
async def change_contact(contact_id: Id, body: ContactPatch, here: Here, who: Who, seen: Seen) -> Response:
    """Change a contact: the fields that are named. 409 `changed-meanwhile`: see `If-Match`."""
    named = body.model_fields_set
    before = await here.store.contacts.get(contact_id)
    if seen not in (None, version_of(before.changed_at)):
        raise changed_meanwhile(_view(before))
    old = before.card
    card = _card(
        here,
        body.name if "name" in named else old.name,
        body.company if "company" in named else old.company,
        body.email if "email" in named else old.email,
        body.note if "note" in named else old.note,
        body.numbers,
    )
    if "numbers" not in named:
        card = replace(card, numbers=old.numbers)
    elif not body.even_if_known:
        await _refuse_known(here, card, before)

    def change(now: Card) -> Card:
        if now != old:
            raise Overtaken
        return card

    try:
        contact = await here.store.contacts.change(contact_id, change)
    except Overtaken:
        raise changed_meanwhile(_view(await here.store.contacts.get(contact_id))) from None
    await here.store.audit.note(who.login.name, "contact changed", contact_name(contact), contact.id)
    return _answer(contact)


@router.delete("/{contact_id}", status_code=204, responses=responses(404))
async def remove_contact(contact_id: Id, here: Here, who: Who) -> Response:
    """Take a contact out of the address book."""
    contact = await here.store.contacts.remove(contact_id)
    await here.store.audit.note(who.login.name, "contact removed", contact_name(contact), contact.id)
    return Response(status_code=204)


def _card(here: Context, name: str, company: str, email: str, note: str, numbers: list[NumberInput]) -> Card:
    """The card of what was written. Raises 422."""
    country = here.store.configuration.applied.settings.country
    written = [WrittenNumber(number.label, number.number) for number in numbers]
    card, problems = make_card(name, company, email, note, written, country)
    if problems:
        views = [_problem(problem) for problem in problems]
        raise ApiError(422, views[0].error_id, views[0].message, views[0].field, problems=views)
    return card


def _problem(problem: Problem) -> ProblemView:
    field = problem.path.split("/", 1)[0]
    return ProblemView(path=problem.path, field=field, error_id=problem.error_id, message=problem.message)


async def _refuse_known(here: Context, card: Card, before: Contact | None) -> None:
    """Raises 409 when somebody else has one of the new numbers."""
    had = {number.e164 for number in before.card.numbers} if before is not None else set()
    new = {number.e164 for number in card.numbers} - had
    known = await here.store.contacts.by_numbers(new)
    views = [
        ProblemView(
            path=f"contacts/{contact.id}",
            field="numbers",
            error_id="duplicate",
            message=f"{contact_name(contact)} has the number {number} already.",
        )
        for number, contact in sorted(known.items())
    ]
    if views:
        raise ApiError(409, "duplicate", views[0].message, "numbers", problems=views)


def _view(contact: Contact) -> dict[str, Any]:
    card = contact.card
    return {
        "id": contact.id,
        "name": card.name,
        "company": card.company,
        "email": card.email,
        "note": card.note,
        "numbers": number_views(contact),
        "created_at": contact.created_at,
        "changed_at": contact.changed_at,
        "version": version_of(contact.changed_at),
    }


def _answer(contact: Contact, status: int = 200) -> Response:
    return Response(msgspec.json.encode(_view(contact)), status, media_type="application/json")

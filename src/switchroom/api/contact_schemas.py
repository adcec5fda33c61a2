"""What the address book's part of the API takes and gives. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.phone_schemas import NumberView
from switchroom.crm.contacts import MOST_EMAIL, MOST_LABEL, MOST_NAME, MOST_NOTE

Name = Annotated[str, Field(max_length=MOST_NAME)]
Email = Annotated[str, Field(max_length=MOST_EMAIL)]
Note = Annotated[str, Field(max_length=MOST_NOTE)]
Switch = Annotated[bool, Field(strict=True)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NumberInput(_Input):
    """A number as it was typed: it is kept as E.164, whatever the form."""

    label: Annotated[str, Field(max_length=MOST_LABEL)] = ""
    number: Annotated[str, Field(max_length=100)]


Numbers = Annotated[list[NumberInput], Field(max_length=50)]


class ContactInput(_Input):
    """A new contact: a name or a company at least."""

    name: Name = ""
    company: Name = ""
    email: Email = ""
    note: Note = ""
    numbers: Numbers = []
    even_if_known: Switch = Field(default=False, description="Add it though somebody has one of its numbers.")


class ContactPatch(_Input):
    """What to change of a contact; what is not named stays. `numbers` replaces all of them."""

    name: Name = ""
    company: Name = ""
    email: Email = ""
    note: Note = ""
    numbers: Numbers = []
    even_if_known: Switch = False


class ContactView(BaseModel):
    """Somebody in the address book."""

    id: str
    name: str
    company: str
    email: str
    note: str
    numbers: list[NumberView]
    created_at: float
    changed_at: float
    version: str = Field(description="For `If-Match`.")


class ContactPage(BaseModel):
    """Contacts by name; `next` is the `after` of the next page."""

    contacts: list[ContactView]
    next: str | None


class MergeInput(_Input):
    """Contacts that are one and the same."""

    keep: Annotated[str, Field(max_length=64)]
    others: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=20)] = Field(
        description="They are taken out of the book."
    )


class DuplicateView(BaseModel):
    """Contacts that may be one and the same, the oldest first."""

    why: Literal["email", "number", "name"]
    contacts: list[ContactView]


class DuplicatesView(BaseModel):
    """The first hundred groups by name, and how many there are."""

    groups: list[DuplicateView]
    total: int


class PlannedView(BaseModel):
    """What would become of one entry of a file."""

    line: int
    what: Literal["new", "completed", "known"]
    name: str
    company: str
    adds: list[str] = Field(description="What the book does not have: numbers, an address, a company.")


class RemarkView(BaseModel):
    """A line of an imported file, and what of it was not understood."""

    line: int
    error_id: str = Field(description="Which reason it is: stable.")
    reason: str
    values: list[tuple[str, str]] = Field(description="What the reason tells, for other languages.")


class ImportView(BaseModel):
    """What an import did. Of a cut one, the rest is added when it is done again."""

    added: int
    changed: int = Field(description="Known contacts that got something new.")
    unchanged: int = Field(description="Known contacts that had it all.")
    skipped: list[RemarkView] = Field(description="Not taken over, and why.")
    remarks: list[RemarkView] = Field(description="Taken over; what was not understood stands in the note.")
    more: int = Field(description="Skipped ones and remarks beyond those listed.")
    planned: list[PlannedView] = Field(description="Of a preview: the first 200 entries.")

"""What the routes of connectors take and give. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ActKind = Literal["done", "change", "cancel", "schedule", "log", "forget"]
_LINE = r"^[^\x00-\x1f\x7f]*$"


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ConnectorInput(_Input):
    """Where another system of customer records is."""

    kind: Literal["odoo"] = "odoo"
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=_LINE)] = Field(
        default="Odoo", description="What people call it."
    )
    url: Annotated[str, Field(max_length=300, pattern=_LINE)] = Field(
        description="Such as https://odoo.example.com. Plain http only within the local network."
    )
    database: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.@-]*$")] = Field(
        default="", description="Empty: the only one there is (Odoo 19)."
    )
    ca: Annotated[str, Field(max_length=20_000, pattern=r"^[\x09\x0a\x0d\x20-\x7e]*$")] = Field(
        default="", description="Certificates (PEM) that are trusted besides those of the machine."
    )
    enabled: Annotated[bool, Field(strict=True)] = True


class ConnectorTestInput(ConnectorInput):
    """The same, with somebody's login and key to try it with; they are not kept."""

    login: Annotated[str, Field(max_length=200, pattern=_LINE)] = ""
    key: Annotated[str, Field(max_length=256, pattern=r"^[\x21-\x7e]*$")] = Field(
        default="", description="Empty: your own, if you gave one and address and database are the same."
    )


class ConnectorView(BaseModel):
    """Another system of customer records."""

    id: str
    kind: Literal["odoo"]
    name: str
    url: str
    database: str
    ca: str
    enabled: bool
    changed_at: float
    version: str | None = Field(description="What was found there last.")
    people: int = Field(description="How many gave a key.")


class ConnectorStepView(BaseModel):
    """One step of a test."""

    step: Literal[
        "address",
        "name",
        "connect",
        "tls",
        "odoo",
        "version",
        "database",
        "key",
        "crm",
        "project",
        "helpdesk",
    ]
    state: Literal["ok", "failed", "missing", "skipped"]
    error_id: str | None = Field(description="Stable: for other languages.")
    message: str | None


class ConnectorTestView(BaseModel):
    """What a test found, step by step."""

    works: bool = Field(description="No step failed.")
    version: str | None
    steps: list[ConnectorStepView]


class MyConnectorView(BaseModel):
    """A system that one may give one's own key for."""

    id: str
    kind: Literal["odoo"]
    name: str
    url: str
    login: str | None = Field(description="null: you gave no key.")
    changed_at: float | None
    waiting: int = Field(description="What is still to be written there for you.")
    failed: int = Field(description="What it refused, and you have not looked at.")


class KeyInput(_Input):
    """One's own key to another system."""

    login: Annotated[str, Field(min_length=1, max_length=200, pattern=_LINE)]
    key: Annotated[str, Field(min_length=8, max_length=256, pattern=r"^[\x21-\x7e]*$")]


class KeyStateView(BaseModel):
    """Whether one's key works, tried now. The key is not told."""

    login: str | None
    state: Literal["none", "good", "refused", "unreachable"]
    error_id: str | None
    message: str | None


class ActView(BaseModel):
    """Something that is still to be written into another system, or that it refused."""

    id: str
    kind: ActKind
    text: str = Field(description="What was written: feedback, summary or note.")
    app: str | None
    record: str | None
    activity: str | None
    created_at: float
    attempts: int
    next_at: float | None = Field(description="When it is tried again; null: it was refused.")
    problem: str | None

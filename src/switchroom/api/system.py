"""The system's own page: versions, addresses, health, and the authority that browsers have to trust."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from switchroom.api.context import Here
from switchroom.api.errors import ErrorBody, responses
from switchroom.api.rights import Needs, Right, Session
from switchroom.directory import LANGUAGES
from switchroom.store import NotFound

router = APIRouter(prefix="/api/system", tags=["system"])

TRUST_STEPS = (
    "download",
    "compare-fingerprint",
    "windows",
    "macos",
    "linux",
    "firefox",
    "android",
    "ios",
    "desk-phone",
)
"""How to trust the local authority, step by step: ids of texts that the web app has in its languages."""


class CheckView(BaseModel):
    """One finding of `switchroom doctor`: a warning is `ok` too."""

    id: str
    name: str
    ok: bool
    severity: Literal["ok", "warning", "problem"]
    message: str
    cure: str = Field(description="What to do; empty when all is well.")
    code: str = Field(description="Stable name of what was found, for translations.")
    values: dict[str, str | int] = Field(description="What varies in the sentence.")


class AddressesView(BaseModel):
    """Where this machine is reached."""

    phones: str = Field(description="What to type into a phone of the local network.")
    advertised: str | None
    own: list[str]
    hosts: list[str]


class CertificateView(BaseModel):
    """What HTTPS, WSS and SIP over TLS show. Fingerprints are SHA-256."""

    source: Literal["own", "authority"]
    names: list[str]
    expires_at: float
    fingerprint: str
    authority_fingerprint: str | None
    trust: list[str] = Field(description="Steps to trust the local authority; empty for an own certificate.")


class PromptsView(BaseModel):
    """Prompts of a language: spoken by a person, or by a program."""

    recorded: int
    synthesized: int


class SystemView(BaseModel):
    """The system and its machine."""

    version: str
    revision: int
    started_at: float
    addresses: AddressesView
    ports: dict[str, int | str] = Field(description="sip, tls, http, https, console, webrtc, rtp; 0: off.")
    certificate: CertificateView | None
    prompts: dict[str, PromptsView]
    languages: list[str]
    database: str
    checks: list[CheckView]


@router.get("", responses=responses(403))
async def get_system(here: Here, who: Annotated[Session, Needs(Right.SYSTEM)]) -> SystemView:
    """Versions, addresses, ports, certificate, prompts, and what `switchroom doctor` finds."""
    facts = await here.machine.facts()
    found = facts.certificate
    trust = list(TRUST_STEPS) if found is not None and found.source == "authority" else []
    return SystemView(
        version=here.version,
        revision=here.store.configuration.applied.revision,
        started_at=facts.started_at,
        addresses=AddressesView(
            phones=facts.phone_address,
            advertised=facts.advertised_address,
            own=list(facts.own_addresses),
            hosts=list(facts.hosts),
        ),
        ports=dict(facts.ports),
        certificate=None if found is None else CertificateView(**asdict(found), trust=trust),
        prompts={key: PromptsView(**asdict(value)) for key, value in facts.prompts.items()},
        languages=list(LANGUAGES),
        database=facts.database,
        checks=[CheckView(**asdict(check), ok=check.severity != "problem") for check in facts.checks],
    )


@router.get(
    "/authority.pem",
    response_class=Response,
    responses={
        **responses(403),
        200: {"content": {"application/x-pem-file": {}}, "description": "The certificate to trust."},
        404: {"model": ErrorBody},
    },
)
async def get_authority(here: Here, who: Annotated[Session, Needs(Right.PHONE)]) -> Response:
    """The local authority's certificate: trust it, and browsers and phones trust this system."""
    found = await here.machine.authority()
    if found is None:
        raise NotFound("local authority: this system has a certificate of its own")
    headers = {"Content-Disposition": 'attachment; filename="switchroom-authority.pem"'}
    return Response(found, media_type="application/x-pem-file", headers=headers)

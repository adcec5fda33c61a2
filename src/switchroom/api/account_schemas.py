"""What signing in and one's own account take and give. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from switchroom.store import Right, Role


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignInInput(_Input):
    """Name and password of a login, and the code where the login asks for one."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    password: Annotated[str, Field(min_length=1, max_length=256)]
    code: Annotated[str | None, Field(max_length=32)] = Field(
        default=None, description="Of the authenticator app, or a recovery code."
    )


class LoginView(BaseModel):
    """A bearer token: send it as `Authorization: Bearer <token>`."""

    token: str
    expires_at: float
    name: str
    role: str


class OpenIdChoice(BaseModel):
    """A provider that people may sign in with: `GET /api/session/openid/{id}`."""

    id: str
    name: str


class SignInChoices(BaseModel):
    """How one may sign in."""

    password: bool
    openid: list[OpenIdChoice]


class WelcomeView(BaseModel):
    """What a page may know before anybody signed in."""

    name: str
    language: str
    version: str
    sign_in: SignInChoices
    secure: bool = Field(
        description="Whether browsers give a microphone here: HTTPS, or this machine itself."
    )


class OwnUser(BaseModel):
    """The person with an extension that a login belongs to."""

    id: str
    extension: str
    name: str
    language: str | None
    time_zone: str | None = Field(description="Of the user's own choice; null: the system's.")


class SessionView(BaseModel):
    """Who is signed in."""

    id: str
    name: str
    role: str
    rights: list[str]
    user: OwnUser | None
    language: str
    time_zone: str = Field(description="Where the day begins and ends: the user's, else the system's.")
    csrf: str = Field(description="Send it as `X-CSRF-Token` with what changes anything.")
    expires_at: float
    totp: bool
    must_change_password: bool = Field(description="Only the account can be used before.")
    setup_needed: bool = Field(description="There are no users yet: begin with the assistant.")


class PasswordInput(_Input):
    """Another password, of 8 characters at least."""

    current: Annotated[str, Field(min_length=1, max_length=256)]
    new: Annotated[str, Field(min_length=1, max_length=256)]


class ConfirmInput(_Input):
    """The password, once more."""

    password: Annotated[str, Field(min_length=1, max_length=256)]


class CodeInput(_Input):
    """What the authenticator app shows."""

    code: Annotated[str, Field(min_length=1, max_length=32)]


class TotpView(BaseModel):
    """For an authenticator app: the URI as a QR code, or the secret typed (RFC 6238)."""

    secret: str
    uri: str


class RecoveryView(BaseModel):
    """Each signs in once in place of a code. Shown this once."""

    recovery_codes: list[str]


class AccountPatch(_Input):
    """What to change of one's own account; null: the user's or the system's language, the system's zone."""

    language: Literal["en", "fr", "it"] | None = None
    time_zone: Annotated[str | None, Field(max_length=64)] = Field(
        default=None, description="IANA name, such as Europe/Paris. Of a user: 409 for a login without one."
    )


class OpenSessionView(BaseModel):
    """One place where the login is signed in."""

    id: str
    kind: str = Field(description="cookie, session (a person's token) or token (a program's).")
    label: str = Field(description="What the browser or program calls itself.")
    source: str = Field(description="The network it came from.")
    created_at: float
    used_at: float
    expires_at: float
    current: bool


class LoginRights(_Input):
    """A login's name, role and what it may do besides."""

    name: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f]$")]
    role: Role
    extra_rights: Annotated[list[Right], Field(max_length=len(Right))] = []
    join: bool = Field(False, description="Give the user the login of this name that belongs to nobody.")


class TemporaryPassword(BaseModel):
    """A login and its temporary password, shown this once; null: it keeps the one it has."""

    name: str
    password: str | None


class LoginEntry(BaseModel):
    """Somebody who may sign in."""

    name: str
    role: str
    extra_rights: list[str]
    user_id: str | None
    active: bool = Field(description="False: its user is not in the applied configuration.")
    totp: bool
    openid: bool
    must_change_password: bool
    signed_in_at: float | None

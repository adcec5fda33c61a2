"""What signing in and one's own account take and give. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


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

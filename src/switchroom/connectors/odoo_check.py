"""Tries an Odoo step by step, so that an administrator is told which step fails and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from switchroom.connectors.odoo import MODELS, OdooConnector
from switchroom.connectors.odoo_wire import Account, OdooFault

StepName = Literal[
    "address", "name", "connect", "tls", "odoo", "version", "database", "key", "crm", "project", "helpdesk"
]
StepState = Literal["ok", "failed", "missing", "skipped"]
"""`missing`: works without it; `skipped`: was not come to, or nobody gave a key."""
_STEPS: Final[tuple[StepName, ...]] = (
    "address", "name", "connect", "tls", "odoo", "version", "database", "key", "crm", "project", "helpdesk"
)  # fmt: skip
_FAILED: Final[dict[str, StepName]] = {
    "odoo-address": "address",
    "odoo-redirect": "address",
    "odoo-name": "name",
    "odoo-connect": "connect",
    "odoo-time": "connect",
    "odoo-tls": "tls",
    "odoo-hung-up": "odoo",
    "odoo-size": "odoo",
    "odoo-none": "odoo",
    "odoo-too-old": "version",
    "odoo-database-unknown": "database",
    "odoo-key-refused": "key",
    "odoo-key-of-another": "key",
}
"""The step that a cause belongs to."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and how it went."""

    name: StepName
    state: StepState
    cause: str = ""
    """Stable, for other languages."""
    text: str = ""


async def examine(
    connector: OdooConnector, credentials: tuple[str, str] | None, *, https: bool
) -> tuple[list[Step], str]:
    """Every step in order, and the version that was found; `credentials`: login and key, if there are any."""
    steps: dict[StepName, Step] = {name: Step(name, "skipped") for name in _STEPS}
    reached: StepName = "odoo"
    version = ""
    try:
        version = (await connector.wire.version()).text
        reached = "database"
        await connector.wire.find_database()
        reached = "key"
        if credentials is not None:
            login, key = credentials
            account = Account(login, await connector.wire.sign_in(login, key), key)
            reached = "helpdesk"
            for app in ("crm", "project", "helpdesk"):
                steps[app] = await _module(connector, account, app)
    except OdooFault as fault:
        failed = _FAILED.get(fault.cause, reached)
        steps[failed] = Step(failed, "failed", fault.cause, fault.text)
        reached = failed
        if failed in ("version", "database", "key") and connector.wire.known_version is not None:
            version = connector.wire.known_version.text
    for name in _STEPS[: _STEPS.index(reached)]:
        if steps[name].state == "skipped":
            steps[name] = Step(name, "ok")
    if not https and steps["tls"].state == "ok":
        text = "Without https everybody in the local network can read along, keys too."
        steps["tls"] = Step("tls", "missing", "odoo-plain", text)
    return list(steps.values()), version


async def _module(
    connector: OdooConnector, account: Account, app: Literal["crm", "project", "helpdesk"]
) -> Step:
    if await connector.has(account, app):
        return Step(app, "ok")
    text = f"Odoo has no model {MODELS[app]}, or this person may not see it: its calls are not shown."
    return Step(app, "missing", "odoo-module-missing", text)

"""Who has a number, and what is open with them: in our records and in the other systems (C2-08, F-03)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from switchroom.connectors.sides import dialled
from switchroom.crm.connector import Connector, ConnectorFault, FaultKind, FoundContact, FoundRecord, Match
from switchroom.crm.contacts import ContactNumber
from switchroom.directory import Snapshot, User, UserId
from switchroom.directory.outside import Destination, DestinationKind

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds a system has; a call that rings is shown without it."""
COLLEAGUES = "users"
"""The source of people of this system."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What all systems know of a number."""

    contact: FoundContact | None = None
    records: Sequence[FoundRecord] = ()
    failed: Sequence[ConnectorFault] = ()
    """Of those that may know more later."""

    @property
    def only_record(self) -> FoundRecord | None:
        """The record that a call is about when there is no other open one."""
        return self.records[0] if len(self.records) == 1 else None


class Matching:
    """Asks all systems at once. The first that knows the contact names it, ours before the others."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        connectors: Callable[[], Sequence[Connector]],
        patience: float = PATIENCE,
    ) -> None:
        self._snapshot = snapshot
        self._connectors = connectors
        self._patience = patience

    async def match(self, who: UserId | None, number: str) -> Matched:
        """Who has a number in any form, as far as `who` may see it; for nobody only what is ours.

        Whoever has an extension here is a colleague, and a contact by the numbers that lead to him.
        """
        snapshot = self._snapshot()
        number = dialled(number, snapshot)
        found = snapshot.by_extension.get(number)
        colleague = found if isinstance(found, User) else None
        if not number or (found is not None and colleague is None):
            return Matched()
        numbers = _numbers_of(colleague, snapshot) if colleague is not None else [number]
        asked = self._connectors() if who is not None else self._connectors()[:1]
        answers = await asyncio.gather(
            *(self._ask(connector, who or UserId(""), e164) for connector in asked for e164 in numbers)
        )
        matches = [answer for answer in answers if isinstance(answer, Match)]
        contact = next((match.contact for match in matches if match.contact is not None), None)
        records = {
            (record.source, record.app, record.id): record for match in matches for record in match.records
        }
        return Matched(
            _colleague(colleague, numbers) if colleague is not None else contact,
            tuple(records.values()),
            [answer for answer in answers if isinstance(answer, ConnectorFault) and answer.passing],
        )

    async def _ask(self, connector: Connector, who: UserId, e164: str) -> Match | ConnectorFault:
        try:
            async with asyncio.timeout(self._patience):
                found = await connector.match(who, e164)
        except ConnectorFault as fault:
            return fault
        except TimeoutError:
            return ConnectorFault(FaultKind.UNREACHABLE, f"{connector.name} takes long to answer.")
        except Exception:
            log.exception("%s was not asked for a number", connector.name)
            return ConnectorFault(FaultKind.UNREACHABLE, f"{connector.name} does not answer.")
        return replace(found, records=tuple(found.records))


def _numbers_of(user: User, snapshot: Snapshot) -> list[str]:
    """The numbers outside that lead to a person."""
    his = Destination(DestinationKind.EXTENSION, user.id)
    return [number.e164 for number in snapshot.numbers.values() if number.destination == his]


def _colleague(user: User, numbers: Sequence[str]) -> FoundContact:
    written = tuple(ContactNumber("work", number) for number in numbers)
    return FoundContact(COLLEAGUES, user.id, user.name, email=user.email or "", numbers=written)

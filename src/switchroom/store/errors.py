"""What can go wrong between the program and its database, in terms a caller can act on."""

from __future__ import annotations

from collections.abc import Sequence

from switchroom.directory import Problem
from switchroom.directory.document import Entry


class StoreError(Exception):
    """Anything the store refuses or fails at."""


class StoreUnavailable(StoreError):
    """The database does not answer; what was asked is kept and tried again where it was written behind."""


class NotFound(StoreError):
    """No such entry."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no {what}.")
        self.what = what


class Conflict(StoreError):
    """The name is taken."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class LastAdministrator(StoreError):
    """Nobody would be left who may do everything."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator: make another one first.")


class InUse(StoreError):
    """It cannot be removed while others need it: (part, id, name) of each, in the order they have to go."""

    def __init__(
        self, message: str, blocked_by: Sequence[tuple[str, str, str]], error_id: str = "in-use"
    ) -> None:
        super().__init__(message)
        self.error_id = error_id
        self.blocked_by = blocked_by


class StaleBase(StoreError):
    """The draft stands on another revision (or version) than the caller saw."""

    def __init__(self, current: int) -> None:
        super().__init__(f"The configuration was changed meanwhile: it is at {current}. Look at it again.")
        self.current = current


class ChangedMeanwhile(StoreError):
    """Somebody else edited, or removed (`entry` is None), what the editor had before him."""

    def __init__(self, entry: Entry | None, pending: bool, author: str, time: float) -> None:
        done = "removed" if entry is None else "changed"
        super().__init__(f"{author or 'Somebody'} {done} it meanwhile. Look at it again; nothing was saved.")
        self.entry = entry
        self.pending = pending
        self.author = author
        self.time = time


class InvalidConfiguration(StoreError):
    """The draft or entry has problems."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

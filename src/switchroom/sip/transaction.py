"""The four transaction machines of RFC 3261 §17 with the corrections of RFC 6026, as tables.

A row says: in this state, on this input, go to that state, do these things, and let these timers run.
A timer named in the row starts, or goes on when it runs already (one that has just fired starts again);
a timer not named stops. A pair without a row can not happen: meeting one is a bug of ours
(LocalProtocolError). A retransmission is a row. Nothing outside this file changes a transaction's state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Protocol

from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.timers import Timer, Timers


class State(Enum):
    """The states of all four machines."""

    __hash__ = object.__hash__  # Enum hashes its name, in Python

    NEW = "new"
    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class Input(Enum):
    """What can happen to a transaction; SEND_* is asked for by its user, the rest comes from outside."""

    __hash__ = object.__hash__

    START = "start"
    GIVE_UP = "give up"
    PROVISIONAL = "1xx received"
    SUCCESS = "2xx received"
    FAILURE = "3xx-6xx received"
    REQUEST = "request received again"
    ACK = "ACK received"
    SEND_PROVISIONAL = "1xx to send"
    SEND_SUCCESS = "2xx to send"
    SEND_FAILURE = "3xx-6xx to send"
    SEND_CHALLENGE = "401 or 407 to send, as a stateless server does (§8.2.7)"
    TRANSPORT_ERROR = "transport error"
    TIMER_A = "A"
    TIMER_B = "B"
    TIMER_D = "D"
    TIMER_E = "E"
    TIMER_F = "F"
    TIMER_G = "G"
    TIMER_H = "H"
    TIMER_I = "I"
    TIMER_J = "J"
    TIMER_K = "K"
    TIMER_L = "L"
    TIMER_M = "M"
    TIMER_100 = "the 200 ms of §17.2.1"
    TIMER_LATE = "64*T1 without an answer of ours: nobody waits any more (RFC 4320 §4.2)"


class Action(Enum):
    """What a row does."""

    SEND = "send the message given"
    RESEND = "send the last message again"
    SEND_100 = "send 100"
    SEND_ACK = "acknowledge the final response"
    DELIVER = "give the message to the user"
    REPORT_TIMEOUT = "tell the user that nothing came"
    REPORT_TRANSPORT = "tell the user that nothing could be sent"


@dataclass(frozen=True, slots=True)
class Row:
    """The right-hand side of a table: the next state, what to do in order, and the timers that run then."""

    state: State
    actions: tuple[Action, ...] = ()
    timers: tuple[Input, ...] = ()


Table = dict[State, dict[Input, Row]]

_I, _A, _S = Input, Action, State

_ACCEPTED_CLIENT = Row(_S.ACCEPTED, (_A.DELIVER,), (_I.TIMER_M,))
_REJECTED_CLIENT = Row(_S.COMPLETED, (_A.SEND_ACK, _A.DELIVER), (_I.TIMER_D,))
_TIMED_OUT = Row(_S.TERMINATED, (_A.REPORT_TIMEOUT,))
_UNREACHABLE = Row(_S.TERMINATED, (_A.REPORT_TRANSPORT,))
_GONE = Row(_S.TERMINATED)

INVITE_CLIENT: Table = {
    _S.NEW: {
        _I.START: Row(_S.CALLING, (_A.SEND,), (_I.TIMER_A, _I.TIMER_B)),
    },
    _S.CALLING: {
        _I.TIMER_A: Row(_S.CALLING, (_A.RESEND,), (_I.TIMER_A, _I.TIMER_B)),
        _I.TIMER_B: _TIMED_OUT,
        _I.PROVISIONAL: Row(_S.PROCEEDING, (_A.DELIVER,)),
        _I.SUCCESS: _ACCEPTED_CLIENT,
        _I.FAILURE: _REJECTED_CLIENT,
        _I.TRANSPORT_ERROR: _UNREACHABLE,
        _I.GIVE_UP: _TIMED_OUT,
    },
    _S.PROCEEDING: {
        _I.PROVISIONAL: Row(_S.PROCEEDING, (_A.DELIVER,)),
        _I.SUCCESS: _ACCEPTED_CLIENT,
        _I.FAILURE: _REJECTED_CLIENT,
        # The peer has the request; its answer may come by a new connection.
        _I.TRANSPORT_ERROR: Row(_S.PROCEEDING),
        _I.GIVE_UP: _TIMED_OUT,
    },
    _S.COMPLETED: {
        _I.PROVISIONAL: Row(_S.COMPLETED, (), (_I.TIMER_D,)),
        _I.SUCCESS: Row(_S.COMPLETED, (), (_I.TIMER_D,)),
        _I.FAILURE: Row(_S.COMPLETED, (_A.SEND_ACK,), (_I.TIMER_D,)),
        _I.TRANSPORT_ERROR: _GONE,
        _I.GIVE_UP: Row(_S.COMPLETED, (), (_I.TIMER_D,)),
        _I.TIMER_D: _GONE,
    },
    _S.ACCEPTED: {
        _I.PROVISIONAL: Row(_S.ACCEPTED, (), (_I.TIMER_M,)),
        _I.SUCCESS: _ACCEPTED_CLIENT,
        _I.FAILURE: Row(_S.ACCEPTED, (), (_I.TIMER_M,)),
        _I.TRANSPORT_ERROR: Row(_S.ACCEPTED, (), (_I.TIMER_M,)),
        _I.GIVE_UP: Row(_S.ACCEPTED, (), (_I.TIMER_M,)),
        _I.TIMER_M: _GONE,
    },
}
"""RFC 3261 figure 5 as changed by RFC 6026 §8.4. GIVE_UP is the end of §9.1: no final response 64*T1
after CANCEL."""

_ANSWERED = Row(_S.COMPLETED, (_A.DELIVER,), (_I.TIMER_K,))

NON_INVITE_CLIENT: Table = {
    _S.NEW: {
        _I.START: Row(_S.TRYING, (_A.SEND,), (_I.TIMER_E, _I.TIMER_F)),
    },
    _S.TRYING: {
        _I.TIMER_E: Row(_S.TRYING, (_A.RESEND,), (_I.TIMER_E, _I.TIMER_F)),
        _I.TIMER_F: _TIMED_OUT,
        _I.PROVISIONAL: Row(_S.PROCEEDING, (_A.DELIVER,), (_I.TIMER_E, _I.TIMER_F)),
        _I.SUCCESS: _ANSWERED,
        _I.FAILURE: _ANSWERED,
        _I.TRANSPORT_ERROR: _UNREACHABLE,
    },
    _S.PROCEEDING: {
        _I.TIMER_E: Row(_S.PROCEEDING, (_A.RESEND,), (_I.TIMER_E, _I.TIMER_F)),
        _I.TIMER_F: _TIMED_OUT,
        _I.PROVISIONAL: Row(_S.PROCEEDING, (_A.DELIVER,), (_I.TIMER_E, _I.TIMER_F)),
        _I.SUCCESS: _ANSWERED,
        _I.FAILURE: _ANSWERED,
        _I.TRANSPORT_ERROR: _UNREACHABLE,
    },
    _S.COMPLETED: {
        _I.PROVISIONAL: Row(_S.COMPLETED, (), (_I.TIMER_K,)),
        _I.SUCCESS: Row(_S.COMPLETED, (), (_I.TIMER_K,)),
        _I.FAILURE: Row(_S.COMPLETED, (), (_I.TIMER_K,)),
        _I.TRANSPORT_ERROR: _GONE,
        _I.TIMER_K: _GONE,
    },
}
"""RFC 3261 figure 6."""

# Nothing is kept for a stranger: the next retransmission of his request is challenged anew.
_CHALLENGED = Row(_S.TERMINATED, (_A.SEND,))
_GH = (_I.TIMER_G, _I.TIMER_H)

INVITE_SERVER: Table = {
    _S.NEW: {
        _I.START: Row(_S.PROCEEDING, (), (_I.TIMER_100,)),
    },
    _S.PROCEEDING: {
        # Before anything was sent, a retransmission asks for the 100 that is due.
        _I.REQUEST: Row(_S.PROCEEDING, (_A.RESEND,)),
        _I.TIMER_100: Row(_S.PROCEEDING, (_A.SEND_100,)),
        _I.ACK: Row(_S.PROCEEDING),
        _I.SEND_PROVISIONAL: Row(_S.PROCEEDING, (_A.SEND,)),
        _I.SEND_SUCCESS: Row(_S.ACCEPTED, (_A.SEND,), (_I.TIMER_L,)),
        _I.SEND_FAILURE: Row(_S.COMPLETED, (_A.SEND,), _GH),
        _I.SEND_CHALLENGE: _CHALLENGED,
        _I.TRANSPORT_ERROR: Row(_S.PROCEEDING),
    },
    _S.COMPLETED: {
        _I.REQUEST: Row(_S.COMPLETED, (_A.RESEND,), _GH),
        _I.TIMER_G: Row(_S.COMPLETED, (_A.RESEND,), _GH),
        _I.TIMER_H: _TIMED_OUT,
        _I.ACK: Row(_S.CONFIRMED, (), (_I.TIMER_I,)),
        _I.TRANSPORT_ERROR: Row(_S.COMPLETED, (), _GH),
    },
    _S.CONFIRMED: {
        _I.REQUEST: Row(_S.CONFIRMED, (), (_I.TIMER_I,)),
        _I.ACK: Row(_S.CONFIRMED, (), (_I.TIMER_I,)),
        _I.TRANSPORT_ERROR: Row(_S.CONFIRMED, (), (_I.TIMER_I,)),
        _I.TIMER_I: _GONE,
    },
    _S.ACCEPTED: {
        # The user of the transaction sends its 2xx again until the ACK comes (§13.3.1.4).
        _I.REQUEST: Row(_S.ACCEPTED, (), (_I.TIMER_L,)),
        _I.SEND_SUCCESS: Row(_S.ACCEPTED, (_A.SEND,), (_I.TIMER_L,)),
        _I.ACK: Row(_S.ACCEPTED, (_A.DELIVER,), (_I.TIMER_L,)),
        _I.TRANSPORT_ERROR: Row(_S.ACCEPTED, (), (_I.TIMER_L,)),
        _I.TIMER_L: _GONE,
    },
}
"""RFC 3261 figure 7 as changed by RFC 6026 §8.5 and §8.7."""

_LATE = (_I.TIMER_LATE,)
_FINISHED = Row(_S.COMPLETED, (_A.SEND,), (_I.TIMER_J,))

NON_INVITE_SERVER: Table = {
    _S.NEW: {
        _I.START: Row(_S.TRYING, (), _LATE),
    },
    _S.TRYING: {
        _I.REQUEST: Row(_S.TRYING, (), _LATE),
        _I.SEND_PROVISIONAL: Row(_S.PROCEEDING, (_A.SEND,), _LATE),
        _I.SEND_SUCCESS: _FINISHED,
        _I.SEND_FAILURE: _FINISHED,
        _I.SEND_CHALLENGE: _CHALLENGED,
        _I.TRANSPORT_ERROR: Row(_S.TRYING, (), _LATE),
        _I.TIMER_LATE: _GONE,
    },
    _S.PROCEEDING: {
        _I.REQUEST: Row(_S.PROCEEDING, (_A.RESEND,), _LATE),
        _I.SEND_PROVISIONAL: Row(_S.PROCEEDING, (_A.SEND,), _LATE),
        _I.SEND_SUCCESS: _FINISHED,
        _I.SEND_FAILURE: _FINISHED,
        _I.TRANSPORT_ERROR: Row(_S.PROCEEDING, (), _LATE),
        _I.TIMER_LATE: _GONE,
    },
    _S.COMPLETED: {
        _I.REQUEST: Row(_S.COMPLETED, (_A.RESEND,), (_I.TIMER_J,)),
        _I.TRANSPORT_ERROR: Row(_S.COMPLETED, (), (_I.TIMER_J,)),
        _I.TIMER_J: _GONE,
    },
}
"""RFC 3261 figure 8."""

TABLES = {
    "INVITE client": INVITE_CLIENT,
    "non-INVITE client": NON_INVITE_CLIENT,
    "INVITE server": INVITE_SERVER,
    "non-INVITE server": NON_INVITE_SERVER,
}

RESENDING = (_I.TIMER_A, _I.TIMER_E, _I.TIMER_G)
"""Timers that exist on UDP only."""


@dataclass(frozen=True, slots=True)
class Timing:
    """T1, T2 and T4 of RFC 3261 §17.1.1.1, in seconds."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    def duration(self, timer: Input, reliable: bool) -> float:
        """How long `timer` runs the first time (RFC 3261 table 4, RFC 6026 §7)."""
        match timer:
            case Input.TIMER_A | Input.TIMER_E | Input.TIMER_G:
                return self.t1
            case Input.TIMER_I | Input.TIMER_K:
                return 0.0 if reliable else self.t4
            case Input.TIMER_D | Input.TIMER_J:
                return 0.0 if reliable else 64 * self.t1
            case Input.TIMER_100:
                return 0.2
            case _:
                return 64 * self.t1


class Host(Protocol):
    """What a transaction needs of the layer that keeps it."""

    timers: Timers
    timing: Timing

    def forget(self, transaction: Transaction) -> None:
        """The transaction is over."""


class Transaction:
    """One running machine. `argument` of `feed` is the message that the row's actions send or deliver."""

    __slots__ = ("_deadlines", "_interval", "host", "reliable", "state", "table")

    def __init__(self, host: Host, table: Table, reliable: bool) -> None:
        self.host = host
        self.table = table
        self.reliable = reliable
        self.state = State.NEW
        self._deadlines: dict[Input, Timer] = {}
        self._interval = 0.0

    def feed(self, happened: Input, now: float, argument: object = None) -> None:
        """Take the row of `happened`. Raises LocalProtocolError when the table has none."""
        row = self.table[self.state].get(happened) if self.state is not State.TERMINATED else None
        if row is None:
            raise LocalProtocolError(f"transaction in state {self.state.value}: {happened.value}")
        self.state = row.state
        over = self._run_timers(row.timers, now)
        if row.state is State.TERMINATED:
            self.host.forget(self)
        for action in row.actions:
            self.perform(action, argument, now)
        if over is not None and self.state is row.state:
            self.feed(over, now)

    def perform(self, action: Action, argument: object, now: float) -> None:
        """Do one thing of a row: what that means differs between clients and servers."""
        raise NotImplementedError

    def allows(self, happened: Input) -> bool:
        """Whether the table has a row for `happened` in the present state."""
        return self.state is not State.TERMINATED and happened in self.table[self.state]

    def _run_timers(self, wanted: tuple[Input, ...], now: float) -> Input | None:
        """Stop and start timers; the one that has no time to run at all is returned."""
        running = self._deadlines
        timers = self.host.timers
        if running:
            for name in list(running):
                if name not in wanted:
                    timers.stop(running.pop(name))
        for name in wanted:
            if name in running:
                continue
            if name in RESENDING:
                if self.reliable:
                    continue
                delay = self._next_interval(name)
            else:
                delay = self.host.timing.duration(name, self.reliable)
                if delay == 0.0:
                    return name
            running[name] = timers.start(now + delay, partial(self._fire, name))
        return None

    def _next_interval(self, name: Input) -> float:
        timing = self.host.timing
        if not self._interval:
            self._interval = timing.t1
        elif name is Input.TIMER_E and self.state is State.PROCEEDING:
            self._interval = timing.t2
        else:
            doubled = 2 * self._interval
            self._interval = doubled if name is Input.TIMER_A else min(doubled, timing.t2)
        return self._interval

    def _fire(self, name: Input, now: float) -> None:
        self._deadlines.pop(name, None)
        self.feed(name, now)

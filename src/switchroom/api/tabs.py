"""Which browser tab of a user owns the phone: a pure reducer (F-08); the WebSocket is phone_tabs.py.

Tabs of different sites can not see each other, so the server arbitrates. Tabs are grouped by browser and
network; each group has one owner, which registers and holds the calls; the others mirror it. When the owner
goes (its socket closes, it says nothing for `SILENT_SECONDS`, another one claims) the next is chosen at
once and told the devices whose calls it should take over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NewType, assert_never

ConnectionId = NewType("ConnectionId", int)

SILENT_SECONDS: Final = 15.0
"""A tab pings every 5 s; one that says nothing for so long is gone."""
REMEMBERED_SECONDS: Final = 60.0
"""How long a group knows the devices of owners that left, for a page that is loaded again."""
MOST_TABS: Final = 20
"""Of one user."""
MOST_DEVICES: Final = 16

SUPERSEDED: Final = 4009
SILENT: Final = 4008
TOO_MANY: Final = 4029


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What tabs of one browser have in common."""

    browser: str
    network: str


@dataclass(frozen=True, slots=True)
class Tab:
    """An open page."""

    connection: ConnectionId
    tab: str
    """Its name, chosen by the page."""
    device: str
    """The browser device it registers with: one a session and tab."""
    group: GroupKey
    visible: bool
    heard_at: float
    number: int
    """Counts up: the youngest has the highest."""


@dataclass(frozen=True, slots=True)
class Group:
    """The tabs of one browser: who owns the phone, and what it showed last."""

    owner: ConnectionId | None = None
    state: bytes | None = None
    devices: Mapping[str, float] = field(default_factory=dict)
    """Devices of present and former owners, and when each was last seen."""


@dataclass(frozen=True, slots=True)
class UserTabs:
    """All tabs of one user."""

    tabs: Mapping[ConnectionId, Tab] = field(default_factory=dict)
    groups: Mapping[GroupKey, Group] = field(default_factory=dict)
    joined: int = 0

    @property
    def idle(self) -> bool:
        """Nothing to remember: the state may be dropped."""
        return not self.tabs and not self.groups


@dataclass(frozen=True, slots=True)
class TabJoined:
    """A page said hello."""

    connection: ConnectionId
    tab: str
    device: str
    group: GroupKey
    visible: bool


@dataclass(frozen=True, slots=True)
class TabLeft:
    """A socket closed."""

    connection: ConnectionId


@dataclass(frozen=True, slots=True)
class VisibilityChanged:
    """A page came to the front or went to the background."""

    connection: ConnectionId
    visible: bool


@dataclass(frozen=True, slots=True)
class PhoneClaimed:
    """A page wants to own the phone."""

    connection: ConnectionId


@dataclass(frozen=True, slots=True)
class StateTold:
    """The owner shows something else now: JSON."""

    connection: ConnectionId
    state: bytes


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """A mirror wants the owner to do something: JSON."""

    connection: ConnectionId
    command: bytes


@dataclass(frozen=True, slots=True)
class TabPinged:
    """A page is alive."""

    connection: ConnectionId


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Look for those who say nothing."""


Event = (
    TabJoined | TabLeft | VisibilityChanged | PhoneClaimed | StateTold | CommandGiven | TabPinged | TimePassed
)


@dataclass(frozen=True, slots=True)
class TellOwner:
    """Who owns the phone, how many tabs there are, and whose calls a new owner takes over."""

    to: ConnectionId
    you: bool
    owner: str | None
    tabs: int
    take_over: tuple[str, ...] = ()
    """Devices."""


@dataclass(frozen=True, slots=True)
class TellState:
    """What the owner shows."""

    to: ConnectionId
    state: bytes


@dataclass(frozen=True, slots=True)
class TellCommand:
    """What a mirror asks of the owner."""

    to: ConnectionId
    sender: str
    command: bytes


@dataclass(frozen=True, slots=True)
class TellPong:
    """The server is alive too."""

    to: ConnectionId


@dataclass(frozen=True, slots=True)
class TellRefused:
    """What was asked is not done; `message` says why."""

    to: ConnectionId
    error_id: str
    message: str


@dataclass(frozen=True, slots=True)
class CloseTab:
    """The socket is of no more use."""

    to: ConnectionId
    code: int


Message = TellOwner | TellState | TellCommand | TellPong | TellRefused | CloseTab
Outcome = tuple[UserTabs, list[Message]]


def handle(state: UserTabs, event: Event, now: float) -> Outcome:
    """What one event does to a user's tabs. `now` is monotonic seconds. Unknown connections are ignored."""
    match event:
        case TabJoined():
            return _join(state, event, now)
        case TimePassed():
            return _pass_time(state, now)
    tab = state.tabs.get(event.connection)
    if tab is None:
        return state, []
    tab = replace(tab, heard_at=now)
    state = replace(state, tabs={**state.tabs, tab.connection: tab})
    match event:
        case TabLeft():
            return _remove(state, tab, now)
        case VisibilityChanged():
            tab = replace(tab, visible=event.visible)
            return replace(state, tabs={**state.tabs, tab.connection: tab}), []
        case PhoneClaimed():
            return _appoint(state, tab, now)
        case StateTold():
            return _mirror(state, tab, event.state)
        case CommandGiven():
            return state, [_command(state, tab, event.command)]
        case TabPinged():
            return state, [TellPong(tab.connection)]
        case _:
            assert_never(event)


def members(state: UserTabs, key: GroupKey) -> list[Tab]:
    """The tabs of a group, the oldest first."""
    return sorted((tab for tab in state.tabs.values() if tab.group == key), key=lambda tab: tab.number)


def next_owner(tabs: list[Tab]) -> Tab | None:
    """The youngest of the visible ones, else the youngest."""
    return max(tabs, key=lambda tab: (tab.visible, tab.number), default=None)


def _join(state: UserTabs, event: TabJoined, now: float) -> Outcome:
    if event.connection in state.tabs:
        return state, [TellRefused(event.connection, "hello-twice", "Say hello once.")]
    messages: list[Message] = []
    former = next((tab for tab in state.tabs.values() if tab.device == event.device), None)
    inherits = former is not None and (
        former.group == event.group and state.groups[former.group].owner == former.connection
    )
    if former is not None:
        # The same page with a new socket: it is told before the server noticed that the old one is dead.
        text = "This tab is connected again elsewhere. A page that hears this takes another tab name."
        messages += [
            TellRefused(former.connection, "superseded", text),
            CloseTab(former.connection, SUPERSEDED),
        ]
        state, told = _remove(state, former, now, elect=not inherits)
        messages += told
    elif len(state.tabs) >= MOST_TABS:
        text = f"The phone is open in {MOST_TABS} tabs already: close some."
        return state, [
            TellRefused(event.connection, "too-many-tabs", text),
            CloseTab(event.connection, TOO_MANY),
        ]
    number = state.joined + 1
    tab = Tab(event.connection, event.tab, event.device, event.group, event.visible, now, number)
    state = replace(state, tabs={**state.tabs, tab.connection: tab}, joined=number)
    group = state.groups.get(tab.group, Group())
    if group.owner is None:
        state, told = _appoint(state, tab, now)
    else:
        told = _tell_all(state, tab.group)
    messages += told
    if group.state is not None:
        messages.append(TellState(tab.connection, group.state))
    return state, messages


def _remove(state: UserTabs, tab: Tab, now: float, elect: bool = True) -> Outcome:
    """A tab is gone; its group has another owner if it was the one."""
    tabs = {key: value for key, value in state.tabs.items() if key != tab.connection}
    state = replace(state, tabs=tabs)
    group = state.groups[tab.group]
    if tab.device in group.devices:
        group = replace(group, devices={**group.devices, tab.device: now})
    rest = members(state, tab.group)
    if group.owner != tab.connection:
        state = _with(state, tab.group, group)
        return state, _tell_all(state, tab.group)
    group = replace(group, owner=None, state=group.state if rest or not elect else None)
    state = _with(state, tab.group, group)
    chosen = next_owner(rest) if elect else None
    return (state, []) if chosen is None else _appoint(state, chosen, now)


def _appoint(state: UserTabs, tab: Tab, now: float) -> Outcome:
    """The tab owns the phone of its group from now on, with the calls of those before it."""
    group = state.groups.get(tab.group, Group())
    if group.owner == tab.connection:
        return state, [_owner_message(state, tab, group)]
    before = state.tabs.get(group.owner) if group.owner is not None else None
    devices = dict(group.devices)
    if before is not None:
        devices[before.device] = now
    take_over = tuple(devices)
    devices.pop(tab.device, None)
    devices[tab.device] = now
    while len(devices) > MOST_DEVICES:
        del devices[next(iter(devices))]
    group = replace(group, owner=tab.connection, devices=devices)
    state = _with(state, tab.group, group)
    return state, _tell_all(state, tab.group, take_over)


def _mirror(state: UserTabs, tab: Tab, shown: bytes) -> Outcome:
    group = state.groups[tab.group]
    if group.owner != tab.connection:
        return state, [TellRefused(tab.connection, "not-owner", "Another tab owns the phone.")]
    state = _with(state, tab.group, replace(group, state=shown))
    others = [other for other in members(state, tab.group) if other.connection != tab.connection]
    return state, [TellState(other.connection, shown) for other in others]


def _command(state: UserTabs, tab: Tab, command: bytes) -> Message:
    owner = state.groups[tab.group].owner
    if owner is None:
        return TellRefused(tab.connection, "no-owner", "No tab owns the phone now: try again.")
    return TellCommand(owner, tab.tab, command)


def _pass_time(state: UserTabs, now: float) -> Outcome:
    messages: list[Message] = []
    silent = [tab for tab in state.tabs.values() if now - tab.heard_at >= SILENT_SECONDS]
    # All of them go before anybody is chosen: a silent tab is no heir of a silent owner.
    silent.sort(key=lambda tab: state.groups[tab.group].owner == tab.connection)
    for tab in silent:
        messages.append(CloseTab(tab.connection, SILENT))
        state, told = _remove(state, tab, now)
        messages += told
    groups = {}
    for key, group in state.groups.items():
        present = {tab.device for tab in members(state, key)}
        devices = {
            device: seen
            for device, seen in group.devices.items()
            if device in present or now - seen < REMEMBERED_SECONDS
        }
        if present or devices:
            groups[key] = group if len(devices) == len(group.devices) else replace(group, devices=devices)
    return replace(state, groups=groups), messages


def _tell_all(state: UserTabs, key: GroupKey, take_over: tuple[str, ...] = ()) -> list[Message]:
    group = state.groups[key]
    return [
        _owner_message(state, tab, group, take_over if tab.connection == group.owner else ())
        for tab in members(state, key)
    ]


def _owner_message(state: UserTabs, tab: Tab, group: Group, take_over: tuple[str, ...] = ()) -> TellOwner:
    owner = state.tabs.get(group.owner) if group.owner is not None else None
    return TellOwner(
        tab.connection,
        you=group.owner == tab.connection,
        owner=owner.tab if owner else None,
        tabs=len(members(state, tab.group)),
        take_over=take_over,
    )


def _with(state: UserTabs, key: GroupKey, group: Group) -> UserTabs:
    return replace(state, groups={**state.groups, key: group})

"""api/tabs.py: one tab owns the phone, others mirror it, another takes over (F-08). Simulated clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from switchroom.api.tabs import (
    MOST_DEVICES,
    MOST_TABS,
    REMEMBERED_SECONDS,
    SILENT_SECONDS,
    CloseTab,
    CommandGiven,
    ConnectionId,
    Event,
    GroupKey,
    Message,
    PhoneClaimed,
    StateTold,
    TabJoined,
    TabLeft,
    TabPinged,
    TellCommand,
    TellOwner,
    TellPong,
    TellRefused,
    TellState,
    TimePassed,
    UserTabs,
    VisibilityChanged,
    handle,
)

HERE = GroupKey("Chromium 130 Linux", "192.0.2.1")
ELSEWHERE = GroupKey("Chromium 130 Linux", "198.51.100.1")


@dataclass
class Office:
    """A user's tabs, and what each was told last."""

    state: UserTabs = field(default_factory=UserTabs)
    now: float = 1000.0
    told: dict[int, TellOwner] = field(default_factory=dict)
    closed: dict[int, int] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)

    def do(self, event: Event) -> list[Message]:
        self.state, messages = handle(self.state, event, self.now)
        for message in messages:
            assert message.to not in self.closed, "nothing is sent after the end"
            if isinstance(message, TellOwner):
                self.told[message.to] = message
            if isinstance(message, CloseTab):
                self.closed[message.to] = message.code
                self.told.pop(message.to, None)
        self.sent += messages
        return messages

    def join(
        self, number: int, *, visible: bool = False, group: GroupKey = HERE, tab: str = "", device: str = ""
    ) -> list[Message]:
        name = tab or f"tab-{number}"
        return self.do(TabJoined(ConnectionId(number), name, device or f"device-{name}", group, visible))

    def leave(self, number: int) -> list[Message]:
        self.told.pop(number, None)
        return self.do(TabLeft(ConnectionId(number)))

    def claim(self, number: int) -> list[Message]:
        return self.do(PhoneClaimed(ConnectionId(number)))

    @property
    def owners(self) -> list[int]:
        return [number for number, told in self.told.items() if told.you]


def test_f_08_the_first_tab_owns_the_phone_and_the_next_mirrors_it() -> None:
    office = Office()
    office.join(1)
    office.join(2, visible=True)
    assert office.owners == [1]
    assert office.told[2] == TellOwner(ConnectionId(2), you=False, owner="tab-1", tabs=2)
    assert office.told[1].tabs == 2


def test_f_08_when_the_owner_closes_the_visible_tab_takes_over_at_once_with_the_calls() -> None:
    office = Office()
    for number in (1, 2, 3, 4):
        office.join(number)
    office.do(VisibilityChanged(ConnectionId(2), True))
    messages = office.leave(1)
    assert office.owners == [2]
    assert TellOwner(ConnectionId(2), True, "tab-2", 3, ("device-tab-1",)) in messages
    assert office.told[4] == TellOwner(ConnectionId(4), False, "tab-2", 3)


def test_f_08_with_none_visible_the_youngest_takes_over() -> None:
    office = Office()
    for number in (1, 2, 3):
        office.join(number)
    office.leave(1)
    assert office.owners == [3]


def test_f_08_an_owner_that_says_nothing_is_gone_after_15_seconds_and_so_are_other_silent_tabs() -> None:
    office = Office()
    for number in (1, 2, 3):
        office.join(number)
    office.now += SILENT_SECONDS - 1
    assert office.do(TabPinged(ConnectionId(2))) == [TellPong(ConnectionId(2))]
    assert office.do(TimePassed()) == []
    office.now += 1
    office.do(TimePassed())
    assert office.owners == [2]
    assert set(office.closed) == {1, 3}
    assert office.told[2].tabs == 1
    # What a silent tab says later is not heard.
    assert office.do(TabPinged(ConnectionId(1))) == []


def test_f_08_a_claim_moves_the_phone_with_its_calls() -> None:
    office = Office()
    office.join(1)
    office.join(2)
    messages = office.claim(2)
    assert office.owners == [2]
    assert TellOwner(ConnectionId(2), True, "tab-2", 2, ("device-tab-1",)) in messages
    assert office.told[1] == TellOwner(ConnectionId(1), False, "tab-2", 2)
    assert office.claim(2) == [TellOwner(ConnectionId(2), True, "tab-2", 2)]


def test_f_08_a_page_loaded_again_gets_its_own_calls_back() -> None:
    office = Office()
    office.join(1, tab="only")
    office.leave(1)
    office.now += 3
    office.join(2, tab="only")
    assert office.told[2].take_over == ("device-only",)
    office.leave(2)
    office.now += REMEMBERED_SECONDS
    office.do(TimePassed())
    assert office.state.idle
    office.join(3, tab="other")
    assert office.told[3].take_over == ()


def test_f_08_a_new_socket_of_the_owner_s_page_inherits_before_the_old_one_is_noticed_dead() -> None:
    office = Office()
    office.join(1, tab="a")
    office.join(2, tab="b", visible=True)
    messages = office.join(3, tab="a")
    assert office.owners == [3]
    assert 1 in office.closed
    assert TellRefused(ConnectionId(1), "superseded", messages[0].message) in messages  # type: ignore[union-attr]
    assert office.told[2].tabs == 2
    assert not any(isinstance(m, TellOwner) and m.to == 2 and m.you for m in messages)


def test_f_08_a_change_of_network_moves_the_page_to_another_group() -> None:
    office = Office()
    office.join(1, tab="a")
    office.join(2, tab="b")
    office.join(3, tab="a", group=ELSEWHERE)
    assert sorted(office.owners) == [2, 3]
    assert office.told[3].take_over == ()


def test_f_08_browsers_do_not_disturb_each_other() -> None:
    office = Office()
    office.join(1)
    office.join(2, group=ELSEWHERE)
    office.join(3, group=GroupKey("Firefox", HERE.network))
    assert office.owners == [1, 2, 3]
    assert office.do(StateTold(ConnectionId(1), b"{}")) == []
    office.leave(1)
    assert office.owners == [2, 3]


def test_mirrors_see_what_the_owner_shows_also_those_that_come_later() -> None:
    office = Office()
    office.join(1)
    office.join(2)
    assert office.do(StateTold(ConnectionId(1), b'{"a":1}')) == [TellState(ConnectionId(2), b'{"a":1}')]
    assert office.join(3)[-1] == TellState(ConnectionId(3), b'{"a":1}')
    refused = office.do(StateTold(ConnectionId(2), b"{}"))
    assert isinstance(refused[0], TellRefused)
    assert refused[0].error_id == "not-owner"


def test_a_mirror_s_command_goes_to_the_owner() -> None:
    office = Office()
    office.join(1)
    office.join(2)
    told = office.do(CommandGiven(ConnectionId(2), b'"mute"'))
    assert told == [TellCommand(ConnectionId(1), "tab-2", b'"mute"')]


def test_tabs_are_limited() -> None:
    office = Office()
    for number in range(MOST_TABS):
        office.join(number)
    messages = office.join(99)
    assert isinstance(messages[0], TellRefused)
    assert messages[0].error_id == "too-many-tabs"
    assert 99 in office.closed
    assert len(office.state.tabs) == MOST_TABS


def test_hello_twice_changes_nothing() -> None:
    office = Office()
    office.join(1)
    before = office.state
    assert isinstance(office.join(1)[0], TellRefused)
    assert office.state == before


CONNECTIONS = st.integers(1, 30).map(ConnectionId)


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens: every group with tabs has one owner, and every tab was told the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.office = Office()
        self.used = 0

    @rule(tab=st.integers(1, 6), visible=st.booleans(), group=st.sampled_from([HERE, ELSEWHERE]))
    def join(self, tab: int, visible: bool, group: GroupKey) -> None:
        self.used += 1
        self.office.join(self.used, visible=visible, group=group, tab=f"t{tab}")

    @rule(connection=CONNECTIONS)
    def leave(self, connection: ConnectionId) -> None:
        self.office.leave(connection)

    @rule(connection=CONNECTIONS, visible=st.booleans())
    def look(self, connection: ConnectionId, visible: bool) -> None:
        self.office.do(VisibilityChanged(connection, visible))

    @rule(connection=CONNECTIONS)
    def claim(self, connection: ConnectionId) -> None:
        self.office.claim(connection)

    @rule(connection=CONNECTIONS, shown=st.sampled_from([b"1", b"2"]))
    def show(self, connection: ConnectionId, shown: bytes) -> None:
        self.office.do(StateTold(connection, shown))

    @rule(connection=CONNECTIONS)
    def ping(self, connection: ConnectionId) -> None:
        self.office.do(TabPinged(connection))

    @rule(seconds=st.sampled_from([1.0, 7.0, 16.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.office.now += seconds
        self.office.do(TimePassed())

    @invariant()
    def there_is_one_owner_and_everybody_knows_him(self) -> None:
        state = self.office.state
        assert set(self.office.told) == set(state.tabs)
        for key, group in state.groups.items():
            tabs = [tab for tab in state.tabs.values() if tab.group == key]
            assert len(group.devices) <= MOST_DEVICES
            if not tabs:
                assert group.owner is None
                continue
            assert group.owner is not None
            owner = state.tabs[group.owner]
            assert owner in tabs
            for tab in tabs:
                told = self.office.told[tab.connection]
                assert told.you is (tab == owner)
                assert (told.owner, told.tabs) == (owner.tab, len(tabs))


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

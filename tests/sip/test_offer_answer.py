"""The offer/answer table: each row, each missing pair, and what RFC 6337 asks of the whole."""

from __future__ import annotations

import pytest

from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.offer_answer import GLARE, OFFER_ANSWER, OVERLAP, OfferAnswer, OfferState, OfferStep

CELLS = [
    pytest.param(state, step, OFFER_ANSWER[state].get(step), id=f"{state.name}-{step.name}")
    for state in OfferState
    for step in OfferStep
]
FROM_THE_PEER = (OfferStep.RECEIVED_OFFER, OfferStep.ASKED)
OPEN = (OfferState.FIRST_LOCAL, OfferState.FIRST_REMOTE, OfferState.LOCAL, OfferState.REMOTE)


@pytest.mark.parametrize(("state", "step", "result"), CELLS)
def test_cell(state: OfferState, step: OfferStep, result: OfferState | int | None) -> None:
    machine = OfferAnswer(state)
    if result is None:
        with pytest.raises(LocalProtocolError):
            machine.take(step)
        assert machine.state is state
    elif isinstance(result, OfferState):
        assert machine.take(step) == 0
        assert machine.state is result
    else:
        assert machine.take(step) == result
        assert machine.state is state


@pytest.mark.parametrize("state", OfferState)
def test_nothing_a_peer_offers_is_a_bug_of_ours(state: OfferState) -> None:
    for step in FROM_THE_PEER:
        assert step in OFFER_ANSWER[state]


@pytest.mark.parametrize("state", OPEN)
def test_only_one_offer_is_open_at_a_time(state: OfferState) -> None:
    ours = state in (OfferState.FIRST_LOCAL, OfferState.LOCAL)
    for step in FROM_THE_PEER:
        assert OFFER_ANSWER[state][step] == (GLARE if ours else OVERLAP)
    assert not OfferAnswer(state).idle


@pytest.mark.parametrize("state", OPEN)
def test_a_refused_offer_leaves_what_was_agreed(state: OfferState) -> None:
    before = OfferState.NEW if state.name.startswith("FIRST") else OfferState.AGREED
    assert OFFER_ANSWER[state][OfferStep.REFUSED] is before

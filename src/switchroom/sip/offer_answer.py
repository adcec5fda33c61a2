"""Who owes whom an answer: the offer/answer state of one dialog as a table (RFC 3264 §4, RFC 6337 §2)."""

from __future__ import annotations

from enum import Enum

from switchroom.sip.errors import LocalProtocolError


class OfferState(Enum):
    """FIRST_LOCAL and LOCAL: an offer of ours is open; FIRST_REMOTE and REMOTE: one of theirs."""

    NEW = "nothing agreed"
    FIRST_LOCAL = "our first offer is open"
    FIRST_REMOTE = "their first offer is open"
    AGREED = "agreed"
    LOCAL = "our new offer is open"
    REMOTE = "their new offer is open"


class OfferStep(Enum):
    """What happens to it. ASKED is a re-INVITE without description: the offer is ours to make, in the 2xx."""

    SENT_OFFER = "we offer"
    RECEIVED_OFFER = "they offer"
    ASKED = "they ask for an offer"
    SENT_ANSWER = "we answer"
    RECEIVED_ANSWER = "they answer"
    REFUSED = "the open offer is refused"


_S, _E = OfferState, OfferStep

GLARE = 491
"""Our offer is open too: Request Pending (RFC 3261 §14.2, RFC 3311 §5.2)."""
OVERLAP = 500
"""Their earlier offer is open still: 500 with Retry-After."""

OFFER_ANSWER: dict[OfferState, dict[OfferStep, OfferState | int]] = {
    _S.NEW: {
        _E.SENT_OFFER: _S.FIRST_LOCAL,
        _E.RECEIVED_OFFER: _S.FIRST_REMOTE,
        _E.REFUSED: _S.NEW,
        _E.ASKED: OVERLAP,
    },
    _S.FIRST_LOCAL: {
        _E.RECEIVED_ANSWER: _S.AGREED,
        _E.REFUSED: _S.NEW,
        _E.RECEIVED_OFFER: GLARE,
        _E.ASKED: GLARE,
    },
    _S.FIRST_REMOTE: {
        _E.SENT_ANSWER: _S.AGREED,
        _E.REFUSED: _S.NEW,
        _E.RECEIVED_OFFER: OVERLAP,
        _E.ASKED: OVERLAP,
    },
    _S.AGREED: {
        _E.SENT_OFFER: _S.LOCAL,
        _E.RECEIVED_OFFER: _S.REMOTE,
        _E.ASKED: _S.REMOTE,
        _E.REFUSED: _S.AGREED,
    },
    _S.LOCAL: {
        _E.RECEIVED_ANSWER: _S.AGREED,
        _E.REFUSED: _S.AGREED,
        _E.RECEIVED_OFFER: GLARE,
        _E.ASKED: GLARE,
    },
    _S.REMOTE: {
        _E.SENT_ANSWER: _S.AGREED,
        _E.SENT_OFFER: _S.LOCAL,  # our offer in the 2xx to a re-INVITE that asked for one
        _E.REFUSED: _S.AGREED,
        _E.RECEIVED_OFFER: OVERLAP,
        _E.ASKED: OVERLAP,
    },
}
"""The next state, or the status that refuses the step. A pair without a row is a bug of ours."""


class OfferAnswer:
    """The state of one dialog."""

    __slots__ = ("state",)

    def __init__(self, state: OfferState = OfferState.NEW) -> None:
        self.state = state

    def take(self, step: OfferStep) -> int:
        """Take a step; 0 when it was allowed, else the status to refuse with. Raises LocalProtocolError."""
        result = OFFER_ANSWER[self.state].get(step)
        if result is None:
            raise LocalProtocolError(f"offer/answer: {step.value}, but {self.state.value}")
        if isinstance(result, int):
            return result
        self.state = result
        return 0

    @property
    def idle(self) -> bool:
        """Whether a new offer may be made."""
        return self.state is OfferState.AGREED

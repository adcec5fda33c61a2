"""calls/browsers.py: which browsers are there, by what media and WebSockets tell together."""

from __future__ import annotations

from switchroom.calls.browsers import GONE_SECONDS, SILENT_SECONDS, Browsers
from switchroom.calls.events import LegAway, LegBack
from switchroom.media.types import LegId

LEG = LegId("leg")
GONE, SILENT, BACK = LegAway(LEG, GONE_SECONDS), LegAway(LEG, SILENT_SECONDS), LegBack(LEG)


def talking() -> Browsers:
    """A browser that is heard."""
    browsers = Browsers()
    browsers.add(LEG)
    browsers.bind(LEG, "ref")
    assert browsers.media_found(LEG) == BACK
    return browsers


def test_f_08_the_time_of_a_page_that_is_gone_is_given_once() -> None:
    browsers = talking()
    assert browsers.media_closed(LEG) == GONE
    assert browsers.media_lost(LEG) is None
    assert browsers.flow_closed(["ref"]) == []
    assert browsers.media_closed(LEG) is None


def test_silence_becomes_a_page_that_is_gone_when_its_connection_closes() -> None:
    browsers = talking()
    assert browsers.media_lost(LEG) == SILENT
    assert browsers.flow_closed(["ref", "other"]) == [GONE]
    assert browsers.flow_closed(["ref"]) == []


def test_a_page_that_is_heard_may_lose_its_connection() -> None:
    browsers = talking()
    assert browsers.flow_closed(["ref"]) == []
    assert browsers.registered(["ref"]) == []
    assert browsers.media_lost(LEG) == SILENT


def test_after_a_new_offer_the_time_counts_anew() -> None:
    browsers = talking()
    assert browsers.media_closed(LEG) == GONE
    browsers.returned(LEG)
    assert browsers.media_closed(LEG) == GONE
    assert browsers.media_found(LEG) == BACK


def test_registering_brings_back_who_was_never_heard_and_nobody_else() -> None:
    browsers = Browsers()
    browsers.add(LEG)
    browsers.bind(LEG, "ref")
    assert browsers.flow_closed(["ref"]) == [GONE] and browsers.missing
    assert browsers.registered(["other"]) == []
    assert browsers.registered(["ref"]) == [BACK] and not browsers.missing
    heard = talking()
    heard.media_lost(LEG)
    heard.flow_closed(["ref"])
    assert heard.registered(["ref"]) == []


def test_a_leg_that_is_closed_is_forgotten() -> None:
    browsers = talking()
    browsers.flow_closed(["ref"])
    browsers.forget(LEG)
    assert not browsers.missing and len(browsers) == 0 and LEG not in browsers
    assert browsers.media_found(LEG) is None and browsers.media_closed(LEG) is None
    assert browsers.flow_closed(["ref"]) == []


def test_what_is_no_browser_s_leg_is_not_followed() -> None:
    browsers = Browsers()
    browsers.bind(LEG, "ref")
    browsers.forget(LEG)
    browsers.returned(LEG)
    assert browsers.flow_closed(["ref"]) == [] and browsers.media_closed(LEG) is None

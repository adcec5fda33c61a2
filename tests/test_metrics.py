"""Figures are read when they are asked for."""

from __future__ import annotations

from switchroom.metrics import Figures


def test_gauges_and_counters_show_what_the_parts_hold() -> None:
    calls = {"": 2.0}
    dropped = {"scanner": 3.0}
    figures = Figures()
    figures.gauge("calls", "Calls now", lambda: calls)
    figures.counter("sip_dropped", "Messages dropped", lambda: dropped, label="reason")
    assert b"switchroom_calls 2.0" in figures.text()
    calls[""] = 5.0
    dropped["rate"] = 1.0
    text = figures.text()
    assert b"switchroom_calls 5.0" in text
    assert b'switchroom_sip_dropped_total{reason="scanner"} 3.0' in text
    assert b'switchroom_sip_dropped_total{reason="rate"} 1.0' in text

"""Figures for Prometheus, read from the running parts when they are asked for (`/metrics`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

LAG_INTERVAL = 0.1
"""Seconds between two looks at the loop."""

LAG_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)


Row = tuple[str, str, str, Callable[[], Mapping[str, float]]]
"""Name, help text, label name ("" for none), reader."""


def _labels(label: str) -> list[str]:
    return [label] if label else []


def _filled(
    metric: GaugeMetricFamily | CounterMetricFamily, label: str, values: Mapping[str, float]
) -> Metric:
    for key, value in values.items():
        metric.add_metric([key] if label else [], value)
    return metric


class Figures(Collector):
    """Gauges and counters as the parts hold them: plain functions that return numbers by label value."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self._gauges: list[Row] = []
        self._counters: list[Row] = []
        self.loop_lag = Histogram(
            "switchroom_loop_lag_seconds",
            "How late the event loop ran a timer",
            buckets=LAG_BUCKETS,
            registry=self.registry,
        )

    def gauge(self, name: str, text: str, read: Callable[[], Mapping[str, float]], label: str = "") -> None:
        """Show what `read` returns; without a label its only key is ""."""
        self._gauges.append((f"switchroom_{name}", text, label, read))

    def counter(self, name: str, text: str, read: Callable[[], Mapping[str, float]], label: str = "") -> None:
        """Like `gauge`, for what only grows."""
        self._counters.append((f"switchroom_{name}", text, label, read))

    def collect(self) -> Iterable[Metric]:
        """Called by prometheus_client."""
        for name, text, label, read in self._gauges:
            yield _filled(GaugeMetricFamily(name, text, labels=_labels(label)), label, read())
        for name, text, label, read in self._counters:
            yield _filled(CounterMetricFamily(name, text, labels=_labels(label)), label, read())

    def text(self) -> bytes:
        """The exposition format, version 0.0.4."""
        return generate_latest(self.registry)

    async def watch_loop(self) -> None:
        """Measure how late timers run, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_INTERVAL
            await asyncio.sleep(LAG_INTERVAL)
            self.loop_lag.observe(max(0.0, loop.time() - due))

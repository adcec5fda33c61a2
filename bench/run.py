"""`make bench`: measure, print the method and the table, write bench/results/*.json."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "src")]

from bench import (  # noqa: E402
    browser_rows,
    conference_rows,
    console_rows,
    contact_rows,
    media_rows,
    room_rows,
    routing_rows,
    server_rows,
    trunk_rows,
    webrtc_rows,
)
from bench.measure import Effort  # noqa: E402
from bench.table import Row, render  # noqa: E402

_METHOD = """\
CPU: user + system time of all server processes from /proc/PID/stat, {runs} of {seconds:.0f} s, the
generator not counted (its own share is stated). Yardsticks: same run, same generator, same machine.
RTP: G.711, 20 ms, loopback, one socket a leg, each at its own random phase; arrival times are the
kernel's stamps. Jitter: |change of transit time| between neighbouring packets, all legs. Loss: of the
packets that should have come, one every 20 ms a leg. Delay: talkers say chirps that never repeat; every
stretch heard is found again in what was said, by correlation; mouth to ear less the 20 ms of packetising.
SIP: UDP, open loop at the stated rate. Trunk calls: one after another; caller and provider in one process.
"""

Measure = Callable[[Effort], list[Row]]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three runs each, long runs long")
    parser.add_argument("--only", default="", help="comma-separated names of rows to measure")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "results")
    return parser.parse_args()


def main() -> int:
    """Measure everything asked for; 0 when all could be measured (reached or not)."""
    arguments = _arguments()
    effort = Effort(full=arguments.full)
    wanted = [name for name in arguments.only.split(",") if name]
    measures: list[Measure] = [
        *media_rows.ROWS,
        *webrtc_rows.ROWS,
        *room_rows.ROWS,
        *routing_rows.ROWS,
        *contact_rows.ROWS,
        *server_rows.ROWS,
        *trunk_rows.ROWS,
        *conference_rows.ROWS,
        *browser_rows.ROWS,
        *console_rows.ROWS,
    ]
    if arguments.list:
        print("\n".join(measure.__name__ for measure in measures))
        return 0
    runs = "median of three runs" if effort.full else "one run"
    mode, load = "full" if effort.full else "quick", os.getloadavg()[0]
    print(f"Switchroom benchmarks, {mode}, {platform.platform()}, {os.cpu_count()} cores, load {load:.1f}")
    print(_METHOD.format(runs=runs, seconds=effort.seconds))
    rows: list[Row] = []
    failed = 0
    for measure in measures:
        if wanted and measure.__name__ not in wanted:
            continue
        begin = time.monotonic()
        try:
            rows += measure(effort)
        except Exception as error:
            failed += 1
            traceback.print_exc()
            rows.append(Row(measure.__name__, "", f"could not be measured: {error}", None))
        print(f"  {measure.__name__}: {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    print(render(rows))
    arguments.output.mkdir(parents=True, exist_ok=True)
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    path = arguments.output / f"{stamp}.json"
    about = {"full": effort.full, "platform": platform.platform(), "cpus": os.cpu_count()}
    path.write_text(json.dumps(about | {"rows": [asdict(row) for row in rows]}, indent=1))
    print(f"\n{path}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""The layout is executable: who may import whom, and how long a file or a function may be (docs/tour.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "switchroom"

FILE_CAPS = {".py": 800, ".rs": 1200, ".ts": 600, ".tsx": 600}
MEDIAN_CAP = 180
FUNCTION_CAP = 100
FUNCTION_P95 = 50

# Package -> what it may import of our own. A name with a dot is one module (or what lies below it).
ALLOWED: dict[str, set[str]] = {
    "sip": {"sip"},
    "transports": {"sip", "transports"},
    "media": {"media"},
    "directory": {"directory"},
    "registrar": {
        "registrar",
        "directory",
        *(f"sip.{m}" for m in ("message", "uri", "headers", "flow", "errors")),
    },
    "calls": {
        "calls",
        "directory",
        "registrar",
        "media.types",
        "media.sdp",
        "media.offer_answer",
        *(f"sip.{m}" for m in ("message", "uri", "headers", "flow", "errors", "events", "digest")),
        *(f"sip.{m}" for m in ("parties", "bodies")),
    },
    "trunks": {
        "trunks",
        "calls",
        "directory",
        "media.offer_answer",
        *(f"sip.{m}" for m in ("message", "uri", "headers", "flow", "errors", "events", "digest")),
    },
    "crm": {"crm", "directory"},
    "store": {
        "store",
        "crm",
        "happenings",
        "directory",
        "calls.ports",
        "calls.records",
        "calls.minutes",
        "calls.boxes",
        "calls.values",
        "calls.events",
        "registrar.ports",
        "registrar.bindings",
    },
    "sounds": {"sounds", "directory"},
    "connectors": {"connectors", "crm", "directory", "store", "happenings"},
    "outbox": {"outbox", "directory", "store"},
    "provisioning": {"provisioning"},
    "api": {
        "api",
        "directory",
        "store",
        "crm",
        "connectors",
        "outbox",
        "provisioning",
        "calls.ports",
        "calls.events",
        "calls.commands",
        "calls.outcomes",
        "calls.records",
        "calls.room_events",
        "trunks.state",
        "happenings",
        "openid_settings",
    },
}

# Only these outside the standard library; a package not named here may use what pyproject.toml lists.
THIRD_PARTY: dict[str, set[str]] = {
    "sip": set(),
    "transports": {"dns"},
    "media": {"msgspec"},
    "directory": {"phonenumbers"},
    "registrar": set(),
    "calls": {"msgspec"},
    "trunks": set(),
    "sounds": {"espeakng_loader", "miniaudio"},
    "crm": set(),
    "provisioning": set(),
    "outbox": {"aiosmtplib", "httpx", "icalendar", "sqlalchemy"},
}

# The sans-IO and reducing parts see no clock, no socket, no chance of their own.
PURE_BANNED = {"asyncio", "socket", "ssl", "threading", "time", "subprocess", "select"}
PURE = {
    "sip": set(),
    "directory": set(),
    "crm": set(),
    "registrar": set(),
    "provisioning": set(),
    "calls": {"runner.py"},
}


def python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    """Every absolute module name that a file imports; relative imports are not used in this project."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            if node.module.startswith("switchroom") and node.module.count(".") <= 1:
                for name in node.names:
                    yield f"{node.module}.{name.name}"
            else:
                yield node.module


def package_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else ""


def may_import(package: str, target: str) -> bool:
    return any(target == allowed or target.startswith(allowed + ".") for allowed in ALLOWED[package])


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_layout(path: Path) -> None:
    package = package_of(path)
    if package not in ALLOWED:
        assert package == "", f"{package} has no row in ALLOWED"
        return
    for name in imports_of(path):
        top, _, rest = name.partition(".")
        if top == "switchroom":
            if rest == "__version__":
                continue
            target_is_package_symbol = rest.split(".")[0] == package
            assert target_is_package_symbol or may_import(package, rest), f"{path} imports {name}"
        elif package in THIRD_PARTY:
            import sys

            assert top in sys.stdlib_module_names or top in THIRD_PARTY[package], f"{path} imports {name}"
        if package in PURE and path.name not in PURE[package]:
            assert top not in PURE_BANNED, f"{path} imports {name}"


def source_files() -> list[Path]:
    folders = ("src", "tests", "media", "bench", "fuzz", "web")
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in FILE_CAPS and "node_modules" not in path.parts and "target" not in path.parts
    )


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_past_its_cap(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_CAPS[path.suffix]


def function_lengths() -> list[tuple[int, str]]:
    return sorted(
        (node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.name}")
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    )


def test_functions_are_short() -> None:
    lengths = function_lengths()
    assert lengths[-1][0] <= FUNCTION_CAP, lengths[-3:]
    assert lengths[int(len(lengths) * 0.95)][0] <= FUNCTION_P95


def test_the_median_file_is_short() -> None:
    lengths = [len(path.read_text().splitlines()) for path in python_files() if path.name != "__init__.py"]
    assert median(lengths) <= MEDIAN_CAP


def test_tests_of_the_pure_parts_do_not_sleep() -> None:
    for package in ("sip", "directory", "calls", "registrar"):
        for path in (ROOT / "tests" / package).rglob("*.py"):
            assert "sleep(" not in path.read_text(), f"{path} sleeps"


def test_the_project_names_no_machine_of_ours() -> None:
    banned = ("/" + "work/", "/" + "farm/")
    for path in source_files() + sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")):
        text = path.read_text()
        assert not any(word in text for word in banned), path

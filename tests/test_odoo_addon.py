"""The Odoo add-on, as far as it can be looked at without an Odoo; test_browser_odoo_addon.py installs it."""

from __future__ import annotations

import ast
import re
import sys
import types
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from switchroom.store.sites import read_statement

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "integrations" / "odoo" / "switchroom"
PYTHON = sorted(FOLDER.rglob("*.py"))
XML = sorted(FOLDER.rglob("*.xml"))


def manifest() -> dict[str, Any]:
    found = ast.literal_eval((FOLDER / "__manifest__.py").read_text())
    assert isinstance(found, dict)
    return found


def messages(name: str) -> dict[str, str]:
    """msgid to msgstr of a file of translations."""
    text = (FOLDER / "i18n" / name).read_text()
    pairs = re.findall(r"^msgid ((?:\".*\"\n)+)msgstr ((?:\".*\"\n?)+)", text, re.M)
    both = ["".join(re.findall(r"\"(.*)\"", part)) for pair in pairs for part in pair]
    return {key: value for key, value in zip(both[::2], both[1::2], strict=True) if key}


def test_the_manifest_is_what_odoo_19_installs() -> None:
    found = manifest()
    assert found["license"] == "LGPL-3"
    assert re.fullmatch(r"19\.0(\.\d+){3}", found["version"])
    assert found["installable"] is True
    assert set(found["depends"]) <= {"base_setup", "mail", "phone_validation", "web"}, "Community, and small"
    for name in found["data"]:
        assert (FOLDER / name).is_file(), name
    assert (FOLDER / "LICENSE").read_text().lstrip().startswith("GNU LESSER GENERAL PUBLIC LICENSE")
    assert found["assets"]["web.assets_backend"] == ["switchroom/static/src/**/*"]
    assert {path.suffix for path in (FOLDER / "static/src").iterdir()} == {".js", ".xml", ".scss"}


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_python_compiles_and_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(), str(path))
    assert path.name in ("__init__.py", "__manifest__.py") or ast.get_docstring(tree)


@pytest.mark.parametrize("path", XML, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_xml_is_well_formed(path: Path) -> None:
    root = ET.fromstring(path.read_bytes())
    assert root.tag == ("templates" if "static" in path.parts else "odoo")


def test_who_may_see_the_secret_and_whose_phone_it_is() -> None:
    """S2-16: administrators only; a person who set his own extension would be somebody else."""
    tree = ast.parse((FOLDER / "models/res_users.py").read_text())
    tree.body += ast.parse((FOLDER / "models/res_config_settings.py").read_text()).body
    fields = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Char"
    ]
    assert len(fields) == 3
    for field in fields:
        groups = {word.arg: ast.literal_eval(word.value) for word in field.keywords if word.arg == "groups"}
        assert groups == {"groups": "base.group_system"}
    text = "".join(path.read_text() for path in PYTHON)
    assert "SELF_WRITEABLE_FIELDS" not in text
    methods = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert "_switchroom_statement" in methods, "with an underscore: nobody calls it over the network"


@pytest.mark.parametrize("language", ["fr", "it"])
def test_every_word_is_translated(language: str) -> None:
    found, asked = messages(f"{language}.po"), messages("switchroom.pot")
    assert len(asked) > 12
    assert found.keys() == asked.keys()
    for source, translated in found.items():
        assert translated, source
        assert source.count("%s") == translated.count("%s"), source


def test_the_words_of_the_templates_are_among_those() -> None:
    asked = messages("switchroom.pot")
    for path in XML:
        for element in ET.fromstring(path.read_bytes()).iter():
            for name in ("title", "string", "help"):
                if (word := element.get(name)) is not None:
                    assert word in asked, f"{path.name}: {word}"
    for path in (FOLDER / "static/src").glob("*.js"):
        for word in re.findall(r"_t\(\"([^\"]+)\"", path.read_text()):
            assert word in asked, f"{path.name}: {word}"


def test_switchroom_believes_what_the_add_on_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The add-on's own code, with a stand-in for Odoo."""
    odoo, errors = types.ModuleType("odoo"), types.ModuleType("odoo.exceptions")
    odoo._ = str  # type: ignore[attr-defined]
    odoo.models = types.SimpleNamespace(Model=object)  # type: ignore[attr-defined]
    odoo.fields = types.SimpleNamespace(Char=lambda *_, **__: None)  # type: ignore[attr-defined]
    errors.UserError = Exception  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "odoo", odoo)
    monkeypatch.setitem(sys.modules, "odoo.exceptions", errors)
    made: dict[str, Any] = {"__name__": "res_users"}
    exec(compile((FOLDER / "models/res_users.py").read_text(), "res_users.py", "exec"), made)
    statement = made["sign"]("sws_secret", "https://odoo.example.com", "Zoë@example.com", "n" * 32, 1000.5)
    assert read_statement(statement, "sws_secret", "https://odoo.example.com", 1001.0)[0] == "Zoë@example.com"
    for typed, server in {
        " https://pbx.example.com/ ": "https://pbx.example.com",
        "http://127.0.0.1:8080": "http://127.0.0.1:8080",
        "pbx.example.com": "",
        "https://pbx.example.com/phone": "",
        "javascript:alert(1)": "",
        None: "",
    }.items():
        assert made["read_server"](typed) == server

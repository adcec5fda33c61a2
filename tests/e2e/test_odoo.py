"""A real Odoo with the open phone add-on (OCA voip_oca, SIP.js): it registers, is called, and calls.

It takes minutes and 1.7 GB to install one with ../shared/tools/odoo_up.sh FOLDER, so that this is asked for:
start it so, and set SWITCHROOM_TEST_ODOO=1.
"""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.harness import baresip, browser
from tests.harness.audio import strongest
from tests.harness.baresip import Baresip
from tests.harness.browser import Browser, hear
from tests.harness.server import Server

pytestmark = pytest.mark.e2e

ODOO = "http://127.0.0.1:18079"
ADMINISTRATOR = 2


def odoo(model: str, method: str, *arguments: Any) -> Any:
    """One call of Odoo's external API, as its administrator."""
    parameters = ["t1", ADMINISTRATOR, "admin", model, method, list(arguments)]
    call = {"service": "object", "method": "execute_kw", "args": parameters}
    body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": call}).encode()
    request = urllib.request.Request(f"{ODOO}/jsonrpc", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        decoded = json.loads(answer.read())
    assert "error" not in decoded, decoded
    return decoded["result"]


async def test_the_phone_of_odoo_calls_and_is_called(shared_server: Server, tmp_path: Path) -> None:
    if not os.environ.get("SWITCHROOM_TEST_ODOO"):
        pytest.skip("NOT TESTED with Odoo: start it (see this file) and set SWITCHROOM_TEST_ODOO")
    if not browser.installed() or not baresip.installed():
        pytest.skip("NOT TESTED with Odoo: chromium or baresip is not installed")
    websocket = f"ws://127.0.0.1:{shared_server.http_port}/sip"
    values = {"name": "Switchroom", "domain": "127.0.0.1", "ws_server": websocket, "mode": "prod"}
    account = {"voip_username": "202", "voip_password": shared_server.secrets["202"]}
    account["voip_pbx_id"] = odoo("voip.pbx", "create", values)
    odoo("res.users", "write", [ADMINISTRATOR], account)
    desk = Baresip(tmp_path / "201", "201", shared_server.secrets["201"], shared_server.sip, tone=853)
    async with Browser(tmp_path / "browser", tone_hz=617) as chromium:
        page = await chromium.page(f"{ODOO}/web/login?db=t1")
        page.set_default_timeout(60_000)
        await page.fill("input[name=login]", "admin")
        await page.fill("input[name=password]", "admin")
        await page.click("button[type=submit]")
        await page.wait_for_selector("button[title=Softphone].o_voip_connected", timeout=60_000)
        try:
            await desk.start()
            await asyncio.sleep(2)
            await desk.dial("202")
            await page.click("button[title=Accept]")
            await desk.event("CALL_ESTABLISHED")
            await asyncio.sleep(1)
            samples, rate = await hear(page, 1.5)
            assert abs(strongest(samples, rate) - 853) < 5
            await desk.command("hangup")
            await asyncio.sleep(1)
            samples, rate = desk.heard()
            assert abs(strongest(samples[-rate:], rate) - 617) < 5
            # Out of Odoo, by its keypad.
            await page.reload()
            await page.click("button[title=Softphone].o_voip_connected")
            await page.click(".o_voip_softphone_footer .fa-keyboard-o")
            await page.fill(".o_numpad_input", "201")
            await page.click(".o_voip_softphone_footer .fa-phone")
            await desk.event("CALL_ESTABLISHED", seconds=10)
            await asyncio.sleep(1)
            samples, rate = await hear(page, 1.5)
            assert abs(strongest(samples, rate) - 853) < 5
        finally:
            await page.screenshot(path=str(tmp_path / "odoo.png"))
            await desk.stop()

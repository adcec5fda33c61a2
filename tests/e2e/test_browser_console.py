"""The console in a real Chromium: conferences (S1-01 to S1-09), apply, conflicts, history, keyboard."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Locator, Route, expect

from tests.e2e.test_calls import phones
from tests.e2e.test_webhooks import believed, receiving
from tests.harness.audio import gaps, share
from tests.harness.console import SLOW, Chromium, ConsolePage
from tests.harness.phone_call import CallError
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

FIVE = [
    "Name",
    "Internal extension",
    "Access code",
    "Administrator extension",
    "Wait for the administrator to start the conference",
]


async def colour(console: ConsolePage, locator: Locator) -> tuple[int, int, int]:
    found = re.findall(r"\d+", await console.style(locator, "backgroundColor"))
    return int(found[0]), int(found[1]), int(found[2])


async def dial(server: Server, extension: str) -> int:
    """The status that a phone gets for a number; it hangs up when it is answered."""
    async with phones(server, "203") as (phone,):
        call = await phone.call(extension)
        try:
            await call.answered(within=30)  # a refusal is spoken before it is sent
        except CallError:
            assert call.state == "ended"
        else:
            await call.hang_up()
        return int(call.status or 0)


async def test_s1_01_to_s1_09_a_conference_is_added_saved_and_applied(
    admin: ConsolePage, shared_server: Server
) -> None:
    async with phones(shared_server, "204", "205") as (one, other):
        call = await one.call("205", source=Tone(431))
        rung = await other.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        await asyncio.sleep(0.5)
        told = [len(one.log), len(other.log)]

        await admin.go("Conferences")
        for extension, name in (("8001", "Open room"), ("8002", "Board"), ("8003", "Monday meeting")):
            await expect(admin.row(name)).to_contain_text(extension)
        add = admin.button("Add a conference")
        red, green, blue = await colour(admin, add)
        assert green > red + 40 and green > blue + 40, "S1-02: the button is green"
        await add.click()

        form = admin.page.get_by_role("dialog", name="New conference")
        await expect(form.get_by_role("heading", name="New conference")).to_be_visible()
        labels = await form.locator("label").all_inner_texts()
        assert [text.strip() for text in labels][:5] == FIVE
        await expect(admin.field("Administrator code")).to_be_hidden()
        await expect(form).to_contain_text("3 to 5 digits")
        users = await shared_server.api_async("GET", "/api/users")
        assert await admin.options(FIVE[3]) == [f"{user['extension']} {user['name']}" for user in users]
        waits = admin.field(FIVE[4])
        assert sorted(await waits.locator("option").all_inner_texts()) == ["No", "Yes"]

        await admin.field("Name").fill("Planning")
        await admin.field("Internal extension").fill("8050")
        await admin.field("Access code").fill("2468")
        await admin.choose(FIVE[3], "202 Bruno Conti")
        await waits.select_option("Yes")
        await waits.select_option("No")
        await admin.save()
        await expect(admin.row("Planning")).to_contain_text("Not applied yet")
        assert await dial(shared_server, "8050") == 404, "S1-08: saved is not applied"

        apply = admin.button("Apply changes", admin.page.locator("header"))
        place = await apply.bounding_box()
        assert place is not None and place["x"] > 640 and place["y"] < 80, "S1-08: upper right"
        said = await admin.apply()
        assert "Conference Planning (8050) added" in said
        await expect(admin.row("Planning")).not_to_contain_text("Not applied yet")
        await expect(admin.button("Edit Planning")).to_be_visible()
        await expect(admin.button("Delete Planning")).to_be_visible()
        assert await dial(shared_server, "8050") == 200

        # S1-08: the running call got no message, and no gap.
        assert [len(one.log), len(other.log)] == told
        for heard, frequency in ((call.media.heard(), 617), (rung.media.heard(), 431)):
            later = heard[8000:]
            assert share(later, 8000, frequency) > 0.98
        at_end = await call.media.listen(0.8, rung.media)
        assert gaps(at_end, 8000, 617) == []


async def test_s1_03_what_is_refused_is_told_beside_its_field_and_nothing_typed_is_lost(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Conferences")
    await admin.button("Add a conference").click()
    await admin.field("Name").fill("Sales")
    await admin.field("Internal extension").fill("201")
    await admin.field("Access code").fill("13579")
    await admin.button("Save", admin.dialog).click()
    assert "201" in await admin.error_of("Internal extension")
    assert "Anna Weber" in await admin.error_of("Internal extension")
    await expect(admin.field("Internal extension")).to_be_focused()

    await admin.field("Internal extension").fill("80a1")
    await admin.field("Access code").fill("12x")
    await admin.button("Save", admin.dialog).click()
    assert "digits" in await admin.error_of("Internal extension")
    assert "4 to 10 digits" in await admin.error_of("Access code")

    await admin.field("Internal extension").fill("8060")
    await admin.field("Access code").fill("")
    await admin.field(FIVE[4]).select_option("Yes")
    await admin.button("Save", admin.dialog).click()
    assert "administrator" in await admin.error_of(FIVE[4])
    assert await admin.field("Name").input_value() == "Sales"
    assert await admin.field("Internal extension").input_value() == "8060"

    # A reload in the middle: what was typed is there again.
    await admin.page.reload()
    await expect(admin.field("Name")).to_have_value("Sales")
    await expect(admin.field("Internal extension")).to_have_value("8060")
    await admin.choose(FIVE[3], "201 Anna Weber")
    await admin.save()
    await expect(admin.row("Sales")).to_contain_text("8060")
    rooms = await shared_server.api_async("GET", "/api/conferences")
    sales = next(room for room in rooms if room["name"] == "Sales")
    assert sales["administrator"] == "user-201" and sales["wait_for_administrator"] and sales["pending"]


async def test_s1_09_edit_and_delete_ask_and_act_in_two_steps(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Conferences")
    await admin.button("Edit Monday meeting").click()
    await expect(admin.dialog.get_by_role("heading", name="Conference Monday meeting")).to_be_visible()
    await admin.field("Name").fill("Tuesday meeting")
    await admin.save()
    await expect(admin.row("Tuesday meeting")).to_contain_text("Not applied yet")

    # Cancel of the question changes nothing; its focus is on Cancel.
    await admin.button("Delete Board").click()
    question = admin.page.get_by_role("alertdialog")
    await expect(question).to_contain_text("Board")
    await expect(admin.button("Cancel", question)).to_be_focused()
    await admin.button("Cancel", question).click()
    await expect(admin.row("Board")).to_be_visible()
    assert "8002" in await admin.delete("Board")
    await expect(admin.row("Board")).to_have_count(0)
    assert await dial(shared_server, "8002") == 200, "deleted, not applied: it is still in production"
    said = await admin.apply("Weekly rooms")
    assert "Tuesday meeting" in said and "Conference Board (8002) deleted" in said
    assert await dial(shared_server, "8002") == 404


async def test_s1_08_history_shows_who_applied_what_and_rolls_back(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Conferences")
    await admin.button("Edit Open room").click()
    await admin.field("Access code").fill("8642")
    await admin.save()
    await admin.apply("A code for the open room")
    before = (await shared_server.api_async("GET", "/api/configuration/revisions?limit=2"))[1]["number"]

    await admin.go("History")
    first = admin.page.get_by_role("article").first
    await expect(first).to_contain_text("In production")
    await expect(first).to_contain_text("admin")
    await expect(first).to_contain_text("A code for the open room")
    await expect(first).to_contain_text("Access code set")
    assert "8642" not in await admin.page.locator("main").inner_text(), "codes are not shown"
    article = admin.page.get_by_role("article", name=f"Revision {before}", exact=True)
    await admin.button("Roll back", article).click()
    question = admin.page.get_by_role("dialog", name=f"Roll back to revision {before}?")
    await expect(question).to_contain_text("Access code removed")
    await admin.button("Roll back", question).click()
    await expect(question).to_have_count(0)
    await expect(admin.page.get_by_role("article").first).to_contain_text(f"{before}")
    rooms = await shared_server.api_async("GET", "/api/conferences")
    assert next(room for room in rooms if room["extension"] == "8001")["access_code"] is None
    newest = (await shared_server.api_async("GET", "/api/configuration/revisions?limit=1"))[0]
    assert newest["number"] == before + 2


async def second_administrator(chromium: Chromium, server: Server) -> ConsolePage:
    """Another administrator with his own browser: Elena Rossi, 205."""
    body = {"name": "205", "role": "administrator", "extra_rights": []}
    await server.api_async("PUT", "/api/users/user-205/login", body)
    return await chromium.sign_in(server, "205")


async def test_s1_08_two_administrators_edit_the_same_and_nothing_is_lost(
    admin: ConsolePage, chromium: Chromium, shared_server: Server
) -> None:
    elena = await second_administrator(chromium, shared_server)
    for console in (admin, elena):
        await console.go("Conferences")
        await console.button("Edit Open room").click()
        await expect(console.field("Name")).to_have_value("Open room")
    await elena.field("Name").fill("Elena's room")
    await elena.field("Access code").fill("1111")
    await elena.save()
    await admin.field("Name").fill("Admin's room")
    await admin.field("Internal extension").fill("8009")
    await admin.button("Save", admin.dialog).click()
    notice = admin.dialog.get_by_role("alert")
    await expect(notice).to_contain_text("205 changed this while you were editing")
    name = notice.get_by_role("row").filter(has_text="Name")
    await expect(name).to_contain_text("Admin's room")
    await expect(name).to_contain_text("Elena's room")
    code = notice.get_by_role("row").filter(has_text="Access code")
    await expect(code).to_contain_text("1111")
    await admin.button("Keep mine", notice).click()
    await expect(notice).to_have_count(0)
    await expect(admin.field("Access code")).to_have_value("1111")
    await expect(admin.field("Name")).to_have_value("Admin's room")
    await admin.save()
    rooms = await shared_server.api_async("GET", "/api/conferences")
    saved = next(room for room in rooms if room["id"] == "conference-8001")
    assert (saved["name"], saved["extension"], saved["access_code"]) == ("Admin's room", "8009", "1111")

    # The other way round: Elena, whose list has heard of it, takes what the administrator saves meanwhile.
    await expect(elena.row("Admin's room")).to_be_visible()
    await elena.button("Edit Admin's room").click()
    await elena.field("Name").fill("Elena's again")
    body = {"name": "Common room"}
    await shared_server.api_async("PATCH", "/api/conferences/conference-8001", body)
    await elena.button("Save", elena.dialog).click()
    notice = elena.dialog.get_by_role("alert")
    await expect(notice).to_contain_text("admin changed this")
    await elena.button("Take theirs", notice).click()
    await expect(elena.field("Name")).to_have_value("Common room")
    await elena.button("Cancel", elena.dialog).click()
    await elena.page.context.close()


async def test_s1_08_who_applies_after_somebody_else_is_told_and_applies_again(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Conferences")
    await admin.button("Edit Open room").click()
    await admin.field("People at most").evaluate("(input) => input.closest('details').open = true")
    await admin.field("People at most").fill("40")
    await admin.save()

    async def somebody_is_faster(route: Route) -> None:
        """Between the click and the server: the change is applied by somebody else, who saves another one."""
        state = await shared_server.api_async("GET", "/api/configuration")
        body = {"base_revision": state["base_revision"], "comment": "Faster"}
        await shared_server.api_async("POST", "/api/configuration/apply", body)
        await shared_server.api_async("PATCH", "/api/conferences/conference-8001", {"tones": False})
        await route.continue_()

    await admin.page.route("**/api/configuration/apply", somebody_is_faster, times=1)
    await admin.button("Apply changes", admin.page.locator("header")).click()
    sheet = admin.page.get_by_role("dialog", name="Apply changes")
    await expect(sheet).to_contain_text("People at most")
    await admin.button("Apply changes", sheet).click()
    await expect(sheet).to_contain_text("Somebody else was faster")
    await expect(sheet).to_contain_text(re.compile(r"Revision \d+, applied by admin"))
    await expect(sheet).to_contain_text("Tones when somebody joins or leaves")
    await admin.button("Apply changes", sheet).click()
    await expect(sheet.get_by_text("The changes are in production")).to_be_visible()
    rooms = await shared_server.api_async("GET", "/api/conferences")
    room = next(room for room in rooms if room["id"] == "conference-8001")
    assert room["max_participants"] == 40 and not room["tones"] and not room["pending"]


async def test_g_11_discard_asks_and_puts_everything_back(admin: ConsolePage, shared_server: Server) -> None:
    await admin.go("Conferences")
    await admin.button("Edit Open room").click()
    await admin.field("Name").fill("Wrong name")
    await admin.save()
    await admin.button("Apply changes", admin.page.locator("header")).click()
    await admin.button("Discard all").click()
    question = admin.page.get_by_role("alertdialog", name="Discard all changes?")
    await admin.button("Discard all", question).click()
    await expect(admin.row("Open room")).to_be_visible()
    await expect(admin.row("Wrong name")).to_have_count(0)
    await expect(admin.page.get_by_text("No changes to apply")).to_be_visible()
    rooms = await shared_server.api_async("GET", "/api/conferences")
    assert not any(room["pending"] for room in rooms)


async def test_f_05_a_webhook_is_added_tested_told_again_and_removed(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Integrations")
    page = admin.page
    with receiving() as receiver:
        await admin.button("Add a webhook").click()
        await admin.field("Name").fill("Our CRM")
        await admin.field("Address").fill("ftp://crm.example.com/hooks")
        await admin.button("Save", admin.dialog).click()
        assert "begins with https://" in await admin.error_of("Address")
        await admin.field("Address").fill(f"http://127.0.0.1:{receiver.port}/hooks")
        await admin.button("Save", admin.dialog).click()
        shown = page.get_by_role("dialog", name="Secret of the webhook")
        await admin.button("Copy: Secret", shown).click()
        secret = await page.evaluate("() => navigator.clipboard.readText()")
        await admin.button("I have noted it", shown).click()

        # The receiver refuses the test; when it is well again, the same event is sent once more.
        await admin.button("Log of Our CRM").click()
        log = page.get_by_role("dialog", name="Log of Our CRM")
        await expect(log).to_contain_text("Nothing was told yet")
        await admin.button("Send a test", log).click()
        told = log.get_by_role("list", name="Log of Our CRM").get_by_role("listitem")
        await expect(told).to_contain_text("Failed")
        await told.locator("summary").click()
        await expect(told).to_contain_text("The receiver answered 500.")
        await expect(told).to_contain_text('"type": "test"')
        receiver.status = 204
        await admin.button("Send again", told).click()
        await expect(told).to_contain_text("Delivered", timeout=SLOW)
        assert [status for status, _, _ in receiver.told] == [500, 204]
        assert believed(secret, *receiver.told[-1][1:])
        assert receiver.told[0][1]["webhook-id"] == receiver.told[1][1]["webhook-id"]
        await page.keyboard.press("Escape")
        await expect(admin.button("Log of Our CRM")).to_be_focused()

        await admin.button("Remove Our CRM").click()
        question = page.get_by_role("alertdialog", name="Remove Our CRM?")
        await admin.button("Remove", question).click()
        await expect(page.get_by_text("Nobody is told yet")).to_be_visible()
    assert await shared_server.api_async("GET", "/api/webhooks") == []


async def test_the_form_of_a_conference_goes_by_keyboard_alone(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Conferences")
    press = admin.page.keyboard.press
    await admin.page.locator("body").press("Control+k")
    await expect(admin.page.get_by_role("combobox")).to_be_focused()
    await admin.page.keyboard.type("Conferences")
    await expect(admin.page.get_by_role("option").first).to_contain_text("Conferences")
    await press("Enter")
    await expect(admin.page.get_by_role("dialog")).to_have_count(0)
    await admin.button("Add a conference").focus()
    await press("Enter")
    await expect(admin.field("Name")).to_be_focused()
    for text in ("By keys", "8070", "9753"):
        await admin.page.keyboard.type(text)
        await expect_focus_seen(admin)
        await press("Tab")
    await expect(admin.field(FIVE[3])).to_be_focused()
    await admin.page.keyboard.type("206")
    await press("ArrowDown")
    await press("Enter")
    await press("Tab")
    for _ in range(2):
        if await admin.field(FIVE[4]).evaluate("(field) => field === document.activeElement"):
            break
        await press("Tab")
    await expect(admin.field(FIVE[4])).to_be_focused()
    await expect_focus_seen(admin)
    await admin.page.keyboard.type("Yes")
    await press("Tab")
    await expect(admin.dialog.locator("summary")).to_be_focused()
    await press("Tab")
    await expect(admin.button("Save", admin.dialog)).to_be_focused()
    await expect_focus_seen(admin)
    await press("Enter")
    await expect(admin.row("By keys")).to_be_visible()
    rooms = await shared_server.api_async("GET", "/api/conferences")
    room = next(room for room in rooms if room["name"] == "By keys")
    assert (room["extension"], room["access_code"]) == ("8070", "9753")
    assert room["administrator"] == "user-206" and room["wait_for_administrator"]
    # Escape closes a sheet, and the focus returns to where it was.
    await admin.button("Add a conference").focus()
    await press("Enter")
    await expect(admin.field("Name")).to_be_focused()
    await press("Escape")
    await expect(admin.page.get_by_role("dialog")).to_have_count(0)
    await expect(admin.button("Add a conference")).to_be_focused()


async def expect_focus_seen(console: ConsolePage) -> None:
    """Whoever has the focus shows it: an outline, or a border of the accent's colour."""
    seen = await console.page.evaluate(
        """async () => {
          await new Promise((done) => setTimeout(done, 200));
          const look = (element) => {
            const style = getComputedStyle(element);
            return [style.outlineStyle, style.outlineWidth, style.borderColor, style.boxShadow].join();
          };
          const element = document.activeElement;
          const name = element.tagName + " " + element.id;
          const focused = look(element);
          element.blur();
          await new Promise((done) => setTimeout(done, 200));
          const blurred = look(element);
          element.focus();
          return [focused, blurred, name];
        }"""
    )
    assert seen[0] != seen[1], f"the focus cannot be seen: {seen}"

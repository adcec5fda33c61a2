"""The console's pages of conferences in Chromium: server, extensions, invitations, live room, minutes."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from playwright.async_api import Locator, expect

from tests.e2e.test_calls import phones
from tests.harness.console import SLOW, Chromium, ConsolePage, words
from tests.harness.ports import free_port
from tests.harness.rtp import Tone
from tests.harness.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

FIELD = "Please enter the phone number of the person you want to invite"


async def apply_all(server: Server) -> None:
    """Put the draft into production."""
    state = await server.api_async("GET", "/api/configuration")
    body = {"base_revision": state["base_revision"], "comment": ""}
    await server.api_async("POST", "/api/configuration/apply", body)


async def set_room(server: Server, conference: str, **values: Any) -> None:
    """Change a conference, in production."""
    await server.api_async("PATCH", f"/api/conferences/{conference}", values)
    await apply_all(server)


def tile(console: ConsolePage, name: str) -> Locator:
    """Somebody in the live room."""
    return console.page.get_by_role("listitem", name=name, exact=True)


async def cells(console: ConsolePage, table: str) -> list[list[str]]:
    """The texts of a table's rows but its head, without what is done with them."""
    rows = console.page.get_by_role("table", name=table, exact=True).locator("tbody tr")
    await expect(rows.first.locator("td").nth(1)).to_be_visible()
    return [
        [text.strip() for text in await row.locator("td:not([data-actions])").all_inner_texts()]
        for row in await rows.all()
    ]


async def test_s3_02_to_s3_12_the_conference_server_is_set_up_changed_and_deleted_by_its_pages(
    admin: ConsolePage, shared_server: Server
) -> None:
    """Save is enough there: what else is pending stays so (S3-06, G-11)."""
    await shared_server.api_async("PATCH", "/api/conferences/conference-8002", {"name": "Waits"})
    await admin.go("Conferences")
    await admin.page.get_by_role("link", name="Setup conference").click()
    intro = admin.page.get_by_role("region", name="Talk together at any time")
    for text in ("never scheduled or reserved", "10 rooms with 10", "internal and external", "one extension"):
        await expect(intro).to_contain_text(text)  # S3-05
    await admin.button("Setup Conference Server").click()
    await admin.page.get_by_label("Extension number").fill("201")
    await admin.button("Next").click()
    await admin.page.get_by_label("Name").fill("Sales")
    await admin.page.get_by_label("Conference ID").fill("31415")
    await admin.button("Save").click()
    # The extension is taken: back at its field, and nothing typed is lost.
    await expect(admin.page.get_by_text("already used by user Anna Weber")).to_be_visible()
    await admin.page.get_by_label("Extension number").fill("8000")
    await admin.button("Next").click()
    await expect(admin.page.get_by_label("Name")).to_have_value("Sales")
    await admin.button("Save").click()
    await expect(admin.page.get_by_role("table", name="Conference Server", exact=True)).to_be_visible()
    head = await admin.page.get_by_role("columnheader").all_inner_texts()
    assert [text for text in head if text] == ["No.", "Conference ID", "Participant PIN", "Conference Name"]
    assert await cells(admin, "Conference Server") == [["1", "31415", "–", "Sales"]]
    async with phones(shared_server, "203") as (phone,):
        call = await phone.call("8000")
        await call.answered()  # At once, and the other change still waits.
        await call.hang_up()
    assert (await shared_server.api_async("GET", "/api/configuration"))["changes"][0]["name"] == "Waits"

    # "+ Add conference" below the list; what is refused stands beside its field.
    add = admin.button("+ Add conference")
    table = await admin.page.get_by_role("table").bounding_box()
    place = await add.bounding_box()
    assert table and place and place["y"] > table["y"] + table["height"]
    await add.click()
    await expect(admin.dialog.get_by_role("heading", name="Add New Conference")).to_be_visible()
    await admin.field("Name").fill("Support")
    await admin.field("Conference ID").fill("31415")
    await admin.button("Save", admin.dialog).click()
    assert "already used by Sales" in await admin.error_of("Conference ID")
    await admin.field("Conference ID").fill("271")
    await admin.field("Participant PIN").fill("4455")
    await admin.save()
    await expect(admin.row("Support")).to_be_visible()
    assert await cells(admin, "Conference Server") == [
        ["1", "271", "4455", "Support"],
        ["2", "31415", "–", "Sales"],
    ]

    # The gear changes ID and PIN (S3-07), the trash asks (S3-08).
    await admin.button("Settings of Support").click()
    await admin.field("Conference ID").fill("2718")
    await admin.field("Participant PIN").fill("")
    await admin.save()
    await expect(admin.row("Support")).to_contain_text("2718")
    rooms = await shared_server.api_async("GET", "/api/conferences")
    room = next(room for room in rooms if room["name"] == "Support")
    assert (room["dial_in_id"], room["access_code"], room["pending"]) == ("2718", None, False)

    # At most so many (S3-09), and one may change how many.
    await admin.button("Server settings").click()
    await admin.field("Rooms at most").fill("2")
    await admin.save()
    await expect(admin.page.get_by_text("All 2 rooms are in use")).to_be_visible()
    await add.click()
    await admin.field("Name").fill("Third")
    await admin.field("Conference ID").fill("333")
    await admin.button("Save", admin.dialog).click()
    assert "takes 2 rooms" in await admin.error_of("Conference ID")
    await admin.button("Cancel", admin.dialog).click()

    # S3-11: the trash icon of "Extensions" says what blocks it; rooms first.
    await admin.go("Extensions")
    assert ["8000", "Conference server", "Conference server"] in await cells(admin, "Extensions")
    assert ["201", "User", "Anna Weber"] in await cells(admin, "Extensions")
    await admin.button("Delete 8000: Conference server").click()
    await expect(admin.dialog).to_contain_text("cannot be deleted yet")
    await expect(admin.dialog.get_by_role("link", name="Conference Sales")).to_be_visible()
    await expect(admin.button("Delete", admin.dialog)).to_have_count(0)
    await admin.button("Close", admin.dialog).last.click()
    await admin.visit("/conferences/server")
    await expect(admin.page.get_by_text("press the trash icon beside it in “Extensions”")).to_be_visible()
    for name in ("Sales", "Support"):
        await admin.delete(name)
        await expect(admin.row(name)).to_have_count(0)
    await admin.go("Extensions")
    await admin.button("Delete 8000: Conference server").click()
    await admin.button("Delete", admin.page.get_by_role("alertdialog")).click()
    await expect(admin.row("8000")).to_have_count(0)
    assert "Conference server (8000) deleted" in await admin.apply()


async def test_s1_10_s1_11_people_are_invited_from_the_row_and_each_invitation_is_followed(
    admin: ConsolePage, shared_server: Server
) -> None:
    async with phones(shared_server, "204", "205", "206") as (answers, refuses, rings):
        await admin.go("Conferences")
        await admin.button("Invite to Open room").click()
        dialog = admin.page.get_by_role("dialog", name="Invite to Open room")
        field = dialog.get_by_label(FIELD, exact=True)
        assert await dialog.get_by_role("textbox").count() == 1, "S1-10: the one field"
        invite = admin.button("Invite", dialog)
        red, green, blue = map(int, re.findall(r"\d+", await admin.style(invite, "backgroundColor"))[:3])
        assert green > red + 40 and green > blue + 40, "S1-10: the button is green"
        # A name is offered while it is typed, and chosen by keys.
        await field.fill("dav")
        await expect(admin.page.get_by_role("option", name="David Jones")).to_be_visible()
        await admin.page.keyboard.press("ArrowDown")
        await admin.page.keyboard.press("Enter")
        await expect(field).to_have_value("204")
        await admin.page.keyboard.press("Enter")
        rung = await answers.incoming()
        line = dialog.get_by_role("listitem").filter(has_text="David Jones")
        await expect(line).to_contain_text("Ringing")
        await rung.answer(source=Tone(431))
        await expect(line).to_contain_text("Joined", timeout=SLOW)
        await expect(field).to_be_focused()

        await field.fill("205")
        await invite.click()
        (await refuses.incoming()).reject(603)
        line = dialog.get_by_role("listitem").filter(has_text="Elena Rossi")
        await expect(line).to_contain_text("Refused")
        await field.fill("206")
        await invite.click()
        waiting = await rings.incoming()
        await admin.button("Cancel the invitation of Farid Amrani").click()
        line = dialog.get_by_role("listitem").filter(has_text="Farid Amrani")
        await expect(line).to_contain_text("Cancelled")
        await waiting.ended()

        # What cannot be called says why, beside the field, and keeps what was typed.
        await field.fill("+32 2 290 34 90")
        await invite.click()
        await expect(dialog.get_by_text("no line to the outside")).to_be_visible()
        await expect(field).to_have_value("+32 2 290 34 90")


async def test_f_11_the_live_room_is_run_from_its_page(admin: ConsolePage, shared_server: Server) -> None:
    await set_room(shared_server, "conference-8003", lobby=True, wait_for_administrator=False)
    async with phones(shared_server, "201", "202", "203") as (chair, one, other):
        heads = await chair.call("8003", source=Tone(431))
        await heads.answered()
        await (await one.call("8003", source=Tone(517))).answered()
        await (await other.call("8003")).answered()
        await admin.visit("/live/conference-8003")
        lobby = admin.page.get_by_role("region", name="Lobby")
        await expect(lobby).to_contain_text("2 people wait in the lobby")
        await admin.button("Admit Bruno Conti").click()
        await expect(tile(admin, "Bruno Conti")).to_contain_text("202")
        await admin.button("Refuse Claire Petit").click()
        await expect(lobby).to_have_count(0)
        await expect(tile(admin, "Anna Weber")).to_contain_text("Administrator")
        for name in ("Anna Weber", "Bruno Conti"):
            await expect(tile(admin, name)).to_contain_text("Speaking")

        await admin.button("Mute Bruno Conti").click()
        await expect(tile(admin, "Bruno Conti")).to_contain_text("Muted by admin")
        # A moderator opens nobody's microphone: he asks.
        await admin.button("Ask Bruno Conti to speak").click()
        await expect(tile(admin, "Bruno Conti")).to_contain_text("Asked to speak")
        await admin.button("Lock").click()
        await expect(admin.page.get_by_role("main")).to_contain_text("Locked")
        await admin.button("More for Bruno Conti").focus()
        await admin.page.keyboard.press("Enter")
        await admin.page.get_by_role("menuitem", name="Volume").click()
        await admin.page.get_by_role("slider", name="How loud Bruno Conti is heard").press("ArrowRight")
        await admin.button("Close", admin.dialog).last.click()

        async def louder() -> bool:
            rooms = await shared_server.api_async("GET", "/api/rooms")
            people = next(room for room in rooms if room["conference_id"] == "conference-8003")[
                "participants"
            ]
            return any(person["says_db"] == 3 for person in people)

        for _ in range(40):
            if await louder():
                break
            await asyncio.sleep(0.1)
        assert await louder()

        tools = admin.page.get_by_role("group", name="The whole conference")
        await admin.button("Record", tools).click()
        await expect(admin.button("Stop recording")).to_be_visible()
        await asyncio.sleep(3)
        log = admin.page.get_by_role("log")
        for text in (
            "Bruno Conti was muted by admin",
            "admin locked the conference",
            "admin began the recording",
        ):
            await expect(log).to_contain_text(text)
        await admin.button("Stop recording").click()
        await expect(admin.button("Record", tools)).to_be_visible()
        await admin.button("More for Bruno Conti").click()
        await admin.page.get_by_role("menuitem", name="Remove").click()
        await expect(admin.dialog).to_contain_text("5 minutes")
        await admin.button("Remove", admin.page.get_by_role("alertdialog")).click()
        await expect(tile(admin, "Bruno Conti")).to_have_count(0)
        await admin.button("End for all").click()
        await admin.button("End for all", admin.page.get_by_role("alertdialog")).click()
        await heads.ended(within=15)
        await expect(admin.page.get_by_text("Nobody is in this conference")).to_be_visible(timeout=SLOW)
    await expect_minutes(admin)


async def expect_minutes(admin: ConsolePage) -> None:
    """What is left of the meeting before: who was there, a picture, a recording to hear."""
    await admin.go("Meetings")
    await admin.page.get_by_role("link", name="Monday meeting").first.click()
    await expect(admin.page.get_by_role("heading", level=1, name="Monday meeting")).to_be_visible()
    assert [row[0].split("\n")[0] for row in await cells(admin, "People")] == [
        "Anna Weber 201",
        "Bruno Conti 202",
        "Claire Petit 203",
    ]
    await expect(admin.page.get_by_role("img", name=re.compile("3 people on a line of time"))).to_be_visible()
    async with admin.page.expect_download() as caught:
        await admin.page.get_by_role("link", name="CSV").click()
    path: Path = await (await caught.value).path()
    text = await asyncio.to_thread(path.read_text, "utf-8-sig")
    assert "Bruno Conti" in text and "202" in text

    await admin.go("Recordings")
    item = admin.page.get_by_role("listitem", name="Monday meeting Everybody together")
    place = item.get_by_role("slider")
    assert int(await place.get_attribute("aria-valuemax") or 0) >= 2
    await place.press("End")
    await expect(place).to_have_attribute("aria-valuenow", await place.get_attribute("aria-valuemax") or "")
    await place.press("Home")
    await item.get_by_role("button", name=re.compile("^Play")).click()
    await expect(item.get_by_role("button", name=re.compile("^Pause"))).to_be_visible()
    await expect(place).not_to_have_attribute("aria-valuenow", "0", timeout=SLOW)
    await item.get_by_role("button", name=re.compile("^Delete")).click()
    await admin.button("Delete", admin.page.get_by_role("alertdialog")).click()
    await expect(admin.page.get_by_text("No recordings")).to_be_visible()


class Received(Message):
    """What a mail server got."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        """Keep it."""
        self.mails.append(message)


async def test_s1_15_guest_links_are_shown_once_and_revoked_and_dates_go_out_by_mail(
    admin: ConsolePage, shared_server: Server
) -> None:
    await admin.go("Conferences")
    await admin.button("More for Open room").click()
    await admin.page.get_by_role("menuitem", name="Guest links").click()
    await admin.field("For whom").fill("Peeters")
    await admin.button("Make a link").click()
    made = admin.page.get_by_role("region", name="The link is ready")
    link = re.search(r"https?://\S+/join/\S+", await made.inner_text())
    assert link is not None
    await expect(made.get_by_role("img", name="QR code of the link")).to_be_visible()
    await admin.button("Copy: Link", made).click()
    assert await admin.page.evaluate("navigator.clipboard.readText()") == link[0]
    token = link[0].rsplit("/", 1)[1]
    view = await shared_server.api_async("GET", f"/api/join/{token}")
    assert view["conference"] == "Open room"
    await admin.page.reload()
    await expect(admin.page.get_by_text("Peeters")).to_be_visible()
    assert token not in await admin.page.content(), "it is shown once"
    await admin.button("Revoke: Peeters").click()
    await admin.button("Revoke", admin.page.get_by_role("alertdialog")).click()
    await expect(admin.dialog).to_contain_text("Revoked")

    received = Received()
    port = free_port()
    server = Controller(received, hostname="127.0.0.1", port=port)
    server.start()
    try:
        await admin.visit("/system?edit=mail")
        await admin.field("Mail server").fill("127.0.0.1")
        await admin.field("Encryption").select_option("none")
        await admin.field("Port").fill(str(port))
        await admin.field("Sender").fill("phone@company.example")
        await admin.save()
        await admin.button("Send a test").click()
        await admin.field("To").fill("chief@company.example")
        await admin.button("Send", admin.dialog).click()
        await expect(admin.dialog).to_contain_text("took the e-mail to chief@company.example")
        assert received.mails[-1]["To"] == "chief@company.example"

        await admin.visit("/conferences?appointments=conference-8001")
        await admin.button("New appointment").click()
        await admin.field("Title").fill("Figures")
        await admin.page.get_by_role("combobox", name="Add somebody").fill("Piet <piet@customer.example>")
        await admin.page.keyboard.press("Enter")
        await admin.button("Save and send", admin.dialog).click()
        item = admin.dialog.get_by_role("listitem").filter(has_text="Figures")
        await expect(item).to_contain_text("sent", timeout=SLOW)
        await expect(item).not_to_contain_text("waiting", timeout=SLOW)
        assert "piet@customer.example" in received.mails[-1]["To"]
        await admin.button("Call off Figures").click()
        await admin.button("Call off", admin.page.get_by_role("alertdialog")).click()
        await expect(item).to_contain_text("Called off")
    finally:
        server.stop()


async def test_s3_13_the_french_pages_have_the_labels_of_the_seed(
    chromium: Chromium, shared_server: Server
) -> None:
    french = await chromium.sign_in(shared_server, "206", path="/", locale="fr-FR")
    token = "async (language) => { const me = await (await fetch('/api/session')).json();"
    change = " await fetch('/api/account', {method: 'PATCH', body: JSON.stringify({language}),"
    headers = " headers: {'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf}}); }"
    await french.page.evaluate(token + change + headers, "fr")
    await french.page.reload()
    await expect(french.menu).to_contain_text("Conférences")
    menu = await french.menu.inner_text()
    assert menu.index("Configuration") < menu.index("Conférences") < menu.index("Extensions")
    await french.go("Conférences")
    await french.page.get_by_role("link", name="Configurer conférence", exact=True).click()
    await french.button("Configurer Serveur de conférences").click()
    await french.page.get_by_label("Numéro d’extension").fill("8000")
    await french.button("Suivant").click()
    await french.page.get_by_label("Nom").fill("Ventes")
    await french.page.get_by_label("Identifiant de conférence").fill("31415")
    await french.button("Enregistrer").click()
    row = french.row("Ventes")
    await expect(row).to_be_visible()
    assert [text.strip() for text in await row.get_by_role("button").all_inner_texts()] == [
        "Paramètres",
        "Poubelle",
    ]
    await expect(french.button("+Ajouter conférence")).to_be_visible()
    await expect(french.page.get_by_text("« Numéros »")).to_be_visible()
    await expect(french.page.get_by_text("à côté de lui dans « Extensions »")).to_be_visible()
    # Who manages conferences has no recordings; who only has a phone has no conferences.
    said = words("fr")["menu"]
    assert said["recordings"] not in menu and said["meetings"] in menu
    await french.page.context.close()
    user = await chromium.sign_in(shared_server, "203")
    menu = await user.menu.inner_text()
    assert "Conferences" not in menu and "Extensions" not in menu and "Recordings" not in menu
    await user.visit("/live/conference-8001")
    await expect(user.page.get_by_text("not yours to watch")).to_be_visible()
    await user.page.context.close()
    complaints, chromium.complaints = chromium.complaints, []
    assert complaints == []

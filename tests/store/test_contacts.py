"""The address book in the database: searching, whose number it is, files in and out. Also on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from switchroom.crm import Card, ContactNumber, WrittenNumber, make_card
from switchroom.crm.entries import UnreadableFile
from switchroom.crm.reading import FileKind
from switchroom.store import ExportFormat, NotFound, Store, export_chunks, import_contacts, read_search
from switchroom.store.contact_exchange import count_contacts


def card(name: str, *numbers: str, company: str = "", email: str = "") -> Card:
    made, problems = make_card(name, company, email, "", [WrittenNumber("work", n) for n in numbers], "BE")
    assert not problems
    return made


async def names(store: Store, text: str, e164: str | None = None) -> list[str]:
    return [contact.card.name for contact in await store.contacts.search(read_search(text, e164), 20)]


async def test_a_contact_is_added_changed_and_removed(store: Store) -> None:
    anna = await store.contacts.add(card("Anna Rossi", "+32475123457", "+3222903490"))
    assert await store.contacts.get(anna.id) == anna
    changed = await store.contacts.change(anna.id, lambda old: replace(old, name="Anna Verdi", numbers=()))
    assert (await store.contacts.get(anna.id)).card == changed.card == Card(name="Anna Verdi")
    assert await store.contacts.by_numbers(["+32475123457"]) == {}
    await store.contacts.remove(anna.id)
    for act in (store.contacts.get(anna.id), store.contacts.remove(anna.id)):
        with pytest.raises(NotFound):
            await act
    with pytest.raises(NotFound):
        await store.contacts.change(anna.id, lambda old: old)


async def test_s2_03_people_are_found_by_any_word_without_accents_and_by_any_form_of_a_number(
    store: Store,
) -> None:
    await store.contacts.add(card("Zoë Mariani", "+32475123457", company="Société Générale"))
    await store.contacts.add(card("Mario Rossi", "+39066982", email="mario@example.com"))
    await store.contacts.add(card("Anna Marini", "+16502530000"))
    assert await names(store, "ZOE") == ["Zoë Mariani"]
    assert await names(store, "generale societe") == ["Zoë Mariani"]
    assert await names(store, "mari") == ["Mario Rossi", "Anna Marini", "Zoë Mariani"]
    assert await names(store, "rossi mario@exam") == ["Mario Rossi"]
    assert await names(store, "%") == await names(store, "") == ["Anna Marini", "Mario Rossi", "Zoë Mariani"]
    for form in ("0475 12 34", "+32 (0)475/12.34.57", "0032475", "12 34 57", "475123457"):
        assert await names(store, form) == ["Zoë Mariani"], form
    assert await names(store, "06 6982") == ["Mario Rossi"]
    assert await names(store, "011 32 475 12 34 57", "+32475123457") == ["Zoë Mariani"]
    assert await names(store, "zoe 0475") == ["Zoë Mariani"]
    assert await names(store, "nobody") == []


async def test_contacts_come_in_pages_by_name(store: Store) -> None:
    for number in range(7):
        await store.contacts.add(card(f"Person {number % 3} {number}"))
    seen: list[str] = []
    after: str | None = None
    while True:
        page, after = await store.contacts.page(read_search("person"), 3, after)
        seen += [contact.card.name for contact in page]
        if after is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == 7
    with pytest.raises(ValueError, match="no page"):
        await store.contacts.page(read_search(""), 3, "nonsense")


async def test_f_03_whose_number_it_is(store: Store) -> None:
    anna = await store.contacts.add(card("Anna", "+32475123457", "+3222903490"))
    found = await store.contacts.by_numbers(["+3222903490", "201", "+15555555555"])
    assert found == {"+3222903490": anna}
    assert (
        len(await store.contacts.by_numbers([f"+32475{n:06}" for n in range(1000)] + ["+32475123457"])) == 1
    )


CSV = b"""Name,Company,E-mail,Mobile,Phone
Anna Rossi,ACME,anna@example.com,0475 12 34 57,
Rossi Anna,,,+32475123457,02 290 34 90
Bruno Bianchi,ACME,,,02 290 34 90
,,,,
,,,,x
Carla,,,12,
"""


async def test_an_import_adds_completes_and_loses_nothing(store: Store) -> None:
    await store.contacts.add(card("Bruno Bianchi", "+3222903490", email="bruno@example.com"))
    done = await import_contacts(store.contacts, CSV, FileKind.CSV, "BE")
    assert (done.added, done.changed, done.unchanged) == (2, 1, 0)
    assert [(r.line, r.reason.split(":")[0]) for r in done.skipped] == [
        (6, "There is no name, company, number or e-mail address.")
    ]
    assert [r.line for r in done.remarks] == [7]
    (anna,) = await store.contacts.search(read_search("anna"), 10)
    assert anna.card.numbers == (
        ContactNumber("mobile", "+32475123457"),
        ContactNumber("phone", "+3222903490"),
    )
    (bruno,) = await store.contacts.search(read_search("bruno"), 10)
    assert (bruno.card.company, bruno.card.email) == ("ACME", "bruno@example.com")
    (carla,) = await store.contacts.search(read_search("carla"), 10)
    assert carla.card.note == "Number: 12"


async def test_the_same_file_twice_changes_nothing(store: Store) -> None:
    await import_contacts(store.contacts, CSV, FileKind.CSV, "BE")
    again = await import_contacts(store.contacts, CSV, FileKind.CSV, "BE")
    assert (again.added, again.changed) == (0, 0)
    assert await count_contacts(store.contacts) == 3


async def test_two_people_with_one_number_stay_two(store: Store) -> None:
    text = b"Name,Phone\nAnna,+3222903490\nBruno,+3222903490\n"
    assert (await import_contacts(store.contacts, text, FileKind.CSV, "BE")).added == 2


async def test_an_unreadable_file_changes_nothing(store: Store) -> None:
    with pytest.raises(UnreadableFile, match="No column"):
        await import_contacts(store.contacts, b"Colour,Size\nred,1\n", FileKind.CSV, "BE")
    assert await count_contacts(store.contacts) == 0


@pytest.mark.parametrize("form", list(ExportFormat))
async def test_an_export_is_an_import(store: Store, form: ExportFormat) -> None:
    for number in range(30):
        await store.contacts.add(card(f"Person {number}", f"+324751234{number:02}", company="A, B; C"))
    text = "".join([chunk async for chunk in export_chunks(store.contacts, form)])
    before, _ = await store.contacts.page(read_search(""), 100)
    for contact in before:
        await store.contacts.remove(contact.id)
    kind = FileKind.CSV if form is ExportFormat.CSV else FileKind.VCARD
    assert (await import_contacts(store.contacts, text.encode(), kind, "BE")).added == 30
    after, _ = await store.contacts.page(read_search(""), 100)
    assert [contact.card for contact in after] == [contact.card for contact in before]


async def test_others_write_while_an_import_runs(store: Store) -> None:
    lines = "".join(f"Person {n},+32475{n:06}\n" for n in range(1500))
    running = asyncio.create_task(
        import_contacts(store.contacts, f"Name,Phone\n{lines}".encode(), FileKind.CSV, "BE")
    )
    written = 0
    while not running.done():
        await store.audit.note("test", "wrote", str(written))
        written += 1
        await asyncio.sleep(0.01)
    assert (await running).added == 1500
    assert written > 5

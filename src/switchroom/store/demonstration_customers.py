"""Customers to try the system with: an address book, three boards, and calls around today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from switchroom.crm.activities import ActivityType, day_at
from switchroom.crm.contacts import Card, Contact, ContactNumber
from switchroom.crm.records import App, Author, Record
from switchroom.directory import UserId
from switchroom.store.store import Store

_CONTACTS = (
    ("Grace Okafor", "Northwind Traders", "grace@northwind.example", ("work", "+12125550142")),
    ("Liam Murphy", "Harbor Coffee Roasters", "liam@harborcoffee.example", ("mobile", "+14155550118")),
    ("Chloé Tremblay", "Atelier du Fleuve", "chloe@fleuve.example", ("work", "+15145550173")),
    ("Mateo García", "Sunset Solar", "mateo@sunsetsolar.example", ("mobile", "+13105550166")),
    ("Lotte Peeters", "De Groene Fiets", "lotte@groenefiets.example", ("mobile", "+32470000142")),
    ("Julien Lambert", "Brasserie Lambert", "julien@lambert.example", ("work", "+3228999901")),
    ("Noor Jacobs", "Studio Noor", "noor@studionoor.example", ("mobile", "+32470000155")),
    ("Émilie Dubois", "Dubois & Fils", "emilie@dubois.example", ("work", "+3242999902")),
    ("Oliver Bennett", "Bennett Books", "oliver@bennettbooks.example", ("work", "+442079460142")),
    ("Isla Campbell", "Highland Lodges", "isla@highlandlodges.example", ("work", "+441314960155")),
    ("Priya Shah", "Shah Dental Care", "priya@shahdental.example", ("work", "+441214960173")),
    ("Rhys Evans", "Evans Joinery", "rhys@evansjoinery.example", ("work", "+442920180166")),
)
_RECORDS = (
    # application, title, stage, contact, owner's extension
    (App.CRM, "Phones for the new office", "new", 0, "201"),
    (App.CRM, "Coffee bar: twelve headsets", "qualified", 1, "201"),
    (App.CRM, "Contract for two years", "proposition", 4, "202"),
    (App.CRM, "Shop in Bath", "won", 8, "202"),
    (App.PROJECT, "Survey of the cabling", "todo", 2, "203"),
    (App.PROJECT, "Move the numbers", "in_progress", 3, "201"),
    (App.PROJECT, "Train the front desk", "todo", 9, "202"),
    (App.PROJECT, "Menu for callers in two languages", "done", 5, "203"),
    (App.HELPDESK, "Cannot hear the caller", "new", 10, "201"),
    (App.HELPDESK, "Second phone does not ring", "in_progress", 6, "203"),
    (App.HELPDESK, "Invoice shows the wrong address", "waiting", 7, "202"),
    (App.HELPDESK, "Voicemail greeting too quiet", "solved", 11, "201"),
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Something to do: on a record (its place in the list), so many days from today."""

    record: int
    extension: str
    days: int
    summary: str
    time: str = ""
    type: ActivityType = ActivityType.CALL


_PLANS = (
    _Plan(0, "201", 0, "Ask how many desks", "09:30"),
    _Plan(1, "201", 0, "Offer: any questions?"),
    _Plan(8, "201", 0, "Try again with the headset", "14:00"),
    _Plan(2, "202", 0, "Agree on the start"),
    _Plan(10, "202", 0, "Which address is right?", "11:00"),
    _Plan(9, "203", 0, "Is it ringing now?"),
    _Plan(5, "201", -1, "Which numbers move first?"),
    _Plan(4, "203", -3, "When may we come?"),
    _Plan(3, "202", 1, "Is everything working?", "10:00"),
    _Plan(6, "202", 2, "Who takes part?"),
    _Plan(5, "201", 1, "Go through the list together", "15:00", ActivityType.MEETING),
    _Plan(7, "203", 1, "Send the invoice", type=ActivityType.TODO),
)


async def load_customers(store: Store, now: float) -> None:
    """Twelve contacts, twelve records and a dozen plans of the demonstration's people, around today."""

    def day(user: UserId, days: int) -> date:
        return day_at(now, store.time_zone_of(user)) + timedelta(days)

    contacts = [await store.contacts.add(_card(*row)) for row in _CONTACTS]
    records = [await _record(store, contacts, *row) for row in _RECORDS]
    for plan in _PLANS:
        user = _user(plan.extension)
        await store.activities.add(
            plan.type,
            day(user, plan.days),
            user,
            summary=plan.summary,
            time=plan.time,
            record=records[plan.record].id,
            created_by=user,
        )
    bruno = _author(store, "202")
    await store.customer_records.say(records[2].id, "They would like to begin in spring.", bruno)
    done = await store.activities.add(
        ActivityType.CALL,
        day(_user("202"), -2),
        _user("202"),
        summary="First talk",
        record=records[3].id,
        created_by=_user("202"),
    )
    await store.activities.finish(done.id, bruno, "They want the phones before the opening.", "reached")


def _card(name: str, company: str, email: str, number: tuple[str, str]) -> Card:
    return Card(name, company, email, "", (ContactNumber(*number),))


async def _record(
    store: Store, contacts: list[Contact], app: App, title: str, stage: str, contact: int, owner: str
) -> Record:
    board = await store.customer_records.stages(app)
    return await store.customer_records.add(
        app,
        title,
        _author(store, owner),
        stage=next(one.id for one in board if one.key == stage),
        contact=contacts[contact].id,
        owner=_user(owner),
    )


def _user(extension: str) -> UserId:
    """The demonstration names its users so."""
    return UserId(f"user-{extension}")


def _author(store: Store, extension: str) -> Author:
    return Author(_user(extension), store.configuration.name_of(_user(extension)))

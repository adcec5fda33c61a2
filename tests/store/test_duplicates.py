"""store/duplicates.py: who may be the same, and what becomes of records when contacts are merged."""

from __future__ import annotations

from switchroom.crm import Card, Contact, ContactId, ContactNumber
from switchroom.store.duplicates import Why, group, joined


def book(*cards: Card) -> list[Contact]:
    return [Contact(ContactId(f"c{n}"), card, float(n), float(n)) for n, card in enumerate(cards)]


def person(name: str, number: str = "", email: str = "", company: str = "") -> Card:
    numbers = (ContactNumber("", number),) if number else ()
    return Card(name=name, company=company, email=email, numbers=numbers)


def groups(*cards: Card) -> list[tuple[Why, list[str]]]:
    return [(one.why, [contact.card.name for contact in one.contacts]) for one in group(book(*cards))]


def test_one_address_one_name_or_one_number_with_a_word_of_the_name() -> None:
    assert groups(person("Anna", email="a@x.org"), person("Anne", email="A@X.ORG")) == [
        (Why.EMAIL, ["Anna", "Anne"])
    ]
    assert groups(person("Mario Rossi"), person("ROSSI, Mário")) == [
        (Why.NAME, ["Mario Rossi", "ROSSI, Mário"])
    ]
    assert groups(person("M. Rossi", "+3222"), person("Mario Rossi", "+3222")) == [
        (Why.NUMBER, ["M. Rossi", "Mario Rossi"])
    ]


def test_colleagues_and_namesakes_are_not_the_same() -> None:
    assert groups(person("Anna Weber", "+3222"), person("Bruno Conti", "+3222")) == []
    assert groups(person("Anna"), person("Anna")) == []
    assert groups(person("Anna Weber", company="ACME"), person("Anna Weber", company="Other")) == []


def test_a_switchboard_of_many_is_looked_at_in_bounded_time() -> None:
    many = [person(f"Person {n}", "+3222") for n in range(500)]
    assert [(why, len(names)) for why, names in groups(*many)] == [(Why.NUMBER, 10)]


def test_the_strongest_reason_counts_once() -> None:
    same = person("Anna Weber", "+3222", "a@x.org")
    assert groups(same, same) == [(Why.EMAIL, ["Anna Weber", "Anna Weber"])]


def test_what_the_others_say_stands_in_the_note() -> None:
    card = joined([person("Anna Weber", company="ACME"), person("Ann Weber", "+3222", "a@x.org", "Other")])
    assert card == Card("Anna Weber", "ACME", "a@x.org", "Name: Ann Weber\nCompany: Other", card.numbers)
    assert [number.e164 for number in card.numbers] == ["+3222"]

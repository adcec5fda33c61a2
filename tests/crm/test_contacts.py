"""crm/contacts.py: what is accepted for a contact, and how it is found again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from switchroom.crm import ContactNumber, WrittenNumber, fold, make_card, searched_text, sorting_text


def test_g_10_numbers_are_kept_as_e164_whatever_was_typed() -> None:
    numbers = [
        WrittenNumber("mobile", "0475/12.34.57"),
        WrittenNumber("work", "+1 650 253 0000 ext. 12"),
        WrittenNumber("again", "0032 475 12 34 57"),
    ]
    card, problems = make_card("Anna Rossi", "", "anna@example.com", "", numbers, "BE")
    assert problems == []
    assert card.numbers == (
        ContactNumber("mobile", "+32475123457"),
        ContactNumber("work", "+16502530000", "12"),
    )


def test_g_10_a_number_that_means_nothing_is_refused_with_its_reason() -> None:
    card, problems = make_card("Anna", "", "", "", [WrittenNumber("", "201"), WrittenNumber("", "112")], "BE")
    assert card.numbers == ()
    assert [(p.path, p.error_id) for p in problems] == [
        ("numbers/0", "needs-country-code"),
        ("numbers/1", "needs-country-code"),
    ]


def test_a_contact_has_a_name_or_a_company_and_a_sane_address() -> None:
    _, problems = make_card(" ", "\u200b", "not an address", "", [], "BE")
    assert {p.error_id for p in problems} == {"name-missing", "email-invalid"}
    assert make_card("", "ACME", "", "", [], "BE")[1] == []


def test_hostile_text_is_kept_as_text_on_one_line() -> None:
    card, problems = make_card("<script>alert(1)</script>\r\nX: y\x00", "=cmd()", "", "a\r\nb\x07", [], "BE")
    assert problems == []
    assert card.name == "<script>alert(1)</script> X: y"
    assert card.note == "a\nb"


def test_s2_03_accents_and_capitals_do_not_count() -> None:
    assert fold("Zoë ŁUKASZ d’Été  Straße-Øst") == "zoe lukasz d ete strasse ost"
    card, _ = make_card("Élodie Müller", "ACME", "", "", [WrittenNumber("", "+32475123457")], "BE")
    assert searched_text(card) == " elodie muller acme 32475123457"
    assert sorting_text(card) == "elodie muller"


@given(text=st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert "%" not in fold(text)
    assert "_" not in fold(text)

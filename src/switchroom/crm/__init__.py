"""The address book: who can be called outside, and its exchange with other address books."""

from switchroom.crm.contacts import (
    Card,
    Contact,
    ContactId,
    ContactNumber,
    WrittenNumber,
    fold,
    make_card,
    searched_text,
    sorting_text,
)

__all__ = [
    "Card",
    "Contact",
    "ContactId",
    "ContactNumber",
    "WrittenNumber",
    "fold",
    "make_card",
    "searched_text",
    "sorting_text",
]

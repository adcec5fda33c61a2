"""store/demonstration.py: the data that the system is tried with."""

from __future__ import annotations

from switchroom.directory import validate
from switchroom.directory.number_plan import classify
from switchroom.store.demonstration import demonstration_snapshot


def test_s2_04_its_users_may_call_1_32_and_44() -> None:
    snapshot = demonstration_snapshot()
    assert validate(snapshot) == []
    for number in ("+12125551234", "+16135551234", "+3222903490", "+442079460000"):
        country = classify(number, "IT").country
        assert all(country in snapshot.rights_of(user).countries for user in snapshot.users.values()), number

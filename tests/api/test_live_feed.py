"""What those who watch are sent: whole lists, when they changed, no more than they may see."""

from __future__ import annotations

import json

from switchroom.api.live_feed import Audience, Feed, Pending, Topic, may_see, message
from tests.api.conftest import FakeLive


def test_a_reader_gets_everything_first_and_then_what_changed() -> None:
    feed = Feed(Audience.EVERYTHING)
    assert feed.offer(Topic.ROOMS, b"r1")
    assert feed.offer(Topic.CALLS, b"c1")
    assert feed.take() == [b"c1", b"r1"]
    assert not feed.offer(Topic.CALLS, b"c1")
    assert feed.take() == []
    assert feed.offer(Topic.CALLS, b"c2")
    assert not Feed(Audience.ROOMS).take()
    assert feed.take() == [b"c2"]


def test_a_slow_reader_gets_the_newest_only() -> None:
    feed = Feed(Audience.EVERYTHING)
    for number in range(100_000):
        feed.offer(Topic.CALLS, b"%d" % number)
    assert feed.take() == [b"99999"]


def test_what_went_back_to_what_was_sent_is_not_sent_again() -> None:
    feed = Feed(Audience.EVERYTHING)
    feed.offer(Topic.CALLS, b"a")
    feed.take()
    assert feed.offer(Topic.CALLS, b"b")
    assert not feed.offer(Topic.CALLS, b"a")
    assert feed.take() == []


def test_b6_a_conference_manager_sees_rooms_and_the_calls_in_them() -> None:
    assert {topic for topic in Topic if may_see(Audience.ROOMS, topic)} == {
        Topic.CALLS,
        Topic.ROOMS,
        Topic.PENDING,
    }
    assert all(may_see(Audience.EVERYTHING, topic) for topic in Topic)
    live = FakeLive()
    everything = json.loads(message(Topic.CALLS, Audience.EVERYTHING, live, Pending(0, 0, 0)))
    assert [call["id"] for call in everything["calls"]] == ["call-1"]
    rooms = json.loads(message(Topic.CALLS, Audience.ROOMS, live, Pending(0, 0, 0)))
    assert rooms == {"type": "calls", "calls": []}


def test_messages_name_their_type() -> None:
    for topic in Topic:
        found = json.loads(message(topic, Audience.EVERYTHING, FakeLive(), Pending(3, 7, 21)))
        assert found["type"] == topic.value
    assert found == {"type": "pending", "changed_entries": 3, "applied_revision": 7, "draft_version": 21}

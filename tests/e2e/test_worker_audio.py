"""The media worker alone, listened to: what goes in at one socket comes out at the right others."""

from __future__ import annotations

import asyncio
import itertools
import os
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from switchroom.media.types import (
    Codec,
    CodecName,
    Connect,
    DtmfReceived,
    GetStats,
    LegMedia,
    OfLeg,
    Play,
    PlayEnded,
    PlayId,
    SendDtmf,
    SetMedia,
    StopPlay,
    ToRoom,
)
from tests.harness.audio import (
    Samples,
    gaps,
    level_of,
    phase_jumps,
    rms,
    share,
    strongest,
    tone,
    tones_heard,
    write_wav,
)
from tests.harness.rtp import Recorded, Silence, Tone
from tests.harness.spray import spraying
from tests.harness.worker import Worker
from tests.harness.worker_legs import Leg, Legs

pytestmark = pytest.mark.e2e

TONES = (431.0, 617.0, 853.0, 1109.0)
"""No harmonics of each other."""
LONG = 120.0 if os.environ.get("SWITCHROOM_LONG") else 12.0


async def heard(leg: Leg, seconds: float = 1.0, *talkers: Leg) -> tuple[Samples, int]:
    """What the far end of a leg hears from now on, while `talkers` send in time."""
    return await leg.peer.listen(seconds, *(talker.peer for talker in talkers)), leg.peer.codec.rate


async def test_each_hears_exactly_the_others_whatever_the_codec(worker: Worker) -> None:
    names: tuple[CodecName, ...] = ("PCMU", "PCMA", "G722", "opus")
    async with Legs(worker) as legs:
        four = [await legs.open(name, Tone(tone, 4000)) for name, tone in zip(names, TONES, strict=True)]
        legs.room(*four)
        await asyncio.sleep(1.0)
        results = await asyncio.gather(*(heard(leg, 1.5) for leg in four))
    for name, own, (samples, rate) in zip(names, TONES, results, strict=True):
        assert tones_heard(samples, rate, TONES) == set(TONES) - {own}, name
        assert level_of(samples, rate, own) < 60, name
        for other in set(TONES) - {own}:
            assert 3000 < level_of(samples, rate, other) < 5500, (name, other)


@pytest.mark.parametrize("codec", get_args(CodecName))
async def test_a_tone_through_a_room_has_no_gap(worker: Worker, codec: CodecName) -> None:
    seconds = LONG if codec == "PCMU" else 4.0
    async with Legs(worker) as legs:
        talker, listener = await legs.open(codec, Tone(1000)), await legs.open(codec)
        legs.room(talker, listener)
        await asyncio.sleep(1.5)
        for _ in range(3):  # a worker that the machine did not schedule leaves 20 ms out, and says so
            missed = worker.missed_ticks()
            samples, rate = await heard(listener, seconds, talker)
            if worker.missed_ticks() == missed and not gaps(samples, rate, 1000):
                break
        lost = listener.peer.lost()
    assert abs(len(samples) / rate - seconds) < 0.1
    assert share(samples, rate, 1000) > 0.99
    assert gaps(samples, rate, 1000) == []
    assert phase_jumps(samples, rate, 1000) == []
    assert lost == 0


async def test_two_legs_on_one_codec_are_relayed_untouched(worker: Worker) -> None:
    async with Legs(worker) as legs:
        one, other = await legs.open("PCMU", Tone(700)), await legs.open("PCMU", Tone(1300))
        legs.join(one, other)
        await asyncio.sleep(0.3)
        begin = len(other.peer.packets)
        (samples, rate), (back, _) = await asyncio.gather(heard(other, 1.0, one), heard(one, 1.0, other))
        packets = other.peer.packets[begin:]
    assert share(samples, rate, 700) > 0.999 and share(back, rate, 1300) > 0.999
    assert gaps(samples, rate, 700) == [] and phase_jumps(samples, rate, 700) == []
    assert {len(packet.payload) for packet in packets} == {160}
    assert one.peer.ssrc not in {packet.ssrc for packet in packets}


@pytest.mark.parametrize(
    ("one", "other"), [("PCMU", "opus"), ("PCMA", "G722"), ("G722", "opus"), ("PCMU", "PCMA")]
)
async def test_two_legs_on_different_codecs_are_transcoded(
    worker: Worker, one: CodecName, other: CodecName
) -> None:
    async with Legs(worker) as legs:
        a, b = await legs.open(one, Tone(700)), await legs.open(other, Tone(1300))
        legs.join(a, b)
        await asyncio.sleep(0.8)
        (at_b, rate_b), (at_a, rate_a) = await asyncio.gather(heard(b, 1.0, a), heard(a, 1.0, b))
    assert share(at_b, rate_b, 700) > 0.99 and gaps(at_b, rate_b, 700) == []
    assert share(at_a, rate_a, 1300) > 0.99 and gaps(at_a, rate_a, 1300) == []


@pytest.mark.parametrize("codec", ["PCMU", "G722", "opus"])
async def test_digits_are_told_once_each(worker: Worker, codec: CodecName) -> None:
    async with Legs(worker) as legs:
        leg = await legs.open(codec)
        await asyncio.sleep(0.3)
        await leg.peer.dtmf("4321#")
        events = await asyncio.to_thread(worker.collect, 0.3)
    digits = [event.digit for event in events if isinstance(event, DtmfReceived)]
    assert digits == list("4321#")


async def test_digits_of_a_phone_without_telephone_events_are_heard(worker: Worker) -> None:
    low, high = tone(770, 0.12, 8000, 5000), tone(1336, 0.12, 8000, 5000)
    async with Legs(worker) as legs:
        leg = await legs.open("PCMU", events=False)
        await asyncio.sleep(0.3)
        leg.peer.source = Recorded((low + high).astype(np.int16))
        events = await asyncio.to_thread(worker.collect, 0.6)
    assert [(e.digit, e.method) for e in events if isinstance(e, DtmfReceived)] == [("5", "inband")]


async def test_digits_are_sent(worker: Worker) -> None:
    async with Legs(worker) as legs:
        one, other = await legs.open("PCMU"), await legs.open("opus")
        legs.join(one, other)
        await asyncio.sleep(0.3)
        worker.call(SendDtmf(leg=one.id, digits="159#"), SendDtmf(leg=other.id, digits="7"))
        await asyncio.sleep(1.2)
    assert one.peer.digits == list("159#")
    assert other.peer.digits == ["7"]


async def test_digits_pass_a_call(worker: Worker) -> None:
    async with Legs(worker) as legs:
        one, other = await legs.open("PCMU"), await legs.open("PCMU")
        legs.join(one, other)
        await asyncio.sleep(0.3)
        await one.peer.dtmf("28")
        await asyncio.sleep(0.2)
    assert other.peer.digits == ["2", "8"]


async def test_rtp_sprayed_at_every_port_changes_nothing(worker: Worker) -> None:
    async with Legs(worker) as legs:
        talker, listener = await legs.open("PCMU", Tone(1000)), await legs.open("PCMU")
        one, other = await legs.open("PCMU", Tone(617)), await legs.open("PCMU", Tone(853))
        legs.room(talker, listener)
        legs.join(one, other)
        await asyncio.sleep(1.0)
        low = min(talker.port, listener.port, one.port, other.port) - 8
        async with spraying(range(low, low + 64)):
            (room, rate), (at_one, _), (at_other, _) = await asyncio.gather(
                heard(listener, 2.0, talker), heard(one, 2.0, other), heard(other, 2.0, one)
            )
        (stats,) = worker.stats(GetStats(leg=listener.id))
    assert share(room, rate, 1000) > 0.99 and gaps(room, rate, 1000) == []
    assert share(at_one, rate, 853) > 0.99 and gaps(at_one, rate, 853) == []
    assert share(at_other, rate, 617) > 0.99 and gaps(at_other, rate, 617) == []
    assert stats.source.endswith(f":{listener.peer.port}")
    assert stats.packets_lost == 0


async def test_srtp_is_heard_and_nothing_else_is(worker: Worker) -> None:
    async with Legs(worker) as legs:
        safe = await legs.open("PCMU", Tone(617), srtp=True)
        opus = await legs.open("opus", Tone(853), srtp=True)
        plain = await legs.open("PCMU", Tone(1109))
        legs.room(safe, opus, plain)
        await asyncio.sleep(1.0)
        results = await asyncio.gather(heard(safe), heard(opus), heard(plain))
        assert safe.peer.srtp is not None and safe.peer.srtp.refused == 0
        # The key no longer fits: the far end falls silent for the others.
        safe.peer.srtp = None
        await asyncio.sleep(0.6)
        samples, rate = await heard(plain)
    for own, (line, its_rate) in zip((617.0, 853.0, 1109.0), results, strict=True):
        assert tones_heard(line, its_rate, TONES) == {617.0, 853.0, 1109.0} - {own}
    assert tones_heard(samples, rate, TONES) == {853.0}


async def test_what_is_played_is_heard_and_then_the_room_again(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "prompt.wav"
    write_wav(path, tone(1500, 1.0, 16000, 6000), 16000)
    async with Legs(worker) as legs:
        listener, talker = await legs.open("G722"), await legs.open("PCMU", Tone(431))
        legs.room(listener, talker)
        await asyncio.sleep(0.8)
        worker.call(Play(play=PlayId("p"), target=OfLeg(leg=listener.id), files=[str(path)]))
        await asyncio.sleep(0.2)
        during, rate = await heard(listener, 0.6)
        ended = await asyncio.to_thread(worker.wait_event, PlayEnded)
        await asyncio.sleep(0.4)
        after, _ = await heard(listener, 0.6)
        numbers = {packet.ssrc for packet in listener.peer.packets}
        lost = listener.peer.lost()
    assert tones_heard(during, rate, [431.0, 1500.0]) == {1500.0}
    assert isinstance(ended, PlayEnded) and ended.reason == "finished"
    assert tones_heard(after, rate, [431.0, 1500.0]) == {431.0}
    assert len(numbers) == 1 and lost == 0


async def test_a_digit_interrupts_a_prompt(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "prompt.wav"
    write_wav(path, tone(1500, 5.0, 8000, 6000), 8000)
    async with Legs(worker) as legs:
        leg = await legs.open("PCMU")
        await asyncio.sleep(0.2)
        play = Play(play=PlayId("p"), target=OfLeg(leg=leg.id), files=[str(path)], interrupt_on_dtmf=True)
        worker.call(play)
        await asyncio.sleep(0.3)
        before, rate = await heard(leg, 0.3)
        await leg.peer.dtmf("4")
        ended = await asyncio.to_thread(worker.wait_event, PlayEnded)
        await asyncio.sleep(0.2)
        after, _ = await heard(leg, 0.4)
    assert share(before, rate, 1500) > 0.95
    assert isinstance(ended, PlayEnded) and ended.reason == "interrupted"
    assert rms(after) < 50


async def test_a_leg_keeps_one_line_of_packets_through_everything(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "music.wav"
    write_wav(path, tone(500, 1.0, 8000), 8000)
    async with Legs(worker) as legs:
        leg, other, third = (
            await legs.open("PCMU"),
            await legs.open("PCMU", Tone(700)),
            await legs.open("opus", Tone(900)),
        )
        await asyncio.sleep(0.2)
        worker.call(Play(play=PlayId("p"), target=OfLeg(leg=leg.id), files=[str(path)], repeat=True))
        await asyncio.sleep(0.4)
        legs.join(leg, other)
        await asyncio.sleep(0.2)
        worker.call(StopPlay(play=PlayId("p")))
        await asyncio.sleep(0.4)
        room = legs.room(leg, third)
        await asyncio.sleep(0.4)
        worker.call(SetMedia(leg=leg.id, media=leg.media))
        await asyncio.sleep(0.3)
        worker.call(Connect(leg=leg.id, to=ToRoom(room=room, muted=True)))
        await asyncio.sleep(0.3)
        packets = list(leg.peer.packets)
    assert len({packet.ssrc for packet in packets}) == 1
    steps = [(b.sequence - a.sequence) % 65536 for a, b in itertools.pairwise(packets)]
    assert set(steps) == {1}
    forward = [(b.timestamp - a.timestamp) % (1 << 32) for a, b in itertools.pairwise(packets)]
    assert all(0 < step < 8000 * 2 for step in forward)


async def test_media_comes_from_another_port_than_said(worker: Worker) -> None:
    async with Legs(worker) as legs:
        leg = await legs.open("PCMU", Tone(700), remote_port=9)
        other = await legs.open("PCMU", Tone(1300))
        legs.join(leg, other)
        await asyncio.sleep(0.5)
        (at_leg, rate), (at_other, _) = await asyncio.gather(heard(leg), heard(other))
    assert share(at_leg, rate, 1300) > 0.99
    assert share(at_other, rate, 700) > 0.99


async def test_a_held_leg_is_not_mixed(worker: Worker) -> None:
    async with Legs(worker) as legs:
        held, listener = await legs.open("PCMU", Tone(700)), await legs.open("PCMU", Silence())
        legs.room(held, listener)
        await asyncio.sleep(0.8)
        before, rate = await heard(listener, 0.5)
        media = LegMedia(
            remote=held.media.remote,
            codec=Codec(name="PCMU", send_payload_type=0, receive_payload_type=0),
            direction="sendonly",
        )
        worker.call(SetMedia(leg=held.id, media=media))
        await asyncio.sleep(0.6)
        after, _ = await heard(listener, 0.5)
    assert strongest(before, rate) == pytest.approx(700, abs=5)
    assert rms(after) < 50

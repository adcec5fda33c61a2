"""The client and the supervisor with the real media worker: legs, a relay, a prompt, its death."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from switchroom.media.supervisor import Supervisor
from switchroom.media.types import (
    CloseLeg,
    Codec,
    Connect,
    Describe,
    Description,
    Failed,
    GetStats,
    HelloResult,
    LegId,
    LegMedia,
    LegOpened,
    LegStats,
    OfLeg,
    Ok,
    OpenLeg,
    Play,
    PlayEnded,
    PlayId,
    ToLeg,
    WorkerEvent,
)
from switchroom.sounds.tones import RATE, join_tone
from switchroom.sounds.waves import write_wave
from tests.harness.until import LONG

pytestmark = pytest.mark.e2e

A, B = LegId("a"), LegId("b")
PORTS = (41000, 41099)


class Told:
    """What the worker told us."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[WorkerEvent] = asyncio.Queue()
        self.started: asyncio.Queue[HelloResult] = asyncio.Queue()
        self.lost = 0

    def on_lost(self) -> None:
        self.lost += 1


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def worker(worker_program: Path, tmp_path: Path, told: Told) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(
        tmp_path / "media.sock",
        PORTS,
        on_event=told.events.put_nowait,
        on_lost=told.on_lost,
        on_started=told.started.put_nowait,
        program=worker_program,
    )
    await supervisor.start()
    yield supervisor
    await supervisor.stop()


@pytest.fixture
def phones() -> Iterator[list[socket.socket]]:
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
    yield sockets
    for one in sockets:
        one.close()


def media(phone: socket.socket) -> LegMedia:
    codec = Codec(name="PCMU", send_payload_type=0, receive_payload_type=0)
    return LegMedia(remote=f"127.0.0.1:{phone.getsockname()[1]}", codec=codec)


def packet(number: int) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, number, number * 160, 77) + bytes([number % 256] * 160)


async def receive(phone: socket.socket, payload: int = 0) -> bytes:
    loop = asyncio.get_running_loop()
    while True:
        async with asyncio.timeout(LONG):
            data = await loop.sock_recv(phone, 2000)
        if data[1] & 0x7F == payload:
            return data


async def open_leg(worker: Supervisor, leg: LegId, phone: socket.socket) -> LegOpened:
    (opened,) = await worker.client.call(OpenLeg(leg=leg, bind="127.0.0.1", media=media(phone)))
    assert isinstance(opened, LegOpened), opened
    assert PORTS[0] <= opened.port < opened.rtcp_port <= PORTS[1]
    return opened


async def stats_of(worker: Supervisor, leg: LegId) -> LegStats:
    (stats,) = await worker.client.call(GetStats(leg=leg))
    assert isinstance(stats, LegStats)
    return stats


async def test_a_call_between_two_legs_passes_audio(worker: Supervisor, phones: list[socket.socket]) -> None:
    first, second = phones
    opened = await open_leg(worker, A, first)
    await open_leg(worker, B, second)
    assert await worker.client.call(Connect(leg=A, to=ToLeg(leg=B))) == [Ok()]
    for number in range(10):
        first.sendto(packet(number), ("127.0.0.1", opened.port))
        await asyncio.sleep(0.02)
    heard = {await_data[12:] for await_data in [await receive(second) for _ in range(5)]}
    assert heard & {packet(number)[12:] for number in range(10)}
    async with asyncio.timeout(LONG):
        while (await stats_of(worker, A)).packets_received < 10:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    (stats,) = await worker.client.call(CloseLeg(leg=A))
    assert isinstance(stats, LegStats)
    assert stats.packets_received == 10
    assert stats.codec.upper() == "PCMU"


async def test_a_prompt_is_heard_and_its_end_told(
    worker: Supervisor, phones: list[socket.socket], told: Told, tmp_path: Path
) -> None:
    await open_leg(worker, A, phones[0])
    write_wave(tmp_path / "tone.wav", join_tone(), RATE)
    play = Play(play=PlayId("p"), target=OfLeg(leg=A), files=[str(tmp_path / "tone.wav")])
    assert await worker.client.call(play) == [Ok()]
    assert len(set((await receive(phones[0]))[12:])) > 8
    async with asyncio.timeout(LONG):
        while not isinstance(event := await told.events.get(), PlayEnded):
            pass
    assert event == PlayEnded(play=PlayId("p"), reason="finished")


async def test_refusals_are_results(worker: Supervisor) -> None:
    failed, described = await worker.client.call(Connect(leg=A, to=ToLeg(leg=B)), Describe())
    assert isinstance(failed, Failed)
    assert failed.error == "no_such_leg"
    assert isinstance(described, Description)
    assert described.legs == []


async def test_a_dead_worker_is_replaced(worker: Supervisor, phones: list[socket.socket], told: Told) -> None:
    before = await told.started.get()
    await open_leg(worker, A, phones[0])
    os.kill(before.pid, signal.SIGKILL)
    async with asyncio.timeout(LONG):
        after = await told.started.get()
    assert (told.lost, after.epoch != before.epoch) == (1, True)
    (description,) = await worker.client.call(Describe())
    assert isinstance(description, Description)
    assert description.legs == []
    await open_leg(worker, A, phones[0])

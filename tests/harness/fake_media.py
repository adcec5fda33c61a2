"""A media worker that keeps the books of legs, rooms and players, and moves no audio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from switchroom.media import types as m


@dataclass
class FakeLeg:
    """An open leg. `playing` is a queue: the first is heard."""

    port: int
    media: m.LegMedia | None = None
    peer: str | None = None
    room: str | None = None
    muted: bool = False
    seat: m.ToRoom | None = None
    """How it was last put into a room."""
    playing: list[m.Play] = field(default_factory=list)
    digits_sent: str = ""


class FakeMedia:
    """Implements `calls.ports.Media` by the rules of `media.types`. Events go to `on_event`."""

    def __init__(self) -> None:
        self.legs: dict[str, FakeLeg] = {}
        self.rooms: dict[str, list[m.Play]] = {}
        self.batches: list[tuple[m.Command, ...]] = []
        self.failures: list[tuple[m.Command, str]] = []
        self.records: dict[str, m.Record] = {}
        """What is being recorded."""
        self.recorded_ms = 2500
        """How long a recording is when it is stopped."""
        self.refuse_ports = False
        self.stats: dict[str, m.LegStats] = {}
        """Answers to `GetStats`; empty ones for other legs."""
        self.lost = False
        self.on_event: Callable[[m.WorkerEvent], None] = lambda event: None
        self._port = 30000

    def ask(self, commands: tuple[m.Command, ...], answered: Callable[[list[m.Result] | None], None]) -> None:
        results = None
        if not self.lost:
            self.batches.append(commands)
            results = [self._do(command) for command in commands]
        asyncio.get_running_loop().call_soon(answered, results)

    def send(self, *commands: m.Command) -> None:
        if self.lost:
            return
        self.batches.append(commands)
        for command in commands:
            self._do(command)

    def hears(self, leg: str) -> str:
        """What a leg hears: a file name, "leg x", "room x" or nothing."""
        found = self.legs[leg]
        if found.playing:
            return found.playing[0].files[0]
        if found.room is not None:
            return f"room {found.room}"
        return f"leg {found.peer}" if found.peer is not None else ""

    def room_files(self, room: str) -> list[str]:
        """The files played into a room so far."""
        return [file for play in self.rooms[room] for file in play.files]

    def members(self, room: str) -> set[str]:
        """The legs in a room."""
        return {name for name, leg in self.legs.items() if leg.room == room}

    def finish(self, play_id: str, reason: str = "finished") -> None:
        """A player comes to its end."""
        for leg in self.legs.values():
            leg.playing = [play for play in leg.playing if play.play != play_id]
        self.on_event(m.PlayEnded(play=m.PlayId(play_id), reason=reason))  # type: ignore[arg-type]

    def end_record(self, record: str, reason: str = "finished", duration: int | None = None) -> None:
        """A recording's file is complete, or can not be written any further."""
        command = self.records.pop(record, None)
        if command is None:
            return
        ended = m.RecordEnded(
            record=command.record,
            path=command.path,
            duration=self.recorded_ms if duration is None else duration,
            reason=reason,  # type: ignore[arg-type]
        )
        self.on_event(ended)

    def _recorded(self, command: m.Record) -> None:
        """What is recorded has to be there."""
        if isinstance(command.target, m.OfRoom):
            self.rooms[command.target.room]
        else:
            self.legs[command.target.leg]

    def _do(self, command: m.Command) -> m.Result:
        try:
            return self._apply(command)
        except KeyError as missing:
            self.failures.append((command, str(missing)))
            return m.Failed(error="no_such_leg", detail=str(missing))

    def _apply(self, command: m.Command) -> m.Result:
        match command:
            case m.OpenLeg(leg=leg, media=media):
                if self.refuse_ports:
                    return m.Failed(error="no_port")
                self._port += 2
                opened = self.legs.setdefault(leg, FakeLeg(self._port, media))
                return m.LegOpened(port=opened.port, rtcp_port=opened.port + 1)
            case m.SetMedia(leg=leg, media=media):
                self.legs[leg].media = media
            case m.CloseLeg(leg=leg):
                if leg not in self.legs:
                    return m.Ok()
                self._disconnect(leg)
                del self.legs[leg]
                return m.LegStats(leg=leg, codec="PCMU", packets_received=100, packets_sent=90, mos=4.2)
            case m.Connect(leg=leg, to=to):
                self._connect(leg, to)
            case m.OpenRoom(room=room):
                self.rooms.setdefault(room, [])
            case m.CloseRoom(room=room):
                self.rooms.pop(room, None)
                for found in self.legs.values():
                    found.room = None if found.room == room else found.room
            case m.Play(target=m.OfLeg(leg=leg)):
                if any(play.play == command.play for play in self.legs[leg].playing):
                    return m.Ok()  # a command may be repeated
                self.legs[leg].playing = [*self.legs[leg].playing, command] if command.queue else [command]
            case m.Play(target=m.OfRoom(room=room)):
                self.rooms[room].append(command)
            case m.StopPlay(play=play_id):
                for found in self.legs.values():
                    found.playing = [play for play in found.playing if play.play != play_id]
            case m.Record(record=record):
                self._recorded(command)
                self.records[record] = command
            case m.StopRecord(record=record) if record in self.records:
                asyncio.get_running_loop().call_soon(self.end_record, record)
            case m.GetStats(leg=leg):
                self.legs[leg]
                return self.stats.get(leg, m.LegStats(leg=leg))
            case m.SendDtmf(leg=leg, digits=digits):
                self.legs[leg].digits_sent += digits
            case _:
                pass
        return m.Ok()

    def _disconnect(self, leg: str) -> None:
        found = self.legs[leg]
        found.room = None
        if found.peer is not None and found.peer in self.legs:
            self.legs[found.peer].peer = None
        found.peer = None

    def _connect(self, leg: str, to: m.ToLeg | m.ToRoom | m.ToNothing) -> None:
        self._disconnect(leg)
        match to:
            case m.ToLeg(leg=other):
                if other != leg:
                    self._disconnect(other)
                self.legs[leg].peer, self.legs[other].peer = other, leg
            case m.ToRoom(room=room, muted=muted):
                self.rooms[room]
                self.legs[leg].room, self.legs[leg].muted = room, muted
                self.legs[leg].seat = to
            case m.ToNothing():
                pass

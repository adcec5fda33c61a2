"""Legs of a directly driven worker, each with its virtual far end."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass

from switchroom.media.types import (
    CloseLeg,
    Codec,
    CodecName,
    Command,
    Connect,
    LegId,
    LegMedia,
    OpenLeg,
    OpenRoom,
    RoomId,
    SrtpKey,
    TelephoneEvent,
    ToLeg,
    ToRoom,
)
from tests.harness.codecs import PAYLOAD_TYPES
from tests.harness.rtp import RtpPeer, Source, Srtp
from tests.harness.worker import Worker

EVENTS = 101


@dataclass(slots=True)
class Leg:
    """A leg and who is at its far end."""

    id: LegId
    peer: RtpPeer
    port: int
    media: LegMedia


def codec_of(name: CodecName) -> Codec:
    """The codec with the virtual phone's payload type."""
    number = PAYLOAD_TYPES[name]
    return Codec(name=name, send_payload_type=number, receive_payload_type=number)


class Legs:
    """Opens legs in a worker and closes their far ends at the end of a with-block."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._all: list[Leg] = []

    async def __aenter__(self) -> Legs:
        return self

    async def __aexit__(self, *_: object) -> None:
        for leg in self._all:
            await leg.peer.close()

    async def open(
        self,
        codec: CodecName = "PCMU",
        source: Source | None = None,
        *,
        srtp: bool = False,
        events: bool = True,
        remote_port: int | None = None,
    ) -> Leg:
        """Open a leg whose far end says `source`; `remote_port` lies about where the far end is."""
        peer = RtpPeer(codec, source)
        await peer.open()
        ours: SrtpKey | None = None
        theirs: SrtpKey | None = None
        if srtp:
            own = base64.b64encode(os.urandom(30)).decode()
            peer.srtp = Srtp()
            peer.srtp.start(own)
            ours = SrtpKey(suite="AES_CM_128_HMAC_SHA1_80", key=own)
            theirs = SrtpKey(suite="AES_CM_128_HMAC_SHA1_80", key=peer.srtp.inline)
        clock = 48000 if codec == "opus" else 8000
        event = TelephoneEvent(send_payload_type=EVENTS, receive_payload_type=EVENTS, clock_rate=clock)
        media = LegMedia(
            remote=f"127.0.0.1:{remote_port or peer.port}",
            codec=codec_of(codec),
            telephone_event=event if events else None,
            signalling_ip="127.0.0.1",
            srtp_send=ours,
            srtp_receive=theirs,
        )
        name = LegId(f"leg{len(self._all)}")
        (opened,) = self.worker.opened(OpenLeg(leg=name, bind="127.0.0.1", media=media))
        leg = Leg(name, peer, opened.port, media)
        self._all.append(leg)
        peer.start(("127.0.0.1", opened.port))
        return leg

    def room(self, *legs: Leg, name: str = "room", **options: bool | float) -> RoomId:
        """Put legs into a room, opening it if need be."""
        room = RoomId(name)
        commands: list[Command] = [OpenRoom(room=room)]
        commands += [Connect(leg=leg.id, to=ToRoom(room=room, **options)) for leg in legs]  # type: ignore[arg-type]
        self.worker.call(*commands)
        return room

    def join(self, one: Leg, other: Leg) -> None:
        """Connect two legs with each other."""
        self.worker.call(Connect(leg=one.id, to=ToLeg(leg=other.id)))

    def close(self, leg: Leg) -> None:
        """Close a leg in the worker."""
        self.worker.call(CloseLeg(leg=leg.id))

"""Where people are: their devices, the trunks to those outside, and where our media meets theirs."""

from __future__ import annotations

import contextlib

from switchroom.calls.change import replace
from switchroom.calls.engine import Engine
from switchroom.calls.ports import Registered
from switchroom.calls.routing import Known, takes_calls
from switchroom.calls.values import Outside, Party, Place, Refuse, Target
from switchroom.directory.model import UserId
from switchroom.media import offer_answer
from switchroom.media.offer_answer import WebRtcHost
from switchroom.media.types import HelloResult
from switchroom.sip.flow import Flow, Transport

_WEBSOCKETS = (Transport.WS, Transport.WSS)


class Whereabouts:
    """Implements `reach.Reach` for the running system."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ports, self._clock = engine.ports, engine.clock
        self.worker: HelloResult | None = None
        """The media worker; None: there was none so far."""

    def known(self, now: float) -> Known:
        """What calls are routed by now."""
        return Known(self._ports.directory.current(), self._ports.personal.of, self._engine.busy, now)

    def devices(self, user: UserId) -> tuple[Target, ...]:
        """Where a user can be rung (`reach.Reach`)."""
        return tuple([self._target(found) for found in self._ports.registrations.lookup(user)])

    def takes_calls(self, user: UserId) -> bool:
        """Whether a list or a group may ring him (`reach.Reach`)."""
        known = self.known(self._clock.now())
        found = known.snapshot.users.get(user)
        return found is not None and takes_calls(known, found)

    def outside(self, wanted: Outside, caller: Party) -> tuple[Target, ...] | Refuse:
        """By which trunks a number is called (`reach.Reach`)."""
        return self._engine.lines.call(wanted, caller, self._clock.now())

    def _target(self, found: Registered) -> Target:
        remote_ip = found.remote_ip
        if found.browser:
            place = self._browser_place(remote_ip)
        else:
            place = replace(self._ports.addresses.media(remote_ip), signalling_ip=remote_ip)
        return Target(
            ref=found.ref,
            uri=found.uri,
            place=place,
            path=found.path,
            srtp=found.secure,
            device_id=found.device_id,
            browser=place.webrtc is not None,
        )

    def place(self, flow: Flow, sdp: bytes | None) -> Place:
        """Where our media for the caller is: by its signalling address, unless its media is of the other
        family; a browser finds its way by ICE."""
        remote_ip = flow.remote.host
        if b"fingerprint:" in sdp if sdp is not None else flow.transport in _WEBSOCKETS:
            return self._browser_place(remote_ip)
        hint = remote_ip
        if sdp is not None and (b" IP6 " in sdp) != (":" in remote_ip):
            with contextlib.suppress(offer_answer.NotAcceptable):
                hint = offer_answer.remote_address(sdp) or remote_ip
        return replace(self._ports.addresses.media(hint), signalling_ip=remote_ip)

    def _browser_place(self, remote_ip: str) -> Place:
        place, worker = self._ports.addresses.media(remote_ip), self.worker
        if worker is None or not worker.webrtc_port:
            return replace(place, signalling_ip=remote_ip)
        addresses = self._ports.addresses.candidates(remote_ip)
        host = WebRtcHost(worker.webrtc_port, worker.fingerprint, addresses)
        return replace(place, signalling_ip=remote_ip, webrtc=host)

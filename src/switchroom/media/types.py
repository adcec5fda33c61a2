"""The control protocol of the media worker, version 1, as msgspec types (Rust: media/worker/src/protocol.rs).

One connection (Unix stream socket), one JSON object a line, UTF-8, at most 1 MiB a line. The owner sends
`Batch`; all commands of a batch take effect between two ticks of the mixer, in order. The worker answers
every batch with one `Done` (same `seq`, one result for each command) and sends `Notice`s, numbered from 1
without gaps.
Identifiers are chosen by the owner; every command may be repeated: opening what is open and closing what is
closed succeed. Times are milliseconds, levels dBov (0 to -127), addresses "ip:port" or "[ip6]:port".
"""

from __future__ import annotations

from typing import Literal, NewType

import msgspec

PROTOCOL_VERSION = 1

LegId = NewType("LegId", str)
RoomId = NewType("RoomId", str)
PlayId = NewType("PlayId", str)
RecordId = NewType("RecordId", str)

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
CodecName = Literal["PCMU", "PCMA", "G722", "opus"]


class _Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plain nested value."""


class Codec(_Value, frozen=True, kw_only=True):
    """The one audio codec of a leg, as agreed by offer and answer."""

    name: CodecName
    send_payload_type: int
    receive_payload_type: int
    ptime: int = 20
    """Packet time we send, ms: 10, 20, 30, 40 or 60."""
    bitrate: int = 0
    """Opus: bits per second we may send; 0 is the worker's default."""
    fec: bool = False
    """Opus: in-band FEC (RFC 7587)."""
    dtx: bool = False
    """Opus: the peer takes gaps in silence (RFC 7587, usedtx=1). Tones and music never have any."""
    cbr: bool = False


class TelephoneEvent(_Value, frozen=True, kw_only=True):
    """RFC 4733 as agreed."""

    send_payload_type: int
    receive_payload_type: int
    clock_rate: int = 8000


class SrtpKey(_Value, frozen=True, kw_only=True):
    """One direction's SDES key (RFC 4568)."""

    suite: Literal[
        "AES_CM_128_HMAC_SHA1_80",
        "AES_CM_128_HMAC_SHA1_32",
        "AES_256_CM_HMAC_SHA1_80",
        "AES_256_CM_HMAC_SHA1_32",
        "AEAD_AES_128_GCM",
        "AEAD_AES_256_GCM",
    ]
    key: str
    """Master key and salt, base64 as in the inline parameter."""
    mki: int | None = None
    mki_length: int = 0

    def __repr__(self) -> str:
        """Never shows the key: representations end up in logs."""
        return f"SrtpKey({self.suite})"


class WebRtc(_Value, frozen=True, kw_only=True):
    """A browser's transport by both descriptions (RFC 8839, 8122): ICE, we being lite, and DTLS-SRTP.

    Other credentials than before are an ICE restart; another fingerprint is a new DTLS transport on the same
    leg. The audio of the leg goes on either way.
    """

    local_ufrag: str
    """Ours, 4 to 256 ICE characters, chosen by the owner and unique among the worker's legs."""
    local_password: str
    remote_ufrag: str
    remote_password: str
    fingerprint: str
    """Of the peer's certificate, "sha-256 AA:BB:.."; no other hash can be verified."""
    role: Literal["active", "passive"]
    """Ours in DTLS: "active" sends the first message (RFC 5763)."""
    audio_level: int | None = None
    """Agreed id (1 to 14) of the audio level header extension (RFC 6464), in the one-byte form."""

    def __repr__(self) -> str:
        """Never shows a password: representations end up in logs."""
        return f"WebRtc({self.local_ufrag}, {self.remote_ufrag}, {self.role})"


class LegMedia(_Value, frozen=True, kw_only=True):
    """All that offer and answer agreed for a leg's audio. Sent again, it replaces the former agreement."""

    remote: str
    """RTP address of the peer by its SDP; 0.0.0.0 for an old-style hold."""
    remote_rtcp: str | None = None
    rtcp_mux: bool = False
    codec: Codec
    telephone_event: TelephoneEvent | None = None
    comfort_noise: int | None = None
    """Payload type of CN (RFC 3389), if agreed."""
    direction: Direction = "sendrecv"
    """What we do: recvonly and inactive send nothing, sendonly and inactive do not hear the peer. A peer
    that holds us (recvonly) may send its own music: call control mutes it in rooms."""
    srtp_send: SrtpKey | None = None
    srtp_receive: SrtpKey | None = None
    signalling_ip: str | None = None
    """Source address of the leg's signalling, for learning the media source (hard-parts, media 5)."""
    audio_level: int | None = None
    """Agreed id (1 to 14) of the audio level header extension (RFC 6464); of a browser `WebRtc` has it."""
    webrtc: WebRtc | None = None
    """Of a leg opened with `webrtc`: ICE decides where media goes, and `remote`, `remote_rtcp`, `rtcp_mux`,
    `srtp_send`, `srtp_receive` and `signalling_ip` are ignored."""


class ToLeg(_Value, frozen=True, kw_only=True, tag_field="kind", tag="leg"):
    """Hear and be heard by one other leg: relayed where codecs match, transcoded where not."""

    leg: LegId


class ToRoom(_Value, frozen=True, kw_only=True, tag_field="kind", tag="room"):
    """Be in a room."""

    room: RoomId
    muted: bool = False
    """The room does not hear the leg."""
    deaf: bool = False
    """The leg does not hear the room."""
    gain: float = 0.0
    """dB on what the leg says."""
    listen_gain: float = 0.0
    """dB on what the leg hears."""
    noise_suppression: bool = False
    """What the leg says is freed from noise, while it talks."""


class ToNothing(_Value, frozen=True, kw_only=True, tag_field="kind", tag="nothing"):
    """Connected to nobody: the leg hears what is played to it, or nothing."""


class OfLeg(_Value, frozen=True, kw_only=True, tag_field="kind", tag="leg"):
    """A leg, as the target of a player or recorder."""

    leg: LegId


class OfRoom(_Value, frozen=True, kw_only=True, tag_field="kind", tag="room"):
    """A room, as the target of a player or recorder."""

    room: RoomId


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", omit_defaults=True):
    pass


class Hello(_Command, frozen=True, kw_only=True, tag="hello"):
    """First command of a connection. Result: `HelloResult`. Another major version is refused."""

    version: int = PROTOCOL_VERSION
    seen: int | None = None
    """Number of the last `Notice` the owner has seen of this epoch; later facts still kept are sent again."""


class OpenLeg(_Command, frozen=True, kw_only=True, tag="open_leg"):
    """Bind a port pair (none for a browser). Result: `LegOpened`. `media` may follow by `SetMedia`."""

    leg: LegId
    bind: str
    """IP address to bind, e.g. "0.0.0.0", "::" or "127.0.0.1"; not used for a browser's leg."""
    media: LegMedia | None = None
    webrtc: bool = False
    """A browser's leg: it shares `HelloResult.webrtc_port` with all others; it needs `LegMedia.webrtc`."""
    lost_after: int = 30
    """Seconds without RTP and RTCP (and, of a browser, ICE checks) until `MediaLost`: 1 to 3600."""


class SetMedia(_Command, frozen=True, kw_only=True, tag="set_media"):
    """Say or change what was agreed. SSRC, sequence and timestamp line of the leg go on."""

    leg: LegId
    media: LegMedia


class CloseLeg(_Command, frozen=True, kw_only=True, tag="close_leg"):
    """Close a leg. Result: `LegStats` (`Ok` if it was closed already)."""

    leg: LegId


class Connect(_Command, frozen=True, kw_only=True, tag="connect"):
    """Connect a leg to something; what it was connected to before is left. `ToLeg` connects both ends; a leg
    connected to itself hears its own echo."""

    leg: LegId
    to: ToLeg | ToRoom | ToNothing


class OpenRoom(_Command, frozen=True, kw_only=True, tag="open_room"):
    """Open a mixing room."""

    room: RoomId
    max_talkers: int = 8


class CloseRoom(_Command, frozen=True, kw_only=True, tag="close_room"):
    """Close a room; legs still in it are connected to nothing."""

    room: RoomId


class Play(_Command, frozen=True, kw_only=True, tag="play"):
    """Play WAV files (8, 16 or 48 kHz, mono, 16 bit) one after the other to a leg or a whole room.

    On a leg this replaces what the leg hears (a relay or a room goes on behind it and is heard again
    afterwards); a second player on the same leg replaces the first, unless `queue`. In a room it is mixed in.
    """

    play: PlayId
    target: OfLeg | OfRoom
    files: list[str]
    repeat: bool = False
    """Over and over until stopped (music on hold)."""
    queue: bool = False
    interrupt_on_dtmf: bool = False
    """A digit of the leg ends the player at once (reason "interrupted")."""
    gain: float = 0.0


class StopPlay(_Command, frozen=True, kw_only=True, tag="stop_play"):
    """Stop a player."""

    play: PlayId


class Record(_Command, frozen=True, kw_only=True, tag="record"):
    """Record a room's mix, or a leg and its peer on two channels aligned in time, as a WAV file that can be
    played at any moment, up to the last second, even when the worker is killed or the disk is full."""

    record: RecordId
    target: OfLeg | OfRoom
    path: str
    format: Literal["wav", "opus"] = "wav"
    one_side: bool = False
    """Of a leg: one channel, only what the leg says (a participant of a room apart)."""
    silence: int = 0
    """ms, of one side: when nothing is heard for so long, the recording is over; 0: never."""


class StopRecord(_Command, frozen=True, kw_only=True, tag="stop_record"):
    """Stop a recorder; `RecordEnded` follows when the file is on the disk."""

    record: RecordId


class SendDtmf(_Command, frozen=True, kw_only=True, tag="send_dtmf"):
    """Send digits (0-9 * # A-D) to the leg's peer as telephone-events, or as tones where none was agreed."""

    leg: LegId
    digits: str
    duration: int = 100
    gap: int = 60


class Watch(_Command, frozen=True, kw_only=True, tag="watch"):
    """Ask for, or no longer ask for, `Levels` of a room (at most 5 a second)."""

    room: RoomId
    levels: bool


class GetStats(_Command, frozen=True, kw_only=True, tag="get_stats"):
    """Result: `LegStats` of one leg."""

    leg: LegId


class Describe(_Command, frozen=True, kw_only=True, tag="describe"):
    """Result: `Description`, all that is open, for reconciling after a lost connection."""


Command = (
    Hello | OpenLeg | SetMedia | CloseLeg | Connect | OpenRoom | CloseRoom | Play | StopPlay | Record
    | StopRecord | SendDtmf | Watch | GetStats | Describe
)  # fmt: skip


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Owner to worker."""

    seq: int
    commands: list[Command]


class _Result(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", omit_defaults=True):
    pass


class Ok(_Result, frozen=True, kw_only=True, tag="ok"):
    """Done, nothing to say."""


class Failed(_Result, frozen=True, kw_only=True, tag="failed"):
    """The command was refused; the others of the batch are carried out all the same."""

    error: Literal[
        "no_such_leg", "no_such_room", "no_port", "bad_argument", "file", "version", "limit", "internal"
    ]
    detail: str = ""


class HelloResult(_Result, frozen=True, kw_only=True, tag="hello"):
    """Epoch is a random number of this worker process: another epoch means every leg is gone."""

    version: int
    epoch: str
    pid: int
    webrtc_port: int = 0
    """UDP and TCP port of all browsers' media; 0: this worker takes no browsers."""
    fingerprint: str = ""
    """Of the worker's certificate, as it stands in SDP: "sha-256 AA:BB:..". Another one at each start."""


class LegOpened(_Result, frozen=True, kw_only=True, tag="leg_opened"):
    """Where the leg listens; both are the shared port if it is a browser's."""

    port: int
    rtcp_port: int


class LegStats(_Result, frozen=True, kw_only=True, tag="leg_stats"):
    """What passed through a leg, from its opening on."""

    leg: LegId
    codec: str = ""
    packets_received: int = 0
    packets_sent: int = 0
    octets_received: int = 0
    octets_sent: int = 0
    packets_lost: int = 0
    packets_late: int = 0
    packets_discarded: int = 0
    """Wrong source, failed authentication, malformed."""
    frames_concealed: int = 0
    jitter: float = 0.0
    """Interarrival jitter, ms (RFC 3550 §6.4.1)."""
    round_trip: float = 0.0
    """ms by RTCP; 0 when unknown."""
    remote_loss: float = 0.0
    """Fraction the peer reports lost of what we send."""
    mos: float = 0.0
    """Estimated listening quality 1 to 4.5 (E-model, ITU-T G.107 simplified); 0 without media."""
    source: str = ""
    """Address that media comes from, once learned."""
    transport: str = ""
    """Media comes by "udp", or "tcp" (a browser whose network lets no UDP through); "" before any."""


class Description(_Result, frozen=True, kw_only=True, tag="description"):
    """Everything that is open."""

    epoch: str
    legs: list[LegId]
    rooms: list[RoomId]
    plays: list[PlayId]
    records: list[RecordId]
    ticks: int
    """Ticks of the mixer since the worker's start, missed ones too."""
    missed_ticks: int
    """Ticks that did not take place because the worker was not scheduled in time: 20 ms of silence each."""
    strangers: int = 0
    """Datagrams on the browsers' port that were nobody's."""


Result = Ok | Failed | HelloResult | LegOpened | LegStats | Description


class Done(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="done"):
    """Worker to owner: the results of a batch, in order."""

    seq: int
    results: list[Result]


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    pass


class DtmfReceived(_Event, frozen=True, kw_only=True, tag="dtmf"):
    """A digit, told once, when it is first recognised."""

    leg: LegId
    digit: str
    method: Literal["rfc4733", "inband"] = "rfc4733"


class PlayEnded(_Event, frozen=True, kw_only=True, tag="play_ended"):
    """A player is over. Always told, whatever ended it (`gone`: its leg or room was closed)."""

    play: PlayId
    reason: Literal["finished", "interrupted", "stopped", "replaced", "gone", "file"]
    detail: str = ""


class TalkingChanged(_Event, frozen=True, kw_only=True, tag="talking"):
    """A leg in a room began or ceased to talk."""

    leg: LegId
    room: RoomId
    talking: bool


class LevelsMeasured(_Event, frozen=True, kw_only=True, tag="levels"):
    """Loudness of the legs of a watched room."""

    room: RoomId
    levels: dict[LegId, int]


class MediaLost(_Event, frozen=True, kw_only=True, tag="media_lost"):
    """Neither RTP nor RTCP for `lost_after` s, not on hold. Told once until it comes again (`MediaFound`)."""

    leg: LegId
    seconds: int


class MediaFound(_Event, frozen=True, kw_only=True, tag="media_found"):
    """Media comes again, or for the first time (`source` is where from)."""

    leg: LegId
    source: str


class MediaClosed(_Event, frozen=True, kw_only=True, tag="media_closed"):
    """A browser said goodbye on DTLS (close_notify): its page is gone, or it closed the connection.

    The leg stays open, for the next `SetMedia` with another fingerprint.
    """

    leg: LegId


class RecordEnded(_Event, frozen=True, kw_only=True, tag="record_ended"):
    """The file is complete, or could not be written (any further)."""

    record: RecordId
    path: str
    duration: int
    """ms of audio that can be played."""
    reason: Literal["finished", "disk"] = "finished"
    """"disk": it could not be written; what is there up to that moment can be played. Told at once, the
    recorder is gone."""
    error: str = ""
    """What the system said."""


class LegFailed(_Event, frozen=True, kw_only=True, tag="leg_failed"):
    """The worker gave the leg up (a bug, or its socket died); it is closed."""

    leg: LegId
    reason: str


WorkerEvent = (
    DtmfReceived
    | PlayEnded
    | TalkingChanged
    | LevelsMeasured
    | MediaLost
    | MediaFound
    | MediaClosed
    | RecordEnded
    | LegFailed
)


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="notice"):
    """Worker to owner: an event and its number."""

    number: int
    event: WorkerEvent


FromWorker = Done | Notice

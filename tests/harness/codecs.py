"""The codecs of the virtual phone: G.711 by table, G.722 and Opus by FFmpeg (PyAV), none of ours."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from tests.harness.audio import Samples


class Codec(Protocol):
    """Encodes and decodes packets of 20 ms."""

    name: str
    """As in SDP."""
    rate: int
    """Samples a second."""
    clock: int
    """RTP timestamp units a second."""

    def encode(self, samples: Samples) -> bytes:
        """20 ms of samples into one payload."""
        ...

    def decode(self, payload: bytes) -> Samples:
        """One payload into samples."""
        ...


def _expand_mu(code: int) -> int:
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return -value if code & 0x80 else value


def _expand_a(code: int) -> int:
    code ^= 0x55
    exponent, value = (code & 0x70) >> 4, (code & 0x0F) << 4
    value = value + 8 if exponent == 0 else (value + 0x108) << (exponent - 1)
    return value if code & 0x80 else -value


def _inverse(expand: Samples) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """For each of the 65,536 samples the code whose value is nearest."""
    order = np.argsort(expand, kind="stable")
    values = expand[order].astype(np.int64)
    samples = np.arange(-32768, 32768)
    right = np.clip(np.searchsorted(values, samples), 1, 255)
    nearer = np.where(samples - values[right - 1] <= values[right] - samples, right - 1, right)
    return order[nearer].astype(np.uint8)


class G711:
    """PCMU and PCMA."""

    rate = 8000
    clock = 8000

    def __init__(self, name: str) -> None:
        self.name = name
        expand = _expand_mu if name == "PCMU" else _expand_a
        self._decode = np.array([expand(code) for code in range(256)], dtype=np.int16)
        self._encode = _inverse(self._decode)

    def encode(self, samples: Samples) -> bytes:
        """160 samples into 160 bytes."""
        return self._encode[samples.astype(np.int64) + 32768].tobytes()

    def decode(self, payload: bytes) -> Samples:
        """One sample a byte."""
        return self._decode[np.frombuffer(payload, dtype=np.uint8)]


class _Av:
    """A codec of FFmpeg."""

    def __init__(self, name: str, encoder: str, rate: int, clock: int) -> None:
        import av

        self.name, self.rate, self.clock = name, rate, clock
        self._av: Any = av
        self._decoder: Any = av.CodecContext.create(encoder, "r")
        self._encoder: Any = av.CodecContext.create(encoder, "w")
        context: Any
        for context in (self._encoder, self._decoder):
            context.sample_rate = rate
            context.layout = "mono"
            context.format = "s16"
        if encoder == "libopus":
            self._encoder.bit_rate = 32000
            self._encoder.options = {"application": "audio", "frame_duration": "20"}

    def encode(self, samples: Samples) -> bytes:
        """20 ms into one payload (empty while the encoder fills up)."""
        frame = self._av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self.rate
        return b"".join(bytes(packet) for packet in self._encoder.encode(frame))

    def decode(self, payload: bytes) -> Samples:
        """One payload into samples."""
        frames = self._decoder.decode(self._av.Packet(payload))
        parts = []
        for frame in frames:
            data = frame.to_ndarray().astype(np.float64)
            if frame.format.name.startswith("flt"):
                data = data * 32767
            channels = frame.layout.nb_channels
            if data.shape[0] != channels:
                data = data.reshape(-1, channels).T
            parts.append(np.clip(data[0], -32768, 32767).astype(np.int16))
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)


def codec(name: str) -> Codec:
    """A fresh encoder and decoder; `name` as in SDP: PCMU, PCMA, G722, opus."""
    if name in ("PCMU", "PCMA"):
        return G711(name)
    if name == "G722":
        return _Av("G722", "g722", 16000, 8000)
    if name == "opus":
        return _Av("opus", "libopus", 48000, 48000)
    raise ValueError(f"no codec {name}")


PAYLOAD_TYPES = {"PCMU": 0, "PCMA": 8, "G722": 9, "opus": 96}
"""What the virtual phone offers; those below 96 are fixed by RFC 3551."""

//! What offer and answer agreed for a leg's audio, in the engine's own terms.
#![forbid(unsafe_code)]

use std::net::{IpAddr, SocketAddr};

use crate::codec::{CodecKind, EncoderOptions};
use crate::srtp::Suite;
use crate::webrtc::WebRtc;

/// Whether a leg sends and hears (RFC 3264 §5.1), from our side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    /// We may send audio.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// The peer may be heard; if not it is held.
    pub fn hears(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }
}

/// The one audio codec of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codec {
    pub kind: CodecKind,
    pub send_payload_type: u8,
    pub receive_payload_type: u8,
    /// Packet time we send, ms: 10, 20, 30, 40 or 60.
    pub ptime: u32,
    pub options: EncoderOptions,
    /// Opus: the peer takes gaps in silence (DTX), and shares the encoder of those who do not.
    pub gaps: bool,
}

/// Telephone-events as agreed (RFC 4733).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    pub send_payload_type: u8,
    pub receive_payload_type: u8,
    /// Hz.
    pub clock_rate: u32,
}

/// One direction's SRTP key (RFC 4568).
#[derive(Clone, PartialEq, Eq)]
pub struct SrtpKey {
    pub suite: Suite,
    /// Master key and salt.
    pub key_and_salt: Vec<u8>,
    /// Master key identifier as it stands in packets; empty if none is used.
    pub mki: Vec<u8>,
}

impl std::fmt::Debug for SrtpKey {
    /// Never shows the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SrtpKey({:?})", self.suite)
    }
}

/// All that was agreed for a leg.
#[derive(Clone, Debug, PartialEq)]
pub struct LegMedia {
    /// The peer's RTP address by its SDP; None for an old-style hold (0.0.0.0).
    pub remote: Option<SocketAddr>,
    /// The peer's RTCP address, if its SDP names one; else the port after the RTP port.
    pub remote_rtcp: Option<SocketAddr>,
    pub rtcp_mux: bool,
    pub codec: Codec,
    pub telephone_event: Option<TelephoneEvent>,
    pub comfort_noise: Option<u8>,
    pub direction: Direction,
    pub srtp_send: Option<SrtpKey>,
    pub srtp_receive: Option<SrtpKey>,
    pub signalling_ip: Option<IpAddr>,
    /// Id (1 to 14) of the audio level header extension (RFC 6464), if agreed.
    pub audio_level: Option<u8>,
    /// Of a browser's leg: ICE finds the peer, DTLS the keys; addresses and keys above do not count.
    pub webrtc: Option<Box<WebRtc>>,
}

impl LegMedia {
    /// We may send audio: the direction allows it and the peer has an address.
    pub fn sends(&self) -> bool {
        self.direction.sends() && (self.remote.is_some() || self.webrtc.is_some())
    }

    /// Whether packets of `self` can be relayed to `to` as they are, apart from their headers.
    pub fn relays_to(&self, to: &LegMedia) -> bool {
        self.codec.kind == to.codec.kind
    }
}

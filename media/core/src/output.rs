//! What the engine wants done outside: packets to send, events to tell, audio to record, sockets to look after.
#![forbid(unsafe_code)]

use std::net::{IpAddr, SocketAddr};

use crate::command::{Event, LegIndex};
use crate::rtp::RtpHeader;
use crate::srtp::{Srtp, MAX_OVERHEAD};
use crate::webrtc::{Carrier, Path};

/// Which of a leg's two sockets; or the port of all browsers, and which of our addresses, if that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Rtp,
    Rtcp,
    Browsers { carrier: Carrier, local: IpAddr },
}

impl From<Path> for Channel {
    fn from(path: Path) -> Self {
        Channel::Browsers {
            carrier: path.peer.carrier,
            local: path.local,
        }
    }
}

/// How soon a leg's packets are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// At once: they are relayed.
    AtOnce,
    /// Just before the next tick.
    OnTick,
}

/// A datagram to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit {
    pub leg: LegIndex,
    pub channel: Channel,
    pub to: SocketAddr,
    start: usize,
    length: usize,
}

/// 20 ms of audio for a recorder, channels interleaved, or a stretch of silence for missed ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapFrame {
    pub tap: u32,
    pub samples: Vec<i16>,
}

/// Collected by the engine, drained by whoever runs it after each of its calls.
#[derive(Default)]
pub struct Output {
    bytes: Vec<u8>,
    transmits: Vec<Transmit>,
    /// In the order they happened.
    pub events: Vec<Event>,
    pub taps: Vec<TapFrame>,
    /// Legs whose sockets are to be closed.
    pub closed: Vec<LegIndex>,
    /// Legs whose attention changed.
    pub attention: Vec<(LegIndex, Attention)>,
}

/// Room behind a packet for what SRTP adds: tag and index, and an MKI.
const TRAILER: usize = MAX_OVERHEAD + 8;

impl Output {
    /// Queues an RTP packet, protected if `srtp` is given. Returns false if it could not be protected.
    pub fn rtp(
        &mut self,
        leg: LegIndex,
        (channel, to): (Channel, SocketAddr),
        header: &RtpHeader,
        payload: &[u8],
        srtp: Option<&mut Srtp>,
    ) -> bool {
        let start = self.bytes.len();
        let mut head = [0; 32];
        let length = header.write(&mut head);
        self.bytes.extend_from_slice(&head[..length]);
        self.bytes.extend_from_slice(payload);
        let length = length + payload.len();
        self.finish(leg, channel, to, start, length, srtp, Srtp::protect)
    }

    /// Queues a compound RTCP packet, protected if `srtp` is given. Returns false if it could not be protected.
    pub fn rtcp(
        &mut self,
        leg: LegIndex,
        channel: Channel,
        to: SocketAddr,
        compound: &[u8],
        srtp: Option<&mut Srtp>,
    ) -> bool {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(compound);
        self.finish(
            leg,
            channel,
            to,
            start,
            compound.len(),
            srtp,
            Srtp::protect_rtcp,
        )
    }

    /// Queues a datagram of a browser's transport as it is.
    pub fn datagram(&mut self, leg: LegIndex, path: Path, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.transmits.push(Transmit {
            leg,
            channel: path.into(),
            to: path.peer.address,
            start,
            length: bytes.len(),
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn finish(
        &mut self,
        leg: LegIndex,
        channel: Channel,
        to: SocketAddr,
        start: usize,
        mut length: usize,
        srtp: Option<&mut Srtp>,
        protect: impl FnOnce(&mut Srtp, &mut [u8], usize) -> Result<usize, crate::srtp::SrtpError>,
    ) -> bool {
        if let Some(srtp) = srtp {
            self.bytes.resize(start + length + TRAILER, 0);
            let Ok(protected) = protect(srtp, &mut self.bytes[start..], length) else {
                self.bytes.truncate(start);
                return false;
            };
            length = protected;
            self.bytes.truncate(start + length);
        }
        self.transmits.push(Transmit {
            leg,
            channel,
            to,
            start,
            length,
        });
        true
    }

    /// The datagrams queued, in order.
    pub fn datagrams(&self) -> impl Iterator<Item = (&Transmit, &[u8])> {
        self.transmits
            .iter()
            .map(|t| (t, &self.bytes[t.start..t.start + t.length]))
    }

    /// Forgets the datagrams, once they are sent.
    pub fn clear_datagrams(&mut self) {
        self.transmits.clear();
        self.bytes.clear();
    }
}

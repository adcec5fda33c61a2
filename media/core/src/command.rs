//! What the owner may ask of the engine, and what the engine answers and tells.
#![forbid(unsafe_code)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::agreement::LegMedia;
use crate::player::Sound;

/// An identifier chosen by the owner (of a leg, room, player or recorder).
pub type Name = Arc<str>;

/// Where a leg is kept in the engine, and how its packets are addressed. Reused after the leg is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegIndex(pub u32);

/// What a leg is connected to.
#[derive(Clone, Debug, PartialEq)]
pub enum Connection {
    Leg(Name),
    Room {
        room: Name,
        /// The room does not hear the leg.
        muted: bool,
        /// The leg does not hear the room.
        deaf: bool,
        /// dB on what the leg says.
        gain: f32,
        /// dB on what the leg hears.
        listen_gain: f32,
        /// What the leg says is freed from noise, while it talks.
        noise_suppression: bool,
    },
    Nothing,
}

/// The target of a player or recorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Leg(Name),
    Room(Name),
}

/// One command; every one may be repeated.
#[derive(Clone, Debug)]
pub enum Command {
    OpenLeg {
        leg: Name,
        /// It shares the browsers' port.
        browser: bool,
        /// Silence after which media counts as lost.
        lost_after: Duration,
    },
    SetMedia {
        leg: Name,
        media: Box<LegMedia>,
    },
    CloseLeg {
        leg: Name,
    },
    Connect {
        leg: Name,
        to: Connection,
    },
    OpenRoom {
        room: Name,
        max_talkers: usize,
    },
    CloseRoom {
        room: Name,
    },
    Play {
        play: Name,
        target: Target,
        sounds: Vec<Arc<Sound>>,
        repeat: bool,
        queue: bool,
        interrupt_on_dtmf: bool,
        /// dB.
        gain: f32,
    },
    StopPlay {
        play: Name,
    },
    Record {
        record: Name,
        target: Target,
        /// Of a leg: one channel, only what the leg says.
        one_side: bool,
        /// With `one_side`: it is over after so many ms of silence; 0: never.
        silence: u32,
    },
    StopRecord {
        record: Name,
    },
    SendDtmf {
        leg: Name,
        digits: String,
        /// ms.
        duration: u32,
        gap: u32,
    },
    Watch {
        room: Name,
        levels: bool,
    },
    GetStats {
        leg: Name,
    },
    Describe,
}

/// What passed through a leg, from its opening on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegStats {
    pub leg: String,
    pub codec: &'static str,
    pub packets_received: u64,
    pub packets_sent: u64,
    pub octets_received: u64,
    pub octets_sent: u64,
    pub packets_lost: u64,
    pub packets_late: u64,
    /// Wrong source, failed authentication, malformed.
    pub packets_discarded: u64,
    pub frames_concealed: u64,
    /// Payloads that were decoded (a listener's are not).
    pub payloads_decoded: u64,
    /// ms.
    pub jitter: f64,
    /// ms; 0 if unknown.
    pub round_trip: f64,
    /// Fraction.
    pub remote_loss: f64,
    pub mos: f64,
    pub source: Option<SocketAddr>,
    /// "udp", "tcp", or "" before any media.
    pub transport: &'static str,
}

/// A command carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Done,
    /// The leg is open; its sockets are to be bound if it is new.
    Opened {
        index: LegIndex,
        fresh: bool,
    },
    /// A recorder is open: its audio comes with this number. `channels` of 16 bit at `rate` Hz.
    Recording {
        tap: u32,
        channels: u16,
        rate: u32,
        fresh: bool,
    },
    Stats(Box<LegStats>),
    Description {
        legs: Vec<Name>,
        rooms: Vec<Name>,
        plays: Vec<Name>,
        records: Vec<Name>,
        ticks: u64,
        missed_ticks: u64,
        strangers: u64,
    },
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoSuchLeg,
    NoSuchRoom,
    BadArgument(&'static str),
    Limit(&'static str),
    /// Our bug: the leg it happened in is closed.
    Internal(&'static str),
}

/// How a digit was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtmfMethod {
    Rfc4733,
    Inband,
}

/// Why a player is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayEnd {
    Finished,
    Interrupted,
    Stopped,
    Replaced,
    /// Its leg or room was closed.
    Gone,
}

/// A fact the engine tells on its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    DtmfReceived {
        leg: Name,
        digit: char,
        method: DtmfMethod,
    },
    PlayEnded {
        play: Name,
        reason: PlayEnd,
    },
    TalkingChanged {
        leg: Name,
        room: Name,
        talking: bool,
    },
    /// dBov by leg; at most 5 a second.
    Levels {
        room: Name,
        levels: Vec<(Name, i8)>,
    },
    MediaLost {
        leg: Name,
        seconds: u32,
    },
    MediaFound {
        leg: Name,
        source: SocketAddr,
    },
    /// A browser said goodbye.
    MediaClosed {
        leg: Name,
    },
    /// The handshake with a browser failed; it may be tried again.
    TransportFailed {
        leg: Name,
        reason: String,
    },
    /// The tap gives no more audio (it was stopped, or its leg or room is gone).
    RecordingOver {
        record: Name,
        tap: u32,
    },
    LegFailed {
        leg: Name,
        reason: &'static str,
    },
}

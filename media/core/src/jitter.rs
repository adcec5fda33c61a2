//! The jitter buffer: from packets as they arrive to samples as the mixer's tick wants them.

use crate::codec::{CodecError, CodecKind};
use crate::time::Time;

/// What `insert` did with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    Accepted,
    Duplicate,
    /// Its time to be played is over.
    Late,
    /// Not of the codec, or no room.
    Rejected,
}

/// What the samples of a `pull` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// Decoded audio (possibly stretched, or in part concealed).
    Audio,
    /// Nothing but concealment.
    Concealed,
    /// The sender is silent on purpose (DTX, CN): comfort noise.
    ComfortNoise,
    /// Nothing received yet, or nothing for so long that concealment has faded: zeroes.
    Silence,
}

/// Counters from the first packet on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    pub accepted: u64,
    pub duplicates: u64,
    pub late: u64,
    pub rejected: u64,
    /// Samples handed out, and how many of them were concealment (not comfort noise).
    pub samples: u64,
    pub concealed_samples: u64,
    /// Samples taken out and put in by time stretching.
    pub accelerated_samples: u64,
    pub expanded_samples: u64,
    /// Times the line of time was taken up anew (SSRC change, time stamp jump, stall).
    pub resyncs: u64,
}

/// A jitter buffer with the decoder of one codec; see the module's description.
pub struct JitterBuffer {
    kind: CodecKind,
}

impl JitterBuffer {
    /// An empty buffer. The decoder is made at the first `pull`.
    pub fn new(kind: CodecKind) -> Self {
        JitterBuffer { kind }
    }

    /// The codec given.
    pub fn kind(&self) -> CodecKind {
        self.kind
    }

    /// Rate of the samples `pull` gives, in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.kind.sample_rate()
    }

    /// Take in an audio packet. `arrival` is when it reached this machine (the kernel's time stamp where there is one,
    /// on the same clock as `pull`'s `now`).
    pub fn insert(
        &mut self,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        payload: &[u8],
        arrival: Time,
    ) -> Inserted {
        let _ = (ssrc, sequence, timestamp, payload, arrival);
        Inserted::Accepted
    }

    /// Take in a comfort noise packet (RFC 3389): `level` is its first byte, -dBov.
    pub fn insert_comfort_noise(
        &mut self,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        level: u8,
        arrival: Time,
    ) -> Inserted {
        let _ = (ssrc, sequence, timestamp, level, arrival);
        Inserted::Accepted
    }

    /// Fill `out` (10 or 20 ms) with the samples due at `now`, the tick's nominal time. Ticks that were missed
    /// (`now` further from the last call than `out` is long) are skipped.
    pub fn pull(&mut self, now: Time, out: &mut [i16]) -> Pulled {
        let _ = now;
        out.fill(0);
        Pulled::Silence
    }

    /// As `pull`, without decoding: for a listener nobody hears. The last packets are kept to prime the decoder when
    /// `pull` is called again.
    pub fn skip(&mut self, now: Time, samples: usize) {
        let _ = (now, samples);
    }

    /// Forget all packets and the line of time, e.g. after hold or a new SDP; counters stay.
    pub fn reset(&mut self) {}

    /// Delay over the shortest path seen lately, in microseconds: of the samples last pulled, from their packet's fastest
    /// possible arrival to now.
    pub fn delay_micros(&self) -> u32 {
        0
    }

    /// The delay aimed at, in microseconds, measured as `delay_micros`.
    pub fn target_micros(&self) -> u32 {
        0
    }

    /// Counters.
    pub fn stats(&self) -> JitterStats {
        JitterStats::default()
    }

    /// Use this decoder error type in signatures of decoding helpers.
    #[doc(hidden)]
    pub fn last_error(&self) -> Option<CodecError> {
        None
    }
}

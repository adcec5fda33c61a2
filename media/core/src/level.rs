//! Loudness: of samples, of payloads, and as senders tell it themselves.

use crate::codec::{expand_alaw, expand_ulaw, CodecKind};

/// The level of digital silence in -dBov.
pub const SILENCE: u8 = 127;

fn from_mean_square(mean: f32) -> u8 {
    if mean < 1e-6 {
        return SILENCE;
    }
    let dbov = 10.0 * (mean / (32_768.0 * 32_768.0)).log10();
    (-dbov).round().clamp(0.0, 127.0) as u8
}

/// RMS level of samples in -dBov as RFC 6464 counts it: 0 is a full-scale square wave, 127 silence.
pub fn level(samples: &[i16]) -> u8 {
    if samples.is_empty() {
        return SILENCE;
    }
    let mut sum = 0u64;
    for &sample in samples {
        sum += u64::from((i32::from(sample) * i32::from(sample)).unsigned_abs());
    }
    from_mean_square(sum as f32 / samples.len() as f32)
}

const fn square_table(alaw: bool) -> [u32; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let sample = if alaw {
            expand_alaw(code as u8)
        } else {
            expand_ulaw(code as u8)
        } as i32;
        table[code] = (sample * sample) as u32;
        code += 1;
    }
    table
}

static ULAW_SQUARES: [u32; 256] = square_table(false);
static ALAW_SQUARES: [u32; 256] = square_table(true);

/// Level of a G.711 payload in -dBov without decoding it (about 60 ns for 20 ms); `None` for other codecs.
pub fn payload_level(kind: CodecKind, payload: &[u8]) -> Option<u8> {
    let table = match kind {
        CodecKind::Pcmu => &ULAW_SQUARES,
        CodecKind::Pcma => &ALAW_SQUARES,
        CodecKind::G722 | CodecKind::Opus => return None,
    };
    if payload.is_empty() {
        return Some(SILENCE);
    }
    let sum: u64 = payload
        .iter()
        .map(|&code| u64::from(table[code as usize]))
        .sum();
    // The smallest A-law code is not zero: its idle level is silence all the same.
    let mean = sum as f32 / payload.len() as f32;
    Some(if mean <= 64.0 {
        SILENCE
    } else {
        from_mean_square(mean)
    })
}

/// A level that is not renewed falls this much a tick, dB (as a talker's does).
const DECAY: f32 = 0.6;
/// Packets in a row without the extension after which a sender is taken for one that does not send it. Until then his last level
/// goes on. They are what primes a decoder, so no more than that is lost.
const GRACE: u8 = 5;
/// Somebody who says he is louder than he is, by more than this many dB, for so many ticks, lies. The jitter buffer's delay
/// is within that time.
const EXAGGERATION: f32 = 20.0;
const PATIENCE: u8 = 40;

/// What a sender says of his loudness in every packet (RFC 6464), and whether that is believed. Who says he is silent is
/// not heard; who says he is loud is decoded, and if he is not, he is decoded for ever and his word counts no more.
#[derive(Clone, Debug)]
pub struct Claims {
    last: Option<u8>,
    missing: u8,
    /// Loudest of what was decoded, falling slowly, dBov.
    decoded: f32,
    exaggerated: u8,
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            last: None,
            missing: 0,
            decoded: -f32::from(SILENCE),
            exaggerated: 0,
        }
    }
}

impl Claims {
    /// Takes the level of a packet (-dBov; `None`: it has no such extension); returns the level to go by.
    pub fn packet(&mut self, level: Option<u8>) -> Option<u8> {
        if level.is_some() {
            self.missing = 0;
            self.last = level;
        } else {
            self.missing = self.missing.saturating_add(1);
        }
        self.last
    }

    /// The sender says how loud he is, and is not known to lie.
    pub fn believed(&self) -> bool {
        self.missing <= GRACE && self.exaggerated < PATIENCE
    }

    /// Compares, once a tick, what the sender said of himself (smoothed, dBov) with what was decoded.
    pub fn check(&mut self, claimed: f32, decoded: f32) {
        self.decoded = decoded.max(self.decoded - DECAY);
        if self.exaggerated < PATIENCE {
            let exaggerates = claimed - self.decoded > EXAGGERATION;
            self.exaggerated = if exaggerates { self.exaggerated + 1 } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{alaw_decode, ulaw_decode, ulaw_encode};

    #[test]
    fn level_of_known_signals() {
        assert_eq!(level(&[0; 160]), SILENCE);
        assert_eq!(level(&[]), SILENCE);
        assert_eq!(level(&[i16::MIN; 160]), 0);
        assert_eq!(level(&[3_277; 160]), 20);
    }

    #[test]
    fn payload_level_agrees_with_the_decoded_level() {
        for amplitude in [30i16, 300, 3_000, 30_000] {
            let payload = [ulaw_encode(amplitude); 160];
            let decoded = [ulaw_decode(payload[0]); 160];
            assert_eq!(
                payload_level(CodecKind::Pcmu, &payload),
                Some(level(&decoded))
            );
        }
        assert_eq!(payload_level(CodecKind::Pcmu, &[0xff; 160]), Some(SILENCE));
        assert_eq!(payload_level(CodecKind::Pcma, &[0xd5; 160]), Some(SILENCE));
        assert_eq!(alaw_decode(0xd5), 8);
        assert_eq!(payload_level(CodecKind::Opus, &[0xff; 160]), None);
    }

    #[test]
    fn a_single_packet_without_its_level_has_the_last_one_and_many_mean_there_is_none() {
        let mut claims = Claims::default();
        assert_eq!((claims.packet(None), claims.believed()), (None, true));
        assert_eq!(claims.packet(Some(30)), Some(30));
        for _ in 0..GRACE {
            assert_eq!((claims.packet(None), claims.believed()), (Some(30), true));
        }
        claims.packet(None);
        assert!(!claims.believed());
        assert_eq!(
            (claims.packet(Some(40)), claims.believed()),
            (Some(40), true)
        );
    }

    #[test]
    fn who_exaggerates_is_found_out_and_not_believed_again() {
        let mut claims = Claims::default();
        for _ in 0..PATIENCE - 1 {
            claims.check(-10.0, -60.0);
        }
        assert!(claims.believed());
        claims.check(-10.0, -25.0);
        for _ in 0..PATIENCE {
            claims.check(-10.0, -60.0);
        }
        assert!(claims.believed(), "the loud word has not faded yet");
        for _ in 0..PATIENCE {
            claims.check(-10.0, -60.0);
        }
        assert!(!claims.believed());
        claims.check(-10.0, -10.0);
        claims.packet(Some(10));
        assert!(!claims.believed());
    }

    #[test]
    fn a_modest_or_delayed_level_is_no_lie() {
        let mut claims = Claims::default();
        // A word is told of when it arrives, and heard 300 ms later.
        for tick in 0..500 {
            let speaks = |tick: i32| tick % 50 < 20;
            let said = if speaks(tick) { -20.0 } else { -127.0 };
            let heard = if speaks(tick - 15) { -28.0 } else { -127.0 };
            claims.check(said, heard);
            assert!(claims.believed(), "{tick}");
        }
    }
}

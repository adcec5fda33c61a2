//! Loudness, and who is talking.

use std::time::Duration;

use crate::codec::{expand_alaw, expand_ulaw, CodecKind};
use crate::time::Time;

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

/// Talk detection by energy over an adapting noise floor, with hang-over.
#[derive(Clone, Debug)]
pub struct TalkDetector {
    /// Noise floor and smoothed level, in dBov (negative).
    floor: f32,
    smoothed: f32,
    above: Option<Time>,
    last_loud: Option<Time>,
    talking: bool,
    hang_over: Duration,
}

/// Louder than the noise floor by this many dB is speech.
const SPEECH_OVER_FLOOR: f32 = 9.0;
/// Nothing below this level (dBov) is speech.
const QUIETEST_SPEECH: f32 = -55.0;
/// Speech must last this long, so that a click does not count.
const ONSET: Duration = Duration::from_millis(30);

impl Default for TalkDetector {
    fn default() -> Self {
        TalkDetector::new(Duration::from_millis(500))
    }
}

impl TalkDetector {
    /// `hang_over`: how long after the last loud frame talking lasts.
    pub fn new(hang_over: Duration) -> Self {
        TalkDetector {
            floor: -60.0,
            smoothed: -127.0,
            above: None,
            last_loud: None,
            talking: false,
            hang_over,
        }
    }

    /// Take in one frame's level (-dBov, 0 to 127), once for each frame of about 20 ms; returns whether someone talks.
    pub fn update(&mut self, level: u8, now: Time) -> bool {
        let dbov = -f32::from(level);
        // Up fast, down slowly: about 20 ms and 150 ms.
        let factor = if dbov > self.smoothed { 0.6 } else { 0.13 };
        self.smoothed += factor * (dbov - self.smoothed);
        // The floor follows downwards at once, upwards by 3 dB a second (a tone held for long is noise in the end).
        if dbov < self.floor {
            self.floor += 0.2 * (dbov.max(-80.0) - self.floor);
        } else {
            self.floor = (self.floor + 0.06).min(-35.0);
        }
        let loud = dbov > QUIETEST_SPEECH && dbov > self.floor + SPEECH_OVER_FLOOR;
        if loud {
            let since = *self.above.get_or_insert(now);
            if self.talking || now.since(since) >= ONSET {
                self.talking = true;
                self.last_loud = Some(now);
            }
        } else {
            self.above = None;
            if self
                .last_loud
                .is_some_and(|last| now.since(last) >= self.hang_over)
            {
                self.talking = false;
            }
        }
        self.talking
    }

    /// Whether someone talks, by the last update.
    pub fn talking(&self) -> bool {
        self.talking
    }

    /// When the last loud frame was; `None` before the first.
    pub fn last_loud(&self) -> Option<Time> {
        self.last_loud
    }

    /// Smoothed level in dBov (-127 to 0), for choosing the loudest talkers.
    pub fn smoothed(&self) -> f32 {
        self.smoothed
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

    fn run(detector: &mut TalkDetector, from: u64, level: u8, frames: u64) -> bool {
        (from..from + frames).fold(false, |_, n| {
            detector.update(level, Time::from_millis(n * 20))
        })
    }

    #[test]
    fn speech_is_told_from_noise_and_hangs_over() {
        let mut detector = TalkDetector::default();
        assert!(!run(&mut detector, 0, 60, 100), "steady noise");
        assert!(!run(&mut detector, 100, 25, 1), "a click");
        assert!(!run(&mut detector, 101, 60, 10));
        assert!(run(&mut detector, 111, 25, 10), "speech");
        assert!(
            run(&mut detector, 121, 60, 20),
            "still within the hang-over"
        );
        assert!(!run(&mut detector, 141, 60, 10), "after it");
    }

    #[test]
    fn a_noise_that_stays_is_no_talker_for_ever() {
        let mut detector = TalkDetector::default();
        assert!(run(&mut detector, 0, 42, 50));
        assert!(!run(&mut detector, 50, 42, 1_000));
    }
}

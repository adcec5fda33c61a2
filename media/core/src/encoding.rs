//! From 20 ms frames on the tick to payloads of the agreed packet time, with an encoder that can be copied.
#![forbid(unsafe_code)]

use crate::agreement::Codec;
use crate::codec::{CodecError, CodecKind, Encoder, EncoderOptions};
use crate::tick::FRAME_MS;

/// What listeners must have in common to share one encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EncodingKey {
    pub kind: CodecKind,
    /// ms.
    pub ptime: u32,
    pub options: EncoderOptions,
}

impl From<&Codec> for EncodingKey {
    fn from(codec: &Codec) -> Self {
        Self {
            kind: codec.kind,
            ptime: codec.ptime,
            options: codec.options,
        }
    }
}

/// One payload ready to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    start: u32,
    length: u32,
    /// Length on the timestamp clock.
    pub samples: u32,
    /// How much later than this payload's end the tick ends, microseconds.
    pub rest: u32,
    /// What those get of it who take gaps.
    pub gap: Gap,
}

/// Opus's discontinuous transmission (RFC 7587 §3.1.3), by our own judgement: the library's takes steady tones and some music
/// for noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// No gap: the payload.
    None,
    /// The first payload after a gap.
    Over,
    /// A packet without sound, which says that the gap begins or goes on.
    Told(u8),
    /// Nothing.
    Silent,
}

/// Silence is sent for so long before a gap, ms.
const BEFORE_GAP: u32 = 200;
/// In a gap so often something is sent, ms.
const GAP_TOLD: u32 = 400;
/// Silence: below -60 dBov on the whole (mean square of samples), and nowhere above -44 dBFS.
const QUIET: u64 = 1_073;
const QUIET_PEAK: u16 = 200;
/// Configuration and channels in the first octet of an Opus packet, one frame (RFC 6716 §3.1).
const ONE_FRAME: u8 = 0xfc;

fn is_quiet(samples: &[i16]) -> bool {
    let mut sum = 0;
    samples.iter().all(|&s| {
        sum += u64::from(s.unsigned_abs()) * u64::from(s.unsigned_abs());
        s.unsigned_abs() < QUIET_PEAK
    }) && sum < QUIET * samples.len() as u64
}

/// Where a stream of payloads is between sound and gap.
#[derive(Clone, Debug, Default)]
struct Pauses {
    /// Silence so far, ms, and since a packet said that there is a gap.
    quiet: u32,
    untold: u32,
    within: bool,
    /// First octet of the last packet with sound.
    kind: Option<u8>,
}

impl Pauses {
    fn next(&mut self, samples: &[i16], ms: u32) -> Gap {
        let over = if self.within { Gap::Over } else { Gap::None };
        let Some(kind) = self.kind.filter(|_| is_quiet(samples)) else {
            (self.quiet, self.within) = (0, false);
            return over;
        };
        self.quiet = self.quiet.saturating_add(ms);
        if self.quiet <= BEFORE_GAP {
            return over;
        }
        self.untold += ms;
        if !self.within || self.untold >= GAP_TOLD {
            (self.untold, self.within) = (0, true);
            return Gap::Told(kind & ONE_FRAME);
        }
        Gap::Silent
    }
}

/// How much trouble an encoder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// What its options say.
    Full,
    /// Four fifths of the work: Opus with complexity 2, half a dB of segmental SNR below 5.
    Brisk,
    /// A third of the work: Opus with complexity 0 and 8 kHz of sound; the others as ever.
    Quick,
}

/// An encoder with the samples that do not make a packet yet. A copy goes on exactly as the original would.
#[derive(Clone)]
pub struct Encoding {
    pub key: EncodingKey,
    encoder: Encoder,
    /// As set last, with the expected loss.
    tuned: (Effort, u8),
    /// All who hear this take gaps: in them, nothing need be encoded.
    pub gaps: bool,
    pauses: Pauses,
    pending: Vec<i16>,
    bytes: Vec<u8>,
    payloads: Vec<Payload>,
    /// The last frame was silence and made the payload there is.
    silent: bool,
}

/// The longest payload an encoder writes for so many samples, bytes.
const fn longest(kind: CodecKind, samples: usize) -> usize {
    match kind {
        CodecKind::Pcmu | CodecKind::Pcma => samples,
        CodecKind::G722 => samples / 2,
        CodecKind::Opus => 1400,
    }
}

impl Encoding {
    /// # Errors
    /// The codec library refuses the options.
    pub fn new(key: EncodingKey) -> Result<Self, CodecError> {
        let encoder = Encoder::new(key.kind, &key.options)?;
        Ok(Self {
            key,
            encoder,
            tuned: (Effort::Full, key.options.expected_loss),
            gaps: false,
            pauses: Pauses::default(),
            pending: Vec::new(),
            bytes: Vec::new(),
            payloads: Vec::new(),
            silent: false,
        })
    }

    /// Rate of the samples it takes, Hz.
    pub fn rate(&self) -> u32 {
        self.key.kind.sample_rate()
    }

    /// Sets how much trouble the encoder is to take, and what share of its packets (percent) the worst listener reports lost:
    /// from one percent on, FEC is made to reckon with it.
    pub fn tune(&mut self, effort: Effort, lost: u8) {
        let options = &self.key.options;
        let expected = match lost {
            _ if !options.fec => 0,
            0 => options.expected_loss,
            lost => lost.saturating_mul(2).clamp(10, 30),
        };
        if self.tuned != (effort, expected) {
            let (complexity, wide) = match effort {
                Effort::Full => (options.complexity, false),
                Effort::Brisk => (options.complexity.min(2), false),
                Effort::Quick => (0, true),
            };
            if self.encoder.tune(complexity, expected, wide).is_ok() {
                self.tuned = (effort, expected);
            }
        }
    }

    /// Takes the frame of one tick; the payloads it completes replace those of the tick before.
    pub fn feed(&mut self, frame: &[i16]) {
        self.silent = false;
        self.bytes.clear();
        self.payloads.clear();
        let rate = self.rate();
        let size = (rate / 1000 * self.key.ptime) as usize;
        if self.pending.is_empty() && size == frame.len() {
            self.encode(frame, 0);
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(frame);
        let mut used = 0;
        while pending.len() - used >= size {
            let rest = pending.len() - used - size;
            self.encode(
                &pending[used..used + size],
                (rest * 1000 / (rate / 1000) as usize) as u32,
            );
            used += size;
        }
        pending.drain(..used);
        self.pending = pending;
    }

    /// The same for a frame of silence of so many samples, at no cost where each is encoded like the one before: with G.711.
    /// Returns false, with nothing done, where that is not so.
    pub fn feed_silence(&mut self, samples: usize) -> bool {
        let alike = matches!(self.key.kind, CodecKind::Pcmu | CodecKind::Pcma);
        if !alike || !self.pending.is_empty() || !FRAME_MS.is_multiple_of(self.key.ptime) {
            return false;
        }
        if !self.silent {
            self.feed(&[0; 160][..samples]);
            self.silent = true;
        }
        true
    }

    fn encode(&mut self, samples: &[i16], rest: u32) {
        let start = self.bytes.len();
        let is_opus = self.key.kind == CodecKind::Opus;
        let gap = match is_opus {
            true => self.pauses.next(samples, self.key.ptime),
            false => Gap::None,
        };
        let unheard = self.gaps && matches!(gap, Gap::Told(_) | Gap::Silent);
        let mut length = 0;
        if !unheard {
            let longest = longest(self.key.kind, samples.len());
            self.bytes.resize(start + longest, 0);
            // A frame that cannot be encoded is left out: the line's clock goes on.
            length = self
                .encoder
                .encode(samples, &mut self.bytes[start..])
                .unwrap_or(0);
            self.bytes.truncate(start + length);
            if is_opus {
                self.pauses.kind = self.bytes.get(start).copied().or(self.pauses.kind);
            }
        }
        if length > 0 || unheard {
            let samples = samples.len() as u32 / (self.rate() / self.key.kind.clock_rate());
            self.payloads.push(Payload {
                start: start as u32,
                length: length as u32,
                samples,
                rest,
                gap,
            });
        }
    }

    /// The payloads completed by the last frame; empty ones stand for what was not encoded, because it is a gap for all.
    pub fn payloads(&self) -> impl Iterator<Item = (Payload, &[u8])> {
        self.payloads.iter().map(|p| {
            (
                *p,
                &self.bytes[p.start as usize..(p.start + p.length) as usize],
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pcmu(ptime: u32) -> Encoding {
        let key = EncodingKey {
            kind: CodecKind::Pcmu,
            ptime,
            options: EncoderOptions::default(),
        };
        Encoding::new(key).expect("an encoder")
    }

    fn fed(encoding: &mut Encoding) -> Vec<(usize, u32, u32)> {
        encoding.feed(&[100; 160]);
        encoding
            .payloads()
            .map(|(p, bytes)| (bytes.len(), p.samples, p.rest))
            .collect()
    }

    #[test]
    fn packet_times_of_10_to_60_ms_come_out_of_20_ms_ticks() {
        assert_eq!(fed(&mut pcmu(20)), [(160, 160, 0)]);
        assert_eq!(fed(&mut pcmu(10)), [(80, 80, 10_000), (80, 80, 0)]);
        let mut thirty = pcmu(30);
        assert!(fed(&mut thirty).is_empty());
        assert_eq!(fed(&mut thirty), [(240, 240, 10_000)]);
        assert_eq!(fed(&mut thirty), [(240, 240, 0)]);
        assert!(fed(&mut thirty).is_empty());
        let mut sixty = pcmu(60);
        let counts: Vec<usize> = (0..6).map(|_| fed(&mut sixty).len()).collect();
        assert_eq!(counts, [0, 0, 1, 0, 0, 1]);
    }

    #[test]
    fn repeated_silence_is_the_payload_of_silence() {
        for ptime in [10, 20] {
            let (mut quick, mut plain) = (pcmu(ptime), pcmu(ptime));
            quick.feed(&[500; 160]);
            for _ in 0..3 {
                assert!(quick.feed_silence(160));
                plain.feed(&[0; 160]);
                assert!(quick.payloads().eq(plain.payloads()));
            }
            quick.feed(&[500; 160]);
            assert!(quick.payloads().all(|(_, bytes)| bytes[0] != 0xff));
            assert!(quick.feed_silence(160));
            assert!(quick.payloads().eq(plain.payloads()));
        }
        assert!(!pcmu(30).feed_silence(160), "half a packet is not alike");
        assert!(!opus().feed_silence(160));
    }

    fn opus() -> Encoding {
        let key = EncodingKey {
            kind: CodecKind::Opus,
            ptime: 20,
            options: EncoderOptions::default(),
        };
        Encoding::new(key).expect("an encoder")
    }

    /// Gap and length of the payload of each frame.
    fn gaps(encoding: &mut Encoding, frame: &[i16], count: usize) -> Vec<(Gap, usize)> {
        let mut found = Vec::new();
        for _ in 0..count {
            encoding.feed(frame);
            found.extend(encoding.payloads().map(|(p, bytes)| (p.gap, bytes.len())));
        }
        found
    }

    #[test]
    fn silence_is_sent_for_200_ms_then_told_every_400_ms_and_sound_ends_the_gap_at_once() {
        for alone in [true, false] {
            let mut encoding = opus();
            encoding.gaps = alone;
            let mut tone = [0; 960];
            crate::tone::Tone::new(48_000, &[(440.0, -20.0)]).fill(&mut tone);
            let spoken = gaps(&mut encoding, &tone, 50);
            assert!(spoken.iter().all(|(gap, _)| *gap == Gap::None));
            let silent = gaps(&mut encoding, &[0; 960], 60);
            assert!(silent[..10].iter().all(|(gap, _)| *gap == Gap::None));
            for (n, (gap, length)) in silent[10..].iter().enumerate() {
                assert_eq!(matches!(gap, Gap::Told(_)), n % 20 == 0, "{n}: {gap:?}");
                assert_eq!(*gap == Gap::Silent, n % 20 != 0);
                assert_eq!(*length == 0, alone, "encoded only for who takes no gaps");
            }
            let again = gaps(&mut encoding, &tone, 2);
            assert_eq!((again[0].0, again[1].0), (Gap::Over, Gap::None));
            assert!(again[0].1 > 10);
        }
    }

    #[test]
    fn quiet_sound_that_can_be_heard_has_no_gaps_and_a_click_is_sound() {
        let mut encoding = opus();
        let mut tone = crate::tone::Tone::new(48_000, &[(440.0, -54.0)]);
        for _ in 0..100 {
            let mut frame = [0; 960];
            tone.fill(&mut frame);
            assert!(gaps(&mut encoding, &frame, 1)
                .iter()
                .all(|(gap, _)| *gap == Gap::None));
        }
        let hiss: Vec<i16> = (0..960)
            .map(|n| if n % 2 == 0 { 20 } else { -20 })
            .collect();
        let found = gaps(&mut encoding, &hiss, 15);
        assert_eq!(found[14].0, Gap::Silent, "-64 dBov");
        let mut click = [0; 960];
        click[480] = 700;
        assert_eq!(gaps(&mut encoding, &click, 1)[0].0, Gap::Over);
    }

    #[test]
    fn a_copy_goes_on_in_the_gap_of_the_original_and_other_codecs_have_none() {
        let mut encoding = opus();
        gaps(&mut encoding, &[0; 960], 30);
        let mut copy = encoding.clone();
        assert_eq!(
            gaps(&mut copy, &[0; 960], 30),
            gaps(&mut encoding, &[0; 960], 30)
        );
        let mut other = pcmu(20);
        other.gaps = true;
        assert!(gaps(&mut other, &[0; 160], 50)
            .iter()
            .all(|(gap, length)| (*gap, *length) == (Gap::None, 160)));
    }

    #[test]
    fn g722_counts_8000_a_second_on_its_timestamps() {
        let key = EncodingKey {
            kind: CodecKind::G722,
            ptime: 20,
            options: EncoderOptions::default(),
        };
        let mut encoding = Encoding::new(key).expect("an encoder");
        encoding.feed(&[0; 320]);
        let lengths: Vec<_> = encoding
            .payloads()
            .map(|(p, bytes)| (p.samples, bytes.len()))
            .collect();
        assert_eq!(lengths, [(160, 160)]);
    }
}

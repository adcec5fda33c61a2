//! From 20 ms frames on the tick to payloads of the agreed packet time, with an encoder that can be copied.
#![forbid(unsafe_code)]

use crate::agreement::Codec;
use crate::codec::{CodecError, CodecKind, Encoder, EncoderOptions};

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
    pending: Vec<i16>,
    bytes: Vec<u8>,
    payloads: Vec<Payload>,
}

/// The longest payload an encoder writes, bytes.
const MAX_PAYLOAD: usize = 1400;

impl Encoding {
    /// # Errors
    /// The codec library refuses the options.
    pub fn new(key: EncodingKey) -> Result<Self, CodecError> {
        let encoder = Encoder::new(key.kind, &key.options)?;
        Ok(Self {
            key,
            encoder,
            tuned: (Effort::Full, key.options.expected_loss),
            pending: Vec::new(),
            bytes: Vec::new(),
            payloads: Vec::new(),
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

    fn encode(&mut self, samples: &[i16], rest: u32) {
        let start = self.bytes.len();
        self.bytes.resize(start + MAX_PAYLOAD, 0);
        // A frame that cannot be encoded is left out: the line's clock goes on.
        let length = self
            .encoder
            .encode(samples, &mut self.bytes[start..])
            .unwrap_or(0);
        self.bytes.truncate(start + length);
        let silent = self.key.kind == CodecKind::Opus && length <= 2;
        if length > 0 && !silent {
            let samples = samples.len() as u32 / (self.rate() / self.key.kind.clock_rate());
            self.payloads.push(Payload {
                start: start as u32,
                length: length as u32,
                samples,
                rest,
            });
        }
    }

    /// The payloads completed by the last frame.
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

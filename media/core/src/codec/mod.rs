//! Voice codecs behind one enum: G.711, G.722 and Opus. Samples are 16-bit mono at the codec's own rate.

mod g711;
mod g722;
mod opus;

pub use g711::{alaw_decode, alaw_encode, ulaw_decode, ulaw_encode};
pub(crate) use g711::{expand_alaw, expand_ulaw};
pub use g722::{G722Decoder, G722Encoder};
pub use opus::{has_fec, OpusDecoder, OpusEncoder};

/// The longest packet we decode, in milliseconds.
pub const MAX_PACKET_MS: u32 = 120;

/// Samples of the longest packet at the highest rate: the size of buffer that every decode fits into.
pub const MAX_PACKET_SAMPLES: usize = 48 * MAX_PACKET_MS as usize;

/// A codec by its name in SDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecKind {
    Pcmu,
    Pcma,
    G722,
    Opus,
}

impl CodecKind {
    /// Clock rate of RTP timestamps in Hz. G.722 counts 8000 though it samples at 16 kHz (RFC 3551 §4.5.2).
    pub const fn clock_rate(self) -> u32 {
        match self {
            CodecKind::Pcmu | CodecKind::Pcma | CodecKind::G722 => 8_000,
            CodecKind::Opus => 48_000,
        }
    }

    /// Rate of the samples we exchange with the codec, in Hz.
    pub const fn sample_rate(self) -> u32 {
        match self {
            CodecKind::Pcmu | CodecKind::Pcma => 8_000,
            CodecKind::G722 => 16_000,
            CodecKind::Opus => 48_000,
        }
    }
}

/// What can go wrong in a codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// The payload is not of this codec.
    BadPayload,
    /// The number of samples is not one this codec takes.
    BadFrame,
    /// The output buffer is too small.
    TooSmall,
    /// libopus refused (its error code).
    Opus(i32),
}

impl std::fmt::Display for CodecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CodecError::BadPayload => f.write_str("payload is not of this codec"),
            CodecError::BadFrame => f.write_str("frame length not supported by the codec"),
            CodecError::TooSmall => f.write_str("output buffer too small"),
            CodecError::Opus(code) => write!(f, "libopus error {code}"),
        }
    }
}

impl std::error::Error for CodecError {}

/// Settings of an encoder. Two legs with equal options may share one encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EncoderOptions {
    /// Opus: bits per second; 0 is 32,000.
    pub bitrate: u32,
    /// Opus: 0 to 10.
    pub complexity: u8,
    /// Opus: in-band FEC for `expected_loss` percent.
    pub fec: bool,
    pub expected_loss: u8,
    pub dtx: bool,
    pub cbr: bool,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        EncoderOptions {
            bitrate: 0,
            complexity: 5,
            fec: false,
            expected_loss: 5,
            dtx: false,
            cbr: false,
        }
    }
}

/// An encoder. `clone` copies its state exactly: original and copy go on to produce the same bytes.
#[derive(Clone)]
pub enum Encoder {
    Pcmu,
    Pcma,
    G722(Box<G722Encoder>),
    Opus(OpusEncoder),
}

impl Encoder {
    /// A fresh encoder. Errors: libopus refuses an option.
    pub fn new(kind: CodecKind, options: &EncoderOptions) -> Result<Self, CodecError> {
        Ok(match kind {
            CodecKind::Pcmu => Encoder::Pcmu,
            CodecKind::Pcma => Encoder::Pcma,
            CodecKind::G722 => Encoder::G722(Box::default()),
            CodecKind::Opus => Encoder::Opus(OpusEncoder::new(options)?),
        })
    }

    /// Which codec this is.
    pub fn kind(&self) -> CodecKind {
        match self {
            Encoder::Pcmu => CodecKind::Pcmu,
            Encoder::Pcma => CodecKind::Pcma,
            Encoder::G722(_) => CodecKind::G722,
            Encoder::Opus(_) => CodecKind::Opus,
        }
    }

    /// Opus: change complexity, expected loss (percent; for FEC), and whether no more than 8 kHz are encoded, from the next packet
    /// on; other codecs have none of these.
    pub fn tune(
        &mut self,
        complexity: u8,
        expected_loss: u8,
        wide: bool,
    ) -> Result<(), CodecError> {
        if let Encoder::Opus(encoder) = self {
            encoder.set_complexity(complexity)?;
            encoder.set_expected_loss(expected_loss)?;
            encoder.set_wide_band(wide)?;
        }
        Ok(())
    }

    /// Encode one packet's samples (at `kind().sample_rate()`) into `out`; returns the bytes written. With DTX an
    /// Opus result of 2 bytes or fewer need not be sent. Errors: `BadFrame` (G.722: odd; Opus: not 2.5 to 60 ms), `TooSmall`.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        match self {
            Encoder::Pcmu => g711::encode(samples, out, ulaw_encode),
            Encoder::Pcma => g711::encode(samples, out, alaw_encode),
            Encoder::G722(encoder) => encoder.encode(samples, out),
            Encoder::Opus(encoder) => encoder.encode(samples, out),
        }
    }
}

/// A decoder at the codec's own sample rate.
pub enum Decoder {
    Pcmu,
    Pcma,
    G722(Box<G722Decoder>),
    Opus(OpusDecoder),
}

impl Decoder {
    /// A fresh decoder.
    pub fn new(kind: CodecKind) -> Result<Self, CodecError> {
        Ok(match kind {
            CodecKind::Pcmu => Decoder::Pcmu,
            CodecKind::Pcma => Decoder::Pcma,
            CodecKind::G722 => Decoder::G722(Box::default()),
            CodecKind::Opus => Decoder::Opus(OpusDecoder::new(48_000)?),
        })
    }

    /// Which codec this is.
    pub fn kind(&self) -> CodecKind {
        match self {
            Decoder::Pcmu => CodecKind::Pcmu,
            Decoder::Pcma => CodecKind::Pcma,
            Decoder::G722(_) => CodecKind::G722,
            Decoder::Opus(_) => CodecKind::Opus,
        }
    }

    /// Decode one payload into `out` (`MAX_PACKET_SAMPLES` always suffices); returns the samples written.
    /// Errors: `BadPayload`, `TooSmall`, `Opus`.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        match self {
            Decoder::Pcmu => g711::decode(payload, out, &g711::ULAW),
            Decoder::Pcma => g711::decode(payload, out, &g711::ALAW),
            Decoder::G722(decoder) => decoder.decode(payload, out),
            Decoder::Opus(decoder) => decoder.decode(payload, out),
        }
    }
}

/// Samples (at the codec's sample rate) that a payload holds, without decoding it; `None` if it is not of this
/// codec, empty, or longer than 120 ms.
pub fn payload_samples(kind: CodecKind, payload: &[u8]) -> Option<usize> {
    let samples = match kind {
        CodecKind::Pcmu | CodecKind::Pcma => payload.len(),
        CodecKind::G722 => payload.len() * 2,
        CodecKind::Opus => opus::packet_samples(payload, 48_000)?,
    };
    let longest = (kind.sample_rate() / 1000 * MAX_PACKET_MS) as usize;
    (samples > 0 && samples <= longest).then_some(samples)
}

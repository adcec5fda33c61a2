//! G.722 at 64 kbit/s (ITU-T G.722, mode 1), 16 kHz samples.

use super::CodecError;

/// A G.722 encoder.
#[derive(Clone, Default)]
pub struct G722Encoder {}

impl G722Encoder {
    /// Encode an even number of samples, two to a byte; returns the bytes written.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        let _ = (samples, out);
        Err(CodecError::BadFrame)
    }
}

/// A G.722 decoder.
#[derive(Clone, Default)]
pub struct G722Decoder {}

impl G722Decoder {
    /// Decode a payload, two samples a byte; returns the samples written.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        let _ = (payload, out);
        Err(CodecError::BadPayload)
    }
}

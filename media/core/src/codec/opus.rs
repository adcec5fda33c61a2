//! Opus (RFC 6716) through libopus. The one module of the core with `unsafe`: the library's C interface, and the
//! exact copy of an encoder's state.
#![allow(unsafe_code)]

use std::ffi::c_int;

use opusic_sys as ffi;

use super::{CodecError, EncoderOptions, MAX_PACKET_MS};

/// State memory of a libopus object: owned, 16-byte aligned, without pointers into itself (libopus documents
/// that states may be copied with memcpy).
#[derive(Clone)]
struct State(Box<[u128]>);

impl State {
    fn zeroed(bytes: c_int) -> Self {
        State(vec![0; (bytes.max(0) as usize).div_ceil(16)].into_boxed_slice())
    }
}

fn check(code: c_int) -> Result<c_int, CodecError> {
    if code < 0 {
        Err(CodecError::Opus(code))
    } else {
        Ok(code)
    }
}

/// An Opus encoder at 48 kHz, mono, tuned for voice. About 40 kB; `clone` copies it bit for bit.
#[derive(Clone)]
pub struct OpusEncoder {
    state: State,
}

impl OpusEncoder {
    /// A fresh encoder. Errors: an option out of range.
    pub fn new(options: &EncoderOptions) -> Result<Self, CodecError> {
        // SAFETY: asks for a size only.
        let mut encoder = OpusEncoder {
            state: State::zeroed(unsafe { ffi::opus_encoder_get_size(1) }),
        };
        // SAFETY: the memory is as large as libopus asked for and aligned for any type.
        check(unsafe {
            ffi::opus_encoder_init(encoder.raw(), 48_000, 1, ffi::OPUS_APPLICATION_VOIP)
        })?;
        let bitrate = if options.bitrate == 0 {
            32_000
        } else {
            options.bitrate.clamp(6_000, 510_000)
        };
        encoder.set(ffi::OPUS_SET_BITRATE_REQUEST, bitrate as c_int)?;
        encoder.set(
            ffi::OPUS_SET_COMPLEXITY_REQUEST,
            c_int::from(options.complexity.min(10)),
        )?;
        encoder.set(ffi::OPUS_SET_SIGNAL_REQUEST, ffi::OPUS_SIGNAL_VOICE)?;
        encoder.set(ffi::OPUS_SET_INBAND_FEC_REQUEST, c_int::from(options.fec))?;
        let loss = if options.fec {
            options.expected_loss.min(100)
        } else {
            0
        };
        encoder.set(ffi::OPUS_SET_PACKET_LOSS_PERC_REQUEST, c_int::from(loss))?;
        encoder.set(ffi::OPUS_SET_DTX_REQUEST, c_int::from(options.dtx))?;
        encoder.set(ffi::OPUS_SET_VBR_REQUEST, c_int::from(!options.cbr))?;
        Ok(encoder)
    }

    fn raw(&mut self) -> *mut ffi::OpusEncoder {
        self.state.0.as_mut_ptr().cast()
    }

    fn set(&mut self, request: c_int, value: c_int) -> Result<(), CodecError> {
        // SAFETY: an initialised state, and a request that takes one int.
        check(unsafe { ffi::opus_encoder_ctl(self.raw(), request, value) }).map(drop)
    }

    /// Change the complexity (0 to 10) from the next packet on.
    pub fn set_complexity(&mut self, complexity: u8) -> Result<(), CodecError> {
        self.set(
            ffi::OPUS_SET_COMPLEXITY_REQUEST,
            c_int::from(complexity.min(10)),
        )
    }

    /// From the next packet on encode no more than 8 kHz of sound (wide band), or all of it.
    pub fn set_wide_band(&mut self, wide: bool) -> Result<(), CodecError> {
        let most = if wide {
            ffi::OPUS_BANDWIDTH_WIDEBAND
        } else {
            ffi::OPUS_BANDWIDTH_FULLBAND
        };
        self.set(ffi::OPUS_SET_MAX_BANDWIDTH_REQUEST, most)
    }

    /// Change the loss (percent) that in-band FEC, where it is on, reckons with. libopus gives no bits to FEC for 5 % or less
    /// where the rate is low, and narrows the band for it above.
    pub fn set_expected_loss(&mut self, percent: u8) -> Result<(), CodecError> {
        self.set(
            ffi::OPUS_SET_PACKET_LOSS_PERC_REQUEST,
            c_int::from(percent.min(100)),
        )
    }

    /// Encode 2.5 to 60 ms at 48 kHz; returns the bytes written. Errors: `BadFrame`, `Opus`.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        if !matches!(samples.len(), 120 | 240 | 480 | 960 | 1920 | 2880) {
            return Err(CodecError::BadFrame);
        }
        let room = out.len().min(4_000) as ffi::opus_int32;
        // SAFETY: an initialised state; both buffers are valid for the lengths given.
        let written = unsafe {
            ffi::opus_encode(
                self.raw(),
                samples.as_ptr(),
                samples.len() as c_int,
                out.as_mut_ptr(),
                room,
            )
        };
        check(written).map(|bytes| bytes as usize)
    }
}

/// An Opus decoder, mono, at 8, 12, 16, 24 or 48 kHz. About 27 kB; `clone` copies it bit for bit.
#[derive(Clone)]
pub struct OpusDecoder {
    state: State,
    sample_rate: u32,
}

impl OpusDecoder {
    /// A fresh decoder. Errors: a rate Opus does not know.
    pub fn new(sample_rate: u32) -> Result<Self, CodecError> {
        // SAFETY: asks for a size only.
        let state = State::zeroed(unsafe { ffi::opus_decoder_get_size(1) });
        let mut decoder = OpusDecoder { state, sample_rate };
        // SAFETY: the memory is as large as libopus asked for and aligned for any type.
        check(unsafe { ffi::opus_decoder_init(decoder.raw(), sample_rate as ffi::opus_int32, 1) })?;
        Ok(decoder)
    }

    fn raw(&mut self) -> *mut ffi::OpusDecoder {
        self.state.0.as_mut_ptr().cast()
    }

    /// Rate of the samples that come out, in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Decode one packet; returns the samples written. Errors: `BadPayload`, `TooSmall`, `Opus`.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        let samples = packet_samples(payload, self.sample_rate).ok_or(CodecError::BadPayload)?;
        let out = out.get_mut(..samples).ok_or(CodecError::TooSmall)?;
        self.run(payload, out, false)
    }

    /// Conceal `out.len()` samples (a multiple of 2.5 ms, at most 120 ms) after the last decoded ones: libopus'
    /// own packet loss concealment, or its comfort noise while the sender is in DTX.
    pub fn conceal(&mut self, out: &mut [i16]) -> Result<usize, CodecError> {
        self.run(&[], out, false)
    }

    /// Decode the `out.len()` samples before `next`, the packet after a lost one, from its FEC data (RFC 6716
    /// §2.1.7); libopus conceals where the packet has none.
    pub fn decode_fec(&mut self, next: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        packet_samples(next, self.sample_rate).ok_or(CodecError::BadPayload)?;
        self.run(next, out, true)
    }

    fn run(&mut self, payload: &[u8], out: &mut [i16], fec: bool) -> Result<usize, CodecError> {
        let data = if payload.is_empty() {
            std::ptr::null()
        } else {
            payload.as_ptr()
        };
        // SAFETY: an initialised state; both buffers are valid for the lengths given; null means "lost".
        let written = unsafe {
            ffi::opus_decode(
                self.raw(),
                data,
                payload.len() as ffi::opus_int32,
                out.as_mut_ptr(),
                out.len() as c_int,
                c_int::from(fec),
            )
        };
        check(written).map(|samples| samples as usize)
    }
}

/// Samples of a packet at `sample_rate`; `None` if it is no Opus packet or longer than 120 ms.
pub(super) fn packet_samples(payload: &[u8], sample_rate: u32) -> Option<usize> {
    if payload.is_empty() {
        return None;
    }
    let length = payload.len() as ffi::opus_int32;
    // SAFETY: reads within the slice only.
    let samples = unsafe {
        ffi::opus_packet_get_nb_samples(payload.as_ptr(), length, sample_rate as ffi::opus_int32)
    };
    let samples = usize::try_from(samples).ok()?;
    (samples > 0 && samples <= (sample_rate / 1000 * MAX_PACKET_MS) as usize).then_some(samples)
}

/// Whether a packet carries FEC data for the one before it.
pub fn has_fec(payload: &[u8]) -> bool {
    // SAFETY: reads within the slice only.
    !payload.is_empty()
        && unsafe { ffi::opus_packet_has_lbrr(payload.as_ptr(), payload.len() as ffi::opus_int32) }
            == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::speech_like;

    fn encode_all(encoder: &mut OpusEncoder, samples: &[i16]) -> Vec<Vec<u8>> {
        let frames = samples.chunks_exact(960);
        frames
            .map(|frame| {
                let mut out = vec![0; 1_500];
                let length = encoder.encode(frame, &mut out).unwrap();
                out.truncate(length);
                out
            })
            .collect()
    }

    #[test]
    fn a_copy_of_an_encoder_is_bit_exact_and_independent() {
        let samples = speech_like(48_000, 4.0, 3);
        let other = speech_like(48_000, 2.0, 4);
        for options in [
            EncoderOptions::default(),
            EncoderOptions {
                bitrate: 16_000,
                fec: true,
                dtx: true,
                ..EncoderOptions::default()
            },
            EncoderOptions {
                bitrate: 96_000,
                cbr: true,
                complexity: 10,
                ..EncoderOptions::default()
            },
        ] {
            let mut encoder = OpusEncoder::new(&options).unwrap();
            encode_all(&mut encoder, &samples[..96_000]);
            let mut copy = encoder.clone();
            let mut strayed = encoder.clone();
            encode_all(&mut strayed, &other);
            assert_eq!(
                encode_all(&mut encoder, &samples[96_000..]),
                encode_all(&mut copy, &samples[96_000..])
            );
        }
    }

    #[test]
    fn speech_comes_back_like_itself() {
        let samples = speech_like(48_000, 2.0, 5);
        let mut encoder = OpusEncoder::new(&EncoderOptions {
            bitrate: 64_000,
            ..EncoderOptions::default()
        })
        .unwrap();
        let mut decoder = OpusDecoder::new(48_000).unwrap();
        let mut decoded = Vec::new();
        for packet in encode_all(&mut encoder, &samples) {
            let mut out = [0; 960];
            assert_eq!(decoder.decode(&packet, &mut out), Ok(960));
            decoded.extend(out);
        }
        // The encoder looks ahead: the delay is found by the best correlation.
        let best = (0..600)
            .map(|delay| {
                let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
                for (&a, &b) in samples.iter().zip(&decoded[delay..]) {
                    ab += f64::from(a) * f64::from(b);
                    aa += f64::from(a) * f64::from(a);
                    bb += f64::from(b) * f64::from(b);
                }
                ab / (aa * bb).sqrt()
            })
            .fold(0.0, f64::max);
        assert!(best > 0.9, "{best}");
    }

    #[test]
    fn a_lost_packet_is_recovered_from_the_fec_of_the_next() {
        let samples = speech_like(48_000, 3.0, 6);
        let options = EncoderOptions {
            bitrate: 32_000,
            fec: true,
            expected_loss: 20,
            ..EncoderOptions::default()
        };
        let packets = encode_all(&mut OpusEncoder::new(&options).unwrap(), &samples);
        let (mut tried, mut fec_error, mut plc_error) = (0, 0.0, 0.0);
        let mut decoder = OpusDecoder::new(48_000).unwrap();
        for pair in packets.windows(2) {
            let mut whole = [0; 960];
            if has_fec(&pair[1]) {
                let (mut with_fec, mut without) = (decoder.clone(), decoder.clone());
                decoder.decode(&pair[0], &mut whole).unwrap();
                let (mut fec, mut plc) = ([0; 960], [0; 960]);
                with_fec.decode_fec(&pair[1], &mut fec).unwrap();
                without.conceal(&mut plc).unwrap();
                let error = |other: &[i16; 960]| -> f64 {
                    whole
                        .iter()
                        .zip(other)
                        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
                        .sum()
                };
                fec_error += error(&fec);
                plc_error += error(&plc);
                tried += 1;
            } else {
                decoder.decode(&pair[0], &mut whole).unwrap();
            }
        }
        assert!(tried > 20, "packets with FEC: {tried}");
        assert!(
            fec_error < plc_error / 2.0,
            "{fec_error:e} against {plc_error:e}"
        );
    }

    #[test]
    fn what_is_no_opus_is_refused() {
        let mut decoder = OpusDecoder::new(48_000).unwrap();
        let mut out = [0; 5_760];
        assert_eq!(decoder.decode(&[], &mut out), Err(CodecError::BadPayload));
        assert_eq!(
            decoder.decode(&[0xff, 0xff], &mut out),
            Err(CodecError::BadPayload)
        );
        assert_eq!(
            decoder.decode(&[0x78; 40], &mut out[..10]),
            Err(CodecError::TooSmall)
        );
        let mut encoder = OpusEncoder::new(&EncoderOptions::default()).unwrap();
        assert_eq!(
            encoder.encode(&[0; 961], &mut [0; 100]),
            Err(CodecError::BadFrame)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(payload in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let mut decoder = OpusDecoder::new(48_000).unwrap();
            let mut out = [0; 5_760];
            let _ = decoder.decode(&payload, &mut out);
            let _ = decoder.decode_fec(&payload, &mut out[..960]);
            let _ = decoder.conceal(&mut out[..960]);
        }
    }
}

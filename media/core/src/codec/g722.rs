//! G.722 at 64 kbit/s (ITU-T G.722, mode 1), 16 kHz samples. Names of the steps are the recommendation's.
//!
//! Our own, because an encoder's state must be copied: the crate that exists (ezk-g722) allows no copy, allocates for each
//! frame, and starts with a step size of zero where the recommendation has 32 and 8. From an equal start both are bit-exact.

use super::CodecError;

/// Quadrature mirror filter, one half of its symmetric 24 taps by parity (Table 11).
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
/// Decision levels of the 60-level quantizer (Table 14).
const Q6: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023,
    1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// Output levels of the 4-bit and 6-bit inverse quantizers (Tables 15 and 16).
const QM4: [i32; 16] = [
    0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584,
    1200, 0,
];
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232,
    -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776,
    -2400, -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280,
    11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776,
    2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
const QM2: [i32; 4] = [-7408, -1616, 7408, 1616];
/// Log scale factor multipliers by 4-bit and 2-bit code (Tables 17 to 20, through RL42 and RH2).
const W4: [i32; 16] = [
    -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
];
const W2: [i32; 4] = [798, -214, 798, -214];
/// Base-2 logarithm to linear (Table 21).
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

fn saturate(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

/// One sub-band's adaptive predictor and scale factor: the same in encoder and decoder.
#[derive(Clone)]
struct Band {
    /// Predicted signal, and the part of it by the zeroes.
    s: i32,
    sz: i32,
    /// Reconstructed and partially reconstructed signal, the newest first.
    r: [i32; 2],
    p: [i32; 2],
    /// Coefficients of poles and zeroes.
    a: [i32; 2],
    b: [i32; 6],
    /// Quantized differences, the newest first.
    d: [i32; 6],
    /// Log scale factor and quantizer step.
    nb: i32,
    det: i32,
}

impl Band {
    fn new(det: i32) -> Self {
        Band {
            s: 0,
            sz: 0,
            r: [0; 2],
            p: [0; 2],
            a: [0; 2],
            b: [0; 6],
            d: [0; 6],
            nb: 0,
            det,
        }
    }

    /// LOGSCL/LOGSCH and SCALEL/SCALEH.
    fn scale(&mut self, multiplier: i32, limit: i32, shift: i32) {
        self.nb = (((self.nb * 127) >> 7) + multiplier).clamp(0, limit);
        let mantissa = ILB[((self.nb >> 6) & 31) as usize];
        let exponent = shift - (self.nb >> 11);
        self.det = if exponent < 0 {
            mantissa << -exponent
        } else {
            mantissa >> exponent
        } << 2;
    }

    /// Block 4: adapt the predictor to the quantized difference `d` and predict the next sample.
    fn predict(&mut self, d: i32) {
        let r = saturate(self.s + d);
        let p = saturate(self.sz + d);
        let negative = |value: i32| value < 0;
        // UPPOL2
        let same1 = negative(p) == negative(self.p[0]);
        let wd1 = saturate(self.a[0] << 2);
        let wd2 = if same1 { -wd1 } else { wd1 }.min(32_767);
        let wd3 = if negative(p) == negative(self.p[1]) {
            128
        } else {
            -128
        };
        let a2 = (wd3 + (wd2 >> 7) + ((self.a[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        // UPPOL1
        let a1 = saturate(if same1 { 192 } else { -192 } + ((self.a[0] * 32_640) >> 15));
        let limit = saturate(15_360 - a2);
        let a1 = a1.clamp(-limit, limit);
        // UPZERO
        let step = if d == 0 { 0 } else { 128 };
        for (b, &old) in self.b.iter_mut().zip(&self.d) {
            let sign = if negative(old) == negative(d) {
                step
            } else {
                -step
            };
            *b = saturate(sign + ((*b * 32_640) >> 15));
        }
        // DELAYA
        self.d.copy_within(0..5, 1);
        self.d[0] = d;
        self.r = [r, self.r[0]];
        self.p = [p, self.p[0]];
        self.a = [a1, a2];
        // FILTEP, FILTEZ, PREDIC
        let sp = saturate(
            ((a1 * saturate(2 * self.r[0])) >> 15) + ((a2 * saturate(2 * self.r[1])) >> 15),
        );
        let sz = self
            .b
            .iter()
            .zip(&self.d)
            .map(|(b, &d)| (b * saturate(2 * d)) >> 15)
            .sum();
        self.sz = saturate(sz);
        self.s = saturate(sp + self.sz);
    }

    fn adapt_low(&mut self, code: usize) {
        let d = (self.det * QM4[code >> 2]) >> 15;
        self.scale(W4[code >> 2], 18_432, 8);
        self.predict(d);
    }

    fn adapt_high(&mut self, d: i32, code: usize) {
        self.scale(W2[code], 22_528, 10);
        self.predict(d);
    }
}

fn bands() -> [Band; 2] {
    [Band::new(32), Band::new(8)]
}

/// A G.722 encoder.
#[derive(Clone)]
pub struct G722Encoder {
    bands: [Band; 2],
    /// The last 22 samples.
    history: [i32; 24],
}

impl Default for G722Encoder {
    fn default() -> Self {
        G722Encoder {
            bands: bands(),
            history: [0; 24],
        }
    }
}

impl G722Encoder {
    /// Encode an even number of samples, two to a byte; returns the bytes written. Errors: `BadFrame`, `TooSmall`.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        if !samples.len().is_multiple_of(2) {
            return Err(CodecError::BadFrame);
        }
        let out = out
            .get_mut(..samples.len() / 2)
            .ok_or(CodecError::TooSmall)?;
        for (code, pair) in out.iter_mut().zip(samples.chunks_exact(2)) {
            self.history.copy_within(2.., 0);
            self.history[22] = i32::from(pair[0]);
            self.history[23] = i32::from(pair[1]);
            let (mut odd, mut even) = (0, 0);
            for tap in 0..12 {
                odd += self.history[2 * tap] * QMF[tap];
                even += self.history[2 * tap + 1] * QMF[11 - tap];
            }
            let low = self.encode_low((even + odd) >> 14);
            let high = self.encode_high((even - odd) >> 14);
            *code = high << 6 | low;
        }
        Ok(out.len())
    }

    fn encode_low(&mut self, x: i32) -> u8 {
        let band = &mut self.bands[0];
        // QUANTL
        let difference = saturate(x - band.s);
        let magnitude = if difference < 0 {
            !difference
        } else {
            difference
        };
        let level = Q6.partition_point(|&level| magnitude >= (level * band.det) >> 12) as u8;
        let code = match (difference < 0, level) {
            (true, 0) => 63,
            (true, 1) => 62,
            (true, level) => 33 - level,
            (false, level) => 61 - level,
        };
        band.adapt_low(usize::from(code));
        code
    }

    fn encode_high(&mut self, x: i32) -> u8 {
        let band = &mut self.bands[1];
        // QUANTH
        let difference = saturate(x - band.s);
        let magnitude = if difference < 0 {
            !difference
        } else {
            difference
        };
        let outer = magnitude >= (564 * band.det) >> 12;
        let code = if difference < 0 {
            u8::from(!outer)
        } else {
            2 + u8::from(!outer)
        };
        let d = (band.det * QM2[usize::from(code)]) >> 15;
        band.adapt_high(d, usize::from(code));
        code
    }
}

/// A G.722 decoder.
#[derive(Clone)]
pub struct G722Decoder {
    bands: [Band; 2],
    history: [i32; 24],
}

impl Default for G722Decoder {
    fn default() -> Self {
        G722Decoder {
            bands: bands(),
            history: [0; 24],
        }
    }
}

impl G722Decoder {
    /// Decode a payload, two samples a byte; returns the samples written. Errors: `TooSmall`.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        let out = out
            .get_mut(..payload.len() * 2)
            .ok_or(CodecError::TooSmall)?;
        for (pair, &code) in out.chunks_exact_mut(2).zip(payload) {
            let (low_code, high_code) = (usize::from(code & 63), usize::from(code >> 6));
            let [low, high] = &mut self.bands;
            // Blocks 5L and 6L
            let r_low = (low.s + ((low.det * QM6[low_code]) >> 15)).clamp(-16_384, 16_383);
            low.adapt_low(low_code);
            let d_high = (high.det * QM2[high_code]) >> 15;
            let r_high = (d_high + high.s).clamp(-16_384, 16_383);
            high.adapt_high(d_high, high_code);
            self.history.copy_within(2.., 0);
            self.history[22] = r_low + r_high;
            self.history[23] = r_low - r_high;
            let (mut first, mut second) = (0, 0);
            for tap in 0..12 {
                second += self.history[2 * tap] * QMF[tap];
                first += self.history[2 * tap + 1] * QMF[11 - tap];
            }
            pair[0] = saturate(first >> 11) as i16;
            pair[1] = saturate(second >> 11) as i16;
        }
        Ok(out.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{speech_like, Tone};

    fn signal_to_noise(original: &[i16], decoded: &[i16], delay: usize) -> f64 {
        let (mut signal, mut noise) = (0.0, 0.0);
        for (&a, &b) in original.iter().zip(&decoded[delay..]).skip(1_600) {
            signal += f64::from(a) * f64::from(a);
            noise += (f64::from(a) - f64::from(b)).powi(2);
        }
        10.0 * (signal / noise).log10()
    }

    fn round_trip(samples: &[i16]) -> Vec<i16> {
        let mut payload = vec![0; samples.len() / 2];
        let mut decoded = vec![0; samples.len()];
        assert_eq!(
            G722Encoder::default().encode(samples, &mut payload),
            Ok(payload.len())
        );
        assert_eq!(
            G722Decoder::default().decode(&payload, &mut decoded),
            Ok(decoded.len())
        );
        decoded
    }

    #[test]
    fn tones_of_both_bands_come_back_clean_and_22_samples_later() {
        for (hertz, least) in [
            (440.0, 38.0),
            (1_000.0, 38.0),
            (3_000.0, 30.0),
            (6_000.0, 13.0),
        ] {
            let mut samples = vec![0; 16_000];
            Tone::new(16_000, &[(hertz, -10.0)]).fill(&mut samples);
            let snr = signal_to_noise(&samples, &round_trip(&samples), 22);
            assert!(snr > least, "{hertz} Hz: {snr:.1} dB");
        }
    }

    #[test]
    fn a_copy_goes_on_to_produce_the_same_bytes() {
        let samples = speech_like(16_000, 2.0, 1);
        let mut encoder = G722Encoder::default();
        let mut bytes = vec![0; 160];
        for frame in samples.chunks_exact(320).take(40) {
            encoder.encode(frame, &mut bytes).unwrap();
        }
        let mut copy = encoder.clone();
        for frame in samples.chunks_exact(320).skip(40) {
            let mut of_copy = vec![0; 160];
            encoder.encode(frame, &mut bytes).unwrap();
            copy.encode(frame, &mut of_copy).unwrap();
            assert_eq!(bytes, of_copy);
        }
    }

    #[test]
    fn odd_frames_and_small_buffers_are_refused() {
        assert_eq!(
            G722Encoder::default().encode(&[0; 3], &mut [0; 9]),
            Err(CodecError::BadFrame)
        );
        assert_eq!(
            G722Encoder::default().encode(&[0; 4], &mut [0; 1]),
            Err(CodecError::TooSmall)
        );
        assert_eq!(
            G722Decoder::default().decode(&[0; 4], &mut [0; 7]),
            Err(CodecError::TooSmall)
        );
    }
}

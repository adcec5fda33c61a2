//! Test signals and DTMF tones: sines, sweeps and noise, from arithmetic alone.

use std::f64::consts::TAU;

/// A sum of sines.
#[derive(Clone, Debug)]
pub struct Tone {
    parts: Vec<(f64, f64, f64)>,
}

impl Tone {
    /// Sines of (Hz, dBFS of the peak) at `sample_rate` Hz.
    pub fn new(sample_rate: u32, parts: &[(f64, f64)]) -> Self {
        let parts = parts.iter().map(|&(hertz, dbfs)| {
            let amplitude = 32_767.0 * 10f64.powf(dbfs / 20.0);
            (TAU * hertz / f64::from(sample_rate), amplitude, 0.0)
        });
        Tone {
            parts: parts.collect(),
        }
    }

    /// The two tones of a DTMF key (0-9 * # A-D), each at `dbfs`; `None` for another character.
    pub fn dtmf(sample_rate: u32, key: char, dbfs: f64) -> Option<Self> {
        let (row, column) = dtmf_frequencies(key)?;
        Some(Tone::new(sample_rate, &[(row, dbfs), (column, dbfs)]))
    }

    /// The next samples.
    pub fn fill(&mut self, out: &mut [i16]) {
        for sample in out {
            let mut sum = 0.0;
            for (step, amplitude, phase) in &mut self.parts {
                sum += *amplitude * phase.sin();
                *phase = (*phase + *step) % TAU;
            }
            *sample = sum.round().clamp(-32_768.0, 32_767.0) as i16;
        }
    }
}

/// Row and column frequency of a DTMF key in Hz (ITU-T Q.23).
pub fn dtmf_frequencies(key: char) -> Option<(f64, f64)> {
    const KEYS: [char; 16] = [
        '1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D',
    ];
    let index = KEYS.iter().position(|&k| k == key.to_ascii_uppercase())?;
    Some((
        [697.0, 770.0, 852.0, 941.0][index / 4],
        [1_209.0, 1_336.0, 1_477.0, 1_633.0][index % 4],
    ))
}

/// A linear sweep that starts again each `period` seconds, from `low` to `high` Hz: position in it tells the time.
pub fn chirp(
    sample_rate: u32,
    seconds: f64,
    period: f64,
    low: f64,
    high: f64,
    dbfs: f64,
) -> Vec<i16> {
    let amplitude = 32_767.0 * 10f64.powf(dbfs / 20.0);
    let count = (f64::from(sample_rate) * seconds) as usize;
    (0..count)
        .map(|n| {
            let t = (n as f64 / f64::from(sample_rate)) % period;
            (amplitude * (TAU * (low * t + (high - low) * t * t / (2.0 * period))).sin()) as i16
        })
        .collect()
}

/// Uniform noise by a small fixed generator: the same seed gives the same samples.
#[derive(Clone, Debug)]
pub struct Noise {
    state: u64,
}

impl Noise {
    /// A generator; equal seeds give equal noise.
    pub fn new(seed: u64) -> Self {
        Noise {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// The next 64 random bits (xorshift64*).
    pub fn next_u64(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Uniform in 0 to 1.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The next sample, uniform within `amplitude`.
    pub fn sample(&mut self, amplitude: f64) -> i16 {
        ((self.uniform() * 2.0 - 1.0) * amplitude) as i16
    }
}

/// Something with the rhythm and spectrum of speech: syllables of harmonics of a wandering pitch under two moving
/// formants, fricatives, pauses. For tests of talk-off, stretching and concealment where no recording may be used.
pub fn speech_like(sample_rate: u32, seconds: f64, seed: u64) -> Vec<i16> {
    let mut random = Noise::new(seed);
    let rate = f64::from(sample_rate);
    let total = (rate * seconds) as usize;
    let mut out = Vec::with_capacity(total);
    let mut phase = 0.0f64;
    while out.len() < total {
        let kind = random.uniform();
        let length = (rate * (0.06 + 0.2 * random.uniform())) as usize;
        let pitch = 80.0 + 170.0 * random.uniform();
        let glide = 0.85 + 0.3 * random.uniform();
        let formants = [
            250.0 + 600.0 * random.uniform(),
            900.0 + 1_500.0 * random.uniform(),
        ];
        for n in 0..length {
            let t = n as f64 / length as f64;
            let envelope = (std::f64::consts::PI * t).sin();
            let sample = if kind < 0.7 {
                let f0 = pitch * (1.0 + (glide - 1.0) * t);
                phase += f0 / rate;
                let mut sum = 0.0;
                let mut harmonic = 1.0;
                while harmonic * f0 < 3_400.0_f64.min(rate / 2.2) {
                    let f = harmonic * f0;
                    let gain: f64 = formants
                        .iter()
                        .map(|c| 1.0 / (1.0 + ((f - c) / 120.0).powi(2)))
                        .sum();
                    sum += (gain + 0.02) * (TAU * phase * harmonic).sin();
                    harmonic += 1.0;
                }
                6_000.0 * sum * envelope
            } else if kind < 0.85 {
                2_500.0 * envelope * (random.uniform() * 2.0 - 1.0)
            } else {
                0.0
            };
            out.push(sample.clamp(-32_000.0, 32_000.0) as i16);
        }
    }
    out.truncate(total);
    out
}

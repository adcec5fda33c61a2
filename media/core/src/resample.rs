//! Fixed-ratio sample rate conversion between 8, 16, 24 and 48 kHz by polyphase FIR filters.

use std::f64::consts::PI;
use std::sync::{Arc, Mutex};

/// Taps of the filter, counted at the lower of the two rates: 2 ms of delay at 8 kHz.
const TAPS: usize = 32;

/// Filter coefficients of one ratio, shared by all its resamplers.
#[derive(Debug)]
struct Filter {
    up: usize,
    down: usize,
    /// Taps a phase.
    length: usize,
    /// `up` phases one after the other, each in the order of the samples it is applied to.
    phases: Vec<f32>,
}

fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while term > 1e-12 * sum {
        term *= (x / (2.0 * n)).powi(2);
        sum += term;
        n += 1.0;
    }
    sum
}

impl Filter {
    fn design(up: usize, down: usize) -> Self {
        let widest = up.max(down);
        let total = TAPS * widest;
        let cutoff = 0.46 / widest as f64;
        let centre = (total - 1) as f64 / 2.0;
        let prototype: Vec<f64> = (0..total)
            .map(|n| {
                let x = n as f64 - centre;
                let sinc = if x.abs() < 1e-9 {
                    2.0 * cutoff
                } else {
                    (2.0 * PI * cutoff * x).sin() / (PI * x)
                };
                let r = x / (centre + 1.0);
                sinc * bessel_i0(6.0 * (1.0 - r * r).sqrt()) / bessel_i0(6.0)
            })
            .collect();
        let length = total.div_ceil(up);
        let mut phases = vec![0.0; length * up];
        for phase in 0..up {
            let taps = &mut phases[phase * length..(phase + 1) * length];
            for tap in 0..length {
                taps[length - 1 - tap] =
                    prototype.get(tap * up + phase).copied().unwrap_or(0.0) as f32;
            }
            let sum: f32 = taps.iter().sum();
            taps.iter_mut().for_each(|tap| *tap /= sum);
        }
        Filter {
            up,
            down,
            length,
            phases,
        }
    }

    fn shared(up: usize, down: usize) -> Arc<Filter> {
        static FILTERS: Mutex<Vec<Arc<Filter>>> = Mutex::new(Vec::new());
        let mut filters = FILTERS
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(filter) = filters
            .iter()
            .find(|filter| filter.up == up && filter.down == down)
        {
            return Arc::clone(filter);
        }
        let filter = Arc::new(Filter::design(up, down));
        filters.push(Arc::clone(&filter));
        filter
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f32 = a_chunks
        .remainder()
        .iter()
        .zip(b_chunks.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f32>() + tail
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        gcd(b, a % b)
    }
}

/// Converts one stream from one rate to another.
#[derive(Clone, Debug)]
pub struct Resampler {
    /// `None`: the rates are equal.
    filter: Option<Arc<Filter>>,
    /// The last `length - 1` samples, then room for the input.
    line: Vec<f32>,
}

impl Resampler {
    /// From `from` to `to`, both of 8000, 12000, 16000, 24000 and 48000 Hz.
    pub fn new(from: u32, to: u32) -> Self {
        if from == to {
            return Resampler {
                filter: None,
                line: Vec::new(),
            };
        }
        let divisor = gcd(from, to);
        let filter = Filter::shared((to / divisor) as usize, (from / divisor) as usize);
        Resampler {
            line: vec![0.0; filter.length - 1],
            filter: Some(filter),
        }
    }

    /// Samples `process` makes of `input` samples.
    pub fn output_length(&self, input: usize) -> usize {
        self.filter
            .as_ref()
            .map_or(input, |filter| input * filter.up / filter.down)
    }

    /// Convert; returns the samples written. `input` must be a whole number of output samples (any multiple of
    /// 1 ms is), and `out` at least `output_length` long, or this panics.
    pub fn process(&mut self, input: &[i16], out: &mut [i16]) -> usize {
        let Some(filter) = &self.filter else {
            out[..input.len()].copy_from_slice(input);
            return input.len();
        };
        let count = input.len() * filter.up / filter.down;
        assert_eq!(
            count * filter.down,
            input.len() * filter.up,
            "input is no whole number of output samples"
        );
        let kept = filter.length - 1;
        self.line.truncate(kept);
        self.line
            .extend(input.iter().map(|&sample| f32::from(sample)));
        for (n, out) in out[..count].iter_mut().enumerate() {
            let position = n * filter.down;
            let (phase, start) = (position % filter.up, position / filter.up);
            let taps = &filter.phases[phase * filter.length..(phase + 1) * filter.length];
            let sum = dot(taps, &self.line[start..start + filter.length]);
            *out = sum.round().clamp(-32_768.0, 32_767.0) as i16;
        }
        let end = self.line.len();
        self.line.copy_within(end - kept.., 0);
        count
    }

    /// Forget the past.
    pub fn reset(&mut self) {
        self.line.clear();
        self.line.resize(
            self.filter.as_ref().map_or(0, |filter| filter.length - 1),
            0.0,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Tone;

    const RATES: [u32; 4] = [8_000, 16_000, 24_000, 48_000];

    fn convert(from: u32, to: u32, hertz: f64) -> Vec<i16> {
        let mut tone = Tone::new(from, &[(hertz, -6.0)]);
        let mut resampler = Resampler::new(from, to);
        let mut all = Vec::new();
        for _ in 0..25 {
            let mut input = vec![0; from as usize / 50];
            tone.fill(&mut input);
            let mut out = vec![0; to as usize / 50];
            assert_eq!(resampler.process(&input, &mut out), out.len());
            all.extend(out);
        }
        all
    }

    /// Signal to everything else, in dB, of a sine of known frequency.
    fn purity(samples: &[i16], rate: u32, hertz: f64) -> (f64, f64) {
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        let (mut s, mut c, mut total) = (0.0, 0.0, 0.0);
        for (n, &sample) in samples.iter().enumerate() {
            let x = f64::from(sample);
            s += x * (n as f64 * step).sin();
            c += x * (n as f64 * step).cos();
            total += x * x;
        }
        let count = samples.len() as f64;
        let signal = (s * s + c * c) * 2.0 / count;
        (
            10.0 * (signal / (total - signal).max(1e-9)).log10(),
            (2.0 * signal / count).sqrt(),
        )
    }

    #[test]
    fn a_tone_stays_that_tone_at_every_pair_of_rates() {
        for from in RATES {
            for to in RATES {
                for hertz in [300.0, 1_000.0, 3_000.0] {
                    let out = convert(from, to, hertz);
                    let steady = &out[out.len() / 5..];
                    let (snr, amplitude) = purity(&steady[..steady.len() / 400 * 400], to, hertz);
                    assert!(snr > 55.0, "{from} to {to}, {hertz} Hz: {snr:.1} dB");
                    assert!(
                        (amplitude / 16_422.0 - 1.0).abs() < 0.03,
                        "{from} to {to}, {hertz} Hz: {amplitude}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_below_half_the_rate_is_removed() {
        for (from, to, hertz) in [
            (16_000, 8_000, 4_700.0),
            (48_000, 8_000, 6_000.0),
            (48_000, 16_000, 11_000.0),
        ] {
            let out = convert(from, to, hertz);
            let loudest = out[out.len() / 5..]
                .iter()
                .map(|s| s.unsigned_abs())
                .max()
                .unwrap();
            assert!(loudest < 40, "{from} to {to}: {loudest}");
        }
    }
}

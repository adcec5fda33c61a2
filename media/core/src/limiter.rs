//! A soft limiter: sums of voices into 16 bits without clipping.

/// The highest output magnitude: -1 dBFS.
pub const CEILING: i32 = 29_204;

/// Gain falls within this many samples (0.7 ms at 48 kHz, 4 ms at 8 kHz).
const ATTACK: usize = 32;

/// Holds the gain of one bus between frames.
#[derive(Clone, Debug)]
pub struct Limiter {
    gain: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        Limiter { gain: 1.0 }
    }
}

impl Limiter {
    /// It changes nothing of what fits.
    pub fn is_at_rest(&self) -> bool {
        self.gain >= 1.0
    }

    /// Write the sum `mix` to `out` (of equal length), at most `CEILING` in magnitude. The gain falls at the start of a
    /// frame that would exceed it, and recovers over about ten frames.
    pub fn process(&mut self, mix: &[i32], out: &mut [i16]) {
        let peak = mix
            .iter()
            .map(|sample| sample.unsigned_abs())
            .max()
            .unwrap_or(0);
        let wanted = if peak > CEILING as u32 {
            CEILING as f32 / peak as f32
        } else {
            1.0
        };
        if self.gain >= 1.0 && wanted >= 1.0 {
            for (out, &sample) in out.iter_mut().zip(mix) {
                *out = sample as i16;
            }
            return;
        }
        let (target, ramp) = if wanted < self.gain {
            (wanted, ATTACK.min(mix.len()))
        } else {
            ((self.gain + 0.05).min(wanted), mix.len())
        };
        let step = (target - self.gain) / ramp.max(1) as f32;
        let ceiling = CEILING as f32;
        let mut gain = self.gain;
        for (n, (out, &sample)) in out.iter_mut().zip(mix).enumerate() {
            gain = if n < ramp { gain + step } else { target };
            *out = (sample as f32 * gain).clamp(-ceiling, ceiling) as i16;
        }
        self.gain = if target > 0.999 { 1.0 } else { target };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Tone;

    #[test]
    fn what_fits_is_untouched() {
        let mix: Vec<i32> = (-160..160).map(|n| n * 180).collect();
        let mut out = vec![0; mix.len()];
        Limiter::default().process(&mix, &mut out);
        assert!(mix.iter().zip(&out).all(|(&a, &b)| a == i32::from(b)));
    }

    #[test]
    fn eight_loud_voices_stay_below_the_ceiling_and_keep_their_shape() {
        let mut tone = Tone::new(16_000, &[(440.0, -3.0)]);
        let mut limiter = Limiter::default();
        let mut steady = (0.0, 0.0, 0.0);
        for frame in 0..50 {
            let mut samples = [0i16; 320];
            tone.fill(&mut samples);
            let mix: Vec<i32> = samples.iter().map(|&s| i32::from(s) * 8).collect();
            let mut out = [0i16; 320];
            limiter.process(&mix, &mut out);
            assert!(out.iter().all(|&s| i32::from(s).abs() <= CEILING));
            if frame > 2 {
                for (&a, &b) in samples.iter().zip(&out) {
                    steady.0 += f64::from(a) * f64::from(b);
                    steady.1 += f64::from(a) * f64::from(a);
                    steady.2 += f64::from(b) * f64::from(b);
                }
            }
        }
        assert!(
            steady.0 / (steady.1.sqrt() * steady.2.sqrt()) > 0.9999,
            "a sine stays a sine"
        );
    }

    #[test]
    fn the_gain_comes_back() {
        let mut limiter = Limiter::default();
        let mut out = [0i16; 160];
        limiter.process(&[60_000; 160], &mut out);
        for _ in 0..20 {
            limiter.process(&[1_000; 160], &mut out);
        }
        assert_eq!(out, [1_000; 160]);
    }
}

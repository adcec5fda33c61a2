//! Noise suppression of one talker: RNNoise on 10 ms frames at 48 kHz, whatever the leg's rate. It delays by 10 ms and the
//! resamplers' filters.
#![forbid(unsafe_code)]

use std::sync::LazyLock;

use nnnoiseless::{DenoiseState, RnnModel};

use crate::level::level;
use crate::resample::Resampler;
use crate::talkers::SILENCE;
use crate::tick::FRAME_MS;

const RATE: u32 = 48_000;
const HALF: usize = DenoiseState::FRAME_SIZE;
const FRAME: usize = HALF * 2;
/// What went before a word is heard by the filter, but not by the room, so that the word finds it settled: so many ms.
pub const WARMING_MS: u32 = 100;
/// What is left of somebody is no talk below this, dBov.
const CLEAN: f32 = -55.0;
/// He talks if he is louder than his noise by this, dB.
const ABOVE_NOISE: f32 = 6.0;
/// His noise is the least that was sent while nothing was left of it for so many ticks: longer than packets wait here.
const LEARNED: u32 = 10;
/// How fast it is forgotten while it is not there, parts a tick.
const FORGET: f32 = 0.02;

static MODEL: LazyLock<RnnModel> = LazyLock::new(RnnModel::default);

/// The filter of one leg, about 30 kB. While the leg does not talk it costs nothing.
pub struct Denoiser {
    state: Box<DenoiseState<'static>>,
    /// Of the leg, Hz.
    pub rate: u32,
    up: Resampler,
    down: Resampler,
    wide: [i16; FRAME],
    /// Number of the tick it was last used in.
    used: u64,
    /// Level of what it made then, dBov.
    clean: f32,
    /// For so many ticks there was nothing left of what came; the least of that, dBov.
    nothing: u32,
    least: f32,
    /// Level of the leg's noise, as far as it is known, dBov.
    noise: f32,
}

impl Denoiser {
    /// For a leg of this rate, Hz.
    pub fn new(rate: u32) -> Self {
        Self {
            state: DenoiseState::with_model(&MODEL),
            rate,
            up: Resampler::new(rate, RATE),
            down: Resampler::new(RATE, rate),
            wide: [0; FRAME],
            used: 0,
            clean: SILENCE,
            nothing: 0,
            least: 0.0,
            noise: SILENCE,
        }
    }

    fn run(&mut self, samples: &[i16]) {
        self.up.process(samples, &mut self.wide);
        let mut out = [0.0; HALF];
        for half in self.wide.chunks_exact_mut(HALF) {
            let mut input = [0.0; HALF];
            for (wide, &sample) in input.iter_mut().zip(&*half) {
                *wide = f32::from(sample);
            }
            self.state.process_frame(&mut out, &input);
            for (sample, &clean) in half.iter_mut().zip(&out) {
                *sample = clean.round().clamp(-32_768.0, 32_767.0) as i16;
            }
        }
    }

    /// Frees 20 ms, those of tick `number`, from noise. `past` is what was said just before, in whole frames.
    pub fn process(&mut self, samples: &mut [i16], past: &[i16], number: u64) {
        if self.used + 1 < number {
            let frame = samples.len();
            let wanted = (WARMING_MS / FRAME_MS) as usize * frame;
            let frames = past[past.len().saturating_sub(wanted)..].rchunks_exact(frame);
            for before in frames.rev() {
                self.run(before);
            }
        }
        self.run(samples);
        self.down.process(&self.wide, samples);
        self.used = number;
        self.clean = -f32::from(level(samples));
    }

    /// How loud somebody is who sends at this level (dBov), his noise left out. To be asked once each tick, before `process`.
    pub fn heard(&mut self, level: f32, number: u64) -> f32 {
        if self.used + 1 == number {
            if self.clean < CLEAN {
                (self.nothing, self.least) = (self.nothing + 1, self.least.min(level));
                if self.nothing >= LEARNED {
                    self.noise = self.least;
                }
            } else {
                (self.nothing, self.least) = (0, 0.0);
            }
            return self.clean;
        }
        (self.nothing, self.least) = (0, 0.0);
        if level < self.noise {
            self.noise += FORGET * (level - self.noise);
        }
        if level > self.noise + ABOVE_NOISE {
            level
        } else {
            SILENCE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{speech_like, Noise};

    fn power(samples: &[i16]) -> f64 {
        samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len().max(1) as f64
    }

    fn decibels(ratio: f64) -> f64 {
        10.0 * ratio.max(1e-9).log10()
    }

    /// A fan: noise that falls with the frequency, at this power.
    fn fan(count: usize, wanted: f64) -> Vec<f64> {
        let mut noise = Noise::new(5);
        let mut last = 0.0;
        let made: Vec<f64> = (0..count)
            .map(|_| {
                last = 0.9 * last + f64::from(noise.sample(10_000.0));
                last
            })
            .collect();
        let have = made.iter().map(|x| x * x).sum::<f64>() / count as f64;
        made.iter().map(|x| x * (wanted / have).sqrt()).collect()
    }

    /// A second of pause, then speech, and both with noise 15 dB below the speech.
    fn noisy(rate: u32) -> (Vec<i16>, Vec<i16>) {
        let speech = speech_like(rate, 4.0, 3);
        let noise = fan(speech.len() + rate as usize, power(&speech) / 31.6);
        let clean: Vec<i16> = std::iter::repeat_n(0, rate as usize)
            .chain(speech)
            .collect();
        let both = clean
            .iter()
            .zip(noise)
            .map(|(&c, n)| (f64::from(c) + n).clamp(-32_768.0, 32_767.0) as i16)
            .collect();
        (clean, both)
    }

    fn denoised(rate: u32, input: &[i16], from: usize) -> Vec<i16> {
        let frame = rate as usize / 50;
        let mut denoiser = Denoiser::new(rate);
        let mut out = input.to_vec();
        for n in from..input.len() / frame {
            let at = n * frame;
            let past = &input[at.saturating_sub(10 * frame)..at];
            denoiser.process(&mut out[at..at + frame], past, n as u64 + 100);
        }
        out
    }

    #[test]
    fn noise_of_15_db_goes_and_the_voice_stays_at_each_rate() {
        for rate in [8_000, 16_000, 48_000] {
            let (clean, both) = noisy(rate);
            let out = denoised(rate, &both, 0);
            let pause = rate as usize / 2..rate as usize;
            let less = decibels(power(&both[pause.clone()]) / power(&out[pause]));
            assert!(less > 15.0, "{rate}: {less:.1} dB less noise");
            let voice = rate as usize..clean.len();
            let kept = decibels(power(&out[voice.clone()]) / power(&clean[voice]));
            assert!(
                kept.abs() < 1.5,
                "{rate}: the voice changed by {kept:.1} dB"
            );
        }
    }

    #[test]
    fn the_beginning_of_a_word_is_as_with_a_filter_that_ran_all_the_time() {
        for rate in [8_000, 48_000] {
            let (_, both) = noisy(rate);
            let (always, fresh) = (denoised(rate, &both, 0), denoised(rate, &both, 50));
            let beginning = rate as usize..rate as usize * 11 / 10;
            let missing = decibels(power(&always[beginning.clone()]) / power(&fresh[beginning]));
            assert!(missing.abs() < 2.0, "{rate}: {missing:.1} dB");
        }
    }

    #[test]
    fn whose_noise_is_known_talks_only_when_he_is_louder() {
        let mut denoiser = Denoiser::new(8_000);
        assert_eq!(denoiser.heard(-40.0, 10), -40.0, "it may be a voice");
        for tick in 10..30 {
            denoiser.process(&mut [0; 160], &[], tick);
            assert_eq!(
                denoiser.heard(-40.0, tick + 1),
                SILENCE,
                "what is left of it"
            );
        }
        assert_eq!(denoiser.heard(-40.0, 40), SILENCE);
        assert_eq!(denoiser.heard(-38.0, 41), SILENCE);
        assert_eq!(denoiser.heard(-30.0, 42), -30.0);
        for tick in 43..300 {
            denoiser.heard(-80.0, tick);
        }
        assert_eq!(denoiser.heard(-45.0, 300), -45.0, "the fan is off");
    }
}

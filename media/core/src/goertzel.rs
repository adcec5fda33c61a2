//! Keyed digits in the audio itself: DTMF by Goertzel filters within the limits of ITU-T Q.23 and Q.24, for legs without
//! telephone-events. Only 0 to 9, * and # are found: A to D are no keys of phones, and of all pairs theirs (1,633 Hz) are the
//! ones that voices hit.

use std::f64::consts::TAU;

/// Samples of a block at 8 kHz: 12.75 ms, so that 40 ms of tone hold two whole blocks wherever they begin.
const BLOCK: usize = 102;
const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
/// The fourth column (A to D) is measured, so that its tones are not taken for another's, and found to be no key.
const KEYS: [[char; 3]; 4] = [
    ['1', '2', '3'],
    ['4', '5', '6'],
    ['7', '8', '9'],
    ['*', '0', '#'],
];

/// Weakest tone taken: amplitude of each of the pair, -38 dBFS.
const LEAST_AMPLITUDE: f32 = 412.0;
/// Twist: the column at most 4 dB stronger than the row, the row at most 8 dB stronger than the column (Q.24), and some more, because tones
/// off their frequency are measured weaker and strong ones leak into weak ones.
const MOST_COLUMN: f32 = 3.2;
const MOST_ROW: f32 = 9.0;
/// A tone is this much stronger (power) than the others of its group: 8 dB.
const OVER_OTHERS: f32 = 6.3;
/// Part of the block's energy in the two tones. Noise 10 dB below leaves 0.9; tones 1.5 % off frequency 0.8.
const PURITY: f32 = 0.76;
/// Second harmonics of voice: at most this part of the tone's power (-14 dB).
const HARMONIC: f32 = 0.04;
/// What the edges of a block spread of the other tone's power to frequencies away from it (-17 dB).
const LEAK: f32 = 0.02;
/// Both blocks of a digit are equally loud within this factor of power: 6 dB.
const STEADY: f32 = 4.0;

/// A block that holds a digit, and the powers of its tones.
#[derive(Clone, Copy, Debug)]
struct Hit {
    digit: char,
    low: f32,
    high: f32,
}

impl Hit {
    fn continues(self, before: Hit) -> bool {
        let steady = |a: f32, b: f32| a < b * STEADY && b < a * STEADY;
        self.digit == before.digit && steady(self.low, before.low) && steady(self.high, before.high)
    }
}

/// Detects digits in one leg's audio.
#[derive(Clone, Debug)]
pub struct DtmfDetector {
    block: [f32; BLOCK],
    filled: usize,
    /// Of the last block.
    last: Option<Hit>,
    /// The digit that is being keyed, until two blocks are without it.
    current: Option<char>,
    misses: u8,
}

impl Default for DtmfDetector {
    fn default() -> Self {
        DtmfDetector {
            block: [0.0; BLOCK],
            filled: 0,
            last: None,
            current: None,
            misses: 0,
        }
    }
}

/// Power of the frequency in the block, as the square of a sine's amplitude.
fn power(block: &[f32; BLOCK], hertz: f64) -> f32 {
    let coefficient = (2.0 * (TAU * hertz / 8_000.0).cos()) as f32;
    let (mut s1, mut s2) = (0.0f32, 0.0f32);
    for &sample in block {
        let s = sample + coefficient * s1 - s2;
        s2 = s1;
        s1 = s;
    }
    let energy = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
    energy * 4.0 / (BLOCK * BLOCK) as f32
}

/// The index of the strongest, if it is stronger enough than the others.
fn strongest(powers: &[f32; 4]) -> Option<usize> {
    let (index, &most) = powers
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))?;
    powers
        .iter()
        .enumerate()
        .all(|(n, &other)| n == index || other * OVER_OTHERS < most)
        .then_some(index)
}

impl DtmfDetector {
    /// Listen to samples at 8 kHz; returns a digit when it is first recognised (25 to 38 ms after its beginning). Frames of
    /// up to 40 ms hold the beginning of one digit at most.
    pub fn process(&mut self, samples: &[i16]) -> Option<char> {
        let mut digit = None;
        for &sample in samples {
            self.block[self.filled] = f32::from(sample);
            self.filled += 1;
            if self.filled == BLOCK {
                self.filled = 0;
                digit = digit.or(self.decide());
            }
        }
        digit
    }

    /// Whether a digit is being keyed: the audio is not to be heard.
    pub fn pressed(&self) -> bool {
        self.current.is_some()
    }

    fn decide(&mut self) -> Option<char> {
        let hit = self.analyse();
        let before = std::mem::replace(&mut self.last, hit);
        match (hit, self.current) {
            (Some(hit), Some(current)) if hit.digit == current => {
                self.misses = 0;
                None
            }
            (Some(hit), _) if before.is_some_and(|before| hit.continues(before)) => {
                self.current = Some(hit.digit);
                self.misses = 0;
                Some(hit.digit)
            }
            _ => {
                self.misses = self.misses.saturating_add(1);
                if self.misses >= 2 {
                    self.current = None;
                }
                None
            }
        }
    }

    fn analyse(&self) -> Option<Hit> {
        let energy: f32 = self.block.iter().map(|s| s * s).sum::<f32>() * 2.0 / BLOCK as f32;
        // Mostly nothing is keyed: silence is seen without filters.
        if energy < LEAST_AMPLITUDE * LEAST_AMPLITUDE {
            return None;
        }
        let rows = ROWS.map(|hertz| power(&self.block, hertz));
        let columns = COLUMNS.map(|hertz| power(&self.block, hertz));
        let (row, column) = (strongest(&rows)?, strongest(&columns)?);
        let digit = *KEYS[row].get(column)?;
        let (low, high) = (rows[row], columns[column]);
        let weakest = LEAST_AMPLITUDE * LEAST_AMPLITUDE;
        if low < weakest || high < weakest || high > low * MOST_COLUMN || low > high * MOST_ROW {
            return None;
        }
        if low + high < energy * PURITY {
            return None;
        }
        // Some columns lie so near to a row's second harmonic that they leak into it, and all leak a little.
        let apart = (ROWS[row] * 2.0 - COLUMNS[column]).abs() > 100.0;
        if apart && power(&self.block, ROWS[row] * 2.0) > low * HARMONIC + high * LEAK {
            return None;
        }
        if power(&self.block, COLUMNS[column] * 2.0) > high * HARMONIC + low * LEAK {
            return None;
        }
        Some(Hit { digit, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{dtmf_frequencies, speech_like, Noise, Tone};
    use crate::wav::Wav;

    const ALL: &str = "1234567890*#";

    /// Tones of `on` ms with pauses of `off` ms, at (row, column) dBFS, `shift` off frequency, over noise.
    fn keyed(
        digits: &str,
        on: usize,
        off: usize,
        levels: (f64, f64),
        shift: f64,
        noise: f64,
        phase: usize,
    ) -> Vec<i16> {
        let mut random = Noise::new(phase as u64 + 1);
        let mut out = vec![0i16; 800 + phase];
        for digit in digits.chars() {
            let (row, column) = dtmf_frequencies(digit).unwrap();
            let mut tone = Tone::new(
                8_000,
                &[(row * shift, levels.0), (column * shift, levels.1)],
            );
            let start = out.len();
            out.resize(start + on * 8, 0);
            tone.fill(&mut out[start..]);
            out.resize(out.len() + off * 8, 0);
        }
        out.resize(out.len() + 800, 0);
        out.iter_mut()
            .for_each(|sample| *sample = sample.saturating_add(random.sample(noise)));
        out
    }

    fn detect(samples: &[i16]) -> String {
        let mut detector = DtmfDetector::default();
        samples
            .chunks(160)
            .filter_map(|frame| detector.process(frame))
            .collect()
    }

    #[test]
    fn every_digit_of_40_ms_with_40_ms_pauses_wherever_it_begins() {
        for phase in 0..BLOCK {
            assert_eq!(
                detect(&keyed(ALL, 40, 40, (-10.0, -10.0), 1.0, 0.0, phase)),
                ALL,
                "phase {phase}"
            );
        }
        assert_eq!(
            detect(&keyed("11112222", 40, 40, (-10.0, -10.0), 1.0, 0.0, 0)),
            "11112222",
            "repeated digits"
        );
        assert_eq!(
            detect(&keyed("5", 3_000, 40, (-10.0, -10.0), 1.0, 0.0, 0)),
            "5",
            "held for long"
        );
    }

    #[test]
    fn levels_twist_and_frequencies_within_q24_are_taken() {
        for levels in [(-6.5, -6.5), (-34.0, -34.0), (-20.0, -16.5), (-13.0, -20.0)] {
            for shift in [0.986, 1.0, 1.014] {
                let found = detect(&keyed(ALL, 50, 50, levels, shift, 0.0, 17));
                assert_eq!(found, ALL, "levels {levels:?}, shift {shift}");
            }
        }
    }

    #[test]
    fn what_is_outside_of_q24_is_not_taken() {
        assert_eq!(
            detect(&keyed(ALL, 20, 60, (-10.0, -10.0), 1.0, 0.0, 3)).len(),
            0,
            "20 ms"
        );
        assert_eq!(
            detect(&keyed(ALL, 50, 50, (-50.0, -50.0), 1.0, 0.0, 0)),
            "",
            "too weak"
        );
        assert_eq!(
            detect(&keyed(ALL, 50, 50, (-20.0, -8.0), 1.0, 0.0, 0)),
            "",
            "twist 12 dB"
        );
        assert_eq!(
            detect(&keyed(ALL, 50, 50, (-8.0, -20.0), 1.0, 0.0, 0)),
            "",
            "reverse twist 12 dB"
        );
        assert_eq!(
            detect(&keyed("ABCD", 50, 50, (-10.0, -10.0), 1.0, 0.0, 0)),
            "",
            "A to D are no keys of phones"
        );
        for single in [697.0, 941.0, 1_209.0, 1_633.0, 1_000.0, 440.0] {
            let mut samples = vec![0; 8_000];
            Tone::new(8_000, &[(single, -10.0)]).fill(&mut samples);
            assert_eq!(detect(&samples), "", "{single} Hz alone");
        }
        let mut samples = vec![0; 16_000];
        Tone::new(8_000, &[(350.0, -10.0), (440.0, -10.0)]).fill(&mut samples);
        assert_eq!(detect(&samples), "", "dial tone");
    }

    #[test]
    fn noise_10_db_below_does_not_hide_digits() {
        for phase in 0..20 {
            // Two tones at -10 dBFS have an RMS of 10,361; uniform noise of amplitude a has one of a / 1.73.
            assert_eq!(
                detect(&keyed(ALL, 60, 60, (-10.0, -10.0), 1.0, 5_600.0, phase * 5)),
                ALL,
                "phase {phase}"
            );
        }
    }

    #[test]
    fn noise_and_speech_are_no_digits() {
        let mut noise = Noise::new(77);
        let white: Vec<i16> = (0..8_000 * 600).map(|_| noise.sample(12_000.0)).collect();
        assert_eq!(detect(&white), "", "10 minutes of noise");
        for seed in 0..10 {
            let speech = speech_like(8_000, 120.0, seed);
            assert_eq!(detect(&speech), "", "2 minutes like speech, seed {seed}");
        }
    }

    /// Recorded speech, where Debian's prompts are installed.
    #[test]
    fn recorded_speech_is_no_digit() {
        let mut folders = vec![std::path::PathBuf::from("/usr/share/asterisk/sounds")];
        let (mut files, mut seconds) = (0, 0.0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "wav") {
                    let Ok(wav) = Wav::parse(&std::fs::read(&path).unwrap()) else {
                        continue;
                    };
                    if wav.sample_rate == 8_000 {
                        assert_eq!(detect(&wav.samples), "", "{}", path.display());
                        files += 1;
                        seconds += wav.samples.len() as f64 / 8_000.0;
                    }
                }
            }
        }
        if files == 0 {
            eprintln!("SKIPPED: no prompts in /usr/share/asterisk/sounds (apt-get install asterisk-core-sounds-en-wav)");
        } else {
            println!("{files} recordings, {seconds:.0} s");
        }
    }
}

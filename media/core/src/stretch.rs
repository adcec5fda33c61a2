//! Time stretching by whole pitch periods (WSOLA): audio is made shorter or longer without changing its pitch.

use crate::plc::{correlation, micros, search};

/// Shortest and longest piece taken out or put in, in microseconds.
pub const MIN_PIECE_US: usize = 2_500;
pub const MAX_PIECE_US: usize = 15_000;
/// Length of the cross-fade at most.
const FADE_US: usize = 5_000;
/// Mean square below which nothing is heard and anything may be cut (-56 dBov).
const QUIET: f32 = 2_700.0;

fn quiet(samples: &[i16], stride: usize) -> bool {
    let sum: f32 = samples
        .iter()
        .step_by(stride)
        .map(|&s| f32::from(s) * f32::from(s))
        .sum();
    sum < QUIET * (samples.len() / stride).max(1) as f32
}

fn fade(from: i16, to: i16, n: usize, length: usize) -> i16 {
    let weight = (n + 1) as f32 / (length + 1) as f32;
    (f32::from(from) * (1.0 - weight) + f32::from(to) * weight) as i16
}

/// Take a piece of at most `most` samples out of `audio[at..]`; returns how many were taken, 0 if no place fits well enough
/// (`least_likeness`, -1 to 1) or there is too little audio.
pub fn shorten(
    audio: &mut Vec<i16>,
    at: usize,
    most: usize,
    sample_rate: u32,
    least_likeness: f32,
) -> usize {
    let stride = (sample_rate as usize / 8_000).max(1);
    let shortest = micros(sample_rate, MIN_PIECE_US);
    let fading = micros(sample_rate, FADE_US);
    let available = audio.len().saturating_sub(at);
    let longest = most
        .min(micros(sample_rate, MAX_PIECE_US))
        .min(available.saturating_sub(fading));
    let silent = quiet(&audio[at..], stride);
    if longest == 0 || (longest < shortest && !silent) {
        return 0;
    }
    let piece = if silent {
        longest
    } else {
        let samples = &audio[at..];
        // A longer piece of equal likeness is better: fewer cuts. The window is as long as there is audio.
        let (piece, score) = search(shortest, longest, stride * 2, |lag| {
            let window = (available - lag).min(fading * 2);
            correlation(&samples[..window], &samples[lag..lag + window], stride)
                + 0.02 * lag as f32 / longest as f32
        });
        if score < least_likeness {
            return 0;
        }
        piece
    };
    let fading = fading.min(available - piece);
    for n in 0..fading {
        audio[at + n] = fade(audio[at + n], audio[at + piece + n], n, fading);
    }
    audio.copy_within(at + piece + fading.., at + fading);
    audio.truncate(audio.len() - piece);
    piece
}

/// Repeat a piece before `audio[at]` (what was played already is looked at, not changed), so that `most` samples are put in
/// in one or several goes; returns how many were, 0 if there is too little audio or no piece is like enough.
pub fn lengthen(
    audio: &mut Vec<i16>,
    at: usize,
    most: usize,
    sample_rate: u32,
    least_likeness: f32,
) -> usize {
    let stride = (sample_rate as usize / 8_000).max(1);
    let shortest = micros(sample_rate, MIN_PIECE_US);
    let fading = micros(sample_rate, FADE_US).min(audio.len().saturating_sub(at));
    let longest = most
        .max(shortest)
        .min(micros(sample_rate, MAX_PIECE_US))
        .min(at);
    if fading == 0 || longest < shortest {
        return 0;
    }
    let piece = if quiet(&audio[at - longest..], stride) {
        longest
    } else {
        let window = (fading * 2).min(audio.len() - at);
        let (piece, score) = search(shortest, longest, stride * 2, |lag| {
            // What would leave less to be put in than can be is no good.
            if lag < most && most - lag < shortest {
                return -1.0;
            }
            let likeness = correlation(
                &audio[at..at + window],
                &audio[at - lag..at - lag + window],
                stride,
            );
            likeness + 0.02 * lag as f32 / longest as f32
        });
        if score < least_likeness {
            return 0;
        }
        piece
    };
    // audio[at..] fades into the piece before `at`, which then runs into audio[at..] again.
    let old = audio.len();
    audio.resize(old + piece, 0);
    audio.copy_within(at..old, at + piece);
    let fading = fading.min(piece);
    for n in 0..piece {
        let repeated = audio[at + n - piece];
        audio[at + n] = if n < fading {
            fade(audio[at + piece + n], repeated, n, fading)
        } else {
            repeated
        };
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{speech_like, Tone};

    fn steepest(samples: &[i16]) -> i32 {
        samples
            .windows(2)
            .map(|w| (i32::from(w[0]) - i32::from(w[1])).abs())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn a_tone_made_shorter_or_longer_has_no_seam() {
        for rate in [8_000u32, 16_000, 48_000] {
            for hertz in [150.0, 440.0, 1_000.0] {
                let frame = rate as usize / 50;
                let mut tone = vec![0; frame * 6];
                Tone::new(rate, &[(hertz, -10.0)]).fill(&mut tone);
                let limit = steepest(&tone) * 11 / 10 + 20;
                let mut shorter = tone.clone();
                let taken = shorten(&mut shorter, frame * 3, frame, rate, 0.8);
                assert!(taken > 0 && shorter.len() == tone.len() - taken);
                assert!(
                    steepest(&shorter) <= limit,
                    "{rate} {hertz}: {} {limit}",
                    steepest(&shorter)
                );
                let mut longer = tone.clone();
                let put = lengthen(&mut longer, frame * 3, frame, rate, 0.8);
                assert!(put > 0 && longer.len() == tone.len() + put);
                assert!(
                    steepest(&longer) <= limit,
                    "{rate} {hertz}: {} {limit}",
                    steepest(&longer)
                );
            }
        }
    }

    #[test]
    fn what_does_not_repeat_is_left_alone_and_silence_goes_at_once() {
        let mut noise = crate::tone::Noise::new(3);
        let mut audio: Vec<i16> = (0..640).map(|_| noise.sample(8_000.0)).collect();
        assert_eq!(shorten(&mut audio, 160, 120, 8_000, 0.8), 0);
        assert_eq!(lengthen(&mut audio, 160, 120, 8_000, 0.8), 0);
        let mut silence = vec![3; 640];
        assert_eq!(shorten(&mut silence, 160, 7, 8_000, 0.8), 7);
        assert_eq!(shorten(&mut silence, 160, 500, 8_000, 0.8), 120);
    }

    #[test]
    fn no_length_makes_it_panic() {
        let speech = speech_like(8_000, 1.0, 2);
        for length in 0..400 {
            for at in [0, length / 2, length] {
                for most in [0, 10, 30, 1_000] {
                    let mut audio = speech[3_000..3_000 + length].to_vec();
                    shorten(&mut audio, at, most, 8_000, -2.0);
                    let mut audio = speech[3_000..3_000 + length].to_vec();
                    lengthen(&mut audio, at, most, 8_000, -2.0);
                }
            }
        }
    }
}

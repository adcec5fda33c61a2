//! Players: sounds one after the other, for one leg, for a room, or on a channel that many legs listen to.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use crate::command::Name;
use crate::resample::Resampler;

/// A sound held in memory, shared by all that play it.
#[derive(Debug, PartialEq, Eq)]
pub struct Sound {
    /// Hz: 8000, 16000 or 48000.
    pub rate: u32,
    pub samples: Vec<i16>,
}

impl Sound {
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.samples.len() as f64 / f64::from(self.rate))
    }
}

/// A position in a list of sounds.
pub struct Tape {
    sounds: Vec<Arc<Sound>>,
    repeat: bool,
    /// Linear.
    gain: f32,
    sound: usize,
    sample: usize,
    resampler: Option<((u32, u32), Resampler)>,
    scratch: Vec<i16>,
}

impl Tape {
    /// A tape at its beginning. `gain` is in dB.
    pub fn new(sounds: Vec<Arc<Sound>>, repeat: bool, gain: f32) -> Self {
        let sounds: Vec<_> = sounds
            .into_iter()
            .filter(|s| !s.samples.is_empty())
            .collect();
        Self {
            sounds,
            repeat,
            gain: 10_f32.powf(gain / 20.0),
            sound: 0,
            sample: 0,
            resampler: None,
            scratch: Vec::new(),
        }
    }

    /// Whether there is nothing left to hear.
    pub fn is_over(&self) -> bool {
        self.sound >= self.sounds.len()
    }

    /// The next samples at `rate` Hz; zeroes after the end.
    pub fn fill(&mut self, rate: u32, out: &mut [i16]) {
        let mut filled = 0;
        while filled < out.len() {
            let Some(sound) = self.sounds.get(self.sound).cloned() else {
                break;
            };
            let wanted = out.len() - filled;
            let ratio = (rate, sound.rate);
            // A sound of another rate is taken in whole frames of this call, so that every resampler gets whole steps.
            let taken = if sound.rate == rate {
                wanted
            } else {
                wanted * ratio.1 as usize / ratio.0 as usize
            };
            let available =
                &sound.samples[self.sample..(self.sample + taken).min(sound.samples.len())];
            if sound.rate == rate {
                out[filled..filled + available.len()].copy_from_slice(available);
                filled += available.len();
            } else {
                self.scratch.clear();
                self.scratch.extend_from_slice(available);
                self.scratch.resize(taken, 0);
                let resampler = match &mut self.resampler {
                    Some((made_for, resampler)) if *made_for == ratio => resampler,
                    other => &mut other.insert((ratio, Resampler::new(sound.rate, rate))).1,
                };
                resampler.process(&self.scratch, &mut out[filled..]);
                filled = out.len();
            }
            self.sample += available.len();
            if self.sample >= sound.samples.len() {
                self.sample = 0;
                self.sound += 1;
                if self.repeat && self.is_over() {
                    self.sound = 0;
                }
            }
        }
        out[filled..].fill(0);
        if (self.gain - 1.0).abs() > 1e-3 {
            for sample in out.iter_mut() {
                *sample = (f32::from(*sample) * self.gain).round() as i16;
            }
        }
    }

    /// Whether another tape goes over the same sounds in the same way, so that one can stand for both.
    pub fn is_like(&self, sounds: &[Arc<Sound>], gain: f32) -> bool {
        self.repeat
            && (self.gain - 10_f32.powf(gain / 20.0)).abs() < 1e-6
            && self.sounds.len() == sounds.len()
            && self
                .sounds
                .iter()
                .zip(sounds)
                .all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

/// What a player plays from.
pub enum Medium {
    /// Its own tape, from the beginning.
    Own(Tape),
    /// A channel of the engine (music on hold): heard from where it is.
    Channel(usize),
}

/// A player on a leg or in a room.
pub struct Player {
    pub name: Name,
    pub medium: Medium,
    pub interrupt_on_dtmf: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(rate: u32, samples: Vec<i16>) -> Arc<Sound> {
        Arc::new(Sound { rate, samples })
    }

    #[test]
    fn sounds_follow_each_other_within_a_frame() {
        let mut tape = Tape::new(
            vec![sound(8000, vec![1; 100]), sound(8000, vec![2; 100])],
            false,
            0.0,
        );
        let mut frame = [9; 160];
        tape.fill(8000, &mut frame);
        assert_eq!((frame[99], frame[100], frame[159]), (1, 2, 2));
        assert!(!tape.is_over());
        tape.fill(8000, &mut frame);
        assert_eq!((frame[39], frame[40]), (2, 0));
        assert!(tape.is_over());
    }

    #[test]
    fn a_repeated_tape_never_ends_and_an_empty_one_is_over() {
        let mut tape = Tape::new(vec![sound(8000, vec![5; 3])], true, 0.0);
        let mut frame = [0; 160];
        tape.fill(8000, &mut frame);
        assert!(frame.iter().all(|&s| s == 5));
        assert!(!tape.is_over());
        let mut empty = Tape::new(vec![sound(8000, vec![])], true, 0.0);
        assert!(empty.is_over());
        empty.fill(8000, &mut frame);
        assert_eq!(frame, [0; 160]);
    }

    #[test]
    fn gain_is_in_decibels_and_clips() {
        let mut tape = Tape::new(vec![sound(8000, vec![1000, -30_000])], false, 6.0206);
        let mut frame = [0; 2];
        tape.fill(8000, &mut frame);
        assert_eq!(frame, [2000, -32_768]);
    }

    #[test]
    fn a_tape_of_another_rate_keeps_its_length() {
        let mut tape = Tape::new(vec![sound(16_000, vec![1000; 1600])], false, 0.0);
        let mut frame = [0; 160];
        let mut ticks = 0;
        while !tape.is_over() {
            tape.fill(8000, &mut frame);
            ticks += 1;
        }
        assert_eq!(ticks, 5);
    }
}

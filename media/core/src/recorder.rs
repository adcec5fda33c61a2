//! Recorders: taps on a leg and its peer, or on a room's mix. What is tapped goes out as frames; files are not ours.
#![forbid(unsafe_code)]

use crate::command::{LegIndex, Name, Outcome};
use crate::engine::Place;
use crate::leg::{Leg, Link};
use crate::legs::Legs;
use crate::output::{Output, TapFrame};
use crate::resample::Resampler;
use crate::tick::{Tick, FRAME_MS};

/// More silence than this many ticks is not made up for missed ones.
const MAX_SILENCE: u64 = 500;

/// One recorder.
pub(crate) struct Recorder {
    pub name: Name,
    pub tap: u32,
    pub place: Place,
    rate: u32,
    converters: [Option<(u32, Resampler)>; 2],
}

impl Recorder {
    pub fn new(name: Name, tap: u32, place: Place, rate: u32) -> Self {
        Self {
            name,
            tap,
            place,
            rate,
            converters: [None, None],
        }
    }

    fn channels(&self) -> u16 {
        match self.place {
            Place::Leg(_) => 2,
            Place::Room(_) => 1,
        }
    }

    pub fn outcome(&self, fresh: bool) -> Outcome {
        Outcome::Recording {
            tap: self.tap,
            channels: self.channels(),
            rate: self.rate,
            fresh,
        }
    }

    pub fn is_of(&self, leg: LegIndex) -> bool {
        self.place == Place::Leg(leg)
    }

    /// What the leg says on the first channel, what its peer says on the second.
    pub fn tap(&mut self, legs: &mut Legs, tick: &Tick, out: &mut Output) {
        let frame = (self.rate / 1000 * FRAME_MS) as usize;
        let silence = frame * usize::from(self.channels()) * tick.missed.min(MAX_SILENCE) as usize;
        let Place::Leg(index) = self.place else {
            if silence > 0 {
                out.taps.push(TapFrame {
                    tap: self.tap,
                    samples: vec![0; silence],
                });
            }
            return;
        };
        let mut samples = vec![0; silence + frame * 2];
        let peer = match legs.get(index).map(|l| l.link) {
            Some(Link::Leg(peer)) => Some(peer),
            _ => None,
        };
        for (channel, leg) in [Some(index), peer].into_iter().enumerate() {
            let Some(leg) = leg.and_then(|l| legs.get_mut(l)) else {
                continue;
            };
            let converted = convert(leg, tick, self.rate, &mut self.converters[channel]);
            for (pair, &sample) in samples[silence..].chunks_exact_mut(2).zip(&converted) {
                pair[channel] = sample;
            }
        }
        out.taps.push(TapFrame {
            tap: self.tap,
            samples,
        });
    }
}

fn convert(
    leg: &mut Leg,
    tick: &Tick,
    to: u32,
    converter: &mut Option<(u32, Resampler)>,
) -> Vec<i16> {
    let Some(kind) = leg.kind() else {
        return Vec::new();
    };
    let from = kind.sample_rate();
    let Some(spoken) = leg.spoken(tick) else {
        return Vec::new();
    };
    if !matches!(converter, Some((rate, _)) if *rate == from) {
        *converter = Some((from, Resampler::new(from, to)));
    }
    let mut out = vec![0; (to / 1000 * FRAME_MS) as usize];
    if let Some((_, resampler)) = converter {
        resampler.process(spoken, &mut out);
    }
    out
}

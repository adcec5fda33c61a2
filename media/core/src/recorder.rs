//! Recorders: taps on a leg and its peer, or on a room's mix. What is tapped goes out as frames; files are not ours.
#![forbid(unsafe_code)]

use crate::command::{LegIndex, Name, Outcome};
use crate::engine::Place;
use crate::leg::{Leg, Link};
use crate::legs::Legs;
use crate::level::level;
use crate::output::{Output, TapFrame};
use crate::resample::Resampler;
use crate::room::Room;
use crate::tick::{Tick, FRAME_MS};

/// More silence than this many ticks is not made up for missed ones.
const MAX_SILENCE: u64 = 500;

/// What is fainter than this many -dBov is silence: fainter than any word on a bad line.
const FAINT: u8 = 55;

/// Ticks after which nothing of a voice sounds in the resampler any more.
const TAIL: u8 = 2;

/// From the rate of a voice to the recording's.
#[derive(Default)]
struct Converter {
    resampler: Option<(u32, Resampler)>,
    sounding: u8,
}

impl Converter {
    /// Converts 20 ms; None is silence.
    fn convert(&mut self, said: Option<&[i16]>, from: u32, to: u32) -> Vec<i16> {
        let mut out = vec![0; (to / 1000 * FRAME_MS) as usize];
        self.sounding = match said {
            Some(_) => TAIL,
            None if self.sounding == 0 => return out,
            None => self.sounding - 1,
        };
        if !matches!(self.resampler, Some((rate, _)) if rate == from) {
            self.resampler = Some((from, Resampler::new(from, to)));
        }
        if let Some((_, resampler)) = &mut self.resampler {
            let silence = [0; 960];
            let silence = &silence[..(from / 1000 * FRAME_MS) as usize];
            resampler.process(said.unwrap_or(silence), &mut out);
        }
        out
    }
}

/// One recorder.
pub(crate) struct Recorder {
    pub name: Name,
    pub tap: u32,
    pub place: Place,
    /// Only what the leg says, as others hear it: in a room, as it goes into the mix; nothing while it is connected to nobody.
    pub one_side: bool,
    /// It was connected to nobody when this began: what it says then is meant (a name).
    pub alone: bool,
    rate: u32,
    converters: [Converter; 2],
    /// Ticks of silence after which it is over (0: never), and how many there were.
    patience: u64,
    quiet: u64,
}

impl Recorder {
    pub fn new(
        name: Name,
        tap: u32,
        (place, one_side, alone): (Place, bool, bool),
        rate: u32,
        silence: u32,
    ) -> Self {
        Self {
            name,
            tap,
            place,
            one_side,
            alone,
            rate,
            converters: Default::default(),
            patience: u64::from(silence / FRAME_MS),
            quiet: 0,
        }
    }

    fn channels(&self) -> u16 {
        match self.place {
            Place::Leg(_) if !self.one_side => 2,
            _ => 1,
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

    /// The leg is decoded for this whatever others hear of it.
    pub fn is_tap(&self) -> bool {
        !self.one_side || self.alone
    }

    /// Nothing was said for as long as it waits for that.
    pub fn is_silent(&self) -> bool {
        self.patience > 0 && self.quiet >= self.patience
    }

    /// What the leg says on the first channel, what its peer says on the second. A room's mix is tapped by the room.
    pub fn tap(
        &mut self,
        legs: &mut Legs,
        rooms: &[Option<Box<Room>>],
        tick: &Tick,
        out: &mut Output,
    ) {
        let frame = (self.rate / 1000 * FRAME_MS) as usize;
        let channels = usize::from(self.channels());
        let mut samples = vec![0; frame * channels * tick.missed.min(MAX_SILENCE) as usize];
        if let Place::Leg(index) = self.place {
            let link = legs.get(index).map(|l| l.link);
            let peer = match link {
                Some(Link::Leg(peer)) => Some(peer),
                _ => None,
            };
            if let (true, Some(Link::Room { room, seat })) = (self.one_side, link) {
                let said = rooms.get(room).and_then(Option::as_ref);
                let said = said.and_then(|r| r.said(seat));
                samples.extend(self.voice(0, index, legs, said));
            } else if self.one_side {
                let heard = peer.is_some() || (self.alone && link == Some(Link::Nothing));
                let speaks = heard.then_some(index);
                samples.extend(self.spoken(0, speaks, legs, tick));
            } else {
                let own = self.spoken(0, Some(index), legs, tick);
                let others = self.spoken(1, peer, legs, tick);
                samples.extend(own.iter().zip(&others).flat_map(|(&a, &b)| [a, b]));
            }
        }
        if self.patience > 0 {
            let said = samples.len() - samples.len().min(frame);
            self.quiet = match level(&samples[said..]) {
                FAINT.. => self.quiet + 1 + tick.missed,
                _ => 0,
            };
        }
        if !samples.is_empty() {
            let tap = self.tap;
            out.taps.push(TapFrame { tap, samples });
        }
    }

    /// What a leg says, whoever hears it.
    fn spoken(
        &mut self,
        channel: usize,
        leg: Option<LegIndex>,
        legs: &mut Legs,
        tick: &Tick,
    ) -> Vec<i16> {
        let leg = leg.and_then(|l| legs.get_mut(l));
        let rate = leg.as_ref().and_then(|l| l.kind());
        let rate = rate.map_or(self.rate, |k| k.sample_rate());
        let said = leg.and_then(|l| l.spoken(tick));
        self.converters[channel].convert(said, rate, self.rate)
    }

    fn voice(
        &mut self,
        channel: usize,
        leg: LegIndex,
        legs: &Legs,
        said: Option<&[i16]>,
    ) -> Vec<i16> {
        let kind = legs.get(leg).and_then(Leg::kind);
        let rate = kind.map_or(self.rate, |k| k.sample_rate());
        self.converters[channel].convert(said, rate, self.rate)
    }
}

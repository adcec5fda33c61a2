//! A room: who is in it, who talks, and the mix that all the others share.
//!
//! Each tick: the members' levels, the choice of talkers, one bus per sample rate, one encoder per group of
//! listeners. A talker hears the mix without himself from an encoder of his own, which begins as a copy of his
//! group's, taken before his voice enters. Listeners with a gain of their own on what they hear are groups of their own.
#![forbid(unsafe_code)]

use crate::codec::CodecKind;
use crate::command::{Event, LegIndex, Name};
use crate::denoise::{Denoiser, WARMING_MS};
use crate::encoding::{Effort, Encoding, EncodingKey};
use crate::guard::guarded;
use crate::leg::{Leg, Mouth};
use crate::legs::Legs;
use crate::level;
use crate::limiter::Limiter;
use crate::output::{Output, TapFrame};
use crate::player::{Medium, Player};
use crate::resample::Resampler;
use crate::talkers::{choose, Voice, SILENCE};
use crate::tick::{Tick, FRAME_MS};

/// Sample rates a room mixes at.
const RATES: [u32; 3] = [8_000, 16_000, 48_000];
/// How long after his last word a talker goes back to his group, ticks.
const RETURN: u64 = 25;
/// Ticks after which the tail of a resampler's filter is over.
const TAIL: u8 = 2;
/// So many talkers with encoders of their own in a room all get good ones; with more, each gets a quick one, and the others' is
/// brisk: who hears five voices at once does not hear the difference.
const FEW: usize = 4;
/// Where more are encoded for alone than may talk, who is not heard goes back to his group after so many ticks.
const RETURN_SOON: u64 = 5;
/// A group without listeners is forgotten after so many ticks.
const FORGET: u64 = 250;

/// What somebody hears of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ear {
    Nothing,
    /// The mix with a gain, in tenths of a dB.
    Mix(i16),
}

impl Ear {
    /// `gain` in dB.
    pub fn new(deaf: bool, gain: f32) -> Self {
        match deaf {
            true => Ear::Nothing,
            false => Ear::Mix((gain.clamp(-60.0, 30.0) * 10.0).round() as i16),
        }
    }

    /// Linear.
    fn gain(self) -> f32 {
        match self {
            Ear::Nothing => 0.0,
            Ear::Mix(0) => 1.0,
            Ear::Mix(tenths) => 10_f32.powf(f32::from(tenths) / 200.0),
        }
    }
}

/// On what terms somebody is in the room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// The room does not hear him.
    pub muted: bool,
    /// Linear, on what he says.
    pub gain: f32,
    pub ear: Ear,
    pub noise_suppression: bool,
}

/// A leg in the room.
pub struct Member {
    pub leg: LegIndex,
    pub terms: Terms,
    /// The gain his voice had in the last frame.
    gain: f32,
    /// Where his noise is to be suppressed, and he has talked.
    denoiser: Option<Box<Denoiser>>,
    /// How far his voice is faded in, 0 to 1.
    fade: f32,
    /// He has an encoder of his own until this tick.
    solo_until: u64,
    /// What he said in this tick, as it went into the mix, or was decoded to find out how loud it is.
    said: Vec<i16>,
    /// `said` is part of the mix.
    mixed: bool,
    /// He is decoded in this tick only if he is to be heard: how loud he is is known without.
    lazy: bool,
    limiter: Limiter,
}

impl Member {
    pub fn new(leg: LegIndex, terms: Terms) -> Self {
        Self {
            leg,
            terms,
            gain: terms.gain,
            denoiser: None,
            fade: 0.0,
            solo_until: 0,
            said: Vec::new(),
            mixed: false,
            lazy: true,
            limiter: Limiter::default(),
        }
    }

    /// He is encoded for alone in the tick of that number.
    fn is_alone(&self, tick: u64) -> bool {
        self.solo_until > tick && self.terms.ear != Ear::Nothing
    }

    /// Frees what he said from noise.
    fn denoise(&mut self, leg: &mut Leg, kind: CodecKind, tick: &Tick) {
        let Some(jitter) = &mut leg.jitter else {
            return;
        };
        let rate = kind.sample_rate();
        // Another codec is another rate.
        self.denoiser = self.denoiser.take().filter(|d| d.rate == rate);
        let denoiser = self
            .denoiser
            .get_or_insert_with(|| Box::new(Denoiser::new(rate)));
        let past = jitter.past(self.said.len());
        denoiser.process(&mut self.said, past, tick.number);
    }

    /// Keeps ready what noise suppression needs, if it is wanted; returns how loud he is without his noise.
    fn without_noise(&mut self, leg: &mut Leg, level: f32, number: u64) -> f32 {
        if let Some(jitter) = &mut leg.jitter {
            let wanted = self.terms.noise_suppression;
            jitter.remember(if wanted { WARMING_MS + FRAME_MS } else { 0 });
        }
        if !self.terms.noise_suppression {
            self.denoiser = None;
        }
        match &mut self.denoiser {
            Some(denoiser) => denoiser.heard(level, number),
            None => level,
        }
    }
}

struct Bus {
    rate: u32,
    /// What is said at this rate.
    native: Vec<i32>,
    /// Ticks until nothing of `native` sounds any more.
    sounding: u8,
    /// From the other buses.
    converters: [Option<Resampler>; 3],
    mix: Vec<i32>,
    limiter: Limiter,
    limited: Vec<i16>,
    needed: bool,
    /// `mix` and `limited` are silence, and were already in the tick before.
    silent: bool,
    still_silent: bool,
}

impl Bus {
    fn new(rate: u32) -> Self {
        Self {
            rate,
            native: Vec::new(),
            sounding: 0,
            converters: [None, None, None],
            mix: Vec::new(),
            limiter: Limiter::default(),
            limited: Vec::new(),
            needed: false,
            silent: false,
            still_silent: false,
        }
    }

    fn frame(&self) -> usize {
        (self.rate / 1000 * FRAME_MS) as usize
    }

    fn add(&mut self, samples: &[i16]) {
        let frame = self.frame();
        self.native.resize(frame, 0);
        for (sum, &sample) in self.native.iter_mut().zip(samples) {
            *sum += i32::from(sample);
        }
        self.sounding = TAIL;
    }

    /// What was said is over.
    fn clear(&mut self) {
        if self.sounding > 0 {
            self.native.fill(0);
        }
        self.needed = false;
    }
}

/// Listeners who share an encoder.
struct Group {
    encoding: Encoding,
    ear: Ear,
    /// For those with a gain of their own: the gain of the last frame, and what they hear.
    gain: f32,
    limiter: Limiter,
    frame: Vec<i16>,
    bus: usize,
    /// What the worst of them reports lost, percent.
    lost: u8,
    /// Has listeners in this tick, and when it last had.
    needed: bool,
    last_needed: u64,
}

impl Group {
    fn new(encoding: Encoding, ear: Ear, gain: f32, number: u64) -> Self {
        let bus = bus_of(encoding.key.kind);
        Self {
            encoding,
            ear,
            gain,
            limiter: Limiter::default(),
            frame: Vec::new(),
            bus,
            lost: 0,
            needed: true,
            last_needed: number,
        }
    }

    fn is_for(&self, key: EncodingKey, ear: Ear) -> bool {
        self.ear == ear && self.encoding.key == key
    }

    /// Encodes what its listeners hear of the bus.
    fn feed(&mut self, bus: &Bus, scratch: &mut Vec<i32>) {
        match self.ear {
            _ if bus.still_silent && self.encoding.feed_silence(bus.frame()) => return,
            Ear::Mix(0) if self.gain == 1.0 => return self.encoding.feed(&bus.limited),
            Ear::Nothing => {
                self.frame.clear();
                self.frame.resize(bus.mix.len(), 0);
            }
            Ear::Mix(_) => {
                self.frame.resize(bus.mix.len(), 0);
                amplify(&bus.mix, (self.gain, self.ear.gain()), scratch);
                self.gain = self.ear.gain();
                self.limiter.process(scratch, &mut self.frame);
            }
        }
        self.encoding.feed(&self.frame);
    }
}

/// A mixing room.
pub struct Room {
    pub name: Name,
    pub max_talkers: usize,
    pub members: Vec<Member>,
    pub voices: Vec<Voice>,
    pub players: Vec<Player>,
    /// Somebody wants the levels.
    pub watched: bool,
    /// Recorders of the mix.
    pub taps: Vec<u32>,
    buses: [Bus; 3],
    groups: Vec<Group>,
    order: Vec<(f32, usize)>,
    /// Talkers who were encoded for alone in the last tick.
    alone: usize,
    scratch: Vec<i16>,
    sums: Vec<i32>,
    input: Vec<i16>,
}

/// The rate of a room's recording, Hz.
pub const RECORD_RATE: u32 = 16_000;

fn bus_of(kind: CodecKind) -> usize {
    match kind.sample_rate() {
        8_000 => 0,
        16_000 => 1,
        _ => 2,
    }
}

fn clamp(sample: i32) -> i16 {
    sample.clamp(-32_768, 32_767) as i16
}

impl Room {
    pub fn new(name: Name, max_talkers: usize) -> Self {
        Self {
            name,
            max_talkers,
            members: Vec::new(),
            voices: Vec::new(),
            players: Vec::new(),
            watched: false,
            taps: Vec::new(),
            buses: RATES.map(Bus::new),
            groups: Vec::new(),
            order: Vec::new(),
            alone: 0,
            scratch: Vec::new(),
            sums: Vec::new(),
            input: Vec::new(),
        }
    }

    /// What the room heard in its last tick of who has that seat; None: nothing.
    pub fn said(&self, seat: usize) -> Option<&[i16]> {
        let member = self.members.get(seat)?;
        member.mixed.then_some(member.said.as_slice())
    }

    /// Takes a seat; returns its number.
    pub fn join(&mut self, member: Member) -> usize {
        self.members.push(member);
        self.voices.push(Voice::default());
        self.members.len() - 1
    }

    /// Leaves the seat; returns the leg that moved into it.
    pub fn leave(&mut self, seat: usize) -> Option<LegIndex> {
        self.members.swap_remove(seat);
        self.voices.swap_remove(seat);
        self.members.get(seat).map(|m| m.leg)
    }

    /// Nothing to do at a tick.
    pub fn is_idle(&self) -> bool {
        self.members.is_empty() && self.taps.is_empty() && self.players.is_empty()
    }

    /// One tick: hears everyone, mixes, and sends to everyone. `index` is the room's own.
    pub fn mix(
        &mut self,
        index: usize,
        legs: &mut Legs,
        tick: &Tick,
        failed: &mut Vec<LegIndex>,
        out: &mut Output,
    ) {
        self.measure(legs, tick, failed, out);
        choose(&mut self.voices, self.max_talkers, &mut self.order);
        self.collect(legs, tick, failed);
        self.play();
        self.sum();
        self.encode(legs, tick);
        self.send(index, legs, tick, failed, out);
        self.record(out);
        if self.watched && tick.number.is_multiple_of(10) {
            self.tell_levels(legs, out);
        }
    }

    /// How loud everyone is. G.711 tells by its payloads, and packets may tell themselves (RFC 6464); what else there is must
    /// be decoded.
    fn measure(
        &mut self,
        legs: &mut Legs,
        tick: &Tick,
        failed: &mut Vec<LegIndex>,
        out: &mut Output,
    ) {
        self.buses.iter_mut().for_each(Bus::clear);
        for (member, voice) in self.members.iter_mut().zip(&mut self.voices) {
            member.mixed = false;
            let Some(leg) = legs.get_mut(member.leg) else {
                continue;
            };
            let Some(kind) = leg.kind() else { continue };
            self.buses[bus_of(kind)].needed = true;
            let mut level = leg.take_loudest();
            let unheard = member.terms.muted || !leg.hears();
            member.lazy = leg.tells_loudness() || (unheard && !leg.listens_for_keys());
            if !member.lazy {
                let said = &mut member.said;
                match guarded(|| decode(leg, kind, tick, said)) {
                    Some(found) => level = found,
                    None => failed.push(member.leg),
                }
            }
            level = member.without_noise(leg, level, tick.number);
            if unheard {
                level = SILENCE;
            }
            if voice.hear(level) {
                out.events.push(Event::TalkingChanged {
                    leg: leg.name.clone(),
                    room: self.name.clone(),
                    talking: voice.talking,
                });
            }
        }
    }

    /// What the chosen say goes to the bus of its rate, faded in and out.
    fn collect(&mut self, legs: &mut Legs, tick: &Tick, failed: &mut Vec<LegIndex>) {
        for (member, voice) in self.members.iter_mut().zip(&self.voices) {
            let Some(leg) = legs.get_mut(member.leg) else {
                continue;
            };
            let Some(kind) = leg.kind() else { continue };
            let frame = (kind.sample_rate() / 1000 * FRAME_MS) as usize;
            let audible =
                voice.chosen && !member.terms.muted && leg.hears() && !leg.is_keying(tick.end);
            if !audible && member.fade == 0.0 && !leg.hears_key() {
                if member.lazy && leg.taps == 0 {
                    if let Some(jitter) = &mut leg.jitter {
                        jitter.skip(tick.end, frame);
                    }
                }
                continue;
            }
            if member.lazy {
                let said = &mut member.said;
                match guarded(|| decode(leg, kind, tick, said)) {
                    Some(level) => leg.claims.check(voice.level, level),
                    None => {
                        failed.push(member.leg);
                        continue;
                    }
                }
            }
            if member.terms.noise_suppression
                && guarded(|| member.denoise(leg, kind, tick)).is_none()
            {
                failed.push(member.leg);
                continue;
            }
            if member.solo_until <= tick.number {
                // A copy of the group's encoder, before this voice enters the mix.
                leg.encoding = leg.media.as_ref().and_then(|media| {
                    let (key, ear) = (EncodingKey::from(&media.codec), member.terms.ear);
                    let group = self.groups.iter().find(|g| g.is_for(key, ear))?;
                    Some(Box::new(group.encoding.clone()))
                });
            }
            member.solo_until = tick.number + RETURN;
            let target = if audible { 1.0 } else { 0.0 };
            let (from, to) = (member.fade * member.gain, target * member.terms.gain);
            if from != 1.0 || to != 1.0 {
                ramp(&mut member.said, from, to);
            }
            (member.fade, member.gain) = (target, member.terms.gain);
            self.buses[bus_of(kind)].add(&member.said);
            member.mixed = true;
        }
    }

    /// Players of the room are mixed in at the highest rate that somebody listens to.
    fn play(&mut self) {
        if !self.taps.is_empty() {
            self.buses[1].needed = true;
        }
        if self.players.is_empty() {
            return;
        }
        let bus = self.buses.iter_mut().rev().find(|b| b.needed);
        let rate = bus.as_ref().map_or(8_000, |b| b.rate);
        self.scratch.resize((rate / 1000 * FRAME_MS) as usize, 0);
        if let Some(bus) = bus {
            for player in &mut self.players {
                if let Medium::Own(tape) = &mut player.medium {
                    tape.fill(rate, &mut self.scratch);
                    bus.add(&self.scratch);
                }
            }
        } else {
            for player in &mut self.players {
                if let Medium::Own(tape) = &mut player.medium {
                    tape.fill(rate, &mut self.scratch);
                }
            }
        }
    }

    /// Each needed bus gets what was said at its own rate and, converted once, what was said at the others.
    fn sum(&mut self) {
        let silent = self.buses.iter().all(|b| b.sounding == 0);
        for to in 0..self.buses.len() {
            let bus = &mut self.buses[to];
            bus.still_silent = bus.silent && silent;
            if !bus.needed || bus.still_silent {
                bus.silent &= silent;
                continue;
            }
            let frame = self.buses[to].frame();
            let mut mix = std::mem::take(&mut self.buses[to].mix);
            mix.clear();
            self.buses[to].native.resize(frame, 0);
            mix.extend_from_slice(&self.buses[to].native);
            for from in 0..self.buses.len() {
                if from == to || self.buses[from].sounding == 0 {
                    continue;
                }
                let (from_rate, to_rate) = (self.buses[from].rate, self.buses[to].rate);
                let length = self.buses[from].frame();
                self.input.clear();
                self.input
                    .extend(self.buses[from].native.iter().map(|&s| clamp(s)));
                self.input.resize(length, 0);
                self.scratch.resize(frame, 0);
                let converter = self.buses[to].converters[from]
                    .get_or_insert_with(|| Resampler::new(from_rate, to_rate));
                converter.process(&self.input, &mut self.scratch);
                for (sum, &sample) in mix.iter_mut().zip(&self.scratch) {
                    *sum += i32::from(sample);
                }
            }
            let bus = &mut self.buses[to];
            bus.mix = mix;
            bus.limited.resize(frame, 0);
            bus.limiter.process(&bus.mix, &mut bus.limited);
            bus.silent = silent && bus.limiter.is_at_rest();
        }
        for bus in &mut self.buses {
            bus.sounding = bus.sounding.saturating_sub(1);
        }
    }

    /// One encoding for each group that has listeners.
    fn encode(&mut self, legs: &mut Legs, tick: &Tick) {
        let crowded = self.alone > self.max_talkers;
        for group in &mut self.groups {
            group.needed = false;
            group.lost = 0;
            group.encoding.gaps = true;
        }
        for member in &mut self.members {
            let Some(leg) = legs.get_mut(member.leg) else {
                continue;
            };
            let Some(media) = &leg.media else { continue };
            if crowded && member.solo_until <= tick.number + RETURN - RETURN_SOON {
                member.solo_until = member.solo_until.min(tick.number);
            }
            if member.is_alone(tick.number) || !leg.is_open() {
                continue;
            }
            let (key, ear) = (EncodingKey::from(&media.codec), member.terms.ear);
            let gaps = media.codec.gaps;
            let returning = if member.solo_until == 0 {
                None
            } else {
                leg.encoding.take().filter(|own| own.key == key)
            };
            member.solo_until = 0;
            let found = match self.groups.iter().position(|g| g.is_for(key, ear)) {
                Some(found) => {
                    // A group nobody listened to goes on from where he was.
                    let group = &mut self.groups[found];
                    if let Some(own) = returning.filter(|_| group.last_needed + 1 < tick.number) {
                        group.encoding = *own;
                        group.encoding.gaps = true;
                    }
                    found
                }
                None => {
                    let Some(group) = begin(&self.groups, (key, ear), returning, tick.number)
                    else {
                        continue;
                    };
                    self.groups.push(group);
                    self.groups.len() - 1
                }
            };
            let group = &mut self.groups[found];
            group.needed = true;
            group.encoding.gaps &= gaps;
            group.lost = group.lost.max(leg.remote_loss());
            group.last_needed = tick.number;
        }
        self.groups.retain(|g| g.last_needed + FORGET > tick.number);
        let effort = if self.alone > FEW {
            Effort::Brisk
        } else {
            Effort::Full
        };
        for group in self.groups.iter_mut().filter(|g| g.needed) {
            group.encoding.tune(effort, group.lost);
            group.feed(&self.buses[group.bus], &mut self.sums);
        }
    }

    fn send(
        &mut self,
        index: usize,
        legs: &mut Legs,
        tick: &Tick,
        failed: &mut Vec<LegIndex>,
        out: &mut Output,
    ) {
        let effort = if self.alone > FEW {
            Effort::Quick
        } else {
            Effort::Full
        };
        self.alone = 0;
        for member in &mut self.members {
            let Some(leg) = legs.get_mut(member.leg) else {
                continue;
            };
            if !leg.is_open() || !leg.sends() {
                continue;
            }
            let Some(media) = &leg.media else { continue };
            let key = EncodingKey::from(&media.codec);
            let ear = member.terms.ear;
            let bus = &self.buses[bus_of(key.kind)];
            let group = match member.is_alone(tick.number) {
                true => None,
                false => self.groups.iter().find(|g| g.is_for(key, ear)),
            };
            self.alone += usize::from(group.is_none());
            let (scratch, sums) = (&mut self.scratch, &mut self.sums);
            let sent = guarded(|| {
                leg.speak_as(Mouth::Room(index));
                match group {
                    Some(group) => leg.send_encoded(&group.encoding, tick.end, out),
                    None => {
                        without(&bus.mix, member, sums, scratch);
                        leg.say(scratch, effort, tick.end, out);
                    }
                }
            });
            if sent.is_none() {
                failed.push(member.leg);
            }
        }
    }

    fn record(&mut self, out: &mut Output) {
        for &tap in &self.taps {
            out.taps.push(TapFrame {
                tap,
                samples: self.buses[1].limited.clone(),
            });
        }
    }

    fn tell_levels(&self, legs: &Legs, out: &mut Output) {
        let levels = self
            .members
            .iter()
            .zip(&self.voices)
            .filter_map(|(member, voice)| {
                let leg = legs.get(member.leg)?;
                Some((leg.name.clone(), voice.level.clamp(SILENCE, 0.0) as i8))
            });
        out.events.push(Event::Levels {
            room: self.name.clone(),
            levels: levels.collect(),
        });
    }
}

/// A group for its first listener. It goes on from where he was: talking, or with another gain.
fn begin(
    groups: &[Group],
    (key, ear): (EncodingKey, Ear),
    returning: Option<Box<Encoding>>,
    number: u64,
) -> Option<Group> {
    let alike = groups.iter().find(|g| g.encoding.key == key);
    let (mut encoding, gain) = match (returning, alike) {
        (Some(own), _) => (*own, ear.gain()),
        (None, Some(alike)) => (alike.encoding.clone(), alike.ear.gain()),
        (None, None) => (Encoding::new(key).ok()?, ear.gain()),
    };
    encoding.gaps = true;
    Some(Group::new(encoding, ear, gain, number))
}

/// Decodes what a leg says in this tick; returns its level, dBov.
fn decode(leg: &mut Leg, kind: CodecKind, tick: &Tick, said: &mut Vec<i16>) -> f32 {
    said.clear();
    let Some(spoken) = leg.spoken(tick) else {
        said.resize((kind.sample_rate() / 1000 * FRAME_MS) as usize, 0);
        return SILENCE;
    };
    said.extend_from_slice(spoken);
    -f32::from(level::level(said))
}

/// Goes from one gain to another within half a frame (10 ms).
fn ramp(samples: &mut [i16], from: f32, to: f32) {
    let half = samples.len() / 2;
    let step = (to - from) / half.max(1) as f32;
    for (n, sample) in samples.iter_mut().enumerate() {
        let gain = if n < half { from + step * n as f32 } else { to };
        *sample = (f32::from(*sample) * gain).clamp(-32_768.0, 32_767.0) as i16;
    }
}

/// The same for a mix, into `out`.
fn amplify(mix: &[i32], (from, to): (f32, f32), out: &mut Vec<i32>) {
    let half = mix.len() / 2;
    let step = (to - from) / half.max(1) as f32;
    out.clear();
    out.extend(mix.iter().enumerate().map(|(n, &sample)| {
        let gain = if n < half { from + step * n as f32 } else { to };
        (sample as f32 * gain) as i32
    }));
}

/// The mix without what the member himself said in it, as loud as he wants it.
fn without(mix: &[i32], member: &mut Member, sums: &mut Vec<i32>, out: &mut Vec<i16>) {
    out.resize(mix.len(), 0);
    let gain = member.terms.ear.gain();
    sums.clear();
    if member.mixed {
        sums.extend(
            mix.iter()
                .zip(&member.said)
                .map(|(&sum, &own)| sum - i32::from(own)),
        );
    } else {
        sums.extend_from_slice(mix);
    }
    if gain != 1.0 {
        for sum in sums.iter_mut() {
            *sum = (*sum as f32 * gain) as i32;
        }
    }
    member.limiter.process(sums, out);
}

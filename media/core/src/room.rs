//! A room: who is in it, who talks, and the mix that all the others share.
//!
//! Each tick: the members' levels, the choice of talkers, one bus per sample rate, one encoder per group of
//! listeners. A talker hears the mix without himself from an encoder of his own, which begins as a copy of his
//! group's, taken before his voice enters.
#![forbid(unsafe_code)]

use crate::codec::CodecKind;
use crate::command::{Event, LegIndex, Name};
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

/// A leg in the room.
pub struct Member {
    pub leg: LegIndex,
    /// The room does not hear him.
    pub muted: bool,
    /// He does not hear the room.
    pub deaf: bool,
    /// Linear, on what he says.
    pub gain: f32,
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
    pub fn new(leg: LegIndex, muted: bool, deaf: bool, gain: f32) -> Self {
        Self {
            leg,
            muted,
            deaf,
            gain,
            fade: 0.0,
            solo_until: 0,
            said: Vec::new(),
            mixed: false,
            lazy: true,
            limiter: Limiter::default(),
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
}

/// Listeners who share an encoder.
struct Group {
    encoding: Encoding,
    bus: usize,
    /// What the worst of them reports lost, percent.
    lost: u8,
    /// Has listeners in this tick, and when it last had.
    needed: bool,
    last_needed: u64,
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
            input: Vec::new(),
        }
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
        for bus in &mut self.buses {
            bus.native.fill(0);
            bus.needed = false;
        }
        for (member, voice) in self.members.iter_mut().zip(&mut self.voices) {
            member.mixed = false;
            let Some(leg) = legs.get_mut(member.leg) else {
                continue;
            };
            let Some(kind) = leg.kind() else { continue };
            self.buses[bus_of(kind)].needed = true;
            let mut level = leg.take_loudest();
            let unheard = member.muted || !leg.hears();
            member.lazy = leg.tells_loudness() || (unheard && !leg.listens_for_keys());
            if !member.lazy {
                let said = &mut member.said;
                match guarded(|| decode(leg, kind, tick, said)) {
                    Some(found) => level = found,
                    None => failed.push(member.leg),
                }
            }
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
            let audible = voice.chosen && !member.muted && leg.hears() && !leg.is_keying(tick.end);
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
            if member.solo_until <= tick.number {
                // A copy of the group's encoder, before this voice enters the mix.
                leg.encoding = leg.media.as_ref().and_then(|media| {
                    let key = EncodingKey::from(&media.codec);
                    let group = self.groups.iter().find(|g| g.encoding.key == key)?;
                    Some(Box::new(group.encoding.clone()))
                });
            }
            member.solo_until = tick.number + RETURN;
            let target = if audible { 1.0 } else { 0.0 };
            if member.fade != target || member.gain != 1.0 {
                ramp(&mut member.said, member.fade, target, member.gain);
                member.fade = target;
            }
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
        for to in 0..self.buses.len() {
            if !self.buses[to].needed {
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
        }
        for member in &mut self.members {
            let Some(leg) = legs.get_mut(member.leg) else {
                continue;
            };
            let Some(media) = &leg.media else { continue };
            if crowded && member.solo_until <= tick.number + RETURN - RETURN_SOON {
                member.solo_until = member.solo_until.min(tick.number);
            }
            if member.solo_until > tick.number || member.deaf || !leg.is_open() {
                continue;
            }
            let key = EncodingKey::from(&media.codec);
            let returning = if member.solo_until == 0 {
                None
            } else {
                leg.encoding.take()
            };
            member.solo_until = 0;
            match self.groups.iter_mut().find(|g| g.encoding.key == key) {
                Some(group) => {
                    // A group nobody listened to goes on from where he was.
                    if let Some(own) = returning
                        .filter(|own| group.last_needed + 1 < tick.number && own.key == key)
                    {
                        group.encoding = *own;
                    }
                    group.needed = true;
                    group.lost = group.lost.max(leg.remote_loss());
                    group.last_needed = tick.number;
                }
                None => {
                    let encoding = returning
                        .filter(|own| own.key == key)
                        .map_or_else(|| Encoding::new(key), |own| Ok(*own));
                    if let Ok(encoding) = encoding {
                        let bus = bus_of(key.kind);
                        self.groups.push(Group {
                            encoding,
                            bus,
                            lost: 0,
                            needed: true,
                            last_needed: tick.number,
                        });
                    }
                }
            }
        }
        self.groups.retain(|g| g.last_needed + FORGET > tick.number);
        let effort = if self.alone > FEW {
            Effort::Brisk
        } else {
            Effort::Full
        };
        for group in self.groups.iter_mut().filter(|g| g.needed) {
            group.encoding.tune(effort, group.lost);
            group.encoding.feed(&self.buses[group.bus].limited);
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
            let bus = &self.buses[bus_of(media.codec.kind)];
            let alone = member.solo_until > tick.number || member.deaf;
            let group = (!alone)
                .then(|| {
                    self.groups
                        .iter()
                        .find(|g| g.encoding.key == EncodingKey::from(&media.codec))
                })
                .flatten();
            self.alone += usize::from(group.is_none());
            let scratch = &mut self.scratch;
            let input = &mut bus.mix.as_slice();
            let sent = guarded(|| {
                leg.speak_as(Mouth::Room(index));
                if let Some(group) = group {
                    leg.send_encoded(&group.encoding, tick.end, out);
                    return;
                }
                scratch.clear();
                if member.deaf {
                    scratch.resize(input.len(), 0);
                } else {
                    without(input, member, scratch);
                }
                leg.say(scratch, effort, tick.end, out);
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

/// Fades from one gain to another within half a frame (10 ms), times a constant gain.
fn ramp(samples: &mut [i16], from: f32, to: f32, gain: f32) {
    let half = samples.len() / 2;
    let step = (to - from) / half.max(1) as f32;
    for (n, sample) in samples.iter_mut().enumerate() {
        let fade = if n < half { from + step * n as f32 } else { to };
        *sample = (f32::from(*sample) * fade * gain).clamp(-32_768.0, 32_767.0) as i16;
    }
}

/// The mix without what the member himself said in it.
fn without(mix: &[i32], member: &mut Member, out: &mut Vec<i16>) {
    out.resize(mix.len(), 0);
    if member.mixed {
        let rest: Vec<i32> = mix
            .iter()
            .zip(&member.said)
            .map(|(&sum, &own)| sum - i32::from(own))
            .collect();
        member.limiter.process(&rest, out);
    } else {
        member.limiter.process(mix, out);
    }
}

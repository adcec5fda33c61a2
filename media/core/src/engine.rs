//! The engine: every leg, room, player and recorder of one media thread. It has no sockets and no clock of its own:
//! commands, packets and ticks are handed in with their time, and what is to be done outside is drained from `output`.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::agreement::LegMedia;
use crate::channel::Channels;
use crate::command::{
    Command, Connection, Event, LegIndex, Name, Outcome, PlayEnd, Refusal, Target,
};
use crate::dtmf::{event_of, EventSender};
use crate::leg::{Digits, Leg, Link};
use crate::legs::Legs;
use crate::line::Line;
use crate::output::{Attention, Output};
use crate::player::{Medium, Player, Sound, Tape};
use crate::recorder::Recorder;
use crate::room::{Ear, Member, Room, Terms, RECORD_RATE};
use crate::time::Time;
use crate::tone::Noise;
use crate::webrtc::Port;

/// More legs than this are refused.
const MAX_LEGS: usize = 20_000;
/// More rooms, players or recorders than this are refused.
const MAX_THINGS: usize = 20_000;
/// More digits than this at once are refused.
const MAX_DIGITS: usize = 128;
/// Repeated sounds at least this long are music, shared by all that hear them.
const MUSIC: Duration = Duration::from_secs(15);

/// Where a player or recorder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Leg(LegIndex),
    Room(usize),
}

/// See the module.
pub struct Engine {
    pub(crate) legs: Legs,
    pub(crate) rooms: Vec<Option<Box<Room>>>,
    room_names: HashMap<Name, usize>,
    pub(crate) plays: HashMap<Name, Place>,
    pub(crate) channels: Channels,
    pub(crate) recorders: Vec<Recorder>,
    next_tap: u32,
    random: Noise,
    /// Wall clock at time 0.
    epoch: Duration,
    pub(crate) ticks: u64,
    pub(crate) missed_ticks: u64,
    pub(crate) port: Port,
    /// To be drained after each call.
    pub output: Output,
}

impl Engine {
    /// `seed` should be unpredictable; `epoch` is the time since 1970 at `Time(0)`.
    pub fn new(seed: u64, epoch: Duration) -> Self {
        Self {
            legs: Legs::default(),
            rooms: Vec::new(),
            room_names: HashMap::new(),
            plays: HashMap::new(),
            channels: Channels::default(),
            recorders: Vec::new(),
            next_tap: 1,
            random: Noise::new(seed),
            epoch,
            ticks: 0,
            missed_ticks: 0,
            port: Port::default(),
            output: Output::default(),
        }
    }

    /// Ticks so far, missed ones too.
    pub fn ticks(&self) -> u64 {
        self.ticks
    }

    pub(crate) fn unix(&self, now: Time) -> Duration {
        self.epoch + Duration::from_nanos(now.0)
    }

    /// Carries out one command.
    ///
    /// # Errors
    /// Why it was refused; nothing has changed then.
    pub fn command(&mut self, command: Command, now: Time) -> Result<Outcome, Refusal> {
        match command {
            Command::OpenLeg {
                leg,
                browser,
                lost_after,
            } => self.open_leg(leg, browser, lost_after, now),
            Command::SetMedia { leg, media } => self.set_media(&leg, media, now),
            Command::CloseLeg { leg } => Ok(self.close_leg(&leg, now)),
            Command::Connect { leg, to } => self.connect(&leg, to),
            Command::OpenRoom { room, max_talkers } => self.open_room(room, max_talkers),
            Command::CloseRoom { room } => Ok(self.close_room(&room)),
            Command::Play {
                play,
                target,
                sounds,
                repeat,
                queue,
                interrupt_on_dtmf,
                gain,
            } => {
                if self.plays.contains_key(&play) {
                    return Ok(Outcome::Done);
                }
                let place = self.place(&target)?;
                if self.plays.len() >= MAX_THINGS {
                    return Err(Refusal::Limit("players"));
                }
                self.play(
                    play,
                    place,
                    sounds,
                    (repeat, queue, interrupt_on_dtmf),
                    gain,
                );
                Ok(Outcome::Done)
            }
            Command::StopPlay { play } => {
                self.end_play(&play, PlayEnd::Stopped);
                Ok(Outcome::Done)
            }
            Command::Record {
                record,
                target,
                one_side,
                silence,
            } => self.record(record, &target, one_side, silence),
            Command::StopRecord { record } => {
                self.end_recorders(|r| r.name == record);
                Ok(Outcome::Done)
            }
            Command::SendDtmf {
                leg,
                digits,
                duration,
                gap,
            } => self.send_dtmf(&leg, &digits, duration, gap),
            Command::Watch { room, levels } => {
                let index = self.find_room(&room)?;
                if let Some(room) = &mut self.rooms[index] {
                    room.watched = levels;
                }
                Ok(Outcome::Done)
            }
            Command::GetStats { leg } => {
                let index = self.find_leg(&leg)?;
                let stats = self
                    .legs
                    .get(index)
                    .map(Leg::stats)
                    .ok_or(Refusal::NoSuchLeg)?;
                Ok(Outcome::Stats(Box::new(stats)))
            }
            Command::Describe => Ok(self.describe()),
        }
    }

    fn find_leg(&self, name: &str) -> Result<LegIndex, Refusal> {
        self.legs.find(name).ok_or(Refusal::NoSuchLeg)
    }

    fn find_room(&self, name: &str) -> Result<usize, Refusal> {
        self.room_names
            .get(name)
            .copied()
            .ok_or(Refusal::NoSuchRoom)
    }

    fn place(&self, target: &Target) -> Result<Place, Refusal> {
        match target {
            Target::Leg(name) => self.find_leg(name).map(Place::Leg),
            Target::Room(name) => self.find_room(name).map(Place::Room),
        }
    }

    fn open_leg(
        &mut self,
        name: Name,
        browser: bool,
        lost_after: Duration,
        now: Time,
    ) -> Result<Outcome, Refusal> {
        if let Some(index) = self.legs.find(&name) {
            return Ok(Outcome::Opened {
                index,
                fresh: false,
            });
        }
        if self.legs.len() >= MAX_LEGS {
            return Err(Refusal::Limit("legs"));
        }
        if browser && !self.takes_browsers() {
            return Err(Refusal::BadArgument("this worker takes no browsers"));
        }
        let (a, b) = (self.random.next_u64(), self.random.next_u64());
        // In the lower half: SRTP's roll-over counter must not turn before the peer hears the first packet.
        let line = Line::new(a as u32, (a >> 33) as u16 & 0x7fff, b as u32, now);
        let index = self
            .legs
            .insert(name.clone(), |index| Leg::new(name, index, line, now));
        if let Some(leg) = self.legs.get_mut(index) {
            leg.lost_after = lost_after;
            leg.transport = browser.then(Box::default);
        }
        Ok(Outcome::Opened { index, fresh: true })
    }

    fn set_media(
        &mut self,
        name: &str,
        media: Box<LegMedia>,
        now: Time,
    ) -> Result<Outcome, Refusal> {
        let index = self.find_leg(name)?;
        if !matches!(media.codec.ptime, 10 | 20 | 30 | 40 | 60) {
            return Err(Refusal::BadArgument("ptime is 10, 20, 30, 40 or 60"));
        }
        let leg = self.legs.get_mut(index).ok_or(Refusal::NoSuchLeg)?;
        leg.check_media(&media).map_err(Refusal::BadArgument)?;
        if let Some(webrtc) = &media.webrtc {
            self.set_browser(index, webrtc, now)
                .map_err(Refusal::BadArgument)?;
        }
        let leg = self.legs.get_mut(index).ok_or(Refusal::NoSuchLeg)?;
        leg.set_media(media, now).map_err(Refusal::BadArgument)?;
        let link = leg.link;
        self.attend(index);
        if let Link::Leg(peer) = link {
            self.attend(peer);
        }
        Ok(Outcome::Done)
    }

    fn close_leg(&mut self, name: &str, now: Time) -> Outcome {
        match self.legs.find(name) {
            Some(index) => self
                .close(index, now)
                .map_or(Outcome::Done, |stats| Outcome::Stats(Box::new(stats))),
            None => Outcome::Done,
        }
    }

    /// Closes a leg and all that hangs on it.
    pub(crate) fn close(&mut self, index: LegIndex, now: Time) -> Option<crate::command::LegStats> {
        self.unlink(index);
        let unix = self.unix(now);
        let leg = self.legs.get_mut(index)?;
        leg.report(&cname(leg), now, unix, true, &mut self.output);
        self.leave_port(index);
        let leg = self.legs.get_mut(index)?;
        let players = std::mem::take(&mut leg.players);
        let stats = leg.stats();
        for player in players {
            self.ended(&player, PlayEnd::Gone);
        }
        self.end_recorders(|r| r.is_of(index));
        self.legs.remove(index);
        self.output.closed.push(index);
        Some(stats)
    }

    /// Gives a leg up because of our bug.
    pub(crate) fn fail(&mut self, index: LegIndex, now: Time) {
        if let Some(leg) = self.legs.get(index) {
            let leg = leg.name.clone();
            self.close(index, now);
            self.output.events.push(Event::LegFailed {
                leg,
                reason: "internal error",
            });
        }
    }

    /// Gives a leg up because of its socket.
    pub fn abandon(&mut self, index: LegIndex, reason: &'static str, now: Time) {
        if let Some(leg) = self.legs.get(index) {
            let leg = leg.name.clone();
            self.close(index, now);
            self.output.events.push(Event::LegFailed { leg, reason });
        }
    }

    fn connect(&mut self, name: &str, to: Connection) -> Result<Outcome, Refusal> {
        let index = self.find_leg(name)?;
        match to {
            Connection::Nothing => self.unlink(index),
            Connection::Leg(peer) => {
                // With itself it hears its own echo.
                let peer = self.find_leg(&peer)?;
                if self
                    .legs
                    .get(index)
                    .is_some_and(|l| l.link == Link::Leg(peer))
                {
                    return Ok(Outcome::Done);
                }
                self.unlink(index);
                self.unlink(peer);
                self.link(index, Link::Leg(peer));
                self.link(peer, Link::Leg(index));
            }
            Connection::Room {
                room,
                muted,
                deaf,
                gain,
                listen_gain,
                noise_suppression,
            } => {
                let room_index = self.find_room(&room)?;
                let terms = Terms {
                    muted,
                    gain: 10_f32.powf(gain.clamp(-60.0, 30.0) / 20.0),
                    ear: Ear::new(deaf, listen_gain),
                    noise_suppression,
                };
                let link = self.legs.get(index).map(|l| l.link);
                if let (Some(Link::Room { room, seat }), Some(here)) =
                    (link, &mut self.rooms[room_index])
                {
                    if room == room_index {
                        here.members[seat].terms = terms;
                        return Ok(Outcome::Done);
                    }
                }
                self.unlink(index);
                if let Some(room) = &mut self.rooms[room_index] {
                    let seat = room.join(Member::new(index, terms));
                    self.link(
                        index,
                        Link::Room {
                            room: room_index,
                            seat,
                        },
                    );
                }
            }
        }
        self.attend(index);
        Ok(Outcome::Done)
    }

    fn link(&mut self, index: LegIndex, link: Link) {
        if let Some(leg) = self.legs.get_mut(index) {
            leg.link = link;
            if let Some(jitter) = &mut leg.jitter {
                jitter.reset();
            }
            leg.take_loudest();
        }
        self.attend(index);
    }

    fn unlink(&mut self, index: LegIndex) {
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        match std::mem::replace(&mut leg.link, Link::Nothing) {
            Link::Nothing => {}
            Link::Leg(peer) => {
                if let Some(peer) = self.legs.get_mut(peer) {
                    peer.link = Link::Nothing;
                }
                self.attend(peer);
            }
            Link::Room { room, seat } => {
                leg.encoding = None;
                let moved = self.rooms[room].as_mut().and_then(|r| r.leave(seat));
                if let Some(moved) = moved.and_then(|m| self.legs.get_mut(m)) {
                    moved.link = Link::Room { room, seat };
                }
            }
        }
        self.attend(index);
    }

    /// Says how soon the packets of a leg are wanted, if that changed.
    fn attend(&mut self, index: LegIndex) {
        let Some(leg) = self.legs.get(index) else {
            return;
        };
        let relays = match leg.link {
            Link::Leg(peer) => self.legs.get(peer).is_some_and(|peer| leg.relays_to(peer)),
            _ => false,
        };
        let attention = if relays {
            Attention::AtOnce
        } else {
            Attention::OnTick
        };
        if let Some(leg) = self.legs.get_mut(index) {
            if leg.attention != attention {
                leg.attention = attention;
                self.output.attention.push((index, attention));
            }
        }
    }

    fn open_room(&mut self, name: Name, max_talkers: usize) -> Result<Outcome, Refusal> {
        if let Some(&index) = self.room_names.get(&name) {
            if let Some(room) = &mut self.rooms[index] {
                room.max_talkers = max_talkers;
            }
            return Ok(Outcome::Done);
        }
        if !(1..=64).contains(&max_talkers) {
            return Err(Refusal::BadArgument("max_talkers is 1 to 64"));
        }
        if self.room_names.len() >= MAX_THINGS {
            return Err(Refusal::Limit("rooms"));
        }
        let room = Some(Box::new(Room::new(name.clone(), max_talkers)));
        let index = match self.rooms.iter().position(Option::is_none) {
            Some(free) => {
                self.rooms[free] = room;
                free
            }
            None => {
                self.rooms.push(room);
                self.rooms.len() - 1
            }
        };
        self.room_names.insert(name, index);
        Ok(Outcome::Done)
    }

    fn close_room(&mut self, name: &str) -> Outcome {
        let Some(index) = self.room_names.remove(name) else {
            return Outcome::Done;
        };
        let members: Vec<LegIndex> = self.rooms[index]
            .as_ref()
            .map(|r| r.members.iter().map(|m| m.leg).collect())
            .unwrap_or_default();
        for leg in members {
            self.unlink(leg);
        }
        if let Some(room) = self.rooms[index].take() {
            for player in &room.players {
                self.ended(player, PlayEnd::Gone);
            }
        }
        self.end_recorders(|r| r.place == Place::Room(index));
        Outcome::Done
    }

    fn play(
        &mut self,
        name: Name,
        place: Place,
        sounds: Vec<Arc<Sound>>,
        (repeat, queue, interrupt_on_dtmf): (bool, bool, bool),
        gain: f32,
    ) {
        self.plays.insert(name.clone(), place);
        match place {
            Place::Leg(index) => {
                if !queue {
                    self.end_players(index, |_| true, PlayEnd::Replaced);
                }
                let music =
                    repeat && sounds.iter().map(|s| s.duration()).sum::<Duration>() >= MUSIC;
                let medium = if music {
                    Medium::Channel(self.channels.join(sounds, gain))
                } else {
                    Medium::Own(Tape::new(sounds, repeat, gain))
                };
                if let Some(leg) = self.legs.get_mut(index) {
                    leg.players.push_back(Player {
                        name,
                        medium,
                        interrupt_on_dtmf,
                    });
                }
            }
            Place::Room(index) => {
                if let Some(room) = &mut self.rooms[index] {
                    let medium = Medium::Own(Tape::new(sounds, repeat, gain));
                    room.players.push(Player {
                        name,
                        medium,
                        interrupt_on_dtmf,
                    });
                }
            }
        }
    }

    /// Forgets a player that is already off its leg or room, and tells.
    pub(crate) fn ended(&mut self, player: &Player, reason: PlayEnd) {
        if let Medium::Channel(channel) = player.medium {
            self.channels.leave(channel);
        }
        self.plays.remove(&player.name);
        self.output.events.push(Event::PlayEnded {
            play: player.name.clone(),
            reason,
        });
    }

    /// Ends those players of a leg that `which` names.
    pub(crate) fn end_players(
        &mut self,
        index: LegIndex,
        which: impl Fn(&Player) -> bool,
        reason: PlayEnd,
    ) {
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let (over, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut leg.players)
            .into_iter()
            .partition(which);
        leg.players = rest.into();
        for player in &over {
            self.ended(player, reason);
        }
    }

    fn end_play(&mut self, name: &str, reason: PlayEnd) {
        match self.plays.get(name) {
            None => {}
            Some(&Place::Leg(index)) => self.end_players(index, |p| &*p.name == name, reason),
            Some(&Place::Room(index)) => {
                let Some(room) = &mut self.rooms[index] else {
                    return;
                };
                if let Some(at) = room.players.iter().position(|p| &*p.name == name) {
                    let player = room.players.remove(at);
                    self.ended(&player, reason);
                }
            }
        }
    }

    fn record(
        &mut self,
        name: Name,
        target: &Target,
        one_side: bool,
        silence: u32,
    ) -> Result<Outcome, Refusal> {
        if let Some(recorder) = self.recorders.iter().find(|r| r.name == name) {
            return Ok(recorder.outcome(false));
        }
        let place = self.place(target)?;
        if one_side && matches!(place, Place::Room(_)) {
            return Err(Refusal::BadArgument("only a leg has one side"));
        }
        if self.recorders.len() >= MAX_THINGS {
            return Err(Refusal::Limit("recorders"));
        }
        let tap = self.next_tap;
        self.next_tap += 1;
        let alone = match place {
            Place::Leg(index) => {
                one_side && self.legs.get(index).map(|l| l.link) == Some(Link::Nothing)
            }
            Place::Room(_) => false,
        };
        let rate = match place {
            Place::Leg(index) => {
                let leg = self.legs.get_mut(index).ok_or(Refusal::NoSuchLeg)?;
                leg.taps += u32::from(!one_side || alone);
                leg.followed += u32::from(one_side && !alone);
                leg.kind()
                    .map_or(8_000, |k| k.sample_rate().min(RECORD_RATE))
            }
            Place::Room(index) => {
                let room = self.rooms[index].as_mut().ok_or(Refusal::NoSuchRoom)?;
                room.taps.push(tap);
                RECORD_RATE
            }
        };
        let recorder = Recorder::new(name, tap, (place, one_side, alone), rate, silence);
        let outcome = recorder.outcome(true);
        self.recorders.push(recorder);
        Ok(outcome)
    }

    fn end_recorders(&mut self, which: impl Fn(&Recorder) -> bool) {
        let (over, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.recorders)
            .into_iter()
            .partition(which);
        self.recorders = rest;
        for recorder in over {
            match recorder.place {
                Place::Leg(index) => {
                    if let Some(leg) = self.legs.get_mut(index) {
                        let count = match recorder.is_tap() {
                            true => &mut leg.taps,
                            false => &mut leg.followed,
                        };
                        *count = count.saturating_sub(1);
                    }
                }
                Place::Room(index) => {
                    if let Some(room) = &mut self.rooms[index] {
                        room.taps.retain(|&t| t != recorder.tap);
                    }
                }
            }
            self.output.events.push(Event::RecordingOver {
                record: recorder.name,
                tap: recorder.tap,
            });
        }
    }

    /// Ends the recorders that have heard nothing for as long as they were told to wait.
    pub(crate) fn end_silent_recorders(&mut self) {
        if self.recorders.iter().any(Recorder::is_silent) {
            self.end_recorders(Recorder::is_silent);
        }
    }

    /// Ends a recorder whose audio is of no use any more.
    pub fn end_tap(&mut self, tap: u32) {
        self.end_recorders(|r| r.tap == tap);
    }

    fn send_dtmf(
        &mut self,
        name: &str,
        digits: &str,
        duration: u32,
        gap: u32,
    ) -> Result<Outcome, Refusal> {
        let index = self.find_leg(name)?;
        if digits.len() > MAX_DIGITS || digits.chars().any(|c| event_of(c).is_none()) {
            return Err(Refusal::BadArgument(
                "digits are at most 128 of 0-9 * # A-D",
            ));
        }
        if !(40..=5_000).contains(&duration) || gap > 5_000 {
            return Err(Refusal::BadArgument(
                "duration is 40 to 5000 ms, gap at most 5000 ms",
            ));
        }
        if let Some(leg) = self.legs.get_mut(index) {
            leg.key_in(digits, duration, gap);
        }
        Ok(Outcome::Done)
    }

    fn describe(&self) -> Outcome {
        Outcome::Description {
            legs: self.legs.names().cloned().collect(),
            rooms: self.room_names.keys().cloned().collect(),
            plays: self.plays.keys().cloned().collect(),
            records: self.recorders.iter().map(|r| r.name.clone()).collect(),
            ticks: self.ticks,
            missed_ticks: self.missed_ticks,
            strangers: self.strangers(),
        }
    }
}

/// The canonical name of our end of a leg (RFC 7022: unlinkable, here the SSRC).
pub(crate) fn cname(leg: &Leg) -> String {
    format!("{:08x}", leg.line.ssrc)
}

impl Leg {
    /// Queues digits to be sent.
    pub(crate) fn key_in(&mut self, digits: &str, duration: u32, gap: u32) {
        let event = self.media.as_ref().and_then(|m| m.telephone_event);
        match (&mut self.digits, event) {
            (Some(queued), _) => match &mut **queued {
                Digits::Events(sender) => sender.push(digits),
                Digits::Tones { left, .. } => left.extend(digits.chars()),
            },
            (none, Some(event)) => {
                let sender = EventSender::new(digits, event.clock_rate, 20, duration, gap);
                *none = Some(Box::new(Digits::Events(sender)));
            }
            (none, None) => {
                let left = digits.chars().collect();
                *none = Some(Box::new(Digits::Tones {
                    left,
                    tone: None,
                    on: 0,
                    off: 0,
                    duration,
                    gap,
                }));
            }
        }
    }
}

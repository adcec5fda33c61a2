//! The engine at work: packets as they come, and the tick.
#![forbid(unsafe_code)]

use std::net::SocketAddr;

use crate::command::{DtmfMethod, Event, LegIndex, PlayEnd};
use crate::dtmf::{EventStep, TelephoneEvent};
use crate::encoding::{Effort, EncodingKey};
use crate::engine::{cname, Engine};
use crate::guard::guarded;
use crate::leg::{Arrived, Digits, Leg, Link, Mouth, REPORT_INTERVAL};
use crate::output::{Channel, Output};
use crate::player::Medium;
use crate::resample::Resampler;
use crate::rtp::RtpPacket;
use crate::tick::{Tick, FRAME_MS};
use crate::time::Time;
use crate::tone::Tone;
use crate::webrtc::Path;

/// Length and pause of a tone that stands for a relayed event, ms.
const TONE_MS: u32 = 100;
const TONE_GAP_MS: u32 = 60;
/// Level of each of the two tones of a digit, dBFS.
const TONE_LEVEL: f64 = -12.0;
/// Legs are looked at for lost media one after the other, each once in so many ticks.
const WATCH_TICKS: u64 = 50;

/// What a packet was, for what happens to other legs because of it.
enum Heard {
    Nothing,
    Digit(char),
}

impl Engine {
    /// Takes a datagram that came from `from` at `arrival` (not after the engine's present).
    pub fn packet(
        &mut self,
        index: LegIndex,
        channel: Channel,
        data: &mut [u8],
        from: SocketAddr,
        arrival: Time,
    ) {
        let heard = guarded(|| self.arrived(index, channel, data, from, arrival));
        self.after(index, heard, arrival);
    }

    /// Takes an RTP or RTCP packet of a browser. Returns whether it was believed.
    pub(crate) fn audio_of(
        &mut self,
        index: LegIndex,
        data: &mut [u8],
        path: Path,
        arrival: Time,
    ) -> bool {
        let mut believed = false;
        let heard = guarded(|| {
            let leg = self.legs.get_mut(index)?;
            let arrived = leg.accept_browser(data, path, arrival, &mut self.output.events);
            believed = arrived.is_some();
            Some(self.believed(index, arrived, arrival))
        });
        self.after(index, heard.map(|h| h.unwrap_or(Heard::Nothing)), arrival);
        believed
    }

    fn after(&mut self, index: LegIndex, heard: Option<Heard>, arrival: Time) {
        match heard {
            Some(Heard::Nothing) => {}
            Some(Heard::Digit(digit)) => self.digit(index, digit, DtmfMethod::Rfc4733),
            None => self.fail(index, arrival),
        }
    }

    fn arrived(
        &mut self,
        index: LegIndex,
        channel: Channel,
        data: &mut [u8],
        from: SocketAddr,
        arrival: Time,
    ) -> Heard {
        let Some(leg) = self.legs.get_mut(index) else {
            return Heard::Nothing;
        };
        let arrived = leg.accept(channel, data, from, arrival, &mut self.output.events);
        self.believed(index, arrived, arrival)
    }

    fn believed(&mut self, index: LegIndex, arrived: Option<Arrived<'_>>, arrival: Time) -> Heard {
        let unix = self.unix(arrival);
        let Some(leg) = self.legs.get_mut(index) else {
            return Heard::Nothing;
        };
        match arrived {
            None => Heard::Nothing,
            Some(Arrived::Rtcp(data)) => {
                leg.hear_report(data, arrival, unix);
                Heard::Nothing
            }
            Some(Arrived::Rtp(packet)) => {
                leg.count(&packet, arrival);
                if leg.hears() {
                    self.heard(index, &packet, arrival)
                } else {
                    Heard::Nothing
                }
            }
        }
    }

    fn heard(&mut self, index: LegIndex, packet: &RtpPacket<'_>, arrival: Time) -> Heard {
        let peer = match self.legs.get(index).map(|l| l.link) {
            Some(Link::Leg(peer)) => Some(peer),
            _ => None,
        };
        let tapped = peer
            .and_then(|p| self.legs.get(p))
            .is_some_and(|p| p.taps > 0);
        let Some(leg) = self.legs.get_mut(index) else {
            return Heard::Nothing;
        };
        let Some(media) = &leg.media else {
            return Heard::Nothing;
        };
        if packet.payload_type == media.codec.receive_payload_type {
            let samples =
                crate::codec::payload_samples(media.codec.kind, packet.payload).unwrap_or(0) as u32;
            let samples =
                samples / (media.codec.kind.sample_rate() / media.codec.kind.clock_rate());
            if tapped || leg.buffers() {
                leg.buffer(packet, arrival);
            }
            if let Some(peer) = peer {
                self.relay(index, peer, packet, samples, arrival);
            }
        } else if Some(packet.payload_type) == media.telephone_event.map(|t| t.receive_payload_type)
        {
            let Some(event) = TelephoneEvent::parse(packet.payload) else {
                return Heard::Nothing;
            };
            if let Some(jitter) = &mut leg.jitter {
                jitter.insert_event(packet.ssrc, packet.sequence, packet.timestamp);
            }
            let digit = leg
                .keys
                .receive(event, packet.timestamp, packet.marker, arrival);
            if let Some(peer) = peer {
                self.relay_event(index, peer, packet, event, digit, arrival);
            }
            return digit.map_or(Heard::Nothing, Heard::Digit);
        } else {
            if tapped || leg.buffers() {
                leg.buffer_noise(packet, arrival);
            }
            if let Some(peer) = peer {
                self.relay(index, peer, packet, 0, arrival);
            }
        }
        Heard::Nothing
    }

    /// Passes an audio or comfort noise packet on to the peer, if both speak the same codec.
    fn relay(
        &mut self,
        from: LegIndex,
        to: LegIndex,
        packet: &RtpPacket<'_>,
        samples: u32,
        now: Time,
    ) {
        let Some(leg) = self.legs.get(from) else {
            return;
        };
        let Some(peer) = self.legs.get(to) else {
            return;
        };
        if !leg.relays_to(peer) || !peer.is_open() || !peer.sends() {
            return;
        }
        let Some(media) = &peer.media else { return };
        let noise = samples == 0;
        let payload_type = if noise {
            media.comfort_noise
        } else {
            Some(media.codec.send_payload_type)
        };
        let (Some(payload_type), Some(peer)) = (payload_type, self.legs.get_mut(to)) else {
            return;
        };
        peer.speak_as(Mouth::Leg(from));
        let stamp = peer.line.relay(
            packet.ssrc,
            packet.sequence,
            packet.timestamp,
            packet.marker,
            samples,
            now,
        );
        peer.send(payload_type, stamp, packet.payload, &mut self.output);
    }

    /// Passes a telephone-event on to the peer, on his clock, or as a tone if he takes none.
    fn relay_event(
        &mut self,
        from: LegIndex,
        to: LegIndex,
        packet: &RtpPacket<'_>,
        event: TelephoneEvent,
        digit: Option<char>,
        now: Time,
    ) {
        let Some(leg) = self.legs.get(from) else {
            return;
        };
        let clock = leg
            .media
            .as_ref()
            .and_then(|m| m.telephone_event)
            .map_or(8_000, |t| t.clock_rate);
        let Some(peer) = self.legs.get(to) else {
            return;
        };
        if !peer.sends() {
            return;
        }
        let relays = leg.relays_to(peer);
        let agreed = peer.media.as_ref().and_then(|m| m.telephone_event);
        let Some(peer) = self.legs.get_mut(to) else {
            return;
        };
        let Some(agreed) = agreed else {
            if let Some(digit) = digit {
                peer.key_in(digit.encode_utf8(&mut [0; 4]), TONE_MS, TONE_GAP_MS);
            }
            return;
        };
        if !peer.is_open() {
            return;
        }
        let payload = event.convert(clock, agreed.clock_rate).to_bytes();
        peer.speak_as(Mouth::Leg(from));
        let stamp = if relays {
            peer.line.relay(
                packet.ssrc,
                packet.sequence,
                packet.timestamp,
                packet.marker,
                0,
                now,
            )
        } else {
            let known = peer
                .relayed_event
                .filter(|(theirs, _)| *theirs == packet.timestamp);
            let ours = known.map_or_else(|| peer.line.project(now), |(_, ours)| ours);
            peer.relayed_event = Some((packet.timestamp, ours));
            peer.line.stamp_event(ours, known.is_none())
        };
        peer.send(agreed.send_payload_type, stamp, &payload, &mut self.output);
    }

    /// Tells a digit and ends the players it interrupts.
    fn digit(&mut self, index: LegIndex, digit: char, method: DtmfMethod) {
        let Some(leg) = self.legs.get(index) else {
            return;
        };
        self.output.events.push(Event::DtmfReceived {
            leg: leg.name.clone(),
            digit,
            method,
        });
        if leg.players.front().is_some_and(|p| p.interrupt_on_dtmf) {
            self.end_players(index, |p| p.interrupt_on_dtmf, PlayEnd::Interrupted);
        }
    }

    /// One tick of the mixer, due at `end`; `missed` ticks before it did not take place.
    pub fn tick(&mut self, end: Time, missed: u64) {
        self.ticks += 1 + missed;
        self.missed_ticks += missed;
        let tick = Tick {
            number: self.ticks,
            end,
            missed,
        };
        let mut failed = Vec::new();
        for index in 0..self.rooms.len() {
            let Some(room) = self.rooms[index].as_mut().filter(|r| !r.is_idle()) else {
                continue;
            };
            room.mix(index, &mut self.legs, &tick, &mut failed, &mut self.output);
            self.end_room_players(index);
        }
        for index in (0..self.legs.bound()).map(LegIndex) {
            if guarded(|| self.tick_leg(index, &tick)).is_none() {
                failed.push(index);
            }
        }
        for recorder in &mut self.recorders {
            recorder.tap(&mut self.legs, &self.rooms, &tick, &mut self.output);
        }
        self.end_silent_recorders();
        for index in failed {
            self.fail(index, end);
        }
    }

    fn end_room_players(&mut self, index: usize) {
        let Some(room) = &mut self.rooms[index] else {
            return;
        };
        let is_over =
            |p: &crate::player::Player| matches!(&p.medium, Medium::Own(tape) if tape.is_over());
        if room.players.iter().any(is_over) {
            let (over, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut room.players)
                .into_iter()
                .partition(is_over);
            room.players = rest;
            for player in &over {
                self.ended(player, PlayEnd::Finished);
            }
        }
    }

    fn tick_leg(&mut self, index: LegIndex, tick: &Tick) {
        let unix = self.unix(tick.end);
        self.tick_browser(index, tick.end);
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        if tick.end >= leg.next_report {
            leg.next_report = tick.end + REPORT_INTERVAL;
            leg.report(&cname(leg), tick.end, unix, false, &mut self.output);
        }
        if tick.number % WATCH_TICKS == u64::from(index.0) % WATCH_TICKS {
            leg.watch(tick.end, &mut self.output.events);
        }
        let in_room = matches!(leg.link, Link::Room { .. });
        if !in_room && leg.listens_for_keys() {
            leg.spoken(tick);
        }
        if let Some(digit) = leg.found_key.take() {
            self.digit(index, digit, DtmfMethod::Inband);
        }
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        if leg.digits.is_some() {
            leg.speak_digits(tick, &mut self.output);
        } else if !leg.players.is_empty() {
            self.tick_player(index, tick);
        } else if let Link::Leg(peer) = leg.link {
            self.transcode(peer, index, tick);
        }
    }

    fn tick_player(&mut self, index: LegIndex, tick: &Tick) {
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let sends = leg.sends();
        let handshaking = leg.handshaking();
        let Some(key) = leg.media.as_ref().map(|m| EncodingKey::from(&m.codec)) else {
            return;
        };
        leg.speak_as(Mouth::Player);
        let Some(player) = leg.players.front_mut() else {
            return;
        };
        match &mut player.medium {
            Medium::Channel(channel) => {
                if sends {
                    if let Some(encoding) = self.channels.encoded(*channel, key, tick.number) {
                        leg.send_encoded(encoding, tick.end, &mut self.output);
                    }
                }
            }
            // A browser hears nothing before DTLS is up: what it is told waits, so that no word is lost.
            Medium::Own(_) if handshaking => {}
            Medium::Own(tape) => {
                let rate = key.kind.sample_rate();
                let mut frame = [0; 960];
                let frame = &mut frame[..(rate / 1000 * FRAME_MS) as usize];
                tape.fill(rate, frame);
                let over = tape.is_over();
                if sends {
                    leg.say(frame, Effort::Full, tick.end, &mut self.output);
                }
                if over {
                    if let Some(player) = leg.players.pop_front() {
                        if leg.players.is_empty() && !matches!(leg.link, Link::Leg(_)) {
                            leg.encoding = None;
                        }
                        self.ended(&player, PlayEnd::Finished);
                    }
                }
            }
        }
    }

    /// What `from` says, decoded and encoded again for `to`, where their codecs differ.
    fn transcode(&mut self, from: LegIndex, to: LegIndex, tick: &Tick) {
        let (Some(speaker), Some(listener)) = (self.legs.get(from), self.legs.get(to)) else {
            return;
        };
        if speaker.relays_to(listener) || !listener.sends() || !speaker.hears() {
            return;
        }
        let (Some(from_kind), Some(to_kind)) = (speaker.kind(), listener.kind()) else {
            return;
        };
        let Some(speaker) = self.legs.get_mut(from) else {
            return;
        };
        let pressed = speaker.keys.pressed(tick.end);
        let Some(spoken) = speaker.spoken(tick) else {
            return;
        };
        let mut input = [0; 960];
        let input = &mut input[..spoken.len()];
        input.copy_from_slice(spoken);
        let Some(listener) = self.legs.get_mut(to) else {
            return;
        };
        let (from_rate, to_rate) = (from_kind.sample_rate(), to_kind.sample_rate());
        if !matches!(&listener.converter, Some((rate, _)) if *rate == (from_rate, to_rate)) {
            listener.converter = Some((
                (from_rate, to_rate),
                Box::new(Resampler::new(from_rate, to_rate)),
            ));
        }
        let mut frame = [0; 960];
        let frame = &mut frame[..(to_rate / 1000 * FRAME_MS) as usize];
        if let Some((_, converter)) = &mut listener.converter {
            converter.process(input, frame);
        }
        listener.speak_as(Mouth::Leg(from));
        if !pressed {
            listener.say(frame, Effort::Full, tick.end, &mut self.output);
        }
    }
}

impl Leg {
    /// Whether packets of this leg go to `peer` as they are.
    pub(crate) fn relays_to(&self, peer: &Leg) -> bool {
        match (&self.media, &peer.media) {
            (Some(mine), Some(his)) => mine.relays_to(his),
            _ => false,
        }
    }

    /// The digits' turn: events, or tones, or the pause between them.
    fn speak_digits(&mut self, tick: &Tick, out: &mut Output) {
        let (sends, kind) = (self.sends(), self.kind());
        let Some(mut digits) = self.digits.take() else {
            return;
        };
        let Some(kind) = kind.filter(|_| sends) else {
            return;
        };
        self.speak_as(Mouth::Digits);
        match &mut *digits {
            Digits::Events(sender) => {
                let payload_type = self
                    .media
                    .as_ref()
                    .and_then(|m| m.telephone_event)
                    .map(|t| t.send_payload_type);
                match (sender.next(self.line.project(tick.end)), payload_type) {
                    (
                        EventStep::Send {
                            payload,
                            timestamp,
                            marker,
                        },
                        Some(payload_type),
                    ) => {
                        let stamp = self.line.stamp_event(timestamp, marker);
                        self.send(payload_type, stamp, &payload, out);
                    }
                    (EventStep::Pause, _) => {}
                    _ => return,
                }
            }
            Digits::Tones {
                left,
                tone,
                on,
                off,
                duration,
                gap,
            } => {
                let rate = kind.sample_rate();
                let mut frame = [0; 960];
                let frame = &mut frame[..(rate / 1000 * FRAME_MS) as usize];
                if *on == 0 && *off == 0 {
                    let Some(next) = left.pop_front() else { return };
                    *tone = Tone::dtmf(rate, next, TONE_LEVEL);
                    *on = duration.div_ceil(FRAME_MS);
                    *off = gap.div_ceil(FRAME_MS);
                }
                if *on > 0 {
                    if let Some(tone) = tone {
                        tone.fill(frame);
                    }
                    *on -= 1;
                } else {
                    *off -= 1;
                }
                self.say(frame, Effort::Full, tick.end, out);
            }
        }
        self.digits = Some(digits);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::agreement::{Codec, Direction, LegMedia};
    use crate::codec::{CodecKind, EncoderOptions};
    use crate::command::{Command, Connection};
    use crate::jitter::JitterBuffer;

    fn agreed(kind: CodecKind) -> Box<LegMedia> {
        Box::new(LegMedia {
            remote: Some(SocketAddr::from(([192, 0, 2, 1], 4000))),
            remote_rtcp: None,
            rtcp_mux: false,
            codec: Codec {
                kind,
                send_payload_type: 0,
                receive_payload_type: 0,
                ptime: 20,
                options: EncoderOptions::default(),
                gaps: false,
            },
            telephone_event: None,
            comfort_noise: None,
            direction: Direction::SendRecv,
            srtp_send: None,
            srtp_receive: None,
            signalling_ip: None,
            audio_level: None,
            webrtc: None,
        })
    }

    #[test]
    fn a_panic_costs_one_leg_and_the_others_go_on() {
        let mut engine = Engine::new(1, Duration::ZERO);
        let now = Time(0);
        for (leg, kind) in [
            ("a", CodecKind::Pcmu),
            ("b", CodecKind::G722),
            ("c", CodecKind::Pcmu),
        ] {
            engine
                .command(
                    Command::OpenLeg {
                        leg: leg.into(),
                        browser: false,
                        lost_after: crate::leg::LOST_AFTER,
                    },
                    now,
                )
                .expect("opened");
            let media = agreed(kind);
            engine
                .command(
                    Command::SetMedia {
                        leg: leg.into(),
                        media,
                    },
                    now,
                )
                .expect("agreed");
        }
        let to = Connection::Leg("b".into());
        engine
            .command(
                Command::Connect {
                    leg: "a".into(),
                    to,
                },
                now,
            )
            .expect("connected");
        // A bug, as it were: the buffer is of another codec than the leg.
        let a = engine.legs.find("a").expect("a");
        if let Some(a) = engine.legs.get_mut(a) {
            a.jitter = Some(Box::new(JitterBuffer::new(CodecKind::Opus)));
        }
        engine.tick(Time::from_millis(20), 0);
        let failed: Vec<_> = engine
            .output
            .events
            .iter()
            .filter(|e| matches!(e, Event::LegFailed { .. }))
            .collect();
        assert_eq!(failed.len(), 1, "{:?}", engine.output.events);
        assert_eq!(engine.output.closed.len(), 1);
        assert_eq!(engine.legs.len(), 2, "the others are there");
        engine.output.events.clear();
        engine.tick(Time::from_millis(40), 0);
        assert!(engine.output.events.is_empty());
    }
}

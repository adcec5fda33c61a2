//! A house of virtual phones around one engine, in virtual time.
#![allow(dead_code)]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use switchroom_core::agreement::{Codec, Direction, LegMedia, TelephoneEvent};
use switchroom_core::codec::{CodecKind, Decoder, Encoder, EncoderOptions, MAX_PACKET_SAMPLES};
use switchroom_core::command::{Command, Connection, Event, LegIndex, Outcome, Target};
use switchroom_core::engine::Engine;
use switchroom_core::level::level;
use switchroom_core::output::Channel;
use switchroom_core::player::Sound;
use switchroom_core::rtcp::{write_report, ReportBlock};
use switchroom_core::rtp::{RtpHeader, RtpPacket};
use switchroom_core::time::Time;
use switchroom_core::tone::Tone;

/// Extension id of the audio level, where agreed.
pub const LEVEL_ID: u8 = 1;

/// What a phone received: the header and the payload.
#[derive(Clone, Debug)]
pub struct Received {
    pub at: Time,
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: Vec<u8>,
    pub to: SocketAddr,
}

pub struct Phone {
    pub index: LegIndex,
    pub address: SocketAddr,
    pub kind: CodecKind,
    pub received: Vec<Received>,
    pub rtcp: Vec<Vec<u8>>,
    /// All audio heard, at the codec's rate.
    pub heard: Vec<i16>,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Its packets tell their level (RFC 6464), the true one or always this.
    pub tells_level: bool,
    pub lies: Option<u8>,
    level: u8,
    tone: Option<Tone>,
    speech: Option<(Vec<i16>, usize)>,
    encoder: Encoder,
    decoder: Decoder,
}

pub struct House {
    pub engine: Engine,
    pub ticks: u64,
    pub phones: HashMap<String, Phone>,
    pub events: Vec<Event>,
    /// What each recorder was given, by its number.
    pub recorded: HashMap<u32, Vec<i16>>,
}

/// On what terms a phone is in a room.
#[derive(Clone, Copy, Default)]
pub struct Terms {
    pub muted: bool,
    pub deaf: bool,
    pub gain: f32,
    pub listen_gain: f32,
    pub noise_suppression: bool,
}

pub fn codec(kind: CodecKind) -> Codec {
    let payload_type = match kind {
        CodecKind::Pcmu => 0,
        CodecKind::Pcma => 8,
        CodecKind::G722 => 9,
        CodecKind::Opus => 111,
    };
    Codec {
        kind,
        send_payload_type: payload_type,
        receive_payload_type: payload_type,
        ptime: 20,
        options: EncoderOptions::default(),
        gaps: false,
    }
}

pub fn media(kind: CodecKind, remote: SocketAddr) -> LegMedia {
    LegMedia {
        remote: Some(remote),
        remote_rtcp: None,
        rtcp_mux: false,
        codec: codec(kind),
        telephone_event: Some(TelephoneEvent {
            send_payload_type: 101,
            receive_payload_type: 101,
            clock_rate: kind.clock_rate(),
        }),
        comfort_noise: None,
        direction: Direction::SendRecv,
        srtp_send: None,
        srtp_receive: None,
        signalling_ip: None,
        audio_level: None,
        webrtc: None,
    }
}

/// Opens a leg of the usual kind.
pub fn open(leg: &str) -> Command {
    Command::OpenLeg {
        leg: leg.into(),
        browser: false,
        lost_after: Duration::from_secs(30),
    }
}

impl House {
    pub fn new() -> Self {
        Self {
            engine: Engine::new(42, Duration::from_secs(1_700_000_000)),
            ticks: 0,
            phones: HashMap::new(),
            events: Vec::new(),
            recorded: HashMap::new(),
        }
    }

    pub fn now(&self) -> Time {
        Time::from_millis(self.ticks * 20)
    }

    pub fn command(&mut self, command: Command) -> Outcome {
        let now = self.now();
        let outcome = self
            .engine
            .command(command, now)
            .expect("a command that is carried out");
        self.collect(now);
        outcome
    }

    pub fn phone(&mut self, name: &str, kind: CodecKind) -> LegIndex {
        let Outcome::Opened { index, .. } = self.command(open(name)) else {
            panic!("not opened")
        };
        let address: SocketAddr = format!("192.0.2.{}:4000", index.0 % 250 + 1)
            .parse()
            .expect("address");
        self.set_media(name, media(kind, address));
        let phone = Phone {
            index,
            address,
            kind,
            received: Vec::new(),
            rtcp: Vec::new(),
            heard: Vec::new(),
            sequence: 1000 * index.0 as u16,
            timestamp: 77_777 * index.0,
            ssrc: 0xABC0 + index.0,
            tells_level: false,
            lies: None,
            level: 127,
            tone: None,
            speech: None,
            encoder: Encoder::new(kind, &EncoderOptions::default()).expect("encoder"),
            decoder: Decoder::new(kind).expect("decoder"),
        };
        self.phones.insert(name.into(), phone);
        index
    }

    pub fn set_media(&mut self, name: &str, media: LegMedia) {
        self.command(Command::SetMedia {
            leg: name.into(),
            media: Box::new(media),
        });
    }

    /// Another codec is agreed.
    pub fn change_codec(&mut self, name: &str, kind: CodecKind) {
        let phone = self.phones.get_mut(name).expect("a phone");
        phone.kind = kind;
        phone.encoder = Encoder::new(kind, &EncoderOptions::default()).expect("encoder");
        phone.decoder = Decoder::new(kind).expect("decoder");
        (phone.tone, phone.speech) = (None, None);
        let agreed = media(kind, phone.address);
        self.set_media(name, agreed);
    }

    pub fn connect(&mut self, leg: &str, peer: &str) {
        self.command(Command::Connect {
            leg: leg.into(),
            to: Connection::Leg(peer.into()),
        });
    }

    pub fn open_room(&mut self, room: &str) {
        self.command(Command::OpenRoom {
            room: room.into(),
            max_talkers: 8,
        });
    }

    pub fn join(&mut self, leg: &str, room: &str) {
        self.join_as(leg, room, Terms::default());
    }

    pub fn join_as(&mut self, leg: &str, room: &str, terms: Terms) {
        let to = Connection::Room {
            room: room.into(),
            muted: terms.muted,
            deaf: terms.deaf,
            gain: terms.gain,
            listen_gain: terms.listen_gain,
            noise_suppression: terms.noise_suppression,
        };
        self.command(Command::Connect {
            leg: leg.into(),
            to,
        });
    }

    /// Records; returns the number and the rate.
    pub fn record(&mut self, record: &str, target: Target, one_side: bool) -> (u32, u32) {
        self.record_until_silent(record, target, one_side, 0)
    }

    /// The same; it ends after so many ms of silence.
    pub fn record_until_silent(
        &mut self,
        record: &str,
        target: Target,
        one_side: bool,
        silence: u32,
    ) -> (u32, u32) {
        let outcome = self.command(Command::Record {
            record: record.into(),
            target,
            one_side,
            silence,
        });
        match outcome {
            Outcome::Recording { tap, rate, .. } => (tap, rate),
            other => panic!("{other:?}"),
        }
    }

    pub fn play(
        &mut self,
        play: &str,
        leg: &str,
        sound: Sound,
        repeat: bool,
        interrupt_on_dtmf: bool,
    ) {
        self.command(Command::Play {
            play: play.into(),
            target: Target::Leg(leg.into()),
            sounds: vec![sound.into()],
            repeat,
            queue: false,
            interrupt_on_dtmf,
            gain: 0.0,
        });
    }

    /// From now on the phone sends this tone at `level` dBFS; with None it is silent (but sends).
    pub fn tone(&mut self, name: &str, hertz: Option<f64>, level: f64) {
        let phone = self.phones.get_mut(name).expect("a phone");
        let rate = phone.kind.sample_rate();
        let parts: Vec<(f64, f64)> = hertz.map(|h| (h, level)).into_iter().collect();
        phone.tone = Some(Tone::new(rate, &parts));
    }

    /// From now on the phone says this (at its codec's rate) again and again.
    pub fn say(&mut self, name: &str, speech: Vec<i16>) {
        self.phones.get_mut(name).expect("a phone").speech = Some((speech, 0));
    }

    /// The phone reports that this share of what it was sent is lost.
    pub fn report_loss(&mut self, name: &str, share: f64) {
        let phone = &self.phones[name];
        let block = ReportBlock {
            ssrc: phone.received.last().expect("a packet").ssrc,
            fraction_lost: (share * 256.0) as u8,
            ..ReportBlock::default()
        };
        let mut report = [0; 256];
        let length = write_report(&mut report, phone.ssrc, None, Some(&block), "phone", false);
        let length = length.expect("room");
        let from = SocketAddr::new(phone.address.ip(), phone.address.port() + 1);
        let (index, now) = (phone.index, self.now());
        self.engine
            .packet(index, Channel::Rtcp, &mut report[..length], from, now);
    }

    /// From now on the phone sends nothing.
    pub fn fall_silent(&mut self, name: &str) {
        let phone = self.phones.get_mut(name).expect("a phone");
        (phone.tone, phone.speech) = (None, None);
    }

    /// From now on the phone's packets tell their level, as agreed.
    pub fn tell_level(&mut self, name: &str, lie: Option<u8>) {
        let phone = self.phones.get_mut(name).expect("a phone");
        (phone.tells_level, phone.lies) = (true, lie);
        let mut agreed = media(phone.kind, phone.address);
        agreed.audio_level = Some(LEVEL_ID);
        self.set_media(name, agreed);
    }

    /// Payloads of the phone that were decoded.
    pub fn decoded(&mut self, name: &str) -> u64 {
        match self.command(Command::GetStats { leg: name.into() }) {
            Outcome::Stats(stats) => stats.payloads_decoded,
            other => panic!("{other:?}"),
        }
    }

    /// From now on the phone sends the two tones of a key.
    pub fn dtmf(&mut self, name: &str, key: char) {
        let phone = self.phones.get_mut(name).expect("a phone");
        phone.tone = Tone::dtmf(phone.kind.sample_rate(), key, -12.0);
    }

    /// A packet of the phone with these bytes.
    pub fn packet(
        &mut self,
        name: &str,
        payload_type: u8,
        marker: bool,
        payload: &[u8],
    ) -> Vec<u8> {
        let phone = self.phones.get_mut(name).expect("a phone");
        let header = RtpHeader {
            marker,
            payload_type,
            sequence: phone.sequence,
            timestamp: phone.timestamp,
            ssrc: phone.ssrc,
            audio_level: phone
                .tells_level
                .then(|| (LEVEL_ID, phone.lies.unwrap_or(phone.level), true)),
        };
        phone.sequence = phone.sequence.wrapping_add(1);
        let length = header.length();
        let mut bytes = vec![0; length + payload.len()];
        header.write(&mut bytes);
        bytes[length..].copy_from_slice(payload);
        bytes
    }

    pub fn deliver(&mut self, name: &str, mut bytes: Vec<u8>, from: SocketAddr, arrival: Time) {
        let index = self.phones[name].index;
        self.engine
            .packet(index, Channel::Rtp, &mut bytes, from, arrival);
        self.collect(arrival);
    }

    pub fn send(
        &mut self,
        name: &str,
        payload_type: u8,
        marker: bool,
        payload: &[u8],
        arrival: Time,
    ) {
        let bytes = self.packet(name, payload_type, marker, payload);
        let from = self.phones[name].address;
        self.deliver(name, bytes, from, arrival);
    }

    /// Every phone that has a tone sends 20 ms of it, 5 ms before the next tick.
    pub fn speak(&mut self) {
        let arrival = Time::from_millis(self.ticks * 20 + 15);
        let mut names: Vec<String> = self.phones.keys().cloned().collect();
        names.sort();
        for name in names {
            let phone = self.phones.get_mut(&name).expect("a phone");
            let mut samples = vec![0; phone.kind.sample_rate() as usize / 50];
            if let Some((speech, at)) = &mut phone.speech {
                let next = speech.iter().cycle().skip(*at).take(samples.len());
                *at = (*at + samples.len()) % speech.len();
                samples = next.copied().collect();
            } else if let Some(tone) = &mut phone.tone {
                tone.fill(&mut samples);
            } else {
                continue;
            }
            phone.level = level(&samples);
            let mut payload = vec![0; 1400];
            let length = phone
                .encoder
                .encode(&samples, &mut payload)
                .expect("encode");
            let payload_type = codec(phone.kind).send_payload_type;
            self.send(&name, payload_type, false, &payload[..length], arrival);
            let phone = self.phones.get_mut(&name).expect("a phone");
            phone.timestamp = phone.timestamp.wrapping_add(phone.kind.clock_rate() / 50);
        }
    }

    pub fn tick(&mut self) {
        self.speak();
        self.ticks += 1;
        let now = self.now();
        self.engine.tick(now, 0);
        self.collect(now);
    }

    pub fn run(&mut self, ticks: u64) {
        for _ in 0..ticks {
            self.tick();
        }
    }

    /// The tick after `missed` that did not take place.
    pub fn late_tick(&mut self, missed: u64) {
        self.ticks += 1 + missed;
        let now = self.now();
        self.engine.tick(now, missed);
        self.collect(now);
    }

    fn collect(&mut self, at: Time) {
        for (transmit, bytes) in self.engine.output.datagrams() {
            let Some(phone) = self.phones.values_mut().find(|p| p.index == transmit.leg) else {
                continue;
            };
            if transmit.channel == Channel::Rtcp {
                phone.rtcp.push(bytes.to_vec());
                continue;
            }
            let Some(packet) = RtpPacket::parse(bytes) else {
                panic!("what we send is no RTP")
            };
            if packet.payload_type == codec(phone.kind).send_payload_type {
                let mut samples = vec![0; MAX_PACKET_SAMPLES];
                if let Ok(length) = phone.decoder.decode(packet.payload, &mut samples) {
                    phone.heard.extend_from_slice(&samples[..length]);
                }
            }
            phone.received.push(Received {
                at,
                marker: packet.marker,
                payload_type: packet.payload_type,
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                ssrc: packet.ssrc,
                payload: packet.payload.to_vec(),
                to: transmit.to,
            });
        }
        let output = &mut self.engine.output;
        output.clear_datagrams();
        for frame in output.taps.drain(..) {
            self.recorded
                .entry(frame.tap)
                .or_default()
                .extend(frame.samples);
        }
        output.attention.clear();
        output.closed.clear();
        self.events.append(&mut output.events);
    }

    pub fn heard(&self, name: &str) -> &Phone {
        &self.phones[name]
    }

    pub fn forget(&mut self) {
        for phone in self.phones.values_mut() {
            phone.heard.clear();
            phone.received.clear();
            phone.rtcp.clear();
        }
        self.events.clear();
    }
}

/// Level of one frequency in samples, dBFS of the peak.
pub fn level_of(samples: &[i16], rate: u32, hertz: f64) -> f64 {
    let step = std::f64::consts::TAU * hertz / f64::from(rate);
    let (mut s, mut c) = (0.0, 0.0);
    for (n, &sample) in samples.iter().enumerate() {
        s += f64::from(sample) * (n as f64 * step).sin();
        c += f64::from(sample) * (n as f64 * step).cos();
    }
    let amplitude = 2.0 * (s * s + c * c).sqrt() / samples.len().max(1) as f64;
    20.0 * (amplitude.max(1e-3) / 32_768.0).log10()
}

pub fn tone_sound(rate: u32, hertz: f64, seconds: f64) -> Sound {
    let mut samples = vec![0; (f64::from(rate) * seconds) as usize];
    Tone::new(rate, &[(hertz, -12.0)]).fill(&mut samples);
    Sound { rate, samples }
}

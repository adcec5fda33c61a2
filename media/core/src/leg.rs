//! A leg: what one peer says to us and what we say to him.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use crate::agreement::{LegMedia, SrtpKey};
use crate::codec::CodecKind;
use crate::command::{Event, LegIndex, LegStats, Name};
use crate::dtmf::{EventReceiver, EventSender};
use crate::encoding::{Effort, Encoding, EncodingKey, Gap};
use crate::goertzel::DtmfDetector;
use crate::jitter::JitterBuffer;
use crate::level::{self, Claims};
use crate::line::{Line, Stamp};
use crate::mos;
use crate::output::{Attention, Channel, Output};
use crate::player::Player;
use crate::resample::Resampler;
use crate::rtcp::{self, NtpTime, ReceptionStats, RtcpPacket, SenderInfo};
use crate::rtp::{is_rtcp, RtpHeader, RtpPacket};
use crate::source::{Source, Verdict};
use crate::srtp::Srtp;
use crate::talkers::SILENCE;
use crate::tick::{Tick, FRAME_MS};
use crate::time::Time;
use crate::tone::Tone;
use crate::webrtc::{Carrier, Keys, Path, Transport};

/// Silence after which media counts as lost, if nothing else was said.
pub const LOST_AFTER: Duration = Duration::from_secs(30);
/// Between two RTCP reports.
pub const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// What a leg is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Nothing,
    Leg(LegIndex),
    /// A room and the seat in it.
    Room {
        room: usize,
        seat: usize,
    },
}

/// Where the audio comes from that a leg is sent; a change of it is a switch of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouth {
    Nobody,
    Player,
    Digits,
    Leg(LegIndex),
    Room(usize),
}

/// Digits being sent.
pub enum Digits {
    Events(EventSender),
    /// Tones for a peer that does not take events: digits left, the tone that sounds, ticks left of it and of the pause.
    Tones {
        left: VecDeque<char>,
        tone: Option<Tone>,
        on: u32,
        off: u32,
        duration: u32,
        gap: u32,
    },
}

/// What the peer told by RTCP of what we send.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    round_trip: Option<Duration>,
    fraction_lost: u8,
}

/// A packet that may be believed.
pub enum Arrived<'a> {
    Rtp(RtpPacket<'a>),
    Rtcp(&'a [u8]),
}

pub struct Leg {
    pub name: Name,
    pub index: LegIndex,
    pub media: Option<Box<LegMedia>>,
    pub line: Line,
    pub link: Link,
    pub mouth: Mouth,
    /// The front one is heard.
    pub players: VecDeque<Player>,
    /// Our own encoder: for players, a transcoded peer, and as a talker in a room.
    pub encoding: Option<Box<Encoding>>,
    pub jitter: Option<Box<JitterBuffer>>,
    pub digits: Option<Box<Digits>>,
    pub keys: EventReceiver,
    /// Loudest packet since last asked, dBov.
    loudest: f32,
    /// What the peer says of his loudness.
    pub claims: Claims,
    /// Recorders that listen to this leg.
    pub taps: u32,
    /// Recorders of this leg alone: they hear of it what others hear.
    pub followed: u32,
    pub attention: Attention,
    /// For a transcoded peer: from his rate to ours.
    pub converter: Option<((u32, u32), Box<Resampler>)>,
    /// Timestamps, theirs and ours, of an event relayed from a peer with another codec.
    pub relayed_event: Option<(u32, u32)>,
    /// A digit found in the audio, not told yet.
    pub found_key: Option<char>,
    finder: Option<Box<KeyFinder>>,
    /// What the peer said in the tick of that number.
    spoken: Vec<i16>,
    spoken_at: u64,
    source: Source,
    rtcp_source: Source,
    srtp_in: Option<Box<Srtp>>,
    srtp_out: Option<Box<Srtp>>,
    reception: ReceptionStats,
    octets_received: u64,
    pub discarded: u64,
    heard: Heard,
    media_heard: Time,
    found: bool,
    lost: bool,
    pub next_report: Time,
    sent_at_report: u64,
    /// Silence of RTP, RTCP and checks after which media counts as lost.
    pub lost_after: Duration,
    /// Of a browser's leg.
    pub transport: Option<Box<Transport>>,
    /// The stream a browser sends.
    pub stream: Option<u32>,
}

fn rtcp_of(rtp: SocketAddr) -> SocketAddr {
    SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1))
}

/// What a datagram holds, if it authenticates and is of what was agreed.
fn open<'a>(
    media: &LegMedia,
    srtp: Option<&mut Srtp>,
    data: &'a mut [u8],
    control: bool,
) -> Option<Arrived<'a>> {
    let length = match (srtp, control) {
        (None, _) => data.len(),
        (Some(srtp), false) => srtp.unprotect(data).ok()?,
        (Some(srtp), true) => srtp.unprotect_rtcp(data).ok()?,
    };
    let data = data.get(..length)?;
    if control {
        rtcp::parse(data).next()?;
        return Some(Arrived::Rtcp(data));
    }
    let packet = RtpPacket::parse(data)?;
    let wanted = packet.payload_type == media.codec.receive_payload_type
        || Some(packet.payload_type) == media.telephone_event.map(|t| t.receive_payload_type)
        || Some(packet.payload_type) == media.comfort_noise;
    wanted.then_some(Arrived::Rtp(packet))
}

const BAD_KEY: &str = "SRTP key does not fit its suite";

fn check_key(key: Option<&SrtpKey>) -> Result<(), &'static str> {
    key.map_or(Ok(()), |k| {
        Srtp::new(k.suite, &k.key_and_salt, &k.mki)
            .map(drop)
            .map_err(|_| BAD_KEY)
    })
}

/// The context for `key`: the one there is goes on with its roll-over counters if it has the same key.
fn keyed(
    context: Option<Box<Srtp>>,
    key: Option<&SrtpKey>,
) -> Result<Option<Box<Srtp>>, &'static str> {
    Ok(match (context, key) {
        (_, None) => None,
        (None, Some(k)) => Some(Box::new(
            Srtp::new(k.suite, &k.key_and_salt, &k.mki).map_err(|_| BAD_KEY)?,
        )),
        (Some(mut context), Some(k)) => {
            context
                .rekey(k.suite, &k.key_and_salt, &k.mki)
                .map_err(|_| BAD_KEY)?;
            Some(context)
        }
    })
}

/// Finds digits keyed as tones, in audio of any rate.
struct KeyFinder {
    converter: Resampler,
    detector: DtmfDetector,
    narrow: Vec<i16>,
}

impl KeyFinder {
    fn new(kind: CodecKind) -> Self {
        Self {
            converter: Resampler::new(kind.sample_rate(), 8_000),
            detector: DtmfDetector::default(),
            narrow: Vec::new(),
        }
    }

    fn find(&mut self, said: &[i16]) -> Option<char> {
        self.narrow
            .resize(self.converter.output_length(said.len()), 0);
        self.converter.process(said, &mut self.narrow);
        self.detector.process(&self.narrow)
    }
}

impl Leg {
    pub fn new(name: Name, index: LegIndex, line: Line, now: Time) -> Self {
        Self {
            name,
            index,
            media: None,
            line,
            link: Link::Nothing,
            mouth: Mouth::Nobody,
            players: VecDeque::new(),
            encoding: None,
            jitter: None,
            digits: None,
            keys: EventReceiver::default(),
            loudest: SILENCE,
            claims: Claims::default(),
            taps: 0,
            followed: 0,
            attention: Attention::OnTick,
            converter: None,
            relayed_event: None,
            found_key: None,
            finder: None,
            spoken: Vec::new(),
            spoken_at: 0,
            source: Source::default(),
            rtcp_source: Source::default(),
            srtp_in: None,
            srtp_out: None,
            reception: ReceptionStats::default(),
            octets_received: 0,
            discarded: 0,
            heard: Heard::default(),
            media_heard: now,
            found: false,
            lost: false,
            next_report: now + REPORT_INTERVAL,
            sent_at_report: 0,
            lost_after: LOST_AFTER,
            transport: None,
            stream: None,
        }
    }

    /// Whether `set_media` may take it.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check_media(&self, media: &LegMedia) -> Result<(), &'static str> {
        check_key(media.srtp_send.as_ref())?;
        check_key(media.srtp_receive.as_ref())?;
        match (&self.transport, &media.webrtc) {
            (Some(_), None) => return Err("a browser's leg needs webrtc in its media"),
            (None, Some(_)) => return Err("the leg was not opened for a browser"),
            _ => {}
        }
        // RFC 5761 §4: with one port for both, these look like RTCP.
        let event = media.telephone_event;
        let mut types = [
            Some(media.codec.send_payload_type),
            Some(media.codec.receive_payload_type),
            event.map(|t| t.send_payload_type),
            event.map(|t| t.receive_payload_type),
            media.comfort_noise,
        ]
        .into_iter()
        .flatten();
        if media.webrtc.is_some() && types.any(|t| (64..96).contains(&t)) {
            return Err("payload types 64 to 95 cannot be told from RTCP");
        }
        Ok(())
    }

    /// Takes what was agreed.
    ///
    /// # Errors
    /// A key that does not fit its suite; the leg is then as it was.
    pub fn set_media(&mut self, media: Box<LegMedia>, now: Time) -> Result<(), &'static str> {
        self.check_media(&media)?;
        let before = self.media.take();
        if self.transport.is_some() {
            if before.is_none() || self.lost {
                // A browser that comes back has its time again; should nothing come, it is told again.
                self.media_heard = now;
                if self.lost {
                    (self.lost, self.found) = (false, false);
                }
            }
        } else {
            self.srtp_out = keyed(self.srtp_out.take(), media.srtp_send.as_ref())?;
            self.srtp_in = keyed(self.srtp_in.take(), media.srtp_receive.as_ref())?;
            self.source.describe(media.remote, media.signalling_ip);
            let rtcp = media.remote_rtcp.or(media.remote.map(rtcp_of));
            self.rtcp_source.describe(rtcp, media.signalling_ip);
            let key_before = before.as_ref().and_then(|b| b.srtp_receive.as_ref());
            if before.is_some() && key_before != media.srtp_receive.as_ref() {
                self.source.reopen();
                self.rtcp_source.reopen();
            }
        }
        self.line.set_rate(media.codec.kind.clock_rate(), now);
        if before
            .as_ref()
            .is_none_or(|b| b.codec.kind != media.codec.kind)
        {
            self.jitter = None;
            self.finder = None;
        }
        if self
            .encoding
            .as_ref()
            .is_some_and(|e| e.key != EncodingKey::from(&media.codec))
        {
            self.encoding = None;
        }
        if before.is_none_or(|b| b.direction != media.direction) {
            if let Some(jitter) = &mut self.jitter {
                jitter.reset();
            }
            self.media_heard = now;
        }
        self.claims = Claims::default();
        self.media = Some(media);
        Ok(())
    }

    /// We may send audio now: something was agreed, and it allows that.
    pub fn sends(&self) -> bool {
        self.media.as_ref().is_some_and(|m| m.sends())
    }

    /// The peer may be heard.
    pub fn hears(&self) -> bool {
        self.media.as_ref().is_some_and(|m| m.direction.hears())
    }

    pub fn kind(&self) -> Option<CodecKind> {
        self.media.as_ref().map(|m| m.codec.kind)
    }

    /// Nothing keeps the leg from hearing what it is connected to.
    pub fn is_open(&self) -> bool {
        self.players.is_empty() && self.digits.is_none()
    }

    /// Checks where a datagram comes from and whether it authenticates; counts it or drops it.
    pub fn accept<'a>(
        &mut self,
        channel: Channel,
        data: &'a mut [u8],
        from: SocketAddr,
        arrival: Time,
        events: &mut Vec<Event>,
    ) -> Option<Arrived<'a>> {
        let arrived = self.believe(channel, data, from, arrival, events);
        if arrived.is_none() {
            self.discarded += 1;
        }
        arrived
    }

    fn believe<'a>(
        &mut self,
        channel: Channel,
        data: &'a mut [u8],
        from: SocketAddr,
        arrival: Time,
        events: &mut Vec<Event>,
    ) -> Option<Arrived<'a>> {
        let media = self.media.as_ref()?;
        let control = channel == Channel::Rtcp || (media.rtcp_mux && is_rtcp(data));
        let at = if control { 4 } else { 8 };
        let ssrc = data
            .get(at..at + 4)
            .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))?;
        let source = if control && !media.rtcp_mux {
            &mut self.rtcp_source
        } else {
            &mut self.source
        };
        let verdict = source.judge(from, ssrc, arrival);
        if verdict == Verdict::Stranger || data[0] >> 6 != 2 {
            return None;
        }
        let arrived = open(media, self.srtp_in.as_deref_mut(), data, control)?;
        match verdict {
            Verdict::New(rank) => {
                source.learn(from, ssrc, rank, arrival);
            }
            _ => source.heard(ssrc, arrival),
        }
        self.media_heard = arrival;
        if let Arrived::Rtp(packet) = &arrived {
            self.octets_received += packet.payload.len() as u64;
            if !self.found || self.lost {
                self.found = true;
                self.lost = false;
                events.push(Event::MediaFound {
                    leg: self.name.clone(),
                    source: from,
                });
            }
        }
        Some(arrived)
    }

    /// The same for a browser's leg, whose packets are believed if they authenticate, wherever they come from.
    pub fn accept_browser<'a>(
        &mut self,
        data: &'a mut [u8],
        path: Path,
        arrival: Time,
        events: &mut Vec<Event>,
    ) -> Option<Arrived<'a>> {
        let control = is_rtcp(data);
        let arrived = match (&self.media, self.srtp_in.as_deref_mut()) {
            (Some(media), Some(srtp)) => open(media, Some(srtp), data, control),
            _ => None,
        };
        match &arrived {
            None => self.discarded += 1,
            Some(arrived) => {
                if let Arrived::Rtp(packet) = arrived {
                    self.octets_received += packet.payload.len() as u64;
                    self.stream = Some(packet.ssrc);
                }
                self.alive(path.peer.address, arrival, events);
            }
        }
        arrived
    }

    /// A browser has shown to be there; that ends a loss.
    pub fn alive(&mut self, from: SocketAddr, now: Time, events: &mut Vec<Event>) {
        self.media_heard = self.media_heard.max(now);
        if self.lost || (!self.found && self.srtp_in.is_some()) {
            (self.lost, self.found) = (false, true);
            events.push(Event::MediaFound {
                leg: self.name.clone(),
                source: from,
            });
        }
    }

    /// Takes the keys of a browser's handshake: now there is a way for media.
    pub fn secure(&mut self, keys: &Keys, now: Time, events: &mut Vec<Event>) {
        let made = |key: &SrtpKey| Srtp::new(key.suite, &key.key_and_salt, &key.mki).ok();
        let (Some(send), Some(receive)) = (made(&keys.send), made(&keys.receive)) else {
            return;
        };
        self.line.new_key();
        self.srtp_out = Some(Box::new(send));
        self.srtp_in = Some(Box::new(receive));
        self.media_heard = self.media_heard.max(now);
        if let Some(path) = self.transport.as_ref().and_then(|t| t.target()) {
            if !self.found || self.lost {
                self.found = true;
                self.lost = false;
                events.push(Event::MediaFound {
                    leg: self.name.clone(),
                    source: path.peer.address,
                });
            }
        }
    }

    /// The browser is gone: nothing more is sent to it or taken from it until there are new keys.
    pub fn unsecure(&mut self) {
        self.srtp_in = None;
        self.srtp_out = None;
        self.found = false;
    }

    /// A browser's leg before its DTLS is up: nothing that is said to it would be heard.
    pub fn handshaking(&self) -> bool {
        self.transport.is_some() && self.srtp_out.is_none()
    }

    /// Where media goes, if anywhere.
    fn destination(&self) -> Option<(Channel, SocketAddr)> {
        match &self.transport {
            None => self.source.target().map(|to| (Channel::Rtp, to)),
            Some(_) if self.srtp_out.is_none() => None,
            Some(transport) => transport
                .target()
                .map(|path| (path.into(), path.peer.address)),
        }
    }

    /// Counts an audio, comfort noise or telephone-event packet for the reports.
    pub fn count(&mut self, packet: &RtpPacket<'_>, arrival: Time) {
        let event = self.media.as_ref().and_then(|m| m.telephone_event);
        if Some(packet.payload_type) == event.map(|t| t.receive_payload_type) {
            self.reception.received_event(packet.ssrc, packet.sequence);
            return;
        }
        let rate = self.kind().map_or(8_000, CodecKind::clock_rate);
        self.reception.received(
            packet.ssrc,
            packet.sequence,
            packet.timestamp,
            arrival,
            rate,
        );
    }

    /// Takes an audio packet into the jitter buffer.
    pub fn buffer(&mut self, packet: &RtpPacket<'_>, arrival: Time) {
        let Some(kind) = self.kind() else { return };
        let jitter = self
            .jitter
            .get_or_insert_with(|| Box::new(JitterBuffer::new(kind)));
        jitter.insert(
            packet.ssrc,
            packet.sequence,
            packet.timestamp,
            packet.payload,
            arrival,
        );
        let level = level::payload_level(kind, packet.payload).or_else(|| {
            let id = self.media.as_ref()?.audio_level?;
            self.claims
                .packet(packet.audio_level(id).map(|(level, _)| level))
        });
        if let Some(level) = level {
            self.loudest = self.loudest.max(-f32::from(level));
        }
    }

    /// Somebody will pull from the jitter buffer.
    pub fn buffers(&self) -> bool {
        match self.link {
            Link::Room { .. } => true,
            Link::Leg(_) => {
                self.attention == Attention::OnTick || self.taps > 0 || self.followed > 0
            }
            Link::Nothing => self.taps > 0 || self.listens_for_keys(),
        }
    }

    /// Digits come as tones in the audio, for no telephone-event was agreed; not looked for in a relay.
    pub fn listens_for_keys(&self) -> bool {
        self.attention == Attention::OnTick
            && self
                .media
                .as_ref()
                .is_some_and(|m| m.telephone_event.is_none())
    }

    /// Looks for a digit in what the peer says.
    fn listen_for_keys(&mut self, said: &[i16]) {
        let Some(kind) = self.kind().filter(|_| self.listens_for_keys()) else {
            self.finder = None;
            return;
        };
        let finder = self
            .finder
            .get_or_insert_with(|| Box::new(KeyFinder::new(kind)));
        self.found_key = finder.find(said).or(self.found_key);
    }

    /// A key is held down: the leg is not to be heard.
    pub fn is_keying(&self, now: Time) -> bool {
        self.keys.pressed(now) || self.hears_key()
    }

    /// A key sounds in what the peer says: its end is heard only by listening on.
    pub fn hears_key(&self) -> bool {
        self.finder.as_ref().is_some_and(|f| f.detector.pressed())
    }

    /// What the peer says in this tick, 20 ms at the codec's rate; None before anything was received.
    pub fn spoken(&mut self, tick: &Tick) -> Option<&[i16]> {
        if self.spoken_at != tick.number {
            let jitter = self.jitter.as_mut()?;
            self.spoken
                .resize((jitter.sample_rate() / 1000 * FRAME_MS) as usize, 0);
            jitter.pull(tick.end, &mut self.spoken);
            self.spoken_at = tick.number;
            let spoken = std::mem::take(&mut self.spoken);
            self.listen_for_keys(&spoken);
            self.spoken = spoken;
        }
        Some(&self.spoken)
    }

    /// Takes a comfort noise packet into the jitter buffer.
    pub fn buffer_noise(&mut self, packet: &RtpPacket<'_>, arrival: Time) {
        if let (Some(jitter), Some(level)) = (&mut self.jitter, packet.payload.first()) {
            jitter.insert_comfort_noise(
                packet.ssrc,
                packet.sequence,
                packet.timestamp,
                *level,
                arrival,
            );
        }
    }

    /// How loud the peer is can be told without decoding him.
    pub fn tells_loudness(&self) -> bool {
        self.media.as_ref().is_some_and(|m| match m.codec.kind {
            CodecKind::Pcmu | CodecKind::Pcma => true,
            CodecKind::G722 | CodecKind::Opus => m.audio_level.is_some() && self.claims.believed(),
        })
    }

    /// The loudest packet since last asked, dBov.
    pub fn take_loudest(&mut self) -> f32 {
        std::mem::replace(&mut self.loudest, SILENCE)
    }

    /// Sends one RTP packet where media goes.
    pub fn send(&mut self, payload_type: u8, stamp: Stamp, payload: &[u8], out: &mut Output) {
        let Some(to) = self.destination() else {
            return;
        };
        let header = RtpHeader {
            marker: stamp.marker,
            payload_type,
            sequence: stamp.sequence,
            timestamp: stamp.timestamp,
            ssrc: self.line.ssrc,
            audio_level: None,
        };
        if out.rtp(
            self.index,
            to,
            &header,
            payload,
            self.srtp_out.as_deref_mut(),
        ) {
            self.line.count(payload.len());
        }
    }

    /// Share of what we send that the peer reports lost, percent.
    pub fn remote_loss(&self) -> u8 {
        (u32::from(self.heard.fraction_lost) * 100 / 256) as u8
    }

    /// Sends what `encoding` made of the frame that ends at `end`.
    pub fn send_encoded(&mut self, encoding: &Encoding, end: Time, out: &mut Output) {
        let Some(media) = &self.media else { return };
        let payload_type = media.codec.send_payload_type;
        let gaps = media.codec.gaps;
        for (payload, bytes) in encoding.payloads() {
            let told;
            let bytes = match payload.gap {
                Gap::Silent if gaps => continue,
                Gap::Told(kind) if gaps => {
                    told = [kind];
                    &told[..]
                }
                _ => bytes,
            };
            if gaps && payload.gap == Gap::Over {
                self.line.begin_spurt();
            }
            let stamp = self.line.stamp(
                end - Duration::from_micros(u64::from(payload.rest)),
                payload.samples,
            );
            self.send(payload_type, stamp, bytes, out);
        }
    }

    /// Encodes a frame (20 ms at the codec's rate) with the leg's own encoder, and sends it.
    pub fn say(&mut self, frame: &[i16], effort: Effort, end: Time, out: &mut Output) {
        let Some(media) = &self.media else { return };
        let mut encoding = match self.encoding.take() {
            Some(encoding) => encoding,
            None => match Encoding::new(EncodingKey::from(&media.codec)) {
                Ok(encoding) => Box::new(encoding),
                Err(_) => return,
            },
        };
        encoding.tune(effort, self.remote_loss());
        encoding.gaps = media.codec.gaps;
        encoding.feed(frame);
        self.send_encoded(&encoding, end, out);
        self.encoding = Some(encoding);
    }

    /// Says where the next audio comes from; a change sets the marker.
    pub fn speak_as(&mut self, mouth: Mouth) {
        if self.mouth != mouth {
            self.mouth = mouth;
            self.line.switch();
        }
    }

    /// Reads the peer's reports.
    pub fn hear_report(&mut self, data: &[u8], arrival: Time, unix: Duration) {
        let now = NtpTime::from_unix(unix);
        for packet in rtcp::parse(data) {
            let blocks = match packet {
                RtcpPacket::SenderReport { sender, blocks, .. } => {
                    self.reception.sender_report(sender.ntp, arrival);
                    blocks
                }
                RtcpPacket::ReceiverReport { blocks, .. } => blocks,
                _ => continue,
            };
            for block in blocks.filter(|b| b.ssrc == self.line.ssrc) {
                self.heard.fraction_lost = block.fraction_lost;
                self.heard.round_trip = block.round_trip(now).or(self.heard.round_trip);
            }
        }
    }

    /// Sends a report, with a farewell if the leg is closed.
    pub fn report(&mut self, cname: &str, now: Time, unix: Duration, bye: bool, out: &mut Output) {
        let Some(media) = &self.media else { return };
        let destination = if media.rtcp_mux || self.transport.is_some() {
            self.destination()
        } else {
            self.rtcp_source.target().map(|to| (Channel::Rtcp, to))
        };
        let Some((channel, to)) = destination else {
            return;
        };
        let sender = (self.line.packets > self.sent_at_report).then(|| SenderInfo {
            ntp: NtpTime::from_unix(unix),
            rtp_timestamp: self.line.project(now),
            packets: self.line.packets as u32,
            octets: self.line.octets as u32,
        });
        self.sent_at_report = self.line.packets;
        let block = self.reception.report(now);
        let mut compound = [0; 256];
        let written = rtcp::write_report(
            &mut compound,
            self.line.ssrc,
            sender.as_ref(),
            block.as_ref(),
            cname,
            bye,
        );
        if let Some(length) = written {
            out.rtcp(
                self.index,
                channel,
                to,
                &compound[..length],
                self.srtp_out.as_deref_mut(),
            );
        }
    }

    /// Tells once if media is lost.
    pub fn watch(&mut self, now: Time, events: &mut Vec<Event>) {
        // A browser goes on with its checks while it is held.
        let expected = match &self.transport {
            Some(_) => self.media.is_some(),
            None => self.hears() && self.media.as_ref().is_some_and(|m| m.remote.is_some()),
        };
        if self.lost || !expected {
            return;
        }
        let silence = now.since(self.media_heard);
        if silence >= self.lost_after {
            self.lost = true;
            events.push(Event::MediaLost {
                leg: self.name.clone(),
                seconds: silence.as_secs() as u32,
            });
        }
    }

    pub fn stats(&self) -> LegStats {
        let jitter = self
            .jitter
            .as_ref()
            .map(|j| (j.stats(), j.delay_micros(), j.sample_rate()));
        let (buffer, delay, rate) = jitter.unwrap_or_default();
        let received = self.reception.packets_received();
        let lost = self.reception.packets_lost();
        let frame = u64::from(rate.max(50) / 50);
        let network_loss = lost as f64 / (received + lost).max(1) as f64;
        let concealed = buffer.concealed_samples as f64 / buffer.samples.max(1) as f64;
        let round_trip = self
            .heard
            .round_trip
            .map_or(0.0, |d| d.as_secs_f64() * 1000.0);
        let delay_ms = round_trip / 2.0 + f64::from(delay) / 1000.0 + 20.0;
        let quality = self.kind().filter(|_| received > 0).map_or(0.0, |kind| {
            f64::from(mos::mos(
                kind,
                network_loss.max(concealed) as f32,
                delay_ms as f32,
            ))
        });
        LegStats {
            leg: self.name.to_string(),
            codec: match self.kind() {
                None => "",
                Some(CodecKind::Pcmu) => "PCMU",
                Some(CodecKind::Pcma) => "PCMA",
                Some(CodecKind::G722) => "G722",
                Some(CodecKind::Opus) => "opus",
            },
            packets_received: received,
            packets_sent: self.line.packets,
            octets_received: self.octets_received,
            octets_sent: self.line.octets,
            packets_lost: lost,
            packets_late: buffer.late,
            packets_discarded: self.discarded,
            frames_concealed: buffer.concealed_samples / frame,
            payloads_decoded: buffer.decoded,
            jitter: f64::from(self.reception.jitter_ms()),
            round_trip,
            remote_loss: f64::from(self.heard.fraction_lost) / 256.0,
            mos: quality,
            source: match &self.transport {
                None => self.source.learned(),
                Some(_) => self.destination().map(|(_, to)| to),
            },
            transport: match (&self.transport, self.destination()) {
                (None, _) if self.source.learned().is_some() => "udp",
                (Some(_), Some((Channel::Browsers { carrier, .. }, _))) => match carrier {
                    Carrier::Udp => "udp",
                    Carrier::Tcp => "tcp",
                },
                _ => "",
            },
        }
    }
}

//! A browser for the tests: str0m's ICE, DTLS and SRTP over UDP or TCP, Opus by the core's codec.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::{json, Value};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpPacket, RtpWrite, Ssrc};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc, RtcConfig};
use switchroom_core::codec::{CodecKind, Decoder, Encoder, EncoderOptions};
use switchroom_core::tone::Tone;

pub const OPUS: u8 = 111;
pub const EVENTS: u8 = 110;
const FRAME: usize = 960;
const STEP: Duration = Duration::from_millis(20);

pub enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

impl Wire {
    pub fn udp() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("bind");
        Self::over(socket)
    }

    fn over(socket: UdpSocket) -> Self {
        let timeout = Some(Duration::from_millis(2));
        socket.set_read_timeout(timeout).expect("timeout");
        Wire::Udp(socket)
    }

    pub fn tcp(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("connect");
        let timeout = Some(Duration::from_millis(2));
        stream.set_read_timeout(timeout).expect("timeout");
        stream.set_nodelay(true).expect("nodelay");
        Wire::Tcp(stream, Vec::new())
    }

    pub fn address(&self) -> SocketAddr {
        match self {
            Wire::Udp(socket) => socket.local_addr(),
            Wire::Tcp(stream, _) => stream.local_addr(),
        }
        .expect("address")
    }

    pub fn send(&mut self, bytes: &[u8], to: SocketAddr) {
        match self {
            Wire::Udp(socket) => drop(socket.send_to(bytes, to)),
            Wire::Tcp(stream, _) => {
                let frame = [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
                let _ = stream.write_all(&frame);
            }
        }
    }

    pub fn receive(&mut self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 4096];
        match self {
            Wire::Udp(socket) => {
                let length = socket.recv(&mut bytes).ok()?;
                bytes.truncate(length);
                Some(bytes)
            }
            Wire::Tcp(stream, unread) => {
                if let Some(frame) = take_frame(unread) {
                    return Some(frame);
                }
                let length = stream.read(&mut bytes).ok()?;
                unread.extend_from_slice(&bytes[..length]);
                take_frame(unread)
            }
        }
    }
}

fn take_frame(unread: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes(*unread.first_chunk()?));
    let frame = unread.get(2..2 + length)?.to_vec();
    unread.drain(..2 + length);
    Some(frame)
}

/// One packet as it was heard.
pub struct Heard {
    pub at: Instant,
    pub sequence: u16,
    pub timestamp: u32,
    pub payload_type: u8,
    pub ssrc: u32,
    pub payload: Vec<u8>,
}

pub struct Browser {
    pub rtc: Rtc,
    pub wire: Wire,
    /// What the browser believes its address to be.
    pub candidate: SocketAddr,
    pub server: SocketAddr,
    pub ours: IceCreds,
    pub theirs: IceCreds,
    pub fingerprint: String,
    pub connected: Option<Instant>,
    pub closed: bool,
    pub failed: bool,
    pub heard: Vec<Heard>,
    pub muted: bool,
    mid: Mid,
    ssrc: Ssrc,
    known: Vec<u32>,
    sequence: u64,
    timestamp: u32,
    next: Instant,
    tone: Tone,
    encoder: Encoder,
}

pub fn credentials(name: &str) -> IceCreds {
    IceCreds {
        ufrag: format!("{name}x{:x}", std::process::id()),
        pass: format!("{name}/password/of/enough/characters"),
    }
}

impl Browser {
    /// A browser that is about to call leg `name` of the worker on `server`, saying a tone.
    pub fn new(name: &str, server: SocketAddr, wire: Wire, hz: f64) -> Self {
        let ours = credentials(&format!("b+{name}"));
        let mut config = RtcConfig::new()
            .set_rtp_mode(true)
            .clear_codecs()
            .clear_extension_map()
            .set_local_ice_credentials(ours.clone())
            .set_stats_interval(None);
        for (pt, codec) in [(OPUS, Codec::Opus), (EVENTS, Codec::Null)] {
            config.codec_config().add_config(
                pt.into(),
                None,
                codec,
                Frequency::FORTY_EIGHT_KHZ,
                Some(2),
                FormatParams::default(),
            );
        }
        let now = Instant::now();
        let mut rtc = config.build(now);
        let candidate = wire.address();
        // str0m pairs UDP with UDP only; what carries its datagrams is our affair.
        rtc.add_local_candidate(Candidate::host(candidate, "udp").expect("a candidate"));
        let number = name
            .bytes()
            .fold(7_u32, |n, b| n.wrapping_mul(31) ^ u32::from(b));
        let ssrc: Ssrc = number.into();
        let mid: Mid = "0".into();
        let mut api = rtc.direct_api();
        api.set_ice_controlling(true);
        api.declare_media(mid, MediaKind::Audio);
        api.declare_stream_tx(ssrc, None, mid, None);
        let fingerprint = api.local_dtls_fingerprint().to_string();
        Self {
            rtc,
            wire,
            candidate,
            server,
            ours,
            theirs: credentials(&format!("w+{name}")),
            fingerprint,
            connected: None,
            closed: false,
            failed: false,
            heard: Vec::new(),
            muted: false,
            mid,
            ssrc,
            known: Vec::new(),
            sequence: 1_000,
            timestamp: 77,
            next: now,
            tone: Tone::new(48_000, &[(hz, -12.0)]),
            encoder: Encoder::new(CodecKind::Opus, &EncoderOptions::default()).expect("encoder"),
        }
    }

    /// What the owner tells the worker of this browser.
    pub fn media(&self, role: &str) -> Value {
        json!({
            "remote": "0.0.0.0:9",
            "codec": {"name": "opus", "send_payload_type": OPUS, "receive_payload_type": OPUS},
            "telephone_event": {"send_payload_type": EVENTS, "receive_payload_type": EVENTS, "clock_rate": 48000},
            "webrtc": {
                "local_ufrag": self.theirs.ufrag, "local_password": self.theirs.pass,
                "remote_ufrag": self.ours.ufrag, "remote_password": self.ours.pass,
                "fingerprint": self.fingerprint, "role": role,
            },
        })
    }

    pub fn open(&self, leg: &str, role: &str) -> Value {
        json!({"op": "open_leg", "leg": leg, "bind": "0.0.0.0", "webrtc": true, "media": self.media(role)})
    }

    /// Begins, as with the worker's answer.
    pub fn start(&mut self, fingerprint: &str, role: &str) {
        self.rtc
            .add_remote_candidate(Candidate::host(self.server, "udp").expect("a candidate"));
        let theirs = self.theirs.clone();
        let mut api = self.rtc.direct_api();
        api.set_remote_ice_credentials(theirs);
        api.set_remote_fingerprint(fingerprint.parse().expect("a fingerprint"));
        api.start_dtls(role == "passive").expect("dtls");
        self.drain();
    }

    /// As after a change of network: other credentials, another address.
    pub fn restart_ice(&mut self, name: &str) {
        self.wire = Wire::udp();
        self.candidate = self.wire.address();
        self.ours = credentials(&format!("b+{name}"));
        self.theirs = credentials(&format!("w+{name}"));
        let (ours, theirs) = (self.ours.clone(), self.theirs.clone());
        let mut api = self.rtc.direct_api();
        api.set_local_ice_credentials(ours);
        api.set_remote_ice_credentials(theirs);
        self.rtc
            .add_local_candidate(Candidate::host(self.candidate, "udp").expect("a candidate"));
        self.drain();
    }

    /// A new binding of the NAT between us: the same to the browser, another source to the worker.
    pub fn rebind(&mut self) {
        self.wire = Wire::udp();
    }

    /// Lets time pass for so long, or until `done`.
    pub fn run(&mut self, time: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = Instant::now() + time;
        while Instant::now() < end {
            if done(self) {
                return true;
            }
            self.turn();
        }
        done(self)
    }

    pub fn turn(&mut self) {
        let received = self.wire.receive();
        let now = Instant::now();
        if let Some(bytes) = received {
            self.expect_stream(&bytes);
            let receive = Receive::new(Protocol::Udp, self.server, self.candidate, &bytes);
            if let Ok(receive) = receive {
                let input = Input::Receive(now, receive);
                if self.rtc.handle_input(input).is_err() {
                    self.failed = true;
                }
            }
            self.drain();
        }
        self.talk(now);
        if self.rtc.handle_input(Input::Timeout(now)).is_err() {
            self.failed = true;
        }
        self.drain();
    }

    /// str0m takes no stream it was not told of.
    fn expect_stream(&mut self, bytes: &[u8]) {
        if bytes.len() < 12 || bytes[0] >> 6 != 2 || (192..224).contains(&bytes[1]) {
            return;
        }
        let ssrc = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        if !self.known.contains(&ssrc) {
            self.known.push(ssrc);
            let mut api = self.rtc.direct_api();
            api.expect_stream_rx(ssrc.into(), None, self.mid, None)
                .suppress_nack(true);
            self.drain();
        }
    }

    fn talk(&mut self, now: Instant) {
        if self.connected.is_none() || self.closed {
            self.next = now;
            return;
        }
        while self.next <= now {
            self.next += STEP;
            let mut frame = [0; FRAME];
            self.tone.fill(&mut frame);
            let mut payload = [0; 1200];
            let length = self.encoder.encode(&frame, &mut payload).expect("encoded");
            self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
            if !self.muted {
                self.write(OPUS, self.timestamp, &payload[..length], false);
            }
        }
    }

    /// Queues one RTP packet.
    pub fn write(&mut self, payload_type: u8, timestamp: u32, payload: &[u8], marker: bool) {
        self.sequence += 1;
        let packet = RtpWrite::new(
            payload_type.into(),
            self.sequence.into(),
            timestamp,
            Instant::now(),
            payload.to_vec(),
        )
        .marker(marker);
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx(&self.ssrc).expect("declared");
        stream.write_rtp(packet);
        self.drain();
    }

    /// Presses a key for 60 ms (RFC 4733).
    pub fn press(&mut self, event: u8) {
        self.muted = true;
        let begin = self.timestamp;
        for step in 1..=6_u16 {
            let last = step > 3;
            let duration = (step.min(3) * 960).to_be_bytes();
            let flags = if last { 0x80 | 10 } else { 10 };
            let payload = [event, flags, duration[0], duration[1]];
            self.write(EVENTS, begin, &payload, step == 1);
            self.run(Duration::from_millis(if last { 1 } else { 20 }), |_| false);
        }
        self.muted = false;
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(_)) => return,
                Ok(Output::Transmit(transmit)) => {
                    self.wire.send(&transmit.contents, transmit.destination);
                }
                Ok(Output::Event(event)) => self.event(event),
                Err(_) => {
                    self.failed = true;
                    return;
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Connected => self.connected = Some(Instant::now()),
            Event::Closed => self.closed = true,
            Event::RtpPacket(packet) => self.hear(&packet),
            _ => {}
        }
    }

    fn hear(&mut self, packet: &RtpPacket) {
        self.heard.push(Heard {
            at: Instant::now(),
            sequence: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            payload_type: *packet.header.payload_type,
            ssrc: *packet.header.ssrc,
            payload: packet.payload.to_vec(),
        });
    }

    /// Frequency and loudness (rms) of what was heard last, over a second or less.
    pub fn listen(&self) -> (f64, f64) {
        let mut decoder = Decoder::new(CodecKind::Opus).expect("decoder");
        let mut samples = Vec::new();
        let audio = self.heard.iter().filter(|h| h.payload_type == OPUS);
        for packet in audio {
            let mut frame = [0; 5760];
            if let Ok(length) = decoder.decode(&packet.payload, &mut frame) {
                samples.extend_from_slice(&frame[..length]);
            }
        }
        measure(&samples[samples.len().saturating_sub(12_000)..], 48_000.0)
    }
}

/// The loudest frequency (to 10 Hz; gaps do not matter), and rms.
pub fn measure(samples: &[i16], rate: f64) -> (f64, f64) {
    let power: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    let rms = (power / samples.len().max(1) as f64).sqrt();
    let energy = |hz: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &sample) in samples.iter().enumerate() {
            let (sin, cos) = (std::f64::consts::TAU * hz * n as f64 / rate).sin_cos();
            re += f64::from(sample) * cos;
            im += f64::from(sample) * sin;
        }
        re * re + im * im
    };
    let frequencies = (10..150).map(|n| f64::from(n) * 10.0);
    let loudest = frequencies.max_by(|a, b| energy(*a).total_cmp(&energy(*b)));
    (loudest.unwrap_or(0.0), rms)
}

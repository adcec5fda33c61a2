//! Browsers as the media worker sees them: ICE checks with nomination, a DTLS handshake, then Opus by SRTP with audio
//! levels (RFC 6464), checks and reports going on.
//!
//! One thread and one socket a browser, as in the plain generator. All of them have one certificate. Packets are encoded before
//! the run; what the run costs is protecting, sending, receiving and opening them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use is::stun::{StunMessage, TransId};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use switchroom_core::rtcp::{write_report, NtpTime, ReceptionStats, SenderInfo};
use switchroom_core::rtp::{is_rtcp, RtpHeader, RtpPacket};
use switchroom_core::srtp::{Srtp, MAX_OVERHEAD};
use switchroom_core::time::Time;
use switchroom_core::webrtc::{
    format_fingerprint, parse_fingerprint, Association, Fingerprint, Identity, Told, SCRATCH,
};

use crate::generator::Histogram;
use crate::signal::Random;
use crate::sys::{self, Batch, Udp};
use crate::voice::{self, Ear, Frame};

const PERIOD: i64 = 20_000_000;
const STEP: u32 = 960;
/// Between two checks of a browser, and between two reports, in packets: 2.5 s and 5 s, as browsers have it.
const CHECK: u64 = 125;
const REPORT: u64 = 250;
/// Handshakes going on at a time, and how long all may take.
const AT_ONCE: usize = 32;
const PATIENCE: Duration = Duration::from_secs(60);
/// A check is sent again after this if it was not answered.
const AGAIN: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// "ip:port" of the worker's port for browsers.
    target: String,
    /// Of the worker's certificate.
    fingerprint: String,
    /// Seconds to send, without the warm-up; 0: only handshakes.
    duration: f64,
    #[serde(default)]
    warmup: f64,
    payload_type: u8,
    /// Extension id of the audio level; without, none is sent.
    audio_level: Option<u8>,
    legs: Vec<LegSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LegSpec {
    /// The worker's credentials and ours.
    ufrag: String,
    password: String,
    own_ufrag: String,
    /// The tone (Hz) by which this leg is recognised when it talks; without, it is silent.
    tone: Option<u32>,
    /// What this leg hears is decoded and judged.
    #[serde(default)]
    probe: bool,
}

/// What a probe heard.
#[derive(Serialize)]
struct Heard {
    leg: usize,
    tone: Option<u32>,
    /// -dBov.
    level: u8,
    /// dBFS of each talker's tone, in the order of the legs.
    tones: Vec<f64>,
}

#[derive(Serialize)]
struct Report {
    legs: usize,
    seconds: f64,
    packets_sent: u64,
    packets_received: u64,
    loss: f64,
    worst_leg_loss: f64,
    sequence_gaps: u64,
    ssrc_changes: u64,
    deaf_legs: usize,
    /// Packets that did not authenticate.
    unauthentic: u64,
    /// SRTCP packets received.
    reports: u64,
    jitter_p50: f64,
    jitter_p99: f64,
    jitter_max: f64,
    payload_bytes: f64,
    own_lateness_p99: f64,
    own_cpu: f64,
    tones: Vec<u32>,
    heard: Vec<Heard>,
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(key).expect("HMAC takes any key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

struct Browser {
    socket: Udp,
    username: String,
    password: String,
    association: Option<Association>,
    srtp: Option<(Srtp, Srtp)>,
    asked: Option<Instant>,
    answered: bool,
    frames: Rc<[Frame]>,
    next: usize,
    due: i64,
    sent: u64,
    octets: u64,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    ear: Option<Ear>,
    reception: ReceptionStats,
    received: u64,
    bytes: u64,
    last: Option<(u16, u32, f64)>,
    gaps: u64,
    ssrc_changes: u64,
}

struct Run {
    target: SocketAddrV4,
    fingerprint: Fingerprint,
    identity: Identity,
    payload_type: u8,
    audio_level: Option<u8>,
    browsers: Vec<Browser>,
    batch: Batch,
    scratch: Vec<u8>,
    from: i64,
    deviation: Histogram,
    lateness: Histogram,
    sent: u64,
    unauthentic: u64,
    reports: u64,
}

/// Reads the scenario and carries it out; see the usage.
pub fn run() -> Result<(), String> {
    let identity = Identity::generate()?;
    say(&serde_json::json!({"fingerprint": format_fingerprint(&identity.fingerprint)}));
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|e| format!("standard input: {e}"))?;
    let scenario: Scenario = serde_json::from_str(&line).map_err(|e| format!("scenario: {e}"))?;
    let mut run = Run::new(&scenario, identity)?;
    say(&serde_json::json!({"ready": run.browsers.len()}));
    let begin = Instant::now();
    run.connect()?;
    say(
        &serde_json::json!({"connected": run.browsers.len(), "seconds": begin.elapsed().as_secs_f64()}),
    );
    if scenario.duration > 0.0 {
        let report = run.talk(&scenario);
        say(&serde_json::json!(report));
    }
    Ok(())
}

fn say(value: &serde_json::Value) {
    println!("{value}");
    let _ = std::io::stdout().flush();
}

impl Run {
    fn new(scenario: &Scenario, identity: Identity) -> Result<Run, String> {
        let mut random = Random::new(7);
        let mut browsers = Vec::new();
        let silent: Rc<[Frame]> = voice::encoded(None, 1).into();
        for (index, spec) in scenario.legs.iter().enumerate() {
            let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
            let frames = match spec.tone {
                _ if scenario.duration == 0.0 => Rc::default(),
                Some(tone) => voice::encoded(Some(tone), index as u64 + 1).into(),
                None => Rc::clone(&silent),
            };
            browsers.push(Browser {
                socket: Udp::bind(address, true, 0).map_err(|e| e.to_string())?,
                username: format!("{}:{}", spec.ufrag, spec.own_ufrag),
                password: spec.password.clone(),
                association: None,
                srtp: None,
                asked: None,
                answered: false,
                next: (random.unit() * frames.len() as f64) as usize,
                frames,
                due: 0,
                sent: 0,
                octets: 0,
                sequence: random.next() as u16,
                timestamp: random.next() as u32,
                ssrc: random.next() as u32,
                ear: spec.probe.then(Ear::new),
                reception: ReceptionStats::default(),
                received: 0,
                bytes: 0,
                last: None,
                gaps: 0,
                ssrc_changes: 0,
            });
        }
        Ok(Run {
            target: scenario.target.parse().map_err(|_| "target: ip:port")?,
            fingerprint: parse_fingerprint(&scenario.fingerprint).ok_or("bad fingerprint")?,
            identity,
            payload_type: scenario.payload_type,
            audio_level: scenario.audio_level,
            browsers,
            batch: Batch::new(16),
            scratch: vec![0; SCRATCH],
            from: i64::MAX,
            deviation: Histogram::new(),
            lateness: Histogram::new(),
            sent: 0,
            unauthentic: 0,
            reports: 0,
        })
    }

    /// Checks and handshakes, so many at a time, until all have keys.
    fn connect(&mut self) -> Result<(), String> {
        let begin = Instant::now();
        let mut first = 0;
        while first < self.browsers.len() {
            if begin.elapsed() > PATIENCE || sys::stopping() {
                let connected = self.browsers.iter().filter(|b| b.srtp.is_some()).count();
                return Err(format!(
                    "{connected} of {} connected within {PATIENCE:?}",
                    self.browsers.len()
                ));
            }
            let waiting: Vec<usize> = (first..self.browsers.len())
                .filter(|&i| self.browsers[i].srtp.is_none())
                .take(AT_ONCE)
                .collect();
            first = waiting.first().copied().unwrap_or(self.browsers.len());
            for index in waiting {
                self.knock(index)?;
                self.drain(index);
            }
            std::thread::sleep(Duration::from_micros(300));
        }
        Ok(())
    }

    /// What a browser does while it has no keys.
    fn knock(&mut self, index: usize) -> Result<(), String> {
        let now = Instant::now();
        let browser = &mut self.browsers[index];
        if !browser.answered {
            if browser.asked.is_none_or(|at| now - at > AGAIN) {
                browser.asked = Some(now);
                self.check(index);
            }
            return Ok(());
        }
        let association = browser
            .association
            .get_or_insert_with(|| Association::new(&self.identity, true, self.fingerprint, now));
        if association.deadline <= now {
            self.handshake(index, None)?;
        }
        Ok(())
    }

    /// A connectivity check that nominates.
    fn check(&mut self, index: usize) {
        let browser = &self.browsers[index];
        let message = StunMessage::binding_request(
            &browser.username,
            TransId::new(),
            true,
            index as u64,
            0x6eff_ffff,
            true,
        );
        let mut bytes = [0; 256];
        let length = message
            .to_bytes(Some(browser.password.as_bytes()), &mut bytes, hmac)
            .expect("room for a check");
        browser.socket.send_to(&bytes[..length], self.target);
    }

    fn handshake(&mut self, index: usize, datagram: Option<&[u8]>) -> Result<(), String> {
        let browser = &mut self.browsers[index];
        let (socket, target) = (&browser.socket, self.target);
        let Some(association) = &mut browser.association else {
            return Ok(());
        };
        let told = association
            .turn(Instant::now(), datagram, &mut self.scratch, |bytes| {
                socket.send_to(bytes, target);
            })
            .map_err(|trouble| format!("leg {index}: {trouble}"))?;
        if let Some(Told::Keys(keys)) = told {
            let made = |key: &switchroom_core::agreement::SrtpKey| {
                Srtp::new(key.suite, &key.key_and_salt, &key.mki).map_err(|e| e.to_string())
            };
            browser.srtp = Some((made(&keys.send)?, made(&keys.receive)?));
        }
        Ok(())
    }

    /// All talk; returns what was measured.
    fn talk(&mut self, scenario: &Scenario) -> Report {
        let begin = sys::now() + 100_000_000;
        self.from = begin + (scenario.warmup * 1e9) as i64;
        let end = self.from + (scenario.duration * 1e9) as i64;
        let mut random = Random::new(9);
        let mut order: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
        for (index, browser) in self.browsers.iter_mut().enumerate() {
            browser.due = begin + (random.unit() * PERIOD as f64) as i64;
            order.push(Reverse((browser.due, index)));
        }
        let mut cpu_at_start = None;
        loop {
            let now = sys::now();
            if now >= end || sys::stopping() {
                break;
            }
            if cpu_at_start.is_none() && now >= self.from {
                cpu_at_start = Some(sys::own_cpu());
            }
            while let Some(&Reverse((due, index))) = order.peek().filter(|r| r.0 .0 <= now) {
                order.pop();
                if now >= self.from {
                    self.lateness.add((now - due) as f64 / 1e6);
                }
                self.send(index, now);
                self.drain(index);
                self.browsers[index].due += PERIOD;
                order.push(Reverse((due + PERIOD, index)));
            }
            let next = order.peek().map_or(now, |r| r.0 .0);
            sys::sleep_until(next.max(now + 500_000));
        }
        let own_cpu = sys::own_cpu() - cpu_at_start.unwrap_or(0.0);
        self.report(scenario, own_cpu)
    }

    fn send(&mut self, index: usize, now: i64) {
        let browser = &mut self.browsers[index];
        let Some((srtp, _)) = &mut browser.srtp else {
            return;
        };
        let frame = &browser.frames[browser.next];
        let header = RtpHeader {
            marker: browser.sent == 0,
            payload_type: self.payload_type,
            sequence: browser.sequence,
            timestamp: browser.timestamp,
            ssrc: browser.ssrc,
            audio_level: self
                .audio_level
                .map(|id| (id, frame.level, frame.level < 50)),
        };
        let mut data = [0; 1_500];
        let length = header.write(&mut data);
        data[length..length + frame.payload.len()].copy_from_slice(&frame.payload);
        let length = length + frame.payload.len();
        if let Ok(length) = srtp.protect(&mut data, length) {
            browser.socket.send_to(&data[..length], self.target);
        }
        browser.next = (browser.next + 1) % browser.frames.len();
        browser.sequence = browser.sequence.wrapping_add(1);
        browser.timestamp = browser.timestamp.wrapping_add(STEP);
        browser.sent += 1;
        browser.octets += frame.payload.len() as u64;
        self.sent += u64::from(now >= self.from);
        // At a phase of its own, for every browser.
        let turn = browser.sent + index as u64 * 7;
        if turn.is_multiple_of(REPORT) {
            self.tell(index, now);
        }
        if turn.is_multiple_of(CHECK) {
            self.check(index);
        }
    }

    /// A sender's report.
    fn tell(&mut self, index: usize, now: i64) {
        let browser = &mut self.browsers[index];
        let Some((srtp, _)) = &mut browser.srtp else {
            return;
        };
        let sender = SenderInfo {
            ntp: NtpTime::from_unix(Duration::from_nanos(now as u64)),
            rtp_timestamp: browser.timestamp,
            packets: browser.sent as u32,
            octets: browser.octets as u32,
        };
        let block = browser.reception.report(Time(now as u64));
        let mut data = [0; 300];
        let room = data.len() - MAX_OVERHEAD;
        let written = write_report(
            &mut data[..room],
            browser.ssrc,
            Some(&sender),
            block.as_ref(),
            "load",
            false,
        );
        if let Some(Ok(length)) = written.map(|length| srtp.protect_rtcp(&mut data, length)) {
            browser.socket.send_to(&data[..length], self.target);
        }
    }

    fn drain(&mut self, index: usize) {
        loop {
            let got = self.batch.receive(&self.browsers[index].socket);
            for k in 0..got {
                let datagram = self.batch.get(k);
                let at = datagram.at;
                let mut data = [0; sys::DATAGRAM];
                let data = &mut data[..datagram.data.len()];
                data.copy_from_slice(datagram.data);
                match data.first() {
                    Some(0..=3) => {
                        let password = self.browsers[index].password.as_bytes();
                        let answers = StunMessage::parse(data).is_ok_and(|m| {
                            m.is_successful_binding_response() && m.verify(password, hmac)
                        });
                        self.browsers[index].answered |= answers;
                    }
                    Some(20..=63) => {
                        if let Err(error) = self.handshake(index, Some(data)) {
                            eprintln!("{error}");
                        }
                    }
                    Some(128..=191) => self.hear(index, data, at),
                    _ => {}
                }
            }
            if got < 16 {
                break;
            }
        }
    }

    fn hear(&mut self, index: usize, data: &mut [u8], at: i64) {
        let counted = at >= self.from;
        let browser = &mut self.browsers[index];
        let Some((_, srtp)) = &mut browser.srtp else {
            return;
        };
        if is_rtcp(data) {
            match srtp.unprotect_rtcp(data) {
                Ok(_) => self.reports += 1,
                Err(_) => self.unauthentic += 1,
            }
            return;
        }
        let Ok(length) = srtp.unprotect(data) else {
            self.unauthentic += 1;
            return;
        };
        let Some(packet) = RtpPacket::parse(&data[..length]) else {
            return;
        };
        browser.reception.received(
            packet.ssrc,
            packet.sequence,
            packet.timestamp,
            Time(at as u64),
            48_000,
        );
        if !counted {
            return;
        }
        if let Some(ear) = &mut browser.ear {
            ear.hear(packet.payload);
        }
        browser.received += 1;
        browser.bytes += packet.payload.len() as u64;
        let transit = at as f64 / 1e6 - f64::from(packet.timestamp) / 48.0;
        if let Some((sequence, ssrc, before)) = browser.last {
            let change = (transit - before).abs();
            if change < 5_000.0 {
                self.deviation.add(change);
            }
            let forward = packet.sequence.wrapping_sub(sequence);
            if forward > 1 && forward < 1_000 {
                browser.gaps += u64::from(forward) - 1;
            }
            browser.ssrc_changes += u64::from(ssrc != packet.ssrc);
        }
        browser.last = Some((packet.sequence, packet.ssrc, transit));
    }

    fn report(&self, scenario: &Scenario, own_cpu: f64) -> Report {
        let seconds = scenario.duration;
        let expected = seconds * 50.0;
        let count = self.browsers.len() as f64;
        let received: u64 = self.browsers.iter().map(|b| b.received).sum();
        let bytes: u64 = self.browsers.iter().map(|b| b.bytes).sum();
        let loss = |got: u64| (1.0 - (got as f64 + 1.0) / expected).max(0.0);
        let tones: Vec<u32> = scenario.legs.iter().filter_map(|leg| leg.tone).collect();
        let heard = self
            .browsers
            .iter()
            .enumerate()
            .filter_map(|(leg, browser)| {
                let (level, found) = browser.ear.as_ref()?.judge(&tones);
                Some(Heard {
                    leg,
                    tone: scenario.legs[leg].tone,
                    level,
                    tones: found,
                })
            });
        Report {
            legs: self.browsers.len(),
            seconds,
            packets_sent: self.sent,
            packets_received: received,
            loss: (1.0 - (received as f64 + count) / (expected * count)).max(0.0),
            worst_leg_loss: self
                .browsers
                .iter()
                .map(|b| loss(b.received))
                .fold(0.0, f64::max),
            sequence_gaps: self.browsers.iter().map(|b| b.gaps).sum(),
            ssrc_changes: self.browsers.iter().map(|b| b.ssrc_changes).sum(),
            deaf_legs: self.browsers.iter().filter(|b| b.received == 0).count(),
            unauthentic: self.unauthentic,
            reports: self.reports,
            jitter_p50: self.deviation.quantile(0.5),
            jitter_p99: self.deviation.quantile(0.99),
            jitter_max: self.deviation.max,
            payload_bytes: bytes as f64 / received.max(1) as f64,
            own_lateness_p99: self.lateness.quantile(0.99),
            own_cpu: own_cpu / seconds,
            heard: heard.collect(),
            tones,
        }
    }
}

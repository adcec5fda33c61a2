//! The RTP load: many legs, each sending a packet every 20 ms at its own random phase, and listening.
//!
//! One thread, no readiness polling: when a leg's turn to send comes (every 20 ms), its receive queue is emptied
//! too. Arrival times are the kernel's stamps, so emptying late costs no accuracy.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{Ipv4Addr, SocketAddrV4};

use serde::Serialize;
use switchroom_core::codec::CodecKind;

use crate::analysis::{self, Heard, Judgement, Said};
use crate::g711::{Tables, SILENCE};
use crate::rtp::{self, HEADER};
use crate::scenario::{LegSpec, Scenario, Speech, StallKind};
use crate::signal::{Chirp, Random};
use crate::sys::{self, Batch, Udp};
use crate::voice;

const FRAME: usize = 160;
const PERIOD: f64 = 20e6;
/// Bins of 0.05 ms.
const BINS: usize = 20_000;

/// What a run measured.
#[derive(Serialize)]
pub struct Report {
    pub legs: usize,
    pub seconds: f64,
    pub packets_sent: u64,
    pub packets_received: u64,
    /// Of the packets that should have come (one every 20 ms a leg), the share that did not.
    pub loss: f64,
    pub worst_leg_loss: f64,
    /// Gaps in the sequence numbers received.
    pub sequence_gaps: u64,
    /// A leg keeps one SSRC all its life.
    pub ssrc_changes: u64,
    /// Legs that heard nothing at all.
    pub deaf_legs: usize,
    /// |change of transit time| between neighbouring packets (RFC 3550's D), ms.
    pub jitter_p50: f64,
    pub jitter_p99: f64,
    pub jitter_max: f64,
    /// The filtered interarrival jitter of RFC 3550 §6.4.1, mean over legs, ms.
    pub jitter_rfc3550: f64,
    /// How late the generator itself was in sending, ms.
    pub own_lateness_p99: f64,
    /// CPU seconds of the generator a wall clock second.
    pub own_cpu: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<Judgement>,
}

struct Voice {
    chirp: Chirp,
    /// Position among the talkers of the room.
    turn: usize,
    said: Said,
}

struct Leg {
    socket: Udp,
    remote: SocketAddrV4,
    room: u32,
    period: f64,
    due: f64,
    sequence: u16,
    timestamp: u32,
    step: u32,
    payload_type: u8,
    payload: Option<Vec<u8>>,
    speech: Vec<Vec<u8>>,
    spoken: usize,
    voice: Option<Voice>,
    heard: Option<Heard>,
    received: u64,
    last_sequence: u16,
    gaps: u64,
    ssrc: Option<u32>,
    ssrc_changes: u64,
    last_transit: Option<f64>,
    jitter: f64,
}

/// How often a time came, to 0.05 ms.
pub struct Histogram {
    bins: Vec<u64>,
    pub max: f64,
}

impl Histogram {
    pub fn new() -> Histogram {
        Histogram {
            bins: vec![0; BINS],
            max: 0.0,
        }
    }

    pub fn add(&mut self, ms: f64) {
        self.bins[((ms * 20.0) as usize).min(BINS - 1)] += 1;
        self.max = self.max.max(ms);
    }

    pub fn quantile(&self, q: f64) -> f64 {
        let total: u64 = self.bins.iter().sum();
        let mut left = (total as f64 * q) as u64;
        for (bin, count) in self.bins.iter().enumerate() {
            if *count > left {
                return (bin + 1) as f64 / 20.0;
            }
            left -= count;
        }
        self.max
    }
}

fn hexadecimal(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| {
            u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("payload: hexadecimal digits")
        })
        .collect()
}

fn open(
    spec: &LegSpec,
    turn: usize,
    scenario: &Scenario,
    random: &mut Random,
    start: f64,
    index: usize,
) -> Leg {
    let local = SocketAddrV4::new(Ipv4Addr::LOCALHOST, spec.local);
    let period = PERIOD / (1.0 + spec.ppm / 1e6);
    Leg {
        socket: Udp::bind(local, true, 0).unwrap_or_else(|e| panic!("bind {local}: {e}")),
        remote: spec.remote.parse().expect("remote: ip:port"),
        room: spec.room,
        period,
        due: start + random.unit() * period,
        sequence: random.next() as u16,
        timestamp: random.next() as u32,
        step: spec.step,
        payload_type: spec.payload_type,
        payload: spec.payload.as_deref().map(hexadecimal),
        speech: spec.speech.map_or_else(Vec::new, |codec| {
            let kind = match codec {
                Speech::Pcmu => CodecKind::Pcmu,
                Speech::G722 => CodecKind::G722,
            };
            voice::phone(kind, spec.talks, index as u64 + 1)
        }),
        spoken: 0,
        voice: (spec.talks && spec.speech.is_none()).then(|| Voice {
            chirp: Chirp::new(
                scenario.seed.wrapping_mul(1_000_003) + index as u64,
                scenario.amplitude,
            ),
            turn,
            said: Said::default(),
        }),
        heard: spec.probe.then(Heard::default),
        received: 0,
        last_sequence: 0,
        gaps: 0,
        ssrc: None,
        ssrc_changes: 0,
        last_transit: None,
        jitter: 0.0,
    }
}

struct Run<'a> {
    scenario: &'a Scenario,
    tables: &'static Tables,
    legs: Vec<Leg>,
    talkers: Vec<usize>,
    random: Random,
    begin: f64,
    from: f64,
    deviation: Histogram,
    lateness: Histogram,
    sent: u64,
    delayed: BinaryHeap<Reverse<(i64, u64, usize)>>,
    packets: Vec<Vec<u8>>,
    free: Vec<usize>,
    order: u64,
    batch: Batch,
    own_cpu: f64,
}

/// Carry a scenario out.
pub fn run(scenario: &Scenario) -> Report {
    let mut random = Random::new(scenario.seed);
    let begin = sys::now() as f64 + 0.2e9;
    let rooms = scenario
        .legs
        .iter()
        .map(|leg| leg.room as usize + 1)
        .max()
        .unwrap_or(1);
    let mut talkers = vec![0usize; rooms];
    let mut legs = Vec::with_capacity(scenario.legs.len());
    for (index, spec) in scenario.legs.iter().enumerate() {
        legs.push(open(
            spec,
            talkers[spec.room as usize],
            scenario,
            &mut random,
            begin,
            index,
        ));
        talkers[spec.room as usize] += usize::from(spec.talks);
    }
    let mut run = Run {
        scenario,
        tables: Tables::get(),
        legs,
        talkers,
        random,
        begin,
        from: begin + scenario.warmup * 1e9,
        deviation: Histogram::new(),
        lateness: Histogram::new(),
        sent: 0,
        delayed: BinaryHeap::new(),
        packets: Vec::new(),
        free: Vec::new(),
        order: 0,
        batch: Batch::new(16),
        own_cpu: 0.0,
    };
    run.drive();
    run.report()
}

impl Run<'_> {
    fn drive(&mut self) {
        let end = self.from + self.scenario.duration * 1e9;
        let stall = self.scenario.stall.as_ref();
        let stall_at = stall.map_or(f64::MAX, |s| self.from + s.at * 1e9);
        let stall_end = stall_at + stall.map_or(0.0, |s| s.ms * 1e6);
        let kind = stall.map(|s| s.kind);
        let pid = stall.map_or(0, |s| s.pid);
        let (mut stopped, mut resumed) = (false, false);
        let mut order: BinaryHeap<Reverse<(i64, usize)>> = self
            .legs
            .iter()
            .enumerate()
            .map(|(i, leg)| Reverse((leg.due as i64, i)))
            .collect();
        let mut cpu_at_start = None;
        loop {
            let now = sys::now();
            if now as f64 >= end || sys::stopping() {
                break;
            }
            if cpu_at_start.is_none() && now as f64 >= self.from {
                cpu_at_start = Some(sys::own_cpu());
            }
            if kind == Some(StallKind::Worker) {
                if !stopped && now as f64 >= stall_at {
                    stopped = true;
                    sys::signal(pid, libc::SIGSTOP);
                }
                if stopped && !resumed && now as f64 >= stall_end {
                    resumed = true;
                    sys::signal(pid, libc::SIGCONT);
                }
            }
            while let Some(Reverse((due, index))) = order.peek().copied() {
                if due > now {
                    break;
                }
                order.pop();
                let held = kind == Some(StallKind::Path)
                    && now as f64 >= stall_at
                    && (now as f64) < stall_end;
                self.turn(index, now, if held { Some(stall_end as i64) } else { None });
                order.push(Reverse((self.legs[index].due as i64, index)));
            }
            self.release(now);
            let next = order.peek().map_or(now, |r| r.0 .0);
            let next = self.delayed.peek().map_or(next, |r| r.0 .0.min(next));
            sys::sleep_until(next.max(now + 500_000));
        }
        if stopped && !resumed {
            sys::signal(pid, libc::SIGCONT);
        }
        // Taken here: the analysis that follows is no part of the load.
        self.own_cpu = sys::own_cpu() - cpu_at_start.unwrap_or(0.0);
    }

    /// One leg's turn: send its packet, read what came.
    fn turn(&mut self, index: usize, now: i64, hold_until: Option<i64>) {
        let mut data = [0u8; 1500];
        let length = self.fill(index, now, &mut data);
        let leg = &mut self.legs[index];
        let jittered = self
            .scenario
            .jitter
            .as_ref()
            .filter(|_| leg.voice.is_some());
        if let Some(jitter) = jittered {
            if self.random.unit() >= jitter.loss {
                let at = now + (self.random.unit() * jitter.max_ms * 1e6) as i64;
                self.delay(index, at, &data[..length]);
            }
        } else if let Some(at) = hold_until {
            self.delay(index, at, &data[..length]);
        } else {
            leg.socket.send_to(&data[..length], leg.remote);
        }
        self.sent += u64::from(now as f64 >= self.from);
        self.drain(index);
    }

    fn fill(&mut self, index: usize, now: i64, data: &mut [u8]) -> usize {
        let leg = &mut self.legs[index];
        if now as f64 >= self.from {
            self.lateness.add((now as f64 - leg.due) / 1e6);
        }
        leg.due += leg.period;
        leg.sequence = leg.sequence.wrapping_add(1);
        leg.timestamp = leg.timestamp.wrapping_add(leg.step);
        rtp::write_header(
            data,
            leg.payload_type,
            false,
            leg.sequence,
            leg.timestamp,
            index as u32 + 1,
        );
        leg.spoken += 1;
        let said = leg.speech.get(leg.spoken % leg.speech.len().max(1));
        if let Some(payload) = leg.payload.as_ref().or(said) {
            data[HEADER..HEADER + payload.len()].copy_from_slice(payload);
            return HEADER + payload.len();
        }
        let out = &mut data[HEADER..HEADER + FRAME];
        out.fill(SILENCE);
        if let Some(voice) = &mut leg.voice {
            let spell = f64::from(self.scenario.spell_ms) * 1e6;
            let count = self.talkers[leg.room as usize];
            let talks = spell == 0.0 || count <= self.scenario.slots || {
                let turn =
                    ((now as f64 - self.begin).max(0.0) / spell) as usize * self.scenario.slots;
                (voice.turn + count - turn % count) % count < self.scenario.slots
            };
            voice.said.frame(now, talks);
            for code in out.iter_mut() {
                let sample = voice.chirp.sample();
                if talks {
                    *code = self.tables.encode(sample);
                }
                voice.said.samples.push(if talks { sample } else { 0 });
            }
        }
        HEADER + FRAME
    }

    fn delay(&mut self, index: usize, at: i64, data: &[u8]) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.packets.push(Vec::new());
            self.packets.len() - 1
        });
        self.packets[slot].clear();
        self.packets[slot].extend_from_slice(&(index as u32).to_be_bytes());
        self.packets[slot].extend_from_slice(data);
        self.order += 1;
        self.delayed.push(Reverse((at, self.order, slot)));
    }

    fn release(&mut self, now: i64) {
        while let Some(Reverse((at, _, slot))) = self.delayed.peek().copied() {
            if at > now {
                break;
            }
            self.delayed.pop();
            let packet = &self.packets[slot];
            let index = u32::from_be_bytes([packet[0], packet[1], packet[2], packet[3]]) as usize;
            let leg = &self.legs[index];
            leg.socket.send_to(&packet[4..], leg.remote);
            self.free.push(slot);
        }
    }

    fn drain(&mut self, index: usize) {
        let leg = &mut self.legs[index];
        loop {
            let got = self.batch.receive(&leg.socket);
            for k in 0..got {
                let datagram = self.batch.get(k);
                let Some(packet) = rtp::parse(datagram.data) else {
                    continue;
                };
                if let Some(heard) = &mut leg.heard {
                    heard.packet(datagram.at, &packet);
                }
                if (datagram.at as f64) < self.from {
                    continue;
                }
                leg.received += 1;
                leg.ssrc_changes += u64::from(leg.ssrc.is_some_and(|ssrc| ssrc != packet.ssrc));
                leg.ssrc = Some(packet.ssrc);
                let transit = datagram.at as f64 / 1e6
                    - f64::from(packet.timestamp) * 20.0 / f64::from(leg.step);
                if let Some(last) = leg.last_transit {
                    let change = (transit - last).abs();
                    // A wrapped or re-based timestamp is no jitter.
                    if change < 5_000.0 {
                        self.deviation.add(change);
                        leg.jitter += (change - leg.jitter) / 16.0;
                    }
                    let forward = packet.sequence.wrapping_sub(leg.last_sequence);
                    if forward > 1 && forward < 1000 {
                        leg.gaps += u64::from(forward) - 1;
                    }
                }
                leg.last_sequence = packet.sequence;
                leg.last_transit = Some(transit);
            }
            if got < 16 {
                break;
            }
        }
    }

    fn report(self) -> Report {
        let scenario = self.scenario;
        let seconds = scenario.duration;
        let expected = seconds * 50.0;
        let count = self.legs.len() as f64;
        let received: u64 = self.legs.iter().map(|leg| leg.received).sum();
        let loss = |got: u64| (1.0 - (got as f64 + 1.0) / expected).max(0.0);
        let worst = self
            .legs
            .iter()
            .map(|leg| loss(leg.received))
            .fold(0.0, f64::max);
        let heard = scenario.analyse.as_ref().map(|how| {
            let said: Vec<(u32, &Said)> = self
                .legs
                .iter()
                .filter_map(|leg| leg.voice.as_ref().map(|v| (leg.room, &v.said)))
                .collect();
            let probes: Vec<(u32, &Heard, u16)> = self
                .legs
                .iter()
                .filter_map(|leg| {
                    leg.heard
                        .as_ref()
                        .map(|heard| (leg.room, heard, leg.socket.port()))
                })
                .collect();
            let own: Vec<u16> = self
                .legs
                .iter()
                .filter(|leg| leg.voice.is_some())
                .map(|leg| leg.socket.port())
                .collect();
            analysis::judge(how, &said, &own, &probes, self.from as i64)
        });
        Report {
            legs: self.legs.len(),
            seconds,
            packets_sent: self.sent,
            packets_received: received,
            loss: (1.0 - (received as f64 + count) / (expected * count)).max(0.0),
            worst_leg_loss: worst,
            sequence_gaps: self.legs.iter().map(|leg| leg.gaps).sum(),
            ssrc_changes: self.legs.iter().map(|leg| leg.ssrc_changes).sum(),
            deaf_legs: self.legs.iter().filter(|leg| leg.received == 0).count(),
            jitter_p50: self.deviation.quantile(0.5),
            jitter_p99: self.deviation.quantile(0.99),
            jitter_max: self.deviation.max,
            jitter_rfc3550: self.legs.iter().map(|leg| leg.jitter).sum::<f64>() / count,
            own_lateness_p99: self.lateness.quantile(0.99),
            own_cpu: self.own_cpu / seconds,
            heard,
        }
    }
}

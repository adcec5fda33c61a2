//! The jitter buffer against simulated paths: what comes out is compared with what was said, sample by sample.

use switchroom_core::codec::{CodecKind, Encoder, EncoderOptions};
use switchroom_core::jitter::{JitterBuffer, JitterStats, Pulled};
use switchroom_core::time::Time;
use switchroom_core::tone::{speech_like, Noise, Tone};

/// One sender, one path, one mixer.
struct Scenario {
    kind: CodecKind,
    options: EncoderOptions,
    ptime_ms: usize,
    seconds: f64,
    /// The sender's clock, parts per million fast.
    ppm: f64,
    /// First tick after the first packet, microseconds.
    phase_us: u64,
    signal: fn(u32, f64) -> Vec<i16>,
    /// Delay of packet n sent at a time (us) in us; `None`: lost.
    path: Box<dyn FnMut(u64, u64) -> Option<u64>>,
    /// Whether the tick at a time (ms from the start) takes place.
    ticks: fn(u64) -> bool,
}

impl Scenario {
    fn new(kind: CodecKind, seconds: f64) -> Self {
        Scenario {
            kind,
            options: EncoderOptions::default(),
            ptime_ms: 20,
            seconds,
            ppm: 0.0,
            phase_us: 10_000,
            signal: |rate, seconds| speech_like(rate, seconds, 11),
            path: Box::new(|_, _| Some(0)),
            ticks: |_| true,
        }
    }

    fn path(mut self, path: impl FnMut(u64, u64) -> Option<u64> + 'static) -> Self {
        self.path = Box::new(path);
        self
    }

    fn run(mut self) -> Outcome {
        let rate = self.kind.sample_rate();
        let source = (self.signal)(rate, self.seconds);
        let frame = rate as usize / 1_000 * self.ptime_ms;
        let mut encoder = Encoder::new(self.kind, &self.options).unwrap();
        let mut packets = Vec::new();
        for (n, samples) in source.chunks_exact(frame).enumerate() {
            let mut payload = vec![0; 1_500];
            let length = encoder.encode(samples, &mut payload).unwrap();
            payload.truncate(length);
            // A packet is sent when its last sample was spoken, by the sender's clock.
            let sent =
                ((n + 1) as f64 * self.ptime_ms as f64 * 1_000.0 / (1.0 + self.ppm * 1e-6)) as u64;
            let timestamp = (n * frame) as u32 / (rate / self.kind.clock_rate());
            if let Some(delay) = (self.path)(n as u64, sent) {
                packets.push((
                    sent + delay,
                    n as u16,
                    timestamp.wrapping_add(0xffff_f000),
                    payload,
                ));
            }
        }
        packets.sort_by_key(|packet| packet.0);
        let mut buffer = JitterBuffer::new(self.kind);
        let mut outcome = Outcome {
            rate,
            ptime_ms: self.ptime_ms,
            ppm: self.ppm,
            source,
            out: Vec::new(),
            first_tick_us: self.ptime_ms as u64 * 1_000 + self.phase_us,
            pulled: Vec::new(),
            stats: JitterStats::default(),
            told: Vec::new(),
        };
        let mut packets = packets.into_iter().peekable();
        let mut now = outcome.first_tick_us;
        while now < (self.seconds * 1e6) as u64 {
            while let Some((arrival, sequence, timestamp, payload)) =
                packets.next_if(|packet| packet.0 <= now)
            {
                buffer.insert(
                    1,
                    sequence.wrapping_add(65_530),
                    timestamp,
                    &payload,
                    Time::from_micros(arrival),
                );
            }
            let mut samples = vec![0; rate as usize / 50];
            if (self.ticks)(now / 1_000) {
                outcome
                    .pulled
                    .push(buffer.pull(Time::from_micros(now), &mut samples));
            } else {
                outcome.pulled.push(Pulled::Silence);
            }
            outcome.told.push(buffer.delay_micros());
            outcome.out.extend(samples);
            now += 20_000;
        }
        outcome.stats = buffer.stats();
        outcome
    }
}

struct Outcome {
    rate: u32,
    ptime_ms: usize,
    ppm: f64,
    source: Vec<i16>,
    out: Vec<i16>,
    first_tick_us: u64,
    pulled: Vec<Pulled>,
    stats: JitterStats,
    told: Vec<u32>,
}

impl Outcome {
    /// Delay of what is heard in tick `tick` beyond packetising and the shortest path, in ms, found by comparing 40 ms of it with
    /// what was said; `None` where nothing is like it (concealment, silence, a seam).
    fn delay(&self, tick: usize) -> Option<f64> {
        let frame = self.rate as usize / 50;
        let heard = self.out.get(tick * frame..(tick + 2) * frame)?;
        let energy: f64 = heard.iter().map(|&s| f64::from(s).powi(2)).sum();
        if energy < 300.0f64.powi(2) * heard.len() as f64 {
            return None;
        }
        // Position in the source of what would be heard without any delay but packetising.
        let clock =
            self.first_tick_us as f64 + tick as f64 * 20_000.0 - self.ptime_ms as f64 * 1_000.0;
        let ideal = (clock * 1e-6 * f64::from(self.rate) * (1.0 + self.ppm * 1e-6)) as i64;
        let per_ms = i64::from(self.rate) / 1_000;
        let mut best = (0.0, 0);
        for lag in -2 * per_ms..300 * per_ms {
            let Ok(start) = usize::try_from(ideal - lag) else {
                continue;
            };
            let Some(said) = self.source.get(start..start + heard.len()) else {
                continue;
            };
            let (mut ab, mut bb) = (0.0, 1.0);
            for (&a, &b) in heard.iter().zip(said) {
                ab += f64::from(a) * f64::from(b);
                bb += f64::from(b) * f64::from(b);
            }
            let likeness = ab / (energy * bb).sqrt();
            if likeness > best.0 {
                best = (likeness, lag);
            }
        }
        (best.0 > 0.95).then_some(best.1 as f64 / per_ms as f64)
    }

    fn delays(&self, ticks: std::ops::Range<usize>) -> Vec<f64> {
        let mut delays: Vec<f64> = ticks.filter_map(|tick| self.delay(tick)).collect();
        delays.sort_by(f64::total_cmp);
        delays
    }

    fn ticks(&self) -> usize {
        self.pulled.len()
    }

    fn concealed(&self) -> f64 {
        self.stats.concealed_samples as f64 / self.stats.samples as f64
    }
}

fn percentile(sorted: &[f64], p: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * p).round() as usize]
}

#[test]
fn a_clean_path_waits_for_the_next_tick_and_nothing_more() {
    for kind in [CodecKind::Pcmu, CodecKind::G722] {
        let mut all = Vec::new();
        for phase in 0..20 {
            let mut scenario = Scenario::new(kind, 3.0);
            scenario.phase_us = phase * 1_000 + 700;
            let outcome = scenario.run();
            assert_eq!(outcome.stats.concealed_samples, 0, "{kind:?} phase {phase}");
            assert_eq!(
                outcome.stats.accelerated_samples + outcome.stats.expanded_samples,
                0
            );
            let delays = outcome.delays(10..outcome.ticks());
            assert!(delays.len() > 30, "{}", delays.len());
            let expected = phase as f64
                + 0.7
                + if kind == CodecKind::G722 {
                    22.0 / 16.0
                } else {
                    0.0
                };
            let middle = percentile(&delays, 0.5);
            assert!(
                (middle - expected).abs() < 0.5,
                "{kind:?} phase {phase}: {middle}"
            );
            all.push(middle);
        }
        all.sort_by(f64::total_cmp);
        assert!(percentile(&all, 0.5) <= 13.0 && percentile(&all, 0.95) <= 22.0);
    }
}

#[test]
fn every_packet_time_is_taken() {
    for kind in [CodecKind::Pcmu, CodecKind::G722, CodecKind::Opus] {
        for ptime_ms in [10, 20, 30, 40, 60] {
            if kind == CodecKind::Opus && ptime_ms == 30 {
                continue;
            }
            let mut noise = Noise::new(5);
            let mut scenario =
                Scenario::new(kind, 4.0).path(move |_, _| Some((noise.uniform() * 800.0) as u64));
            scenario.ptime_ms = ptime_ms;
            let outcome = scenario.run();
            let told = outcome.told[outcome.told.len() / 2..].iter().max().unwrap();
            assert!(
                outcome.concealed() < 0.02,
                "{kind:?} {ptime_ms}: {}",
                outcome.concealed()
            );
            assert!(*told <= 32_000, "{kind:?} {ptime_ms} ms: {told} us");
        }
    }
}

#[test]
fn a_stall_of_the_path_is_heard_out_and_won_back_within_two_seconds() {
    for phase_us in [1_000, 7_000, 13_000, 19_000] {
        for kind in [CodecKind::Pcmu, CodecKind::G722] {
            // The path holds everything from 5.0 to 5.2 s.
            let mut scenario = Scenario::new(kind, 10.0).path(|_, sent| {
                Some(if (5_000_000..5_200_000).contains(&sent) {
                    5_200_000 - sent
                } else {
                    0
                })
            });
            scenario.phase_us = phase_us;
            let outcome = scenario.run();
            let before = percentile(&outcome.delays(150..245), 0.5);
            let after = outcome.delays(360..495);
            let during = outcome.delays(255..300);
            assert!(
                during.last().unwrap() > &(before + 50.0),
                "words are kept: {:?}",
                during.last()
            );
            for delay in [after[0], percentile(&after, 0.5), percentile(&after, 0.95)] {
                assert!(
                    (delay - before).abs() <= 5.0,
                    "{kind:?} phase {phase_us}: {before} before, {delay} after"
                );
            }
            assert_eq!(outcome.stats.late, 0);
        }
    }
}

/// A tone that slides between random frequencies: nothing in it repeats, so no place to cut it is a good one.
fn chirp(rate: u32, seconds: f64) -> Vec<i16> {
    let mut noise = Noise::new(71);
    let (mut phase, mut hertz, mut slope, mut left) = (0.0, 1_000.0, 0.0, 0);
    (0..(f64::from(rate) * seconds) as usize)
        .map(|_| {
            if left == 0 {
                left = (f64::from(rate) * (0.025 + 0.035 * noise.uniform())) as usize;
                slope = (350.0 + 2_850.0 * noise.uniform() - hertz) / left as f64;
            }
            left -= 1;
            hertz += slope;
            phase += std::f64::consts::TAU * hertz / f64::from(rate);
            (f64::sin(phase) * 6_000.0) as i16
        })
        .collect()
}

/// 0.5 s of speech, then 1.5 s of nothing but line noise.
fn sparse(rate: u32, seconds: f64) -> Vec<i16> {
    let mut noise = Noise::new(72);
    let mut samples = speech_like(rate, seconds, 23);
    for (n, sample) in samples.iter_mut().enumerate() {
        if n % (rate as usize * 2) >= rate as usize / 2 {
            *sample = noise.sample(60.0);
        }
    }
    samples
}

#[test]
fn a_stall_is_won_back_whatever_is_said_and_though_a_packet_overtakes_those_held() {
    let signals: [fn(u32, f64) -> Vec<i16>; 3] = [chirp, sparse, |rate, seconds| {
        speech_like(rate, seconds, 12)
    }];
    for (number, signal) in signals.into_iter().enumerate() {
        for overtaken in [false, true] {
            for phase_us in (700..20_000).step_by(3_000) {
                // Everything sent from 5.0 to 5.2 s is held; what is sent at 5.2 s may come before what was held.
                let end = if overtaken { 5_200_400 } else { 5_199_900 };
                let mut noise = Noise::new(phase_us);
                let mut scenario = Scenario::new(CodecKind::Pcmu, 10.0).path(move |n, sent| {
                    let held = (5_000_000..5_200_000).contains(&sent);
                    let own = (noise.uniform() * 300.0) as u64;
                    Some(if held {
                        end - sent + n * 7 % 10 * 20
                    } else {
                        own
                    })
                });
                scenario.signal = signal;
                scenario.phase_us = phase_us;
                let outcome = scenario.run();
                let before = i64::from(outcome.told[240]);
                let first = 250 + 11 + 90;
                let won = (261..outcome.told.len())
                    .find(|&tick| (i64::from(outcome.told[tick]) - before).abs() <= 5_000)
                    .map(|tick| (tick - 261) * 20);
                println!("signal {number} overtaken {overtaken} phase {phase_us}: {before} us, won back after {won:?} ms");
                for tick in first..outcome.told.len() {
                    let told = i64::from(outcome.told[tick]);
                    assert!(
                        (told - before).abs() <= 5_000,
                        "signal {number}, overtaken {overtaken}, phase {phase_us}, tick {tick}: {before} before, {told} after"
                    );
                }
            }
        }
    }
}

#[test]
fn a_stall_of_the_worker_costs_no_delay() {
    // Packets are stamped by the kernel as they come, or when the worker reads them at last.
    for stamped_late in [false, true] {
        let mut scenario = Scenario::new(CodecKind::Pcmu, 8.0).path(move |_, sent| {
            let held = stamped_late && (4_000_000..4_200_000).contains(&sent);
            Some(if held { 4_200_000 - sent } else { 0 })
        });
        scenario.ticks = |ms| !(4_000..4_200).contains(&ms);
        let outcome = scenario.run();
        let before = percentile(&outcome.delays(100..190), 0.5);
        let after = outcome.delays(215..390);
        assert!((after[0] - before).abs() <= 1.0, "{before} {after:?}");
        assert!(
            (after[after.len() - 1] - before).abs() <= 1.0,
            "{before} {after:?}"
        );
    }
}

#[test]
fn jitter_of_0_to_60_ms_with_2_percent_loss() {
    for (seed, phase_us) in [(1, 500), (2, 5_500), (3, 10_500), (4, 15_500)] {
        let mut noise = Noise::new(seed);
        let mut scenario = Scenario::new(CodecKind::Pcmu, 300.0).path(move |_, _| {
            let delay = (noise.uniform() * 60_000.0) as u64;
            if noise.uniform() < 0.02 {
                return None;
            }
            Some(delay)
        });
        scenario.phase_us = phase_us;
        // Never quiet, so that silence heard is silence made.
        scenario.signal = |rate, seconds| {
            let mut samples = speech_like(rate, seconds, 21);
            let mut hum = vec![0; samples.len()];
            Tone::new(rate, &[(180.0, -16.0), (270.0, -18.0)]).fill(&mut hum);
            samples
                .iter_mut()
                .zip(hum)
                .for_each(|(sample, hum)| *sample = sample.saturating_add(hum));
            samples
        };
        let outcome = scenario.run();
        println!(
            "phase {phase_us}: concealed {:.4}, {:?}",
            outcome.concealed(),
            outcome.stats
        );
        assert!(outcome.concealed() <= 0.04, "{}", outcome.concealed());
        let mut delays: Vec<f64> = (500..14_500)
            .step_by(97)
            .filter_map(|tick| outcome.delay(tick))
            .collect();
        delays.sort_by(f64::total_cmp);
        let p95 = percentile(&delays, 0.95);
        println!(
            "  p50 {:.1} p95 {p95:.1} of {}",
            percentile(&delays, 0.5),
            delays.len()
        );
        assert!(p95 <= 90.0, "{p95}");
        let silence = outcome.out[8_000..]
            .split(|s| s.abs() > 200)
            .map(<[i16]>::len)
            .max()
            .unwrap();
        assert!(silence <= 160, "silence of {silence} samples");
    }
}

#[test]
fn jitter_that_begins_is_met_at_once_and_forgotten_when_it_ends() {
    let mut noise = Noise::new(8);
    let outcome = Scenario::new(CodecKind::Pcmu, 60.0)
        .path(move |_, sent| {
            let wild = (10_000_000..30_000_000).contains(&sent);
            Some((noise.uniform() * if wild { 40_000.0 } else { 200.0 }) as u64)
        })
        .run();
    let before = outcome.told[400];
    let most = outcome.told[800..1_500].iter().max().unwrap();
    println!(
        "{before} us, then up to {most}, then {}; {:?}",
        outcome.told[2_600], outcome.stats
    );
    assert!(*most <= 65_000, "{most}");
    // 13 s after its end nothing is left of it.
    for told in &outcome.told[2_200..2_990] {
        assert!(
            told.abs_diff(before) <= 5_000,
            "{before} before, {told} after"
        );
    }
    // At its beginning a few frames are late: nothing is lost here, so all concealment is of those.
    assert!(
        outcome.stats.concealed_samples < 160 * 30,
        "{:?}",
        outcome.stats
    );
}

#[test]
fn a_sender_whose_clock_is_off_is_followed() {
    for ppm in [-300.0, -200.0, 200.0, 300.0] {
        let mut noise = Noise::new(9);
        let mut scenario = Scenario::new(CodecKind::Pcmu, 600.0)
            .path(move |_, _| Some((noise.uniform() * 300.0) as u64));
        scenario.ppm = ppm;
        let outcome = scenario.run();
        println!(
            "{ppm}: {:?} told {:?}..{:?}",
            outcome.stats,
            outcome.told[50..].iter().min(),
            outcome.told[50..].iter().max()
        );
        assert!(outcome.concealed() < 0.001, "{ppm}: {:?}", outcome.stats);
        let start = percentile(&outcome.delays(20..120), 0.5);
        for from in (0..outcome.ticks() - 100).step_by(1_000) {
            let delays = outcome.delays(from + 20..from + 32);
            if let (Some(first), Some(last)) = (delays.first(), delays.last()) {
                assert!(
                    (first - start).abs() <= 20.0 && (last - start).abs() <= 20.0,
                    "{ppm} at {from}: {start} {first} {last}"
                );
            }
        }
    }
}

#[test]
fn a_clock_that_is_off_moves_the_delay_by_less_than_a_frame_wherever_it_began() {
    let mut widest: f64 = 0.0;
    for ppm in [-200.0, 200.0] {
        for phase_us in (300..20_300).step_by(1_000) {
            let mut noise = Noise::new(phase_us);
            let mut scenario = Scenario::new(CodecKind::Pcmu, 150.0).path(move |n, _| {
                // Now and then a machine is busy.
                let busy = if n % 150 == 40 { 3_000.0 } else { 300.0 };
                Some((noise.uniform() * busy) as u64)
            });
            scenario.ppm = ppm;
            scenario.phase_us = phase_us;
            scenario.signal = chirp;
            let outcome = scenario.run();
            let start = percentile(&outcome.delays(20..270), 0.5);
            let (mut least, mut most) = (f64::MAX, f64::MIN);
            for from in (20..outcome.ticks() - 102).step_by(150) {
                // Over 2 s, for a packet that is late is heard late.
                let mut delays: Vec<f64> = (from..from + 100)
                    .step_by(19)
                    .filter_map(|tick| outcome.delay(tick))
                    .collect();
                delays.sort_by(f64::total_cmp);
                if delays.len() > 2 {
                    least = least.min(percentile(&delays, 0.5));
                    most = most.max(percentile(&delays, 0.5));
                }
            }
            let change = (most - start).max(start - least);
            widest = widest.max(change);
            println!(
                "{ppm} ppm, phase {phase_us}: {start:.1} ms, then {least:.1} to {most:.1}; {:?}",
                outcome.stats
            );
            assert!(outcome.concealed() < 0.002, "{:?}", outcome.stats);
        }
    }
    println!("widest {widest:.1}");
    assert!(widest < 20.0, "{widest}");
}

#[test]
fn opus_stalls_and_losses_are_borne_like_those_of_g711() {
    let outcome = Scenario::new(CodecKind::Opus, 10.0)
        .path(|_, sent| {
            Some(if (5_000_000..5_200_000).contains(&sent) {
                5_200_000 - sent
            } else {
                0
            })
        })
        .run();
    let before = i64::from(outcome.told[240]);
    assert!(
        i64::from(outcome.told[262]) > before + 100_000,
        "words are kept"
    );
    for told in &outcome.told[360..490] {
        assert!(
            (i64::from(*told) - before).abs() <= 5_000,
            "{before} before, {told} after"
        );
    }
    let mut noise = Noise::new(3);
    let outcome = Scenario {
        options: EncoderOptions {
            fec: true,
            expected_loss: 10,
            ..EncoderOptions::default()
        },
        ..Scenario::new(CodecKind::Opus, 60.0).path(move |_, _| {
            let delay = (noise.uniform() * 60_000.0) as u64;
            (noise.uniform() > 0.05).then_some(delay)
        })
    }
    .run();
    println!("Opus, jitter and 5 % loss with FEC: {:?}", outcome.stats);
    assert!(
        outcome.concealed() < 0.035,
        "FEC recovers lost packets: {}",
        outcome.concealed()
    );
}

/// One buffer fed by hand.
struct Hand {
    buffer: JitterBuffer,
    encoder: Encoder,
    source: Vec<i16>,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
}

impl Hand {
    fn new(kind: CodecKind, options: EncoderOptions) -> Self {
        Hand {
            buffer: JitterBuffer::new(kind),
            encoder: Encoder::new(kind, &options).unwrap(),
            source: speech_like(kind.sample_rate(), 20.0, 31),
            sequence: 65_500,
            timestamp: 0xffff_ff00,
            ssrc: 1,
        }
    }

    /// Packet n (of 20 ms) of the source.
    fn encode(&mut self, n: usize) -> Vec<u8> {
        let frame = self.buffer.sample_rate() as usize / 50;
        let mut payload = vec![0; 1_500];
        let length = self
            .encoder
            .encode(&self.source[n * frame..(n + 1) * frame], &mut payload)
            .unwrap();
        payload.truncate(length);
        payload
    }

    fn insert(&mut self, n: usize, payload: &[u8], now: Time) -> switchroom_core::jitter::Inserted {
        let (sequence, timestamp) = (self.sequence.wrapping_add(n as u16), self.stamp(n));
        self.buffer
            .insert(self.ssrc, sequence, timestamp, payload, now)
    }

    fn stamp(&self, n: usize) -> u32 {
        self.timestamp
            .wrapping_add(n as u32 * self.buffer.kind().clock_rate() / 50)
    }

    fn pull(&mut self, ms: u64) -> (Pulled, Vec<i16>) {
        let mut out = vec![0; self.buffer.sample_rate() as usize / 50];
        (self.buffer.pull(Time::from_millis(ms), &mut out), out)
    }
}

fn signal_to_noise(a: &[i16], b: &[i16]) -> f64 {
    let signal: f64 = a.iter().map(|&a| f64::from(a).powi(2)).sum();
    let noise: f64 = a
        .iter()
        .zip(b)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum();
    10.0 * (signal / noise.max(1.0)).log10()
}

#[test]
fn duplicates_and_reordering_change_nothing() {
    let mut plain = Hand::new(CodecKind::Pcmu, EncoderOptions::default());
    let mut wild = Hand::new(CodecKind::Pcmu, EncoderOptions::default());
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut concealed = 0;
    for n in 0..600usize {
        let now = Time::from_millis(n as u64 * 20);
        let payload = plain.encode(n);
        plain.insert(n, &payload, now);
        let m = n ^ 1;
        let swapped = wild.encode(m);
        wild.insert(m, &swapped, now);
        wild.insert(m, &swapped, now);
        a.extend(plain.pull(n as u64 * 20 + 5).1);
        b.extend(wild.pull(n as u64 * 20 + 5).1);
        if n == 100 {
            concealed = wild.buffer.stats().concealed_samples;
        }
    }
    assert_eq!(wild.buffer.stats().concealed_samples, concealed);
    assert!(
        concealed < 1_600 && wild.buffer.stats().duplicates > 580,
        "{:?}",
        wild.buffer.stats()
    );
    let shift = (0..2_000).find(|&shift| b[40_000 + shift..60_000 + shift] == a[40_000..60_000]);
    assert!(shift.is_some(), "the same samples in the same order");
}

#[test]
fn opus_dtx_is_no_loss() {
    let options = EncoderOptions {
        dtx: true,
        bitrate: 24_000,
        ..EncoderOptions::default()
    };
    let mut hand = Hand::new(CodecKind::Opus, options);
    let silent = 960 * 100..960 * 300;
    hand.source[silent].fill(0);
    let (mut noise, mut sent) = (0, 0);
    for n in 0..400usize {
        let payload = hand.encode(n);
        // The sequence counts packets, the time stamp goes on: packets of DTX are not sent, but for every 20th.
        if payload.len() > 2 || n % 20 == 0 {
            let (sequence, timestamp) = (hand.sequence.wrapping_add(sent), hand.stamp(n));
            hand.buffer.insert(
                1,
                sequence,
                timestamp,
                &payload,
                Time::from_millis(n as u64 * 20),
            );
            sent += 1;
        }
        noise += u32::from(hand.pull(n as u64 * 20 + 5).0 == Pulled::ComfortNoise);
    }
    assert!(sent < 300 && noise > 100, "{sent} sent, {noise} of noise");
    assert!(
        hand.buffer.stats().concealed_samples <= 960 * 2,
        "{:?}",
        hand.buffer.stats()
    );
    assert!(hand.buffer.delay_micros() < 25_000);
}

#[test]
fn comfort_noise_is_made_at_its_level_and_speech_follows_without_loss() {
    let mut hand = Hand::new(CodecKind::Pcma, EncoderOptions::default());
    let mut levels = Vec::new();
    for n in 0..300usize {
        let now = Time::from_millis(n as u64 * 20);
        if n == 100 {
            hand.buffer.insert_comfort_noise(
                1,
                hand.sequence.wrapping_add(100),
                hand.stamp(100),
                50,
                now,
            );
        } else if !(100..200).contains(&n) {
            let payload = hand.encode(n);
            let sequence = if n > 100 { n - 99 } else { n };
            let (sequence, timestamp) =
                (hand.sequence.wrapping_add(sequence as u16), hand.stamp(n));
            hand.buffer.insert(1, sequence, timestamp, &payload, now);
        }
        let (pulled, out) = hand.pull(n as u64 * 20 + 5);
        if (110..190).contains(&n) {
            assert_eq!(pulled, Pulled::ComfortNoise);
            levels.push(i32::from(switchroom_core::level::level(&out)));
        } else if !(100..=200).contains(&n) {
            assert_eq!(pulled, Pulled::Audio, "{n}");
        }
    }
    assert!(
        levels.iter().all(|level| (level - 50).abs() <= 2),
        "{levels:?}"
    );
    assert_eq!(hand.buffer.stats().concealed_samples, 0);
}

#[test]
fn a_digit_by_telephone_events_is_no_loss_and_adds_no_delay() {
    let mut hand = Hand::new(CodecKind::Pcmu, EncoderOptions::default());
    for n in 0..400usize {
        let now = Time::from_millis(n as u64 * 20);
        let sequence = hand.sequence.wrapping_add(n as u16);
        if n % 100 >= 90 {
            // The clock goes on; all packets of the event have its start for a time stamp.
            hand.buffer
                .insert_event(1, sequence, hand.stamp(n / 100 * 100 + 90));
        } else {
            let payload = hand.encode(n);
            hand.insert(n, &payload, now);
        }
        let (pulled, out) = hand.pull(n as u64 * 20 + 5);
        if n % 100 >= 92 {
            assert_eq!(
                (pulled, switchroom_core::level::level(&out)),
                (Pulled::ComfortNoise, 127)
            );
        }
    }
    let stats = hand.buffer.stats();
    assert_eq!((stats.concealed_samples, stats.resyncs), (0, 0));
    assert!(hand.buffer.delay_micros() <= 5_000);
}

#[test]
fn a_listener_who_begins_to_speak_is_decoded_as_if_he_always_had_been() {
    for (kind, least) in [
        (CodecKind::Pcmu, 60.0),
        (CodecKind::G722, 30.0),
        (CodecKind::Opus, 30.0),
    ] {
        let mut heard = Hand::new(kind, EncoderOptions::default());
        let mut skipped = Hand::new(kind, EncoderOptions::default());
        let mut worst = f64::MAX;
        for n in 0..300usize {
            let now = Time::from_millis(n as u64 * 20);
            let payload = heard.encode(n);
            heard.insert(n, &payload, now);
            skipped.insert(n, &payload, now);
            let (_, a) = heard.pull(n as u64 * 20 + 5);
            if n < 150 {
                skipped
                    .buffer
                    .skip(Time::from_millis(n as u64 * 20 + 5), a.len());
            } else {
                let (pulled, b) = skipped.pull(n as u64 * 20 + 5);
                assert_eq!(pulled, Pulled::Audio, "{kind:?} {n}");
                if switchroom_core::level::level(&a) < 50 {
                    worst = worst.min(signal_to_noise(&a, &b));
                }
            }
        }
        assert!(worst > least, "{kind:?}: {worst:.1} dB");
    }
}

#[test]
fn another_ssrc_or_a_jump_of_the_clock_begins_anew_at_once() {
    let mut hand = Hand::new(CodecKind::Pcmu, EncoderOptions::default());
    let mut gaps = 0;
    for n in 0..600usize {
        match n {
            200 => hand.ssrc = 2,
            300 => hand.timestamp = hand.timestamp.wrapping_add(1_000_000_000),
            400 => hand.timestamp = hand.timestamp.wrapping_sub(8_000 * 60),
            500 => hand.sequence = hand.sequence.wrapping_add(20_000),
            _ => {}
        }
        let payload = hand.encode(n);
        hand.insert(n, &payload, Time::from_millis(n as u64 * 20));
        gaps += u32::from(hand.pull(n as u64 * 20 + 5).0 != Pulled::Audio);
    }
    assert!(gaps <= 3, "{gaps} ticks without audio");
    assert_eq!(hand.buffer.stats().resyncs, 4);
    assert!(hand.buffer.delay_micros() < 10_000);
}

#[test]
fn a_sender_that_stops_for_seconds_is_heard_again_without_delay() {
    // Its time stamps go on, stand still, or are held back for 3 s by the path.
    for case in 0..3 {
        let mut hand = Hand::new(CodecKind::Pcmu, EncoderOptions::default());
        let mut last = Pulled::Silence;
        for n in 0..500usize {
            let now = Time::from_millis(n as u64 * 20);
            let pausing = (100..250).contains(&n);
            if !pausing {
                let payload = hand.encode(n);
                if case == 2 && n == 250 {
                    for held in 100..250 {
                        hand.insert(held, &payload, now);
                    }
                }
                let behind = if n >= 250 { 150 } else { 0 };
                let sequence = if case == 2 { n } else { n - behind };
                let stamp = if case == 1 { n - behind } else { n };
                let (sequence, stamp) = (
                    hand.sequence.wrapping_add(sequence as u16),
                    hand.stamp(stamp),
                );
                hand.buffer.insert(1, sequence, stamp, &payload, now);
            }
            last = hand.pull(n as u64 * 20 + 5).0;
            if n == 200 {
                assert!(
                    matches!(last, Pulled::Silence | Pulled::ComfortNoise),
                    "{last:?}"
                );
            }
            if n > 260 {
                assert_eq!(last, Pulled::Audio, "case {case}, {n}");
            }
        }
        assert_eq!(last, Pulled::Audio);
        let stats = hand.buffer.stats();
        assert!(
            hand.buffer.delay_micros() < 30_000,
            "case {case}: {}",
            hand.buffer.delay_micros()
        );
        assert!(stats.concealed_samples < 8_000, "case {case}: {stats:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_packets_make_it_panic_or_grow(
        packets in proptest::collection::vec((0u16..70, 0u32..80, 0usize..400, 0u8..9, 0u64..60), 1..300),
        kind in 0usize..4,
        wild in proptest::prelude::any::<bool>(),
    ) {
        let kind = [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722, CodecKind::Opus][kind];
        let mut buffer = JitterBuffer::new(kind);
        let mut noise = Noise::new(7);
        let mut now = 1_000_000u64;
        for (n, (sequence, stamp, length, what, wait)) in packets.into_iter().enumerate() {
            let payload: Vec<u8> = (0..length).map(|_| noise.next_u64() as u8).collect();
            let (sequence, stamp) = if wild {
                (noise.next_u64() as u16, noise.next_u64() as u32)
            } else {
                (sequence.wrapping_add(n as u16), (stamp + n as u32).wrapping_mul(160))
            };
            now += wait;
            let at = Time::from_millis(now);
            match what {
                0 => { buffer.insert_comfort_noise(1, sequence, stamp, length as u8, at); }
                1 => buffer.skip(at, 160),
                2 => buffer.reset(),
                3 => { buffer.insert(2, sequence, stamp, &payload, at); }
                _ => { buffer.insert(1, sequence, stamp, &payload, at); }
            }
            if wait % 3 == 0 {
                let mut out = vec![0; kind.sample_rate() as usize / 50];
                buffer.pull(at, &mut out);
            }
        }
    }
}

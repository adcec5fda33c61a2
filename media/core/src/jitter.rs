//! The jitter buffer: from packets as they arrive to samples as the mixer's tick wants them.
//!
//! Time is measured in transits: the clock less the media time of a sample. A packet's transit is fixed when it
//! arrives; the buffer's own delay is the transit of the sample it hands out. Playing is in time as long as the delay is at
//! least what nearly all packets take (`Delays`). Because the tick asks for whole frames, delays that fit differ
//! by the grid of ticks and packet times; the smallest that fits is the target, and audio is stretched by whole pitch
//! periods to reach it. On a clean path this waits for nothing but the next tick.
//!
//! What is missing when it is wanted is concealed. If it was lost, time goes on; if it was only late (the next
//! packet continues where we stopped), it is played all the same unless it is a matter of one or two frames, and the delay is
//! won back by stretching. Pauses of the sender (DTX, CN) are no losses, and delay is set right in them for free.

use std::collections::VecDeque;

use crate::codec::{has_fec, payload_samples, CodecKind, Decoder};
use crate::plc::{history_samples, Concealer};
use crate::stretch;
use crate::time::Time;
use crate::tone::Noise;

mod delays;

use delays::Delays;

/// What `insert` did with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    Accepted,
    Duplicate,
    /// Its time to be played is over.
    Late,
    /// Not of the codec, or out of all order.
    Rejected,
}

/// What the samples of a `pull` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// Decoded audio (possibly stretched, or in part concealed).
    Audio,
    /// Nothing but concealment.
    Concealed,
    /// The sender is silent on purpose (DTX, CN): comfort noise.
    ComfortNoise,
    /// Nothing received yet, or nothing for so long that concealment has faded: zeroes.
    Silence,
}

/// Counters from the first packet on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    pub accepted: u64,
    pub duplicates: u64,
    pub late: u64,
    pub rejected: u64,
    /// Samples handed out while the sender was speaking, and how many of them were concealment.
    pub samples: u64,
    pub concealed_samples: u64,
    /// Payloads decoded, those that prime included.
    pub decoded: u64,
    /// Samples taken out and put in by time stretching.
    pub accelerated_samples: u64,
    pub expanded_samples: u64,
    /// Times the line of time was taken up anew (SSRC change, time stamp jump, long stall).
    pub resyncs: u64,
}

/// Packets held at most; the oldest is dropped for one more.
const MAX_PACKETS: usize = 100;
/// Undecoded packets kept to prime a decoder. With the last 5 the first 100 ms of Opus come out within 40 dB of what an
/// always running decoder makes of them (median; 9 dB in one case of ten), with 10 within 49 dB (33 dB); cold within 5 dB.
const PRIMING: usize = 10;
/// Room between what packets take and the delay, in nanoseconds.
const MARGIN: i64 = 300_000;
/// The delay is only lowered if it then stays this much above what is needed: at least, and in parts of the spread.
const HYSTERESIS: i64 = 200_000;
/// A late packet is cut to keep the delay if it is late by at most this; later ones are played out.
const CUT_LATE: i64 = 40_000_000;
/// More excess than this is dropped, not stretched away.
const MAX_EXCESS: i64 = 280_000_000;
/// A jump of a packet's transit by more than this begins a new line of time.
const MAX_JUMP: i64 = 1_000_000_000;
/// A sender that is silent for this long pauses: not counted as concealment.
const PAUSE: i64 = 500_000_000;
/// More excess than this is taken out as fast as it can be done without harm to words.
const URGENT: i64 = 40_000_000;
/// Where what packets need moves (a sender's clock is off, jitter has ended), the delay is not set nearer to it than this
/// if that is possible: the grid makes it jump by a frame once in a while, this keeps it from more.
const ROOM: i64 = 5_000_000;
/// The fastest transit has moved by this much: a clock is off.
const DRIFTED: i64 = 1_000_000;
/// Excess below this stays.
const TOLERATED: i64 = 2_500_000;

#[derive(Debug)]
struct Slot {
    sequence: i64,
    /// Media time of the first sample, in samples.
    start: i64,
    samples: i64,
    /// `Some`: a comfort noise packet of this level (-dBov).
    noise: Option<u8>,
    payload: Vec<u8>,
}

/// Sequence numbers and time stamps of the current stream, extended.
#[derive(Clone, Copy, Debug)]
struct Line {
    ssrc: u32,
    highest: i64,
    timestamp: i64,
    /// Transit of the packet with the highest sequence number.
    transit: i64,
    /// A sequence number that would begin a new line, should it come (RFC 3550 A.1).
    suspect: Option<u16>,
}

/// Why there is no audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Speech,
    /// DTX or comfort noise of a level, or a pause.
    Pause {
        level: u8,
    },
}

/// A jitter buffer with the decoder of one codec; see the module's description.
pub struct JitterBuffer {
    kind: CodecKind,
    rate: i64,
    /// Samples for each unit of the RTP clock.
    ratio: i64,
    decoder: Option<Decoder>,
    concealer: Concealer,
    noise: Noise,
    line: Option<Line>,
    queue: VecDeque<Slot>,
    /// Payload buffers to use again.
    pool: Vec<Vec<u8>>,
    delays: Delays,
    /// Audio already handed out (`..read`, for concealment and stretching) and still to be.
    audio: Vec<i16>,
    read: usize,
    playing: bool,
    mode: Mode,
    /// Media time (samples) and sequence number that decoding goes on with.
    next: i64,
    next_sequence: i64,
    /// Samples concealed for which media time did not go on: the next packet may be late, not lost.
    debt: i64,
    /// Samples of the next packets to throw away.
    cut: i64,
    last_pull: Option<Time>,
    /// Ticks since the last stretch.
    unstretched: u32,
    /// Samples of the packet decoded last.
    length: i64,
    /// The fastest transit when the delay was last set to what it was to be.
    anchor: i64,
    /// What was late by much is played out: the delay goes back to this, what it was before.
    home: Option<i64>,
    skipping: bool,
    /// Samples already handed out that are kept for others to look back at.
    remembered: usize,
    primers: VecDeque<Slot>,
    /// Which of the 64 sequence numbers before `next_sequence` came.
    played: u64,
    delay: i64,
    target: i64,
    /// Samples concealed since the last packet.
    concealed_run: u64,
    stats: JitterStats,
    made: Made,
}

/// What the samples of the current pull are made of.
#[derive(Clone, Copy, Debug, Default)]
struct Made {
    audio: bool,
    concealed: bool,
    noise: bool,
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 {
        a
    } else {
        gcd(b, a % b)
    }
}

impl JitterBuffer {
    /// An empty buffer. The decoder is made at the first `pull` that needs it.
    pub fn new(kind: CodecKind) -> Self {
        let rate = kind.sample_rate();
        JitterBuffer {
            kind,
            rate: i64::from(rate),
            ratio: i64::from(rate / kind.clock_rate()),
            decoder: None,
            concealer: Concealer::new(rate),
            noise: Noise::new(1),
            line: None,
            queue: VecDeque::new(),
            pool: Vec::new(),
            delays: Delays::default(),
            audio: Vec::new(),
            read: 0,
            playing: false,
            mode: Mode::Speech,
            next: 0,
            next_sequence: 0,
            debt: 0,
            cut: 0,
            last_pull: None,
            unstretched: 0,
            length: 0,
            anchor: 0,
            home: None,
            skipping: false,
            remembered: 0,
            primers: VecDeque::new(),
            played: 0,
            delay: 0,
            target: 0,
            concealed_run: 0,
            stats: JitterStats::default(),
            made: Made::default(),
        }
    }

    /// The codec given.
    pub fn kind(&self) -> CodecKind {
        self.kind
    }

    /// Rate of the samples `pull` gives, in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.rate as u32
    }

    /// Counters.
    pub fn stats(&self) -> JitterStats {
        self.stats
    }

    /// Delay over the shortest path seen lately, in microseconds: of the samples last pulled, from their packet's fastest
    /// possible arrival to now.
    pub fn delay_micros(&self) -> u32 {
        self.over_floor(self.delay)
    }

    /// The delay aimed at, in microseconds, measured as `delay_micros`.
    pub fn target_micros(&self) -> u32 {
        self.over_floor(self.target)
    }

    /// Keeps so many ms of what was handed out; where packets were skipped, they are decoded for that when it goes on.
    pub fn remember(&mut self, ms: u32) {
        self.remembered = self.rate as usize / 1_000 * ms as usize;
    }

    /// What went before the last `frame` samples handed out.
    pub fn past(&self, frame: usize) -> &[i16] {
        &self.audio[..self.read.saturating_sub(frame)]
    }

    fn over_floor(&self, transit: i64) -> u32 {
        if !self.playing {
            return 0;
        }
        ((transit - self.delays.floor()).max(0) / 1_000).min(i64::from(u32::MAX)) as u32
    }

    /// Forget all packets and the line of time, e.g. after hold or a new SDP; counters stay.
    pub fn reset(&mut self) {
        self.line = None;
        self.stop();
        self.delays.clear();
    }

    fn stop(&mut self) {
        while let Some(slot) = self.queue.pop_front() {
            self.recycle(slot);
        }
        while let Some(slot) = self.primers.pop_front() {
            self.recycle(slot);
        }
        self.playing = false;
        self.debt = 0;
        self.cut = 0;
        self.home = None;
        self.mode = Mode::Speech;
    }

    fn recycle(&mut self, slot: Slot) {
        if self.pool.len() < 16 && slot.payload.capacity() > 0 {
            self.pool.push(slot.payload);
        }
    }

    fn nanos(&self, samples: i64) -> i64 {
        samples * 1_000_000 / (self.rate / 1_000)
    }

    fn samples(&self, nanos: i64) -> i64 {
        nanos * (self.rate / 1_000) / 1_000_000
    }

    // --- packets in ---

    /// Take in an audio packet. `arrival` is when it reached this machine (the kernel's time stamp where there is one,
    /// on the same clock as `pull`'s `now`).
    pub fn insert(
        &mut self,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        payload: &[u8],
        arrival: Time,
    ) -> Inserted {
        match payload_samples(self.kind, payload) {
            Some(samples) => self.take(
                ssrc,
                sequence,
                timestamp,
                samples as i64,
                None,
                payload,
                arrival,
            ),
            None => {
                self.stats.rejected += 1;
                Inserted::Rejected
            }
        }
    }

    /// Take in a comfort noise packet (RFC 3389): `level` is its first byte, -dBov.
    pub fn insert_comfort_noise(
        &mut self,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        level: u8,
        arrival: Time,
    ) -> Inserted {
        self.take(
            ssrc,
            sequence,
            timestamp,
            0,
            Some(level.min(127)),
            &[],
            arrival,
        )
    }

    /// A telephone-event packet of the same stream (RFC 4733) came: its sequence number is no loss, and from its time stamp
    /// on the sender is not speaking. All packets of an event have the same time stamp, so they say nothing of the path.
    pub fn insert_event(&mut self, ssrc: u32, sequence: u16, timestamp: u32) {
        let Some(line) = self.line.as_mut().filter(|line| line.ssrc == ssrc) else {
            return;
        };
        let ahead = i64::from(sequence.wrapping_sub(line.highest as u16) as i16);
        let sequence = line.highest + ahead;
        let ahead_by = i64::from(timestamp.wrapping_sub(line.timestamp as u32) as i32);
        // Some senders count events on another clock than the audio's.
        let near = ahead_by.abs() <= self.rate / self.ratio;
        let start = (line.timestamp + if near { ahead_by } else { 0 }) * self.ratio;
        if !(-64..=1_000).contains(&ahead) || (self.playing && sequence < self.next_sequence) {
            return;
        }
        line.highest = line.highest.max(sequence);
        let at = self.queue.partition_point(|slot| slot.sequence < sequence);
        if self.queue.len() < MAX_PACKETS
            && self
                .queue
                .get(at)
                .is_none_or(|slot| slot.sequence != sequence)
        {
            let noise = Some(127);
            self.queue.insert(
                at,
                Slot {
                    sequence,
                    start,
                    samples: 0,
                    noise,
                    payload: Vec::new(),
                },
            );
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn take(
        &mut self,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        samples: i64,
        noise: Option<u8>,
        payload: &[u8],
        arrival: Time,
    ) -> Inserted {
        let Some((sequence, start)) = self.place(ssrc, sequence, timestamp, samples, arrival)
        else {
            self.stats.rejected += 1;
            return Inserted::Rejected;
        };
        if self.playing && sequence < self.next_sequence {
            let age = self.next_sequence - 1 - sequence;
            if age < 64 && self.played >> age & 1 == 1 {
                self.stats.duplicates += 1;
                return Inserted::Duplicate;
            }
            self.stats.late += 1;
            return Inserted::Late;
        }
        let at = match self.queue.back() {
            Some(last) if last.sequence >= sequence => {
                self.queue.partition_point(|slot| slot.sequence < sequence)
            }
            _ => self.queue.len(),
        };
        if self
            .queue
            .get(at)
            .is_some_and(|slot| slot.sequence == sequence)
        {
            self.stats.duplicates += 1;
            return Inserted::Duplicate;
        }
        let mut buffer = self.pool.pop().unwrap_or_default();
        buffer.clear();
        buffer.extend_from_slice(payload);
        self.queue.insert(
            at,
            Slot {
                sequence,
                start,
                samples,
                noise,
                payload: buffer,
            },
        );
        if self.queue.len() > MAX_PACKETS {
            if let Some(slot) = self.queue.pop_front() {
                self.recycle(slot);
            }
        }
        self.stats.accepted += 1;
        Inserted::Accepted
    }

    /// Extended sequence number and media time of a packet, and its transit into the statistics. `None`: out of order
    /// so far that it is not believed.
    fn place(
        &mut self,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        samples: i64,
        arrival: Time,
    ) -> Option<(i64, i64)> {
        let arrived = arrival.as_nanos() as i64;
        if let Some(mut line) = self.line.filter(|line| line.ssrc == ssrc) {
            let ahead = i64::from(sequence.wrapping_sub(line.highest as u16) as i16);
            let extended = line.highest + ahead;
            let media =
                line.timestamp + i64::from(timestamp.wrapping_sub(line.timestamp as u32) as i32);
            let start = media * self.ratio;
            let transit = arrived - self.nanos(start);
            let jumped = (transit - line.transit).abs() > MAX_JUMP;
            if ahead.abs() > 1_000 || (jumped && ahead <= 0) {
                // A stray, unless the next one follows it.
                if line.suspect != Some(sequence) {
                    line.suspect = Some(sequence.wrapping_add(1));
                    self.line = Some(line);
                    return None;
                }
            } else if !jumped {
                let length = (self.nanos(samples.max(self.rate / 100)) / 1_000) as i32;
                self.delays.record(transit, arrival, extended, length);
                if ahead > 0 {
                    line = Line {
                        highest: extended,
                        timestamp: media,
                        transit,
                        suspect: None,
                        ..line
                    };
                    self.line = Some(line);
                }
                return Some((extended, start));
            }
        }
        if self.line.is_some() {
            self.stats.resyncs += 1;
        }
        self.stop();
        self.delays.clear();
        let start = i64::from(timestamp) * self.ratio;
        let transit = arrived - self.nanos(start);
        self.delays.record(transit, arrival, i64::from(sequence), 0);
        let (highest, timestamp) = (i64::from(sequence), i64::from(timestamp));
        self.line = Some(Line {
            ssrc,
            highest,
            timestamp,
            transit,
            suspect: None,
        });
        Some((highest, start))
    }

    // --- samples out ---

    /// Fill `out` (10 or 20 ms) with the samples due at `now`, the tick's nominal time. Ticks that were missed
    /// (`now` further from the last call than `out` is long) are skipped.
    pub fn pull(&mut self, now: Time, out: &mut [i16]) -> Pulled {
        let clock = now.as_nanos() as i64;
        let wanted = out.len() as i64;
        self.made = Made::default();
        if self.skipping {
            self.skipping = false;
            self.playing = false;
        }
        self.miss_ticks(now, wanted);
        self.last_pull = Some(now);
        if !self.playing && !self.start(clock, wanted) {
            out.fill(0);
            return Pulled::Silence;
        }
        self.fill(clock, wanted, wanted);
        self.stretch(clock, wanted);
        self.fill(clock, wanted, wanted);
        if self.mode == Mode::Speech {
            self.delay = self.delay_of(self.next, clock);
        }
        let end = self.read + out.len();
        out.copy_from_slice(&self.audio[self.read..end]);
        self.read = end;
        self.compact();
        let Made {
            audio,
            concealed,
            noise,
        } = self.made;
        if audio || concealed || !noise {
            self.stats.samples += out.len() as u64;
        }
        match (audio, concealed, noise) {
            (true, ..) => Pulled::Audio,
            (false, true, _) if self.concealer.faded() => Pulled::Silence,
            (false, true, _) => Pulled::Concealed,
            (false, false, true) => Pulled::ComfortNoise,
            // All of it was decoded at an earlier pull.
            (false, false, false) => Pulled::Audio,
        }
    }

    fn pending(&self) -> i64 {
        (self.audio.len() - self.read) as i64
    }

    /// Keep what concealment and stretching look back at.
    fn compact(&mut self) {
        let kept = history_samples(self.rate as u32).max(self.remembered);
        if self.read > kept * 2 {
            self.audio.drain(..self.read - kept);
            self.read = kept;
        }
    }

    /// The transit of `next` if it were played at the start of this tick, and of the audio pending before it.
    fn delay_of(&self, media: i64, clock: i64) -> i64 {
        clock - self.nanos(media) + self.nanos(self.pending())
    }

    /// The smallest delay not below `need` that the grid of ticks (`wanted` samples) and packets allows, when the media
    /// time `media` begins a packet of `length` samples.
    fn on_grid(&self, need: i64, media: i64, length: i64, clock: i64, wanted: i64) -> i64 {
        let grid = gcd(length.max(1), wanted);
        let need = need + self.nanos(wanted - grid);
        let base = clock - self.nanos(media);
        let step = self.nanos(grid).max(1);
        base + (need - base + step - 1).div_euclid(step) * step
    }

    fn need(&self) -> i64 {
        self.delays.high() + MARGIN
    }

    /// Begin to play: with the latest packet that is due. False if none is.
    fn start(&mut self, clock: i64, wanted: i64) -> bool {
        let due = |slot: &Slot| {
            let grid = gcd(slot.samples.max(1), wanted);
            slot.noise.is_none()
                && clock - self.nanos(slot.start) >= self.need() + self.nanos(wanted - grid)
        };
        let Some(first) = self.queue.iter().rposition(due) else {
            return false;
        };
        for _ in 0..first {
            if let Some(slot) = self.queue.pop_front() {
                self.keep_primer(slot);
            }
        }
        let (start, sequence) = (self.queue[0].start, self.queue[0].sequence);
        self.next = start;
        self.next_sequence = sequence;
        self.played = 0;
        self.debt = 0;
        self.cut = 0;
        self.playing = true;
        self.anchor = self.delays.floor();
        self.home = None;
        self.mode = Mode::Speech;
        self.audio.truncate(self.read);
        self.concealer.reset();
        self.prime();
        true
    }

    fn keep_primer(&mut self, slot: Slot) {
        let keep = match self.kind {
            CodecKind::Pcmu | CodecKind::Pcma if self.remembered == 0 => 0,
            _ => PRIMING,
        };
        if keep == 0 || slot.noise.is_some() {
            self.recycle(slot);
            return;
        }
        self.primers.push_back(slot);
        if self.primers.len() > keep {
            if let Some(slot) = self.primers.pop_front() {
                self.recycle(slot);
            }
        }
    }

    /// Decode the packets kept, so that the decoder's state fits; the last one is history for concealment.
    fn prime(&mut self) {
        while let Some(slot) = self.primers.pop_front() {
            let at = self.audio.len();
            self.decode(&slot.payload, slot.samples);
            self.read = self.audio.len().max(at);
            self.recycle(slot);
        }
        self.compact();
    }

    /// The last tick was longer ago than its length: the time between is passed over.
    fn miss_ticks(&mut self, now: Time, wanted: i64) {
        let Some(last) = self.last_pull.filter(|_| self.playing) else {
            return;
        };
        let missed = (now.as_nanos() as i64 - last.as_nanos() as i64) - self.nanos(wanted);
        if missed < self.nanos(wanted) / 2 {
            return;
        }
        let missed = self.samples(missed);
        let pending = self.pending().min(missed);
        // What is heard next does not continue what was heard last: blend.
        self.begin_blend();
        self.read += pending as usize;
        let from_debt = self.debt.min(missed - pending);
        self.debt -= from_debt;
        self.next += missed - pending - from_debt;
        if matches!(self.mode, Mode::Speech) {
            self.drop_played();
        }
    }

    fn begin_blend(&mut self) {
        if !self.concealer.active() {
            let mut none = [];
            self.concealer.conceal(&self.audio[..self.read], &mut none);
        }
    }

    /// Drop packets that end before `next`.
    fn drop_played(&mut self) {
        while self
            .queue
            .front()
            .is_some_and(|slot| slot.noise.is_none() && slot.start + slot.samples <= self.next)
        {
            if let Some(slot) = self.queue.pop_front() {
                self.passed(slot.sequence, true);
                self.recycle(slot);
            }
        }
    }

    /// Sequence number `sequence` is done with.
    fn passed(&mut self, sequence: i64, came: bool) {
        let ahead = sequence + 1 - self.next_sequence;
        if ahead > 0 {
            self.played = if ahead < 64 { self.played << ahead } else { 0 };
            self.next_sequence = sequence + 1;
            self.played |= u64::from(came);
        }
    }

    /// Produce until `least` samples are pending.
    fn fill(&mut self, clock: i64, least: i64, wanted: i64) {
        // Each step makes at least one sample or uses up a packet.
        while self.pending() < least {
            self.step(clock, least - self.pending(), wanted);
        }
    }

    /// One step of playing: decode a packet, or make up for one.
    fn step(&mut self, clock: i64, lacking: i64, wanted: i64) {
        let Some(front) = self.queue.front() else {
            return self.starve(lacking);
        };
        if let Some(level) = front.noise {
            let start = front.start;
            if let Some(slot) = self.queue.pop_front() {
                self.passed(slot.sequence, true);
                self.recycle(slot);
            }
            self.mode = Mode::Pause { level };
            self.next = self.next.max(start);
            self.debt = 0;
            return;
        }
        let (start, samples, sequence) = (front.start, front.samples, front.sequence);
        if let Mode::Pause { level } = self.mode {
            // A new spurt of talk: its first packet may be set where it is wanted.
            let grid = gcd(samples, wanted);
            let wait = self.need() + self.nanos(wanted - grid) - self.delay_of(start, clock);
            if wait > 0 {
                return self.comfort(lacking, level);
            }
            self.mode = Mode::Speech;
            if start > self.next && sequence == self.next_sequence {
                self.forgive();
            }
            self.next = start;
            self.debt = 0;
            self.drop_excess(clock, samples, wanted);
            return self.play();
        }
        let gap = start - self.next;
        if gap > 0 && sequence == self.next_sequence {
            self.forgive();
        }
        if gap <= 0 {
            self.catch_up(clock, samples, wanted);
            return self.play();
        }
        let covered = self.debt.min(gap);
        if covered > 0 {
            self.debt -= covered;
            self.next += covered;
            return;
        }
        if sequence == self.next_sequence || self.nanos(gap) > PAUSE {
            // Nothing was lost: the sender paused.
            self.mode = Mode::Pause { level: 127 };
            return;
        }
        self.recover(gap);
    }

    /// What was concealed since the last packet was a pause of the sender, as is seen now.
    fn forgive(&mut self) {
        let run = std::mem::take(&mut self.concealed_run);
        self.stats.concealed_samples -= run;
        self.stats.samples = self.stats.samples.saturating_sub(run);
    }

    /// Packets before the front one are lost: FEC if it has some, else concealment.
    fn recover(&mut self, gap: i64) {
        if self.kind == CodecKind::Opus {
            let front = &self.queue[0];
            if gap <= front.samples && gap % 120 == 0 && has_fec(&front.payload) {
                let at = self.audio.len();
                self.audio.resize(at + gap as usize, 0);
                if let Some(Decoder::Opus(decoder)) = &mut self.decoder {
                    if decoder
                        .decode_fec(&front.payload, &mut self.audio[at..])
                        .is_ok()
                    {
                        self.made.audio = true;
                        self.next += gap;
                        self.concealer.reset();
                        return;
                    }
                }
                self.audio.truncate(at);
            }
        }
        // In steps, because the lost packet may still come: it is decoded then in part.
        let made = self.conceal(gap.min(self.rate / 100));
        self.next += made.min(gap);
    }

    /// Nothing there.
    fn starve(&mut self, lacking: i64) {
        match self.mode {
            Mode::Pause { level } => self.comfort(lacking, level),
            Mode::Speech => {
                self.debt += self.conceal(lacking);
                if self.nanos(self.debt) > PAUSE {
                    self.mode = Mode::Pause { level: 127 };
                }
            }
        }
    }

    /// Late packets are there after all: cut what was concealed already, or play them and be later.
    fn catch_up(&mut self, clock: i64, samples: i64, wanted: i64) {
        if self.debt == 0 {
            return;
        }
        let debt = std::mem::take(&mut self.debt);
        let target = self.on_grid(self.need(), self.next, samples, clock, wanted);
        let excess = self.delay_of(self.next, clock) - target;
        if self.nanos(debt) <= CUT_LATE {
            self.cut = self.samples(excess).clamp(0, debt);
        } else {
            let before = self.delay_of(self.next, clock) - self.nanos(debt);
            self.home.get_or_insert(before);
            self.drop_excess(clock, samples, wanted);
        }
    }

    /// Throw away so much that stretching can do the rest.
    fn drop_excess(&mut self, clock: i64, samples: i64, wanted: i64) {
        let target = self.on_grid(self.need(), self.next, samples, clock, wanted);
        let excess = self.delay_of(self.next, clock) - target;
        self.cut = self.samples((excess - MAX_EXCESS).max(0));
    }

    /// Decode the front packet, from `next` on.
    fn play(&mut self) {
        let Some(slot) = self.queue.pop_front() else {
            return;
        };
        self.passed(slot.sequence, true);
        self.length = slot.samples;
        let overlap = (self.next - slot.start).max(0);
        let end = slot.start + slot.samples;
        if overlap >= slot.samples && self.cut == 0 {
            self.recycle(slot);
            return;
        }
        let at = self.audio.len();
        self.decode(&slot.payload, slot.samples);
        let made = (self.audio.len() - at) as i64;
        let leave = (overlap + self.cut).min(made);
        if leave > 0 {
            self.begin_blend();
            self.audio.drain(at..at + leave as usize);
        }
        self.cut -= (leave - overlap).max(0).min(self.cut);
        self.next = self.next.max(end);
        if self.audio.len() > at {
            if self.kind == CodecKind::Opus && leave == 0 {
                // libopus has blended already.
                self.concealer.reset();
            } else {
                self.concealer.resume(&mut self.audio[at..]);
            }
        }
        // Opus in DTX ends with packets of a byte or two, then nothing until the noise changes (RFC 7587 §3.1.3).
        if self.kind == CodecKind::Opus && slot.payload.len() <= 2 {
            self.mode = Mode::Pause { level: 127 };
        }
        self.made.audio = true;
        self.concealed_run = 0;
        self.recycle(slot);
    }

    /// Append a payload's samples; concealment if it cannot be decoded.
    fn decode(&mut self, payload: &[u8], samples: i64) {
        let at = self.audio.len();
        self.audio.resize(at + samples as usize, 0);
        if self.decoder.is_none() {
            self.decoder = Decoder::new(self.kind).ok();
        }
        let decoded = self
            .decoder
            .as_mut()
            .and_then(|decoder| decoder.decode(payload, &mut self.audio[at..]).ok());
        self.stats.decoded += 1;
        self.audio.truncate(at + decoded.unwrap_or(0));
        if decoded.is_none() {
            self.conceal(samples);
        }
    }

    /// Append about `samples` of concealment; returns how many.
    fn conceal(&mut self, samples: i64) -> i64 {
        let at = self.audio.len();
        let mut samples = samples;
        if let Some(Decoder::Opus(decoder)) = &mut self.decoder {
            // libopus makes multiples of 2.5 ms; 120 ms at most at once.
            samples = (samples + 119) / 120 * 120;
            samples = samples.min(5_760);
            self.audio.resize(at + samples as usize, 0);
            let ok = decoder.conceal(&mut self.audio[at..]).is_ok();
            self.begin_blend();
            if !ok {
                self.audio[at..].fill(0);
            }
        } else {
            self.audio.resize(at + samples as usize, 0);
            let (history, out) = self.audio.split_at_mut(at);
            self.concealer.conceal(history, out);
        }
        self.made.concealed = true;
        self.stats.concealed_samples += samples as u64;
        self.concealed_run += samples as u64;
        samples
    }

    /// Append `samples` of comfort noise at `level`.
    fn comfort(&mut self, samples: i64, level: u8) {
        let at = self.audio.len();
        self.made.noise = true;
        if let Some(Decoder::Opus(decoder)) = &mut self.decoder {
            let samples = (samples + 119) / 120 * 120;
            self.audio.resize(at + samples.min(5_760) as usize, 0);
            if decoder.conceal(&mut self.audio[at..]).is_err() {
                self.audio[at..].fill(0);
            }
            return;
        }
        self.audio.resize(at + samples as usize, 0);
        if level < 100 {
            let amplitude = 32_768.0 * 3f64.sqrt() * 10f64.powf(-f64::from(level) / 20.0);
            for sample in &mut self.audio[at..] {
                *sample = self.noise.sample(amplitude.min(32_767.0));
            }
        }
        if self.concealer.active() {
            self.concealer.resume(&mut self.audio[at..]);
        }
    }

    // --- stretching ---

    /// Bring the delay nearer to its target by one piece of sound.
    fn stretch(&mut self, clock: i64, wanted: i64) {
        self.unstretched = self.unstretched.saturating_add(1);
        if self.mode != Mode::Speech || self.debt > 0 || self.concealer.active() {
            return;
        }
        let length = self.length;
        let delay = self.delay_of(self.next, clock);
        let need = self.need();
        let enough = self.on_grid(need, self.next, length, clock, wanted);
        let hysteresis = HYSTERESIS.max(self.delays.spread() / 4);
        let too_much = self.on_grid(need + hysteresis, self.next, length, clock, wanted);
        let too_much = match self.home {
            Some(home) => home.clamp(enough, too_much),
            None => too_much.max(need + ROOM),
        };
        self.target = enough;
        let rate = self.rate as u32;
        // A slow sender: keep off the edge, so that there is less to be put in when it is reached.
        let slow = self.delays.floor() - self.anchor > DRIFTED
            && delay < need + ROOM - stretch::MIN_PIECE_US as i64 * 1_000;
        let least = if slow {
            enough.max(need + ROOM)
        } else {
            enough
        };
        if delay < least {
            let lacking = self.samples(least - delay) + 1;
            // Ever less choosy, so that it ends.
            let likeness = 0.9 - 0.1 * self.unstretched as f32;
            let put =
                stretch::lengthen(&mut self.audio, self.read, lacking as usize, rate, likeness);
            if put > 0 {
                self.unstretched = 0;
                self.anchor = self.delays.floor();
                self.stats.expanded_samples += put as u64;
            }
        } else if delay - too_much <= TOLERATED {
            self.home = None;
        } else {
            let excess = delay - too_much;
            let urgent = excess > URGENT;
            if !urgent && self.home.is_none() && self.unstretched < 2 {
                return;
            }
            let most = self.samples(excess);
            let least = wanted + self.rate * 15 / 1_000;
            while self.pending() < least
                && self
                    .queue
                    .front()
                    .is_some_and(|slot| slot.noise.is_none() && slot.start <= self.next)
            {
                self.play();
                if self.mode != Mode::Speech {
                    return;
                }
            }
            let patience = if self.home.is_some() { 0.2 } else { 0.1 };
            let likeness = if urgent { 0.5 } else { 0.9 } - patience * self.unstretched as f32;
            let taken = stretch::shorten(&mut self.audio, self.read, most as usize, rate, likeness);
            if taken > 0 {
                self.unstretched = 0;
                self.stats.accelerated_samples += taken as u64;
            }
        }
    }

    // --- listeners nobody hears ---

    /// As `pull`, without decoding: for a listener nobody hears. The last packets are kept to prime the decoder when
    /// `pull` is called again.
    pub fn skip(&mut self, now: Time, samples: usize) {
        if !self.skipping {
            self.skipping = true;
            self.playing = false;
            self.audio.clear();
            self.read = 0;
            self.concealer.reset();
            self.debt = 0;
            self.cut = 0;
        }
        self.last_pull = Some(now);
        let clock = now.as_nanos() as i64;
        let need = self.need() + self.nanos(samples as i64);
        while self.queue.len() > 1 || self.queue.front().is_some_and(|slot| slot.noise.is_some()) {
            let front = &self.queue[0];
            if clock - self.nanos(front.start + front.samples) < need {
                break;
            }
            if let Some(slot) = self.queue.pop_front() {
                self.keep_primer(slot);
            }
        }
    }
}

//! Compares what was heard with what was said: the delay of every stretch found again, and what is missing.
//!
//! The delay of a stretch is mouth to ear less the time of packetising: a sample at offset j of a packet received
//! at R is heard at R + j/8 ms, a sample at offset k of a packet sent at T is said at T + k/8 ms.

use serde::Serialize;

use crate::g711::{Tables, SILENCE};
use crate::rtp::Packet;
use crate::scenario::Analyse;

const FRAME: usize = 160;
const PER_MS: usize = 8;
const SAMPLE: i64 = 125_000;

/// What one talker said and when.
#[derive(Default)]
pub struct Said {
    pub samples: Vec<i16>,
    times: Vec<i64>,
    talking: Vec<bool>,
}

impl Said {
    /// A frame of 160 samples begins, at `at` ns.
    pub fn frame(&mut self, at: i64, talking: bool) {
        self.times.push(at);
        self.talking.push(talking);
    }

    fn time_of(&self, sample: usize) -> i64 {
        self.times[(sample / FRAME).min(self.times.len() - 1)] + (sample % FRAME) as i64 * SAMPLE
    }

    /// The sample that was being said at `at`.
    fn sample_at(&self, at: i64) -> usize {
        let frame = self
            .times
            .partition_point(|time| *time <= at)
            .saturating_sub(1);
        let inside = ((at - self.times[frame]) / SAMPLE).clamp(0, FRAME as i64 - 1);
        frame * FRAME + inside as usize
    }

    fn talks_throughout(&self, from: i64, to: i64) -> bool {
        let (first, last) = (self.sample_at(from) / FRAME, self.sample_at(to) / FRAME);
        from >= self.times[0] && self.talking[first..=last].iter().all(|talks| *talks)
    }
}

/// What one probe received.
#[derive(Default)]
pub struct Heard {
    packets: Vec<(i64, i64, Vec<u8>)>,
    last: Option<(u32, i64)>,
}

impl Heard {
    /// A packet of mu-law arrived at `at` ns.
    pub fn packet(&mut self, at: i64, packet: &Packet<'_>) {
        if packet.payload_type != 0 {
            return;
        }
        let position = match self.last {
            None => 0,
            Some((timestamp, position)) => {
                position + i64::from(packet.timestamp.wrapping_sub(timestamp) as i32)
            }
        };
        self.last = Some((packet.timestamp, position));
        self.packets.push((at, position, packet.payload.to_vec()));
    }

    fn line(&self) -> Line {
        let tables = Tables::get();
        let mut packets: Vec<&(i64, i64, Vec<u8>)> =
            self.packets.iter().filter(|p| p.1 >= 0).collect();
        packets.sort_by_key(|p| p.1);
        let mut line = Line {
            samples: Vec::new(),
            starts: Vec::new(),
        };
        for (at, position, payload) in packets {
            let position = *position as usize;
            // A jump of more than a minute is another stream, not a gap.
            if position > line.samples.len() + 60_000 * PER_MS || position < line.samples.len() {
                continue;
            }
            line.samples
                .resize(position, f32::from(tables.decode(SILENCE)));
            line.starts.push((position, *at));
            line.samples
                .extend(payload.iter().map(|code| f32::from(tables.decode(*code))));
        }
        line
    }
}

struct Line {
    samples: Vec<f32>,
    starts: Vec<(usize, i64)>,
}

impl Line {
    /// When the sample is heard.
    fn time_of(&self, sample: usize) -> i64 {
        let index = self
            .starts
            .partition_point(|(position, _)| *position <= sample)
            .saturating_sub(1);
        let (position, at) = self.starts[index];
        at + (sample - position) as i64 * SAMPLE
    }
}

/// Delays of one run, ms.
#[derive(Serialize, Default, Clone)]
pub struct Delays {
    pub count: usize,
    pub min: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

/// Every 20 ms heard, judged by itself.
#[derive(Serialize, Default)]
pub struct Frames {
    pub total: usize,
    /// Not found in what was said: concealed, stretched or damaged.
    pub altered: usize,
    pub silent: usize,
    pub longest_silence_ms: f64,
    pub silences_over_20ms: usize,
    /// The first hundred of them: seconds after the warm-up, port of the probe.
    pub silences: Vec<(f64, u16)>,
}

/// One stretch found again: seconds after the warm-up, delay in ms, port of the probe.
#[derive(Serialize, Clone, Copy)]
pub struct Point(pub f64, pub f64, pub u16);

#[derive(Serialize, Default)]
pub struct Judgement {
    /// Stretches that should be heard at a probe, and those found.
    pub windows: usize,
    pub found: usize,
    /// Talkers heard at least once.
    pub senders: usize,
    pub delay: Delays,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<Frames>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub track: Vec<Point>,
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    for (x, y) in a8.zip(b8) {
        for k in 0..8 {
            sums[k] += x[k] * y[k];
        }
    }
    sums.iter().sum()
}

/// Best place in `said` from `from` to `to` for `window`: sample and normalised correlation.
fn search(said: &[f32], window: &[f32], from: usize, to: usize) -> (usize, f32) {
    let own = dot(window, window).max(1.0);
    let mut best = (from, -1.0f32);
    for place in from..to.min(said.len().saturating_sub(window.len())) {
        let there = &said[place..place + window.len()];
        let value = dot(window, there);
        if value > 0.0 {
            let normal = value / (own * dot(there, there).max(1.0)).sqrt();
            if normal > best.1 {
                best = (place, normal);
            }
        }
    }
    best
}

fn quantiles(mut all: Vec<f64>) -> Delays {
    if all.is_empty() {
        return Delays::default();
    }
    all.sort_by(f64::total_cmp);
    let at = |q: f64| all[((all.len() - 1) as f64 * q).round() as usize];
    Delays {
        count: all.len(),
        min: at(0.0),
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        max: at(1.0),
    }
}

/// Judge all probes against the talkers of their rooms. `own[i]` is the port of `said[i]`: nobody hears himself.
pub fn judge(
    how: &Analyse,
    said: &[(u32, &Said)],
    own: &[u16],
    probes: &[(u32, &Heard, u16)],
    from: i64,
) -> Judgement {
    let spoken: Vec<Vec<f32>> = said
        .iter()
        .map(|(_, said)| said.samples.iter().map(|s| f32::from(*s)).collect())
        .collect();
    let mut heard_senders = vec![false; said.len()];
    let mut judgement = Judgement::default();
    let mut delays = Vec::new();
    for (room, heard, port) in probes {
        let line = heard.line();
        if line.starts.is_empty() {
            continue;
        }
        for (index, (talker_room, talker)) in said.iter().enumerate() {
            if talker_room != room || own[index] == *port || talker.samples.is_empty() {
                continue;
            }
            let points = follow(
                how,
                (&line, *port),
                talker,
                &spoken[index],
                from,
                &mut judgement,
            );
            heard_senders[index] |= !points.is_empty();
            delays.extend(points.iter().map(|p| p.1));
            if how.frames {
                let frames = judgement.frames.get_or_insert_with(Frames::default);
                judge_frames(
                    (&line, *port),
                    talker,
                    &spoken[index],
                    &points,
                    from,
                    frames,
                );
            }
            if how.track {
                judgement.track.extend(points);
            }
        }
    }
    judgement.senders = heard_senders.iter().filter(|heard| **heard).count();
    judgement.delay = quantiles(delays);
    judgement
}

/// The delay of one talker at one probe, window by window.
fn follow(
    how: &Analyse,
    (line, port): (&Line, u16),
    talker: &Said,
    spoken: &[f32],
    from: i64,
    judgement: &mut Judgement,
) -> Vec<Point> {
    let window = how.window_ms * PER_MS;
    let lag = how.max_lag_ms as i64 * 1_000_000;
    let span = how.window_ms as i64 * 1_000_000;
    let last = *talker.times.last().unwrap_or(&0);
    let mut points: Vec<Point> = Vec::new();
    let mut start = 0;
    while start + window < line.samples.len() {
        let at = line.time_of(start);
        let here = start;
        start += how.step_ms * PER_MS;
        // 150 ms of grace after the talker began: he must be noticed first.
        if at < from
            || at + span > last
            || !talker.talks_throughout(at - lag - 150_000_000, at + span)
        {
            continue;
        }
        judgement.windows += 1;
        let stretch = &line.samples[here..here + window];
        let mut best = (0, -1.0);
        if let Some(Point(_, known, _)) = points.last() {
            let near = talker.sample_at(at - (*known * 1e6) as i64);
            best = search(
                spoken,
                stretch,
                near.saturating_sub(6 * PER_MS),
                near + 6 * PER_MS,
            );
        }
        if best.1 < 0.7 {
            let wide = search(
                spoken,
                stretch,
                talker.sample_at(at - lag),
                talker.sample_at(at + 10_000_000),
            );
            if wide.1 > best.1 {
                best = wide;
            }
        }
        if f64::from(best.1) >= how.threshold {
            judgement.found += 1;
            points.push(Point(
                (at - from) as f64 / 1e9,
                (at - talker.time_of(best.0)) as f64 / 1e6,
                port,
            ));
        }
    }
    points
}

fn judge_frames(
    (line, port): (&Line, u16),
    talker: &Said,
    spoken: &[f32],
    points: &[Point],
    from: i64,
    frames: &mut Frames,
) {
    let last = *talker.times.last().unwrap_or(&0);
    let loud = rms(spoken);
    let mut silence = 0usize;
    for (number, block) in line.samples.chunks(PER_MS * 2).enumerate() {
        let at = line.time_of(number * PER_MS * 2);
        if at < from || at > last {
            continue;
        }
        silence = if rms(block) < 0.02 * loud {
            silence + 2
        } else {
            0
        };
        frames.longest_silence_ms = frames.longest_silence_ms.max(silence as f64);
        if silence == 22 {
            frames.silences_over_20ms += 1;
            if frames.silences.len() < 100 {
                frames.silences.push(((at - from) as f64 / 1e9, port));
            }
        }
    }
    for (number, frame) in line.samples.chunks_exact(FRAME).enumerate() {
        let at = line.time_of(number * FRAME);
        if at < from || at > last - 100_000_000 {
            continue;
        }
        frames.total += 1;
        let second = (at - from) as f64 / 1e9;
        let next = points.partition_point(|p| p.0 < second);
        let found = [next.checked_sub(1), Some(next)]
            .into_iter()
            .flatten()
            .filter_map(|i| points.get(i))
            .any(|p| {
                let near = talker.sample_at(at - (p.1 * 1e6) as i64);
                search(
                    spoken,
                    frame,
                    near.saturating_sub(12 * PER_MS),
                    near + 12 * PER_MS,
                )
                .1 >= 0.7
            });
        frames.silent += usize::from(rms(frame) < 0.02 * loud);
        frames.altered += usize::from(!found);
    }
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Chirp;

    const MS: i64 = 1_000_000;

    /// One talker, one probe that hears it `delay` ms later, with the frames `lost` replaced by silence.
    fn play(delay: i64, lost: &[usize]) -> Judgement {
        let tables = Tables::get();
        let (mut chirp, mut said, mut heard) =
            (Chirp::new(5, 6000.0), Said::default(), Heard::default());
        for frame in 0..200usize {
            let at = frame as i64 * 20 * MS;
            said.frame(at, true);
            let first = said.samples.len();
            said.samples.extend((0..FRAME).map(|_| chirp.sample()));
            let mut payload: Vec<u8> = said.samples[first..]
                .iter()
                .map(|s| tables.encode(*s))
                .collect();
            if lost.contains(&frame) {
                payload.fill(SILENCE);
            }
            let timestamp = 4_294_960_000u32.wrapping_add(frame as u32 * 160);
            let packet = Packet {
                payload_type: 0,
                sequence: frame as u16,
                timestamp,
                ssrc: 1,
                payload: &payload,
            };
            heard.packet(at + delay * MS, &packet);
        }
        let how = Analyse {
            window_ms: 60,
            step_ms: 60,
            max_lag_ms: 400,
            threshold: 0.5,
            frames: true,
            track: true,
        };
        judge(&how, &[(0, &said)], &[1], &[(0, &heard, 2)], 0)
    }

    #[test]
    fn a_known_delay_is_found() {
        let judgement = play(37, &[]);
        assert!(judgement.found > 40 && judgement.found == judgement.windows);
        assert!(
            (judgement.delay.p50 - 37.0).abs() < 0.2 && (judgement.delay.max - 37.0).abs() < 0.2
        );
        let frames = judgement.frames.unwrap();
        assert_eq!(
            (frames.altered, frames.silent, frames.silences_over_20ms),
            (0, 0, 0)
        );
    }

    #[test]
    fn lost_frames_are_seen() {
        let frames = play(20, &[60, 100, 101]).frames.unwrap();
        assert_eq!(
            (frames.altered, frames.silent, frames.silences_over_20ms),
            (3, 3, 1)
        );
        assert!((frames.longest_silence_ms - 40.0).abs() < 4.0);
    }

    #[test]
    fn nobody_hears_himself() {
        let said = Said::default();
        let heard = Heard::default();
        let how = Analyse {
            window_ms: 60,
            step_ms: 60,
            max_lag_ms: 400,
            threshold: 0.5,
            frames: false,
            track: false,
        };
        assert_eq!(
            judge(&how, &[(0, &said)], &[2], &[(0, &heard, 2)], 0).windows,
            0
        );
    }
}

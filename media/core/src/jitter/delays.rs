//! How late packets come: the delay the buffer must allow for.

use crate::time::Time;

/// Packets remembered: 10 s at 20 ms.
const REMEMBERED: usize = 512;
/// Packets between two looks at the distribution, and at the least after a packet later than expected.
const REFRESH: u32 = 32;
const REFRESH_LATE: u32 = 4;

/// Clocks are off by at most this; faster changes are the path's.
const MAX_DRIFT: f32 = 400e-6;
/// Packets nearer to each other than this came at the same time, in microseconds.
const SAME_TIME: i64 = 1_000;

/// The packet that came last.
#[derive(Clone, Copy, Debug)]
struct Last {
    arrival: i64,
    /// Its transit, and the highest of those that came with it.
    value: i32,
    latest: i32,
    sequence: i64,
}

/// Transit times (arrival less media time) of the last packets, in microseconds relative to the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Delays {
    ring: Vec<i32>,
    at: usize,
    since_refresh: u32,
    /// Within which nearly all packets come, and the fastest.
    high: i32,
    floor: i32,
    /// Middle of the distribution.
    middle: i32,
    /// By how much the fastest transit grows from packet to packet, in microseconds, and the packets' length.
    drift: f32,
    length: i32,
    origin: Option<i64>,
    last: Option<Last>,
    scratch: Vec<i32>,
}

impl Delays {
    /// Forget all.
    pub(super) fn clear(&mut self) {
        self.ring.clear();
        self.at = 0;
        self.since_refresh = 0;
        self.drift = 0.0;
        self.origin = None;
        self.last = None;
    }

    /// Take in a packet: its transit in nanoseconds, its extended sequence number, and its length in microseconds.
    pub(super) fn record(&mut self, transit: i64, arrival: Time, sequence: i64, length: i32) {
        let origin = *self.origin.get_or_insert(transit);
        let value = ((transit - origin) / 1_000)
            .clamp(i64::from(i32::MIN / 4), i64::from(i32::MAX / 4)) as i32;
        let arrival = (arrival.as_nanos() / 1_000) as i64;
        // Packets that were held up behind a late one arrive with it: one event, not many. Others may have overtaken
        // them, or they come in a different order, but then at the same time.
        if let Some(last) = self.last {
            let consecutive = sequence == last.sequence + 1;
            let gap = arrival - last.arrival;
            let held_up = if consecutive {
                gap < i64::from(length) * 2 / 5 && value < last.value
            } else {
                gap < SAME_TIME
            };
            let late = if consecutive { last.value } else { last.latest };
            let latest = if held_up { last.latest } else { value };
            self.last = Some(Last {
                arrival,
                value,
                sequence,
                latest: latest.max(value),
            });
            if held_up && self.ring.len() == 1 {
                // Even the first was late: it says nothing.
                self.ring[0] = value;
                return self.refresh();
            }
            if held_up && late > self.floor + length {
                if value > late {
                    // The latest of them stands for all.
                    let newest = self.at.checked_sub(1).unwrap_or(self.ring.len() - 1);
                    self.ring[newest] = value;
                }
                return;
            }
        } else {
            self.last = Some(Last {
                arrival,
                value,
                sequence,
                latest: value,
            });
        }
        if self.ring.len() < REMEMBERED {
            self.ring.push(value);
        } else {
            self.ring[self.at] = value;
            self.at = (self.at + 1) % REMEMBERED;
        }
        self.length = length;
        self.since_refresh += 1;
        let young = self.ring.len() < REFRESH as usize;
        if young
            || self.since_refresh >= REFRESH
            || (value > self.high && self.since_refresh >= REFRESH_LATE)
        {
            self.refresh();
        }
    }

    fn refresh(&mut self) {
        self.since_refresh = 0;
        let count = self.ring.len();
        // The very latest are let go: 1 % (a little more of few, so that one stall is none too many), but none of the first.
        let ignored = match count {
            0..16 => 0,
            16..64 => 1,
            64..128 => 2,
            128..256 => 3,
            _ => 4.max(count / 100),
        };
        self.follow_clock();
        self.scratch.clear();
        let (newer, older) = self.ring.split_at(self.at);
        let in_order = older.iter().chain(newer).enumerate();
        let drift = self.drift;
        self.scratch.extend(
            in_order.map(|(n, &value)| value + ((count - 1 - n) as f32 * drift).round() as i32),
        );
        let (below, &mut high, _) = self.scratch.select_nth_unstable(count - 1 - ignored);
        self.high = high;
        self.floor = below.iter().copied().min().unwrap_or(high);
        let middle = below.len() / 2;
        self.middle = if below.is_empty() {
            high
        } else {
            *below.select_nth_unstable(middle).1
        };
    }

    /// Compare the fastest of the older half with the fastest of the newer: the sender's clock against ours.
    fn follow_clock(&mut self) {
        let count = self.ring.len();
        if count < REMEMBERED / 2 {
            return;
        }
        let (newer, older) = self.ring.split_at(self.at);
        let fastest = |from: usize, number: usize| {
            let in_order = older.iter().chain(newer);
            in_order.skip(from).take(number).copied().min().unwrap_or(0)
        };
        let half = count / 2;
        let growth = (fastest(half, count - half) - fastest(0, half)) as f32 / half as f32;
        let most = self.length as f32 * MAX_DRIFT;
        self.drift += (growth.clamp(-most, most) - self.drift) / 4.0;
    }

    /// The transit nearly all packets keep, in nanoseconds. 0 before the first packet.
    pub(super) fn high(&self) -> i64 {
        self.origin.unwrap_or(0) + i64::from(self.high) * 1_000
    }

    /// The fastest transit lately, in nanoseconds.
    pub(super) fn floor(&self) -> i64 {
        self.origin.unwrap_or(0) + i64::from(self.floor) * 1_000
    }

    /// How far the later half spreads, in nanoseconds.
    pub(super) fn spread(&self) -> i64 {
        i64::from(self.high - self.middle) * 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Noise;

    fn feed(delays: &mut Delays, from: u64, transits: impl Iterator<Item = u64>) {
        let mut last = 0;
        for (n, transit) in transits.enumerate() {
            let sent = (from + n as u64) * 20_000;
            // In order: no packet overtakes.
            last = last.max(sent + transit);
            let arrival = Time::from_micros(last);
            let sequence = (from + n as u64) as i64;
            delays.record((last - sent) as i64 * 1_000, arrival, sequence, 20_000);
        }
    }

    #[test]
    fn a_steady_path_needs_nothing() {
        let mut delays = Delays::default();
        feed(&mut delays, 0, std::iter::repeat_n(50_000, 100));
        assert_eq!(
            (delays.high(), delays.floor(), delays.spread()),
            (50_000_000, 50_000_000, 0)
        );
    }

    #[test]
    fn a_stall_is_one_event_and_let_go() {
        let mut delays = Delays::default();
        feed(
            &mut delays,
            0,
            (0..300).map(|n| {
                if (200..210).contains(&n) {
                    (210 - n) * 20_000
                } else {
                    0
                }
            }),
        );
        assert!(delays.high() < 1_000_000, "{}", delays.high());
    }

    #[test]
    fn a_clock_that_is_off_is_followed_without_lag() {
        for ppm in [-200i64, 200] {
            let mut delays = Delays::default();
            feed(
                &mut delays,
                0,
                (0..2_000i64).map(|n| (50_000 + n * 20_000 * ppm / 1_000_000) as u64),
            );
            let now = 50_000 + 2_000 * 20_000 * ppm / 1_000_000;
            for told in [delays.high() / 1_000, delays.floor() / 1_000] {
                assert!((told - now).abs() < 300, "{ppm} ppm: {told}, {now} now");
            }
        }
    }

    #[test]
    fn jitter_is_allowed_for_nearly_to_its_end() {
        let mut delays = Delays::default();
        let mut noise = Noise::new(1);
        for n in 0..2_000u64 {
            let transit = (noise.uniform() * 60_000.0) as u64;
            delays.record(
                transit as i64 * 1_000,
                Time::from_micros(n * 20_000 + transit),
                n as i64,
                20_000,
            );
        }
        let (high, floor) = (delays.high() / 1_000, delays.floor() / 1_000);
        assert!(
            (58_000..60_000).contains(&high) && floor < 1_000,
            "{high} {floor}"
        );
    }
}

//! The outgoing RTP line of a leg: one SSRC, one sequence and one timestamp line from open to close (RFC 3550 §5.1).
#![forbid(unsafe_code)]

use crate::time::Time;

/// How far, in seconds, a relayed timestamp may run away from the clock before the relay is set anew.
const MAX_DRIFT: u32 = 2;
/// A jump of sequence numbers taken for a restart of the sender rather than for loss (RFC 3550 A.1, MAX_DROPOUT).
const MAX_JUMP: u16 = 3000;
/// Sequence numbers left under which a new key had better begin anew.
const BEFORE_TURNING: u16 = 500;

/// Header fields of the next packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub sequence: u16,
    pub timestamp: u32,
    pub marker: bool,
}

/// How the numbers of a relayed sender map to ours.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

/// The line. Everything a leg sends takes its numbers here, whatever its source.
#[derive(Clone, Debug)]
pub struct Line {
    pub ssrc: u32,
    next_sequence: u16,
    /// Timestamp after the last sample sent.
    next_timestamp: u32,
    anchor_timestamp: u32,
    anchor: Time,
    rate: u32,
    marker: bool,
    started: bool,
    mapping: Option<Mapping>,
    pub packets: u64,
    pub octets: u64,
}

/// Whether `a` comes after `b` on the circle of timestamps.
fn is_after(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) > 0
}

impl Line {
    /// A line that begins at `now` with the given random numbers.
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32, now: Time) -> Self {
        Self {
            ssrc,
            next_sequence: sequence,
            next_timestamp: timestamp,
            anchor_timestamp: timestamp,
            anchor: now,
            rate: 8_000,
            marker: true,
            started: false,
            mapping: None,
            packets: 0,
            octets: 0,
        }
    }

    /// Changes the clock rate (Hz) of the timestamps; the line goes on from where it is.
    pub fn set_rate(&mut self, rate: u32, now: Time) {
        if rate != self.rate {
            self.anchor_timestamp = self.project(now);
            self.anchor = now;
            self.rate = rate;
            self.mapping = None;
        }
    }

    /// The timestamp that belongs to `at` by our clock, never before what was sent.
    pub fn project(&self, at: Time) -> u32 {
        let elapsed =
            u128::from(at.0.saturating_sub(self.anchor.0)) * u128::from(self.rate) / 1_000_000_000;
        let by_clock = self.anchor_timestamp.wrapping_add(elapsed as u32);
        if self.started && is_after(self.next_timestamp, by_clock) {
            self.next_timestamp
        } else {
            by_clock
        }
    }

    /// Says that the next packet comes from another source than the last: it gets the marker.
    pub fn switch(&mut self) {
        self.marker = true;
        self.mapping = None;
    }

    /// Says that the next packet is the first of a spurt of talk: it gets the marker.
    pub fn begin_spurt(&mut self) {
        self.marker = true;
    }

    /// Says that the next packet is the first under a new SRTP key. The roll-over counter begins at 0 with it, and must not turn
    /// before the peer hears a packet: numbers that are about to run over are passed over.
    pub fn new_key(&mut self) {
        if self.next_sequence > u16::MAX - BEFORE_TURNING {
            self.next_sequence = 0;
        }
        self.switch();
    }

    /// Numbers for a packet of our own whose last sample belongs to `end` (the end of the tick) and which holds
    /// `samples` of the timestamp clock.
    pub fn stamp(&mut self, end: Time, samples: u32) -> Stamp {
        let by_clock = self.clock_at(end).wrapping_sub(samples);
        let timestamp = if self.started && is_after(self.next_timestamp, by_clock) {
            self.next_timestamp
        } else {
            by_clock
        };
        self.take(timestamp, samples)
    }

    /// Numbers for a packet of a telephone-event, all of which carry the timestamp of its beginning (RFC 4733 §2.4).
    pub fn stamp_event(&mut self, timestamp: u32, first: bool) -> Stamp {
        let stamp = Stamp {
            sequence: self.next_sequence,
            timestamp,
            marker: first,
        };
        self.next_sequence = self.next_sequence.wrapping_add(1);
        self.started = true;
        self.mapping = None;
        stamp
    }

    /// Numbers for a packet relayed at `now` from the sender `ssrc`, mapped by offset so that its losses and
    /// reordering stay as they are. `samples` is its length on the timestamp clock.
    pub fn relay(
        &mut self,
        ssrc: u32,
        sequence: u16,
        timestamp: u32,
        marker: bool,
        samples: u32,
        now: Time,
    ) -> Stamp {
        let clock = self.clock_at(now);
        let fits = self.mapping.filter(|map| {
            let jump = sequence
                .wrapping_add(map.sequence)
                .wrapping_sub(self.next_sequence);
            let drift =
                (timestamp.wrapping_add(map.timestamp).wrapping_sub(clock) as i32).unsigned_abs();
            map.ssrc == ssrc
                && !(MAX_JUMP..=u16::MAX - 100).contains(&jump)
                && drift < MAX_DRIFT * self.rate
        });
        let map = fits.unwrap_or_else(|| {
            if self.mapping.is_some() {
                self.marker = true;
            }
            Mapping {
                ssrc,
                sequence: self.next_sequence.wrapping_sub(sequence),
                timestamp: self.project(now).wrapping_sub(timestamp),
            }
        });
        self.mapping = Some(map);
        let stamp = Stamp {
            sequence: sequence.wrapping_add(map.sequence),
            timestamp: timestamp.wrapping_add(map.timestamp),
            marker: marker || self.marker,
        };
        self.marker = false;
        self.started = true;
        let after = stamp.sequence.wrapping_add(1);
        if (after.wrapping_sub(self.next_sequence) as i16) > 0 {
            self.next_sequence = after;
        }
        let end = stamp.timestamp.wrapping_add(samples);
        if is_after(end, self.next_timestamp) {
            self.next_timestamp = end;
        }
        stamp
    }

    /// Counts a packet as sent.
    pub fn count(&mut self, payload: usize) {
        self.packets += 1;
        self.octets += payload as u64;
    }

    fn clock_at(&self, at: Time) -> u32 {
        let elapsed =
            u128::from(at.0.saturating_sub(self.anchor.0)) * u128::from(self.rate) / 1_000_000_000;
        self.anchor_timestamp.wrapping_add(elapsed as u32)
    }

    fn take(&mut self, timestamp: u32, samples: u32) -> Stamp {
        let stamp = Stamp {
            sequence: self.next_sequence,
            timestamp,
            marker: self.marker,
        };
        self.next_sequence = self.next_sequence.wrapping_add(1);
        self.next_timestamp = timestamp.wrapping_add(samples);
        self.marker = false;
        self.started = true;
        self.mapping = None;
        stamp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(n: u64) -> Time {
        Time::from_millis(20 * n)
    }

    #[test]
    fn our_own_packets_follow_without_gap_and_missed_ticks_advance_the_clock() {
        let mut line = Line::new(9, 65_534, u32::MAX - 100, Time(0));
        let first = line.stamp(tick(1), 160);
        assert_eq!(
            first,
            Stamp {
                sequence: 65_534,
                timestamp: u32::MAX - 100,
                marker: true
            }
        );
        let second = line.stamp(tick(2), 160);
        assert_eq!(
            second,
            Stamp {
                sequence: 65_535,
                timestamp: 59,
                marker: false
            }
        );
        let late = line.stamp(tick(5), 160);
        assert_eq!(
            late,
            Stamp {
                sequence: 0,
                timestamp: 59 + 480,
                marker: false
            }
        );
    }

    #[test]
    fn packets_of_30_ms_built_on_the_tick_follow_without_gap() {
        let mut line = Line::new(9, 0, 0, Time(0));
        // 20 ms a tick: after ticks 2, 3, 5, 6 there are 30 ms; the second of a pair ends with the tick.
        let stamps: Vec<u32> = [(2, 10), (3, 0), (5, 10), (6, 0)]
            .iter()
            .map(|&(n, rest)| line.stamp(Time::from_millis(20 * n - rest), 240).timestamp)
            .collect();
        assert_eq!(stamps, [0, 240, 480, 720]);
    }

    #[test]
    fn relayed_numbers_keep_losses_and_join_our_own_line() {
        let mut line = Line::new(9, 100, 1_000, Time(0));
        let own = line.stamp(tick(1), 160);
        line.switch();
        let first = line.relay(5, 7_000, 90_000, false, 160, tick(2));
        assert_eq!((first.sequence, first.marker), (own.sequence + 1, true));
        assert_eq!(first.timestamp, 1_000 + 320);
        // 7001 is lost, 7003 overtakes 7002.
        let fourth = line.relay(5, 7_003, 90_480, false, 160, tick(5));
        let third = line.relay(5, 7_002, 90_320, false, 160, tick(5));
        assert_eq!(
            (third.sequence, fourth.sequence),
            (first.sequence + 2, first.sequence + 3)
        );
        assert_eq!(third.timestamp, first.timestamp + 320);
        line.switch();
        let back = line.stamp(tick(7), 160);
        assert_eq!((back.sequence, back.marker), (fourth.sequence + 1, true));
        assert!(is_after(back.timestamp, fourth.timestamp));
    }

    #[test]
    fn a_new_key_does_not_begin_before_the_numbers_turn() {
        let mut line = Line::new(9, 65_530, 1_000, Time(0));
        line.stamp(tick(1), 160);
        line.new_key();
        let next = line.stamp(tick(2), 160);
        assert_eq!((next.sequence, next.marker), (0, true));
        line.new_key();
        assert_eq!(line.stamp(tick(3), 160).sequence, 1);
    }

    #[test]
    fn a_sender_that_restarts_is_joined_where_we_are() {
        let mut line = Line::new(9, 100, 1_000, Time(0));
        line.relay(5, 7_000, 90_000, false, 160, tick(0));
        let next = line.relay(6, 20, 4, false, 160, tick(1));
        assert_eq!(
            next,
            Stamp {
                sequence: 101,
                timestamp: 1_160,
                marker: true
            }
        );
    }

    #[test]
    fn another_clock_rate_goes_on_from_the_same_point() {
        let mut line = Line::new(9, 0, 0, Time(0));
        line.stamp(tick(50), 160);
        line.set_rate(48_000, tick(50));
        assert_eq!(line.stamp(tick(51), 960).timestamp, 8_000);
    }
}

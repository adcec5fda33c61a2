//! Keyed digits as telephone-events (RFC 4733).

use std::time::Duration;

use crate::time::Time;

/// An event's report, as it stands in a payload (RFC 4733 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// 0 to 15 are the sixteen keys.
    pub event: u8,
    pub end: bool,
    /// -dBm0, 0 to 63.
    pub volume: u8,
    /// Length so far, in the clock of the payload type.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Parse a payload (its first event); `None` if it is too short.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let &[event, flags, high, low] = payload.first_chunk()?;
        Some(TelephoneEvent {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The payload.
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [
            self.event,
            self.volume & 0x3f | if self.end { 0x80 } else { 0 },
            high,
            low,
        ]
    }

    /// The key, if it is one.
    pub fn digit(self) -> Option<char> {
        digit_of(self.event)
    }

    /// The same report on another clock, for relaying between legs whose events have different clock rates.
    pub fn convert(self, from: u32, to: u32) -> Self {
        TelephoneEvent {
            duration: convert_duration(self.duration, from, to),
            ..self
        }
    }
}

/// A duration counted at `from` Hz, counted at `to` Hz; at most 65,535.
pub fn convert_duration(duration: u16, from: u32, to: u32) -> u16 {
    let converted = u64::from(duration) * u64::from(to) / u64::from(from.max(1));
    converted.min(0xffff) as u16
}

const KEYS: &[u8; 16] = b"0123456789*#ABCD";

/// The key of an event code.
pub fn digit_of(event: u8) -> Option<char> {
    KEYS.get(usize::from(event)).map(|&key| char::from(key))
}

/// The event code of a key (0-9 * # A-D, small letters too).
pub fn event_of(digit: char) -> Option<u8> {
    let digit = digit.to_ascii_uppercase();
    KEYS.iter()
        .position(|&key| char::from(key) == digit)
        .map(|event| event as u8)
}

/// An event is over when no packet of it came for this long, should all its end packets be lost.
const SILENT_END: Duration = Duration::from_millis(120);

/// Tells each digit once, from whichever of its packets arrives first (a digit is identified by its time stamp).
#[derive(Clone, Debug, Default)]
pub struct EventReceiver {
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    timestamp: u32,
    event: u8,
    /// Time stamp at which a continuation of the same long event would begin (RFC 4733 §2.5.1.3).
    continuation: u32,
    ended: bool,
    heard: Time,
}

impl EventReceiver {
    /// Take in an event packet; returns the digit if this is the first packet of it.
    pub fn receive(
        &mut self,
        event: TelephoneEvent,
        timestamp: u32,
        marker: bool,
        now: Time,
    ) -> Option<char> {
        if let Some(last) = &mut self.last {
            let age = timestamp.wrapping_sub(last.timestamp);
            if age == 0 {
                last.heard = now;
                last.ended |= event.end;
                let longest = last
                    .continuation
                    .wrapping_sub(timestamp)
                    .max(u32::from(event.duration));
                last.continuation = timestamp.wrapping_add(longest);
                return None;
            }
            if age > u32::MAX / 2 {
                // An end packet of an earlier digit, late.
                return None;
            }
            if !marker && !last.ended && event.event == last.event && timestamp == last.continuation
            {
                *last = Last {
                    timestamp,
                    continuation: timestamp,
                    ended: event.end,
                    heard: now,
                    ..*last
                };
                last.continuation = timestamp.wrapping_add(u32::from(event.duration));
                return None;
            }
        }
        self.last = Some(Last {
            timestamp,
            event: event.event,
            continuation: timestamp.wrapping_add(u32::from(event.duration)),
            ended: event.end,
            heard: now,
        });
        event.digit()
    }

    /// Whether a key is held down: the leg's audio is not to be heard meanwhile.
    pub fn pressed(&self, now: Time) -> bool {
        self.last
            .is_some_and(|last| !last.ended && now.since(last.heard) < SILENT_END)
    }

    /// Forget the past: the sender's time stamps start anew (another SSRC).
    pub fn reset(&mut self) {
        self.last = None;
    }
}

/// What to send at a tick, instead of audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStep {
    /// An event packet, in place of the tick's audio.
    Send {
        payload: [u8; 4],
        timestamp: u32,
        marker: bool,
    },
    /// The pause between digits: audio may be sent.
    Pause,
    /// All digits are sent.
    Done,
}

/// Sends digits: asked once a packet time, it says what to send.
#[derive(Clone, Debug)]
pub struct EventSender {
    /// Event codes still to send, the next one last.
    events: Vec<u8>,
    clock_rate: u32,
    step: u32,
    duration: u32,
    gap: u32,
    state: Sending,
}

#[derive(Clone, Copy, Debug)]
enum Sending {
    /// `pause` is left to wait, in clock units.
    Between { pause: u32 },
    Tone {
        event: u8,
        timestamp: u32,
        elapsed: u32,
    },
    /// The end packet is sent three times (RFC 4733 §2.5.1.4).
    Ending {
        event: u8,
        timestamp: u32,
        total: u16,
        sent: u8,
    },
}

/// Level of the events we send, -dBm0.
const VOLUME: u8 = 10;

impl EventSender {
    /// `digits` other than keys are passed over; `clock_rate` of the event's payload type; times in ms, `duration`
    /// at least one packet time and at most 65,535 clock units.
    pub fn new(digits: &str, clock_rate: u32, ptime: u32, duration: u32, gap: u32) -> Self {
        let units = clock_rate / 1000;
        EventSender {
            events: digits.chars().rev().filter_map(event_of).collect(),
            clock_rate,
            step: ptime * units,
            duration: (duration.max(ptime) * units).min(0xffff),
            gap: gap * units,
            state: Sending::Between { pause: 0 },
        }
    }

    /// The clock rate given.
    pub fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    /// Append further digits.
    pub fn push(&mut self, digits: &str) {
        for event in digits.chars().filter_map(event_of) {
            self.events.insert(0, event);
        }
    }

    /// What to send now; `timestamp` is the leg's own at this tick (it goes on during events).
    pub fn next(&mut self, timestamp: u32) -> EventStep {
        match self.state {
            Sending::Between { pause } if pause > 0 => {
                self.state = Sending::Between {
                    pause: pause.saturating_sub(self.step),
                };
                EventStep::Pause
            }
            Sending::Between { .. } => {
                let Some(event) = self.events.pop() else {
                    return EventStep::Done;
                };
                self.state = Sending::Tone {
                    event,
                    timestamp,
                    elapsed: 0,
                };
                self.tone(event, timestamp, 0)
            }
            Sending::Tone {
                event,
                timestamp,
                elapsed,
            } => self.tone(event, timestamp, elapsed),
            Sending::Ending {
                event,
                timestamp,
                total,
                sent,
            } => {
                self.state = if sent < 2 {
                    Sending::Ending {
                        event,
                        timestamp,
                        total,
                        sent: sent + 1,
                    }
                } else {
                    // The end packets were part of the gap.
                    Sending::Between {
                        pause: self.gap.saturating_sub(2 * self.step),
                    }
                };
                packet(event, timestamp, total, true, false)
            }
        }
    }

    fn tone(&mut self, event: u8, timestamp: u32, elapsed: u32) -> EventStep {
        let total = elapsed + self.step;
        let marker = elapsed == 0;
        if total >= self.duration {
            self.state = Sending::Ending {
                event,
                timestamp,
                total: self.duration as u16,
                sent: 1,
            };
            return packet(event, timestamp, self.duration as u16, true, marker);
        }
        self.state = Sending::Tone {
            event,
            timestamp,
            elapsed: total,
        };
        packet(event, timestamp, total as u16, false, marker)
    }
}

fn packet(event: u8, timestamp: u32, duration: u16, end: bool, marker: bool) -> EventStep {
    let payload = TelephoneEvent {
        event,
        end,
        volume: VOLUME,
        duration,
    }
    .to_bytes();
    EventStep::Send {
        payload,
        timestamp,
        marker,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packets(digits: &str, clock: u32, ptime: u32) -> Vec<(TelephoneEvent, u32, bool, u64)> {
        let mut sender = EventSender::new(digits, clock, ptime, 100, 60);
        let mut out = Vec::new();
        for tick in 0..10_000u64 {
            let now = tick * u64::from(ptime);
            match sender.next((now * u64::from(clock) / 1000) as u32) {
                EventStep::Send {
                    payload,
                    timestamp,
                    marker,
                } => {
                    out.push((
                        TelephoneEvent::parse(&payload).unwrap(),
                        timestamp,
                        marker,
                        now,
                    ));
                }
                EventStep::Pause => {}
                EventStep::Done => return out,
            }
        }
        panic!("never done");
    }

    #[test]
    fn a_digit_is_five_packets_and_its_end_comes_three_times() {
        let sent = packets("7", 8_000, 20);
        let shape: Vec<_> = sent
            .iter()
            .map(|(e, t, m, _)| (e.duration, e.end, *m, *t))
            .collect();
        let expected = [160, 320, 480, 640, 800, 800, 800].map(|d| (d, d == 800, d == 160, 0));
        assert_eq!(shape, expected);
    }

    #[test]
    fn each_digit_is_told_once_whichever_of_its_packets_arrive() {
        let digits = "1123*#AD0";
        for (clock, ptime) in [
            (8_000, 20),
            (48_000, 20),
            (8_000, 10),
            (8_000, 30),
            (16_000, 60),
        ] {
            let sent = packets(digits, clock, ptime);
            for keep in 0..3 {
                let mut receiver = EventReceiver::default();
                let told: String = sent
                    .iter()
                    .enumerate()
                    // All packets, every third, or the end packets only.
                    .filter(|(n, (event, ..))| match keep {
                        0 => true,
                        1 => n % 2 == 1,
                        _ => event.end,
                    })
                    .filter_map(|(_, &(event, timestamp, marker, now))| {
                        receiver.receive(event, timestamp, marker, Time::from_millis(now))
                    })
                    .collect();
                assert_eq!(told, digits, "clock {clock}, ptime {ptime}, keep {keep}");
            }
        }
    }

    #[test]
    fn a_late_end_packet_of_the_digit_before_is_not_a_digit() {
        let report = |event, duration, end| TelephoneEvent {
            event,
            end,
            volume: 10,
            duration,
        };
        let mut receiver = EventReceiver::default();
        let at = Time::from_millis;
        assert_eq!(
            receiver.receive(report(1, 160, false), 0u32.wrapping_sub(400), true, at(0)),
            Some('1')
        );
        assert_eq!(
            receiver.receive(report(2, 160, false), 800, true, at(150)),
            Some('2')
        );
        assert_eq!(
            receiver.receive(report(1, 800, true), 0u32.wrapping_sub(400), false, at(155)),
            None
        );
        assert_eq!(
            receiver.receive(report(2, 320, false), 800, false, at(170)),
            None
        );
    }

    #[test]
    fn a_key_held_for_long_is_one_digit() {
        let report = |duration, end| TelephoneEvent {
            event: 5,
            end,
            volume: 10,
            duration,
        };
        let mut receiver = EventReceiver::default();
        let at = Time::from_millis;
        assert_eq!(
            receiver.receive(report(160, false), 1_000, true, at(0)),
            Some('5')
        );
        assert_eq!(
            receiver.receive(report(0xffff, false), 1_000, false, at(8_000)),
            None
        );
        assert_eq!(
            receiver.receive(report(160, false), 1_000 + 0xffff, false, at(8_020)),
            None
        );
        assert_eq!(
            receiver.receive(report(320, true), 1_000 + 0xffff, false, at(8_040)),
            None
        );
        assert!(!receiver.pressed(at(8_041)));
    }

    #[test]
    fn a_key_is_held_until_its_end_or_silence() {
        let mut receiver = EventReceiver::default();
        let event = TelephoneEvent {
            event: 5,
            end: false,
            volume: 10,
            duration: 160,
        };
        receiver.receive(event, 0, true, Time::from_millis(0));
        assert!(receiver.pressed(Time::from_millis(100)));
        assert!(!receiver.pressed(Time::from_millis(130)));
    }

    #[test]
    fn durations_change_clocks() {
        assert_eq!(convert_duration(800, 8_000, 48_000), 4_800);
        assert_eq!(convert_duration(4_800, 48_000, 8_000), 800);
        assert_eq!(convert_duration(60_000, 8_000, 48_000), 0xffff);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_receiver_panic(packets in proptest::collection::vec((any::<[u8; 4]>(), any::<u32>(), any::<bool>()), 0..50)) {
            let mut receiver = EventReceiver::default();
            for (n, (payload, timestamp, marker)) in packets.into_iter().enumerate() {
                let event = TelephoneEvent::parse(&payload).unwrap();
                prop_assert_eq!(event.to_bytes()[0], payload[0]);
                receiver.receive(event, timestamp, marker, Time::from_millis(n as u64 * 20));
            }
        }
    }
}

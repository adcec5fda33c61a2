//! Rough paths through a room: jitter and loss, a stall, clocks that are off.

mod house;

use house::{level_of, House};
use switchroom_core::codec::{ulaw_encode, CodecKind};
use switchroom_core::time::Time;
use switchroom_core::tone::{Noise, Tone};

/// Two phones in a room, of which "a" talks a tone over a path; returns what "b" heard, 8 kHz.
fn heard_over(seconds: u64, mut path: impl FnMut(u64) -> Option<Time>) -> Vec<i16> {
    let mut house = House::new();
    house.open_room("r");
    for name in ["a", "b"] {
        house.phone(name, CodecKind::Pcmu);
        house.join(name, "r");
    }
    let mut tone = Tone::new(8000, &[(1_000.0, -12.0)]);
    let mut flying: Vec<(Time, Vec<u8>)> = Vec::new();
    let from = house.phones["a"].address;
    for n in 0..seconds * 50 {
        let mut samples = [0; 160];
        tone.fill(&mut samples);
        let payload: Vec<u8> = samples.iter().map(|&s| ulaw_encode(s)).collect();
        let packet = house.packet("a", 0, false, &payload);
        house.phones.get_mut("a").expect("a").timestamp += 160;
        if let Some(arrival) = path(n) {
            flying.push((arrival, packet));
        }
        let now = Time::from_millis(house.ticks * 20 + 20);
        flying.sort_by_key(|(arrival, _)| *arrival);
        let landed = flying
            .iter()
            .take_while(|(arrival, _)| *arrival <= now)
            .count();
        for (arrival, packet) in flying.drain(..landed).collect::<Vec<_>>() {
            house.deliver("a", packet, from, arrival);
        }
        house.tick();
    }
    house.phones.remove("b").expect("b").heard
}

/// The longest silence in ms, where 5 ms are silent if the tone is 25 dB below itself.
fn longest_silence(heard: &[i16]) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for window in heard.chunks_exact(40) {
        run = if level_of(window, 8000, 1_000.0) < -37.0 {
            run + 5
        } else {
            0
        };
        longest = longest.max(run);
    }
    longest
}

#[test]
fn packets_delayed_by_up_to_60_ms_with_2_percent_lost_leave_no_silence() {
    let mut random = Noise::new(7);
    let heard = heard_over(120, |n| {
        let delay = (random.uniform() * 60_000.0) as u64;
        let lost = random.uniform() < 0.02;
        (!lost).then_some(Time::from_micros(n * 20_000 + 7_000 + delay))
    });
    let silence = longest_silence(&heard[2 * 8000..]);
    assert!(silence <= 20, "{silence} ms");
}

#[test]
fn after_a_stall_of_200_ms_the_talker_is_heard_again_at_once() {
    let heard = heard_over(10, |n| {
        let sent = n * 20_000 + 7_000;
        let held = if (3_000_000..3_200_000).contains(&sent) {
            3_200_000
        } else {
            sent
        };
        Some(Time::from_micros(held))
    });
    assert!(
        longest_silence(&heard[8000..]) <= 260,
        "{}",
        longest_silence(&heard[8000..])
    );
    assert_eq!(longest_silence(&heard[4 * 8000..]), 0);
}

#[test]
fn a_sender_off_by_300_ppm_is_heard_without_a_break() {
    for ppm in [-300.0, 300.0] {
        let heard = heard_over(180, |n| {
            Some(Time::from_micros(
                (n as f64 * 20_000.0 * (1.0 + ppm / 1e6)) as u64 + 90_000,
            ))
        });
        let silence = longest_silence(&heard[2 * 8000..]);
        assert!(silence <= 10, "{ppm}: {silence} ms");
    }
}

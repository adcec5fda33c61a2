//! What a conference asks of a room: gains, noise suppression, listeners who cost nothing, recordings, gaps towards browsers.

mod house;

use house::{level_of, media, House, Terms, LEVEL_ID};
use switchroom_core::codec::CodecKind;
use switchroom_core::command::{Command, Connection, Event, Target};
use switchroom_core::jitter::{JitterBuffer, Pulled};
use switchroom_core::time::Time;
use switchroom_core::tone::{speech_like, Noise};

/// Level of a tone in the last second a phone heard, dBFS.
fn heard(house: &House, name: &str, hertz: f64) -> f64 {
    let phone = house.heard(name);
    let rate = phone.kind.sample_rate();
    level_of(
        &phone.heard[phone.heard.len() - rate as usize..],
        rate,
        hertz,
    )
}

fn power(samples: &[i16]) -> f64 {
    samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

fn payloads(house: &House, name: &str) -> Vec<Vec<u8>> {
    let received = &house.heard(name).received;
    received.iter().map(|p| p.payload.clone()).collect()
}

/// A phone in the room "r".
fn enter(house: &mut House, name: &str, kind: CodecKind, terms: Terms) {
    house.open_room("r");
    house.phone(name, kind);
    house.join_as(name, "r", terms);
    house.tone(name, None, 0.0);
}

fn louder(listen_gain: f32) -> Terms {
    Terms {
        listen_gain,
        ..Terms::default()
    }
}

#[test]
fn test_issue_4_each_hears_the_room_as_loud_as_he_wants_it() {
    for kind in [CodecKind::Pcmu, CodecKind::G722, CodecKind::Opus] {
        let mut house = House::new();
        enter(&mut house, "talker", kind, Terms::default());
        enter(&mut house, "plain", kind, Terms::default());
        enter(&mut house, "other", kind, Terms::default());
        for (name, gain) in [("loud", 9.0), ("equal", 9.0), ("soft", -12.0)] {
            enter(&mut house, name, kind, louder(gain));
        }
        house.tone("talker", Some(440.0), -24.0);
        house.run(100);
        let plain = heard(&house, "plain", 440.0);
        assert!((plain + 24.0).abs() < 1.0, "{kind:?}: {plain:.1}");
        for (name, gain) in [("loud", 9.0), ("soft", -12.0)] {
            let level = heard(&house, name, 440.0);
            assert!(
                (level - plain - gain).abs() < 1.0,
                "{kind:?} {name}: {level:.1}"
            );
        }
        assert_eq!(payloads(&house, "plain"), payloads(&house, "other"));
        assert_eq!(payloads(&house, "loud"), payloads(&house, "equal"));
        assert_ne!(payloads(&house, "loud"), payloads(&house, "plain"));
    }
}

#[test]
fn test_issue_4_a_talker_with_a_gain_hears_the_others_so_and_not_himself() {
    let mut house = House::new();
    for (name, gain) in [("a", 6.0), ("b", 0.0)] {
        enter(&mut house, name, CodecKind::Opus, louder(gain));
    }
    house.tone("a", Some(440.0), -24.0);
    house.tone("b", Some(1_000.0), -24.0);
    house.run(100);
    let level = heard(&house, "a", 1_000.0);
    assert!((level + 18.0).abs() < 1.0, "{level:.1}");
    assert!(heard(&house, "a", 440.0) < -50.0);
    assert!((heard(&house, "b", 440.0) + 24.0).abs() < 1.0);
}

#[test]
fn test_issue_4_a_change_of_volume_breaks_nothing() {
    let mut house = House::new();
    enter(&mut house, "talker", CodecKind::Opus, Terms::default());
    enter(&mut house, "a", CodecKind::Opus, Terms::default());
    house.tone("talker", Some(440.0), -24.0);
    house.run(100);
    house.forget();
    house.run(5);
    house.join_as("a", "r", louder(6.0));
    house.run(60);
    let samples = &house.heard("a").heard;
    // A break would put sound where the tone is not: what is left of the signal without the tone.
    for window in samples.chunks_exact(960) {
        let tone = level_of(window, 48_000, 440.0);
        let all = 10.0 * (power(window) * 2.0).log10() - 90.3;
        assert!(all - tone < 1.0 && tone > -26.0, "{tone:.1} of {all:.1}");
    }
    assert!((heard(&house, "a", 440.0) + 18.0).abs() < 1.0);
    let received = &house.heard("a").received;
    assert_eq!(received.len(), 65, "a packet in each tick");
    assert!(received[1..].iter().all(|p| !p.marker));
}

#[test]
fn test_issue_4_the_deaf_share_one_silence_and_limits_hold() {
    let mut house = House::new();
    enter(&mut house, "talker", CodecKind::Pcmu, Terms::default());
    let deaf = Terms {
        deaf: true,
        listen_gain: 12.0,
        ..Terms::default()
    };
    enter(&mut house, "deaf", CodecKind::Pcmu, deaf);
    enter(&mut house, "loud", CodecKind::Pcmu, louder(30.0));
    house.tone("talker", Some(440.0), -6.0);
    house.run(100);
    assert!(house.heard("deaf").heard.iter().all(|&s| s == 0));
    let loudest = house
        .heard("loud")
        .heard
        .iter()
        .map(|s| s.unsigned_abs())
        .max();
    assert!(loudest < Some(30_000), "the limiter works for them too");
}

#[test]
fn test_issue_4_who_is_muted_or_only_listens_costs_no_decoding() {
    for kind in [CodecKind::Pcmu, CodecKind::G722, CodecKind::Opus] {
        let mut house = House::new();
        enter(&mut house, "talker", CodecKind::Pcmu, Terms::default());
        let muted = Terms {
            muted: true,
            noise_suppression: true,
            ..Terms::default()
        };
        enter(&mut house, "muted", kind, muted);
        enter(&mut house, "listener", kind, Terms::default());
        let mut agreed = media(kind, house.heard("listener").address);
        agreed.direction = switchroom_core::agreement::Direction::SendOnly;
        house.set_media("listener", agreed);
        // The room is recorded, and the muted one apart.
        house.record("mix", Target::Room("r".into()), false);
        let (apart, _) = house.record("apart", Target::Leg("muted".into()), true);
        for name in ["talker", "muted", "listener"] {
            house.tone(name, Some(440.0), -20.0);
        }
        house.run(100);
        assert_eq!(house.decoded("muted"), 0, "{kind:?}");
        assert_eq!(house.decoded("listener"), 0, "{kind:?}");
        assert!(house.recorded[&apart].iter().all(|&s| s == 0));
        // Muted in the middle of a word: not a packet more.
        house.join("muted", "r");
        house.run(50);
        house.join_as("muted", "r", muted);
        house.run(2);
        let decoded = house.decoded("muted");
        house.run(100);
        assert!(decoded > 40);
        assert_eq!(house.decoded("muted"), decoded, "{kind:?}");
    }
}

/// Words of a voice with pauses between them, and the same with a fan 15 dB below the words.
fn words(rate: u32, seconds: usize) -> (Vec<i16>, Vec<i16>) {
    let second = rate as usize;
    let mut clean = vec![0; second];
    for n in 0..seconds / 2 {
        clean.extend(speech_like(rate, 1.0, n as u64 + 3));
        clean.extend(vec![0; second]);
    }
    let spoken = power(&clean) * clean.len() as f64 / (second * (seconds / 2)) as f64;
    let mut noise = Noise::new(7);
    let mut last = 0.0;
    let fan: Vec<f64> = clean
        .iter()
        .map(|_| {
            last = 0.9 * last + f64::from(noise.sample(1_000.0));
            last
        })
        .collect();
    let have = fan.iter().map(|x| x * x).sum::<f64>() / fan.len() as f64;
    let gain = (spoken / 31.6 / have).sqrt();
    let noisy = clean.iter().zip(&fan);
    let noisy = noisy.map(|(&c, n)| (f64::from(c) + n * gain).clamp(-32_000.0, 32_000.0) as i16);
    (clean.clone(), noisy.collect())
}

#[test]
fn test_issue_4_noise_of_a_talker_is_suppressed_and_his_words_stay_whole() {
    for kind in [CodecKind::Pcmu, CodecKind::G722, CodecKind::Opus] {
        let rate = kind.sample_rate() as usize;
        let (clean, noisy) = words(rate as u32, 9);
        let mut powers = Vec::new();
        for noise_suppression in [false, true] {
            let mut house = House::new();
            let terms = Terms {
                noise_suppression,
                ..Terms::default()
            };
            enter(&mut house, "talker", kind, terms);
            enter(&mut house, "listener", kind, Terms::default());
            house.say("talker", noisy.clone());
            house.run(450);
            let heard = house.heard("listener").heard.clone();
            // Words are in seconds 1, 3, 5, 7; what was heard is later by up to 80 ms.
            let pauses: Vec<i16> = [2, 4, 6]
                .into_iter()
                .flat_map(|s| heard[s * rate + rate / 5..(s + 1) * rate].to_vec())
                .collect();
            let said = |from: usize, to: usize| -> f64 {
                let parts = [3, 5, 7].into_iter();
                parts
                    .map(|s| {
                        power(&heard[s * rate + from * rate / 1000..s * rate + to * rate / 1000])
                    })
                    .sum()
            };
            powers.push((power(&pauses), said(0, 200), said(200, 1_000)));
        }
        let decibels = |a: f64, b: f64| 10.0 * (a.max(1e-3) / b.max(1e-3)).log10();
        let less = decibels(powers[0].0, powers[1].0);
        assert!(less > 15.0, "{kind:?}: noise {less:.1} dB less");
        let (begin, rest) = (
            decibels(powers[1].1, powers[0].1),
            decibels(powers[1].2, powers[0].2),
        );
        assert!(
            begin.abs() < 1.5,
            "{kind:?}: beginnings changed by {begin:.1} dB"
        );
        assert!(rest.abs() < 1.5, "{kind:?}: words changed by {rest:.1} dB");
        assert!(!clean.is_empty());
    }
}

#[test]
fn test_issue_4_noise_alone_is_no_talker_for_long_and_costs_nothing_then() {
    let mut house = House::new();
    let terms = Terms {
        noise_suppression: true,
        ..Terms::default()
    };
    enter(&mut house, "fan", CodecKind::Pcmu, terms);
    enter(&mut house, "b", CodecKind::Pcmu, Terms::default());
    let (_, noisy) = words(8_000, 3);
    house.say("fan", noisy[..8_000].to_vec());
    house.run(100);
    let decoded = house.decoded("fan");
    assert!(decoded < 60, "{decoded}");
    house.run(200);
    let later = house.decoded("fan");
    assert!(later - decoded < 30, "{decoded} to {later}");
    // Whoever is louder than his fan is heard.
    house.say("fan", noisy[8_000..16_000].to_vec());
    house.run(50);
    let heard = &house.heard("b").heard;
    assert!(power(&heard[heard.len() - 7_000..]) > 100_000.0);
}

#[test]
fn test_issue_4_another_codec_in_the_middle_of_a_word_harms_no_noise_suppression() {
    let mut house = House::new();
    let terms = Terms {
        noise_suppression: true,
        ..Terms::default()
    };
    enter(&mut house, "talker", CodecKind::Pcmu, terms);
    enter(&mut house, "b", CodecKind::G722, Terms::default());
    house.say("talker", speech_like(8_000, 3.0, 3));
    house.run(60);
    for kind in [CodecKind::Opus, CodecKind::G722, CodecKind::Pcmu] {
        house.change_codec("talker", kind);
        house.say("talker", speech_like(kind.sample_rate(), 3.0, 4));
        house.forget();
        house.run(60);
        assert!(house.events.is_empty(), "{:?}", house.events);
        assert!(power(&house.heard("b").heard) > 100_000.0, "{kind:?}");
    }
}

#[test]
fn test_issue_4_recorded_apart_is_what_the_room_heard_of_somebody() {
    let mut house = House::new();
    enter(&mut house, "a", CodecKind::Pcmu, Terms::default());
    enter(&mut house, "b", CodecKind::Opus, Terms::default());
    enter(&mut house, "waiting", CodecKind::G722, Terms::default());
    house.tone("a", Some(440.0), -20.0);
    house.tone("b", Some(1_000.0), -20.0);
    house.tone("waiting", Some(2_000.0), -10.0);
    let outside = |house: &mut House, leg: &str| {
        house.command(Command::Connect {
            leg: leg.into(),
            to: Connection::Nothing,
        });
    };
    let (mix, rate) = house.record("mix", Target::Room("r".into()), false);
    let taps = ["a", "b", "waiting"].map(|leg| house.record(leg, Target::Leg(leg.into()), true));
    outside(&mut house, "waiting");
    house.run(100);
    let level = |house: &House, tap: u32, rate: u32, hertz: f64| {
        let samples = &house.recorded[&tap];
        level_of(&samples[samples.len() - rate as usize..], rate, hertz)
    };
    for hertz in [440.0, 1_000.0] {
        assert!(level(&house, mix, rate, hertz) > -22.0);
    }
    assert!(level(&house, mix, rate, 2_000.0) < -60.0);
    let ([a, b, waiting], both) = (taps, [440.0, 1_000.0]);
    assert!(level(&house, a.0, a.1, both[0]) > -22.0 && level(&house, a.0, a.1, both[1]) < -50.0);
    assert!(level(&house, b.0, b.1, both[1]) > -22.0 && level(&house, b.0, b.1, both[0]) < -50.0);
    assert_eq!((a.1, b.1, waiting.1), (8_000, 16_000, 16_000));
    assert_eq!(house.recorded[&waiting.0], vec![0; 100 * 320]);
    assert_eq!(house.decoded("waiting"), 0);
    // All have the same length, and go on through everything.
    outside(&mut house, "a");
    house.late_tick(3);
    house.run(50);
    for (tap, rate) in [a, b, waiting, (mix, rate)] {
        assert_eq!(house.recorded[&tap].len(), 154 * rate as usize / 50);
    }
    let last = &house.recorded[&a.0][104 * 160..];
    assert!(last.iter().all(|&s| s == 0), "he left");
}

#[test]
fn test_issue_4_a_name_said_outside_is_recorded() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.tone("a", Some(440.0), -20.0);
    let (name, rate) = house.record("name", Target::Leg("a".into()), true);
    house.run(60);
    let said = house.recorded[&name].clone();
    assert!(level_of(&said[said.len() - rate as usize..], rate, 440.0) > -22.0);
    house.command(Command::StopRecord {
        record: "name".into(),
    });
    let decoded = house.decoded("a");
    house.run(20);
    assert_eq!(house.decoded("a"), decoded);
}

#[test]
fn test_b7_a_message_is_over_after_silence_and_no_word_is_cut() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    let target = || Target::Leg("a".into());
    let (message, rate) = house.record_until_silent("message", target(), true, 1_000);
    // Faint words with pauses that are almost long enough; then nothing.
    for _ in 0..3 {
        house.tone("a", Some(440.0), -42.0);
        house.run(20);
        house.tone("a", None, -42.0);
        house.run(45);
    }
    let over = |house: &House| {
        let ended = |event: &Event| matches!(event, Event::RecordingOver { record, .. } if &**record == "message");
        house.events.iter().any(ended)
    };
    assert!(!over(&house), "in a pause");
    house.tone("a", Some(440.0), -42.0);
    house.run(20);
    house.tone("a", None, -42.0);
    house.run(100);
    assert!(over(&house));
    let said = &house.recorded[&message];
    let seconds = said.len() as f32 / rate as f32;
    assert!((5.2..5.6).contains(&seconds), "{seconds}");
    let last = said.len() - (rate as f32 * 1.4) as usize;
    assert!(level_of(&said[last..last + rate as usize / 5], rate, 440.0) > -45.0);
}

#[test]
fn test_issue_4_a_room_of_people_who_wait_outside_is_recorded_as_silence() {
    let mut house = House::new();
    house.open_room("r");
    for name in ["a", "b"] {
        house.phone(name, CodecKind::Pcmu);
        house.tone(name, Some(440.0), -10.0);
    }
    let (mix, rate) = house.record("mix", Target::Room("r".into()), false);
    house.run(100);
    assert_eq!(house.recorded[&mix], vec![0; 2 * rate as usize]);
}

/// Opus phones in a room, those of `gaps` being browsers that take gaps.
fn browsers(names: &[&str], gaps: &[&str]) -> House {
    let mut house = House::new();
    for name in names {
        enter(&mut house, name, CodecKind::Opus, Terms::default());
        let mut agreed = media(CodecKind::Opus, house.heard(name).address);
        agreed.codec.gaps = gaps.contains(name);
        agreed.audio_level = Some(LEVEL_ID);
        house.tell_level(name, None);
        house.set_media(name, agreed);
    }
    house
}

#[test]
fn test_issue_3_browsers_get_gaps_in_silence_and_none_in_sound() {
    let mut house = browsers(&["talker", "gaps", "plain"], &["gaps"]);
    house.tone("talker", Some(440.0), -44.0);
    house.run(200);
    let tone: Vec<_> = house.heard("gaps").received[20..].to_vec();
    assert_eq!(tone.len(), 180, "a soft tone has no gaps");
    assert_eq!(payloads(&house, "gaps"), payloads(&house, "plain"));
    house.tone("talker", None, 0.0);
    house.run(50);
    house.forget();
    house.run(100);
    let silent = &house.heard("gaps").received;
    assert_eq!(silent.len(), 5, "one packet every 400 ms");
    assert!(silent.iter().all(|p| p.payload.len() == 1 && !p.marker));
    assert_eq!(house.heard("plain").received.len(), 100);
    assert!(house
        .heard("plain")
        .received
        .iter()
        .all(|p| p.payload.len() > 2));
    house.forget();
    house.tone("talker", Some(440.0), -20.0);
    house.run(50);
    let (with, without) = (house.heard("gaps"), house.heard("plain"));
    let marked: Vec<_> = with.received.iter().filter(|p| p.marker).collect();
    assert_eq!(marked.len(), 1, "the first packet of the word");
    assert!(marked[0].payload.len() > 2);
    assert!(without.received.iter().all(|p| !p.marker));
    assert!((heard(&house, "gaps", 440.0) + 20.0).abs() < 1.5);
    // Sequence numbers go on without holes, timestamps with the clock.
    let mut last: Option<(u16, u32, Time)> = None;
    for packet in &with.received {
        if let Some((sequence, timestamp, at)) = last {
            assert_eq!(packet.sequence, sequence.wrapping_add(1));
            let elapsed = (packet.at.as_nanos() - at.as_nanos()) / 20_000_000;
            assert_eq!(
                packet.timestamp.wrapping_sub(timestamp),
                elapsed as u32 * 960
            );
        }
        last = Some((packet.sequence, packet.timestamp, packet.at));
    }
}

#[test]
fn test_issue_3_speech_with_gaps_comes_out_of_a_jitter_buffer_without_concealment() {
    let mut house = browsers(&["talker", "gaps"], &["gaps"]);
    let mut speech = Vec::new();
    for word in 0..6 {
        speech.extend(speech_like(48_000, 1.0, word));
        speech.extend(vec![0; 48_000 * (1 + word as usize % 3)]);
    }
    house.say("talker", speech.clone());
    house.run(speech.len() as u64 / 960);
    let received = house.heard("gaps").received.clone();
    assert!(
        received.len() < speech.len() / 960 * 4 / 5,
        "gaps save packets"
    );
    let mut buffer = JitterBuffer::new(CodecKind::Opus);
    let mut packets = received.iter().peekable();
    let mut out = vec![0; 960];
    let mut heard = Vec::new();
    for tick in 0..speech.len() as u64 / 960 {
        let now = Time::from_millis(tick * 20 + 25);
        while let Some(p) = packets.next_if(|p| p.at.as_nanos() + 5_000_000 <= now.as_nanos()) {
            buffer.insert(p.ssrc, p.sequence, p.timestamp, &p.payload, p.at);
        }
        assert_ne!(buffer.pull(now, &mut out), Pulled::Concealed, "tick {tick}");
        heard.extend_from_slice(&out);
    }
    let stats = buffer.stats();
    let share = stats.concealed_samples as f64 / stats.samples as f64;
    assert!(share < 0.01, "{share:.3} concealed, {stats:?}");
    assert_eq!((stats.resyncs, stats.late), (0, 0));
    let (said, got) = (power(&speech), power(&heard));
    assert!((10.0 * (got / said).log10()).abs() < 1.0, "{said} {got}");
}

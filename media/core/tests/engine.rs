//! The engine in virtual time: legs, relay, rooms, players, digits, learning, silence.

mod house;

use house::{codec, level_of, media, tone_sound, House};
use switchroom_core::agreement::{Direction, LegMedia, TelephoneEvent};
use switchroom_core::codec::CodecKind;
use switchroom_core::command::{
    Command, Connection, DtmfMethod, Event, Outcome, PlayEnd, Refusal, Target,
};
use switchroom_core::dtmf::TelephoneEvent as Report;
use switchroom_core::time::Time;

const TONES: [f64; 4] = [440.0, 660.0, 1_000.0, 1_500.0];

#[test]
fn a_relay_passes_packets_on_at_once_with_our_own_numbers() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.phone("b", CodecKind::Pcmu);
    house.connect("a", "b");
    let at = Time::from_millis(3);
    house.send("a", 0, true, &[1; 160], at);
    house.phones.get_mut("a").expect("a").timestamp += 320;
    house.phones.get_mut("a").expect("a").sequence += 1; // one is lost
    house.send("a", 0, false, &[2; 160], Time::from_millis(43));
    let got = &house.heard("b").received;
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].at, at, "no tick in between");
    assert_ne!(got[0].ssrc, house.heard("a").ssrc);
    assert_eq!(
        got[1].sequence,
        got[0].sequence.wrapping_add(2),
        "the loss stays visible"
    );
    assert_eq!(got[1].timestamp, got[0].timestamp.wrapping_add(320));
    assert_eq!(got[1].payload, vec![2; 160]);
}

#[test]
fn one_line_goes_through_prompt_relay_room_and_music() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.phone("b", CodecKind::Pcmu);
    house.open_room("r");
    house.tone("b", Some(440.0), -12.0);
    house.play("p", "a", tone_sound(8000, 700.0, 0.5), false, false);
    house.run(30);
    house.connect("a", "b");
    house.run(25);
    house.join("a", "r");
    house.join("b", "r");
    house.run(25);
    house.play("m", "a", tone_sound(16_000, 300.0, 20.0), true, false);
    house.run(25);
    let mut changed = media(CodecKind::Pcma, house.heard("a").address);
    changed.codec.ptime = 30;
    house.set_media("a", changed);
    house.run(25);
    let got = &house.heard("a").received;
    assert!(got.len() > 100, "{}", got.len());
    let mut markers = 0;
    for pair in got.windows(2) {
        assert_eq!(pair[0].ssrc, pair[1].ssrc);
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp) as i32;
        let elapsed = pair[1].at.since(pair[0].at).as_millis() as i32 * 8;
        assert!(step >= 160, "timestamps only go forward: {step}");
        assert!(
            (step - elapsed).abs() <= 241,
            "timestamps follow the clock: {step} in {elapsed}"
        );
        markers += usize::from(pair[1].marker);
    }
    assert!(got[0].marker);
    assert!(
        (3..=5).contains(&markers),
        "prompt, relay, room, music: {markers}"
    );
}

#[test]
fn four_phones_of_four_codecs_each_hear_the_other_three_and_not_themselves() {
    let mut house = House::new();
    house.open_room("r");
    let kinds = [
        CodecKind::Pcmu,
        CodecKind::Pcma,
        CodecKind::G722,
        CodecKind::Opus,
    ];
    let names = ["a", "b", "c", "d"];
    for ((name, kind), hertz) in names.iter().zip(kinds).zip(TONES) {
        house.phone(name, kind);
        house.join(name, "r");
        house.tone(name, Some(hertz), -18.0);
    }
    house.run(100);
    house.phones.values_mut().for_each(|p| p.heard.clear());
    house.run(50);
    for (i, name) in names.iter().enumerate() {
        let phone = house.heard(name);
        assert_eq!(
            phone.heard.len(),
            phone.kind.sample_rate() as usize,
            "one second is sent in one second"
        );
        for (j, &hertz) in TONES.iter().enumerate() {
            let level = level_of(&phone.heard, phone.kind.sample_rate(), hertz);
            if i == j {
                assert!(
                    level < -45.0,
                    "{name} hears himself: {level:.1} dB at {hertz}"
                );
            } else {
                assert!(
                    (level + 18.0).abs() < 2.0,
                    "{name} hears {hertz} Hz at {level:.1} dB"
                );
            }
        }
    }
}

#[test]
fn a_tone_through_a_room_has_no_gap_in_two_minutes() {
    let mut house = House::new();
    house.open_room("r");
    for name in ["talker", "listener", "other"] {
        house.phone(name, CodecKind::Pcmu);
        house.join(name, "r");
    }
    house.tone("talker", Some(1_000.0), -12.0);
    house.run(50);
    house.phones.values_mut().for_each(|p| p.heard.clear());
    house.run(120 * 50);
    let heard = &house.heard("listener").heard;
    assert_eq!(heard.len(), 120 * 8000);
    for (n, window) in heard.chunks(80).enumerate() {
        let level = level_of(window, 8000, 1_000.0);
        assert!(
            (level + 12.0).abs() < 0.5,
            "at {} ms: {level:.2} dB",
            n * 10
        );
    }
}

#[test]
fn the_first_word_of_a_talker_is_heard_and_his_last_ends_the_talk() {
    let mut house = House::new();
    house.open_room("r");
    for name in ["a", "b"] {
        house.phone(name, CodecKind::Pcmu);
        house.join(name, "r");
        house.tone(name, None, 0.0);
    }
    house.run(50);
    house.forget();
    house.tone("a", Some(1_000.0), -20.0);
    house.run(10);
    let heard = &house.heard("b").heard;
    let first = heard
        .iter()
        .position(|s| s.unsigned_abs() > 1_000)
        .expect("something is heard");
    assert!(first < 4 * 160, "heard after {} ms", first / 8);
    house.tone("a", None, 0.0);
    house.run(50);
    let talks: Vec<bool> = house
        .events
        .iter()
        .filter_map(|e| match e {
            Event::TalkingChanged { leg, talking, .. } if &**leg == "a" => Some(*talking),
            _ => None,
        })
        .collect();
    assert_eq!(talks, [true, false]);
}

#[test]
fn muted_deaf_and_held_legs() {
    let mut house = House::new();
    house.open_room("r");
    for (name, hertz) in ["muted", "deaf", "held", "open"].iter().zip(TONES) {
        house.phone(name, CodecKind::Pcmu);
        house.tone(name, Some(hertz), -18.0);
    }
    for (leg, muted, deaf) in [
        ("muted", true, false),
        ("deaf", false, true),
        ("held", false, false),
        ("open", false, false),
    ] {
        let to = Connection::Room {
            room: "r".into(),
            muted,
            deaf,
            gain: 0.0,
            listen_gain: 0.0,
            noise_suppression: false,
        };
        house.command(Command::Connect {
            leg: leg.into(),
            to,
        });
    }
    let mut held = media(CodecKind::Pcmu, house.heard("held").address);
    held.direction = Direction::SendOnly;
    house.set_media("held", held.clone());
    house.run(50);
    house.forget();
    house.run(50);
    let heard = |house: &House, name: &str, tone: usize| {
        level_of(&house.heard(name).heard, 8000, TONES[tone])
    };
    assert!(
        heard(&house, "open", 0) < -50.0,
        "the muted one is not heard"
    );
    assert!(heard(&house, "open", 1) > -20.0, "the deaf one is heard");
    assert!(
        heard(&house, "open", 2) < -50.0,
        "the held one is not mixed"
    );
    assert!(
        heard(&house, "deaf", 3) < -50.0,
        "the deaf one hears nothing"
    );
    assert_eq!(house.heard("deaf").heard.len(), 8000, "but packets come");
    assert!(
        heard(&house, "held", 1) > -20.0,
        "the held one hears the room"
    );
    held.direction = Direction::RecvOnly;
    house.set_media("held", held);
    house.forget();
    house.run(50);
    assert!(
        house.heard("held").received.is_empty(),
        "recvonly sends nothing"
    );
    assert!(heard(&house, "open", 2) > -20.0, "and is mixed");
}

#[test]
fn at_most_the_allowed_number_of_talkers_is_mixed_the_loudest_first() {
    let mut house = House::new();
    house.command(Command::OpenRoom {
        room: "r".into(),
        max_talkers: 2,
    });
    house.phone("listener", CodecKind::Pcmu);
    house.join("listener", "r");
    for (name, (hertz, level)) in
        ["a", "b", "c"]
            .iter()
            .zip([(440.0, -30.0), (660.0, -15.0), (1_000.0, -18.0)])
    {
        house.phone(name, CodecKind::Pcmu);
        house.join(name, "r");
        house.tone(name, Some(hertz), level);
    }
    house.run(50);
    house.forget();
    house.run(50);
    let heard = &house.heard("listener").heard;
    let levels: Vec<f64> = [440.0, 660.0, 1_000.0]
        .iter()
        .map(|h| level_of(heard, 8000, *h))
        .collect();
    assert!(
        levels[0] < -50.0 && levels[1] > -17.0 && levels[2] > -20.0,
        "{levels:?}"
    );
}

#[test]
fn packets_sprayed_from_elsewhere_change_nothing() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.phone("b", CodecKind::Pcmu);
    house.connect("a", "b");
    house.send("a", 0, false, &[1; 160], Time::from_millis(1));
    house.send("b", 0, false, &[1; 160], Time::from_millis(1));
    house.forget();
    let stranger = "203.0.113.66:5004".parse().expect("address");
    for n in 0..50_u8 {
        let forged = house.packet("a", 0, false, &[n; 160]);
        house.deliver("a", forged, stranger, Time::from_millis(5_000));
        house.deliver(
            "a",
            vec![n; usize::from(n)],
            stranger,
            Time::from_millis(5_000),
        );
    }
    assert!(house.heard("b").received.is_empty());
    house.send("b", 0, false, &[1; 160], Time::from_millis(5_001));
    assert_eq!(house.heard("a").received[0].to, house.heard("a").address);
    let Outcome::Stats(stats) = house.command(Command::GetStats { leg: "a".into() }) else {
        panic!("no stats")
    };
    assert_eq!((stats.packets_discarded, stats.packets_received), (100, 1));
}

fn event(event: u8, duration: u16, end: bool) -> [u8; 4] {
    Report {
        event,
        end,
        volume: 10,
        duration,
    }
    .to_bytes()
}

#[test]
fn a_digit_is_told_once_interrupts_the_prompt_and_crosses_to_the_peer_on_his_terms() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.play("p", "a", tone_sound(8000, 700.0, 5.0), false, true);
    house.run(10);
    for (n, end) in [(1, false), (2, false), (3, true), (3, true), (3, true)] {
        let now = house.now();
        house.send("a", 101, n == 1, &event(11, n * 160, end), now);
    }
    let told: Vec<_> = house
        .events
        .iter()
        .filter(|e| !matches!(e, Event::MediaFound { .. }))
        .cloned()
        .collect();
    assert_eq!(
        told,
        [
            Event::DtmfReceived {
                leg: "a".into(),
                digit: '#',
                method: DtmfMethod::Rfc4733
            },
            Event::PlayEnded {
                play: "p".into(),
                reason: PlayEnd::Interrupted
            },
        ]
    );
    house.phone("b", CodecKind::Opus);
    let mut other = media(CodecKind::Opus, house.heard("b").address);
    other.telephone_event = Some(TelephoneEvent {
        send_payload_type: 97,
        receive_payload_type: 97,
        clock_rate: 48_000,
    });
    house.set_media("b", other);
    house.connect("a", "b");
    house.phones.get_mut("a").expect("a").timestamp += 8_000;
    for (n, end) in [(1, false), (2, false), (3, true)] {
        let now = house.now();
        house.send("a", 101, n == 1, &event(5, n * 160, end), now);
    }
    let events: Vec<_> = house
        .heard("b")
        .received
        .iter()
        .filter(|p| p.payload_type == 97)
        .collect();
    assert_eq!(events.len(), 3);
    assert!(events[0].marker && !events[1].marker);
    assert!(events
        .windows(2)
        .all(|p| p[0].timestamp == p[1].timestamp && p[1].sequence == p[0].sequence + 1));
    assert_eq!(
        Report::parse(&events[2].payload),
        Some(Report {
            event: 5,
            end: true,
            volume: 10,
            duration: 2880
        })
    );
}

#[test]
fn digits_are_sent_as_events_or_as_tones() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    let command = Command::SendDtmf {
        leg: "a".into(),
        digits: "19".into(),
        duration: 100,
        gap: 60,
    };
    house.command(command.clone());
    house.run(40);
    let sent: Vec<Report> = house
        .heard("a")
        .received
        .iter()
        .filter_map(|p| Report::parse(&p.payload))
        .collect();
    let ends: Vec<u8> = sent.iter().filter(|e| e.end).map(|e| e.event).collect();
    assert_eq!(ends, [1, 1, 1, 9, 9, 9]);
    let mut plain = media(CodecKind::Pcmu, house.heard("a").address);
    plain.telephone_event = None;
    house.set_media("a", plain);
    house.forget();
    house.command(command);
    house.run(40);
    let heard = &house.heard("a").heard;
    assert!(
        level_of(&heard[..800], 8000, 697.0) > -14.0
            && level_of(&heard[..800], 8000, 1_209.0) > -14.0,
        "1"
    );
    assert!(
        heard[810..1260].iter().all(|s| s.unsigned_abs() < 16),
        "the gap"
    );
    assert!(level_of(&heard[1280..2080], 8000, 852.0) > -14.0, "9");
}

#[test]
fn digits_keyed_as_tones_are_found_where_no_event_was_agreed() {
    for kind in [CodecKind::Pcma, CodecKind::Opus] {
        let mut house = House::new();
        house.phone("a", kind);
        let mut plain = media(kind, house.heard("a").address);
        plain.telephone_event = None;
        house.set_media("a", plain);
        house.play("p", "a", tone_sound(8000, 350.0, 5.0), false, true);
        house.tone("a", None, 0.0);
        house.run(25);
        house.forget();
        house.dtmf("a", '5');
        house.run(6);
        house.tone("a", None, 0.0);
        house.run(25);
        assert_eq!(
            house.events,
            [
                Event::DtmfReceived {
                    leg: "a".into(),
                    digit: '5',
                    method: DtmfMethod::Inband
                },
                Event::PlayEnded {
                    play: "p".into(),
                    reason: PlayEnd::Interrupted
                },
            ],
            "{kind:?}"
        );
    }
}

#[test]
fn who_keys_tones_on_the_way_into_a_room_or_in_it_is_heard_afterwards() {
    for kind in [CodecKind::Pcmu, CodecKind::G722, CodecKind::Opus] {
        let mut house = House::new();
        house.phone("a", kind);
        house.phone("b", CodecKind::Pcmu);
        let mut plain = media(kind, house.heard("a").address);
        plain.telephone_event = None;
        house.set_media("a", plain);
        house.tone("a", None, 0.0);
        house.tone("b", None, 0.0);
        house.open_room("r");
        house.join("b", "r");
        house.run(25);
        for into_the_room in [true, false] {
            house.dtmf("a", '#');
            house.run(6);
            if into_the_room {
                // As the receptionist does, while the key is still held down.
                house.join("a", "r");
            }
            house.run(10);
            house.tone("a", Some(1000.0), -10.0);
            house.run(40);
            house.forget();
            house.run(50);
            let level = level_of(&house.heard("b").heard, 8000, 1000.0);
            assert!(level > -12.0, "{kind:?}, {into_the_room}: {level}");
            house.tone("a", None, 0.0);
            house.run(50);
        }
    }
}

#[test]
fn media_is_lost_after_thirty_seconds_but_never_on_hold() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.phone("held", CodecKind::Pcmu);
    let mut held = media(CodecKind::Pcmu, house.heard("held").address);
    held.direction = Direction::SendOnly;
    house.set_media("held", held);
    house.tone("a", Some(440.0), -20.0);
    house.run(50);
    house.phones.get_mut("a").expect("a").timestamp += 1;
    assert!(matches!(&house.events[..], [Event::MediaFound { leg, .. }] if &**leg == "a"));
    house.forget();
    house.phones.remove("a").expect("a falls silent");
    house.run(29 * 50);
    assert_eq!(house.events, []);
    house.run(5 * 50);
    assert_eq!(
        house.events,
        [Event::MediaLost {
            leg: "a".into(),
            seconds: 30
        }]
    );
}

#[test]
fn missed_ticks_are_skipped_without_a_burst() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.play("p", "a", tone_sound(8000, 700.0, 5.0), false, false);
    house.run(10);
    house.late_tick(10);
    house.run(1);
    let got = &house.heard("a").received;
    assert_eq!(got.len(), 12);
    let steps: Vec<u32> = got
        .windows(2)
        .map(|p| p[1].timestamp.wrapping_sub(p[0].timestamp))
        .collect();
    assert_eq!(steps, [[160; 9].as_slice(), &[11 * 160, 160]].concat());
}

#[test]
fn codecs_that_differ_are_transcoded_both_ways() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.phone("b", CodecKind::G722);
    house.connect("a", "b");
    house.tone("a", Some(440.0), -18.0);
    house.tone("b", Some(1_000.0), -18.0);
    house.run(50);
    house.forget();
    house.run(50);
    assert!((level_of(&house.heard("a").heard, 8000, 1_000.0) + 18.0).abs() < 1.0);
    assert!((level_of(&house.heard("b").heard, 16_000, 440.0) + 18.0).abs() < 1.0);
}

#[test]
fn test_issue_3_a_silent_phone_costs_a_browser_next_to_nothing_in_a_call_of_two_either() {
    for kind in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722] {
        let mut house = House::new();
        house.phone("phone", kind);
        for (name, gaps) in [("browser", true), ("plain", false)] {
            house.phone(name, CodecKind::Opus);
            let mut agreed = media(CodecKind::Opus, house.heard(name).address);
            agreed.codec.gaps = gaps;
            house.set_media(name, agreed);
        }
        for (name, least, most) in [("browser", 4, 6), ("plain", 100, 100)] {
            house.connect("phone", name);
            house.tone("phone", Some(440.0), -18.0);
            house.run(50);
            house.tone("phone", None, 0.0);
            house.run(50);
            house.forget();
            house.run(100);
            let told = house.heard(name).received.len();
            assert!((least..=most).contains(&told), "{kind:?} {name}: {told}");
            house.tone("phone", Some(440.0), -18.0);
            house.forget();
            house.run(50);
            let again = house.heard(name);
            assert!(again.received.len() >= 48, "{kind:?} {name}");
            let second_half = &again.heard[again.heard.len() / 2..];
            let level = level_of(second_half, 48_000, 440.0);
            assert!((level + 18.0).abs() < 1.0, "{kind:?} {name}: {level:.1}");
        }
    }
}

#[test]
fn packets_of_ten_to_sixty_milliseconds_are_understood() {
    for ptime in [10_u32, 30, 40, 60] {
        let mut house = House::new();
        house.open_room("r");
        house.phone("a", CodecKind::Pcmu);
        house.phone("b", CodecKind::Pcmu);
        let mut agreed = media(CodecKind::Pcmu, house.heard("b").address);
        agreed.codec.ptime = ptime;
        house.set_media("b", agreed);
        house.join("a", "r");
        house.join("b", "r");
        let mut tone = switchroom_core::tone::Tone::new(8000, &[(1_000.0, -12.0)]);
        let mut next = 0;
        for _ in 0..300 {
            while next <= house.ticks * 20 {
                let mut samples = vec![0; ptime as usize * 8];
                tone.fill(&mut samples);
                let payload: Vec<u8> = samples
                    .iter()
                    .map(|&s| switchroom_core::codec::ulaw_encode(s))
                    .collect();
                let at = Time::from_millis(next);
                house.send("a", 0, false, &payload, at);
                house.phones.get_mut("a").expect("a").timestamp += ptime * 8;
                next += u64::from(ptime);
            }
            house.tick();
        }
        let phone = house.heard("b");
        assert!(phone
            .received
            .iter()
            .all(|p| p.payload.len() == ptime as usize * 8));
        let heard = &phone.heard[phone.heard.len() / 2..];
        for window in heard.chunks_exact(160) {
            let level = level_of(window, 8000, 1_000.0);
            assert!((level + 12.0).abs() < 1.0, "ptime {ptime}: {level:.1} dB");
        }
    }
}

#[test]
fn a_sound_in_a_room_is_heard_by_all_and_ends() {
    let mut house = House::new();
    house.open_room("r");
    house.phone("a", CodecKind::Pcmu);
    house.phone("b", CodecKind::G722);
    house.join("a", "r");
    house.join("b", "r");
    house.command(Command::Play {
        play: "chime".into(),
        target: Target::Room("r".into()),
        sounds: vec![tone_sound(8000, 660.0, 1.0).into()],
        repeat: false,
        queue: false,
        interrupt_on_dtmf: false,
        gain: 0.0,
    });
    house.run(60);
    assert!(level_of(&house.heard("a").heard[800..7200], 8000, 660.0) > -13.0);
    assert!(level_of(&house.heard("b").heard[1600..14_400], 16_000, 660.0) > -13.0);
    assert_eq!(
        house.events,
        [Event::PlayEnded {
            play: "chime".into(),
            reason: PlayEnd::Finished
        }]
    );
}

#[test]
fn commands_may_be_repeated_and_unknown_names_are_refused() {
    let mut house = House::new();
    let index = house.phone("a", CodecKind::Pcmu);
    let again = house.command(house::open("a"));
    assert_eq!(
        again,
        Outcome::Opened {
            index,
            fresh: false
        }
    );
    house.open_room("r");
    house.open_room("r");
    house.join("a", "r");
    house.join("a", "r");
    let connect = |to| Command::Connect {
        leg: "a".into(),
        to,
    };
    let now = house.now();
    assert_eq!(
        house
            .engine
            .command(connect(Connection::Leg("b".into())), now),
        Err(Refusal::NoSuchLeg)
    );
    house.command(Command::CloseRoom { room: "r".into() });
    house.command(Command::CloseRoom { room: "r".into() });
    assert!(matches!(
        house.command(Command::CloseLeg { leg: "a".into() }),
        Outcome::Stats(_)
    ));
    assert_eq!(
        house.command(Command::CloseLeg { leg: "a".into() }),
        Outcome::Done
    );
    let ticks = house.engine.ticks();
    assert_eq!(
        house.command(Command::Describe),
        Outcome::Description {
            legs: vec![],
            rooms: vec![],
            plays: vec![],
            records: vec![],
            ticks,
            missed_ticks: 0,
            strangers: 0,
        }
    );
}

#[test]
fn missed_ticks_are_counted() {
    let mut house = House::new();
    house.run(100);
    let before = house.engine.ticks();
    house
        .engine
        .tick(house.now() + std::time::Duration::from_millis(100), 4);
    let Outcome::Description {
        ticks,
        missed_ticks,
        ..
    } = house.command(Command::Describe)
    else {
        panic!("no description");
    };
    assert_eq!((ticks, missed_ticks), (before + 5, 4));
}

#[test]
fn reports_are_sent_and_answered() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.phone("b", CodecKind::Pcmu);
    house.connect("a", "b");
    house.tone("a", Some(440.0), -20.0);
    house.run(600);
    for (name, kind) in [("a", 201), ("b", 200)] {
        let reports = &house.heard(name).rtcp;
        assert!(
            (1..=3).contains(&reports.len()),
            "{name}: {}",
            reports.len()
        );
        assert_eq!(
            reports[0][1], kind,
            "a receiver report to who only speaks, a sender report to who hears"
        );
    }
    let Outcome::Stats(stats) = house.command(Command::GetStats { leg: "a".into() }) else {
        panic!("no stats")
    };
    assert_eq!((stats.packets_received, stats.packets_lost), (600, 0));
    assert!(stats.mos > 4.2 && stats.jitter < 0.5, "{stats:?}");
}

#[test]
fn music_on_hold_is_one_tape_for_all_its_listeners() {
    let mut house = House::new();
    house.phone("a", CodecKind::Pcmu);
    house.phone("b", CodecKind::Pcmu);
    let sound = std::sync::Arc::new(tone_sound(16_000, 500.0, 20.0));
    for leg in ["a", "b"] {
        house.command(Command::Play {
            play: format!("moh-{leg}").as_str().into(),
            target: Target::Leg(leg.into()),
            sounds: vec![sound.clone()],
            repeat: true,
            queue: false,
            interrupt_on_dtmf: false,
            gain: 0.0,
        });
        house.run(7);
    }
    house.run(20);
    let (a, b) = (&house.heard("a").received, &house.heard("b").received);
    assert_eq!(a.len(), b.len() + 7);
    assert!(a[7..]
        .iter()
        .zip(b.iter())
        .all(|(x, y)| x.payload == y.payload));
    house.command(Command::StopPlay {
        play: "moh-a".into(),
    });
    house.command(Command::CloseLeg { leg: "b".into() });
    let ended = |play: &str, reason| Event::PlayEnded {
        play: play.into(),
        reason,
    };
    assert_eq!(
        house.events,
        [
            ended("moh-a", PlayEnd::Stopped),
            ended("moh-b", PlayEnd::Gone)
        ]
    );
}

#[test]
fn a_leg_without_an_agreement_or_with_an_odd_packet_time() {
    let mut house = House::new();
    house.command(house::open("bare"));
    house.open_room("r");
    house.join("bare", "r");
    house.run(5);
    let mut odd: LegMedia = media(CodecKind::Pcmu, "192.0.2.1:4000".parse().expect("address"));
    odd.codec = codec(CodecKind::Pcmu);
    odd.codec.ptime = 25;
    let now = house.now();
    let refused = house.engine.command(
        Command::SetMedia {
            leg: "bare".into(),
            media: Box::new(odd),
        },
        now,
    );
    assert!(matches!(refused, Err(Refusal::BadArgument(_))));
}

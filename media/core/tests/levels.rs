//! Listeners that tell their own loudness (RFC 6464) are not decoded while they are silent; and what their encoders do.

mod house;

use house::{level_of, media, House, LEVEL_ID};
use switchroom_core::codec::{has_fec, CodecKind, Decoder, Encoder, EncoderOptions};
use switchroom_core::command::Command;
use switchroom_core::tone::speech_like;

/// A room of Opus phones that tell their levels and are silent.
fn room(names: &[&str]) -> House {
    let mut house = House::new();
    house.open_room("r");
    for name in names {
        house.phone(name, CodecKind::Opus);
        house.tell_level(name, None);
        house.join(name, "r");
        house.tone(name, None, 0.0);
    }
    house
}

fn hears(house: &House, name: &str, hertz: f64) -> bool {
    let heard = &house.heard(name).heard;
    level_of(&heard[heard.len() - 24_000..], 48_000, hertz) > -30.0
}

#[test]
fn test_media_4_only_who_talks_is_decoded() {
    let mut house = room(&["a", "b", "c"]);
    house.tone("a", Some(440.0), -20.0);
    house.run(100);
    assert!((99..=100).contains(&house.decoded("a")));
    assert_eq!((house.decoded("b"), house.decoded("c")), (0, 0));
    assert!(hears(&house, "b", 440.0) && !hears(&house, "a", 440.0));
    // b talks too: the packets before his word prime his decoder.
    house.tone("b", Some(1_000.0), -20.0);
    house.run(50);
    assert!(
        (50..=60).contains(&house.decoded("b")),
        "{}",
        house.decoded("b")
    );
    assert!(hears(&house, "a", 1_000.0) && hears(&house, "c", 1_000.0));
    // ... and is silent again: after the hang-over he is not decoded any more.
    house.tone("b", None, 0.0);
    house.run(150);
    let decoded = house.decoded("b");
    assert!(decoded < 150, "{decoded}");
    house.run(50);
    assert_eq!(house.decoded("b"), decoded);
    assert_eq!(house.decoded("c"), 0);
}

#[test]
fn test_media_4_packets_without_the_extension_are_decoded() {
    let mut house = room(&["a", "b"]);
    house.tone("a", Some(440.0), -20.0);
    house.run(50);
    // A packet now and then without it changes nothing.
    for _ in 0..20 {
        house.phones.get_mut("b").expect("b").tells_level = false;
        house.run(3);
        house.phones.get_mut("b").expect("b").tells_level = true;
        house.run(2);
    }
    assert_eq!(house.decoded("b"), 0);
    assert!(hears(&house, "b", 440.0));
    house.phones.get_mut("a").expect("a").tells_level = false;
    house.phones.get_mut("b").expect("b").tells_level = false;
    house.run(50);
    assert!(house.decoded("b") > 40, "agreed, but not done");
    house.tone("a", None, 0.0);
    house.tone("b", Some(1_000.0), -20.0);
    house.run(50);
    assert!(hears(&house, "a", 1_000.0));
}

#[test]
fn test_media_4_who_says_he_is_silent_is_not_heard_and_harms_nobody_else() {
    let mut house = room(&["liar", "b", "c"]);
    house.tell_level("liar", Some(127));
    house.tone("liar", Some(440.0), -10.0);
    house.tone("b", Some(1_000.0), -20.0);
    house.run(100);
    assert_eq!(house.decoded("liar"), 0);
    assert!(!hears(&house, "c", 440.0) && hears(&house, "c", 1_000.0));
    assert!(hears(&house, "liar", 1_000.0));
}

#[test]
fn test_media_4_who_says_he_is_loud_takes_nobodys_place_for_long() {
    let mut house = room(&["b", "c"]);
    house.command(Command::OpenRoom {
        room: "r".into(),
        max_talkers: 1,
    });
    house.phone("liar", CodecKind::Opus);
    house.tell_level("liar", Some(0));
    house.tone("liar", None, 0.0);
    house.join("liar", "r");
    house.tone("b", Some(1_000.0), -20.0);
    house.run(100);
    assert!(hears(&house, "c", 1_000.0));
    let (liar, honest) = (house.decoded("liar"), house.decoded("b"));
    house.run(50);
    assert_eq!(house.decoded("liar"), liar + 50, "it costs his decoding");
    assert_eq!(house.decoded("b"), honest + 50);
    // What he truly says is heard.
    house.tone("b", None, 0.0);
    house.tone("liar", Some(440.0), -20.0);
    house.run(75);
    assert!(hears(&house, "c", 440.0));
}

#[test]
fn test_media_4_pauses_of_dtx_are_silence_and_the_next_word_is_heard() {
    let mut house = room(&["a", "b"]);
    for word in 0..3 {
        house.tone("a", Some(440.0), -20.0);
        house.run(50);
        assert!(hears(&house, "b", 440.0), "word {word}");
        // Nothing at all is sent for two seconds; the clock goes on.
        let phone = house.phones.get_mut("a").expect("a");
        phone.timestamp = phone.timestamp.wrapping_add(100 * 960);
        house.fall_silent("a");
        let decoded = house.decoded("a");
        house.run(100);
        assert!(house.decoded("a") <= decoded + 1);
    }
}

#[test]
fn who_is_muted_and_no_talker_is_not_decoded_without_levels_either() {
    let mut house = room(&["a"]);
    house.phone("muted", CodecKind::Opus);
    house.tone("muted", Some(440.0), -10.0);
    house.command(Command::Connect {
        leg: "muted".into(),
        to: switchroom_core::command::Connection::Room {
            room: "r".into(),
            muted: true,
            deaf: false,
            gain: 0.0,
            listen_gain: 0.0,
            noise_suppression: false,
        },
    });
    house.run(50);
    assert_eq!(house.decoded("muted"), 0);
    house.join("muted", "r");
    house.run(50);
    assert!(hears(&house, "a", 440.0));
}

#[test]
fn test_media_2_in_a_crowd_eight_are_decoded_and_they_change_seldom() {
    let names: Vec<String> = (0..24).map(|n| format!("p{n}")).collect();
    let mut house = room(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (seed, name) in names.iter().enumerate() {
        house.say(name, speech_like(48_000, 3.0, seed as u64));
    }
    house.run(50);
    let total = |house: &mut House| -> u64 { names.iter().map(|n| house.decoded(n)).sum() };
    let before = total(&mut house);
    house.run(200);
    let decoded = total(&mut house) - before;
    // Eight each tick; and who takes another one's place, no oftener than every two seconds, needs eleven more.
    assert!(
        (1_600..1_600 + 24 * 12).contains(&decoded),
        "{decoded} decoded in 200 ticks"
    );
}

/// Options of two kinds of listeners.
const FEC: EncoderOptions = EncoderOptions {
    bitrate: 0,
    complexity: 5,
    fec: true,
    expected_loss: 5,
    dtx: false,
    cbr: false,
};

#[test]
fn test_media_3_equal_listeners_get_one_encoding_and_others_another() {
    let mut house = room(&["talker", "a", "b", "plain"]);
    for name in ["talker", "a", "b"] {
        let mut agreed = media(CodecKind::Opus, house.heard(name).address);
        (agreed.codec.options, agreed.audio_level) = (FEC, Some(LEVEL_ID));
        agreed.codec.gaps = true;
        house.set_media(name, agreed);
    }
    house.say("talker", speech_like(48_000, 5.0, 9));
    house.run(100);
    let sent = |name: &str| -> Vec<Vec<u8>> {
        house
            .heard(name)
            .received
            .iter()
            .map(|p| p.payload.clone())
            .collect()
    };
    assert_eq!(sent("a"), sent("b"));
    assert_ne!(sent("a"), sent("plain"));
    // FEC costs a third of the bits: it is spent when somebody loses packets.
    let protected = |house: &House, name: &str| {
        let sent = &house.heard(name).received;
        sent.iter().filter(|p| has_fec(&p.payload)).count()
    };
    assert_eq!(protected(&house, "a"), 0);
    house.report_loss("b", 0.08);
    house.forget();
    house.run(100);
    assert!(protected(&house, "a") > 40, "{}", protected(&house, "a"));
    assert_eq!(protected(&house, "plain"), 0);
    house.report_loss("b", 0.0);
    // DTX: when all are silent, who agreed to it is sent next to nothing, and the others all of it.
    house.say("talker", vec![0; 960]);
    house.run(100);
    house.forget();
    house.run(100);
    assert!(
        house.heard("a").received.len() < 20,
        "{}",
        house.heard("a").received.len()
    );
    assert_eq!(house.heard("plain").received.len(), 100);
    house.say("talker", speech_like(48_000, 5.0, 10));
    house.forget();
    house.run(50);
    let back = &house.heard("a").received;
    assert!(back.len() >= 48);
    let last = back.last().expect("a packet").timestamp;
    assert_eq!(
        last.wrapping_sub(back[0].timestamp),
        (back.len() as u32 - 1) * 960
    );
}

/// Signal to noise ratio in dB of what was decoded after a switch against what was said.
fn fidelity(said: &[i16], heard: &[i16]) -> f64 {
    (0..400)
        .map(|delay| {
            let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
            for (&a, &b) in said.iter().zip(heard.iter().skip(delay)) {
                let (a, b) = (f64::from(a), f64::from(b));
                ab += a * b;
                aa += a * a;
                bb += b * b;
            }
            let like = ab * ab / (aa * bb).max(1.0);
            10.0 * (1.0 / (1.0 - like).max(1e-9)).log10()
        })
        .fold(f64::MIN, f64::max)
}

#[test]
fn test_media_3_a_listener_who_begins_to_talk_hears_no_break() {
    // The same room twice: in one of them b begins to talk (very softly) after two seconds and is encoded for alone.
    let heard = [false, true].map(|talks| {
        let mut house = room(&["a", "b"]);
        house.say("a", speech_like(48_000, 5.0, 21));
        house.run(100);
        house.forget();
        if talks {
            house.tone("b", Some(440.0), -40.0);
        }
        house.run(20);
        assert_eq!(house.decoded("b") > 0, talks);
        house.heard("b").heard.clone()
    });
    for (n, (shared, own)) in heard[0].chunks(960).zip(heard[1].chunks(960)).enumerate() {
        if switchroom_core::level::level(shared) < 45 {
            let ratio = fidelity(&shared[..560], &own[..560]);
            assert!(ratio > 25.0, "frame {n}: {ratio:.1} dB");
        }
    }
}

/// Mean squares of a signal and of what differs from it.
fn noise(reference: &[i16], heard: &[i16]) -> f64 {
    let (mut signal, mut error) = (0.0, 0.0);
    for (&a, &b) in reference.iter().zip(heard) {
        signal += f64::from(a).powi(2);
        error += (f64::from(a) - f64::from(b)).powi(2);
    }
    10.0 * (signal / error.max(1e-9)).log10()
}

#[test]
fn test_media_4_the_last_packets_prime_a_decoder() {
    let speech = speech_like(48_000, 4.0, 31);
    let mut encoder = Encoder::new(CodecKind::Opus, &EncoderOptions::default()).expect("encoder");
    let packets: Vec<Vec<u8>> = speech
        .chunks_exact(960)
        .map(|samples| {
            let mut payload = vec![0; 1_500];
            let length = encoder.encode(samples, &mut payload).expect("20 ms");
            payload[..length].to_vec()
        })
        .collect();
    let decode = |from: usize| -> Vec<Vec<i16>> {
        let mut decoder = Decoder::new(CodecKind::Opus).expect("decoder");
        packets[from..]
            .iter()
            .map(|payload| {
                let mut out = vec![0; 960];
                decoder.decode(payload, &mut out).expect("our own packet");
                out
            })
            .collect()
    };
    let whole = decode(0);
    let (mut cold, mut primed) = (Vec::new(), Vec::new());
    for start in (10..180).step_by(7) {
        // The first 100 ms that are heard.
        let reference = whole[start..start + 5].concat();
        if switchroom_core::level::level(&reference) > 40 {
            continue;
        }
        cold.push(noise(&reference, &decode(start)[..5].concat()));
        primed.push(noise(&reference, &decode(start - 10)[10..15].concat()));
    }
    let middle = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (cold, primed) = (middle(&mut cold), middle(&mut primed));
    println!("cold {cold:.1} dB, primed with ten packets {primed:.1} dB");
    assert!(
        cold < 15.0 && primed > 45.0,
        "cold {cold:.1} dB, primed {primed:.1} dB"
    );
}

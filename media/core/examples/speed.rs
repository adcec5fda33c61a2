//! What the pieces of the core cost: `cargo run --release -p switchroom-core --example speed`. Nanoseconds of one thread for
//! each packet of 20 ms (median of 7 rounds).

use std::hint::black_box;
use std::time::Instant;

use switchroom_core::codec::{CodecKind, Decoder, Encoder, EncoderOptions};
use switchroom_core::goertzel::DtmfDetector;
use switchroom_core::jitter::JitterBuffer;
use switchroom_core::level::{level, payload_level};
use switchroom_core::resample::Resampler;
use switchroom_core::srtp::{Srtp, Suite};
use switchroom_core::time::Time;
use switchroom_core::tone::speech_like;

fn measure(what: &str, count: usize, mut each: impl FnMut(usize)) {
    let mut rounds: Vec<f64> = (0..7)
        .map(|_| {
            let start = Instant::now();
            (0..count).for_each(&mut each);
            start.elapsed().as_nanos() as f64 / count as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!("{what:<44}{:>10.0} ns", rounds[3]);
}

fn codecs() {
    for kind in [CodecKind::Pcmu, CodecKind::G722, CodecKind::Opus] {
        let frame = kind.sample_rate() as usize / 50;
        let speech = speech_like(kind.sample_rate(), 10.0, 1);
        let mut encoder = Encoder::new(kind, &EncoderOptions::default()).expect("default options");
        let mut payload = vec![0; 1_500];
        measure(&format!("{kind:?} encode"), 500, |n| {
            black_box(encoder.encode(&speech[n * frame..(n + 1) * frame], &mut payload))
                .expect("20 ms");
        });
        let packets: Vec<Vec<u8>> = speech
            .chunks_exact(frame)
            .map(|samples| {
                let length = encoder.encode(samples, &mut payload).expect("20 ms");
                payload[..length].to_vec()
            })
            .collect();
        let mut decoder = Decoder::new(kind).expect("a decoder");
        let mut out = vec![0; frame];
        measure(&format!("{kind:?} decode"), 500, |n| {
            black_box(decoder.decode(&packets[n], &mut out)).expect("our own packet");
        });
        measure(&format!("{kind:?} encoder clone"), 200, |_| {
            black_box(encoder.clone());
        });
        jitter(kind, &packets);
    }
}

fn jitter(kind: CodecKind, packets: &[Vec<u8>]) {
    let mut buffer = JitterBuffer::new(kind);
    let step = kind.clock_rate() / 50;
    let mut out = vec![0; kind.sample_rate() as usize / 50];
    let mut n = 0u64;
    measure(
        &format!("{kind:?} jitter insert + pull (with decode)"),
        500,
        |_| {
            let payload = &packets[n as usize % packets.len()];
            buffer.insert(
                1,
                n as u16,
                n as u32 * step,
                payload,
                Time::from_millis(n * 20),
            );
            black_box(buffer.pull(Time::from_millis(n * 20 + 5), &mut out));
            n += 1;
        },
    );
    let frame = out.len();
    measure(&format!("{kind:?} jitter insert + skip"), 5_000, |_| {
        let payload = &packets[n as usize % packets.len()];
        buffer.insert(
            1,
            n as u16,
            n as u32 * step,
            payload,
            Time::from_millis(n * 20),
        );
        buffer.skip(Time::from_millis(n * 20 + 5), frame);
        n += 1;
    });
}

fn srtp() {
    let suites = [
        (Suite::AesCm128HmacSha1_80, "AES_CM_128_HMAC_SHA1_80"),
        (Suite::AesCm256HmacSha1_80, "AES_256_CM_HMAC_SHA1_80"),
        (Suite::AeadAes128Gcm, "AEAD_AES_128_GCM"),
        (Suite::AeadAes256Gcm, "AEAD_AES_256_GCM"),
    ];
    for (suite, name) in suites {
        let (key, salt) = suite.key_lengths();
        let key: Vec<u8> = (0..key + salt).map(|n| n as u8).collect();
        let mut ours = Srtp::new(suite, &key, &[]).expect("a key of the right length");
        let mut packets = Vec::new();
        for n in 0..35_000u32 {
            let mut packet = vec![0u8; 200];
            packet[0] = 0x80;
            packet[2..4].copy_from_slice(&(n as u16).to_be_bytes());
            packets.push(packet);
        }
        let mut next = 0;
        measure(&format!("{name} protect (172 bytes)"), 5_000, |_| {
            let length = ours.protect(&mut packets[next], 172).expect("room");
            packets[next].truncate(length);
            next += 1;
        });
        let mut theirs = Srtp::new(suite, &key, &[]).expect("a key of the right length");
        let mut next = 0;
        measure(&format!("{name} unprotect"), 5_000, |_| {
            theirs.unprotect(&mut packets[next]).expect("authentic");
            next += 1;
        });
    }
}

fn main() {
    codecs();
    srtp();
    let speech = speech_like(8_000, 10.0, 1);
    let frame = |n: usize| &speech[n * 160..(n + 1) * 160];
    measure("level of 160 samples", 500, |n| {
        black_box(level(frame(n)));
    });
    let payload = [0x55; 160];
    measure("level of a PCMU payload", 5_000, |_| {
        black_box(payload_level(CodecKind::Pcmu, black_box(&payload)));
    });
    let mut detector = DtmfDetector::default();
    measure("DTMF detector", 500, |n| {
        black_box(detector.process(frame(n)));
    });
    for (from, to) in [
        (8_000, 16_000),
        (16_000, 8_000),
        (8_000, 48_000),
        (48_000, 8_000),
    ] {
        let input = vec![1_000i16; from as usize / 50];
        let mut out = vec![0i16; to as usize / 50];
        let mut resampler = Resampler::new(from, to);
        measure(&format!("resample {from} to {to}"), 500, |_| {
            black_box(resampler.process(&input, &mut out));
        });
    }
}

//! What the core takes from the heap: a bounded amount for each leg, and nothing for each packet.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

use switchroom_core::codec::{CodecKind, Encoder, EncoderOptions};
use switchroom_core::jitter::JitterBuffer;
use switchroom_core::srtp::{Srtp, Suite};
use switchroom_core::time::Time;
use switchroom_core::tone::speech_like;

struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicIsize = AtomicIsize::new(0);

// SAFETY: hands everything on to the system's allocator, and counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size() as isize, Ordering::Relaxed);
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        System.dealloc(memory, layout);
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn calls() -> usize {
    CALLS.load(Ordering::Relaxed)
}

/// One test, so that no other runs meanwhile.
#[test]
fn a_leg_is_small_and_its_packets_cost_no_allocation() {
    for (kind, most) in [
        (CodecKind::Pcmu, 16_000),
        (CodecKind::G722, 24_000),
        (CodecKind::Opus, 90_000),
    ] {
        let frame = kind.sample_rate() as usize / 50;
        let speech = speech_like(kind.sample_rate(), 4.0, 1);
        let mut encoder = Encoder::new(kind, &EncoderOptions::default()).unwrap();
        let packets: Vec<Vec<u8>> = speech
            .chunks_exact(frame)
            .map(|samples| {
                let mut payload = vec![0; 400];
                let length = encoder.encode(samples, &mut payload).unwrap();
                payload.truncate(length);
                payload
            })
            .collect();
        let mut out = vec![0; frame];
        let before = BYTES.load(Ordering::Relaxed);
        let mut buffer = Box::new(JitterBuffer::new(kind));
        let mut at_ease = 0;
        for n in 0..6_000u64 {
            if n == 3_000 {
                at_ease = calls();
            }
            // Every 50th is lost, every 50th held up by 30 ms; one in three ticks is not decoded for a while.
            let payload = &packets[n as usize % packets.len()];
            let late = if n % 50 == 20 { 30 } else { 0 };
            if n % 50 != 0 {
                let arrival = Time::from_millis(n * 20 + late);
                buffer.insert(
                    1,
                    n as u16,
                    n as u32 * (kind.clock_rate() / 50),
                    payload,
                    arrival,
                );
            }
            let now = Time::from_millis(n * 20 + 35);
            if n % 1_000 < 300 {
                buffer.skip(now, frame);
            } else {
                buffer.pull(now, &mut out);
            }
        }
        let during = calls() - at_ease;
        let bytes = BYTES.load(Ordering::Relaxed) - before;
        println!("{kind:?}: {bytes} bytes, {during} allocations for 3,000 packets");
        assert!(bytes <= most, "{kind:?}: {bytes} bytes");
        assert!(
            during <= 8,
            "{kind:?}: {during} allocations for 3,000 packets"
        );
    }
    for suite in [Suite::AesCm128HmacSha1_80, Suite::AeadAes256Gcm] {
        let (key, salt) = suite.key_lengths();
        let key = vec![7; key + salt];
        let mut ours = Srtp::new(suite, &key, &[]).unwrap();
        let mut theirs = Srtp::new(suite, &key, &[]).unwrap();
        let mut at_ease = 0;
        for n in 0..1_000u16 {
            if n == 10 {
                at_ease = calls();
            }
            let mut packet = [0u8; 200];
            packet[0] = 0x80;
            packet[2..4].copy_from_slice(&n.to_be_bytes());
            let length = ours.protect(&mut packet, 172).unwrap();
            assert_eq!(theirs.unprotect(&mut packet[..length]), Ok(172));
        }
        assert_eq!(calls(), at_ease, "{suite:?}");
    }
}

use super::*;
use proptest::prelude::*;

const SUITES: [Suite; 6] = [
    Suite::AesCm128HmacSha1_80,
    Suite::AesCm128HmacSha1_32,
    Suite::AesCm256HmacSha1_80,
    Suite::AesCm256HmacSha1_32,
    Suite::AeadAes128Gcm,
    Suite::AeadAes256Gcm,
];

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn key(suite: Suite) -> Vec<u8> {
    let (key, salt) = suite.key_lengths();
    (0..key + salt).map(|n| (n * 7 + 3) as u8).collect()
}

fn pair(suite: Suite, mki: &[u8]) -> (Srtp, Srtp) {
    (
        Srtp::new(suite, &key(suite), mki).unwrap(),
        Srtp::new(suite, &key(suite), mki).unwrap(),
    )
}

fn rtp(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x90, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend([0, 0, 1, 0]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0xbe, 0xde, 0, 1, 0x10, 0x22, 0, 0]);
    packet.extend((0..160u32).map(|n| (n as u8).wrapping_mul(3)));
    packet
}

fn protect(srtp: &mut Srtp, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + srtp.overhead(), 0);
    let length = srtp.protect(&mut buffer, packet.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn unprotect(srtp: &mut Srtp, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = packet.to_vec();
    let length = srtp.unprotect(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// RFC 3711 B.2 and RFC 6188 §7.1 and §7.2: the first key stream blocks and the 65,280th.
#[test]
fn counter_mode_gives_the_key_streams_of_the_rfcs() {
    let salt = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd");
    let salt: [u8; 14] = salt.try_into().unwrap();
    for (key, first, far) in [
        (
            "2b7e151628aed2a6abf7158809cf4f3c",
            "e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab 41e95b3bb0a2e8dd477901e4fca894c0",
            "ec8cdf7398607cb0f2d21675ea9ea1e4",
        ),
        (
            "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
            "92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac",
            "",
        ),
    ] {
        let mut stream = vec![0; 0xff00 * 16];
        let cipher = BlockCipher::new(&hex(key)).unwrap();
        cipher.apply(counter_iv(&salt, 0, 0), &mut stream);
        assert!(stream.starts_with(&hex(first)));
        if !far.is_empty() {
            assert_eq!(stream[0xfeff * 16..], hex(far));
        }
    }
}

/// RFC 3711 B.3 and RFC 6188 §7.2.
#[test]
fn session_keys_are_derived_as_in_the_rfcs() {
    for (key, salt, cipher_key, cipher_salt, mac_key) in [
        (
            "e1f97a0d3e018be0d64fa32c06de4139",
            "0ec675ad498afeebb6960b3aabe6",
            "c61e7a93744f39ee10734afe3ff7a087",
            "30cbbc08863d8c85d49db34a9ae1",
            "cebe321f6ff7716b6fd4ab49af256a156d38baa4",
        ),
        (
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
            "3b04803de51ee7c96423ab5b78d2",
            "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
            "fa31791685ca444a9e07c6c64e93",
            "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
        ),
    ] {
        let master = BlockCipher::new(&hex(key)).unwrap();
        let salt: [u8; 14] = hex(salt).try_into().unwrap();
        for (label, expected) in [(0, cipher_key), (2, cipher_salt), (1, mac_key)] {
            let expected = hex(expected);
            let mut derived = vec![0; expected.len()];
            derive(&master, &salt, label, &mut derived);
            assert_eq!(derived, expected, "label {label}");
        }
    }
}

/// The packets of libsrtp's own self-test, for the same key.
#[test]
fn packets_are_those_of_another_implementation() {
    let key = hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
    let mut srtp = Srtp::new(Suite::AesCm128HmacSha1_80, &key, &[]).unwrap();
    let plain = hex("800f1234decafbadcafebabe abababababababababababababababab");
    let sealed =
        hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    assert_eq!(protect(&mut srtp, &plain), sealed);

    let plain = hex("81c8000bcafebabeabababababababababababababababab");
    let sealed =
        hex("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798");
    let mut buffer = vec![0; 64];
    for _ in 0..2 {
        buffer[..plain.len()].copy_from_slice(&plain);
        let length = srtp.protect_rtcp(&mut buffer, plain.len()).unwrap();
        assert_eq!(length, sealed.len());
    }
    assert_eq!(
        buffer[..sealed.len()],
        sealed,
        "the second packet has index 1"
    );
}

/// RFC 7714 §16.1 and §16.2, whose keys are session keys.
#[test]
fn gcm_packets_are_those_of_rfc_7714() {
    let salt: [u8; 12] = hex("517569642070726f2071756f").try_into().unwrap();
    let header = hex("8040f17b8041f8d35501a0b2");
    let plain = hex("47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573");
    let key: Vec<u8> = (0..32).collect();
    let sessions = [
        (
            Session::Gcm128 {
                cipher: Aes128Gcm::new_from_slice(&key[..16]).unwrap(),
                salt,
            },
            "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833",
            "899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            Session::Gcm256 {
                cipher: Aes256Gcm::new_from_slice(&key).unwrap(),
                salt,
            },
            "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b",
            "7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ];
    for (session, sealed, tag) in sessions {
        let mut payload = plain.clone();
        let computed = session
            .seal(0x5501_a0b2, 0xf17b, &header, &mut payload)
            .unwrap();
        assert_eq!(payload, hex(sealed));
        assert_eq!(computed[..], hex(tag));
        session
            .open(0x5501_a0b2, 0xf17b, &header, &mut payload, &computed)
            .unwrap();
        assert_eq!(payload, plain);
    }
}

#[test]
fn what_is_protected_is_unprotected_in_every_suite() {
    for suite in SUITES {
        for mki in [&[][..], &[0, 0, 0, 1]] {
            let (mut ours, mut theirs) = pair(suite, mki);
            // Over two roll-overs, with loss and swapped neighbours.
            for n in 65_000u32..65_000 + 140_000 {
                if n % 9 == 0 || (n % 50 != 0 && n > 66_000 && n < 130_500) {
                    continue;
                }
                let n = if n % 10 == 3 {
                    n + 1
                } else if n % 10 == 4 {
                    n - 1
                } else {
                    n
                };
                let packet = rtp(7, n as u16);
                let sealed = protect(&mut ours, &packet);
                assert_ne!(sealed[20..180], packet[20..180]);
                assert_eq!(
                    unprotect(&mut theirs, &sealed).as_ref(),
                    Ok(&packet),
                    "{suite:?} {n}"
                );
                assert_eq!(unprotect(&mut theirs, &sealed), Err(SrtpError::Replayed));
            }
            assert_eq!(theirs.export_roc(), [(7, 3)]);
            let mut report = [0u8; 64];
            report[..8].copy_from_slice(&[0x80, 201, 0, 1, 0, 0, 0, 7]);
            report[8..20].copy_from_slice(b"twelve bytes");
            let original = report;
            let length = ours.protect_rtcp(&mut report, 20).unwrap();
            let mut again = report;
            assert_ne!(report[8..20], original[8..20]);
            assert_eq!(theirs.unprotect_rtcp(&mut report[..length]), Ok(20));
            assert_eq!(report[..20], original[..20]);
            assert_eq!(
                theirs.unprotect_rtcp(&mut again[..length]),
                Err(SrtpError::Replayed)
            );
        }
    }
}

#[test]
fn a_changed_bit_anywhere_fails_and_leaves_no_trace() {
    for suite in SUITES {
        let (mut ours, mut theirs) = pair(suite, &[]);
        let sealed = protect(&mut ours, &rtp(7, 100));
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1 << (byte % 8);
            assert!(
                unprotect(&mut theirs, &changed).is_err(),
                "{suite:?} byte {byte}"
            );
        }
        assert_eq!(theirs.streams.len(), 0, "authenticate before any state");
        assert!(unprotect(&mut theirs, &sealed).is_ok());
        assert_eq!(theirs.streams.len(), 1);
    }
}

#[test]
fn the_replay_window_is_128_packets() {
    let (mut ours, mut theirs) = pair(Suite::AesCm128HmacSha1_80, &[]);
    let sealed: Vec<_> = (0..400).map(|n| protect(&mut ours, &rtp(7, n))).collect();
    assert!(unprotect(&mut theirs, &sealed[300]).is_ok());
    assert!(unprotect(&mut theirs, &sealed[173]).is_ok());
    assert_eq!(
        unprotect(&mut theirs, &sealed[172]),
        Err(SrtpError::Replayed)
    );
    assert!(unprotect(&mut theirs, &sealed[301]).is_ok());
    assert_eq!(
        unprotect(&mut theirs, &sealed[173]),
        Err(SrtpError::Replayed)
    );
}

#[test]
fn the_roll_over_counter_survives_the_same_key_only() {
    let suite = Suite::AesCm128HmacSha1_80;
    let (mut ours, mut theirs) = pair(suite, &[]);
    for sequence in [65_535, 0, 1] {
        let sealed = protect(&mut ours, &rtp(7, sequence));
        assert!(unprotect(&mut theirs, &sealed).is_ok());
    }
    theirs.rekey(suite, &key(suite), &[]).unwrap();
    let sealed = protect(&mut ours, &rtp(7, 2));
    assert!(
        unprotect(&mut theirs, &sealed).is_ok(),
        "the same key again"
    );

    let (_, mut elsewhere) = pair(suite, &[]);
    let sealed = protect(&mut ours, &rtp(7, 3));
    assert_eq!(
        unprotect(&mut elsewhere, &sealed),
        Err(SrtpError::Authentication)
    );
    for (ssrc, roc) in theirs.export_roc() {
        elsewhere.import_roc(ssrc, roc);
    }
    assert!(
        unprotect(&mut elsewhere, &sealed).is_ok(),
        "taken over by another worker"
    );

    let other: Vec<u8> = key(suite).iter().map(|byte| byte ^ 1).collect();
    theirs.rekey(suite, &other, &[]).unwrap();
    assert_eq!(theirs.export_roc(), []);
}

#[test]
fn many_streams_keep_a_bounded_memory() {
    let (mut ours, mut theirs) = pair(Suite::AeadAes128Gcm, &[]);
    for ssrc in 0..1_000 {
        let sealed = protect(&mut ours, &rtp(ssrc, 1));
        assert!(unprotect(&mut theirs, &sealed).is_ok());
    }
    assert_eq!(theirs.streams.len(), MAX_STREAMS);
}

#[test]
fn keys_of_a_wrong_length_and_buffers_without_room_are_refused() {
    for suite in SUITES {
        assert_eq!(
            Srtp::new(suite, &key(suite)[1..], &[]).err(),
            Some(SrtpError::BadKey)
        );
        let (mut ours, _) = pair(suite, &[]);
        let mut packet = rtp(1, 1);
        let length = packet.len();
        assert_eq!(ours.protect(&mut packet, length), Err(SrtpError::TooSmall));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(data in proptest::collection::vec(any::<u8>(), 0..80), suite in 0usize..6, mki in 0usize..5) {
        let (_, mut theirs) = pair(SUITES[suite], &[1, 2, 3, 4][..mki.min(4)]);
        let mut data = data;
        if let Some(byte) = data.first_mut() {
            *byte = 0x80 | *byte & 0x3f;
        }
        prop_assert!(theirs.unprotect(&mut data.clone()).is_err());
        prop_assert!(theirs.unprotect_rtcp(&mut data.clone()).is_err());
        prop_assert_eq!(theirs.streams.len(), 0);
        let length = data.len();
        data.resize(length + 40, 0);
        let _ = theirs.protect(&mut data.clone(), length);
        let _ = theirs.protect_rtcp(&mut data, length);
    }
}

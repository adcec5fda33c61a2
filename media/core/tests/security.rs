//! Keys and strangers: SRTP both ways, and what may teach a leg its source.

mod house;

use std::net::SocketAddr;

use house::{media, House};
use switchroom_core::agreement::{LegMedia, SrtpKey};
use switchroom_core::codec::CodecKind;
use switchroom_core::command::{Command, Outcome, Refusal};
use switchroom_core::output::Channel;
use switchroom_core::rtp::RtpPacket;
use switchroom_core::srtp::{Srtp, Suite};
use switchroom_core::time::Time;

fn key(suite: Suite, length: usize, fill: u8) -> SrtpKey {
    SrtpKey {
        suite,
        key_and_salt: (0..length).map(|n| fill.wrapping_add(n as u8)).collect(),
        mki: Vec::new(),
    }
}

fn context(key: &SrtpKey) -> Srtp {
    Srtp::new(key.suite, &key.key_and_salt, &key.mki).expect("a context")
}

fn secured(remote: SocketAddr) -> LegMedia {
    let mut agreed = media(CodecKind::Pcmu, remote);
    agreed.srtp_receive = Some(key(Suite::AesCm128HmacSha1_32, 30, 1));
    agreed.srtp_send = Some(key(Suite::AeadAes256Gcm, 44, 100));
    agreed
}

/// The datagrams the engine wants sent on a leg's RTP socket, as they are on the wire.
fn wire(house: &mut House, leg: &str) -> Vec<(SocketAddr, Vec<u8>)> {
    let index = house.phones[leg].index;
    let sent = house.engine.output.datagrams();
    let sent = sent.filter(|(t, _)| t.leg == index && t.channel == Channel::Rtp);
    let sent = sent.map(|(t, bytes)| (t.to, bytes.to_vec())).collect();
    house.engine.output.clear_datagrams();
    sent
}

fn protect(context: &mut Srtp, mut packet: Vec<u8>) -> Vec<u8> {
    let length = packet.len();
    packet.resize(length + 40, 0);
    let length = context.protect(&mut packet, length).expect("protect");
    packet.truncate(length);
    packet
}

#[test]
fn each_direction_has_its_own_suite_and_key() {
    let mut house = House::new();
    house.phone("secure", CodecKind::Pcmu);
    house.phone("plain", CodecKind::Pcmu);
    let agreed = secured(house.phones["secure"].address);
    house.set_media("secure", agreed.clone());
    house.connect("secure", "plain");

    let mut theirs = context(agreed.srtp_receive.as_ref().expect("key"));
    let packet = house.packet("secure", 0, false, &[7; 160]);
    let packet = protect(&mut theirs, packet);
    let from = house.phones["secure"].address;
    house.deliver("secure", packet.clone(), from, Time::from_millis(1));
    assert_eq!(house.heard("plain").received[0].payload, vec![7; 160]);
    house.deliver("secure", packet, from, Time::from_millis(2));
    assert_eq!(
        house.heard("plain").received.len(),
        1,
        "a replayed packet is dropped"
    );

    let mut answer = house.packet("plain", 0, false, &[9; 160]);
    let (index, from) = (house.phones["plain"].index, house.phones["plain"].address);
    house
        .engine
        .packet(index, Channel::Rtp, &mut answer, from, Time::from_millis(3));
    let sent = wire(&mut house, "secure");
    let mut bytes = sent[0].1.clone();
    assert_ne!(&bytes[12..172], &[9; 160], "encrypted");
    let length = context(agreed.srtp_send.as_ref().expect("key"))
        .unprotect(&mut bytes)
        .expect("authentic");
    assert_eq!(
        RtpPacket::parse(&bytes[..length]).expect("rtp").payload,
        &[9; 160]
    );
}

#[test]
fn only_what_authenticates_teaches_a_source() {
    let mut house = House::new();
    house.phone("secure", CodecKind::Pcmu);
    house.phone("plain", CodecKind::Pcmu);
    let agreed = secured("10.0.0.5:4000".parse().expect("address"));
    house.set_media("secure", agreed.clone());
    house.connect("secure", "plain");
    let stranger: SocketAddr = "203.0.113.66:5004".parse().expect("address");
    let phone: SocketAddr = "203.0.113.7:6000".parse().expect("address");
    for n in 0..100_u8 {
        let forged = house.packet("secure", 0, false, &[n; 170]);
        house.deliver("secure", forged, stranger, Time::from_millis(1));
    }
    assert!(house.heard("plain").received.is_empty());
    let mut theirs = context(agreed.srtp_receive.as_ref().expect("key"));
    let packet = house.packet("secure", 0, false, &[7; 160]);
    house.deliver(
        "secure",
        protect(&mut theirs, packet),
        phone,
        Time::from_millis(2),
    );
    assert_eq!(house.heard("plain").received.len(), 1);
    let Outcome::Stats(stats) = house.command(Command::GetStats {
        leg: "secure".into(),
    }) else {
        panic!("no stats")
    };
    assert_eq!((stats.source, stats.packets_discarded), (Some(phone), 100));
}

#[test]
fn a_key_that_does_not_fit_is_refused_and_the_old_agreement_stays() {
    let mut house = House::new();
    house.phone("secure", CodecKind::Pcmu);
    let agreed = secured(house.phones["secure"].address);
    house.set_media("secure", agreed.clone());
    let mut short = agreed.clone();
    short.srtp_send = Some(key(Suite::AeadAes256Gcm, 30, 0));
    let now = house.now();
    let refused = house.engine.command(
        Command::SetMedia {
            leg: "secure".into(),
            media: Box::new(short),
        },
        now,
    );
    assert!(matches!(refused, Err(Refusal::BadArgument(_))));
    house.command(Command::SendDtmf {
        leg: "secure".into(),
        digits: "1".into(),
        duration: 100,
        gap: 60,
    });
    house.engine.tick(Time::from_millis(20), 0);
    let sent = wire(&mut house, "secure");
    let mut bytes = sent[0].1.clone();
    let mut ours = context(agreed.srtp_send.as_ref().expect("key"));
    assert!(
        ours.unprotect(&mut bytes).is_ok(),
        "still protected by the old key"
    );
}

#[test]
fn the_roll_over_counter_survives_a_new_agreement_with_the_same_key() {
    let mut house = House::new();
    house.phone("secure", CodecKind::Pcmu);
    house.phone("plain", CodecKind::Pcmu);
    let agreed = secured(house.phones["secure"].address);
    house.set_media("secure", agreed.clone());
    house.connect("secure", "plain");
    let from = house.phones["secure"].address;
    let mut theirs = context(agreed.srtp_receive.as_ref().expect("key"));
    house.phones.get_mut("secure").expect("secure").sequence = 65_530;
    for n in 0..20 {
        if n == 12 {
            house.set_media("secure", agreed.clone());
        }
        let packet = house.packet("secure", 0, false, &[n; 160]);
        house.deliver(
            "secure",
            protect(&mut theirs, packet),
            from,
            Time::from_millis(20 * u64::from(n)),
        );
    }
    assert_eq!(house.heard("plain").received.len(), 20);
}

#[test]
fn rtcp_of_a_stranger_neither_keeps_media_alive_nor_moves_anything() {
    let mut house = House::new();
    let index = house.phone("a", CodecKind::Pcmu);
    let stranger: SocketAddr = "203.0.113.66:5005".parse().expect("address");
    let mut report = vec![0x80, 201, 0, 1, 0, 0, 0, 9];
    for second in 0..35 {
        house.engine.packet(
            index,
            Channel::Rtcp,
            &mut report,
            stranger,
            Time::from_millis(second * 1000),
        );
        house.run(50);
    }
    let lost = house
        .events
        .iter()
        .any(|e| matches!(e, switchroom_core::command::Event::MediaLost { .. }));
    assert!(lost, "{:?}", house.events);
    let Outcome::Stats(stats) = house.command(Command::GetStats { leg: "a".into() }) else {
        panic!("no stats")
    };
    assert_eq!(stats.packets_discarded, 35);
}

#[test]
fn a_shared_port_carries_both_and_rtcp_goes_there_too() {
    let mut house = House::new();
    let index = house.phone("a", CodecKind::Pcmu);
    let mut agreed = media(CodecKind::Pcmu, house.phones["a"].address);
    agreed.rtcp_mux = true;
    house.set_media("a", agreed);
    let from = house.phones["a"].address;
    let mut report = vec![0x80, 201, 0, 1, 0, 0, 0, 9];
    house
        .engine
        .packet(index, Channel::Rtp, &mut report, from, Time::from_millis(1));
    let mut reports = 0;
    for n in 1..300 {
        house.engine.tick(Time::from_millis(n * 20), 0);
        reports += wire(&mut house, "a")
            .iter()
            .filter(|(to, bytes)| *to == from && bytes[1] == 201)
            .count();
    }
    assert_eq!(reports, 1);
    let Outcome::Stats(stats) = house.command(Command::GetStats { leg: "a".into() }) else {
        panic!("no stats")
    };
    assert_eq!(stats.packets_discarded, 0);
}

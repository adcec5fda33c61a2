//! Browsers' legs in the engine, without sockets and with a clock that jumps: whose a datagram is, what is believed, where media
//! goes.

mod house;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use house::codec;
use is::stun::{StunMessage, TransId};
use sha1::Sha1;
use switchroom_core::agreement::{Direction, LegMedia};
use switchroom_core::codec::CodecKind;
use switchroom_core::command::{Command, Connection, Event, Outcome, Refusal};
use switchroom_core::engine::Engine;
use switchroom_core::output::Channel;
use switchroom_core::srtp::Srtp;
use switchroom_core::time::Time;
use switchroom_core::webrtc::{
    Association, Carrier, Credentials, Generation, Identity, Path, Peer, Told, WebRtc, SCRATCH,
};

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(key).expect("any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn credentials(name: &str) -> Credentials {
    Credentials {
        ufrag: format!("ufrag{name}"),
        password: format!("{name}/password/of/enough/characters"),
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// The engine and its clock.
struct Scene {
    engine: Engine,
    identity: Identity,
    now: Time,
    events: Vec<Event>,
}

impl Scene {
    fn new() -> Self {
        let mut engine = Engine::new(7, Duration::from_secs(1_700_000_000));
        let identity = Identity::generate().expect("an identity");
        engine.serve_browsers(identity.clone());
        Self {
            engine,
            identity,
            now: Time::from_millis(20),
            events: Vec::new(),
        }
    }

    fn command(&mut self, command: Command) -> Result<Outcome, Refusal> {
        self.engine.command(command, self.now)
    }

    fn tick(&mut self) {
        self.now = self.now + Duration::from_millis(20);
        self.engine.tick(self.now, 0);
        self.sent(); // reports
    }

    fn open(&mut self, leg: &str, media: Option<LegMedia>) -> Result<Outcome, Refusal> {
        self.command(Command::OpenLeg {
            leg: leg.into(),
            browser: true,
            lost_after: Duration::from_secs(5),
        })?;
        match media {
            Some(media) => self.command(Command::SetMedia {
                leg: leg.into(),
                media: Box::new(media),
            }),
            None => Ok(Outcome::Done),
        }
    }

    fn connect(&mut self, leg: &str, to: &str) {
        let to = Connection::Leg(to.into());
        self.command(Command::Connect {
            leg: leg.into(),
            to,
        })
        .expect("connected");
    }

    fn stats(&mut self, leg: &str) -> switchroom_core::command::LegStats {
        match self.command(Command::GetStats { leg: leg.into() }) {
            Ok(Outcome::Stats(stats)) => *stats,
            other => panic!("{other:?}"),
        }
    }

    /// Hands a datagram in and returns what goes out, with where to.
    fn receive(&mut self, bytes: &[u8], from: Peer) -> Vec<(SocketAddr, Carrier, Vec<u8>)> {
        let path = Path {
            peer: from,
            local: "192.0.2.1".parse().expect("an address"),
        };
        self.engine
            .browser_packet(&mut bytes.to_vec(), path, self.now);
        self.sent()
    }

    fn sent(&mut self) -> Vec<(SocketAddr, Carrier, Vec<u8>)> {
        self.events.append(&mut self.engine.output.events);
        let sent = self
            .engine
            .output
            .datagrams()
            .map(|(transmit, bytes)| match transmit.channel {
                Channel::Browsers { carrier, .. } => (transmit.to, carrier, bytes.to_vec()),
                other => panic!("{other:?}"),
            })
            .collect();
        self.engine.output.clear_datagrams();
        sent
    }
}

/// The far end.
struct Browser {
    generation: Generation,
    peer: Peer,
    identity: Identity,
    association: Association,
    origin: Instant,
    srtp: Option<(Srtp, Srtp)>,
    ssrc: u32,
    sequence: u16,
    closed: bool,
}

impl Browser {
    fn new(name: &str, from: &str, scene: &Scene) -> Self {
        let identity = Identity::generate().expect("an identity");
        let origin = Instant::now();
        Self {
            generation: Generation {
                local: credentials(&format!("w{name}")),
                remote: credentials(&format!("b{name}")),
            },
            peer: Peer {
                carrier: Carrier::Udp,
                address: address(from),
            },
            association: Association::new(&identity, true, scene.identity.fingerprint, origin),
            identity,
            origin,
            srtp: None,
            ssrc: name.bytes().map(u32::from).sum(),
            sequence: 10,
            closed: false,
        }
    }

    fn media(&self) -> LegMedia {
        LegMedia {
            remote: None,
            remote_rtcp: None,
            rtcp_mux: true,
            codec: codec(CodecKind::Opus),
            telephone_event: None,
            comfort_noise: None,
            direction: Direction::SendRecv,
            srtp_send: None,
            srtp_receive: None,
            signalling_ip: None,
            audio_level: None,
            webrtc: Some(Box::new(WebRtc {
                generation: self.generation.clone(),
                fingerprint: self.identity.fingerprint,
                active: false,
            })),
        }
    }

    fn check(&self, password: &str, nominate: bool) -> Vec<u8> {
        let Generation { local, remote } = &self.generation;
        let username = format!("{}:{}", local.ufrag, remote.ufrag);
        let message =
            StunMessage::binding_request(&username, TransId::new(), true, 1, 99, nominate);
        let mut bytes = vec![0; 500];
        let length = message.to_bytes(Some(password.as_bytes()), &mut bytes, hmac);
        bytes.truncate(length.expect("room"));
        bytes
    }

    fn nominate(&self, scene: &mut Scene) {
        let check = self.check(&self.generation.local.password, true);
        let answers = scene.receive(&check, self.peer);
        let [(to, carrier, answer)] = &answers[..] else {
            panic!("{} answers", answers.len())
        };
        assert_eq!((*to, *carrier), (self.peer.address, self.peer.carrier));
        let answer = StunMessage::parse(answer).expect("an answer");
        assert_eq!(answer.mapped_address(), Some(self.peer.address));
    }

    /// Lets DTLS talk until both are silent.
    fn shake_hands(&mut self, scene: &mut Scene) {
        let mut arrived: Vec<Vec<u8>> = Vec::new();
        let mut scratch = vec![0; SCRATCH];
        for _ in 0..8 {
            let mut out: Vec<Vec<u8>> = Vec::new();
            for datagram in arrived.iter().map(Some).chain([None]) {
                let datagram = datagram.map(Vec::as_slice);
                let told = self
                    .association
                    .turn(self.origin, datagram, &mut scratch, |b| {
                        out.push(b.to_vec())
                    });
                match told.expect("no trouble") {
                    Some(Told::Keys(keys)) => {
                        let made = |k: &switchroom_core::agreement::SrtpKey| {
                            Srtp::new(k.suite, &k.key_and_salt, &k.mki).expect("a key")
                        };
                        self.srtp = Some((made(&keys.send), made(&keys.receive)));
                    }
                    Some(Told::Closed) => self.closed = true,
                    None => {}
                }
            }
            arrived = Vec::new();
            for datagram in out {
                let sent = scene.receive(&datagram, self.peer);
                arrived.extend(sent.into_iter().map(|(_, _, bytes)| bytes));
            }
        }
    }

    fn packet(&mut self) -> Vec<u8> {
        self.sequence += 1;
        let mut bytes = vec![0x80, 111];
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend((u32::from(self.sequence) * 960).to_be_bytes());
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend([0xf8, 0xff, 0xfe]); // 20 ms of Opus silence
        let (send, _) = self.srtp.as_mut().expect("keys");
        let length = bytes.len();
        bytes.resize(length + 40, 0);
        let length = send.protect(&mut bytes, length).expect("protected");
        bytes.truncate(length);
        bytes
    }

    fn opens(&mut self, bytes: &[u8]) -> bool {
        let (_, receive) = self.srtp.as_mut().expect("keys");
        receive.unprotect(&mut bytes.to_vec()).is_ok()
    }

    /// A connected browser of leg `name`.
    fn connected(name: &str, from: &str, scene: &mut Scene) -> Self {
        let mut browser = Self::new(name, from, scene);
        scene.open(name, Some(browser.media())).expect("opened");
        browser.nominate(scene);
        browser.shake_hands(scene);
        assert!(browser.srtp.is_some(), "no handshake");
        browser
    }
}

#[test]
fn test_f_08_checks_then_dtls_then_audio_and_nothing_before_its_time() {
    let mut scene = Scene::new();
    let mut browser = Browser::new("a", "198.51.100.1:5000", &scene);
    scene.open("a", Some(browser.media())).expect("opened");
    scene.connect("a", "a");
    let stranger = browser.peer;
    let before = scene.engine.strangers();
    assert!(
        scene.receive(&[22; 50], stranger).is_empty(),
        "DTLS before a check"
    );
    assert!(
        scene.receive(&[0x80; 50], stranger).is_empty(),
        "RTP before a check"
    );
    let wrong = browser.check("another/password/of/enough", true);
    assert!(
        scene.receive(&wrong, stranger).is_empty(),
        "a wrong password"
    );
    assert_eq!(scene.engine.strangers(), before + 3);
    assert!(!scene.engine.knows(stranger));
    browser.nominate(&mut scene);
    assert!(scene.engine.knows(stranger));
    let plain = [
        &[0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9][..],
        &[0xf8, 0xff, 0xfe],
    ]
    .concat();
    assert!(
        scene.receive(&plain, browser.peer).is_empty(),
        "RTP before keys"
    );
    assert_eq!(scene.stats("a").packets_discarded, 1);
    assert!(scene.events.is_empty());
    browser.shake_hands(&mut scene);
    assert!(
        matches!(&scene.events[..], [Event::MediaFound { source, .. }] if *source == browser.peer.address),
        "{:?}",
        scene.events
    );
    assert!(
        scene.receive(&plain, browser.peer).is_empty(),
        "RTP without SRTP"
    );
    let packet = browser.packet();
    let echo = scene.receive(&packet, browser.peer);
    assert_eq!(echo.len(), 1);
    assert!(browser.opens(&echo[0].2));
    assert!(scene.receive(&packet, browser.peer).is_empty(), "replayed");
    let stats = scene.stats("a");
    assert_eq!((stats.packets_received, stats.packets_discarded), (1, 3));
    assert_eq!(
        (stats.transport, stats.source),
        ("udp", Some(browser.peer.address))
    );
}

#[test]
fn test_f_08_media_goes_where_the_browser_nominates_and_by_what_carrier() {
    let mut scene = Scene::new();
    let mut browser = Browser::connected("a", "198.51.100.1:5000", &mut scene);
    scene.connect("a", "a");
    let first = browser.peer;
    let second = Peer {
        carrier: Carrier::Tcp,
        address: address("[2001:db8::1]:6000"),
    };
    browser.peer = second;
    let check = browser.check(&browser.generation.local.password, false);
    assert_eq!(scene.receive(&check, second).len(), 1);
    let packet = browser.packet();
    let echo = scene.receive(&packet, second);
    assert_eq!(echo[0].0, first.address, "checked, not nominated");
    browser.nominate(&mut scene);
    let packet = browser.packet();
    let echo = scene.receive(&packet, first);
    assert_eq!((echo[0].0, echo[0].1), (second.address, second.carrier));
    assert_eq!(scene.stats("a").transport, "tcp");
    scene.engine.hung_up(second);
    assert!(!scene.engine.knows(second));
    let packet = browser.packet();
    assert_eq!(
        scene.receive(&packet, first)[0].0,
        first.address,
        "the connection broke"
    );
}

#[test]
fn test_f_08_a_browser_behind_a_new_binding_is_heard_at_once_and_asked_before_it_is_answered() {
    let mut scene = Scene::new();
    let mut browser = Browser::connected("a", "198.51.100.1:5000", &mut scene);
    scene.connect("a", "a");
    let packet = browser.packet();
    scene.receive(&packet, browser.peer);
    let before = browser.peer.address;
    browser.peer.address = address("198.51.100.1:5999");
    let packet = browser.packet();
    let sent = scene.receive(&packet, browser.peer);
    let (audio, probes): (Vec<_>, Vec<_>) = sent.iter().partition(|(_, _, b)| b[0] >= 128);
    assert_eq!(
        (audio.len(), audio[0].0),
        (1, before),
        "no media where nobody answered"
    );
    assert_eq!((probes.len(), probes[0].0), (1, browser.peer.address));
    let packet = browser.packet();
    let sent = scene.receive(&packet, browser.peer);
    assert!(
        sent.iter().all(|(_, _, b)| b[0] >= 128),
        "asked a moment ago"
    );
    let probe = StunMessage::parse(&probes[0].2).expect("a probe");
    let Generation { local, remote } = &browser.generation;
    let answer = |password: &str| {
        let reply = StunMessage::binding_reply(probe.trans_id(), address("192.0.2.1:40000"));
        let mut bytes = vec![0; 300];
        let length = reply.to_bytes(Some(password.as_bytes()), &mut bytes, hmac);
        bytes.truncate(length.expect("room"));
        bytes
    };
    scene.receive(&answer(&local.password), browser.peer);
    assert_eq!(scene.stats("a").source, Some(before), "a forged answer");
    scene.receive(&answer(&remote.password), browser.peer);
    assert_eq!(scene.stats("a").source, Some(browser.peer.address));
    // Who has no keys is not heard and not asked, whatever stream he claims.
    let forger = Peer {
        address: address("203.0.113.9:1"),
        ..browser.peer
    };
    let mut packet = browser.packet();
    let last = packet.len() - 1;
    packet[last] ^= 1;
    assert!(scene.receive(&packet, forger).is_empty());
}

#[test]
fn test_f_08_an_ice_restart_keeps_audio_going_and_ends_the_old_credentials() {
    let mut scene = Scene::new();
    let mut browser = Browser::connected("a", "198.51.100.1:5000", &mut scene);
    scene.connect("a", "a");
    let old = browser.check(&browser.generation.local.password, true);
    let old_peer = browser.peer;
    browser.generation = Generation {
        local: credentials("w+next"),
        remote: credentials("b+next"),
    };
    let media = Box::new(browser.media());
    scene
        .command(Command::SetMedia {
            leg: "a".into(),
            media,
        })
        .expect("restarted");
    let packet = browser.packet();
    assert_eq!(
        scene.receive(&packet, old_peer).len(),
        1,
        "the old path still"
    );
    assert_eq!(scene.receive(&old, old_peer).len(), 1, "and its checks");
    assert!(scene.engine.browsers_wait(scene.now));
    browser.peer.address = address("203.0.113.7:7000");
    browser.nominate(&mut scene);
    let packet = browser.packet();
    let echo = scene.receive(&packet, browser.peer);
    assert_eq!(echo[0].0, browser.peer.address);
    assert!(browser.opens(&echo[0].2), "the keys are the same");
    assert!(
        scene.receive(&old, old_peer).is_empty(),
        "old credentials are over"
    );
    // The names are free for another leg.
    let other = Browser::new("a", "198.51.100.9:1", &scene);
    assert!(scene.open("b", Some(other.media())).is_ok());
}

#[test]
fn test_f_08_another_certificate_is_a_new_association_on_the_same_line() {
    let mut scene = Scene::new();
    let mut first = Browser::connected("a", "198.51.100.1:5000", &mut scene);
    scene.connect("a", "a");
    let packet = first.packet();
    let before = scene.receive(&packet, first.peer)[0].2.clone();
    let mut next = Browser::new("next", "198.51.100.1:5002", &scene);
    let media = Box::new(next.media());
    scene
        .command(Command::SetMedia {
            leg: "a".into(),
            media,
        })
        .expect("taken");
    let packet = first.packet();
    let echo = scene.receive(&packet, first.peer);
    assert!(
        first.opens(&echo[0].2),
        "the old keys hold until there are new ones"
    );
    next.nominate(&mut scene);
    next.shake_hands(&mut scene);
    let packet = next.packet();
    let echo = scene.receive(&packet, next.peer)[0].2.clone();
    assert!(next.opens(&echo));
    assert_eq!(echo[8..12], before[8..12], "one stream");
    let number = |packet: &[u8]| u16::from_be_bytes([packet[2], packet[3]]);
    assert_eq!(number(&echo), number(&before) + 2, "one sequence");
    let packet = first.packet();
    assert!(
        scene.receive(&packet, first.peer).is_empty(),
        "the old keys are over"
    );
}

#[test]
fn test_f_08_a_goodbye_is_told_once_and_ours_is_said() {
    let mut scene = Scene::new();
    let mut browser = Browser::connected("a", "198.51.100.1:5000", &mut scene);
    let mut scratch = vec![0; SCRATCH];
    let mut farewell = Vec::new();
    browser
        .association
        .close(&mut scratch, |b| farewell.push(b.to_vec()));
    scene.events.clear();
    for bytes in &farewell {
        scene.receive(bytes, browser.peer);
        scene.receive(bytes, browser.peer);
    }
    assert!(
        matches!(&scene.events[..], [Event::MediaClosed { .. }]),
        "{:?}",
        scene.events
    );
    let packet = browser.packet();
    assert!(scene.receive(&packet, browser.peer).is_empty());

    let mut other = Browser::connected("b", "198.51.100.2:5000", &mut scene);
    scene
        .command(Command::CloseLeg { leg: "b".into() })
        .expect("closed");
    let sent = scene.sent();
    for (to, _, bytes) in &sent {
        assert_eq!(*to, other.peer.address);
        if (20..64).contains(&bytes[0]) {
            let told = other
                .association
                .turn(other.origin, Some(bytes), &mut scratch, |_| {});
            other.closed |= told == Ok(Some(Told::Closed));
        }
    }
    assert!(other.closed, "no goodbye");
    assert!(!scene.engine.knows(other.peer));
    let check = other.check(&other.generation.local.password, true);
    assert!(scene.receive(&check, other.peer).is_empty());
}

#[test]
fn test_f_08_a_browser_that_falls_silent_is_told_of_also_while_held() {
    let mut scene = Scene::new();
    let browser = Browser::connected("a", "198.51.100.1:5000", &mut scene);
    let mut media = browser.media();
    media.direction = Direction::SendOnly;
    scene
        .command(Command::SetMedia {
            leg: "a".into(),
            media: Box::new(media),
        })
        .expect("held");
    scene.events.clear();
    for _ in 0..200 {
        scene.tick(); // 4 s
    }
    browser.nominate(&mut scene);
    for _ in 0..200 {
        scene.tick();
    }
    assert!(scene.events.is_empty(), "{:?}", scene.events);
    for _ in 0..150 {
        scene.tick();
    }
    assert!(
        matches!(&scene.events[..], [Event::MediaLost { seconds: 5 | 6, .. }]),
        "{:?}",
        scene.events
    );
    browser.nominate(&mut scene);
    assert!(matches!(
        scene.events.last(),
        Some(Event::MediaFound { .. })
    ));
}

#[test]
fn test_f_08_a_browser_has_so_many_paths_and_no_more() {
    let mut scene = Scene::new();
    let mut browser = Browser::connected("a", "198.51.100.1:5000", &mut scene);
    let nominated = browser.peer;
    for port in 6_000..6_100 {
        scene.now = scene.now + Duration::from_millis(1);
        browser.peer.address.set_port(port);
        let check = browser.check(&browser.generation.local.password, false);
        scene.receive(&check, browser.peer);
    }
    let known = (5_000..6_100)
        .filter(|&port| {
            let mut peer = browser.peer;
            peer.address.set_port(port);
            scene.engine.knows(peer)
        })
        .count();
    assert_eq!(known, 8);
    assert!(scene.engine.knows(nominated), "the nominated one is kept");
}

#[test]
fn test_f_08_an_address_used_again_belongs_to_the_newer_leg() {
    let mut scene = Scene::new();
    let mut a = Browser::connected("a", "198.51.100.1:5000", &mut scene);
    let mut b = Browser::connected("b", "198.51.100.1:5000", &mut scene);
    scene.connect("b", "b");
    let packet = b.packet();
    let echo = scene.receive(&packet, b.peer);
    assert!(b.opens(&echo[0].2));
    let packet = a.packet();
    assert!(scene.receive(&packet, a.peer).is_empty());
    assert_eq!(scene.stats("a").packets_received, 0);
}

#[test]
fn test_f_08_without_a_port_browsers_are_refused() {
    let mut engine = Engine::new(1, Duration::ZERO);
    let refused = engine.command(
        Command::OpenLeg {
            leg: "a".into(),
            browser: true,
            lost_after: Duration::from_secs(5),
        },
        Time(0),
    );
    assert!(matches!(refused, Err(Refusal::BadArgument(_))));
}

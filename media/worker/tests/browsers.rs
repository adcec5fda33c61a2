//! Browsers' legs in the worker process, with a browser that is str0m.

mod house;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use house::browser::{credentials, Browser, Wire, OPUS};
use house::{Owner, Worker};
use serde_json::{json, Value};

const SOON: Duration = Duration::from_secs(5);

struct Scene {
    worker: Worker,
    owner: Owner,
    server: SocketAddr,
    fingerprint: String,
}

impl Scene {
    fn new(name: &str, port: u16) -> Self {
        let worker = Worker::with_browsers(name, "42000-42099", port);
        let mut owner = worker.connect();
        let hello = owner.one(json!({"op": "hello"}));
        assert_eq!(hello["webrtc_port"], port, "{hello}");
        Self {
            worker,
            owner,
            server: SocketAddr::from(([127, 0, 0, 1], port)),
            fingerprint: hello["fingerprint"].as_str().expect("text").to_string(),
        }
    }

    /// A leg and its browser, not connected yet.
    fn call(&mut self, leg: &str, wire: Wire, role: &str, hz: f64) -> Browser {
        let mut browser = Browser::new(leg, self.server, wire, hz);
        let opened = self.owner.one(browser.open(leg, role));
        assert_eq!(opened["result"], "leg_opened", "{opened}");
        assert_eq!(
            (&opened["port"], &opened["rtcp_port"]),
            (&json!(self.server.port()), &json!(self.server.port()))
        );
        browser.start(&self.fingerprint, role);
        browser
    }

    /// A browser that hears itself.
    fn echo(&mut self, leg: &str, wire: Wire) -> Browser {
        let mut browser = self.call(leg, wire, "passive", 440.0);
        let to = json!({"kind": "leg", "leg": leg});
        self.owner
            .one(json!({"op": "connect", "leg": leg, "to": to}));
        assert!(browser.run(SOON, |b| b.heard.len() > 60), "no echo");
        browser
    }

    fn stats(&mut self, leg: &str) -> Value {
        self.owner.one(json!({"op": "get_stats", "leg": leg}))
    }

    /// Resident memory of the worker, kB.
    fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.worker.process.id());
        let status = std::fs::read_to_string(path).expect("status");
        let line = status
            .lines()
            .find(|l| l.starts_with("VmRSS"))
            .expect("VmRSS");
        let number = line.split_whitespace().nth(1).expect("a number");
        number.parse().expect("a number")
    }
}

fn hears(browser: &Browser, hz: f64) {
    let (heard, rms) = browser.listen();
    assert!(
        (heard - hz).abs() < 8.0 && rms > 2_000.0,
        "{heard} Hz, rms {rms}"
    );
}

/// Every packet is of one stream and one line: no number twice, none missing, time goes on.
fn is_one_line(browser: &Browser, missing: u16) {
    let heard = &browser.heard;
    assert!(heard.iter().all(|h| h.ssrc == heard[0].ssrc));
    let span = heard[heard.len() - 1]
        .sequence
        .wrapping_sub(heard[0].sequence);
    let lost = (span + 1).saturating_sub(heard.len() as u16);
    assert!(lost <= missing, "{lost} packets are missing");
    for pair in heard.windows(2) {
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp) as i32;
        assert!(step >= 0, "time went back by {step}");
    }
}

/// The longest time without a packet.
fn gap(browser: &Browser, since: Instant) -> Duration {
    let times = browser.heard.iter().map(|h| h.at).filter(|&at| at > since);
    let mut last = since;
    let mut longest = Duration::ZERO;
    for at in times.chain([Instant::now()]) {
        longest = longest.max(at - last);
        last = at;
    }
    longest
}

#[test]
fn test_f_08_two_browsers_are_relayed_and_a_phone_is_transcoded() {
    let mut scene = Scene::new("browsers", 43_100);
    let mut a = scene.call("a", Wire::udp(), "passive", 440.0);
    let mut b = scene.call("b", Wire::udp(), "active", 880.0);
    let to = json!({"kind": "leg", "leg": "b"});
    scene
        .owner
        .one(json!({"op": "connect", "leg": "a", "to": to}));
    let end = Instant::now() + SOON;
    while Instant::now() < end && (a.heard.len() < 100 || b.heard.len() < 100) {
        a.turn();
        b.turn();
    }
    hears(&a, 880.0);
    hears(&b, 440.0);
    is_one_line(&a, 0);
    for leg in ["a", "b"] {
        assert_eq!(
            scene.owner.event("media_found")["event"]["event"],
            "media_found"
        );
        let stats = scene.stats(leg);
        assert_eq!(
            (
                &stats["codec"],
                &stats["transport"],
                &stats["packets_discarded"]
            ),
            (&json!("opus"), &json!("udp"), &json!(0)),
            "{stats}"
        );
        assert_eq!(stats["frames_concealed"], 0, "a relay decodes nothing");
    }
    assert_eq!(scene.stats("a")["source"], a.candidate.to_string());

    // A desk phone with G.711 takes b's place.
    let phone = UdpSocket::bind("127.0.0.1:0").expect("bind");
    phone
        .set_read_timeout(Some(Duration::from_millis(1)))
        .expect("timeout");
    let remote = phone.local_addr().expect("address").to_string();
    let codec = json!({"name": "PCMU", "send_payload_type": 0, "receive_payload_type": 0});
    let media = json!({"remote": remote, "codec": codec});
    let results = scene.owner.call(vec![
        json!({"op": "open_leg", "leg": "phone", "bind": "127.0.0.1", "media": media}),
        json!({"op": "connect", "leg": "a", "to": {"kind": "leg", "leg": "phone"}}),
    ]);
    let port = results[0]["port"].as_u64().expect("a port") as u16;
    let mut decoder = switchroom_core::codec::Decoder::new(switchroom_core::codec::CodecKind::Pcmu)
        .expect("decoder");
    let mut tone = switchroom_core::tone::Tone::new(8_000, &[(600.0, -12.0)]);
    let mut encoder = switchroom_core::codec::Encoder::new(
        switchroom_core::codec::CodecKind::Pcmu,
        &switchroom_core::codec::EncoderOptions::default(),
    )
    .expect("encoder");
    let mut samples = Vec::new();
    let mut next = Instant::now();
    let mut sequence = 0_u16;
    a.heard.clear();
    while samples.len() < 16_000 && Instant::now() < end + SOON {
        a.turn();
        if Instant::now() >= next {
            next += Duration::from_millis(20);
            let mut frame = [0; 160];
            tone.fill(&mut frame);
            let mut packet = vec![0x80, 0];
            packet.extend(sequence.to_be_bytes());
            packet.extend((u32::from(sequence) * 160).to_be_bytes());
            packet.extend([9, 9, 9, 9]);
            let mut payload = [0; 160];
            encoder.encode(&frame, &mut payload).expect("encoded");
            packet.extend(payload);
            phone.send_to(&packet, ("127.0.0.1", port)).expect("send");
            sequence += 1;
        }
        let mut bytes = [0; 500];
        while let Ok(length) = phone.recv(&mut bytes) {
            let mut frame = [0; 480];
            let decoded = decoder.decode(&bytes[12..length], &mut frame);
            samples.extend_from_slice(&frame[..decoded.expect("G.711")]);
        }
    }
    let (hz, rms) = house::browser::measure(&samples[samples.len() - 8_000..], 8_000.0);
    assert!(
        (hz - 440.0).abs() < 8.0 && rms > 2_000.0,
        "the phone hears {hz} Hz, rms {rms}"
    );
    hears(&a, 600.0);
}

#[test]
fn test_f_08_digits_of_a_browser_are_told_and_passed_on() {
    let mut scene = Scene::new("digits", 43_101);
    let mut a = scene.echo("a", Wire::udp());
    a.press(5);
    a.run(Duration::from_millis(200), |_| false);
    let told = scene.owner.event("dtmf");
    assert_eq!(
        (&told["event"]["digit"], &told["event"]["method"]),
        (&json!("5"), &json!("rfc4733"))
    );
    let events: Vec<_> = a.heard.iter().filter(|h| h.payload_type != OPUS).collect();
    assert!(events.len() >= 4 && events.iter().all(|h| h.payload[0] == 5));
    scene
        .owner
        .one(json!({"op": "connect", "leg": "a", "to": {"kind": "nothing"}}));
    a.heard.clear();
    scene
        .owner
        .one(json!({"op": "send_dtmf", "leg": "a", "digits": "9"}));
    assert!(a.run(SOON, |b| b
        .heard
        .iter()
        .any(|h| h.payload[0] == 9 && h.payload[1] & 0x80 != 0)));
}

#[test]
fn test_f_08_tcp_carries_a_call_where_udp_does_not() {
    let mut scene = Scene::new("tcp", 43_102);
    let mut a = scene.echo("a", Wire::tcp(SocketAddr::from(([127, 0, 0, 1], 43_102))));
    hears(&a, 440.0);
    let stats = scene.stats("a");
    assert_eq!(
        (&stats["transport"], &stats["source"]),
        (&json!("tcp"), &json!(a.candidate.to_string()))
    );
    // The connection breaks; the browser makes another one and says so by a check.
    a.wire = Wire::tcp(scene.server);
    let since = Instant::now();
    a.heard.clear();
    assert!(
        a.run(SOON, |b| b.heard.len() > 100),
        "no echo after a broken connection"
    );
    assert!(
        gap(&a, since) < Duration::from_secs(4),
        "{:?}",
        gap(&a, since)
    );
}

#[test]
fn test_f_08_a_call_goes_on_after_a_change_of_network() {
    let mut scene = Scene::new("restart", 43_103);
    let mut a = scene.echo("a", Wire::udp());
    let before = a.candidate;
    let since = Instant::now();
    a.restart_ice("a2");
    let media = a.media("passive");
    scene
        .owner
        .one(json!({"op": "set_media", "leg": "a", "media": media}));
    let count = a.heard.len();
    assert!(
        a.run(SOON, |b| b.heard.len() > count + 60),
        "no echo after an ICE restart"
    );
    let stats = scene.stats("a");
    assert_eq!(stats["source"], a.candidate.to_string());
    assert_ne!(a.candidate, before);
    is_one_line(&a, 60);
    hears(&a, 440.0);
    println!(
        "ICE restart on a new address: {:?} without audio",
        gap(&a, since)
    );
    assert!(
        gap(&a, since) < Duration::from_secs(1),
        "{:?}",
        gap(&a, since)
    );
}

#[test]
fn test_f_08_a_new_nat_binding_costs_no_call() {
    let mut scene = Scene::new("rebind", 43_104);
    let mut a = scene.echo("a", Wire::udp());
    let received = scene.stats("a")["packets_received"].as_u64();
    let since = Instant::now();
    a.rebind();
    a.run(Duration::from_millis(300), |_| false);
    let after = scene.stats("a")["packets_received"].as_u64();
    assert!(
        after > received.map(|r| r + 8),
        "the browser is heard at once"
    );
    let count = a.heard.len();
    assert!(
        a.run(SOON, |b| b.heard.len() > count + 100),
        "no echo after a new binding"
    );
    println!("new NAT binding: {:?} without audio", gap(&a, since));
    assert!(
        gap(&a, since) < Duration::from_secs(1),
        "{:?}",
        gap(&a, since)
    );
    assert_eq!(scene.stats("a")["source"], a.wire.address().to_string());
    is_one_line(&a, 300);
}

#[test]
fn test_f_08_another_page_takes_the_leg_with_its_own_certificate() {
    let mut scene = Scene::new("renewed", 43_105);
    let mut a = scene.echo("a", Wire::udp());
    let _ = a.rtc.close();
    a.run(Duration::from_millis(100), |_| false);
    let closed = scene.owner.event("media_closed");
    assert_eq!(closed["event"]["leg"], "a");
    let sent = scene.stats("a")["packets_sent"].clone();
    let mut next = Browser::new("next", scene.server, Wire::udp(), 880.0);
    let media = next.media("passive");
    scene
        .owner
        .one(json!({"op": "set_media", "leg": "a", "media": media}));
    next.start(&scene.fingerprint, "passive");
    assert!(
        next.run(SOON, |b| b.heard.len() > 60),
        "no echo for the next page"
    );
    hears(&next, 880.0);
    assert_eq!(
        next.heard[0].ssrc, a.heard[0].ssrc,
        "the leg's line goes on"
    );
    let last = a.heard.last().expect("packets");
    let step = next.heard[0].sequence.wrapping_sub(last.sequence);
    assert!(
        (1..200).contains(&step),
        "the sequence goes on, not {step} further"
    );
    let now = scene.stats("a")["packets_sent"].clone();
    assert!(now.as_u64() > sent.as_u64());
    assert_eq!(scene.owner.event("media_found")["event"]["leg"], "a");
    assert_eq!(
        scene.owner.event("media_found")["event"]["leg"],
        "a",
        "and again"
    );
}

#[test]
fn test_f_08_who_has_another_certificate_hears_nothing() {
    let mut scene = Scene::new("liar", 43_106);
    let mut liar = Browser::new("liar", scene.server, Wire::udp(), 440.0);
    let said = liar.fingerprint.clone();
    let last = if said.ends_with('0') { "1" } else { "0" };
    liar.fingerprint = format!("{}{last}", &said[..said.len() - 1]);
    scene.owner.one(liar.open("liar", "passive"));
    scene
        .owner
        .one(json!({"op": "connect", "leg": "liar", "to": {"kind": "leg", "leg": "liar"}}));
    liar.start(&scene.fingerprint, "passive");
    liar.run(Duration::from_secs(1), |_| false);
    assert!(liar.heard.is_empty());
    let stats = scene.stats("liar");
    assert_eq!(
        (&stats["packets_received"], &stats["packets_sent"]),
        (&json!(0), &json!(0))
    );
    // The leg is there still, for the right one.
    let mut right = Browser::new("right", scene.server, Wire::udp(), 440.0);
    let media = right.media("passive");
    scene
        .owner
        .one(json!({"op": "set_media", "leg": "liar", "media": media}));
    right.start(&scene.fingerprint, "passive");
    assert!(right.run(SOON, |b| b.heard.len() > 20));
}

#[test]
fn test_f_08_the_leg_says_goodbye_and_its_names_are_free_again() {
    let mut scene = Scene::new("goodbye", 43_107);
    let mut a = scene.echo("a", Wire::udp());
    let second = Browser::new("a", scene.server, Wire::udp(), 440.0);
    let refused = scene.owner.one(second.open("other", "passive"));
    assert_eq!(
        refused["error"], "bad_argument",
        "the ufrag is taken: {refused}"
    );
    assert_eq!(
        scene.owner.one(json!({"op": "close_leg", "leg": "a"}))["result"],
        "leg_stats"
    );
    assert!(a.run(SOON, |b| b.closed), "no goodbye");
    assert_eq!(
        scene.owner.one(second.open("other", "passive"))["result"],
        "leg_opened"
    );
}

#[test]
fn test_f_08_what_cannot_be_is_refused() {
    let mut scene = Scene::new("refused", 43_108);
    let browser = Browser::new("a", scene.server, Wire::udp(), 440.0);
    let good = browser.open("a", "passive");
    let with = |path: &str, value: Value| {
        let mut command = good.clone();
        *command.pointer_mut(path).expect("a place") = value;
        command
    };
    let bad = [
        with("/media/webrtc/fingerprint", json!("sha-1 AA:BB")),
        with("/media/webrtc/local_ufrag", json!("a:b+")),
        with("/media/webrtc/remote_password", json!("short")),
        with("/media/webrtc", Value::Null),
        with("/media/codec/send_payload_type", json!(72)),
        with("/media/telephone_event/receive_payload_type", json!(95)),
        with("/webrtc", json!(false)),
    ];
    for command in bad {
        let refused = scene.owner.one(command);
        assert_eq!(refused["error"], "bad_argument", "{refused}");
        let detail = refused["detail"].as_str().expect("a reason");
        assert!(!detail.is_empty() && !detail.contains("password/of/enough"));
    }
    assert_eq!(
        scene.owner.one(json!({"op": "describe"}))["legs"],
        json!([])
    );
    assert_eq!(scene.owner.one(good)["result"], "leg_opened");
}

/// Bytes like those of an attacker who knows the formats but no password.
fn junk(n: usize) -> Vec<u8> {
    let mut state = n as u64 | 1;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(99);
        (state >> 33) as u8
    };
    let mut bytes: Vec<u8> = (0..20 + n % 1_200).map(|_| byte()).collect();
    match n % 5 {
        0 => bytes[..8].copy_from_slice(&[0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42]),
        1 => bytes[..3].copy_from_slice(&[22, 0xfe, 0xfd]),
        2 => bytes[..2].copy_from_slice(&[0x80, OPUS]),
        3 => bytes[..2].copy_from_slice(&[0x81, 200]),
        _ => {}
    }
    bytes
}

#[test]
fn test_f_08_junk_on_the_port_disturbs_nobody_and_is_counted() {
    let mut scene = Scene::new("junk", 43_109);
    let mut a = scene.echo("a", Wire::udp());
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("bind");
    // Connected means that junk may also be sent in the browser's own name.
    let Wire::Udp(own) = &a.wire else {
        panic!("not UDP")
    };
    let own = own.try_clone().expect("a socket");
    a.heard.clear();
    let memory = scene.memory();
    let mut wire = Vec::new();
    for round in 0..200 {
        for n in 0..50 {
            let bytes = junk(round * 50 + n);
            let from = if n % 10 == 0 { &own } else { &stranger };
            let _ = from.send_to(&bytes, scene.server);
            wire.push(bytes);
        }
        a.run(Duration::from_millis(10), |_| false);
    }
    a.run(Duration::from_millis(500), |_| false);
    hears(&a, 440.0);
    assert!(!a.failed && !a.closed);
    let told = scene.owner.one(json!({"op": "describe"}));
    assert!(told["strangers"].as_u64() >= Some(8_000), "{told}");
    let grown = scene.memory().saturating_sub(memory);
    assert!(
        grown < 4_096,
        "{grown} kB more after 10,000 datagrams of junk"
    );
}

#[test]
fn test_f_08_two_hundred_attempts_that_never_end_keep_memory_bounded() {
    let mut scene = Scene::new("attempts", 43_110);
    let mut witness = scene.echo("witness", Wire::udp());
    let mut browsers: Vec<Browser> = (0..200)
        .map(|n| Browser::new(&format!("half{n}"), scene.server, Wire::udp(), 440.0))
        .collect();
    let before = scene.memory();
    for (n, browser) in browsers.iter().enumerate() {
        let opened = scene.owner.one(browser.open(&format!("half{n}"), "active"));
        assert_eq!(opened["result"], "leg_opened");
    }
    // They check and are answered; their DTLS never is.
    for browser in &mut browsers {
        let theirs = browser.theirs.clone();
        browser
            .rtc
            .add_remote_candidate(str0m::Candidate::host(scene.server, "udp").expect("valid"));
        browser.rtc.direct_api().set_remote_ice_credentials(theirs);
    }
    for _ in 0..3 {
        for browser in &mut browsers {
            browser.turn();
        }
        witness.run(Duration::from_millis(50), |_| false);
    }
    let each = scene.memory().saturating_sub(before) / 200;
    assert!(each < 128, "{each} kB for each of 200 half-open attempts");
    // Whoever knows a name but no password adds nothing.
    let settled = scene.memory();
    let guess = UdpSocket::bind("127.0.0.1:0").expect("bind");
    for n in 0..5_000 {
        let mut bytes = junk(n * 5);
        let name = credentials(&format!("w+half{}", n % 200)).ufrag;
        bytes.truncate(20);
        let username = format!("{name}:{}", browsers[n % 200].ours.ufrag);
        bytes.extend([0, 6, 0, username.len() as u8]);
        bytes.extend(username.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend([0, 36, 0, 4, 1, 2, 3, 4, 0, 8, 0, 20]);
        bytes.extend([n as u8; 20]);
        let length = (bytes.len() - 20) as u16;
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        let _ = guess.send_to(&bytes, scene.server);
        if n % 100 == 0 {
            witness.turn();
        }
    }
    witness.heard.clear();
    assert!(
        witness.run(SOON, |b| b.heard.len() > 60),
        "the witness hears nothing"
    );
    hears(&witness, 440.0);
    let grown = scene.memory().saturating_sub(settled);
    assert!(grown < 2_048, "{grown} kB more");
    for n in 0..200 {
        scene
            .owner
            .one(json!({"op": "close_leg", "leg": format!("half{n}")}));
    }
}

#[test]
fn test_f_08_tcp_strangers_are_few_and_frames_may_come_in_pieces() {
    let mut scene = Scene::new("frames", 43_111);
    let strangers: Vec<TcpStream> = (0..40)
        .filter_map(|_| TcpStream::connect(scene.server).ok())
        .collect();
    std::thread::sleep(Duration::from_millis(200));
    let open = strangers
        .iter()
        .filter(|s| {
            s.set_nonblocking(true).expect("nonblocking");
            let mut byte = [0];
            matches!((&mut &**s).read(&mut byte), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock)
        })
        .count();
    assert_eq!(open, 16, "of one address");
    drop(strangers);
    std::thread::sleep(Duration::from_millis(100));
    let browser = scene.call("a", Wire::udp(), "passive", 440.0);
    let mut stream = TcpStream::connect(scene.server).expect("connect");
    stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .expect("timeout");
    let check = check(&browser);
    let frame = [&(check.len() as u16).to_be_bytes()[..], &check].concat();
    for piece in frame.chunks(7) {
        stream.write_all(piece).expect("write");
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(answer[2..], [1, 1], "a success response in a frame");
}

/// A connectivity check of that browser.
fn check(browser: &Browser) -> Vec<u8> {
    use str0m::ice::{StunMessage, TransId};
    let provider = str0m::crypto::from_feature_flags();
    let username = format!("{}:{}", browser.theirs.ufrag, browser.ours.ufrag);
    let message = StunMessage::binding_request(&username, TransId::new(), true, 1, 99, true);
    let mut bytes = vec![0; 500];
    let password = browser.theirs.pass.as_bytes();
    let hmac = |key: &[u8], parts: &[&[u8]]| provider.sha1_hmac_provider.sha1_hmac(key, parts);
    let length = message
        .to_bytes(Some(password), &mut bytes, hmac)
        .expect("room");
    bytes.truncate(length);
    bytes
}

#[test]
fn test_f_08_a_browser_that_is_gone_is_told_of() {
    let mut scene = Scene::new("lost", 43_112);
    let mut browser = Browser::new("a", scene.server, Wire::udp(), 440.0);
    let mut open = browser.open("a", "passive");
    open["lost_after"] = json!(2);
    scene.owner.one(open);
    browser.start(&scene.fingerprint, "passive");
    assert!(browser.run(SOON, |b| b.connected.is_some()));
    browser.run(Duration::from_millis(200), |_| false);
    let start = Instant::now();
    let lost = scene.owner.event("media_lost");
    let waited = start.elapsed();
    assert_eq!(lost["event"]["leg"], "a");
    assert!(
        (1_700..4_500).contains(&waited.as_millis()),
        "after {waited:?}"
    );
    // It wakes up.
    browser.run(Duration::from_millis(500), |_| false);
    let found = [
        scene.owner.event("media_found"),
        scene.owner.event("media_found"),
    ];
    assert_eq!(found[1]["event"]["source"], browser.candidate.to_string());
}

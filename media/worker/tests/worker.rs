//! The worker as a process: its control socket, its sockets, its files, its end.

mod house;

use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use house::{Owner, Worker};
use serde_json::{json, Value};
use switchroom_core::wav::Wav;

fn media(peer: &UdpSocket) -> Value {
    json!({
        "remote": peer.local_addr().expect("address").to_string(),
        "codec": {"name": "PCMU", "send_payload_type": 0, "receive_payload_type": 0},
        "telephone_event": {"send_payload_type": 101, "receive_payload_type": 101},
    })
}

fn phone(bind: &str) -> UdpSocket {
    let socket = UdpSocket::bind(bind).expect("bind");
    socket
        .set_read_timeout(Some(Duration::from_secs(2)))
        .expect("timeout");
    socket
}

fn rtp(sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend([1, 2, 3, 4]);
    packet.extend(payload);
    packet
}

/// Opens a leg for a phone; returns where the phone sends to.
fn open(owner: &mut Owner, leg: &str, bind: &str, phone: &UdpSocket) -> String {
    let opened =
        owner.one(json!({"op": "open_leg", "leg": leg, "bind": bind, "media": media(phone)}));
    assert_eq!(opened["result"], "leg_opened", "{opened}");
    assert_eq!(
        opened["rtcp_port"].as_u64(),
        opened["port"].as_u64().map(|p| p + 1)
    );
    let ip = if phone.local_addr().expect("address").is_ipv6() {
        "[::1]"
    } else {
        "127.0.0.1"
    };
    format!("{ip}:{}", opened["port"])
}

#[test]
fn two_phones_are_relayed_over_ipv4_and_ipv6() {
    let worker = Worker::start("relay", "41000-41099");
    let mut owner = worker.owner();
    let mode = std::fs::metadata(worker.directory.join("control"))
        .expect("socket")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let a = phone("127.0.0.1:0");
    let six = UdpSocket::bind("[::1]:0").is_ok();
    let b = phone(if six { "[::1]:0" } else { "127.0.0.1:0" });
    let to_a = open(&mut owner, "a", if six { "::" } else { "0.0.0.0" }, &a);
    let to_b = open(&mut owner, "b", if six { "::" } else { "0.0.0.0" }, &b);
    owner.one(json!({"op": "connect", "leg": "a", "to": {"kind": "leg", "leg": "b"}}));
    let mut buffer = [0; 1500];
    for (from, to, address) in [(&a, &b, &to_a), (&b, &a, &to_b)] {
        from.send_to(&rtp(7, &[5; 160]), address).expect("send");
        let length = to.recv(&mut buffer).expect("relayed");
        assert_eq!(&buffer[12..length], &[5; 160]);
    }
    let found = owner.event("media_found");
    assert_eq!(
        (&found["number"], &found["event"]["leg"]),
        (&json!(1), &json!("a"))
    );
    assert_eq!(
        found["event"]["source"],
        a.local_addr().expect("address").to_string()
    );
    assert_eq!(
        owner.one(json!({"op": "get_stats", "leg": "b"}))["packets_received"],
        1
    );
    assert_eq!(worker.terminate(), 0);
}

#[test]
fn bad_commands_are_refused_one_by_one_and_a_bad_line_ends_the_connection() {
    let worker = Worker::start("refusals", "41100-41103");
    let mut early = worker.connect();
    assert_eq!(
        early.one(json!({"op": "describe"}))["error"],
        "bad_argument",
        "hello comes first"
    );
    assert_eq!(
        early.one(json!({"op": "hello", "version": 99}))["error"],
        "version"
    );
    drop(early);
    let mut owner = worker.owner();
    let phone = phone("127.0.0.1:0");
    let results = owner.call(vec![
        json!({"op": "nonsense"}),
        json!({"op": "open_leg", "leg": "a", "bind": "127.0.0.1", "media": media(&phone)}),
        json!({"op": "open_leg", "leg": "a", "bind": "127.0.0.1"}),
        json!({"op": "set_media", "leg": "nobody", "media": media(&phone)}),
        json!({"op": "connect", "leg": "a", "to": {"kind": "room", "room": "none"}}),
        json!({"op": "play", "play": "p", "target": {"kind": "leg", "leg": "a"}, "files": ["/nowhere.wav"]}),
        json!({"op": "open_leg", "leg": "b", "bind": "127.0.0.1"}),
        json!({"op": "open_leg", "leg": "c", "bind": "127.0.0.1"}),
        json!({"op": "close_leg", "leg": "b"}),
        json!({"op": "open_leg", "leg": "c", "bind": "127.0.0.1"}),
        json!({"op": "describe"}),
    ]);
    let told: Vec<&str> = results
        .iter()
        .map(|r| r["error"].as_str().or(r["result"].as_str()).unwrap_or(""))
        .collect();
    assert_eq!(
        told,
        [
            "bad_argument",
            "leg_opened",
            "leg_opened",
            "no_such_leg",
            "no_such_room",
            "file",
            "leg_opened",
            "no_port",
            "leg_stats",
            "leg_opened",
            "description"
        ]
    );
    assert_eq!(
        results[1]["port"], results[2]["port"],
        "opening what is open succeeds"
    );
    assert_eq!(results[10]["legs"], json!(["a", "c"]));
    owner.write("this is no batch\n");
    assert_eq!(owner.read(), None);
    let mut next = worker.owner();
    assert_eq!(
        next.one(json!({"op": "describe"}))["legs"],
        json!(["a", "c"]),
        "legs outlive a connection"
    );
}

#[test]
fn facts_wait_for_the_next_owner_and_keep_their_numbers() {
    let worker = Worker::start("facts", "41200-41299");
    let mut owner = worker.owner();
    let phone = phone("127.0.0.1:0");
    let address = open(&mut owner, "a", "127.0.0.1", &phone);
    phone.send_to(&rtp(1, &[0; 160]), &address).expect("send");
    assert_eq!(owner.event("media_found")["number"], 1);
    drop(owner);
    let mut digit = rtp(2, &[5, 10, 0, 160]);
    digit[1] = 101;
    std::thread::sleep(Duration::from_millis(50));
    phone.send_to(&digit, &address).expect("send");
    std::thread::sleep(Duration::from_millis(60));
    let mut next = worker.connect();
    next.one(json!({"op": "hello"}));
    let told = next.event("dtmf");
    assert_eq!(
        (&told["number"], &told["event"]["digit"]),
        (&json!(2), &json!("5"))
    );
    drop(next);
    let mut again = worker.connect();
    again.one(json!({"op": "hello", "seen": 0}));
    assert_eq!(
        again.event("media_found")["number"],
        1,
        "told again to who has not seen it"
    );
    assert_eq!(again.event("dtmf")["number"], 2);
}

#[test]
fn a_room_is_recorded_and_a_call_on_two_channels() {
    let worker = Worker::start("record", "41300-41399");
    let mut owner = worker.owner();
    let (a, b) = (phone("127.0.0.1:0"), phone("127.0.0.1:0"));
    let to_a = open(&mut owner, "a", "127.0.0.1", &a);
    let to_b = open(&mut owner, "b", "127.0.0.1", &b);
    let path = |name: &str| worker.directory.join(name).to_string_lossy().into_owned();
    owner.call(vec![
        json!({"op": "connect", "leg": "a", "to": {"kind": "leg", "leg": "b"}}),
        json!({"op": "record", "record": "call", "target": {"kind": "leg", "leg": "a"}, "path": path("call.wav")}),
    ]);
    let talk = |to: &str, from: &UdpSocket, first: u16, loud: u8| {
        for n in 0..50 {
            from.send_to(&rtp(first + n, &[loud; 160]), to)
                .expect("send");
            b.send_to(&rtp(first + n, &[0xff; 160]), &to_b)
                .expect("send");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    talk(&to_a, &a, 0, 0x90);
    owner.one(json!({"op": "stop_record", "record": "call"}));
    let ended = owner.event("record_ended")["event"].clone();
    assert_eq!(
        (&ended["record"], &ended["error"]),
        (&json!("call"), &json!(""))
    );
    let duration = ended["duration"].as_u64().expect("duration");
    assert!((900..1300).contains(&duration), "{duration} ms");
    let wav = std::fs::read(path("call.wav")).expect("the file");
    assert_eq!(
        (
            wav[22],
            u32::from_le_bytes([wav[24], wav[25], wav[26], wav[27]])
        ),
        (2, 8000)
    );
    let frames: Vec<(i16, i16)> = wav[44..]
        .chunks_exact(4)
        .map(|f| {
            (
                i16::from_le_bytes([f[0], f[1]]),
                i16::from_le_bytes([f[2], f[3]]),
            )
        })
        .collect();
    let loud = frames
        .iter()
        .filter(|f| f.0.unsigned_abs() > 8_000 && f.1.unsigned_abs() < 100)
        .count();
    assert!(
        loud > frames.len() / 2,
        "{loud} of {} frames hold a on the first channel alone",
        frames.len()
    );

    owner.call(vec![
        json!({"op": "open_room", "room": "r"}),
        json!({"op": "connect", "leg": "a", "to": {"kind": "room", "room": "r"}}),
        json!({"op": "record", "record": "mix", "target": {"kind": "room", "room": "r"}, "path": path("mix.wav")}),
    ]);
    talk(&to_a, &a, 100, 0x90);
    owner.one(json!({"op": "close_room", "room": "r"}));
    let ended = owner.event("record_ended")["event"].clone();
    assert_eq!(
        (&ended["record"], &ended["error"]),
        (&json!("mix"), &json!(""))
    );
    let wav = std::fs::read(path("mix.wav")).expect("the file");
    assert_eq!(
        (
            wav[22],
            u32::from_le_bytes([wav[24], wav[25], wav[26], wav[27]])
        ),
        (1, 16_000)
    );
    assert!(wav.len() > 44 + 16_000, "{}", wav.len());
    assert_eq!(worker.terminate(), 0);
}

/// Samples that can be played, by the header.
fn playable(path: &str) -> Vec<i16> {
    let file = std::fs::read(path).unwrap_or_default();
    Wav::parse(&file).map_or_else(|_| Vec::new(), |wav| wav.samples)
}

#[test]
fn test_issue_4_a_killed_worker_leaves_recordings_that_can_be_played() {
    let worker = Worker::start("killed", "41320-41339");
    let mut owner = worker.owner();
    let a = phone("127.0.0.1:0");
    let to_a = open(&mut owner, "a", "127.0.0.1", &a);
    let path = |name: &str| worker.directory.join(name).to_string_lossy().into_owned();
    let waiting = phone("127.0.0.1:0");
    let to_waiting = open(&mut owner, "waiting", "127.0.0.1", &waiting);
    let target = |leg: &str| json!({"kind": "leg", "leg": leg});
    let results = owner.call(vec![
        json!({"op": "open_room", "room": "r"}),
        json!({"op": "connect", "leg": "a", "to": {"kind": "room", "room": "r", "listen_gain": 3.0, "noise_suppression": false}}),
        json!({"op": "record", "record": "mix", "target": {"kind": "room", "room": "r"}, "path": path("mix.wav")}),
        json!({"op": "record", "record": "a", "target": target("a"), "path": path("a.wav"), "one_side": true}),
        json!({"op": "record", "record": "w", "target": target("waiting"), "path": path("w.wav"), "one_side": true}),
        json!({"op": "record", "record": "no", "target": {"kind": "room", "room": "r"}, "path": path("no.wav"), "one_side": true}),
    ]);
    assert_eq!(results[5]["error"], "bad_argument");
    assert!(
        results[..5].iter().all(|r| r["result"] == "ok"),
        "{results:?}"
    );
    let begin = Instant::now();
    for n in 0..120 {
        a.send_to(&rtp(n, &[0x90; 160]), &to_a).expect("send");
        waiting
            .send_to(&rtp(n, &[0x90; 160]), &to_waiting)
            .expect("send");
        std::thread::sleep(Duration::from_millis(20));
    }
    let elapsed = begin.elapsed().as_secs_f64();
    let pid = worker.process.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid])
        .status();
    assert!(killed.expect("kill").success());
    for (name, rate) in [
        ("mix.wav", 16_000.0),
        ("a.wav", 8_000.0),
        ("w.wav", 8_000.0),
    ] {
        let about = std::fs::metadata(path(name)).expect("a file");
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
        let samples = playable(&path(name));
        let seconds = samples.len() as f64 / rate;
        assert!(
            elapsed - seconds < 1.0 && seconds < elapsed + 0.2,
            "{name}: {seconds} of {elapsed} s"
        );
        let loud = samples.iter().filter(|s| s.unsigned_abs() > 5_000).count();
        assert!(loud > samples.len() / 2, "{name}: {loud}");
    }
}

/// A file system with room for next to nothing; None where none can be mounted.
fn tiny_disk(at: &std::path::Path) -> Option<TinyDisk> {
    std::fs::create_dir_all(at).ok()?;
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"])
        .arg(at)
        .stderr(Stdio::null())
        .status();
    let mounted = mounted.is_ok_and(|status| status.success());
    mounted.then(|| TinyDisk(at.to_path_buf()))
}

struct TinyDisk(std::path::PathBuf);

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Where no file system can be mounted, the recorder's own tests of a full disk have to do.
#[test]
fn test_issue_4_a_full_disk_ends_a_recording_and_nothing_else() {
    let worker = Worker::start("full", "41340-41359");
    let place = worker.directory.join("tiny");
    let Some(disk) = tiny_disk(&place) else {
        return;
    };
    let mut owner = worker.owner();
    let a = phone("127.0.0.1:0");
    open(&mut owner, "a", "127.0.0.1", &a);
    let path = |name: &str| disk.0.join(name).to_string_lossy().into_owned();
    let record = |name: &str| json!({"op": "record", "record": "mix", "target": {"kind": "room", "room": "r"}, "path": path(name)});
    owner.call(vec![
        json!({"op": "open_room", "room": "r"}),
        json!({"op": "connect", "leg": "a", "to": {"kind": "room", "room": "r"}}),
        record("mix.wav"),
    ]);
    // 128 kB are 4 s.
    std::thread::sleep(Duration::from_millis(4_300));
    let ended = owner.event("record_ended")["event"].clone();
    assert_eq!(
        (&ended["record"], &ended["reason"]),
        (&json!("mix"), &json!("disk"))
    );
    assert_ne!(ended["error"], "");
    let duration = ended["duration"].as_u64().expect("duration") as usize;
    assert_eq!(playable(&path("mix.wav")).len() / 16, duration);
    assert!((3_000..4_200).contains(&duration), "{duration} ms");
    let open = owner.one(json!({"op": "describe"}));
    assert_eq!(
        (&open["records"], &open["legs"]),
        (&json!([]), &json!(["a"]))
    );
    // There is room again: the same name, another file.
    std::fs::remove_file(path("mix.wav")).expect("remove");
    assert_eq!(owner.one(record("again.wav"))["result"], "ok");
    std::thread::sleep(Duration::from_millis(500));
    owner.one(json!({"op": "stop_record", "record": "mix"}));
    let ended = owner.event("record_ended")["event"].clone();
    assert_eq!(
        (&ended["reason"], &ended["error"]),
        (&json!("finished"), &json!(""))
    );
    assert!(playable(&path("again.wav")).len() > 4_000);
    // What cannot be opened is told at once.
    assert_eq!(owner.one(record("no/such/place.wav"))["result"], "ok");
    let ended = owner.event("record_ended")["event"].clone();
    assert_eq!(
        (&ended["reason"], &ended["duration"]),
        (&json!("disk"), &json!(0))
    );
    drop(disk);
    assert_eq!(worker.terminate(), 0);
}

#[test]
fn a_batch_is_answered_within_a_millisecond_though_the_tick_is_far() {
    let worker = Worker::start("latency", "41400-41403");
    let mut owner = worker.owner();
    let mut times: Vec<Duration> = (0..101)
        .map(|_| {
            let start = Instant::now();
            owner.one(json!({"op": "describe"}));
            start.elapsed()
        })
        .collect();
    times.sort();
    assert!(
        times[50] < Duration::from_millis(1),
        "median {:?}",
        times[50]
    );
}

#[test]
fn what_a_dead_worker_left_is_taken_over_and_a_living_one_is_not() {
    let worker = Worker::start("socket", "41500-41503");
    let _owner = worker.owner();
    let second = Command::new(env!("CARGO_BIN_EXE_switchroom-media"))
        .arg("--socket")
        .arg(worker.directory.join("control"))
        .output()
        .expect("it runs");
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another worker listens there"));
    let stale = worker.directory.join("stale");
    drop(std::os::unix::net::UnixListener::bind(&stale).expect("bind"));
    std::fs::rename(&stale, worker.directory.join("moved")).expect("rename");
    let mut third = Command::new(env!("CARGO_BIN_EXE_switchroom-media"))
        .arg("--socket")
        .arg(worker.directory.join("moved"))
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let deadline = Instant::now() + Duration::from_secs(5);
    while UnixStream::connect(worker.directory.join("moved")).is_err() {
        assert!(Instant::now() < deadline, "it never listens");
        std::thread::sleep(Duration::from_millis(5));
    }
    third.kill().expect("kill");
    third.wait().expect("wait");
}

#[test]
fn the_command_line_explains_itself() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_switchroom-media"))
            .args(arguments)
            .output()
            .expect("it runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    assert_eq!(
        run(&["--version"]),
        (
            Some(0),
            format!("switchroom-media {}\n", env!("CARGO_PKG_VERSION"))
        )
    );
    let (code, schema) = run(&["--schema"]);
    assert_eq!(code, Some(0));
    assert!(serde_json::from_str::<Value>(&schema).expect("json")["$defs"]["Command"].is_object());
    assert_eq!(run(&[]).0, Some(2));
    assert_eq!(
        run(&["--socket", "x", "--rtp-ports", "nonsense"]).0,
        Some(2)
    );
}

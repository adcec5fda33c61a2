//! Registrations, phones that answer (`sip-uas`), and the prober of OPTIONS (`sip-options`).

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};

use serde_json::json;

use crate::digest::Account;
use crate::sip::{sdp, Message, Outgoing};
use crate::sys::{self, Batch, Udp};
use crate::uac::Times;
use crate::Options;

const MS: i64 = 1_000_000;

fn open(options: &Options) -> (Udp, SocketAddrV4, String) {
    let target = options
        .text("target")
        .unwrap_or("127.0.0.1:5060")
        .parse()
        .expect("--target ip:port");
    let bind = SocketAddrV4::new(Ipv4Addr::LOCALHOST, options.number("local-port", 0));
    let socket = Udp::bind(bind, true, 8 << 20).expect("bind");
    let local = format!("127.0.0.1:{}", socket.port());
    (socket, target, local)
}

fn accounts(options: &Options) -> Vec<Account> {
    options
        .text("users")
        .map(|text| text.split(',').map(Account::parse).collect())
        .unwrap_or_default()
}

/// Register every account at this socket, 20 at a time; how many succeeded, and the times of those, ms.
fn register(
    socket: &Udp,
    target: SocketAddrV4,
    local: &str,
    accounts: &[Account],
    expires: u32,
) -> Vec<f64> {
    struct Pending {
        cseq: u32,
        begun: i64,
        sent: i64,
        text: String,
    }
    let run = sys::now() as u64 % 1_000_000_007;
    let mut batch = Batch::new(64);
    let mut pending: HashMap<usize, Pending> = HashMap::new();
    let mut next = 0;
    let mut times = Vec::new();
    let print = |index: usize, cseq: u32, more: &str| {
        let user = &accounts[index].user;
        let aor = format!("<sip:{user}@{target}>");
        Outgoing {
            method: "REGISTER",
            uri: &format!("sip:{target}"),
            local,
            branch: &format!("{run}-{index}-{cseq}-r"),
            from: &format!("{aor};tag=r{index}"),
            to: &aor,
            call_id: &format!("{index}-{run}@register"),
            cseq,
            more: &format!("Contact: <sip:{user}@{local}>\r\nExpires: {expires}\r\n{more}"),
            body: "",
        }
        .print()
    };
    while (next < accounts.len() || !pending.is_empty()) && !sys::stopping() {
        let now = sys::now();
        while next < accounts.len() && pending.len() < 20 {
            let text = print(next, 1, "");
            socket.send_to(text.as_bytes(), target);
            pending.insert(
                next,
                Pending {
                    cseq: 1,
                    begun: now,
                    sent: now,
                    text,
                },
            );
            next += 1;
        }
        for k in 0..batch.receive(socket) {
            let datagram = batch.get(k);
            let Some(message) = Message::parse(datagram.data).filter(|m| m.method == "REGISTER")
            else {
                continue;
            };
            let Some(index) = message
                .call_id
                .split('-')
                .next()
                .and_then(|n| n.parse::<usize>().ok())
            else {
                continue;
            };
            let Some(entry) = pending.get_mut(&index).filter(|p| p.cseq == message.cseq) else {
                continue;
            };
            match (message.status, message.challenge()) {
                (100..=199, _) => {}
                (401 | 407, Some(challenge)) if entry.cseq < 3 => {
                    let uri = format!("sip:{target}");
                    let line =
                        accounts[index].answer(&challenge, "REGISTER", &uri, 1, run + index as u64);
                    entry.cseq += 1;
                    entry.text = print(index, entry.cseq, &(line + "\r\n"));
                    entry.sent = now;
                    socket.send_to(entry.text.as_bytes(), target);
                }
                (status, _) => {
                    if status == 200 {
                        times.push((datagram.at - entry.begun) as f64 / 1e6);
                    } else {
                        eprintln!("REGISTER of {}: {status}", accounts[index].user);
                    }
                    pending.remove(&index);
                }
            }
        }
        pending.retain(|_, entry| now - entry.begun < 8_000 * MS);
        for entry in pending
            .values_mut()
            .filter(|entry| now - entry.sent > 500 * MS)
        {
            entry.sent = now;
            socket.send_to(entry.text.as_bytes(), target);
        }
        sys::sleep_until(now + MS);
    }
    times
}

/// `sip-register`: register all users, `--expires` seconds, and report.
pub fn register_all(options: &Options) {
    let (socket, target, local) = open(options);
    let accounts: Vec<Account> = accounts(options);
    let begin = sys::now();
    let times = register(
        &socket,
        target,
        &local,
        &accounts,
        options.number("expires", 3600),
    );
    let seconds = (sys::now() - begin) as f64 / 1e9;
    println!(
        "{}",
        json!({"users": accounts.len(), "registered": times.len(), "seconds": seconds, "times_ms": Times::of(times)})
    );
}

/// `sip-uas`: register, say "ready", answer every call after `--answer-ms`, until SIGTERM; then report.
pub fn serve(options: &Options) {
    let (socket, target, local) = open(options);
    let accounts: Vec<Account> = accounts(options);
    let registered = register(&socket, target, &local, &accounts, 3600).len();
    if registered != accounts.len() {
        eprintln!("{registered} of {} registered", accounts.len());
        std::process::exit(1);
    }
    println!("ready");
    let wait = options.number("answer-ms", 0i64) * MS;
    let body = sdp(options.number("rtp-port", 9));
    let mut batch = Batch::new(64);
    // Calls not yet acknowledged: when the 200 is due (again), how often it was sent, and its text.
    let mut waiting: HashMap<String, (i64, u32, String, SocketAddrV4)> = HashMap::new();
    let (mut invites, mut acknowledged, mut byes, mut cancelled, mut resent) =
        (0u64, 0u64, 0u64, 0u64, 0u64);
    while !sys::stopping() {
        let now = sys::now();
        for k in 0..batch.receive(&socket) {
            let datagram = batch.get(k);
            let Some(message) = Message::parse(datagram.data).filter(|m| m.status == 0) else {
                continue;
            };
            let tag = format!("s{}", message.call_id.len());
            let send = |text: String| socket.send_to(text.as_bytes(), datagram.from);
            match message.method {
                "INVITE" => {
                    let user = message
                        .header("To")
                        .and_then(|to| to.split("sip:").nth(1))
                        .unwrap_or("x");
                    let user = user.split(['@', '>']).next().unwrap_or("x");
                    let more = format!(
                        "Contact: <sip:{user}@{local}>\r\nContent-Type: application/sdp\r\n"
                    );
                    if waiting.contains_key(message.call_id) {
                        continue;
                    }
                    invites += 1;
                    send(message.response(
                        "180 Ringing",
                        &tag,
                        &format!("Contact: <sip:{user}@{local}>\r\n"),
                        "",
                    ));
                    let answer = message.response("200 OK", &tag, &more, &body);
                    waiting.insert(
                        message.call_id.to_owned(),
                        (now + wait, 0, answer, datagram.from),
                    );
                }
                "ACK" => acknowledged += u64::from(waiting.remove(message.call_id).is_some()),
                "CANCEL" => {
                    send(message.response("200 OK", &tag, "", ""));
                    if let Some((_, 0, answer, _)) = waiting.get(message.call_id) {
                        cancelled += 1;
                        let head = answer.split("Contact:").next().unwrap_or("");
                        let text = head.replacen("200 OK", "487 Request Terminated", 1)
                            + "Content-Length: 0\r\n\r\n";
                        send(text);
                        waiting.remove(message.call_id);
                    }
                }
                method => {
                    byes += u64::from(method == "BYE");
                    send(message.response("200 OK", &tag, "", ""));
                }
            }
        }
        for (due, times, text, from) in waiting.values_mut().filter(|entry| entry.0 <= now) {
            socket.send_to(text.as_bytes(), *from);
            resent += u64::from(*times > 0);
            *due = now + ((500 * MS) << (*times).min(3));
            *times += 1;
        }
        waiting.retain(|_, entry| entry.1 < 12);
        sys::sleep_until(now + MS);
    }
    println!(
        "{}",
        json!({"invites": invites, "acknowledged": acknowledged, "byes": byes, "cancelled": cancelled, "resent": resent})
    );
}

/// `sip-options`: OPTIONS at a steady rate; how long the answers took.
pub fn probe(options: &Options) {
    let (socket, target, local) = open(options);
    let (rate, duration) = (
        options.number("rate", 20.0),
        options.number("duration", 10.0),
    );
    let total = (rate * duration) as usize;
    let run = sys::now() as u64 % 1_000_000_007;
    let mut batch = Batch::new(16);
    let mut sent: Vec<i64> = Vec::with_capacity(total);
    let mut answers: Vec<Option<f64>> = vec![None; total];
    let begin = sys::now();
    let mut statuses: std::collections::BTreeMap<u16, usize> = std::collections::BTreeMap::new();
    loop {
        let now = sys::now();
        while sent.len() < total && (now - begin) as f64 / 1e9 * rate >= sent.len() as f64 {
            let index = sent.len();
            let text = Outgoing {
                method: "OPTIONS",
                uri: &format!("sip:{target}"),
                local: &local,
                branch: &format!("{run}-{index}-o"),
                from: &format!("<sip:probe@{target}>;tag=p{index}"),
                to: &format!("<sip:{target}>"),
                call_id: &format!("{index}-{run}@probe"),
                cseq: 1,
                more: "",
                body: "",
            }
            .print();
            sent.push(sys::now());
            socket.send_to(text.as_bytes(), target);
        }
        for k in 0..batch.receive(&socket) {
            let datagram = batch.get(k);
            let Some(message) = Message::parse(datagram.data).filter(|m| m.status >= 200) else {
                continue;
            };
            let Some(index) = message
                .call_id
                .split('-')
                .next()
                .and_then(|n| n.parse::<usize>().ok())
            else {
                continue;
            };
            if let (Some(at), Some(answer)) = (sent.get(index), answers.get_mut(index)) {
                if answer.is_none() {
                    *statuses.entry(message.status).or_default() += 1;
                }
                answer.get_or_insert((datagram.at - at) as f64 / 1e6);
            }
        }
        let done = sent.len() == total
            && (answers.iter().all(Option::is_some) || now - sent[total - 1] > 2_000 * MS);
        if done || sys::stopping() {
            break;
        }
        sys::sleep_until(now + MS / 2);
    }
    let times: Vec<f64> = answers.iter().flatten().copied().collect();
    let unanswered = sent.len() - times.len();
    println!(
        "{}",
        json!({"sent": sent.len(), "unanswered": unanswered, "statuses": statuses, "times_ms": Times::of(times)})
    );
}

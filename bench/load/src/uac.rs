//! Callers: start calls at a fixed rate whatever becomes of them (open loop), hold, hang up, and count.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4};

use serde::Serialize;

use crate::digest::{Account, Challenge};
use crate::sip::{sdp, Message, Outgoing};
use crate::sys::{self, Batch, Udp};
use crate::Options;

const SECOND: f64 = 1e9;
const T1: i64 = 500_000_000;

/// Delays in ms.
#[derive(Serialize, Default)]
pub struct Times {
    pub count: usize,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

impl Times {
    pub fn of(mut all: Vec<f64>) -> Times {
        if all.is_empty() {
            return Times::default();
        }
        all.sort_by(f64::total_cmp);
        let at = |q: f64| all[((all.len() - 1) as f64 * q).round() as usize];
        Times {
            count: all.len(),
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            max: at(1.0),
        }
    }
}

#[derive(Serialize, Default)]
struct Report {
    attempted: usize,
    answered: usize,
    /// Answered, held and hung up without anything going wrong.
    completed: usize,
    /// Final statuses other than 2xx, and how many of each.
    failed: BTreeMap<u16, usize>,
    /// 503 without Retry-After.
    no_retry_after: usize,
    timed_out: usize,
    /// BYE of the server before ours.
    hung_up_by_server: usize,
    bye_failed: usize,
    retransmissions: usize,
    /// Seconds from the first INVITE to the last new one.
    seconds: f64,
    answered_per_second: f64,
    setup_ms: Times,
    /// CPU seconds of the generator a wall clock second.
    own_cpu: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Inviting,
    Proceeding,
    Up,
    HangingUp,
    Done,
}

struct Call {
    state: State,
    account: usize,
    to: String,
    cseq: u32,
    challenge: Option<Challenge>,
    tries: u32,
    begun: i64,
    to_header: String,
    remote: String,
    resends: u32,
    /// What is sent again until something comes.
    last: String,
    media: Option<SocketAddrV4>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Resend(u32),
    HangUp,
    GiveUp,
}

/// Everything of a run.
struct Run {
    socket: Udp,
    target: SocketAddrV4,
    local: String,
    accounts: Vec<Account>,
    destinations: Vec<String>,
    digest_known: Vec<Option<(Challenge, u32)>>,
    reuse: bool,
    hold: i64,
    patience: i64,
    rtp_base: u16,
    run: u64,
    calls: Vec<Call>,
    timers: BinaryHeap<Reverse<(i64, usize, Timer)>>,
    report: Report,
    setup: Vec<f64>,
    open: usize,
}

/// Carry out `sip-uac`; prints the report.
pub fn run(options: &Options) {
    let target: SocketAddrV4 = options
        .text("target")
        .unwrap_or("127.0.0.1:5060")
        .parse()
        .expect("--target ip:port");
    let bind = SocketAddrV4::new(Ipv4Addr::LOCALHOST, options.number("local-port", 0));
    let socket = Udp::bind(bind, true, 8 << 20).expect("bind");
    let accounts: Vec<Account> = options
        .text("users")
        .unwrap_or("load")
        .split(',')
        .map(Account::parse)
        .collect();
    let destinations = options
        .text("to")
        .unwrap_or("8001")
        .split(',')
        .map(str::to_owned)
        .collect();
    let mut run = Run {
        local: format!("127.0.0.1:{}", socket.port()),
        socket,
        target,
        digest_known: vec![None; accounts.len()],
        accounts,
        destinations,
        reuse: options.text("reuse-nonce").is_some(),
        hold: (options.number("hold", 500.0) * 1e6) as i64,
        patience: (options.number("patience", 16.0) * SECOND) as i64,
        rtp_base: options.number("rtp-base", 9),
        run: sys::now() as u64 % 1_000_000_007,
        calls: Vec::new(),
        timers: BinaryHeap::new(),
        report: Report::default(),
        setup: Vec::new(),
        open: 0,
    };
    run.drive(
        options.number("rate", 10.0),
        options.number("duration", 10.0),
        options.number("count", usize::MAX),
        options.text("announce").is_some(),
    );
    run.print();
}

impl Run {
    fn drive(&mut self, rate: f64, duration: f64, count: usize, announce: bool) {
        let begin = sys::now();
        let cpu = sys::own_cpu();
        let total = count.min((rate * duration).ceil() as usize);
        let mut batch = Batch::new(64);
        let mut announced = !announce;
        let mut next = begin;
        loop {
            let now = sys::now();
            self.listen(&mut batch, now);
            self.fire(now);
            let due = (((now - begin) as f64 / SECOND * rate) as usize + 1).min(total);
            while self.calls.len() < due && !sys::stopping() {
                self.start(now);
                self.report.seconds = (now - begin) as f64 / SECOND;
                self.report.own_cpu = sys::own_cpu() - cpu;
            }
            if !announced
                && self.calls.len() == total
                && !self.calls.iter().any(|c| c.state < State::Up)
            {
                announced = true;
                self.announce();
            }
            if sys::stopping() && self.hold != 0 {
                self.hold = 0;
                for index in 0..self.calls.len() {
                    self.hang_up(index, now);
                }
            }
            if (self.calls.len() == total || sys::stopping()) && self.open == 0 {
                break;
            }
            next = (next + 1_000_000).max(now);
            sys::sleep_until(next);
        }
    }

    fn announce(&self) {
        let legs: Vec<_> = self
            .calls
            .iter()
            .enumerate()
            .filter_map(|(i, call)| {
                let media = call.media?;
                let local = self.rtp_base + 2 * i as u16;
                Some(
                    serde_json::json!({"local": local, "remote": media.to_string(), "to": call.to}),
                )
            })
            .collect();
        println!("{}", serde_json::json!({ "legs": legs }));
        let _ = std::io::stdout().flush();
    }

    fn print(mut self) {
        let setup = std::mem::take(&mut self.setup);
        self.report.setup_ms = Times::of(setup);
        let seconds = self.report.seconds.max(0.001);
        self.report.answered_per_second = self.report.answered as f64 / seconds;
        self.report.own_cpu /= seconds;
        println!("{}", serde_json::json!(self.report));
    }

    fn start(&mut self, now: i64) {
        let index = self.calls.len();
        let to = self.destinations[index % self.destinations.len()].clone();
        let call = Call {
            state: State::Inviting,
            account: index % self.accounts.len(),
            to_header: format!("<sip:{to}@{}>", self.target),
            to,
            cseq: 1,
            challenge: None,
            tries: 0,
            begun: now,
            remote: String::new(),
            resends: 0,
            last: String::new(),
            media: None,
        };
        self.calls.push(call);
        self.open += 1;
        self.report.attempted += 1;
        self.timers
            .push(Reverse((now + self.patience, index, Timer::GiveUp)));
        self.invite(index, now);
    }

    fn call_id(&self, index: usize) -> String {
        format!("{index}-{}@load", self.run)
    }

    fn request(
        &self,
        index: usize,
        method: &str,
        uri: &str,
        cseq: u32,
        more: &str,
        body: &str,
    ) -> String {
        let call = &self.calls[index];
        let user = &self.accounts[call.account].user;
        Outgoing {
            method,
            uri,
            local: &self.local,
            // The ACK of a refusal has the branch of its INVITE.
            branch: &format!(
                "{}-{index}-{cseq}-{}",
                self.run,
                if method == "BYE" { "b" } else { "i" }
            ),
            from: &format!("<sip:{user}@{}>;tag=u{index}", self.target),
            to: &call.to_header,
            call_id: &self.call_id(index),
            cseq,
            more,
            body,
        }
        .print()
    }

    fn invite(&mut self, index: usize, now: i64) {
        let call = &self.calls[index];
        let (account, tries) = (call.account, call.tries);
        let uri = format!("sip:{}@{}", call.to, self.target);
        let mut more = format!(
            "Contact: <sip:{}@{}>\r\n",
            self.accounts[account].user, self.local
        );
        let mut challenge = call.challenge.clone().map(|c| (c, 1));
        if challenge.is_none() && self.reuse {
            if let Some((known, count)) = &mut self.digest_known[account] {
                *count += 1;
                challenge = Some((known.clone(), *count));
            }
        }
        if let Some((challenge, count)) = challenge {
            let cnonce = self.run ^ (index as u64) << 8 ^ u64::from(tries);
            more += &self.accounts[account].answer(&challenge, "INVITE", &uri, count, cnonce);
            more += "\r\n";
        }
        let port = if self.rtp_base == 9 {
            9
        } else {
            self.rtp_base + 2 * index as u16
        };
        let text = self.request(
            index,
            "INVITE",
            &uri,
            self.calls[index].cseq,
            &more,
            &sdp(port),
        );
        self.send_until_answered(index, text, now);
    }

    fn send_until_answered(&mut self, index: usize, text: String, now: i64) {
        self.socket.send_to(text.as_bytes(), self.target);
        let call = &mut self.calls[index];
        call.last = text;
        call.resends = 0;
        self.timers
            .push(Reverse((now + T1, index, Timer::Resend(call.cseq))));
    }

    fn fire(&mut self, now: i64) {
        while let Some(Reverse((at, index, timer))) = self.timers.peek().copied() {
            if at > now {
                break;
            }
            self.timers.pop();
            let call = &mut self.calls[index];
            match timer {
                Timer::Resend(cseq) => {
                    if cseq != call.cseq
                        || !matches!(call.state, State::Inviting | State::HangingUp)
                    {
                        continue;
                    }
                    self.socket.send_to(call.last.as_bytes(), self.target);
                    self.report.retransmissions += 1;
                    call.resends += 1;
                    self.timers
                        .push(Reverse((now + (T1 << call.resends.min(3)), index, timer)));
                }
                Timer::HangUp => self.hang_up(index, now),
                Timer::GiveUp => match call.state {
                    State::Inviting | State::Proceeding => {
                        self.report.timed_out += 1;
                        self.end(index);
                    }
                    State::HangingUp if now - call.begun > self.patience + self.hold => {
                        self.report.bye_failed += 1;
                        self.end(index);
                    }
                    State::Up | State::HangingUp => {
                        self.timers
                            .push(Reverse((now + self.patience, index, Timer::GiveUp)));
                    }
                    State::Done => {}
                },
            }
        }
    }

    fn hang_up(&mut self, index: usize, now: i64) {
        if self.calls[index].state != State::Up {
            return;
        }
        self.calls[index].state = State::HangingUp;
        self.calls[index].cseq += 1;
        let uri = self.calls[index].remote.clone();
        let text = self.request(index, "BYE", &uri, self.calls[index].cseq, "", "");
        self.send_until_answered(index, text, now);
    }

    fn end(&mut self, index: usize) {
        self.calls[index].state = State::Done;
        self.calls[index].last = String::new();
        self.open -= 1;
    }

    fn listen(&mut self, batch: &mut Batch, now: i64) {
        loop {
            let got = batch.receive(&self.socket);
            for k in 0..got {
                let datagram = batch.get(k);
                let Some(message) = Message::parse(datagram.data) else {
                    continue;
                };
                let Some((number, rest)) = message.call_id.split_once('-') else {
                    continue;
                };
                let (Ok(index), Ok(run)) = (
                    number.parse::<usize>(),
                    rest.trim_end_matches("@load").parse::<u64>(),
                ) else {
                    continue;
                };
                if run != self.run || index >= self.calls.len() {
                    continue;
                }
                if message.status == 0 {
                    self.incoming(index, &message);
                } else {
                    self.response(index, &message, datagram.at, now);
                }
            }
            if got < 64 {
                return;
            }
        }
    }

    fn incoming(&mut self, index: usize, message: &Message<'_>) {
        if message.method == "ACK" {
            return;
        }
        self.socket.send_to(
            message.response("200 OK", "", "", "").as_bytes(),
            self.target,
        );
        if message.method == "BYE"
            && matches!(self.calls[index].state, State::Up | State::HangingUp)
        {
            self.report.hung_up_by_server += 1;
            self.end(index);
        }
    }

    fn response(&mut self, index: usize, message: &Message<'_>, at: i64, now: i64) {
        let state = self.calls[index].state;
        if message.method == "BYE" {
            if state == State::HangingUp && message.status >= 200 {
                if message.status < 300 {
                    self.report.completed += 1;
                } else {
                    self.report.bye_failed += 1;
                }
                self.end(index);
            }
            return;
        }
        if message.method != "INVITE" {
            return;
        }
        match (message.status, state) {
            (100..=199, State::Inviting) => self.calls[index].state = State::Proceeding,
            (200..=299, State::Inviting | State::Proceeding) => {
                let call = &mut self.calls[index];
                call.state = State::Up;
                call.to_header = message.header("To").unwrap_or("").to_owned();
                call.remote = message.contact().unwrap_or("").to_owned();
                call.media = message.media_address();
                self.setup.push((at - call.begun) as f64 / 1e6);
                self.report.answered += 1;
                self.acknowledge(index, message.cseq);
                self.timers
                    .push(Reverse((now + self.hold, index, Timer::HangUp)));
            }
            // Our ACK was lost, or crossed.
            (200..=299, _) => self.acknowledge(index, message.cseq),
            (300..=699, _) => self.refused(index, message, now),
            _ => {}
        }
    }

    fn acknowledge(&mut self, index: usize, cseq: u32) {
        let uri = self.calls[index].remote.clone();
        let text = self.request(index, "ACK", &uri, cseq, "", "");
        // Another transaction than the INVITE's.
        let text = text.replacen("-i\r\n", "-a\r\n", 1);
        self.socket.send_to(text.as_bytes(), self.target);
    }

    fn refused(&mut self, index: usize, message: &Message<'_>, now: i64) {
        let before = std::mem::take(&mut self.calls[index].to_header);
        self.calls[index].to_header = message.header("To").unwrap_or("").to_owned();
        let uri = format!("sip:{}@{}", self.calls[index].to, self.target);
        let text = self.request(index, "ACK", &uri, message.cseq, "", "");
        self.socket.send_to(text.as_bytes(), self.target);
        self.calls[index].to_header = before;
        let call = &mut self.calls[index];
        if message.cseq != call.cseq || !matches!(call.state, State::Inviting | State::Proceeding) {
            return;
        }
        let secret = !self.accounts[call.account].secret.is_empty();
        if matches!(message.status, 401 | 407) && secret && call.tries < 2 {
            if let Some(challenge) = message.challenge() {
                call.tries += 1;
                call.cseq += 1;
                call.state = State::Inviting;
                call.challenge = Some(challenge.clone());
                self.digest_known[call.account] = Some((challenge, 1));
                self.invite(index, now);
                return;
            }
        }
        *self.report.failed.entry(message.status).or_default() += 1;
        if message.status == 503 && message.header("Retry-After").is_none() {
            self.report.no_retry_after += 1;
        }
        self.end(index);
    }
}

impl PartialOrd for State {
    fn partial_cmp(&self, other: &State) -> Option<std::cmp::Ordering> {
        (*self as u8).partial_cmp(&(*other as u8))
    }
}

//! `switchroom-load`: the load generator of Switchroom's benchmarks, and the yardsticks its figures are divided by.
//!
//! Every subcommand takes `--name value` arguments, prints one line "ready" where it serves, and one JSON object
//! where it measures.

mod analysis;
mod digest;
mod g711;
mod generator;
mod rtp;
mod scenario;
mod signal;
mod sip;
mod sys;
mod uac;
mod uas;
mod voice;
mod webrtc;
mod yardstick;

use std::collections::HashMap;
use std::io::Read;
use std::process::ExitCode;

const USAGE: &str = "switchroom-load COMMAND [--name value ...]
  packet-floor --base PORT --count N             echo every packet (bare epoll)
  relay-floor  --base PORT --count N             relay between the sockets of each pair
  ideal-mixer  --base PORT --count N [--rooms 1] [--talkers 3]
  rtp          scenario as JSON on standard input, report as JSON
  webrtc       browsers: prints its fingerprint, reads a scenario (one line of JSON), prints when all are connected, then the report
  sip-uac      --target IP:PORT --rate R --duration S --hold MS --to EXT[,EXT] [--users USER:SECRET,...]
               [--reuse-nonce] [--count N] [--rtp-base PORT] [--announce] [--patience S]
  sip-uas      --target IP:PORT --users USER:SECRET,... [--answer-ms 0] [--rtp-port PORT]
  sip-register --target IP:PORT --users USER:SECRET,... [--expires 3600]
  sip-options  --target IP:PORT [--rate 20] [--duration 10]
";

/// The `--name value` arguments of a command.
pub struct Options(HashMap<String, String>);

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Options {
        let mut options = HashMap::new();
        let mut arguments = arguments.peekable();
        while let Some(name) = arguments.next() {
            let name = name.trim_start_matches("--").to_owned();
            let value = match arguments.peek() {
                Some(next) if !next.starts_with("--") => arguments.next().unwrap_or_default(),
                _ => "true".to_owned(),
            };
            options.insert(name, value);
        }
        Options(options)
    }

    /// The text of an option, if given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A number; `default` where not given. Ends the program where it is no number.
    pub fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> T {
        match self.text(name) {
            None => default,
            Some(text) => text.parse().unwrap_or_else(|_| {
                eprintln!("--{name}: {text} is not a number");
                std::process::exit(2)
            }),
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let options = Options::parse(arguments);
    sys::raise_file_limit();
    sys::catch_signals();
    let (base, count) = (
        options.number("base", 30000u16),
        options.number("count", 100usize),
    );
    match command.as_str() {
        "packet-floor" => yardstick::echo_or_relay(base, count, false),
        "relay-floor" => yardstick::echo_or_relay(base, count, true),
        "ideal-mixer" => {
            yardstick::ideal_mixer(
                base,
                count,
                options.number("rooms", 1),
                options.number("talkers", 3),
            );
        }
        "rtp" => {
            let mut text = String::new();
            if let Err(error) = std::io::stdin().read_to_string(&mut text) {
                eprintln!("standard input: {error}");
                return ExitCode::from(2);
            }
            match serde_json::from_str(&text) {
                Ok(scenario) => println!("{}", serde_json::json!(generator::run(&scenario))),
                Err(error) => {
                    eprintln!("scenario: {error}");
                    return ExitCode::from(2);
                }
            }
        }
        "webrtc" => {
            if let Err(error) = webrtc::run() {
                eprintln!("{error}");
                return ExitCode::from(2);
            }
        }
        "sip-uac" => uac::run(&options),
        "sip-uas" => uas::serve(&options),
        "sip-register" => uas::register_all(&options),
        "sip-options" => uas::probe(&options),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

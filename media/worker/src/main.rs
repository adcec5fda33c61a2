//! `switchroom-media`: the media worker. It listens on a Unix socket for its owner, who opens legs and rooms by the
//! control protocol (`docs/media-protocol.md`), and moves the audio.
#![deny(unsafe_code)]

mod browsers;
mod control;
mod convert;
mod io;
mod media;
mod notices;
mod ports;
mod protocol;
mod recorder;
mod streams;

use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::Arc;

use switchroom_core::webrtc::{format_fingerprint, Identity};

use crate::control::Control;
use crate::io::{Bell, Signals};
use crate::media::{FromMedia, Media, ToMedia, Upward};
use crate::ports::Ports;
use crate::recorder::Orders;

const USAGE: &str = "\
usage: switchroom-media --socket PATH [--rtp-ports FIRST-LAST] [--webrtc-port N] [--threads N]
       switchroom-media --schema | --version

  --socket PATH            Unix socket to listen on for the owner
  --rtp-ports FIRST-LAST   UDP ports for RTP and RTCP (default 30000-39999)
  --webrtc-port N          UDP and TCP port of all browsers' media (default 0: no browsers)
  --threads N              media threads; this version uses one
  --schema                 print the JSON Schema of the control protocol
  --version                print the version";

struct Options {
    socket: PathBuf,
    ports: (u16, u16),
    webrtc_port: u16,
}

enum Asked {
    Serve(Options),
    Print(String),
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut socket = None;
    let mut ports = (30_000, 39_999);
    let mut webrtc_port = 0;
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--version" => {
                return Ok(Asked::Print(format!(
                    "switchroom-media {}",
                    env!("CARGO_PKG_VERSION")
                )))
            }
            "--schema" => return Ok(Asked::Print(protocol::schema())),
            "--help" | "-h" => return Ok(Asked::Print(USAGE.to_string())),
            "--socket" => socket = Some(PathBuf::from(value()?)),
            "--rtp-ports" => {
                let text = value()?;
                let range = text
                    .split_once('-')
                    .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                ports = range
                    .filter(|(a, b)| *a >= 1024 && a < b)
                    .ok_or(format!("not a port range: {text}"))?;
            }
            "--webrtc-port" => {
                let text = value()?;
                webrtc_port = text.parse().map_err(|_| format!("not a port: {text}"))?;
            }
            "--threads" => {
                value()?
                    .parse::<u16>()
                    .map_err(|_| "--threads needs a number".to_string())?;
            }
            other => return Err(format!("unknown argument {other}")),
        }
    }
    let socket = socket.ok_or("--socket is missing")?;
    Ok(Asked::Serve(Options {
        socket,
        ports,
        webrtc_port,
    }))
}

/// A number nobody can guess, from the keys the standard library draws from the system.
fn random() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() ^ io::monotonic().rotate_left(32)
}

/// Opens the browsers' port. Phones must not suffer if somebody else has it. Returns the port and the fingerprint of our
/// certificate, or 0.
fn serve_browsers(media: &mut Media, port: u16) -> (u16, String) {
    if port == 0 {
        return (0, String::new());
    }
    let served = Identity::generate().and_then(|identity| {
        let fingerprint = format_fingerprint(&identity.fingerprint);
        let served = media.serve_browsers(port, identity);
        served.map(|()| fingerprint).map_err(|e| e.to_string())
    });
    match served {
        Ok(fingerprint) => (port, fingerprint),
        Err(error) => {
            eprintln!("switchroom-media: browsers cannot be served on port {port}: {error}");
            (0, String::new())
        }
    }
}

fn serve(options: &Options) -> std::io::Result<()> {
    io::private_files();
    let signals = Signals::new()?;
    let files = io::raise_open_files();
    let wanted = u64::from(options.ports.1 - options.ports.0) + 64;
    if files < wanted {
        eprintln!("switchroom-media: only {files} open files are allowed; the port range would need {wanted}");
    }
    let listener = control::listen(&options.socket)?;
    let epoch = format!("{:016x}", random());
    let (upward, downward) = (Arc::new(Bell::new()?), Arc::new(Bell::new()?));
    let (tell, told) = channel();
    let (ask, asked) = channel();
    let (order, ordered) = sync_channel(recorder::QUEUE);
    let upward = Upward {
        sender: tell,
        bell: upward,
    };
    let from_recorder = upward.clone();
    let recorder = std::thread::Builder::new()
        .name("recorder".into())
        .spawn(move || {
            recorder::run(&ordered, recorder::create, |event, tap| {
                from_recorder.tell(FromMedia::Recorded(event, tap))
            });
        })?;
    let ports = Ports::new(options.ports.0, options.ports.1, random);
    let mut media = Media::new(
        random(),
        ports,
        Arc::clone(&downward),
        asked,
        upward.clone(),
        Orders::new(order),
    )?;
    let browsers = serve_browsers(&mut media, options.webrtc_port);
    let media = std::thread::Builder::new()
        .name("media".into())
        .spawn(move || media.run())?;
    eprintln!(
        "switchroom-media: listening on {} epoch={epoch}",
        options.socket.display()
    );
    let mut control = Control::new(
        listener,
        upward.bell,
        (ask.clone(), Arc::clone(&downward)),
        told,
        epoch,
        browsers,
    )?;
    let why = control.run(&signals)?;
    eprintln!("switchroom-media: ending: {why}");
    let _ = ask.send(ToMedia::Quit);
    downward.ring();
    // The engine's end closes the recorder's queue, and the recorder finishes its files.
    let _ = media.join();
    let _ = recorder.join();
    let _ = std::fs::remove_file(&options.socket);
    Ok(())
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)) {
        Ok(Asked::Print(text)) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Ok(Asked::Serve(options)) => match serve(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("switchroom-media: {}: {error}", options.socket.display());
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("switchroom-media: {error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

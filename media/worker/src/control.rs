//! The control thread: the Unix socket, the owner's lines, and all that may take its time (files, JSON).
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use switchroom_core::command::{Command as Act, Event, Name};
use switchroom_core::player::Sound;
use switchroom_core::wav::Wav;

use crate::convert;
use crate::io::{Bell, Poller, Signals};
use crate::media::{FromMedia, Reply, Request, ToMedia};
use crate::notices::Notices;
use crate::protocol::{
    Command, ErrorId, FromWorker, Outcome, RecordFormat, WorkerEvent, MAX_LINE, PROTOCOL_VERSION,
};

/// Without an owner for this long the worker ends.
const ORPHANED: Duration = Duration::from_secs(60);
/// Bytes that may wait for an owner who does not read; with more he is cut off.
const MAX_UNSENT: usize = 32 << 20;
/// Bytes of decoded sounds kept in memory.
const MAX_SOUNDS: usize = 512 << 20;
/// The longest sound file, bytes.
const MAX_SOUND: u64 = 128 << 20;

const TOKEN_LISTENER: u64 = 0;
const TOKEN_OWNER: u64 = 1;
const TOKEN_BELL: u64 = 2;
const TOKEN_SIGNAL: u64 = 3;

/// A batch whose commands are looked at one by one, so that a bad one spoils none of the others.
#[derive(Deserialize)]
struct RawBatch {
    seq: u64,
    commands: Vec<serde_json::Value>,
}

struct Owner {
    stream: UnixStream,
    number: u64,
    unread: Vec<u8>,
    unsent: Vec<u8>,
    /// Has said hello.
    greeted: bool,
}

/// Decoded sound files; one that changed on the disk is read again.
#[derive(Default)]
struct Sounds {
    files: HashMap<String, (SystemTime, Arc<Sound>)>,
    bytes: usize,
}

impl Sounds {
    fn load(&mut self, path: &str) -> Result<Arc<Sound>, String> {
        let metadata = std::fs::metadata(path).map_err(|e| format!("{path}: {e}"))?;
        if !metadata.is_file() || metadata.len() > MAX_SOUND {
            return Err(format!(
                "{path}: not a file of at most {} MB",
                MAX_SOUND >> 20
            ));
        }
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        if let Some((read, sound)) = self.files.get(path) {
            if *read == modified {
                return Ok(Arc::clone(sound));
            }
        }
        let bytes = std::fs::read(path).map_err(|e| format!("{path}: {e}"))?;
        let wav = Wav::parse(&bytes).map_err(|e| format!("{path}: {e}"))?;
        let sound = Arc::new(Sound {
            rate: wav.sample_rate,
            samples: wav.samples,
        });
        if self.bytes > MAX_SOUNDS {
            self.files.clear();
            self.bytes = 0;
        }
        self.bytes += sound.samples.len() * 2;
        self.files
            .insert(path.to_string(), (modified, Arc::clone(&sound)));
        Ok(sound)
    }
}

/// See the module.
pub struct Control {
    listener: UnixListener,
    poller: Poller,
    bell: Arc<Bell>,
    to_media: Sender<ToMedia>,
    media_bell: Arc<Bell>,
    from_media: Receiver<FromMedia>,
    epoch: String,
    /// Port (0: none) and fingerprint for browsers.
    browsers: (u16, String),
    owner: Option<Owner>,
    connections: u64,
    notices: Notices,
    sounds: Sounds,
}

/// Listens on `path`, readable and writable by this user alone; what is left of a dead worker there is removed.
///
/// # Errors
/// Another worker listens there, or the directory cannot be written.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    if path.exists() {
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "another worker listens there",
            ));
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Control {
    /// # Errors
    /// The kernel gives no epoll.
    pub fn new(
        listener: UnixListener,
        bell: Arc<Bell>,
        (to_media, media_bell): (Sender<ToMedia>, Arc<Bell>),
        from_media: Receiver<FromMedia>,
        epoch: String,
        browsers: (u16, String),
    ) -> io::Result<Self> {
        let poller = Poller::new()?;
        poller.add(&listener, TOKEN_LISTENER)?;
        poller.add(&*bell, TOKEN_BELL)?;
        Ok(Self {
            listener,
            poller,
            bell,
            to_media,
            media_bell,
            from_media,
            epoch,
            browsers,
            owner: None,
            connections: 0,
            notices: Notices::default(),
            sounds: Sounds::default(),
        })
    }

    /// Serves until a signal comes, or until nobody has owned the worker for a minute. Returns why.
    ///
    /// # Errors
    /// The kernel gives no epoll entry.
    pub fn run(&mut self, signals: &Signals) -> io::Result<&'static str> {
        self.poller.add(signals, TOKEN_SIGNAL)?;
        let mut owned = Instant::now();
        let mut ready = Vec::new();
        loop {
            let unsent = self.owner.as_ref().is_some_and(|o| !o.unsent.is_empty());
            ready.clear();
            self.poller.wait(&mut ready, if unsent { 5 } else { 1_000 });
            for &token in &ready {
                match token {
                    TOKEN_SIGNAL => return Ok("told to end"),
                    TOKEN_LISTENER => self.welcome(),
                    TOKEN_OWNER => self.read(),
                    _ => self.hear_media(),
                }
            }
            self.write();
            if self.owner.is_some() {
                owned = Instant::now();
            } else if owned.elapsed() >= ORPHANED {
                return Ok("nobody owned this worker for 60 s");
            }
        }
    }

    /// A new owner takes the place of the old one.
    fn welcome(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            self.dismiss("another owner came");
            if stream.set_nonblocking(true).is_err()
                || self.poller.add(&stream, TOKEN_OWNER).is_err()
            {
                continue;
            }
            self.connections += 1;
            self.owner = Some(Owner {
                stream,
                number: self.connections,
                unread: Vec::new(),
                unsent: Vec::new(),
                greeted: false,
            });
        }
    }

    fn dismiss(&mut self, why: &str) {
        if let Some(owner) = self.owner.take() {
            eprintln!(
                "switchroom-media: connection {} closed: {why}",
                owner.number
            );
            self.poller.remove(&owner.stream);
        }
    }

    fn read(&mut self) {
        let mut chunk = vec![0; 64 << 10];
        loop {
            let Some(owner) = &mut self.owner else { return };
            match owner.stream.read(&mut chunk) {
                Ok(0) => return self.dismiss("the owner is gone"),
                Ok(length) => owner.unread.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return self.dismiss(&error.to_string()),
            }
            let mut unread = std::mem::take(&mut owner.unread);
            let mut start = 0;
            while let Some(length) = unread[start..].iter().position(|&b| b == b'\n') {
                if let Err(error) = self.line(&unread[start..start + length]) {
                    return self.dismiss(&error);
                }
                start += length + 1;
            }
            unread.drain(..start);
            if unread.len() > MAX_LINE {
                return self.dismiss("a line is longer than 1 MiB");
            }
            if let Some(owner) = &mut self.owner {
                owner.unread = unread;
            }
        }
    }

    /// One line: a batch. A line that is none ends the connection.
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let batch: RawBatch =
            serde_json::from_slice(line).map_err(|e| format!("not a batch: {e}"))?;
        let mut requests = Vec::with_capacity(batch.commands.len());
        for value in batch.commands {
            requests.push(match serde_json::from_value(value) {
                Ok(command) => self
                    .prepare(command)
                    .unwrap_or_else(|outcome| Request::Ready(*outcome)),
                Err(error) => {
                    Request::Ready(convert::failed(ErrorId::BadArgument, error.to_string()))
                }
            });
        }
        let connection = self.connections;
        let _ = self.to_media.send(ToMedia::Batch {
            seq: batch.seq,
            connection,
            requests,
        });
        self.media_bell.ring();
        Ok(())
    }

    fn prepare(&mut self, command: Command) -> Result<Request, Box<Outcome>> {
        let bad = |detail: String| Box::new(convert::failed(ErrorId::BadArgument, detail));
        let greeted = self.owner.as_ref().is_some_and(|o| o.greeted);
        if !greeted && !matches!(command, Command::Hello { .. }) {
            return Err(bad("hello comes first".into()));
        }
        let name = |text: String| -> Result<Name, Box<Outcome>> {
            if text.is_empty() || text.len() > 256 {
                return Err(bad("an identifier has 1 to 256 bytes".into()));
            }
            Ok(text.into())
        };
        Ok(match command {
            Command::Hello { version, seen } => return Err(Box::new(self.hello(version, seen))),
            Command::OpenLeg { lost_after, .. } if !(1..=3_600).contains(&lost_after) => {
                return Err(bad("lost_after is 1 to 3600 s".into()));
            }
            Command::OpenLeg {
                leg,
                bind,
                media,
                webrtc,
                lost_after,
            } => Request::OpenLeg {
                leg: name(leg)?,
                browser: webrtc,
                lost_after: Duration::from_secs(lost_after.into()),
                bind: bind
                    .parse()
                    .map_err(|_| bad(format!("not an IP address: {bind:?}")))?,
                media: media
                    .as_ref()
                    .map(convert::media)
                    .transpose()
                    .map_err(bad)?
                    .map(Box::new),
            },
            Command::SetMedia { leg, media } => Request::Engine(Act::SetMedia {
                leg: leg.into(),
                media: Box::new(convert::media(&media).map_err(bad)?),
            }),
            Command::CloseLeg { leg } => Request::Engine(Act::CloseLeg { leg: leg.into() }),
            Command::Connect { leg, to } => Request::Engine(Act::Connect {
                leg: leg.into(),
                to: convert::connection(to),
            }),
            Command::OpenRoom { room, max_talkers } => Request::Engine(Act::OpenRoom {
                room: name(room)?,
                max_talkers,
            }),
            Command::CloseRoom { room } => Request::Engine(Act::CloseRoom { room: room.into() }),
            Command::Play {
                play,
                target,
                files,
                repeat,
                queue,
                interrupt_on_dtmf,
                gain,
            } => {
                let sounds: Result<Vec<_>, String> =
                    files.iter().map(|f| self.sounds.load(f)).collect();
                Request::Engine(Act::Play {
                    play: name(play)?,
                    target: convert::target(target),
                    sounds: sounds
                        .map_err(|detail| Box::new(convert::failed(ErrorId::File, detail)))?,
                    repeat,
                    queue,
                    interrupt_on_dtmf,
                    gain: gain.clamp(-60.0, 30.0) as f32,
                })
            }
            Command::StopPlay { play } => Request::Engine(Act::StopPlay { play: play.into() }),
            Command::Record {
                record,
                target,
                path,
                format,
                one_side,
                silence,
            } => {
                if format == RecordFormat::Opus {
                    return Err(bad("recordings are WAV in this version".into()));
                }
                Request::Record {
                    command: Act::Record {
                        record: name(record.clone())?,
                        target: convert::target(target),
                        one_side,
                        silence,
                    },
                    record,
                    path,
                }
            }
            Command::StopRecord { record } => Request::Engine(Act::StopRecord {
                record: record.into(),
            }),
            Command::SendDtmf {
                leg,
                digits,
                duration,
                gap,
            } => Request::Engine(Act::SendDtmf {
                leg: leg.into(),
                digits,
                duration,
                gap,
            }),
            Command::Watch { room, levels } => Request::Engine(Act::Watch {
                room: room.into(),
                levels,
            }),
            Command::GetStats { leg } => Request::Engine(Act::GetStats { leg: leg.into() }),
            Command::Describe {} => Request::Engine(Act::Describe),
        })
    }

    fn hello(&mut self, version: u32, seen: Option<u64>) -> Outcome {
        if version != PROTOCOL_VERSION {
            return convert::failed(
                ErrorId::Version,
                format!("this worker speaks version {PROTOCOL_VERSION}"),
            );
        }
        if let Some(owner) = &mut self.owner {
            owner.greeted = true;
            self.notices.resume(seen);
        }
        Outcome::Hello {
            version: PROTOCOL_VERSION,
            epoch: self.epoch.clone(),
            pid: std::process::id(),
            webrtc_port: self.browsers.0,
            fingerprint: self.browsers.1.clone(),
        }
    }

    fn hear_media(&mut self) {
        self.bell.silence();
        while let Ok(message) = self.from_media.try_recv() {
            match message {
                FromMedia::Results {
                    seq,
                    connection,
                    replies,
                } => {
                    let results = replies
                        .into_iter()
                        .map(|reply| self.result(reply))
                        .collect();
                    let line = serde_json::to_string(&FromWorker::Done { seq, results })
                        .unwrap_or_default();
                    if let Some(owner) = self.owner.as_mut().filter(|o| o.number == connection) {
                        owner.unsent.extend_from_slice(line.as_bytes());
                        owner.unsent.push(b'\n');
                    }
                }
                FromMedia::Events(events) => {
                    for event in events {
                        if let Event::TransportFailed { leg, reason } = &event {
                            eprintln!("switchroom-media: leg={leg} no way for media yet: {reason}");
                        }
                        if let Some(event) = convert::event(event) {
                            self.fact(event);
                        }
                    }
                }
                FromMedia::Recorded(event, tap) => {
                    // Before the owner knows of it, so that he may use the name again.
                    if let Some(tap) = tap {
                        let _ = self.to_media.send(ToMedia::EndTap(tap));
                        self.media_bell.ring();
                    }
                    self.fact(event);
                }
            }
        }
    }

    /// Levels are only for those who watch now; everything else is kept until somebody has it.
    fn fact(&mut self, event: WorkerEvent) {
        let passing = matches!(event, WorkerEvent::Levels { .. });
        if let WorkerEvent::LegFailed { leg, reason } = &event {
            eprintln!("switchroom-media: leg={leg} given up: {reason}");
        }
        if !passing
            || self
                .owner
                .as_ref()
                .is_some_and(|o| o.greeted && o.unsent.is_empty())
        {
            self.notices.add(event);
        }
    }

    fn result(&self, reply: Reply) -> Outcome {
        match reply {
            Reply::Ready(outcome) => outcome,
            Reply::Engine(Ok(outcome)) => convert::outcome(outcome, &self.epoch),
            Reply::Engine(Err(refusal)) => convert::refusal(refusal),
            Reply::Opened { port, rtcp_port } => Outcome::LegOpened { port, rtcp_port },
            Reply::NoPort(detail) => convert::failed(ErrorId::NoPort, detail),
        }
    }

    /// Writes what waits, as far as the owner reads.
    fn write(&mut self) {
        let Some(owner) = &mut self.owner else { return };
        if owner.greeted {
            self.notices.take(|line| {
                owner.unsent.extend_from_slice(line.as_bytes());
                owner.unsent.push(b'\n');
            });
        }
        while !owner.unsent.is_empty() {
            match owner.stream.write(&owner.unsent) {
                Ok(length) => {
                    owner.unsent.drain(..length);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.dismiss(&error.to_string()),
            }
        }
        if owner.unsent.len() > MAX_UNSENT {
            self.dismiss("the owner does not read");
        }
    }
}

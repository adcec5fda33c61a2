//! The media thread: owns every RTP socket and the engine, and nothing that can wait.
//!
//! Relayed legs wake it by epoll; all others are drained just before each tick. The tick is a timer at absolute
//! times, so that nothing that happens in between can move it.
#![forbid(unsafe_code)]

use std::net::{IpAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::Arc;
use std::time::Duration;

use switchroom_core::agreement::LegMedia;
use switchroom_core::command::{Command, Event, LegIndex, Name, Outcome, Refusal};
use switchroom_core::engine::Engine;
use switchroom_core::output::{Attention, Channel};
use switchroom_core::time::Time;
use switchroom_core::webrtc::Identity;

use crate::browsers::{Browsers, TOKEN_BROWSERS};
use crate::io::{
    address_for, monotonic, prefer_this_thread, realtime, Bell, Poller, Reader, Ticker,
};
use crate::ports::{Pair, Ports};
use crate::protocol;
use crate::recorder::{Order, Orders};

/// Length of a tick, ns.
const TICK: u64 = 20_000_000;
/// Batches of datagrams read from one socket at a time: a flood of 25,000 packets a second on a leg must not hold up its own
/// packets, and a greater one must not hold up the other legs.
const MAX_BATCHES: usize = 32;

const TOKEN_TICK: u64 = u64::MAX;
const TOKEN_BELL: u64 = u64::MAX - 1;

/// One command, prepared by the control thread.
pub enum Request {
    /// Answered already.
    Ready(protocol::Outcome),
    Engine(Command),
    OpenLeg {
        leg: Name,
        bind: IpAddr,
        media: Option<Box<LegMedia>>,
        browser: bool,
        lost_after: Duration,
    },
    Record {
        command: Command,
        record: String,
        path: String,
    },
}

/// The result of one request.
pub enum Reply {
    Ready(protocol::Outcome),
    Engine(Result<Outcome, Refusal>),
    Opened { port: u16, rtcp_port: u16 },
    NoPort(String),
}

pub enum ToMedia {
    Batch {
        seq: u64,
        connection: u64,
        requests: Vec<Request>,
    },
    /// The disk takes no more of this recording.
    EndTap(u32),
    Quit,
}

pub enum FromMedia {
    Results {
        seq: u64,
        connection: u64,
        replies: Vec<Reply>,
    },
    Events(Vec<Event>),
    /// From the recorder thread; the tap, if the engine goes on with it in vain.
    Recorded(protocol::WorkerEvent, Option<u32>),
}

/// Where the media thread's words go.
#[derive(Clone)]
pub struct Upward {
    pub sender: Sender<FromMedia>,
    pub bell: Arc<Bell>,
}

impl Upward {
    pub fn tell(&self, message: FromMedia) {
        // If nobody listens any more the process is ending.
        let _ = self.sender.send(message);
        self.bell.ring();
    }
}

/// The sockets of one leg.
struct Sockets {
    pair: Pair,
    is_v6: bool,
    at_once: bool,
}

/// See the module.
pub struct Media {
    engine: Engine,
    sockets: Vec<Option<Sockets>>,
    browsers: Option<Browsers>,
    ports: Ports,
    poller: Poller,
    reader: Reader,
    ticker: Ticker,
    start: u64,
    bell: Arc<Bell>,
    inbox: Receiver<ToMedia>,
    upward: Upward,
    orders: Orders,
    quit: bool,
}

impl Media {
    /// # Errors
    /// The kernel gives no timer or epoll.
    pub fn new(
        seed: u64,
        ports: Ports,
        bell: Arc<Bell>,
        inbox: Receiver<ToMedia>,
        upward: Upward,
        orders: Orders,
    ) -> std::io::Result<Self> {
        let start = monotonic();
        let poller = Poller::new()?;
        let ticker = Ticker::new(start + TICK, TICK)?;
        poller.add(&ticker, TOKEN_TICK)?;
        poller.add(&*bell, TOKEN_BELL)?;
        Ok(Self {
            engine: Engine::new(seed, Duration::from_nanos(realtime())),
            sockets: Vec::new(),
            browsers: None,
            ports,
            poller,
            reader: Reader::new(),
            ticker,
            start,
            bell,
            inbox,
            upward,
            orders,
            quit: false,
        })
    }

    /// Takes browsers on this UDP and TCP port from now on.
    ///
    /// # Errors
    /// Somebody else has the port.
    pub fn serve_browsers(&mut self, port: u16, identity: Identity) -> std::io::Result<()> {
        self.browsers = Some(Browsers::new(port, self.start, &self.poller)?);
        self.engine.serve_browsers(identity);
        Ok(())
    }

    fn now(&self) -> Time {
        Time(monotonic() - self.start)
    }

    /// Works until told to quit.
    pub fn run(mut self) {
        prefer_this_thread();
        let mut ready = Vec::new();
        while !self.quit {
            ready.clear();
            self.poller.wait(&mut ready, -1);
            let mut tick = false;
            for &token in &ready {
                match token {
                    TOKEN_TICK => tick = true,
                    TOKEN_BELL => self.commands(),
                    token if token >= TOKEN_BROWSERS => {
                        if let Some(browsers) = &mut self.browsers {
                            browsers.ready(token, &mut self.engine, &self.poller);
                        }
                    }
                    token => self.read(LegIndex((token >> 1) as u32), channel_of(token)),
                }
            }
            self.flush();
            if tick {
                self.tick();
            }
        }
    }

    fn tick(&mut self) {
        let expirations = self.ticker.expirations();
        if expirations == 0 {
            return;
        }
        for index in 0..self.sockets.len() {
            if self.sockets[index].as_ref().is_some_and(|s| !s.at_once) {
                self.read(LegIndex(index as u32), Channel::Rtp);
            }
        }
        if let Some(browsers) = &mut self.browsers {
            browsers.read(&mut self.engine);
        }
        let number = self.engine.ticks() + expirations;
        self.engine.tick(Time(number * TICK), expirations - 1);
        self.flush();
        let now = self.now();
        if let Some(browsers) = &mut self.browsers {
            browsers.tick(&mut self.engine, &self.poller, number, now);
        }
    }

    fn read(&mut self, index: LegIndex, channel: Channel) {
        let Some(Some(sockets)) = self.sockets.get(index.0 as usize) else {
            return;
        };
        let socket: &UdpSocket = if channel == Channel::Rtp {
            &sockets.pair.rtp
        } else {
            &sockets.pair.rtcp
        };
        let now = monotonic();
        let wall = realtime();
        let (engine, start) = (&mut self.engine, self.start);
        for _ in 0..MAX_BATCHES {
            let more = self.reader.read(socket, |data, origin| {
                let age = if origin.arrival == 0 {
                    0
                } else {
                    wall.saturating_sub(origin.arrival)
                };
                engine.packet(
                    index,
                    channel,
                    data,
                    origin.source,
                    Time(now.saturating_sub(age).saturating_sub(start)),
                );
            });
            if !more {
                break;
            }
        }
    }

    fn commands(&mut self) {
        self.bell.silence();
        while let Ok(message) = self.inbox.try_recv() {
            match message {
                ToMedia::EndTap(tap) => {
                    self.engine.end_tap(tap);
                    self.flush();
                }
                ToMedia::Quit => {
                    self.quit = true;
                    return;
                }
                ToMedia::Batch {
                    seq,
                    connection,
                    requests,
                } => {
                    let mut replies = Vec::with_capacity(requests.len());
                    for request in requests {
                        replies.push(self.carry_out(request));
                        // What a command closes is free for the next one.
                        self.flush();
                    }
                    let now = self.now();
                    if let Some(browsers) = &mut self.browsers {
                        browsers.attend(&self.engine, &self.poller, now);
                    }
                    self.upward.tell(FromMedia::Results {
                        seq,
                        connection,
                        replies,
                    });
                }
            }
        }
    }

    fn carry_out(&mut self, request: Request) -> Reply {
        let now = self.now();
        match request {
            Request::Ready(outcome) => Reply::Ready(outcome),
            Request::Engine(command) => Reply::Engine(self.engine.command(command, now)),
            Request::OpenLeg {
                leg,
                bind,
                media,
                browser,
                lost_after,
            } => self.open_leg(leg, (bind, browser), lost_after, media, now),
            Request::Record {
                command,
                record,
                path,
            } => {
                let result = self.engine.command(command, now);
                if let Ok(Outcome::Recording {
                    tap,
                    channels,
                    rate,
                    fresh: true,
                }) = result
                {
                    self.orders.order(Order::Open {
                        tap,
                        record,
                        path,
                        channels,
                        rate,
                    });
                }
                Reply::Engine(result)
            }
        }
    }

    fn open_leg(
        &mut self,
        leg: Name,
        (bind, browser): (IpAddr, bool),
        lost_after: Duration,
        media: Option<Box<LegMedia>>,
        now: Time,
    ) -> Reply {
        let open = Command::OpenLeg {
            leg: leg.clone(),
            browser,
            lost_after,
        };
        let (index, fresh) = match self.engine.command(open, now) {
            Ok(Outcome::Opened { index, fresh }) => (index, fresh),
            other => return Reply::Engine(other),
        };
        if fresh && !browser {
            if let Err(error) = self.bind(index, bind) {
                // Nobody has heard of the leg yet.
                let _ = self.engine.command(Command::CloseLeg { leg }, now);
                return Reply::NoPort(error.to_string());
            }
        }
        if let Some(media) = media {
            if let Err(refusal) = self.engine.command(
                Command::SetMedia {
                    leg: leg.clone(),
                    media,
                },
                now,
            ) {
                if fresh {
                    let _ = self.engine.command(Command::CloseLeg { leg }, now);
                }
                return Reply::Engine(Err(refusal));
            }
        }
        let own = self.sockets.get(index.0 as usize).and_then(Option::as_ref);
        let shared = self.browsers.as_ref().map_or(0, |b| b.port);
        let (port, rtcp_port) = own.map_or((shared, shared), |s| (s.pair.port, s.pair.port + 1));
        Reply::Opened { port, rtcp_port }
    }

    fn bind(&mut self, index: LegIndex, ip: IpAddr) -> std::io::Result<()> {
        let pair = self.ports.bind(ip)?;
        let at = index.0 as usize;
        if self.sockets.len() <= at {
            self.sockets.resize_with(at + 1, || None);
        }
        if let Err(error) = self.poller.add(&pair.rtcp, token_of(index, Channel::Rtcp)) {
            self.ports.give_back(pair.port);
            return Err(error);
        }
        self.sockets[at] = Some(Sockets {
            pair,
            is_v6: ip.is_ipv6(),
            at_once: false,
        });
        Ok(())
    }

    /// Does all that the engine wants done.
    fn flush(&mut self) {
        if let Some(browsers) = &mut self.browsers {
            browsers.send(&self.engine.output);
        }
        for (transmit, bytes) in self.engine.output.datagrams() {
            if matches!(transmit.channel, Channel::Browsers { .. }) {
                continue;
            }
            let Some(Some(sockets)) = self.sockets.get(transmit.leg.0 as usize) else {
                continue;
            };
            let socket = if transmit.channel == Channel::Rtp {
                &sockets.pair.rtp
            } else {
                &sockets.pair.rtcp
            };
            // A datagram that cannot be sent now is lost, as it may be anywhere on its way.
            let _ = socket.send_to(bytes, address_for(transmit.to, sockets.is_v6));
        }
        let output = &mut self.engine.output;
        output.clear_datagrams();
        for (index, attention) in output.attention.drain(..) {
            if let Some(Some(sockets)) = self.sockets.get_mut(index.0 as usize) {
                sockets.at_once = attention == Attention::AtOnce;
                if sockets.at_once {
                    sockets.at_once = self
                        .poller
                        .add(&sockets.pair.rtp, token_of(index, Channel::Rtp))
                        .is_ok();
                } else {
                    self.poller.remove(&sockets.pair.rtp);
                }
            }
        }
        for frame in output.taps.drain(..) {
            self.orders.write(frame.tap, &frame.samples);
        }
        for index in output.closed.drain(..) {
            if let Some(sockets) = self
                .sockets
                .get_mut(index.0 as usize)
                .and_then(Option::take)
            {
                // Closing the descriptors takes them out of epoll.
                self.ports.give_back(sockets.pair.port);
            }
        }
        if !output.events.is_empty() {
            for event in &output.events {
                if let Event::RecordingOver { tap, .. } = event {
                    self.orders.order(Order::Close { tap: *tap });
                }
            }
            let events = std::mem::take(&mut output.events);
            self.upward.tell(FromMedia::Events(events));
        }
    }
}

fn token_of(index: LegIndex, channel: Channel) -> u64 {
    u64::from(index.0) << 1 | u64::from(channel == Channel::Rtcp)
}

fn channel_of(token: u64) -> Channel {
    if token & 1 == 0 {
        Channel::Rtp
    } else {
        Channel::Rtcp
    }
}

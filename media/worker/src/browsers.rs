//! The port of all browsers: one UDP socket and one TCP listener on the same number.
//!
//! Its packets are read in batches just before each tick, as those of phones are. While some of them are relayed, or a
//! handshake is going on, they are read at once.
#![forbid(unsafe_code)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use switchroom_core::engine::Engine;
use switchroom_core::output::{Channel, Output};
use switchroom_core::time::Time;
use switchroom_core::webrtc::{Carrier, Path, Peer};

use crate::io::{bind_shared, monotonic, realtime, Outgoing, Poller, Reader, Writer};
use crate::streams::Streams;

/// Tokens of the poller from here on are ours (those of legs are below, those of the tick and the bell above).
pub const TOKEN_BROWSERS: u64 = 1 << 40;
const TOKEN_STREAMS: u64 = TOKEN_BROWSERS + 1;
/// Batches of datagrams read at a time: a flood must not hold up the tick.
const MAX_BATCHES: usize = 256;
/// Ticks between two looks at the connections.
const SWEEP: u64 = 50;

/// See the module.
pub struct Browsers {
    pub port: u16,
    socket: UdpSocket,
    is_v6: bool,
    streams: Streams,
    reader: Reader,
    writer: Writer,
    at_once: bool,
    start: u64,
}

impl Browsers {
    /// # Errors
    /// Somebody else has the port.
    pub fn new(port: u16, start: u64, poller: &Poller) -> std::io::Result<Self> {
        let (socket, is_v6) = bind_shared(port)?;
        let any: IpAddr = if is_v6 {
            Ipv6Addr::UNSPECIFIED.into()
        } else {
            Ipv4Addr::UNSPECIFIED.into()
        };
        let streams = Streams::listen(SocketAddr::new(any, port), TOKEN_STREAMS, poller)?;
        Ok(Self {
            port,
            socket,
            is_v6,
            streams,
            reader: Reader::new(),
            writer: Writer::new(),
            at_once: false,
            start,
        })
    }

    /// Does what the poller says is ready.
    pub fn ready(&mut self, token: u64, engine: &mut Engine, poller: &Poller) {
        if token == TOKEN_BROWSERS {
            self.read(engine);
        } else if self.streams.has(token) {
            let now = monotonic();
            let arrival = Time(now.saturating_sub(self.start));
            let each = |data: &mut [u8], address: SocketAddr, local| {
                let peer = tcp(address);
                engine.browser_packet(data, Path { peer, local }, arrival);
            };
            self.streams.ready(token, now, poller, each);
            self.tell_ended(engine);
        }
    }

    /// Reads the datagrams that have arrived.
    pub fn read(&mut self, engine: &mut Engine) {
        let (now, wall) = (monotonic(), realtime());
        for _ in 0..MAX_BATCHES {
            let start = self.start;
            let more = self.reader.read(&self.socket, |data, origin| {
                let age = match origin.arrival {
                    0 => 0,
                    arrival => wall.saturating_sub(arrival),
                };
                let path = Path {
                    peer: Peer {
                        carrier: Carrier::Udp,
                        address: origin.source,
                    },
                    local: origin.local.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
                };
                let arrival = Time(now.saturating_sub(age).saturating_sub(start));
                engine.browser_packet(data, path, arrival);
            });
            if !more {
                break;
            }
        }
    }

    /// Sends what is for browsers.
    pub fn send(&mut self, output: &Output) {
        let streams = &mut self.streams;
        let outgoing = output.datagrams().filter_map(|(transmit, bytes)| {
            let Channel::Browsers { carrier, local } = transmit.channel else {
                return None;
            };
            let to = transmit.to;
            match carrier {
                Carrier::Udp => Some(Outgoing { bytes, to, local }),
                Carrier::Tcp => {
                    streams.send(to, bytes);
                    None
                }
            }
        });
        self.writer.send(&self.socket, self.is_v6, outgoing);
    }

    /// What is to be done once a tick, after the engine's.
    pub fn tick(&mut self, engine: &mut Engine, poller: &Poller, number: u64, now: Time) {
        self.streams.flush();
        if number.is_multiple_of(SWEEP) {
            self.streams
                .sweep(monotonic(), |peer| engine.knows(tcp(peer)));
        }
        self.tell_ended(engine);
        self.attend(engine, poller, now);
    }

    /// Looks whether packets are wanted at once.
    pub fn attend(&mut self, engine: &Engine, poller: &Poller, now: Time) {
        let wanted = engine.browsers_wait(now);
        if wanted != self.at_once {
            self.at_once = wanted && poller.add(&self.socket, TOKEN_BROWSERS).is_ok();
            if !wanted {
                poller.remove(&self.socket);
            }
        }
    }

    fn tell_ended(&mut self, engine: &mut Engine) {
        for peer in self.streams.ended.drain(..) {
            engine.hung_up(tcp(peer));
        }
    }
}

fn tcp(address: SocketAddr) -> Peer {
    Peer {
        carrier: Carrier::Tcp,
        address,
    }
}

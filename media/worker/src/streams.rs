//! TCP for browsers whose network lets no UDP through: passive ICE-TCP candidates (RFC 6544) with each datagram in a frame
//! of its own (RFC 4571).
//!
//! Anybody may connect, so nobody is given much before a check of his was believed: few connections, few bytes, little time.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};

use crate::io::Poller;

/// Connections in all.
const MAX_STREAMS: usize = 2048;
/// Connections of which no check was believed yet: in all, and from one address.
const MAX_STRANGERS: usize = 256;
const MAX_STRANGERS_OF_ONE: usize = 16;
/// What a stranger may send before a check of his is believed, bytes.
const STRANGERS_BYTES: usize = 16 << 10;
/// How long a stranger may take, and how long anybody may be silent, ns.
const STRANGERS_TIME: u64 = 10_000_000_000;
const SILENCE: u64 = 60_000_000_000;
/// The longest frame we take: a datagram.
const MAX_FRAME: usize = 2048;
/// Bytes that may wait for a slow network; audio that comes later than this holds is worth nothing.
const MAX_UNSENT: usize = 64 << 10;
/// Reads of one connection at a time, so that one cannot hold up the others.
const MAX_READS: usize = 16;
/// Connections accepted at a time.
const MAX_ACCEPTED: usize = 64;

struct Stream {
    socket: TcpStream,
    peer: SocketAddr,
    local: IpAddr,
    unread: Vec<u8>,
    unsent: Vec<u8>,
    opened: u64,
    heard: u64,
    /// Bytes so far; not counted any more once a check was believed.
    received: usize,
    admitted: bool,
}

/// All connections.
pub struct Streams {
    listener: TcpListener,
    streams: Vec<Option<Stream>>,
    by_peer: HashMap<SocketAddr, usize>,
    first_token: u64,
    /// Peers whose connections ended, for who kept note of them.
    pub ended: Vec<SocketAddr>,
    scratch: Box<[u8; 16 << 10]>,
}

/// The listener's token is `first_token`; those of connections follow.
impl Streams {
    /// # Errors
    /// What bind says.
    pub fn listen(address: SocketAddr, first_token: u64, poller: &Poller) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        poller.add(&listener, first_token)?;
        Ok(Self {
            listener,
            streams: Vec::new(),
            by_peer: HashMap::new(),
            first_token,
            ended: Vec::new(),
            scratch: Box::new([0; 16 << 10]),
        })
    }

    /// Whether a token of the poller is one of ours.
    pub fn has(&self, token: u64) -> bool {
        (self.first_token..=self.first_token + MAX_STREAMS as u64).contains(&token)
    }

    /// Takes what is ready: a connection, or bytes. `each` is given every datagram, who sent it and our address.
    pub fn ready(
        &mut self,
        token: u64,
        now: u64,
        poller: &Poller,
        each: impl FnMut(&mut [u8], SocketAddr, IpAddr),
    ) {
        if token == self.first_token {
            for _ in 0..MAX_ACCEPTED {
                let Ok((socket, peer)) = self.listener.accept() else {
                    return;
                };
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                self.welcome(socket, peer, now, poller);
            }
        } else {
            self.read((token - self.first_token - 1) as usize, now, each);
        }
    }

    fn welcome(&mut self, socket: TcpStream, peer: SocketAddr, now: u64, poller: &Poller) {
        let strangers = self.streams.iter().flatten().filter(|s| !s.admitted);
        let of_one = strangers.clone().filter(|s| s.peer.ip() == peer.ip());
        let full = self.by_peer.len() >= MAX_STREAMS
            || of_one.count() >= MAX_STRANGERS_OF_ONE
            || strangers.count() >= MAX_STRANGERS;
        let Ok(local) = socket.local_addr() else {
            return;
        };
        if full || socket.set_nonblocking(true).is_err() || self.by_peer.contains_key(&peer) {
            return; // which closes it
        }
        let _ = socket.set_nodelay(true);
        let at = match self.streams.iter().position(Option::is_none) {
            Some(free) => free,
            None => {
                self.streams.push(None);
                self.streams.len() - 1
            }
        };
        if poller
            .add(&socket, self.first_token + 1 + at as u64)
            .is_err()
        {
            return;
        }
        self.by_peer.insert(peer, at);
        self.streams[at] = Some(Stream {
            socket,
            peer,
            local: local.ip().to_canonical(),
            unread: Vec::new(),
            unsent: Vec::new(),
            opened: now,
            heard: now,
            received: 0,
            admitted: false,
        });
    }

    fn read(&mut self, at: usize, now: u64, mut each: impl FnMut(&mut [u8], SocketAddr, IpAddr)) {
        for _ in 0..MAX_READS {
            let Some(Some(stream)) = self.streams.get_mut(at) else {
                return;
            };
            match stream.socket.read(&mut *self.scratch) {
                Ok(0) => return self.end(at),
                Ok(length) => {
                    stream.heard = now;
                    stream.received += length;
                    let fits = stream.take(&self.scratch[..length], &mut each);
                    if !fits || (!stream.admitted && stream.received > STRANGERS_BYTES) {
                        return self.end(at);
                    }
                    if length < self.scratch.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.end(at),
            }
        }
    }

    fn end(&mut self, at: usize) {
        if let Some(stream) = self.streams.get_mut(at).and_then(Option::take) {
            self.by_peer.remove(&stream.peer);
            self.ended.push(stream.peer);
        }
    }

    /// Sends a datagram. It is lost if the connection is gone or has too much to send already.
    pub fn send(&mut self, peer: SocketAddr, datagram: &[u8]) {
        let Some(&at) = self.by_peer.get(&peer) else {
            return;
        };
        let Some(Some(stream)) = self.streams.get_mut(at) else {
            return;
        };
        let Ok(length) = u16::try_from(datagram.len()) else {
            return;
        };
        if stream.unsent.len() + 2 + datagram.len() > MAX_UNSENT {
            return;
        }
        stream.unsent.extend_from_slice(&length.to_be_bytes());
        stream.unsent.extend_from_slice(datagram);
        if !stream.write() {
            self.end(at);
        }
    }

    /// Sends what waited; to be called every tick.
    pub fn flush(&mut self) {
        for at in 0..self.streams.len() {
            let stream = self.streams[at].as_mut();
            if stream.is_some_and(|s| !s.unsent.is_empty() && !s.write()) {
                self.end(at);
            }
        }
    }

    /// Ends the connections of strangers that took their time, and of those who are silent; to be called every second.
    /// `known` says whose check was believed.
    pub fn sweep(&mut self, now: u64, known: impl Fn(SocketAddr) -> bool) {
        for at in 0..self.streams.len() {
            let Some(stream) = &mut self.streams[at] else {
                continue;
            };
            let was = std::mem::replace(&mut stream.admitted, known(stream.peer));
            if was && !stream.admitted {
                stream.opened = now; // its leg is closed; another may be opened
                stream.received = 0;
            }
            let late = !stream.admitted && now.saturating_sub(stream.opened) > STRANGERS_TIME;
            if late || now.saturating_sub(stream.heard) > SILENCE {
                self.end(at);
            }
        }
    }
}

impl Stream {
    /// Cuts bytes into frames. Returns false if they are none.
    fn take(
        &mut self,
        mut bytes: &[u8],
        each: &mut impl FnMut(&mut [u8], SocketAddr, IpAddr),
    ) -> bool {
        // A frame of up to MAX_FRAME bytes is all that is ever kept.
        while !bytes.is_empty() {
            let wanted = match self.unread.first_chunk() {
                Some(&length) => 2 + usize::from(u16::from_be_bytes(length)),
                None => 2,
            };
            if wanted > 2 + MAX_FRAME {
                return false;
            }
            let more = (wanted - self.unread.len()).min(bytes.len());
            self.unread.extend_from_slice(&bytes[..more]);
            bytes = &bytes[more..];
            if let Some(&length) = self.unread.first_chunk() {
                let end = 2 + usize::from(u16::from_be_bytes(length));
                if self.unread.len() == end {
                    if end > 2 {
                        each(&mut self.unread[2..], self.peer, self.local);
                    }
                    self.unread.clear();
                }
            }
        }
        true
    }

    /// Writes what waits, as far as the network takes it. Returns false if the connection is gone.
    fn write(&mut self) -> bool {
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(0) => return false,
                Ok(length) => {
                    self.unsent.drain(..length);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: u64 = 100;

    struct House {
        poller: Poller,
        streams: Streams,
        address: SocketAddr,
        got: Vec<(Vec<u8>, SocketAddr)>,
    }

    impl House {
        fn new() -> Self {
            let poller = Poller::new().expect("epoll");
            let any = "127.0.0.1:0".parse().expect("an address");
            let streams = Streams::listen(any, TOKEN, &poller).expect("listen");
            let address = streams.listener.local_addr().expect("address");
            Self {
                poller,
                streams,
                address,
                got: Vec::new(),
            }
        }

        fn connect(&mut self) -> TcpStream {
            let client = TcpStream::connect(self.address).expect("connect");
            self.turn(0);
            client
        }

        /// Lets the streams do what is ready.
        fn turn(&mut self, now: u64) {
            let mut ready = Vec::new();
            self.poller.wait(&mut ready, 1_000);
            for token in ready {
                assert!(self.streams.has(token));
                let got = &mut self.got;
                let each = |bytes: &mut [u8], from, local: IpAddr| {
                    assert!(local.is_loopback());
                    got.push((bytes.to_vec(), from));
                };
                self.streams.ready(token, now, &self.poller, each);
            }
        }
    }

    fn frame(payload: &[u8]) -> Vec<u8> {
        [&(payload.len() as u16).to_be_bytes()[..], payload].concat()
    }

    #[test]
    fn frames_are_put_together_from_any_pieces_and_written_back() {
        let mut house = House::new();
        let mut client = house.connect();
        let peer = client.local_addr().expect("address");
        let bytes = [frame(b"one"), frame(b""), frame(&[7; 1500])].concat();
        for piece in bytes.chunks(700) {
            client.write_all(piece).expect("write");
            house.turn(1);
        }
        let wanted = vec![(b"one".to_vec(), peer), (vec![7; 1500], peer)];
        assert_eq!(house.got, wanted);
        house.streams.send(peer, b"answer");
        let mut back = [0; 8];
        client.read_exact(&mut back).expect("read");
        assert_eq!(back.as_slice(), frame(b"answer"));
    }

    #[test]
    fn a_frame_that_is_too_long_ends_the_connection() {
        let mut house = House::new();
        let mut client = house.connect();
        client.write_all(&[0xff; 10]).expect("write");
        house.turn(1);
        assert_eq!(house.streams.by_peer.len(), 0);
        assert_eq!(house.streams.ended, [client.local_addr().expect("address")]);
    }

    #[test]
    fn strangers_have_few_connections_few_bytes_and_little_time() {
        let mut house = House::new();
        let clients: Vec<TcpStream> = (0..MAX_STRANGERS_OF_ONE + 5)
            .map(|_| house.connect())
            .collect();
        assert_eq!(house.streams.by_peer.len(), MAX_STRANGERS_OF_ONE);
        house.streams.sweep(STRANGERS_TIME, |_| false);
        assert_eq!(house.streams.by_peer.len(), MAX_STRANGERS_OF_ONE);
        let friend = clients[3].local_addr().expect("address");
        house
            .streams
            .sweep(STRANGERS_TIME + 1, |peer| peer == friend);
        assert_eq!(house.streams.by_peer.len(), 1);
        house.streams.sweep(SILENCE + 1, |peer| peer == friend);
        assert_eq!(house.streams.by_peer.len(), 0);
        let mut chatty = house.connect();
        for _ in 0..STRANGERS_BYTES / 1002 + 1 {
            chatty.write_all(&frame(&[1; 1000])).expect("write");
            house.turn(1);
        }
        assert_eq!(house.streams.by_peer.len(), 0);
    }

    #[test]
    fn who_does_not_read_costs_a_bounded_buffer() {
        let mut house = House::new();
        let client = house.connect();
        let peer = client.local_addr().expect("address");
        for _ in 0..20_000 {
            house.streams.send(peer, &[0; 1000]);
        }
        let stream = house.streams.streams[0].as_ref().expect("still there");
        assert!(stream.unsent.len() <= MAX_UNSENT);
    }
}

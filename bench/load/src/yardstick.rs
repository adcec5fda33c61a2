//! Yardsticks: the cheapest programs that move the same packets as the media worker, to compare it with.
//!
//! Each binds `count` sockets from port `base` on, learns the peer of each socket from its first packet,
//! prints one line when ready and runs until SIGTERM. The caller reads their CPU time from /proc.

use std::net::{Ipv4Addr, SocketAddrV4};

use crate::g711::{Tables, SILENCE};
use crate::rtp::{self, HEADER};
use crate::sys::{self, Batch, Poller, Udp};

const FRAME: usize = 160;
const TICK: i64 = 20_000_000;

fn bind(base: u16, count: usize) -> Vec<Udp> {
    (0..count)
        .map(|i| {
            let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, base + i as u16);
            Udp::bind(address, false, 0).unwrap_or_else(|e| panic!("bind {address}: {e}"))
        })
        .collect()
}

/// Bare epoll echo (`pairs` false): every packet goes back to its sender. Relay (`pairs` true): socket 2i sends
/// what 2i+1 receives and the other way round, with its own SSRC written into the header.
pub fn echo_or_relay(base: u16, count: usize, pairs: bool) {
    let sockets = bind(base, count);
    let mut poller = Poller::new().expect("epoll");
    for (i, socket) in sockets.iter().enumerate() {
        poller.add(socket, i as u64);
    }
    println!("ready");
    let mut peers: Vec<Option<SocketAddrV4>> = vec![None; count];
    let mut data = [0u8; sys::DATAGRAM];
    while !sys::stopping() {
        for ready in 0..poller.wait(100) {
            let from = poller.token(ready) as usize;
            let Some((size, source)) = sockets[from].receive(&mut data) else {
                continue;
            };
            peers[from] = Some(source);
            let to = if pairs { from ^ 1 } else { from };
            if size >= HEADER {
                data[8..12].copy_from_slice(&(to as u32).to_be_bytes());
            }
            if let Some(peer) = peers[to] {
                sockets[to].send_to(&data[..size], peer);
            }
        }
    }
}

struct Member {
    peer: Option<SocketAddrV4>,
    sequence: u16,
    timestamp: u32,
}

/// The ideal mixer: every 20 ms each socket is emptied, the first `talkers` members of each of `rooms` equal rooms
/// are decoded and mixed, the mix is encoded once for all listeners and once for each talker, and sent.
pub fn ideal_mixer(base: u16, count: usize, rooms: usize, talkers: usize) {
    let sockets = bind(base, count);
    println!("ready");
    let tables = Tables::get();
    let size = count / rooms;
    let mut members: Vec<Member> = (0..count)
        .map(|_| Member {
            peer: None,
            sequence: 0,
            timestamp: 0,
        })
        .collect();
    let mut heard = vec![[SILENCE; FRAME]; count];
    let mut spoke = vec![false; count];
    let mut batch = Batch::new(4);
    let mut out = [0u8; HEADER + FRAME];
    let mut next = sys::now() + TICK;
    while !sys::stopping() {
        sys::sleep_until(next);
        next += TICK;
        for i in 0..count {
            spoke[i] = false;
            for k in 0..batch.receive(&sockets[i]) {
                let datagram = batch.get(k);
                members[i].peer = Some(datagram.from);
                let Some(packet) = rtp::parse(datagram.data) else {
                    continue;
                };
                if packet.payload.len() == FRAME {
                    heard[i].copy_from_slice(packet.payload);
                    spoke[i] = true;
                }
            }
        }
        for room in 0..rooms {
            let first = room * size;
            let mut voices: Vec<(usize, [i32; FRAME])> = Vec::with_capacity(talkers);
            let mut sum = [0i32; FRAME];
            for talker in (first..first + talkers.min(size)).filter(|&t| spoke[t]) {
                let mut voice = [0i32; FRAME];
                for (at, code) in heard[talker].iter().enumerate() {
                    voice[at] = i32::from(tables.decode(*code));
                    sum[at] += voice[at];
                }
                voices.push((talker, voice));
            }
            let shared = encode(tables, &sum, None);
            for i in first..first + size {
                let Some(peer) = members[i].peer else {
                    continue;
                };
                let member = &mut members[i];
                member.sequence = member.sequence.wrapping_add(1);
                member.timestamp = member.timestamp.wrapping_add(FRAME as u32);
                rtp::write_header(
                    &mut out,
                    0,
                    false,
                    member.sequence,
                    member.timestamp,
                    i as u32,
                );
                match voices.iter().find(|(talker, _)| *talker == i) {
                    Some((_, own)) => {
                        out[HEADER..].copy_from_slice(&encode(tables, &sum, Some(own)))
                    }
                    None => out[HEADER..].copy_from_slice(&shared),
                }
                sockets[i].send_to(&out, peer);
            }
        }
    }
}

fn encode(tables: &Tables, sum: &[i32; FRAME], without: Option<&[i32; FRAME]>) -> [u8; FRAME] {
    let mut codes = [SILENCE; FRAME];
    for (at, code) in codes.iter_mut().enumerate() {
        let value = sum[at] - without.map_or(0, |own| own[at]);
        *code = tables.encode(value.clamp(-32767, 32767) as i16);
    }
    codes
}

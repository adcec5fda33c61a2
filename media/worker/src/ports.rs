//! The pool of port pairs: an even port for RTP and the next one for RTCP (RFC 3550 §11), in random order.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use crate::io::bind_udp;

/// How many pairs that others hold are passed over before a leg is refused.
const PASSED_OVER: usize = 64;

/// Two sockets of one leg.
pub struct Pair {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub port: u16,
}

/// Free pairs. A pair that was given back is used again only after all others.
pub struct Ports {
    free: VecDeque<u16>,
}

impl Ports {
    /// All pairs within `first` to `last`, shuffled by `random`.
    pub fn new(first: u16, last: u16, mut random: impl FnMut() -> u64) -> Self {
        let mut free: Vec<u16> = (first..last).filter(|port| port % 2 == 0).collect();
        for i in (1..free.len()).rev() {
            free.swap(i, (random() % (i as u64 + 1)) as usize);
        }
        Self { free: free.into() }
    }

    /// Binds a pair on `ip`.
    ///
    /// # Errors
    /// No pair is free, or `ip` is not ours.
    pub fn bind(&mut self, ip: IpAddr) -> io::Result<Pair> {
        for _ in 0..PASSED_OVER {
            let Some(port) = self.free.pop_front() else {
                break;
            };
            let sockets = bind_udp(SocketAddr::new(ip, port))
                .and_then(|rtp| bind_udp(SocketAddr::new(ip, port + 1)).map(|rtcp| (rtp, rtcp)));
            match sockets {
                Ok((rtp, rtcp)) => return Ok(Pair { rtp, rtcp, port }),
                Err(error) => {
                    self.give_back(port);
                    if error.kind() != io::ErrorKind::AddrInUse {
                        return Err(error);
                    }
                }
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "no free pair of ports",
        ))
    }

    pub fn give_back(&mut self, port: u16) {
        self.free.push_back(port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> impl FnMut() -> u64 {
        let mut state = 1_u64;
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 33
        }
    }

    #[test]
    fn pairs_are_even_and_odd_and_come_back_last() {
        let mut ports = Ports::new(42_000, 42_007, random());
        let ip: IpAddr = [127, 0, 0, 1].into();
        let first = ports.bind(ip).expect("a pair");
        assert_eq!(first.port % 2, 0);
        assert_eq!(
            first.rtcp.local_addr().expect("address").port(),
            first.port + 1
        );
        let port = first.port;
        drop(first);
        ports.give_back(port);
        let held: Vec<Pair> = (0..4).map(|_| ports.bind(ip).expect("a pair")).collect();
        assert_eq!(held[3].port, port);
        assert!(ports.bind(ip).is_err(), "all four are taken");
    }

    #[test]
    fn a_port_somebody_else_has_is_passed_over() {
        let taken = UdpSocket::bind("127.0.0.1:42101").expect("bind");
        let mut ports = Ports::new(42_100, 42_103, random());
        let pair = ports.bind([127, 0, 0, 1].into()).expect("a pair");
        assert_eq!(pair.port, 42_102);
        drop(taken);
    }
}

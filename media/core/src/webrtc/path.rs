//! Where a browser's datagrams come from and go to.
#![forbid(unsafe_code)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What carries the datagrams: UDP, or a TCP connection the browser opened (RFC 6544) with each of them framed (RFC 4571).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Carrier {
    Udp,
    Tcp,
}

/// The browser's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    pub carrier: Carrier,
    pub address: SocketAddr,
}

/// Both ends. Answers leave from the address the browser wrote to, else it does not know them for answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    pub peer: Peer,
    /// Ours; unspecified if the system did not tell.
    pub local: IpAddr,
}

impl Path {
    /// A UDP path of which our end does not matter.
    pub fn udp(address: SocketAddr) -> Self {
        Self {
            peer: Peer {
                carrier: Carrier::Udp,
                address,
            },
            local: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        }
    }
}

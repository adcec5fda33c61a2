//! Learning where a peer's media comes from, once, so that nobody else's packets are heard or answered.
//!
//! The address of the SDP is where media goes until another source is learned from the first packet that may be
//! believed: a source is ranked by what speaks for it, a better one may replace a worse one for a short while, and
//! then it is frozen. With SRTP the caller asks again only after the packet has authenticated.
#![forbid(unsafe_code)]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::time::Time;

/// For how long after the first packet a better ranked source may take its place.
const SETTLING: Duration = Duration::from_secs(2);
/// Silence after which the same stream may come from a new port or address (a new NAT binding).
const REBINDING: Duration = Duration::from_secs(3);

/// What speaks for a source, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Exactly the address and port of the SDP.
    Described,
    /// The address of the SDP with another port.
    SameHost,
    /// The address the signalling comes from.
    Signalling,
    /// Anything else, allowed only where the SDP names a private address, which cannot be right seen from here.
    Guess,
}

/// What to do with a packet because of where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// From the source in use.
    Known,
    /// To be believed; tell `learn` if it holds (with SRTP: if it authenticates).
    New(Rank),
    /// To be counted and dropped.
    Stranger,
}

#[derive(Clone, Copy, Debug)]
struct Learned {
    from: SocketAddr,
    ssrc: u32,
    rank: Rank,
    since: Time,
    heard: Time,
}

/// The source of one stream of packets (the RTP, or the RTCP, of one leg).
#[derive(Debug, Default)]
pub struct Source {
    described: Option<SocketAddr>,
    signalling: Option<IpAddr>,
    learned: Option<Learned>,
}

impl Source {
    /// Says what the SDP and the signalling tell. A different address than before opens learning again.
    ///
    /// `described` is None if the peer named no address (old-style hold with 0.0.0.0).
    pub fn describe(&mut self, described: Option<SocketAddr>, signalling: Option<IpAddr>) {
        if described.is_some() && self.described != described {
            self.described = described;
            self.learned = None;
        }
        self.signalling = signalling.or(self.signalling);
    }

    /// Opens learning again, e.g. because the peer has a new key.
    pub fn reopen(&mut self) {
        self.learned = None;
    }

    /// Judges a packet of stream `ssrc` that came from `from`.
    pub fn judge(&self, from: SocketAddr, ssrc: u32, now: Time) -> Verdict {
        let Some(learned) = &self.learned else {
            return self.rank(from).map_or(Verdict::Stranger, Verdict::New);
        };
        if learned.from == from {
            return Verdict::Known;
        }
        let Some(rank) = self.rank(from) else {
            return Verdict::Stranger;
        };
        if rank < learned.rank && now.since(learned.since) < SETTLING {
            return Verdict::New(rank);
        }
        let silent = now.since(learned.heard) >= REBINDING;
        if silent && ssrc == learned.ssrc && Some(from.ip()) == self.signalling {
            return Verdict::New(Rank::Signalling);
        }
        Verdict::Stranger
    }

    /// Takes a source that `judge` called new. Returns true if it is another one than before.
    pub fn learn(&mut self, from: SocketAddr, ssrc: u32, rank: Rank, now: Time) -> bool {
        let changed = self.learned.is_none_or(|l| l.from != from);
        self.learned = Some(Learned {
            from,
            ssrc,
            rank,
            since: now,
            heard: now,
        });
        changed
    }

    /// Notes that the known source was heard.
    pub fn heard(&mut self, ssrc: u32, now: Time) {
        if let Some(learned) = &mut self.learned {
            learned.heard = now;
            learned.ssrc = ssrc;
        }
    }

    /// Where to send: the learned source, else the address of the SDP.
    pub fn target(&self) -> Option<SocketAddr> {
        self.learned.map(|l| l.from).or(self.described)
    }

    /// The learned source.
    pub fn learned(&self) -> Option<SocketAddr> {
        self.learned.map(|l| l.from)
    }

    fn rank(&self, from: SocketAddr) -> Option<Rank> {
        let described = self.described;
        if described == Some(from) {
            Some(Rank::Described)
        } else if described.is_some_and(|d| d.ip() == from.ip()) {
            Some(Rank::SameHost)
        } else if Some(from.ip()) == self.signalling {
            Some(Rank::Signalling)
        } else if described.is_some_and(|d| is_private(d.ip())) {
            Some(Rank::Guess)
        } else {
            None
        }
    }
}

/// Whether an address means something only inside somebody's own network (RFC 1918, 3927, 4193, 4291, 6598).
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xC0 == 64;
            v4.is_private() || v4.is_link_local() || shared
        }
        IpAddr::V6(v6) => {
            v6.segments()[0] & 0xFE00 == 0xFC00 || v6.segments()[0] & 0xFFC0 == 0xFE80
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn described(sdp: &str, signalling: &str) -> Source {
        let mut source = Source::default();
        source.describe(Some(at(sdp)), Some(signalling.parse().expect("an address")));
        source
    }

    fn accept(source: &mut Source, from: &str, ssrc: u32, now: Time) -> bool {
        match source.judge(at(from), ssrc, now) {
            Verdict::Known => {
                source.heard(ssrc, now);
                true
            }
            Verdict::New(rank) => {
                source.learn(at(from), ssrc, rank, now);
                true
            }
            Verdict::Stranger => false,
        }
    }

    #[test]
    fn a_public_address_is_never_left_for_a_strangers() {
        let mut source = described("198.51.100.1:4000", "198.51.100.9");
        assert!(!accept(&mut source, "203.0.113.5:4000", 1, Time(0)));
        assert_eq!(source.target(), Some(at("198.51.100.1:4000")));
        assert!(accept(&mut source, "198.51.100.1:4000", 1, Time(0)));
        assert!(!accept(
            &mut source,
            "203.0.113.5:4000",
            1,
            Time::from_millis(60_000)
        ));
    }

    #[test]
    fn another_port_and_the_signalling_address_are_learned_then_frozen() {
        let mut source = described("198.51.100.1:4000", "198.51.100.9");
        assert!(accept(&mut source, "198.51.100.9:7000", 1, Time(0)));
        assert_eq!(source.target(), Some(at("198.51.100.9:7000")));
        assert!(!accept(
            &mut source,
            "198.51.100.9:7001",
            1,
            Time::from_millis(100)
        ));
        let mut source = described("198.51.100.1:4000", "198.51.100.9");
        assert!(accept(&mut source, "198.51.100.1:5000", 1, Time(0)));
        assert!(!accept(&mut source, "198.51.100.9:4000", 1, Time(1)));
    }

    #[test]
    fn a_better_source_replaces_a_worse_one_only_while_settling() {
        let mut source = described("10.0.0.2:4000", "198.51.100.9");
        assert!(
            accept(&mut source, "203.0.113.5:9", 7, Time(0)),
            "a guess, for the SDP address is private"
        );
        assert!(
            accept(&mut source, "198.51.100.9:4000", 1, Time::from_millis(500)),
            "the phone itself"
        );
        assert!(!accept(
            &mut source,
            "203.0.113.5:9",
            7,
            Time::from_millis(501)
        ));
        let mut source = described("10.0.0.2:4000", "198.51.100.9");
        assert!(accept(&mut source, "203.0.113.5:9", 7, Time(0)));
        assert!(
            !accept(
                &mut source,
                "198.51.100.9:4000",
                1,
                Time::from_millis(2_500)
            ),
            "frozen"
        );
    }

    #[test]
    fn after_silence_the_same_stream_may_come_by_a_new_binding() {
        let mut source = described("10.0.0.2:4000", "198.51.100.9");
        assert!(accept(&mut source, "198.51.100.9:4000", 1, Time(0)));
        let later = Time::from_millis(3_500);
        assert!(
            !accept(&mut source, "198.51.100.9:5000", 2, later),
            "another stream"
        );
        assert!(
            !accept(&mut source, "203.0.113.5:5000", 1, later),
            "another address"
        );
        assert!(accept(&mut source, "198.51.100.9:5000", 1, later));
        assert_eq!(source.target(), Some(at("198.51.100.9:5000")));
    }

    #[test]
    fn new_sdp_opens_learning_again_and_the_same_does_not() {
        let mut source = described("198.51.100.1:4000", "198.51.100.9");
        assert!(accept(&mut source, "198.51.100.1:4001", 1, Time(0)));
        source.describe(Some(at("198.51.100.1:4000")), None);
        assert_eq!(source.learned(), Some(at("198.51.100.1:4001")));
        source.describe(None, None);
        assert_eq!(
            source.learned(),
            Some(at("198.51.100.1:4001")),
            "old-style hold names no address"
        );
        source.describe(Some(at("198.51.100.1:6000")), None);
        assert_eq!(source.target(), Some(at("198.51.100.1:6000")));
        assert!(accept(&mut source, "198.51.100.1:6000", 1, Time(9)));
    }
}

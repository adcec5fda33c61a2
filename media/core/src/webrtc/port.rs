//! The one port of all browsers: whose a datagram is, and what it does to his leg.
//!
//! A check says whose it is by our ufrag in it. All else goes by where it comes from, once a check from there was believed.
//! What belongs to nobody is counted and forgotten: strangers make us keep nothing.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use is::stun::StunMessage;

use crate::command::{Event, LegIndex};
use crate::engine::Engine;
use crate::guard::guarded;
use crate::leg::Leg;
use crate::output::Output;
use crate::time::Time;
use crate::webrtc::dtls::{Identity, SCRATCH};
use crate::webrtc::path::{Path, Peer};
use crate::webrtc::transport::{Checked, News, Tools};
use crate::webrtc::WebRtc;

/// See the module.
pub struct Port {
    identity: Option<Identity>,
    /// Some instant to count from: only differences matter to DTLS.
    origin: Instant,
    /// DTLS must not see the clock go back, as arrivals may.
    latest: Instant,
    by_ufrag: HashMap<Box<str>, LegIndex>,
    by_peer: HashMap<Peer, LegIndex>,
    /// The streams that browsers send: a browser behind a new NAT binding is heard at once, before its next check.
    by_ssrc: HashMap<u32, LegIndex>,
    /// Where browsers are asked whether they are there, one place each.
    by_suspect: HashMap<Peer, LegIndex>,
    scratch: Vec<u8>,
    /// Datagrams that were nobody's.
    pub strangers: u64,
}

impl Default for Port {
    fn default() -> Self {
        let origin = Instant::now();
        Self {
            identity: None,
            origin,
            latest: origin,
            by_ufrag: HashMap::new(),
            by_peer: HashMap::new(),
            by_ssrc: HashMap::new(),
            by_suspect: HashMap::new(),
            scratch: Vec::new(),
            strangers: 0,
        }
    }
}

impl Port {
    fn instant(&mut self, at: Time) -> Instant {
        self.latest = self.latest.max(self.origin + Duration::from_nanos(at.0));
        self.latest
    }

    fn owner_of_stream(&self, data: &[u8]) -> Option<LegIndex> {
        let at = if crate::rtp::is_rtcp(data) { 4 } else { 8 };
        let ssrc = data.get(at..at + 4)?;
        let ssrc = u32::from_be_bytes([ssrc[0], ssrc[1], ssrc[2], ssrc[3]]);
        self.by_ssrc.get(&ssrc).copied()
    }
}

fn send_to(leg: LegIndex, path: Path, out: &mut Output) -> impl FnMut(&[u8]) + '_ {
    move |bytes| out.datagram(leg, path, bytes)
}

impl Leg {
    /// What became of the transport.
    fn hear_news(&mut self, news: News, now: Time, events: &mut Vec<Event>) {
        match news {
            News::Keys(keys) => self.secure(&keys, now, events),
            News::Closed => {
                self.unsecure();
                events.push(Event::MediaClosed {
                    leg: self.name.clone(),
                });
            }
            News::Failed(trouble) => events.push(Event::TransportFailed {
                leg: self.name.clone(),
                reason: trouble.to_string(),
            }),
        }
    }
}

impl Engine {
    /// From now on browsers' legs may be opened.
    pub fn serve_browsers(&mut self, identity: Identity) {
        self.port.identity = Some(identity);
        self.port.scratch = vec![0; SCRATCH];
    }

    pub(crate) fn takes_browsers(&self) -> bool {
        self.port.identity.is_some()
    }

    /// Datagrams on the browsers' port that were nobody's.
    pub fn strangers(&self) -> u64 {
        self.port.strangers
    }

    /// Takes a datagram of the browsers' port that came by `path` at `arrival`.
    pub fn browser_packet(&mut self, data: &mut [u8], path: Path, arrival: Time) {
        // RFC 7983 §7.
        let taken = match data.first() {
            Some(0..=3) => self.check(data, path, arrival),
            Some(20..=63) => self.handshake(data, path, arrival),
            Some(128..=191) => self.audio(data, path, arrival),
            _ => None,
        };
        if taken.is_none() {
            self.port.strangers += 1;
        }
    }

    fn check(&mut self, data: &[u8], path: Path, arrival: Time) -> Option<()> {
        let message = guarded(|| StunMessage::parse(data).ok())??;
        let index = if message.is_binding_request() {
            let (ours, _) = message.split_username()?;
            *self.port.by_ufrag.get(ours)?
        } else {
            *self.port.by_suspect.get(&path.peer)?
        };
        let leg = self.legs.get_mut(index)?;
        let out = &mut self.output;
        // Anybody can send a check: what goes wrong in it must cost nobody anything.
        let checked = guarded(|| {
            let transport = leg.transport.as_mut()?;
            if message.is_binding_request() {
                transport.check(&message, path, arrival, send_to(index, path, out))
            } else {
                transport.confirm(&message, path, arrival)
            }
        })??;
        self.port.by_suspect.remove(&path.peer);
        leg.alive(path.peer.address, arrival, &mut out.events);
        let Checked {
            added,
            forgotten,
            expired,
        } = checked;
        let still = |ufrag: &str| {
            let transport = leg.transport.as_ref();
            transport.is_some_and(|t| t.ufrags().any(|u| u == ufrag))
        };
        if let Some(ufrag) = expired.filter(|u| !still(u)) {
            self.port.by_ufrag.remove(ufrag.as_str());
        }
        if let Some(peer) = forgotten {
            self.port.by_peer.remove(&peer);
        }
        if let Some(peer) = added {
            let before = self.port.by_peer.insert(peer, index);
            // A browser that uses an address again, for its next call.
            if let Some(other) = before.filter(|&b| b != index) {
                let other = self.legs.get_mut(other).and_then(|l| l.transport.as_mut());
                if let Some(transport) = other {
                    transport.forget(peer);
                }
            }
        }
        Some(())
    }

    fn handshake(&mut self, data: &[u8], path: Path, arrival: Time) -> Option<()> {
        let index = *self.port.by_peer.get(&path.peer)?;
        let now = self.port.instant(arrival);
        let leg = self.legs.get_mut(index)?;
        let out = &mut self.output;
        let mut tools = Tools {
            identity: self.port.identity.as_ref()?,
            now,
            scratch: &mut self.port.scratch,
        };
        let transport = leg.transport.as_mut()?;
        let news =
            guarded(|| transport.datagram(data, arrival, &mut tools, send_to(index, path, out)))
                .unwrap_or_else(|| Some(transport.give_up(arrival)));
        if let Some(news) = news {
            leg.hear_news(news, arrival, &mut out.events);
        }
        Some(())
    }

    fn audio(&mut self, data: &mut [u8], path: Path, arrival: Time) -> Option<()> {
        let known = self.port.by_peer.get(&path.peer).copied();
        let index = known.or_else(|| self.port.owner_of_stream(data))?;
        let before = self.legs.get(index)?.stream;
        let believed = self.audio_of(index, data, path, arrival);
        if believed && known.is_none() {
            self.ask(index, path, arrival);
        }
        let after = self.legs.get(index)?.stream;
        if before != after {
            if let Some(before) = before {
                self.port.by_ssrc.remove(&before);
            }
            if let Some(after) = after {
                self.port.by_ssrc.insert(after, index);
            }
        }
        Some(())
    }

    /// Asks a browser whether it is where its audio comes from.
    fn ask(&mut self, index: LegIndex, path: Path, now: Time) {
        let Some(transport) = self.legs.get_mut(index).and_then(|l| l.transport.as_mut()) else {
            return;
        };
        let before = transport.asked();
        if transport.suspect(path, now, send_to(index, path, &mut self.output)) {
            if let Some(before) = before {
                self.port.by_suspect.remove(&before);
            }
            self.port.by_suspect.insert(path.peer, index);
        }
    }

    /// Takes what was agreed for a browser's leg.
    pub(crate) fn set_browser(
        &mut self,
        index: LegIndex,
        agreed: &WebRtc,
        now: Time,
    ) -> Result<(), &'static str> {
        agreed.generation.check()?;
        let ufrag = agreed.generation.local.ufrag.as_str();
        if self.port.by_ufrag.get(ufrag).is_some_and(|&i| i != index) {
            return Err("another leg has this ICE ufrag");
        }
        let transport = self.legs.get_mut(index).and_then(|l| l.transport.as_mut());
        let Some(transport) = transport else {
            return Err("the leg was not opened for a browser");
        };
        let before: Vec<String> = transport.ufrags().map(str::to_string).collect();
        transport.set(agreed, now);
        for ufrag in before {
            if !transport.ufrags().any(|u| u == ufrag) {
                self.port.by_ufrag.remove(ufrag.as_str());
            }
        }
        self.port.by_ufrag.insert(ufrag.into(), index);
        Ok(())
    }

    /// Lets time pass for a browser's leg.
    pub(crate) fn tick_browser(&mut self, index: LegIndex, end: Time) {
        let now = self.port.instant(end);
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let (Some(transport), Some(identity)) = (&mut leg.transport, &self.port.identity) else {
            return;
        };
        let Some(path) = transport.target() else {
            return;
        };
        let mut tools = Tools {
            identity,
            now,
            scratch: &mut self.port.scratch,
        };
        let out = &mut self.output;
        let news = guarded(|| transport.advance(end, &mut tools, send_to(index, path, out)))
            .unwrap_or_else(|| Some(transport.give_up(end)));
        if let Some(news) = news {
            leg.hear_news(news, end, &mut out.events);
        }
    }

    /// Says goodbye for a leg that is closed, and forgets whose its datagrams were.
    pub(crate) fn leave_port(&mut self, index: LegIndex) {
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let Some(transport) = &mut leg.transport else {
            return;
        };
        if let Some(path) = transport.target() {
            let out = &mut self.output;
            transport.close(&mut self.port.scratch, send_to(index, path, out));
        }
        let port = &mut self.port;
        for ufrag in transport.ufrags() {
            port.by_ufrag.remove(ufrag);
        }
        for peer in transport.peers() {
            port.by_peer.remove(&peer);
        }
        if let Some(asked) = transport.asked() {
            port.by_suspect.remove(&asked);
        }
        if let Some(ssrc) = leg.stream {
            port.by_ssrc.remove(&ssrc);
        }
    }

    /// Whether a browser has shown to be there.
    pub fn knows(&self, peer: Peer) -> bool {
        self.port.by_peer.contains_key(&peer)
    }

    /// A connection is gone.
    pub fn hung_up(&mut self, peer: Peer) {
        if let Some(index) = self.port.by_peer.remove(&peer) {
            let leg = self.legs.get_mut(index);
            if let Some(transport) = leg.and_then(|l| l.transport.as_mut()) {
                transport.forget(peer);
            }
        }
    }

    /// Some browser's packets are wanted at once, not just before the next tick: they are relayed, or belong to a handshake.
    pub fn browsers_wait(&self, now: Time) -> bool {
        self.legs.iter().any(|leg| {
            let settling = |t: &crate::webrtc::Transport| t.is_settling(now);
            leg.transport
                .as_deref()
                .is_some_and(|t| leg.attention == crate::output::Attention::AtOnce || settling(t))
        })
    }
}

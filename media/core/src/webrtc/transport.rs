//! The transport of one browser's leg: where the browser is, and the association with it.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use is::stun::{StunMessage, TransId};

use crate::time::Time;
use crate::webrtc::dtls::{Association, Fingerprint, Identity, Told, Trouble};
use crate::webrtc::ice::Ice;
use crate::webrtc::keys::Keys;
use crate::webrtc::path::{Path, Peer};
use crate::webrtc::WebRtc;

/// Paths a browser may have checked at a time; with one more the one not heard for longest is forgotten.
const MAX_PATHS: usize = 8;
/// Between an association that failed and the next.
const PAUSE: Duration = Duration::from_secs(1);
/// For so long after new terms packets are wanted at once, for the handshake's sake.
const SETTLING: Duration = Duration::from_secs(15);

/// Between two questions whether a browser is where its audio comes from.
const PROBES: Duration = Duration::from_millis(100);

/// What happened to a transport.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    Keys(Box<Keys>),
    Closed,
    Failed(Trouble),
}

/// What a believed check changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub added: Option<Peer>,
    pub forgotten: Option<Peer>,
    /// Our ufrag of before an ICE restart.
    pub expired: Option<String>,
}

/// What an association needs from outside.
pub struct Tools<'a> {
    pub identity: &'a Identity,
    pub now: Instant,
    pub scratch: &'a mut [u8],
}

/// See the module.
#[derive(Default)]
pub struct Transport {
    ice: Option<Ice>,
    terms: Option<(Fingerprint, bool)>,
    association: Option<Association>,
    connected: bool,
    /// The peer said goodbye; nothing happens until there are new terms.
    closed: bool,
    paths: Vec<(Path, Time)>,
    selected: Option<Path>,
    /// `selected` was chosen with the newest credentials.
    settled: bool,
    since: Time,
    again: Time,
    /// Where audio comes from that nobody has checked, and what we asked there and when.
    suspect: Option<(Path, TransId, Time)>,
}

impl Transport {
    /// Takes what was agreed. Other credentials are an ICE restart; another fingerprint or role is a new association. Until
    /// the new ones are ready, the old path and the old keys go on.
    pub fn set(&mut self, agreed: &WebRtc, now: Time) {
        let mut restarted = false;
        match &mut self.ice {
            None => self.ice = Some(Ice::new(agreed.generation.clone())),
            Some(ice) if *ice.generation() != agreed.generation => {
                ice.restart(agreed.generation.clone());
                restarted = true;
            }
            Some(_) => {}
        }
        let terms = Some((agreed.fingerprint, agreed.active));
        let renewed = self.terms != terms || (self.closed && restarted);
        if renewed {
            self.terms = terms;
            self.association = None;
            self.connected = false;
            self.closed = false;
            self.again = now;
        }
        if restarted || renewed {
            self.settled = false;
            self.since = now;
        }
    }

    /// Our ufrags that checks may come for.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        self.ice.iter().flat_map(Ice::ufrags)
    }

    /// Who has shown to be this browser.
    pub fn peers(&self) -> impl Iterator<Item = Peer> + '_ {
        self.paths.iter().map(|(path, _)| path.peer)
    }

    /// Where media goes: the path the browser nominated; before that, one it has checked.
    pub fn target(&self) -> Option<Path> {
        self.selected.or(self.paths.first().map(|(path, _)| *path))
    }

    /// There are no audio packets to wait for yet, but a handshake or a restart is on its way.
    pub fn is_settling(&self, now: Time) -> bool {
        self.ice.is_some()
            && !self.closed
            && !(self.connected && self.settled)
            && now.since(self.since) < SETTLING
    }

    /// Takes a connectivity check; `None` if it is not to be believed.
    pub fn check(
        &mut self,
        request: &StunMessage<'_>,
        path: Path,
        now: Time,
        send: impl FnMut(&[u8]),
    ) -> Option<Checked> {
        let ice = self.ice.as_mut()?;
        let check = ice.answer(request, path.peer.address, send)?;
        let mut checked = self.note(path, now);
        checked.expired = check.expired;
        if check.nominates {
            self.selected = Some(path);
            self.settled |= check.current;
        }
        Some(checked)
    }

    /// Audio that authenticates came from where no check came from: a NAT has given the browser a new address. It is asked
    /// there; what answers rightly is sent to from then on. Returns false if it was asked just now.
    pub fn suspect(&mut self, path: Path, now: Time, send: impl FnMut(&[u8])) -> bool {
        let asked = |(known, _, at): (Path, TransId, Time)| {
            known.peer == path.peer && now.since(at) < PROBES
        };
        if self.suspect.is_some_and(asked) {
            return false;
        }
        let id = self.ice.as_ref().and_then(|ice| ice.probe(send));
        self.suspect = id.map(|id| (path, id, now));
        id.is_some()
    }

    /// Where we asked last.
    pub fn asked(&self) -> Option<Peer> {
        self.suspect.map(|(path, _, _)| path.peer)
    }

    /// Takes an answer to what we asked; `None` if it is none.
    pub fn confirm(&mut self, message: &StunMessage<'_>, path: Path, now: Time) -> Option<Checked> {
        let (asked, id, _) = self.suspect?;
        if asked.peer != path.peer || !self.ice.as_ref()?.is_answer(message, id) {
            return None;
        }
        self.suspect = None;
        self.selected = Some(path);
        Some(self.note(path, now))
    }

    fn note(&mut self, path: Path, now: Time) -> Checked {
        let mut checked = Checked::default();
        if let Some((known, heard)) = self.paths.iter_mut().find(|(p, _)| p.peer == path.peer) {
            (*known, *heard) = (path, now);
            return checked;
        }
        if self.paths.len() >= MAX_PATHS {
            let selected = self.selected.map(|s| s.peer);
            let oldest = (0..self.paths.len())
                .filter(|&n| Some(self.paths[n].0.peer) != selected)
                .min_by_key(|&n| self.paths[n].1);
            if let Some(oldest) = oldest {
                checked.forgotten = Some(self.paths.remove(oldest).0.peer);
            }
        }
        self.paths.push((path, now));
        checked.added = Some(path.peer);
        checked
    }

    /// Forgets a path whose carrier is gone.
    pub fn forget(&mut self, peer: Peer) {
        self.paths.retain(|(path, _)| path.peer != peer);
        if self.selected.is_some_and(|s| s.peer == peer) {
            self.selected = None;
        }
    }

    /// Takes a DTLS datagram from a checked path.
    pub fn datagram(
        &mut self,
        datagram: &[u8],
        now: Time,
        tools: &mut Tools<'_>,
        send: impl FnMut(&[u8]),
    ) -> Option<News> {
        self.turn(Some(datagram), now, tools, send)
    }

    /// Lets time pass: repeats what was lost, begins what is ours to begin.
    pub fn advance(
        &mut self,
        now: Time,
        tools: &mut Tools<'_>,
        send: impl FnMut(&[u8]),
    ) -> Option<News> {
        let due = match &self.association {
            Some(association) => association.deadline <= tools.now,
            None => matches!(self.terms, Some((_, true))) && self.target().is_some(),
        };
        if due {
            self.turn(None, now, tools, send)
        } else {
            None
        }
    }

    fn turn(
        &mut self,
        datagram: Option<&[u8]>,
        now: Time,
        tools: &mut Tools<'_>,
        send: impl FnMut(&[u8]),
    ) -> Option<News> {
        let (fingerprint, active) = self.terms.filter(|_| !self.closed)?;
        if self.association.is_none() && now < self.again {
            return None;
        }
        let association = self.association.get_or_insert_with(|| {
            Association::new(tools.identity, active, fingerprint, tools.now)
        });
        match association.turn(tools.now, datagram, tools.scratch, send) {
            Ok(None) => None,
            Ok(Some(Told::Keys(keys))) => {
                self.connected = true;
                Some(News::Keys(keys))
            }
            Ok(Some(Told::Closed)) => {
                self.closed = true;
                self.association = None;
                Some(News::Closed)
            }
            Err(trouble) => {
                let news = self.give_up(now);
                Some(match news {
                    News::Failed(_) => News::Failed(trouble),
                    other => other,
                })
            }
        }
    }

    /// Gives the association up because of our bug.
    pub fn give_up(&mut self, now: Time) -> News {
        self.association = None;
        self.again = now + PAUSE;
        self.closed = std::mem::take(&mut self.connected);
        if self.closed {
            News::Closed
        } else {
            News::Failed(Trouble::Handshake)
        }
    }

    /// Says goodbye.
    pub fn close(&mut self, scratch: &mut [u8], send: impl FnMut(&[u8])) {
        if let Some(association) = self.association.as_mut().filter(|_| self.connected) {
            association.close(scratch, send);
        }
    }
}

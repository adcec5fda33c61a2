//! ICE as a lite agent (RFC 8445): it answers the browser's connectivity checks and goes where the browser nominates.
//!
//! A lite agent needs no candidate pairs and no timers. What it must not do is to believe a check without its integrity: of
//! a stranger's nothing is answered and nothing remembered.
#![forbid(unsafe_code)]

use std::net::SocketAddr;

use hmac::{Hmac, KeyInit, Mac};
use is::stun::{StunMessage, TransId};
use sha1::Sha1;

/// Room for what we write: a header, a user name of two ufrags, and some attributes of fixed length.
const MESSAGE: usize = 768;
/// Priority of a peer-reflexive candidate (RFC 8445 §5.1.2).
const PRIORITY: u32 = (110 << 24) | (65_535 << 8) | 255;

/// What one side puts into its description.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub ufrag: String,
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    /// Never shows the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.ufrag)
    }
}

/// The credentials of both sides, from one exchange of descriptions to the next ICE restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    pub local: Credentials,
    pub remote: Credentials,
}

impl Generation {
    /// # Errors
    /// What is wrong with them (RFC 8839 §5.4).
    pub fn check(&self) -> Result<(), &'static str> {
        let fits = |text: &str, least: usize| {
            (least..=256).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
        };
        let all = [&self.local, &self.remote];
        if all
            .iter()
            .all(|c| fits(&c.ufrag, 4) && fits(&c.password, 22))
        {
            Ok(())
        } else {
            Err("an ICE ufrag has 4 to 256, a password 22 to 256 ICE characters")
        }
    }
}

/// What a believed check asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Media is to go where the check came from.
    pub nominates: bool,
    /// It belongs to the newest credentials.
    pub current: bool,
    /// Our ufrag of before the restart, which is over now.
    pub expired: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub struct Ice {
    current: Generation,
    /// Of before the restart: valid until the new credentials have nominated.
    former: Option<Generation>,
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    let Ok(mut mac) = <Hmac<Sha1> as KeyInit>::new_from_slice(key) else {
        return [0; 20]; // HMAC takes keys of any length
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Ice {
    pub fn new(generation: Generation) -> Self {
        Self {
            current: generation,
            former: None,
        }
    }

    pub fn generation(&self) -> &Generation {
        &self.current
    }

    /// Takes new credentials; the old ones go on until the new ones have nominated.
    pub fn restart(&mut self, generation: Generation) {
        self.former = Some(std::mem::replace(&mut self.current, generation));
    }

    /// Our ufrags that checks may come for.
    pub fn ufrags(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current)
            .chain(&self.former)
            .map(|g| g.local.ufrag.as_str())
    }

    /// Answers a check that came from `from`. `None`, and no answer, if it is not to be believed.
    pub fn answer(
        &mut self,
        request: &StunMessage<'_>,
        from: SocketAddr,
        mut send: impl FnMut(&[u8]),
    ) -> Option<Check> {
        if !request.is_binding_request() {
            return None;
        }
        let (ours, theirs) = request.split_username()?;
        let wanted = |g: &Generation| g.local.ufrag == ours && g.remote.ufrag == theirs;
        let current = wanted(&self.current);
        let generation = if current {
            &self.current
        } else {
            self.former.as_ref().filter(|g| wanted(g))?
        };
        let password = generation.local.password.as_bytes();
        if !request.verify(password, hmac) {
            return None;
        }
        // A lite agent never controls (RFC 8445 §6.1.1); a peer that wants to be controlled too is told so.
        let conflict = request.ice_controlled().is_some();
        let answer = if conflict {
            StunMessage::binding_role_conflict_reply(request.trans_id())
        } else {
            StunMessage::binding_reply(request.trans_id(), from)
        };
        let mut bytes = [0; MESSAGE];
        let length = answer.to_bytes(Some(password), &mut bytes, hmac).ok()?;
        send(&bytes[..length]);
        let nominates = request.use_candidate() && !conflict;
        let former = self.former.take_if(|_| current && nominates);
        Some(Check {
            nominates,
            current,
            expired: former.map(|f| f.local.ufrag),
        })
    }
    /// Asks a browser whether it is where its audio comes from. A lite agent checks nothing of its own accord; this is for the
    /// consent to send to a new address (RFC 7675), and answered like any check.
    pub fn probe(&self, mut send: impl FnMut(&[u8])) -> Option<TransId> {
        let Generation { local, remote } = &self.current;
        let username = format!("{}:{}", remote.ufrag, local.ufrag);
        let id = TransId::new();
        let request = StunMessage::binding_request(&username, id, false, 0, PRIORITY, false);
        let mut bytes = [0; MESSAGE];
        let password = Some(remote.password.as_bytes());
        let length = request.to_bytes(password, &mut bytes, hmac).ok()?;
        send(&bytes[..length]);
        Some(id)
    }

    /// Whether it is the answer to a probe.
    pub fn is_answer(&self, message: &StunMessage<'_>, id: TransId) -> bool {
        message.is_successful_binding_response()
            && message.trans_id() == id
            && message.verify(self.current.remote.password.as_bytes(), hmac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(name: &str) -> Credentials {
        Credentials {
            ufrag: format!("{name}+ufrag"),
            password: format!("{name}/password/of/22/characters"),
        }
    }

    fn generation(number: u32) -> Generation {
        Generation {
            local: credentials(&format!("ours{number}")),
            remote: credentials(&format!("theirs{number}")),
        }
    }

    fn request(of: &Generation, password: &str, controlling: bool, nominate: bool) -> Vec<u8> {
        let username = format!("{}:{}", of.local.ufrag, of.remote.ufrag);
        let message =
            StunMessage::binding_request(&username, TransId::new(), controlling, 7, 99, nominate);
        let mut bytes = vec![0; 500];
        let length = message
            .to_bytes(Some(password.as_bytes()), &mut bytes, hmac)
            .expect("room");
        bytes.truncate(length);
        bytes
    }

    fn ask(ice: &mut Ice, bytes: &[u8]) -> (Option<Check>, Vec<Vec<u8>>) {
        let mut sent = Vec::new();
        let from = "192.0.2.1:5000".parse().expect("an address");
        let check = StunMessage::parse(bytes)
            .ok()
            .and_then(|m| ice.answer(&m, from, |b| sent.push(b.to_vec())));
        (check, sent)
    }

    #[test]
    fn a_check_is_answered_with_the_address_it_came_from() {
        let mut ice = Ice::new(generation(1));
        let bytes = request(&generation(1), &generation(1).local.password, true, true);
        let (check, sent) = ask(&mut ice, &bytes);
        assert_eq!(
            check,
            Some(Check {
                nominates: true,
                current: true,
                expired: None
            })
        );
        let answer = StunMessage::parse(&sent[0]).expect("an answer");
        assert!(answer.is_successful_binding_response());
        assert_eq!(
            answer.mapped_address(),
            "192.0.2.1:5000".parse().ok(),
            "what the browser looks like from here"
        );
        assert!(answer.verify(generation(1).local.password.as_bytes(), hmac));
    }

    #[test]
    fn strangers_get_no_answer() {
        let mut ice = Ice::new(generation(1));
        let right = generation(1);
        let wrong_password = request(&right, "not/the/password/at/all", true, true);
        let other = generation(2);
        let other_names = request(&other, &right.local.password, true, true);
        let mut cut = request(&right, &right.local.password, true, true);
        cut[30] ^= 1;
        for bytes in [wrong_password, other_names, cut] {
            assert_eq!(ask(&mut ice, &bytes), (None, Vec::new()));
        }
    }

    #[test]
    fn a_peer_that_wants_to_be_controlled_is_told_to_control() {
        let mut ice = Ice::new(generation(1));
        let bytes = request(&generation(1), &generation(1).local.password, false, true);
        let (check, sent) = ask(&mut ice, &bytes);
        assert_eq!(check.map(|c| c.nominates), Some(false));
        let answer = StunMessage::parse(&sent[0]).expect("an answer");
        assert_eq!(answer.error_code().map(|(code, _)| code), Some(487));
    }

    #[test]
    fn old_credentials_hold_until_the_new_ones_have_nominated() {
        let mut ice = Ice::new(generation(1));
        ice.restart(generation(2));
        let of = |n: u32, nominate: bool| {
            request(
                &generation(n),
                &generation(n).local.password,
                true,
                nominate,
            )
        };
        let check = ask(&mut ice, &of(1, true)).0.expect("still valid");
        assert!(!check.current);
        assert!(ask(&mut ice, &of(2, false)).0.is_some_and(|c| c.current));
        assert!(ask(&mut ice, &of(1, false)).0.is_some());
        let check = ask(&mut ice, &of(2, true)).0.expect("nominated");
        assert_eq!(check.expired, Some(generation(1).local.ufrag));
        assert_eq!(ask(&mut ice, &of(1, true)).0, None);
    }

    #[test]
    fn a_probe_is_a_check_the_browser_can_answer_and_nobody_else() {
        let ice = Ice::new(generation(1));
        let mut sent = Vec::new();
        let id = ice.probe(|b| sent.extend_from_slice(b)).expect("a probe");
        let request = StunMessage::parse(&sent).expect("a request");
        let Generation { local, remote } = generation(1);
        assert_eq!(
            request.split_username(),
            Some((remote.ufrag.as_str(), local.ufrag.as_str()))
        );
        assert!(request.verify(remote.password.as_bytes(), hmac));
        let from = "192.0.2.1:5000".parse().expect("an address");
        let answer = |id: TransId, password: &str| {
            let mut bytes = vec![0; 300];
            let reply = StunMessage::binding_reply(id, from);
            let length = reply.to_bytes(Some(password.as_bytes()), &mut bytes, hmac);
            bytes.truncate(length.expect("room"));
            bytes
        };
        let is_answer = |bytes: &[u8]| {
            let message = StunMessage::parse(bytes).expect("a message");
            ice.is_answer(&message, id)
        };
        assert!(is_answer(&answer(id, &remote.password)));
        assert!(!is_answer(&answer(id, &local.password)));
        assert!(!is_answer(&answer(TransId::new(), &remote.password)));
    }

    #[test]
    fn credentials_are_of_ice_characters() {
        assert_eq!(generation(1).check(), Ok(()));
        let mut bad = generation(1);
        bad.local.ufrag = "a:b+c".into();
        assert!(bad.check().is_err());
        let mut short = generation(1);
        short.remote.password.truncate(21);
        assert!(short.check().is_err());
    }
}

//! One DTLS association (RFC 5763): a handshake that gives SRTP keys, and the peer's farewell.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::certificate::{calculate_fingerprint, generate_self_signed_certificate};
use dimpl::{Config, DtlsCertificate, Output};

use crate::webrtc::keys::{cut, Keys};

/// SHA-256 of a certificate.
pub type Fingerprint = [u8; 32];

/// The first retransmission of a flight, then twice as long each time: browsers are near or have a fast network, and who
/// calls does not like to wait.
const RETRANSMISSION: Duration = Duration::from_millis(250);
/// Retransmissions of a flight: about 16 s.
const RETRIES: usize = 6;
/// Records fit into this, whatever the network (IPv6 with a tunnel or two).
const MTU: usize = 1150;
/// Room for what one step of the handshake gives; certificates are below 1 kB.
pub const SCRATCH: usize = 8 << 10;

/// Why an association is over, or never came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The peer is not the one of the description.
    WrongCertificate,
    /// No SRTP profile we both know.
    NoProfile,
    /// Nobody answered, or not as DTLS has it.
    Handshake,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Trouble::WrongCertificate => "the certificate is not the one of the description",
            Trouble::NoProfile => "no SRTP profile in common",
            Trouble::Handshake => "the DTLS handshake failed",
        })
    }
}

/// What an association has to tell.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// The peer is the right one, and these are the keys.
    Keys(Box<Keys>),
    /// The peer said goodbye.
    Closed,
}

/// The certificate all associations of a process use.
#[derive(Clone)]
pub struct Identity {
    certificate: DtlsCertificate,
    config: Arc<Config>,
    pub fingerprint: Fingerprint,
}

impl Identity {
    /// A new one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn generate() -> Result<Self, String> {
        let certificate = generate_self_signed_certificate().map_err(|e| e.to_string())?;
        let config = Config::builder()
            .mtu(MTU)
            // ICE has seen to it that the peer is where it says it is.
            .use_server_cookie(false)
            .flight_start_rto(RETRANSMISSION)
            .flight_retries(RETRIES)
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Self {
            fingerprint: fingerprint_of(&certificate.certificate).ok_or("no fingerprint")?,
            certificate,
            config: Arc::new(config),
        })
    }
}

fn fingerprint_of(der: &[u8]) -> Option<Fingerprint> {
    calculate_fingerprint(der).try_into().ok()
}

/// A fingerprint as it stands in descriptions (RFC 8122 §5): `sha-256 AA:BB:..`.
pub fn format_fingerprint(fingerprint: &Fingerprint) -> String {
    let pairs: Vec<String> = fingerprint.iter().map(|b| format!("{b:02X}")).collect();
    format!("sha-256 {}", pairs.join(":"))
}

/// The opposite; None for another hash or for what is no fingerprint.
pub fn parse_fingerprint(text: &str) -> Option<Fingerprint> {
    let (hash, digits) = text.trim().split_once(' ')?;
    if !hash.eq_ignore_ascii_case("sha-256") {
        return None;
    }
    let byte = |pair: &str| {
        (pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| u8::from_str_radix(pair, 16).ok())
            .flatten()
    };
    let bytes: Option<Vec<u8>> = digits.trim().split(':').map(byte).collect();
    bytes?.try_into().ok()
}

/// See the module.
pub struct Association {
    dtls: dimpl::Dtls,
    active: bool,
    expected: Fingerprint,
    verified: bool,
    connected: bool,
    keys: Option<Keys>,
    /// When `turn` is to be called without a datagram.
    pub deadline: Instant,
}

impl Association {
    /// `active`: we send the first message, when `turn` is called for the first time.
    pub fn new(identity: &Identity, active: bool, expected: Fingerprint, now: Instant) -> Self {
        let config = Arc::clone(&identity.config);
        let mut dtls = dimpl::Dtls::new_12(config, identity.certificate.clone(), now);
        dtls.set_active(active);
        Self {
            dtls,
            active,
            expected,
            verified: false,
            connected: false,
            keys: None,
            deadline: now,
        }
    }

    /// Lets time pass and takes a datagram, if there is one; `send` is given what is to be sent.
    ///
    /// # Errors
    /// The association is over; nothing more must be asked of it.
    pub fn turn(
        &mut self,
        now: Instant,
        datagram: Option<&[u8]>,
        scratch: &mut [u8],
        mut send: impl FnMut(&[u8]),
    ) -> Result<Option<Told>, Trouble> {
        let mut result = self.dtls.handle_timeout(now);
        let mut told = self.drain(scratch, &mut send)?;
        if let (Ok(()), Some(datagram)) = (&result, datagram) {
            result = self.dtls.handle_packet(datagram);
            told = self.drain(scratch, &mut send)?.or(told);
        }
        result.map_err(|_| Trouble::Handshake)?;
        Ok(told)
    }

    /// Says goodbye.
    pub fn close(&mut self, scratch: &mut [u8], mut send: impl FnMut(&[u8])) {
        if self.dtls.close().is_ok() {
            let _ = self.drain(scratch, &mut send);
        }
    }

    fn drain(
        &mut self,
        scratch: &mut [u8],
        send: &mut impl FnMut(&[u8]),
    ) -> Result<Option<Told>, Trouble> {
        let mut closed = false;
        loop {
            match self.dtls.poll_output(scratch) {
                Output::Packet(packet) => send(packet),
                Output::PeerCert(der) => {
                    if fingerprint_of(der) != Some(self.expected) {
                        return Err(Trouble::WrongCertificate);
                    }
                    self.verified = true;
                }
                Output::KeyingMaterial(material, profile) => {
                    self.keys = cut(&material, profile, self.active);
                }
                Output::Connected => self.connected = true,
                Output::CloseNotify => closed = true,
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    break;
                }
                Output::BufferTooSmall { .. } => return Err(Trouble::Handshake),
                _ => {} // nobody sends us application data
            }
        }
        if closed {
            return Ok(Some(Told::Closed));
        }
        if !self.connected || !self.verified {
            return Ok(None);
        }
        self.connected = false; // told once
        match self.keys.take() {
            Some(keys) => Ok(Some(Told::Keys(Box::new(keys)))),
            None => Err(Trouble::NoProfile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets two ends talk until both are silent; the n-th datagram of each is lost if `lost` says so.
    #[allow(clippy::type_complexity)]
    fn talk(
        ends: &mut [Association; 2],
        now: Instant,
        rounds: u32,
        lost: impl Fn(usize, usize) -> bool,
    ) -> Result<[Vec<Told>; 2], (usize, Trouble)> {
        let mut scratch = vec![0; SCRATCH];
        let mut wire: [Vec<Vec<u8>>; 2] = [Vec::new(), Vec::new()];
        let mut sent = [0, 0];
        let mut told = [Vec::new(), Vec::new()];
        for round in 0..rounds {
            let now = now + Duration::from_millis(50) * round;
            for side in 0..2 {
                let arrived = std::mem::take(&mut wire[1 - side]);
                let mut out = Vec::new();
                for datagram in arrived.iter().map(Some).chain([None]) {
                    let datagram = datagram.map(Vec::as_slice);
                    let result =
                        ends[side].turn(now, datagram, &mut scratch, |p| out.push(p.to_vec()));
                    told[side].extend(result.map_err(|t| (side, t))?);
                }
                for datagram in out {
                    sent[side] += 1;
                    if !lost(side, sent[side]) {
                        wire[side].push(datagram);
                    }
                }
            }
        }
        Ok(told)
    }

    fn pair(now: Instant) -> [Association; 2] {
        let (a, b) = (
            Identity::generate().expect("an identity"),
            Identity::generate().expect("an identity"),
        );
        [
            Association::new(&a, true, b.fingerprint, now),
            Association::new(&b, false, a.fingerprint, now),
        ]
    }

    fn keys(told: &[Told]) -> &Keys {
        match told {
            [Told::Keys(keys)] => keys,
            other => panic!("no keys: {other:?}"),
        }
    }

    #[test]
    fn both_ends_get_the_same_keys_once() {
        let now = Instant::now();
        let told = talk(&mut pair(now), now, 10, |_, _| false).expect("a handshake");
        let (client, server) = (keys(&told[0]), keys(&told[1]));
        assert_eq!(
            (&client.send, &client.receive),
            (&server.receive, &server.send)
        );
        assert_ne!(client.send, client.receive);
    }

    #[test]
    fn lost_flights_are_repeated() {
        let now = Instant::now();
        let told = talk(&mut pair(now), now, 100, |_, n| n <= 3).expect("a handshake");
        assert_eq!(keys(&told[0]).send, keys(&told[1]).receive);
    }

    #[test]
    fn another_certificate_than_the_descriptions_gives_no_keys() {
        let now = Instant::now();
        for liar in 0..2 {
            let mut ends = pair(now);
            ends[1 - liar].expected[31] ^= 1;
            let error = talk(&mut ends, now, 100, |_, _| false).expect_err("refused");
            assert_eq!(error, (1 - liar, Trouble::WrongCertificate));
        }
    }

    #[test]
    fn a_farewell_is_told_and_junk_is_not() {
        let now = Instant::now();
        let mut ends = pair(now);
        talk(&mut ends, now, 10, |_, _| false).expect("a handshake");
        let mut scratch = vec![0; SCRATCH];
        let [client, server] = &mut ends;
        let forged_alert = [21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40];
        let forged_goodbye = [21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 98, 0, 2, 1, 0];
        for junk in [
            &[22, 254, 253, 0, 0][..],
            &[21; 40],
            &[63; 1400],
            &[20],
            &forged_alert,
            &forged_goodbye,
        ] {
            let told = server.turn(now, Some(junk), &mut scratch, |_| {});
            assert_eq!(told, Ok(None));
        }
        let mut farewell = Vec::new();
        client.close(&mut scratch, |p| farewell.push(p.to_vec()));
        let told = server.turn(
            now,
            farewell.first().map(Vec::as_slice),
            &mut scratch,
            |_| {},
        );
        assert_eq!(told, Ok(Some(Told::Closed)));
    }

    #[test]
    fn nobody_answers_and_it_is_over() {
        let now = Instant::now();
        let error = talk(&mut pair(now), now, 1_000, |side, _| side == 1).expect_err("over");
        assert_eq!(error.1, Trouble::Handshake);
    }

    #[test]
    fn fingerprints_are_written_and_read() {
        let fingerprint: Fingerprint = std::array::from_fn(|n| n as u8 * 7);
        let text = format_fingerprint(&fingerprint);
        assert!(text.starts_with("sha-256 00:07:0E:"), "{text}");
        assert_eq!(parse_fingerprint(&text), Some(fingerprint));
        assert_eq!(parse_fingerprint(&text.to_lowercase()), Some(fingerprint));
        for bad in [
            "",
            "sha-256",
            "sha-1 00:07",
            "sha-256 00:07",
            &text[..text.len() - 1],
        ] {
            assert_eq!(parse_fingerprint(bad), None, "{bad}");
        }
        assert_eq!(parse_fingerprint(&text.replace(":0E", ":+E")), None);
    }
}

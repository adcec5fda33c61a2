//! The SRTP keys of a DTLS handshake (RFC 5764 §4.2), taken from under str0m's hands.
//!
//! str0m gives its keying material to nobody, but lets its DTLS be provided: ours is the given one, and notes the keying
//! material that passes through it. With the keys, audio packets need not pass through str0m: they go to and from the leg's
//! own SRTP contexts, and str0m keeps ICE, DTLS and their timers.
//!
//! An `Rtc` is polled by one thread, so the keys found are left to that thread: ask `take` after polling an `Rtc` and
//! before touching another one, and believe them after `Event::Connected` only, when the fingerprint was verified.

use std::cell::RefCell;
use std::time::Instant;

use str0m::config::{CryptoProvider, DtlsCert, DtlsVersion};
use str0m::crypto::dtls::{
    DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion, SrtpProfile,
};
use str0m::crypto::CryptoError;

use crate::agreement::SrtpKey;
use crate::srtp::Suite;

thread_local! {
    static FOUND: RefCell<Option<Keys>> = const { RefCell::new(None) };
}

/// The keys of both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    pub send: SrtpKey,
    pub receive: SrtpKey,
}

/// The keys of the `Rtc` that was polled last on this thread, if its handshake came that far.
pub fn take() -> Option<Keys> {
    FOUND.with_borrow_mut(Option::take)
}

/// Cuts keying material into keys. `active`: we are the DTLS client. `None` if it is too short or of a profile we do not
/// know.
fn cut(material: &[u8], profile: SrtpProfile, active: bool) -> Option<Keys> {
    let suite = match profile {
        SrtpProfile::AES128_CM_SHA1_80 => Suite::AesCm128HmacSha1_80,
        SrtpProfile::AEAD_AES_128_GCM => Suite::AeadAes128Gcm,
        SrtpProfile::AEAD_AES_256_GCM => Suite::AeadAes256Gcm,
        _ => return None,
    };
    let (key, salt) = suite.key_lengths();
    let (client_key, rest) = material.split_at_checked(key)?;
    let (server_key, rest) = rest.split_at_checked(key)?;
    let (client_salt, rest) = rest.split_at_checked(salt)?;
    let (server_salt, _) = rest.split_at_checked(salt)?;
    let made = |key: &[u8], salt: &[u8]| SrtpKey {
        suite,
        key_and_salt: [key, salt].concat(),
        mki: Vec::new(),
    };
    let client = made(client_key, client_salt);
    let server = made(server_key, server_salt);
    Some(if active {
        Keys {
            send: client,
            receive: server,
        }
    } else {
        Keys {
            send: server,
            receive: client,
        }
    })
}

#[derive(Debug)]
struct Provider(&'static dyn DtlsProvider);

/// `given`, with a DTLS that lets `take` see its keys. To be made once a process: what it takes is never freed.
pub fn tapped(given: CryptoProvider) -> CryptoProvider {
    CryptoProvider {
        dtls_provider: Box::leak(Box::new(Provider(given.dtls_provider))),
        ..given
    }
}

impl DtlsProvider for Provider {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        self.0.generate_certificate()
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        Ok(Box::new(Tapped(self.0.new_dtls(cert, now, version, mtu)?)))
    }

    fn is_test(&self) -> bool {
        self.0.is_test()
    }
}

#[derive(Debug)]
struct Tapped(Box<dyn DtlsInstance>);

impl DtlsInstance for Tapped {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let active = self.0.is_active();
        let output = self.0.poll_output(buf);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            FOUND.set(cut(material, *profile, active));
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<(), DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keying_material_is_cut_as_rfc_5764_has_it() {
        let material: Vec<u8> = (0..60).collect();
        let client = cut(&material, SrtpProfile::AES128_CM_SHA1_80, true).expect("60 bytes");
        let of =
            |key: u8, salt: u8| -> Vec<u8> { (key..key + 16).chain(salt..salt + 14).collect() };
        assert_eq!(client.send.key_and_salt, of(0, 32));
        assert_eq!(client.receive.key_and_salt, of(16, 46));
        let server = cut(&material, SrtpProfile::AES128_CM_SHA1_80, false).expect("60 bytes");
        assert_eq!((server.send, server.receive), (client.receive, client.send));
        assert_eq!(
            cut(&material[..59], SrtpProfile::AES128_CM_SHA1_80, true),
            None
        );
        assert_eq!(cut(&material, SrtpProfile::AEAD_AES_256_GCM, true), None);
    }

    #[test]
    fn two_ends_of_a_handshake_find_the_same_keys() {
        let provider = tapped(str0m::crypto::from_feature_flags());
        let certificate = provider
            .dtls_provider
            .generate_certificate()
            .expect("a certificate");
        let now = Instant::now();
        let mut ends = [true, false].map(|active| {
            let made =
                provider
                    .dtls_provider
                    .new_dtls(&certificate, now, DtlsVersion::Dtls12, None);
            let mut dtls = made.expect("an end");
            dtls.set_active(active);
            dtls.handle_timeout(now).expect("a start");
            dtls
        });
        let mut found = [None, None];
        for _ in 0..20 {
            for side in 0..2 {
                let mut buffer = [0; 2_000];
                let mut packets = Vec::new();
                loop {
                    match ends[side].poll_output(&mut buffer) {
                        DtlsOutput::Packet(packet) => packets.push(packet.to_vec()),
                        DtlsOutput::Timeout(_) => break,
                        _ => {}
                    }
                }
                found[side] = take().or(found[side].take());
                for packet in packets {
                    ends[1 - side].handle_packet(&packet).expect("a packet");
                }
            }
        }
        let [Some(client), Some(server)] = found else {
            panic!("no keys");
        };
        assert_eq!(
            (&client.send, &client.receive),
            (&server.receive, &server.send)
        );
        assert_ne!(client.send, client.receive);
    }
}

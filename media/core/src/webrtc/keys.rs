//! The SRTP keys of a DTLS handshake (RFC 5764 §4.2).
#![forbid(unsafe_code)]

use dimpl::SrtpProfile;

use crate::agreement::SrtpKey;
use crate::srtp::Suite;

/// The keys of both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    pub send: SrtpKey,
    pub receive: SrtpKey,
}

/// Cuts keying material into keys. `active`: we are the DTLS client. `None` if it is too short or of a profile we do not
/// know.
pub fn cut(material: &[u8], profile: SrtpProfile, active: bool) -> Option<Keys> {
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
}

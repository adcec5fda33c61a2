//! Browsers: which datagram of the one shared port is whose, ICE as a lite agent (RFC 8445), and DTLS for SRTP keys
//! (RFC 5763, 5764).
//!
//! STUN is read and written by `is`, DTLS spoken by `dimpl`: they are what str0m is made of (ADR 15). Audio does not pass here.
//! Once the handshake gave keys, the packets of a browser's leg are protected and opened by its own SRTP contexts, as with
//! SDES; so relay, jitter buffer, rooms, reports and the outgoing line are those of any leg.

mod dtls;
mod ice;
mod keys;
mod path;
mod port;
mod transport;

pub use dtls::{format_fingerprint, parse_fingerprint, Association, Fingerprint, Identity, Told};
pub use dtls::{Trouble, SCRATCH};
pub use ice::{Credentials, Generation};
pub use keys::Keys;
pub use path::{Carrier, Path, Peer};
pub(crate) use port::Port;
pub(crate) use transport::Transport;

/// What both descriptions say of a browser's transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebRtc {
    pub generation: Generation,
    /// Of the browser's certificate.
    pub fingerprint: Fingerprint,
    /// We are the DTLS client.
    pub active: bool,
}

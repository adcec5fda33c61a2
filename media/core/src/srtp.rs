//! SRTP and SRTCP (RFC 3711, 6188, 7714) with keys by SDES (RFC 4568): one direction of one leg.
//!
//! Packets are changed in place and nothing is allocated for them. Of a received packet nothing is remembered before
//! it has authenticated: packets from strangers cannot make streams or move counters.

use aes::cipher::{Array, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128, Aes256};
use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// A suite by its SDES name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    AesCm128HmacSha1_80,
    AesCm128HmacSha1_32,
    AesCm256HmacSha1_80,
    AesCm256HmacSha1_32,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

impl Suite {
    /// The suite of an SDES name, e.g. `AES_CM_128_HMAC_SHA1_80`.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "AES_CM_128_HMAC_SHA1_80" => Suite::AesCm128HmacSha1_80,
            "AES_CM_128_HMAC_SHA1_32" => Suite::AesCm128HmacSha1_32,
            "AES_256_CM_HMAC_SHA1_80" => Suite::AesCm256HmacSha1_80,
            "AES_256_CM_HMAC_SHA1_32" => Suite::AesCm256HmacSha1_32,
            "AEAD_AES_128_GCM" => Suite::AeadAes128Gcm,
            "AEAD_AES_256_GCM" => Suite::AeadAes256Gcm,
            _ => return None,
        })
    }

    /// Bytes of the master key and of the master salt, in the order of the SDES inline parameter.
    pub const fn key_lengths(self) -> (usize, usize) {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => (16, 14),
            Suite::AesCm256HmacSha1_80 | Suite::AesCm256HmacSha1_32 => (32, 14),
            Suite::AeadAes128Gcm => (16, 12),
            Suite::AeadAes256Gcm => (32, 12),
        }
    }

    /// Bytes of the tag of an RTP packet.
    const fn tag_length(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm256HmacSha1_80 => 10,
            Suite::AesCm128HmacSha1_32 | Suite::AesCm256HmacSha1_32 => 4,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 16,
        }
    }
}

/// Why a packet was not protected or not accepted, or a key not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrtpError {
    /// Key and salt have not the length of the suite.
    BadKey,
    /// Too short, or not RTP/RTCP.
    Malformed,
    /// The buffer has no room for the tag (`MAX_OVERHEAD`).
    TooSmall,
    /// The tag is wrong.
    Authentication,
    /// Seen before, or older than the replay window.
    Replayed,
    /// The key's packets are used up (2^48 RTP or 2^31 RTCP packets).
    Limit,
}

impl std::fmt::Display for SrtpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            SrtpError::BadKey => "SRTP key has not the length of its suite",
            SrtpError::Malformed => "not an SRTP packet",
            SrtpError::TooSmall => "no room for the SRTP tag",
            SrtpError::Authentication => "SRTP authentication failed",
            SrtpError::Replayed => "SRTP packet replayed or too old",
            SrtpError::Limit => "SRTP key used up",
        })
    }
}

impl std::error::Error for SrtpError {}

/// Bytes a protected packet is longer at most, without the MKI: tag and SRTCP index.
pub const MAX_OVERHEAD: usize = 20;

/// The longest MKI we take.
pub const MAX_MKI: usize = 128;

/// Tag of SRTCP packets with HMAC-SHA1: 80 bits in every suite (RFC 3711 §4.2, RFC 4568 §6.2).
const RTCP_TAG: usize = 10;
const GCM_TAG: usize = 16;
const RTCP_HEADER: usize = 8;
const ENCRYPTED: u32 = 0x8000_0000;

/// Streams (SSRCs) remembered in one direction; with one more, the one not heard for longest is forgotten.
const MAX_STREAMS: usize = 16;

type Block = Array<u8, <Aes128 as BlockSizeUser>::BlockSize>;

#[allow(clippy::large_enum_variant)]
enum BlockCipher {
    Aes128(Aes128),
    Aes256(Aes256),
}

impl BlockCipher {
    /// `key` has 16 or 32 bytes.
    fn new(key: &[u8]) -> Option<Self> {
        Some(match key.len() {
            16 => BlockCipher::Aes128(Aes128::new_from_slice(key).ok()?),
            32 => BlockCipher::Aes256(Aes256::new_from_slice(key).ok()?),
            _ => return None,
        })
    }

    /// Counter mode as RFC 3711 §4.1.1 has it: XOR `data` with the key stream from `iv` on, whose last two bytes count.
    fn apply(&self, iv: [u8; 16], data: &mut [u8]) {
        const BATCH: usize = 8;
        let mut counter = 0u16;
        for chunk in data.chunks_mut(BATCH * 16) {
            let mut blocks = [Block::from(iv); BATCH];
            let used = chunk.len().div_ceil(16);
            for block in &mut blocks[..used] {
                block[14..].copy_from_slice(&counter.to_be_bytes());
                counter = counter.wrapping_add(1);
            }
            match self {
                BlockCipher::Aes128(cipher) => cipher.encrypt_blocks(&mut blocks[..used]),
                BlockCipher::Aes256(cipher) => cipher.encrypt_blocks(&mut blocks[..used]),
            }
            for (bytes, block) in chunk.chunks_mut(16).zip(&blocks) {
                for (byte, key) in bytes.iter_mut().zip(block) {
                    *byte ^= key;
                }
            }
        }
    }
}

/// `length` bytes of a session key (RFC 3711 §4.3, key derivation rate 0). `salt` is the master salt, with zeroes
/// behind a 96-bit one (RFC 7714 §11).
fn derive(master: &BlockCipher, salt: &[u8; 14], label: u8, out: &mut [u8]) {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(salt);
    iv[7] ^= label;
    out.fill(0);
    master.apply(iv, out);
}

/// Session keys of one of SRTP and SRTCP.
#[allow(clippy::large_enum_variant)]
enum Session {
    CounterMode {
        cipher: BlockCipher,
        salt: [u8; 14],
        mac: Hmac<Sha1>,
    },
    Gcm128 {
        cipher: Aes128Gcm,
        salt: [u8; 12],
    },
    Gcm256 {
        cipher: Aes256Gcm,
        salt: [u8; 12],
    },
}

impl Session {
    /// `first_label` is 0 for SRTP and 3 for SRTCP.
    fn new(suite: Suite, key: &[u8], first_label: u8) -> Option<Self> {
        let (key_length, salt_length) = suite.key_lengths();
        if key.len() != key_length + salt_length {
            return None;
        }
        let master = BlockCipher::new(&key[..key_length])?;
        let mut master_salt = [0; 14];
        master_salt[..salt_length].copy_from_slice(&key[key_length..]);
        let mut session_key = [0; 32];
        derive(
            &master,
            &master_salt,
            first_label,
            &mut session_key[..key_length],
        );
        let session_key = &session_key[..key_length];
        let mut salt = [0; 14];
        derive(
            &master,
            &master_salt,
            first_label + 2,
            &mut salt[..salt_length],
        );
        let mut short_salt = [0; 12];
        short_salt.copy_from_slice(&salt[..12]);
        Some(match suite {
            Suite::AeadAes128Gcm => Session::Gcm128 {
                cipher: Aes128Gcm::new_from_slice(session_key).ok()?,
                salt: short_salt,
            },
            Suite::AeadAes256Gcm => Session::Gcm256 {
                cipher: Aes256Gcm::new_from_slice(session_key).ok()?,
                salt: short_salt,
            },
            _ => {
                let mut mac_key = [0; 20];
                derive(&master, &master_salt, first_label + 1, &mut mac_key);
                let mac = <Hmac<Sha1> as KeyInit>::new_from_slice(&mac_key).ok()?;
                Session::CounterMode {
                    cipher: BlockCipher::new(session_key)?,
                    salt,
                    mac,
                }
            }
        })
    }
}

/// RFC 3711 §4.1.1: salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16.
fn counter_iv(salt: &[u8; 14], ssrc: u32, index: u64) -> [u8; 16] {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(salt);
    xor(&mut iv[4..8], &ssrc.to_be_bytes());
    xor(&mut iv[8..14], &index.to_be_bytes()[2..]);
    iv
}

/// RFC 7714 §8.1 and §9.1: two zero bytes, SSRC, index (48 bits), XOR salt.
fn gcm_iv(salt: &[u8; 12], ssrc: u32, index: u64) -> [u8; 12] {
    let mut iv = *salt;
    xor(&mut iv[2..6], &ssrc.to_be_bytes());
    xor(&mut iv[6..12], &index.to_be_bytes()[2..]);
    iv
}

fn xor(bytes: &mut [u8], with: &[u8]) {
    for (byte, with) in bytes.iter_mut().zip(with) {
        *byte ^= with;
    }
}

fn hmac(mac: &Hmac<Sha1>, message: &[u8], trailer: &[u8]) -> [u8; 20] {
    let mut mac = mac.clone();
    mac.update(message);
    mac.update(trailer);
    mac.finalize().into_bytes().into()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)
        .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}

/// Length of the RTP header with CSRCs and extension, which stays in the clear.
fn header_length(packet: &[u8]) -> Option<usize> {
    let &first = packet.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let mut length = 12 + usize::from(first & 15) * 4;
    if first & 0x10 != 0 {
        length += 4 + usize::from(u16::from_be_bytes([
            *packet.get(length + 2)?,
            *packet.get(length + 3)?,
        ])) * 4;
    }
    (length <= packet.len()).then_some(length)
}

/// A replay window of 128 packets below `highest`.
#[derive(Clone, Copy, Default)]
struct Window {
    highest: u64,
    /// Bit n: `highest - n` was seen. 0: nothing yet.
    seen: u128,
}

impl Window {
    fn is_new(&self, index: u64) -> bool {
        if self.seen == 0 || index > self.highest {
            return true;
        }
        let age = self.highest - index;
        age < 128 && self.seen >> age & 1 == 0
    }

    fn mark(&mut self, index: u64) {
        if self.seen == 0 {
            *self = Window {
                highest: index,
                seen: 1,
            };
        } else if index > self.highest {
            let shift = index - self.highest;
            self.seen = if shift < 128 {
                self.seen << shift | 1
            } else {
                1
            };
            self.highest = index;
        } else if self.highest - index < 128 {
            self.seen |= 1 << (self.highest - index);
        }
    }
}

/// One SSRC.
#[derive(Clone, Copy)]
struct Stream {
    ssrc: u32,
    /// By index (roll-over counter and sequence number, 48 bits).
    rtp: Window,
    /// The counter to begin with, before the first packet.
    initial_roc: u32,
    rtcp: Window,
    /// The next SRTCP index we send.
    rtcp_index: u32,
    used: u64,
}

impl Stream {
    fn new(ssrc: u32) -> Self {
        Stream {
            ssrc,
            rtp: Window::default(),
            initial_roc: 0,
            rtcp: Window::default(),
            rtcp_index: 0,
            used: 0,
        }
    }

    /// The index a sequence number most likely has (RFC 3711 §3.3.1, Appendix A).
    fn index(&self, sequence: u16) -> Option<u64> {
        if self.rtp.seen == 0 {
            return Some(u64::from(self.initial_roc) << 16 | u64::from(sequence));
        }
        let (roc, last) = (
            (self.rtp.highest >> 16) as i64,
            (self.rtp.highest & 0xffff) as i64,
        );
        let distance = i64::from(sequence) - last;
        let roc = roc
            + if distance > 0x8000 {
                -1
            } else {
                i64::from(distance < -0x8000)
            };
        (0..1 << 32)
            .contains(&roc)
            .then_some((roc as u64) << 16 | u64::from(sequence))
    }
}

/// One direction's cryptographic context.
pub struct Srtp {
    suite: Suite,
    /// Master key and salt, to see whether a new key is one.
    key: Vec<u8>,
    mki: Vec<u8>,
    rtp: Session,
    rtcp: Session,
    streams: Vec<Stream>,
    uses: u64,
}

impl std::fmt::Debug for Srtp {
    /// Without the keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Srtp")
            .field("suite", &self.suite)
            .field("streams", &self.streams.len())
            .finish_non_exhaustive()
    }
}

impl Srtp {
    /// `key` is the master key followed by the master salt; `mki` the bytes of the MKI (empty for none). Errors:
    /// `BadKey`, also for an MKI of more than 128 bytes.
    pub fn new(suite: Suite, key: &[u8], mki: &[u8]) -> Result<Self, SrtpError> {
        if mki.len() > MAX_MKI {
            return Err(SrtpError::BadKey);
        }
        Ok(Srtp {
            suite,
            key: key.to_vec(),
            mki: mki.to_vec(),
            rtp: Session::new(suite, key, 0).ok_or(SrtpError::BadKey)?,
            rtcp: Session::new(suite, key, 3).ok_or(SrtpError::BadKey)?,
            streams: Vec::new(),
            uses: 0,
        })
    }

    /// Bytes a protected packet is longer at most.
    pub fn overhead(&self) -> usize {
        MAX_OVERHEAD + self.mki.len()
    }

    /// Change the key. Roll-over counters and replay windows survive if suite and key are the same (hard-parts,
    /// media 1); they start anew if not.
    pub fn rekey(&mut self, suite: Suite, key: &[u8], mki: &[u8]) -> Result<(), SrtpError> {
        if suite == self.suite && bool::from(key.ct_eq(&self.key)) && mki.len() <= MAX_MKI {
            self.mki = mki.to_vec();
            return Ok(());
        }
        *self = Srtp::new(suite, key, mki)?;
        Ok(())
    }

    /// Roll-over counters by SSRC, for another worker to go on with.
    pub fn export_roc(&self) -> Vec<(u32, u32)> {
        let roc = |stream: &Stream| match stream.rtp.seen {
            0 => stream.initial_roc,
            _ => (stream.rtp.highest >> 16) as u32,
        };
        self.streams
            .iter()
            .map(|stream| (stream.ssrc, roc(stream)))
            .collect()
    }

    /// Start the stream `ssrc` with a roll-over counter; what was known of it is forgotten.
    pub fn import_roc(&mut self, ssrc: u32, roc: u32) {
        *self.remember(ssrc) = Stream {
            initial_roc: roc,
            ..Stream::new(ssrc)
        };
    }

    fn stream(&self, ssrc: u32) -> Stream {
        self.streams
            .iter()
            .find(|stream| stream.ssrc == ssrc)
            .copied()
            .unwrap_or(Stream::new(ssrc))
    }

    /// The stream's state, made if need be: for authenticated packets and our own only.
    fn remember(&mut self, ssrc: u32) -> &mut Stream {
        self.uses += 1;
        let position = match self.streams.iter().position(|stream| stream.ssrc == ssrc) {
            Some(position) => position,
            None if self.streams.len() < MAX_STREAMS => {
                self.streams.push(Stream::new(ssrc));
                self.streams.len() - 1
            }
            None => {
                let oldest = (0..MAX_STREAMS)
                    .min_by_key(|&n| self.streams[n].used)
                    .unwrap_or(0);
                self.streams[oldest] = Stream::new(ssrc);
                oldest
            }
        };
        let stream = &mut self.streams[position];
        stream.used = self.uses;
        stream
    }

    /// Protect the RTP packet in `buffer[..length]` in place; returns the new length. Each sequence number may be used
    /// once. Errors: `Malformed`, `TooSmall`, `Limit`.
    pub fn protect(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let packet = buffer.get(..length).ok_or(SrtpError::TooSmall)?;
        let header = header_length(packet).ok_or(SrtpError::Malformed)?;
        let ssrc = word(packet, 8).ok_or(SrtpError::Malformed)?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let index = self.stream(ssrc).index(sequence).ok_or(SrtpError::Limit)?;
        let tag = self.suite.tag_length();
        let total = length + tag + self.mki.len();
        let buffer = buffer.get_mut(..total).ok_or(SrtpError::TooSmall)?;
        let (packet, trailer) = buffer.split_at_mut(length);
        let (head, payload) = packet.split_at_mut(header);
        match &self.rtp {
            Session::CounterMode { cipher, salt, mac } => {
                cipher.apply(counter_iv(salt, ssrc, index), payload);
                let digest = hmac(mac, packet, &((index >> 16) as u32).to_be_bytes());
                trailer[..self.mki.len()].copy_from_slice(&self.mki);
                trailer[self.mki.len()..].copy_from_slice(&digest[..tag]);
            }
            gcm => {
                let digest = gcm
                    .seal(ssrc, index, head, payload)
                    .ok_or(SrtpError::Limit)?;
                trailer[..GCM_TAG].copy_from_slice(&digest);
                trailer[GCM_TAG..].copy_from_slice(&self.mki);
            }
        }
        self.remember(ssrc).rtp.mark(index);
        Ok(total)
    }

    /// Authenticate and decrypt an SRTP packet in place; returns the length of the RTP packet. After an error the
    /// packet's bytes are unspecified. Errors: `Malformed`, `Authentication`, `Replayed`.
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let header = header_length(packet).ok_or(SrtpError::Malformed)?;
        let ssrc = word(packet, 8).ok_or(SrtpError::Malformed)?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let tag = self.suite.tag_length();
        let length = packet
            .len()
            .checked_sub(tag + self.mki.len())
            .filter(|&length| length >= header);
        let length = length.ok_or(SrtpError::Malformed)?;
        let stream = self.stream(ssrc);
        let index = stream.index(sequence).ok_or(SrtpError::Replayed)?;
        if !stream.rtp.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        let (packet, trailer) = packet.split_at_mut(length);
        match &self.rtp {
            Session::CounterMode { cipher, salt, mac } => {
                let digest = hmac(mac, packet, &((index >> 16) as u32).to_be_bytes());
                if !bool::from(digest[..tag].ct_eq(&trailer[self.mki.len()..])) {
                    return Err(SrtpError::Authentication);
                }
                cipher.apply(counter_iv(salt, ssrc, index), &mut packet[header..]);
            }
            gcm => {
                let (head, payload) = packet.split_at_mut(header);
                gcm.open(ssrc, index, head, payload, &trailer[..GCM_TAG])
                    .ok_or(SrtpError::Authentication)?;
            }
        }
        self.remember(ssrc).rtp.mark(index);
        Ok(length)
    }

    /// Protect the compound RTCP packet in `buffer[..length]` in place; returns the new length. Errors as `protect`.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        if length < RTCP_HEADER || length > buffer.len() {
            return Err(SrtpError::Malformed);
        }
        let ssrc = word(buffer, 4).ok_or(SrtpError::Malformed)?;
        let index = self.stream(ssrc).rtcp_index;
        if index >= ENCRYPTED {
            return Err(SrtpError::Limit);
        }
        let index_word = (index | ENCRYPTED).to_be_bytes();
        let tag = if matches!(self.rtcp, Session::CounterMode { .. }) {
            RTCP_TAG
        } else {
            GCM_TAG
        };
        let total = length + 4 + tag + self.mki.len();
        let buffer = buffer.get_mut(..total).ok_or(SrtpError::TooSmall)?;
        let (packet, trailer) = buffer.split_at_mut(length);
        match &self.rtcp {
            Session::CounterMode { cipher, salt, mac } => {
                cipher.apply(
                    counter_iv(salt, ssrc, u64::from(index)),
                    &mut packet[RTCP_HEADER..],
                );
                let digest = hmac(mac, packet, &index_word);
                trailer[..4].copy_from_slice(&index_word);
                trailer[4..4 + self.mki.len()].copy_from_slice(&self.mki);
                trailer[4 + self.mki.len()..].copy_from_slice(&digest[..RTCP_TAG]);
            }
            gcm => {
                let (head, payload) = packet.split_at_mut(RTCP_HEADER);
                let mut clear = [0; RTCP_HEADER + 4];
                clear[..RTCP_HEADER].copy_from_slice(head);
                clear[RTCP_HEADER..].copy_from_slice(&index_word);
                let digest = gcm
                    .seal(ssrc, u64::from(index), &clear, payload)
                    .ok_or(SrtpError::Limit)?;
                trailer[..GCM_TAG].copy_from_slice(&digest);
                trailer[GCM_TAG..GCM_TAG + 4].copy_from_slice(&index_word);
                trailer[GCM_TAG + 4..].copy_from_slice(&self.mki);
            }
        }
        self.remember(ssrc).rtcp_index = index + 1;
        Ok(total)
    }

    /// Authenticate and decrypt an SRTCP packet in place; returns the length of the RTCP packet. Errors as `unprotect`.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = word(packet, 4).ok_or(SrtpError::Malformed)?;
        let counter_mode = matches!(self.rtcp, Session::CounterMode { .. });
        let tag = if counter_mode { RTCP_TAG } else { GCM_TAG };
        let length = packet
            .len()
            .checked_sub(4 + tag + self.mki.len())
            .filter(|&length| length >= RTCP_HEADER);
        let length = length.ok_or(SrtpError::Malformed)?;
        let index_at = if counter_mode {
            length
        } else {
            length + GCM_TAG
        };
        let index_word = word(packet, index_at).ok_or(SrtpError::Malformed)?;
        let (index, encrypted) = (
            u64::from(index_word & !ENCRYPTED),
            index_word & ENCRYPTED != 0,
        );
        if !self.stream(ssrc).rtcp.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        let (packet, trailer) = packet.split_at_mut(length);
        match &self.rtcp {
            Session::CounterMode { cipher, salt, mac } => {
                let digest = hmac(mac, packet, &index_word.to_be_bytes());
                if !bool::from(digest[..tag].ct_eq(&trailer[4 + self.mki.len()..])) {
                    return Err(SrtpError::Authentication);
                }
                if encrypted {
                    cipher.apply(counter_iv(salt, ssrc, index), &mut packet[RTCP_HEADER..]);
                }
            }
            gcm if encrypted => {
                let (head, payload) = packet.split_at_mut(RTCP_HEADER);
                let mut clear = [0; RTCP_HEADER + 4];
                clear[..RTCP_HEADER].copy_from_slice(head);
                clear[RTCP_HEADER..].copy_from_slice(&index_word.to_be_bytes());
                gcm.open(ssrc, index, &clear, payload, &trailer[..GCM_TAG])
                    .ok_or(SrtpError::Authentication)?;
            }
            // We never agree to unencrypted SRTCP with AEAD suites (RFC 7714 §9.3 allows it by negotiation only).
            _ => return Err(SrtpError::Authentication),
        }
        self.remember(ssrc).rtcp.mark(index);
        Ok(length)
    }
}

impl Session {
    fn seal(
        &self,
        ssrc: u32,
        index: u64,
        clear: &[u8],
        payload: &mut [u8],
    ) -> Option<[u8; GCM_TAG]> {
        let tag = match self {
            Session::Gcm128 { cipher, salt } => cipher.encrypt_inout_detached(
                &gcm_iv(salt, ssrc, index).into(),
                clear,
                payload.into(),
            ),
            Session::Gcm256 { cipher, salt } => cipher.encrypt_inout_detached(
                &gcm_iv(salt, ssrc, index).into(),
                clear,
                payload.into(),
            ),
            Session::CounterMode { .. } => return None,
        };
        tag.ok().map(Into::into)
    }

    fn open(
        &self,
        ssrc: u32,
        index: u64,
        clear: &[u8],
        payload: &mut [u8],
        tag: &[u8],
    ) -> Option<()> {
        let tag: [u8; GCM_TAG] = tag.try_into().ok()?;
        match self {
            Session::Gcm128 { cipher, salt } => cipher.decrypt_inout_detached(
                &gcm_iv(salt, ssrc, index).into(),
                clear,
                payload.into(),
                &tag.into(),
            ),
            Session::Gcm256 { cipher, salt } => cipher.decrypt_inout_detached(
                &gcm_iv(salt, ssrc, index).into(),
                clear,
                payload.into(),
                &tag.into(),
            ),
            Session::CounterMode { .. } => return None,
        }
        .ok()
    }
}

#[cfg(test)]
mod tests;

//! RTP packets (RFC 3550 §5), one-byte header extensions (RFC 8285) and the audio level in them (RFC 6464).

/// Length of a header without CSRCs and extension.
pub const HEADER_LENGTH: usize = 12;

/// A received packet, borrowed from its datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Extension data if its profile is 0xBEDE (one-byte headers), else empty.
    pub extensions: &'a [u8],
    /// Without padding.
    pub payload: &'a [u8],
}

impl<'a> RtpPacket<'a> {
    /// Parse a datagram; `None` if it is no RTP packet of version 2 or its lengths do not agree.
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let header: &[u8; HEADER_LENGTH] = data.first_chunk()?;
        if header[0] >> 6 != 2 {
            return None;
        }
        let mut rest = data.get(HEADER_LENGTH + usize::from(header[0] & 15) * 4..)?;
        let mut extensions: &[u8] = &[];
        if header[0] & 0x10 != 0 {
            let &[a, b, c, d] = rest.first_chunk()?;
            let length = usize::from(u16::from_be_bytes([c, d])) * 4;
            let body = rest.get(4..4 + length)?;
            if (a, b) == (0xbe, 0xde) {
                extensions = body;
            }
            rest = &rest[4 + length..];
        }
        if header[0] & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            if padding == 0 || padding > rest.len() {
                return None;
            }
            rest = &rest[..rest.len() - padding];
        }
        Some(RtpPacket {
            marker: header[1] & 0x80 != 0,
            payload_type: header[1] & 0x7f,
            sequence: u16::from_be_bytes([header[2], header[3]]),
            timestamp: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            ssrc: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
            extensions,
            payload: rest,
        })
    }

    /// Data of the extension element `id` (1 to 14).
    pub fn extension(&self, id: u8) -> Option<&'a [u8]> {
        let mut rest = self.extensions;
        while let [first, tail @ ..] = rest {
            match first >> 4 {
                0 => rest = tail,
                15 => return None,
                element => {
                    let length = usize::from(first & 15) + 1;
                    let data = tail.get(..length)?;
                    if element == id {
                        return Some(data);
                    }
                    rest = &tail[length..];
                }
            }
        }
        None
    }

    /// Audio level in -dBov (0 loudest, 127 silence) and the sender's voice flag, from extension `id` (RFC 6464 §3).
    pub fn audio_level(&self, id: u8) -> Option<(u8, bool)> {
        self.extension(id)?
            .first()
            .map(|byte| (byte & 0x7f, byte & 0x80 != 0))
    }
}

/// Whether a datagram on a port with rtcp-mux is RTCP (RFC 5761 §4).
pub fn is_rtcp(data: &[u8]) -> bool {
    data.len() >= 2 && data[0] >> 6 == 2 && (192..=223).contains(&data[1])
}

/// What goes into a header we send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Extension id (1 to 14), level in -dBov, voice flag (RFC 6464).
    pub audio_level: Option<(u8, u8, bool)>,
}

impl RtpHeader {
    /// Bytes `write` puts before the payload.
    pub fn length(&self) -> usize {
        HEADER_LENGTH + if self.audio_level.is_some() { 8 } else { 0 }
    }

    /// Write the header to the start of `out`; returns its length. Panics if `out` is shorter than `length()`.
    pub fn write(&self, out: &mut [u8]) -> usize {
        out[0] = 0x80 | if self.audio_level.is_some() { 0x10 } else { 0 };
        out[1] = self.payload_type & 0x7f | if self.marker { 0x80 } else { 0 };
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        if let Some((id, level, voice)) = self.audio_level {
            let byte = level & 0x7f | if voice { 0x80 } else { 0 };
            out[12..20].copy_from_slice(&[0xbe, 0xde, 0, 1, id << 4, byte, 0, 0]);
        }
        self.length()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let header = RtpHeader {
            marker: true,
            payload_type: 111,
            sequence: 0xfffe,
            timestamp: 0xdead_beef,
            ssrc: 7,
            audio_level: Some((3, 40, true)),
        };
        let mut packet = [0; 64];
        let length = header.write(&mut packet);
        packet[length] = 0x55;
        let parsed = RtpPacket::parse(&packet[..=length]).expect("our own packet");
        assert_eq!(
            (parsed.marker, parsed.payload_type, parsed.sequence),
            (true, 111, 0xfffe)
        );
        assert_eq!(
            (parsed.timestamp, parsed.ssrc, parsed.payload),
            (0xdead_beef, 7, &[0x55][..])
        );
        assert_eq!(parsed.audio_level(3), Some((40, true)));
        assert_eq!(parsed.audio_level(4), None);
    }

    #[test]
    fn csrcs_padding_and_foreign_extensions_are_passed_over() {
        let mut packet = vec![
            0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0x10, 0, 0, 1, 1, 2, 3, 4,
        ];
        packet.extend([1, 2, 3, 0, 2]);
        let parsed = RtpPacket::parse(&packet).expect("valid");
        assert_eq!(
            (parsed.extensions, parsed.payload),
            (&[][..], &[1, 2, 3][..])
        );
        *packet.last_mut().unwrap() = 200;
        assert_eq!(RtpPacket::parse(&packet), None);
        *packet.last_mut().unwrap() = 0;
        assert_eq!(RtpPacket::parse(&packet), None);
    }

    #[test]
    fn rtcp_is_told_from_rtp_on_a_shared_port() {
        assert!(is_rtcp(&[0x80, 200, 0, 0]));
        assert!(!is_rtcp(&[0x80, 0x80 | 96, 0, 0]));
        assert!(!is_rtcp(&[0x80]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(data in proptest::collection::vec(any::<u8>(), 0..80), first in any::<u8>()) {
            let mut data = data;
            if let Some(byte) = data.first_mut() {
                *byte = 0x80 | first & 0x3f;
            }
            if let Some(packet) = RtpPacket::parse(&data) {
                for id in 0..16 {
                    let _ = packet.audio_level(id);
                }
                prop_assert!(packet.payload.len() <= data.len());
            }
        }
    }
}

//! The fixed RTP header (RFC 3550 §5.1), written and read.

/// Bytes of the header we write.
pub const HEADER: usize = 12;

/// A received packet's fields.
pub struct Packet<'a> {
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: &'a [u8],
}

/// Write a header in place.
pub fn write_header(
    out: &mut [u8],
    payload_type: u8,
    marker: bool,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
) {
    out[0] = 0x80;
    out[1] = payload_type | if marker { 0x80 } else { 0 };
    out[2..4].copy_from_slice(&sequence.to_be_bytes());
    out[4..8].copy_from_slice(&timestamp.to_be_bytes());
    out[8..12].copy_from_slice(&ssrc.to_be_bytes());
}

/// Read a packet; None when it is not RTP version 2 or is cut short.
pub fn parse(data: &[u8]) -> Option<Packet<'_>> {
    if data.len() < HEADER || data[0] >> 6 != 2 {
        return None;
    }
    let mut start = HEADER + 4 * usize::from(data[0] & 0x0f);
    if data[0] & 0x10 != 0 {
        let words = data.get(start + 2..start + 4)?;
        start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    Some(Packet {
        payload_type: data[1] & 0x7f,
        sequence: u16::from_be_bytes([data[2], data[3]]),
        timestamp: u32::from_be_bytes([data[4], data[5], data[6], data[7]]),
        ssrc: u32::from_be_bytes([data[8], data[9], data[10], data[11]]),
        payload: data.get(start..)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_round_trip() {
        let mut data = [7u8; 20];
        write_header(&mut data, 8, true, 65535, 0x1234_5678, 42);
        let packet = parse(&data).unwrap();
        assert_eq!(
            (
                packet.payload_type,
                packet.sequence,
                packet.timestamp,
                packet.ssrc
            ),
            (8, 65535, 0x1234_5678, 42)
        );
        assert_eq!(packet.payload, &[7; 8]);
    }

    #[test]
    fn short_or_foreign_is_refused() {
        assert!(parse(&[0x80; 11]).is_none());
        assert!(parse(&[0x00; 40]).is_none());
        let mut extended = [0u8; 16];
        extended[0] = 0x90;
        extended[15] = 9;
        assert!(parse(&extended).is_none());
    }
}

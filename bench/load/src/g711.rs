//! G.711 mu-law (ITU-T G.711), by formula into tables.

use std::sync::OnceLock;

const BIAS: i32 = 0x84;
const CLIP: i32 = 32635;

/// The byte of silence.
pub const SILENCE: u8 = 0xff;

fn expand(code: u8) -> i16 {
    let code = !code;
    let magnitude = ((i32::from(code & 0x0f) << 3) + BIAS) << ((code & 0x70) >> 4);
    let value = magnitude - BIAS;
    if code & 0x80 != 0 {
        -value as i16
    } else {
        value as i16
    }
}

fn compress(sample: i16) -> u8 {
    let negative = sample < 0;
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    let exponent = (31 - magnitude.leading_zeros() as i32) - 7;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    let code = ((exponent << 4) | mantissa) as u8 | if negative { 0x80 } else { 0 };
    !code
}

/// Tables of all 256 codes and all 65,536 samples.
pub struct Tables {
    decode: [i16; 256],
    encode: Vec<u8>,
}

impl Tables {
    pub fn get() -> &'static Tables {
        static TABLES: OnceLock<Tables> = OnceLock::new();
        TABLES.get_or_init(|| {
            let mut decode = [0; 256];
            for code in 0..=255u8 {
                decode[usize::from(code)] = expand(code);
            }
            let encode = (0..=u16::MAX).map(|bits| compress(bits as i16)).collect();
            Tables { decode, encode }
        })
    }

    #[inline]
    pub fn decode(&self, code: u8) -> i16 {
        self.decode[usize::from(code)]
    }

    #[inline]
    pub fn encode(&self, sample: i16) -> u8 {
        self.encode[usize::from(sample as u16)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes() {
        let t = Tables::get();
        assert_eq!(t.encode(0), 0xff);
        assert_eq!(t.decode(0xff), 0);
        assert_eq!(t.decode(0x80), 32124);
        assert_eq!(t.decode(0x00), -32124);
    }

    #[test]
    fn every_code_survives_a_round_trip() {
        let t = Tables::get();
        for code in 0..=255u8 {
            // 0x7f is the other zero.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(t.encode(t.decode(code)), expected, "{code:#x}");
        }
    }
}

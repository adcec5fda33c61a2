//! G.711 mu-law and A-law (ITU-T G.711).

use super::CodecError;

pub(crate) const fn expand_ulaw(code: u8) -> i16 {
    let code = !code;
    let exponent = (code >> 4) & 7;
    let mantissa = (code & 15) as i16;
    let magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    if code & 0x80 != 0 {
        -magnitude
    } else {
        magnitude
    }
}

pub(crate) const fn expand_alaw(code: u8) -> i16 {
    let code = code ^ 0x55;
    let exponent = (code >> 4) & 7;
    let mantissa = (code & 15) as i16;
    let magnitude = if exponent == 0 {
        (mantissa << 4) + 8
    } else {
        ((mantissa << 4) + 0x108) << (exponent - 1)
    };
    if code & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }
}

const fn expansion_table(alaw: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = if alaw {
            expand_alaw(code as u8)
        } else {
            expand_ulaw(code as u8)
        };
        code += 1;
    }
    table
}

const fn compress_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = if sample < 0 {
        -(sample as i32)
    } else {
        sample as i32
    };
    let magnitude = if magnitude > 32_635 {
        32_635
    } else {
        magnitude
    } + 0x84;
    let exponent = 24 - (magnitude as u32).leading_zeros() as i32;
    let mantissa = (magnitude >> (exponent + 3)) & 15;
    !(sign | ((exponent as u8) << 4) | mantissa as u8)
}

const fn compress_alaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let magnitude = if sample < 0 {
        !(sample as i32)
    } else {
        sample as i32
    };
    let code = if magnitude < 256 {
        (magnitude >> 4) as u8
    } else {
        let exponent = 24 - (magnitude as u32).leading_zeros() as i32;
        ((exponent as u8) << 4) | ((magnitude >> (exponent + 3)) & 15) as u8
    };
    (code | sign) ^ 0x55
}

/// Compression tables are indexed by the upper 14 (mu-law) and 13 (A-law) bits of a sample: what the laws look at.
const fn compression_table<const N: usize>(alaw: bool) -> [u8; N] {
    let step = 65_536 / N as i32;
    let mut table = [0; N];
    let mut index = 0;
    while index < N {
        let sample = (index as u16).wrapping_mul(step as u16) as i16;
        table[index] = if alaw {
            compress_alaw(sample)
        } else {
            compress_ulaw(sample)
        };
        index += 1;
    }
    table
}

pub(super) static ULAW: [i16; 256] = expansion_table(false);
pub(super) static ALAW: [i16; 256] = expansion_table(true);
static TO_ULAW: [u8; 16_384] = compression_table(false);
static TO_ALAW: [u8; 8_192] = compression_table(true);

/// The sample a mu-law code stands for.
pub fn ulaw_decode(code: u8) -> i16 {
    ULAW[code as usize]
}

/// The sample an A-law code stands for.
pub fn alaw_decode(code: u8) -> i16 {
    ALAW[code as usize]
}

/// The mu-law code of a sample (of its upper 14 bits).
pub fn ulaw_encode(sample: i16) -> u8 {
    TO_ULAW[(sample as u16 >> 2) as usize]
}

/// The A-law code of a sample (of its upper 13 bits).
pub fn alaw_encode(sample: i16) -> u8 {
    TO_ALAW[(sample as u16 >> 3) as usize]
}

pub(super) fn encode(
    samples: &[i16],
    out: &mut [u8],
    law: impl Fn(i16) -> u8,
) -> Result<usize, CodecError> {
    let out = out.get_mut(..samples.len()).ok_or(CodecError::TooSmall)?;
    for (code, &sample) in out.iter_mut().zip(samples) {
        *code = law(sample);
    }
    Ok(samples.len())
}

pub(super) fn decode(
    payload: &[u8],
    out: &mut [i16],
    table: &[i16; 256],
) -> Result<usize, CodecError> {
    let out = out.get_mut(..payload.len()).ok_or(CodecError::TooSmall)?;
    for (sample, &code) in out.iter_mut().zip(payload) {
        *sample = table[code as usize];
    }
    Ok(payload.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_a_round_trip() {
        for code in 0..=255u8 {
            // Mu-law has two zeroes; the negative one (0x7f) becomes the positive one.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(ulaw_encode(ulaw_decode(code)), expected);
            assert_eq!(alaw_encode(alaw_decode(code)), code);
        }
    }

    #[test]
    fn known_values_of_the_recommendation() {
        assert_eq!(ulaw_decode(0x80), 32_124);
        assert_eq!(ulaw_decode(0x00), -32_124);
        assert_eq!(ulaw_decode(0xff), 0);
        assert_eq!(alaw_decode(0xd5), 8);
        assert_eq!(alaw_decode(0x55), -8);
        assert_eq!(alaw_decode(0xaa), 32_256);
        assert_eq!(alaw_decode(0x2a), -32_256);
    }

    #[test]
    fn every_sample_is_within_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            let magnitude = i32::from(sample).abs();
            for (decoded, floor, clip) in [
                (ulaw_decode(ulaw_encode(sample)), 8, 32_124),
                (alaw_decode(alaw_encode(sample)), 16, 32_256),
            ] {
                let error = (i32::from(decoded) - i32::from(sample)).abs();
                let allowed = (magnitude / 16 + floor).max(magnitude - clip);
                assert!(error <= allowed, "{sample} became {decoded}");
            }
        }
    }
}

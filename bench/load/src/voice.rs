//! What browsers say, encoded before the run: speech-like sound with a soft tone of the speaker's own under it, by which he is
//! recognised in what others hear.

use std::f64::consts::TAU;

use switchroom_core::codec::{CodecKind, Decoder, Encoder, EncoderOptions, MAX_PACKET_SAMPLES};
use switchroom_core::level::level;
use switchroom_core::tone::{speech_like, Noise};

const RATE: u32 = 48_000;
const FRAME: usize = 960;
/// What is said repeats after so many seconds; tones of whole Hz repeat with it.
const SECONDS: f64 = 4.0;
/// Of the speaker's tone, of 32,768: -30 dBFS.
const TONE: f64 = 1_036.0;
/// What a silent browser's microphone hears: about -76 dBov.
const HISS: f64 = 9.0;

/// One 20 ms packet and its level (-dBov).
pub struct Frame {
    pub payload: Vec<u8>,
    pub level: u8,
}

/// 200 packets of one speaker, or of one who is silent.
pub fn encoded(tone: Option<u32>, seed: u64) -> Vec<Frame> {
    let options = EncoderOptions {
        complexity: 3,
        fec: true,
        ..EncoderOptions::default()
    };
    let mut encoder = Encoder::new(CodecKind::Opus, &options).expect("an encoder");
    let mut noise = Noise::new(seed);
    let mut samples = match tone {
        Some(_) => speech_like(RATE, SECONDS, seed),
        None => vec![0; (f64::from(RATE) * SECONDS) as usize],
    };
    for (n, sample) in samples.iter_mut().enumerate() {
        let said = tone.map_or(0.0, |hertz| {
            TONE * (TAU * f64::from(hertz) * n as f64 / f64::from(RATE)).sin()
        });
        let sum = f64::from(*sample) * 0.6 + said + f64::from(noise.sample(HISS));
        *sample = sum.clamp(-32_768.0, 32_767.0) as i16;
    }
    let mut frames = Vec::new();
    // Twice, so that the encoder's state at the seam is that of a running one.
    for round in 0..2 {
        for chunk in samples.chunks_exact(FRAME) {
            let mut payload = vec![0; 1_400];
            let length = encoder.encode(chunk, &mut payload).expect("20 ms");
            payload.truncate(length);
            if round == 1 {
                frames.push(Frame {
                    payload,
                    level: level(chunk),
                });
            }
        }
    }
    frames
}

/// The same for phones, 200 payloads of 20 ms: somebody who talks, with the noise of a room 15 dB below, or who is silent.
pub fn phone(kind: CodecKind, talks: bool, seed: u64) -> Vec<Vec<u8>> {
    let rate = kind.sample_rate();
    let mut encoder = Encoder::new(kind, &EncoderOptions::default()).expect("an encoder");
    let mut noise = Noise::new(seed);
    let mut samples = match talks {
        true => speech_like(rate, SECONDS, seed),
        false => vec![0; (f64::from(rate) * SECONDS) as usize],
    };
    let power = samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len() as f64;
    // Uniform within three times the power's root has that power.
    let amplitude = if talks {
        (power / 31.6 * 3.0).sqrt()
    } else {
        HISS
    };
    for sample in &mut samples {
        let sum = f64::from(*sample) * 0.9 + f64::from(noise.sample(amplitude));
        *sample = sum.clamp(-32_768.0, 32_767.0) as i16;
    }
    let frames = samples.chunks_exact(rate as usize / 50);
    frames
        .map(|frame| {
            let mut payload = vec![0; 400];
            let length = encoder.encode(frame, &mut payload).expect("20 ms");
            payload.truncate(length);
            payload
        })
        .collect()
}

/// Listens to what a browser is sent.
pub struct Ear {
    decoder: Decoder,
    samples: Vec<i16>,
}

impl Ear {
    pub fn new() -> Ear {
        Ear {
            decoder: Decoder::new(CodecKind::Opus).expect("a decoder"),
            samples: Vec::new(),
        }
    }

    pub fn hear(&mut self, payload: &[u8]) {
        let mut out = [0; MAX_PACKET_SAMPLES];
        if let Ok(length) = self.decoder.decode(payload, &mut out) {
            self.samples.extend_from_slice(&out[..length]);
        }
    }

    /// Level of all that was heard, -dBov, and of each tone (Hz) in dBFS: the loudest of the whole seconds.
    pub fn judge(&self, tones: &[u32]) -> (u8, Vec<f64>) {
        let loudest = |hertz: u32| {
            let seconds = self.samples.chunks_exact(RATE as usize);
            seconds
                .map(|second| tone_level(second, hertz))
                .fold(-99.0, f64::max)
        };
        (
            level(&self.samples),
            tones.iter().map(|&hertz| loudest(hertz)).collect(),
        )
    }
}

fn tone_level(samples: &[i16], hertz: u32) -> f64 {
    let step = TAU * f64::from(hertz) / f64::from(RATE);
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (n, &sample) in samples.iter().enumerate() {
        let phase = step * n as f64;
        sine += f64::from(sample) * phase.sin();
        cosine += f64::from(sample) * phase.cos();
    }
    let amplitude = 2.0 * f64::hypot(sine, cosine) / samples.len() as f64;
    20.0 * (amplitude.max(0.5) / 32_768.0).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speaker_is_recognised_by_his_tone_and_the_silent_are_silent() {
        let mut ear = Ear::new();
        for frame in encoded(Some(700), 3) {
            ear.hear(&frame.payload);
        }
        let (heard, tones) = ear.judge(&[700, 1_300]);
        assert!(heard < 30, "{heard}");
        assert!((tones[0] + 30.0).abs() < 4.0, "{tones:?}");
        assert!(tones[1] < -42.0, "{tones:?}");
        assert!(encoded(None, 4).iter().all(|frame| frame.level > 70));
    }
}

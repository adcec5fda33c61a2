//! Estimated listening quality: the E-model (ITU-T G.107) with its defaults, reduced to codec, loss and delay.

use crate::codec::CodecKind;

/// Mean opinion score, 1 to 4.5. `loss` is the fraction of frames concealed (0 to 1: lost on the way or too late),
/// `delay_ms` mouth to ear, one way.
pub fn mos(kind: CodecKind, loss: f32, delay_ms: f32) -> f32 {
    // Equipment impairment and robustness against random loss with concealment (G.113 Appendix I; Opus and G.722 are
    // taken as narrow-band equivalents, so that one scale serves all).
    let (ie, bpl) = match kind {
        CodecKind::Pcmu | CodecKind::Pcma => (0.0, 25.1),
        CodecKind::G722 => (0.0, 20.0),
        CodecKind::Opus => (0.0, 30.0),
    };
    let percent = loss.clamp(0.0, 1.0) * 100.0;
    let impairment = ie + (95.0 - ie) * percent / (percent + bpl);
    let delay = delay_ms.max(0.0);
    let delay_impairment = 0.024 * delay
        + if delay > 177.3 {
            0.11 * (delay - 177.3)
        } else {
            0.0
        };
    let r = (93.2 - impairment - delay_impairment).clamp(0.0, 100.0);
    let score = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
    score.clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_points() {
        assert!((mos(CodecKind::Pcmu, 0.0, 0.0) - 4.41).abs() < 0.01);
        assert!((mos(CodecKind::Pcmu, 0.0, 150.0) - 4.34).abs() < 0.03);
        assert!((mos(CodecKind::Pcmu, 0.02, 50.0) - 4.20).abs() < 0.12);
        assert!(mos(CodecKind::Pcmu, 0.5, 50.0) < 1.8);
        assert_eq!(mos(CodecKind::Pcmu, 1.0, 1_000.0), 1.0);
    }

    #[test]
    fn worse_is_never_better() {
        let mut last = 5.0;
        for loss in 0..=100 {
            let score = mos(CodecKind::Opus, loss as f32 / 100.0, 100.0);
            assert!(score <= last && (1.0..=4.5).contains(&score));
            last = score;
        }
    }
}

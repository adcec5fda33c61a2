//! Concealment of lost audio by repeating the last pitch periods (after ITU-T G.711 Appendix I), and the pitch search
//! it shares with time stretching.

/// Shortest and longest pitch period looked for: 200 Hz and 66 Hz, in microseconds.
const MIN_PERIOD_US: usize = 5_000;
const MAX_PERIOD_US: usize = 15_000;

/// Samples of history that concealment wants: three and a quarter of the longest periods.
pub const fn history_samples(sample_rate: u32) -> usize {
    micros(sample_rate, MAX_PERIOD_US * 13 / 4)
}

pub(crate) const fn micros(sample_rate: u32, micros: usize) -> usize {
    sample_rate as usize * micros / 1_000_000
}

/// Normalized correlation of two windows of equal length, looking at every `stride`-th sample; -1 to 1, and 1 if both are
/// silent.
pub(crate) fn correlation(a: &[i16], b: &[i16], stride: usize) -> f32 {
    let (mut ab, mut aa, mut bb) = (0.0f32, 0.0f32, 0.0f32);
    for (&x, &y) in a.iter().zip(b).step_by(stride) {
        let (x, y) = (f32::from(x), f32::from(y));
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    let energy = (aa * bb).sqrt();
    if energy < 1.0 {
        return if aa + bb < 1.0 { 1.0 } else { 0.0 };
    }
    ab / energy
}

/// The lag in `low..=high` with the highest `score`: coarse steps first, then every lag around the best.
pub(crate) fn search(
    low: usize,
    high: usize,
    step: usize,
    score: impl Fn(usize) -> f32,
) -> (usize, f32) {
    let best = |lags: &mut dyn Iterator<Item = usize>| {
        lags.map(|lag| (lag, score(lag)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((low, -1.0))
    };
    let coarse = best(&mut (low..=high).step_by(step.max(1)));
    if step <= 1 {
        return coarse;
    }
    let around = coarse.0.saturating_sub(step - 1).max(low)..=(coarse.0 + step - 1).min(high);
    best(&mut around.into_iter())
}

/// Fills the place of lost audio.
#[derive(Clone, Debug)]
pub struct Concealer {
    sample_rate: u32,
    /// The last periods before the loss, the end blended so that it can be repeated; empty: no loss.
    loop_end: Vec<i16>,
    period: usize,
    /// Periods repeated, 1 to 3, and where in them we are.
    periods: usize,
    position: usize,
    /// Samples made since the loss began.
    made: usize,
    /// What the first sample is off from the last real one, faded out over a quarter period.
    step: f32,
}

impl Concealer {
    /// For audio at `sample_rate` Hz.
    pub fn new(sample_rate: u32) -> Self {
        let loop_end = Vec::new();
        Concealer {
            sample_rate,
            loop_end,
            period: 0,
            periods: 1,
            position: 0,
            made: 0,
            step: 0.0,
        }
    }

    /// Whether a loss goes on: `conceal` was called, and not `resume` or `reset` since.
    pub fn active(&self) -> bool {
        !self.loop_end.is_empty()
    }

    /// Samples made in this loss.
    pub fn made(&self) -> usize {
        self.made
    }

    /// Whether the loss has lasted so long that only silence is made.
    pub fn faded(&self) -> bool {
        self.active() && self.gain(self.made) <= 0.0
    }

    /// The loss is over, without a blend.
    pub fn reset(&mut self) {
        self.loop_end.clear();
        self.made = 0;
    }

    /// Fill `out` with what follows `history` (what was played last; `history_samples` of it are used, and only at the first
    /// call of a loss).
    pub fn conceal(&mut self, history: &[i16], out: &mut [i16]) {
        if !self.active() {
            self.begin(history);
        }
        for sample in out {
            *sample = self.next();
        }
    }

    /// Blend the first samples of what is heard again with what concealment would have gone on with; the loss is over.
    pub fn resume(&mut self, decoded: &mut [i16]) {
        if !self.active() {
            return;
        }
        // 4 ms, and 4 more for each 10 ms of loss, at most 10 (G.711 I.2.7).
        let millis = (4 + 4 * self.made / micros(self.sample_rate, 10_000)).min(10);
        let length = micros(self.sample_rate, millis * 1_000).min(decoded.len());
        for (n, sample) in decoded[..length].iter_mut().enumerate() {
            let weight = (n + 1) as f32 / (length + 1) as f32;
            let made = f32::from(self.next());
            *sample = (f32::from(*sample) * weight + made * (1.0 - weight)) as i16;
        }
        self.reset();
    }

    fn begin(&mut self, history: &[i16]) {
        let rate = self.sample_rate;
        let (shortest, longest) = (micros(rate, MIN_PERIOD_US), micros(rate, MAX_PERIOD_US));
        let wanted = history_samples(rate);
        self.made = 0;
        self.position = 0;
        self.periods = 1;
        self.loop_end.clear();
        if history.len() < wanted {
            self.loop_end.resize(wanted - history.len(), 0);
        }
        self.loop_end
            .extend_from_slice(&history[history.len().saturating_sub(wanted)..]);
        let history = &self.loop_end;
        let end = history.len();
        let window = micros(rate, 20_000);
        let stride = (rate as usize / 8_000).max(1) * 2;
        let last = &history[end - window..];
        let (period, score) = search(shortest, longest, stride, |lag| {
            correlation(last, &history[end - window - lag..end - lag], stride)
        });
        // Noise has no period: the longest repeats least often.
        self.period = if score < 0.3 { longest } else { period };
        let period = self.period;
        self.step = f32::from(history[end - 1]) - f32::from(history[end - 1 - period]);
        // The end of the loop runs into what came before its start, so that it can begin again without a step.
        self.blend_loop_end();
    }

    fn blend_loop_end(&mut self) {
        let (end, quarter) = (self.loop_end.len(), self.period / 4);
        let start = end - self.period * self.periods;
        for n in 0..quarter {
            let weight = (n + 1) as f32 / (quarter + 1) as f32;
            let before = f32::from(self.loop_end[start - quarter + n]);
            let sample = &mut self.loop_end[end - quarter + n];
            *sample = (f32::from(*sample) * (1.0 - weight) + before * weight) as i16;
        }
    }

    /// Full for 10 ms, then 20 % less for each 10 ms.
    fn gain(&self, made: usize) -> f32 {
        let tenths = made as f32 / micros(self.sample_rate, 10_000) as f32;
        (1.0 - (tenths - 1.0).max(0.0) * 0.2).max(0.0)
    }

    fn next(&mut self) -> i16 {
        let gain = self.gain(self.made);
        if gain <= 0.0 {
            self.made += 1;
            return 0;
        }
        let ten = micros(self.sample_rate, 10_000);
        let length = self.period * self.periods;
        if self.position == length {
            self.position = 0;
            // More periods as the loss goes on, so that repeating does not ring (G.711 I.2.5).
            let periods = (self.made / ten + 1).min(3);
            if periods > self.periods
                && self.period * periods + self.period / 4 <= self.loop_end.len()
            {
                self.periods = periods;
                self.blend_loop_end();
            }
        }
        let start = self.loop_end.len() - self.period * self.periods;
        let mut sample = f32::from(self.loop_end[start + self.position]);
        let quarter = self.period / 4;
        if self.made < quarter {
            sample += self.step * (1.0 - self.made as f32 / quarter as f32);
        }
        self.position += 1;
        self.made += 1;
        (sample * gain).clamp(-32_768.0, 32_767.0) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::level;
    use crate::tone::{speech_like, Tone};

    #[test]
    fn a_tone_goes_on_through_20_ms_of_loss() {
        for rate in [8_000, 16_000] {
            for hertz in [100.0, 333.0, 1_000.0] {
                let frame = rate as usize / 50;
                let mut samples = vec![0; frame * 12];
                Tone::new(rate, &[(hertz, -10.0)]).fill(&mut samples);
                let mut out = vec![0; frame];
                Concealer::new(rate).conceal(&samples[..frame * 8], &mut out);
                let real = &samples[frame * 8..frame * 9];
                assert!(
                    correlation(&out, real, 1) > 0.97,
                    "{rate} {hertz}: {}",
                    correlation(&out, real, 1)
                );
                let joint = (i32::from(out[0]) - i32::from(samples[frame * 8 - 1])).abs();
                let steepest = samples
                    .windows(2)
                    .map(|w| (i32::from(w[0]) - i32::from(w[1])).abs())
                    .max()
                    .unwrap();
                assert!(
                    joint <= steepest * 3 / 2 + 10,
                    "no click: {joint} against {steepest}"
                );
            }
        }
    }

    #[test]
    fn it_fades_to_silence_within_60_ms_and_resumes_smoothly() {
        let speech = speech_like(8_000, 1.0, 9);
        let mut concealer = Concealer::new(8_000);
        let mut out = vec![0; 800];
        concealer.conceal(&speech[..4_000], &mut out);
        assert!(level(&out[..160]) < 40);
        assert_eq!(out[480..], [0; 320]);
        assert!(concealer.faded());
        let mut decoded = [10_000; 160];
        concealer.resume(&mut decoded);
        assert!(decoded[0] < 500 && decoded[100..] == [10_000; 60]);
        assert!(!concealer.active());
    }

    #[test]
    fn without_history_it_is_silent_and_does_not_panic() {
        for rate in [8_000, 16_000, 24_000, 48_000] {
            let mut out = [1; 960];
            Concealer::new(rate).conceal(&[5; 3], &mut out);
            let mut concealer = Concealer::new(rate);
            concealer.conceal(&[], &mut out);
            assert_eq!(out, [0; 960]);
            concealer.resume(&mut out[..3]);
        }
    }
}

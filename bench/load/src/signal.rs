//! What talkers say: a chirp that never repeats, so that any stretch of it tells when it was said.

use std::f64::consts::TAU;

/// Samples per second of everything here.
pub const RATE: usize = 8000;

/// A small generator of random numbers (xorshift64*), the same numbers for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..4 {
            random.next();
        }
        random
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A tone of constant level whose frequency slides between random points (350 to 3,200 Hz), one every 25 to 60 ms.
pub struct Chirp {
    random: Random,
    phase: f64,
    frequency: f64,
    slope: f64,
    left: usize,
    amplitude: f64,
}

impl Chirp {
    /// `amplitude` is the peak, in units of a 16 bit sample.
    pub fn new(seed: u64, amplitude: f64) -> Chirp {
        Chirp {
            random: Random::new(seed),
            phase: 0.0,
            frequency: 1000.0,
            slope: 0.0,
            left: 0,
            amplitude,
        }
    }

    pub fn sample(&mut self) -> i16 {
        if self.left == 0 {
            self.left = RATE * (25 + (self.random.unit() * 35.0) as usize) / 1000;
            let target = 350.0 + 2850.0 * self.random.unit();
            self.slope = (target - self.frequency) / self.left as f64;
        }
        self.left -= 1;
        self.frequency += self.slope;
        self.phase = (self.phase + TAU * self.frequency / RATE as f64) % TAU;
        (self.phase.sin() * self.amplitude) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chirps_are_loud_everywhere_and_differ() {
        let mut one = Chirp::new(1, 8000.0);
        let mut two = Chirp::new(2, 8000.0);
        let a: Vec<f64> = (0..8000).map(|_| f64::from(one.sample())).collect();
        let b: Vec<f64> = (0..8000).map(|_| f64::from(two.sample())).collect();
        for window in a.chunks(80) {
            assert!(window.iter().map(|x| x * x).sum::<f64>() / 80.0 > 3000.0 * 3000.0);
        }
        let dot: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
        let energy: f64 = a.iter().map(|x| x * x).sum();
        assert!((dot / energy).abs() < 0.2);
    }
}

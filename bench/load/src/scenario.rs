//! What `switchroom-load rtp` is told to do (JSON on standard input).

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Seconds to send, without the warm-up.
    pub duration: f64,
    /// Seconds at the start that no figure counts.
    #[serde(default)]
    pub warmup: f64,
    #[serde(default = "one")]
    pub seed: u64,
    pub legs: Vec<LegSpec>,
    /// Talkers take turns of this length, ms; 0: all talk all the time.
    #[serde(default)]
    pub spell_ms: u32,
    /// How many of a room's talkers talk at once when they take turns.
    #[serde(default = "three")]
    pub slots: usize,
    /// Peak of what talkers say, of 32,767.
    #[serde(default = "amplitude")]
    pub amplitude: f64,
    pub jitter: Option<Jitter>,
    pub stall: Option<Stall>,
    pub analyse: Option<Analyse>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegSpec {
    /// Port on 127.0.0.1 to send from.
    pub local: u16,
    /// "ip:port" to send to.
    pub remote: String,
    #[serde(default)]
    pub room: u32,
    #[serde(default)]
    pub talks: bool,
    /// How much the sender's clock is fast, parts per million.
    #[serde(default)]
    pub ppm: f64,
    /// What this leg hears is kept and analysed.
    #[serde(default)]
    pub probe: bool,
    /// Another payload, always the same, as hexadecimal digits (a leg that is not G.711).
    pub payload: Option<String>,
    /// Who talks says something like speech, encoded before the run, instead of chirps that can be found again.
    pub speech: Option<Speech>,
    #[serde(default)]
    pub payload_type: u8,
    /// Timestamp units a packet.
    #[serde(default = "frame")]
    pub step: u32,
}

/// The codec of speech.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Speech {
    Pcmu,
    G722,
}

/// Each packet of a talker is delayed by itself, uniformly from 0 to `max_ms`, and lost with probability `loss`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jitter {
    pub max_ms: f64,
    pub loss: f64,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum StallKind {
    /// The generator holds its packets, then sends them all.
    Path,
    /// SIGSTOP, then SIGCONT to `pid`.
    Worker,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stall {
    pub kind: StallKind,
    /// Seconds after the warm-up.
    pub at: f64,
    pub ms: f64,
    #[serde(default)]
    pub pid: i32,
}

/// How what the probes heard is compared with what the talkers of their room said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Analyse {
    pub window_ms: usize,
    pub step_ms: usize,
    #[serde(default = "lag")]
    pub max_lag_ms: usize,
    /// Least normalised correlation that counts as found.
    #[serde(default = "found")]
    pub threshold: f64,
    /// Also judge every 20 ms by itself: heard as said, altered, or silent (one talker a room).
    #[serde(default)]
    pub frames: bool,
    /// Put all single delays in the report.
    #[serde(default)]
    pub track: bool,
}

fn one() -> u64 {
    1
}
fn three() -> usize {
    3
}
fn amplitude() -> f64 {
    6000.0
}
fn frame() -> u32 {
    160
}
fn lag() -> usize {
    400
}
fn found() -> f64 {
    0.3
}

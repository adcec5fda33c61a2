//! The mixer's tick: every 20 ms of an absolute clock.
#![forbid(unsafe_code)]

use crate::time::Time;

/// Length of a tick and of a mixed frame, ms.
pub const FRAME_MS: u32 = 20;

/// One tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Counted from the engine's start; missed ticks are counted too.
    pub number: u64,
    /// When it is due: the end of the frame made in it.
    pub end: Time,
    /// Ticks missed just before.
    pub missed: u64,
}

//! A panic is our bug and costs one leg, never the process.
#![forbid(unsafe_code)]

use std::panic::{catch_unwind, AssertUnwindSafe};

/// Runs `work`; None if it panicked. What it was changing must then be given up.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

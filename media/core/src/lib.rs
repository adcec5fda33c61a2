//! Switchroom's audio core.
#![deny(unsafe_code)]

pub mod codec;
pub mod jitter;
pub mod rtp;
pub mod srtp;
pub mod time;

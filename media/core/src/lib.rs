//! Switchroom's audio core.
#![deny(unsafe_code)]

pub mod codec;
pub mod dtmf;
pub mod jitter;
pub mod level;
pub mod limiter;
pub mod mos;
pub mod resample;
pub mod rtcp;
pub mod rtp;
pub mod srtp;
pub mod time;
pub mod tone;
pub mod wav;

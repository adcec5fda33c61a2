//! Switchroom's audio core.
#![deny(unsafe_code)]

pub mod agreement;
mod channel;
pub mod codec;
pub mod command;
mod denoise;
pub mod dtmf;
mod encoding;
pub mod engine;
pub mod goertzel;
mod guard;
pub mod jitter;
mod leg;
mod legs;
pub mod level;
pub mod limiter;
mod line;
pub mod mos;
pub mod output;
pub mod player;
pub mod plc;
mod recorder;
pub mod resample;
mod room;
pub mod rtcp;
pub mod rtp;
mod source;
pub mod srtp;
pub mod stretch;
mod talkers;
mod tick;
pub mod time;
pub mod tone;
mod traffic;
pub mod wav;
pub mod webrtc;

//! Channels: repeated music that goes on by itself, heard by any number of legs from one tape and shared encoders.
#![forbid(unsafe_code)]

use std::sync::Arc;

use crate::encoding::{Encoding, EncodingKey};
use crate::player::{Sound, Tape};
use crate::resample::Resampler;
use crate::tick::FRAME_MS;

/// The rate a channel's tape is read at, Hz.
const RATE: u32 = 16_000;

struct Channel {
    tape: Tape,
    listeners: usize,
    /// The frame of tick `read`.
    frame: Vec<i16>,
    read: u64,
    groups: Vec<Group>,
}

/// Listeners with one encoding.
struct Group {
    encoding: Encoding,
    resampler: Resampler,
    /// Tick of the last frame encoded.
    encoded: u64,
}

/// All channels.
#[derive(Default)]
pub struct Channels {
    channels: Vec<Option<Channel>>,
    scratch: Vec<i16>,
}

impl Channels {
    /// Listens to the channel with these sounds; it is begun if nobody does yet.
    pub fn join(&mut self, sounds: Vec<Arc<Sound>>, gain: f32) -> usize {
        let found = self
            .channels
            .iter()
            .position(|c| c.as_ref().is_some_and(|c| c.tape.is_like(&sounds, gain)));
        let at = found.unwrap_or_else(|| {
            let channel = Channel {
                tape: Tape::new(sounds, true, gain),
                listeners: 0,
                frame: Vec::new(),
                read: 0,
                groups: Vec::new(),
            };
            match self.channels.iter().position(Option::is_none) {
                Some(free) => {
                    self.channels[free] = Some(channel);
                    free
                }
                None => {
                    self.channels.push(Some(channel));
                    self.channels.len() - 1
                }
            }
        });
        if let Some(channel) = &mut self.channels[at] {
            channel.listeners += 1;
        }
        at
    }

    /// Listens no longer; a channel nobody listens to is forgotten.
    pub fn leave(&mut self, at: usize) {
        let Some(slot) = self.channels.get_mut(at) else {
            return;
        };
        if let Some(channel) = slot {
            channel.listeners -= 1;
            if channel.listeners == 0 {
                *slot = None;
            }
        }
    }

    /// The encoding for listeners of this kind, with the frame of tick `number`.
    pub fn encoded(&mut self, at: usize, key: EncodingKey, number: u64) -> Option<&Encoding> {
        let channel = self.channels.get_mut(at)?.as_mut()?;
        if channel.read != number {
            channel.frame.resize((RATE / 1000 * FRAME_MS) as usize, 0);
            channel.tape.fill(RATE, &mut channel.frame);
            channel.read = number;
        }
        let group = match channel.groups.iter().position(|g| g.encoding.key == key) {
            Some(found) => &mut channel.groups[found],
            None => {
                let encoding = Encoding::new(key).ok()?;
                let resampler = Resampler::new(RATE, encoding.rate());
                channel.groups.push(Group {
                    encoding,
                    resampler,
                    encoded: 0,
                });
                channel.groups.last_mut()?
            }
        };
        if group.encoded != number {
            group.encoded = number;
            self.scratch
                .resize((group.encoding.rate() / 1000 * FRAME_MS) as usize, 0);
            group.resampler.process(&channel.frame, &mut self.scratch);
            group.encoding.feed(&self.scratch);
        }
        Some(&group.encoding)
    }
}

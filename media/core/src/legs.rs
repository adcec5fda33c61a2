//! All legs, by index and by name.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use crate::command::{LegIndex, Name};
use crate::leg::Leg;

#[derive(Default)]
pub struct Legs {
    slots: Vec<Option<Box<Leg>>>,
    free: Vec<u32>,
    names: HashMap<Name, LegIndex>,
}

impl Legs {
    pub fn find(&self, name: &str) -> Option<LegIndex> {
        self.names.get(name).copied()
    }

    pub fn get(&self, index: LegIndex) -> Option<&Leg> {
        self.slots.get(index.0 as usize)?.as_deref()
    }

    pub fn get_mut(&mut self, index: LegIndex) -> Option<&mut Leg> {
        self.slots.get_mut(index.0 as usize)?.as_deref_mut()
    }

    /// Adds the leg that `make` gives for a free index.
    pub fn insert(&mut self, name: Name, make: impl FnOnce(LegIndex) -> Leg) -> LegIndex {
        let index = LegIndex(self.free.pop().unwrap_or(self.slots.len() as u32));
        let leg = Some(Box::new(make(index)));
        match self.slots.get_mut(index.0 as usize) {
            Some(slot) => *slot = leg,
            None => self.slots.push(leg),
        }
        self.names.insert(name, index);
        index
    }

    pub fn remove(&mut self, index: LegIndex) -> Option<Box<Leg>> {
        let leg = self.slots.get_mut(index.0 as usize)?.take()?;
        self.names.remove(&leg.name);
        self.free.push(index.0);
        Some(leg)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Leg> {
        self.slots.iter().filter_map(Option::as_deref)
    }

    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.names.keys()
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The highest index in use may be below this.
    pub fn bound(&self) -> u32 {
        self.slots.len() as u32
    }
}

//! Facts on their way to the owner: numbered without gaps, kept while nobody is there to read them.
#![forbid(unsafe_code)]

use std::collections::VecDeque;

use crate::protocol::{FromWorker, WorkerEvent};

/// Facts kept at most; the oldest are given up first, and their numbers are then missing.
const KEPT: usize = 20_000;

/// The numbered facts.
#[derive(Default)]
pub struct Notices {
    last: u64,
    /// The latest facts as lines, the oldest first; the last one has the number `last`.
    kept: VecDeque<String>,
    /// The number of the last fact that was given to an owner.
    given: u64,
}

impl Notices {
    /// Numbers a fact and keeps it.
    pub fn add(&mut self, event: WorkerEvent) {
        self.last += 1;
        let line = serde_json::to_string(&FromWorker::Notice {
            number: self.last,
            event,
        })
        .unwrap_or_default();
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(line);
    }

    /// An owner is there who has seen the facts up to `seen`; None if he does not say.
    pub fn resume(&mut self, seen: Option<u64>) {
        // More than there are: the number is of another process.
        if let Some(seen) = seen.filter(|seen| *seen <= self.last) {
            self.given = seen;
        }
    }

    /// Gives the lines that were not given yet.
    pub fn take(&mut self, mut each: impl FnMut(&str)) {
        let new = (self.last - self.given) as usize;
        for line in self.kept.iter().skip(self.kept.len().saturating_sub(new)) {
            each(line);
        }
        self.given = self.last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(leg: &str) -> WorkerEvent {
        WorkerEvent::MediaLost {
            leg: leg.into(),
            seconds: 30,
        }
    }

    fn taken(notices: &mut Notices) -> Vec<u64> {
        let mut numbers = Vec::new();
        notices.take(|line| {
            let Ok(FromWorker::Notice { number, .. }) = serde_json::from_str(line) else {
                panic!("no notice: {line}")
            };
            numbers.push(number);
        });
        numbers
    }

    #[test]
    fn facts_wait_for_an_owner_and_are_given_again_to_one_who_has_not_seen_them() {
        let mut notices = Notices::default();
        notices.add(lost("a"));
        notices.add(lost("b"));
        notices.resume(None);
        assert_eq!(taken(&mut notices), [1, 2]);
        notices.add(lost("c"));
        assert_eq!(taken(&mut notices), [3]);
        notices.resume(None);
        assert!(taken(&mut notices).is_empty());
        notices.resume(Some(1));
        assert_eq!(taken(&mut notices), [2, 3]);
        notices.add(lost("d"));
        notices.resume(Some(99));
        assert_eq!(taken(&mut notices), [4]);
    }

    #[test]
    fn no_more_than_the_latest_are_kept() {
        let mut notices = Notices::default();
        for _ in 0..KEPT + 5 {
            notices.add(lost("a"));
        }
        let numbers = taken(&mut notices);
        assert_eq!((numbers.len(), numbers[0]), (KEPT, 6));
    }
}

//! Who talks in a room, and which talkers are mixed.
#![forbid(unsafe_code)]

/// Level above which somebody begins to talk, dBov.
const TALK: f32 = -50.0;
/// Level below which a talker is silent, dBov.
const HUSH: f32 = -55.0;
/// How long after his last word somebody still counts as talking, ticks of 20 ms.
const HANG_OVER: u16 = 20;
/// Fall of the smoothed level, dB a tick.
const DECAY: f32 = 0.6;
/// A talker in the mix is given up only for someone louder by this, dB.
const LEAD: f32 = 6.0;
/// A talker in the mix stays there so long while he talks, ticks, however loud others are: in a crowd, words are heard whole.
const STAY: u16 = 100;
/// Louder than any difference of levels, dB.
const ABOVE_ALL: f32 = 1_000.0;
/// Silence, dBov.
pub const SILENCE: f32 = -127.0;

/// How loud a member is, and whether he talks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Voice {
    /// dBov, rises at once and falls slowly.
    pub level: f32,
    hang: u16,
    pub talking: bool,
    /// One of those mixed.
    pub chosen: bool,
    /// For so many ticks more he is not given up while he talks.
    stays: u16,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            level: SILENCE,
            hang: 0,
            talking: false,
            chosen: false,
            stays: 0,
        }
    }
}

impl Voice {
    /// Takes the level (dBov) of one tick. Returns true if he began or ceased to talk.
    pub fn hear(&mut self, level: f32) -> bool {
        self.level = level.max(self.level - DECAY);
        let before = self.talking;
        if level > if self.talking { HUSH } else { TALK } {
            self.talking = true;
            self.hang = HANG_OVER;
        } else if self.hang > 0 {
            self.hang -= 1;
            self.talking = self.hang > 0;
        }
        before != self.talking
    }
}

/// Chooses, once a tick, at most `most` talkers, the loudest, with some loyalty to those already chosen. `order` is scratch space.
pub fn choose(voices: &mut [Voice], most: usize, order: &mut Vec<(f32, usize)>) {
    order.clear();
    for (i, voice) in voices.iter_mut().enumerate() {
        if voice.talking {
            let lead = match voice.chosen {
                true if voice.stays > 0 => ABOVE_ALL,
                true => LEAD,
                false => 0.0,
            };
            order.push((voice.level + lead, i));
        }
        voice.stays = match voice.chosen {
            true => voice.stays.saturating_sub(1),
            false => STAY,
        };
        voice.chosen = false;
    }
    if order.len() > most {
        order.select_nth_unstable_by(most, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        order.truncate(most);
    }
    for &(_, i) in order.iter() {
        voices[i].chosen = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talking(level: f32) -> Voice {
        let mut voice = Voice::default();
        voice.hear(level);
        voice
    }

    fn chosen(voices: &[Voice]) -> Vec<usize> {
        voices
            .iter()
            .enumerate()
            .filter(|(_, v)| v.chosen)
            .map(|(i, _)| i)
            .collect()
    }

    #[test]
    fn the_loudest_are_chosen_and_the_silent_never() {
        let mut voices = [
            talking(-40.0),
            talking(-20.0),
            talking(-60.0),
            talking(-30.0),
        ];
        choose(&mut voices, 2, &mut Vec::new());
        assert_eq!(chosen(&voices), [1, 3]);
        choose(&mut voices, 8, &mut Vec::new());
        assert_eq!(chosen(&voices), [0, 1, 3]);
        choose(&mut voices, 0, &mut Vec::new());
        assert!(chosen(&voices).is_empty());
    }

    #[test]
    fn a_talker_stays_until_someone_is_clearly_louder() {
        let mut voices = [talking(-30.0), talking(-50.0)];
        for _ in 0..=STAY {
            assert!(!chosen(&voices).contains(&1));
            choose(&mut voices, 1, &mut Vec::new());
            voices[0].hear(-30.0);
        }
        voices[1].hear(-26.0);
        choose(&mut voices, 1, &mut Vec::new());
        assert_eq!(chosen(&voices), [0]);
        voices[1].hear(-20.0);
        choose(&mut voices, 1, &mut Vec::new());
        assert_eq!(chosen(&voices), [1]);
    }

    #[test]
    fn in_a_crowd_a_talker_stays_for_a_word_but_not_when_he_is_silent() {
        let mut voices = [talking(-40.0), talking(-60.0)];
        choose(&mut voices, 1, &mut Vec::new());
        voices[1].hear(-10.0);
        choose(&mut voices, 1, &mut Vec::new());
        assert_eq!(chosen(&voices), [0]);
        for _ in 0..HANG_OVER {
            voices[0].hear(SILENCE);
        }
        choose(&mut voices, 1, &mut Vec::new());
        assert_eq!(chosen(&voices), [1]);
    }

    #[test]
    fn talking_hangs_over_pauses_between_words() {
        let mut voice = Voice::default();
        assert!(voice.hear(-30.0));
        let changes = (1..100).find(|_| voice.hear(SILENCE));
        assert_eq!(changes, Some(usize::from(HANG_OVER)));
        assert!(!voice.talking);
        assert!(!voice.hear(-52.0), "between hush and talk nobody begins");
    }
}

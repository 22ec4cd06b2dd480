//! What a clock domain passes on: how late it was, at the latest, before a clock showed a value.
//!
//! A staircase of (clock, time), both strictly ascending: an entry with a clock above a step's is not earlier than the step. A
//! tick that is later than those above it takes their steps away, so that each tick costs one step, once.

use std::collections::VecDeque;

/// The steps of one domain.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    steps: VecDeque<(u64, i64)>,
}

impl Reach {
    /// The latest time of the ticks whose clocks are smaller than `clock`; `i64::MIN` where there is none.
    pub fn below(&self, clock: u64) -> i64 {
        let behind = self.steps.partition_point(|step| step.0 < clock);
        behind.checked_sub(1).map_or(i64::MIN, |at| self.steps[at].1)
    }

    /// The latest time of the ticks whose clocks are at most `clock`.
    pub fn up_to(&self, clock: u64) -> i64 {
        clock.checked_add(1).map_or_else(|| self.steps.back().map_or(i64::MIN, |step| step.1), |next| self.below(next))
    }

    /// Takes a tick in.
    pub fn tick(&mut self, clock: u64, time: i64) {
        if time <= self.up_to(clock) {
            return;
        }
        let from = self.steps.partition_point(|step| step.0 < clock);
        let to = from + self.steps.range(from..).take_while(|step| step.1 <= time).count();
        if to == from {
            self.steps.insert(from, (clock, time));
        } else {
            self.steps[from] = (clock, time);
            self.steps.drain(from + 1..to);
        }
    }

    /// Forgets the steps up to `time` but the last: no entry to come is earlier.
    pub fn forget_up_to(&mut self, time: i64) {
        let gone = self.steps.partition_point(|step| step.1 <= time);
        self.steps.drain(..gone.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_like_a_list_of_all_ticks() {
        let mut reach = Reach::default();
        let mut ticks = Vec::new();
        let mut state = 3_u32;
        for _ in 0..500 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let tick = (u64::from(state >> 24), i64::from(state >> 8 & 0xff));
            reach.tick(tick.0, tick.1);
            ticks.push(tick);
            for clock in [0, 1, 100, 254, 255, 256, u64::MAX] {
                let latest = |at_most| {
                    let times = ticks.iter().filter(|tick| tick.0 < clock || at_most && tick.0 == clock);
                    times.map(|tick| tick.1).max().unwrap_or(i64::MIN)
                };
                assert_eq!(reach.below(clock), latest(false));
                assert_eq!(reach.up_to(clock), latest(true));
            }
            assert!(reach.steps.iter().is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        }
    }

    #[test]
    fn what_is_forgotten_leaves_its_last_step() {
        let mut reach = Reach::default();
        for clock in 0..10 {
            reach.tick(clock, clock as i64 * 10);
        }
        reach.forget_up_to(45);
        assert_eq!(reach.steps.len(), 6);
        assert_eq!(reach.below(5), 40);
        assert_eq!(reach.below(4), i64::MIN);
        assert_eq!(reach.below(7), 60);
    }
}

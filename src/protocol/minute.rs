//! Minute keys: what seals cookies. Each lives for its own minute and the next, then its bytes are wiped.
//!
//! A key is found by its minute's number, so a cookie is never tried against several keys. The server calls
//! [`MinuteKeys::rotate`] whenever it looks at the clock; it rotates at most once per minute however often it is called.

use std::fmt;

use zeroize::Zeroize;

use super::clock::Millis;
use super::crypto::Random;

const MINUTE_MILLIS: u64 = 60_000;

/// The key of this minute and, when there was one, that of the minute before.
pub struct MinuteKeys {
    current: MinuteKey,
    previous: Option<MinuteKey>,
}

impl MinuteKeys {
    /// Draws the key for the minute of `wall` (Unix time). There is no previous key yet.
    #[must_use]
    pub fn new(wall: Millis, random: &mut dyn Random) -> Self {
        Self { current: MinuteKey::draw(minute_of(wall), random), previous: None }
    }

    /// Whether [`MinuteKeys::rotate`] would change anything.
    #[must_use]
    pub fn is_due(&self, wall: Millis) -> bool {
        minute_of(wall) > self.current.minute
    }

    /// Moves on to the minute of `wall`: to the next minute the current key becomes the previous one; over a jump of two
    /// minutes or more both are dropped. Within the same minute, or when the clock went back, nothing changes.
    pub fn rotate(&mut self, wall: Millis, random: &mut dyn Random) {
        if !self.is_due(wall) {
            return;
        }
        let minute = minute_of(wall);
        let is_next = minute - self.current.minute == 1;
        let last = std::mem::replace(&mut self.current, MinuteKey::draw(minute, random));
        self.previous = is_next.then_some(last);
    }

    /// The number of the current minute and its key.
    #[must_use]
    pub fn current(&self) -> (u32, &[u8; 32]) {
        (self.current.minute, &self.current.bytes)
    }

    /// The key of `minute`, while it is the current or the previous one.
    #[must_use]
    pub fn by_minute(&self, minute: u32) -> Option<&[u8; 32]> {
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.minute == minute)
            .map(|key| &*key.bytes)
    }
}

impl fmt::Debug for MinuteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MinuteKeys").field("minute", &self.current.minute).finish_non_exhaustive()
    }
}

/// One key. Its bytes are boxed, so that moving it leaves no copy behind.
struct MinuteKey {
    minute: u32,
    bytes: Box<[u8; 32]>,
}

impl MinuteKey {
    fn draw(minute: u32, random: &mut dyn Random) -> Self {
        let mut bytes = Box::new([0; 32]);
        random.fill(&mut *bytes);
        Self { minute, bytes }
    }
}

impl Drop for MinuteKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

fn minute_of(wall: Millis) -> u32 {
    u32::try_from(wall.0 / MINUTE_MILLIS).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::reference_crypto::SeededRandom;
    use super::*;

    const START: Millis = Millis(7 * MINUTE_MILLIS + 123);

    fn fresh() -> (MinuteKeys, SeededRandom) {
        let mut random = SeededRandom(1);
        (MinuteKeys::new(START, &mut random), random)
    }

    #[test]
    fn a_new_pair_knows_its_own_minute_only() {
        let (keys, _) = fresh();
        let (minute, key) = keys.current();
        assert_eq!(minute, 7);
        assert_eq!(keys.by_minute(7), Some(key));
        assert_eq!((keys.by_minute(6), keys.by_minute(8)), (None, None));
    }

    #[test]
    fn it_rotates_exactly_once_per_minute_however_often_it_is_asked() {
        let (mut keys, mut random) = fresh();
        let mut seen = vec![*keys.current().1];
        for millis in (START.0..=START.0 + 5 * MINUTE_MILLIS).step_by(1_000) {
            keys.rotate(Millis(millis), &mut random);
            keys.rotate(Millis(millis), &mut random);
            let (minute, key) = keys.current();
            assert_eq!(u64::from(minute), millis / MINUTE_MILLIS);
            if seen.last() != Some(key) {
                seen.push(*key);
            }
        }
        assert_eq!(seen.len(), 6, "five minutes and a bit touch six minutes, each with one key");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 6, "no key comes twice");
    }

    #[test]
    fn the_next_minute_keeps_the_last_key_and_the_one_after_drops_it() {
        let (mut keys, mut random) = fresh();
        let first = *keys.current().1;
        keys.rotate(Millis(8 * MINUTE_MILLIS), &mut random);
        let second = *keys.current().1;
        assert_eq!(keys.by_minute(7), Some(&first));
        assert_ne!(first, second);
        keys.rotate(Millis(9 * MINUTE_MILLIS), &mut random);
        assert_eq!((keys.by_minute(7), keys.by_minute(8)), (None, Some(&second)));
    }

    #[test]
    fn a_jump_of_two_minutes_or_more_drops_both() {
        for jump in [2, 3, 1_000_000] {
            let (mut keys, mut random) = fresh();
            keys.rotate(Millis(8 * MINUTE_MILLIS), &mut random);
            keys.rotate(Millis((8 + jump) * MINUTE_MILLIS), &mut random);
            assert_eq!((keys.by_minute(7), keys.by_minute(8)), (None, None));
            assert_eq!(u64::from(keys.current().0), 8 + jump);
            assert_eq!(
                keys.by_minute(7 + u32::try_from(jump).unwrap()),
                None,
                "nothing stands in for the minute between"
            );
        }
    }

    #[test]
    fn a_clock_that_goes_back_changes_nothing() {
        let (mut keys, mut random) = fresh();
        keys.rotate(Millis(8 * MINUTE_MILLIS), &mut random);
        let before = (*keys.by_minute(7).unwrap(), *keys.by_minute(8).unwrap());
        for back in [0, 6 * MINUTE_MILLIS, 7 * MINUTE_MILLIS, 8 * MINUTE_MILLIS - 1] {
            keys.rotate(Millis(back), &mut random);
            assert_eq!(keys.current().0, 8);
            assert_eq!((*keys.by_minute(7).unwrap(), *keys.by_minute(8).unwrap()), before);
        }
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        let (mut keys, mut random) = fresh();
        keys.rotate(Millis(u64::MAX), &mut random);
        assert_eq!(keys.current().0, u32::MAX);
    }

    #[test]
    fn debug_shows_no_key_byte() {
        let keys = MinuteKeys::new(START, &mut super::super::reference_crypto::CountingRandom(0x41));
        assert_eq!(format!("{keys:?}"), "MinuteKeys { minute: 7, .. }");
    }
}

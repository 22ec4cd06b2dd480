//! The least of many keys that change one at a time, found again in a logarithm of their number.

/// A tree of matches between the keys of contenders 0, 1, 2 ...: each node holds the contender with the smaller key.
#[derive(Clone, Debug)]
pub(super) struct Tournament<K> {
    keys: Vec<K>,
    /// Node `n` is won by the winner of `2 n` or of `2 n + 1`; node 1 is the root, the last half are the contenders.
    winners: Vec<u32>,
}

impl<K: Ord + Copy> Tournament<K> {
    /// A tournament of `count` contenders that all have the key `last`, which must be no smaller than any other.
    pub fn new(count: usize, last: K) -> Self {
        let leaves = count.max(1).next_power_of_two();
        let number = |leaf| u32::try_from(leaf).expect("sources are counted in 32 bits");
        let mut winners = vec![0; leaves];
        winners.extend((0..leaves).map(number));
        for node in (1..leaves).rev() {
            winners[node] = winners[2 * node];
        }
        Self { keys: vec![last; leaves], winners }
    }

    /// Gives a contender a new key.
    pub fn set(&mut self, contender: usize, key: K) {
        self.keys[contender] = key;
        let mut node = (self.winners.len() / 2 + contender) / 2;
        while node > 0 {
            let (left, right) = (self.winners[2 * node], self.winners[2 * node + 1]);
            let is_right = self.keys[right as usize] < self.keys[left as usize];
            self.winners[node] = if is_right { right } else { left };
            node /= 2;
        }
    }

    /// The contender with the smallest key, and that key.
    pub fn best(&self) -> (usize, K) {
        let winner = self.winners[1] as usize;
        (winner, self.keys[winner])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_key_wins_whatever_changes() {
        for count in [1, 2, 3, 50] {
            let mut tournament = Tournament::new(count, u32::MAX);
            let mut plain = vec![u32::MAX; count];
            let mut state = 7_u32;
            for _ in 0..2000 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let (contender, key) = (state as usize % count, state >> 8);
                tournament.set(contender, key);
                plain[contender] = key;
                let (winner, best) = tournament.best();
                assert_eq!(Some(&best), plain.iter().min());
                assert_eq!(plain[winner], best);
            }
        }
    }
}

//! The least of many keys that change one at a time, found again in a logarithm of their number.

/// Behind all other keys: of a contender that has none.
pub(super) const NONE: u128 = u128::MAX;

/// A tree of matches between contenders 0, 1, 2 ...: each node holds the one with the smaller key below it, and of two with
/// equal keys the one with the smaller number.
#[derive(Clone, Debug)]
pub(super) struct Tournament {
    /// Node `n` is won by the winner of `2 n` or of `2 n + 1`; node 1 is the root, the last half are the contenders.
    nodes: Vec<Contender>,
}

#[derive(Clone, Copy, Debug)]
struct Contender {
    key: u128,
    number: u32,
}

impl Tournament {
    /// A tournament of `count` contenders without keys.
    pub fn new(count: usize) -> Self {
        let leaves = count.max(1).next_power_of_two();
        let number = |leaf| u32::try_from(leaf).expect("sources are counted in 32 bits");
        let leaf = |leaf| Contender { key: NONE, number: number(leaf) };
        let mut nodes = vec![leaf(0); leaves];
        nodes.extend((0..leaves).map(leaf));
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node];
        }
        Self { nodes }
    }

    /// Gives a contender a new key.
    pub fn set(&mut self, contender: usize, key: u128) {
        let mut node = self.nodes.len() / 2 + contender;
        self.nodes[node].key = key;
        let mut winner = self.nodes[node];
        while node > 1 {
            let rival = self.nodes[node ^ 1];
            // Who wins cannot be foreseen: no branch is worth trying.
            let is_beaten = (rival.key < winner.key) | (rival.key == winner.key) & (rival.number < winner.number);
            winner = if is_beaten { rival } else { winner };
            node /= 2;
            self.nodes[node] = winner;
        }
    }

    /// The contender with the smallest key, and that key.
    pub fn best(&self) -> (usize, u128) {
        let Contender { key, number } = self.nodes[1];
        (number as usize, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_key_wins_whatever_changes() {
        for count in [1, 2, 3, 50] {
            let mut tournament = Tournament::new(count);
            let mut plain = vec![NONE; count];
            let mut state = 7_u32;
            for _ in 0..2000 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let (contender, key) = (state as usize % count, u128::from(state >> 24));
                tournament.set(contender, key);
                plain[contender] = key;
                let first = plain.iter().zip(0..).min().map(|(key, number)| (number, *key));
                assert_eq!(Some(tournament.best()), first);
            }
        }
    }
}

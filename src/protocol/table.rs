//! Walks the (state x event) tables that the machines' tests hold.

use std::fmt;

/// Tries every event in every state and names each cell that is not as the table says. A row is an event with what comes of
/// it in every state, in the order of `states`.
pub fn walk<S: Copy + fmt::Debug, const N: usize>(
    table: &[(&str, [&str; N])],
    states: [S; N],
    outcome: impl Fn(S, &str) -> String,
) {
    let mut wrong = Vec::new();
    for (event, cells) in table {
        for (state, expected) in states.into_iter().zip(cells) {
            let got = outcome(state, event);
            if got != *expected {
                wrong.push(format!("{state:?} x {event}: {got}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

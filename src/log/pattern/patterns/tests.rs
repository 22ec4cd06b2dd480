//! Patterns as they are found, grow alike and go.

use super::*;

fn templates(messages: &[&str]) -> Vec<(String, u64)> {
    let mut patterns = Patterns::default();
    for message in messages {
        patterns.add(message.as_bytes());
    }
    patterns.list().into_iter().map(|pattern| (pattern.template, pattern.count)).collect()
}

fn pair(template: &str, count: u64) -> (String, u64) {
    (template.to_owned(), count)
}

#[test]
fn messages_that_differ_in_numbers_are_one_pattern_from_the_first() {
    let found =
        templates(&["read 12 bytes from 10.0.0.1:80", "read 7 bytes from 10.0.0.2:81", "write failed: disk full"]);
    assert_eq!(found, [pair("read <*> bytes from <*>", 2), pair("write failed: disk full", 1)]);
}

#[test]
fn a_word_that_has_been_few_stays_and_one_that_has_been_many_is_a_hole() {
    let few = ["door one is open", "door two is open", "door three is open", "door four is open"];
    assert_eq!(templates(&few).len(), 4);
    let many = [&few[..], &["door five is open", "door six is open"]].concat();
    assert_eq!(templates(&many), [pair("door <*> is open", 6)]);
}

#[test]
fn two_words_that_vary_become_two_holes() {
    let words = ["ada", "bob", "cy", "dee", "eve", "fay", "gus", "hal"];
    let messages: Vec<String> =
        words.iter().flat_map(|a| words.iter().map(move |b| format!("mail of {a} was given to {b} at once"))).collect();
    let found = templates(&messages.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(found, [pair("mail of <*> was given to <*> at once", 64)]);
}

#[test]
fn a_pattern_keeps_two_words_at_least() {
    let messages: Vec<String> = ('a'..='z').map(|letter| format!("{letter}{letter} started")).collect();
    assert_eq!(templates(&messages.iter().map(String::as_str).collect::<Vec<_>>()).len(), 26);
}

#[test]
fn the_first_word_has_to_vary_more() {
    let message = |letter: char| format!("{letter}{letter} has been started");
    let some: Vec<String> = ('a'..='p').map(message).collect();
    assert_eq!(templates(&some.iter().map(String::as_str).collect::<Vec<_>>()).len(), 16);
    let more: Vec<String> = ('a'..='z').map(message).collect();
    assert_eq!(templates(&more.iter().map(String::as_str).collect::<Vec<_>>()), [pair("<*> has been started", 26)]);
}

#[test]
fn the_oldest_identity_stays_and_the_others_lead_to_it() {
    let mut patterns = Patterns::default();
    let ids: Vec<_> = ["one", "two", "three", "four", "five", "six"]
        .map(|word| patterns.add(format!("door {word} is open").as_bytes()))
        .into();
    assert!(ids.iter().all(|id| patterns.resolve(*id) == ids[0]));
    assert_eq!(patterns.find(b"door seven is open"), Some(ids[0]));
    assert_eq!(patterns.find(b"no such thing"), None);
    assert_eq!(patterns.get(ids[3]).map(|pattern| pattern.count), Some(6));
}

#[test]
fn a_word_joins_where_a_number_stood() {
    let found = templates(&["user id root logged in", "user id 1000 logged in", "user id bob logged in"]);
    assert_eq!(found, [pair("user id <*> logged in", 3)]);
}

#[test]
fn what_is_used_least_recently_goes_and_is_counted() {
    let mut patterns = Patterns::new(16);
    let mut name = String::new();
    for number in 0..2000_u32 {
        patterns.add(b"this one is said again and again");
        name.clear();
        // Different words, and a different number of them, so that nothing grows alike.
        for bit in 0..11 {
            name.push_str(if number >> bit & 1 == 1 { "x y z " } else { "a " });
        }
        patterns.add(name.as_bytes());
        assert!(patterns.len() <= 16);
        assert!(patterns.became.len() <= 64);
    }
    assert_eq!(patterns.list()[0].count, 2000);
    let kept: u64 = patterns.list().iter().map(|pattern| pattern.count).sum();
    assert_eq!(kept + patterns.forgotten(), 4000);
}

#[test]
fn maps_hold_nothing_of_patterns_that_are_gone() {
    let mut patterns = Patterns::new(32);
    let mut state = 1_u32;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    for _ in 0..20_000 {
        let words = ["red", "green", "blue", "1", "left", "right", "up", "down", "=", "x9"];
        let message: Vec<_> = (0..random(7)).map(|_| words[random(10) as usize]).collect();
        patterns.add(message.join(" ").as_bytes());
    }
    let places = |map: &Map<Places>| map.values().map(Places::len).sum::<usize>();
    assert_eq!(patterns.exact.len(), patterns.len());
    assert_eq!(places(&patterns.holed), patterns.kept().filter(|known| known.has_holes()).count());
    assert_eq!(places(&patterns.but_one), patterns.kept().map(|known| known.candidates().len()).sum::<usize>());
    assert!(
        patterns
            .kept()
            .all(|known| known.text.len() == known.pieces.iter().map(|piece| piece.length as usize).sum::<usize>())
    );
}

#[test]
fn an_identity_is_older_than_those_that_lead_to_it() {
    let mut patterns = Patterns::default();
    let root = patterns.add(b"user id root logged in");
    let number = patterns.add(b"user id 1000 logged in");
    assert_eq!((patterns.resolve(root), patterns.resolve(number)), (root, root));
    assert_eq!(patterns.get(number).map(|pattern| pattern.template), Some("user id <*> logged in".to_owned()));
}

#[test]
fn stores_that_found_the_same_in_two_parts_are_joined_into_one() {
    let said = |name: &str, number: usize| [format!("door {name} is open"), format!("item {number} is there")];
    let names = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
    let messages: Vec<String> = names.iter().zip(0..).flat_map(|(name, number)| said(name, number)).collect();
    for cut in [0, 3, 8, 16] {
        let (first, second) = messages.split_at(cut);
        let (mut left, mut right) = (Patterns::default(), Patterns::default());
        for message in first {
            left.add(message.as_bytes());
        }
        let ids: Vec<_> = second.iter().map(|message| right.add(message.as_bytes())).collect();
        let ids: Vec<_> = ids.iter().map(|id| right.resolve(*id)).collect();
        let became = left.join(right);
        let shown: Vec<_> = left.list().into_iter().map(|pattern| (pattern.template, pattern.count)).collect();
        assert_eq!(shown, [pair("door <*> is open", 8), pair("item <*> is there", 8)]);
        for (id, message) in ids.iter().zip(second) {
            let own = became.iter().find(|(theirs, _)| theirs == id).map(|(_, own)| *own);
            assert_eq!(own, left.find(message.as_bytes()));
        }
    }
}

#[test]
fn a_message_is_cut_between_words_where_it_is_too_long() {
    let blocks: String = (0..400).map(|number| format!(" blk_{number}")).collect();
    assert_eq!(templates(&[&format!("delete{blocks}"), "delete blk_1 blk_2"]), [pair("delete <*>", 2)]);
}

#[test]
fn an_empty_message_is_a_pattern() {
    let mut patterns = Patterns::default();
    assert_eq!(patterns.add(b""), patterns.add(b"  "));
    assert_eq!(patterns.list(), [Pattern { id: PatternId(0), template: String::new(), count: 2, span: None }]);
}

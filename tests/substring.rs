//! The fast substring search against the naive one, on random text that is full of near misses.
#![cfg(not(target_family = "wasm"))]

use std::ops::Range;

use frereth::log::substring::Substring;
use proptest::prelude::*;

fn is_equal(needle: &[u8], hay: &[u8]) -> bool {
    if needle.iter().any(u8::is_ascii_uppercase) { needle == hay } else { needle.eq_ignore_ascii_case(hay) }
}

fn naive_find_all(needle: &[u8], hay: &[u8]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while !needle.is_empty() && !needle.contains(&b'\n') && at + needle.len() <= hay.len() {
        if is_equal(needle, &hay[at..at + needle.len()]) {
            out.push(at..at + needle.len());
            at += needle.len();
        } else {
            at += 1;
        }
    }
    out
}

fn naive_lines(block: &[u8]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while start < block.len() {
        let end = block[start..].iter().position(|&byte| byte == b'\n').map_or(block.len(), |at| start + at);
        out.push(start..end);
        start = end + 1;
    }
    out
}

fn near_misses() -> impl Strategy<Value = Vec<u8>> {
    let bytes: Vec<u8> = b"aAbBrR-1 \n\xc3\xa9\xff".to_vec();
    proptest::collection::vec(proptest::sample::select(bytes), 0..200)
}

proptest! {
    #[test]
    fn the_fast_search_finds_what_the_naive_one_finds(needle in "[abrABR1é -]{0,4}", hay in near_misses()) {
        let fast: Vec<_> = Substring::new(&needle).find_iter(&hay).collect();
        prop_assert_eq!(fast, naive_find_all(needle.as_bytes(), &hay));
    }

    #[test]
    fn the_matching_lines_are_the_lines_that_match(needle in "[abrABR1é\n -]{0,3}", block in near_misses()) {
        let search = Substring::new(&needle);
        let fast: Vec<_> = search.matching_lines(&block).collect();
        let naive: Vec<_> = naive_lines(&block)
            .into_iter()
            .filter(|line| {
                needle.is_empty() || !naive_find_all(needle.as_bytes(), &block[line.clone()]).is_empty()
            })
            .collect();
        prop_assert_eq!(&fast, &naive);
        for line in naive_lines(&block) {
            prop_assert_eq!(search.is_match(&block[line.clone()]), naive.contains(&line));
        }
    }
}

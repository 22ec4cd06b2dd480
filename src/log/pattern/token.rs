//! A message as words, signs and holes.

use super::super::hash::{hash, mix};
use super::rules::{Class, class, ends_path, is_date_word, is_host, is_unit, names_user, opening, varies};

/// Bytes of a message that are looked at.
const BYTES_MAX: usize = 1024;
/// Tokens of a message; what is behind them is one hole.
pub(super) const TOKENS_MAX: usize = 128;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It stays, unless it is seen to vary.
    Word,
    /// It stays.
    Sign,
    /// It varies.
    Hole,
}

/// A part of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    /// Whether space stands before it.
    pub is_spaced: bool,
    /// Of its bytes; [`HOLE`] for a hole.
    pub hash: u64,
}

/// The hash of a hole.
pub(super) const HOLE: u64 = 0x51ed_270b_9f1c_3a75;

/// The share of a token in the hash of its sequence. Shares add up, so that one token is exchanged in one step.
pub(super) const fn share(hash: u64, place: usize) -> u64 {
    mix(hash.wrapping_add((place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// Cuts `message` into `tokens`, which are emptied before.
pub(super) fn cut(message: &[u8], tokens: &mut Vec<Token>) {
    tokens.clear();
    let is_long = message.len() > BYTES_MAX;
    let message = if is_long { whole_words(&message[..BYTES_MAX]) } else { message };
    let mut cutter = Cutter { message, tokens, at: 0, is_spaced: false };
    while cutter.at < message.len() && cutter.tokens.len() < TOKENS_MAX {
        cutter.step();
    }
    if is_long || cutter.at < message.len() {
        cutter.is_spaced = true;
        cutter.hole(cutter.at);
    }
}

/// The beginning of a message without the word that the end cuts through; all of it where it is one word.
fn whole_words(message: &[u8]) -> &[u8] {
    let end = message.iter().rposition(|byte| class(*byte) == Class::Space);
    &message[..end.unwrap_or(message.len())]
}

struct Cutter<'a> {
    message: &'a [u8],
    tokens: &'a mut Vec<Token>,
    at: usize,
    is_spaced: bool,
}

impl<'a> Cutter<'a> {
    fn step(&mut self) {
        let byte = self.message[self.at];
        match class(byte) {
            Class::Space => {
                self.at += 1;
                self.is_spaced = true;
            }
            Class::Sign => self.sign(byte),
            Class::Leader if self.leaders(self.at) > 2 => {
                self.push(self.at + 3, Kind::Sign);
                self.at += self.leaders(self.at);
            }
            _ => self.word(),
        }
    }

    /// How many equal leaders stand at `at`.
    fn leaders(&self, at: usize) -> usize {
        self.message[at..].iter().take_while(|byte| **byte == self.message[at]).count()
    }

    /// Nothing between brackets, or behind an equals sign, is a value too.
    fn sign(&mut self, sign: u8) {
        if sign == b':'
            && let Some(end) = self.numbers_with_colons()
        {
            return self.hole(end);
        }
        if opening(sign).is_some_and(|open| self.at > 0 && self.message[self.at - 1] == open) {
            self.is_spaced = false;
            self.hole(self.at);
        }
        self.push(self.at + 1, Kind::Sign);
        self.at += 1;
        let next = self.message.get(self.at).copied().unwrap_or(b' ');
        if sign == b'=' && (class(next) == Class::Space || b",;)]}".contains(&next)) {
            self.hole(self.at);
        }
    }

    fn word(&mut self) {
        let end = self.word_end();
        // Of what goes on behind a sign, all has a colon there, but for a path from the root.
        if (self.message[self.at] == b'/' || self.message.get(end) == Some(&b':'))
            && let Some(end) = self.numbers_with_colons().or_else(|| self.path())
        {
            return self.hole(end);
        }
        let word = &self.message[self.at..end];
        let is_value = varies(word)
            || self.follows_hole() && (is_unit(word) || is_date_word(word))
            || matches!(self.tokens[..], [.., a, b] if names_user(self.bytes(a), self.bytes(b)));
        if is_value {
            self.hole(end);
        } else {
            // What has no letter in it holds its place as a sign does.
            let has_letter = word.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii());
            self.push(end, if has_letter { Kind::Word } else { Kind::Sign });
            self.at = end;
        }
    }

    fn word_end(&self) -> usize {
        let mut end = self.at;
        while let Some(byte) = self.message.get(end) {
            match class(*byte) {
                Class::Space | Class::Sign => break,
                Class::Leader if end > self.at && self.leaders(end) > 2 => break,
                _ => end += 1,
            }
        }
        end
    }

    /// Times, addresses of hardware and of IPv6: groups of at most four hexadecimal digits with two colons or more.
    fn numbers_with_colons(&self) -> Option<usize> {
        if !self.is_at_boundary() {
            return None;
        }
        let rest = &self.message[self.at..];
        let mut length = rest.iter().take_while(|byte| byte.is_ascii_hexdigit() || **byte == b':').count();
        if rest[..length].ends_with(b":") && !rest[..length].ends_with(b"::") {
            length -= 1;
        }
        let numbers = &rest[..length];
        let is_open = rest.get(length).is_some_and(u8::is_ascii_alphanumeric);
        let colons = numbers.iter().filter(|byte| **byte == b':').count();
        let are_short = || numbers.split(|byte| *byte == b':').all(|group| group.len() <= 4);
        let are_numbers = !is_open && colons >= 2 && are_short() && numbers.iter().any(u8::is_ascii_digit);
        are_numbers.then_some(self.at + length)
    }

    /// Paths from the root and addresses with a scheme.
    fn path(&self) -> Option<usize> {
        if !self.is_at_boundary() {
            return None;
        }
        let rest = &self.message[self.at..];
        let is_path = match rest {
            [b'/', next, ..] => next.is_ascii_alphanumeric() || b"_.~-".contains(next),
            _ => {
                let scheme =
                    rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte)).count();
                scheme > 1 && rest[scheme..].starts_with(b"://")
            }
        };
        if !is_path {
            return None;
        }
        let length = rest.iter().take_while(|byte| !ends_path(**byte)).count();
        let ending = rest[..length].iter().rev().take_while(|byte| b".:".contains(byte)).count();
        Some(self.at + length - ending)
    }

    /// Whether no word goes on here.
    fn is_at_boundary(&self) -> bool {
        self.at == 0 || matches!(class(self.message[self.at - 1]), Class::Space | Class::Sign)
    }

    fn follows_hole(&self) -> bool {
        self.tokens.last().is_some_and(|last| last.kind == Kind::Hole)
    }

    fn bytes(&self, token: Token) -> &'a [u8] {
        &self.message[token.start..token.end]
    }

    fn is_sign(&self, token: Token, signs: &[u8]) -> bool {
        token.kind == Kind::Sign && matches!(self.bytes(token), [sign] if signs.contains(sign))
    }

    fn push(&mut self, end: usize, kind: Kind) {
        let hash = hash(&self.message[self.at..end]);
        self.tokens.push(Token { start: self.at, end, kind, is_spaced: self.is_spaced, hash });
        self.is_spaced = false;
    }

    /// Ends a hole at `end`. Holes side by side, joined by a sign or listed with commas are one; so are a date's words and a
    /// host before its port.
    fn hole(&mut self, end: usize) {
        let (start, is_spaced) = (self.at, std::mem::take(&mut self.is_spaced));
        let mut hole = Token { start, end, kind: Kind::Hole, is_spaced, hash: HOLE };
        self.at = end;
        if let [.., host, colon] = self.tokens[..]
            && !hole.is_spaced
            && !colon.is_spaced
            && self.is_sign(colon, b":")
            && host.kind == Kind::Word
            && is_host(self.bytes(host))
            && self.message.get(start).is_some_and(u8::is_ascii_digit)
        {
            self.tokens.truncate(self.tokens.len() - 2);
            hole = Token { start: host.start, is_spaced: host.is_spaced, ..hole };
        }
        if let [.., day, comma] = self.tokens[..]
            && self.is_sign(comma, b",")
            && is_date_word(self.bytes(day))
        {
            self.tokens.pop();
        }
        while let Some(last) = self.tokens.pop_if(|last| is_date_word(&self.message[last.start..last.end])) {
            hole = Token { start: last.start, is_spaced: last.is_spaced, ..hole };
        }
        if let [.., before, sign] = self.tokens[..]
            && before.kind == Kind::Hole
            && (self.is_sign(sign, b",") || !hole.is_spaced && !sign.is_spaced && self.is_sign(sign, b":="))
        {
            self.tokens.pop();
        }
        if !self.follows_hole() {
            self.tokens.push(hole);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(message: &str) -> String {
        let mut tokens = Vec::new();
        cut(message.as_bytes(), &mut tokens);
        let show = |token: &Token| match token.kind {
            Kind::Hole => "<*>",
            _ => &message[token.start..token.end],
        };
        tokens.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_varies_by_its_look_is_a_hole() {
        for (message, expected) in [
            ("took 3 ms for 0x1f items", "took <*> for <*> items"),
            ("from 10.0.0.1:80 to host.example.org:8080", "from <*> to <*>"),
            ("open /var/log/a.log?x=1&y=2, gone", "open <*> , gone"),
            ("GET https://example.org/a/b?c=d#e done", "GET <*> done"),
            ("mac 00:1b:44:11:3a:b7 at fe80::1 up", "mac <*> at <*> up"),
            ("at Sun Jul 10 03:55:15 2005", "at <*>"),
            ("at Mon, 23 Nov 2026 10:00:00 UTC ok", "at <*> ok"),
            ("id 123e4567-e89b-12d3-a456-426614174000", "id <*>"),
            ("tty= user=root (uid=0)", "tty = <*> user = root ( uid = <*> )"),
            ("port 22 ssh2", "port <*> ssh2"),
            ("ports 1, 2, 3 open", "ports <*> open"),
            ("from host () at", "from host ( <*> ) at"),
            ("enabled......0", "enabled ... <*>"),
            ("session opened for user bob by x", "session opened for user <*> by x"),
            ("check pass; user unknown", "check pass ; user unknown"),
            ("core::fmt failed: a::b", "core : : fmt failed : a : : b"),
            ("you may 3 times", "you may <*> times"),
        ] {
            assert_eq!(shown(message), expected, "{message}");
        }
    }

    #[test]
    fn a_message_of_any_length_has_a_bounded_number_of_tokens() {
        let mut tokens = Vec::new();
        for message in ["a ".repeat(100_000), "x".repeat(100_000), "=".repeat(10_000), ": : ".repeat(3000)] {
            cut(message.as_bytes(), &mut tokens);
            assert!(tokens.len() <= TOKENS_MAX + 2, "{}", tokens.len());
            assert_eq!(tokens.last().map(|token| token.kind), Some(Kind::Hole));
        }
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        let (mut tokens, mut state) = (Vec::new(), 1_u32);
        for length in 0..3000 {
            let next = |_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b"=:,()[]<>\"'|...--/ab01 Z\xff\n:/"[(state >> 24) as usize % 28]
            };
            let message: Vec<u8> = (0..length % 200).map(next).collect();
            cut(&message, &mut tokens);
            assert!(tokens.iter().all(|token| token.start <= token.end && token.end <= message.len()));
        }
    }
}

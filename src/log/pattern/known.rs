//! A pattern as the store keeps it: its pieces, their text, and the hashes by which it is found.

use super::patterns::PatternId;
use super::token::{HOLE, Kind, TOKENS_MAX, Token, share};

/// Words that a pattern must keep: one that is all holes would be everybody's.
const WORDS_MIN: usize = 2;
/// The first so many words of a pattern may be seen to vary.
const CANDIDATES_MAX: usize = 32;
/// The hash of the place that is left out where patterns are compared but for one word.
pub(super) const GAP: u64 = 0x2545_f491_4f6c_dd1d;

/// A pattern as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub id: PatternId,
    pub hash: u64,
    pub pieces: Box<[Piece]>,
    /// The words and signs, side by side.
    pub text: Box<[u8]>,
    pub count: u64,
    /// The times of its first message and of its last, as far as they have any.
    pub span: Option<(i64, i64)>,
    pub last_used: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub kind: Kind,
    is_spaced: bool,
    pub length: u32,
    hash: u64,
}

impl Piece {
    fn takes(&self, token: &Token) -> bool {
        self.hash == token.hash || self.kind == Kind::Hole && token.kind == Kind::Word
    }
}

impl Known {
    pub fn new(id: PatternId, message: &[u8], tokens: &[Token], hash: u64) -> Self {
        let mut text = Vec::new();
        let piece = |token: &Token| {
            let bytes = if token.kind == Kind::Hole { &[][..] } else { &message[token.start..token.end] };
            text.extend_from_slice(bytes);
            Piece { kind: token.kind, is_spaced: token.is_spaced, length: bytes.len() as u32, hash: token.hash }
        };
        let pieces = tokens.iter().map(piece).collect();
        Self { id, hash, pieces, text: text.into(), count: 0, span: None, last_used: 0 }
    }

    /// Counts messages of these times.
    pub fn take_in(&mut self, count: u64, span: Option<(i64, i64)>) {
        self.count += count;
        self.span = match (self.span, span) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (own, other) => own.or(other),
        };
    }

    fn words(&self) -> impl Iterator<Item = usize> + '_ {
        self.pieces.iter().enumerate().filter(|(_, piece)| piece.kind == Kind::Word).map(|(place, _)| place)
    }

    /// The words that may be seen to vary: none where too few would be left.
    pub fn candidates(&self) -> Vec<usize> {
        if self.words().nth(WORDS_MIN).is_none() { Vec::new() } else { self.words().take(CANDIDATES_MAX).collect() }
    }

    pub fn has_holes(&self) -> bool {
        self.pieces.iter().any(|piece| piece.kind == Kind::Hole)
    }

    pub fn but(&self, place: usize, hash: u64) -> u64 {
        self.hash.wrapping_sub(share(self.pieces[place].hash, place)).wrapping_add(share(hash, place))
    }

    /// How many of the tokens' words fall into holes; `None` where something else differs.
    pub fn distance(&self, tokens: &[Token]) -> Option<usize> {
        if self.pieces.len() != tokens.len() || !self.pieces.iter().zip(tokens).all(|(piece, token)| piece.takes(token))
        {
            return None;
        }
        Some(self.pieces.iter().zip(tokens).filter(|(piece, token)| piece.hash != token.hash).count())
    }

    pub fn make_hole(&mut self, place: usize) {
        self.hash = self.but(place, HOLE);
        let start: usize = self.pieces[..place].iter().map(|piece| piece.length as usize).sum();
        let piece = &mut self.pieces[place];
        let mut text = std::mem::take(&mut self.text).into_vec();
        text.drain(start..start + piece.length as usize);
        self.text = text.into();
        *piece = Piece { kind: Kind::Hole, length: 0, hash: HOLE, ..*piece };
    }

    pub fn template(&self) -> String {
        let mut template = Vec::new();
        let mut text = &self.text[..];
        for piece in &self.pieces {
            let (bytes, rest) = text.split_at(piece.length as usize);
            text = rest;
            if piece.is_spaced && !template.is_empty() {
                template.push(b' ');
            }
            template.extend_from_slice(if piece.kind == Kind::Hole { b"<*>" } else { bytes });
        }
        String::from_utf8_lossy(&template).into_owned()
    }

    /// The tokens that it was made from, standing in its text.
    pub fn tokens(&self) -> Vec<Token> {
        let mut end = 0;
        let token = |piece: &Piece| {
            let start = end;
            end += piece.length as usize;
            Token { start, end, kind: piece.kind, is_spaced: piece.is_spaced, hash: piece.hash }
        };
        self.pieces.iter().map(token).collect()
    }

    pub fn drawer(&self) -> u64 {
        drawer(self.pieces.len(), self.pieces.first().map_or(HOLE, |piece| piece.hash))
    }
}

/// Places of patterns that have something in common, one at least. Most have nothing, and take no memory of their own.
#[derive(Clone, Debug)]
pub(super) struct Places {
    first: u32,
    more: Vec<u32>,
}

impl Places {
    pub const fn new(place: u32) -> Self {
        Self { first: place, more: Vec::new() }
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }

    pub fn len(&self) -> usize {
        1 + self.more.len()
    }

    pub fn push(&mut self, place: u32) {
        self.more.push(place);
    }

    /// Takes a place out and says whether another is left.
    pub fn remove(&mut self, place: u32) -> bool {
        if self.first != place {
            self.more.retain(|other| *other != place);
        } else if let Some(last) = self.more.pop() {
            self.first = last;
        } else {
            return false;
        }
        true
    }
}

/// Where patterns with holes are kept together: by their number of tokens and their first.
pub(super) fn drawer(count: usize, first: u64) -> u64 {
    share(first, TOKENS_MAX + count)
}

/// The hash of a sequence of tokens.
pub(super) fn hash(tokens: &[Token]) -> u64 {
    tokens.iter().enumerate().map(|(place, token)| share(token.hash, place)).fold(0, u64::wrapping_add)
}

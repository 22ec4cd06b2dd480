//! Texts that no match of a regex can lack.

use regex_syntax::hir::{Class, Hir, HirKind};

/// More alternatives than this are no help in a search.
const ALTERNATIVES_MAX: usize = 64;

/// Texts of which every match holds at least one. One in lower case may stand there in either case.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Literals {
    /// The texts, none of them empty, none with a line end.
    pub(super) texts: Vec<String>,
    /// Whether they stand where a match begins.
    pub(super) begin_it: bool,
}

impl Literals {
    /// The longest that can be told.
    pub(super) fn of(hir: &Hir) -> Option<Self> {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => None,
            HirKind::Literal(_) | HirKind::Class(_) => Self::of_all(std::slice::from_ref(hir)),
            HirKind::Repetition(repetition) => (repetition.min > 0).then(|| Self::of(&repetition.sub))?,
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Alternation(parts) => Self::of_any(parts),
            HirKind::Concat(parts) => Self::of_all(parts),
        }
    }

    fn of_any(parts: &[Hir]) -> Option<Self> {
        let each: Vec<_> = parts.iter().map(Self::of).collect::<Option<_>>()?;
        let begin_it = each.iter().all(|literals| literals.begin_it);
        let texts: Vec<_> = each.into_iter().flat_map(|literals| literals.texts).collect();
        (texts.len() <= ALTERNATIVES_MAX).then_some(Self { texts, begin_it })
    }

    fn of_all(parts: &[Hir]) -> Option<Self> {
        let mut best = None;
        let mut run = Run::default();
        let mut begins = true;
        for part in parts {
            if run.add(part) {
                continue;
            }
            let ended = std::mem::take(&mut run);
            let is_empty = ended.bytes.is_empty();
            best = Self::longer(best, ended.literals(begins));
            // A single class is no sequence; whatever else is one part of it, is simpler than it.
            let inner = if matches!(part.kind(), HirKind::Class(_)) { None } else { Self::of(part) };
            begins &= is_empty;
            best = Self::longer(best, inner.map(|inner| Self { begin_it: inner.begin_it && begins, ..inner }));
            begins = false;
        }
        Self::longer(best, run.literals(begins))
    }

    /// The longer of two by their shortest member.
    fn longer(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        if other.as_ref().map_or(0, Self::bytes_min) > one.as_ref().map_or(0, Self::bytes_min) { other } else { one }
    }

    /// The bytes of the shortest.
    pub(super) fn bytes_min(&self) -> usize {
        self.texts.iter().map(String::len).min().unwrap_or(0)
    }
}

/// Literal bytes side by side.
#[derive(Default)]
struct Run {
    bytes: Vec<u8>,
    /// Whether some of them stand for both cases.
    is_folded: bool,
}

impl Run {
    /// Takes what matches one text only, but for the case of letters; looking around takes no bytes.
    fn add(&mut self, hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => {
                self.bytes.extend_from_slice(&literal.0);
                true
            }
            HirKind::Class(Class::Bytes(class)) => {
                let [upper, lower] = class.ranges() else { return false };
                let is_letter = upper.start() == upper.end()
                    && lower.start() == lower.end()
                    && upper.start().is_ascii_uppercase()
                    && upper.start().to_ascii_lowercase() == lower.start();
                if is_letter {
                    self.bytes.push(lower.start());
                    self.is_folded = true;
                }
                is_letter
            }
            _ => false,
        }
    }

    /// Its longest text without a line end; lower case means either case.
    fn literals(mut self, begin_it: bool) -> Option<Literals> {
        if self.is_folded {
            self.bytes.make_ascii_lowercase();
        }
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let longest = self.bytes.split(is_end).max_by_key(|part| part.len())?;
        let text = longest.utf8_chunks().next()?.valid();
        (!text.is_empty()).then(|| Literals { texts: vec![text.to_string()], begin_it })
    }
}

//! What the fields of entries hold: each field by its dotted path, in how many entries it is, its types, its values.
//!
//! A field counts once for an entry, and so does each value of it, however often they stand there: a count is that of the
//! entries which hold it. What a list holds are values of the list's own field.
//!
//! Memory is bounded whatever the entries are: [`FIELDS_MAX`] fields, [`VALUES_MAX`] values of each, [`VALUE_BYTES_MAX`] bytes
//! of each value and [`PATH_BYTES_MAX`] of each path, some 25 MB together at the very most. Up to those all is exact; beyond
//! them the less frequent go, and each count says by how much it may be too small ([`super::frequent`]).

use std::cmp::Reverse;

use super::super::entry::{Entry, Field, Value};
use super::super::hash::hash;
use super::super::text::Text;
use super::frequent::{Frequent, Held, Place};

/// Fields that are held between two entries.
pub const FIELDS_MAX: usize = 256;
/// Values of a field that are held.
pub const VALUES_MAX: usize = 512;
/// A value with more bytes is told from others by its hash, and shown by its first bytes.
pub const VALUE_BYTES_MAX: usize = 128;
/// A field whose path has more bytes is only counted.
pub const PATH_BYTES_MAX: usize = 256;
/// Bytes of a longer value that are shown.
const SHOWN_BYTES: usize = 96;
/// An escape in a text is at most so many times longer than what it stands for: ten times, and where backslashes are read
/// twice, as much for each of those ten.
const ESCAPE_BYTES_MAX: usize = 100;
/// The first so many fields of an entry are looked for where they were in the entry before.
const GUESSES_MAX: usize = 4096;

/// What stands in place of a parent: the entry itself, ...
const ROOT: Place = Place::MAX;
/// ... one that is not known any more, ...
const UNKNOWN: Place = Place::MAX - 1;
/// ... and one that is not held.
const LEFT_OUT: Place = Place::MAX - 2;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Nothing.
    Null,
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// Named values, which are fields of their own.
    Object,
    /// Values in a row.
    Array,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [Self::Null, Self::Bool, Self::Number, Self::Text, Self::Object, Self::Array];

    /// The kind's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::Text => "text",
            Self::Object => "object",
            Self::Array => "array",
        }
    }

    const fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(_) => Self::Number,
            Value::Text(_) => Self::Text,
            Value::Object => Self::Object,
            Value::Array => Self::Array,
        }
    }
}

/// A value and in how many entries it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueCount {
    /// What it is.
    pub kind: Kind,
    /// What it says, decoded; of a number its digits as written.
    pub text: Vec<u8>,
    /// Whether it goes on behind that.
    pub is_cut: bool,
    /// In how many entries it was found.
    pub count: u64,
    /// In how many more it may be.
    pub max_error: u64,
}

/// A field and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// The names that lead to it, with dots between them.
    pub path: Vec<u8>,
    /// In how many entries it was found.
    pub entries: u64,
    /// In how many more it may be.
    pub max_error: u64,
    /// How often it was of which [`Kind`], those that stand in its lists included.
    pub kinds: [u64; Kind::ALL.len()],
    /// The least number and the greatest, texts that are numbers included.
    pub range: Option<(f64, f64)>,
    /// In how many entries it is the message, which patterns tell of; it has no values from those.
    pub messages: u64,
    /// How many different values there are, where all of them were counted.
    pub distinct: Option<u64>,
    /// The most frequent values, those first.
    pub values: Vec<ValueCount>,
}

/// The fields of entries. Give it each with [`Facets::note`].
#[derive(Clone, Debug)]
pub struct Facets {
    fields: Frequent<Known>,
    too_long: u64,
    /// Entries noted.
    turn: u64,
    /// Where the field was that stood here in an entry before.
    guesses: Vec<Place>,
    /// The objects and lists around the field that is looked at: where they end in the list of fields, and where they are held.
    around: Vec<(u32, Place)>,
    key: Vec<u8>,
}

/// What is held of a field.
#[derive(Clone, Debug)]
struct Known {
    /// Where the field is held that it stands in, and how long its own name is: what is looked at first.
    parent: Place,
    name_bytes: usize,
    kinds: [u64; Kind::ALL.len()],
    range: Option<(f64, f64)>,
    messages: u64,
    values: Frequent<()>,
}

impl Default for Facets {
    fn default() -> Self {
        Self {
            fields: Frequent::new(FIELDS_MAX),
            too_long: 0,
            turn: 0,
            guesses: Vec::new(),
            around: Vec::new(),
            key: Vec::new(),
        }
    }
}

impl Facets {
    /// Notes the fields of an entry.
    pub fn note(&mut self, entry: &Entry<'_>) {
        self.turn += 1;
        if self.fields.settle() {
            self.forget_places();
        }
        self.around.clear();
        for (index, field) in (0_u32..).zip(entry.fields.as_slice()) {
            while self.around.pop_if(|(end, _)| *end <= index).is_some() {}
            let parent = self.around.last().map_or(ROOT, |(_, place)| *place);
            let place = self.place(index as usize, parent, &field.name);
            if field.end > index + 1 {
                self.around.push((field.end, place));
            }
            self.note_at(place, field, &entry.message);
        }
    }

    fn note_at(&mut self, place: Place, field: &Field<'_>, message: &Text<'_>) {
        let Some(held) = self.fields.get_mut(place) else { return };
        held.note(self.turn);
        let known = &mut held.more;
        known.kinds[Kind::of(&field.value) as usize] += 1;
        let is_message = matches!(field.value, Value::Text(text) if text.begins_with(message) && !text.is_empty());
        if is_message {
            known.messages += 1;
        } else if put_value(&mut self.key, &field.value) {
            known.note_value(&self.key, &field.value, self.turn);
        }
    }

    /// Where a field is held that stands in another, at `index` of the entry's list; [`LEFT_OUT`] where it is not.
    fn place(&mut self, index: usize, parent: Place, name: &Text<'_>) -> Place {
        if parent == LEFT_OUT || name.is_empty() && parent != ROOT {
            return parent;
        }
        if let Some(guess) = self.guesses.get(index)
            && let Some(held) = self.fields.get(*guess)
            && held.more.parent == parent
            && name.is_plain()
            && held.key[held.key.len() - held.more.name_bytes..] == *name.bytes()
        {
            return *guess;
        }
        let Some(name_bytes) = self.put_path(parent, name) else {
            self.too_long += 1;
            return LEFT_OUT;
        };
        let found = self.fields.place(&self.key, self.turn, Known::default);
        let Some(place) = found else { return LEFT_OUT };
        if let Some(held) = self.fields.get_mut(place) {
            (held.more.parent, held.more.name_bytes) = (parent, name_bytes);
        }
        if index < GUESSES_MAX {
            self.guesses.resize(self.guesses.len().max(index + 1), UNKNOWN);
            self.guesses[index] = place;
        }
        place
    }

    /// Puts a path together and returns the length of its last name; `None` where it is too long.
    fn put_path(&mut self, parent: Place, name: &Text<'_>) -> Option<usize> {
        self.key.clear();
        if let Some(held) = self.fields.get(parent) {
            self.key.extend_from_slice(&held.key);
            self.key.push(b'.');
        }
        let name = name.beginning(PATH_BYTES_MAX * ESCAPE_BYTES_MAX + 1).decode();
        self.key.extend_from_slice(&name);
        (self.key.len() <= PATH_BYTES_MAX).then_some(name.len())
    }

    /// Fields are held at other places now.
    fn forget_places(&mut self) {
        self.guesses.clear();
        self.fields.each(|known| known.parent = UNKNOWN);
    }

    /// Takes in what was noted elsewhere.
    pub fn merge(&mut self, other: Self) {
        self.too_long += other.too_long;
        self.turn = self.turn.max(other.turn);
        self.fields.merge(other.fields, Known::merge);
        self.fields.settle();
        self.forget_places();
    }

    /// All fields that are held, those in the most entries first, each with the most frequent of its values, `top` at most.
    #[must_use]
    pub fn list(&self, top: usize) -> Vec<Facet> {
        let mut held: Vec<&Held<Known>> = self.fields.held().iter().collect();
        held.sort_unstable_by_key(|held| (Reverse(held.count), &held.key));
        held.into_iter().take(FIELDS_MAX).map(|held| facet(held, top)).collect()
    }

    /// The memory that this takes, about: bytes.
    pub(super) fn held_bytes(&self) -> usize {
        let values = self.fields.held().iter().map(|field| field.more.values.held_bytes());
        self.fields.held_bytes() + values.sum::<usize>()
    }

    /// In how many entries a field is at most that is not in the list.
    #[must_use]
    pub fn missed(&self) -> u64 {
        let mut counts: Vec<u64> = self.fields.held().iter().map(|held| held.count + held.error).collect();
        counts.sort_unstable_by_key(|count| Reverse(*count));
        counts.get(FIELDS_MAX).copied().unwrap_or(0).max(self.fields.missed())
    }

    /// How many fields were only counted, for their paths are too long: those in an entry each for itself.
    #[must_use]
    pub const fn too_long(&self) -> u64 {
        self.too_long
    }
}

impl Default for Known {
    fn default() -> Self {
        Self {
            parent: UNKNOWN,
            name_bytes: 0,
            kinds: [0; Kind::ALL.len()],
            range: None,
            messages: 0,
            values: Frequent::new(VALUES_MAX),
        }
    }
}

impl Known {
    fn note_value(&mut self, key: &[u8], value: &Value<'_>, turn: u64) {
        let mut is_new = false;
        if let Some(place) = self.values.place(key, turn, || is_new = true)
            && let Some(held) = self.values.get_mut(place)
        {
            held.note(turn);
        }
        if is_new {
            // A value that is held has been looked at: the range holds it already.
            self.widen(value.as_number().map(|number| (number, number)));
            self.values.settle();
        }
    }

    fn widen(&mut self, other: Option<(f64, f64)>) {
        self.range = match (self.range, other) {
            (Some((least, most)), Some((from, to))) => Some((least.min(from), most.max(to))),
            (own, other) => own.or(other),
        };
    }

    fn merge(&mut self, other: Self) {
        self.kinds.iter_mut().zip(other.kinds).for_each(|(count, more)| *count += more);
        self.messages += other.messages;
        self.widen(other.range);
        self.values.merge(other.values, |(), ()| ());
        self.values.settle();
    }
}

/// What marks the key of a value that is too long to be one.
const CUT: u8 = 0x80;

/// Makes a value's key, its kind before it; false where it is no single value.
fn put_value(key: &mut Vec<u8>, value: &Value<'_>) -> bool {
    let text = match value {
        Value::Null => Text::plain(b"null"),
        Value::Bool(is_true) => Text::plain(if *is_true { b"true" } else { b"false" }),
        Value::Number(digits) => Text::plain(digits),
        Value::Text(text) => *text,
        Value::Object | Value::Array => return false,
    };
    key.clear();
    key.push(Kind::of(value) as u8);
    let bytes = text.bytes();
    if bytes.len() <= VALUE_BYTES_MAX {
        key.extend_from_slice(&text.decode());
    } else {
        key[0] |= CUT;
        let shown = text.beginning(SHOWN_BYTES).decode();
        key.extend_from_slice(&shown[..shown.len().min(SHOWN_BYTES)]);
        key.extend_from_slice(&hash(bytes).to_le_bytes());
    }
    true
}

/// The value whose key this is.
fn value_count(held: &Held<()>, field_error: u64) -> ValueCount {
    let is_cut = held.key[0] & CUT != 0;
    let text = &held.key[1..held.key.len() - if is_cut { size_of::<u64>() } else { 0 }];
    let kind = Kind::ALL[usize::from(held.key[0] & !CUT)];
    ValueCount { kind, text: text.to_vec(), is_cut, count: held.count, max_error: held.error + field_error }
}

fn facet(held: &Held<Known>, top: usize) -> Facet {
    let known = &held.more;
    let mut values: Vec<&Held<()>> = known.values.held().iter().collect();
    let is_whole = held.error == 0 && known.values.missed() == 0 && known.messages == 0;
    let distinct = is_whole.then_some(values.len() as u64);
    values.sort_unstable_by_key(|value| (Reverse(value.count), &value.key));
    Facet {
        path: held.key.to_vec(),
        entries: held.count,
        max_error: held.error,
        kinds: known.kinds,
        range: known.range,
        messages: known.messages,
        distinct,
        values: values.into_iter().take(top).map(|value| value_count(value, held.error)).collect(),
    }
}

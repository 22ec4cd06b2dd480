//! One entry, parsed: what every format yields and every question asks about.
//!
//! An entry borrows from its bytes and owns nothing but the list of its fields, which is used again from entry to entry.
//! Parsing never fails: what fits nothing is an entry whose message is its text.

use super::level::Level;
use super::text::Text;

/// One entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry<'a> {
    /// Its bytes as they stand in the source, without the last line end.
    pub raw: &'a [u8],
    /// When it says that it happened.
    pub time: Option<Time>,
    /// How serious it says it is.
    pub level: Option<Level>,
    /// The word or number that said so, as written.
    pub level_text: Text<'a>,
    /// What it says.
    pub message: Text<'a>,
    /// The logical clock that it carries.
    pub clock: Option<Clock>,
    /// The trace it belongs to; empty where it names none.
    pub trace: Text<'a>,
    /// Everything else that the line says by name, nested as it stood. Time, level, message and the like stand here too
    /// where the line names them, so that nothing that can be seen is out of a query's reach.
    pub fields: Fields<'a>,
}

/// What of an entry decides where it stands and counts: all that an index or the order asks of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// As [`Entry::time`].
    pub time: Option<Time>,
    /// As [`Entry::level`].
    pub level: Option<Level>,
    /// As [`Entry::clock`].
    pub clock: Option<Clock>,
}

/// A moment with what is known of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Nanoseconds since 1970-01-01T00:00:00Z: from 1677 to 2262.
    pub nanos: i64,
    /// Seconds east of Greenwich, where the entry says them.
    pub offset_seconds: Option<i32>,
    /// What the entry left out and something else supplied.
    pub inferred: Inferred,
}

/// What of a time was not written in the entry itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inferred {
    /// The year.
    pub year: bool,
    /// The whole date.
    pub date: bool,
    /// The zone.
    pub zone: bool,
}

impl Inferred {
    /// What that is, in words; nothing of a time that is whole.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let parts = [(self.year, "year"), (self.date, "date"), (self.zone, "zone")];
        parts.into_iter().filter_map(|(is_inferred, word)| is_inferred.then_some(word))
    }
}

/// A logical clock. A vector clock counts as the sum of its components, which grows along every cause as a Lamport clock
/// does; the vector itself is among the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock {
    /// The value.
    pub lamport: u64,
    /// Whether it is the sum of a vector.
    pub is_vector: bool,
}

/// A typed value. What an object or an array holds follows it in the list of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Value<'a> {
    /// `null`, `nil`, `-`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written; [`Value::as_number`] reads it.
    Number(&'a [u8]),
    /// A text.
    Text(Text<'a>),
    /// Named values.
    Object,
    /// Values in a row.
    Array,
}

/// One field.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Field<'a> {
    /// Its name; empty inside an array.
    pub name: Text<'a>,
    /// Its value.
    pub value: Value<'a>,
    /// The index behind the last field inside it; its own index + 1 where there is nothing inside.
    pub end: u32,
}

/// The most fields that an entry keeps, so that no line can take much more memory than it has bytes; what comes later
/// stands in its raw bytes only.
pub const FIELDS_MAX: usize = 1 << 16;

/// Fields in their written order, each before what it holds: a tree without pointers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields<'a> {
    list: Vec<Field<'a>>,
}

impl<'a> Value<'a> {
    /// The number it is, or that its text is; infinite ones and those that are none do not count.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        self.digits()?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The whole number that it is, or that its text is, however large.
    #[must_use]
    pub fn as_integer(&self) -> Option<i128> {
        self.digits()?.parse().ok()
    }

    /// What may be a number.
    fn digits(&self) -> Option<&str> {
        let text = match self {
            Self::Number(digits) => digits,
            Self::Text(text) if text.is_plain() => text.bytes(),
            _ => return None,
        };
        let text = text.trim_ascii();
        let begins_as_number = matches!(text.first(), Some(b'0'..=b'9' | b'-' | b'+' | b'.'));
        begins_as_number.then(|| str::from_utf8(text).ok())?
    }
}

impl<'a> Fields<'a> {
    /// All of them, nested ones included.
    #[must_use]
    pub fn as_slice(&self) -> &[Field<'a>] {
        &self.list
    }

    /// Adds a field that holds nothing, unless there are [`FIELDS_MAX`].
    #[inline]
    pub fn push(&mut self, name: Text<'a>, value: Value<'a>) {
        if self.list.len() < FIELDS_MAX {
            let end = self.len() + 1;
            self.list.push(Field { name, value, end });
        }
    }

    /// Adds an object or an array and returns its index; what is added until [`Fields::close`] is inside it.
    pub fn open(&mut self, name: Text<'a>, value: Value<'a>) -> u32 {
        let index = self.len();
        self.push(name, value);
        index
    }

    /// Ends what [`Fields::open`] began.
    pub fn close(&mut self, index: u32) {
        let end = self.len();
        if let Some(field) = self.list.get_mut(index as usize) {
            field.end = end;
        }
    }

    /// Lets go of all fields from `index` on: what a parser tried was not so.
    #[inline]
    pub fn truncate(&mut self, index: u32) {
        self.list.truncate(index as usize);
    }

    /// How many there are, nested ones included.
    #[inline]
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.list.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The fields that stand directly in the entry, each with its index.
    pub fn roots(&self) -> impl Iterator<Item = (u32, &Field<'a>)> {
        self.between(0, self.len())
    }

    /// The fields that stand directly inside the one at `index`.
    pub fn inside(&self, index: u32) -> impl Iterator<Item = (u32, &Field<'a>)> {
        let end = self.list.get(index as usize).map_or(0, |field| field.end);
        self.between(index.saturating_add(1), end)
    }

    fn between(&self, mut at: u32, end: u32) -> impl Iterator<Item = (u32, &Field<'a>)> {
        std::iter::from_fn(move || {
            let field = self.list.get(at as usize).filter(|_| at < end)?;
            let index = at;
            at = field.end;
            Some((index, field))
        })
    }

    /// The first field at a dotted path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Field<'a>> {
        let mut found = None;
        self.has(path, |_, field| {
            found = Some(field);
            true
        });
        found
    }

    /// Whether one of the fields at a dotted path, shown with its index, is as asked. A name that holds a dot itself is found
    /// too: `a.b` is a field `a.b`, or `b` inside `a`. What stands in a list is at the path of the list.
    pub fn has<'s>(&'s self, path: &str, mut is_asked: impl FnMut(u32, &'s Field<'a>) -> bool) -> bool {
        self.has_between(0, self.len(), path.as_bytes(), &mut is_asked)
    }

    fn has_between<'s>(
        &'s self,
        from: u32,
        end: u32,
        path: &[u8],
        is_asked: &mut impl FnMut(u32, &'s Field<'a>) -> bool,
    ) -> bool {
        self.between(from, end).any(|(index, field)| {
            let mut is_inside = |path| self.has_between(index + 1, field.end, path, is_asked);
            // Elements of lists have no name. One way leads into each field: two would be as many as there are paths.
            if field.name.is_empty() && field.end > index + 1 {
                return is_inside(path) || path.is_empty() && is_asked(index, field);
            }
            let dots = memchr::memchr_iter(b'.', path);
            let is_in_object = |dot: usize| field.name.is(&path[..dot]) && is_inside(&path[dot + 1..]);
            field.end > index + 1 && dots.into_iter().any(is_in_object) || field.name.is(path) && is_asked(index, field)
        })
    }

    /// An empty list with this one's room, for the next entry.
    #[must_use]
    pub fn recycle<'b>(mut self) -> Fields<'b> {
        self.list.clear();
        // Nothing is left that could live too long; the collection in place keeps the room.
        Fields { list: self.list.into_iter().map(|_| Field::default()).collect() }
    }
}

impl<'a> Entry<'a> {
    /// What decides where it stands and counts.
    #[must_use]
    pub const fn noted(&self) -> Noted {
        Noted { time: self.time, level: self.level, clock: self.clock }
    }

    /// An entry that is only its text, with this one's room for fields.
    #[must_use]
    pub fn recycle<'b>(self, raw: &'b [u8]) -> Entry<'b> {
        Entry { raw, message: Text::plain(raw), fields: self.fields.recycle(), ..Entry::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &str) -> Text<'_> {
        Text::plain(bytes.as_bytes())
    }

    fn fields() -> Fields<'static> {
        let mut fields = Fields::default();
        fields.push(text("a.b"), Value::Number(b"1"));
        let object = fields.open(text("a"), Value::Object);
        fields.push(text("b"), Value::Number(b"2"));
        let array = fields.open(text("c.d"), Value::Array);
        fields.push(Text::default(), Value::Bool(true));
        fields.close(array);
        fields.close(object);
        fields.push(text("z"), Value::Text(text("30.5")));
        fields
    }

    #[test]
    fn a_path_of_dots_is_looked_for_once_in_each_of_many_lists_inside_each_other() {
        let mut fields = Fields::default();
        let mut open = vec![fields.open(text("a"), Value::Object)];
        open.extend((0..60).map(|_| fields.open(Text::default(), Value::Array)));
        fields.push(Text::default(), Value::Bool(true));
        open.into_iter().rev().for_each(|index| fields.close(index));
        assert!(fields.get(&["a", &".".repeat(40)].concat()).is_none());
        assert!(fields.get("a.").is_some());
    }

    #[test]
    fn a_path_finds_what_stands_there() {
        let fields = fields();
        let number = |path| fields.get(path).and_then(|field| field.value.as_number());
        assert_eq!(number("a.b"), Some(1.0));
        assert_eq!(number("z"), Some(30.5));
        assert_eq!(fields.get("a").map(|field| field.value), Some(Value::Object));
        assert_eq!(fields.get("a.c.d").map(|field| field.value), Some(Value::Array));
        assert_eq!(fields.get("b"), None);
        assert_eq!(fields.get("a.x"), None);
    }

    #[test]
    fn all_that_stands_at_a_path_is_found_in_lists_too() {
        let mut fields = Fields::default();
        let list = fields.open(text("a"), Value::Array);
        for name in ["1", "2"] {
            let object = fields.open(Text::default(), Value::Object);
            fields.push(text("b"), Value::Number(name.as_bytes()));
            fields.close(object);
        }
        fields.close(list);
        fields.push(text("a.b"), Value::Number(b"3"));
        fields.push(text("a.b"), Value::Number(b"4"));
        let mut seen = Vec::new();
        assert!(!fields.has("a.b", |index, field| {
            seen.push((index, field.value.as_number()));
            false
        }));
        assert_eq!(seen, [(2, Some(1.0)), (4, Some(2.0)), (5, Some(3.0)), (6, Some(4.0))]);
        assert!(!fields.has("b", |_, _| true) && !fields.has("a.b.c", |_, _| true));
    }

    #[test]
    fn roots_skip_what_is_inside() {
        let fields = fields();
        let names: Vec<_> = fields.roots().map(|(_, field)| field.name.bytes()).collect();
        assert_eq!(names, [&b"a.b"[..], b"a", b"z"]);
        assert_eq!(fields.inside(1).count(), 2);
        assert_eq!(fields.inside(3).count(), 1);
        assert_eq!(fields.inside(99).count(), 0);
    }

    #[test]
    fn room_is_used_again() {
        let before = fields();
        let room = before.list.capacity();
        assert_eq!(before.recycle().list.capacity(), room);
    }
}

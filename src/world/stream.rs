//! What a world and the server say to each other about entries. The page carries these bodies and does not look inside.
//!
//! A lane shows one *result*: all rows of a source, or those that match a filter. Rows count from 0. An entry's identity is
//! its [`Place`]; its row and its line number are derived and may be unknown until the index has reached it.

use minicbor::{Decode, Encode};

use crate::log::level::Level;
use crate::protocol::codec::Message;
use crate::protocol::frame::FrameType;

/// A source as the server numbers it. [`SourceId::ALL`] is all of them, merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct SourceId(#[n(0)] pub u32);

impl SourceId {
    /// All sources, merged in causal order; what arrives stands behind it until its place is known, a moment later.
    pub const ALL: Self = Self(u32::MAX);
}

/// Where an entry stands in its result: a byte offset in one generation of the source's text.
/// For [`SourceId::ALL`] the text is put together of whole lines of the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct Place {
    /// The text's name, opaque and without order: equal exactly when it is the same text going on, across restarts too.
    #[n(0)]
    pub generation: u32,
    /// Bytes from the beginning of the text to the entry's first byte.
    #[n(1)]
    pub offset: u64,
}

/// Opens the lane on a result; an open lane is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Open {
    /// The source to show.
    #[n(0)]
    pub source: SourceId,
    /// Keep only the lines of entries that answer this query (docs/QUERY.md). One that is wrong is answered with `Failed`.
    #[n(1)]
    pub filter: Option<String>,
    /// Push entries that arrive. Without it only totals come.
    #[n(2)]
    pub follow: bool,
    /// Push starts behind this entry; without it, at the end.
    #[n(3)]
    pub after: Option<Place>,
}

/// Where a question for rows starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Anchor {
    /// The first row.
    #[n(0)]
    Start,
    /// Behind the last row: counts are negative.
    #[n(1)]
    End,
    /// The row that holds this place, or the next behind it.
    #[n(2)]
    At(#[n(0)] Place),
    /// This row; an estimate where the index has not reached it.
    #[n(3)]
    Row(#[n(0)] u64),
    /// This line number of the source, from 0. Waits for the index; `Total` tells progress meanwhile.
    #[n(4)]
    Line(#[n(0)] u64),
}

/// Asks for rows: `count` from the anchor on (the anchor's row included), or for a negative count those before it (excluded).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rows {
    /// The world's number for this question.
    #[n(0)]
    pub req: u32,
    /// Where to start.
    #[n(1)]
    pub anchor: Anchor,
    /// How many, at most 1000 either way.
    #[n(2)]
    pub count: i32,
}

/// Withdraws a question.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Cancel {
    /// The question.
    #[n(0)]
    pub req: u32,
}

/// Asks for raw bytes: of one entry that was cut, or of all entries of the result between two places (for copying).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Fetch {
    /// The world's number for this question.
    #[n(0)]
    pub req: u32,
    /// The first entry.
    #[n(1)]
    pub from: Place,
    /// The last entry, included; the same for one entry.
    #[n(2)]
    pub to: Place,
    /// Bytes of the answer to skip: the answer comes in pieces.
    #[n(3)]
    pub skip: u64,
}

/// Closes the lane.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Shut {}

/// How large the result is, sent when it changes (at most ten times a second).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Total {
    /// Rows of the result.
    #[n(0)]
    pub rows: u64,
    /// Whether `rows` is exact; otherwise an estimate (unfiltered) or the hits so far (filtered).
    #[n(1)]
    pub exact: bool,
    /// Bytes scanned or indexed so far.
    #[n(2)]
    pub scanned_bytes: u64,
    /// Bytes there are.
    #[n(3)]
    pub bytes: u64,
    /// The row at which the text now begins: larger than 0 once a pipe's buffer has let go of its oldest entries.
    #[n(4)]
    pub first_row: u64,
    /// The text's generation, as in [`Place`]: another one after a truncation or a rotation.
    #[n(5)]
    pub generation: u32,
    /// Entries in the unfiltered source (the M of "N of M"), as exact as `rows` of an unfiltered lane.
    #[n(6)]
    pub of: u64,
}

/// Entries that were due to a following lane and were not sent, because credit or the buffer ran out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Gap {
    /// The first entry left out.
    #[n(0)]
    pub from: Place,
    /// Behind the last entry left out.
    #[n(1)]
    pub to: Place,
    /// The row of the first, where known.
    #[n(2)]
    pub first_row: Option<u64>,
    /// How many, counted per level in the order of [`Level::ALL`], then those without a level.
    #[n(3)]
    pub counts: [u64; Level::COUNT + 1],
    /// Whether they can still be asked for.
    #[n(4)]
    pub loadable: bool,
}

/// The lines of a text that has a new generation stand in another order: none is gone, none is new. Sent on a lane before
/// anything of the new generation. What arrived behind `end` since keeps its offsets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Moved {
    /// The generation before.
    #[n(0)]
    pub from: u32,
    /// The generation now.
    #[n(1)]
    pub to: u32,
    /// Places before this offset are the same but for their generation.
    #[n(2)]
    pub kept: u64,
    /// Behind the last byte that may have moved.
    #[n(3)]
    pub end: u64,
    /// The bytes from `kept` to `end` as they follow each other now; none where that would be too much to say.
    #[n(4)]
    pub stretches: Vec<Stretch>,
}

/// Whole lines that have moved together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Stretch {
    /// Where they stood before.
    #[n(0)]
    pub at: u64,
    /// How many bytes they are.
    #[n(1)]
    pub bytes: u64,
    /// How many lines.
    #[n(2)]
    pub rows: u64,
}

/// The raw bytes asked for, or a piece of them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Fetched {
    /// The question.
    #[n(0)]
    pub req: u32,
    /// The bytes of this piece, line ends as in the source.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// Bytes of the whole answer where known.
    #[n(2)]
    pub whole_bytes: Option<u64>,
    /// Whether this was the last piece.
    #[n(3)]
    pub last: bool,
}

/// A question failed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Failed {
    /// The question; 0 when it is about the lane itself.
    #[n(0)]
    pub req: u32,
    /// Why, for the user to read.
    #[n(1)]
    pub why: String,
}

/// The sources there are; sent on lane 0 when a world becomes active and when the list or a state changes. A long list comes
/// in parts, in order; it counts once the last has come.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Sources {
    /// Sources that follow each other, in the order in which the server was given them.
    #[n(0)]
    pub sources: Vec<Source>,
    /// Where in the list the first of them stands; 0 begins a new list.
    #[n(1)]
    pub first: u32,
    /// How many sources the whole list has.
    #[n(2)]
    pub total: u32,
}

/// One source.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Source {
    /// Its number.
    #[n(0)]
    pub id: SourceId,
    /// A short name, unique among the sources: the file name, longer where two would be equal. Of more than 200 characters
    /// the middle is left out, with `…` in its place; a number in parentheses may follow.
    #[n(1)]
    pub name: String,
    /// Where it comes from: a path, `standard input`, `demo`. Of more than 200 characters the middle is left out.
    #[n(2)]
    pub origin: String,
    /// What it is doing.
    #[n(3)]
    pub state: SourceState,
    /// Bytes it holds now.
    #[n(4)]
    pub bytes: u64,
    /// The name of its lines' format, once it is found.
    #[n(5)]
    pub format: Option<String>,
}

/// What a source is doing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum SourceState {
    /// It is being followed.
    #[n(0)]
    Live,
    /// It ended, as a pipe does.
    #[n(1)]
    Ended,
    /// The file is not there now; it is waited for.
    #[n(2)]
    Gone,
    /// It cannot be read, with the reason.
    #[n(3)]
    Broken(#[n(0)] String),
}

macro_rules! messages {
    ($($message:ident: $kind:ident, $keys:literal;)*) => {
        $(impl Message for $message {
            const KIND: FrameType = FrameType::$kind;
            const KEYS: u64 = $keys;
        })*
    };
}

messages! {
    Open: Open, 4;
    Rows: Rows, 3;
    Cancel: Cancel, 1;
    Fetch: Fetch, 4;
    Shut: Shut, 0;
    Total: Total, 7;
    Gap: Gap, 5;
    Fetched: Fetched, 4;
    Failed: Failed, 2;
    Sources: Sources, 3;
    Moved: Moved, 5;
}

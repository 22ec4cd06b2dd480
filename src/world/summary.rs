//! What a result is as a whole: how many entries of which level, when, what their fields hold, which messages they have. The
//! world asks, and asks again with what it has seen; the server answers when there is more to tell.

use minicbor::{Decode, Encode};

use crate::log::level::Level;
use crate::protocol::codec::Message;
use crate::protocol::frame::FrameType;

/// Asks what the lane's result is as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Summarize {
    /// The world's number for this question.
    #[n(0)]
    pub req: u32,
    /// The [`Summarized::version`] that was seen last; 0 for none. The answer waits for another.
    #[n(1)]
    pub seen: u64,
}

/// What the result is as a whole, as far as it has been read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Summarized {
    /// The question.
    #[n(0)]
    pub req: u32,
    /// Another number whenever there is more to tell; never 0.
    #[n(1)]
    pub version: u64,
    /// Bytes read so far, and bytes there are.
    #[n(2)]
    pub read_bytes: u64,
    /// See `read_bytes`.
    #[n(3)]
    pub bytes: u64,
    /// Entries per level in the order of [`Level::ALL`], then those without a level.
    #[n(4)]
    pub counts: [u64; Level::COUNT + 1],
    /// Entries without a time.
    #[n(5)]
    pub untimed: u64,
    /// Entries over time: at most [`BARS_MAX`] stretches of time that follow each other.
    #[n(6)]
    pub bars: Vec<Bar>,
    /// When the last of them ends, nanoseconds since 1970.
    #[n(7)]
    pub bars_end_nanos: i64,
    /// The fields that are in the most entries, those first; at most [`FIELDS_MAX`].
    #[n(8)]
    pub fields: Vec<FieldSummary>,
    /// The patterns of the most messages, those first; at most [`PATTERNS_MAX`].
    #[n(9)]
    pub patterns: Vec<PatternSummary>,
    /// How many patterns there are.
    #[n(10)]
    pub patterns_held: u64,
    /// The sources as a field, by their names; `None` where the entries are of one.
    #[n(11)]
    pub sources: Option<FieldSummary>,
}

/// A stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Bar {
    /// When it begins, nanoseconds since 1970.
    #[n(0)]
    pub from_nanos: i64,
    /// Entries in it, as in [`Summarized::counts`].
    #[n(1)]
    pub counts: [u64; Level::COUNT + 1],
}

/// A field and its values.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FieldSummary {
    /// The names that lead to it, with dots between them, cut at [`TEXT_BYTES_MAX`].
    #[n(0)]
    pub path: String,
    /// In how many entries it is.
    #[n(1)]
    pub entries: u64,
    /// How many different values there are, where all of them were counted.
    #[n(2)]
    pub distinct: Option<u64>,
    /// The most frequent values, those first; at most [`VALUES_MAX`].
    #[n(3)]
    pub values: Vec<ValueSummary>,
}

/// A value and in how many entries it is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ValueSummary {
    /// What it says, decoded, cut at [`TEXT_BYTES_MAX`].
    #[n(0)]
    pub text: String,
    /// Whether it goes on behind that, or is no text that can be written.
    #[n(1)]
    pub is_cut: bool,
    /// Whether it is a text: not a number, true, false or nothing.
    #[n(2)]
    pub is_text: bool,
    /// In how many entries it was counted.
    #[n(3)]
    pub count: u64,
    /// In how many more it may be.
    #[n(4)]
    pub max_error: u64,
}

/// A pattern of messages.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PatternSummary {
    /// What they have in common, `<*>` standing for what varies, cut at [`TEMPLATE_BYTES_MAX`].
    #[n(0)]
    pub template: String,
    /// How many there are.
    #[n(1)]
    pub count: u64,
}

/// The most [`Summarized::bars`].
pub const BARS_MAX: usize = 48;
/// The most [`Summarized::fields`].
pub const FIELDS_MAX: usize = 24;
/// The most [`FieldSummary::values`].
pub const VALUES_MAX: usize = 6;
/// The most [`Summarized::patterns`].
pub const PATTERNS_MAX: usize = 24;
/// Bytes of a value or of a field's path.
pub const TEXT_BYTES_MAX: usize = 80;
/// Bytes of a template.
pub const TEMPLATE_BYTES_MAX: usize = 240;

impl Message for Summarize {
    const KIND: FrameType = FrameType::Summarize;
    const KEYS: u64 = 2;
}

impl Message for Summarized {
    const KIND: FrameType = FrameType::Summarized;
    const KEYS: u64 = 12;
}

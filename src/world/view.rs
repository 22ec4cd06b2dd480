//! What a world may draw: one tree of host widgets, changed by keyed operations. Never HTML.
//!
//! No tag, id, href, style or handler can be expressed: a widget names what it is for, the page decides how it looks.

use minicbor::{Decode, Encode};

use super::bounds::arrays;
use crate::log::level::Level;

/// A node of the view tree, numbered by the world. The root is 0 and exists from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct NodeId(#[n(0)] pub u32);

impl NodeId {
    /// The root: an empty column at first.
    pub const ROOT: Self = Self(0);
}

/// What a group is for; the page lays it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Layout {
    /// Children stand below each other.
    #[n(0)]
    Column,
    /// Children stand beside each other and wrap.
    #[n(1)]
    Row,
    /// The bar of controls at the top.
    #[n(2)]
    Toolbar,
    /// The navigation at the side; a sheet on a phone.
    #[n(3)]
    Sidebar,
    /// The part that takes the room that is left; beside a sidebar.
    #[n(4)]
    Main,
    /// The line of facts at the bottom.
    #[n(5)]
    Status,
    /// A panel with the details of one entry; at the side, a sheet on a phone.
    #[n(6)]
    Details,
    /// A side-by-side arrangement of sidebar, main and details.
    #[n(7)]
    Split,
    /// A short message in the middle of empty space.
    #[n(8)]
    Notice,
    /// A strip over the rows: gaps, held entries.
    #[n(9)]
    Strip,
    /// Controls that float over the lower edge of the rows and take no room from them.
    #[n(10)]
    Float,
    /// Facts below each other, with counts to press, scrolling by themselves.
    #[n(11)]
    Summary,
    /// Further controls of a toolbar, which fold behind a button with the group's name where the screen is narrow.
    #[n(17)]
    Fold,
    /// A bar of controls over the rows, which takes its room from them.
    #[n(16)]
    Bar,
    /// A line of bars, as wide as there is room.
    #[n(12)]
    Chart,
}

/// How a span of text looks. The page maps tokens to colours of the theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Token {
    /// Ordinary text.
    #[n(0)]
    Plain,
    /// Less important.
    #[n(1)]
    Dim,
    /// More important.
    #[n(2)]
    Strong,
    /// Text that matches the filter.
    #[n(3)]
    Match,
    /// The match the user is at.
    #[n(4)]
    CurrentMatch,
    /// A control character, escape, bidi mark or invalid byte, written out.
    #[n(5)]
    Escape,
    /// A colour and weight that ANSI escapes asked for.
    #[n(6)]
    Ansi(#[n(0)] AnsiStyle),
    /// The colour of a level.
    #[n(7)]
    Level(#[n(0)] LevelToken),
}

/// A level as a view token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum LevelToken {
    /// [`Level::Trace`]
    #[n(0)]
    Trace,
    /// [`Level::Debug`]
    #[n(1)]
    Debug,
    /// [`Level::Info`]
    #[n(2)]
    Info,
    /// [`Level::Warn`]
    #[n(3)]
    Warn,
    /// [`Level::Error`]
    #[n(4)]
    Error,
    /// [`Level::Fatal`]
    #[n(5)]
    Fatal,
}

impl From<Level> for LevelToken {
    fn from(level: Level) -> Self {
        match level {
            Level::Trace => Self::Trace,
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
            Level::Fatal => Self::Fatal,
        }
    }
}

/// What ANSI SGR escapes asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(map)]
pub struct AnsiStyle {
    /// Foreground: 0 to 7 normal, 8 to 15 bright; richer palettes are mapped to the nearest of these.
    #[n(0)]
    pub foreground: Option<u8>,
    /// Background, likewise.
    #[n(1)]
    pub background: Option<u8>,
    /// Bold.
    #[n(2)]
    pub bold: bool,
    /// Faint.
    #[n(3)]
    pub dim: bool,
    /// Italic.
    #[n(4)]
    pub italic: bool,
    /// Underlined.
    #[n(5)]
    pub underline: bool,
}

/// A run of text with one look.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Span {
    /// The text; the page isolates it from its surroundings' direction.
    #[n(0)]
    pub text: String,
    /// How it looks.
    #[n(1)]
    pub token: Token,
}

/// A host widget.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Widget {
    /// Holds children.
    #[n(0)]
    Group(#[n(0)] Layout, #[n(1)] String),
    /// A line of text.
    #[n(1)]
    Text(#[cbor(n(0), decode_with = "arrays::spans")] Vec<Span>),
    /// A text field. Sends `Input` while typing and `Submit` on Enter.
    #[n(2)]
    Input(#[n(0)] Input),
    /// Something to press. Sends `Press`.
    #[n(3)]
    Button(#[n(0)] Button),
    /// A switch. Sends `Toggle`.
    #[n(4)]
    Toggle(#[n(0)] Toggle),
    /// One of several. Sends `Choose`.
    #[n(5)]
    Select(#[n(0)] Select),
    /// The virtual list of rows. Sends `Viewport`, `Follow`, `Select`, `Copy`, `Press`.
    #[n(6)]
    Rows(#[n(0)] RowList),
    /// How far some work has come, 0 to 1000.
    #[n(7)]
    Progress(#[n(0)] String, #[n(1)] u16),
    /// Text announced quietly to screen readers when it changes; not drawn. The page says the newest, and not too often.
    #[n(8)]
    Announcement(#[n(0)] String),
    /// Many lines of text to read and select, scrolling by itself.
    #[n(9)]
    Document(#[cbor(n(0), decode_with = "arrays::document")] Vec<Span>),
}

/// A text field.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Input {
    /// Its accessible name.
    #[n(0)]
    pub label: String,
    /// What stands in it while it is empty.
    #[n(1)]
    pub placeholder: String,
    /// The value the world sets; what the user types wins until she submits.
    #[n(2)]
    pub value: String,
    /// Takes digits only.
    #[n(3)]
    pub numeric: bool,
    /// The key that moves the focus here from anywhere in the world (one character), or none.
    #[n(4)]
    pub key: Option<String>,
    /// What it takes, where its name does not say enough; shown when somebody asks.
    #[n(5)]
    pub help: String,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Button {
    /// The words on it.
    #[n(0)]
    pub label: String,
    /// Its accessible name and tooltip, where the words alone do not say enough.
    #[n(1)]
    pub title: String,
    /// A sign from the page's fixed set instead of the words.
    #[n(2)]
    pub icon: Option<Icon>,
    /// Whether it cannot be pressed now.
    #[n(3)]
    pub disabled: bool,
    /// Whether it stands for the thing chosen among its neighbours.
    #[n(4)]
    pub current: bool,
    /// The key that presses it from anywhere in the world (one character), or none.
    #[n(5)]
    pub key: Option<String>,
}

/// Signs that the page can draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Icon {
    /// To the first row.
    #[n(0)]
    Top,
    /// To the last row.
    #[n(1)]
    End,
    /// To the match before.
    #[n(2)]
    Previous,
    /// To the next match.
    #[n(3)]
    Next,
    /// Away with this.
    #[n(4)]
    Close,
    /// Follow new entries.
    #[n(5)]
    Follow,
    /// Hold still.
    #[n(6)]
    Pause,
    /// Copy.
    #[n(7)]
    Copy,
    /// Only what is so.
    #[n(8)]
    Include,
    /// Only what is not so.
    #[n(9)]
    Exclude,
    /// A mark.
    #[n(16)]
    Mark,
    /// To the mark before.
    #[n(17)]
    PreviousMark,
    /// To the next mark.
    #[n(18)]
    NextMark,
    /// To the error before.
    #[n(19)]
    PreviousError,
    /// To the next error.
    #[n(20)]
    NextError,
}

/// A switch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Toggle {
    /// The words beside it.
    #[n(0)]
    pub label: String,
    /// Whether it is on.
    #[n(1)]
    pub on: bool,
    /// The key that flips it from anywhere in the world (one character), or none.
    #[n(2)]
    pub key: Option<String>,
}

/// One of several.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Select {
    /// Its accessible name.
    #[n(0)]
    pub label: String,
    /// The choices.
    #[cbor(n(1), decode_with = "arrays::options")]
    pub options: Vec<String>,
    /// Which is chosen.
    #[n(2)]
    pub chosen: u16,
}

/// The virtual list: its facts. The lines in its window travel apart, as [`Op::Lines`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RowList {
    /// Its accessible name.
    #[n(0)]
    pub label: String,
    /// How many rows there are, or are thought to be.
    #[n(1)]
    pub rows: u64,
    /// Whether `rows` is exact.
    #[n(2)]
    pub exact: bool,
    /// Whether long lines wrap.
    #[n(3)]
    pub wrap: bool,
    /// Whether the list sticks to its end as it grows.
    #[n(4)]
    pub follow: bool,
    /// The first and last row (included) of the chosen range.
    #[n(5)]
    pub selection: Option<RowRange>,
    /// The row the user is at: a match, or the one whose details are shown.
    #[n(6)]
    pub current: Option<u64>,
    /// How many characters wide the column of line numbers is.
    #[n(7)]
    pub number_width: u8,
    /// The first row that still exists; above it rows are gone for good.
    #[n(8)]
    pub first_row: u64,
    /// The columns before the text, with names over them; none where the text is all there is.
    #[cbor(n(9), decode_with = "arrays::columns")]
    pub columns: Vec<Column>,
}

/// A column of a row list, each cell of it cut at its width. Pressing its name sends `PressColumn`, pulling at its edge
/// `ResizeColumn`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Column {
    /// What stands over it.
    #[n(0)]
    pub name: String,
    /// How many characters wide it is.
    #[n(1)]
    pub width: u16,
    /// Whether it is the one whose place and width are being changed.
    #[n(2)]
    pub current: bool,
}

/// Rows from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RowRange {
    /// The first row.
    #[n(0)]
    pub first: u64,
    /// The last row.
    #[n(1)]
    pub last: u64,
}

/// One row in the window of the list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Line {
    /// Its row.
    #[n(0)]
    pub row: u64,
    /// Its identity: stays the same when rows are renumbered.
    #[n(1)]
    pub key: u64,
    /// What the column of line numbers shows; empty where unknown.
    #[n(2)]
    pub number: String,
    /// Its level.
    #[n(3)]
    pub level: Option<LevelToken>,
    /// What kind of row it is.
    #[n(4)]
    pub kind: LineKind,
    /// Its text.
    #[cbor(n(6), decode_with = "arrays::spans")]
    pub spans: Vec<Span>,
    /// What stands in the list's columns, in their order; those that are missing are empty.
    #[cbor(n(7), decode_with = "arrays::cells")]
    pub cells: Vec<Vec<Span>>,
    /// Whether the user has marked it.
    #[n(8)]
    pub is_marked: bool,
}

/// What kind of row a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum LineKind {
    /// An entry.
    #[n(0)]
    Entry,
    /// An entry whose text is cut; pressing it shows all.
    #[n(1)]
    Cut,
    /// A row that is still on its way.
    #[n(2)]
    Waiting,
    /// A row inside a gap; pressing it loads the gap.
    #[n(3)]
    Gap,
}

/// One change of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Op {
    /// A new node under `parent`, before the sibling `before` or as the last child.
    #[n(0)]
    Insert {
        /// The new node.
        #[n(0)]
        node: NodeId,
        /// Its parent, a group.
        #[n(1)]
        parent: NodeId,
        /// The sibling it stands before.
        #[n(2)]
        before: Option<NodeId>,
        /// What it is.
        #[n(3)]
        widget: Widget,
    },
    /// The node changed; its kind of widget stays.
    #[n(1)]
    Update {
        /// The node.
        #[n(0)]
        node: NodeId,
        /// What it is now.
        #[n(1)]
        widget: Widget,
    },
    /// The node moves among its siblings.
    #[n(2)]
    Move {
        /// The node.
        #[n(0)]
        node: NodeId,
        /// The sibling it stands before now, or none for the last place.
        #[n(1)]
        before: Option<NodeId>,
    },
    /// The node and everything under it goes.
    #[n(3)]
    Remove {
        /// The node.
        #[n(0)]
        node: NodeId,
    },
    /// The lines in the window of a row list, all of them, ascending.
    #[n(4)]
    Lines {
        /// The row list.
        #[n(0)]
        node: NodeId,
        /// The lines.
        #[cbor(n(1), decode_with = "arrays::lines")]
        lines: Vec<Line>,
    },
    /// The list scrolls so that this row is on screen.
    #[n(5)]
    Reveal {
        /// The row list.
        #[n(0)]
        node: NodeId,
        /// The row.
        #[n(1)]
        row: u64,
        /// Where it comes to stand.
        #[n(2)]
        place: RevealPlace,
    },
    /// Rows were renumbered: what was row `from` is row `to` now. The screen does not move.
    #[n(6)]
    Renumber {
        /// The row list.
        #[n(0)]
        node: NodeId,
        /// A row before.
        #[n(1)]
        from: u64,
        /// The same row now.
        #[n(2)]
        to: u64,
    },
    /// The keyboard focus goes to the node, if the world has the focus.
    #[n(7)]
    Focus {
        /// The node.
        #[n(0)]
        node: NodeId,
    },
}

/// Where a revealed row comes to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum RevealPlace {
    /// Wherever is nearest.
    #[n(0)]
    Nearest,
    /// In the middle.
    #[n(1)]
    Middle,
    /// At the top.
    #[n(2)]
    Top,
    /// At the bottom.
    #[n(3)]
    Bottom,
}

/// What the page refuses to draw more of, per message or in all.
pub mod limits {
    /// Nodes in the tree.
    pub const NODES: usize = 2_000;
    /// Depth of the tree.
    pub const DEPTH: usize = 16;
    /// Operations in one message.
    pub const OPS: usize = 4_000;
    /// Lines in one window.
    pub const LINES: usize = 1_000;
    /// Columns of a row list.
    pub const COLUMNS: usize = 16;
    /// Spans in one cell.
    pub const CELL_SPANS: usize = 64;
    /// Bytes of one cell.
    pub const CELL_BYTES: usize = 4 * 1024;
    /// Characters of the widest column.
    pub const COLUMN_CHARS: u16 = 240;
    /// Spans in one line or text.
    pub const SPANS: usize = 4_096;
    /// Bytes of one text.
    pub const TEXT_BYTES: usize = 64 * 1024;
    /// Spans in one document.
    pub const DOCUMENT_SPANS: usize = 65_536;
    /// Options of one choice.
    pub const OPTIONS: usize = 1_024;
    /// Bytes of one document.
    pub const DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
    /// Bytes of an address.
    pub const ADDRESS_BYTES: usize = 4 * 1024;
    /// Bytes of what a view remembers.
    pub const MEMORY_BYTES: usize = 32 * 1024;
    /// Bytes of one message.
    pub const MESSAGE_BYTES: usize = 20 * 1024 * 1024;
}

//! How the lines of a source are drawn: as they are written, or taken apart by their format; and which columns stand before
//! their text. Kept per source while the world lives.

use super::{HEIGHT_ROWS, Held, Model};
use crate::log::entry::{Entry, Fields, Value};
use crate::log::format::Format;
use crate::log::time::{Clockwork, Zone};
use crate::world::stream::SourceId;
use crate::world::view::limits;

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The source's name.
    Source,
    /// When it happened.
    Time,
    /// How serious it is.
    Level,
    /// The field at this path.
    Field(String),
}

impl Cell {
    /// What stands over the column.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Source => "source",
            Self::Time => "time",
            Self::Level => "level",
            Self::Field(path) => path,
        }
    }

    /// What a column of this name shows.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let own = [Self::Source, Self::Time, Self::Level].into_iter().find(|cell| cell.name() == name);
        own.unwrap_or_else(|| Self::Field(name.to_owned()))
    }

    /// Whether it is written in a line already that is drawn as it is.
    const fn is_in_text(&self) -> bool {
        matches!(self, Self::Time | Self::Level)
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands in it.
    pub cell: Cell,
    /// How many characters wide it is.
    pub width: u16,
}

/// How times are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeForm {
    /// At the offset that the entry says.
    #[default]
    Written,
    /// In Greenwich.
    Utc,
    /// How much later it is than the line above.
    Delta,
}

impl TimeForm {
    /// All of them, as they are offered.
    pub const ALL: [Self; 3] = [Self::Written, Self::Utc, Self::Delta];

    /// Returns what it is called.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Written => "as written",
            Self::Utc => "in UTC",
            Self::Delta => "since the line above",
        }
    }
}

/// How the lines of a source are drawn.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Whether the user wants lines as they are written; until she says so, the format decides.
    is_raw: Option<bool>,
    list: Vec<Column>,
    /// The column whose place and width are being changed.
    edited: Option<Cell>,
}

/// The width of a column that somebody adds.
const WIDTH: u16 = 16;
/// As wide as `2026-11-23 10:00:00.000`.
const TIME_WIDTH: u16 = 23;
const LEVEL_WIDTH: u16 = 5;
const SOURCE_WIDTH: u16 = 14;
/// By how much a press makes a column wider or narrower.
const WIDTH_STEP: u16 = 4;
/// Fields that are offered at most.
const OFFERED_MAX: usize = 200;

impl Columns {
    pub(super) fn of(source: SourceId) -> Self {
        let mut list = Vec::new();
        if source == SourceId::ALL {
            list.push(Column { cell: Cell::Source, width: SOURCE_WIDTH });
        }
        list.push(Column { cell: Cell::Time, width: TIME_WIDTH });
        list.push(Column { cell: Cell::Level, width: LEVEL_WIDTH });
        Self { is_raw: None, list, edited: None }
    }

    fn place_of(&self, cell: &Cell) -> Option<usize> {
        self.list.iter().position(|column| column.cell == *cell)
    }
}

impl Model {
    /// Whether lines are drawn as they are written.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        let is_shown = |id: SourceId| self.source == SourceId::ALL || self.source == id;
        let mut shown = self.sources.iter().flatten().filter(|source| is_shown(source.id));
        self.columns
            .is_raw
            .unwrap_or_else(|| !shown.any(|one| self.format_of(one.id).is_some_and(|f| f.is_for_programs())))
    }

    /// The columns that stand before the text, in their order.
    pub fn shown_columns(&self) -> impl Iterator<Item = &Column> {
        let is_raw = self.is_raw();
        self.columns.list.iter().filter(move |column| !(is_raw && column.cell.is_in_text()))
    }

    /// The column whose place and width are being changed.
    #[must_use]
    pub fn edited_column(&self) -> Option<&Column> {
        let edited = self.columns.edited.as_ref()?;
        self.shown_columns().find(|column| column.cell == *edited)
    }

    /// How the lines of a source are read, where the world knows that.
    #[must_use]
    pub fn format_of(&self, id: SourceId) -> Option<Format> {
        let source = self.sources.iter().flatten().find(|source| source.id == id)?;
        Format::named(source.format.as_deref()?)
    }

    /// Whether lines are drawn as they are written, where the user has said so.
    pub(super) const fn chosen_raw(&self) -> Option<bool> {
        self.columns.is_raw
    }

    /// The columns, where they are not those that a source has by itself.
    pub(super) fn chosen_columns(&self) -> Option<&[Column]> {
        (self.columns.list != Columns::of(self.source).list).then_some(&self.columns.list)
    }

    /// Has the columns as an address says.
    pub(super) fn restore_columns(&mut self, is_raw: Option<bool>, columns: Option<Vec<(Cell, u16)>>) {
        self.columns = Columns { is_raw, ..Columns::of(self.source) };
        if let Some(columns) = columns {
            self.columns.list.clear();
            for (cell, width) in columns.into_iter().take(limits::COLUMNS) {
                if self.columns.place_of(&cell).is_none() {
                    self.columns.list.push(Column { cell, width: width.clamp(1, limits::COLUMN_CHARS) });
                }
            }
        }
    }

    pub(super) fn set_raw(&mut self, on: bool) {
        self.columns.is_raw = Some(on);
    }

    /// Another source is shown, with its own columns.
    pub(super) fn set_source(&mut self, source: SourceId) {
        let columns = self.kept_columns.remove(&source).unwrap_or_else(|| Columns::of(source));
        let before = std::mem::replace(&mut self.source, source);
        self.kept_columns.insert(before, std::mem::replace(&mut self.columns, columns));
    }

    pub(super) fn press_column(&mut self, place: usize) {
        let pressed = self.shown_columns().nth(place).map(|column| column.cell.clone());
        let columns = &mut self.columns;
        columns.edited = pressed.filter(|pressed| columns.edited.as_ref() != Some(pressed));
        self.is_editing_columns = self.columns.edited.is_some();
    }

    pub(super) fn resize_column(&mut self, place: usize, width: u16) {
        let Some(cell) = self.shown_columns().nth(place).map(|column| column.cell.clone()) else { return };
        self.change_column(&cell, |column| column.width = width.clamp(1, limits::COLUMN_CHARS));
    }

    /// Makes the edited column wider or narrower.
    pub(super) fn stretch_column(&mut self, is_wider: bool) {
        let Some(cell) = self.columns.edited.clone() else { return };
        self.change_column(&cell, |column| {
            let width = if is_wider { column.width + WIDTH_STEP } else { column.width.saturating_sub(WIDTH_STEP) };
            column.width = width.clamp(WIDTH_STEP, limits::COLUMN_CHARS);
        });
    }

    fn change_column(&mut self, cell: &Cell, change: impl FnOnce(&mut Column)) {
        if let Some(place) = self.columns.place_of(cell) {
            change(&mut self.columns.list[place]);
        }
    }

    /// Moves the edited column past the one beside it.
    pub(super) fn move_column(&mut self, is_later: bool) {
        let shown: Vec<Cell> = self.shown_columns().map(|column| column.cell.clone()).collect();
        let Some(edited) = self.columns.edited.clone() else { return };
        let Some(at) = shown.iter().position(|cell| *cell == edited) else { return };
        let other = if is_later { shown.get(at + 1) } else { at.checked_sub(1).and_then(|before| shown.get(before)) };
        let places = other.and_then(|other| self.columns.place_of(other)).zip(self.columns.place_of(&edited));
        if let Some((other, edited)) = places {
            let column = self.columns.list.remove(edited);
            self.columns.list.insert(other, column);
        }
    }

    pub(super) fn remove_column(&mut self) {
        if let Some(place) = self.columns.edited.take().and_then(|edited| self.columns.place_of(&edited)) {
            self.columns.list.remove(place);
        }
    }

    /// Adds a column of a field behind the others, or marks the one that there is.
    pub(super) fn add_column(&mut self, name: &str) {
        let cell = Cell::named(name);
        if self.columns.place_of(&cell).is_none() && self.columns.list.len() < limits::COLUMNS {
            let width = match cell {
                Cell::Source => SOURCE_WIDTH,
                Cell::Time => TIME_WIDTH,
                Cell::Level => LEVEL_WIDTH,
                Cell::Field(_) => WIDTH,
            };
            self.columns.list.push(Column { cell: cell.clone(), width });
        }
        self.columns.edited = Some(cell);
        self.is_editing_columns = true;
    }

    /// Adds the column that was chosen among those offered; before them stands what the choice is called.
    pub(super) fn choose_column(&mut self, chosen: u16) {
        let offered = self.offered_columns();
        if let Some(name) = usize::from(chosen).checked_sub(1).and_then(|place| offered.get(place)) {
            self.add_column(name);
        }
    }

    /// What could be a column and is none: what the columns are by themselves, and the fields of the lines on the screen.
    #[must_use]
    pub fn offered_columns(&self) -> Vec<String> {
        let mut names: Vec<String> = ["source", "time", "level"].map(str::to_owned).to_vec();
        if self.source != SourceId::ALL {
            names.remove(0);
        }
        let view = self.list.view;
        for row in (view.first..=view.last).take(HEIGHT_ROWS as usize) {
            if let Some(Held::Entry(row)) = self.list.island.get(row)
                && let Some(format) = self.format_of(row.source)
            {
                let entry = read(&format, &row.bytes);
                paths(&entry.fields, &mut names);
            }
        }
        let shown: Vec<&str> = self.shown_columns().map(|column| column.cell.name()).collect();
        names.retain(|name| !shown.contains(&name.as_str()));
        names
    }
}

/// Reads a line by itself: what stands around it is not known here.
#[must_use]
pub fn read<'a>(format: &'a Format, line: &'a [u8]) -> Entry<'a> {
    format.parse(line, &mut Clockwork::new(0, Zone::utc()), Entry::default())
}

/// Adds the paths of the leaves, those of lists apart.
fn paths(fields: &Fields<'_>, names: &mut Vec<String>) {
    let mut above: Vec<(u32, usize)> = Vec::new();
    let mut path = String::new();
    let mut list_end = 0;
    for (index, field) in (0..).zip(fields.as_slice()) {
        if index < list_end {
            continue;
        }
        while above.last().is_some_and(|(end, _)| index >= *end) {
            let (_, length) = above.pop().unwrap_or_default();
            path.truncate(length);
        }
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&String::from_utf8_lossy(&field.name.decode()));
        match field.value {
            Value::Object => above.push((field.end, length)),
            ref value => {
                list_end = if *value == Value::Array { field.end } else { 0 };
                let is_leaf = !field.name.is_empty() && path.len() <= limits::CELL_BYTES;
                if is_leaf && names.len() < OFFERED_MAX && !names.contains(&path) {
                    names.push(path.clone());
                }
                path.truncate(length);
            }
        }
    }
}

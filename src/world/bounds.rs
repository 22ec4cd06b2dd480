//! Which view operations are within the limits, each looked at alone. [`super::message`] refuses a message that holds
//! another; [`super::tree`] asks again, because the page trusts nobody.

use std::fmt;

use super::view::{Column, Line, Op, Span, Token, Widget, limits};

/// A limit of [`limits`] that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// A text is longer than [`limits::TEXT_BYTES`], or a document than [`limits::DOCUMENT_BYTES`].
    Text,
    /// More than [`limits::SPANS`], or in a document [`limits::DOCUMENT_SPANS`].
    Spans,
    /// More than [`limits::LINES`].
    Lines,
    /// More than [`limits::OPTIONS`].
    Options,
    /// A key that is not one visible character.
    Key,
    /// A colour that is none of the sixteen.
    Colour,
    /// A share of work beyond 1000.
    Progress,
    /// Lines that do not ascend.
    Order,
    /// A range of rows that ends before it begins.
    Range,
    /// More than [`limits::COLUMNS`], or one of no width or wider than [`limits::COLUMN_CHARS`].
    Columns,
}

impl Excess {
    /// Returns what is wrong, as a fragment of a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Text => "a text is too long",
            Self::Spans => "a text has too many spans",
            Self::Lines => "a window has too many lines",
            Self::Options => "a choice has too many options",
            Self::Key => "a key is not one character",
            Self::Colour => "a colour does not exist",
            Self::Progress => "progress beyond its end",
            Self::Order => "lines do not ascend",
            Self::Range => "a range of rows ends before it begins",
            Self::Columns => "a list has too many columns, or one without width",
        }
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Checks one operation.
///
/// # Errors
/// The first limit that it passes.
pub fn check(op: &Op) -> Result<(), Excess> {
    match op {
        Op::Insert { widget, .. } | Op::Update { widget, .. } => check_widget(widget),
        Op::Lines { lines, .. } => check_lines(lines),
        Op::Move { .. } | Op::Remove { .. } | Op::Reveal { .. } | Op::Renumber { .. } | Op::Focus { .. } => Ok(()),
    }
}

/// Checks one widget.
///
/// # Errors
/// The first limit that it passes.
pub fn check_widget(widget: &Widget) -> Result<(), Excess> {
    match widget {
        Widget::Group(_, text) | Widget::Announcement(text) => check_text(text),
        Widget::Text(spans) => check_spans(spans, limits::SPANS, limits::TEXT_BYTES),
        Widget::Document(spans) => check_spans(spans, limits::DOCUMENT_SPANS, limits::DOCUMENT_BYTES),
        Widget::Input(input) => {
            check_text(&input.label)?;
            check_text(&input.placeholder)?;
            check_text(&input.help)?;
            check_text(&input.value)?;
            check_key(input.key.as_deref())
        }
        Widget::Button(button) => {
            check_text(&button.label)?;
            check_text(&button.title)?;
            check_key(button.key.as_deref())
        }
        Widget::Toggle(toggle) => {
            check_text(&toggle.label)?;
            check_key(toggle.key.as_deref())
        }
        Widget::Select(select) => {
            if select.options.len() > limits::OPTIONS {
                return Err(Excess::Options);
            }
            check_text(&select.label)?;
            select.options.iter().try_for_each(|option| check_text(option))
        }
        Widget::Rows(list) => {
            if list.selection.is_some_and(|range| range.first > range.last) {
                return Err(Excess::Range);
            }
            if list.columns.len() > limits::COLUMNS {
                return Err(Excess::Columns);
            }
            list.columns.iter().try_for_each(check_column)?;
            check_text(&list.label)
        }
        Widget::Progress(label, share) => {
            if *share > 1000 {
                return Err(Excess::Progress);
            }
            check_text(label)
        }
    }
}

fn check_lines(lines: &[Line]) -> Result<(), Excess> {
    if lines.len() > limits::LINES {
        return Err(Excess::Lines);
    }
    if lines.windows(2).any(|pair| pair[0].row >= pair[1].row) {
        return Err(Excess::Order);
    }
    for line in lines {
        check_text(&line.number)?;
        if line.cells.len() > limits::COLUMNS {
            return Err(Excess::Columns);
        }
        line.cells.iter().try_for_each(|cell| check_spans(cell, limits::CELL_SPANS, limits::CELL_BYTES))?;
        check_spans(&line.spans, limits::SPANS, limits::TEXT_BYTES)?;
    }
    Ok(())
}

fn check_column(column: &Column) -> Result<(), Excess> {
    if !(1..=limits::COLUMN_CHARS).contains(&column.width) {
        return Err(Excess::Columns);
    }
    check_text(&column.name)
}

fn check_text(text: &str) -> Result<(), Excess> {
    if text.len() > limits::TEXT_BYTES { Err(Excess::Text) } else { Ok(()) }
}

fn check_key(key: Option<&str>) -> Result<(), Excess> {
    let one = key.is_none_or(|key| {
        let mut characters = key.chars();
        characters.next().is_some_and(|first| !first.is_control() && !first.is_whitespace())
            && characters.next().is_none()
    });
    if one { Ok(()) } else { Err(Excess::Key) }
}

fn check_spans(spans: &[Span], count: usize, bytes: usize) -> Result<(), Excess> {
    if spans.len() > count {
        return Err(Excess::Spans);
    }
    let mut sum = 0;
    for span in spans {
        sum += span.text.len();
        if let Token::Ansi(style) = span.token
            && [style.foreground, style.background].into_iter().flatten().any(|colour| colour > 15)
        {
            return Err(Excess::Colour);
        }
    }
    if sum > bytes { Err(Excess::Text) } else { Ok(()) }
}

/// Readers of arrays that stop at their limit, so that a short message cannot make the page hold a large value.
pub mod arrays {
    use minicbor::decode::Error;
    use minicbor::{Decode, Decoder};

    use super::super::view::{Column, Line, Span, limits};

    fn array<'b, C, T: Decode<'b, C>>(d: &mut Decoder<'b>, ctx: &mut C, limit: usize) -> Result<Vec<T>, Error> {
        let count = d.array()?.ok_or_else(|| Error::message("an array of indefinite length"))?;
        if count > limit as u64 {
            return Err(Error::message("an array is too long"));
        }
        let mut out = Vec::new();
        for _ in 0..count {
            out.push(d.decode_with(ctx)?);
        }
        Ok(out)
    }

    /// Reads the lines of a window.
    ///
    /// # Errors
    /// When there are more than [`limits::LINES`], or they are no lines.
    pub fn lines<'b, C>(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Vec<Line>, Error> {
        array(d, ctx, limits::LINES)
    }

    /// Reads the spans of a line or text.
    ///
    /// # Errors
    /// When there are more than [`limits::SPANS`], or they are no spans.
    pub fn spans<'b, C>(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Vec<Span>, Error> {
        array(d, ctx, limits::SPANS)
    }

    /// Reads the spans of a document.
    ///
    /// # Errors
    /// When there are more than [`limits::DOCUMENT_SPANS`], or they are no spans.
    pub fn document<'b, C>(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Vec<Span>, Error> {
        array(d, ctx, limits::DOCUMENT_SPANS)
    }

    /// Reads the columns of a row list.
    ///
    /// # Errors
    /// When there are more than [`limits::COLUMNS`], or they are no columns.
    pub fn columns<'b, C>(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Vec<Column>, Error> {
        array(d, ctx, limits::COLUMNS)
    }

    /// Reads the cells of a line.
    ///
    /// # Errors
    /// When there are more than [`limits::COLUMNS`], more than [`limits::CELL_SPANS`] in one, or they are no spans.
    pub fn cells<'b, C>(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Vec<Vec<Span>>, Error> {
        let cells: Vec<Cell> = array(d, ctx, limits::COLUMNS)?;
        Ok(cells.into_iter().map(|Cell(spans)| spans).collect())
    }

    struct Cell(Vec<Span>);

    impl<'b, C> Decode<'b, C> for Cell {
        fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, Error> {
            array(d, ctx, limits::CELL_SPANS).map(Self)
        }
    }

    /// Reads the options of a choice.
    ///
    /// # Errors
    /// When there are more than [`limits::OPTIONS`], or they are no texts.
    pub fn options<'b, C>(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Vec<String>, Error> {
        array(d, ctx, limits::OPTIONS)
    }
}

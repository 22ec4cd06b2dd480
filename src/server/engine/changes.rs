//! Where a log changes its format: found at places that its bytes alone decide, so that whoever reads it first, in chunks
//! of whatever size, from a file or a stream, finds the same.
//!
//! A log is looked at anew at points that lie ever farther apart, and several times before its end. At each, the format in
//! force stays unless the lines from there clearly have another; then the first line of that is looked for, back to the
//! point before. A change is a border: the line there begins an entry.
//!
//! Where lines of the log itself say how to read what follows them, every such line is looked at; of those that say something
//! else than the one before, the first [`CHANGES_MAX`].

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

use super::format_map::{Change, FormatMap};
use super::input::Reading;
use super::sample::Sample;
use crate::log::format::Format;
use crate::log::lines;

/// What is looked at behind a point when a glance does not do.
const WINDOW_BYTES: u64 = 64 * 1024;
/// What is glanced at.
const GLANCE_BYTES: u64 = 4096;
const GLANCE_LINES: usize = 16;
/// The least and the most distance between points, and how much of what stands before them it is.
const STEP_BYTES_MIN: u64 = 4096;
const STEP_BYTES_MAX: u64 = 256 * 1024;
const STEP_SHARE: u64 = 16;
/// How far before the end of a log the last points are.
const LAST_POINTS: [u64; 7] = [64 * 1024, 32 * 1024, 16 * 1024, 8192, 4096, 2048, 1024];
/// How many of the entries of a new format say when.
const TIMED_SHARE_MIN: f32 = 0.5;
/// So many lines in a row that do not have the new format end the search for its first line.
const MISSES_MAX: usize = 8;

/// More changes than any log has that is not made for it: those that the log itself says are heeded up to this many.
const CHANGES_MAX: usize = 4096;

/// The changes of a log, as far as they are known. A copy goes on by itself.
#[derive(Clone)]
pub struct Changes {
    /// How other formats are looked for; none are where the format was asked for, but for what the log itself says.
    reading: Option<Arc<Reading>>,
    is_followed: bool,
    formats: FormatMap,
    /// No other change lies before.
    known_to: u64,
}

/// Bytes of a log, read when they are asked for.
pub trait LogBytes {
    /// The bytes there: between [`LogBytes::begin`] and [`LogBytes::end`].
    ///
    /// # Errors
    /// They cannot be read.
    fn bytes(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>>;
    /// From where on there are any still.
    fn begin(&self) -> u64;
    /// How far there are any.
    fn end(&self) -> u64;
    /// Whether none will follow.
    fn is_over(&self) -> bool;
}

impl Changes {
    /// Those of a log whose text begins at `begins`, as the sample says.
    #[must_use]
    pub fn of(first: &Sample, begins: u64, reading: &Reading) -> Self {
        let is_followed = reading.format.is_none() || first.detection.format.directive().is_some();
        let reading = is_followed.then(|| Arc::new(reading.clone()));
        Self { reading, is_followed, formats: FormatMap::of(first.detection.format.clone()), known_to: begins }
    }

    /// Those of a log of which somebody has found all that there are to be found.
    pub(super) const fn known(formats: FormatMap, is_followed: bool) -> Self {
        Self { reading: None, is_followed, formats, known_to: u64::MAX }
    }

    /// Whether the log is read in another format from where it changes to that.
    #[must_use]
    pub const fn are_followed(&self) -> bool {
        self.is_followed
    }

    /// What is known.
    #[must_use]
    pub const fn formats(&self) -> &FormatMap {
        &self.formats
    }

    /// No change lies before that is not known.
    #[must_use]
    pub const fn known_to(&self) -> u64 {
        self.known_to
    }

    /// Looks for changes as far as `to`, if there are enough bytes to tell.
    ///
    /// # Errors
    /// The log cannot be read there.
    pub fn find(&mut self, to: u64, log: &impl LogBytes) -> io::Result<()> {
        let Some(reading) = self.reading.clone() else {
            self.known_to = u64::MAX;
            return Ok(());
        };
        while self.known_to < to {
            let point = self.next_point();
            if point.saturating_add(WINDOW_BYTES) <= log.end() {
                self.look(point, &reading, log)?;
                continue;
            }
            if !log.is_over() {
                break;
            }
            for before_end in LAST_POINTS {
                if let Some(point) = log.end().checked_sub(before_end).filter(|point| *point > self.known_to) {
                    self.look(point, &reading, log)?;
                }
            }
            self.heed(log.end(), &reading, log)?;
            self.known_to = u64::MAX;
        }
        Ok(())
    }

    /// Takes it as known that there is no change as far as `to`, for somebody has looked before.
    pub(super) fn trust(&mut self, to: u64) {
        while self.next_point().saturating_add(WINDOW_BYTES) <= to {
            self.known_to = self.next_point();
        }
    }

    fn next_point(&self) -> u64 {
        self.known_to.saturating_add((self.known_to / STEP_SHARE).clamp(STEP_BYTES_MIN, STEP_BYTES_MAX))
    }

    fn current(&self) -> &Format {
        self.formats.last()
    }

    /// Where the last change is that is known.
    fn last_at(&self) -> Option<u64> {
        self.formats.changes().last().map(|change| change.at)
    }

    /// Whether these last lines of a stream, which nobody wants to wait for more of, have another format; `at` is where the
    /// first of them begins that was not handed out.
    pub(super) fn find_by_last(&mut self, lines: &[&[u8]], at: u64, log: &impl LogBytes) -> io::Result<()> {
        let Some(reading) = self.reading.clone() else { return Ok(()) };
        if self.last_at().is_none_or(|last| last < at)
            && let Some(sample) = self.successor(&lines.join(&b'\n'), lines, &reading)
        {
            let at = self.first_line(at, &sample.detection.format, log)?;
            self.formats.push(Change { at, sample });
        }
        Ok(())
    }

    /// Looks at what stands before a point, and at the lines behind it.
    fn look(&mut self, point: u64, reading: &Reading, log: &impl LogBytes) -> io::Result<()> {
        self.heed(point, reading, log)?;
        if reading.format.is_none() && point >= log.begin() {
            self.glance(point, reading, log)?;
        }
        self.known_to = point;
        Ok(())
    }

    /// Heeds the lines before `to` that say how to read what follows them.
    fn heed(&mut self, to: u64, reading: &Reading, log: &impl LogBytes) -> io::Result<()> {
        let Some(sign) = self.current().directive() else { return Ok(()) };
        let from = self.known_to.max(log.begin());
        if to <= from {
            return Ok(());
        }
        // A line may begin right there: what stands before it tells.
        let start = from.saturating_sub(1).max(log.begin());
        let block = log.bytes(start..log.end().min(to + WINDOW_BYTES))?;
        let begins_line = |at: &usize| *at == 0 && start == 0 || *at > 0 && block[at - 1] == b'\n';
        for at in memmem::find_iter(&block, sign).filter(begins_line).take_while(|at| start + (*at as u64) < to) {
            if self.formats.changes().len() == CHANGES_MAX {
                break;
            }
            let directed = self.current().learn(&[&block[lines::from(&block, at)]]);
            if !directed.is_same(self.current()) {
                let mut sample =
                    Sample::of(&block[at..], reading.now_nanos, &Reading { format: Some(directed), ..reading.clone() });
                sample.detection.why = "a line there names other columns".into();
                self.formats.push(Change { at: start + at as u64, sample });
            }
        }
        Ok(())
    }

    fn glance(&mut self, point: u64, reading: &Reading, log: &impl LogBytes) -> io::Result<()> {
        let end = log.end();
        let glance = log.bytes(point..end.min(point + GLANCE_BYTES))?;
        let (_, mut glanced) = whole_lines(&glance, point + glance.len() as u64 == end);
        glanced.truncate(GLANCE_LINES);
        if !glanced.is_empty() && !self.current().may_have_changed(&glanced, &reading.own) {
            return Ok(());
        }
        let window = log.bytes(point..end.min(point + WINDOW_BYTES))?;
        let (start, lines) = whole_lines(&window, point + window.len() as u64 == end);
        if let Some(sample) = self.successor(&window[start..], &lines, reading) {
            let at = self.first_line(point + start as u64, &sample.detection.format, log)?;
            self.formats.push(Change { at, sample });
        }
        Ok(())
    }

    /// What these lines, which are those of `text`, say of it if they have another format than the one in force.
    fn successor(&self, text: &[u8], lines: &[&[u8]], reading: &Reading) -> Option<Sample> {
        if !self.current().may_have_changed(lines, &reading.own) {
            return None;
        }
        let sample = Sample::of(text, reading.now_nanos, reading);
        // Lines without a time, in a log that has a format, are more likely something long that an entry holds.
        let is_likely = sample.timed_share >= TIMED_SHARE_MIN || self.current().name() == "plain";
        (is_likely && self.current().gives_way_to(&sample.detection, lines)).then_some(sample)
    }

    /// Where the first line of a format is that the lines from `at` on have: as far back as the last point.
    fn first_line(&self, at: u64, format: &Format, log: &impl LogBytes) -> io::Result<u64> {
        let floor = self.last_at().unwrap_or(0).max(self.known_to).max(log.begin());
        let block = log.bytes(floor.min(at)..at)?;
        let begin = memchr::memchr(b'\n', &block).map_or(block.len(), |feed| feed + 1);
        let (mut first, mut misses) = (at, 0);
        let may_begin = |line: &lines::Line<'_>| !matches!(line.text.first(), None | Some(b' ' | b'\t'));
        for line in lines::backward(&block[begin..]).filter(may_begin) {
            if format.fits_line(line.text) {
                first = floor + (begin + line.offset) as u64;
                misses = 0;
            } else if self.current().fits_line(line.text) || misses == MISSES_MAX {
                break;
            } else {
                misses += 1;
            }
        }
        Ok(first)
    }
}

/// The lines of a block that may begin within one, and where the first begins; the last one counts if the log ends with it.
fn whole_lines(block: &[u8], is_end: bool) -> (usize, Vec<&[u8]>) {
    let start = memchr::memchr(b'\n', block).map_or(block.len(), |feed| feed + 1);
    let lines = lines::forward(&block[start..]).filter(|line| is_end || !line.is_open()).map(|line| line.text);
    (start, lines.collect())
}

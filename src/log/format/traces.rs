//! What lines of stack traces look like, language by language: which belong to a trace by themselves, which behind or before
//! a certain other line, and which empty lines stand inside of one.
//!
//! Where its format does not say otherwise, a trace belongs to the entry right above it, in whatever language; what a runtime
//! says of an error that nobody caught begins an entry, which is fatal, and a trace with nothing above it is one of an error.

use memchr::memmem;

use crate::log::level::Level;

use super::colours;

/// A line as the tables see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its text without the blanks around it.
    pub(super) text: &'a [u8],
    /// How many blanks stand in front; none where there is no text.
    pub(super) indent: usize,
}

impl<'a> Line<'a> {
    pub(super) fn of(line: &'a [u8]) -> Self {
        let bare = colours::bare(line.strip_suffix(b"\r").unwrap_or(line)).trim_ascii_end();
        let text = bare.trim_ascii_start();
        Self { text, indent: bare.len() - text.len() }
    }

    pub(super) const fn is_indented(self) -> bool {
        self.indent > 0
    }

    pub(super) const fn is_blank(self) -> bool {
        self.text.is_empty()
    }

    fn begins(self, with: &[u8]) -> bool {
        self.text.starts_with(with)
    }

    /// Whether it begins as `shape` does, in which `9` is any digit and `A` any letter.
    fn looks(self, shape: &[u8]) -> bool {
        let fits = |(byte, sign): (&u8, &u8)| match sign {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_alphabetic(),
            sign => byte == sign,
        };
        self.text.len() >= shape.len() && self.text.iter().zip(shape).all(fits)
    }

    fn has(self, part: &[u8]) -> bool {
        memmem::find(self.text, part).is_some()
    }
}

/// Says something of one line.
type Says = fn(Line<'_>) -> bool;

/// Whether a line at the margin belongs to the trace before it, whatever that is.
pub(super) fn is_of_trace(line: Line<'_>) -> bool {
    let may_open = line.text.first().is_some_and(|byte| OPENING_BYTES[usize::from(*byte)]);
    may_open && OPENINGS.iter().any(|opening| line.begins(opening)) || ALONE.iter().any(|says| says(line))
}

/// Whether a line at the margin belongs to the trace that it stands in, right behind the line `before`.
pub(super) fn follows(line: Line<'_>, before: Line<'_>) -> bool {
    FOLLOWS.iter().any(|(says_before, says)| says_before(before) && says(line))
}

/// Whether a line at the margin names what was thrown, and a trace goes on right behind it: Java's, .NET's or Node's.
pub(super) fn is_thrown<'a>(line: Line<'_>, behind: impl FnOnce() -> Line<'a>) -> bool {
    (is_exception(line) || is_named_by_module(line)) && is_under_thrown(behind())
}

/// Whether a line is what a program says last, when it crashes: no time stands before it, and it belongs to no entry that had
/// one. What Python says is not among these: its traces stand below the entry that tells of them.
pub(super) fn is_of_crash(line: Line<'_>) -> bool {
    !line.is_indented() && (is_go_panic(line) || is_panic(line) || UNCAUGHT.iter().any(|opening| line.begins(opening)))
}

/// Whether [`level`] has to be asked about the lines of `text`: most entries have but one, and few begin like a crash,
/// with a colour or with a byte order mark.
pub(super) fn may_have_level(text: &[u8]) -> bool {
    let begins_apart = matches!(text.first(), Some(b'E' | b'T' | b'U' | b'f' | b'p' | b't' | 0x1b | 0xef));
    begins_apart || memchr::memchr(b'\n', text).is_some()
}

/// The level of an entry of these lines, where they begin as a crash or as a trace. Two are looked at, behind empty ones.
pub(super) fn level<'a>(lines: impl Iterator<Item = Line<'a>>) -> Option<Level> {
    let mut lines = lines.skip_while(|line| line.is_blank());
    let line = lines.next().filter(|line| !line.is_indented())?;
    let mut behind = || lines.next().unwrap_or_default();
    if is_of_crash(line) || is_script_place(line) && !behind().is_blank() {
        return Some(Level::Fatal);
    }
    (line.begins(TRACEBACK) || is_thrown(line, behind)).then_some(Level::Error)
}

/// Whether an empty line between these two stands inside a trace, which goes on below.
pub(super) fn bridges(above: Line<'_>, below: Line<'_>) -> bool {
    !above.is_blank() && BRIDGES.iter().any(|(says_above, says)| says_above(above) && says(below))
}

/// How Python begins a trace.
const TRACEBACK: &[u8] = b"Traceback (most recent call last):";

/// What Java and .NET say of an exception that nobody caught.
const UNCAUGHT: [&[u8]; 3] = [b"Exception in thread \"", b"Unhandled exception. ", b"Unhandled Exception:"];

/// What lines that are not indented begin with.
const OPENINGS: [&[u8]; 22] = [
    // Java and .NET.
    b"Caused by:",
    b"Wrapped by: ",
    b"Suppressed: ",
    b"... ",
    b"--- End of ",
    // Rust.
    b"stack backtrace:",
    b"Stack backtrace:",
    b"note: run with `RUST_BACKTRACE",
    b"note: Some details are omitted",
    // Python: traces, what asyncio says before one, and what SQLAlchemy says behind one.
    TRACEBACK,
    b"During handling of the above exception, another exception occurred:",
    b"The above exception was the direct cause of the following exception:",
    b"future: <",
    b"task: <",
    b"handle: <",
    b"source_traceback: ",
    b"[SQL: ",
    b"[parameters: ",
    b"(Background on this error at: ",
    // PHP.
    b"Stack trace:",
    b"PHP Stack trace:",
    // Node.
    b"Require stack:",
];

/// Which bytes those begin with: most lines of a log are told by their first one.
const OPENING_BYTES: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut at = 0;
    while at < OPENINGS.len() {
        bytes[OPENINGS[at][0] as usize] = true;
        at += 1;
    }
    bytes
};

/// What other lines that are not indented look like.
const ALONE: [Says; 3] = [is_goroutine, is_ruby_frame, is_caret];

/// A line before, and the line that belongs to it.
const FOLLOWS: [(Says, Says); 14] = [
    (|before| before.is_indented(), is_exception),
    (is_python_frame, is_named_by_module),
    (|before| before.is_indented() && before.begins(b"from "), is_ruby_error),
    (is_panic_header, |line| !line.is_blank()),
    (is_goroutine, is_go_call),
    (is_go_frame, is_go_call),
    (is_go_frame, |line| line.begins(b"exit status ") || is_go_frame(line)),
    (is_go_panic, |line| line.begins(b"[signal ")),
    (|before| before.text == b"Stack trace:", is_numbered),
    (is_numbered, is_numbered),
    (|before| before.text == b"Require stack:" || before.begins(b"- "), |line| line.begins(b"- ")),
    (is_script_place, |line| !line.is_blank()),
    (is_jul_head, is_jul_message),
    (is_logcat_head, |line| !line.is_blank()),
];

/// What stands above an empty line, and what below it.
const BRIDGES: [(Says, Says); 9] = [
    (|_| true, is_chained),
    (is_chained, |below| below.begins(TRACEBACK) || below.begins(b"+ Exception Group ")),
    (|_| true, is_goroutine),
    (is_go_panic, |below| below.text == b"runtime stack:"),
    (is_caret, is_exception),
    (|above| above.text == b"}" || above.is_indented(), |below| below.begins(b"Node.js v")),
    (is_numbered, |below| below.begins(b"Next ")),
    (|_| true, |below| below.text == b"Caused by:" || below.text == b"Stack backtrace:"),
    (|_| true, is_ruby_frame),
];

/// What stands between the traces of chained exceptions in Python.
fn is_chained(line: Line<'_>) -> bool {
    line.begins(b"During handling of the above exception, ")
        || line.begins(b"The above exception was the direct cause ")
}

/// Whether the line names an exception, as the end of a trace in Python and its beginning in Java and Node do: `ValueError: x`.
pub(super) fn is_exception(line: Line<'_>) -> bool {
    const ENDS: [&[u8]; 6] = [b"Error", b"Exception", b"Warning", b"Interrupt", b"Exit", b"Iteration"];
    let (name, behind) = split_name(line);
    (matches!(behind.first(), None | Some(b':')) || behind.starts_with(b" ["))
        && ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether the line names an exception by its module, whatever it is called: `queue.Empty`.
fn is_named_by_module(line: Line<'_>) -> bool {
    let (name, behind) = split_name(line);
    let class = || memchr::memrchr(b'.', name).and_then(|dot| name.get(dot + 1));
    matches!(behind.first(), None | Some(b':')) && class().is_some_and(u8::is_ascii_uppercase)
}

/// Whether the line may stand right below what was thrown: a frame, what .NET says of its cause, or Node of a module that it has
/// not found.
fn is_under_thrown(line: Line<'_>) -> bool {
    line.is_indented() && (line.begins(b"at ") || line.begins(b"---> ")) || line.text == b"Require stack:"
}

/// The name that a line begins with, and what stands behind it.
fn split_name(line: Line<'_>) -> (&[u8], &[u8]) {
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$');
    line.text.split_at(line.text.iter().take_while(is_of_name).count())
}

/// Whether the line may be the last one above the name of an exception in a trace of Python: a place, its source, or a mark
/// below that.
fn is_python_frame(line: Line<'_>) -> bool {
    let is_source = line.indent == 4 && !line.begins(b"at ");
    is_source || line.indent == 2 && (line.begins(b"File ") || line.begins(b"[Previous line")) || is_caret(line)
}

/// Whether the line points at a place in the line before it.
fn is_caret(line: Line<'_>) -> bool {
    !line.is_blank() && line.text.iter().all(|byte| matches!(byte, b'^' | b'~'))
}

/// Whether the line says where a thread of Rust panicked.
fn is_panic(line: Line<'_>) -> bool {
    line.begins(b"thread '") && line.has(b" panicked at ")
}

/// The same where what it said follows on a line of its own.
fn is_panic_header(line: Line<'_>) -> bool {
    is_panic(line) && line.text.ends_with(b":")
}

/// Whether the line says why a program in Go ends.
fn is_go_panic(line: Line<'_>) -> bool {
    line.begins(b"panic: ") || line.begins(b"fatal error: ")
}

/// Whether the line begins the trace of a goroutine, or of Go's runtime itself.
fn is_goroutine(line: Line<'_>) -> bool {
    line.begins(b"goroutine ") && line.text.ends_with(b"]:")
}

/// Whether the line is a call in a trace of Go, which stands at the margin.
fn is_go_call(line: Line<'_>) -> bool {
    let name_end = line.text.iter().position(|byte| matches!(byte, b' ' | b'('));
    line.begins(b"created by ")
        || line.text.ends_with(b")") && name_end.is_some_and(|end| end > 0 && line.text[end] == b'(')
}

/// Whether the line is the place of a call in a trace of Go.
fn is_go_frame(line: Line<'_>) -> bool {
    let is_elided = line.text.ends_with(b"frames elided...");
    is_elided || line.is_indented() && (line.begins(b"/") || line.begins(b"<autogenerated>:") || line.has(b".go:"))
}

/// Whether the line is a frame of Ruby as Rails writes them: a place, and in quotes what runs there.
fn is_ruby_frame(line: Line<'_>) -> bool {
    line.text.ends_with(b"'") && is_ruby_place(line)
}

/// Whether the line is what a trace of Ruby begins with; its cause stands below the frames.
fn is_ruby_error(line: Line<'_>) -> bool {
    line.text.ends_with(b")") && is_ruby_place(line)
}

fn is_ruby_place(line: Line<'_>) -> bool {
    let place = memmem::find(line.text, b":in ").map(|end| &line.text[..end]);
    place.is_some_and(|place| ends_in_number(place) && !place.contains(&b' '))
}

/// Whether the line is a frame with its number: PHP's and those of debuggers.
fn is_numbered(line: Line<'_>) -> bool {
    let digits = line.text.strip_prefix(b"#").unwrap_or_default();
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    count > 0 && digits.get(count) == Some(&b' ')
}

/// Whether the line is the first of the two that Java's own logger writes: `Nov 23, 2026 10:00:00 AM a.b.C method`.
fn is_jul_head(line: Line<'_>) -> bool {
    let shapes: [&[u8]; 2] = [b"AAA 9, 9999 ", b"AAA 99, 9999 "];
    line.text.get(3) == Some(&b' ') && shapes.iter().any(|shape| line.looks(shape)) && line.has(b"M ")
}

/// Whether the line is the second one: `INFO: text`.
fn is_jul_message(line: Line<'_>) -> bool {
    let level = line.text.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    level > 2 && line.text[level..].starts_with(b": ")
}

/// Whether the line is what `logcat -v long` writes above a message: `[ 11-23 10:00:00.123  1234: 5678 I/Tag ]`.
fn is_logcat_head(line: Line<'_>) -> bool {
    line.looks(b"[ 99-99 99:99:99.") && line.text.ends_with(b"]")
}

/// Whether the line is the place in a script that Node is about to show: `/app/index.js:3`.
fn is_script_place(line: Line<'_>) -> bool {
    const SCRIPTS: [&[u8]; 5] = [b".js:", b".mjs:", b".cjs:", b".ts:", b"node:"];
    !line.is_indented()
        && ends_in_number(line.text)
        && !line.text.contains(&b' ')
        && SCRIPTS.iter().any(|script| line.has(script))
}

/// Whether a place ends in the number of a line: `:3`.
fn ends_in_number(place: &[u8]) -> bool {
    let digits = place.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && place[..place.len() - digits].ends_with(b":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::lines;

    #[test]
    fn a_crash_is_fatal_and_a_trace_of_its_own_is_an_error() {
        for (text, expected) in [
            ("Exception in thread \"main\" java.lang.Error: x", Some(Level::Fatal)),
            ("Unhandled exception. System.Exception: x\n   at Shop.Main()", Some(Level::Fatal)),
            ("Unhandled Exception:\nSystem.Exception: x", Some(Level::Fatal)),
            ("panic: x", Some(Level::Fatal)),
            ("fatal error: x", Some(Level::Fatal)),
            ("thread 'main' panicked at a.rs:1:1:\nx", Some(Level::Fatal)),
            ("/app/index.js:3\n    throw x;\n    ^", Some(Level::Fatal)),
            ("Traceback (most recent call last):", Some(Level::Error)),
            ("\x1b[31mTraceback (most recent call last):\x1b[0m", Some(Level::Error)),
            ("\n\njava.lang.Error: x\n\tat A.b(A.java:1)", Some(Level::Error)),
            ("com.example.Shop$Missing\r\n\tat A.b(A.java:1)\r", Some(Level::Error)),
            ("Error: x\nRequire stack:", Some(Level::Error)),
            ("/app/index.js:3", None),
            ("java.lang.Error: x", None),
            ("java.lang.Error: x\nat home", None),
            ("an Error: x\n    at home", None),
            ("  Traceback (most recent call last):", None),
            ("Exceptions in threads", None),
            ("\n", None),
            ("", None),
        ] {
            let asked = level(lines::forward(text.as_bytes()).map(|line| Line::of(line.text)));
            assert_eq!(asked, expected, "{text}");
            assert!(asked.is_none() || may_have_level(text.as_bytes()), "{text} is not asked about");
        }
    }
}

//! Which lines belong to the entry before them: stack traces, indented lines, JSON spread over lines.
//!
//! The question is asked of a line and the one before it, never of more, so that any place of a file can be asked.

use super::held::Held;

/// Whether a line of a container carries on the one before: both were one line to the program, or what they hold is a
/// stack trace or the like. A line that holds none begins an entry.
pub(super) fn continues_held(line: Option<Held<'_>>, before: Option<Held<'_>>) -> bool {
    let (Some(line), Some(before)) = (line, before) else { return false };
    !before.is_whole || line.is_indented || looks_continued(line.text, before.text)
}

/// Whether a line carries on what stands before it by its look alone, whatever its format.
pub(super) fn looks_continued(line: &[u8], before: &[u8]) -> bool {
    match line.first() {
        None => false,
        Some(b' ' | b'\t') => !line.trim_ascii().is_empty(),
        Some(b'}' | b']') => matches!(line.trim_ascii_end(), b"}" | b"]" | b"}," | b"],"),
        Some(_) => {
            OPENINGS.iter().any(|opening| line.starts_with(opening))
                || ends_trace(line, before)
                || is_go_frame(line, before)
                || is_panic_header(before)
        }
    }
}

/// What lines of stack traces begin with that are not indented: Java, .NET, Node, Python, Rust.
const OPENINGS: [&[u8]; 10] = [
    b"Caused by: ",
    b"Suppressed: ",
    b"... ",
    b"--- End of ",
    b"stack backtrace:",
    b"note: run with `RUST_BACKTRACE",
    b"note: Some details are omitted",
    b"Traceback (most recent call last):",
    b"During handling of the above exception, another exception occurred:",
    b"The above exception was the direct cause of the following exception:",
];

/// Whether the line names the exception at the end of a Python trace: not indented, behind indented lines.
fn ends_trace(line: &[u8], before: &[u8]) -> bool {
    if !matches!(before.first(), Some(b' ' | b'\t')) {
        return false;
    }
    let length = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')).count();
    let (name, behind) = line.split_at(length);
    let is_exception = [&b"Error"[..], b"Exception", b"Warning", b"Interrupt", b"Exit", b"Iteration"];
    matches!(behind.first(), None | Some(b':')) && is_exception.iter().any(|end| name.ends_with(end))
}

/// Whether the line says where a thread of Rust panicked; what it said follows on a line of its own.
fn is_panic_header(line: &[u8]) -> bool {
    line.starts_with(b"thread '") && line.ends_with(b":") && memchr::memmem::find(line, b" panicked at ").is_some()
}

/// Whether the line is a frame of a Go trace, whose calls stand at the margin, or what leads to one.
fn is_go_frame(line: &[u8], before: &[u8]) -> bool {
    let is_goroutine = |line: &[u8]| line.starts_with(b"goroutine ") && line.ends_with(b"]:");
    if is_goroutine(line) {
        return true;
    }
    let is_call = line.ends_with(b")") && !line.contains(&b' ') || line.starts_with(b"created by ");
    is_call && (is_goroutine(before) || before.starts_with(b"\t/") || before.starts_with(b"panic("))
}

//! Parts of lines with a grammar of their own: syslog's tag and structured data, the spans of Rust's tracing.

use crate::log::entry::Value;
use crate::log::text::Text;

use super::super::pairs::{self, typed};
use super::super::roles::Found;
use super::compile::Target;
use super::kinds::{Kind, is_blank};
use super::matching::Match;

/// The longest tag of syslog that is looked for.
const TAG_BYTES_MAX: usize = 96;

impl Match<'_, '_> {
    /// `app[123]:`, `kernel:`, `syslogd 1.4.1:`, and the blank behind it; a text without such a tag is all message.
    pub(super) fn tag(&mut self) {
        let rest = self.rest();
        let window = &rest[..rest.len().min(TAG_BYTES_MAX)];
        let mut blanks = 0;
        let mut open = None;
        for (at, byte) in window.iter().enumerate() {
            match byte {
                b'[' => open = Some(at),
                b' ' => blanks += 1,
                b':' if window.get(at + 1).is_none_or(|next| is_blank(*next)) && at > 0 => {
                    let head = &window[..at];
                    let pid_at = open.filter(|_| head.last() == Some(&b']'));
                    let app = &head[..pid_at.unwrap_or(at)];
                    self.put(Target::Field("app"), app, Value::Text(Text::plain(app)));
                    if let Some(pid_at) = pid_at {
                        let pid = &head[pid_at + 1..at - 1];
                        self.put(Target::Field("pid"), pid, typed(pid));
                    }
                    self.at += at + 1 + usize::from(at + 1 < window.len());
                    return;
                }
                _ => {}
            }
            if blanks > 1 {
                return;
            }
        }
    }

    /// `-`, or `[id name="value" ...][...]`.
    pub(super) fn structured_data(&mut self) -> Option<()> {
        if self.rest().starts_with(b"-") {
            self.at += 1;
            return Some(());
        }
        self.rest().starts_with(b"[").then_some(())?;
        while self.rest().starts_with(b"[") {
            self.at += 1;
            let id = self.take_while(|byte| !matches!(byte, b' ' | b']' | b'=' | b'"'))?;
            let object = self.entry.fields.open(Text::plain(id), Value::Object);
            loop {
                self.skip_blanks();
                if self.rest().starts_with(b"]") {
                    break;
                }
                let name = self.take_while(|byte| !matches!(byte, b' ' | b']' | b'=' | b'"'))?;
                self.literal(b"=")?;
                let text = self.quoted()?;
                self.entry.fields.push(Text::plain(name), Value::Text(text));
            }
            self.entry.fields.close(object);
            self.at += 1;
        }
        Some(())
    }

    /// The spans of Rust's tracing before the target: `request{id=5 method=GET}:body{}: `. They become objects.
    pub(super) fn spans(&mut self) -> Option<()> {
        // Most lines have none, and one look over the line says so.
        while memchr::memchr(b'{', self.rest()).is_some() {
            let from = self.at;
            let Some(name) = self.take_kind(Kind::Path) else { return Some(()) };
            self.skip_colours();
            if !self.rest().starts_with(b"{") {
                self.at = from;
                return Some(());
            }
            self.at += 1;
            let close = memchr::memchr(b'}', self.rest()).map(|at| self.at + at)?;
            let inside = &self.text[self.at..close];
            let object = self.entry.fields.open(Text::plain(name), Value::Object);
            pairs::inside(inside, &mut self.entry.fields, &mut Found::default());
            self.entry.fields.close(object);
            self.at = close + 1;
            self.literal(b":")?;
            // Behind the last span stands a blank, before the next one none.
            let _ = self.blanks();
        }
        Some(())
    }
}

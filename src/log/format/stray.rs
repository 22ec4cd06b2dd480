//! Lines of another program among those of a format: objects of JSON, logfmt, klog's and access lines, where they say their
//! own time. Such a line begins an entry wherever it stands, and is read as what it is.
//!
//! Asked only of lines that do not fit the format: a byte or two tell most of those from what is meant here.

use std::sync::LazyLock;

use crate::log::entry::Fields;

use super::format::Format;
use super::roles::Found;
use super::{json, pairs, registry};

struct Strays {
    json: &'static Format,
    logfmt: &'static Format,
    glog: &'static Format,
    /// The particular before the general.
    access: [&'static Format; 2],
}

static STRAYS: LazyLock<Strays> = LazyLock::new(|| {
    let named = |name| registry::find(name).expect("it is built in");
    Strays {
        json: named("json"),
        logfmt: named("logfmt"),
        glog: named("glog"),
        access: [named("combined"), named("common")],
    }
});

/// What a line of logfmt begins with where it says when it was written.
const LOGFMT_KEYS: [&[u8]; 5] = [b"time=", b"ts=", b"timestamp=", b"level=", b"lvl="];

/// The format that a line has whatever those around it have. It is the same for a line and for what begins with it.
pub(super) fn format(line: &[u8]) -> Option<&'static Format> {
    match line {
        [b'{', ..] => {
            let mut found = Found::default();
            let end = json::skim(line, &mut found)?;
            (found.has_time() && line[end..].trim_ascii().is_empty()).then(|| STRAYS.json)
        }
        [b'I' | b'W' | b'E' | b'F', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', ..] => {
            Some(STRAYS.glog).filter(|format| format.begins(line))
        }
        [b'l' | b't', ..] if LOGFMT_KEYS.iter().any(|key| line.starts_with(key)) => {
            let (mut fields, mut found) = (Fields::default(), Found::default());
            let counted = pairs::line(line, &mut fields, &mut found)?;
            (found.has_time() && counted.words <= counted.pairs).then(|| STRAYS.logfmt)
        }
        // An access line begins with an address: `10.0.0.1 - - [`, `::1 - ann [`.
        [b'0'..=b'9' | b'a'..=b'f' | b':', ..] if has_bracket_after_blanks(line) => {
            STRAYS.access.into_iter().find(|format| format.begins(line))
        }
        _ => None,
    }
}

/// Whether a bracket opens behind the third blank.
fn has_bracket_after_blanks(line: &[u8]) -> bool {
    let blank = memchr::memchr_iter(b' ', &line[..line.len().min(256)]).nth(2);
    blank.is_some_and(|blank| line.get(blank + 1) == Some(&b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(line: &str) -> Option<&'static str> {
        format(line.as_bytes()).map(Format::name)
    }

    #[test]
    fn a_line_that_says_its_own_time_is_told_by_itself() {
        assert_eq!(name(r#"{"time":"2026-03-01T10:00:04Z","level":"error","msg":"boom"}"#), Some("json"));
        assert_eq!(name(r#"time=2026-03-01T10:00:04Z level=error msg="boom""#), Some("logfmt"));
        assert_eq!(name("level=error ts=2026-03-01T10:00:04Z msg=boom"), Some("logfmt"));
        assert_eq!(name("E0301 10:00:04.123456       1 main.go:7] boom"), Some("glog"));
        assert_eq!(name(r#"10.0.0.1 - - [01/Mar/2026:10:00:04 +0000] "GET / HTTP/1.1" 500 17"#), Some("common"));
        assert_eq!(
            name(r#"::1 - a [01/Mar/2026:10:00:04 +0000] "GET / HTTP/1.1" 500 17 "-" "curl""#),
            Some("combined")
        );
    }

    #[test]
    fn what_may_belong_to_an_entry_is_left_to_it() {
        for line in [
            r#"{"level":"error","msg":"no time"}"#,
            r#"{"time":"2026-03-01T10:00:04Z"} and words"#,
            r#"{"time":"2026-03-01T10:00:04Z","#,
            "level=error msg=boom",
            "time=2026-03-01T10:00:04Z and many words that are no pairs at all",
            "E0301 is a code",
            "10.0.0.1 is - [an address]",
            "    at a.b.C(D.java:1)",
            "{",
            "",
        ] {
            assert_eq!(name(line), None, "{line}");
        }
    }
}

//! How serious an entry says it is.
//!
//! [`detect`] is a first, cheap guess from the beginning of a line: it reads no whole format and never fails. It trusts,
//! in this order: what a line begins with (`<11>`, `E0131 `), then the first word that stands like a level (`ERROR`,
//! `[warn]`, `level=info`), then a word that opens the message (`error: ...`). Prose is not trusted: `0 errors` has no
//! level. The server counts gaps with it; rows have the level that their source's format says.

mod words;

use words::{OPENINGS, Standing, WORD_BYTES_MAX, Word};

/// The six levels, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Finest detail.
    Trace,
    /// For developers.
    Debug,
    /// Normal work.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
    /// The program cannot go on.
    Fatal,
}

impl Level {
    /// How many levels there are.
    pub const COUNT: usize = 6;
    /// All levels, in rising order.
    pub const ALL: [Self; Self::COUNT] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The place of a level in counts of entries by level: behind all levels, that of having none.
    #[must_use]
    pub fn place(level: Option<Self>) -> usize {
        level.map_or(Self::COUNT, |level| level as usize)
    }

    /// The level's name in lower case.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// Reads a level's name as programs write it, in any case: `warn`, `WARNING`, `Notice`, `crit`, `INF`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::from_word_bytes(word.as_bytes())
    }

    /// [`Level::from_word`] of bytes that need not be UTF-8.
    pub(crate) fn from_word_bytes(word: &[u8]) -> Option<Self> {
        let word = Word::of(word)?;
        matches!(word.standing, Standing::Anywhere | Standing::Short).then_some(word.level)
    }

    /// The level of a syslog severity, 0 (emergency) to 7 (debug).
    #[must_use]
    pub const fn from_severity(severity: u8) -> Option<Self> {
        match severity {
            0..=2 => Some(Self::Fatal),
            3 => Some(Self::Error),
            4 => Some(Self::Warn),
            5 | 6 => Some(Self::Info),
            7 => Some(Self::Debug),
            _ => None,
        }
    }

    /// Reads the word that stands where a format has its level: every name that [`Level::from_word`] knows, and those that
    /// are levels only there: `LOG`, `Note`, `fine`, `failure`, `W`, `D2`.
    #[must_use]
    pub fn from_column(word: &[u8]) -> Option<Self> {
        if let [letter] | [letter, b'0'..=b'9'] = *word {
            return from_letter(letter.to_ascii_uppercase());
        }
        Word::of(word)
            .filter(|word| !matches!(word.standing, Standing::Key | Standing::Panicked | Standing::Unmistaken))
            .map(|word| word.level)
    }

    /// The same where the format is told by its other columns, so that the word can be nothing else: `System` too.
    pub(crate) fn from_sure_column(word: &[u8]) -> Option<Self> {
        let unmistaken = || Word::of(word).filter(|word| word.standing == Standing::Unmistaken).map(|word| word.level);
        Self::from_column(word).or_else(unmistaken)
    }

    /// The level of a bunyan or pino number: 10 (trace), 20, ... 60 (fatal), and what lies between.
    #[must_use]
    pub const fn from_bunyan(number: u32) -> Option<Self> {
        match number {
            10..20 => Some(Self::Trace),
            20..30 => Some(Self::Debug),
            30..40 => Some(Self::Info),
            40..50 => Some(Self::Warn),
            50..60 => Some(Self::Error),
            60..=100 => Some(Self::Fatal),
            _ => None,
        }
    }
}

/// How many bytes of a line are looked at.
const WINDOW_BYTES: usize = 256;
/// The same for JSON, where the level may come late but its key is unmistakable.
const JSON_WINDOW_BYTES: usize = 512;

/// Returns the level that a line seems to state.
///
/// # Complexity
/// Reads at most the first 256 bytes (512 of a line of JSON), eight at a time.
#[must_use]
pub fn detect(line: &[u8]) -> Option<Level> {
    let is_json = line.starts_with(b"{\"");
    let window = &line[..line.len().min(if is_json { JSON_WINDOW_BYTES } else { WINDOW_BYTES })];
    if memchr::memchr(0x1b, window).is_none() {
        return detect_in(window, is_json);
    }
    let mut plain = [0; JSON_WINDOW_BYTES];
    let length = copy_without_colours(window, &mut plain);
    detect_in(&plain[..length], plain.starts_with(b"{\""))
}

fn detect_in(text: &[u8], is_json: bool) -> Option<Level> {
    if let Some(level) = from_head(text) {
        return Some(level);
    }
    // Docker wraps any line in JSON: what counts is the line inside.
    let is_json = is_json && !text.starts_with(b"{\"log\":\"");
    let mut likely = None;
    for start in WordStarts::new(text) {
        match judge(text, start, is_json) {
            Verdict::Sure(level) => return Some(level),
            Verdict::Likely(level) => likely = likely.or(Some(level)),
            Verdict::Nothing => {}
        }
    }
    likely
}

/// Reads what only the first bytes of a line can say: a syslog priority, a glog or klog letter, a logcat letter.
fn from_head(text: &[u8]) -> Option<Level> {
    match *text {
        [b'<', ref rest @ ..] => {
            let (number, length) = leading_number(rest);
            (length > 0 && length <= 3 && number <= 191 && rest.get(length) == Some(&b'>'))
                .then(|| Level::from_severity((number & 7) as u8))?
        }
        [letter, a, b, c, d, b' ', ..] if [a, b, c, d].iter().all(u8::is_ascii_digit) => from_letter(letter),
        [letter, b'/' | b':', b' ' | b'A'..=b'Z' | b'a'..=b'z', ..] => {
            // `E/Tag` is logcat, `E: text` is apt; `C:\` and `a:b` are neither.
            let is_apt = text[1] == b':' && text[2] == b' ' && matches!(letter, b'E' | b'W' | b'N');
            let is_logcat = text[1] == b'/' && memchr::memchr(b':', &text[..text.len().min(48)]).is_some();
            (is_apt || is_logcat).then(|| from_letter(letter))?
        }
        _ => None,
    }
}

const fn from_letter(letter: u8) -> Option<Level> {
    match letter {
        b'V' | b'T' => Some(Level::Trace),
        b'D' => Some(Level::Debug),
        b'I' | b'N' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        b'E' => Some(Level::Error),
        b'F' | b'C' => Some(Level::Fatal),
        _ => None,
    }
}

/// What a word at its place says.
enum Verdict {
    Sure(Level),
    Likely(Level),
    Nothing,
}

/// Judges the word that begins at `start` by how it is written and what stands around it.
fn judge(text: &[u8], start: usize, is_json: bool) -> Verdict {
    let Some(end) = word_end(text, start) else { return Verdict::Nothing };
    let bytes = &text[start..end];
    let Some(word) = Word::of(bytes) else { return Verdict::Nothing };
    if word.standing == Standing::Key {
        return from_value(&text[end..], bytes).map_or(Verdict::Nothing, Verdict::Sure);
    }
    if is_json {
        return Verdict::Nothing;
    }
    let before = start.checked_sub(1).map(|at| text[at]);
    let after = text.get(end).copied();
    let is_upper = bytes.iter().all(|byte| !byte.is_ascii_lowercase());
    match word.standing {
        Standing::Column | Standing::Unmistaken => Verdict::Nothing,
        _ if is_bracketed(text, start, end) => Verdict::Sure(word.level),
        Standing::Bracketed | Standing::Key => Verdict::Nothing,
        Standing::BeforeColon if is_upper && after == Some(b':') => Verdict::Sure(word.level),
        Standing::BeforeColon => Verdict::Nothing,
        Standing::Panicked => Verdict::Likely(Level::Fatal),
        Standing::Anywhere | Standing::Short if is_upper => {
            let opens = match before {
                Some(b'-') => start < 2 || !text[start - 2].is_ascii_alphabetic(),
                other => !matches!(other, Some(b'/' | b'.' | b'\\' | b'$' | b'%' | b'@' | b'&' | b'?' | b'+')),
            };
            let closes = !matches!(after, Some(b'=' | b'.' | b'\\' | b'(' | b'@'));
            if opens && closes { Verdict::Sure(word.level) } else { Verdict::Nothing }
        }
        // zap and its kin write columns between tabs.
        _ if before == Some(b'\t') && after == Some(b'\t') => Verdict::Sure(word.level),
        _ if opens_message(text, start, end) => Verdict::Likely(word.level),
        _ => Verdict::Nothing,
    }
}

/// Whether the word stands alone in brackets: `[warn]`, `[ info ]`, `[core:error]`, and `<warn> ` as NetworkManager writes.
fn is_bracketed(text: &[u8], start: usize, end: usize) -> bool {
    let open = text[..start].iter().rposition(|&byte| byte != b' ');
    let close = text[end..].iter().position(|&byte| byte != b' ').map(|at| end + at);
    let (Some(open), Some(close)) = (open, close) else { return false };
    match (text[open], text[close]) {
        (b'[', b']') => true,
        (b':', b']') => open + 1 == start && memchr::memrchr(b'[', &text[..open]).is_some(),
        (b'<', b'>') => text.get(close + 1) == Some(&b' '),
        _ => false,
    }
}

/// Whether a word that is not in capitals opens the message: `error: x`, `tool: warning: x`, `... 10:00:00Z info x`.
fn opens_message(text: &[u8], start: usize, end: usize) -> bool {
    let ahead = text[..start].trim_ascii_end();
    let is_apart = start == 0 || ahead.len() < start;
    let ends_in_colon =
        text.get(end) == Some(&b':') || (text.get(end) == Some(&b'[') && text.get(end + 1) == Some(&b'E'));
    if !is_apart {
        return false;
    }
    if ends_in_colon {
        let is_capital = text[start].is_ascii_uppercase();
        return matches!(ahead.last(), None | Some(b':' | b']' | b')' | b'|' | b'-' | b'>'))
            || is_capital
            || is_time(ahead);
    }
    text.get(end).is_some_and(u8::is_ascii_whitespace) && is_time(ahead)
}

/// Whether the last word of `ahead` looks like a time of day.
fn is_time(ahead: &[u8]) -> bool {
    let word = &ahead[memchr::memrchr2(b' ', b'\t', ahead).map_or(0, |at| at + 1)..];
    let is_clock = word.iter().filter(|&&byte| byte == b':').count() >= 2;
    is_clock && word.last().is_some_and(|&byte| byte.is_ascii_digit() || byte == b'Z')
}

/// Reads the value behind a key such as `level`: `=warn`, `":"error"`, `": 30`.
fn from_value(behind: &[u8], key: &[u8]) -> Option<Level> {
    let behind = behind.strip_prefix(b"\"").unwrap_or(behind).trim_ascii_start();
    let value = behind.strip_prefix(b"=").or_else(|| behind.strip_prefix(b":"))?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let (number, digits) = leading_number(value);
    if digits > 0 {
        // A journal's PRIORITY and a syslog severity count down from 7; bunyan's levels count up in tens.
        let counts_down = matches!(key.first(), Some(b'p' | b'P' | b's' | b'S'));
        return match number {
            0..=7 if counts_down && digits == 1 => Level::from_severity(number as u8),
            number if digits >= 2 => Level::from_bunyan(number),
            _ => None,
        };
    }
    let end = word_end(value, 0)?;
    let word = &value[..end];
    match *word {
        [letter] => from_letter(letter.to_ascii_uppercase()),
        _ => Word::of(word)
            .filter(|word| !matches!(word.standing, Standing::Key | Standing::Unmistaken))
            .map(|word| word.level),
    }
}

/// The number that `text` begins with and how many digits it has; stops at four.
fn leading_number(text: &[u8]) -> (u32, usize) {
    let mut number = 0;
    let mut digits = 0;
    while let Some(digit) = text.get(digits).filter(|byte| byte.is_ascii_digit() && digits < 4) {
        number = number * 10 + u32::from(digit - b'0');
        digits += 1;
    }
    (number, digits)
}

const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Behind the last byte of the word at `start`, or `None` where the word is too long to be known.
fn word_end(text: &[u8], start: usize) -> Option<usize> {
    let length = text[start..].iter().take(WORD_BYTES_MAX + 1).take_while(|&&byte| is_word_byte(byte)).count();
    (1..=WORD_BYTES_MAX).contains(&length).then_some(start + length)
}

/// The places where words begin that could be known, found eight bytes at a time.
struct WordStarts<'a> {
    text: &'a [u8],
    /// Where the next group of eight begins.
    next: usize,
    /// The starts left in the group before, one bit each.
    starts: u32,
    /// Whether the last byte of the group before belongs to a word.
    in_word: u32,
}

impl<'a> WordStarts<'a> {
    const fn new(text: &'a [u8]) -> Self {
        Self { text, next: 0, starts: 0, in_word: 0 }
    }
}

impl Iterator for WordStarts<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            while self.starts != 0 {
                let at = self.next - 8 + self.starts.trailing_zeros() as usize;
                self.starts &= self.starts - 1;
                if let Some(&[first, second]) = self.text.get(at..at + 2)
                    && OPENINGS[usize::from(first & 31)] >> (second & 31) & 1 == 1
                {
                    return Some(at);
                }
            }
            let rest = self.text.get(self.next..).filter(|rest| !rest.is_empty())?;
            let group = rest.first_chunk().copied().unwrap_or_else(|| {
                let mut group = [b' '; 8];
                group[..rest.len()].copy_from_slice(rest);
                group
            });
            let word = word_bits(u64::from_le_bytes(group));
            self.starts = word & !(word << 1 | self.in_word) & 0xff;
            self.in_word = word >> 7;
            self.next += 8;
        }
    }
}

/// One bit for each of eight bytes: whether it belongs to a word.
const fn word_bits(group: u64) -> u32 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    // With the high bit of each byte cleared, adding cannot carry into the next byte: the high bit of a sum then says
    // whether the byte was at least `128 - addend`.
    let low = group & !HIGH;
    let folded = low | (0x20 * ONES);
    let letter = (folded + (0x80 - b'a' as u64) * ONES) & !(folded + (0x80 - b'{' as u64) * ONES);
    let digit = (low + (0x80 - b'0' as u64) * ONES) & !(low + (0x80 - b':' as u64) * ONES);
    let underscore = !((low ^ (b'_' as u64 * ONES)) + 0x7f * ONES);
    let word = (letter | digit | underscore | group) & HIGH;
    ((word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

/// Copies `text` without its escape sequences for colour and style and returns the length.
fn copy_without_colours(text: &[u8], out: &mut [u8]) -> usize {
    let mut length = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at] == 0x1b && text.get(at + 1) == Some(&b'[') {
            let body = &text[at + 2..];
            let end = body.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'));
            if let Some(end) = end.filter(|&end| body[end].is_ascii_alphabetic()) {
                at += 2 + end + 1;
                continue;
            }
        }
        out[length] = text[at];
        length += 1;
        at += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_reads_its_own_word() {
        for level in Level::ALL {
            assert_eq!(Level::from_word(level.word()), Some(level));
            assert_eq!(Level::from_word(&level.word().to_uppercase()), Some(level));
        }
        for word in ["", "errors", "level", "note", "an extraordinarily long word"] {
            assert_eq!(Level::from_word(word), None, "{word}");
        }
    }

    #[test]
    fn lines_of_real_programs_have_the_level_that_they_state() {
        use Level::{Debug, Error, Fatal, Info, Trace, Warn};
        let table: &[(&str, Option<Level>)] = &[
            // dpkg and apt
            ("2026-05-20 10:00:00 status installed libc6:amd64 2.36-9", None),
            ("2026-05-20 10:00:00 install libwarn-error-perl:all <none> 1.0", None),
            ("E: Unable to locate package frereth", Some(Error)),
            ("W: Some index files failed to download.", Some(Warn)),
            ("dpkg: error processing package foo (--configure):", None),
            ("dpkg: warning: files list file for package 'x' missing", Some(Warn)),
            // syslog, kernel, systemd
            ("<11>Nov 23 04:18:19 host app[1]: disk full", Some(Error)),
            ("<191>Nov 23 04:18:19 host app[1]: fine detail", Some(Debug)),
            ("<3>usb 1-1: device descriptor read/64", Some(Error)),
            ("<999>not a priority", None),
            ("Nov 23 04:18:19 host systemd[1]: Started Daily apt download activities.", None),
            ("Nov 23 04:18:19 host kernel: [    0.1] ACPI Error: AE_NOT_FOUND", Some(Error)),
            ("Nov 23 04:18:19 host NetworkManager[700]: <info>  [1700.1] manager: startup", Some(Info)),
            ("Nov 23 04:18:19 host NetworkManager[700]: <warn>  [1700.1] dhcp4: time-out", Some(Warn)),
            ("[FAILED] Failed to start nginx.service.", Some(Error)),
            ("Nov 23 04:18:19 host sshd[1]: error: kex_exchange_identification: closed", Some(Error)),
            ("Nov 23 04:18:19 host sshd[1]: fatal: Timeout before authentication", Some(Fatal)),
            // web servers
            ("2026/11/23 04:18:19 [error] 123#0: *1 open() \"/x\" failed", Some(Error)),
            ("2026/11/23 04:18:19 [emerg] 1#1: bind() failed", Some(Fatal)),
            ("2026/11/23 04:18:19 [notice] 1#1: start worker processes", Some(Info)),
            ("[Mon Nov 23 04:18:19.0 2026] [core:error] [pid 1:tid 2] File does not exist", Some(Error)),
            ("1.2.3.4 - - [23/Nov/2026:04:18:19 +0000] \"GET /INFO HTTP/1.1\" 200 12 \"-\" \"x\"", None),
            ("1.2.3.4 - - [23/Nov/2026:04:18:19 +0000] \"GET /error?level HTTP/1.1\" 404 12", None),
            // Java
            ("2026-11-23 04:18:19,123 ERROR [main] com.example.App - boom", Some(Error)),
            ("04:18:19.123 [main] WARN  c.e.App - careful", Some(Warn)),
            ("SEVERE: Servlet threw exception", Some(Error)),
            ("FINE: detail", Some(Debug)),
            ("FINE is what it is", None),
            // Python
            ("WARNING:root:careful", Some(Warn)),
            ("2026-11-23 04:18:19,123 - app - CRITICAL - out of memory", Some(Fatal)),
            ("2026-11-23 04:18:19,123-ERROR-module", Some(Error)),
            ("[2026-11-23 04:18:19,000: ERROR/MainProcess] Task raised", Some(Error)),
            ("INFO:     127.0.0.1:1 - \"GET /errors HTTP/1.1\" 200 OK", Some(Info)),
            ("2026-11-23 04:18:19.000 | DEBUG    | app:main:1 - x", Some(Debug)),
            // Rust
            ("2026-11-23T04:18:19.123456Z  INFO app::net: listening", Some(Info)),
            ("\x1b[2m2026-11-23T04:18:19Z\x1b[0m \x1b[32m INFO\x1b[0m \x1b[2mapp\x1b[0m: up", Some(Info)),
            ("\x1b[31mERROR\x1b[0m no way", Some(Error)),
            ("error[E0308]: mismatched types", Some(Error)),
            ("thread 'main' panicked at src/main.rs:1:1:", Some(Fatal)),
            // Go
            ("E0131 12:00:00.000000       1 reflector.go:138] failed to list", Some(Error)),
            ("I0131 12:00:00.000000       1 server.go:1] ERROR is only a word here", Some(Info)),
            ("2026-11-23T04:18:19.000Z\tinfo\tmain.go:1\tready", Some(Info)),
            ("2026-11-23T04:18:19.000Z info mesh ready", Some(Info)),
            ("INFO[0000] listening", Some(Info)),
            ("ERRO[0001] cannot listen", Some(Error)),
            ("4:18AM INF ready port=80", Some(Info)),
            ("panic: runtime error: index out of range", Some(Fatal)),
            ("fatal error: all goroutines are asleep - deadlock!", None),
            // logfmt and key=value
            ("time=2026-11-23T04:18:19Z level=warn msg=\"ERROR is quoted\"", Some(Warn)),
            ("ts=1 lvl=eror msg=x", Some(Error)),
            ("level=\"error\" x=1", Some(Error)),
            ("level=e tag=x", Some(Error)),
            ("errors=0 warnings=0", None),
            ("done, level=7 of 9", None),
            // JSON lines
            ("{\"level\":\"error\",\"msg\":\"x\"}", Some(Error)),
            ("{\"msg\":\"ERROR in text\",\"level\":\"info\"}", Some(Info)),
            ("{\"name\":\"a\",\"hostname\":\"h\",\"pid\":1,\"level\":30,\"msg\":\"x\"}", Some(Info)),
            ("{\"level\":50,\"time\":1}", Some(Error)),
            ("{\"severity\": \"CRITICAL\"}", Some(Fatal)),
            ("{\"PRIORITY\" : \"4\", \"MESSAGE\":\"x\"}", Some(Warn)),
            ("{\"log\":\"2026 WARN careful\\n\",\"stream\":\"stderr\"}", Some(Warn)),
            ("{\"msg\":\"ERROR\"}", None),
            ("{\"@timestamp\":\"x\",\"log.level\": \"DEBUG\"}", Some(Debug)),
            // databases
            ("2026-11-23 04:18:19.000 UTC [1] LOG:  database system is ready", Some(Info)),
            ("2026-11-23 04:18:19.000 UTC [1] ERROR:  relation \"x\" does not exist", Some(Error)),
            ("2026-11-23 04:18:19.000 UTC [1] PANIC:  could not write", Some(Fatal)),
            ("2026-11-23 04:18:19.000 UTC [1] DEBUG1:  x", Some(Debug)),
            ("2026-11-23T04:18:19.000000Z 0 [Note] mysqld: ready", Some(Info)),
            ("2026-11-23T04:18:19.000000Z 0 [Warning] CA certificate is self signed", Some(Warn)),
            // others
            ("E/ActivityManager( 1234): ANR in com.example", Some(Error)),
            ("npm ERR! code ELIFECYCLE", Some(Error)),
            ("[04:18:19 VRB] detail", Some(Trace)),
            ("fail: Microsoft.AspNetCore.Server.Kestrel[13]", Some(Error)),
            ("2026-11-23T10:00:00.123Z TRACE node-3 lamport=42 tick", Some(Trace)),
            ("foo.c:12:3: error: expected ';'", Some(Error)),
            // prose
            ("0 errors, 0 warnings", None),
            ("finished without error", None),
            ("found 0 error in 10:00", None),
            ("no error: all is well", None),
            ("the info page", None),
            ("see /var/log/ERROR.log", None),
            ("MAX_ERROR_COUNT reached", None),
            ("", None),
        ];
        for (line, level) in table {
            assert_eq!(detect(line.as_bytes()), *level, "{line:?}");
        }
    }

    #[test]
    fn a_word_that_can_be_known_is_found_where_it_begins() {
        for word in ["trace", "WRN", "Level", "panicked", "emerg", "dpanic"] {
            let line = format!("12345 {word}");
            assert_eq!(WordStarts::new(line.as_bytes()).collect::<Vec<_>>(), [6], "{word}");
        }
        assert_eq!(WordStarts::new(b"two quick xylophones").count(), 0);
    }

    #[test]
    fn the_fast_word_bits_agree_with_the_naive_ones() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                let mut group = [b' '; 8];
                group[place] = byte;
                let naive = u32::from(is_word_byte(byte)) << place;
                assert_eq!(word_bits(u64::from_le_bytes(group)), naive, "{byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        let mut state = 1_u32;
        for length in 0..2000 {
            let line: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    b"\x1b[m<>:=\" {erolwavn0129E/\xff\t"[(state >> 24) as usize % 26]
                })
                .collect();
            let _ = detect(&line);
        }
        assert_eq!(detect(b"\x1b["), None);
        assert_eq!(detect(b"level"), None);
        assert_eq!(detect(b"level="), None);
    }
}

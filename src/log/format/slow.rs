//! MySQL's and MariaDB's slow log: for each query some lines of `# Name: value`, then the query over as many lines as it has.
//!
//! ```text
//! # Time: 2026-11-23T10:00:00.123456Z
//! # User@Host: app[app] @ db1 [10.0.0.1]  Id:     8
//! # Query_time: 2.000123  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 0
//! SET timestamp=1795428000;
//! SELECT SLEEP(2);
//! ```
//!
//! Older servers leave the time out where it is that of the query before; what sets the timestamp says it then.

use crate::log::entry::{Entry, Fields, Value};
use crate::log::text::Text;
use crate::log::time::{Clockwork, read};

use super::pairs::typed;

const TIME: &[u8] = b"# Time: ";
const USER: &[u8] = b"# User@Host: ";
const QUERY_TIME: &[u8] = b"# Query_time: ";
const TIMESTAMP: &[u8] = b"SET timestamp=";
const USE: &[u8] = b"use ";

/// Whether a line begins the entry of a query, behind the line `before`.
pub(super) fn begins(line: &[u8], before: &[u8]) -> bool {
    line.starts_with(TIME) || line.starts_with(USER) && !before.starts_with(TIME)
}

/// Whether only a slow log has such a line.
pub(super) fn fits(line: &[u8]) -> bool {
    [TIME, USER, QUERY_TIME, TIMESTAMP].iter().any(|opening| line.starts_with(opening))
}

/// Whether lines that follow each other hold the entry of a query.
pub(super) fn are_in(lines: &[&[u8]]) -> bool {
    lines.windows(2).any(|pair| pair[0].starts_with(USER) && pair[1].starts_with(b"# "))
        && lines.iter().any(|line| line.starts_with(QUERY_TIME))
}

/// Fills the entry of the query that `raw` is, whose message is its SQL; `None` where it is none.
pub(super) fn parse<'a>(raw: &'a [u8], entry: &mut Entry<'a>, clockwork: &mut Clockwork) -> Option<()> {
    (raw.starts_with(TIME) || raw.starts_with(USER)).then_some(())?;
    let (mut stamp, mut rest) = (None, raw);
    while let Some(line) = take_line(&mut rest, is_head) {
        if let Some(time) = line.strip_prefix(TIME) {
            stamp = read::whole(time);
        } else if let Some(user) = line.strip_prefix(USER) {
            let (account, others) = user.split_at(end_of_account(user));
            push_account(account, &mut entry.fields);
            push_pairs(others, &mut entry.fields);
        } else {
            push_pairs(&line[2..], &mut entry.fields);
        }
    }
    if let Some(line) = take_line(&mut rest, |line| line.starts_with(USE)) {
        push(b"database", without_end(&line[USE.len()..]), &mut entry.fields);
    }
    if let Some(line) = take_line(&mut rest, |line| line.starts_with(TIMESTAMP)) {
        stamp = stamp.or_else(|| read::epoch(without_end(&line[TIMESTAMP.len()..])));
    }
    entry.time = stamp.and_then(|stamp| clockwork.complete(stamp));
    entry.message = Text::plain(rest.trim_ascii_end());
    Some(())
}

/// What a statement says before its end.
fn without_end(statement: &[u8]) -> &[u8] {
    statement.strip_suffix(b";").unwrap_or(statement)
}

/// Takes the first line of `rest` where it is of a kind.
fn take_line<'a>(rest: &mut &'a [u8], is_wanted: fn(&[u8]) -> bool) -> Option<&'a [u8]> {
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let line = rest[..end].trim_ascii_end();
    is_wanted(line).then_some(())?;
    *rest = rest.get(end + 1..).unwrap_or_default();
    Some(line)
}

/// Whether a line names values: `# Name: value`. What the server did itself, `# administrator command: Ping;`, is no name.
fn is_head(line: &[u8]) -> bool {
    line.strip_prefix(b"# ")
        .and_then(|line| line.split(|byte| *byte == b' ').next())
        .is_some_and(|name| name.ends_with(b":"))
}

/// Where the account ends: names of other values follow behind two blanks.
fn end_of_account(text: &[u8]) -> usize {
    memchr::memmem::find(text, b"]  ").map_or(text.len(), |at| at + 1)
}

/// `app[app] @ db1 [10.0.0.1]`: the user, and the host by its name or else its address.
fn push_account<'a>(account: &'a [u8], fields: &mut Fields<'a>) {
    let (user, host) =
        memchr::memmem::find(account, b" @ ").map_or((account, &b""[..]), |at| (&account[..at], &account[at + 3..]));
    let name_end = memchr::memchr(b'[', user).unwrap_or(user.len());
    push(b"user", &user[..name_end], fields);
    let open = memchr::memchr(b'[', host).unwrap_or(host.len());
    let (name, address) = (host[..open].trim_ascii(), host[open..].trim_ascii());
    let address = address.strip_prefix(b"[").and_then(|address| address.strip_suffix(b"]")).unwrap_or(address);
    push(b"host", if name.is_empty() { address } else { name }, fields);
}

/// `Name: value  Name: value`, with one blank or more between them.
fn push_pairs<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    let mut name = None;
    for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        match (name.take(), word.strip_suffix(b":")) {
            (_, Some(next)) => name = Some(next),
            (Some(name), None) => push(name, word, fields),
            (None, None) => {}
        }
    }
}

fn push<'a>(name: &'a [u8], value: &'a [u8], fields: &mut Fields<'a>) {
    let value = if value.is_empty() { Value::Null } else { typed(value) };
    fields.push(Text::plain(name), value);
}

//! Patterns for text with its parts in a fixed order: a small language, compiled once, matched from left to right.
//!
//! | in a pattern | matches |
//! |---|---|
//! | a blank | one or more blanks |
//! | `{ }` | one blank |
//! | `{time}` `{time:glog}` `{time:boot}` `{time:nil}` | a timestamp, behind a glog letter, since the start of the machine, `-` for none |
//! | `{time:9999-99-99T}` | a timestamp that looks so: `9` a digit, `_` a digit or blank, `A` a letter |
//! | `{level}` `{level:upper}` `{level:short}` | a word that is a level, in capitals, in three capitals |
//! | `{level:letter}` `{level:any}` `{level:open}` `{level:redis}` | one letter, any word in capitals, any word, one of Redis' signs |
//! | `{pri}` | a syslog priority, `<34>` |
//! | `{name}` | up to the literal that follows; to the next blank before a blank; to the end at the end |
//! | `{name:word}` `{name:int}` `{name:decimal}` | no blank; digits; digits with a point among them |
//! | `{name:id}` | the hexadecimal number of a trace: 16 digits or more |
//! | `{name:name}` `{name:path}` | letters, digits and `_.$/:@-#`; the same without `:` |
//! | `{name=a|b|c}` | one of these words |
//! | `{name:quoted}` `{name:request}` | to the closing quote; the same, of the first line of an HTTP request |
//! | `{tag}` `{data}` `{spans}` | syslog's `app[pid]: ` or nothing, RFC 5424's structured data, the spans of Rust's tracing |
//! | `{line}` | the end of the line: what follows stands in the next one, which continues the entry |
//! | `{@message}` | nothing: the message begins here, whatever is taken out of it |
//! | `{!x}` | nothing, where `x` does not follow |
//! | `{?` … `?}` | what is between them, or nothing |
//! | `{{` `}}` | a brace |
//! | anything else | itself, with any blanks before it |
//!
//! A field called `message` is the entry's message, one called `trace` its trace. Escape sequences for colour are passed
//! over wherever they stand.

mod compile;
mod kinds;
mod look;
mod matching;
mod shapes;

pub(super) use compile::Pattern;
pub(super) use matching::Match;

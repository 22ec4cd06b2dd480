//! What bytes and words mean to the cutting of messages: tables, and the questions asked of them.

/// The class of each byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Space,
    /// A token by itself.
    Sign,
    /// A token where it stands three times or more; else a part of a word.
    Leader,
    Digit,
    /// Any other part of a word.
    Letter,
}

/// Signs: they hold a message's parts together and never vary.
const SIGNS: &[u8] = b"=:,;()[]{}<>\"'|";
/// Signs that are drawn as lines and leaders.
const LEADERS: &[u8] = b".-*#_~+";

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Letter; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            0..=b' ' | 0x7f => Class::Space,
            b'0'..=b'9' => Class::Digit,
            other if holds(SIGNS, other) => Class::Sign,
            other if holds(LEADERS, other) => Class::Leader,
            _ => Class::Letter,
        };
        byte += 1;
    }
    classes
};

const fn holds(bytes: &[u8], byte: u8) -> bool {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == byte {
            return true;
        }
        at += 1;
    }
    false
}

pub(super) fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

/// The byte that opens what `close` closes.
pub(super) const fn opening(close: u8) -> Option<u8> {
    match close {
        b')' => Some(b'('),
        b']' => Some(b'['),
        b'}' => Some(b'{'),
        b'>' => Some(b'<'),
        _ => None,
    }
}

/// Bytes that end a path or an address of the web, spaces aside.
pub(super) fn ends_path(byte: u8) -> bool {
    class(byte) == Class::Space || b"\"'<>()[]{},;|".contains(&byte)
}

/// Whether a word varies by its look: it holds a digit or a slash. Two letters or more before one or two digits are a name
/// (`ssh2`, `eth0`), which varies only if it is seen to.
pub(super) fn varies(word: &[u8]) -> bool {
    if !word.iter().any(|byte| byte.is_ascii_digit() || *byte == b'/') {
        return false;
    }
    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_name = letters >= 2 && word.len() - letters <= 2 && word[letters..].iter().all(u8::is_ascii_digit);
    !is_name && word != b"/"
}

/// Whether a word is the name of a host with its domain: letters and hyphens between dots.
pub(super) fn is_host(word: &[u8]) -> bool {
    word.contains(&b'.')
        && word
            .split(|byte| *byte == b'.')
            .all(|label| !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-'))
}

/// Names of days and months, as dates are written with them.
const DATE_WORDS: [&[u8]; 38] = [
    b"Mon",
    b"Tue",
    b"Wed",
    b"Thu",
    b"Fri",
    b"Sat",
    b"Sun",
    b"Monday",
    b"Tuesday",
    b"Wednesday",
    b"Thursday",
    b"Friday",
    b"Saturday",
    b"Sunday",
    b"Jan",
    b"Feb",
    b"Mar",
    b"Apr",
    b"May",
    b"Jun",
    b"Jul",
    b"Aug",
    b"Sep",
    b"Sept",
    b"Oct",
    b"Nov",
    b"Dec",
    b"January",
    b"February",
    b"March",
    b"April",
    b"June",
    b"July",
    b"August",
    b"September",
    b"October",
    b"November",
    b"December",
];

/// Whether a word beside a number makes it a date.
pub(super) fn is_date_word(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_uppercase) && DATE_WORDS.contains(&trimmed(word))
}

/// What may follow a number and varies with it: units of size and time, zones, halves of the day.
const UNITS: [&[u8]; 33] = [
    b"B",
    b"b",
    b"kB",
    b"KB",
    b"MB",
    b"GB",
    b"TB",
    b"KiB",
    b"MiB",
    b"GiB",
    b"TiB",
    b"kb",
    b"mb",
    b"gb",
    b"ns",
    b"us",
    "µs".as_bytes(),
    b"ms",
    b"s",
    b"UTC",
    b"GMT",
    b"EST",
    b"EDT",
    b"CST",
    b"CDT",
    b"MST",
    b"MDT",
    b"PST",
    b"PDT",
    b"CET",
    b"CEST",
    b"AM",
    b"PM",
];

/// Whether a word behind a number belongs to it.
pub(super) fn is_unit(word: &[u8]) -> bool {
    word.len() <= 5 && UNITS.contains(&trimmed(word))
}

/// What stands before `user` where the next word is the user's name.
const BEFORE_USER: [&[u8]; 9] = [b"for", b"by", b"of", b"to", b"as", b"from", b"invalid", b"unknown", b"illegal"];

/// Whether the word behind these two is the name of a user.
pub(super) fn names_user(before: &[u8], word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"user") && BEFORE_USER.iter().any(|known| before.eq_ignore_ascii_case(known))
}

fn trimmed(word: &[u8]) -> &[u8] {
    word.strip_suffix(b".").unwrap_or(word)
}

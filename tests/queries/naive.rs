//! What a query means, written down a second time, slowly: over decoded values, term by term, sharing nothing with the
//! engine but the type of levels.

use frereth::log::level::Level;

/// An entry as it was meant, before anything was escaped.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub message: String,
    pub user: Given<String>,
    pub code: Given<i32>,
    pub tags: Vec<String>,
    pub path: Option<String>,
    pub is_ok: Option<bool>,
    pub level: Option<Level>,
    pub time: Option<i64>,
    pub lamport: Option<u64>,
    pub source: String,
}

/// A value that may be null or not be there.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Given<T> {
    #[default]
    Missing,
    Null,
    This(T),
}

/// A question.
#[derive(Clone, Debug)]
pub enum Ask {
    Word(String),
    /// A regex, and whether it heeds case.
    Regex(&'static str, bool),
    MessageHas(String),
    MessageRegex(&'static str, bool),
    UserHas(String),
    UserIs(String),
    UserIsNot(String),
    UserStartsWith(String),
    UserIsThere,
    TagIs(String),
    PathHas(String),
    Ok(bool),
    /// A code, with what is written behind its digits: nothing that changes the number.
    CodeHas(i32, &'static str),
    Code(&'static str, i32),
    Level(&'static str, Level),
    Since(i64),
    Until(i64),
    Lamport(&'static str, u64),
    SourceStartsWith(String),
    Not(Box<Ask>),
    All(Vec<Ask>),
    Any(Vec<Ask>),
}

/// The regexes that questions use, and whether they heed case: they hold a capital.
pub const REGEXES: [(&str, bool); 22] = [
    ("a.*b", false),
    ("^a", false),
    ("b$", false),
    ("B+a", true),
    (r"\d\d", false),
    ("(ab|ba)x?", false),
    (r"[^a]\sb", false),
    (r"\Sab\W", false),
    ("é", false),
    (r"x*", false),
    (r"(aab|bba|1a)", false),
    (r"\ba\b", false),
    (r"\Aa", false),
    (r"b\z", false),
    (r"[^1]b", false),
    (r"(?-m)^b", false),
    (r"(?-R)a$", false),
    ("B(?i)ab", true),
    (r"\B", false),
    (r"\b{start-half}\b{end-half}", false),
    ("[ab]+aba?", false),
    ("A+B1?a", true),
];

impl Ask {
    /// Writes it as a person would.
    pub fn text(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""));
        let joined = |parts: &[Self], by: &str| parts.iter().map(Self::text).collect::<Vec<_>>().join(by);
        match self {
            Self::Word(text) => quoted(text),
            Self::Regex(regex, _) => format!("/{regex}/"),
            Self::MessageHas(text) => format!("message:{}", quoted(text)),
            Self::MessageRegex(regex, _) => format!("message:/{regex}/"),
            Self::UserHas(text) => format!("user:{}", quoted(text)),
            Self::UserIs(text) => format!("user={}", quoted(text)),
            Self::UserIsNot(text) => format!("user!={}", quoted(text)),
            Self::UserStartsWith(text) => format!("user:{text}*"),
            Self::UserIsThere => "user:*".to_string(),
            Self::TagIs(text) => format!("tags={}", quoted(text)),
            Self::PathHas(text) => format!("http.path:{}", quoted(text)),
            Self::Ok(is_ok) => format!("ok:{is_ok}"),
            Self::CodeHas(code, tail) => format!("code:{code}{tail}"),
            Self::Code(operator, code) => format!("code{operator}{code}"),
            Self::Level(operator, level) => format!("level{operator}{}", level.word()),
            Self::Since(time) => format!("since:{}", rfc3339(*time)),
            Self::Until(time) => format!("until:{}", rfc3339(*time)),
            Self::Lamport(operator, value) => format!("lamport{operator}{value}"),
            Self::SourceStartsWith(text) => format!("source:{text}*"),
            Self::Not(inner) => format!("-({})", inner.text()),
            Self::All(parts) => format!("({})", joined(parts, " ")),
            Self::Any(parts) => format!("({})", joined(parts, " or ")),
        }
    }

    /// Whether an entry that was written as `raw` is meant.
    pub fn is_true(&self, model: &Model, raw: &[u8]) -> bool {
        let this = |given: &Given<String>, is: &dyn Fn(&str) -> bool| match given {
            Given::This(text) => is(text),
            _ => false,
        };
        let is_null = |text: &str| model.user == Given::Null && text == "null";
        match self {
            Self::Word(text) => holds(raw, text),
            Self::Regex(regex, heeds_case) => finds(raw, regex, *heeds_case),
            Self::MessageHas(text) => holds(model.message.as_bytes(), text),
            Self::MessageRegex(regex, heeds_case) => finds(model.message.as_bytes(), regex, *heeds_case),
            Self::UserHas(text) => {
                is_null(text)
                    || this(&model.user, &|user| {
                        if text.parse::<u32>().is_ok() && user.parse::<u32>().is_ok() {
                            user == text
                        } else {
                            holds(user.as_bytes(), text)
                        }
                    })
            }
            Self::UserIs(text) => is_null(text) || this(&model.user, &|user| same(user.as_bytes(), text)),
            Self::UserIsNot(text) => this(&model.user, &|user| !same(user.as_bytes(), text)),
            Self::UserStartsWith(text) => this(&model.user, &|user| starts(user, text)),
            Self::UserIsThere => matches!(model.user, Given::This(_)),
            Self::TagIs(text) => model.tags.iter().any(|tag| same(tag.as_bytes(), text)),
            Self::PathHas(text) => model.path.as_ref().is_some_and(|path| holds(path.as_bytes(), text)),
            Self::Ok(is_ok) => model.is_ok == Some(*is_ok),
            Self::CodeHas(code, _) => model.code == Given::This(*code),
            Self::Code(operator, code) => match model.code {
                Given::This(own) => ordered(operator, own.cmp(code)),
                _ => false,
            },
            Self::Level(operator, level) => model.level.is_some_and(|own| ordered(operator, own.cmp(level))),
            Self::Since(time) => model.time.is_some_and(|own| own >= *time),
            Self::Until(time) => model.time.is_some_and(|own| own <= *time),
            Self::Lamport(operator, value) => model.lamport.is_some_and(|own| ordered(operator, own.cmp(value))),
            Self::SourceStartsWith(text) => model
                .source
                .split('/')
                .any(|part| starts(part, text) && (model.source.ends_with(part) || model.source.starts_with(part))),
            Self::Not(inner) => !inner.is_true(model, raw),
            Self::All(parts) => parts.iter().all(|part| part.is_true(model, raw)),
            Self::Any(parts) => parts.iter().any(|part| part.is_true(model, raw)),
        }
    }
}

/// `seconds` since 1970 in RFC 3339.
pub fn rfc3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).expect("the time is near").to_string()
}

fn ordered(operator: &str, order: std::cmp::Ordering) -> bool {
    match operator {
        ":" | "=" => order.is_eq(),
        "!=" => order.is_ne(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        other => panic!("no such operator: {other}"),
    }
}

/// Whether the two are the same, in either case of ASCII letters unless `text` holds a capital.
fn same(bytes: &[u8], text: &str) -> bool {
    let fold = |bytes: &[u8]| {
        let heeds_case = text.chars().any(|char| char.is_ascii_uppercase());
        if heeds_case { bytes.to_vec() } else { bytes.to_ascii_lowercase() }
    };
    fold(bytes) == fold(text.as_bytes())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    (0..=bytes.len()).any(|at| bytes[at..].get(..text.len()).is_some_and(|part| same(part, text)))
}

fn starts(value: &str, text: &str) -> bool {
    value.as_bytes().get(..text.len()).is_some_and(|part| same(part, text))
}

fn finds(bytes: &[u8], regex: &str, heeds_case: bool) -> bool {
    let flags = if heeds_case { "(?mR-u)" } else { "(?imR-u)" };
    let pattern = format!("{flags}{}", regex.replace('é', r"(?:\xc3\xa9)"));
    regex::bytes::Regex::new(&pattern).expect("the regex is one").is_match(bytes)
}

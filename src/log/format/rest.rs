//! What an entry says beside its time, its level and its message.

use crate::log::entry::{Entry, Field, Value};

use super::roles::{self, Role};

/// The fields of an entry, each with its index, that are not its time, its level or its message.
pub fn rest<'e, 'a: 'e>(entry: &'e Entry<'a>) -> impl Iterator<Item = (u32, &'e Field<'a>)> {
    let time = entry.time.and_then(|_| field_of(entry, |role| role == Role::Time));
    let level = entry.level.and_then(|_| field_of(entry, |role| matches!(role, Role::Level(_))));
    let is_said = move |index: u32, field: &Field<'_>| {
        let is_text = matches!(field.value, Value::Text(text) if text.begins_with(&entry.message) || text.begins_with(&entry.level_text));
        is_text || time == Some(index) || level == Some(index)
    };
    entry.fields.roots().filter(move |(index, field)| !is_said(*index, field))
}

/// The field that is the best for a role, as the entry was filled.
fn field_of(entry: &Entry<'_>, is_wanted: impl Fn(Role) -> bool) -> Option<u32> {
    let ranked = entry.fields.roots().filter_map(|(index, field)| {
        let (role, rank) = roles::of_root(&field.name.decode())?;
        is_wanted(role).then_some((rank, index))
    });
    ranked.min().map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::format::Format;
    use crate::log::time::{Clockwork, Zone};

    fn names(line: &str) -> Vec<String> {
        let format = Format::named("json").expect("built in");
        let mut clockwork = Clockwork::new(0, Zone::utc());
        let entry = format.parse(line.as_bytes(), &mut clockwork, Entry::default());
        rest(&entry).map(|(_, field)| String::from_utf8_lossy(&field.name.decode()).into_owned()).collect()
    }

    #[test]
    fn what_fills_the_entry_is_not_said_twice() {
        let line =
            r#"{"created_at":"2020-01-01T00:00:00Z","time":"2026-11-23T10:00:00Z","level":30,"msg":"a","user":"ann"}"#;
        assert_eq!(names(line), ["created_at", "user"], "the time is the one that ranks first");
        assert_eq!(names(r#"{"level":"odd","time":"never","msg":"a","n":1}"#), ["level", "time", "n"]);
        assert_eq!(names("no json"), [""; 0]);
    }
}

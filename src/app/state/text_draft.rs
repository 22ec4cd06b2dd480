//! What stands in a text field: the world sets it, but what the user is typing wins until she submits.

/// The user's side of a text field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextDraft {
    is_typing: bool,
}

impl TextDraft {
    /// The user changed the text.
    pub fn typed(&mut self) {
        self.is_typing = true;
    }

    /// The user is done: she submitted, escaped or left the field.
    pub fn settled(&mut self) {
        self.is_typing = false;
    }

    /// Returns what to put into the field when the world sets `value` and `shown` stands in it.
    #[must_use]
    pub fn accept<'v>(&self, value: &'v str, shown: &str) -> Option<&'v str> {
        (!self.is_typing && value != shown).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_being_typed_wins_until_it_is_submitted() {
        let mut draft = TextDraft::default();
        assert_eq!(draft.accept("a", ""), Some("a"));
        draft.typed();
        assert_eq!(draft.accept("a", "err"), None);
        draft.settled();
        assert_eq!(draft.accept("a", "err"), Some("a"));
    }

    #[test]
    fn a_field_that_shows_the_value_is_left_alone() {
        assert_eq!(TextDraft::default().accept("same", "same"), None);
    }
}

//! Which classes a span of text wears. The stylesheet gives them colours; no colour ever comes from a world.

use crate::world::view::{AnsiStyle, LevelToken, Token};

/// Returns the classes of a token.
#[must_use]
pub fn token_class(token: Token) -> String {
    match token {
        Token::Plain => "t".to_owned(),
        Token::Dim => "t t-dim".to_owned(),
        Token::Strong => "t t-strong".to_owned(),
        Token::Match => "t t-match".to_owned(),
        Token::CurrentMatch => "t t-match t-match-current".to_owned(),
        Token::Escape => "t t-escape".to_owned(),
        Token::Ansi(style) => ansi_class(style),
        Token::Level(level) => format!("t t-level level-{}", level_name(level)),
    }
}

/// Returns the word for a level: for classes, and for people who do not see the colour.
#[must_use]
pub const fn level_name(level: LevelToken) -> &'static str {
    match level {
        LevelToken::Trace => "trace",
        LevelToken::Debug => "debug",
        LevelToken::Info => "info",
        LevelToken::Warn => "warn",
        LevelToken::Error => "error",
        LevelToken::Fatal => "fatal",
    }
}

fn ansi_class(style: AnsiStyle) -> String {
    let mut class = "t".to_owned();
    for (prefix, colour) in [(" fg-", style.foreground), (" bg-", style.background)] {
        // The palette has sixteen entries; a world that names another gets none.
        if let Some(colour) = colour.filter(|&colour| colour < 16) {
            class.push_str(prefix);
            class.push_str(&colour.to_string());
        }
    }
    for (on, name) in [
        (style.bold, " ansi-bold"),
        (style.dim, " ansi-dim"),
        (style.italic, " ansi-italic"),
        (style.underline, " ansi-underline"),
    ] {
        if on {
            class.push_str(name);
        }
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ansi_style_becomes_classes_of_the_palette() {
        let style =
            AnsiStyle { foreground: Some(9), background: Some(0), bold: true, underline: true, ..AnsiStyle::default() };
        assert_eq!(token_class(Token::Ansi(style)), "t fg-9 bg-0 ansi-bold ansi-underline");
    }

    #[test]
    fn a_colour_outside_the_palette_is_none() {
        let style = AnsiStyle { foreground: Some(16), background: Some(255), ..AnsiStyle::default() };
        assert_eq!(token_class(Token::Ansi(style)), "t");
    }
}

//! What hostile and ordinary lines look like when shown.

use super::*;

fn plain(text: &str, bytes: Range<usize>) -> Piece {
    Piece { text: text.into(), kind: PieceKind::Plain, bytes }
}

fn escape(text: &str, bytes: Range<usize>) -> Piece {
    Piece { text: text.into(), kind: PieceKind::Escape, bytes }
}

fn all(line: &[u8]) -> Vec<Piece> {
    pieces(line, usize::MAX)
}

/// The styles of the pieces that show something.
fn styles(line: &[u8]) -> Vec<(String, PieceKind)> {
    all(line).into_iter().filter(|piece| !piece.text.is_empty()).map(|piece| (piece.text, piece.kind)).collect()
}

fn foreground(colour: u8) -> PieceKind {
    PieceKind::Ansi(Sgr { foreground: Some(colour), ..Sgr::default() })
}

#[test]
fn ordinary_text_is_one_plain_piece() {
    assert_eq!(all("grüße, 日本".as_bytes()), [plain("grüße, 日本", 0..15)]);
    assert_eq!(all(b""), []);
}

#[test]
fn markup_is_only_text() {
    for text in [
        "<script>alert(1)</script>",
        "<img src=x onerror=\"alert(1)\">",
        "&lt;b&gt; </textarea>",
        "javascript:alert(1)",
    ] {
        assert_eq!(all(text.as_bytes()), [plain(text, 0..text.len())]);
    }
}

#[test]
fn colours_become_styles_and_show_nothing_themselves() {
    assert_eq!(
        all(b"a\x1b[31mred\x1b[0mb"),
        [
            plain("a", 0..1),
            Piece { text: String::new(), kind: foreground(1), bytes: 1..6 },
            Piece { text: "red".into(), kind: foreground(1), bytes: 6..9 },
            plain("", 9..13),
            plain("b", 13..14),
        ]
    );
}

#[test]
fn styles_add_up_and_are_taken_back() {
    let style = |sgr| PieceKind::Ansi(sgr);
    let bold_red = Sgr { foreground: Some(9), bold: true, ..Sgr::default() };
    assert_eq!(
        styles(b"\x1b[1;91mx\x1b[3;4my\x1b[22;39mz\x1b[mw"),
        [
            ("x".into(), style(bold_red)),
            ("y".into(), style(Sgr { italic: true, underline: true, ..bold_red })),
            ("z".into(), style(Sgr { italic: true, underline: true, ..Sgr::default() })),
            ("w".into(), PieceKind::Plain),
        ]
    );
}

#[test]
fn rich_palettes_are_mapped_to_the_nearest_of_sixteen() {
    for (escape, colour) in [
        ("38;5;9", 9),
        ("38;5;196", 9),
        ("38;5;255", 7),
        ("38;5;232", 0),
        ("38;2;0;250;0", 10),
        ("38:2::0:0:230", 4),
        ("38:5:6", 6),
    ] {
        assert_eq!(styles(format!("\x1b[{escape}mx").as_bytes()), [("x".into(), foreground(colour))], "{escape}");
    }
    assert_eq!(styles(b"\x1b[38;2;999;0;0mx\x1b[38mx\x1b[38;5mx\x1b[99999999999mx").len(), 4);
}

#[test]
fn styles_cannot_hide_text() {
    assert_eq!(styles(b"\x1b[30;40mx"), [("x".into(), foreground(0))]);
    assert_eq!(styles(b"\x1b[8mx"), [("x".into(), PieceKind::Plain)]);
    let reversed = Sgr { foreground: Some(0), background: Some(1), ..Sgr::default() };
    assert_eq!(styles(b"\x1b[31;7mx"), [("x".into(), PieceKind::Ansi(reversed))]);
}

#[test]
fn every_other_escape_sequence_is_written_out() {
    for (line, shown) in [
        (&b"\x1b[2J"[..], "\\x1b[2J"),
        (b"\x1b[?25l", "\\x1b[?25l"),
        (b"\x1b[>4m", "\\x1b[>4m"),
        (b"\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        (b"\x1b]8;;http://evil\x1b\\", "\\x1b]8;;http://evil\\x1b\\"),
        (b"\x1bPq\x1b\\", "\\x1bPq\\x1b\\"),
        (b"\x1b(B", "\\x1b(B"),
        (b"\x1bc", "\\x1bc"),
        (b"\x1b", "\\x1b"),
    ] {
        assert_eq!(all(line), [escape(shown, 0..line.len())], "{shown}");
    }
}

#[test]
fn an_unfinished_escape_does_not_swallow_the_line() {
    assert_eq!(all(b"\x1b]0;title and more"), [escape("\\x1b]", 0..2), plain("0;title and more", 2..18)]);
    assert_eq!(all(b"\x1b[31"), [escape("\\x1b[", 0..2), plain("31", 2..4)]);
    let long = [b"\x1b[".as_slice(), &b"1;".repeat(100), b"mx"].concat();
    assert_eq!(all(&long)[0], escape("\\x1b[", 0..2));
}

#[test]
fn what_cannot_be_seen_is_written_out() {
    for (char, shown) in [
        ('\u{7}', "\\x07"),
        ('\0', "\\x00"),
        ('\u{7f}', "\\x7f"),
        ('\u{85}', "<U+0085>"),
        ('\u{9b}', "<U+009B>"),
        ('\u{ad}', "<U+00AD>"),
        ('\u{61c}', "<U+061C>"),
        ('\u{200b}', "<U+200B>"),
        ('\u{200d}', "<U+200D>"),
        ('\u{200e}', "<U+200E>"),
        ('\u{2028}', "<U+2028>"),
        ('\u{202e}', "<U+202E>"),
        ('\u{2060}', "<U+2060>"),
        ('\u{2066}', "<U+2066>"),
        ('\u{2069}', "<U+2069>"),
        ('\u{feff}', "<U+FEFF>"),
        ('\u{e0041}', "<U+E0041>"),
    ] {
        let line = format!("a{char}b");
        let end = 1 + char.len_utf8();
        assert_eq!(all(line.as_bytes()), [plain("a", 0..1), escape(shown, 1..end), plain("b", end..end + 1)]);
    }
}

#[test]
fn invalid_bytes_are_written_out_one_by_one() {
    assert_eq!(all(b"\xff\xfea"), [escape("\\xff\\xfe", 0..2), plain("a", 2..3)]);
    assert_eq!(all(b"\xe2\x82"), [escape("\\xe2\\x82", 0..2)]);
    assert_eq!(all(b"\xed\xa0\x80"), [escape("\\xed\\xa0\\x80", 0..3)], "a surrogate is not a character");
    assert_eq!(all(b"\xc0\xaf"), [escape("\\xc0\\xaf", 0..2)], "an overlong slash is not a slash");
}

#[test]
fn a_tab_reaches_to_the_next_stop() {
    assert_eq!(all(b"\tx"), [plain("        ", 0..1), plain("x", 1..2)]);
    assert_eq!(all(b"abc\tx"), [plain("abc", 0..3), plain("     ", 3..4), plain("x", 4..5)]);
    assert_eq!(strip(b"1234567\tx"), "1234567 x");
}

#[test]
fn only_a_line_end_is_not_shown() {
    assert_eq!(strip(b"a\r\n"), "a");
    assert_eq!(strip(b"a\r"), "a");
    assert_eq!(strip(b"a\n"), "a");
    assert_eq!(strip(b"a\r\r\n"), "a\\x0d");
    assert_eq!(strip(b"50%\r100%"), "50%\\x0d100%");
    assert_eq!(strip(b"a\nb"), "a\\x0ab");
}

#[test]
fn a_cut_line_ends_where_it_says() {
    assert_eq!(pieces(b"abcdef", 3), [plain("abc", 0..3)]);
    assert_eq!(pieces("äöü".as_bytes(), 2), [plain("äö", 0..4)]);
    assert_eq!(pieces(b"a\tb", 4), [plain("a", 0..1), plain("   ", 1..2)]);
    assert_eq!(pieces(b"abc", 0), []);
}

#[test]
fn a_cut_takes_time_by_what_is_shown_and_not_by_the_line() {
    let mut colours = b"\x1b[31m\x1b[0m".repeat(1_000_000);
    for line in [&vec![b'x'; 10_000_000], &vec![0xff; 10_000_000], &mut colours] {
        // 10,000 times over: whole, this would be 100 GB.
        for _ in 0..10_000 {
            let shown = pieces(line, 20);
            assert!(shown.last().expect("something is shown").bytes.end <= 20 * SGR_BYTES_MAX);
        }
    }
}

#[test]
fn a_match_is_marked_and_nothing_else() {
    let line = b"an error, an \x1b[31merror\x1b[0m";
    let matches = [3..8, 18..23];
    let marked = mark(all(line), &matches);
    let shown: Vec<_> =
        marked.iter().filter(|(_, part)| part.is_some()).map(|(piece, part)| (piece.text.as_str(), *part)).collect();
    assert_eq!(shown, [("error", Some(0)), ("error", Some(1))]);
    let whole: String = marked.iter().map(|(piece, _)| piece.text.as_str()).collect();
    assert_eq!(whole, "an error, an error");
}

#[test]
fn a_match_may_span_pieces_and_touch_what_cannot_be_split() {
    let marked = mark(all(b"ab\tcd\x07ef"), &[1..4, 5..7]);
    let shown: Vec<_> = marked.iter().map(|(piece, part)| (piece.text.as_str(), *part)).collect();
    assert_eq!(
        shown,
        [
            ("a", None),
            ("b", Some(0)),
            ("      ", Some(0)),
            ("c", Some(0)),
            ("d", None),
            ("\\x07", Some(1)),
            ("e", Some(1)),
            ("f", None),
        ]
    );
}

#[test]
fn any_bytes_are_covered_in_order_and_shown_without_controls() {
    let mut state = 7_u32;
    let alphabet: Vec<&[u8]> = vec![
        b"\x1b",
        b"[",
        b"]",
        b"31",
        b"m",
        b";",
        b"a",
        b"\t",
        b"\r",
        b"\xff",
        b"\xc3",
        b"\xa9",
        "é".as_bytes(),
        b"\x07",
        "\u{202e}".as_bytes(),
        b"\\",
    ];
    for round in 0..3000 {
        let mut line = Vec::new();
        for _ in 0..round % 40 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            line.extend_from_slice(alphabet[(state >> 24) as usize % alphabet.len()]);
        }
        for cut_chars in [1, 5, usize::MAX] {
            let shown = pieces(&line, cut_chars);
            let mut reached = 0;
            for piece in &shown {
                assert_eq!(piece.bytes.start, reached, "{line:?}");
                assert!(piece.bytes.end > reached, "{line:?}");
                assert!(!piece.text.chars().any(is_hidden), "{line:?}");
                if piece.is_verbatim() && !piece.text.trim().is_empty() {
                    assert_eq!(piece.text.as_bytes(), &line[piece.bytes.clone()]);
                }
                reached = piece.bytes.end;
            }
            if cut_chars == usize::MAX {
                assert_eq!(reached, without_line_end(&line).len());
            }
        }
    }
}

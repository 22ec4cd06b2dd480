//! Texts as lists of their bytes, which `journalctl -o json` writes where a message is no UTF-8 or has colours in it:
//! `"MESSAGE":[104,105]`.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// The name of the field whose text is read so, with the quote that closes it.
const NAME: &[u8] = b"MESSAGE\"";

/// Whether a field of this name may have a list for its text.
pub(crate) fn is_name_of_list(name: &[u8]) -> bool {
    NAME.strip_suffix(b"\"") == Some(name)
}

/// The numbers of the list that `text` begins with behind its bracket; `None` where it holds anything else.
pub(crate) fn list(text: &[u8]) -> Option<&[u8]> {
    let is_of_list = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b',' | b' ' | b'\t' | b'\r' | b'\n');
    let end = text.iter().position(|byte| !is_of_list(byte))?;
    (text[end] == b']').then(|| &text[..end])
}

/// The text whose bytes the numbers are; one that is no byte is left out.
pub(super) fn decode(numbers: &[u8]) -> Vec<u8> {
    let words = numbers.split(|byte| !byte.is_ascii_digit());
    words.filter_map(|word| str::from_utf8(word).ok()?.parse().ok()).collect()
}

/// Where, at or behind `from`, such a list begins: the text stands nowhere in the bytes.
pub(crate) fn find_list(bytes: &[u8], from: usize) -> Option<usize> {
    static LIST: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(NAME));
    let bytes = &bytes[from..];
    let begins = |at: &usize| {
        let behind = bytes[at + NAME.len()..].trim_ascii_start().strip_prefix(b":");
        behind.is_some_and(|value| value.trim_ascii_start().starts_with(b"["))
    };
    LIST.find_iter(bytes).find(begins).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_bytes_is_a_text() {
        assert_eq!(list(b"104, 105,10] and more"), Some(&b"104, 105,10"[..]));
        assert_eq!((list(b"104,\"x\"]"), list(b"104"), list(b"]")), (None, None, Some(&b""[..])));
        assert_eq!(decode(b"104, 256,105,\n255,,"), b"hi\xff");
    }

    #[test]
    fn a_list_is_found_by_its_name() {
        for (bytes, place) in [
            (r#"{"MESSAGE":"hi","A":[104]}"#, None),
            (r#"{"MESSAGE":[104,105]}"#, Some(2)),
            (r#"{"MESSAGE":"hi"}{ "MESSAGE" : [ 104 ] }"#, Some(19)),
            (r#"{"MESSAGE""#, None),
        ] {
            assert_eq!(find_list(bytes.as_bytes(), 0), place, "{bytes}");
        }
        assert_eq!(find_list(br#""MESSAGE":[1] "MESSAGE":[2]"#, 2), Some(15));
    }
}

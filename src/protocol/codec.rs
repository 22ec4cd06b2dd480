//! Deterministic CBOR: one value has one encoding, and nothing else is read.

use minicbor::{Decode, Encode};

use super::frame::FrameType;
use super::reason::ProtocolError;

/// A message that is the body of one frame.
pub trait Message: Encode<()> + for<'b> Decode<'b, ()> {
    /// The frame type that carries it.
    const KIND: FrameType;
    /// How many keys, counted from 0, this version knows.
    const KEYS: u64;
}

/// Encodes any value of this protocol.
#[must_use]
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    minicbor::encode(value, &mut out).expect("writing to a vector cannot fail");
    out
}

/// Reads a message body after checking that it is deterministic.
///
/// # Errors
/// [`ProtocolError::Body`] when the bytes are not the one deterministic encoding of such a message.
pub fn decode<M: Message>(bytes: &[u8]) -> Result<M, ProtocolError> {
    decode_checked(bytes, M::KEYS)
}

/// Reads a map that is no frame's body, such as [`super::message::Initiate`], of which this version knows `known` keys.
///
/// # Errors
/// [`ProtocolError::Body`] when the bytes are not the one deterministic encoding of such a value.
pub fn decode_checked<T>(bytes: &[u8], known: u64) -> Result<T, ProtocolError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let later = walk(bytes, Some(known))?;
    let value = read(bytes)?;
    match later {
        None => expect_encoding(&value, bytes)?,
        // Without the fields that are ignored, the map is the one that this version would have written.
        Some(Later { offset, keys_before, head_bytes }) => {
            let mut ours = Vec::with_capacity(offset + 1);
            minicbor::Encoder::new(&mut ours).map(keys_before).expect("writing to a vector cannot fail");
            ours.extend_from_slice(&bytes[head_bytes..offset]);
            expect_encoding(&value, &ours)?;
        }
    }
    Ok(value)
}

/// Reads a value that may be something else than a map at the top, such as an enum's `[number, [fields]]`.
///
/// # Errors
/// [`ProtocolError::Body`] when the bytes are not the one deterministic encoding of such a value.
pub fn decode_any<T>(bytes: &[u8]) -> Result<T, ProtocolError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    walk(bytes, None)?;
    let value = read(bytes)?;
    expect_encoding(&value, bytes)?;
    Ok(value)
}

/// Checks that `bytes` hold exactly one deterministic map with no unknown critical key.
///
/// # Errors
/// [`ProtocolError::Body`] on indefinite lengths, map keys that are not ascending unsigned integers, integers and lengths
/// that are not the shortest, text that is not UTF-8, tags, floats, trailing bytes, depth over [`DEPTH_MAX`], and top-level
/// keys in `known..CRITICAL_KEYS`.
pub fn check(bytes: &[u8], known: u64) -> Result<(), ProtocolError> {
    walk(bytes, Some(known)).map(|_| ())
}

/// How deep arrays and maps may nest; the outermost counts as 1.
pub const DEPTH_MAX: usize = 16;

/// Unknown top-level keys below this are critical: the reader must not go on without understanding them.
pub const CRITICAL_KEYS: u64 = 64;

fn read<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, ProtocolError> {
    minicbor::decode(bytes).map_err(|_| bad("a field is missing or of another type"))
}

/// Refuses what the check cannot see and a decoder passes over: a null where leaving out says the same, a field too many.
fn expect_encoding<T: Encode<()>>(value: &T, bytes: &[u8]) -> Result<(), ProtocolError> {
    let mut rest = Expected(bytes);
    match minicbor::encode(value, &mut rest) {
        Ok(()) if rest.0.is_empty() => Ok(()),
        _ => Err(bad("not the one encoding of what it says")),
    }
}

/// The bytes that an encoder must write next; it fails at the first that differs.
struct Expected<'a>(&'a [u8]);

impl minicbor::encode::Write for Expected<'_> {
    type Error = ();

    fn write_all(&mut self, written: &[u8]) -> Result<(), ()> {
        self.0 = self.0.strip_prefix(written).ok_or(())?;
        Ok(())
    }
}

/// Where the fields of later versions begin in an outermost map; keys ascend, so nothing else follows.
struct Later {
    offset: usize,
    keys_before: u64,
    head_bytes: usize,
}

/// Walks one item from end to end on a fixed stack. With `known`, the item must be a map and its keys are judged.
fn walk(bytes: &[u8], known: Option<u64>) -> Result<Option<Later>, ProtocolError> {
    let mut input = Input(bytes);
    let mut open = [Container::default(); DEPTH_MAX];
    let mut depth: usize = 0;
    let mut later = None;
    let (mut outermost_items, mut head_bytes) = (0, 0);
    loop {
        let offset = bytes.len() - input.0.len();
        let head = input.head()?;
        if depth == 0 && known.is_some() && head.major != major::MAP {
            return Err(bad("the outermost item is not a map"));
        }
        if let Some(parent) = depth.checked_sub(1).map(|at| &mut open[at]) {
            let items_before = parent.items;
            let is_key = parent.take(head)?;
            if let (true, 1, Some(known)) = (is_key, depth, known) {
                if (known..CRITICAL_KEYS).contains(&head.value) {
                    return Err(bad("an unknown critical key"));
                }
                if head.value >= CRITICAL_KEYS && later.is_none() {
                    later = Some(Later { offset, keys_before: (outermost_items - items_before) / 2, head_bytes });
                }
            }
        }
        match head.major {
            major::UNSIGNED | major::NEGATIVE | major::SIMPLE => {}
            major::BYTES => {
                input.take(head.value)?;
            }
            major::TEXT => {
                std::str::from_utf8(input.take(head.value)?).map_err(|_| bad("text that is not UTF-8"))?;
            }
            major::ARRAY | major::MAP => {
                let items_per_entry = if head.major == major::MAP { 2 } else { 1 };
                let items = head.value.checked_mul(items_per_entry).ok_or(bad("a length beyond the end"))?;
                if items > input.0.len() as u64 {
                    return Err(bad("a length beyond the end"));
                }
                if depth == 0 {
                    (outermost_items, head_bytes) = (items, bytes.len() - input.0.len());
                }
                let container = open.get_mut(depth).ok_or(bad("nesting too deep"))?;
                *container = Container { items, is_map: head.major == major::MAP, last_key: None };
                depth += 1;
            }
            _ => return Err(bad("a tag")),
        }
        while depth > 0 && open[depth - 1].items == 0 {
            depth -= 1;
        }
        if depth == 0 {
            return if input.0.is_empty() { Ok(later) } else { Err(bad("bytes behind the end")) };
        }
    }
}

/// An array or map that is being walked.
#[derive(Clone, Copy, Default)]
struct Container {
    /// Items still to come; a map's keys and values count apart.
    items: u64,
    is_map: bool,
    last_key: Option<u64>,
}

impl Container {
    /// Takes note of the item that starts with `head` and returns whether it is a key.
    fn take(&mut self, head: Head) -> Result<bool, ProtocolError> {
        let is_key = self.is_map && self.items.is_multiple_of(2);
        self.items -= 1;
        if is_key {
            if head.major != major::UNSIGNED {
                return Err(bad("a map key that is not an unsigned integer"));
            }
            if self.last_key.is_some_and(|last| head.value <= last) {
                return Err(bad("map keys that are not ascending"));
            }
            self.last_key = Some(head.value);
        }
        Ok(is_key)
    }
}

/// The bytes not yet walked.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn head(&mut self) -> Result<Head, ProtocolError> {
        let first = self.take(1)?[0];
        let (major, low) = (first >> 5, first & 31);
        if major == major::SIMPLE {
            return match low {
                simple::FALSE | simple::TRUE | simple::NULL => Ok(Head { major, value: low.into() }),
                _ => Err(bad("a float or an unknown simple value")),
            };
        }
        let bytes = match low {
            0..24 => return Ok(Head { major, value: low.into() }),
            24..28 => self.take(1 << (low - 24))?,
            31 => return Err(bad("an indefinite length")),
            _ => return Err(bad("a reserved length")),
        };
        let value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let smallest: u64 = match low {
            24 => 24,
            25 => 1 << 8,
            26 => 1 << 16,
            _ => 1 << 32,
        };
        if value < smallest { Err(bad("a number that is not the shortest")) } else { Ok(Head { major, value }) }
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], ProtocolError> {
        let count = usize::try_from(count).map_err(|_| bad("a length beyond the end"))?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(bad("a length beyond the end"))?;
        self.0 = rest;
        Ok(taken)
    }
}

/// What an item starts with: its major type and its number, length or simple value.
#[derive(Clone, Copy)]
struct Head {
    major: u8,
    value: u64,
}

/// CBOR's major types.
///
/// # Source
/// RFC 8949, section 3.1.
mod major {
    pub const UNSIGNED: u8 = 0;
    pub const NEGATIVE: u8 = 1;
    pub const BYTES: u8 = 2;
    pub const TEXT: u8 = 3;
    pub const ARRAY: u8 = 4;
    pub const MAP: u8 = 5;
    pub const SIMPLE: u8 = 7;
}

/// The simple values that this protocol uses.
mod simple {
    pub const FALSE: u8 = 20;
    pub const TRUE: u8 = 21;
    pub const NULL: u8 = 22;
}

const fn bad(what: &'static str) -> ProtocolError {
    ProtocolError::Body { what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(hex: &str) -> &'static str {
        match check(&bytes(hex), 2) {
            Err(ProtocolError::Body { what }) => what,
            other => panic!("{hex} gave {other:?}"),
        }
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn what_the_protocol_uses_is_accepted() {
        for good in [
            "a0",
            "a1 00 00",
            "a2 00 20 01 17",
            "a1 01 18 18",
            "a1 00 19 0100",
            "a1 00 1a 00010000",
            "a1 00 1b 0000000100000000",
            "a1 00 82 f6 01",
            "a1 00 82 0a 80",
            "a1 00 83 f4 f5 63 616263",
            "a2 00 00 18 40 f5",
            "a1 1b ffffffffffffffff 40",
            "a1 00 a1 05 00",
        ] {
            assert_eq!(check(&bytes(good), 2), Ok(()), "{good}");
        }
    }

    #[test]
    fn whatever_is_not_the_one_encoding_is_refused_for_its_reason() {
        for (bad, reason) in [
            ("", "a length beyond the end"),
            ("80", "the outermost item is not a map"),
            ("00", "the outermost item is not a map"),
            ("bf ff", "an indefinite length"),
            ("a1 00 9f ff", "an indefinite length"),
            ("a1 00 5f ff", "an indefinite length"),
            ("a1 00 7f ff", "an indefinite length"),
            ("a1 00 1c", "a reserved length"),
            ("a1 18 00 00", "a number that is not the shortest"),
            ("a1 00 18 17", "a number that is not the shortest"),
            ("a1 00 19 00ff", "a number that is not the shortest"),
            ("a1 00 1a 0000ffff", "a number that is not the shortest"),
            ("a1 00 1b 00000000ffffffff", "a number that is not the shortest"),
            ("a1 00 58 01 00", "a number that is not the shortest"),
            ("b8 01 00 00", "a number that is not the shortest"),
            ("a2 00 00 00 00", "map keys that are not ascending"),
            ("a2 01 00 00 00", "map keys that are not ascending"),
            ("a1 00 a2 05 00 05 00", "map keys that are not ascending"),
            ("a1 20 00", "a map key that is not an unsigned integer"),
            ("a1 61 61 00", "a map key that is not an unsigned integer"),
            ("a1 00 a1 80 00", "a map key that is not an unsigned integer"),
            ("a0 00", "bytes behind the end"),
            ("a1 00 00 00", "bytes behind the end"),
            ("a1 00 c1 00", "a tag"),
            ("a1 00 f7", "a float or an unknown simple value"),
            ("a1 00 f8 ff", "a float or an unknown simple value"),
            ("a1 00 f9 0000", "a float or an unknown simple value"),
            ("a1 00 fb 0000000000000000", "a float or an unknown simple value"),
            ("a1 00 ff", "a float or an unknown simple value"),
            ("a1 00 62 c328", "text that is not UTF-8"),
            ("a1 02 00", "an unknown critical key"),
            ("a1 18 3f 00", "an unknown critical key"),
            ("a1", "a length beyond the end"),
            ("a1 00", "a length beyond the end"),
            ("a1 00 42 00", "a length beyond the end"),
            ("a1 00 5b ffffffffffffffff 00", "a length beyond the end"),
            ("a1 00 9b ffffffffffffffff 00", "a length beyond the end"),
            ("a1 00 bb ffffffffffffffff 00", "a length beyond the end"),
            ("a1 00 9a 7fffffff 00", "a length beyond the end"),
        ] {
            assert_eq!(refused(bad), reason, "{bad}");
        }
    }

    #[test]
    fn nesting_ends_at_sixteen() {
        let nested = |depth: usize| {
            let mut bytes = vec![0xa1, 0x00];
            bytes.extend(std::iter::repeat_n(0x81, depth - 2));
            bytes.push(0x80);
            bytes
        };
        assert_eq!(check(&nested(DEPTH_MAX), 1), Ok(()));
        assert_eq!(check(&nested(DEPTH_MAX + 1), 1), Err(bad("nesting too deep")));
        assert_eq!(check(&nested(60_000), 1), Err(bad("nesting too deep")));
    }

    #[test]
    fn every_cut_of_a_good_body_is_refused() {
        let whole = bytes("a2 00 83 01 62 6869 43 010203 01 a1 05 f5");
        check(&whole, 2).expect("the whole is good");
        for end in 0..whole.len() {
            assert!(check(&whole[..end], 2).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_critical_key_matters_at_the_top_only_and_a_larger_key_is_ignored() {
        assert_eq!(check(&bytes("a1 00 a1 07 00"), 1), Ok(()));
        assert_eq!(check(&bytes("a2 00 00 18 40 82 01 02"), 1), Ok(()));
        assert_eq!(check(&bytes("a2 00 00 18 3f 82 01 02"), 1), Err(bad("an unknown critical key")));
    }
}

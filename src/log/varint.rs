//! Numbers in as few bytes as they need: LEB128, seven bits to a byte, the lowest first, at most ten bytes.

/// Writes a number behind what `out` holds.
pub fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads the number that `bytes` begin with and goes on behind it; `None` where they end before it does.
pub fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_as_few_bytes_as_they_need() {
        let cases = [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (u64::from(u32::MAX), 5), (u64::MAX, 10)];
        let mut written = Vec::new();
        for (value, length) in cases {
            let before = written.len();
            write(&mut written, value);
            assert_eq!(written.len() - before, length, "{value}");
        }
        let mut bytes = &written[..];
        for (value, _) in cases {
            assert_eq!(read(&mut bytes), Some(value));
        }
        assert_eq!(read(&mut bytes), None);
        assert_eq!(read(&mut &[0x80][..]), None, "it ends before the number does");
    }
}

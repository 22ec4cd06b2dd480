"""frereth/1 from its specification alone: frames, deterministic CBOR, transcripts, cookies, tickets, strict Ed25519.

Standard library only, and nothing shared with the Rust code: the vectors beside this folder are made here and checked
there. Slow and not constant-time: for tests and for reading, never for keys that matter.
"""

import hashlib
import struct

# -- Ed25519 (RFC 8032), with the strict rules of docs/PROTOCOL.md ------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def add(a, b):
    """The sum of two points in extended coordinates (x, y, z, t)."""
    e1, f1 = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f1 - e1, d - c, d + c, f1 + e1
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def is_equal(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decompress(encoded):
    """The point behind 32 bytes, or None. Encodings that are not canonical are read too: see `is_canonical`."""
    number = int.from_bytes(encoded, "little")
    y, sign = (number & (2**255 - 1)) % P, number >> 255
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_MINUS_ONE % P
    if (x * x - x2) % P:
        return None
    if x & 1 != sign:
        x = -x % P
    return (x, y, 1, x * y % P)


def is_canonical(encoded):
    point = decompress(encoded)
    return point is not None and compress(point) == encoded


def is_small_order(point):
    return is_equal(multiply(8, point), IDENTITY)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def challenge(r, key, message):
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def expand(secret):
    digest = bytearray(hashlib.sha512(secret).digest())
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    return int.from_bytes(digest[:32], "little"), bytes(digest[32:])


def public_key(secret):
    return compress(multiply(expand(secret)[0], BASE))


def sign(secret, message):
    scalar, prefix = expand(secret)
    key = compress(multiply(scalar, BASE))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    r_encoded = compress(multiply(r, BASE))
    s = (r + challenge(r_encoded, key, message) * scalar) % L
    return r_encoded + s.to_bytes(32, "little")


def is_acceptable_key(key):
    """Canonical and not of small order."""
    return is_canonical(key) and not is_small_order(decompress(key))


def verify_strict(key, message, signature):
    """An acceptable key, R canonical and not of small order, S below L, and the equation without cofactor."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if not is_acceptable_key(key) or not is_canonical(r) or is_small_order(decompress(r)) or s >= L:
        return False
    right = add(decompress(r), multiply(challenge(r, key, message), decompress(key)))
    return is_equal(multiply(s, BASE), right)


# -- XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) --------------------------------------------------------------------


def _rounds(words):
    words = list(words)

    def quarter(a, b, c, d):
        for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            words[x] = (words[x] + words[y]) & 0xFFFFFFFF
            mixed = words[z] ^ words[x]
            words[z] = (mixed << turn | mixed >> (32 - turn)) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        for a in range(4):
            quarter(a, 4 + (a + 1) % 4, 8 + (a + 2) % 4, 12 + (a + 3) % 4)
    return words


_CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")


def _key_stream(key, nonce, counter):
    words = [*_CONSTANTS, *struct.unpack("<8I", key), counter, *struct.unpack("<3I", nonce)]
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(words, _rounds(words))))


def _subkey(key, nonce16):
    words = _rounds([*_CONSTANTS, *struct.unpack("<8I", key), *struct.unpack("<4I", nonce16)])
    return struct.pack("<8I", *words[:4], *words[12:])


def _poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at : at + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def _tag(key, nonce, associated, sealed):
    def padded(data):
        return data + bytes(-len(data) % 16)

    lengths = struct.pack("<QQ", len(associated), len(sealed))
    return _poly1305(_key_stream(key, nonce, 0)[:32], padded(associated) + padded(sealed) + lengths)


def _mask(key, nonce, data):
    blocks = (_key_stream(key, nonce, 1 + at) for at in range((len(data) + 63) // 64))
    return bytes(a ^ b for a, b in zip(data, b"".join(blocks)))


def aead_seal(key, nonce24, associated, plain):
    key, nonce = _subkey(key, nonce24[:16]), bytes(4) + nonce24[16:]
    sealed = _mask(key, nonce, plain)
    return sealed + _tag(key, nonce, associated, sealed)


# -- Deterministic CBOR -------------------------------------------------------------------------------------------------


def _head(major, number):
    for low, limit, width in ((None, 24, 0), (24, 1 << 8, 1), (25, 1 << 16, 2), (26, 1 << 32, 4), (27, 1 << 64, 8)):
        if number < limit:
            if low is None:
                return bytes([major << 5 | number])
            return bytes([major << 5 | low]) + number.to_bytes(width, "big")
    raise ValueError("a number beyond 64 bits")


def encode(value):
    """The one encoding of a value: dicts have unsigned keys, and an entry that is None is left out."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, dict):
        entries = sorted((key, entry) for key, entry in value.items() if entry is not None)
        return _head(5, len(entries)) + b"".join(encode(key) + encode(entry) for key, entry in entries)
    items = list(value)
    return _head(4, len(items)) + b"".join(map(encode, items))


def decode(data):
    """Reads exactly one deterministic item; ValueError for anything else."""
    value, end = _item(data, 0, 0)
    if end != len(data) or encode(value) != data:
        raise ValueError("not the one encoding of an item")
    return value


def _item(data, at, depth):
    if at >= len(data) or depth > 16:
        raise ValueError("cut short or nested too deep")
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        if low not in (20, 21, 22):
            raise ValueError("a float or an unknown simple value")
        return {20: False, 21: True, 22: None}[low], at
    if low > 27 or major == 6:
        raise ValueError("an indefinite length or a tag")
    width = 0 if low < 24 else 1 << (low - 24)
    number = low if low < 24 else int.from_bytes(data[at : at + width], "big")
    at += width
    if at > len(data) or (major > 1 and number > len(data) - at):
        raise ValueError("a length beyond the end")
    if major in (0, 1):
        return (number if major == 0 else -1 - number), at
    if major in (2, 3):
        raw = data[at : at + number]
        return (raw if major == 2 else raw.decode()), at + number
    if major == 4:
        items = []
        for _ in range(number):
            item, at = _item(data, at, depth + 1)
            items.append(item)
        return items, at
    entries = {}
    for _ in range(number):
        key, at = _item(data, at, depth + 1)
        if type(key) is not int or key < 0 or (entries and key <= max(entries)):
            raise ValueError("map keys must be unsigned and ascend")
        entries[key], at = _item(data, at, depth + 1)
    return entries, at


# -- Frames -------------------------------------------------------------------------------------------------------------

HEADER = struct.Struct(">BBHIQ")
FRAME_TYPES = {
    "Activate": 0x01, "Activated": 0x02, "Forking": 0x03, "AckForking": 0x04, "Forked": 0x05, "AckForked": 0x06,
    "Join": 0x07, "Leave": 0x08, "Kill": 0x09, "Refused": 0x0A, "Ended": 0x0B, "Resumed": 0x0C, "Tickets": 0x0D,
    "Halt": 0x0E, "Open": 0x20, "Rows": 0x21, "Cancel": 0x22, "Fetch": 0x23, "Shut": 0x24, "Summarize": 0x25, "Credit": 0x2F, "Batch": 0x30,
    "Total": 0x31, "Gap": 0x32, "Window": 0x33, "Fetched": 0x34, "Failed": 0x35, "Sources": 0x36,
    "Moved": 0x37, "Summarized": 0x38,
}


def frame(kind, stream, lamport, body):
    return HEADER.pack(1, FRAME_TYPES[kind], 0, stream, lamport) + body


def read_frame(data):
    """(type name, stream, lamport, body) of one frame; ValueError for anything else."""
    if len(data) < HEADER.size:
        raise ValueError("shorter than a header")
    version, kind, flags, stream, lamport = HEADER.unpack(data[: HEADER.size])
    names = {number: name for name, number in FRAME_TYPES.items()}
    if version != 1 or flags or kind not in names or (kind < 0x20) != (stream == 0):
        raise ValueError("not a frame of frereth/1")
    return names[kind], stream, lamport, data[HEADER.size :]


# -- What is signed -----------------------------------------------------------------------------------------------------


def transcript(tag, *parts):
    """The tag, a zero byte, then each part behind its length (u32, big-endian). A part that is an int is a u64."""
    raw = [part.encode() if isinstance(part, str) else part for part in parts]
    raw = [struct.pack(">Q", part) if isinstance(part, int) else part for part in raw]
    return f"frereth/1 {tag}".encode() + b"\0" + b"".join(struct.pack(">I", len(part)) + part for part in raw)


# -- What is sealed -----------------------------------------------------------------------------------------------------


def seal_cookie(key, minute, nonce, origin, cookie):
    clear = struct.pack(">BBI", 1, 1, minute) + nonce
    plain = (
        cookie["session"] + struct.pack(">I", cookie["epoch"]) + cookie["world"]
        + struct.pack(">HH", cookie["command"], cookie["command_version"]) + cookie["code_sha256"]
        + struct.pack(">Q", cookie["issued_at"]) + cookie["id"]
    )
    associated = b"frereth/1 cookie\0" + clear + hashlib.sha256(origin.encode()).digest()
    return clear + aead_seal(key, nonce, associated, plain)


TICKET_KINDS = {"page": 2, "resume": 3}


def seal_ticket(key, nonce, origin, ticket):
    clear = struct.pack(">BB", 1, TICKET_KINDS[ticket["kind"]]) + nonce
    plain = (
        ticket["session"] + ticket["login"] + ticket["id"]
        + struct.pack(">QIH", ticket["expires"], ticket["epoch"], len(ticket["worlds"]))
        + b"".join(world + struct.pack(">HI", command, stream) for world, command, stream in ticket["worlds"])
    )
    associated = f"frereth/1 {ticket['kind']} ticket".encode() + b"\0" + clear + hashlib.sha256(origin.encode()).digest()
    return clear + aead_seal(key, nonce, associated, plain)

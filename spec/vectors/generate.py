#!/usr/bin/env python3
"""Writes the vectors in this folder. They repeat to the byte: `generate.py --check` fails when a file differs.

The expected values come from spec/client/frereth.py, which shares nothing with the Rust code; tests/vectors.rs checks the
Rust code against them.
"""

import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "client"))
import frereth as f  # noqa: E402

ORIGIN = "http://localhost:3000"
WALL = 1_700_000_000_000


def seeded(number, length=32):
    return bytes((number + at) % 256 for at in range(length))


# -- Ed25519 ------------------------------------------------------------------------------------------------------------

# RFC 8032, section 7.1, TEST 1 to TEST 3.
RFC8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]


def torsion():
    """The eight points of small order, as multiples of one of order eight."""
    y = 2
    while True:
        point = f.decompress(y.to_bytes(32, "little"))
        if point is not None:
            candidate = f.multiply(f.L, point)
            if not f.is_equal(f.multiply(4, candidate), f.IDENTITY):
                return [f.multiply(times, candidate) for times in range(8)]
        y += 1


def message_for(wanted, r, key):
    """The first message whose challenge satisfies `wanted`."""
    number = 0
    while not wanted(f.challenge(r, key, b"message %d" % number)):
        number += 1
    return b"message %d" % number


def ed25519():
    keys, signatures = [], []
    small = torsion()
    secret = seeded(1)
    scalar, _ = f.expand(secret)
    honest = f.public_key(secret)
    r_scalar = int.from_bytes(seeded(77), "little") % f.L
    r_honest = f.compress(f.multiply(r_scalar, f.BASE))

    def key(name, encoded):
        keys.append({"name": name, "key": encoded.hex(), "acceptable": f.is_acceptable_key(encoded)})

    def signature(name, public, message, r, s):
        raw = r + s.to_bytes(32, "little")
        signatures.append({
            "name": name, "key": public.hex(), "message": message.hex(), "signature": raw.hex(),
            "valid": f.verify_strict(public, message, raw),
        })

    # Keys.
    key("an honest key", honest)
    for order, point in enumerate(small):
        key(f"small order, {order} times the generator of the torsion", f.compress(point))
        key(f"an honest key plus {order} times the generator of the torsion", f.compress(f.add(f.decompress(honest), point)))
    for y in range(19):
        for sign in (0, 1):
            encoded = ((f.P + y) | sign << 255).to_bytes(32, "little")
            on_curve = "on" if f.decompress(encoded) else "off"
            key(f"not canonical: y = p + {y}, sign {sign}, {on_curve} the curve", encoded)
    for y, name in ((1, "1"), (f.P - 1, "-1")):
        key(f"not canonical: y = {name}, x = 0 with its sign set", (y | 1 << 255).to_bytes(32, "little"))
    key("off the curve", next(e for e in (y.to_bytes(32, "little") for y in range(2, 99)) if f.decompress(e) is None))
    key("all ones", b"\xff" * 32)

    # An honest signature and its damage.
    message = b"frereth"
    good = f.sign(secret, message)
    s_good = int.from_bytes(good[32:], "little")
    signature("honest", honest, message, good[:32], s_good)
    signature("another message", honest, b"Frereth", good[:32], s_good)
    signature("another key", f.public_key(seeded(2)), message, good[:32], s_good)
    signature("R and S zero", honest, message, bytes(32), 0)
    for bit in (0, 100, 254, 255):
        flipped = (int.from_bytes(good[:32], "little") ^ 1 << bit).to_bytes(32, "little")
        signature(f"bit {bit} of R flipped", honest, message, flipped, s_good)
        signature(f"bit {bit} of S flipped", honest, message, good[:32], s_good ^ 1 << bit)

    # S that is not reduced satisfies the equation all the same.
    for times in (1, 2, 7, 15):
        signature(f"S + {times} L", honest, message, good[:32], s_good + times * f.L)
    signature("S = L, R the identity", honest, message, f.compress(f.IDENTITY), f.L)

    # A key of small order: with a challenge that is a multiple of eight, anything verifies under it.
    for order, point in enumerate(small):
        for name, encoded in forms(point):
            text = message_for(lambda k: k % 8 == 0, r_honest, encoded)
            signature(f"small-order key {order}, {name}", encoded, text, r_honest, r_scalar)

    # R of small order.
    for name, encoded in forms(f.IDENTITY):
        signature(f"R is the identity, {name}", honest, message, encoded, f.challenge(encoded, honest, message) * scalar % f.L)
    for order in range(1, 8):
        mixed = f.compress(f.add(f.decompress(honest), small[1]))
        r = f.compress(small[order])
        text = message_for(lambda k: (order + k) % 8 == 0, r, mixed)
        signature(f"R of small order {order} under a key of mixed order", mixed, text, r, f.challenge(r, mixed, text) * scalar % f.L)

    # Mixed order: strict verification has no cofactor, so it depends on whether the torsion cancels.
    for order in range(1, 8):
        mixed = f.compress(f.add(f.decompress(honest), small[order]))
        text = message_for(lambda k: k % 8 == 0, r_honest, mixed)
        signature(f"mixed key {order}, torsion gone by the challenge", mixed, text, r_honest,
                  (r_scalar + f.challenge(r_honest, mixed, text) * scalar) % f.L)
        text = message_for(lambda k: k * order % 8 != 0, r_honest, mixed)
        signature(f"mixed key {order}, valid only with cofactor", mixed, text, r_honest,
                  (r_scalar + f.challenge(r_honest, mixed, text) * scalar) % f.L)
        r = f.compress(f.add(f.multiply(r_scalar, f.BASE), small[order]))
        text = message_for(lambda k: (order + k * order) % 8 == 0, r, mixed)
        signature(f"mixed key and mixed R {order} that cancel", mixed, text, r,
                  (r_scalar + f.challenge(r, mixed, text) * scalar) % f.L)
        signature(f"honest key, mixed R {order}, valid only with cofactor", honest, message, r,
                  (r_scalar + f.challenge(r, honest, message) * scalar) % f.L)

    rfc = [dict(zip(("secret", "key", "message", "signature"), case)) for case in RFC8032]
    for case in RFC8032:
        assert f.sign(bytes.fromhex(case[0]), bytes.fromhex(case[2])).hex() == case[3]
    return {"about": "Ed25519: RFC 8032 section 7.1, and the edge cases of strict verification", "rfc8032": rfc,
            "keys": keys, "signatures": signatures}


def forms(point):
    """A point's canonical encoding and each other encoding that reads as the same point."""
    canonical = f.compress(point)
    found = [("canonical", canonical)]
    number = int.from_bytes(canonical, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x_is_zero = f.is_equal(f.add(point, point), f.IDENTITY)
    for other_y in {y, y + f.P}:
        for other_sign in (0, 1):
            if other_y < 2**255 and (other_sign == sign or x_is_zero):
                encoded = (other_y | other_sign << 255).to_bytes(32, "little")
                if encoded != canonical:
                    found.append((f"y {'+ p' if other_y != y else 'as it is'}, sign {other_sign}", encoded))
    return sorted(found)


# -- Sealed things ------------------------------------------------------------------------------------------------------


def cookies():
    minute = WALL // 60_000
    key, nonce = seeded(0x10), seeded(0x80, 24)
    fields = {"session": seeded(1, 16), "epoch": 2, "world": f.public_key(seeded(3)), "command": 4, "command_version": 5,
              "code_sha256": seeded(6), "issued_at": WALL, "id": seeded(7, 16)}
    good = f.seal_cookie(key, minute, nonce, ORIGIN, fields)

    def case(name, data, opens, origin=ORIGIN, wall=WALL):
        return {"name": name, "cookie": data.hex(), "origin": origin, "wall": wall, "opens": opens}

    other_kind = good[:1] + b"\x02" + good[2:]
    other_minute = f.seal_cookie(key, minute + 1, nonce, ORIGIN, fields)
    ticket = {"kind": "page", "session": fields["session"], "login": seeded(1, 16), "id": fields["id"],
              "expires": WALL + 60_000, "epoch": 1, "worlds": []}
    return {
        "about": "Cookies under one minute key. `seal` gives the bytes for the fields, key and nonce; `open` judges bytes.",
        "key": key.hex(), "minute": minute, "nonce": nonce.hex(),
        "seal": {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()},
        "open": [
            case("as it was made", good, True),
            case("120 s old", good, True, wall=WALL + 120_000),
            case("over 120 s old", good, False, wall=WALL + 120_001),
            case("5 s from the future", good, True, wall=WALL - 5_000),
            case("over 5 s from the future", good, False, wall=WALL - 5_001),
            case("another port", good, False, origin="http://localhost:3001"),
            case("another scheme", good, False, origin="https://localhost:3000"),
            case("another kind in the header", other_kind, False),
            case("a later version in the header", b"\x02" + good[1:], False),
            case("a minute without a key", other_minute, False),
            case("cut by one byte", good[:-1], False),
            case("one byte more", good + b"\0", False),
            case("last bit flipped", good[:-1] + bytes([good[-1] ^ 1]), False),
            case("another key", f.seal_cookie(seeded(0x11), minute, nonce, ORIGIN, fields), False),
            case("a page ticket under the same key", f.seal_ticket(key, nonce, ORIGIN, ticket), False),
            case("nothing", b"", False),
        ],
    }


def tickets():
    key, nonce = seeded(0x20), seeded(0x90, 24)
    page = {"kind": "page", "session": seeded(1, 16), "login": seeded(2, 16), "id": seeded(3, 16), "expires": WALL + 60_000,
            "epoch": 0, "worlds": []}
    resume = {**page, "kind": "resume", "epoch": 7, "expires": WALL + 43_200_000,
              "worlds": [(f.public_key(seeded(4)), 0, 1), (f.public_key(seeded(5)), 3, 9)]}

    def written(ticket):
        named = {name: value.hex() if isinstance(value, bytes) else value for name, value in ticket.items()}
        named["worlds"] = [{"world": world.hex(), "command": command, "stream": stream}
                           for world, command, stream in ticket["worlds"]]
        return {**named, "bytes": f.seal_ticket(key, nonce, ORIGIN, ticket).hex()}

    def case(name, data, opens, origin=ORIGIN, wall=WALL):
        return {"name": name, "ticket": data.hex(), "origin": origin, "wall": wall, "opens": opens}

    good, again = f.seal_ticket(key, nonce, ORIGIN, page), f.seal_ticket(key, nonce, ORIGIN, resume)
    return {
        "about": "Tickets under one ticket key. `seal` gives the bytes for the fields, key and nonce; `open` judges bytes.",
        "key": key.hex(), "nonce": nonce.hex(), "seal": [written(page), written(resume)],
        "open": [
            case("a page ticket", good, True),
            case("a resume ticket", again, True),
            case("a page ticket in its last millisecond", good, True, wall=WALL + 59_999),
            case("a page ticket that expired", good, False, wall=WALL + 60_000),
            case("another origin", good, False, origin="http://127.0.0.1:3000"),
            case("a page ticket called a resume ticket", good[:1] + b"\x03" + good[2:], False),
            case("a resume ticket called a page ticket", again[:1] + b"\x02" + again[2:], False),
            case("a cookie's kind", good[:1] + b"\x01" + good[2:], False),
            case("an unknown kind", good[:1] + b"\x04" + good[2:], False),
            case("a page ticket that names worlds", f.seal_ticket(key, nonce, ORIGIN, {**resume, "kind": "page"}), False),
            case("another key", f.seal_ticket(seeded(0x21), nonce, ORIGIN, page), False),
            case("cut by one byte", again[:-1], False),
            case("one byte more", again + b"\0", False),
            case("more worlds than may be", f.seal_ticket(key, nonce, ORIGIN, {**resume, "worlds": resume["worlds"] * 33}), False),
            case("nothing", b"", False),
        ],
    }


# -- Frames and bodies --------------------------------------------------------------------------------------------------


def frames():
    good = []
    for kind, number in f.FRAME_TYPES.items():
        stream, lamport, body = (0 if number < 0x20 else number), number << 32 | 1, seeded(number, number)
        good.append({"type": number, "stream": stream, "lamport": lamport, "body": body.hex(),
                     "bytes": f.frame(kind, stream, lamport, body).hex()})
    good.append({"type": 0x20, "stream": 2**32 - 1, "lamport": 2**53 - 1, "body": "",
                 "bytes": f.frame("Open", 2**32 - 1, 2**53 - 1, b"").hex()})
    header = f.HEADER.pack

    def bad(name, data, error):
        return {"name": name, "bytes": data.hex(), "error": error}

    first = header(1, 1, 0, 0, 1)
    unknown = [number for number in (0x00, 0x0F, 0x1F, 0x26, 0x2E, 0x3F, 0x80, 0xFF)]
    return {
        "about": "Frames. `error` names the variant of the reader's error; `limit` is the largest frame the reader allows.",
        "limit": 4096,
        "good": good,
        "bad": [
            bad("nothing", b"", "FrameTooShort"),
            bad("a header cut by one byte", first[:-1], "FrameTooShort"),
            bad("one byte over the limit", first + bytes(4096 - 15), "FrameTooLong"),
            bad("version 0", header(0, 1, 0, 0, 1), "Version"),
            bad("version 2", header(2, 1, 0, 0, 1), "Version"),
            *[bad(f"type {number:#04x}", header(1, number, 0, 1, 1), "FrameType") for number in unknown],
            bad("the lowest flag", header(1, 1, 1, 0, 1), "Flags"),
            bad("the highest flag", header(1, 1, 0x8000, 0, 1), "Flags"),
            bad("control on stream 1", header(1, 1, 0, 1, 1), "UnknownStream"),
            bad("a batch on the control stream", header(1, 0x30, 0, 0, 1), "UnknownStream"),
            bad("text that looks like a frame", b'{"type":"disconnect"}', "Version"),
        ],
    }


WORLD = f.public_key(seeded(3))
PLACE = {0: 1, 1: 10_000_000_000}
GOOD_BODIES = {
    "Activate": [
        {0: b"\1", 1: seeded(0, 104), 2: 1, 4: "0.1.0", 5: seeded(9, 64)},
        {0: b"\1\2", 1: seeded(0, 104), 2: 2**40, 3: seeded(1, 142), 4: "0.1.0", 5: seeded(9, 64)},
    ],
    "Activated": [{
        0: 1, 1: 1, 2: {0: 65536, 1: 8, 2: 1000, 3: 5000, 4: 10000, 5: 60000},
        3: {0: "shell", 1: "/api/v1/world", 2: seeded(6), 3: 120_000}, 4: {0: seeded(1, 104), 1: seeded(2, 104)},
    }],
    "Forking": [{0: 1, 1: WORLD, 2: "shell"}],
    "AckForking": [{0: 1, 1: WORLD, 2: seeded(0, 158), 3: seeded(6), 4: 120_000}],
    "Refused": [{0: WORLD, 1: 1}],
    "Forked": [{0: WORLD, 1: seeded(9, 64)}],
    "AckForked": [{0: WORLD, 1: 1, 2: {0: 2000, 1: 262_144}, 3: {0: seeded(1, 104), 1: seeded(2, 142)}}],
    "Leave": [{0: WORLD}],
    "Ended": [{0: WORLD, 1: "the source is gone"}],
    "Resumed": [{0: []}, {0: [{0: WORLD, 1: 1, 2: {0: 2000, 1: 262_144}}]}],
    "Tickets": [{0: seeded(1, 104), 1: seeded(2, 142)}],
    "Halt": [{0: 1001, 1: "the server is stopping"}],
    "Credit": [{0: 0, 1: 0}, {0: 2**63, 1: 2**64 - 1}],
    "Initiate": [{0: seeded(0, 158), 1: WORLD, 2: seeded(4, 16), 3: seeded(9, 64)}],
    "SignedRequest": [{0: WALL, 1: seeded(9, 64)}],
    "Open": [{0: 0, 2: True}, {0: 2**32 - 1, 1: "error", 2: False, 3: PLACE}],
    "Rows": [
        {0: 1, 1: [0, []], 2: 100}, {0: 2, 1: [1, []], 2: -100}, {0: 3, 1: [2, [PLACE]], 2: 1000},
        {0: 4, 1: [3, [9_999_999]], 2: -1000}, {0: 5, 1: [4, [0]], 2: 0},
    ],
    "Cancel": [{0: 1}],
    "Fetch": [{0: 1, 1: PLACE, 2: PLACE, 3: 65_536}],
    "Shut": [{}],
    "Summarize": [{0: 1, 1: 0}, {0: 2**32 - 1, 1: 2**64 - 1}],
    "Total": [{0: 10_000_000, 1: True, 2: 5, 3: 6, 4: 0, 5: 0, 6: 10_000_000}],
    "Gap": [
        {0: PLACE, 1: {0: 1, 1: 10_000_000_900}, 3: [0, 0, 10, 2, 1, 0, 24], 4: True},
        {0: PLACE, 1: {0: 1, 1: 10_000_000_900}, 2: 0, 3: [0, 0, 10, 2, 1, 0, 24], 4: False},
    ],
    "Fetched": [{0: 1, 1: b"a line\r\n\xff", 3: False}, {0: 1, 1: b"", 2: 9, 3: True}],
    "Failed": [{0: 0, 1: "no such source"}],
    "Sources": [{0: [
        {0: 0, 1: "app.log", 2: "/var/log/app.log", 3: [0, []], 4: 1 << 33, 5: "json"},
        {0: 1, 1: "standard input", 2: "standard input", 3: [1, []], 4: 0},
        {0: 2, 1: "old.log", 2: "/var/log/old.log", 3: [2, []], 4: 0},
        {0: 3, 1: "secret.log", 2: "/var/log/secret.log", 3: [3, ["permission denied"]], 4: 0},
    ], 1: 0, 2: 4}, {0: [], 1: 4, 2: 5}],
    "Moved": [
        {0: 2**32 - 1, 1: 0, 2: 900, 3: 1_000, 4: [{0: 980, 1: 20, 2: 1}, {0: 900, 1: 80, 2: 3}]},
        {0: 1, 1: 2, 2: 0, 3: 10_000_000_000, 4: []},
    ],
    "Summarized": [
        {0: 1, 1: 1, 2: 0, 3: 0, 4: [0] * 7, 5: 0, 6: [], 7: 0, 8: [], 9: [], 10: 0},
        {
            0: 2, 1: 9, 2: 100, 3: 1 << 33, 4: [0, 0, 10, 2, 1, 0, 24], 5: 3,
            6: [{0: -1, 1: [0, 0, 10, 2, 1, 0, 21]}], 7: WALL,
            8: [
                {0: "http.status", 1: 12, 2: 2, 3: [{0: "200", 1: False, 2: False, 3: 11, 4: 0}]},
                {0: "user", 1: 5, 3: [{0: "joanna", 1: True, 2: True, 3: 2, 4: 1}]},
            ],
            9: [{0: "request <*> served", 1: 12}], 10: 7,
            11: {0: "source", 1: 37, 2: 2, 3: [{0: "app.log", 1: False, 2: True, 3: 36, 4: 0}]},
        },
    ],
}


def bodies():
    good = [{"type": kind, "bytes": f.encode(body).hex()} for kind, all_of in GOOD_BODIES.items() for body in all_of]
    for case in good:
        assert f.encode(f.decode(bytes.fromhex(case["bytes"]))).hex() == case["bytes"]
    bad = []

    def case(kind, name, data):
        bad.append({"type": kind, "name": name, "bytes": data.hex()})

    leave = f.encode({0: WORLD})
    later = f.encode({0: WORLD, 64: [1, None, {9: True}]})
    good.append({"type": "Leave", "bytes": later.hex(), "ignored": True})
    for kind, all_of in GOOD_BODIES.items():
        for missing in all_of[0]:
            case(kind, f"key {missing} missing", f.encode({key: value for key, value in all_of[0].items() if key != missing}))
        known = 1 + max((key for body in all_of for key in body), default=-1)
        if kind == "Total":
            known = 7
        for unknown in (known, 63):
            case(kind, f"unknown critical key {unknown}", f.encode({**all_of[0], unknown: 0}))
    case("Leave", "nothing", b"")
    case("Leave", "an indefinite map", b"\xbf" + leave[1:] + b"\xff")
    case("Leave", "a byte behind the end", leave + b"\0")
    case("Leave", "a map length that is not the shortest", b"\xb8\x01" + leave[1:])
    case("Leave", "a key that is not the shortest", b"\xa1\x18\0" + leave[2:])
    case("Leave", "a byte string length that is not the shortest", b"\xa1\0\x59\0\x20" + WORLD)
    case("Leave", "the key twice", b"\xa2" + leave[1:] + leave[1:])
    case("Leave", "an array", b"\x81" + leave[2:])
    case("Leave", "an indefinite byte string", b"\xa1\0\x5f\x58\x20" + WORLD + b"\xff")
    case("Leave", "a tag", b"\xa1\0\xc0" + leave[2:])
    case("Leave", "31 bytes for a world", b"\xa1\0\x58\x1f" + WORLD[1:])
    case("Leave", "33 bytes for a world", b"\xa1\0\x58\x21" + WORLD + b"\0")
    case("Leave", "text for a world", b"\xa1\0\x78\x20" + b"x" * 32)
    case("Leave", "a negative key", b"\xa1\x20" + leave[2:])
    case("Leave", "a text key", b"\xa1\x61\x30" + leave[2:])
    case("Leave", "17 levels in an ignored field", b"\xa2" + leave[1:] + b"\x18\x40" + b"\x81" * 15 + b"\x80")
    case("Leave", "4000 levels in an ignored field", b"\xa2" + leave[1:] + b"\x18\x40" + b"\x81" * 4_000)
    case("Leave", "a length of 2^62", b"\xa1\0\x5b\x40" + bytes(7) + WORLD)
    case("Leave", "a float in an ignored field", b"\xa2" + leave[1:] + b"\x18\x40\xf9\0\0")
    case("Leave", "text that is not UTF-8 in an ignored field", b"\xa2" + leave[1:] + b"\x18\x40\x62\xc3\x28")
    case("Forking", "keys in another order", b"\xa3" + b"\1" + f.encode(WORLD) + b"\0\1" + b"\2" + f.encode("shell"))
    case("Forking", "a number beyond 32 bits", f.encode({0: 2**32, 1: WORLD, 2: "shell"}))
    case("Open", "a null that must be left out", b"\xa3\0\0\1\xf6\2\xf5")
    case("Open", "1 for true", f.encode({0: 0, 2: 1}))
    case("Rows", "a count beyond 32 bits", f.encode({0: 1, 1: [0, []], 2: 2**31}))
    case("Rows", "an unknown anchor", f.encode({0: 1, 1: [5, []], 2: 1}))
    case("Rows", "an anchor with content that it does not have", f.encode({0: 1, 1: [0, [1]], 2: 1}))
    case("Rows", "an anchor with a map for its fields", f.encode({0: 1, 1: [0, {}], 2: 1}))
    case("Rows", "an anchor with a field too many", f.encode({0: 1, 1: [3, [1, 2]], 2: 1}))
    case("Rows", "a place with a field too many", f.encode({0: 1, 1: [2, [{0: 0, 1: 0, 2: 0}]], 2: 1}))
    case("Gap", "six counts", f.encode({**GOOD_BODIES["Gap"][0], 3: [0] * 6}))
    case("Gap", "eight counts", f.encode({**GOOD_BODIES["Gap"][0], 3: [0] * 8}))
    case("Moved", "a stretch without its lines", f.encode({**GOOD_BODIES["Moved"][0], 4: [{0: 980, 1: 20}]}))
    case("Activated", "an epoch of -1", f.encode({**GOOD_BODIES["Activated"][0], 1: -1}))
    return {"about": "Bodies. `ignored`: read like the same body without its later field, which is not written again.",
            "good": good, "bad": bad}


# -- Transcripts --------------------------------------------------------------------------------------------------------


def transcripts():
    secret = seeded(0x30)
    key = f.public_key(secret)

    def case(kind, fields, *parts):
        raw = f.transcript(kind, *parts)
        written = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
        return {"kind": kind, "fields": written, "bytes": raw.hex(), "signature": f.sign(secret, raw).hex()}

    versions, ticket, resume = b"\1", seeded(1, 104), seeded(2, 142)
    cookie, nonce = seeded(3, 158), seeded(4, 16)
    path, token, build = "/api/v1/world", "a-token-id", "0.1.0"
    return {
        "about": "What is signed, and its signature under one key.", "secret": secret.hex(), "key": key.hex(), "origin": ORIGIN,
        "cases": [
            case("login", {"subject": "password:ada", "at": WALL}, ORIGIN, key, "password:ada", WALL),
            case("request", {"purpose": "/api/v1/ticket", "token": token, "at": WALL}, ORIGIN, "/api/v1/ticket", token, WALL),
            case("activate", {"versions": versions, "ticket": ticket, "lamport": 1, "resume": b"", "build": build},
                 ORIGIN, versions, ticket, 1, b"", build),
            case("activate", {"versions": versions, "ticket": ticket, "lamport": 2**40, "resume": resume, "build": build},
                 ORIGIN, versions, ticket, 2**40, resume, build),
            case("initiate", {"path": path, "cookie": cookie, "nonce": nonce}, ORIGIN, path, cookie, key, nonce),
            case("forked", {"nonce": nonce}, ORIGIN, key, nonce),
        ],
    }


def main():
    differs = False
    for make in (ed25519, cookies, tickets, frames, bodies, transcripts):
        path, text = HERE / f"{make.__name__}.json", json.dumps(make(), indent=1) + "\n"
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"{path.name} differs from what this generator writes")
            differs = True
    return differs


if __name__ == "__main__":
    sys.exit(main())

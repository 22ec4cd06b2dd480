// Assembles the small WebAssembly modules of hostile worlds: the door that the sandbox calls, with bodies of a test's choice.

type Bytes = readonly number[];

/** LEB128, unsigned. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low + 128 : low);
  } while (value > 0);
  return bytes;
}

/** LEB128, signed; of an i32 given as u32 or i32. */
function signed(value: number): number[] {
  value |= 0;
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const isLast = (value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

const name = (text: string): number[] => [...unsigned(text.length), ...Buffer.from(text)];
const list = (items: Bytes[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Bytes): number[] => [id, ...unsigned(content.length), ...content];

const I32 = 0x7f;
const F64 = 0x7c;
/** The page of memory behind the two megabytes in which a test's messages lie. */
const ALLOCATED = 4 * 1024 * 1024;

/** Instructions. */
export const code = {
  constant: (value: number): number[] => [0x41, ...signed(value)],
  /** What stands in it is done again and again. */
  forever: (body: Bytes): number[] => [0x03, 0x40, ...body, 0x0c, 0x00, 0x0b],
  /** Grows the memory by 64 pages at a time until it is refused. */
  growToMaximum: [0x03, 0x40, 0x41, ...signed(64), 0x40, 0x00, 0x41, ...signed(-1), 0x47, 0x0d, 0x00, 0x0b],
  /** Writes over so many bytes from the beginning. */
  fill: (bytes: number): number[] => [0x41, 0, 0x41, 1, 0x41, ...signed(bytes), 0xfc, 0x0b, 0x00],
  trap: [0x00],
  emit: (at: number, length: number): number[] => [...code.constant(at), ...code.constant(length), 0x10, 0],
  log: (at: number, length: number): number[] => [...code.constant(at), ...code.constant(length), 0x10, 1],
};

/** A world under construction. */
export class WorldText {
  private readonly data: Uint8Array[] = [];
  private free = 16;

  /** Lays bytes into the memory and returns where. */
  place(bytes: ArrayLike<number>): [at: number, length: number] {
    const at = this.free;
    this.data.push(Uint8Array.from(bytes));
    this.free += bytes.length;
    return [at, bytes.length];
  }

  /** The instructions that send this message. */
  say(bytes: ArrayLike<number>): number[] {
    return code.emit(...this.place(bytes));
  }

  /** The module. `starting` is done in `abi`, `receiving` for every message. */
  module(receiving: Bytes, options: { starting?: Bytes; pagesMax?: number } = {}): Uint8Array {
    const starting = options.starting ?? this.say([0]);
    const body = (instructions: Bytes): number[] => {
      const whole = [0, ...instructions, 0x0b];
      return [...unsigned(whole.length), ...whole];
    };
    const import_ = (field: string, type: number): number[] => [...name("frereth"), ...name(field), 0, type];
    const head = [
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, list([[0x60, 2, I32, I32, 0], [0x60, 0, 1, F64], [0x60, 0, 1, I32], [0x60, 1, I32, 1, I32]])),
      section(2, list([import_("emit", 0), import_("log", 0), import_("now_ms", 1)])),
      section(3, list([[2], [3], [0]])),
      section(5, list([[1, ...unsigned(96), ...unsigned(options.pagesMax ?? 128)]])),
      section(
        7,
        list([
          [...name("memory"), 2, 0],
          [...name("abi"), 0, 3],
          [...name("alloc"), 0, 4],
          [...name("receive"), 0, 5],
        ]),
      ),
      section(10, list([body([...starting, ...code.constant(1)]), body(code.constant(ALLOCATED)), body(receiving)])),
    ].flat();
    const parts: Uint8Array[] = [];
    let at = 16;
    for (const bytes of this.data) {
      parts.push(Uint8Array.from([0, ...code.constant(at), 0x0b, ...unsigned(bytes.length)]), bytes);
      at += bytes.length;
    }
    const data = Buffer.concat([Uint8Array.from(unsigned(this.data.length)), ...parts]);
    return Buffer.concat([Uint8Array.from([...head, 11, ...unsigned(data.length)]), data]);
  }
}

/** The few kinds of CBOR that view operations are made of. */
export const cbor = {
  head(major: number, value: number): number[] {
    if (value < 24) return [major * 32 + value];
    if (value < 0x100) return [major * 32 + 24, value];
    if (value < 0x10000) return [major * 32 + 25, value >> 8, value & 0xff];
    return [major * 32 + 26, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  },
  number: (value: number): number[] => cbor.head(0, value),
  text: (value: string): number[] => [...cbor.head(3, value.length), ...Buffer.from(value)],
  array: (...items: number[][]): number[] => cbor.head(4, items.length).concat(...items),
  nothing: [0xf6],
};

/** A message of view operations. */
export function view(...operations: number[][]): number[] {
  return [2].concat(cbor.array(...operations));
}

/** The operation that inserts a toolbar, which is a group with a name. */
export function insertGroup(node: number, parent: number, label = ""): number[] {
  const group = cbor.array(cbor.number(0), cbor.array(cbor.number(2), cbor.text(label)));
  return cbor.array(cbor.number(0), cbor.array(cbor.number(node), cbor.number(parent), cbor.nothing, group));
}

/** The operation that removes a node. */
export function remove(node: number): number[] {
  return cbor.array(cbor.number(3), cbor.array(cbor.number(node)));
}

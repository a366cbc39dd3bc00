import { ImageError } from "./image-error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Collects big-endian values into a growing byte array. */
export class ByteWriter {
  private buffer = new Uint8Array(1024);
  private view = new DataView(this.buffer.buffer);
  private used = 0;

  get length(): number {
    return this.used;
  }

  private reserve(bytes: number): number {
    const at = this.used;
    this.used += bytes;
    if (this.used > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.used, this.buffer.length * 2));
      larger.set(this.buffer);
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.buffer[at] = value;
  }

  u16(value: number): void {
    const at = this.reserve(2);
    this.view.setUint16(at, value);
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  /** Overwrites four bytes written before. */
  setU32(at: number, value: number): void {
    this.view.setUint32(at, value);
  }

  bytes(data: Uint8Array): void {
    const at = this.reserve(data.length);
    this.buffer.set(data, at);
  }

  /** Unsigned LEB128. */
  uleb(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  /** Signed LEB128. */
  sleb(value: number): void {
    let rest = value;
    while (rest < -0x40 || rest >= 0x40) {
      const low = ((rest % 0x80) + 0x80) % 0x80;
      this.u8(low | 0x80);
      rest = (rest - low) / 0x80;
    }
    this.u8(rest & 0x7f);
  }

  /** Text in UTF-8 with a closing zero byte; ends at the first zero byte in the text. */
  string(text: string): void {
    const end = text.indexOf("\0");
    this.bytes(encoder.encode(end < 0 ? text : text.slice(0, end)));
    this.u8(0);
  }

  /** Fills with zero bytes up to `offset`. */
  padTo(offset: number): void {
    if (offset > this.used) this.reserve(offset - this.used);
  }

  align(alignment: number): void {
    this.padTo(Math.ceil(this.used / alignment) * alignment);
  }

  toBytes(): Uint8Array {
    return this.buffer.slice(0, this.used);
  }
}

/** Longer names are cut or refused, so that a small file cannot unfold into a huge one. */
const LONGEST_TEXT = 4096;

/** Zero-terminated UTF-8 text at an offset; undefined when it has no end within LONGEST_TEXT bytes. */
export function textAt(bytes: Uint8Array, offset: number): { text: string; bytes: number } | undefined {
  const window = bytes.subarray(offset, offset + LONGEST_TEXT);
  const length = window.indexOf(0);
  return length < 0 ? undefined : { text: decoder.decode(window.subarray(0, length)), bytes: length };
}

/** Reads big-endian values; every access outside the bytes throws an ImageError that names `what`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  offset = 0;
  private readonly view: DataView;
  private readonly what: string;

  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.what = what;
  }

  private take(bytes: number): number {
    const at = this.offset;
    if (bytes > this.bytes.length - at) {
      throw new ImageError(
        `${this.what} is truncated: needs ${bytes} bytes at ${at}, has ${this.bytes.length}`,
      );
    }
    this.offset = at + bytes;
    return at;
  }

  get atEnd(): boolean {
    return this.offset >= this.bytes.length;
  }

  u8(): number {
    return this.bytes[this.take(1)];
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    return this.view.getUint16(this.take(2));
  }

  u32(): number {
    return this.view.getUint32(this.take(4));
  }

  skip(bytes: number): void {
    this.take(bytes);
  }

  /** The next `bytes` bytes as a reader of their own. */
  part(bytes: number, what: string): ByteReader {
    const at = this.take(bytes);
    return new ByteReader(this.bytes.subarray(at, at + bytes), what);
  }

  /** Place value of the next byte of a LEB128 number; those of more than 16 bytes are refused. */
  private nextScale(scale: number): number {
    if (scale > 2 ** 112) throw new ImageError(`${this.what} is damaged: a number without end`);
    return scale * 0x80;
  }

  /** Unsigned LEB128; values beyond 2^53 lose low bits. */
  uleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale = this.nextScale(scale);
    }
  }

  /** Signed LEB128. */
  sleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      const next = this.nextScale(scale);
      if (byte < 0x80) return byte & 0x40 ? value - next : value;
      scale = next;
    }
  }

  /** Text up to the next zero byte, at most LONGEST_TEXT bytes. */
  string(): string {
    const text = textAt(this.bytes, this.offset);
    if (text === undefined)
      throw new ImageError(`${this.what} is damaged: text without end at ${this.offset}`);
    this.offset += text.bytes + 1;
    return text.text;
  }
}

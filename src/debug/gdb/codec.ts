/**
 * Packets of the GDB remote serial protocol (GDB manual, appendix E.1), without a transport: bytes in, events out.
 * Contents are strings of one character a byte (latin1).
 */

/** Bytes of contents that a packet may have, either way; announced as PacketSize. */
export const PACKET_BYTES = 0x4000;

/** What arrives from the other side. */
export type WireEvent =
  | { readonly kind: "packet"; readonly data: string }
  /** A packet with a wrong checksum: it is to be sent again. */
  | { readonly kind: "damaged" }
  /** Well framed, but too long, or with an escape or run that does not end; sending it again does not help. */
  | { readonly kind: "unusable"; readonly reason: string }
  | { readonly kind: "acknowledged" }
  | { readonly kind: "refused" }
  /** Ctrl-C. */
  | { readonly kind: "interrupt" };

const code = (character: string): number => character.charCodeAt(0);
const DOLLAR = code("$");
const HASH = code("#");
const STAR = code("*");
const BRACE = code("}");
const INTERRUPT = 3;
const ESCAPE_XOR = 0x20;
/** A run character counts further copies from here on. */
const RUN_BASE = 29;
const FEWEST_COPIES = 3;
const MOST_COPIES = 97;
/** Run characters that would look like framing. */
const FORBIDDEN_RUNS = new Set([..."#$+-"].map(code));

const hexDigit = (byte: number): number => {
  const value = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? -1 : value;
};

/** Bytes of a latin1 text. */
export const toBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

const tooLong = (limit: number): WireEvent => ({
  kind: "unusable",
  reason: `packet longer than ${limit} bytes`,
});
const UNFINISHED: WireEvent = { kind: "unusable", reason: "packet with an unfinished escape or run" };

/** Undoes runs (`0*"`) and escapes (`}` + byte xor 0x20). */
function unpack(bytes: readonly number[], limit: number): WireEvent {
  const result: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === BRACE) {
      if (++i >= bytes.length) return UNFINISHED;
      result.push(bytes[i] ^ ESCAPE_XOR);
    } else if (byte === STAR) {
      const copies = (bytes[++i] ?? 0) - RUN_BASE;
      if (copies < 1 || result.length === 0) return UNFINISHED;
      const last = result[result.length - 1];
      for (let copy = 0; copy < copies; copy++) result.push(last);
    } else {
      result.push(byte);
    }
    if (result.length > limit) return tooLong(limit);
  }
  return { kind: "packet", data: Buffer.from(result).toString("latin1") };
}

/** Finds packets in a stream of bytes that may be cut anywhere. Never throws; keeps at most one packet. */
export class PacketReader {
  readonly #limit: number;
  #state: "idle" | "contents" | "checksum" = "idle";
  #contents: number[] = [];
  #sum = 0;
  #oversized = false;
  /** First digit of the checksum; undefined before it came. */
  #firstDigit: number | undefined;

  constructor(limit: number = PACKET_BYTES) {
    this.#limit = limit;
  }

  push(bytes: Uint8Array): WireEvent[] {
    const events: WireEvent[] = [];
    for (const byte of bytes) {
      const event = this.#byte(byte);
      if (event) events.push(event);
    }
    return events;
  }

  #byte(byte: number): WireEvent | undefined {
    switch (this.#state) {
      case "idle":
        return this.#between(byte);
      case "contents":
        this.#content(byte);
        return undefined;
      case "checksum":
        if (this.#firstDigit === undefined) {
          this.#firstDigit = hexDigit(byte);
          return undefined;
        }
        return this.#finish(this.#firstDigit, hexDigit(byte));
    }
  }

  /** Bytes outside of packets that mean nothing are skipped. */
  #between(byte: number): WireEvent | undefined {
    if (byte === DOLLAR) this.#begin();
    else if (byte === INTERRUPT) return { kind: "interrupt" };
    else if (byte === code("+")) return { kind: "acknowledged" };
    else if (byte === code("-")) return { kind: "refused" };
    return undefined;
  }

  #begin(): void {
    this.#state = "contents";
    this.#contents = [];
    this.#sum = 0;
    this.#oversized = false;
    this.#firstDigit = undefined;
  }

  #content(byte: number): void {
    if (byte === HASH) this.#state = "checksum";
    // A new packet begins although the last one has not ended: its rest was lost.
    else if (byte === DOLLAR) this.#begin();
    else {
      this.#sum = (this.#sum + byte) & 255;
      // Escapes may double the length.
      if (this.#contents.length < 2 * this.#limit) this.#contents.push(byte);
      else this.#oversized = true;
    }
  }

  #finish(high: number, low: number): WireEvent {
    const contents = this.#contents;
    this.#state = "idle";
    this.#contents = [];
    if (high < 0 || low < 0 || high * 16 + low !== this.#sum) return { kind: "damaged" };
    return this.#oversized ? tooLong(this.#limit) : unpack(contents, this.#limit);
  }
}

/** Characters that only stand escaped in contents. */
const escaped = (character: string): string =>
  "#$}*".includes(character) ? `}${String.fromCharCode(code(character) ^ ESCAPE_XOR)}` : character;

/** One character and `copies` more of it. */
function run(character: string, copies: number): string {
  const text = escaped(character);
  if (text.length > 1) return text.repeat(copies + 1);
  let result = text;
  let rest = copies;
  while (rest >= FEWEST_COPIES) {
    let taken = Math.min(rest, MOST_COPIES);
    while (FORBIDDEN_RUNS.has(RUN_BASE + taken)) taken--;
    result += `*${String.fromCharCode(RUN_BASE + taken)}`;
    rest -= taken;
    // The next run repeats the same character, which stands in front of it again.
    if (rest > 0) {
      result += text;
      rest--;
    }
  }
  return result + text.repeat(rest);
}

/** Contents as a packet with framing, escapes, runs and checksum. */
export function encodePacket(data: string): string {
  let contents = "";
  for (let i = 0; i < data.length; ) {
    let end = i + 1;
    while (end < data.length && data[end] === data[i]) end++;
    contents += run(data[i], end - i - 1);
    i = end;
  }
  let sum = 0;
  for (let i = 0; i < contents.length; i++) sum += contents.charCodeAt(i);
  return `$${contents}#${(sum & 255).toString(16).padStart(2, "0")}`;
}

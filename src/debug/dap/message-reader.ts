/**
 * Frames of the Debug Adapter Protocol, without a transport: bytes in, messages out. A message is the header
 * `Content-Length: N`, an empty line, and N bytes of JSON.
 */

/** A message with a known type; what else stands in it is not checked here. */
export interface Message {
  readonly seq: number;
  readonly type: "request" | "response" | "event";
  readonly [name: string]: unknown;
}

export type Incoming =
  | { readonly kind: "message"; readonly message: Message }
  /** Something that is no message, in one line. Reading goes on behind it. */
  | { readonly kind: "problem"; readonly problem: string };

const MOST_HEADER_BYTES = 4096;
const MOST_MESSAGE_BYTES = 64 * 1024 * 1024;
const END_OF_HEADER = Buffer.from("\r\n\r\n");
const LENGTH_FIELD = "Content-Length:";

const problem = (text: string): Incoming => ({ kind: "problem", problem: text });

/** N of `Content-Length: N`; undefined if there is none or it is no number. */
function lengthIn(header: string): number | undefined {
  for (const line of header.split("\r\n")) {
    const match = /^\s*content-length\s*:\s*(\d{1,15})\s*$/i.exec(line);
    if (match) return Number(match[1]);
  }
  return undefined;
}

function parse(text: string): Incoming {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return problem(`a message is no JSON: ${(error as Error).message.split("\n")[0]}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return problem("a message is no JSON object");
  const { seq, type, command } = value as Record<string, unknown>;
  if (type !== "request" && type !== "response" && type !== "event") {
    return problem('the type of a message is none of "request", "response" and "event"');
  }
  if (typeof seq !== "number" || !Number.isSafeInteger(seq))
    return problem("seq of a message is no whole number");
  if (type === "request" && typeof command !== "string") return problem(`request ${seq} has no command`);
  return { kind: "message", message: value as Message };
}

export class MessageReader {
  #chunks: Buffer[] = [];
  #available = 0;
  /** Bytes of the message whose header has been read. */
  #length: number | undefined;
  /** Bytes that are left out: of a message that is too long. */
  #skip = 0;
  /** Bytes that belong to no header are left out up to the next one. */
  #lost = false;

  /** Takes bytes, cut anywhere, and gives what they complete. Never throws. */
  push(bytes: Uint8Array): Incoming[] {
    this.#chunks.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    this.#available += bytes.length;
    const incoming: Incoming[] = [];
    for (;;) {
      const before = this.#available;
      const next = this.#length === undefined ? this.#header() : this.#body(this.#length);
      if (next) incoming.push(next);
      else if (this.#available === before && this.#length === undefined) return incoming;
      else if (this.#length !== undefined && this.#available < this.#length) return incoming;
    }
  }

  #body(length: number): Incoming | undefined {
    if (this.#available < length) return undefined;
    this.#length = undefined;
    return parse(this.#take(length).toString("utf8"));
  }

  #header(): Incoming | undefined {
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, this.#available);
      this.#take(skipped);
      this.#skip -= skipped;
      if (this.#skip > 0) return undefined;
    }
    const all = this.#whole();
    if (this.#lost) {
      const begin = all.indexOf(LENGTH_FIELD);
      this.#take(begin < 0 ? Math.max(0, all.length - LENGTH_FIELD.length + 1) : begin);
      if (begin < 0) return undefined;
      this.#lost = false;
      return this.#header();
    }
    const end = all.indexOf(END_OF_HEADER);
    if (end < 0 && all.length <= MOST_HEADER_BYTES) return undefined;
    if (end < 0 || end > MOST_HEADER_BYTES) {
      // The first character may be the one that begins what cannot be used.
      this.#take(1);
      this.#lost = true;
      return problem(`a header is longer than ${MOST_HEADER_BYTES} bytes`);
    }
    const length = lengthIn(all.toString("latin1", 0, end));
    this.#take(end + END_OF_HEADER.length);
    if (length === undefined) {
      this.#lost = true;
      return problem(`a header without "${LENGTH_FIELD} NUMBER"`);
    }
    if (length > MOST_MESSAGE_BYTES) {
      this.#skip = length;
      return problem(`a message of ${length} bytes; at most ${MOST_MESSAGE_BYTES} are read`);
    }
    this.#length = length;
    return undefined;
  }

  #whole(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0];
  }

  #take(count: number): Buffer {
    const all = this.#whole();
    this.#chunks = [all.subarray(count)];
    this.#available -= count;
    return all.subarray(0, count);
  }
}

/** A message as it goes over the wire. */
export function encodeMessage(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from(`${LENGTH_FIELD} ${body.length}\r\n\r\n`), body]);
}

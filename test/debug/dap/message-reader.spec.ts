import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeMessage, type Incoming, MessageReader } from "../../../src/debug/dap/message-reader.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const request = (seq: number, more: object = {}) => ({ seq, type: "request", command: "threads", ...more });
const read = (...pieces: Uint8Array[]): Incoming[] => {
  const reader = new MessageReader();
  return pieces.flatMap((piece) => reader.push(piece));
};
const messages = (incoming: readonly Incoming[]) =>
  incoming.flatMap((each) => (each.kind === "message" ? [each.message] : []));
const problems = (incoming: readonly Incoming[]) =>
  incoming.flatMap((each) => (each.kind === "problem" ? [each.problem] : []));

/** Cuts bytes at sorted places. */
function cut(all: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (all.length + 1)).toSorted((a, b) => a - b), all.length];
  return ends.map((end, index) => all.subarray(index === 0 ? 0 : ends[index - 1], end));
}

describe("messages of the Debug Adapter Protocol", () => {
  it("reads what it writes, texts beyond ASCII and other header fields included", () => {
    const message = request(1, { arguments: { text: "Ωµ → 漢字 \u0000" } });
    expect(messages(read(encodeMessage(message)))).toEqual([message]);
    const body = JSON.stringify(message);
    const length = Buffer.byteLength(body);
    const header = `Content-Type: application/json\r\ncontent-length:${length}\r\n\r\n`;
    expect(messages(read(bytes(header + body)))).toEqual([message]);
  });

  it("gives the same however the bytes are cut", () => {
    const unit = fc.constantFrom(...'aé漢😀\r\n"\\\0:');
    const texts = fc.array(fc.string({ unit, maxLength: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 12 }), (contents, places) => {
        const sent = contents.map((text, index) => request(index, { arguments: { text } }));
        const all = new Uint8Array(Buffer.concat(sent.map(encodeMessage)));
        expect(messages(read(...cut(all, places)))).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
    );
  });

  it("says in one line what cannot be used, and goes on behind it", () => {
    const frame = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const good = Buffer.from(encodeMessage(request(9))).toString();
    const cases: readonly [string, RegExp][] = [
      [frame("{"), /no JSON/],
      [frame(""), /no JSON/],
      [frame("[1]"), /no JSON object/],
      [frame("null"), /no JSON object/],
      [frame('{"seq":1}'), /type of a message/],
      [frame('{"seq":"1","type":"request","command":"x"}'), /seq/],
      [frame('{"seq":1.5,"type":"request","command":"x"}'), /seq/],
      [frame('{"seq":1,"type":"request","command":7}'), /no command/],
      ["Content-Length: many\r\n\r\n", /Content-Length/],
      ["Content-Length: -5\r\n\r\n", /Content-Length/],
      ["Hello: 1\r\n\r\nsomething else ", /Content-Length/],
      [`${"x".repeat(5000)}`, /longer than 4096/],
    ];
    for (const [text, expected] of cases) {
      const incoming = read(bytes(text + good));
      expect(problems(incoming), text).toHaveLength(1);
      expect(problems(incoming)[0]).toMatch(expected);
      expect(problems(incoming)[0]).not.toContain("\n");
      expect(messages(incoming), text).toEqual([request(9)]);
    }
  });

  it("leaves out a message that is too long without keeping it", () => {
    const length = 70_000_000;
    const reader = new MessageReader();
    expect(problems(reader.push(bytes(`Content-Length: ${length}\r\n\r\n`)))[0]).toMatch(/70000000 bytes/);
    const piece = new Uint8Array(7_000_000);
    for (let sent = 0; sent < length; sent += piece.length) expect(reader.push(piece)).toEqual([]);
    expect(messages(reader.push(encodeMessage(request(2))))).toEqual([request(2)]);
  });

  it("survives any bytes, cut anywhere, and gives nothing but messages and problems of one line", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .constantFrom(
          "Content-Length: 3\r\n\r\n",
          "Content-Length:",
          "\r\n\r\n",
          "Content-Length: 99999\r\n\r\n",
          '{"seq":1',
        )
        .map(bytes),
      fc.nat({ max: 50 }).map((seq) => new Uint8Array(encodeMessage(request(seq)))),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (pieces, places) => {
          const all = new Uint8Array(Buffer.concat(pieces));
          const incoming = read(...cut(all, places));
          for (const each of incoming) {
            if (each.kind === "message") expect(each.message.seq).toBeTypeOf("number");
            else expect(each.problem).not.toContain("\n");
          }
          expect(messages(incoming)).toEqual(messages(read(all)));
        },
      ),
      { numRuns: 500 },
    );
  });
});

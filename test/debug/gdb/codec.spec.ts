import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePacket, PACKET_BYTES, PacketReader, type WireEvent } from "../../../src/debug/gdb/index.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const read = (text: string, limit?: number): WireEvent[] => new PacketReader(limit).push(bytes(text));
const packet = (data: string): WireEvent => ({ kind: "packet", data });

/** Frames contents as they are. */
function frame(contents: string): string {
  const sum = bytes(contents).reduce((total, byte) => (total + byte) & 255, 0);
  return `$${contents}#${sum.toString(16).padStart(2, "0")}`;
}

describe("packets", () => {
  it("are framed with the checksum of the GDB manual", () => {
    expect(encodePacket("OK")).toBe("$OK#9a");
    expect(encodePacket("")).toBe("$#00");
  });

  it("write runs as the manual's example: 0* stands for 0000", () => {
    expect(encodePacket("0000")).toBe(frame("0* "));
    expect(read(frame("0* "))).toEqual([packet("0000")]);
  });

  it("escape what would look like framing", () => {
    expect(encodePacket("a#$}*b")).toBe(frame("a}\x03}\x04}]}\x0ab"));
  });

  it.each([6, 7, 14, 16])("never use run characters that look like framing (%i copies)", (copies) => {
    const encoded = encodePacket("x".repeat(copies + 1));
    expect(encoded.slice(1, -3)).not.toMatch(/[#$+-]/);
    expect(read(encoded)).toEqual([packet("x".repeat(copies + 1))]);
  });

  it("arrive between acknowledgements and interrupts, whatever else stands there", () => {
    expect(read(`+noise\x03-${frame("g")}\x03`)).toEqual([
      { kind: "acknowledged" },
      { kind: "interrupt" },
      { kind: "refused" },
      packet("g"),
      { kind: "interrupt" },
    ]);
  });

  it("keep a byte 3 inside as data", () => {
    expect(read(frame("X0,1:\x03"))).toEqual([packet("X0,1:\x03")]);
  });

  it.each([
    ["a wrong checksum", "$g#00", { kind: "damaged" }],
    ["no hex digits", "$g#zz", { kind: "damaged" }],
    ["an escape at the end", frame("g}"), { kind: "unusable", reason: expect.stringContaining("escape") }],
    ["a run of nothing", frame("* "), { kind: "unusable", reason: expect.stringContaining("run") }],
    ["a run without count", frame("0*"), { kind: "unusable", reason: expect.stringContaining("run") }],
  ])("with %s are refused", (_what, text, event) => {
    expect(read(text)).toEqual([event]);
    expect(read(`${text}${frame("g")}`).at(-1)).toEqual(packet("g"));
  });

  it("that are too long are refused, runs counted, and the next one is read", () => {
    const long = { kind: "unusable", reason: "packet longer than 8 bytes" };
    expect(read(frame("m".repeat(100)) + frame("g"), 8)).toEqual([long, packet("g")]);
    expect(read(frame("0*z0*z"), 8)[0].kind).toBe("unusable");
    expect(read(frame("12345678"), 8)).toEqual([packet("12345678")]);
  });

  it("begin anew at a dollar", () => {
    expect(read(`$m0,${frame("g")}`)).toEqual([packet("g")]);
  });
});

describe("any contents", () => {
  const contents = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .array(
        fc.tuple(fc.constantFrom(0x30, 0x23, 0x24, 0x2a, 0x7d, 0x66), fc.integer({ min: 1, max: 250 })),
        {
          maxLength: 8,
        },
      )
      .map((runs) => Uint8Array.from(runs.flatMap(([byte, count]) => new Array<number>(count).fill(byte)))),
  );

  it("come back from encoding, however the bytes are cut", () => {
    fc.assert(
      fc.property(contents, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (raw, cuts) => {
        const data = Buffer.from(raw).toString("latin1");
        const encoded = bytes(encodePacket(data));
        const reader = new PacketReader();
        const events: WireEvent[] = [];
        for (let at = 0, cut = 0; at < encoded.length; cut++) {
          const size = cuts[cut % cuts.length];
          events.push(...reader.push(encoded.subarray(at, at + size)));
          at += size;
        }
        expect(events).toEqual([packet(data)]);
      }),
    );
  });

  it("random bytes never throw, never exceed the limit, and a good packet afterwards is read", () => {
    const noise = fc.array(
      fc.oneof(
        fc.constantFrom(..."$#}*+-\x03g0").map((c) => c.charCodeAt(0)),
        fc.nat(255),
      ),
      { maxLength: 600 },
    );
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 64 }), (raw, limit) => {
        const reader = new PacketReader(limit);
        for (const event of reader.push(Uint8Array.from(raw))) {
          if (event.kind === "packet") expect(event.data.length).toBeLessThanOrEqual(limit);
        }
        // Whatever was open ends here.
        reader.push(bytes("#00"));
        expect(reader.push(bytes(frame("?"))).at(-1)).toEqual(packet("?"));
      }),
    );
  });

  it("may be as long as announced", () => {
    const data = "#".repeat(PACKET_BYTES);
    expect(read(encodePacket(data))).toEqual([packet(data)]);
  });
});

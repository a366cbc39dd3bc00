import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/debug/gdb/commands/index.ts";
import { encodePacket, PACKET_BYTES } from "../../../src/debug/gdb/index.ts";
import { consoleText, Pipe, word } from "./pipe.ts";
import { ENDLESS, SUM, TOTALS } from "./programs.ts";

const MAIN = 0x40;
const SQUARE = 0x94;
const TOTAL = 0xa0;
const PC = 32;
const hex = (value: number) => value.toString(16);
let pipe: Pipe;
beforeEach(() => {
  pipe = new Pipe(SUM);
});

describe("framing", () => {
  it("acknowledges packets until QStartNoAckMode", async () => {
    await pipe.send("?");
    expect(pipe.marks()).toBe("+");
    expect(await pipe.send("QStartNoAckMode")).toBe("OK");
    expect(pipe.marks()).toBe("+");
    await pipe.send("?");
    expect(pipe.marks()).toBe("");
  });

  it("asks for damaged packets again, and repeats its answer when that was damaged", async () => {
    pipe.raw("$?#00");
    expect(await pipe.answers()).toEqual([]);
    expect(pipe.marks()).toBe("-");
    const first = await pipe.sendAll("qC");
    pipe.raw("-");
    expect(await pipe.answers()).toEqual(first);
  });

  it("answers damaged packets with an error where nothing is acknowledged", async () => {
    await pipe.send("QStartNoAckMode");
    pipe.raw("$?#00");
    expect(await pipe.answers()).toEqual(["E.packet with a wrong checksum"]);
  });

  it("refuses packets that are too long and goes on", async () => {
    expect(await pipe.send(`m${"0".repeat(2 * PACKET_BYTES)},4`)).toMatch(/^E\.packet longer than \d+ bytes/);
    expect(await pipe.send("qC")).toBe("QC1");
  });

  it("disconnects a client that floods it", async () => {
    pipe.raw(encodePacket("qC").repeat(1000));
    await pipe.answers();
    expect(pipe.ended).toBe(true);
    expect(pipe.log.join("\n")).toMatch(/without waiting for answers/);
  });
});

describe("abilities", () => {
  const pipe = new Pipe(SUM);

  it("follow from the rows", async () => {
    const answer = (await pipe.send("qSupported:swbreak+;hwbreak+")).split(";");
    expect(answer).toContain(`PacketSize=${PACKET_BYTES.toString(16)}`);
    for (const feature of ["ReverseStep+", "ReverseContinue+", "swbreak+", "qXfer:memory-map:read+"]) {
      expect(answer).toContain(feature);
    }
    const declared = [...COMMANDS.values()].flatMap(({ features = [] }) => features);
    expect(answer.slice(1).toSorted()).toEqual(declared.toSorted());
  });

  it.each(["vMustReplyEmpty", "qSymbol::", "vFile:setfs:0", "QNonStop:1", "jx", "", "\xff\xfe"])(
    "%j is not known: an empty answer",
    async (packet) => {
      expect(await pipe.sendAll(packet)).toEqual([""]);
    },
  );

  it("documents come in pieces", async () => {
    let text = "";
    for (let more = true; more; ) {
      const answer = await pipe.send(`qXfer:features:read:target.xml:${hex(text.length)},100`);
      text += answer.slice(1);
      more = answer.startsWith("m");
    }
    expect(text).toMatch(/<architecture>powerpc:common<\/architecture>/);
    const registers = [...text.matchAll(/<reg name="(\w+)" bitsize="(\d+)"/g)].map(([, name]) => name);
    expect(registers.slice(0, 38)).toEqual([
      ...Array.from({ length: 32 }, (_, n) => `r${n}`),
      ...["pc", "msr", "cr", "lr", "ctr", "xer"],
    ]);
    for (const name of ["srr0", "srr1", "dec", "tbl", "vr0", "vr31", "acc", "vcr"]) {
      expect(registers).toContain(name);
    }
    expect(new Set(registers).size).toBe(registers.length);
    const map = await pipe.send("qXfer:memory-map:read::0,1000");
    expect(map).toMatch(/type="ram" start="0x0" length="0x4000"/);
    expect(map).toMatch(/start="0x40000000"/);
    expect(await pipe.send("qXfer:threads:read::0,1000")).toMatch(
      /<thread id="1" name="top">awake<.*<thread id="2" name="bottom">held in reset</,
    );
  });

  it.each([
    ["qXfer:features:read:other.xml:0,10", "E00"],
    ["qXfer:features:read:target.xml:x,10", "E00"],
    ["qXfer:auxv:read::0,10", ""],
    ["qXfer:constructor:read::0,10", ""],
    ["qXfer:features:write:target.xml:0,10", "E01"],
  ])("%s gets %j", async (packet, answer) => {
    expect(await pipe.send(packet)).toBe(answer);
  });
});

describe("threads", () => {
  it("are the two PPUs", async () => {
    expect(await pipe.send("qfThreadInfo")).toBe("m1,2");
    expect(await pipe.send("qsThreadInfo")).toBe("l");
    expect(Buffer.from(await pipe.send("qThreadExtraInfo,2"), "hex").toString()).toBe(
      "bottom: held in reset",
    );
    expect(await pipe.send("qC")).toBe("QC1");
    expect(await pipe.send("T2")).toBe("OK");
    expect(await pipe.send("T3")).toMatch(/^E\.there is no thread 3/);
    expect(await pipe.send("Hg7")).toMatch(/^E\./);
    expect(await pipe.send("Hg-1")).toBe("OK");
  });

  it("have registers and an SRAM of their own", async () => {
    expect(await pipe.send("P3=00000011")).toBe("OK");
    expect(await pipe.send(`M${hex(TOTAL)},4:01020304`)).toBe("OK");
    expect(await pipe.send("Hg2")).toBe("OK");
    expect(await pipe.send("p3")).toBe("00000000");
    expect(await pipe.send(`m${hex(TOTAL)},4`)).toBe("00000000");
    expect(await pipe.send("Hg1")).toBe("OK");
    expect(await pipe.send("p3")).toBe("00000011");
    expect(await pipe.send(`m${hex(TOTAL)},4`)).toBe("01020304");
  });
});

describe("registers", () => {
  it("p and P, scalar and vector", async () => {
    const xml = await pipe.send("qXfer:features:read:target.xml:0,3fff");
    const numberOf = (name: string) =>
      hex(Number(/regnum="(\d+)"/.exec(xml.slice(xml.indexOf(`name="${name}"`)))?.[1]));
    const lanes = Array.from({ length: 128 }, (_, lane) => hex(lane).padStart(2, "0")).join("");
    expect(await pipe.send(`P${numberOf("vr2")}=${lanes}`)).toBe("OK");
    expect(await pipe.send(`p${numberOf("vr2")}`)).toBe(lanes);
    expect([...(pipe.session.readRegister("top", "v2") as Uint8Array)].slice(0, 4)).toEqual([0, 1, 2, 3]);
    const accumulators = Array.from({ length: 64 }, (_, lane) => hex(0x10000 + lane).padStart(8, "0")).join(
      "",
    );
    expect(await pipe.send(`P${numberOf("acc")}=${accumulators}`)).toBe("OK");
    expect(await pipe.send(`p${numberOf("acc")}`)).toBe(accumulators);
    expect((pipe.session.readRegister("top", "acc") as Int32Array)[5]).toBe(0x10005);
    const masks = "01".repeat(128) + "00".repeat(256);
    expect(await pipe.send(`P${numberOf("vcr")}=${masks}`)).toBe("OK");
    expect(await pipe.send(`p${numberOf("vcr")}`)).toBe(masks);
    expect(await pipe.send(`p${numberOf("vscr")}`)).toBe("00000000");
    expect(await pipe.send(`P${numberOf("vscr")}=00000001`)).toMatch(/^E\..*vscr/);
    expect(await pipe.send(`P${numberOf("tbl")}=00000001`)).toMatch(/^E\./);
  });

  it("g gives the scalar ones, G takes them", async () => {
    const all = await pipe.send("g");
    const count = all.length / 8;
    expect(word(all, PC)).toBe(0);
    const changed = `${"0000002a".padStart(8, "0")}${all.slice(8)}`;
    expect(await pipe.send(`G${changed}`)).toBe("OK");
    expect(word(await pipe.send("g"))).toBe(42);
    expect(await pipe.send(`G${changed.slice(8)}`)).toMatch(
      new RegExp(`^E\\.G needs ${8 * count} hex digits`),
    );
  });
});

describe("what can't be done", () => {
  const pipe = new Pipe(SUM);

  it.each(["p", "pzz", "pffff", "P3", "P3=", "P3=00", "P3=0000000g", "P3=0000000000", "Pffff=00"])(
    "%s is refused, nothing changes",
    async (packet) => {
      const before = await pipe.send("g");
      expect(await pipe.send(packet)).toMatch(/^E/);
      expect(await pipe.send("g")).toBe(before);
    },
  );

  it.each(["m", "m0", "m0,", "mg,4", "m-1,4", "m100000000,4", "m4000,4", "m3fffffff,1"])(
    "%s is refused by number, as GDB wants it",
    async (packet) => {
      expect(await pipe.send(packet)).toBe("E01");
    },
  );

  it.each([
    "M0,4:00",
    "M0,1:zz",
    "M3fff,2:0000",
    "M4000,1:00",
    "Mffffffff,2:0000",
    "X0,4:abc",
    "X0,ffffffff:abc",
    "X0,4",
    "M0,2:0",
  ])("%s is refused, the chip unharmed", async (packet) => {
    const before = Buffer.from(pipe.session.readMemory("top", 0, 0x4000));
    expect(await pipe.send(packet)).toMatch(/^E\./);
    expect(Buffer.from(pipe.session.readMemory("top", 0, 0x4000)).equals(before)).toBe(true);
    expect(pipe.log).not.toEqual([]);
  });

  it.each([
    ["Z0,41,4", /multiple of 4/],
    ["Z0,60000000,4", /no memory for code/],
    ["Z0,4000,4", /no memory for code/],
    ["Z2,60000000,4", /./],
    ["Z2,0,0", /1 to \d+ bytes/],
    ["Z2,0,ffffffff", /1 to \d+ bytes/],
    ["Z5,0,4", /malformed Z/],
    ["Z0,0", /malformed Z/],
    ["Z0,0,4;X1,00", /malformed Z/],
    ["vCont;x", /malformed vCont/],
    ["vCont;s:9", /no thread 9/],
    ["vCont;", /malformed vCont/],
    ["cxyz", /malformed c/],
  ])("%s is refused in one line", async (packet, message) => {
    const answer = await pipe.send(packet);
    expect(answer).toMatch(/^E\./);
    expect(answer).toMatch(message);
    expect(pipe.session.breakables()).toEqual([]);
  });
});

describe("memory", () => {
  it("is read and written in digits and in binary", async () => {
    expect(await pipe.send("M2000,3:0a0b0c")).toBe("OK");
    expect(await pipe.send("X2003,4:#$}*")).toBe("OK");
    expect(await pipe.send("m2000,7")).toBe("0a0b0c23247d2a");
    expect(await pipe.send("X2000,0:")).toBe("OK");
    expect(await pipe.send("m2000,0")).toBe("");
  });

  it("external memory has one content at the addresses of data and of code", async () => {
    expect(await pipe.send("M80000010,4:60000000")).toBe("OK");
    expect(await pipe.send("m40000010,4")).toBe("60000000");
    expect(await pipe.send("M50000010,4:12345678")).toBe("OK");
    expect(await pipe.send("m90000010,4")).toBe("12345678");
  });

  it("reading ends where memory ends", async () => {
    expect(await pipe.send("m3ffc,100")).toHaveLength(2 * 4);
    expect(await pipe.send("m0,ffffffff")).toHaveLength(PACKET_BYTES);
  });
});

describe("running", () => {
  it("single steps, forwards and backwards", async () => {
    expect(await pipe.send("?")).toMatch(/^T00thread:1;20:00000000;/);
    expect(await pipe.send("vCont;s:1")).toMatch(/^T05thread:1;20:00000040;/);
    expect(await pipe.send("s")).toMatch(/^T05thread:1;20:00000044;/);
    expect(await pipe.send("bs")).toMatch(/^T05thread:1;20:00000040;/);
    expect(await pipe.send("vCont;r40,48:1;c")).toMatch(/^T05thread:1;20:00000048;/);
    expect(await pipe.send("S05;40")).toMatch(/^T05thread:1;20:00000044;/);
  });

  it("stops at breakpoints of both kinds, forwards and backwards, until they are removed", async () => {
    await pipe.send("qSupported:swbreak+;hwbreak+");
    expect(await pipe.send(`Z0,${hex(SQUARE)},4`)).toBe("OK");
    expect(await pipe.send(`Z0,${hex(SQUARE)},4`)).toBe("OK");
    expect(pipe.session.breakables()).toHaveLength(1);
    for (let i = 0; i < 3; i++) {
      expect(await pipe.send("vCont;c")).toMatch(/^T05thread:1;swbreak:;20:00000094;/);
      expect(word(await pipe.send("p3"))).toBe(i);
    }
    expect(await pipe.send("bc")).toMatch(/^T05thread:1;swbreak:;20:00000094;/);
    expect(word(await pipe.send("p3"))).toBe(1);
    expect(await pipe.send(`z0,${hex(SQUARE)},4`)).toBe("OK");
    expect(await pipe.send(`z0,${hex(SQUARE)},4`)).toBe("OK");
    expect(await pipe.send(`Z1,${hex(SQUARE + 4)},4`)).toBe("OK");
    expect(await pipe.send("c")).toMatch(/^T05thread:1;hwbreak:;20:00000098;/);
    expect(await pipe.send("bc")).toMatch(/20:00000098;/);
    expect(await pipe.send("bc")).toMatch(/^T05thread:1;replaylog:begin;20:00000000;/);
    expect(pipe.session.breakables()).toHaveLength(1);
  });

  it("watches memory: written, read, both", async () => {
    expect(await pipe.send(`Z2,${hex(TOTAL)},4`)).toBe("OK");
    for (const total of TOTALS.slice(0, 3)) {
      expect(await pipe.send("vCont;c")).toMatch(/^T05thread:1;watch:a[0-3];/);
      expect(word(await pipe.send(`m${hex(TOTAL)},4`))).toBe(total);
    }
    expect(await pipe.send("bc")).toMatch(/^T05thread:1;watch:a[0-3];/);
    expect(await pipe.send(`z2,${hex(TOTAL)},4`)).toBe("OK");
    expect(await pipe.send(`Z4,${hex(TOTAL)},4`)).toBe("OK");
    expect(await pipe.send("vCont;c")).toMatch(/^T05thread:1;awatch:a[0-3];/);
    expect(await pipe.send(`z4,${hex(TOTAL)},4`)).toBe("OK");
    expect(await pipe.send(`Z3,${hex(TOTAL)},4`)).toBe("OK");
    expect(await pipe.send("vCont;c")).toMatch(/^T00/);
  });

  it("shows the mailbox and the return code, stands at the end, and goes back from there", async () => {
    const answers = await pipe.sendAll("vCont;c");
    expect(consoleText(answers)).toBe("done\ntop PPU: program finished, return code 7\n");
    expect(answers.at(-1)).toMatch(/^T00thread:1;/);
    expect(await pipe.send("vCont;c")).toMatch(/^T00thread:1;/);
    expect(await pipe.send(`Z0,${hex(SQUARE)},4`)).toBe("OK");
    expect(await pipe.send("bc")).toMatch(/^T05thread:1;/);
    expect(word(await pipe.send("p3"))).toBe(9);
    expect(await pipe.send(`z0,${hex(SQUARE)},4`)).toBe("OK");
    expect(consoleText(await pipe.sendAll("vCont;c"))).toBe(
      "done\ntop PPU: program finished, return code 7\n",
    );
  });

  it("exits instead where that is asked for", async () => {
    expect(await pipe.monitor("finish exit")).toMatch(/exit/);
    expect(await pipe.send("vCont;c")).toBe("W07");
  });

  it("runs both PPUs and tells them apart", async () => {
    pipe = new Pipe(SUM, { load: "both" });
    const answers = await pipe.sendAll("vCont;c");
    expect(consoleText(answers)).toBe(
      "top: done\nbottom: done\ntop PPU: program finished, return code 7\nbottom PPU: program finished, return code 7\n",
    );
  });

  it("a PPU that steps lets the other one go on", async () => {
    pipe = new Pipe(ENDLESS, { load: "both" });
    for (let i = 0; i < 50; i++) await pipe.send("vCont;s:2");
    await pipe.send("Hg2");
    expect(word(await pipe.send("p3"))).toBe(25);
    await pipe.send("Hg1");
    expect(word(await pipe.send("p3"))).toBeGreaterThan(10);
  });
});

describe("the life of the program", () => {
  it("begins again", async () => {
    await pipe.send("vCont;c");
    expect(await pipe.send("vRun;")).toMatch(/^T00thread:1;20:00000000;/);
    expect(await pipe.send("s")).toMatch(/20:00000040;/);
    expect(await pipe.sendAll("R00")).toEqual([]);
    expect(await pipe.send("?")).toMatch(/20:00000000;/);
    expect(await pipe.send("vKill;1")).toBe("OK");
    expect(await pipe.send("vAttach;1")).toMatch(/^T00/);
    expect(await pipe.send("!")).toBe("OK");
  });

  it("detaching removes the breakpoints and leaves the chip where it is", async () => {
    await pipe.send(`Z0,${hex(SQUARE)},4`);
    await pipe.send("c");
    expect(await pipe.send("D;1")).toBe("OK");
    expect(pipe.session.breakables()).toEqual([]);
    expect(pipe.session.stop.pc).toBe(SQUARE);
  });

  it("killing goes to the begin and ends the connection", async () => {
    await pipe.send("s");
    expect(await pipe.sendAll("k")).toEqual([]);
    await pipe.client.close();
    expect(pipe.ended).toBe(true);
    expect(pipe.session.stop.pc).toBe(0);
  });
});

describe("interrupts and disconnects", () => {
  beforeEach(() => {
    pipe = new Pipe(ENDLESS);
  });

  it("Ctrl-C ends a run", async () => {
    pipe.raw(encodePacket("vCont;c"));
    await new Promise((resolve) => setImmediate(resolve));
    pipe.raw("\x03");
    expect((await pipe.answers()).at(-1)).toMatch(/^T02thread:1;/);
    expect(await pipe.send("p3")).not.toBe("00000000");
  });

  it("Ctrl-C in the same bytes as the run it is meant for counts", async () => {
    pipe.raw(`${encodePacket("vCont;c")}\x03`);
    expect((await pipe.answers()).at(-1)).toMatch(/^T02thread:1;/);
  });

  it("Ctrl-C ends stepping through a range that is never left", async () => {
    pipe.raw(encodePacket("vCont;r0,8:1"));
    await new Promise((resolve) => setImmediate(resolve));
    pipe.raw("\x03");
    expect((await pipe.answers()).at(-1)).toMatch(/^T02thread:1;/);
  });

  it("Ctrl-C while nothing runs is ignored", async () => {
    pipe.raw("\x03");
    expect(await pipe.answers()).toEqual([]);
    expect(await pipe.send("s")).toMatch(/^T05/);
  });

  it("a client that disconnects while the chip runs leaves it stopped and usable", async () => {
    await pipe.send("Z0,2000,4");
    pipe.raw(encodePacket("vCont;c"));
    await new Promise((resolve) => setImmediate(resolve));
    await pipe.client.close();
    expect(pipe.session.running).toBe(false);
    expect(pipe.session.breakables()).toEqual([]);
    pipe.reconnect();
    expect(await pipe.send("?")).toMatch(/^T02thread:1;/);
  });
});

describe("random packets", () => {
  let shared: Pipe;
  beforeAll(() => {
    shared = new Pipe(ENDLESS);
  });
  /** Those that let an endless program run would not come back. */
  const names = [...COMMANDS.keys()].filter((name) => !["c", "C", "vCont"].includes(name));
  const argument = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      ":",
      ";",
      ",",
      "0,4",
      "1",
      "-1",
      "ffffffff",
      "0,ffffffff:",
      ":features:read::0,0",
      "7fffffff,1:zz",
    ),
  );
  const packet = fc
    .tuple(fc.constantFrom(...names, ""), fc.array(argument, { maxLength: 4 }))
    .map(([name, rest]) => name + rest.join(""))
    .filter((data) => !/^[cC]|^vCont;/.test(data));

  it("are answered, and the next packet works", async () => {
    await fc.assert(
      fc.asyncProperty(packet, async (data) => {
        await shared.sendAll(data);
        if (shared.ended) shared.reconnect();
        expect(await shared.send("qC")).toMatch(/^QC[12]$/);
        expect(await shared.send("g")).toMatch(/^[0-9a-f]+$/);
      }),
      { numRuns: 300 },
    );
    expect(shared.log.filter((line) => line.includes("internal error"))).toEqual([]);
  });

  it("random bytes are survived", async () => {
    const raw = fc.array(
      fc.oneof(
        fc.constantFrom(..."$#}*+-mZg0,".split("")),
        fc.nat(255).map((byte) => String.fromCharCode(byte)),
      ),
      {
        maxLength: 200,
      },
    );
    await fc.assert(
      fc.asyncProperty(raw, async (characters) => {
        shared.raw(characters.join(""));
        shared.raw("#00");
        await shared.answers();
        expect(await shared.send("qC")).toMatch(/^QC[12]$/);
      }),
      { numRuns: 200 },
    );
  });

  it("MAIN is where the tests think it is", () => {
    expect(pipe.session.symbols("top").findFunctions("main")[0]?.entry ?? MAIN).toBe(MAIN);
  });
});

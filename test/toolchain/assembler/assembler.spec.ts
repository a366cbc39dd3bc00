import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssemblerError, assemble } from "../../../src/toolchain/assembler/index.ts";
import { AddressIndex, findSymbol } from "../../../src/toolchain/symbols.ts";

function words(text: string, section = ".text"): string[] {
  const data = assemble(text, "t.s").sections.find((candidate) => candidate.name === section)!.data!;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Array.from({ length: data.length / 4 }, (_, i) =>
    view
      .getUint32(4 * i)
      .toString(16)
      .padStart(8, "0"),
  );
}

function messageOf(text: string): string {
  try {
    assemble(text, "t.s");
  } catch (error) {
    if (error instanceof AssemblerError) return error.message;
    throw error;
  }
  return "no error";
}

describe("layout", () => {
  it("puts code at 0, data behind it from a multiple of 16, zeroed space last", () => {
    const image = assemble(".bss\n.space 8\n.data\n.long 1\n.text\nnop\nnop\n", "t.s");
    expect(image.sections.map(({ name, address, size }) => [name, address, size])).toEqual([
      [".text", 0, 8],
      [".data", 16, 4],
      [".bss", 32, 8],
    ]);
    expect(image.sections[2].data).toBeUndefined();
  });

  it("puts int.text first and ext sections into external memory, data behind code in the data view", () => {
    const image = assemble(
      `.text
       blr
       .section int.text,"ax"
       lis r3, cold@ha
       .section ext.text,"ax"
cold:  blr
       .section ext.data,"aw"
value: .long 5, value
       .section ext_dram.data,"aw"
       .byte 1`,
      "t.s",
    );
    expect(image.sections.map(({ name, address }) => [name, address])).toEqual([
      ["int.text", 0],
      [".text", 4],
      ["ext.data", 0x4000_0010],
      ["ext_dram.data", 0x5000_0000],
      ["ext.text", 0x8000_0000],
    ]);
    expect(words(".section ext.data\nvalue: .long value", "ext.data")).toEqual(["40000000"]);
  });

  it("knows the symbols of the official linker script", () => {
    expect(
      words("lis r1, stack_ptr_init@ha\naddi r1, r1, stack_ptr_init@l\n.long mailbox_base, ram_end"),
    ).toEqual(["3c200000", "38212ff0", "00003000", "00004000"]);
    const image = assemble("li r3, mailbox_base", "t.s", { mailboxBytes: 1024 });
    expect(findSymbol(image, "mailbox_base")?.address).toBe(0x3c00);
  });

  it("takes its own definition before the one of the linker script", () => {
    expect(words(".set mailbox_base, 8\n.long mailbox_base")).toEqual(["00000008"]);
  });
});

describe("symbols and lines", () => {
  const text = `.type main, @function
main:   li r3, 1
        .global main
loop:   b loop
.Lhidden: nop
        .type other, @function
other:  blr
        .size other, . - other
        .set answer, 42
1:      b 1b`;
  const image = assemble(text, "dir/t.s");

  it("keeps names, kinds and sizes", () => {
    expect(image.symbols).toEqual([
      { name: "main", address: 0, size: 12, type: "function", global: true, section: ".text" },
      { name: "loop", address: 4, size: 0, type: "none", global: false, section: ".text" },
      { name: "other", address: 12, size: 4, type: "function", global: false, section: ".text" },
      { name: "answer", address: 42, size: 0, type: "none", global: false },
    ]);
  });

  it("gives each instruction its line", () => {
    const index = new AddressIndex(image);
    expect([0, 4, 8, 12, 16].map((address) => index.sourceAt(address)?.line)).toEqual([2, 4, 5, 7, 10]);
    expect(index.sourceAt(0)).toEqual({ file: "dir/t.s", line: 2, column: 9 });
  });

  it("shows code of a macro at the line that uses it", () => {
    const expanded = assemble(".macro two\nnop\nnop\n.endm\n\ntwo\nblr\n", "t.s");
    expect(expanded.lines.map(({ address, line }) => [address, line])).toEqual([
      [0, 6],
      [8, 7],
    ]);
  });
});

describe("text", () => {
  it("understands comments of all kinds, separators, and several labels on a line", () => {
    expect(words("a: b: nop # one ; two\n nop // three\n/* four\n five */ nop; blr ; # six\n")).toEqual([
      "60000000",
      "60000000",
      "60000000",
      "4e800020",
    ]);
    expect(words('.ascii "#;//"')).toEqual(["233b2f2f"]);
  });

  it("reads vector instructions in the official operand order", () => {
    expect(words("fxvaddbm v1, v2, v3\nfxvlax 1, 0, 4\nfxvmtach v5")).toHaveLength(3);
  });

  it("counts macro uses and keeps unknown parameters", () => {
    expect(words(".macro m a\nl\\@: .long l\\@ + \\a\n.endm\nm 1\nm 2")).toEqual(["00000001", "00000006"]);
  });
});

describe("errors", () => {
  it.each([
    ["unknown instruction", "nop\n  frobnicate r1", /^t\.s:2:3: unknown instruction "frobnicate"/],
    ["unknown directive", " .frob 1", /^t\.s:1:2: unknown directive \.frob/],
    ["undefined symbol", "  b nowhere", /^t\.s:1:5: symbol nowhere is not defined/],
    [
      "symbol defined twice",
      "a: nop\na: nop",
      /^t\.s:2:1: symbol a is defined twice, defined at t\.s:1:1 before/,
    ],
    ["label and assigned symbol", "a: nop\n.set a, 1", /^t\.s:2:1: symbol a is a label/],
    ["no label before", "b 1b", /^t\.s:1:3: no label 1: stands before 1b/],
    ["no label behind", "b 1f", /^t\.s:1:3: no label 1: follows/],
    [
      "immediate out of range",
      "li r3, 40000",
      /^t\.s:1:1: li: operand SI "40000" is 40000, allowed are -32768\.\.32767/,
    ],
    ["branch out of range", "beq far\n.space 0x10000\nfar:", /^t\.s:1:1: beq: branch distance/],
    ["value that does not fit", ".byte 1, 256", /^t\.s:1:10: value 256 does not fit 1 byte$/],
    ["wrong operand count", "add r1, r2", /^t\.s:1:1: add takes/],
    [".org backwards", "nop\nnop\n.org 4", /^t\.s:3:1: \.org 0x4 goes back/],
    ["bad alignment", ".balign 3", /alignment 3 is not a power of two/],
    ["misaligned code", ".byte 1\nnop", /^t\.s:2:1: instruction at 0x1 of \.text; put \.balign 4 before/],
    ["code among data", ".data\nnop", /instruction nop in section \.data, which holds no code/],
    ["data in .bss", ".bss\n.long 1", /section \.bss only reserves space/],
    ["count that is not known", ".space later\n.set later, 4", /size "later" must be a number that is known/],
    ["section the loader ignores", ".section foo", /section foo would not be loaded/],
    [".rept without end", "nop\n.rept 3\nnop", /^t\.s:2:1: \.rept without \.endr/],
    [".endr without begin", ".endr", /^t\.s:1:1: \.endr without an open block/],
    [".macro without end", ".macro m\nnop", /^t\.s:1:1: \.macro without \.endm/],
    ["macro without its argument", ".macro m a:req\n.endm\nm", /macro m needs the argument a/],
    ["too many macro arguments", ".macro m a\n.endm\nm 1, 2", /macro m takes 1 arguments, got 2/],
    [
      "error inside a macro",
      ".macro m\nfoo\n.endm\nnop\nm",
      /^t\.s:2:1: unknown instruction "foo" \(in macro m, used at line 5\)/,
    ],
    ["division by zero", ".long 1 / 0", /division by zero/],
    ["half an expression", ".long (1 + 2", /^t\.s:1:13: expression ends early/],
    ["strange character", ".long 1 ` 2", /^t\.s:1:9: unexpected "`"/],
    ["unknown modifier", "li r3, a@foo", /@foo is not known/],
    ["symbol defined by itself", ".set a, b\n.set b, a\n.long a", /defined by itself/],
    ["string without end", '.ascii "abc', /is not a string in quotes/],
    ["assignment to the place", ". = 8", /`\.` cannot be assigned/],
  ])("%s", (_, text, message) => {
    expect(messageOf(text)).toMatch(message);
    expect(messageOf(text)).not.toContain("\n");
  });

  it("finds several in one go", () => {
    try {
      assemble("foo\nnop\nbar\nb nowhere\n", "t.s");
      expect.unreachable();
    } catch (error) {
      const { findings, message } = error as AssemblerError;
      expect(findings.map(({ location }) => location.line)).toEqual([1, 3, 4]);
      expect(message).toMatch(/\(and 2 more\)$/);
    }
  });
});

describe("runaway texts", () => {
  it.each([
    ["a macro that uses itself", ".macro m\nm\n.endm\nm", /nested deeper than/],
    ["a macro that doubles", ".macro m\nm\nm\n.endm\nm", /nested deeper than|more than 500000 statements/],
    [
      "a macro whose line doubles",
      ".macro m a\nm \\a\\a\n.endm\nm xxxxxxxx",
      /line without end|nested deeper/,
    ],
    ["an endless .rept", ".rept 1 << 60\n.endr", /more than 500000 statements/],
    [".rept in .rept", ".rept 100000\n.rept 100000\nnop\n.endr\n.endr", /more than 500000 statements/],
    ["space without end", ".space 0x7fffffff", /section \.text would exceed/],
    ["space again and again", ".rept 1000\n.space 0x100000\n.endr", /section \.text would exceed/],
    ["deep parentheses", `.long ${"(".repeat(100_000)}1`, /too complicated/],
    ["many signs", `.long ${"-".repeat(100_000)}1`, /too complicated/],
    ["a long sum", `.long ${"1+".repeat(100_000)}1`, /too complicated/],
    ["a symbol that grows", ".set a, later\n.rept 1000\n.set a, a + a\n.endr", /too complicated/],
    [
      "a symbol that doubles",
      `.set a, later\n${".set a, a + a\n".repeat(60)}.long a\n.set later, 0`,
      /no error/,
    ],
    ["deep blocks", ".if 1\n".repeat(100_000), /nested deeper/],
  ])("%s end with a message", (_, text, message) => {
    expect(messageOf(text)).toMatch(message);
  });

  it("ends on any text, with an image or with an AssemblerError", () => {
    const piece = fc.constantFrom(
      ...[
        "nop",
        "li",
        "b",
        "add",
        "lwz",
        "fxvaddbm",
        "r3",
        "v1",
        "8(r1)",
        "cr1",
        "label",
        "1b",
        "1f",
        "label:",
        "1:",
      ],
      ...[
        ".text",
        ".data",
        ".bss",
        ".section",
        ".org",
        ".balign",
        ".rept",
        ".endr",
        ".macro",
        ".endm",
        ".if",
        ".else",
      ],
      ...[
        ".endif",
        ".long",
        ".byte",
        ".asciz",
        ".space",
        ".fill",
        ".set",
        ".global",
        ".type",
        ".size",
        "m",
        "\\a",
      ],
      ...[
        "\n",
        "\n",
        ";",
        ",",
        ",",
        "(",
        ")",
        "+",
        "-",
        "*",
        "<<",
        "@l",
        "@ha",
        '"',
        "'",
        "#",
        "/*",
        "*/",
        "=",
        ".",
      ],
      ...["0", "1", "4", "0x40", "65536", "4294967295", "99999999999999999999999"],
    );
    const soup = fc.array(fc.oneof({ weight: 9, arbitrary: piece }, { weight: 1, arbitrary: fc.string() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(soup, (pieces) => {
        try {
          assemble(pieces.join(" "), "fuzz.s");
        } catch (error) {
          expect(error).toBeInstanceOf(AssemblerError);
        }
      }),
      { seed: 3, numRuns: 5000 },
    );
  });

  it("survives damaged versions of a good text", () => {
    const good = [".macro m a", " li r3, \\a", ".endm", "s: m 5", ".rept 3", "1: bdnz 1b", ".endr", ".data"];
    const text = `${good.join("\n")}\nt: .long s, t - 4\n.asciz "x\\n"\n`;
    const damage = fc.record({
      at: fc.nat(text.length - 1),
      cut: fc.nat(6),
      insert: fc.string({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (list) => {
        let damaged = text;
        for (const { at, cut, insert } of list)
          damaged = damaged.slice(0, at) + insert + damaged.slice(at + cut);
        try {
          assemble(damaged, "fuzz.s");
        } catch (error) {
          expect(error).toBeInstanceOf(AssemblerError);
        }
      }),
      { seed: 4, numRuns: 3000 },
    );
  });
});

describe("what is not supported is said", () => {
  it.each([
    ["nop\nnop /* begins\nnop\n\n", "t.s:2:5: comment without end; */ is missing"],
    [".irp r, 1, 2\nnop\n.endr\n", "t.s:1:1: unknown directive .irp; use .rept or a .macro"],
    ['nop\n.include "x.s"\n', "t.s:2:1: .include is not supported; a program is one file"],
    ['.incbin "x.bin"\n', "t.s:1:1: .incbin is not supported; a program is one file"],
  ])("%j", (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it("takes several strings in one directive", () => {
    const data = assemble('.data\n.ascii "a", "b,c"\n', "t.s").sections[0].data!;
    expect(new TextDecoder().decode(data)).toBe("ab,c");
  });
});

/**
 * Simplified mnemonics: another way to write a base instruction. One table serves the assembler and the
 * disassembler. The right side gives each base operand as an expression of the parameters on the left.
 */
import type { OperandKind } from "./types.ts";

export interface SimplifiedForm {
  readonly mnemonic: string;
  /** Names of the operands as written, e.g. `RA, RS, n`. */
  readonly parameters: readonly string[];
  /** Base mnemonic, whose modifiers the form inherits. */
  readonly base: string;
  /** One expression (language of meaning.ts) per operand of the base, in assembler order. */
  readonly operands: readonly string[];
  /** The disassembler writes this form; the first match in table order wins. */
  readonly printed: boolean;
  /** Branch hint written behind the whole mnemonic. */
  readonly hint?: "+" | "-";
  /** Allowed values of parameters that are not simply a base operand; inclusive. */
  readonly ranges?: Readonly<Record<string, readonly [number, number]>>;
  /** How parameters that are not simply a base operand are written. */
  readonly kinds?: Readonly<Record<string, OperandKind>>;
}

type Extra = Pick<SimplifiedForm, "hint" | "ranges" | "kinds">;

/** `form("mr RA, RS", "or RA, RS, RS")`. */
function form(left: string, right: string, printed = true, extra: Extra = {}): SimplifiedForm {
  const [mnemonic, parameters] = split(left);
  const [base, operands] = split(right);
  return { mnemonic, parameters, base, operands, printed, ...extra };
}

function split(text: string): [string, string[]] {
  const at = text.indexOf(" ");
  if (at < 0) return [text, []];
  return [
    text.slice(0, at),
    text
      .slice(at + 1)
      .split(",")
      .map((part) => part.trim()),
  ];
}

const READ_ONLY = false;
const bits = (low: number, high: number): Extra => ({ ranges: { n: [low, high] } });

const INTEGER: readonly SimplifiedForm[] = [
  form("nop", "ori 0, 0, 0"),
  form("li RT, SI", "addi RT, 0, SI"),
  form("lis RT, SI", "addis RT, 0, SI"),
  form("la RT, D, RA", "addi RT, RA, D", READ_ONLY, { kinds: { D: "displacement", RA: "gpr0" } }),
  form("subi RT, RA, n", "addi RT, RA, 0 - n", READ_ONLY, bits(-32767, 32768)),
  form("subis RT, RA, n", "addis RT, RA, 0 - n", READ_ONLY, bits(-32767, 32768)),
  form("subic RT, RA, n", "addic RT, RA, 0 - n", READ_ONLY, bits(-32767, 32768)),
  form("subic. RT, RA, n", "addic. RT, RA, 0 - n", READ_ONLY, bits(-32767, 32768)),
  form("sub RT, RA, RB", "subf RT, RB, RA", READ_ONLY),
  form("subc RT, RA, RB", "subfc RT, RB, RA", READ_ONLY),
  form("mr RA, RS", "or RA, RS, RS"),
  form("not RA, RS", "nor RA, RS, RS"),
];

const ROTATE: readonly SimplifiedForm[] = [
  form("rotlwi RA, RS, n", "rlwinm RA, RS, n, 0, 31"),
  form("slwi RA, RS, n", "rlwinm RA, RS, n, 0, 31 - n"),
  form("srwi RA, RS, n", "rlwinm RA, RS, 32 - n & 31, n, 31", true, bits(0, 31)),
  form("clrlwi RA, RS, n", "rlwinm RA, RS, 0, n, 31"),
  form("clrrwi RA, RS, n", "rlwinm RA, RS, 0, 0, 31 - n", READ_ONLY, bits(0, 31)),
  form("rotrwi RA, RS, n", "rlwinm RA, RS, 32 - n & 31, 0, 31", READ_ONLY, bits(0, 31)),
  form("extlwi RA, RS, n, b", "rlwinm RA, RS, b, 0, n - 1", READ_ONLY, bits(1, 32)),
  form("extrwi RA, RS, n, b", "rlwinm RA, RS, b + n & 31, 32 - n, 31", READ_ONLY, {
    ranges: { n: [1, 32], b: [0, 31] },
  }),
  form("inslwi RA, RS, n, b", "rlwimi RA, RS, 32 - b & 31, b, b + n - 1", READ_ONLY, {
    ranges: { n: [1, 32], b: [0, 31] },
  }),
  form("insrwi RA, RS, n, b", "rlwimi RA, RS, 32 - (b + n) & 31, b, b + n - 1", READ_ONLY, {
    ranges: { n: [1, 32], b: [0, 31] },
  }),
  form("clrlslwi RA, RS, b, n", "rlwinm RA, RS, n, b - n, 31 - n", READ_ONLY, {
    ranges: { b: [0, 31], n: [0, 31] },
  }),
  form("rotlw RA, RS, RB", "rlwnm RA, RS, RB, 0, 31"),
];

const COMPARE: readonly SimplifiedForm[] = (
  [
    ["cmpwi", "cmpi", "SI"],
    ["cmplwi", "cmpli", "UI"],
    ["cmpw", "cmp", "RB"],
    ["cmplw", "cmpl", "RB"],
  ] as const
).flatMap(([simplified, base, operand]) => [
  form(`${simplified} RA, ${operand}`, `${base} 0, RA, ${operand}`),
  form(`${simplified} BF, RA, ${operand}`, `${base} BF, RA, ${operand}`),
  form(`${base} BF, l, RA, ${operand}`, `${base} BF, RA, ${operand}`, READ_ONLY, { ranges: { l: [0, 0] } }),
]);

/** Trap conditions: name, TO. Printed are the names without synonyms before them. */
const TRAPS: readonly [string, number, boolean][] = [
  ["lgt", 1, true],
  ["llt", 2, true],
  ["eq", 4, true],
  ["lge", 5, true],
  ["lnl", 5, false],
  ["lle", 6, true],
  ["lng", 6, false],
  ["gt", 8, true],
  ["ge", 12, true],
  ["nl", 12, false],
  ["lt", 16, true],
  ["le", 20, true],
  ["ng", 20, false],
  ["ne", 24, true],
  ["u", 31, true],
];

const TRAP: readonly SimplifiedForm[] = [
  form("trap", "tw 31, 0, 0"),
  ...TRAPS.flatMap(([name, to, printed]) => [
    form(`tw${name} RA, RB`, `tw ${to}, RA, RB`, printed),
    form(`tw${name}i RA, SI`, `twi ${to}, RA, SI`, printed),
  ]),
];

const CONDITION: readonly SimplifiedForm[] = [
  form("crset BT", "creqv BT, BT, BT"),
  form("crclr BT", "crxor BT, BT, BT"),
  form("crmove BT, BA", "cror BT, BA, BA"),
  form("crnot BT, BA", "crnor BT, BA, BA"),
  form("mtcr RS", "mtcrf 255, RS"),
];

/** Special purpose registers that have their own move mnemonics in the GNU assembler. */
const MOVES: readonly [string, number][] = [
  ["xer", 1],
  ["lr", 8],
  ["ctr", 9],
  ["dec", 22],
  ["srr0", 26],
  ["srr1", 27],
  ["csrr0", 58],
  ["csrr1", 59],
  ["dear", 61],
  ["esr", 62],
  ["tbl", 284],
  ["tbu", 285],
  ["tsr", 336],
  ["tcr", 340],
  ["mcsrr0", 570],
  ["mcsrr1", 571],
];

const SYSTEM: readonly SimplifiedForm[] = [
  ...MOVES.flatMap(([name, number]) => [
    // GNU's mftbl is the instruction mftb, which this core does not decode; printed is what both read alike.
    form(`mf${name} RT`, `mfspr RT, ${number}`, !name.startsWith("tb")),
    form(`mt${name} RS`, `mtspr ${number}, RS`),
  ]),
  form("lwsync", "sync 1"),
  form("ptesync", "sync 2"),
  form("msync", "sync 0", READ_ONLY),
];

/** Condition names: bit within the field, value for which the branch is taken, printed or synonym. */
const CONDITIONS: readonly [string, number, boolean, boolean][] = [
  ["lt", 0, true, true],
  ["gt", 1, true, true],
  ["eq", 2, true, true],
  ["so", 3, true, true],
  ["un", 3, true, false],
  ["ge", 0, false, true],
  ["nl", 0, false, false],
  ["le", 1, false, true],
  ["ng", 1, false, false],
  ["ne", 2, false, true],
  ["ns", 3, false, true],
  ["nu", 3, false, false],
];

/** Branch kinds: base mnemonic, text behind the condition, target operand. */
const BRANCHES = [
  ["bc", "", ", BD"],
  ["bclr", "lr", ""],
  ["bcctr", "ctr", ""],
] as const;

/** Branch hints: suffix, the `at` bits beside the BO of a condition, beside the BO of a count. */
const HINTS = [
  [undefined, 0, 0],
  ["-", 2, 8],
  ["+", 3, 9],
] as const;

const crField = { kinds: { BF: "crField" }, ranges: { BF: [0, 7] } } as const;

const BRANCH: readonly SimplifiedForm[] = BRANCHES.flatMap(([base, kind, target]) => [
  form(`b${kind}${target.replace(",", "")}`, `${base} 20, 0${target}`, base !== "bc"),
  ...HINTS.flatMap(([hint, conditionHint, countHint]) => [
    ...CONDITIONS.flatMap(([name, bit, value, printed]) => {
      const bo = (value ? 12 : 4) | conditionHint;
      const mnemonic = `b${name}${kind}`;
      const extra = hint ? { hint } : {};
      return [
        form(`${mnemonic}${target.replace(",", "")}`, `${base} ${bo}, ${bit}${target}`, printed, extra),
        form(`${mnemonic} BF${target}`, `${base} ${bo}, 4 * BF + ${bit}${target}`, printed, {
          ...crField,
          ...extra,
        }),
      ];
    }),
    ...(base === "bcctr"
      ? []
      : (
          [
            ["dnz", 16],
            ["dz", 18],
          ] as const
        ).map(([name, bo]) =>
          form(
            `b${name}${kind}${target.replace(",", "")}`,
            `${base} ${bo | countHint}, 0${target}`,
            true,
            hint ? { hint } : {},
          ),
        )),
  ]),
  ...(base === "bcctr"
    ? []
    : (
        [
          ["dnzt", 8],
          ["dnzf", 0],
          ["dzt", 10],
          ["dzf", 2],
        ] as const
      ).map(([name, bo]) => form(`b${name}${kind} BI${target}`, `${base} ${bo}, BI${target}`))),
  form(`bt${kind} BI${target}`, `${base} 12, BI${target}`, READ_ONLY),
  form(`bf${kind} BI${target}`, `${base} 4, BI${target}`, READ_ONLY),
]).filter((entry) => entry.mnemonic !== "b");

export const SIMPLIFIED_FORMS: readonly SimplifiedForm[] = [
  ...INTEGER,
  ...ROTATE,
  ...COMPARE,
  ...TRAP,
  ...CONDITION,
  ...SYSTEM,
  ...BRANCH,
];

/**
 * Makes the engine's loops from the rows: one `case` per operation. The fast and the observed loop are two renderings of
 * the same cases.
 */
import { SPECIAL } from "../state.ts";
import type { Machine } from "./machine.ts";
import { operationText } from "./operation-text.ts";
import { TEMPORARIES, type TranslationOptions } from "./translate.ts";
import { OPERATION, VARIANTS } from "./variants.ts";

/** Runs until t >= limit; the cold parts execute one operation. */
export interface Engine {
  readonly fast: (machine: Machine) => void;
  readonly observed: (machine: Machine) => void;
}

const S = (name: keyof typeof SPECIAL) => `S[${SPECIAL[name]}]`;
const VIEWS =
  "const g = M.state.gpr, S = M.state.special, mem = M.state.words, half = M.state.halfwords, bytes = M.state.bytes, " +
  "R = M.state.ready, W = M.state.writePort, C = M.state.conditionReady, code = M.program.code, P = M.pipeline, D = M.scalarPort, B = M.branchCache, " +
  "SRAM_LATENCY = M.sramLatency;";

interface Cases {
  readonly text: string;
  /** Declaration of the variables that the cases use. */
  readonly declarations: string;
}

function cases(from: number, to: number, hotOnly: boolean, options: TranslationOptions): Cases {
  const locals = new Set(TEMPORARIES);
  const text = VARIANTS.slice(from, to).map((variant, offset) => {
    if (hotOnly && !variant.hot) return "";
    const { mnemonic } = variant.row;
    const number = OPERATION.first + from + offset;
    return `case ${number}: // ${mnemonic} ${JSON.stringify(variant.bindings)}\n${operationText(variant, options, locals)}\nbreak;`;
  });
  const numbers = [...locals].map((name) => `${name} = 0`).join(", ");
  return {
    text: text.filter((entry) => entry !== "").join("\n"),
    declarations: `let ${numbers}; let taken = false, sleeps = false;`,
  };
}

/** The loop with the frequent operations; the others go to the parts. */
function loopSource(name: string, options: TranslationOptions): string {
  const retire = options.observed ? "M.watch.onRetire(t, pc, w);" : "";
  const { text, declarations } = cases(0, VARIANTS.length, true, options);
  const elsewhere = `${S("t")} = t; ${S("pc")} = pc; ${name}Parts[op >> ${PART_SHIFT}](M, op, w); t = ${S("t")}; pc = ${S("pc")};`;
  const vector = `t = M.vector(t, pc, w, ${options.observed}); pc = pc + 4 | 0; break;`;
  const nop = `if (R[0] > t) t = P.stall(t, 0); ${retire} t++; pc = pc + 4 | 0; break;`;
  return `function ${name}(M) {
${VIEWS}
${declarations}
let t = ${S("t")}, pc = ${S("pc")}, w = 0, op = 0, count = 0;
while (t < ${S("limit")}) {
  if (pc >>> 14 === 0) { w = mem[pc >>> 2]; op = code[pc >>> 2]; }
  else { op = M.program.fetchExternal(pc, t); t = ${S("t")}; w = ${S("word")}; }
  switch (op) {
    case ${OPERATION.undecodedYet}: M.program.predecode(pc); continue;
    case ${OPERATION.nop}: ${nop}
    case ${OPERATION.vector}: ${vector}
    case ${OPERATION.breakpoint}:
      if (M.program.breaksAt(pc)) { ${S("t")} = t; ${S("pc")} = pc; M.retired(count); M.stopAtBreakpoint(); return; }
      op = M.program.operationAt(w);
      if (op === ${OPERATION.vector}) { ${vector} }
      if (op === ${OPERATION.nop}) { ${nop} }
      ${elsewhere}
      break;
${text}
    default: ${elsewhere}
  }
  count++;
}
${S("t")} = t; ${S("pc")} = pc; M.retired(count);
}`;
}

/**
 * V8 compiles no function whose byte code exceeds 60 KiB, so the full set of operations is split into functions of
 * 2 ** PART_SHIFT cases that execute one operation each.
 */
const PART_SHIFT = 5;

function partSource(name: string, part: number, options: TranslationOptions): string {
  const from = Math.max((part << PART_SHIFT) - OPERATION.first, 0);
  const to = ((part + 1) << PART_SHIFT) - OPERATION.first;
  const { text, declarations } = cases(from, to, false, options);
  return `function ${name}(M, op, w) {
${VIEWS}
${declarations}
let t = ${S("t")}, pc = ${S("pc")};
switch (op) {
${text}
default: M.program.unknownOperation(op);
}
${S("t")} = t; ${S("pc")} = pc;
}`;
}

function twin(name: string, options: TranslationOptions): string {
  const parts = ((OPERATION.first + VARIANTS.length - 1) >> PART_SHIFT) + 1;
  const names = Array.from({ length: parts }, (_, part) => `${name}Part${part}`);
  return [
    ...names.map((part, index) => partSource(part, index, options)),
    `const ${name}Parts = [${names.join(", ")}];`,
    loopSource(name, options),
  ].join("\n");
}

/** The program text of an engine, for tests and the curious. */
export function engineSource(zeroExtendR1: boolean): string {
  return [
    '"use strict";',
    ARITHMETIC,
    twin("fast", { zeroExtendR1, observed: false }),
    twin("observed", { zeroExtendR1, observed: true }),
    "return { fast, observed };",
  ].join("\n");
}

const ARITHMETIC = `
const MASKS = new Int32Array(1024);
for (let mb = 0; mb < 32; mb++) for (let me = 0; me < 32; me++) {
  const from = -1 >>> mb, to = me === 31 ? -1 : ~(-1 >>> me + 1);
  MASKS[mb << 5 | me] = mb <= me ? from & to : from | to;
}
const CR_MASKS = new Int32Array(256);
for (let fxm = 0; fxm < 256; fxm++) for (let i = 0; i < 8; i++) if (fxm & 128 >>> i) CR_MASKS[fxm] |= 0xf0000000 >>> 4 * i;
function mulhu(a, b) {
  const al = a & 65535, ah = a >>> 16, bl = b & 65535, bh = b >>> 16;
  const middle = ah * bl + (al * bl >>> 16);
  const cross = al * bh + (middle & 65535);
  return ah * bh + (middle / 65536 | 0) + (cross / 65536 | 0) | 0;
}
function mulhs(a, b) { return mulhu(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0) | 0; }
function divs(a, b) { return b === 0 ? (a < 0 ? 0 : -1) : a / b | 0; }
function divu(a, b) { return b === 0 ? -1 : (a >>> 0) / (b >>> 0) | 0; }
`;

const engines = new Map<boolean, Engine>();

/** The engine for one reading of quirk R1; made once. */
export function engine(zeroExtendR1: boolean): Engine {
  let made = engines.get(zeroExtendR1);
  if (!made) {
    made = new Function(engineSource(zeroExtendR1))() as Engine;
    engines.set(zeroExtendR1, made);
  }
  return made;
}

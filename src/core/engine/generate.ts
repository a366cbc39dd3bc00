/**
 * Makes the engine's loops from the rows: one `case` per operation. Loops with and without those who look on are
 * renderings of the same cases.
 */
import { HISTORY_LENGTH } from "../record/counters.ts";
import { HEADER_WORDS, STALL, STALL_REGISTERS } from "../record/entries.ts";
import { RECORD_HEAD, RECORD_LIMIT } from "../record/recorder.ts";
import { SPECIAL } from "../state.ts";
import * as arithmetic from "./arithmetic.ts";
import type { Machine } from "./machine.ts";
import { issueText, operationText, waitForRegister } from "./operation-text.ts";
import { isPlain, TEMPORARIES, type TranslationOptions, type Watching } from "./translate.ts";
import { OPERATION, VARIANTS } from "./variants.ts";

/** Runs until t >= limit. */
export type Loop = (machine: Machine) => void;

const S = (name: keyof typeof SPECIAL) => `S[${SPECIAL[name]}]`;
const VIEWS =
  "const g = M.state.gpr, S = M.state.special, mem = M.state.words, half = M.state.halfwords, bytes = M.state.bytes, " +
  "R = M.state.ready, W = M.state.writePort, C = M.state.conditionReady, code = M.program.code, P = M.pipeline, D = M.scalarPort, B = M.branchCache, T = M.translation.lastTargets, " +
  "SRAM_LATENCY = M.sramLatency;";

/** What the cases of a loop use beside that, and variables: those of the loop are declared in every part. */
const views = ({ counted, recorded }: Watching): string =>
  [
    VIEWS,
    recorded ? "const Q = M.recorder, X = Q.words;" : "",
    counted ? "const K = M.counters, TAKEN = K.taken;" : "",
    counted || recorded ? "let ISSUED = 0;" : "",
  ].join("\n");

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

/** Text around the cases: before an instruction, behind it, and when the loop ends. */
function watchingText({
  counted,
  recorded,
}: Watching): Record<"begin" | "before" | "behind" | "end", string> {
  const mask = HISTORY_LENGTH - 1;
  return {
    begin:
      (counted || recorded ? "let BEGIN = 0;" : "") +
      (counted
        ? "const EXECUTED = K.executed, CYCLES = K.cycles, HISTORY_PC = K.historyPc, HISTORY_CYCLE = K.historyCycle, BASE = M.base; let ARRIVED = 0, HISTORY = K.historyNext;"
        : "") +
      (recorded ? "let END = 0, ENTRY = 0;" : ""),
    before:
      (counted || recorded ? "BEGIN = pc;" : "") +
      (counted ? "ARRIVED = t;" : "") +
      (recorded ? `ENTRY = X[${RECORD_HEAD.next}]; END = ENTRY + ${HEADER_WORDS};` : ""),
    behind:
      (counted
        ? "if (BEGIN >>> 14 === 0) { EXECUTED[BEGIN >>> 2]++; CYCLES[BEGIN >>> 2] += t - ARRIVED; } else K.countOutside(BEGIN, t - ARRIVED); " +
          `HISTORY_PC[HISTORY] = BEGIN; HISTORY_CYCLE[HISTORY] = BASE + ISSUED; HISTORY = HISTORY + 1 & ${mask};`
        : "") +
      (recorded
        ? `X[ENTRY] = BEGIN; X[ENTRY + 1] = w; X[ENTRY + 2] = ISSUED; X[${RECORD_HEAD.next}] = END; ` +
          `if (X[${RECORD_HEAD.unsettled}] !== 0 || END > ${RECORD_LIMIT}) Q.settle(ENTRY);`
        : ""),
    end: counted ? "K.historyNext = HISTORY;" : "",
  };
}

/** The loop with the frequent operations; the others go to the parts. */
function loopSource(options: TranslationOptions): string {
  const { counted, recorded } = options;
  const { text, declarations } = cases(0, VARIANTS.length, true, options);
  const { begin, before, behind, end } = watchingText(options);
  const outside = recorded ? `END = X[${RECORD_HEAD.valuesEnd}];` : "";
  const part = `${counted || recorded ? "ISSUED = " : ""}parts[op >> ${PART_SHIFT}](M, op, w);`;
  const elsewhere = `${S("t")} = t; ${S("pc")} = pc; ${part} t = ${S("t")}; pc = ${S("pc")}; ${outside}`;
  const vectorIssued = counted || recorded ? "ISSUED = t - 1;" : "";
  const vector = `t = M.vector(t, pc, w, ${options.observed}, ${recorded}); ${vectorIssued} ${outside} pc = pc + 4 | 0; break;`;
  const enter = isPlain(options)
    ? `const executed = M.enter(t, pc); if (executed !== 0) { count += executed; t = ${S("t")}; pc = ${S("pc")}; continue run; }`
    : "";
  const nop = `${waitForRegister("0", options)} ${issueText(options)} t++; pc = pc + 4 | 0; break;`;
  /** An instruction whose operation number is hidden. */
  const marked = `op = M.program.operationAt(w);
      if (op === ${OPERATION.vector}) { ${vector} }
      if (op === ${OPERATION.nop}) { ${nop} }
      ${elsewhere}
      break;`;
  const fetched = recorded
    ? `t = Q.wait(t, ${S("t")}, ${STALL.fetch}, ${STALL_REGISTERS.none});`
    : `t = ${S("t")};`;
  return `return function loop(M) {
${views(options)}
${declarations}
${begin}
let t = ${S("t")}, pc = ${S("pc")}, w = 0, op = 0, count = 0;
run: while (t < ${S("limit")}) {
  ${before}
  if (pc >>> 14 === 0) { w = mem[pc >>> 2]; op = code[pc >>> 2]; }
  else { op = M.program.fetchExternal(pc, t); ${fetched} w = ${S("word")}; }
  for (;;) { switch (op) {
    case ${OPERATION.undecodedYet}:
    case ${OPERATION.refresh}: M.program.predecode(pc); continue run;
    case ${OPERATION.nop}: ${nop}
    case ${OPERATION.vector}: ${vector}
    case ${OPERATION.breakpoint}:
      if (M.program.breaksAt(pc)) { ${S("t")} = t; ${S("pc")} = pc; M.retired(count); ${end} M.stopAtBreakpoint(); return; }
      ${marked}
    case ${OPERATION.entry}:
      ${enter}
      op = M.program.hidden[pc >>> 2];
      continue;
${text}
    default: ${elsewhere}
  } break; }
  ${behind}
  count++;
}
${S("t")} = t; ${S("pc")} = pc; M.retired(count); ${end}
}`;
}

/**
 * V8 compiles no function whose byte code exceeds 60 KiB, so the full set of operations is split into functions of
 * 2 ** PART_SHIFT cases that execute one operation each. While somebody looks on they return the time of issue.
 */
const PART_SHIFT = 5;

function partSource(part: number, options: TranslationOptions): string {
  const { counted, recorded } = options;
  const from = Math.max((part << PART_SHIFT) - OPERATION.first, 0);
  const to = ((part + 1) << PART_SHIFT) - OPERATION.first;
  const { text, declarations } = cases(from, to, false, options);
  return `return function part${part}(M, op, w) {
${views(options)}
${declarations}
let t = ${S("t")}, pc = ${S("pc")};
${recorded ? `let END = X[${RECORD_HEAD.next}] + ${HEADER_WORDS};` : ""}
switch (op) {
${text}
default: M.program.unknownOperation(op);
}
${S("t")} = t; ${S("pc")} = pc;
${recorded ? `X[${RECORD_HEAD.valuesEnd}] = END;` : ""}
${counted || recorded ? "return ISSUED;" : ""}
}`;
}

type Part = (machine: Machine, operation: number, word: number) => number;

/** The parts of a loop; each is made when it is needed first, which many programs never do. */
function partsFor(options: TranslationOptions): Part[] {
  const count = ((OPERATION.first + VARIANTS.length - 1) >> PART_SHIFT) + 1;
  const parts: Part[] = Array.from({ length: count }, (_, index) => (machine, operation, word) => {
    parts[index] = compile(partSource(index, options), []) as Part;
    return parts[index](machine, operation, word);
  });
  return parts;
}

/** What a text returns that may use what arithmetic.ts exports, and `parts`. */
function compile(text: string, parts: readonly Part[]): unknown {
  const names = Object.keys(arithmetic);
  return new Function(...names, "parts", `"use strict";\n${text}`)(...Object.values(arithmetic), parts);
}

const loops = new Map<string, Loop>();

/** The loop for one reading of quirk R1 and those who look on; made when it is needed first. */
export function loopFor(options: TranslationOptions): Loop {
  const { zeroExtendR1, observed, counted, recorded } = options;
  const key = [zeroExtendR1, observed, counted, recorded].map(Number).join("");
  let loop = loops.get(key);
  if (!loop) {
    loop = compile(loopSource(options), partsFor(options)) as Loop;
    loops.set(key, loop);
  }
  return loop;
}

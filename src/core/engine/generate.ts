/**
 * Makes the engine's loops from the rows: one `case` per operation, with the timing of its class around the translated
 * meaning. The fast and the observed loop are two renderings of the same cases.
 */
import type { FieldName } from "../../../isa/index.ts";
import { SPECIAL, WRITE_PORT_MASK } from "../state.ts";
import type { Machine } from "./machine.ts";
import { SPR } from "./special-registers.ts";
import { fieldText, REGISTER_NAMES, TEMPORARIES, type TranslationOptions, Translator } from "./translate.ts";
import { OPERATION, VARIANTS, type Variant } from "./variants.ts";

/** Runs until t >= limit; the cold parts execute one operation. */
export interface Engine {
  readonly fast: (machine: Machine) => void;
  readonly observed: (machine: Machine) => void;
}

const S = (name: keyof typeof SPECIAL) => `S[${SPECIAL[name]}]`;
const MUL_RESULT = 4;
const MUL_WRITE = 5;
const ALU_WRITE = 2;
const DIV_CYCLES = 32;
const XER_CYCLES = 3;
const MUL_XER_CYCLES = 6;
const CR_CYCLES = 2;

const slot = (time: string) => `W[${time} & ${WRITE_PORT_MASK}]`;
/** Waits for the GPR write port and takes it. */
const RESERVE =
  `while (${slot(`t + ${ALU_WRITE}`)} === t + ${ALU_WRITE}) t++; ` +
  `${slot(`t + ${ALU_WRITE}`)} = t + ${ALU_WRITE};`;
const VIEWS =
  "const g = M.state.gpr, S = M.state.special, mem = M.state.words, half = M.state.halfwords, bytes = M.state.bytes, " +
  "R = M.state.ready, W = M.state.writePort, C = M.state.conditionReady, code = M.program.code, P = M.pipeline, D = M.scalarPort, B = M.branchCache, " +
  "SRAM_LATENCY = M.sramLatency;";

const uses = (names: ReadonlySet<string>, ...wanted: string[]) => wanted.some((name) => names.has(name));

function prologue(variant: Variant): string {
  const { row, read, written } = variant;
  const all = new Set([...read, ...written]);
  const multiple = row.timing === "loadMultiple" || row.timing === "storeMultiple";
  const lines: string[] = [];
  if (uses(all, "RT", "RS") || multiple) lines.push("rt = w >>> 21 & 31;");
  if (uses(all, "RA", "RA0")) lines.push("ra = w >>> 16 & 31;");
  if (all.has("RA0")) lines.push("a0 = ra === 0 ? 32 : ra;");
  if (all.has("RB")) lines.push("rb = w >>> 11 & 31;");
  const registers = [...all].filter((name) => name in REGISTER_NAMES).map((name) => REGISTER_NAMES[name]);
  const plainA = registers.includes("ra") && registers.includes("a0") ? ["ra"] : [];
  const stalls = new Set([...registers.filter((name) => name !== "ra" || !plainA.length), ...plainA]);
  for (const name of stalls) lines.push(`if (R[${name}] > t) t = P.stall(t, ${name});`);
  lines.push(...specialStalls(variant));
  return lines.join(" ");
}

/** Waits for condition, link, count and other special registers. */
function specialStalls(variant: Variant): string[] {
  const { row, read, called, written } = variant;
  const lines: string[] = [];
  const wait = (name: keyof typeof SPECIAL) => lines.push(`if (${S(name)} > t) t = ${S(name)};`);
  lines.push(...conditionStalls(variant));
  if (read.has("LR")) wait("lrReady");
  if (read.has("CTR") || (written.has("CTR") && row.timing === "branch")) wait("ctrReady");
  if (uses(read, "SRR0", "CSRR0", "MCSRR0")) lines.push("t = M.specialRegisters.returnStall(t);");
  if (read.has("TBL"))
    lines.push(`if (${S("sprNumber")} === ${SPR.TBL} && ${S("sprReady")} > t) t = ${S("sprReady")};`);
  if (called.has("readSpr")) lines.push("t = M.specialRegisters.readStall(w, t);");
  return lines;
}

/** Condition fields are tracked one by one. */
function conditionStalls(variant: Variant): string[] {
  const { row, read, called } = variant;
  const one = (field: string) => `f = ${field}; if (C[f] > t) t = C[f];`;
  if (read.has("CR"))
    return [`t = P.conditionStall(t, ${row.mnemonic === "mfocrf" ? fieldText("FXM") : 255});`];
  if (called.has("crField")) return [one(fieldText("BFA")), overwrite(fieldText("BF"))];
  if (row.timing === "branch") return called.has("crBit") ? [one(`${fieldText("BI")} >> 2`)] : [];
  // An operation on one bit reads the rest of the field that it writes.
  if (called.has("crBit"))
    return ["BA", "BB", "BT"].map((name) => one(`${fieldText(name as FieldName)} >> 2`));
  if (called.has("setCrField")) return [overwrite(recordedField(variant))];
  return isMoveToCr(row) ? [`t = P.conditionStall(t + 1, ${fieldText("FXM")}) - 1;`] : [];
}

/** A field with a pending write can be overwritten one cycle before it could be read. */
const overwrite = (field: string) => `if (C[${field}] > t + 1) t = C[${field}] - 1;`;
const isMoveToCr = (row: Variant["row"]) => /^mto?crf$/.test(row.mnemonic);
const recordedField = ({ row }: Variant) =>
  row.operands.some((operand) => operand.field === "BF") ? fieldText("BF") : "0";

const writesXer = ({ written }: Variant) => uses(written, "CA", "OV", "SO");
/** Text that notes that the condition fields a variant writes can be read from `time` on. */
function conditionWritten(variant: Variant, time: string): string {
  const { row, called } = variant;
  if (isMoveToCr(row)) return `P.conditionWritten(${time}, ${fieldText("FXM")});`;
  if (called.has("setCrBit")) return `C[${fieldText("BT")} >> 2] = ${time};`;
  return called.has("setCrField") ? `C[${recordedField(variant)}] = ${time};` : "";
}
/** Text that notes when a new link or count register can be read. */
const linkWritten = ({ written }: Variant) =>
  (written.has("LR") ? `${S("lrReady")} = t + 2;` : "") +
  (written.has("CTR") ? `${S("ctrReady")} = t + 2;` : "");
const destination = ({ written }: Variant) =>
  written.has("RT") ? "rt" : written.has("RA") ? "ra" : undefined;

/** Timing before and behind the translated meaning, by class. */
function timing(variant: Variant): { before: string; after: string } {
  const target = destination(variant);
  const condition = (cycles: number) => conditionWritten(variant, `t + ${cycles}`);
  switch (variant.row.timing) {
    case "mul":
      return {
        before: "",
        after:
          `${slot(`t + ${MUL_WRITE}`)} = t + ${MUL_WRITE}; R[${target}] = t + ${MUL_RESULT}; ${condition(MUL_RESULT + 1)} ` +
          `t += ${writesXer(variant) ? MUL_XER_CYCLES : 1};`,
      };
    case "div":
      return {
        before: `t = P.divider(t); ${RESERVE}`,
        after: `${slot(`t + ${DIV_CYCLES}`)} = t + ${DIV_CYCLES}; t += ${DIV_CYCLES}; ${condition(0)}`,
      };
    case "load":
      return { before: "", after: "t = P.request(t, rt, lat);" };
    case "loadUpdate":
      return {
        before: "",
        after: "t = P.request(t, rt, lat); P.update(t, ra); t++;",
      };
    case "store":
      return { before: "", after: "t = P.request(t, -1, lat);" };
    case "storeUpdate":
      return { before: "", after: "P.update(t, ra); t = P.request(t, -1, lat);" };
    case "loadMultiple":
    case "storeMultiple":
      return { before: "", after: "" };
    case "sync":
      return { before: "", after: "t = P.drain(t, 2);" };
    case "trap":
      return { before: "", after: "t = P.drain(t, 2);" };
    case "mtmsr":
      return { before: "", after: "t = P.drain(t, 4);" };
    case "wait":
      return { before: "sleeps = false;", after: "if (sleeps) t = M.sleep(t); else t++;" };
    default: {
      const writes = variant.called.has("writeSpr");
      return {
        before: target ? RESERVE : "",
        after: writes
          ? "t = M.specialRegisters.written(w, t);"
          : `${linkWritten(variant)} ${condition(CR_CYCLES)} t ${writesXer(variant) ? `+= ${XER_CYCLES}` : "+= 1"};`,
      };
    }
  }
}

function body(variant: Variant, options: TranslationOptions, locals: Set<string>): string {
  const text = new Translator(options, locals).statements(variant.statements);
  const retire = options.observed ? "M.watch.onRetire(t, pc, w);" : "";
  if (variant.row.timing === "branch") return branchBody(variant, text, retire);
  const { before, after } = timing(variant);
  const targets = [...variant.written].filter((name) => name in REGISTER_NAMES);
  const hooks = options.observed
    ? targets
        .map((name) => `M.watch.onWrite(t, ${REGISTER_NAMES[name]}, g[${REGISTER_NAMES[name]}]);`)
        .join(" ")
    : "";
  // A sleeping core stays at its wait; sleep() moves nothing.
  const advance = variant.row.timing === "wait" ? "if (!sleeps) pc = pc + 4 | 0;" : "pc = pc + 4 | 0;";
  return `${prologue(variant)} ${before} ${retire}\n${text}\n${hooks} ${after} ${advance}`;
}

function branchBody(variant: Variant, text: string, retire: string): string {
  const { row, statements } = variant;
  const always = statements.some((node) => node.kind === "do" && node.call.name === "branch");
  const after = [
    linkWritten(variant),
    always
      ? "t = B.taken(t, start, pc, next); pc = next;"
      : "if (taken) { t = B.taken(t, start, pc, next); pc = next; } else { t = B.notTaken(t, start, pc); pc = pc + 4 | 0; }",
    /^rf/.test(row.mnemonic) ? "M.reschedule();" : "",
  ];
  const flags = "start = t; taken = false;";
  return `${flags} ${prologue(variant)} ${retire}\n${text}\n${after.join(" ")}`;
}

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
    return `case ${number}: // ${mnemonic} ${JSON.stringify(variant.bindings)}\n${body(variant, options, locals)}\nbreak;`;
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

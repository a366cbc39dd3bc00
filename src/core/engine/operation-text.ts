/** The text of one operation in the generated loops: the timing of its class around the translated meaning. */
import type { FieldName } from "../../../isa/index.ts";
import { STALL, STALL_REGISTERS } from "../record/entries.ts";
import { type ScalarSlot, scalarSlots } from "../record/layout.ts";
import { SPECIAL, WRITE_PORT_MASK } from "../state.ts";
import { SPR } from "./special-registers.ts";
import { fieldText, isPlain, REGISTER_NAMES, type TranslationOptions, Translator } from "./translate.ts";
import type { Variant } from "./variants.ts";

const S = (name: keyof typeof SPECIAL) => `S[${SPECIAL[name]}]`;
const MUL_RESULT = 4;
/** From issue to the write of the result. */
export const MUL_WRITE = 5;
export const ALU_WRITE = 2;
export const DIV_CYCLES = 32;
const XER_CYCLES = 3;
const MUL_XER_CYCLES = 6;
const CR_CYCLES = 2;
/** Number of condition field 0 among the registers of stalls. */
const CR_FIELD = 32;

const slot = (time: string) => `W[${time} & ${WRITE_PORT_MASK}]`;
/** Waits for the GPR write port and takes it. */
function reserve({ recorded }: TranslationOptions): string {
  const wanted = slot(`t + ${ALU_WRITE}`);
  const wait = recorded
    ? `if (${wanted} === t + ${ALU_WRITE}) t = Q.writePort(t, ${ALU_WRITE});`
    : `while (${wanted} === t + ${ALU_WRITE}) t++;`;
  return `${wait} ${wanted} = t + ${ALU_WRITE};`;
}

/** Waits until a time that is cheap to look at. */
function waitUntil(
  time: string,
  cause: keyof typeof STALL,
  register: string | number,
  { recorded }: TranslationOptions,
): string {
  const wait = recorded ? `Q.wait(t, ${time}, ${STALL[cause]}, ${register})` : time;
  return `if (${time} > t) t = ${wait};`;
}

/** Waits until a time that has to be computed. */
function waitComputed(time: string, cause: keyof typeof STALL, { recorded }: TranslationOptions): string {
  return recorded ? `t = Q.wait(t, ${time}, ${STALL[cause]}, ${STALL_REGISTERS.none});` : `t = ${time};`;
}

/** Waits for a general purpose register. */
export const waitForRegister = (register: string, { recorded }: TranslationOptions): string =>
  `if (R[${register}] > t) t = ${recorded ? "Q.waitFor" : "P.waitFor"}(t, ${register});`;

const uses = (names: ReadonlySet<string>, ...wanted: string[]) => wanted.some((name) => names.has(name));

function prologue(variant: Variant, options: TranslationOptions): string {
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
  for (const name of stalls) lines.push(waitForRegister(name, options));
  lines.push(...specialStalls(variant, options));
  return lines.join(" ");
}

/** Waits for condition, link, count and other special registers. */
function specialStalls(variant: Variant, options: TranslationOptions): string[] {
  const { row, read, called, written } = variant;
  const lines: string[] = [];
  const wait = (name: "lr" | "ctr") =>
    lines.push(waitUntil(S(`${name}Ready`), "special", STALL_REGISTERS[name], options));
  const compute = (time: string) => lines.push(waitComputed(time, "special", options));
  lines.push(...conditionStalls(variant, options));
  if (read.has("LR")) wait("lr");
  if (read.has("CTR") || (written.has("CTR") && row.timing === "branch")) wait("ctr");
  if (uses(read, "SRR0", "CSRR0", "MCSRR0")) compute("M.specialRegisters.returnStall(t)");
  if (read.has("TBL")) {
    const ready = waitUntil(S("sprReady"), "special", STALL_REGISTERS.none, options);
    lines.push(`if (${S("sprNumber")} === ${SPR.TBL}) { ${ready} }`);
  }
  if (called.has("readSpr")) compute("M.specialRegisters.readStall(w, t)");
  return lines;
}

/** Condition fields are tracked one by one. */
function conditionStalls(variant: Variant, options: TranslationOptions): string[] {
  const { row, read, called } = variant;
  const one = (field: string) =>
    `f = ${field}; ${waitUntil("C[f]", "condition", `${CR_FIELD} + f`, options)}`;
  /** A field with a pending write can be overwritten one cycle before it could be read. */
  const overwrite = (field: string) =>
    waitUntil(`C[${field}] - 1`, "condition", `${CR_FIELD} + ${field}`, options);
  const several = (time: string) => waitComputed(time, "condition", options);
  if (read.has("CR"))
    return [several(`P.conditionStall(t, ${row.mnemonic === "mfocrf" ? fieldText("FXM") : 255})`)];
  if (called.has("crField")) return [one(fieldText("BFA")), overwrite(fieldText("BF"))];
  if (row.timing === "branch") return called.has("crBit") ? [one(`${fieldText("BI")} >> 2`)] : [];
  // An operation on one bit reads the rest of the field that it writes.
  if (called.has("crBit"))
    return ["BA", "BB", "BT"].map((name) => one(`${fieldText(name as FieldName)} >> 2`));
  if (called.has("setCrField")) return [overwrite(recordedField(variant))];
  return isMoveToCr(row) ? [several(`P.conditionStall(t + 1, ${fieldText("FXM")}) - 1`)] : [];
}

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
function timing(variant: Variant, options: TranslationOptions): { before: string; after: string } {
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
        before: `${waitComputed("P.divider(t)", "divider", options)} ${reserve(options)}`,
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
        before: target ? reserve(options) : "",
        after: writes
          ? "t = M.specialRegisters.written(w, t);"
          : `${linkWritten(variant)} ${condition(CR_CYCLES)} t ${writesXer(variant) ? `+= ${XER_CYCLES}` : "+= 1"};`,
      };
    }
  }
}

const SLOT_VALUES: Partial<Record<ScalarSlot["kind"], string>> = {
  cr: S("cr"),
  xer: S("xer"),
  lr: S("lr"),
  ctr: S("ctr"),
  msr: S("msr"),
  spr: "g[rt]",
};

/** Text that records the value of a slot. */
function recordSlot(slot: ScalarSlot): string {
  switch (slot.kind) {
    case "load":
      return "X[END] = at; X[END + 1] = loaded; END += 2;";
    case "store":
      return "X[END] = at; X[END + 1] = stored; END += 2;";
    case "loadMultiple":
    case "storeMultiple":
      return "X[END++] = at; while (rt < 32) X[END++] = g[rt++];";
    case "gpr":
      return `X[END++] = g[${REGISTER_NAMES[slot.field]}];`;
    default:
      return `X[END++] = ${SLOT_VALUES[slot.kind]};`;
  }
}

/** Text between the stalls and the effects of an instruction. */
export function issueText({ observed, counted, recorded }: TranslationOptions): string {
  return (observed ? "M.watch.onRetire(t, pc, w);" : "") + (counted || recorded ? " ISSUED = t;" : "");
}

/** Text behind the effects, at the time of issue. */
function effectText(variant: Variant, { observed, recorded }: TranslationOptions): string {
  const targets = [...variant.written].filter((name) => name in REGISTER_NAMES);
  return [
    ...(observed
      ? targets.map((name) => `M.watch.onWrite(t, ${REGISTER_NAMES[name]}, g[${REGISTER_NAMES[name]}]);`)
      : []),
    ...(recorded ? scalarSlots(variant).map(recordSlot) : []),
  ].join(" ");
}

/** The text of one case: stalls, translated meaning, and what it does to the time. */
export function operationText(variant: Variant, options: TranslationOptions, locals: Set<string>): string {
  const text = new Translator(options, locals).statements(variant.statements);
  if (variant.row.timing === "branch") return branchBody(variant, text, options);
  const { before, after } = timing(variant, options);
  // A sleeping core stays at its wait; sleep() moves nothing.
  const advance = variant.row.timing === "wait" ? "if (!sleeps) pc = pc + 4 | 0;" : "pc = pc + 4 | 0;";
  return (
    `${prologue(variant, options)} ${before} ${issueText(options)}\n${text}\n` +
    `${effectText(variant, options)} ${after} ${advance}`
  );
}

function branchBody(variant: Variant, text: string, options: TranslationOptions): string {
  const { row, statements } = variant;
  const always = statements.some((node) => node.kind === "do" && node.call.name === "branch");
  const count = options.counted ? "if (pc >>> 14 === 0) TAKEN[pc >>> 2]++; else K.takenOutside(pc);" : "";
  const warm = isPlain(options) ? "if (next <= pc && M.heat-- === 0) M.warm(next, t);" : "";
  const isIndirect = /^bc(lr|ctr)$/.test(row.mnemonic);
  const learn =
    isIndirect && isPlain(options)
      ? "if (pc >>> 14 === 0 && T[pc >>> 2] !== next) { T[pc >>> 2] = next; M.translation.learn(pc, next); }"
      : "";
  const jump = `${count} ${learn} t = B.taken(t, start, pc, next); ${warm} pc = next;`;
  const after = [
    effectText(variant, options),
    linkWritten(variant),
    always ? jump : `if (taken) { ${jump} } else { t = B.notTaken(t, start, pc); pc = pc + 4 | 0; }`,
    /^rf/.test(row.mnemonic) ? "M.reschedule();" : "",
  ];
  const flags = "start = t; taken = false;";
  return `${flags} ${prologue(variant, options)} ${issueText(options)}\n${text}\n${after.join(" ")}`;
}

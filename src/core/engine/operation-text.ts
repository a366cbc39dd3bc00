/** The text of one operation in the generated loops: the timing of its class around the translated meaning. */
import type { FieldName } from "../../../isa/index.ts";
import { SPECIAL, WRITE_PORT_MASK } from "../state.ts";
import { SPR } from "./special-registers.ts";
import { fieldText, REGISTER_NAMES, type TranslationOptions, Translator } from "./translate.ts";
import type { Variant } from "./variants.ts";

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

/** The text of one case: stalls, translated meaning, and what it does to the time. */
export function operationText(variant: Variant, options: TranslationOptions, locals: Set<string>): string {
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

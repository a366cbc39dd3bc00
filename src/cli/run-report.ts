import { ppusOf } from "../chip/checks.ts";
import type { Chip, PpuName, PpuSelection, RunResult } from "../chip/chip.ts";
import { CYCLES_PER_MICROSECOND } from "../core/clock.ts";
import type { Ppu } from "../core/ppu.ts";
import { escapeControls } from "../text.ts";
import type { Image } from "../toolchain/image.ts";
import { AddressIndex, formatLocation } from "../toolchain/symbols.ts";
import { findTrap, TRAP_WORDS, type Trap } from "../toolchain/trap.ts";
import type { PastInstruction } from "../trace/history.ts";
import { readAccumulators, readMask } from "./initial-state.ts";
import { type CliIo, EXIT, errorColors } from "./io.ts";
import { hex32, toHex } from "./numbers.ts";

/** More different findings than this are only counted on the terminal. */
const MOST_FINDINGS = 20;

/** The object that `ppu run --json` prints. Numbers of registers and addresses are unsigned. */
export interface RunReport {
  readonly stop: {
    readonly reason: string;
    readonly ppu: PpuName;
    readonly pc: number;
    readonly symbol: string | null;
    readonly source: string | null;
    /** Only when a trap or an unaligned access ended the program: what, and where the culprit stands. */
    readonly trap?: Trap & { readonly symbol: string | null; readonly source: string | null };
  };
  readonly exitCode: number;
  /** Of the PPU that ran longest, from its reset release. */
  readonly cycles: number;
  /** Text of the mailbox; of both when both ran, top first. */
  readonly mailbox: string;
  readonly ppus: Readonly<Record<PpuName, PpuReport>>;
  readonly diagnostics: readonly DiagnosticReport[];
  /** The last instructions of `stop.ppu`, oldest first, up to the culprit of a trap; empty after a good end. */
  readonly history: readonly PastInstruction[];
  readonly chipSeed: number;
  readonly noiseSeed: number;
}

interface PpuReport {
  readonly pc: number;
  readonly gpr: readonly number[];
  readonly cr: number;
  readonly xer: number;
  readonly lr: number;
  readonly ctr: number;
  readonly msr: number;
  readonly srr0: number;
  readonly srr1: number;
  readonly instructions: number;
  /** From reset release (0) up to the sleep output, or up to the end of the run. */
  readonly cycles: number;
  readonly sleeping: boolean;
  /** As the program left it, int32; null when it has not finished. */
  readonly returnCode: number | null;
  readonly vr: readonly string[];
  readonly acc: string;
  readonly vcr: { readonly eq: string; readonly gt: string; readonly lt: string };
}

interface DiagnosticReport {
  readonly kind: string;
  readonly ppu: string;
  readonly pc: number;
  readonly cycle: number;
  readonly message: string;
  readonly count: number;
  readonly symbol: string | null;
  readonly source: string | null;
}

const cyclesOf = (ppu: Ppu): number => (ppu.sleeping ? ppu.sleepCycle : ppu.cycle);

/**
 * Return code as an exit code: 0..125 as they are, all others to 1..125, so that only 0 means success.
 */
export const foldReturnCode = (code: number): number =>
  code === 0 ? 0 : 1 + (((code >>> 0) - 1) % EXIT.finding);

function exitCodeOf(chip: Chip, result: RunResult, ppus: PpuSelection): number {
  if (result.reason === "cycles") return EXIT.cycleLimit;
  if (result.reason === "strict" || result.reason === "asleep") return EXIT.finding;
  const codes = ppusOf(ppus).map((side) => foldReturnCode(chip.returnCode(side)));
  return codes.find((code) => code !== 0) ?? 0;
}

function describePpu(chip: Chip, side: PpuName): PpuReport {
  const ppu = chip.ppus[side];
  const register = (name: Parameters<Ppu["register"]>[0]) => ppu.register(name) >>> 0;
  return {
    pc: ppu.pc,
    gpr: Array.from({ length: 32 }, (_, n) => ppu.gpr(n) >>> 0),
    cr: register("cr"),
    xer: register("xer"),
    lr: register("lr"),
    ctr: register("ctr"),
    msr: register("msr"),
    srr0: register("srr0"),
    srr1: register("srr1"),
    instructions: ppu.instructions,
    cycles: chip.isReleased(side) || ppu.instructions > 0 ? cyclesOf(ppu) : 0,
    sleeping: ppu.sleeping,
    returnCode: ppu.finished ? chip.returnCode(side) : null,
    vr: Array.from({ length: 32 }, (_, n) => toHex(ppu.vector(n))),
    acc: Array.from(readAccumulators(ppu), (word) => (word >>> 0).toString(16).padStart(8, "0")).join(""),
    vcr: { eq: toHex(readMask(ppu, "eq")), gt: toHex(readMask(ppu, "gt")), lt: toHex(readMask(ppu, "lt")) },
  };
}

/** Symbol and source line of a pc, null where the image does not say. */
function locate(index: AddressIndex, pc: number): { symbol: string | null; source: string | null } {
  const source = index.sourceAt(pc);
  return { symbol: index.nameOf(pc) ?? null, source: source ? formatLocation(source) : null };
}

/** Everything worth telling about a run that has ended, but for the last instructions (`withHistory`). */
export function reportRun(chip: Chip, image: Image, ppus: PpuSelection, result: RunResult): RunReport {
  const index = new AddressIndex(image);
  const sides = ppusOf(ppus);
  const longest = sides.reduce((a, b) => (cyclesOf(chip.ppus[b]) > cyclesOf(chip.ppus[a]) ? b : a));
  const stopped = result.ppu ?? longest;
  const { pc } = chip.ppus[stopped];
  const [trap] = sides.flatMap((side) => findTrap(chip, image, side) ?? []);
  return {
    stop: {
      reason: result.reason === "cycles" ? "cycle-limit" : result.reason,
      ppu: stopped,
      pc,
      ...locate(index, pc),
      ...(trap && { trap: { ...trap, ...locate(index, trap.pc) } }),
    },
    exitCode: exitCodeOf(chip, result, ppus),
    cycles: cyclesOf(chip.ppus[longest]),
    mailbox: sides.map((side) => chip.mailbox(side)).join(""),
    ppus: { top: describePpu(chip, "top"), bottom: describePpu(chip, "bottom") },
    diagnostics: chip.diagnostics.map((finding) => ({ ...finding, ...locate(index, finding.pc) })),
    history: [],
    chipSeed: chip.chipSeed,
    noiseSeed: chip.noiseSeed,
  };
}

/** The report with at most `count` instructions of its history when the run ended badly. */
export async function withHistory(
  report: RunReport,
  chip: Chip,
  image: Image,
  count: number,
): Promise<RunReport> {
  const { trap, reason, ppu } = report.stop;
  if (trap === undefined && reason === "finished") return report;
  const { lastInstructions } = await import("../trace/history.ts");
  return { ...report, history: lastInstructions(chip, trap?.ppu ?? ppu, image, count, trap?.pc) };
}

const place = ({
  pc,
  symbol,
  source,
}: {
  pc: number;
  symbol: string | null;
  source: string | null;
}): string => escapeControls(`${hex32(pc)}${symbol ? ` <${symbol}>` : ""}${source ? ` ${source}` : ""}`);

/** Findings about the guest, on stderr: what, which PPU, where in the program, when. */
export function printDiagnostics(io: CliIo, report: RunReport): void {
  const paint = errorColors(io);
  for (const finding of report.diagnostics.slice(0, MOST_FINDINGS)) {
    const often = finding.count > 1 ? `, ${finding.count} times` : "";
    const where = `${finding.ppu} PPU at ${place(finding)}, cycle ${finding.cycle}${often}`;
    io.stderr(`ppu: ${paint.yellow(finding.message)} (${where})\n`);
  }
  const more = report.diagnostics.length - MOST_FINDINGS;
  if (more > 0) io.stderr(`ppu: and ${more} more findings; --json lists all\n`);
}

const REASONS: Readonly<Record<string, string>> = {
  finished: "finished",
  asleep: "asleep with interrupts enabled, nothing left to wake it",
  held: "held in reset",
  "cycle-limit": "stopped at the cycle limit (--max-cycles)",
  strict: "stopped by a finding (--strict)",
};

const WHY_ASLEEP =
  "an interrupt handler's rfi returns to the wait itself (quirk R9): put srr0 behind it, or end with interrupts disabled";

/** Mailbox text on stdout, a line about each PPU on stderr. */
export function printReport(io: CliIo, report: RunReport, ppus: PpuSelection): void {
  const paint = errorColors(io);
  io.stdout(report.mailbox);
  if (report.mailbox !== "" && !report.mailbox.endsWith("\n")) io.stdout("\n");
  io.stderr(paint.dim(`${REASONS[report.stop.reason] ?? report.stop.reason}: `));
  io.stderr(`${report.stop.ppu} PPU at ${place(report.stop)}\n`);
  if (report.stop.reason === "asleep") io.stderr(`${WHY_ASLEEP}\n`);
  for (const side of ppusOf(ppus)) {
    const { cycles, instructions, returnCode } = report.ppus[side];
    const time = (cycles / CYCLES_PER_MICROSECOND).toFixed(2);
    const code =
      returnCode === null ? "no return code" : `return code ${describeCode(io, report, side, returnCode)}`;
    io.stderr(`${side}: ${code}, ${cycles} cycles (${time} us), ${instructions} instructions\n`);
  }
}

/** The last instructions, on stderr. */
export async function printHistory(io: CliIo, { history, stop }: RunReport): Promise<void> {
  if (history.length === 0) return;
  const { formatHistory } = await import("../trace/history.ts");
  const paint = errorColors(io);
  io.stderr(paint.dim(`last instructions of the ${stop.trap?.ppu ?? stop.ppu} PPU (cycle, pc):\n`));
  for (const line of formatHistory(history)) io.stderr(`  ${escapeControls(line)}\n`);
}

function describeCode(io: CliIo, report: RunReport, side: PpuName, code: number): string {
  const paint = errorColors(io);
  const { trap } = report.stop;
  if (trap?.ppu === side) return `${paint.red(hex32(code))}: ${TRAP_WORDS[trap.kind]} at ${place(trap)}`;
  return code === 0 ? paint.green("0") : paint.red(String(code));
}

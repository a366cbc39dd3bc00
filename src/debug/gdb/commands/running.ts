/** Packets that let the chip run, forwards and backwards, and that put breakpoints. */
import type { DebugSession } from "../../session.ts";
import type { PpuName, PpuSelection, Stop } from "../../types.ts";
import type { GdbClient } from "../client.ts";
import { type Command, ProtocolError, type Reply } from "../command.ts";
import { ppuOfThread } from "./threads.ts";

const PPUS = ["top", "bottom"] as const;
const HEX = "([0-9a-f]{1,8})";

/** One of the actions in a vCont packet. */
interface ContinueAction {
  readonly kind: "continue" | "step" | "range" | "stop";
  /** Of `range`: stepping goes on while low <= pc < high. */
  readonly low: number;
  readonly high: number;
  /** undefined: all threads that no action further left names. */
  readonly ppu: PpuName | undefined;
}

const KINDS = { c: "continue", s: "step", r: "range", t: "stop" } as const;
const ACTION = new RegExp(`^(?:([cs])|([CS])[0-9a-f]{2}|(r)${HEX},${HEX}|(t))(?::(-1|[0-9a-f]{1,8}))?$`, "i");

function parseAction(text: string): ContinueAction {
  const match = ACTION.exec(text);
  if (!match) throw new ProtocolError(`malformed vCont action "${text.slice(0, 40)}"`);
  const [, plain, signal, range, low, high, stop, thread] = match;
  const letter = (plain ?? signal ?? range ?? stop).toLowerCase() as keyof typeof KINDS;
  return {
    kind: KINDS[letter],
    low: Number.parseInt(low ?? "0", 16),
    high: Number.parseInt(high ?? "0", 16),
    ppu: thread === undefined ? undefined : ppuOfThread(thread),
  };
}

/** Steps between two looks at what GDB sends meanwhile. */
const STEPS_PER_TURN = 256;

/** Steps one PPU until it leaves a range of addresses or something else stops the chip. */
async function stepRange(
  client: GdbClient,
  session: DebugSession,
  ppu: PpuName,
  { low, high }: ContinueAction,
): Promise<Stop> {
  for (let steps = 1; ; steps++) {
    const stop = await session.stepInstruction(ppu);
    if (steps % STEPS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    if (stop.reason !== "step" || stop.pc < low || stop.pc >= high) return stop;
    if (client.interrupted) return { ...stop, reason: "interrupted" };
  }
}

/**
 * The clock is common: a PPU that GDB would hold while another one steps or runs goes on as well. All stop when
 * one does.
 */
function carryOut(
  client: GdbClient,
  session: DebugSession,
  actions: readonly ContinueAction[],
): Promise<Stop> {
  const of = (ppu: PpuName) => actions.find((action) => action.ppu === undefined || action.ppu === ppu);
  const steppers = PPUS.filter((ppu) => ["step", "range"].includes(of(ppu)?.kind ?? ""));
  if (steppers.length === 0) return session.resume();
  const [ppu] = steppers;
  const action = of(ppu);
  if (steppers.length === 1 && action?.kind === "range") return stepRange(client, session, ppu, action);
  return session.stepInstruction(steppers.length === 2 ? "both" : ppu);
}

const stepper = (client: GdbClient): PpuName => client.controlPpu ?? client.generalPpu;

function setPc(client: GdbClient, address: string | undefined): void {
  if (address) client.session.writeRegister(stepper(client), "pc", Number.parseInt(address, 16));
}

const resume =
  (action: (session: DebugSession, ppu: PpuSelection) => Promise<Stop>) =>
  (client: GdbClient, args: RegExpExecArray): Promise<Reply> => {
    setPc(client, args[1]);
    const ppu = stepper(client);
    return client.run((session) => action(session, ppu));
  };

const onward = resume((session) => session.resume());
const step = resume((session, ppu) => session.stepInstruction(ppu));
const OPTIONAL_ADDRESS = new RegExp(`^${HEX}?$`, "i");
const SIGNAL_AND_ADDRESS = new RegExp(`^[0-9a-f]{2}(?:;${HEX})?$`, "i");
/** Conditions as agent bytecode and commands, which are not announced, would follow a semicolon. */
const POINT = new RegExp(`^([0-4]),${HEX},${HEX}$`, "i");

export const RUNNING_COMMANDS: readonly Command[] = [
  {
    name: "?",
    pattern: /^$/,
    summary: "asks why the chip stands still",
    run: (client) => client.stopReply(),
  },
  {
    name: "vCont?",
    pattern: /^$/,
    summary: "asks for the actions of vCont",
    features: ["vContSupported+"],
    run: () => "vCont;c;C;s;S;t;r",
  },
  {
    name: "vCont",
    pattern: /^;(.+)$/s,
    summary: "continues or steps threads",
    run(client, [, text]) {
      const actions = text.split(";").map(parseAction);
      if (actions.every(({ kind }) => kind === "stop")) return client.stopReply();
      return client.run((session) => carryOut(client, session, actions));
    },
  },
  { name: "c", pattern: OPTIONAL_ADDRESS, summary: "continues", run: onward },
  { name: "C", pattern: SIGNAL_AND_ADDRESS, summary: "continues; the signal is ignored", run: onward },
  { name: "s", pattern: OPTIONAL_ADDRESS, summary: "executes one instruction", run: step },
  {
    name: "S",
    pattern: SIGNAL_AND_ADDRESS,
    summary: "executes one instruction; the signal is ignored",
    run: step,
  },
  {
    name: "bs",
    pattern: /^$/,
    summary: "goes one instruction back",
    features: ["ReverseStep+"],
    run: (client) => client.run((session) => session.reverseStepInstruction(stepper(client))),
  },
  {
    name: "bc",
    pattern: /^$/,
    summary: "goes back to the last breakpoint or watchpoint",
    features: ["ReverseContinue+"],
    run: (client) => client.run((session) => session.reverseContinue()),
  },
  {
    name: "Z",
    pattern: POINT,
    summary: "inserts a breakpoint (0 software, 1 hardware) or watchpoint (2 write, 3 read, 4 both)",
    features: ["swbreak+", "hwbreak+"],
    run(client, [, kind, address, length]) {
      const [at, bytes] = [Number.parseInt(address, 16), Number.parseInt(length, 16)];
      client.points.insert(Number(kind), at, bytes, client.generalPpu);
      return "OK";
    },
  },
  {
    name: "z",
    pattern: POINT,
    summary: "removes a breakpoint or watchpoint",
    run(client, [, kind, address, length]) {
      client.points.remove(Number(kind), Number.parseInt(address, 16), Number.parseInt(length, 16));
      return "OK";
    },
  },
];

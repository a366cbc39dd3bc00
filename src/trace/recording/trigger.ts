/** When recording begins and ends: places in the program with conditions, cycles, counts of instructions. */
import type { Boundary, Chip, RunResult } from "../../chip/index.ts";
import { isTrue } from "../../debug/condition.ts";
import { parseExpression } from "../../debug/expression/syntax.ts";
import { formatLocation, parseLocation, placesOf, splitCondition } from "../../debug/locations.ts";
import { retiredBoundary } from "../../debug/position.ts";
import type { ScopeHost } from "../../debug/scope.ts";
import { SessionError } from "../../debug/types.ts";
import { PPUS, type PpuName } from "../model.ts";
import { TraceError } from "../trace-error.ts";

/** Something that a running chip comes to. */
export interface Trigger {
  /** Lets the chip stop there. */
  arm(): void;
  disarm(): void;
  /** Cycle of the chip at which to stop at the latest. */
  readonly cycle: number;
  readonly boundaries: readonly Boundary[];
  /** Whether a stop of the chip is the one waited for. Throws TraceError for a condition that cannot be evaluated. */
  fires(result: RunResult): boolean;
}

const NEVER = Number.POSITIVE_INFINITY;
const COUNTED = /^(cycle|instruction)\s*:\s*(\d[\d_]*)$/;

function atCycle(chip: Chip, cycle: number): Trigger {
  let fired = false;
  return {
    arm() {},
    disarm() {},
    get cycle() {
      return fired ? NEVER : cycle;
    },
    boundaries: [],
    fires() {
      if (fired || chip.cycle < cycle) return false;
      fired = true;
      return true;
    },
  };
}

function atInstruction(chip: Chip, ppu: PpuName, count: number): Trigger {
  let fired = false;
  const boundary = retiredBoundary(ppu, count);
  return {
    arm() {},
    disarm() {},
    cycle: NEVER,
    get boundaries() {
      return fired ? [] : [boundary];
    },
    fires() {
      if (fired || chip.instructions(ppu) < count) return false;
      fired = true;
      return true;
    },
  };
}

function atPlace(host: ScopeHost, option: string, text: string): Trigger {
  const { what, condition } = splitCondition(text);
  if (condition !== undefined) parseExpression(condition);
  const { chip } = host;
  const location = parseLocation(what, undefined);
  const places = placesOf(host, location);
  const all = PPUS.flatMap((ppu) => places[ppu].map((address) => ({ ppu, address })));
  if (all.length === 0)
    throw new TraceError(`${option}: the program has no code at ${formatLocation(location)}`);
  return {
    arm() {
      for (const { ppu, address } of all) chip.ppus[ppu].breakpoints.add(address);
    },
    disarm() {
      for (const { ppu, address } of all) chip.ppus[ppu].breakpoints.delete(address);
    },
    cycle: NEVER,
    boundaries: [],
    fires({ reason, ppu, pc }) {
      if (reason !== "breakpoint" || !ppu) return false;
      if (!all.some((place) => place.ppu === ppu && place.address === pc)) return false;
      return condition === undefined || isTrue(host, ppu, condition);
    },
  };
}

/**
 * Reads `LOCATION [if EXPRESSION]` as the debugger does, `cycle:N` or `instruction:N`, which counts those of `ppu`. Throws
 * TraceError that begins with `option`.
 */
export function readTrigger(host: ScopeHost, option: string, text: string, ppu: PpuName): Trigger {
  return named(option, () => {
    const counted = COUNTED.exec(text.trim());
    if (!counted) return guarded(option, atPlace(host, option, text));
    const count = Number(counted[2].replaceAll("_", ""));
    if (!Number.isSafeInteger(count)) throw new TraceError(`${option}: ${counted[2]} is too large`);
    return counted[1] === "cycle" ? atCycle(host.chip, count) : atInstruction(host.chip, ppu, count);
  });
}

/** Errors of conditions that show only at the place. */
const guarded = (option: string, trigger: Trigger): Trigger => ({
  ...trigger,
  fires: (result) => named(option, () => trigger.fires(result)),
});

function named<T>(option: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    throw new TraceError(`${option}: ${error.message}`);
  }
}

/** Data breakpoints: what a client can watch, and the texts by which it names that. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { WatchAccess, WatchTarget } from "../types.ts";
import { type Check, integer, list, object, optional, RequestError, text } from "./checks.ts";

const ACCESSES: Readonly<Record<DebugProtocol.DataBreakpointAccessType, WatchAccess>> = {
  read: "read",
  write: "write",
  readWrite: "access",
};

const ACCESS_NAMES = Object.keys(ACCESSES) as DebugProtocol.DataBreakpointAccessType[];

/** Accesses that a target knows. */
export function accessTypesOf({ kind }: WatchTarget): DebugProtocol.DataBreakpointAccessType[] {
  if (kind === "memory" || kind === "synapses") return ACCESS_NAMES;
  return kind === "cadc" ? ["read"] : ["write"];
}

/** Throws RequestError. */
export function accessOf(name: string | undefined, target: WatchTarget): WatchAccess {
  const possible = accessTypesOf(target);
  if (name === undefined) return ACCESSES[possible.includes("write") ? "write" : possible[0]];
  const found = possible.find((each) => each === name);
  if (found) return ACCESSES[found];
  throw new RequestError(`access type "${name}": there is ${possible.join(", ")}`);
}

const ppu: Check<"top" | "bottom"> = (value, where) => {
  if (value === "top" || value === "bottom") return value;
  throw new RequestError(`${where} must be top or bottom`);
};

const pair: Check<readonly [number, number]> = (value, where) => {
  const numbers = list(integer)(value, where);
  if (numbers.length === 2) return [numbers[0], numbers[1]];
  throw new RequestError(`${where} must have two numbers`);
};

/** The members of each kind of target; the session checks their ranges. */
const TARGETS: Readonly<Record<WatchTarget["kind"], Check<object>>> = {
  memory: object({ ppu, address: integer, length: integer }),
  register: object({ ppu, name: text }),
  vector: object({ ppu, register: integer, lane: optional(object({ type: text, index: integer })) }),
  accumulator: object({ ppu, lane: optional(integer) }),
  conditions: object({ ppu }),
  synapses: object({ hemisphere: ppu, region: optional(text), row: integer, columns: optional(pair) }),
  cadc: object({ hemisphere: ppu }),
  saturation: object({ ppu }),
  expression: object({ ppu, text }),
};

export const dataIdOf = (target: WatchTarget): string => JSON.stringify(target);

const defined = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

/** The target that a data id of `dataIdOf` means. Throws RequestError for others. */
export function targetOf(dataId: string): WatchTarget {
  let value: unknown;
  try {
    value = JSON.parse(dataId);
  } catch {
    throw new RequestError(`"${dataId.slice(0, 40)}" is no dataId of dataBreakpointInfo`);
  }
  const { kind } = object({ kind: text })(value, "dataId");
  if (!Object.hasOwn(TARGETS, kind))
    throw new RequestError(`dataId of an unknown kind "${kind.slice(0, 40)}"`);
  return { kind, ...defined(TARGETS[kind as WatchTarget["kind"]](value, "dataId")) } as WatchTarget;
}

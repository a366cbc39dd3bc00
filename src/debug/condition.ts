/** Conditions of breakpoints: expressions that are true or not. */
import type { PpuName } from "../chip/index.ts";
import { toValue } from "./expression/datum.ts";
import { evaluateNode } from "./expression/evaluate.ts";
import { parseExpression } from "./expression/syntax.ts";
import { Scope, type ScopeHost } from "./scope.ts";
import { SessionError } from "./types.ts";

/** Whether an expression is not 0 in frame 0 of a PPU; throws SessionError. */
export function isTrue(host: ScopeHost, ppu: PpuName, expression: string): boolean {
  const value = toValue(evaluateNode(parseExpression(expression), new Scope(host, ppu), expression));
  if (value.kind === "integer") return value.value !== 0;
  throw new SessionError(`${expression} is not a number`);
}

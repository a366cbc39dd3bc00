/**
 * Source locations of binaryen expressions. binaryen keeps them through its passes but has no getter, so the module
 * is emitted with a source map, and the n-th operator of a function is the n-th expression in emission order.
 */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type Binaryen from "binaryen";
import type { SourceLocation } from "../image.ts";
import { childrenOf, describe, type Expression } from "./expressions.ts";
import { type Operator, readOperators } from "./operator-reader.ts";

const OP_UNREACHABLE = 0x00;
const OP_ELSE = 0x05;
const OP_END = 0x0b;

export type LocationMap = Map<number, SourceLocation>;

/** Which labels of a function some branch goes to. */
function branchTargets(binaryen: typeof Binaryen, root: number): Set<string> {
  const targets = new Set<string>();
  const visit = (reference: number): void => {
    const expression = describe(binaryen, reference);
    if (expression.kind === "break") targets.add(expression.name);
    if (expression.kind === "switch") for (const name of expression.names) targets.add(name);
    for (const child of childrenOf(expression)) visit(child);
  };
  visit(root);
  return targets;
}

/** Expressions of a function body in the order in which binaryen emits their operators. */
function emissionOrder(binaryen: typeof Binaryen, body: number): (number | null)[] {
  const order: (number | null)[] = [];
  const targets = branchTargets(binaryen, body);
  const unreachable = (reference: number): boolean =>
    binaryen.getExpressionType(reference) === binaryen.unreachable;
  const sequence = (children: readonly number[]): void => {
    for (const child of children) {
      visit(child);
      if (unreachable(child)) return;
    }
  };
  const close = (reference: number): void => {
    if (unreachable(reference)) order.push(null);
  };
  const visit = (reference: number): void => {
    const expression = describe(binaryen, reference);
    switch (expression.kind) {
      case "block":
        if (!(expression.name && targets.has(expression.name))) {
          sequence(expression.children);
          return;
        }
        order.push(reference);
        sequence(expression.children);
        close(reference);
        return;
      case "loop":
        order.push(reference);
        visit(expression.body);
        close(reference);
        return;
      case "if":
        visit(expression.condition);
        if (unreachable(expression.condition)) return;
        order.push(reference);
        visit(expression.ifTrue);
        if (expression.ifFalse) visit(expression.ifFalse);
        close(reference);
        return;
      default:
        for (const child of childrenOf(expression)) {
          visit(child);
          if (unreachable(child)) return;
        }
        order.push(reference);
    }
  };
  visit(body);
  return order;
}

/** Operator bytes an expression may be emitted as; null where any is right. */
function fits(kind: Expression["kind"], opcode: number): boolean {
  switch (kind) {
    case "block":
      return opcode === 0x02;
    case "loop":
      return opcode === 0x03;
    case "if":
      return opcode === 0x04;
    case "break":
      return opcode === 0x0c || opcode === 0x0d;
    case "call":
      return opcode === 0x10;
    case "localGet":
      return opcode === 0x20;
    case "localSet":
      return opcode === 0x21 || opcode === 0x22;
    case "load":
      return opcode >= 0x28 && opcode <= 0x35;
    case "store":
      return opcode >= 0x36 && opcode <= 0x3e;
    case "const":
      return opcode >= 0x41 && opcode <= 0x44;
    case "unreachable":
      return opcode === OP_UNREACHABLE;
    default:
      return true;
  }
}

function pair(
  binaryen: typeof Binaryen,
  body: number,
  operators: readonly Operator[],
  locate: (offset: number) => SourceLocation | undefined,
  into: LocationMap,
): boolean {
  const emitted = operators.filter(({ opcode }) => opcode !== OP_END && opcode !== OP_ELSE);
  const order = emissionOrder(binaryen, body);
  const matches =
    order.length === emitted.length &&
    order.every((reference, n) =>
      reference === null
        ? emitted[n].opcode === OP_UNREACHABLE
        : fits(describe(binaryen, reference).kind, emitted[n].opcode),
    );
  if (!matches) return false;
  order.forEach((reference, n) => {
    const location = reference === null ? undefined : locate(emitted[n].offset);
    if (reference !== null && location) into.set(reference, location);
  });
  return true;
}

/**
 * Locations of all expressions that have one of their own.
 * @param bodies bodies of the defined functions, in module order
 * @returns the locations, and the number of functions whose operators could not be paired (0 is expected)
 */
export function readLocations(
  binaryen: typeof Binaryen,
  module: Binaryen.Module,
  bodies: readonly number[],
  displayPath: (file: string) => string,
): { locations: LocationMap; unpaired: number } {
  binaryen.setGenerateStackIR(false);
  binaryen.setOptimizeStackIR(false);
  const { binary, sourceMap } = module.emitBinary("firmware.map");
  const map = new TraceMap(sourceMap ?? '{"version":3,"sources":[],"names":[],"mappings":""}');
  const locate = (offset: number): SourceLocation | undefined => {
    const { source, line, column } = originalPositionFor(map, { line: 1, column: offset });
    return source === null ? undefined : { file: displayPath(source), line, column: column + 1 };
  };
  const operators = readOperators(binary);
  const locations: LocationMap = new Map();
  let unpaired = 0;
  bodies.forEach((body, n) => {
    const list = operators[n];
    if (!list || !pair(binaryen, body, list, locate, locations)) unpaired++;
  });
  return { locations, unpaired };
}

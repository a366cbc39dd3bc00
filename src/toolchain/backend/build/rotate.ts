/**
 * Turns loops that test at the top into a guard and a loop that tests at the bottom, so that an iteration costs one
 * branch, and so that everything behind the guard knows that the loop runs at least once.
 */
import type { Node } from "../../wasm-tree.ts";

/** The largest test, in nodes, that may be written twice. */
const LARGEST_TEST = 24;

export function mapChildren(node: Node, f: (child: Node) => Node): Node {
  switch (node.op) {
    case "localSet":
    case "globalSet":
    case "unary":
    case "drop":
    case "debugValue":
      return { ...node, value: f(node.value) };
    case "load":
      return { ...node, address: f(node.address) };
    case "store":
      return { ...node, address: f(node.address), value: f(node.value) };
    case "binary":
      return { ...node, left: f(node.left), right: f(node.right) };
    case "select":
      return {
        ...node,
        whenTrue: f(node.whenTrue),
        whenFalse: f(node.whenFalse),
        condition: f(node.condition),
      };
    case "block":
      return { ...node, body: node.body.map(f) };
    case "loop":
      return { ...node, body: f(node.body) };
    case "if":
      return {
        ...node,
        condition: f(node.condition),
        // biome-ignore lint/suspicious/noThenProperty: the contract of the trees names it so
        then: f(node.then),
        otherwise: node.otherwise && f(node.otherwise),
      };
    case "break":
      return { ...node, condition: node.condition && f(node.condition), value: node.value && f(node.value) };
    case "switch":
      return { ...node, index: f(node.index) };
    case "call":
    case "intrinsic":
      return { ...node, arguments: node.arguments.map(f) };
    case "callIndirect":
      return { ...node, callee: f(node.callee), arguments: node.arguments.map(f) };
    case "memoryCopy":
      return { ...node, to: f(node.to), from: f(node.from), bytes: f(node.bytes) };
    case "memoryFill":
      return { ...node, to: f(node.to), value: f(node.value), bytes: f(node.bytes) };
    case "return":
      return { ...node, value: node.value && f(node.value) };
    default:
      return node;
  }
}

export function forEachChild(node: Node, f: (child: Node) => void): void {
  mapChildren(node, (child) => {
    f(child);
    return child;
  });
}

function size(node: Node): number {
  let n = 1;
  forEachChild(node, (child) => {
    n += size(child);
  });
  return n;
}

function breaksTo(node: Node, label: string): boolean {
  if (node.op === "break" && node.label === label) return true;
  if (node.op === "switch" && (node.labels.includes(label) || node.fallback === label)) return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= breaksTo(child, label);
  });
  return found;
}

/** The statements of a node, those of unnamed blocks one by one. */
export function statements(node: Node): readonly Node[] {
  return node.op === "block" && node.label === null ? node.body.flatMap(statements) : [node];
}

function sequence(body: readonly Node[], type: Node["type"] = "none"): Node {
  return body.length === 1 ? body[0] : { op: "block", type, label: null, body };
}

function isJump(node: Node | undefined, label: string): boolean {
  return node?.op === "break" && node.label === label && !node.condition && !node.value;
}

function smallTest(test: readonly Node[], label: string): boolean {
  return (
    test.reduce((sum, node) => sum + size(node), 0) <= LARGEST_TEST &&
    !test.some((node) => breaksTo(node, label))
  );
}

function rotateLoop(loop: Extract<Node, { op: "loop" }>): Node {
  const { label } = loop;
  if (label === null) return loop;
  const body = statements(loop.body);
  const bottom = `${label}|bottom`;
  const again = (test: readonly Node[], inner: readonly Node[], negate: boolean): Node => {
    const last = test[test.length - 1];
    const condition: Node = negate
      ? { op: "unary", operator: "eqz", type: "i32", value: last, location: last.location }
      : last;
    return {
      op: "loop",
      type: "none",
      label: bottom,
      location: loop.location,
      body: sequence([
        { op: "block", type: "none", label, body: inner },
        ...test.slice(0, -1),
        { op: "break", type: "none", label: bottom, condition, location: last.location },
      ]),
    };
  };
  // loop L { before; if (c) { inner; br L } else { after } }
  const last = body[body.length - 1];
  if (last?.op === "if" && (last.type === "none" || last.type === "unreachable")) {
    const inner = statements(last.then);
    const test = [...body.slice(0, -1), last.condition];
    if (
      isJump(inner[inner.length - 1], label) &&
      smallTest(test, label) &&
      !(last.otherwise && breaksTo(last.otherwise, label))
    ) {
      const guarded: Node = {
        op: "if",
        type: "none",
        condition: last.condition,
        // biome-ignore lint/suspicious/noThenProperty: the contract of the trees names it so
        then: again(test, inner.slice(0, -1), false),
        location: last.location,
      };
      return sequence([...body.slice(0, -1), guarded, ...(last.otherwise ? [last.otherwise] : [])]);
    }
  }
  // loop L { before; br_if OUT (c); inner; br L }
  if (isJump(last, label)) {
    const at = body.findIndex((node) => node.op === "break" && node.condition && !node.value);
    const exit = body[at];
    if (exit?.op === "break" && exit.condition && exit.label !== label) {
      const test = [...body.slice(0, at), exit.condition];
      if (smallTest(test, label)) {
        const leave: Node = { op: "break", type: "unreachable", label: exit.label, location: exit.location };
        return sequence(
          [...body.slice(0, at + 1), again(test, body.slice(at + 1, -1), true), leave],
          "unreachable",
        );
      }
    }
  }
  return loop;
}

/** The tree with its loops rotated, innermost first. */
export function rotateLoops(node: Node): Node {
  const mapped = mapChildren(node, rotateLoops);
  return mapped.op === "loop" && mapped.type !== "i32" ? rotateLoop(mapped) : mapped;
}

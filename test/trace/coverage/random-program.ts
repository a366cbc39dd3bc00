/**
 * Random programs as AssemblyScript and as JavaScript that counts its lines itself: an independent answer to what ran.
 * One statement a line; every simple statement stores to a place of its own, so that no compiler drops or moves it.
 */
import fc from "fast-check";

export interface RandomProgram {
  readonly source: string;
  /** How often each line ran, of simple statements and conditions. */
  readonly lines: ReadonlyMap<number, number>;
  /** Lines of simple statements. */
  readonly statements: ReadonlySet<number>;
  /** By line of an `if`: how often its condition held and did not. */
  readonly decisions: ReadonlyMap<number, readonly [held: number, not: number]>;
}

type Statement =
  | { readonly kind: "store"; readonly value: string }
  | { readonly kind: "call"; readonly callee: number; readonly argument: string }
  | {
      readonly kind: "if";
      readonly condition: string;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[] | undefined;
    }
  | { readonly kind: "for"; readonly count: string; readonly body: readonly Statement[] }
  | { readonly kind: "return"; readonly condition: string };

/** Nonnegative and small whatever `a`, `b` and the loops' variables are. */
const expression = fc.constantFrom("a", "b", "(a + b)", "(a * 3 + 1)", "((a + 2 * b) % 7)", "(b % 5)");
const condition = fc
  .tuple(
    expression,
    fc.constantFrom("==", "!=", "<", ">", "<=", ">="),
    fc.constantFrom("0", "1", "2", "3", "5", "a"),
  )
  .map((parts) => parts.join(" "));

/** `callees`: functions with smaller numbers may be called. */
function statementsOf(depth: number, callees: number): fc.Arbitrary<readonly Statement[]> {
  const simple: fc.Arbitrary<Statement>[] = [
    expression.map((value): Statement => ({ kind: "store", value })),
    condition.map((text): Statement => ({ kind: "return", condition: text })),
  ];
  if (callees > 0) {
    const callee = fc.nat({ max: callees - 1 });
    simple.push(
      fc
        .tuple(callee, expression)
        .map(([number, argument]): Statement => ({ kind: "call", callee: number, argument })),
    );
  }
  if (depth > 0) {
    const inner = statementsOf(depth - 1, callees);
    simple.push(
      fc
        .tuple(condition, inner, fc.option(inner, { nil: undefined }))
        .map(([text, then, otherwise]): Statement => ({ kind: "if", condition: text, then, otherwise })),
      fc
        .tuple(fc.constantFrom("2", "3", "a % 4", "b % 3"), inner)
        .map(([count, body]): Statement => ({ kind: "for", count, body })),
    );
  }
  return fc.array(fc.oneof(...simple), { minLength: 1, maxLength: 4 });
}

/** Functions, each may call those before it. */
const functionsArbitrary = fc
  .integer({ min: 3, max: 7 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, n) => statementsOf(2, n))));

class Writer {
  readonly assembly: string[] = [];
  readonly script: string[] = [];
  readonly statements = new Set<number>();
  stores = 0;

  line(assembly: string, script = assembly): number {
    this.script.push(script);
    return this.assembly.push(assembly);
  }

  block(statements: readonly Statement[], depth: number): void {
    const pad = "  ".repeat(depth);
    for (const statement of statements) {
      const next = this.assembly.length + 1;
      switch (statement.kind) {
        case "store": {
          const at = this.stores++;
          this.line(
            `${pad}store<i32>(out + ${4 * at}, ${statement.value});`,
            `${pad}hit(${next}); ${statement.value};`,
          );
          this.statements.add(next);
          break;
        }
        case "call":
          this.line(
            `${pad}f${statement.callee}(${statement.argument} % 9, b);`,
            `${pad}hit(${next}); f${statement.callee}(${statement.argument} % 9, b);`,
          );
          break;
        case "return":
          this.line(
            `${pad}if (${statement.condition}) {`,
            `${pad}if (decide(${next}, ${statement.condition})) {`,
          );
          this.line(`${pad}  return;`);
          this.line(`${pad}}`);
          break;
        case "if":
          this.line(
            `${pad}if (${statement.condition}) {`,
            `${pad}if (decide(${next}, ${statement.condition})) {`,
          );
          this.block(statement.then, depth + 1);
          if (statement.otherwise) {
            this.line(`${pad}} else {`);
            this.block(statement.otherwise, depth + 1);
          }
          this.line(`${pad}}`);
          break;
        case "for": {
          const name = `i${depth}x${next}`;
          this.line(
            `${pad}for (let ${name} = 0; ${name} < ${statement.count}; ${name}++) {`,
            `${pad}hit(${next}); for (let ${name} = 0; ${name} < ${statement.count}; ${name}++) {`,
          );
          this.block(statement.body, depth + 1);
          this.line(`${pad}}`);
          break;
        }
      }
    }
  }
}

const INPUTS = [0, 1, 2, 4, 7];

function write(functions: readonly (readonly Statement[])[]): RandomProgram {
  const writer = new Writer();
  writer.line("const out = memory.data(4096);", "");
  functions.forEach((body, n) => {
    writer.line(`function f${n}(a: i32, b: i32): void {`, `function f${n}(a, b) {`);
    writer.block(body, 1);
    writer.line("}");
  });
  writer.line("export function main(): i32 {", "function main() {");
  functions.forEach((_, n) => {
    for (const a of INPUTS.slice(0, 1 + (n % INPUTS.length))) writer.line(`  f${n}(${a}, ${(a + n) % 4});`);
  });
  writer.line("  return 0;");
  writer.line("}");
  const lines = new Map<number, number>();
  const decisions = new Map<number, [number, number]>();
  const hit = (line: number) => void lines.set(line, (lines.get(line) ?? 0) + 1);
  const decide = (line: number, held: boolean) => {
    hit(line);
    const counts = decisions.get(line) ?? [0, 0];
    decisions.set(line, counts);
    counts[held ? 0 : 1]++;
    return held;
  };
  new Function("hit", "decide", `${writer.script.join("\n")}\nmain();`)(hit, decide);
  return { source: writer.assembly.join("\n"), lines, statements: writer.statements, decisions };
}

export const randomProgram: fc.Arbitrary<RandomProgram> = functionsArbitrary.map((functions) =>
  write(functions as (readonly Statement[])[]),
);

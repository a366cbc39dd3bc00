/** Notes what asc knows of variables and inlined calls while it compiles, for builds with debug information. */
import type * as AssemblyScript from "assemblyscript";
import { MethodWraps } from "./wrapping.ts";

export interface Range {
  readonly start: number;
  readonly end: number;
  readonly source: {
    readonly normalizedPath: string;
    readonly isLibrary: boolean;
    /** Number of the file in the module; negative until a place in it is needed. */
    readonly debugInfoIndex: number;
  };
}

export interface AscType {
  readonly isReference: boolean;
  toString(): string;
  getClass(): AscClass | null;
}

export interface AscClass {
  readonly internalName: string;
  readonly nextMemoryOffset: number;
  readonly members: ReadonlyMap<string, unknown> | null;
}

interface AscLocal {
  readonly name: string;
  readonly index: number;
  readonly type: AscType;
  readonly constantValueKind?: number;
  readonly constantIntegerValue?: unknown;
}

export interface AscFunction {
  readonly internalName: string;
  readonly declaration: { readonly name: { readonly range: Range }; readonly range: Range };
  readonly signature: { readonly parameterTypes: readonly AscType[]; readonly thisType: AscType | null };
  readonly localsByIndex: readonly AscLocal[];
  readonly debugLocations: ReadonlyMap<number, Range>;
  getParameterName(index: number): string;
}

interface AscFlow {
  readonly targetFunction: AscFunction;
  readonly scopedLocals: ReadonlyMap<string, AscLocal> | null;
  lookupLocal(name: string): AscLocal | null;
}

interface Statement {
  readonly kind: number;
  readonly range: Range;
}
interface VariableStatement extends Statement {
  readonly declarations: readonly { readonly name: { readonly text: string; readonly range: Range } }[];
}

interface CompilerMethods {
  currentFlow: AscFlow;
  compileStatement(this: CompilerMethods, statement: Statement, ...rest: unknown[]): number;
  compileVariableStatement(this: CompilerMethods, statement: VariableStatement, ...rest: unknown[]): number;
  compileFunction(this: CompilerMethods, instance: unknown, ...rest: unknown[]): boolean;
  makeCallInline(
    this: CompilerMethods,
    instance: AscFunction,
    operands: number[] | null,
    thisArg?: number,
    ...rest: unknown[]
  ): number;
}

/** A call of an `@inline` function, whose copy is a block of the calling function. */
export interface InlineCall {
  readonly callee: AscFunction;
  readonly site: Range | undefined;
  /** Locals of the target function that hold the parameters, by name. */
  parameters: ReadonlyMap<string, AscLocal>;
  /** How many expressions at the begin of the block set parameters. */
  readonly leading: number;
  /** Code of library functions counts as the line that calls them. */
  readonly hidden: boolean;
}

export interface RecordedVariable {
  readonly target: AscFunction;
  readonly owner: AscFunction;
  readonly name: string;
  readonly type: AscType;
  readonly range: Range;
  readonly scope: Range | undefined;
  /** In the target function; -1 for constants. */
  readonly index: number;
  readonly constant: unknown;
  readonly hidden: boolean;
}

export interface DebugRecords {
  readonly variables: readonly RecordedVariable[];
  /** By the block expression that holds the copy. */
  readonly inlined: ReadonlyMap<number, InlineCall>;
}

/** `callSite` tells where the call that is being compiled stands, `userCallSite` the innermost one in user code. */
export function recordDebugInfo(
  asc: typeof AssemblyScript,
  callSite: () => Range | undefined,
  userCallSite: () => Range | undefined,
): { records: DebugRecords; restore(): void } {
  const compiler = asc.Compiler.prototype as unknown as CompilerMethods;
  const flows = asc.Flow as unknown as { createInline(target: unknown, inlined: unknown): AscFlow };
  const kinds: Record<string, number> = Reflect.get(asc as object, "NodeKind");
  const scopeKinds = new Set([kinds.Block, kinds.For, kinds.ForOf, kinds.Switch]);
  const wraps = new MethodWraps();
  const variables: RecordedVariable[] = [];
  const inlined = new Map<number, InlineCall>();
  let scopes: Range[] = [];
  let calls: InlineCall[] = [];

  wraps.wrap(
    compiler,
    "compileFunction",
    (original) =>
      function (instance, ...rest) {
        const [outerScopes, outerCalls] = [scopes, calls];
        [scopes, calls] = [[], []];
        try {
          return original.call(this, instance, ...rest);
        } finally {
          [scopes, calls] = [outerScopes, outerCalls];
        }
      },
  );
  wraps.wrap(
    compiler,
    "compileStatement",
    (original) =>
      function (statement, ...rest) {
        if (!scopeKinds.has(statement.kind)) return original.call(this, statement, ...rest);
        scopes.push(statement.range);
        try {
          return original.call(this, statement, ...rest);
        } finally {
          scopes.pop();
        }
      },
  );
  wraps.wrap(
    compiler,
    "compileVariableStatement",
    (original) =>
      function (statement, ...rest) {
        const result = original.call(this, statement, ...rest);
        const flow = this.currentFlow;
        const call = calls.at(-1);
        for (const { name } of statement.declarations) {
          const local = flow.lookupLocal(name.text);
          if (!local) continue;
          variables.push({
            target: flow.targetFunction,
            owner: call?.callee ?? flow.targetFunction,
            name: name.text,
            type: local.type,
            range: name.range,
            scope: scopes.at(-1),
            index: local.index,
            constant: local.index < 0 ? local.constantIntegerValue : undefined,
            hidden: calls.some(({ hidden }) => hidden),
          });
        }
        return result;
      },
  );
  wraps.wrap(
    compiler,
    "makeCallInline",
    (original) =>
      function (instance, operands, thisArg = 0, ...rest) {
        const user = userCallSite();
        const call: InlineCall = {
          callee: instance,
          site: callSite(),
          parameters: new Map(),
          leading: instance.signature.parameterTypes.length + (thisArg ? 1 : 0),
          hidden: instance.declaration.range.source.isLibrary && user !== undefined,
        };
        const outer = scopes;
        scopes = [];
        calls.push(call);
        let flow: AscFlow | undefined;
        // The flow of the copy is the first one made for it; nested copies make theirs later.
        const create = flows.createInline;
        flows.createInline = (target, callee) => {
          const made = create.call(flows, target, callee);
          flow ??= made;
          return made;
        };
        try {
          const block = original.call(this, instance, operands, thisArg, ...rest);
          if (flow) call.parameters = new Map(flow.scopedLocals ?? []);
          inlined.set(block, call);
          return block;
        } finally {
          flows.createInline = create;
          calls.pop();
          scopes = outer;
        }
      },
  );
  return { records: { variables, inlined }, restore: () => wraps.restore() };
}

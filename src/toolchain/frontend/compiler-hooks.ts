/**
 * What asc does differently for the PPU. Methods of the compiler are wrapped while it runs (0.28.20; the
 * tests of the front end fail when a new version moves them):
 *
 * - static data is written big endian: every write into a static buffer is noted with its width and swapped when the
 *   memory is laid out;
 * - static data of whole vectors is aligned to vectors, `memory.data` takes any alignment; data of variables marked `@cold` goes to external
 *   memory, of those marked `@dram` to the DRAM;
 * - the start function (initialisers of globals) is reported rather than set;
 * - code of inlined library functions, and errors inside library functions, carry the location of the call in user code;
 * - statements that throw are reported.
 */
import type * as AssemblyScript from "assemblyscript";
import type { Placement } from "../wasm-tree.ts";
import { MethodWraps } from "./wrapping.ts";

/** `memory.data`, static arrays and strings, as placed: big endian, at machine addresses. */
export interface StaticData {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** The global whose initialiser made it. */
  readonly name?: string;
  /** Its numbers: offset of the first one, bytes of each, and how many. */
  readonly elements?: { readonly at: number; readonly width: number; readonly count: number };
}

export interface StaticLayout {
  readonly data: readonly StaticData[];
  /** First byte behind the static data in SRAM. */
  readonly end: number;
  /** Internal name of the function that initialises globals, if one is needed. */
  readonly start: string | null;
}

/** Decorators that move a function or the data of a variable out of the SRAM. */
const DECORATORS: Readonly<Record<string, Exclude<Placement, "internal">>> = {
  cold: "external",
  dram: "dram",
};

/** First bytes of static data outside of the SRAM. */
export type OutsideBases = Readonly<Record<Exclude<Placement, "internal">, number>>;

type Long = unknown;
interface Glue {
  i64_new(low: number, high?: number): Long;
  i64_low(value: Long): number;
}
interface Range {
  source: { isLibrary: boolean };
}
interface Ranged {
  range: Range;
}
interface Segment {
  buffer: Uint8Array;
  offset: Long;
}
interface Decorated {
  declaration?: { decorators: readonly { name: { text?: string } }[] | null };
}
interface GlobalElement extends Decorated {
  internalName: string;
  initializerNode: CallNode | null;
}
/** Of the initialiser only a call `memory.data(size, alignment)` is of interest. */
interface CallNode {
  expression?: { expression?: { text?: string }; property?: { text?: string } };
  args?: { value?: Long; literalKind?: number }[];
}
interface Compiler {
  program: { totalOverhead: number };
  memoryOffset: Long;
  memorySegments: Segment[];
  stringSegments: Map<string, Segment>;
}
interface CompilerMethods {
  compileGlobal(this: Compiler, global: GlobalElement): boolean;
  addAlignedMemorySegment(this: Compiler, buffer: Uint8Array, alignment?: number): Segment;
  addRuntimeMemorySegment(this: Compiler, buffer: Uint8Array): Segment;
  ensureStaticStringPtr(this: Compiler, text: string): Long;
  writeStaticBuffer(
    this: Compiler,
    buffer: Uint8Array,
    at: number,
    type: { byteSize: number },
    values: unknown[],
  ): number;
  initDefaultMemory(this: Compiler, end: Long): void;
  compileFunction(this: Compiler, instance: unknown, force?: boolean): boolean;
  compileCallDirect(
    this: Compiler,
    instance: unknown,
    operands: unknown,
    node: Ranged,
    ...rest: unknown[]
  ): number;
  makeCallDirect(
    this: Compiler,
    instance: unknown,
    operands: unknown,
    node: Ranged,
    ...rest: unknown[]
  ): number;
  addDebugLocation(this: Compiler, expression: number, range: Range): void;
  compileExpression(this: Compiler, expression: Ranged, ...rest: unknown[]): number;
  compileThrowStatement(this: Compiler, statement: Ranged): number;
  emitDiagnostic(
    this: Compiler,
    code: number,
    category: number,
    range: Range | null,
    ...rest: unknown[]
  ): void;
}
interface ClassMethods {
  writeField(
    this: {
      program: { totalOverhead: number };
      getMember(name: string): { instance?: { memoryOffset: number } } | null;
    },
    name: string,
    value: unknown,
    buffer: Uint8Array,
    base?: number,
  ): number;
}
interface ModuleMethods {
  setStart(this: unknown, func: number): void;
}

const VECTOR_BYTES = 128;

/** Where the decorators of a program element send it. */
export function placementOf(element: Decorated): Placement {
  const names = element.declaration?.decorators?.map((decorator) => decorator.name.text ?? "") ?? [];
  const known = names.find((name) => Object.hasOwn(DECORATORS, name));
  return known === undefined ? "internal" : DECORATORS[known];
}

/**
 * Takes the alignment out of `memory.data(size, alignment)` if it is one that asc refuses (more than 16).
 * @returns the alignment in bytes, or 0
 */
function takeAlignment(call: CallNode | null, toNumber: (value: Long) => number): number {
  const callee = call?.expression;
  if (callee?.expression?.text !== "memory" || callee.property?.text !== "data") return 0;
  const literal = call?.args?.[1];
  const alignment = literal?.value === undefined ? 0 : toNumber(literal.value);
  const isPowerOfTwo = alignment > 0 && (alignment & (alignment - 1)) === 0;
  if (!isPowerOfTwo || alignment <= 16 || alignment > 4096) return 0;
  call?.args?.splice(1, 1);
  return alignment;
}

function reverseGroups(buffer: Uint8Array, at: number, width: number, count: number): void {
  for (let i = 0; i < count; i++) buffer.subarray(at + i * width, at + (i + 1) * width).reverse();
}

/**
 * Wraps the compiler until `restore` is called.
 * @param bases byte addresses where data marked `@cold` and `@dram` begins
 */
export function installHooks(
  asc: typeof AssemblyScript,
  bases: OutsideBases,
): {
  layout(): StaticLayout;
  keepOutside(texts: ReadonlySet<string>): void;
  thrown: ReadonlySet<Range>;
  sizes(): [name: string, bytes: number][];
  callSite(): Range | undefined;
  userCallSite(): Range | undefined;
  restore(): void;
} {
  const glue = globalThis as unknown as Glue;
  const compiler = asc.Compiler.prototype as unknown as CompilerMethods;
  const classes = asc.Class.prototype as unknown as ClassMethods;
  const modules = asc.Module.prototype as unknown as ModuleMethods;
  const writes: [buffer: Uint8Array, at: number, width: number, count: number][] = [];
  const names = new Map<Uint8Array, string>();
  const external: [segment: Segment, name: string | undefined][] = [];
  const placed = new Map<Uint8Array, Uint8Array>();
  const data: StaticData[] = [];
  let current: { name?: string; placement: Placement; alignment: number } | null = null;
  let outside: ReadonlySet<string> = new Set();
  const ends = { ...bases };
  let end = 0;
  let needsStart = false;
  let callSites: Range[] = [];
  /** The innermost expression in user code that asc is at, also while it compiles library functions for it. */
  let cause: Range | undefined;
  const thrown = new Set<Range>();

  function addSegment(self: Compiler, buffer: Uint8Array, add: () => Segment): Segment {
    if (current?.name !== undefined && buffer.length > 0) names.set(buffer, current.name);
    if (!current || current.placement === "internal") return add();
    const resume = self.memoryOffset;
    self.memoryOffset = glue.i64_new(ends[current.placement]);
    const segment = add();
    ends[current.placement] = glue.i64_low(self.memoryOffset) >>> 0;
    self.memoryOffset = resume;
    self.memorySegments.splice(self.memorySegments.indexOf(segment), 1);
    external.push([segment, current.name]);
    return segment;
  }
  /** The module itself keeps its little-endian bytes. */
  function place({ buffer, offset }: Segment, name: string | undefined): void {
    const bytes = buffer.slice();
    placed.set(buffer, bytes);
    const written = writes.find(([target]) => target === buffer);
    const elements = written && { at: written[1], width: written[2], count: written[3] };
    data.push({ address: glue.i64_low(offset) >>> 0, bytes, name, ...(elements && { elements }) });
  }

  const wraps = new MethodWraps();
  const wrap: MethodWraps["wrap"] = (target, key, make) => wraps.wrap(target, key, make);

  wrap(
    compiler,
    "compileGlobal",
    (original) =>
      function (global) {
        const outer = current;
        const alignment = takeAlignment(global.initializerNode, glue.i64_low);
        current = { name: global.internalName, placement: placementOf(global), alignment };
        try {
          return original.call(this, global);
        } finally {
          current = outer;
        }
      },
  );
  wrap(
    compiler,
    "addAlignedMemorySegment",
    (original) =>
      function (buffer, alignment = 16) {
        const vectors = buffer.length > 0 && buffer.length % VECTOR_BYTES === 0;
        return addSegment(this, buffer, () =>
          original.call(this, buffer, vectors ? VECTOR_BYTES : alignment),
        );
      },
  );
  wrap(
    compiler,
    "addRuntimeMemorySegment",
    (original) =>
      function (buffer) {
        return addSegment(this, buffer, () => original.call(this, buffer));
      },
  );
  wrap(
    compiler,
    "writeStaticBuffer",
    (original) =>
      function (buffer, at, type, values) {
        writes.push([buffer, at, type.byteSize, values.length]);
        return original.call(this, buffer, at, type, values);
      },
  );
  wrap(
    compiler,
    "ensureStaticStringPtr",
    (original) =>
      function (text) {
        const known = this.stringSegments.has(text);
        const outer = current;
        if (outside.has(text)) current = { placement: "dram", alignment: 0 };
        const pointer = original.call(this, text);
        current = outer;
        const segment = this.stringSegments.get(text);
        if (!known && segment) writes.push([segment.buffer, this.program.totalOverhead, 2, text.length]);
        return pointer;
      },
  );
  wrap(
    compiler,
    "initDefaultMemory",
    (original) =>
      function (memoryEnd) {
        for (const segment of this.memorySegments) place(segment, names.get(segment.buffer));
        for (const [segment, name] of external) place(segment, name);
        for (const [buffer, at, width, count] of writes) {
          const bytes = placed.get(buffer);
          if (bytes) reverseGroups(bytes, at, width, count);
        }
        end = glue.i64_low(memoryEnd) >>> 0;
        original.call(this, memoryEnd);
      },
  );
  const aroundCall = (name: "compileCallDirect" | "makeCallDirect"): void =>
    wrap(
      compiler,
      name,
      (original) =>
        function (instance, operands, node, ...rest) {
          callSites.push(node.range);
          try {
            return original.call(this, instance, operands, node, ...rest);
          } finally {
            callSites.pop();
          }
        },
    );
  aroundCall("compileCallDirect");
  aroundCall("makeCallDirect");
  wrap(
    compiler,
    "compileFunction",
    (original) =>
      function (instance, force) {
        const outer = callSites;
        callSites = [];
        try {
          return original.call(this, instance, force);
        } finally {
          callSites = outer;
        }
      },
  );
  wrap(
    compiler,
    "compileExpression",
    (original) =>
      function (expression, ...rest) {
        const outer = cause;
        if (!expression.range.source.isLibrary) cause = expression.range;
        try {
          return original.call(this, expression, ...rest);
        } finally {
          cause = outer;
        }
      },
  );
  wrap(
    compiler,
    "emitDiagnostic",
    (original) =>
      function (code, category, range, ...rest) {
        const inUserCode = range?.source.isLibrary ? cause : undefined;
        original.call(this, code, category, inUserCode ?? range, ...rest);
      },
  );
  wrap(
    compiler,
    "compileThrowStatement",
    (original) =>
      function (statement) {
        if (!statement.range.source.isLibrary) thrown.add(statement.range);
        return original.call(this, statement);
      },
  );
  wrap(
    compiler,
    "addDebugLocation",
    (original) =>
      function (expression, range) {
        const inUserCode = range.source.isLibrary
          ? callSites.findLast((site) => !site.source.isLibrary)
          : undefined;
        original.call(this, expression, inUserCode ?? range);
      },
  );
  wrap(
    classes,
    "writeField",
    (original) =>
      function (name, value, buffer, at) {
        const base = at ?? this.program.totalOverhead;
        const width = original.call(this, name, value, buffer, base);
        const field = this.getMember(name)?.instance;
        if (width > 1 && field) writes.push([buffer, base + field.memoryOffset, width, 1]);
        return width;
      },
  );
  wrap(modules, "setStart", () => () => {
    needsStart = true;
  });
  return {
    layout: () => ({
      data: data.sort((a, b) => a.address - b.address),
      end,
      start: needsStart ? "~start" : null,
    }),
    /** String literals that go to the DRAM. */
    keepOutside: (texts: ReadonlySet<string>) => {
      outside = texts;
    },
    /** Statements of user code that throw. */
    thrown,
    /** Names of the variables with static data in SRAM, largest first. */
    sizes: () => {
      const cold = new Set(external.map(([segment]) => segment.buffer));
      const inside = [...names].filter(([buffer]) => !cold.has(buffer));
      return inside
        .map(([buffer, name]): [string, number] => [name, buffer.length])
        .sort((a, b) => b[1] - a[1]);
    },
    /** Where the call that is being compiled stands. */
    callSite: () => callSites.at(-1),
    /** The innermost call being compiled that stands in user code. */
    userCallSite: () => callSites.findLast((site) => !site.source.isLibrary),
    restore: () => wraps.restore(),
  };
}

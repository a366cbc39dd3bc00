/** Profiles as trees of frames: functions, inlined ones among them, and if wanted lines and causes of waiting. */
import { CYCLE_CAUSES, type CycleCause } from "../cycles.ts";
import type { CodeFrames } from "./code-frames.ts";
import { type Context, NO_INSTRUCTION, type PpuProfile } from "./contexts.ts";

export interface FrameNode {
  readonly name: string;
  readonly kind: "ppu" | "function" | "inlined" | "interrupt" | "line" | "cause";
  /** `file:line` of the function, of a line itself. */
  readonly place: string | undefined;
  /** Undefined where nobody counted them: inlined functions, lines. */
  calls: number | undefined;
  /** Of the frame itself. */
  self: number;
  /** With all frames inside. */
  total: number;
  /** Executed in it, without those of frames inside. */
  instructions: number;
  readonly children: Map<string, FrameNode>;
}

export interface TreeOptions {
  /** Frames of lines between functions. */
  readonly lines?: boolean;
  /** Causes of cycles beyond the one of each instruction as innermost frames. Sleep always is one. */
  readonly causes?: boolean;
}

/** Frames of causes without anything around them. */
const APART: Partial<Record<CycleCause, string>> = {
  sleep: "(asleep)",
  held: "(held in reset)",
  start: "(start)",
  gap: "(not in the trace)",
  end: "(end)",
  interrupt: "(interrupt entry)",
};

/** A frame of its own, whatever the options say: it is not what the instruction does. */
export const standsApart = (cause: CycleCause): boolean => APART[cause] !== undefined;

export const causeName = (cause: CycleCause): string => APART[cause] ?? `(${cause}: ${CYCLE_CAUSES[cause]})`;

function makeNode(name: string, kind: FrameNode["kind"], place: string | undefined): FrameNode {
  return { name, kind, place, calls: undefined, self: 0, total: 0, instructions: 0, children: new Map() };
}

function childOf(
  parent: FrameNode,
  name: string,
  kind: FrameNode["kind"],
  place: string | undefined,
): FrameNode {
  const key = `${kind} ${name} ${place ?? ""}`;
  let child = parent.children.get(key);
  if (!child) {
    child = makeNode(name, kind, place);
    parent.children.set(key, child);
  }
  return child;
}

const placeText = (
  source: { readonly file: string; readonly line: number } | undefined,
): string | undefined => source && `${source.file}:${source.line}`;

class TreeMaker {
  readonly #frames: CodeFrames;
  readonly #options: TreeOptions;

  constructor(frames: CodeFrames, options: TreeOptions) {
    this.#frames = frames;
    this.#options = options;
  }

  /** Adds what was spent in a context below the frame of its function. */
  context(context: Context, node: FrameNode): void {
    for (const [pc, { cycles, instructions }] of context.spent) {
      const leaf = pc === NO_INSTRUCTION ? node : this.#inside(node, pc);
      leaf.instructions += instructions;
      for (const [cause, count] of cycles) {
        const isApart = standsApart(cause);
        const isOwn = !isApart && (!this.#options.causes || cause === "issue");
        const holder = isOwn ? leaf : childOf(isApart ? node : leaf, causeName(cause), "cause", undefined);
        holder.self += count;
      }
    }
    for (const child of context.children.values()) {
      const site = child.callSite === undefined ? node : this.#inside(node, child.callSite);
      const { name, entry } = child.function!;
      const frames = this.#frames.at(entry);
      const kind = child.isInterrupt ? "interrupt" : "function";
      const made = childOf(site, name, kind, placeText(frames[0]?.declaration));
      made.calls = (made.calls ?? 0) + child.calls;
      this.context(child, made);
    }
  }

  /** The frame of an address inside a function: inlined functions, lines. */
  #inside(node: FrameNode, pc: number): FrameNode {
    let inner = node;
    const frames = this.#frames.at(pc);
    frames.forEach(({ name, inlined, source, declaration }, depth) => {
      if (depth > 0 && inlined) inner = childOf(inner, name, "inlined", placeText(declaration));
      const place = placeText(source);
      if (this.#options.lines && place !== undefined) inner = childOf(inner, place, "line", place);
    });
    return inner;
  }
}

function addTotals(node: FrameNode): number {
  node.total = node.self;
  for (const child of node.children.values()) node.total += addTotals(child);
  return node.total;
}

/** The tree of one PPU; its root is the PPU. */
export function profileTree(profile: PpuProfile, frames: CodeFrames, options: TreeOptions = {}): FrameNode {
  const root = makeNode(profile.ppu, "ppu", undefined);
  new TreeMaker(frames, options).context(profile.root, root);
  addTotals(root);
  return root;
}

/** Children by cycles, largest first; equal ones by name. */
export const childrenOf = (node: FrameNode): readonly FrameNode[] =>
  [...node.children.values()].sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));

/** A whole profile: what every PPU did, and how to name its code. */
export interface Profile {
  readonly ppus: readonly { readonly profile: PpuProfile; readonly frames: CodeFrames }[];
}

export const treesOf = ({ ppus }: Profile, options: TreeOptions = {}): readonly FrameNode[] =>
  ppus.map(({ profile, frames }) => profileTree(profile, frames, options));

/** Cycles of a function, or of a line, over all contexts. */
export interface FlatEntry {
  readonly name: string;
  readonly place: string | undefined;
  readonly kind: FrameNode["kind"];
  self: number;
  /** With everything inside, counted once where a function is inside itself. */
  total: number;
  instructions: number;
  calls: number | undefined;
}

/** By self cycles, largest first. */
export function flatProfile(roots: readonly FrameNode[]): readonly FlatEntry[] {
  const entries = new Map<string, FlatEntry>();
  const visit = (node: FrameNode, around: ReadonlySet<string>): void => {
    const key = `${node.kind === "inlined" ? "function" : node.kind} ${node.name} ${node.place ?? ""}`;
    let entry = entries.get(key);
    if (!entry) {
      const { name, place, kind } = node;
      entry = { name, place, kind, self: 0, total: 0, instructions: 0, calls: undefined };
      entries.set(key, entry);
    }
    entry.self += node.self;
    entry.instructions += node.instructions;
    if (node.calls !== undefined) entry.calls = (entry.calls ?? 0) + node.calls;
    if (!around.has(key)) entry.total += node.total;
    const inner = new Set([...around, key]);
    for (const child of node.children.values()) visit(child, inner);
  };
  for (const root of roots) visit(root, new Set());
  return [...entries.values()]
    .filter(({ self, total }) => self > 0 || total > 0)
    .sort((a, b) => b.self - a.self || b.total - a.total || (a.name < b.name ? -1 : 1));
}

/** Profiles as stacks with cycles: lines for flamegraph.pl, inferno and speedscope, and speedscope's own JSON. */
import { childrenOf, type FrameNode } from "./tree.ts";

/** Every frame with cycles of its own, with the frames around it, outermost first. */
export function* stacksOf(root: FrameNode): Generator<readonly FrameNode[]> {
  function* visit(path: readonly FrameNode[]): Generator<readonly FrameNode[]> {
    const node = path[path.length - 1];
    if (node.self > 0) yield path;
    for (const child of childrenOf(node)) yield* visit([...path, child]);
  }
  yield* visit([root]);
}

const plain = (name: string): string => name.replaceAll(";", ":").replaceAll(/\s+/g, " ");

/** One line a stack: frames separated by semicolons, and cycles. */
export function collapsedText(roots: readonly FrameNode[]): string {
  const lines: string[] = [];
  for (const root of roots) {
    for (const path of stacksOf(root)) {
      lines.push(`${path.map(({ name }) => plain(name)).join(";")} ${path[path.length - 1].self}\n`);
    }
  }
  return lines.join("");
}

interface SpeedscopeFrame {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

function speedscopeFrame({ name, place }: FrameNode): SpeedscopeFrame {
  if (place === undefined) return { name };
  const at = place.lastIndexOf(":");
  return { name, file: place.slice(0, at), line: Number(place.slice(at + 1)) };
}

/** A document of speedscope's file format: one profile a PPU, weights in cycles. */
export function speedscopeDocument(roots: readonly FrameNode[], program: string, exporter: string) {
  const frames: SpeedscopeFrame[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (node: FrameNode): number => {
    const key = `${node.name} ${node.place ?? ""}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, frames.length);
    return frames.push(speedscopeFrame(node)) - 1;
  };
  const profiles = roots.map((root) => {
    const paths = [...stacksOf(root)];
    return {
      type: "sampled",
      name: `${program}, ${root.name} PPU`,
      unit: "none",
      startValue: 0,
      endValue: root.total,
      samples: paths.map((path) => path.slice(1).map(numberOf)),
      weights: paths.map((path) => path[path.length - 1].self),
    };
  });
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    name: program,
    exporter,
    activeProfileIndex: 0,
    shared: { frames },
    profiles,
  };
}

/** Where the time of an emulation goes, by room of the sources: samples of V8's profiler. */
import { type Profiler, Session } from "node:inspector/promises";

export const SHARES = [
  "scalar",
  "vector",
  "analog",
  "synchronisation",
  "buses and registers",
  "rest",
] as const;
export type Share = (typeof SHARES)[number];

/** First match decides; the paths are those of the sources. */
const ROOMS: readonly (readonly [RegExp, Share])[] = [
  [/\/src\/core\/(vector\/|engine\/vector-port)/, "vector"],
  [/\/src\/(chip\/scheduler|core\/engine\/machine|core\/ppu|core\/state)\./, "synchronisation"],
  [/\/src\/core\/(engine|translation)\//, "scalar"],
  [/\/src\/chip\/analog\//, "analog"],
  [/\/src\/chip\//, "buses and registers"],
];
/** The generated loops have no file. */
const GENERATED = /^(loop|part\d+|mulh[us]|div[su])$/;
/** Neither has what the profiler itself does. */
const PROFILER = "dispatch";

/** Functions of WebAssembly and the way into them; they belong to the room that called them. */
const KERNEL = /^wasm:|^(js-to-wasm|wasm-to-js)/;

function shareOf({ url, functionName }: Profiler.ProfileNode["callFrame"]): Share {
  if (url === "" && GENERATED.test(functionName)) return "scalar";
  return ROOMS.find(([pattern]) => pattern.test(url))?.[1] ?? "rest";
}

function isProfiler({ callFrame }: Profiler.ProfileNode): boolean {
  return callFrame.url === "" && callFrame.functionName === PROFILER;
}

/** The share of every node of a call tree, by its id. */
function sharesOfNodes(nodes: readonly Profiler.ProfileNode[]): Map<number, Share> {
  const shares = new Map<number, Share>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (node: Profiler.ProfileNode, caller: Share) => {
    const { url, functionName } = node.callFrame;
    const share = KERNEL.test(url || functionName) ? caller : shareOf(node.callFrame);
    shares.set(node.id, share);
    for (const child of node.children ?? []) visit(byId.get(child)!, share);
  };
  visit(nodes[0], "rest");
  return shares;
}

/** Runs `work` under the profiler; returns the fraction of its time that each room took by itself. */
export async function profile(work: () => Promise<unknown>): Promise<Record<Share, number>> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    await work();
    const { profile: result } = await session.post("Profiler.stop");
    const shares = sharesOfNodes(result.nodes);
    const own = new Set(result.nodes.filter((node) => isProfiler(node)).map((node) => node.id));
    const time = Object.fromEntries(SHARES.map((share) => [share, 0])) as Record<Share, number>;
    let total = 0;
    result.samples?.forEach((id, index) => {
      if (own.has(id)) return;
      const delta = result.timeDeltas?.[index] ?? 0;
      time[shares.get(id) ?? "rest"] += delta;
      total += delta;
    });
    for (const share of SHARES) time[share] /= total;
    return time;
  } finally {
    session.disconnect();
  }
}

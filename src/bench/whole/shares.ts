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
  [/\/src\/core\/(vector\/|engine\/vector-port)|^wasm:/, "vector"],
  [/\/src\/(chip\/scheduler|core\/engine\/machine|core\/ppu|core\/state)\./, "synchronisation"],
  [/\/src\/core\/engine\//, "scalar"],
  [/\/src\/chip\/analog\//, "analog"],
  [/\/src\/chip\//, "buses and registers"],
];
/** The generated loops have no file. */
const GENERATED = /^(loop|part\d+|mulh[su]|div[su])$/;
/** The profiler's own start, and waiting. */
const NO_WORK = /^(dispatch|\(idle\))$/;

function shareOf({ url, functionName }: Profiler.ProfileNode["callFrame"]): Share | undefined {
  if (url === "" && NO_WORK.test(functionName)) return undefined;
  if (url === "" && GENERATED.test(functionName)) return "scalar";
  return ROOMS.find(([pattern]) => pattern.test(url))?.[1] ?? "rest";
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
    const shares = new Map(result.nodes.map((node) => [node.id, shareOf(node.callFrame)]));
    const time = Object.fromEntries(SHARES.map((share) => [share, 0])) as Record<Share, number>;
    let total = 0;
    result.samples?.forEach((id, index) => {
      const share = shares.get(id);
      if (share === undefined) return;
      const delta = result.timeDeltas?.[index] ?? 0;
      time[share] += delta;
      total += delta;
    });
    for (const share of SHARES) time[share] /= total;
    return time;
  } finally {
    session.disconnect();
  }
}

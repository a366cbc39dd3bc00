/** Measuring in turns, and what is made of the figures. */

const MOST_REPETITIONS = 2 ** 30;

/** Seconds since `begin` of `process.hrtime.bigint()`. */
export const secondsSince = (begin: bigint): number => Number(process.hrtime.bigint() - begin) / 1e9;

/** Wall time of `work` in seconds, with what it gives. */
export async function timed<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly seconds: number; readonly result: T }> {
  const begin = process.hrtime.bigint();
  const result = await work();
  return { seconds: secondsSince(begin), result };
}

/** Processor time of `work` in seconds: what else runs on the machine does not count. For work within this process. */
export async function processorSeconds(work: () => unknown): Promise<number> {
  const begin = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
}

/** The middle one; of an even number the upper one of the two. Throws RangeError for none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median of no values");
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Median of the quotients of figures that were taken in the same turns. */
export const medianRatio = (above: readonly number[], below: readonly number[]): number =>
  median(above.map((value, turn) => value / below[turn]));

/** Turns that compile; their figures are not kept. */
const WARM_UP = 2;

/** `takeTurns` after two turns that only compile. */
export async function takeWarmTurns<Name extends string>(
  turns: number,
  contenders: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const figures = await takeTurns(turns + WARM_UP, contenders);
  for (const list of Object.values<number[]>(figures)) list.splice(0, WARM_UP);
  return figures;
}

/**
 * Runs all contenders once a turn and gives their figures by turn. Each turn begins with another one, so that none always
 * comes behind the same.
 */
export async function takeTurns<Name extends string>(
  turns: number,
  contenders: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let turn = 0; turn < turns; turn++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(turn + place) % names.length];
      figures[name].push(await contenders[name]());
    }
  }
  return figures;
}

/**
 * How many repetitions take about `seconds`: tries more and more of them until one try takes a quarter of that, and once more,
 * because the first tries compile. `run` gives the seconds of its repetitions.
 */
export async function repetitionsFor(
  seconds: number,
  run: (repetitions: number) => number | Promise<number>,
): Promise<number> {
  for (let repetitions = 16; ; repetitions *= 4) {
    const first = await run(repetitions);
    if (first < seconds / 4 && repetitions < MOST_REPETITIONS) continue;
    const took = Math.min(first, await run(repetitions));
    return Math.ceil(Math.min(MOST_REPETITIONS, (repetitions * seconds) / took));
  }
}

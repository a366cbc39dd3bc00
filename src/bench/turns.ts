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
 * How many repetitions take about `seconds`: tries more and more of them until two tries both take a quarter of that, for the
 * first one compiles, or something else got in its way. `run` gives the seconds of its repetitions.
 */
export function repetitionsFor(seconds: number, run: (repetitions: number) => number): number {
  const enough = seconds / 4;
  for (let repetitions = 16; ; repetitions *= 4) {
    const isLast = repetitions >= MOST_REPETITIONS;
    if (run(repetitions) < enough && !isLast) continue;
    const took = run(repetitions);
    if (took < enough && !isLast) continue;
    return Math.ceil(Math.min(MOST_REPETITIONS, (repetitions * seconds) / took));
  }
}

/**
 * A contender for `takeTurns` whose turns take about `seconds` and give repetitions a second. With `hasStart` the time of a run
 * of one repetition is taken off, which is mostly the start of a process.
 */
export function rateOf(
  seconds: number,
  run: (repetitions: number) => number,
  hasStart = false,
): () => number {
  const start = hasStart ? Math.min(run(1), run(1), run(1)) : 0;
  const net = (repetitions: number) => {
    const took = run(repetitions);
    return Math.max(took - start, took / 100);
  };
  const repetitions = repetitionsFor(seconds, net);
  return () => repetitions / net(repetitions);
}

/** Seconds that one turn of a side takes; with the start of a process the longer ones, so that it hardly matters. */
export const turnSeconds = (long: boolean, hasStart: boolean): number =>
  hasStart ? (long ? 1 : 0.4) : long ? 0.5 : 0.08;

/**
 * How a sweep scales: the same chips on one thread and on as many as there are cores, in turns. On a machine that does other
 * things the speed-up is that of the cores that are free; the processor time a cell tells what the threads cost each other.
 * `--long`: more chips and turns.
 */
import { measureSweep, type ScalingOptions } from "./sweep-scaling.ts";

const long = process.argv.includes("--long");
const options: ScalingOptions = long
  ? { chips: 120, images: 50, turns: 5 }
  : { chips: 48, images: 20, turns: 3 };

console.log(`${options.chips} chips, ${options.images} images each`);
for (const { name, value, unit, goal } of await measureSweep(options)) {
  const digits = Number.isInteger(value) ? 0 : 2;
  const aim = goal === undefined ? "" : ` (goal: ${goal.toFixed(1)} or more)`;
  console.log(`  ${name.padEnd(40)} ${value.toFixed(digits).padStart(7)} ${unit}${aim}`);
}

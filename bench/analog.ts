/**
 * The analog core: a run of the whole array with noise, against the bandwidth of memory and against C. `--long`: more
 * and longer turns.
 */
import { measureAnalog } from "./analog-measure.ts";

const { rows, native } = measureAnalog(process.argv.includes("--long"));
console.log("array run: reset, 128 events, 256 x 256 synapses (256 KiB of products), conversion with noise");
for (const { name, value, unit, goal } of rows) {
  const aim = goal === undefined ? "" : `, goal: within ${goal} x, ${value <= goal ? "met" : "missed"}`;
  console.log(`  ${name}: ${value.toFixed(2)} ${unit}${aim}`);
}
console.log(
  native
    ? "  gcc -O3 -march=native gives the same counts in every turn"
    : "  gcc is not installed: no comparison with native C",
);

import { fillUniform, STREAM } from "../../src/chip/analog/random.ts";
import { LAYER_SHAPES, type Layer, type Network } from "../../src/lab/network.ts";

/** A network with random weights in -63..63 whose results use the whole range. */
export function randomNetwork(seed: number): Network {
  const [conv, dense1, dense2] = LAYER_SHAPES.map((shape, index): Layer => {
    const uniform = new Float64Array(shape.inputs * shape.outputs);
    fillUniform(uniform, seed, STREAM.free, index);
    const weights = Int8Array.from(uniform, (u) => Math.floor(u * 127) - 63);
    return { ...shape, sends: [5, 3, 4][index], shift: [2, 1, 0][index], weights };
  });
  return [conv, dense1, dense2];
}

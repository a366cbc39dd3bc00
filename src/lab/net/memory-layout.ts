/** Offsets in external memory of everything that `firmware/inference` finds there. */
import type { LayerPlan } from "./plan.ts";

/** The FPGA's block RAM. */
export const EXTERNAL_BYTES = 0x20000;
const VECTOR = 128;
const LARGEST_BATCH = 1024;

export interface MemoryLayout {
  /** Of each layer, 0 without a table: 16-bit offsets of a convolution's kernel inputs. */
  readonly tables: readonly number[];
  readonly weights: readonly number[];
  readonly slots: number;
  readonly slotBytes: number;
  /** Images at once; less than 1 when the network does not fit. */
  readonly batch: number;
  /** 16 bit an image; 0 when the network does not end in argmax. */
  readonly classes: number;
  /** Bytes of tables and weights. */
  readonly constantBytes: number;
}

const vectors = (bytes: number): number => Math.ceil(bytes / VECTOR) * VECTOR;

/** Offset of the partial sums of the first PPU in a slot. */
export const sumsInSlot = ({ inputBytes }: LayerPlan): number => vectors(inputBytes);

function slotBytes(plan: LayerPlan): number {
  const sums = plan.split === "blocks" ? 2 * plan.sumVectors * VECTOR : 0;
  return Math.max(sumsInSlot(plan) + sums, vectors(plan.outputBytes));
}

/** Header, layers, gather tables, weights, slots, classes. */
export function layOut(layers: readonly LayerPlan[], argmax: boolean): MemoryLayout {
  let end = VECTOR * (1 + layers.length);
  const take = (bytes: number): number => {
    const at = end;
    end += vectors(bytes);
    return at;
  };
  const tables = layers.map(({ layer }) => (layer.kind === "conv2d" ? take(2 * layer.inputs) : 0));
  const weights = layers.map(({ weightBytes }) => take(weightBytes));
  const slot = Math.max(...layers.map(slotBytes));
  const room = EXTERNAL_BYTES - end - VECTOR;
  const batch = Math.min(LARGEST_BATCH, Math.floor(room / (slot + 2)));
  return {
    ...{ tables, weights, slots: end, slotBytes: slot, batch },
    classes: argmax ? end + Math.max(batch, 0) * slot : 0,
    constantBytes: end,
  };
}

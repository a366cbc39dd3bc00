/**
 * `network.json`: the layers of a network as its author writes them, checked, and with all shapes worked out. What stands
 * between two array layers (ReLU, requantisation) belongs to the array layer before it.
 */
import { MAX_SENDS } from "../parameter-file.ts";
import { FieldReader, NetworkError } from "./fields.ts";

export { NetworkError } from "./fields.ts";

/** Channels, rows, columns. */
export type Shape = readonly [number, number, number];
/** Vertical, horizontal. */
export type Pair = readonly [number, number];

/** How float weights become -63..63: times a factor, or so that a percentile of their magnitudes becomes 63. */
export type WeightScale = { readonly factor: number } | { readonly percentile: number };

export interface ArrayLayer {
  readonly kind: "dense" | "conv2d";
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  /** 1 x 1 steps over the whole input for a dense layer: kernel = input rows and columns. */
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  /** Inputs of one vector: channels x kernel. */
  readonly inputs: number;
  /** Outputs of one vector. */
  readonly outputs: number;
  /** How often a vector is sent within one integration. */
  readonly sends: number;
  /** Least distance of two events in units of 8 ns. */
  readonly wait: number;
  readonly activation: "none" | "relu" | "requantise";
  /** Right shift of the requantisation to 5 bit. */
  readonly shift: number;
  /** Name of the weights in their file, without `.weight`. */
  readonly weights: string;
  readonly scale?: WeightScale;
}

export interface NetworkDescription {
  readonly name: string;
  readonly input: {
    readonly shape: Shape;
    /** `byte`: 0..255, made `round(v * 31 / 255)` on the chip; `code`: 0..31 as they are. */
    readonly values: "byte" | "code";
  };
  readonly layers: readonly ArrayLayer[];
  /** The answer is the index of the first greatest result. */
  readonly argmax: boolean;
}

export const FORMAT = "ppu-emu network 1";
/** Vectors of a layer: how many are sent for one image. */
export const vectorsOf = ({ kind, output }: ArrayLayer): number =>
  kind === "dense" ? 1 : output[1] * output[2];
export const volume = ([channels, rows, columns]: Shape): number => channels * rows * columns;

const COMMON = ["kind", "name", "num_sends", "wait", "scale", "weights"];
const FIELDS: Record<string, readonly string[]> = {
  dense: [...COMMON, "outputs"],
  conv2d: [...COMMON, "channels", "kernel", "stride", "padding"],
  relu: ["kind"],
  requantise: ["kind", "shift"],
  argmax: ["kind"],
};
const LARGEST_WAIT = 1000;
const LARGEST_SHIFT = 7;
const LARGEST_SIZE = 4096;

function readShape(reader: FieldReader): Shape {
  const value = reader.value("shape");
  const sizes = Array.isArray(value) ? value : [value];
  const whole = sizes.every((n) => Number.isInteger(n) && n >= 1 && n <= LARGEST_SIZE);
  if (!whole || (sizes.length !== 1 && sizes.length !== 3)) {
    reader.problem(
      `shape must be [channels, rows, columns] or [inputs] with whole numbers 1..${LARGEST_SIZE}`,
    );
    return [1, 1, 1];
  }
  return sizes.length === 1 ? [sizes[0], 1, 1] : [sizes[0], sizes[1], sizes[2]];
}

function readScale(reader: FieldReader): WeightScale | undefined {
  const value = reader.value("scale");
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return { factor: value };
  if (value === "percentile") return { percentile: 99.9 };
  const percentile =
    typeof value === "object" && value !== null ? (value as { percentile?: unknown }).percentile : 0;
  if (typeof percentile === "number" && percentile > 0 && percentile <= 100) return { percentile };
  reader.problem('scale must be "percentile", {"percentile": 0..100} or a factor above 0');
  return undefined;
}

function readArrayLayer(
  reader: FieldReader,
  kind: "dense" | "conv2d",
  input: Shape,
  index: number,
): ArrayLayer {
  const name = reader.text("name", `layer${index}`);
  const common = {
    kind,
    name,
    input,
    sends: reader.integer("num_sends", 1, MAX_SENDS, 1),
    wait: reader.integer("wait", 0, LARGEST_WAIT, 0),
    activation: "none",
    shift: 0,
    weights: reader.text("weights", name),
    scale: readScale(reader),
  } as const;
  const [channels, rows, columns] = input;
  if (kind === "dense") {
    const outputs = reader.integer("outputs", 1, LARGEST_SIZE);
    const shape = {
      output: [outputs, 1, 1],
      kernel: [rows, columns],
      stride: [1, 1],
      padding: [0, 0],
    } as const;
    return { ...common, ...shape, inputs: volume(input), outputs };
  }
  const outputs = reader.integer("channels", 1, LARGEST_SIZE);
  const kernel = reader.pair("kernel", 1, LARGEST_SIZE);
  const stride = reader.pair("stride", 1, LARGEST_SIZE, 1);
  const padding = reader.pair("padding", 0, LARGEST_SIZE, 0);
  const [down, across] = [rows, columns].map((size, n) =>
    Math.floor((size + 2 * padding[n] - kernel[n]) / stride[n] + 1),
  );
  if (down < 1 || across < 1) {
    reader.problem(
      `kernel ${kernel.join(" x ")} is larger than the padded input ${rows + 2 * padding[0]} x ${columns + 2 * padding[1]}`,
    );
  }
  if (padding[0] >= kernel[0] || padding[1] >= kernel[1])
    reader.problem("padding must be smaller than the kernel");
  const output: Shape = [outputs, Math.max(down, 1), Math.max(across, 1)];
  return { ...common, output, kernel, stride, padding, inputs: channels * kernel[0] * kernel[1], outputs };
}

/** Collects layers and complains about what does not follow from what stands before. */
class LayerList {
  readonly layers: ArrayLayer[] = [];
  argmax = false;
  private readonly input: Shape;

  constructor(input: Shape) {
    this.input = input;
  }

  add(reader: FieldReader, index: number): void {
    const kind = reader.value("kind");
    const known = typeof kind === "string" && Object.hasOwn(FIELDS, kind);
    if (!known) {
      reader.problem(`unknown kind ${JSON.stringify(kind)}; there are ${Object.keys(FIELDS).join(", ")}`);
      return;
    }
    reader.allow(FIELDS[kind], `a ${kind} layer`);
    if (this.argmax) reader.problem("nothing can follow argmax");
    if (kind === "dense" || kind === "conv2d") this.addArray(reader, kind, index);
    else if (this.layers.length === 0) reader.problem(`${kind} must follow a dense or conv2d layer`);
    else if (kind === "argmax") this.argmax = true;
    else this.addActivation(reader, kind);
  }

  private addArray(reader: FieldReader, kind: "dense" | "conv2d", index: number): void {
    const before = this.layers.at(-1);
    if (before && before.activation !== "requantise") {
      reader.problem(
        `inputs have 5 bit (0..31), the results of ${before.name} are signed bytes; put ${before.activation === "relu" ? "" : "relu and "}requantise between`,
      );
    }
    const layer = readArrayLayer(reader, kind, before?.output ?? this.input, index);
    if (this.layers.some(({ name }) => name === layer.name))
      reader.problem(`the name ${layer.name} is taken`);
    this.layers.push(layer);
  }

  private addActivation(reader: FieldReader, kind: string): void {
    const layer = this.layers.pop()!;
    if (kind === "relu") {
      if (layer.activation !== "none") reader.problem("relu must directly follow a dense or conv2d layer");
      this.layers.push({ ...layer, activation: "relu" });
      return;
    }
    if (layer.activation !== "relu")
      reader.problem("requantise must directly follow relu (negative values have no 5-bit code)");
    this.layers.push({
      ...layer,
      activation: "requantise",
      shift: reader.integer("shift", 0, LARGEST_SHIFT),
    });
  }
}

/**
 * Checks the contents of a `network.json`. Throws NetworkError with one line per problem; `file` stands before each.
 */
export function parseNetwork(json: unknown, file = "network.json"): NetworkDescription {
  const problems: string[] = [];
  const top = new FieldReader(json, file, problems);
  top.allow(["format", "name", "input", "layers"], "a network");
  if (top.value("format") !== FORMAT) top.problem(`format must be "${FORMAT}"`);
  const inputReader = new FieldReader(top.value("input"), `${file}: input`, problems);
  inputReader.allow(["shape", "values"], "input");
  const shape = readShape(inputReader);
  const values = inputReader.text("values", "byte");
  if (values !== "byte" && values !== "code")
    inputReader.problem('values must be "byte" (0..255) or "code" (0..31)');
  const rows = top.value("layers");
  const list = new LayerList(shape);
  if (!Array.isArray(rows)) top.problem("layers must be a list");
  for (const [index, row] of (Array.isArray(rows) ? rows : []).entries()) {
    list.add(new FieldReader(row, `${file}: layers[${index}]`, problems), index);
  }
  if (Array.isArray(rows) && list.layers.length === 0) top.problem("there is no dense or conv2d layer");
  const name = top.text("name", "network");
  if (problems.length > 0) throw new NetworkError(problems);
  return {
    name,
    input: { shape, values: values as "byte" | "code" },
    layers: list.layers,
    argmax: list.argmax,
  };
}

/** The same from the text of the file; text that is no JSON is a NetworkError as well. */
export function parseNetworkText(text: string, file = "network.json"): NetworkDescription {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new NetworkError([`${file}: not JSON: ${(error as Error).message}`]);
  }
  return parseNetwork(json, file);
}

/**
 * Matrix products in 32-bit floats for training, as a WebAssembly SIMD kernel over one memory. The order of the
 * additions is fixed, so results don't depend on the host.
 */

/** A row-major matrix in the kernel's memory; `stride` elements from row to row, a multiple of 8 columns wide. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  readonly data: Float32Array;
}

const KERNEL = `(module
  (import "env" "memory" (memory 1))
  (func (export "multiply")
    (param $a i32) (param $rowStep i32) (param $innerStep i32) (param $b i32) (param $bStep i32)
    (param $c i32) (param $cStep i32) (param $rows i32) (param $columns i32) (param $inner i32)
    (local $i i32) (local $j i32) (local $k i32) (local $pa i32) (local $pb i32) (local $pc i32)
    (local $b0 v128) (local $b1 v128) (local $x v128)
    (local $c00 v128) (local $c01 v128) (local $c10 v128) (local $c11 v128)
    (local $c20 v128) (local $c21 v128) (local $c30 v128) (local $c31 v128)
    (local.set $j (i32.const 0))
    (loop $columnLoop
      (local.set $i (i32.const 0))
      (loop $rowLoop
        (local.set $pa (i32.add (local.get $a) (i32.mul (local.get $i) (local.get $rowStep))))
        (local.set $pb (i32.add (local.get $b) (i32.shl (local.get $j) (i32.const 2))))
        (local.set $c00 (v128.const i32x4 0 0 0 0)) (local.set $c01 (v128.const i32x4 0 0 0 0))
        (local.set $c10 (v128.const i32x4 0 0 0 0)) (local.set $c11 (v128.const i32x4 0 0 0 0))
        (local.set $c20 (v128.const i32x4 0 0 0 0)) (local.set $c21 (v128.const i32x4 0 0 0 0))
        (local.set $c30 (v128.const i32x4 0 0 0 0)) (local.set $c31 (v128.const i32x4 0 0 0 0))
        (local.set $k (local.get $inner))
        (loop $innerLoop
          (local.set $b0 (v128.load (local.get $pb)))
          (local.set $b1 (v128.load offset=16 (local.get $pb)))
          ROWS
          (local.set $pb (i32.add (local.get $pb) (local.get $bStep)))
          (local.set $pa (i32.add (local.get $pa) (local.get $innerStep)))
          (br_if $innerLoop (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
        (local.set $pc (i32.add (i32.add (local.get $c) (i32.shl (local.get $j) (i32.const 2)))
          (i32.mul (local.get $i) (local.get $cStep))))
        STORES
        (br_if $rowLoop (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $rows))))
      (br_if $columnLoop (i32.lt_s (local.tee $j (i32.add (local.get $j) (i32.const 8))) (local.get $columns))))))`;

function kernelText(): string {
  const rows = [0, 1, 2, 3].map((r) => {
    let address = "(local.get $pa)";
    for (let n = 0; n < r; n++) address = `(i32.add ${address} (local.get $rowStep))`;
    const sum = (c: number) =>
      `(local.set $c${r}${c} (f32x4.add (local.get $c${r}${c}) (f32x4.mul (local.get $x) (local.get $b${c}))))`;
    return `(local.set $x (v128.load32_splat ${address})) ${sum(0)} ${sum(1)}`;
  });
  const stores = [0, 1, 2, 3].map(
    (r) => `(v128.store (local.get $pc) (local.get $c${r}0))
      (v128.store offset=16 (local.get $pc) (local.get $c${r}1))
      (local.set $pc (i32.add (local.get $pc) (local.get $cStep)))`,
  );
  return KERNEL.replace("ROWS", rows.join("\n")).replace("STORES", stores.join("\n"));
}

type Multiply = (...values: number[]) => void;

interface Memory {
  readonly buffer: ArrayBuffer;
}

/** The part of the standard that is used here; the library of types for Node does not declare it. */
const webAssembly = (
  globalThis as unknown as {
    WebAssembly: {
      readonly Memory: new (descriptor: { initial: number }) => Memory;
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (
        module: object,
        imports: Record<string, Record<string, unknown>>,
      ) => { readonly exports: Record<string, unknown> };
    };
  }
).WebAssembly;

/** Matrices and their products. Make one with `MatrixMemory.create(megabytes)`. */
export class MatrixMemory {
  private readonly memory: Memory;
  private readonly kernel: Multiply;
  private used = 0;

  private constructor(memory: Memory, kernel: Multiply) {
    this.memory = memory;
    this.kernel = kernel;
  }

  static async create(megabytes: number): Promise<MatrixMemory> {
    const { default: binaryen } = await import("binaryen");
    const text = binaryen.parseText(kernelText());
    text.setFeatures(binaryen.Features.SIMD128);
    const binary = text.emitBinary();
    text.dispose();
    const memory = new webAssembly.Memory({ initial: megabytes * 16 });
    const module = new webAssembly.Module(new Uint8Array(binary));
    const instance = new webAssembly.Instance(module, { env: { memory } });
    return new MatrixMemory(memory, instance.exports.multiply as Multiply);
  }

  /** A matrix of zeros. Rows are padded to a multiple of 4, columns to a multiple of 8; padding stays 0. */
  matrix(rows: number, columns: number): Matrix {
    const stride = (columns + 7) & ~7;
    const length = ((rows + 3) & ~3) * stride;
    const data = new Float32Array(this.memory.buffer, this.used, length);
    this.used += length * 4;
    return { rows, columns, stride, data };
  }

  /** Columns `first` to `first + columns - 1` (multiples of 8) as a matrix of their own, without a copy. */
  columns(matrix: Matrix, first: number, columns: number): Matrix {
    const { buffer, byteOffset, length } = matrix.data;
    const data = new Float32Array(buffer, byteOffset + first * 4, length - first);
    return { rows: matrix.rows, columns, stride: matrix.stride, data };
  }

  /** Rows likewise. */
  rows(matrix: Matrix, first: number, rows: number): Matrix {
    const data = matrix.data.subarray(first * matrix.stride, (first + ((rows + 3) & ~3)) * matrix.stride);
    return { rows, columns: matrix.columns, stride: matrix.stride, data };
  }

  /** c = a b */
  multiply(a: Matrix, b: Matrix, c: Matrix): void {
    this.run(a.data.byteOffset, a.stride * 4, 4, b, c, a.rows, a.columns);
  }

  /** c = transposed(a) b */
  multiplyTransposed(a: Matrix, b: Matrix, c: Matrix): void {
    this.run(a.data.byteOffset, 4, a.stride * 4, b, c, a.columns, a.rows);
  }

  private run(
    a: number,
    row: number,
    inner: number,
    b: Matrix,
    c: Matrix,
    rows: number,
    count: number,
  ): void {
    const target = c.data.byteOffset;
    this.kernel(a, row, inner, b.data.byteOffset, b.stride * 4, target, c.stride * 4, rows, b.columns, count);
  }
}

/** target = transposed(source) */
export function transpose(source: Matrix, target: Matrix): void {
  for (let i = 0; i < source.rows; i++) {
    for (let j = 0; j < source.columns; j++) {
      target.data[j * target.stride + i] = source.data[i * source.stride + j];
    }
  }
}

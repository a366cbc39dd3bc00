/**
 * For editors only: what `Bytes` and `Halves` (references, to AssemblyScript) can do. TypeScript does not know the
 * operators `+ - * << >>>` of vectors and marks them; the compiler does know them.
 */
interface Object {
  /** `this * b + accumulator`, modular. */
  mam<T>(this: T, b: T, condition?: i32): T;
  /** Accumulator = `this`, sign extended. */
  mtac<T>(this: T, condition?: i32): void;
  /** `this * b + accumulator`, fractional and saturating. */
  mafs<T>(this: T, b: T, condition?: i32): T;
  /** Accumulator = `this` as a fraction (upper half). */
  mtacf<T>(this: T, condition?: i32): void;
  /** Accumulator += `this * b`, modular. */
  matacm<T>(this: T, b: T, condition?: i32): void;
  /** Accumulator += `this * b`, fractional and saturating. */
  matacfs<T>(this: T, b: T, condition?: i32): void;
  /** `this * b`, modular. */
  mulm<T>(this: T, b: T, condition?: i32): T;
  /** `this * b`, fractional and saturating. */
  mulfs<T>(this: T, b: T, condition?: i32): T;
  /** Accumulator = `this * b`, exact. */
  multacm<T>(this: T, b: T, condition?: i32): void;
  /** Accumulator = `this * b`, fractional and saturating. */
  multacfs<T>(this: T, b: T, condition?: i32): void;
  /** `this - b`, modular. */
  subm<T>(this: T, b: T, condition?: i32): T;
  /** `this - b`, saturating. */
  subfs<T>(this: T, b: T, condition?: i32): T;
  /** Accumulator += `this`, modular. */
  addactacm<T>(this: T, condition?: i32): void;
  /** Accumulator += `this` as a fraction, saturating. */
  addactacf<T>(this: T, condition?: i32): void;
  /** `accumulator + this`, modular. */
  addacm<T>(this: T, condition?: i32): T;
  /** `accumulator + this` as a fraction, saturating. */
  addacfs<T>(this: T, condition?: i32): T;
  /** Accumulator = `this + b`, exact. */
  addtac<T>(this: T, b: T, condition?: i32): void;
  /** `this + b`, modular. */
  addm<T>(this: T, b: T, condition?: i32): T;
  /** `this + b`, saturating. */
  addfs<T>(this: T, b: T, condition?: i32): T;
  /** Compares each lane with zero; sets the conditions GT, LT, EQ. */
  cmp<T>(this: T): void;
  /** Compares each lane with that of `b` (signed); sets the conditions GT, LT, EQ. */
  cmpTo<T>(this: T, b: T): void;
  /** `b` in the lanes selected by the condition, `this` elsewhere. */
  sel<T>(this: T, b: T, condition: i32): T;
  /** The greater lane of the two (signed); sets the conditions. */
  max<T>(this: T, b: T): T;
  /** The lesser lane of the two (signed); sets the conditions. */
  min<T>(this: T, b: T): T;
  /** Magnitude, saturating for the most negative value; sets the conditions. */
  abs<T>(this: T): T;
  /** Zero where negative; sets the conditions. */
  relu<T>(this: T): T;
  /** Shift left by a constant, logical right for a negative one (-16..15). */
  sh<T>(this: T, count: i32): T;
  /** Left half of each 16-byte slice widened: `this` gives the upper, `low` the lower part (`fxvupckbl`). */
  upckbl(this: externref, low: externref, count?: i32): anyref;
  /** Right half of each 16-byte slice widened: `this` gives the upper, `low` the lower part (`fxvupckbr`). */
  upckbr(this: externref, low: externref, count?: i32): anyref;
  /** The same 128 bytes seen as halfwords; no code. */
  halves(this: externref): anyref;
  /** Stores 128 bytes at byte address `address + offset` (a multiple of 4, better of 128). */
  store<T>(this: T, address: usize, offset?: usize): void;
  /** Writes the vector to the parallel bus; `address + offset` counts vectors. */
  write<T>(this: T, address: usize, offset?: usize, condition?: i32): void;
  /** Upper bytes, `this` in the left and `right` in the right half of each 16-byte slice (`fxvpckbu`). */
  pckbu(this: anyref, right: anyref, count?: i32): externref;
  /** Lower bytes, `this` in the left and `right` in the right half of each 16-byte slice (`fxvpckbl`). */
  pckbl(this: anyref, right: anyref, count?: i32): externref;
  /** The same 128 bytes seen as bytes; no code. */
  bytes(this: anyref): externref;
}

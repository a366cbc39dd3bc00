/**
 * Vectors with operators and methods. `Bytes` holds 128 lanes of 8 bits, `Halves` 64 lanes of 16 bits; both live in
 * vector registers (locals, parameters, results) and reach memory only through `load…` and `store`.
 *
 * Operators are modular: `a + b`, `a - b`, `a * b`, `-a`, `a << 3`, `a >>> 3` (logical; counts are constants).
 * Methods are named after the instruction without `fxv` and the width letter: `addm` modular, `addfs` saturating,
 * `mulfs` fractional and saturating, `mtac` / `matacm` / `addacfs` … with the accumulator. A trailing condition
 * (`GT`, `LT`, `EQ`, a constant) restricts a method to the lanes the last comparison (`cmp`, `cmpTo`) selected;
 * the other lanes keep the value of the object the method is called on.
 *
 * There is one accumulator and one comparison result per PPU; calls and interrupts do not preserve them.
 * Scalar and vector accesses to the same memory need `sync()` in between.
 */
import {
  fxvaddacbfs,
  fxvaddacbfs_if,
  fxvaddacbm,
  fxvaddacbm_if,
  fxvaddachfs,
  fxvaddachfs_if,
  fxvaddachm,
  fxvaddachm_if,
  fxvaddactacbf,
  fxvaddactacbf_if,
  fxvaddactacbm,
  fxvaddactacbm_if,
  fxvaddactachf,
  fxvaddactachf_if,
  fxvaddactachm,
  fxvaddactachm_if,
  fxvaddbfs,
  fxvaddbfs_if,
  fxvaddbm,
  fxvaddbm_if,
  fxvaddhfs,
  fxvaddhfs_if,
  fxvaddhm,
  fxvaddhm_if,
  fxvaddtacb,
  fxvaddtacb_if,
  fxvaddtach,
  fxvaddtach_if,
  fxvcmpb,
  fxvcmph,
  fxvinx,
  fxvlax,
  fxvmabfs,
  fxvmabfs_if,
  fxvmabm,
  fxvmabm_if,
  fxvmahfs,
  fxvmahfs_if,
  fxvmahm,
  fxvmahm_if,
  fxvmatacbfs,
  fxvmatacbfs_if,
  fxvmatacbm,
  fxvmatacbm_if,
  fxvmatachfs,
  fxvmatachfs_if,
  fxvmatachm,
  fxvmatachm_if,
  fxvmtacb,
  fxvmtacb_if,
  fxvmtacbf,
  fxvmtacbf_if,
  fxvmtach,
  fxvmtach_if,
  fxvmtachf,
  fxvmtachf_if,
  fxvmulbfs,
  fxvmulbfs_if,
  fxvmulbm,
  fxvmulbm_if,
  fxvmulhfs,
  fxvmulhfs_if,
  fxvmulhm,
  fxvmulhm_if,
  fxvmultacbfs,
  fxvmultacbfs_if,
  fxvmultacbm,
  fxvmultacbm_if,
  fxvmultachfs,
  fxvmultachfs_if,
  fxvmultachm,
  fxvmultachm_if,
  fxvoutx,
  fxvoutx_if,
  fxvpckbl,
  fxvpckbu,
  fxvsel,
  fxvshb,
  fxvshh,
  fxvsplatb,
  fxvsplath,
  fxvstax,
  fxvsubbfs,
  fxvsubbfs_if,
  fxvsubbm,
  fxvsubbm_if,
  fxvsubhfs,
  fxvsubhfs_if,
  fxvsubhm,
  fxvsubhm_if,
  fxvupckbl,
  fxvupckbr,
  bytes,
  halves,
  Bytes,
  Halves,
} from "./intrinsics";

export * from "./intrinsics";

/** No condition: all lanes. */
export const ALWAYS: i32 = 0;
/** Lanes that were greater than zero in the last comparison. */
export const GT: i32 = 1;
/** Lanes that were less than zero in the last comparison. */
export const LT: i32 = 2;
/** Lanes that were zero in the last comparison. */
export const EQ: i32 = 3;

/** Lanes in a `Bytes` vector, and bytes in any vector. */
export const BYTE_LANES: i32 = 128;
/** Lanes in a `Halves` vector. */
export const HALF_LANES: i32 = 64;

/** All lanes = the low 8 bits of `value`. */
// @ts-ignore: decorator
@inline
export function splatBytes(value: i32): Bytes {
  return fxvsplatb(value);
}

/** Loads 128 bytes from byte address `address + offset` (a multiple of 4, better of 128). */
// @ts-ignore: decorator
@inline
export function loadBytes(address: usize, offset: usize = 0): Bytes {
  return fxvlax(address, offset);
}

/** Stores the 128 bytes of `value` at byte address `address + offset` (a multiple of 4, better of 128). */
// @ts-ignore: decorator
@inline
export function storeBytes(value: Bytes, address: usize, offset: usize = 0): void {
  fxvstax(value, address, offset);
}

/** Writes `value` to the parallel bus, in the lanes of the condition; `address + offset` counts vectors. */
// @ts-ignore: decorator
@inline
export function writeBytes(value: Bytes, address: usize, offset: usize = 0, condition: i32 = ALWAYS): void {
  if (condition == ALWAYS) fxvoutx(value, address, offset);
  else fxvoutx_if(value, address, offset, condition);
}

/** Reads a vector from the parallel bus; `address + offset` counts vectors. */
// @ts-ignore: decorator
@inline
export function readBytes(address: usize, offset: usize = 0): Bytes {
  return fxvinx(address, offset);
}

/** All lanes = the low 16 bits of `value`. */
// @ts-ignore: decorator
@inline
export function splatHalves(value: i32): Halves {
  return fxvsplath(value);
}

/** Loads 64 halfwords from byte address `address + offset` (a multiple of 4, better of 128). */
// @ts-ignore: decorator
@inline
export function loadHalves(address: usize, offset: usize = 0): Halves {
  return halves(fxvlax(address, offset));
}

/** Stores the 128 bytes of `value` at byte address `address + offset` (a multiple of 4, better of 128). */
// @ts-ignore: decorator
@inline
export function storeHalves(value: Halves, address: usize, offset: usize = 0): void {
  fxvstax(bytes(value), address, offset);
}

/** Writes `value` to the parallel bus, in the lanes of the condition; `address + offset` counts vectors. */
// @ts-ignore: decorator
@inline
export function writeHalves(value: Halves, address: usize, offset: usize = 0, condition: i32 = ALWAYS): void {
  if (condition == ALWAYS) fxvoutx(bytes(value), address, offset);
  else fxvoutx_if(bytes(value), address, offset, condition);
}

/** Reads a vector from the parallel bus; `address + offset` counts vectors. */
// @ts-ignore: decorator
@inline
export function readHalves(address: usize, offset: usize = 0): Halves {
  return halves(fxvinx(address, offset));
}

/** Operators and methods of `Bytes`. */
// @ts-ignore: decorator
@final @unmanaged
export abstract class ByteOperations {
  /** Modular sum. */
  // @ts-ignore: decorator
  @operator("+") @inline
  static __add(a: Bytes, b: Bytes): Bytes {
    return fxvaddbm(a, b);
  }

  /** Modular difference. */
  // @ts-ignore: decorator
  @operator("-") @inline
  static __sub(a: Bytes, b: Bytes): Bytes {
    return fxvsubbm(a, b);
  }

  /** Low half of the product. */
  // @ts-ignore: decorator
  @operator("*") @inline
  static __mul(a: Bytes, b: Bytes): Bytes {
    return fxvmulbm(a, b);
  }

  /** Modular negation. */
  // @ts-ignore: decorator
  @operator.prefix("-") @inline
  static __neg(a: Bytes): Bytes {
    return fxvsubbm(fxvsplatb(0), a);
  }

  /** Shift left by a constant 0..15. */
  // @ts-ignore: decorator
  @operator("<<") @inline
  static __shl(a: Bytes, count: i32): Bytes {
    return fxvshb(a, count);
  }

  /** Logical shift right by a constant 0..16. */
  // @ts-ignore: decorator
  @operator(">>>") @inline
  static __shr_u(a: Bytes, count: i32): Bytes {
    return fxvshb(a, -count);
  }

  /** `this * b + accumulator`, modular. */
  // @ts-ignore: decorator
  @inline
  mam(this: Bytes, b: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvmabm(this, b) : fxvmabm_if(this, this, b, condition);
  }

  /** Accumulator = `this`, sign extended. */
  // @ts-ignore: decorator
  @inline
  mtac(this: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmtacb(this);
    else fxvmtacb_if(this, condition);
  }

  /** `this * b + accumulator`, fractional and saturating. */
  // @ts-ignore: decorator
  @inline
  mafs(this: Bytes, b: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvmabfs(this, b) : fxvmabfs_if(this, this, b, condition);
  }

  /** Accumulator = `this` as a fraction (upper half). */
  // @ts-ignore: decorator
  @inline
  mtacf(this: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmtacbf(this);
    else fxvmtacbf_if(this, condition);
  }

  /** Accumulator += `this * b`, modular. */
  // @ts-ignore: decorator
  @inline
  matacm(this: Bytes, b: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmatacbm(this, b);
    else fxvmatacbm_if(this, b, condition);
  }

  /** Accumulator += `this * b`, fractional and saturating. */
  // @ts-ignore: decorator
  @inline
  matacfs(this: Bytes, b: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmatacbfs(this, b);
    else fxvmatacbfs_if(this, b, condition);
  }

  /** `this * b`, modular. */
  // @ts-ignore: decorator
  @inline
  mulm(this: Bytes, b: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvmulbm(this, b) : fxvmulbm_if(this, this, b, condition);
  }

  /** `this * b`, fractional and saturating. */
  // @ts-ignore: decorator
  @inline
  mulfs(this: Bytes, b: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvmulbfs(this, b) : fxvmulbfs_if(this, this, b, condition);
  }

  /** Accumulator = `this * b`, exact. */
  // @ts-ignore: decorator
  @inline
  multacm(this: Bytes, b: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmultacbm(this, b);
    else fxvmultacbm_if(this, b, condition);
  }

  /** Accumulator = `this * b`, fractional and saturating. */
  // @ts-ignore: decorator
  @inline
  multacfs(this: Bytes, b: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmultacbfs(this, b);
    else fxvmultacbfs_if(this, b, condition);
  }

  /** `this - b`, modular. */
  // @ts-ignore: decorator
  @inline
  subm(this: Bytes, b: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvsubbm(this, b) : fxvsubbm_if(this, this, b, condition);
  }

  /** `this - b`, saturating. */
  // @ts-ignore: decorator
  @inline
  subfs(this: Bytes, b: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvsubbfs(this, b) : fxvsubbfs_if(this, this, b, condition);
  }

  /** Accumulator += `this`, modular. */
  // @ts-ignore: decorator
  @inline
  addactacm(this: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvaddactacbm(this);
    else fxvaddactacbm_if(this, condition);
  }

  /** Accumulator += `this` as a fraction, saturating. */
  // @ts-ignore: decorator
  @inline
  addactacf(this: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvaddactacbf(this);
    else fxvaddactacbf_if(this, condition);
  }

  /** `accumulator + this`, modular. */
  // @ts-ignore: decorator
  @inline
  addacm(this: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvaddacbm(this) : fxvaddacbm_if(this, this, condition);
  }

  /** `accumulator + this` as a fraction, saturating. */
  // @ts-ignore: decorator
  @inline
  addacfs(this: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvaddacbfs(this) : fxvaddacbfs_if(this, this, condition);
  }

  /** Accumulator = `this + b`, exact. */
  // @ts-ignore: decorator
  @inline
  addtac(this: Bytes, b: Bytes, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvaddtacb(this, b);
    else fxvaddtacb_if(this, b, condition);
  }

  /** `this + b`, modular. */
  // @ts-ignore: decorator
  @inline
  addm(this: Bytes, b: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvaddbm(this, b) : fxvaddbm_if(this, this, b, condition);
  }

  /** `this + b`, saturating. */
  // @ts-ignore: decorator
  @inline
  addfs(this: Bytes, b: Bytes, condition: i32 = ALWAYS): Bytes {
    return condition == ALWAYS ? fxvaddbfs(this, b) : fxvaddbfs_if(this, this, b, condition);
  }

  /** Compares each lane with zero; sets the conditions GT, LT, EQ. */
  // @ts-ignore: decorator
  @inline
  cmp(this: Bytes): void {
    fxvcmpb(this);
  }

  /** Compares each lane with that of `b` (signed); sets the conditions GT, LT, EQ. */
  // @ts-ignore: decorator
  @inline
  cmpTo(this: Bytes, b: Bytes): void {
    fxvcmpb(fxvsubbfs(this, b));
  }

  /** `b` in the lanes selected by the condition, `this` elsewhere. */
  // @ts-ignore: decorator
  @inline
  sel(this: Bytes, b: Bytes, condition: i32): Bytes {
    return fxvsel(this, b, condition);
  }

  /** The greater lane of the two (signed); sets the conditions. */
  // @ts-ignore: decorator
  @inline
  max(this: Bytes, b: Bytes): Bytes {
    fxvcmpb(fxvsubbfs(this, b));
    return fxvsel(this, b, LT);
  }

  /** The lesser lane of the two (signed); sets the conditions. */
  // @ts-ignore: decorator
  @inline
  min(this: Bytes, b: Bytes): Bytes {
    fxvcmpb(fxvsubbfs(this, b));
    return fxvsel(this, b, GT);
  }

  /** Magnitude, saturating for the most negative value; sets the conditions. */
  // @ts-ignore: decorator
  @inline
  abs(this: Bytes): Bytes {
    fxvcmpb(this);
    return fxvsubbfs_if(this, fxvsplatb(0), this, LT);
  }

  /** Zero where negative; sets the conditions. */
  // @ts-ignore: decorator
  @inline
  relu(this: Bytes): Bytes {
    fxvcmpb(this);
    return fxvsel(this, fxvsplatb(0), LT);
  }

  /** Shift left by a constant, logical right for a negative one (-16..15). */
  // @ts-ignore: decorator
  @inline
  sh(this: Bytes, count: i32): Bytes {
    return fxvshb(this, count);
  }

  /** Left half of each 16-byte slice widened: `this` gives the upper, `low` the lower part (`fxvupckbl`). */
  // @ts-ignore: decorator
  @inline
  upckbl(this: Bytes, low: Bytes, count: i32 = 0): Halves {
    return fxvupckbl(this, low, count);
  }

  /** Right half of each 16-byte slice widened: `this` gives the upper, `low` the lower part (`fxvupckbr`). */
  // @ts-ignore: decorator
  @inline
  upckbr(this: Bytes, low: Bytes, count: i32 = 0): Halves {
    return fxvupckbr(this, low, count);
  }

  /** The same 128 bytes seen as halfwords; no code. */
  // @ts-ignore: decorator
  @inline
  halves(this: Bytes): Halves {
    return halves(this);
  }

  /** Stores 128 bytes at byte address `address + offset` (a multiple of 4, better of 128). */
  // @ts-ignore: decorator
  @inline
  store(this: Bytes, address: usize, offset: usize = 0): void {
    fxvstax(this, address, offset);
  }

  /** Writes the vector to the parallel bus; `address + offset` counts vectors. */
  // @ts-ignore: decorator
  @inline
  write(this: Bytes, address: usize, offset: usize = 0, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvoutx(this, address, offset);
    else fxvoutx_if(this, address, offset, condition);
  }
}

/** Operators and methods of `Halves`. */
// @ts-ignore: decorator
@final @unmanaged
export abstract class HalfOperations {
  /** Modular sum. */
  // @ts-ignore: decorator
  @operator("+") @inline
  static __add(a: Halves, b: Halves): Halves {
    return fxvaddhm(a, b);
  }

  /** Modular difference. */
  // @ts-ignore: decorator
  @operator("-") @inline
  static __sub(a: Halves, b: Halves): Halves {
    return fxvsubhm(a, b);
  }

  /** Low half of the product. */
  // @ts-ignore: decorator
  @operator("*") @inline
  static __mul(a: Halves, b: Halves): Halves {
    return fxvmulhm(a, b);
  }

  /** Modular negation. */
  // @ts-ignore: decorator
  @operator.prefix("-") @inline
  static __neg(a: Halves): Halves {
    return fxvsubhm(fxvsplath(0), a);
  }

  /** Shift left by a constant 0..15. */
  // @ts-ignore: decorator
  @operator("<<") @inline
  static __shl(a: Halves, count: i32): Halves {
    return fxvshh(a, count);
  }

  /** Logical shift right by a constant 0..16. */
  // @ts-ignore: decorator
  @operator(">>>") @inline
  static __shr_u(a: Halves, count: i32): Halves {
    return fxvshh(a, -count);
  }

  /** `this * b + accumulator`, modular. */
  // @ts-ignore: decorator
  @inline
  mam(this: Halves, b: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvmahm(this, b) : fxvmahm_if(this, this, b, condition);
  }

  /** Accumulator = `this`, sign extended. */
  // @ts-ignore: decorator
  @inline
  mtac(this: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmtach(this);
    else fxvmtach_if(this, condition);
  }

  /** `this * b + accumulator`, fractional and saturating. */
  // @ts-ignore: decorator
  @inline
  mafs(this: Halves, b: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvmahfs(this, b) : fxvmahfs_if(this, this, b, condition);
  }

  /** Accumulator = `this` as a fraction (upper half). */
  // @ts-ignore: decorator
  @inline
  mtacf(this: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmtachf(this);
    else fxvmtachf_if(this, condition);
  }

  /** Accumulator += `this * b`, modular. */
  // @ts-ignore: decorator
  @inline
  matacm(this: Halves, b: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmatachm(this, b);
    else fxvmatachm_if(this, b, condition);
  }

  /** Accumulator += `this * b`, fractional and saturating. */
  // @ts-ignore: decorator
  @inline
  matacfs(this: Halves, b: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmatachfs(this, b);
    else fxvmatachfs_if(this, b, condition);
  }

  /** `this * b`, modular. */
  // @ts-ignore: decorator
  @inline
  mulm(this: Halves, b: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvmulhm(this, b) : fxvmulhm_if(this, this, b, condition);
  }

  /** `this * b`, fractional and saturating. */
  // @ts-ignore: decorator
  @inline
  mulfs(this: Halves, b: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvmulhfs(this, b) : fxvmulhfs_if(this, this, b, condition);
  }

  /** Accumulator = `this * b`, exact. */
  // @ts-ignore: decorator
  @inline
  multacm(this: Halves, b: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmultachm(this, b);
    else fxvmultachm_if(this, b, condition);
  }

  /** Accumulator = `this * b`, fractional and saturating. */
  // @ts-ignore: decorator
  @inline
  multacfs(this: Halves, b: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvmultachfs(this, b);
    else fxvmultachfs_if(this, b, condition);
  }

  /** `this - b`, modular. */
  // @ts-ignore: decorator
  @inline
  subm(this: Halves, b: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvsubhm(this, b) : fxvsubhm_if(this, this, b, condition);
  }

  /** `this - b`, saturating. */
  // @ts-ignore: decorator
  @inline
  subfs(this: Halves, b: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvsubhfs(this, b) : fxvsubhfs_if(this, this, b, condition);
  }

  /** Accumulator += `this`, modular. */
  // @ts-ignore: decorator
  @inline
  addactacm(this: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvaddactachm(this);
    else fxvaddactachm_if(this, condition);
  }

  /** Accumulator += `this` as a fraction, saturating. */
  // @ts-ignore: decorator
  @inline
  addactacf(this: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvaddactachf(this);
    else fxvaddactachf_if(this, condition);
  }

  /** `accumulator + this`, modular. */
  // @ts-ignore: decorator
  @inline
  addacm(this: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvaddachm(this) : fxvaddachm_if(this, this, condition);
  }

  /** `accumulator + this` as a fraction, saturating. */
  // @ts-ignore: decorator
  @inline
  addacfs(this: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvaddachfs(this) : fxvaddachfs_if(this, this, condition);
  }

  /** Accumulator = `this + b`, exact. */
  // @ts-ignore: decorator
  @inline
  addtac(this: Halves, b: Halves, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvaddtach(this, b);
    else fxvaddtach_if(this, b, condition);
  }

  /** `this + b`, modular. */
  // @ts-ignore: decorator
  @inline
  addm(this: Halves, b: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvaddhm(this, b) : fxvaddhm_if(this, this, b, condition);
  }

  /** `this + b`, saturating. */
  // @ts-ignore: decorator
  @inline
  addfs(this: Halves, b: Halves, condition: i32 = ALWAYS): Halves {
    return condition == ALWAYS ? fxvaddhfs(this, b) : fxvaddhfs_if(this, this, b, condition);
  }

  /** Compares each lane with zero; sets the conditions GT, LT, EQ. */
  // @ts-ignore: decorator
  @inline
  cmp(this: Halves): void {
    fxvcmph(this);
  }

  /** Compares each lane with that of `b` (signed); sets the conditions GT, LT, EQ. */
  // @ts-ignore: decorator
  @inline
  cmpTo(this: Halves, b: Halves): void {
    fxvcmph(fxvsubhfs(this, b));
  }

  /** `b` in the lanes selected by the condition, `this` elsewhere. */
  // @ts-ignore: decorator
  @inline
  sel(this: Halves, b: Halves, condition: i32): Halves {
    return halves(fxvsel(bytes(this), bytes(b), condition));
  }

  /** The greater lane of the two (signed); sets the conditions. */
  // @ts-ignore: decorator
  @inline
  max(this: Halves, b: Halves): Halves {
    fxvcmph(fxvsubhfs(this, b));
    return halves(fxvsel(bytes(this), bytes(b), LT));
  }

  /** The lesser lane of the two (signed); sets the conditions. */
  // @ts-ignore: decorator
  @inline
  min(this: Halves, b: Halves): Halves {
    fxvcmph(fxvsubhfs(this, b));
    return halves(fxvsel(bytes(this), bytes(b), GT));
  }

  /** Magnitude, saturating for the most negative value; sets the conditions. */
  // @ts-ignore: decorator
  @inline
  abs(this: Halves): Halves {
    fxvcmph(this);
    return fxvsubhfs_if(this, fxvsplath(0), this, LT);
  }

  /** Zero where negative; sets the conditions. */
  // @ts-ignore: decorator
  @inline
  relu(this: Halves): Halves {
    fxvcmph(this);
    return halves(fxvsel(bytes(this), bytes(fxvsplath(0)), LT));
  }

  /** Shift left by a constant, logical right for a negative one (-16..15). */
  // @ts-ignore: decorator
  @inline
  sh(this: Halves, count: i32): Halves {
    return fxvshh(this, count);
  }

  /** Upper bytes, `this` in the left and `right` in the right half of each 16-byte slice (`fxvpckbu`). */
  // @ts-ignore: decorator
  @inline
  pckbu(this: Halves, right: Halves, count: i32 = 0): Bytes {
    return fxvpckbu(this, right, count);
  }

  /** Lower bytes, `this` in the left and `right` in the right half of each 16-byte slice (`fxvpckbl`). */
  // @ts-ignore: decorator
  @inline
  pckbl(this: Halves, right: Halves, count: i32 = 0): Bytes {
    return fxvpckbl(this, right, count);
  }

  /** The same 128 bytes seen as bytes; no code. */
  // @ts-ignore: decorator
  @inline
  bytes(this: Halves): Bytes {
    return bytes(this);
  }

  /** Stores 128 bytes at byte address `address + offset` (a multiple of 4, better of 128). */
  // @ts-ignore: decorator
  @inline
  store(this: Halves, address: usize, offset: usize = 0): void {
    fxvstax(bytes(this), address, offset);
  }

  /** Writes the vector to the parallel bus; `address + offset` counts vectors. */
  // @ts-ignore: decorator
  @inline
  write(this: Halves, address: usize, offset: usize = 0, condition: i32 = ALWAYS): void {
    if (condition == ALWAYS) fxvoutx(bytes(this), address, offset);
    else fxvoutx_if(bytes(this), address, offset, condition);
  }
}

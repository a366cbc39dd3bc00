/**
 * Instructions as functions: each import below becomes one instruction (or none), never a call. Vector instructions
 * stand under their assembler mnemonic and take the operands in assembler order without VRT, which is the result.
 * Forms ending in `_if` work on the byte lanes selected by the condition (`GT`, `LT`, `EQ` of the last comparison);
 * where they have a vector result, the first argument gives the lanes that are not selected.
 * Conditions, shift counts, pack counts and special register numbers must be compile-time constants.
 * Semantics: docs/isa.md. Everyday firmware uses the methods and operators of `ppu/vector`.
 */

/** 128 lanes of 8 bits; lane 0 lies at the lowest address. */
export type Bytes = externref;
/** 64 lanes of 16 bits, big endian in memory; lane 0 lies at the lowest address. */
export type Halves = anyref;

// Arithmetic

/** `a * b + accumulator`, modular; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmahm")
export declare function fxvmahm(a: Halves, b: Halves): Halves;
/** `fxvmahm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmahm_if")
export declare function fxvmahm_if(old: Halves, a: Halves, b: Halves, condition: i32): Halves;

/** `a * b + accumulator`, modular; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmabm")
export declare function fxvmabm(a: Bytes, b: Bytes): Bytes;
/** `fxvmabm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmabm_if")
export declare function fxvmabm_if(old: Bytes, a: Bytes, b: Bytes, condition: i32): Bytes;

/** Accumulator = `a`, sign extended; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmtacb")
export declare function fxvmtacb(a: Bytes): void;
/** `fxvmtacb` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmtacb_if")
export declare function fxvmtacb_if(a: Bytes, condition: i32): void;

/** Accumulator = `a`, sign extended; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmtach")
export declare function fxvmtach(a: Halves): void;
/** `fxvmtach` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmtach_if")
export declare function fxvmtach_if(a: Halves, condition: i32): void;

/** `a * b + accumulator`, fractional and saturating; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmahfs")
export declare function fxvmahfs(a: Halves, b: Halves): Halves;
/** `fxvmahfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmahfs_if")
export declare function fxvmahfs_if(old: Halves, a: Halves, b: Halves, condition: i32): Halves;

/** `a * b + accumulator`, fractional and saturating; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmabfs")
export declare function fxvmabfs(a: Bytes, b: Bytes): Bytes;
/** `fxvmabfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmabfs_if")
export declare function fxvmabfs_if(old: Bytes, a: Bytes, b: Bytes, condition: i32): Bytes;

/** Accumulator = `a` as a fraction (upper half); 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmtacbf")
export declare function fxvmtacbf(a: Bytes): void;
/** `fxvmtacbf` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmtacbf_if")
export declare function fxvmtacbf_if(a: Bytes, condition: i32): void;

/** Accumulator = `a` as a fraction (upper half); 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmtachf")
export declare function fxvmtachf(a: Halves): void;
/** `fxvmtachf` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmtachf_if")
export declare function fxvmtachf_if(a: Halves, condition: i32): void;

/** Accumulator += `a * b`, modular; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmatachm")
export declare function fxvmatachm(a: Halves, b: Halves): void;
/** `fxvmatachm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmatachm_if")
export declare function fxvmatachm_if(a: Halves, b: Halves, condition: i32): void;

/** Accumulator += `a * b`, modular; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmatacbm")
export declare function fxvmatacbm(a: Bytes, b: Bytes): void;
/** `fxvmatacbm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmatacbm_if")
export declare function fxvmatacbm_if(a: Bytes, b: Bytes, condition: i32): void;

/** Accumulator += `a * b`, fractional and saturating; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmatachfs")
export declare function fxvmatachfs(a: Halves, b: Halves): void;
/** `fxvmatachfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmatachfs_if")
export declare function fxvmatachfs_if(a: Halves, b: Halves, condition: i32): void;

/** Accumulator += `a * b`, fractional and saturating; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmatacbfs")
export declare function fxvmatacbfs(a: Bytes, b: Bytes): void;
/** `fxvmatacbfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmatacbfs_if")
export declare function fxvmatacbfs_if(a: Bytes, b: Bytes, condition: i32): void;

/** `a * b`, modular; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmulhm")
export declare function fxvmulhm(a: Halves, b: Halves): Halves;
/** `fxvmulhm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmulhm_if")
export declare function fxvmulhm_if(old: Halves, a: Halves, b: Halves, condition: i32): Halves;

/** `a * b`, modular; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmulbm")
export declare function fxvmulbm(a: Bytes, b: Bytes): Bytes;
/** `fxvmulbm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmulbm_if")
export declare function fxvmulbm_if(old: Bytes, a: Bytes, b: Bytes, condition: i32): Bytes;

/** `a * b`, fractional and saturating; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmulhfs")
export declare function fxvmulhfs(a: Halves, b: Halves): Halves;
/** `fxvmulhfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmulhfs_if")
export declare function fxvmulhfs_if(old: Halves, a: Halves, b: Halves, condition: i32): Halves;

/** `a * b`, fractional and saturating; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmulbfs")
export declare function fxvmulbfs(a: Bytes, b: Bytes): Bytes;
/** `fxvmulbfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmulbfs_if")
export declare function fxvmulbfs_if(old: Bytes, a: Bytes, b: Bytes, condition: i32): Bytes;

/** Accumulator = `a * b`, exact; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmultachm")
export declare function fxvmultachm(a: Halves, b: Halves): void;
/** `fxvmultachm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmultachm_if")
export declare function fxvmultachm_if(a: Halves, b: Halves, condition: i32): void;

/** Accumulator = `a * b`, exact; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmultacbm")
export declare function fxvmultacbm(a: Bytes, b: Bytes): void;
/** `fxvmultacbm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmultacbm_if")
export declare function fxvmultacbm_if(a: Bytes, b: Bytes, condition: i32): void;

/** Accumulator = `a * b`, fractional and saturating; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmultachfs")
export declare function fxvmultachfs(a: Halves, b: Halves): void;
/** `fxvmultachfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmultachfs_if")
export declare function fxvmultachfs_if(a: Halves, b: Halves, condition: i32): void;

/** Accumulator = `a * b`, fractional and saturating; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvmultacbfs")
export declare function fxvmultacbfs(a: Bytes, b: Bytes): void;
/** `fxvmultacbfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvmultacbfs_if")
export declare function fxvmultacbfs_if(a: Bytes, b: Bytes, condition: i32): void;

/** `a - b`, modular; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvsubhm")
export declare function fxvsubhm(a: Halves, b: Halves): Halves;
/** `fxvsubhm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvsubhm_if")
export declare function fxvsubhm_if(old: Halves, a: Halves, b: Halves, condition: i32): Halves;

/** `a - b`, modular; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvsubbm")
export declare function fxvsubbm(a: Bytes, b: Bytes): Bytes;
/** `fxvsubbm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvsubbm_if")
export declare function fxvsubbm_if(old: Bytes, a: Bytes, b: Bytes, condition: i32): Bytes;

/** `a - b`, saturating; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvsubhfs")
export declare function fxvsubhfs(a: Halves, b: Halves): Halves;
/** `fxvsubhfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvsubhfs_if")
export declare function fxvsubhfs_if(old: Halves, a: Halves, b: Halves, condition: i32): Halves;

/** `a - b`, saturating; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvsubbfs")
export declare function fxvsubbfs(a: Bytes, b: Bytes): Bytes;
/** `fxvsubbfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvsubbfs_if")
export declare function fxvsubbfs_if(old: Bytes, a: Bytes, b: Bytes, condition: i32): Bytes;

/** Accumulator += `a`, modular; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddactachm")
export declare function fxvaddactachm(a: Halves): void;
/** `fxvaddactachm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddactachm_if")
export declare function fxvaddactachm_if(a: Halves, condition: i32): void;

/** Accumulator += `a`, modular; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddactacbm")
export declare function fxvaddactacbm(a: Bytes): void;
/** `fxvaddactacbm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddactacbm_if")
export declare function fxvaddactacbm_if(a: Bytes, condition: i32): void;

/** Accumulator += `a` as a fraction, saturating; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddactachf")
export declare function fxvaddactachf(a: Halves): void;
/** `fxvaddactachf` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddactachf_if")
export declare function fxvaddactachf_if(a: Halves, condition: i32): void;

/** Accumulator += `a` as a fraction, saturating; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddactacbf")
export declare function fxvaddactacbf(a: Bytes): void;
/** `fxvaddactacbf` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddactacbf_if")
export declare function fxvaddactacbf_if(a: Bytes, condition: i32): void;

/** `accumulator + a`, modular; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddachm")
export declare function fxvaddachm(a: Halves): Halves;
/** `fxvaddachm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddachm_if")
export declare function fxvaddachm_if(old: Halves, a: Halves, condition: i32): Halves;

/** `accumulator + a`, modular; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddacbm")
export declare function fxvaddacbm(a: Bytes): Bytes;
/** `fxvaddacbm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddacbm_if")
export declare function fxvaddacbm_if(old: Bytes, a: Bytes, condition: i32): Bytes;

/** `accumulator + a` as a fraction, saturating; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddachfs")
export declare function fxvaddachfs(a: Halves): Halves;
/** `fxvaddachfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddachfs_if")
export declare function fxvaddachfs_if(old: Halves, a: Halves, condition: i32): Halves;

/** `accumulator + a` as a fraction, saturating; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddacbfs")
export declare function fxvaddacbfs(a: Bytes): Bytes;
/** `fxvaddacbfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddacbfs_if")
export declare function fxvaddacbfs_if(old: Bytes, a: Bytes, condition: i32): Bytes;

/** Accumulator = `a + b`, exact; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddtach")
export declare function fxvaddtach(a: Halves, b: Halves): void;
/** `fxvaddtach` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddtach_if")
export declare function fxvaddtach_if(a: Halves, b: Halves, condition: i32): void;

/** Accumulator = `a + b`, exact; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddtacb")
export declare function fxvaddtacb(a: Bytes, b: Bytes): void;
/** `fxvaddtacb` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddtacb_if")
export declare function fxvaddtacb_if(a: Bytes, b: Bytes, condition: i32): void;

/** `a + b`, modular; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddhm")
export declare function fxvaddhm(a: Halves, b: Halves): Halves;
/** `fxvaddhm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddhm_if")
export declare function fxvaddhm_if(old: Halves, a: Halves, b: Halves, condition: i32): Halves;

/** `a + b`, modular; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddbm")
export declare function fxvaddbm(a: Bytes, b: Bytes): Bytes;
/** `fxvaddbm` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddbm_if")
export declare function fxvaddbm_if(old: Bytes, a: Bytes, b: Bytes, condition: i32): Bytes;

/** `a + b`, saturating; 16-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddhfs")
export declare function fxvaddhfs(a: Halves, b: Halves): Halves;
/** `fxvaddhfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddhfs_if")
export declare function fxvaddhfs_if(old: Halves, a: Halves, b: Halves, condition: i32): Halves;

/** `a + b`, saturating; 8-bit lanes. */
// @ts-ignore: decorator
@external("fxv", "fxvaddbfs")
export declare function fxvaddbfs(a: Bytes, b: Bytes): Bytes;
/** `fxvaddbfs` in the lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvaddbfs_if")
export declare function fxvaddbfs_if(old: Bytes, a: Bytes, b: Bytes, condition: i32): Bytes;

// Comparison, shift, splat, selection, packing

/** Upper bytes of `a >> count`, then of `b >> count`, per slice of 16 bytes; `count` 0..3. */
// @ts-ignore: decorator
@external("fxv", "fxvpckbu")
export declare function fxvpckbu(a: Halves, b: Halves, count: i32): Bytes;

/** Lower `8 - count` bits of `a >> 2 * count`, then of `b`, per slice of 16 bytes; `count` 0..3. */
// @ts-ignore: decorator
@external("fxv", "fxvpckbl")
export declare function fxvpckbl(a: Halves, b: Halves, count: i32): Bytes;

/** Every lane = low bits of `value`. */
// @ts-ignore: decorator
@external("fxv", "fxvsplath")
export declare function fxvsplath(value: i32): Halves;

/** Every lane = low bits of `value`. */
// @ts-ignore: decorator
@external("fxv", "fxvsplatb")
export declare function fxvsplatb(value: i32): Bytes;

/** Right half of each slice: upper part from `a`, lower part from `b`, both less `count` bits; `count` 0..3. */
// @ts-ignore: decorator
@external("fxv", "fxvupckbr")
export declare function fxvupckbr(a: Bytes, b: Bytes, count: i32): Halves;

/** Left half of each slice: upper part from `a`, lower part from `b`, both less `count` bits; `count` 0..3. */
// @ts-ignore: decorator
@external("fxv", "fxvupckbl")
export declare function fxvupckbl(a: Bytes, b: Bytes, count: i32): Halves;

/** Compares each lane with 0 (signed) and sets GT, LT, EQ. */
// @ts-ignore: decorator
@external("fxv", "fxvcmph")
export declare function fxvcmph(a: Halves): void;

/** Compares each lane with 0 (signed) and sets GT, LT, EQ. */
// @ts-ignore: decorator
@external("fxv", "fxvcmpb")
export declare function fxvcmpb(a: Bytes): void;

/** Shifts left by `count`, or logically right by `-count`; `count` -16..15. */
// @ts-ignore: decorator
@external("fxv", "fxvshh")
export declare function fxvshh(a: Halves, count: i32): Halves;

/** Shifts left by `count`, or logically right by `-count`; `count` -16..15. */
// @ts-ignore: decorator
@external("fxv", "fxvshb")
export declare function fxvshb(a: Bytes, count: i32): Bytes;

/** `b` in the byte lanes selected by `condition`, `a` elsewhere. */
// @ts-ignore: decorator
@external("fxv", "fxvsel")
export declare function fxvsel(a: Bytes, b: Bytes, condition: i32): Bytes;

// Memory (byte addresses) and parallel bus (vector addresses)

/** Reads a vector from the parallel bus at vector address `base + index`. */
// @ts-ignore: decorator
@external("fxv", "fxvinx")
export declare function fxvinx(base: usize, index: usize): Bytes;
/** `fxvinx` with byte enables from `condition`; which bytes come back is up to the device. */
// @ts-ignore: decorator
@external("fxv", "fxvinx_if")
export declare function fxvinx_if(old: Bytes, base: usize, index: usize, condition: i32): Bytes;

/** Writes a vector to the parallel bus at vector address `base + index`. */
// @ts-ignore: decorator
@external("fxv", "fxvoutx")
export declare function fxvoutx(v: Bytes, base: usize, index: usize): void;
/** `fxvoutx` of the byte lanes selected by `condition`. */
// @ts-ignore: decorator
@external("fxv", "fxvoutx_if")
export declare function fxvoutx_if(v: Bytes, base: usize, index: usize, condition: i32): void;

/** Loads 128 bytes from byte address `base + index` (the two low bits are dropped). */
// @ts-ignore: decorator
@external("fxv", "fxvlax")
export declare function fxvlax(base: usize, index: usize): Bytes;

/** Stores 128 bytes at byte address `base + index` (the two low bits are dropped). */
// @ts-ignore: decorator
@external("fxv", "fxvstax")
export declare function fxvstax(v: Bytes, base: usize, index: usize): void;

// Reinterpretation: no code

/** The same 128 bytes seen as bytes. */
// @ts-ignore: decorator
@external("fxv", "bytes")
export declare function bytes(h: Halves): Bytes;
/** The same 128 bytes seen as halfwords. */
// @ts-ignore: decorator
@external("fxv", "halves")
export declare function halves(b: Bytes): Halves;

// Scalar instructions without a counterpart in the language

/** Reads special purpose register `n`. */
// @ts-ignore: decorator
@external("ppu", "mfspr")
export declare function mfspr(n: i32): u32;

/** Writes special purpose register `n`. */
// @ts-ignore: decorator
@external("ppu", "mtspr")
export declare function mtspr(n: i32, value: u32): void;

/** Reads the machine state register. */
// @ts-ignore: decorator
@external("ppu", "mfmsr")
export declare function mfmsr(): u32;

/** Writes the machine state register; drains all queues like `sync`. */
// @ts-ignore: decorator
@external("ppu", "mtmsr")
export declare function mtmsr(value: u32): void;

/** Waits until every memory, vector and parallel bus access before it is done. */
// @ts-ignore: decorator
@external("ppu", "sync")
export declare function sync(): void;

/** Sleeps until an interrupt. */
// @ts-ignore: decorator
@external("ppu", "wait")
export declare function wait(): void;

/** Raises a program interrupt. */
// @ts-ignore: decorator
@external("ppu", "trap")
export declare function trap(): void;

/** Ends the program with a return code; does not return. */
// @ts-ignore: decorator
@external("ppu", "exit")
export declare function exit(code: i32): void;

/** Volatile load of a byte, zero extended. */
// @ts-ignore: decorator
@external("ppu", "load8")
export declare function load8(address: usize): u32;

/** Volatile load of a halfword, zero extended. */
// @ts-ignore: decorator
@external("ppu", "load16")
export declare function load16(address: usize): u32;

/** Volatile load of a word. */
// @ts-ignore: decorator
@external("ppu", "load32")
export declare function load32(address: usize): u32;

/** Volatile store of a byte. */
// @ts-ignore: decorator
@external("ppu", "store8")
export declare function store8(address: usize, value: u32): void;

/** Volatile store of a halfword. */
// @ts-ignore: decorator
@external("ppu", "store16")
export declare function store16(address: usize, value: u32): void;

/** Volatile store of a word. */
// @ts-ignore: decorator
@external("ppu", "store32")
export declare function store32(address: usize, value: u32): void;

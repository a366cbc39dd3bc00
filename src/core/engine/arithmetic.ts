/** Functions of the vocabulary (isa/vocabulary.ts) that JavaScript has no operator for, as the engines use them. */

/** `mask` by `mb << 5 | me`. */
export const MASKS = Int32Array.from({ length: 1024 }, (_, index) => {
  const [mb, me] = [index >> 5, index & 31];
  const from = -1 >>> mb;
  const to = me === 31 ? -1 : ~(-1 >>> (me + 1));
  return mb <= me ? from & to : from | to;
});

/** `crMask` by the field mask. */
export const CR_MASKS = Int32Array.from({ length: 256 }, (_, fxm) => {
  let mask = 0;
  for (let i = 0; i < 8; i++) if (fxm & (128 >>> i)) mask |= 0xf000_0000 >>> (4 * i);
  return mask;
});

export function mulhu(a: number, b: number): number {
  const [al, ah, bl, bh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = ah * bl + ((al * bl) >>> 16);
  const cross = al * bh + (middle & 0xffff);
  return (ah * bh + ((middle / 65536) | 0) + ((cross / 65536) | 0)) | 0;
}

export const mulhs = (a: number, b: number): number => (mulhu(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;

export function divs(a: number, b: number): number {
  if (b === 0) return a < 0 ? 0 : -1;
  return (a / b) | 0;
}

export const divu = (a: number, b: number): number => (b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0);

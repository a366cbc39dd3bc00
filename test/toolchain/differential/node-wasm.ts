/**
 * Node 20 does not know `anyref`, which halfword vectors use. Both vector types are opaque to WebAssembly, so for
 * the reference run every `anyref` becomes an `externref`; encodings have the same length.
 */
import { readOperators } from "../../../src/toolchain/frontend/operator-reader.ts";

const ANY = 0x6e;
const NONE = 0x71;
const EXTERN = 0x6f;
const NOEXTERN = 0x72;

/** The module with externref as its only reference type. */
export function withExternrefOnly(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = wasm.slice();
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  const patch = (offset: number): void => {
    if (bytes[offset] === ANY || bytes[offset] === NONE || bytes[offset] === NOEXTERN) bytes[offset] = EXTERN;
  };
  const patchList = (): void => {
    for (let count = number(); count > 0; count--) patch(at++);
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = number() + at;
    if (id === 1) {
      for (let count = number(); count > 0; count--) {
        at++; // func
        patchList();
        patchList();
      }
    }
    if (id === 10) {
      for (let count = number(); count > 0; count--) {
        const bodyEnd = number() + at;
        for (let groups = number(); groups > 0; groups--) {
          number();
          patch(at++);
        }
        at = bodyEnd;
      }
    }
    at = end;
  }
  for (const operators of readOperators(wasm)) {
    for (const { opcode, offset } of operators ?? []) {
      if ((opcode >= 0x02 && opcode <= 0x04) || opcode === 0xd0) patch(offset + 1);
      if (opcode === 0x1c) patch(offset + 2);
    }
  }
  return bytes;
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NetworkError } from "../../src/lab/net/fields.ts";
import { ArrayFileError, decodeNpy, encodeNpy, type NumberData } from "../../src/lab/net/npy.ts";
import { decodeNpz, encodeNpz } from "../../src/lab/net/npz.ts";
import { decodeSamples, imagesOf, labelsOf } from "../../src/lab/net/samples.ts";

/** `numpy.savez_compressed` of fc.weight (float32, 2 x 3), n (int64, scalar), m (int16, 2 x 2), by NumPy with zip64 local headers. */
const NUMPY_FILE =
  "UEsDBC0AAAAIAAAAIQCXtwWz//////////8NABQAZmMud2VpZ2h0Lm5weQEAEACYAAAAAAAAAFoAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuBgaG/QwMDfsYwKDBDkjYMzA42AMAUEsDBC0AAAAIAAAAIQAjuPBs//////////8FABQAbi5ucHkBABAAiAAAAAAAAABGAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5Gpo6CrUKFAEudgYIAABQSwMELQAAAAgAAAAhANZQjzT//////////wUAFABtLm5weQEAEACIAAAAAAAAAE8AAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNppK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKRpo6CrUKZAMuRoZ//5kZ/vwHAFBLAQItAy0AAAAIAAAAIQCXtwWzWgAAAJgAAAANAAAAAAAAAAAAAACAAQAAAABmYy53ZWlnaHQubnB5UEsBAi0DLQAAAAgAAAAhACO48GxGAAAAiAAAAAUAAAAAAAAAAAAAAIABmQAAAG4ubnB5UEsBAi0DLQAAAAgAAAAhANZQjzRPAAAAiAAAAAUAAAAAAAAAAAAAAIABFgEAAG0ubnB5UEsFBgAAAAADAAMAoQAAAJwBAAAAAA==";

const numbers: fc.Arbitrary<NumberData> = fc.oneof(
  fc.int8Array(),
  fc.uint8Array(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
);

describe("npy and npz", () => {
  it("read what they write, of every type and any names", () => {
    const entry = fc.tuple(fc.stringMatching(/^[a-z0-9._ä]{1,20}$/), numbers);
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ([name]) => name, maxLength: 5 }), (entries) => {
        const arrays = new Map(entries.map(([name, data]) => [name, { shape: [data.length], data }]));
        expect(decodeNpz(encodeNpz(arrays))).toEqual(arrays);
      }),
    );
    const array = { shape: [2, 1, 3], data: Int8Array.of(1, -2, 3, -4, 5, -6) };
    expect(decodeNpy(encodeNpy(array))).toEqual(array);
    expect(() => encodeNpy({ shape: [2, 2], data: new Int8Array(3) })).toThrow(/4 elements, not 3/);
  });

  it("read a compressed file of NumPy", () => {
    const arrays = decodeNpz(Buffer.from(NUMPY_FILE, "base64"));
    expect([...arrays.keys()]).toEqual(["fc.weight", "n", "m"]);
    expect(arrays.get("fc.weight")).toEqual({
      shape: [2, 3],
      data: Float32Array.of(-0.5, -0.25, 0, 0.25, 0.5, 0.75),
    });
    expect(arrays.get("n")).toEqual({ shape: [], data: Float64Array.of(7) });
    expect(arrays.get("m")).toEqual({ shape: [2, 2], data: Int16Array.of(1, -2, 3, -4) });
  });

  it("say in one line what is wrong with a file", () => {
    const good = encodeNpz(new Map([["w", { shape: [300], data: new Int8Array(300).fill(7) }]]));
    const damaged = good.slice();
    damaged[200] ^= 1;
    expect(() => decodeNpz(damaged, "w.npz")).toThrow("w.npz: w.npy: damaged (checksum differs)");
    expect(() => decodeNpz(good.subarray(0, 100), "w.npz")).toThrow(
      "w.npz: truncated or not an npz file (no end of a zip archive)",
    );
    expect(() => decodeNpy(Buffer.from("PK"), "x.npy")).toThrow("x.npy: not an npy array");
    const array = encodeNpy({ shape: [4], data: Float32Array.of(1, 2, 3, 4) });
    expect(() => decodeNpy(array.subarray(0, array.length - 1), "x")).toThrow(
      "x: truncated, 15 of 16 bytes of data",
    );
    const edit = (from: string, to: string) =>
      Buffer.from(Buffer.from(array).toString("latin1").replace(from, to), "latin1");
    expect(() => decodeNpy(edit("<f4", ">f4"), "x")).toThrow(/elements of type >f4 are not supported/);
    expect(() => decodeNpy(edit("False", "True "), "x")).toThrow(/Fortran order is not supported/);
    expect(() => decodeNpy(edit("shape", "shade"), "x")).toThrow(ArrayFileError);
    expect(() => decodeNpz(Buffer.alloc(0))).toThrow(ArrayFileError);
  });

  it("never fail but with their own error, whatever is damaged", () => {
    const plain = encodeNpz(
      new Map([["w", { shape: [8], data: Float32Array.from({ length: 8 }, Math.sqrt) }]]),
    );
    const packed = Buffer.from(NUMPY_FILE, "base64");
    fc.assert(
      fc.property(
        fc.constantFrom(plain, packed),
        fc.nat(600),
        fc.integer({ min: 1, max: 255 }),
        (file, at, bits) => {
          const copy = Uint8Array.from(file);
          copy[at % copy.length] ^= bits;
          try {
            decodeNpz(copy);
          } catch (error) {
            expect(error).toBeInstanceOf(ArrayFileError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("images and labels", () => {
  const idx = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]);

  it("come from npy, npz and IDX", () => {
    const array = { shape: [2, 1, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) };
    for (const file of [idx, encodeNpy(array), encodeNpz(new Map([["images", array]]))]) {
      expect(imagesOf(decodeSamples(file, "x"), [1, 1, 3], "x")).toEqual(array.data);
    }
    expect(imagesOf({ shape: [3], data: Float64Array.of(1, 2, 3) }, [3, 1, 1], "x")).toEqual(
      Uint8Array.of(1, 2, 3),
    );
    expect(labelsOf({ shape: [3], data: Float64Array.of(9, 0, 4) }, 2, 10, "y")).toEqual(
      Uint16Array.of(9, 0),
    );
  });

  it("are refused with the reason", () => {
    expect(() => decodeSamples(Buffer.from("P5 28 28"), "x.pgm")).toThrow("x.pgm: neither npy, npz nor IDX");
    expect(() => decodeSamples(idx.subarray(0, 20), "x")).toThrow("x: 4 bytes of data instead of 6");
    const images = (shape: number[], values: number[]) => () =>
      imagesOf({ shape, data: Float64Array.from(values) }, [1, 1, 2], "x");
    expect(images([3], [1, 2, 3])).toThrow("x: shape 3 does not hold images of 1 x 1 x 2 (2 values each)");
    expect(images([1, 4], [1, 2, 3, 4])).toThrow(/does not hold images/);
    expect(images([1, 2], [1, 0.5])).toThrow(
      "x: inputs must be whole numbers 0..255, there is 0.5; scale them before",
    );
    const labels = (shape: number[], ...values: number[]) => {
      labelsOf({ shape, data: Float64Array.from(values) }, 2, 3, "y");
    };
    expect(() => labels([2, 1], 2, 0)).not.toThrow();
    expect(() => labels([1], 1)).toThrow("y: 1 label for 2 images");
    expect(() => labels([2, 2], 1, 0, 0, 1)).toThrow(/^y: shape 2 x 2 is no list of labels/);
    expect(() => labels([], 1)).toThrow(/^y: shape \(\) is no list of labels/);
    expect(() => labels([2], 0, 3)).toThrow("y: there is the label 3; the network has 3 classes, 0..2");
    expect(() => labels([2], -1, 0)).toThrow(NetworkError);
    expect(() => labels([2], 0.5, 0)).toThrow(NetworkError);
  });
});

import { expect, it } from "vitest";
import { compileFirmware } from "../../../src/toolchain/compile.ts";
import { firmwarePath } from "../../firmware/firmware.ts";

it("compiles the same program to the same image, first in a process or later", async () => {
  const first = await compileFirmware(firmwarePath("mnist/main.ts"));
  const second = await compileFirmware(firmwarePath("mnist/main.ts"));
  expect(second.wasm).toEqual(first.wasm);
  expect(second.image).toEqual(first.image);
});

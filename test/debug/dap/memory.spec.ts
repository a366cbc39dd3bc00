import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { SUM } from "../gdb/programs.ts";
import { type Client, connect, lineOf, sourceFile } from "./fixture.ts";

async function stopped(more: object = {}): Promise<Client> {
  const client = await connect();
  await client.begin({ program: sourceFile("sum.s", SUM), stopOnEntry: true, ...more });
  return client;
}

const read = async (client: Client, args: DebugProtocol.ReadMemoryArguments) =>
  (await client.customRequest("readMemory", args)).body as NonNullable<
    DebugProtocol.ReadMemoryResponse["body"]
  >;
const write = async (client: Client, args: DebugProtocol.WriteMemoryArguments) =>
  (await client.customRequest("writeMemory", args)).body as DebugProtocol.WriteMemoryResponse["body"];
const base64 = (...bytes: number[]) => Buffer.from(bytes).toString("base64");
const bytesOf = (data: string | undefined) => [...Buffer.from(data ?? "", "base64")];

describe("memory and instructions for an editor", () => {
  it("reads and writes bytes, and says how many there are", async () => {
    const client = await stopped();
    expect(await write(client, { memoryReference: "0x2000", offset: 4, data: base64(1, 2, 3, 250) })).toEqual(
      {
        bytesWritten: 4,
      },
    );
    const got = await read(client, { memoryReference: "0x2000", count: 10 });
    expect(got.address).toBe("0x2000");
    expect(bytesOf(got.data)).toEqual([0, 0, 0, 0, 1, 2, 3, 250, 0, 0]);
    expect(await client.evaluate("mem32(0x2004)")).toBe(`${0x010203fa}`);
    const end = await read(client, { memoryReference: "0x4000", offset: -2, count: 16 });
    expect(bytesOf(end.data)).toEqual([0, 0]);
    expect(end.unreadableBytes).toBe(14);
    expect(await read(client, { memoryReference: "0x20000000", count: 8 })).toEqual({
      address: "0x20000000",
      unreadableBytes: 8,
    });
    expect((await read(client, { memoryReference: "0x2000", count: 0 })).data).toBeUndefined();
  });

  it("keeps the memories of both PPUs apart", async () => {
    const client = await stopped({ ppu: "both" });
    await write(client, { memoryReference: "0x100002000", data: base64(7) });
    expect(bytesOf((await read(client, { memoryReference: "0x2000", count: 1 })).data)).toEqual([0]);
    const other = await read(client, { memoryReference: "0x100002000", count: 1 });
    expect(other.address).toBe("0x100002000");
    expect(bytesOf(other.data)).toEqual([7]);
    const alone = await stopped({ ppu: "bottom" });
    await write(alone, { memoryReference: "0x2000", data: base64(9) });
    const { frameId } = await alone.place(2);
    expect((await alone.evaluateRequest({ expression: "mem8(0x2000)", frameId })).body.result).toBe("9");
  });

  it("disassembles with symbols and source lines, exactly as many as asked for", async () => {
    const client = await stopped();
    const disassemble = async (
      args: Omit<DebugProtocol.DisassembleArguments, "memoryReference">,
      memoryReference: string,
    ) => (await client.disassembleRequest({ memoryReference, ...args })).body!.instructions;
    const here = "0x40";
    const [first, second] = await disassemble({ instructionCount: 2 }, here);
    expect(first).toMatchObject({
      address: here,
      instruction: expect.stringMatching(/^lis\s/),
      instructionBytes: "3c 20 00 00",
      symbol: expect.stringMatching(/^main/),
      line: lineOf(SUM, "main:   lis"),
      location: { name: "sum.s" },
    });
    expect(second.instruction).toMatch(/^ori\s/);
    const around = await disassemble({ instructionCount: 7, instructionOffset: -3 }, here);
    expect(around).toHaveLength(7);
    expect(around[3].address).toBe(here);
    expect(around.map(({ address }) => Number(address) - Number(here))).toEqual([-12, -8, -4, 0, 4, 8, 12]);
    const before = await disassemble({ instructionCount: 4, instructionOffset: -2 }, "0x0");
    expect(before.map(({ presentationHint }) => presentationHint)).toEqual([
      "invalid",
      "invalid",
      undefined,
      undefined,
    ]);
    expect(before[0].address).toBe("-8");
    const behind = await disassemble({ instructionCount: 3, instructionOffset: -1 }, "0x4000");
    expect(behind.map(({ presentationHint }) => presentationHint)).toEqual([undefined, "invalid", "invalid"]);
    expect(await disassemble({ instructionCount: 0 }, "0x40")).toEqual([]);
  });

  it("refuses what has no place, and changes nothing then", async () => {
    const client = await stopped();
    const cases: readonly [string, object, RegExp][] = [
      ["readMemory", { memoryReference: "main", count: 1 }, /"main" is no address/],
      ["readMemory", { memoryReference: "0x0", count: 1e12 }, /count must be from 0 to/],
      ["readMemory", { memoryReference: "0x0", offset: -1, count: 1 }, /outside the 32-bit addresses/],
      ["readMemory", { memoryReference: "0x9999999999", count: 1 }, /no address/],
      ["readMemory", { memoryReference: 5, count: 1 }, /memoryReference must be a text/],
      ["readMemory", { memoryReference: "0x0" }, /count must be a whole number/],
      ["writeMemory", { memoryReference: "0x2000", data: "%%%%" }, /not base64/],
      ["writeMemory", { memoryReference: "0x3ffe", data: base64(1, 2, 3, 4) }, /0x3ffe/],
      ["writeMemory", { memoryReference: "0x20000000", data: base64(1) }, /no memory/],
      ["disassemble", { memoryReference: "0x0", instructionCount: 1e9 }, /instructionCount must be from 0/],
      ["disassemble", { memoryReference: "0x0", instructionCount: -1 }, /instructionCount must be from 0/],
    ];
    for (const [command, args, expected] of cases) {
      await expect(client.customRequest(command, args), JSON.stringify(args)).rejects.toThrow(expected);
    }
    expect(bytesOf((await read(client, { memoryReference: "0x3ffe", count: 2 })).data)).toEqual([0, 0]);
  });
});

/** Packets that read and write registers and memory. */
import type { GdbClient } from "../client.ts";
import { PACKET_BYTES } from "../codec.ts";
import { type Command, ProtocolError } from "../command.ts";
import { bytesOfHex, hexBytes } from "../hex.ts";
import { dataAddress, readTargetRegister, type TargetRegister, writeTargetRegister } from "../target.ts";

/** Bytes whose hex digits fit into an answer. */
const MOST_READ = PACKET_BYTES / 2;
const TOP = 2 ** 32;

/** `g` and `G` hold the scalar registers, which come first; GDB fetches the others one by one when it needs them. */
const inBlock = ({ group }: TargetRegister) => group !== "vector";

function registerOf(client: GdbClient, number: string): TargetRegister {
  const register = client.target.registers[Number.parseInt(number, 16)];
  if (!register) throw new ProtocolError(`there is no register number 0x${number}`);
  return register;
}

function bytesOf(digits: string, expected: number, what: string): Uint8Array {
  const bytes = bytesOfHex(digits);
  if (bytes?.length !== expected) {
    throw new ProtocolError(`${what} needs ${2 * expected} hex digits, got ${digits.length} characters`);
  }
  return bytes;
}

/** Up to `length` bytes. */
function readMemory(client: GdbClient, address: number, length: number): Uint8Array {
  const bytes = Math.min(length, MOST_READ, TOP - address);
  return bytes === 0
    ? new Uint8Array()
    : client.session.readMemory(client.generalPpu, dataAddress(address), bytes);
}

function writeMemory(client: GdbClient, address: number, bytes: Uint8Array): void {
  if (address + bytes.length > TOP) throw new ProtocolError("the bytes go beyond the last address");
  if (bytes.length > 0) client.session.writeMemory(client.generalPpu, dataAddress(address), bytes);
}

const HEX = "([0-9a-f]{1,8})";

export const STATE_COMMANDS: readonly Command[] = [
  {
    name: "g",
    pattern: /^$/,
    summary: "reads the scalar registers",
    run: (client) =>
      client.target.registers
        .filter(inBlock)
        .map((register) => hexBytes(readTargetRegister(client.session, client.generalPpu, register)))
        .join(""),
  },
  {
    name: "G",
    pattern: /^([0-9a-f]*)$/i,
    summary: "writes the scalar registers; those that keep their value are left alone",
    run(client, [, digits]) {
      const registers = client.target.registers.filter(inBlock);
      const bytes = bytesOf(digits, 4 * registers.length, "G");
      registers.forEach((register, index) => {
        const value = bytes.subarray(4 * index, 4 * index + 4);
        const old = readTargetRegister(client.session, client.generalPpu, register);
        if (Buffer.compare(value, old) === 0) return;
        writeTargetRegister(client.session, client.generalPpu, register, value);
      });
      return "OK";
    },
  },
  {
    name: "p",
    pattern: /^([0-9a-f]{1,4})$/i,
    summary: "reads one register",
    run: (client, [, number]) =>
      hexBytes(readTargetRegister(client.session, client.generalPpu, registerOf(client, number))),
  },
  {
    name: "P",
    pattern: /^([0-9a-f]{1,4})=([0-9a-f]*)$/i,
    summary: "writes one register",
    run(client, [, number, digits]) {
      const register = registerOf(client, number);
      const bytes = bytesOf(digits, register.bits / 8, register.name);
      writeTargetRegister(client.session, client.generalPpu, register, bytes);
      return "OK";
    },
  },
  {
    name: "m",
    pattern: new RegExp(`^${HEX},${HEX}$`, "i"),
    summary: "reads memory by data address, without side effects",
    numericErrors: true,
    run: (client, [, address, length]) =>
      hexBytes(readMemory(client, Number.parseInt(address, 16), Number.parseInt(length, 16))),
  },
  {
    name: "M",
    pattern: new RegExp(`^${HEX},${HEX}:([0-9a-f]*)$`, "i"),
    summary: "writes memory, bytes as hex digits",
    run(client, [, address, length, digits]) {
      writeMemory(
        client,
        Number.parseInt(address, 16),
        bytesOf(digits, Number.parseInt(length, 16), "M packet"),
      );
      return "OK";
    },
  },
  {
    name: "X",
    pattern: new RegExp(`^${HEX},${HEX}:(.*)$`, "is"),
    summary: "writes memory, bytes as they are",
    run(client, [, address, length, data]) {
      const bytes = new Uint8Array(Buffer.from(data, "latin1"));
      if (bytes.length !== Number.parseInt(length, 16)) {
        throw new ProtocolError(`X packet announces 0x${length} bytes and has ${bytes.length}`);
      }
      writeMemory(client, Number.parseInt(address, 16), bytes);
      return "OK";
    },
  },
];

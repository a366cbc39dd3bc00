/** A packet that the door understands, as a declared row. */
import type { GdbClient } from "./client.ts";

/** Contents of the answer; undefined: none. */
export type Reply = string | undefined;

export interface Command {
  /** The word in front: a letter, `bc`, `bs`, or the name of a `q`, `Q` or `v` packet. */
  readonly name: string;
  /** What follows the name, completely. */
  readonly pattern: RegExp;
  readonly summary: string;
  /** What `qSupported` announces. */
  readonly features?: readonly string[];
  /** GDB knows failures of this packet by number only. */
  readonly numericErrors?: true;
  /** Throws ProtocolError or SessionError: one line for the user. */
  run(client: GdbClient, args: RegExpExecArray): Reply | Promise<Reply>;
}

/** A packet that cannot be carried out; the message is for the user. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
}

/** Name of a packet. */
export const commandName = (data: string): string => /^(?:[qQv][A-Za-z]+\??|b[cs]|.)/s.exec(data)?.[0] ?? "";

/** A failure as GDB reads it: with a text, or where it wants one with a number. */
export const errorReply = (message: string, numeric = false): string =>
  numeric ? "E01" : `E.${message.replaceAll(/\s+/g, " ")}`;

/** A part of a document that GDB fetches in pieces: `m` more follows, `l` the last one. */
export function pieceOf(text: string, offset: number, length: number): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  const piece = bytes.slice(offset, offset + length);
  return (offset + length < bytes.length ? "m" : "l") + piece;
}

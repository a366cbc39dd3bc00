/** Packets about the connection and the life of the program. */

import type { GdbClient } from "../client.ts";
import { type Command, ProtocolError } from "../command.ts";
import { textOfHex } from "../hex.ts";
import { runMonitor } from "../monitor/index.ts";
import { memoryMapXml, targetXml, threadsXml } from "../target.ts";
import { PIECE, piece } from "./threads.ts";

/** Documents that GDB fetches with qXfer:NAME:read:ANNEX:OFFSET,LENGTH. */
const DOCUMENTS: Readonly<Record<string, { annex: string; text: (client: GdbClient) => string }>> = {
  features: { annex: "target.xml", text: ({ target }) => targetXml(target.registers) },
  "memory-map": { annex: "", text: ({ session, generalPpu }) => memoryMapXml(session.memoryMap(generalPpu)) },
  threads: { annex: "", text: ({ session }) => threadsXml(session.threads()) },
};

async function restart(client: GdbClient): Promise<void> {
  client.target.stop = await client.session.restart();
  client.target.mailbox.reset(client.session);
}

export const GENERAL_COMMANDS: readonly Command[] = [
  {
    name: "QStartNoAckMode",
    pattern: /^$/,
    summary: "ends the acknowledging of packets",
    features: ["QStartNoAckMode+"],
    run(client) {
      client.stopAcknowledging();
      return "OK";
    },
  },
  {
    name: "qXfer",
    pattern: /^:([a-z-]+):read:([^:]*):([^:]*)$/,
    summary: "reads a document: target description, memory map, threads",
    features: Object.keys(DOCUMENTS).map((name) => `qXfer:${name}:read+`),
    numericErrors: true,
    run(client, [, name, annex, range]) {
      const document = Object.hasOwn(DOCUMENTS, name) ? DOCUMENTS[name] : undefined;
      if (!document) return "";
      const part = PIECE.exec(range);
      if (annex !== document.annex || !part) return "E00";
      return piece(document.text(client), part);
    },
  },
  {
    name: "qRcmd",
    pattern: /^,([0-9a-f]*)$/i,
    summary: "carries out a monitor command",
    async run(client, [, digits]) {
      const text = textOfHex(digits);
      if (text === undefined) throw new ProtocolError("the monitor command is not in hex digits");
      client.console(await runMonitor(client, text));
      return "OK";
    },
  },
  {
    name: "qAttached",
    pattern: /^(?::.*)?$/s,
    summary: "asks whether the program ran before",
    run: () => "1",
  },
  {
    name: "!",
    pattern: /^$/,
    summary: "lets the connection outlive the program",
    run(client) {
      client.extended = true;
      return "OK";
    },
  },
  {
    name: "R",
    pattern: /^.*$/s,
    summary: "begins again",
    async run(client) {
      await restart(client);
      return undefined;
    },
  },
  {
    name: "vRun",
    pattern: /^(?:;.*)?$/s,
    summary: "begins again and tells the stop; names and arguments of programs mean nothing here",
    async run(client) {
      await restart(client);
      return client.stopReply();
    },
  },
  {
    name: "vAttach",
    pattern: /^;[0-9a-f]{1,8}$/i,
    summary: "attaches to the chip as it is",
    run: (client) => client.stopReply(),
  },
  {
    name: "vKill",
    pattern: /^(?:;[0-9a-f]{1,8})?$/i,
    summary: "takes the chip back to the begin",
    async run(client) {
      await restart(client);
      return "OK";
    },
  },
  {
    name: "k",
    pattern: /^$/,
    summary: "takes the chip back to the begin and ends the connection",
    async run(client) {
      await restart(client);
      if (!client.extended) client.leave();
      return undefined;
    },
  },
  {
    name: "D",
    pattern: /^(?:;[0-9a-f]{1,8})?$/i,
    summary: "ends the debugging; the chip stays as it is",
    run(client) {
      client.points.removeAll();
      if (!client.extended) client.leave();
      return "OK";
    },
  },
];

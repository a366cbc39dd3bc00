/** Requests that let the chip run, forwards and backwards. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { DebugSession } from "../../session.ts";
import type { PpuName, Stop } from "../../types.ts";
import { integer, object, optional, RequestError, text } from "../checks.ts";
import { ppuOfThread, threadOf } from "../references.ts";
import { type RequestRow, type RequestTable, request } from "../request.ts";

const THREAD = object({ threadId: integer });

type Move = (session: DebugSession, ppu: PpuName) => Promise<Stop>;

/** A step whose size the client may choose. */
const step = (line: Move, instruction: Move): RequestRow =>
  request(
    object({ threadId: integer, granularity: optional(text) }),
    async (adapter, { threadId, granularity }) => {
      const ppu = ppuOfThread(threadId);
      const move = granularity === "instruction" ? instruction : line;
      return { ...(await adapter.run((session) => move(session, ppu))), body: {} };
    },
  );

export const RUNNING: RequestTable = {
  continue: request(THREAD, (adapter, { threadId }) => {
    ppuOfThread(threadId);
    const debuggee = adapter.stopped;
    if (debuggee.session.stop.reason === "finished") {
      return { body: { allThreadsContinued: true }, after: () => adapter.finish(debuggee) };
    }
    return adapter.run((session) => session.resume());
  }),
  next: step(
    (session, ppu) => session.stepOver(ppu),
    (session, ppu) => session.stepOverInstruction(ppu),
  ),
  stepIn: step(
    (session, ppu) => session.stepLine(ppu),
    (session, ppu) => session.stepInstruction(ppu),
  ),
  stepOut: step(
    (session, ppu) => session.stepOut(ppu),
    (session, ppu) => session.stepOut(ppu),
  ),
  stepBack: step(
    (session, ppu) => session.reverseStepOver(ppu),
    (session, ppu) => session.reverseStepInstruction(ppu),
  ),
  reverseContinue: request(THREAD, async (adapter, { threadId }) => {
    ppuOfThread(threadId);
    const answer = await adapter.run((session) =>
      adapter.withProgress("Going back", () => session.reverseContinue()),
    );
    return { ...answer, body: {} };
  }),
  pause: request(THREAD, (adapter) => {
    const { session } = adapter.debuggee;
    if (!session.running) throw new RequestError("the chip is not running");
    return { after: () => session.interrupt() };
  }),
  gotoTargets: request(
    object({ source: object({ path: optional(text), name: optional(text) }), line: integer }),
    (adapter, { source, line }) => {
      const debuggee = adapter.stopped;
      const file = debuggee.sources.nameOf(source.path ?? source.name ?? "");
      const { currentPpu: ppu } = debuggee.session;
      const places = debuggee.session.symbols(ppu).placesOfLine(file, adapter.client.lineIn(line));
      const targets = places.flatMap((place) =>
        place.addresses.map((address): DebugProtocol.GotoTarget => {
          const at = `0x${address.toString(16)}`;
          return {
            id: debuggee.targets.create({ ppu, address }),
            label: `${ppu} PPU at ${at}`,
            line: adapter.client.lineOut(place.line),
            instructionPointerReference: debuggee.reference({ ppu, address }),
          };
        }),
      );
      return { body: { targets } };
    },
  ),
  goto: request(object({ threadId: integer, targetId: integer }), (adapter, { threadId, targetId }) => {
    const debuggee = adapter.stopped;
    const target = debuggee.targets.get(targetId);
    if (!target) throw new RequestError(`there is no goto target ${targetId} at this stop`);
    const ppu = ppuOfThread(threadId);
    debuggee.session.writeRegister(ppu, "pc", target.address);
    debuggee.forget();
    return {
      after: () =>
        adapter.emitEvent("stopped", { reason: "goto", threadId: threadOf(ppu), allThreadsStopped: true }),
    };
  }),
};

/** A program under the eyes of a client: the session, and what the client has asked for so far. */
import { Handles } from "@vscode/debugadapter";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { MailboxReader } from "../mailbox-reader.ts";
import type { DebugSession } from "../session.ts";
import type { NumberFormat, PpuName } from "../types.ts";
import { Points } from "./breakpoints.ts";
import type { Configuration } from "./launch-options.ts";
import { type Place, placeOf, referenceOf } from "./references.ts";
import { Sources } from "./sources.ts";
import type { Container, Row } from "./variables/container.ts";

const plainPpuOf = ({ ppu }: Configuration): PpuName => (ppu === "bottom" ? "bottom" : "top");

export class Debuggee {
  readonly request: "launch" | "attach";
  configuration: Configuration;
  /** Runs through without stopping. */
  readonly noDebug: boolean;
  /** The client has configured everything. */
  started = false;
  session: DebugSession;
  sources: Sources;
  readonly points: Points;
  readonly mailbox = new MailboxReader();
  /** What variablesReference means at this stop. */
  readonly containers = new Handles<Container>();
  /** Places of gotoTargets. */
  readonly targets = new Handles<Place>();
  /** PPU whose addresses stand for themselves. */
  plainPpu: PpuName;
  readonly #findings = new Set<string>();

  constructor(
    session: DebugSession,
    request: "launch" | "attach",
    configuration: Configuration,
    noDebug: boolean,
  ) {
    this.request = request;
    this.configuration = configuration;
    this.noDebug = noDebug;
    this.session = session;
    this.sources = new Sources(session);
    this.points = new Points(session);
    this.plainPpu = plainPpuOf(configuration);
  }

  /** Goes on with another session; gives the breakpoints as they are there. */
  replace(session: DebugSession, configuration: Configuration): DebugProtocol.Breakpoint[] {
    this.session = session;
    this.configuration = configuration;
    this.plainPpu = plainPpuOf(configuration);
    this.sources = new Sources(session);
    this.mailbox.reset(session);
    this.#findings.clear();
    this.forget();
    return this.points.move(session);
  }

  /** What was shown of the stop before means nothing any more. */
  forget(): void {
    this.containers.reset();
    this.targets.reset();
  }

  reference(place: Place): string {
    return referenceOf(place, this.plainPpu);
  }

  /** Throws RequestError. */
  place(reference: string, offset = 0): Place {
    return placeOf(reference, this.plainPpu, offset);
  }

  /** Row of a container by its name, as clients name it. */
  row(container: Container, name: string, format: NumberFormat = "natural"): Row | undefined {
    const index = Number(/^\[(\d+)\]$/.exec(name)?.[1] ?? Number.NaN);
    const [direct] = index < container.indexed ? container.rows("indexed", index, 1, format) : [];
    if (direct?.name === name) return direct;
    const rows = (["named", "indexed"] as const).flatMap((kind) => [
      ...container.rows(kind, 0, container[kind], format),
    ]);
    return rows.find((row) => row.name === name);
  }

  /** Mistakes of the program that have not been told yet, one a line. */
  newFindings(): string {
    const lines = this.session.chip.diagnostics.flatMap(({ ppu, pc, cycle, kind, message }) => {
      const key = `${ppu} ${pc} ${kind}`;
      if (this.#findings.has(key)) return [];
      this.#findings.add(key);
      return [`${message} (${ppu} PPU at 0x${pc.toString(16)}, cycle ${cycle})\n`];
    });
    return lines.join("");
  }
}

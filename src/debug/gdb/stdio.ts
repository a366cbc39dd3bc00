/** The door over a pair of streams: GDB's `target remote | COMMAND`. */
import type { Readable, Writable } from "node:stream";
import { GdbClient } from "./client.ts";
import type { GdbTarget } from "./target-state.ts";

/** Serves one client until its stream ends, or GDB kills the program. */
export async function serveStreams(target: GdbTarget, input: Readable, output: Writable): Promise<void> {
  let over = () => {};
  const end = new Promise<void>((resolve) => {
    over = resolve;
  });
  const client = new GdbClient(target, { write: (bytes) => output.write(bytes), end: () => over() });
  input.on("data", (bytes: Uint8Array) => client.receive(bytes));
  for (const event of ["end", "close", "error"]) input.once(event, () => void client.close());
  // A reader that has gone ends the input as well.
  output.on("error", () => void client.close());
  await end;
  input.destroy();
}

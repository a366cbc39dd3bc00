/** The door for editors: the Debug Adapter Protocol over a session. Knows nothing of processes; `ppu dap` brings them. */
export type { AdapterHost } from "./adapter.ts";
export {
  type Configuration,
  configurationSchema,
  DOOR_OPTIONS,
  type LaunchOption,
} from "./launch-options.ts";
export { type DapServer, listen, serveClient } from "./serve.ts";

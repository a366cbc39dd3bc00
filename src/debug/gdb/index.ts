/** The door for GDB: its remote serial protocol over a debug session. */
export { GdbClient, type Transport } from "./client.ts";
export { encodePacket, PACKET_BYTES, PacketReader, type WireEvent } from "./codec.ts";
export { MONITOR_COMMANDS } from "./monitor/index.ts";
export { GdbServer, type ServerOptions } from "./server.ts";
export { serveStreams } from "./stdio.ts";
export { GdbTarget, type GdbTargetOptions } from "./target-state.ts";

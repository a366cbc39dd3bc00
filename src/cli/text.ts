export { escapeControls } from "../text.ts";

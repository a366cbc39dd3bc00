/** Memory that the steps use one after another: states of searches and what belongs to them. */

/** Of a search over all neurons, `stateBytes(4)`, and what stands behind it. */
export const arena = memory.data(3072 + 512, 128);
/** Reads of all neurons, or what else a step has to remember of them: 256 halfwords, behind the state. */
export const kept: usize = arena + 3072;

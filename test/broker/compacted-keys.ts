/** So many keys the programs of the compaction tests write, in turn. */
export const COMPACTED_KEYS = 40

/** Reads a trimmed cell, and gives its value in a standard spelling; `undefined` when it is no such value. */
export type CellReader = (cell: string) => string | undefined;

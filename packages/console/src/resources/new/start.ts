/** Of what a resource is to be made, as the address has it. */
export interface NewSearch {
  /** Of a file unless given. */
  readonly from?: 'table';
  /** With its schema. */
  readonly table?: string;
  /** Of the table: whose a record is. */
  readonly column?: string;
}

export function parseNewResource(search: Readonly<Record<string, unknown>>): NewSearch {
  const { from, table, column } = search;
  if (from !== 'table') return {};
  if (typeof table !== 'string' || table === '') return { from };
  return { from, table, ...(typeof column === 'string' && column !== '' && { column }) };
}

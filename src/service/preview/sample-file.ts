import { stringify } from 'csv-stringify/sync';
import { importableColumns, type Resource } from '../../resources/resource.ts';

/**
 * A CSV file that can be imported into a resource unchanged: a header with all importable columns, and two example
 * rows.
 */
export function sampleFile(resource: Resource): string {
  const { open } = resource;
  const columns = importableColumns(resource);
  const header = [...columns.map(({ name }) => name), ...(open ? [open.example.name] : [])];
  const row = (which: 0 | 1) => [
    ...columns.map(({ examples }) => examples?.[which]),
    ...(open ? [open.example.values[which]] : []),
  ];
  return stringify([header, row(0), row(1)]);
}

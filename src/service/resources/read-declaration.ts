import type { Declaration, ResourceOptions } from '../../resources/declaration/declaration.ts';
import { parseDeclaration } from '../../resources/declaration/parse.ts';
import type { Problem as DeclarationProblem } from '../../resources/declaration/problems.ts';
import type { Resource } from '../../resources/resource.ts';
import { type Elsewhere, NOWHERE } from '../../store/elsewhere/databases.ts';
import { settingOf } from '../../store/elsewhere/errors.ts';
import { type Problem, ServiceError } from '../platform/service-error.ts';
import type { TablePlace } from './adopt/adoption-rules.ts';

/** A declaration as it was given. */
export interface GivenDeclaration {
  /** Its JSON or YAML, or its value. */
  readonly source: unknown;
  /** The name that the resource must have, when the request gives it one. */
  readonly name?: string;
  /** What its file is called, of which a name is made when it has none. */
  readonly file?: string;
  /** Whether who gives it can adopt a table. */
  mayAdopt(place: TablePlace): boolean | Promise<boolean>;
  /** Resources, by name, that will be in force before this one; not given: none. */
  readonly pending?: ReadonlyMap<string, Resource>;
  /** Where its table can be, if not in OpenBulk's database; not given: nowhere. */
  readonly elsewhere?: Elsewhere;
}

/** A declaration without faults, and what is most likely not meant in it. */
export interface ReadDeclaration {
  readonly declaration: Declaration;
  readonly warnings: readonly Problem[];
}

/**
 * The declaration of a resource: of one whose table is made for it, or of one that adopts a table.
 *
 * @throws ServiceError `invalid` with everything that is wrong with it: each problem's field is `declaration` and a JSON pointer
 */
export function readDeclaration({ source, name, file, elsewhere = NOWHERE }: GivenDeclaration): ReadDeclaration {
  const parsed = parseDeclaration(source, name ?? file);
  if ('problems' in parsed) {
    throw invalidDeclaration(parsed.problems.map(toProblem));
  }
  const { declaration, warnings } = parsed;
  const problems = [...findUnsupported(declaration, elsewhere)];
  if (name !== undefined && declaration.name !== name) {
    problems.push(problem('/openbulk/name', `The request names the resource ${name}. Write that name, or remove it.`));
  }
  if (problems.length > 0) throw invalidDeclaration(problems);
  return { declaration, warnings: warnings.map(toProblem) };
}

function toProblem({ pointer, message, advice }: DeclarationProblem): Problem {
  return problem(pointer, advice ? `${message} ${advice}` : message);
}

function invalidDeclaration(problems: readonly Problem[]): ServiceError {
  return new ServiceError('invalid', 'The declaration is not valid.', problems);
}

function problem(pointer: string, message: string): Problem {
  return { field: `declaration${pointer}`, message };
}

/** What only the resources that come with the program can have. */
function* findUnsupported({ openbulk }: Declaration, { names }: Elsewhere): Generator<Problem> {
  const { connection, table } = openbulk;
  if (connection !== undefined && table !== undefined && !names.includes(connection)) {
    const message = `This process does not know the connection ${connection}. Set ${settingOf(connection)} to the URL of the database, for every process of OpenBulk.`;
    yield problem('/openbulk/connection', message);
  }
  yield* openbulk.table === undefined ? findWithoutTable(openbulk) : findWithTable(openbulk);
  if (openbulk.key?.separate) {
    yield problem(
      '/openbulk/key/separate',
      'Imports need one key. Declare a primaryKey or openbulk.key.firstOf instead.',
    );
  }
  for (const [index, operation] of (openbulk.operations ?? []).entries()) {
    if (operation !== 'patch') continue;
    const message = `A declared resource cannot have the operation ${operation}. Write some of import, act and export.`;
    yield problem(`/openbulk/operations/${index}`, message);
  }
}

/** What says something of a table that OpenBulk did not make. */
function* findWithoutTable(openbulk: ResourceOptions): Generator<Problem> {
  for (const member of ['schema', 'connection', 'organization', 'writes'] as const) {
    if (openbulk[member] === undefined) continue;
    const message = `${member} is for a table that exists already. Name it in openbulk.table, or remove ${member}.`;
    yield problem(`/openbulk/${member}`, message);
  }
}

/** What only a table of ours can have. */
function* findWithTable(openbulk: ResourceOptions): Generator<Problem> {
  for (const member of ['open', 'document'] as const) {
    if (openbulk[member] === undefined) continue;
    yield problem(
      `/openbulk/${member}`,
      `An existing table cannot have ${member}. Declare a field of type object instead.`,
    );
  }
  if (openbulk.key) {
    yield problem(
      '/openbulk/key',
      'The key of an existing table is what its unique index says. Declare its columns as primaryKey, and remove key.',
    );
  }
}

import { type AskedAct, readAsked } from '../../operations/act/config.ts';
import { planChange, readChange } from '../../operations/act/open.ts';
import { actsOn, catalogueOf, findResource } from '../../operations/catalogue.ts';
import { type RecordsPlace, recordsPlace } from '../../operations/records-place.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Pool } from '../../store/connection/pool.ts';
import { shown, TaskError } from '../../task/errors.ts';
import { type ActConfig, type ActType, actVerb, recordActionTypes } from '../../task/task.ts';
import { type Asker, requireVerbOn } from '../platform/rights.ts';
import { ServiceError } from '../platform/service-error.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/** An action on the records of a resource, as it is asked for. */
export interface ActWish extends Pick<ActConfig, 'criteria' | 'values'> {
  readonly organizationId: string;
  readonly asker: Asker;
  /** The resource's name; devices if not given. */
  readonly resource?: string;
  readonly type: ActType;
}

/** The action of a wish. */
export interface KnownAct {
  /** Such as `set-customers`. */
  readonly name: string;
  readonly resource: Resource;
  /** What its records are called in sentences. */
  readonly records: 'devices' | 'records';
}

/**
 * Finds the action, which the asker may do.
 *
 * @throws ServiceError `invalid` with problems that name `resource` and `type`; `insufficient_scope`
 */
export async function findAct(pool: Pool, wish: Omit<ActWish, 'criteria' | 'values'>): Promise<KnownAct> {
  const { organizationId, asker, resource: name = 'devices', type } = wish;
  const resource = await findResource(pool, organizationId, name);
  if (!resource?.operations.includes('act')) {
    const names = (await catalogueOf(pool, organizationId)).resourceNames('act').join(', ');
    const why = resource ? 'does not allow actions (openbulk.operations)' : 'is not a resource';
    throw invalid('resource', `${shown(name)} ${why}; use one of ${names}`);
  }
  const types: readonly ActType[] = actsOn(resource).filter((each) => each !== 'revert');
  if (!types.includes(type)) throw invalid('type', `${type} is not for ${name}; use one of ${types.join(', ')}`);
  const ofRecords = isOfRecords(type);
  if (ofRecords) requireVerbOn(asker.permissions, resource, actVerb(type));
  return { name: `${type}-${name}`, resource, records: ofRecords ? 'records' : 'devices' };
}

/** Whether an action is not of the published page, but on the records of any resource. */
export function isOfRecords(type: ActType): boolean {
  return recordActionTypes.some((known) => known === type);
}

function invalid(field: string, message: string): ServiceError {
  return new ServiceError('invalid', 'The action is not valid.', [{ field, message }]);
}

/**
 * What is asked, read.
 *
 * @throws ServiceError `invalid`
 */
export function readWish({ resource }: KnownAct, wish: Pick<ActWish, 'type' | 'criteria' | 'values'>): AskedAct {
  const asked = readAsked(resource, wish);
  if ('criteria' in asked) return asked;
  const onlyCriteria = asked.problems.every(({ field }) => field.startsWith('criteria'));
  throw new ServiceError('invalid', `The ${onlyCriteria ? 'criteria are' : 'action is'} not valid.`, asked.problems);
}

/** What a preview seals of what is asked, and a task must ask for. */
export function sealedOf({ criteria, values }: AskedAct): unknown {
  if (!values) return criteria;
  const { columns, members } = values;
  const set = Object.fromEntries(columns.map(({ column, value }) => [column.name, value]));
  return { criteria, values: { set, members } };
}

/**
 * Where the records of an action are.
 *
 * @throws ServiceError `invalid` when none of them can be written as is asked, since the table is not fit for it; ElsewhereError
 */
export async function requireWritable(
  context: Pick<TaskContext, 'pool' | 'elsewhere'>,
  { resource: declared }: KnownAct,
  { organizationId, type, values }: Pick<ActWish, 'organizationId' | 'type' | 'values'>,
): Promise<RecordsPlace> {
  const { pool } = context;
  const place = await recordsPlace(context, declared, organizationId);
  const { resource } = place;
  try {
    const change = await readChange(pool, { resource, organizationId }, { type, values });
    if (change) await planChange(pool, place, organizationId, change);
    return place;
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    throw invalid('resource', error.message);
  }
}

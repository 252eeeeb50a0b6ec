import { ServiceError } from '../../../service/platform/service-error.ts';

/** The core's names of what it is asked, as this dialect spells them. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['criteria', 'criteria_json'],
  ['type', 'action_type'],
  ['reason', 'action_reason'],
  ['durationSeconds', 'action_duration'],
  ['scheduledAt', 'scheduled_at'],
  ['preview', 'preview_token'],
]);

/** Does something; what is wrong with the request is told by the names that the client used. */
export async function spelled<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ServiceError) || error.problems.length === 0) throw error;
    const problems = error.problems.map(({ field, message }) => ({
      // The first part of a path such as `criteria.all[1].op`.
      field: field.replace(/^\w+/, (name) => SPELLINGS.get(name) ?? name),
      message,
    }));
    throw new ServiceError(error.code, error.message, problems);
  }
}

import { resolve } from 'node:path';
import { readConfig } from '../../../config/config.ts';
import { applyFiles, type FileOutcome, type FilesPlan, planFiles } from '../../../service/resources/plan-files.ts';
import type { ResourcePlan } from '../../../service/resources/plan-resource.ts';
import { type DeclarationFile, readDeclarations } from '../../../service/resources/read-folder.ts';
import { EXIT, type SetExitCode, UsageError } from '../../terminal/exit.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Applying, type Scope, withOwner } from './with-owner.ts';

/** Prints what declarations would change, and the hash for `apply`. */
export async function plan(paths: readonly string[], scope: Scope, setExitCode: SetExitCode): Promise<void> {
  const files = await filesOf(paths);
  await withOwner(scope, async (pool, owner, elsewhere) => {
    const planned = await planFiles({ db: pool, elsewhere }, owner, files);
    if (scope.json) printJson(planned);
    else {
      print(planned.files.map(toText).join('\n\n'));
      for (const line of howToApply(planned, paths, scope)) print(line);
    }
    if (planned.files.some((file) => !('plan' in file))) setExitCode(EXIT.usage);
  });
}

/** Makes the changes of a plan. @throws CommandError when the plan has changed since */
export async function apply(
  { hash, paths }: { readonly hash: string; readonly paths: readonly string[] },
  { allowLoss = false, ...scope }: Applying,
  setExitCode: SetExitCode,
): Promise<void> {
  const files = await filesOf(paths);
  await withOwner(scope, async (pool, owner, elsewhere) => {
    const applied = await applyFiles({ pool, elsewhere }, owner, files, { hash, allowLoss });
    if (scope.json) printJson(applied);
    else print(applied.map(toText).join('\n\n'));
    if (applied.some((file) => !('plan' in file))) setExitCode(EXIT.failed);
  });
}

function howToApply({ hash, files }: FilesPlan, paths: readonly string[], { org }: Scope): string[] {
  const plans = files.flatMap((file) => ('plan' in file ? file.plan : []));
  if (plans.every(({ action }) => action === 'none')) return [];
  const words = [hash, ...paths, ...(org === undefined ? [] : ['--org', org])];
  const loses = plans.some(({ losses }) => losses.some(({ records }) => records > 0));
  return [
    `\n-- To apply this: openbulk resources apply ${words.join(' ')}`,
    ...(loses ? ['-- It removes values: to allow that, add --allow-loss.'] : []),
  ];
}

async function filesOf(paths: readonly string[]): Promise<DeclarationFile[]> {
  const places = paths.length > 0 ? paths : [readConfig().resourcesDir];
  const found: DeclarationFile[] = [];
  for (const place of places) {
    const files = await readDeclarations(place);
    if (!files) {
      throw new UsageError(
        `${place} does not exist. Name a file or folder with declarations, or set OPENBULK_RESOURCES.`,
      );
    }
    if (files.length === 0) {
      throw new UsageError(`${place} has no declarations: no file that ends with .json, .yaml or .yml.`);
    }
    found.push(...files);
  }
  // A file may be named beside its folder.
  return [...new Map(found.map((file) => [resolve(file.path), file])).values()];
}

function toText(file: FileOutcome): string {
  if (!('plan' in file)) {
    const problems = file.problems.map(({ field, message }) => `--   ${field}: ${message}`);
    return [`-- ${file.path}: ${file.message}`, ...problems].join('\n');
  }
  const { name, action, statements, losses, remarks, warnings } = file.plan;
  const lost = losses.map(
    ({ column, records }) => `-- removes the values of ${column} (records that have one: ${records})`,
  );
  const said = [...remarks, ...warnings.map(({ field, message }) => `warning: ${field}: ${message}`)];
  const head = [`-- ${file.path}: ${name}, ${WORDS[action]}`, ...said.map((sentence) => `-- ${sentence}`), ...lost];
  return [...head, ...statements.map((sql) => `${sql};`)].join('\n');
}

const WORDS = {
  create: 'new',
  change: 'changed',
  none: 'unchanged',
} as const satisfies Record<ResourcePlan['action'], string>;

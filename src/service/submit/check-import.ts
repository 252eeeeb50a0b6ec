import { checkImportConfig } from '../../operations/import/config.ts';
import { findAction } from '../../operations/registry.ts';
import { shown } from '../../task/errors.ts';
import type { ImportConfig } from '../../task/task.ts';
import type { Problem } from '../platform/service-error.ts';
import { listImports } from '../tasks/list-actions.ts';

/** What is wrong with an import's action and configuration, as far as that can be told before the file is read. */
export function checkImport(action: string, config: ImportConfig): Problem[] {
  const found = findAction(action);
  if (found?.operation === 'import') return checkImportConfig(found.resource, config);
  const why = found ? 'takes no file of rows' : 'is not a valid action';
  return [{ field: 'action', message: `${shown(action)} ${why}; use one of ${listImports().join(', ')}` }];
}

import { checkImportConfig } from '../../operations/import/config.ts';
import { findAction } from '../../operations/registry.ts';
import { shown } from '../../task/errors.ts';
import type { ImportConfig } from '../../task/task.ts';
import type { Problem } from '../platform/service-error.ts';
import { listImports } from '../tasks/list-actions.ts';

/** The problems of an import's action and configuration, as far as they are known before the file is read. */
export function checkImport(action: string, config: ImportConfig): Problem[] {
  const found = findAction(action);
  if (found?.operation === 'import') return checkImportConfig(found.resource, config);
  const why = found ? 'does not accept a file of rows' : 'is not a valid action';
  return [{ field: 'action', message: `${shown(action)} ${why}; use one of ${listImports().join(', ')}` }];
}

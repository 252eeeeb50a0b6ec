import type { Catalogue } from '../../operations/catalogue.ts';
import { checkImportConfig } from '../../operations/import/config.ts';
import { shown } from '../../task/errors.ts';
import { type ImportConfig, importVerb } from '../../task/task.ts';
import { requireVerbOn } from '../platform/rights.ts';
import type { Problem } from '../platform/service-error.ts';

/** @throws PermissionError of who may not import into the action's resource, or not delete its records */
export function requireImport(
  catalogue: Catalogue,
  action: string,
  permissions: ReadonlySet<string>,
  config: ImportConfig,
): void {
  const resource = catalogue.action(action)?.resource;
  if (resource) requireVerbOn(permissions, resource, importVerb(config));
}

/** The problems of an import's action and configuration, as far as they are known before the file is read. */
export function checkImport(catalogue: Catalogue, action: string, config: ImportConfig): Problem[] {
  const found = catalogue.action(action);
  if (found?.operation === 'import') return checkImportConfig(found.resource, config);
  const why = found ? 'does not accept a file of rows' : 'is not a valid action';
  return [
    { field: 'action', message: `${shown(action)} ${why}; use one of ${catalogue.actionNames('import').join(', ')}` },
  ];
}

/** What a file can be imported as, and where a sample of it is. */
export const imports = {
  'import-inventory-items': '/v1/organizations/{organizationId}/inventory-items/csv/sample',
  'import-mdm-users': '/v1/organizations/{organizationId}/mdm/users/csv/sample',
  'import-devices': '/v1/organizations/{organizationId}/devices/csv/sample',
} as const;

export type ImportAction = keyof typeof imports;

export const importActions = Object.keys(imports) as ImportAction[];

/** @param organization its slug, which is safe in an address */
export function sampleAddress(action: ImportAction, organization: string): string {
  return imports[action].replace('{organizationId}', encodeURIComponent(organization));
}

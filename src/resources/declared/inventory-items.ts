import { type ColumnType, date, decimal, integer, ipAddress, macAddress, text } from '../cells/types.ts';
import type { Column, Resource } from '../resource.ts';

const short = text(256);

function column(name: string, type: ColumnType, examples: [string, string], aliases: readonly string[] = []): Column {
  return {
    name,
    sql: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace('.', '_'),
    type,
    examples,
    ...(aliases.length > 0 && { aliases }),
  };
}

/** docs/api/resources.md "inventory-items". */
export const inventoryItems: Resource = {
  name: 'inventory-items',
  table: 'inventory_items',
  operations: ['import', 'export'],
  readBy: 'inventory.item.management.list',
  key: { columns: ['identifiers.serialNumber', 'identifiers.foreignId'] },
  columns: [
    {
      ...column('basic.name', short, ['MacBook Pro 14', 'Dell U2723QE'], ['asset name', 'item name', 'device name']),
      required: true,
    },
    {
      ...column('basic.type', short, ['laptop', 'monitor'], ['category', 'device type', 'asset type']),
      required: true,
    },
    column('basic.status', short, ['in use', 'in stock']),
    column(
      'basic.description',
      text(10_000),
      ['Space gray, 32 GB', '27 inch, "4K"'],
      ['notes', 'asset notes', 'comments'],
    ),
    column('basic.location', short, ['Madrid, floor 3', 'Warehouse'], ['site', 'room']),
    column('basic.owner', short, ['ada@example.com', ''], ['assigned to', 'user', 'checked out to: email']),
    column('basic.classification', short, ['confidential', '']),
    column('hardware.manufacturer', short, ['Apple', 'Dell'], ['vendor', 'make', 'brand']),
    column('hardware.model', short, ['MRX33', 'U2723QE'], ['model name']),
    column('hardware.osName', short, ['macOS', ''], ['os', 'operating system']),
    column('hardware.osVersion', short, ['15.2', '']),
    column('network.hostname', short, ['ada-mbp', ''], ['host', 'computer name']),
    column('network.ipAddress', ipAddress, ['10.0.3.17', ''], ['ip']),
    column('network.macAddress', macAddress, ['00:1a:2b:3c:4d:5e', ''], ['mac']),
    column('purchase.provider', short, ['Kunde, Doyle and Kozey', 'Krajcik LLC'], ['supplier']),
    column('purchase.order', short, ['PO-2026-0117', 'PO-2026-0118'], ['order number', 'po number', 'purchase order']),
    column('purchase.orderDate', date, ['2026-01-31', '2026-02-14'], ['purchase date', 'bought on']),
    column('purchase.pricing', decimal, ['2266.13', '579'], ['purchase cost', 'price', 'cost']),
    column('purchase.frequency', short, ['once', 'once']),
    column('purchase.partNumber', short, ['MRX33Y/A', '210-BCXK'], ['model number', 'sku']),
    column('purchase.currency', short, ['EUR', 'EUR']),
    column('identifiers.serialNumber', short, ['C02ZX1ABMD6T', ''], ['serial', 'serial no', 's/n']),
    column('identifiers.imei', short, ['', '']),
    column('identifiers.udid', short, ['', '']),
    column('identifiers.foreignId', short, ['ASSET-0001', 'ASSET-0002'], ['asset tag', 'asset id', 'inventory number']),
    column('seats.available', integer(0), ['', '']),
    column('seats.total', integer(0), ['', '']),
    column(
      'lifecycle.warrantyExpirationDate',
      date,
      ['2029-01-31', '2029-02-14'],
      ['warranty expires', 'warranty end', 'warranty until'],
    ),
    column('lifecycle.expectedUsefulLife', integer(0), ['48', '60']),
  ],
};

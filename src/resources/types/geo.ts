import { isRawNumber } from '../../task/json/exact-json.ts';
import type { ColumnType } from './column-type.ts';
import { canonicalDecimal } from './decimals.ts';
import { jsonOf } from './json.ts';

const RANGE = 'the longitude from -180 to 180, the latitude from -90 to 90';
const COORDINATE = /^[+-]?(?:\d{1,3}(?:\.\d{0,50})?|\.\d{1,50})(?:[eE][+-]?\d{1,2})?$/;

/** A place as "longitude, latitude"; kept as text, so that its numbers stay as they are. */
export const geopoint: ColumnType = {
  sql: 'text',
  unordered: true,
  expected: `a place such as "90.50, 45.50", ${RANGE}`,
  maxLength: 200,
  canonical(cell) {
    const [lon, lat, ...more] = cell.split(',').map((part) => part.trim());
    if (lon === undefined || lat === undefined || more.length > 0) return undefined;
    const [x, y] = [coordinate(lon, 180), coordinate(lat, 90)];
    return x === undefined || y === undefined ? undefined : `${x}, ${y}`;
  },
};

/** A place as a JSON array. */
export const geopointArray = jsonOf(
  `a place such as [90.50, 45.50], ${RANGE}`,
  (value) => Array.isArray(value) && value.length === 2 && isPlace(value[0], value[1]),
);

/** A place as a JSON object. */
export const geopointObject = jsonOf(`a place such as {"lon": 90.50, "lat": 45.50}, ${RANGE}`, (value) => {
  const { lon, lat } = value as { lon?: unknown; lat?: unknown };
  return Object.keys(value).length === 2 && isPlace(lon, lat);
});

/** A GeoJSON object (RFC 7946). */
export const geojson = jsonOf('a GeoJSON object', isGeoJson);

/** A TopoJSON topology. */
export const topojson = jsonOf('a TopoJSON topology', isTopology);

/** The canonical number when it is one up to `most` on either side. */
function coordinate(text: string, most: number): string | undefined {
  if (!COORDINATE.test(text) || !(Math.abs(Number(text)) <= most)) return undefined;
  return canonicalDecimal(text);
}

function isPlace(lon: unknown, lat: unknown): boolean {
  return [lon, lat].every(isNumber) && Math.abs(numberIn(lon)) <= 180 && Math.abs(numberIn(lat)) <= 90;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || isRawNumber(value);
}

function numberIn(value: unknown): number {
  return isRawNumber(value) ? Number(value.rawJSON) : (value as number);
}

/** How deep in arrays the positions of a geometry are (RFC 7946, section 3.1). */
const GEOMETRIES: ReadonlyMap<unknown, number> = new Map([
  ['Point', 0],
  ['MultiPoint', 1],
  ['LineString', 1],
  ['MultiLineString', 2],
  ['Polygon', 2],
  ['MultiPolygon', 3],
]);

interface Members {
  readonly type?: unknown;
  readonly [name: string]: unknown;
}

function isGeoJson(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (value.type === 'FeatureCollection') return Array.isArray(value.features) && value.features.every(isFeature);
  return value.type === 'Feature' ? isFeature(value) : isGeometry(value);
}

function isFeature(value: unknown): boolean {
  if (!isObject(value) || value.type !== 'Feature') return false;
  const { geometry, properties } = value;
  return (geometry === null || isGeometry(geometry)) && (properties === null || isObject(properties));
}

function isGeometry(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (value.type === 'GeometryCollection') return Array.isArray(value.geometries) && value.geometries.every(isGeometry);
  const depth = GEOMETRIES.get(value.type);
  return depth !== undefined && isCoordinates(value.coordinates, depth);
}

function isCoordinates(value: unknown, depth: number): boolean {
  if (!Array.isArray(value)) return false;
  // A geometry without positions is legal (section 3.1).
  return depth > 0
    ? value.every((part) => isCoordinates(part, depth - 1))
    : value.length !== 1 && value.every(isNumber);
}

function isTopology(value: unknown): boolean {
  if (!isObject(value) || value.type !== 'Topology' || !isObject(value.objects) || !Array.isArray(value.arcs))
    return false;
  return value.arcs.every((arc) => isCoordinates(arc, 1)) && Object.values(value.objects).every(isTopologyObject);
}

/** A geometry whose coordinates are arcs. */
function isTopologyObject(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (value.type === 'GeometryCollection')
    return Array.isArray(value.geometries) && value.geometries.every(isTopologyObject);
  if (value.type === 'Point' || value.type === 'MultiPoint')
    return isCoordinates(value.coordinates, value.type === 'Point' ? 0 : 1);
  return value.type === null || (GEOMETRIES.has(value.type) && Array.isArray(value.arcs));
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}
